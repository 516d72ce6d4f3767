//! `runs`: looks at what is stored, compares it, removes it, and hands it to other programs.

mod compare;
pub(crate) mod entry;
mod export;
mod list;
mod query;
mod remove;
#[cfg(feature = "parquet")]
mod rows_parquet;
mod show;
mod tracked;

use crate::args::Global;
use crate::args::runs::RunsSubcommand;
use crate::shell::screen::Screen;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn run(command: RunsSubcommand, global: &Global, screen: &Screen) -> Result<ExitCode> {
    match command {
        RunsSubcommand::List => list::run(global, screen),
        RunsSubcommand::Show { name } => show::run(&name, global, screen),
        RunsSubcommand::Compare(args) => compare::run(&args, global, screen),
        RunsSubcommand::Rm(args) => remove::run(args, global, screen),
        RunsSubcommand::Release { name } => remove::release(&name, global, screen),
        RunsSubcommand::Export(args) => export::run(&args, global, screen),
        RunsSubcommand::Query(args) => query::run(&args, global, screen),
    }
}
