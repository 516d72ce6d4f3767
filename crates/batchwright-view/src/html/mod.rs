//! Reports. Each is one self-contained HTML file, which works offline, on a phone, in a dark theme, and on
//! paper. A script adds a cursor, smoothing and zoom to the curves; without it they are pictures.
//!
//! - `page`: the skeleton that all share: head, sections, settings, embedded JSON
//! - `table`: tables that scroll in their own box
//! - `run`, `comparison`, `study`, `data`: the pages; `axis_switch`: charts over a chosen axis
//! - `curve_data`: what the script of a page draws its curves from
//! - `run_rows`: which rows a page holds
//! - `embedded`: JSON within a page
//! - `image`: thumbnails as PNG data addresses
//!
//! Left out: writing files, which the caller does.

pub(crate) mod axis_switch;
pub(crate) mod comparison;
pub(crate) mod curve_data;
pub(crate) mod data;
pub(crate) mod embedded;
pub(crate) mod image;
pub(crate) mod page;
pub(crate) mod run;
pub(crate) mod run_rows;
pub(crate) mod study;
pub(crate) mod table;

pub use crate::html::comparison::comparison_report;
pub use crate::html::curve_data::{chart_modules, chart_style};
pub use crate::html::data::{
    ClassPage, ColumnPage, ColumnSummary, DataPage, NumberPage, NumberRange, TextPage, data_report,
};
pub use crate::html::image::Thumbnail;
pub use crate::html::page::page_style;
pub use crate::html::run::run_report;
pub use crate::html::study::study_report;
