//! A run as lines: one that is overwritten again and again, and one for each evaluation that is shown.

use crate::shell::screen::Screen;
use batchwright_train::{CheckedRun, RunEnd, RunRow};
use batchwright_view::{RunProgress, row_line, run_line};
use indicatif::ProgressBar;

/// Evaluations that are shown; all are saved.
const SHOWN: u64 = 20;
/// Evaluations at the start that are shown in any case.
const FIRST: u64 = 3;

/// Shows a run as lines.
pub(crate) struct RunLines<'a> {
    bar: ProgressBar,
    screen: &'a Screen,
    shown: Shown,
    /// The last row, where it was not shown.
    hidden: Option<RunRow>,
}

impl<'a> RunLines<'a> {
    pub(crate) fn new(run: &CheckedRun, screen: &'a Screen) -> Self {
        let evaluations = match run.end() {
            RunEnd::Samples(samples) => Some(samples.div_ceil(run.eval_samples().max(1))),
            RunEnd::Seconds(_) => None,
        };
        let bar = screen.progress(run.plan().map(|plan| plan.steps));
        Self { bar, screen, shown: Shown::of(evaluations), hidden: None }
    }

    /// Where the run is now.
    pub(crate) fn progress(&self, progress: &RunProgress) {
        if !self.bar.is_hidden() {
            self.bar.set_message(run_line(progress, self.screen.style));
            self.bar.set_position(progress.steps.0);
        }
    }

    pub(crate) fn row(&mut self, row: &RunRow) {
        self.hidden = None;
        if self.shown.next() {
            self.screen.tell_above(&self.bar, &row_line(row, self.screen.style));
        } else {
            self.hidden = Some(*row);
        }
    }

    /// A line on stderr, also where little is to be shown.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| self.screen.note(text));
    }

    /// Ends the live line, and shows the last row.
    pub(crate) fn finish(&mut self) {
        self.bar.finish_and_clear();
        if let Some(row) = self.hidden.take() {
            self.screen.tell(&row_line(&row, self.screen.style));
        }
    }
}

/// Which evaluations are shown: the first ones, so that one sees that it runs, and about [`SHOWN`] of
/// the run, spread evenly. Where their number is not known, ever fewer.
#[derive(Debug)]
struct Shown {
    every: u64,
    seen: u64,
    shown: u64,
    known: bool,
}

impl Shown {
    fn of(evaluations: Option<u64>) -> Self {
        let every = evaluations.map_or(1, |evaluations| evaluations.div_ceil(SHOWN).max(1));
        Self { every, seen: 0, shown: 0, known: evaluations.is_some() }
    }

    /// Whether the next evaluation is shown.
    fn next(&mut self) -> bool {
        let shown = self.seen < FIRST || self.seen.is_multiple_of(self.every);
        self.seen += 1;
        self.shown += u64::from(shown);
        if !self.known && self.shown == SHOWN {
            (self.every, self.shown) = (2 * self.every, SHOWN / 2);
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(known: bool, evaluations: u64) -> usize {
        let mut shown = Shown::of(known.then_some(evaluations));
        // One more, before the first step.
        (0..=evaluations).filter(|_| shown.next()).count()
    }

    #[test]
    fn some_twenty_lines_however_long_the_run() {
        for evaluations in [20, 21, 100, 1_000, 123_456] {
            assert!((11..=23).contains(&shown(true, evaluations)), "{evaluations}");
        }
        assert_eq!((shown(true, 3), shown(true, 20)), (4, 21));
        assert!(shown(false, 1_000) < 90 && shown(false, 15) == 16);
    }
}
