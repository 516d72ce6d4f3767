//! `runs export`.

use crate::args::Global;
use crate::args::runs::RunsExportArgs;
use crate::args::values::ExportFormatArg;
use crate::runs::entry::{Stored, once, runs};
#[cfg(feature = "parquet")]
use crate::runs::rows_parquet::rows_parquet;
use crate::runs::tracked::export_tracked;
use crate::shell::explain::Explain;
use crate::shell::save::save_output;
use crate::shell::screen::Screen;
use crate::tracking::place::TrackingProgram;
use anyhow::Result;
use batchwright_store::{EntryKind, Store};
use batchwright_view::{FailureMessage, RunRecordJson, StudyJson, UsageMessage, rows_csv, study_csv};
use serde_json::Value;
use std::process::ExitCode;

pub(crate) fn run(args: &RunsExportArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let store = Store::open_existing(&global.runs)?;
    let format =
        args.format.unwrap_or(if global.json { ExportFormatArg::Json } else { ExportFormatArg::Csv });
    let tracked = |program| export_tracked(&store, args, program, screen).map(|()| ExitCode::SUCCESS);
    let text = match format {
        ExportFormatArg::Csv => csv(&store, &args.names)?,
        ExportFormatArg::Json => json(&store, &args.names)?,
        ExportFormatArg::Parquet => return parquet(&store, args).map(|()| ExitCode::SUCCESS),
        ExportFormatArg::Tensorboard => return tracked(TrackingProgram::Tensorboard),
        ExportFormatArg::Mlflow => return tracked(TrackingProgram::Mlflow),
        ExportFormatArg::Trackio => return tracked(TrackingProgram::Trackio),
    };
    match &args.output {
        None => screen.print(&text),
        Some(path) => save_output(path, text.as_bytes(), UsageMessage::OutputToStdout)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Saves the rows of runs; they are no text that could be printed.
#[cfg(feature = "parquet")]
fn parquet(store: &Store, args: &RunsExportArgs) -> Result<()> {
    let path = args.output.as_deref().ok_or(UsageMessage::ParquetToStdout)?;
    let rows = rows_parquet(&runs(store, &args.names)?).explain(|| FailureMessage::WriteParquet)?;
    save_output(path, &rows, UsageMessage::ParquetToStdout)
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &Store, _: &RunsExportArgs) -> Result<()> {
    Err(UsageMessage::BuiltWithoutParquet.into())
}

/// The rows of runs, or the sizes of one study: they have no columns in common.
fn csv(store: &Store, names: &[String]) -> Result<String> {
    if let [name] = names
        && store.kind_of(name)? == EntryKind::Study
    {
        return Ok(study_csv(&finished(store, name)?));
    }
    Ok(rows_csv(&runs(store, names)?))
}

fn finished(store: &Store, name: &str) -> Result<batchwright_find::StudyResult> {
    let result = store.study(name)?.result;
    Ok(result.ok_or_else(|| FailureMessage::NoResult { study: name.to_owned() })?)
}

/// An array of records, as `report --format json` prints each.
fn json(store: &Store, names: &[String]) -> Result<String> {
    let record = |name: &String| -> Result<Value> {
        Ok(match Stored::load(store, name)? {
            Stored::Run(_, record) => serde_json::to_value(RunRecordJson(record.as_ref()))?,
            Stored::Study(_, Some(result)) => serde_json::to_value(StudyJson(&result))?,
            Stored::Study(_, None) => return Err(FailureMessage::NoResult { study: name.clone() }.into()),
        })
    };
    let records = once(names).into_iter().map(record).collect::<Result<Vec<_>>>()?;
    Ok(serde_json::to_string_pretty(&records).explain(|| FailureMessage::WriteJson)? + "\n")
}
