//! The command line: parse, check, run, show. The only place that prints or exits.

mod args;
mod command;
mod command_args;
mod export;
mod failure;
mod fingerprint;
mod flags;
mod memory;
mod memory_size;
mod prepare;
mod probe;
mod process_memory;
mod screen;
mod signals;

use args::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::read();
    let screen = screen::Screen::new(&cli.global);
    let done = match cli.command {
        Command::Plan(args) => command::plan::run(&args, &screen),
        Command::Train(args) => command::train::run(&args, &cli.global, &screen),
        Command::Find(args) => command::find::run(&args, &cli.global, &screen),
        Command::Eval(args) => command::evaluate::run(&args, &cli.global, &screen),
        Command::Predict(args) => command::predict::run(&args, &cli.global, &screen),
        Command::Data(args) => command::data::run(&args, &screen),
        Command::Report(args) => command::report::run(&args, &cli.global, &screen),
        Command::Probe(args) => command::probe::run(&args, &screen),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            screen.note(&format!("error: {}", failure::message(&error)));
            failure::exit_code(&error)
        }
    }
}
