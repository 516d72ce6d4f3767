//! `find --objective fit -- COMMAND`: finds the largest batch size that a training program in any
//! language can run, by running it.
//!
//! Left out: the order in which sizes are tried (`batchwright_find`). Nothing is stored.

use crate::find::fit_network;
use crate::find::question::about_command::CommandFit;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::ProbeSizes;
use batchwright_command::process::Placeholder;
use batchwright_find::{
    FitAnswer, FitEnd, FitSearch, FitSubject, MemoryModel, ProbeOutcome, Ran, largest_among,
};
use batchwright_view::command_probe_line;
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Duration;

/// Time between two updates of the live line.
const TICK: Duration = Duration::from_millis(250);

pub(crate) fn run(asked: &CommandFit, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    asked.command.hooks.set_up()?;
    let answer = Search { asked, screen, signals }.answer();
    // An error while cleaning up must not lose the answer.
    let cleaned = asked.command.hooks.clean_up();
    let code = fit_network::show(&answer, screen, signals)?;
    cleaned.map(|()| code)
}

/// Runs sizes, shows which size is running, and knows why a run was cut short.
struct Search<'a> {
    asked: &'a CommandFit,
    screen: &'a Screen,
    signals: &'a Signals,
}

impl Search<'_> {
    fn answer(&self) -> FitAnswer {
        let CommandFit { command, sizes, memory_limit, show_output, .. } = self.asked;
        let bar = if *show_output { ProgressBar::hidden() } else { self.screen.progress(None) };
        bar.enable_steady_tick(TICK);
        let smallest = sizes.sizes().first().copied().unwrap_or(1);
        let apart = command.workload.settings().template.uses(Placeholder::EvalBatchSize);
        let search = self
            .search(&bar, |batch_size| ProbeSizes { batch_size, eval_batch_size: apart.then_some(smallest) });
        let evaluation = (apart && search.end == FitEnd::Found).then(|| {
            self.search(&bar, |size| ProbeSizes { batch_size: smallest, eval_batch_size: Some(size) })
        });
        bar.finish_and_clear();
        FitAnswer {
            subject: FitSubject::Command { memory_limit: *memory_limit },
            cap: sizes.sizes().last().copied().unwrap_or(1),
            model: MemoryModel::fit(&search.peaks()),
            search,
            evaluation,
        }
    }

    /// The largest of the sizes that runs, where a run at a size has these sizes.
    fn search(&self, bar: &ProgressBar, of: impl Fn(u64) -> ProbeSizes) -> FitSearch {
        let CommandFit { command, sizes, deadline, .. } = self.asked;
        let mut runs = 0;
        largest_among(sizes, &mut |size, length| {
            runs += 1;
            let left = deadline.left().as_secs_f64();
            bar.set_message(command_probe_line(runs, size, length, left, self.screen.style));
            let outcome = self.explained(command.workload.probe(of(size), length));
            // Where only the evaluation grows, the time of a step does not tell whether it spills.
            if of(size).batch_size == size { outcome } else { without_step_time(outcome) }
        })
    }

    /// A run that was cut short failed for that reason, regardless of its output.
    fn explained(&self, outcome: ProbeOutcome) -> ProbeOutcome {
        let failed = matches!(outcome, ProbeOutcome::Failed { .. });
        let reason = if failed && self.signals.came() {
            "interrupted"
        } else if failed && self.asked.deadline.is_over() {
            "it had not ended when the time was over (--budget), and was stopped"
        } else {
            return outcome;
        };
        ProbeOutcome::Failed { reason: reason.to_owned() }
    }
}

fn without_step_time(outcome: ProbeOutcome) -> ProbeOutcome {
    match outcome {
        ProbeOutcome::Runs(ran) => ProbeOutcome::Runs(Ran { seconds_per_sample: None, ..ran }),
        other => other,
    }
}
