//! TODO

use crate::args::find::FindArgs;
use crate::args::memory_size::MemorySize;
use crate::find::settings::{base_config, study_settings};
use crate::shell::failure::usage;
use crate::shell::screen::echo;
use crate::shell::signals::Signals;
use crate::{find, prepare};
use anyhow::Result;
use batchwright_command::CommandSettings;
use batchwright_command::process::{CommandTemplate, Limits, shell_line};
use batchwright_command::read::normal_name;
use batchwright_find::{Objective, Rates, StudyConfig, TargetSpec};
use batchwright_train::Duration;
use std::time::Instant;

/// Trials at a time. A training program takes the whole machine, unless each has an accelerator for itself.
pub(crate) fn jobs(args: &FindArgs) -> Result<usize> {
    let devices = args.command.devices.len().max(1);
    args.jobs.map_or(Ok(devices), |jobs| prepare::batch::threads(Some(jobs), "--jobs"))
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

pub(crate) fn command_settings(
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
pub(crate) fn base_settings(
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

pub(crate) fn time(duration: Duration, flag: &str) -> Result<std::time::Duration> {
    let Duration::Seconds(seconds) = duration else {
        return Err(usage(format!("{flag} {duration} is no time; give e.g. 60s or 5min")));
    };
    let time = std::time::Duration::try_from_secs_f64(seconds);
    time.map_err(|_| {
        usage(format!("{flag} of {seconds:e} s is no time that a clock counts; give e.g. 60s or 5min"))
    })
}
