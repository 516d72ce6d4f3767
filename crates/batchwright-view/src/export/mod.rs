//! Results for other programs and other pages: JSON with the sentence of the verdict, CSV for a
//! spreadsheet, Markdown for a README (`markdown`) and for an issue (`report_markdown`); the rows of runs, and the results of queries.
//!
//! Left out: writing files, which the caller does.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod query;
pub(crate) mod report_markdown;
pub(crate) mod rows;

pub use crate::export::csv::study_csv;
pub use crate::export::json::{RunJson, RunRecordJson, StudyJson};
pub use crate::export::markdown::study_markdown;
pub use crate::export::query::{QueryJson, query_csv};
pub use crate::export::report_markdown::{comparison_markdown, run_markdown, study_report_markdown};
pub use crate::export::rows::rows_csv;
