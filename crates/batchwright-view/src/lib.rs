//! What a person sees: text for the terminal, charts, and reports as one HTML file. Its functions
//! take values and return strings, or draw into the cells of a screen; they never write or print.
//!
//! - `lang`, `text`: every sentence and label, in English and Japanese
//! - `number`: numbers in a form for people
//! - `term`: banners, lines and tables for a terminal
//! - `chart`: SVG charts
//! - `html`: reports, self-contained and offline
//! - `dashboard`: the parts of the dashboard's pages
//! - `screen`: a run or study that fills a terminal while it goes on
//! - `so_far`: what is known of a study that goes on
//! - `export`: a study as CSV and Markdown; JSON with the sentence of the verdict
//! - `script`: joins the modules of a page's script
//! - `trial_line`: the learning curves of trials; `typed`: a command line as it can be typed
//! - `outcome`: how good a network is on a split, for terminal and page
//! - `cells`: the cells of a study's table, which terminal, page and Markdown share; `run_cells`: of
//!   a table of runs; `list_cells`: of the lists of runs and studies
//!
//! ```
//! use batchwright_train::Batching;
//! use batchwright_view::{PlanFacts, Style, plan_banner};
//!
//! // One epoch.
//! let plan = Batching::new(60_000, 32, None, false)?.plan(60_000)?;
//! let banner = plan_banner(&plan, &PlanFacts::default(), Style::default());
//! assert!(banner.contains("60,000 samples at batch size 32 are 1,875 steps per epoch"));
//! # Ok::<(), batchwright_train::TrainError>(())
//! ```

#![forbid(unsafe_code)]

mod cells;
mod chart;
mod dashboard;
mod export;
mod html;
mod lang;
mod list_cells;
mod number;
mod outcome;
mod run_cells;
mod screen;
mod script;
mod so_far;
mod term;
mod text;
mod trial_line;
mod typed;

pub use chart::{
    CurveLine, CurvePoint, CurveWindow, Horizontal, overlay_chart, overlay_chart_names, run_chart,
    run_chart_names, smooth_curve, study_chart, study_chart_names, thin_curve,
};
pub use dashboard::entry::{
    DashboardAlert, DashboardCell, DashboardEntry, entry_columns, run_entry, study_entry,
};
pub use dashboard::run::{RunPart, comparison_part, run_part};
pub use dashboard::study::{RunningStudy, study_part};
pub use export::{
    QueryJson, RunJson, RunRecordJson, StudyJson, comparison_markdown, query_csv, rows_csv, run_markdown,
    study_csv, study_markdown, study_report_markdown,
};
pub use html::{
    ClassPage, ColumnPage, ColumnSummary, DataPage, NumberPage, NumberRange, TextPage, Thumbnail,
    chart_modules, chart_style, comparison_report, data_report, page_style, run_report, study_report,
};
pub use lang::Lang;
pub use screen::{RunScreen, ScreenControls, ScreenVerdict, StudyScreen, WatchedFrom};
pub use script::{ScriptModule, joined_modules};
pub use so_far::StudySoFar;
pub use term::{
    HelpEntry, HelpPage, HelpSection, LiveSize, ModelPage, PlanFacts, RunProgress, ShownEntry, Style,
    audit_line, audit_summary, batch_size_origin, check_line, check_summary, command_probe_line, comparison,
    continues_line, data_summary, earlier_study_line, ended_trial_line, entry_list, error_message,
    evaluation_line, fit_summary, harmless_lines, help_page, interrupted_study_line, live_sizes,
    model_summary, plan_banner, plan_table, probe_line, query_table, reported_line, row_heading, row_line,
    run_line, run_page, run_summary, size_stages, stage_line, step_time_line, study_explanation, study_page,
    study_summary, study_table, study_verdict_line, target_line, trial_line,
};
pub use text::dashboard::dashboard_texts;
pub use text::data_remarks::data_remarks;
pub use text::evaluation::{trained_rows, trained_text};
pub use text::exported::exported_model;
pub use text::messages::failures::FailureMessage;
pub use text::messages::notices::Notice;
pub use text::messages::usage::UsageMessage;
pub use typed::typed_command;
