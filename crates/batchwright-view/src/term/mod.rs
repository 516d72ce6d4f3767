//! The terminal view as text: banners, tables, lines. Its functions return strings; the program
//! prints them.
//!
//! - `style`: width, colour, language
//! - `table`: aligned columns, double-width characters counted as two
//! - `live_study`: the sizes of a study that runs
//! - `progress`: the live line of a run or a study
//! - `explain`: where the numbers of a study come from; `memory`: what is used of earlier ones
//! - `help`: the help of a command; `error`: an error
//! - `runs/`: stored runs and studies
//! - `plan`, `run`, `study`, `fit`, `check`, `audit`, `data`, `model`: the text for each of these

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod data;
pub(crate) mod error;
pub(crate) mod explain;
pub(crate) mod fit;
pub(crate) mod help;
pub(crate) mod live_study;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod study;
pub(crate) mod style;
pub(crate) mod table;

pub use crate::term::audit::{audit_line, audit_summary};
pub use crate::term::check::{check_line, check_summary};
pub use crate::term::data::data_summary;
pub use crate::term::error::error_message;
pub use crate::term::explain::study_explanation;
pub use crate::term::fit::{command_probe_line, fit_summary, probe_line};
pub use crate::term::help::{HelpEntry, HelpPage, HelpSection, help_page};
pub use crate::term::live_study::{LiveSize, live_sizes};
pub use crate::term::memory::{batch_size_origin, earlier_study_line, interrupted_study_line};
pub use crate::term::model::{ModelPage, model_summary};
pub use crate::term::plan::{PlanFacts, continues_line, plan_banner, plan_table, size_stages};
pub use crate::term::progress::{
    RunProgress, ended_trial_line, reported_line, run_line, stage_line, step_time_line, target_line,
    trial_line,
};
pub use crate::term::run::{evaluation_line, row_heading, row_line, run_summary};
pub use crate::term::runs::{ShownEntry, comparison, entry_list, query_table, run_page, study_page};
pub use crate::term::study::{study_summary, study_table, study_verdict_line};
pub use crate::term::style::{Style, harmless_lines};
