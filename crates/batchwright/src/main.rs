//! The command line: parse, check, run, show. This is the only crate that prints or exits. Each
//! command has a file or a folder, which follows that order.

#![forbid(unsafe_code)]

mod args;
mod describe;
mod eval;
mod find;
mod plan;
mod predict;
mod prepare;
mod probe;
mod report;
mod shell;
mod train;

use crate::args::language::language;
use crate::args::{Cli, Command};
use crate::shell::failure;
use crate::shell::screen;
use crate::shell::screen::Screen;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let style = screen::style(language(&words));
    let typed = Cli::command_of(&words);
    let cli = match Cli::read(words, style) {
        Ok(cli) => cli,
        Err(error) => return failure::refuse(&error, typed, screen::error_style(style.lang)),
    };
    let screen = Screen::new(style, &cli.global);
    let command = cli.command.name();
    let done = match cli.command {
        Command::Plan(args) => plan::run(&args, &screen),
        Command::Train(args) => train::run(args, &cli.global, &screen),
        Command::Find(args) => find::run(*args, &cli.global, &screen),
        Command::Eval(args) => eval::run(&args, &cli.global, &screen),
        Command::Predict(args) => predict::run(&args, &cli.global, &screen),
        Command::Data(args) => describe::run(&args, &screen),
        Command::Report(args) => report::run(&args, &cli.global, &screen),
        Command::Probe(args) => probe::child::run(&args, &screen),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let style = screen::error_style(style.lang);
            screen.note(&failure::report(&error, command, style));
            failure::exit_code(&error)
        }
    }
}
