//! A study for other programs and pages: CSV for a spreadsheet, Markdown for a README. The JSON of
//! a study is the study itself, serialised.
//!
//! Left out: writing files, which the caller does.

pub(crate) mod csv;
pub(crate) mod markdown;

pub use crate::export::csv::study_csv;
pub use crate::export::markdown::study_markdown;
