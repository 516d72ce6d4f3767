//! The command line: parse, check, run, show. This is the only crate that prints or exits. Each
//! command has a file or a folder, which follows that order.

#![forbid(unsafe_code)]

#[cfg(not(unix))]
compile_error!(
    "batchwright runs on Linux and macOS. It watches training programs by process groups, signals and \
     pseudo terminals, which this system does not have. On Windows use it in WSL."
);

mod alert;
mod args;
mod continuation;
mod describe;
mod eval;
mod export;
mod find;
mod generate;
mod lesson;
mod model;
mod picture;
mod plan;
mod predict;
mod prepare;
mod probe;
mod report;
mod resume;
mod runs;
mod serve;
mod shell;
mod tracking;
mod train;
mod watch;

use crate::args::configuration::configured;
use crate::args::language::language;
use crate::args::{Cli, Command};
use crate::shell::screen::Screen;
use crate::shell::{clap_error, failure, guard, screen, signals, stdout};
use anyhow::Result;
use batchwright_view::Notice;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = guard::as_guardian(&words) {
        return code;
    }
    guard::guard_children();
    let (lang, typed) = (language(&words), Cli::command_of(&words));
    let configured = match configured(words) {
        Ok(configured) => configured,
        Err(error) => return failure::report(&error, command_word(&typed), screen::error_style(lang)),
    };
    // The file may name a language too.
    let style = screen::style(language(&configured.words));
    let cli = match Cli::read(configured.words, style) {
        Ok(cli) => cli,
        Err(error) => return clap_error::show(&error, typed, &configured.places, style.lang),
    };
    let screen = Screen::new(style, &cli.global);
    let command = cli.command.name();
    match signals::outlive_file_size_limit().and_then(|()| run(cli, &screen)) {
        Ok(code) => code,
        Err(error) => {
            let code = failure::report(&error, command, screen::error_style(style.lang));
            tell_place(failure::flag_of(&error), &configured.places, &screen);
            code
        }
    }
}

/// Where a flag is, if it is in the configuration file.
fn tell_place(flag: Option<&str>, places: &[(String, String)], screen: &Screen) {
    for (flag, place) in places.iter().filter(|(name, _)| Some(name.as_str()) == flag) {
        let notice = Notice::FromConfig { flag: flag.clone(), place: place.clone() };
        screen.warn(&notice.text(screen.style.lang));
    }
}

/// `find` of `batchwright find`.
fn command_word(typed: &str) -> &str {
    typed.rsplit(' ').next().unwrap_or(typed)
}

/// Runs the command. It has failed if its output could not be written.
fn run(cli: Cli, screen: &Screen) -> Result<ExitCode> {
    let code = match cli.command {
        Command::Plan(args) => plan::run(&args, screen),
        Command::Train(args) => {
            let screen = screen.filled(args.live)?;
            train::run(*args, &cli.global, &screen)
        }
        Command::Resume(args) => resume::run(&args, &cli.global, &screen.filled(args.live)?),
        Command::Find(args) => {
            let screen = screen.filled(args.live)?;
            find::run(*args, &cli.global, &screen)
        }
        Command::Watch(args) => watch::run(&args, &cli.global, screen),
        Command::Eval(args) => eval::run(&args, &cli.global, screen),
        Command::Predict(args) => predict::run(&args, &cli.global, screen),
        Command::Export(args) => export::run(&args, &cli.global, screen),
        Command::Generate(args) => continuation::run(&args, &cli.global, screen),
        Command::Data(args) => describe::run(&args, screen),
        Command::Model(args) => model::run(&args, &cli.global, screen),
        Command::Report(args) => report::run(&args, &cli.global, screen),
        Command::Lesson(args) => lesson::run(&args, screen),
        Command::Serve(args) => serve::run(&args, &cli.global, screen),
        Command::Runs(args) => runs::run(args.command, &cli.global, screen),
        Command::Completions(args) => generate::completions(&args),
        Command::Man(args) => generate::man(&args, screen),
        Command::Probe(args) => probe::child::run(&args, screen),
    }?;
    stdout::written()?;
    Ok(code)
}
