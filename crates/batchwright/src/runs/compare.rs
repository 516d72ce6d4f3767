//! `runs compare`.

use crate::args::Global;
use crate::args::runs::CompareArgs;
use crate::runs::entry::runs;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::Store;
use batchwright_view::{CurveLine, Horizontal, RunRecordJson, comparison};
use serde::Serialize;
use std::process::ExitCode;

pub(crate) fn run(args: &CompareArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let records = runs(&Store::open_existing(&global.runs)?, &args.names)?;
    let (x, metric) = (Horizontal::from(args.x), CurveLine::from(args.metric));
    screen.say(&comparison(&records, metric, x, screen.style));
    let runs = records.iter().map(RunRecordJson).collect();
    screen.object(&Compared { x: x.key(), metric: metric.key(), runs })?;
    Ok(ExitCode::SUCCESS)
}

/// The JSON of a comparison: the runs with their rows, which hold every axis.
#[derive(Serialize)]
struct Compared<'a> {
    x: &'static str,
    metric: &'static str,
    runs: Vec<RunRecordJson<'a>>,
}
