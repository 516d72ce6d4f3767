//! The terminal view as text: banners, tables, lines. Returns strings; the program prints them.
//!
//! - `style`: width, colour, language
//! - `table`: aligned columns, double-width characters counted as two
//! - `progress`: the live line of a study
//! - `explain`: where the numbers of a study come from; `memory`: what is used of earlier ones
//! - `plan`, `run`, `study`, `fit`, `check`, `data`: what is shown of each

mod check;
mod data;
mod explain;
mod fit;
mod memory;
mod plan;
mod progress;
mod run;
mod study;
mod style;
mod table;

pub use check::{check_line, check_summary};
pub use data::data_summary;
pub use explain::study_explanation;
pub use fit::{command_probe_line, fit_summary, probe_line};
pub use memory::{batch_size_origin, earlier_study_line};
pub use plan::{plan_banner, plan_table};
pub use progress::{pace_line, stage_line, target_line, trial_line};
pub use run::{evaluation_line, row_heading, row_line, run_summary};
pub(crate) use study::study_columns;
pub use study::{study_summary, study_table};
pub use style::Style;
pub(crate) use style::harmless;
pub(crate) use table::{Column, used};
