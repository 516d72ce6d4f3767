//! `find -- COMMAND`: decide the batch size of a training program in any language.

use crate::args::Global;
use crate::args::find::{FindArgs, ObjectiveArg};
use crate::find;
use crate::find::answer::Session;
use crate::find::command_settings::{command_settings, jobs};
use crate::find::hooks::Hooks;
use crate::find::question::Inquiry;
use crate::shell::failure::usage;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::{Context, Result};
use batchwright_command::CommandWorkload;
use batchwright_command::process::{CommandTemplate, Placeholder};
use batchwright_store::Store;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) fn run(
    args: &FindArgs,
    started: Instant,
    global: &Global,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    let template = CommandTemplate::parse(&args.command.command).map_err(|error| usage(error.to_string()))?;
    refuse_what_cannot_work(args, &template)?;
    let scratch = tempfile::tempdir().context("cannot make a folder for the outputs of trials")?;
    let settings = command_settings(args, template, started, signals)?;
    let workload = CommandWorkload::new(settings, scratch.path().to_owned());
    let hooks = Hooks::new(args, started, signals)?;
    if args.command.check {
        return crate::find::check::run(args, &workload, scratch, &hooks, screen, signals);
    }
    let inquiry = Inquiry::about_command(args, started, &workload, &program_name(args))?;
    let store = Store::open(&global.runs)?;
    hooks.set_up()?;
    let answer = Session { store: &store, screen, signals }.answer(&inquiry);
    // It runs whatever came of the study, whose error counts for more; a failure of the cleaning up must not cost the answer.
    let cleaned = hooks.clean_up();
    let code = find::show(&answer?, args, screen, signals)?;
    cleaned.map(|()| code)
}

/// Flags and placeholders that contradict each other.
fn refuse_what_cannot_work(args: &FindArgs, template: &CommandTemplate) -> Result<()> {
    let uses = |placeholder| template.uses(placeholder);
    let (samples, bounded) = (args.command.samples, args.command.samples.or(args.max_samples).is_some());
    let length =
        [Placeholder::Steps, Placeholder::Samples, Placeholder::Epochs].into_iter().find(|&it| uses(it));
    let quality = args.objective == ObjectiveArg::Quality;
    let (devices, jobs) = (&args.command.devices, jobs(args)?);
    Err(usage(match length {
        _ if template.has_learning_rate() && args.lr.is_none() => {
            "the command takes a learning rate; give the range to look in, e.g. --lr 1e-4..1".to_owned()
        }
        _ if !template.has_learning_rate() && args.lr.is_some() => {
            "the command has no {lr}, so that --lr changes nothing; add {lr} where it takes its learning rate, or leave --lr out".to_owned()
        }
        Some(Placeholder::Epochs) if samples.is_none() => {
            "{epochs} needs the number of training samples; give --samples N".to_owned()
        }
        Some(length) if !bounded => format!(
            "{{{}}} needs the length of a training; give --max-samples N, or --samples N for 20 epochs",
            length.name()
        ),
        None if quality => "--objective quality compares trainings of equal length, which the command does not take; add {steps}, {epochs} or {samples}".to_owned(),
        _ if samples == Some(0) => "--samples is 0, expected at least 1".to_owned(),
        _ if !devices.is_empty() && jobs > devices.len() => format!(
            "--jobs {jobs} is more than the {} of --devices, of which each trial has one; give at most that many",
            devices.len()
        ),
        _ if jobs > 1 && args.command.log_dir.is_some() => format!(
            "--log-dir is one folder, and {jobs} trials at a time would write into it; let the command write into {{out}}, or give --jobs 1"
        ),
        _ => return Ok(()),
    }))
}

/// What the study is called where no name is given: the program's own script, or the program.
fn program_name(args: &FindArgs) -> String {
    let words = args.command.command.iter().map(|word| word.to_string_lossy().into_owned());
    let mut names: Vec<String> =
        words.take_while(|word| !word.starts_with('-') && !word.contains('{')).collect();
    let last = names.pop().unwrap_or_default();
    Path::new(&last).file_stem().map_or(last.clone(), |stem| stem.to_string_lossy().into_owned())
}
