//! A study for other programs and other pages: CSV for a spreadsheet, Markdown for a README. The JSON of a study is the study itself, serialised.
//!
//! Left out: files, which the caller writes.

mod csv;
mod markdown;

pub use csv::study_csv;
pub use markdown::study_markdown;
