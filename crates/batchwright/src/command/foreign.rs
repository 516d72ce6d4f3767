//! `find -- COMMAND`: decide the batch size of a training program in any language.

use crate::args::{FindArgs, Global, ObjectiveArg};
use crate::command::find;
use crate::command::find::{Inquiry, base_config, study_settings};
use crate::command::hooks::Hooks;
use crate::failure::usage;
use crate::memory::Desk;
use crate::memory_size::MemorySize;
use crate::prepare;
use crate::screen::{Screen, echo};
use crate::signals::Signals;
use anyhow::{Context, Result};
use batchwright_find::command::process::{CommandTemplate, Limits, Placeholder, shell_line};
use batchwright_find::command::report::normal_name;
use batchwright_find::command::{CommandSettings, CommandWorkload};
use batchwright_find::{Objective, Rates, StudyConfig, TargetSpec};
use batchwright_store::Store;
use batchwright_train::Duration;
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
        return crate::command::foreign_check::run(args, &workload, scratch, &hooks, screen, signals);
    }
    let inquiry = Inquiry::about_command(args, started, &workload, &program_name(args))?;
    let store = Store::open(&global.runs)?;
    hooks.set_up()?;
    let answer = Desk { store: &store, screen, signals }.answer(&inquiry);
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

/// Trials at a time. A training program takes the whole machine, unless each has an accelerator for itself.
fn jobs(args: &FindArgs) -> Result<usize> {
    let devices = args.command.devices.len().max(1);
    args.jobs.map_or(Ok(devices), |jobs| prepare::threads(Some(jobs), "--jobs"))
}

/// What the study is called where no name is given: the program's own script, or the program.
fn program_name(args: &FindArgs) -> String {
    let words = args.command.command.iter().map(|word| word.to_string_lossy().into_owned());
    let mut names: Vec<String> =
        words.take_while(|word| !word.starts_with('-') && !word.contains('{')).collect();
    let last = names.pop().unwrap_or_default();
    Path::new(&last).file_stem().map_or(last.clone(), |stem| stem.to_string_lossy().into_owned())
}

/// The settings of the study.
pub(crate) fn study_config(args: &FindArgs) -> Result<StudyConfig> {
    let base = base_config(args)?;
    let rates = match &args.lr {
        Some(_) => base.rates,
        // The program's own, which nobody knows: 1 times that.
        None => Rates::exactly(vec![1.0])?.fixed(),
    };
    let target = match base.target {
        TargetSpec::Given { metric, goal, direction } => {
            TargetSpec::Given { metric: normal_name(&metric), goal, direction }
        }
        TargetSpec::Auto => TargetSpec::Auto,
    };
    Ok(StudyConfig { rates, target, eval_samples: args.command.eval_samples, jobs: jobs(args)?, ..base })
}

/// What was asked, in the words of the command line.
pub(crate) fn settings(args: &FindArgs, config: &StudyConfig) -> Result<Vec<(String, String)>> {
    let command = ("command".to_owned(), shell_line(&args.command.command));
    let mut settings = vec![command];
    settings.extend(args.command.samples.map(|samples| ("samples".to_owned(), samples.to_string())));
    settings.extend(study_settings(args, config)?);
    Ok(settings)
}

fn command_settings(
    args: &FindArgs,
    template: CommandTemplate,
    started: Instant,
    signals: &Signals,
) -> Result<CommandSettings> {
    let config = study_config(args)?;
    Ok(CommandSettings {
        judged_at_end: config.objective == Objective::Quality,
        max_samples: config.max_samples,
        eval_samples: config.eval_samples.or(args.command.samples.map(|samples| (samples / 16).max(1))),
        rates: config.rates.ends().unwrap_or((1.0, 1.0)),
        alone: config.jobs == 1,
        ..base_settings(args, template, started, signals)?
    })
}

/// What does not depend on the objective.
pub(super) fn base_settings(
    args: &FindArgs,
    template: CommandTemplate,
    started: Instant,
    signals: &Signals,
) -> Result<CommandSettings> {
    let command = &args.command;
    let (signals, budget) = (signals.clone(), find::budget(args)?);
    let show = command.show_output;
    Ok(CommandSettings {
        pty: command.pty,
        memory_limit: args.memory.memory_limit.map(MemorySize::bytes),
        limits: Limits {
            deadline: command.trial_timeout.map(|it| time(it, "--trial-timeout")).transpose()?,
            start_timeout: Some(time(command.start_timeout, "--start-timeout")?),
            silence: command.silence_timeout.map(|it| time(it, "--silence-timeout")).transpose()?,
            ..Limits::default()
        },
        metrics: command.metric.clone(),
        metric: normal_name(args.target.metric()),
        samples: command.samples,
        micro_batch_size: args.micro_batch_size,
        prepare: command.prepare.clone(),
        devices: command.devices.clone(),
        keep_outputs: command.keep_outputs,
        watch: command.log_dir.clone(),
        on_line: Box::new(move |line| {
            if show {
                echo(&line.text);
            }
        }),
        interrupted: Box::new(move || signals.came() || started.elapsed() >= budget),
        ..CommandSettings::new(template)
    })
}

fn time(duration: Duration, flag: &str) -> Result<std::time::Duration> {
    let Duration::Seconds(seconds) = duration else {
        return Err(usage(format!("{flag} {duration} is no time; give e.g. 60s or 5min")));
    };
    let time = std::time::Duration::try_from_secs_f64(seconds);
    time.map_err(|_| {
        usage(format!("{flag} of {seconds:e} s is no time that a clock counts; give e.g. 60s or 5min"))
    })
}
