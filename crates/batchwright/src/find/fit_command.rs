//! `find --objective fit -- COMMAND`: the largest batch size that a training program in any language runs, found by running it.
//!
//! How the search goes is told in `batchwright_find`; nothing is stored.

use crate::args::find::FindArgs;
use crate::args::memory_size::MemorySize;
use crate::find;
use crate::find::command_settings::base_settings;
use crate::find::fit_network;
use crate::find::hooks::Hooks;
use crate::shell::failure::usage;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::{Context, Result};
use batchwright_command::process::{CommandTemplate, Placeholder};
use batchwright_command::{CommandSettings, CommandWorkload};
use batchwright_find::{BatchSizes, FitAnswer, FitSubject, MemoryModel, ProbeOutcome, Rates, largest_among};
use batchwright_view::command_probe_line;
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How often the live line is drawn again.
const TICK: Duration = Duration::from_millis(250);

pub(crate) fn run(args: &FindArgs, started: Instant, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    fit_network::refuse_what_has_no_meaning(args)?;
    let template = CommandTemplate::parse(&args.command.command).map_err(|error| usage(error.to_string()))?;
    refuse_what_cannot_work(args, &template)?;
    let sizes = match args.max_batch_size {
        Some(cap) => args.batch_sizes.clone().capped(cap)?,
        None => args.batch_sizes.clone(),
    };
    let scratch = tempfile::tempdir().context("cannot make a folder for the outputs of trials")?;
    let settings = settings(args, template, started, signals)?;
    let workload = CommandWorkload::new(settings, scratch.path().to_owned());
    let watch = Watch { screen, signals, started, budget: find::budget(args)? };
    let hooks = Hooks::new(args, started, signals)?;
    hooks.set_up()?;
    let answer = watch.answer(args, &sizes, &workload);
    // A failure of the cleaning up must not cost the answer.
    let cleaned = hooks.clean_up();
    let code = fit_network::show(&answer, screen, signals)?;
    cleaned.map(|()| code)
}

/// Flags and placeholders that contradict each other.
fn refuse_what_cannot_work(args: &FindArgs, template: &CommandTemplate) -> Result<()> {
    let samples = args.command.samples;
    Err(usage(if args.lr.is_some() && !template.has_learning_rate() {
        "the command has no {lr}, so that --lr changes nothing; leave it out"
    } else if template.uses(Placeholder::Epochs) && samples.is_none() {
        "{epochs} needs the number of training samples; give --samples N"
    } else if samples == Some(0) {
        "--samples is 0, expected at least 1"
    } else {
        return Ok(());
    }))
}

/// Every training runs at one rate, the lowest that was given: whether it learns does not matter.
fn settings(
    args: &FindArgs,
    template: CommandTemplate,
    started: Instant,
    signals: &Signals,
) -> Result<CommandSettings> {
    let base = base_settings(args, template, started, signals)?;
    let rates = args.lr.as_ref().and_then(Rates::ends).unwrap_or(base.rates);
    Ok(CommandSettings { rates, ..base })
}

/// Tells what runs, and knows why it was cut short.
struct Watch<'a> {
    screen: &'a Screen,
    signals: &'a Signals,
    started: Instant,
    /// Wall-clock time of the whole command.
    budget: Duration,
}

impl Watch<'_> {
    fn answer(&self, args: &FindArgs, sizes: &BatchSizes, workload: &CommandWorkload) -> FitAnswer {
        let bar = if args.command.show_output { ProgressBar::hidden() } else { self.screen.progress(None) };
        bar.enable_steady_tick(TICK);
        let mut runs = 0;
        let search = largest_among(sizes, &mut |size, length| {
            runs += 1;
            let left = self.budget.saturating_sub(self.started.elapsed()).as_secs_f64();
            bar.set_message(command_probe_line(runs, size, length, left, self.screen.style));
            self.explained(workload.probe(size, length))
        });
        bar.finish_and_clear();
        let memory_limit = args.memory.memory_limit.map(MemorySize::bytes);
        FitAnswer {
            subject: FitSubject::Command { memory_limit },
            cap: sizes.sizes().last().copied().unwrap_or(1),
            model: MemoryModel::fit(&search.peaks()),
            search,
        }
    }

    /// A run that was cut short failed for that reason, whatever it says.
    fn explained(&self, outcome: ProbeOutcome) -> ProbeOutcome {
        let failed = matches!(outcome, ProbeOutcome::Failed { .. });
        let reason = if failed && self.signals.came() {
            "interrupted"
        } else if failed && self.started.elapsed() >= self.budget {
            "it had not ended when the time was over (--budget), and was stopped"
        } else {
            return outcome;
        };
        ProbeOutcome::Failed { reason: reason.to_owned() }
    }
}
