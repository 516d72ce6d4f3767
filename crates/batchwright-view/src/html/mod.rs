//! Reports: one HTML file each, self-contained. It opens offline, on a phone, in the dark, and without scripts.
//!
//! - `page`: the skeleton that all share: head, sections, settings, embedded JSON
//! - `table`: tables that scroll in their own box
//! - `run`, `study`, `data`: the three pages
//! - `image`: thumbnails as PNG data addresses

mod data;
mod image;
mod page;
mod run;
mod study;
mod table;

pub use data::{ClassPage, ColumnKind, ColumnPage, DataPage, NumberPage, NumberRange, data_report};
pub use image::Thumbnail;
pub use run::run_report;
pub use study::study_report;
