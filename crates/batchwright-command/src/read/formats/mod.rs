//! The formats of lines, one file or folder each, and what they share: `object` (dictionaries and JSON),
//! `epochs` (counting epochs).

pub(crate) mod bar;
pub(crate) mod epochs;
pub(crate) mod hugging_face;
pub(crate) mod json;
pub(crate) mod metric;
pub(crate) mod object;
pub(crate) mod plain;
pub(crate) mod sklearn;
pub(crate) mod table;
