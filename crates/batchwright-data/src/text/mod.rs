//! Text in files: compressed or not, in any encoding, as UTF-8. Nothing here knows what a table is.

pub(crate) mod decode;
pub(crate) mod detect;
pub(crate) mod encoding;
pub(crate) mod gaps;
pub(crate) mod japanese;
pub(crate) mod text_file;
