//! `runs query`.

use crate::args::Global;
use crate::args::runs::QueryArgs;
use crate::args::values::QueryFormatArg;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::Store;
use batchwright_view::{QueryJson, query_csv, query_table};
use std::process::ExitCode;

pub(crate) fn run(args: &QueryArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let result = Store::open_existing(&global.runs)?.select(&args.query)?;
    let format =
        args.format.unwrap_or(if global.json { QueryFormatArg::Json } else { QueryFormatArg::Table });
    match format {
        QueryFormatArg::Table => screen.print(&query_table(&result, screen.style)),
        QueryFormatArg::Csv => screen.print(&query_csv(&result)),
        QueryFormatArg::Json => screen.print_object(&QueryJson::new(&result))?,
    }
    Ok(ExitCode::SUCCESS)
}
