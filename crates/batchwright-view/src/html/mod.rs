//! Reports. Each is one self-contained HTML file, which works offline, on a phone, in a dark theme,
//! and without scripts.
//!
//! - `page`: the skeleton that all share: head, sections, settings, embedded JSON
//! - `table`: tables that scroll in their own box
//! - `run`, `comparison`, `study`, `data`: the pages; `axis_switch`: charts over a chosen axis
//! - `image`: thumbnails as PNG data addresses
//!
//! Left out: writing files, which the caller does.

pub(crate) mod axis_switch;
pub(crate) mod comparison;
pub(crate) mod data;
pub(crate) mod image;
pub(crate) mod page;
pub(crate) mod run;
pub(crate) mod study;
pub(crate) mod table;

pub use crate::html::comparison::comparison_report;
pub use crate::html::data::{
    ClassPage, ColumnPage, ColumnSummary, DataPage, NumberPage, NumberRange, TextPage, data_report,
};
pub use crate::html::image::Thumbnail;
pub use crate::html::page::page_style;
pub use crate::html::run::run_report;
pub use crate::html::study::study_report;
