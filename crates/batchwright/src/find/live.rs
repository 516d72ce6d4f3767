//! TODO

use crate::find::answer::Session;
use crate::find::question::Inquiry;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_find::{Recommendation, StudyEvent, StudyObserver};
use batchwright_view::{pace_line, stage_line, target_line, trial_line};
use indicatif::ProgressBar;
use std::time::Instant;

/// One live line: what runs, what is best so far, and how much time is left.
pub(crate) struct LiveStudy<'a> {
    pub(crate) bar: ProgressBar,
    pub(crate) screen: &'a Screen,
    pub(crate) signals: &'a Signals,
    pub(crate) started: Instant,
    pub(crate) budget: std::time::Duration,
    pub(crate) trials: u64,
    pub(crate) best: Option<Recommendation>,
}

impl<'a> LiveStudy<'a> {
    pub(crate) fn new(desk: &Session<'a>, inquiry: &Inquiry) -> Self {
        let Session { screen, signals, .. } = *desk;
        let (started, budget) = (inquiry.started, inquiry.budget);
        let bar = if inquiry.show_output { ProgressBar::hidden() } else { screen.progress(None) };
        Self { bar, screen, signals, started, budget, trials: 0, best: None }
    }

    /// Removes the line.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl StudyObserver for LiveStudy<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        let style = self.screen.style;
        match event {
            StudyEvent::Stage(stage) => self.screen.tell_above(&self.bar, &stage_line(*stage, style)),
            StudyEvent::PaceMeasured { batch_size, step_time } => {
                self.bar.set_message(pace_line(*batch_size, step_time, style));
            }
            StudyEvent::DoesNotFit { reason, .. } => self.screen.tell_above(&self.bar, reason),
            StudyEvent::TrialStarted { request, .. } => {
                self.trials += 1;
                let left = self.budget.saturating_sub(self.started.elapsed()).as_secs_f64();
                self.bar.set_message(trial_line(self.trials, request, self.best.as_ref(), left, style));
            }
            StudyEvent::TrialEnded(_) => self.bar.tick(),
            StudyEvent::TargetChosen(target) => {
                self.screen.tell_above(&self.bar, &target_line(target, style))
            }
            StudyEvent::BestSoFar(best) => self.best = best.cloned(),
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came()
    }
}
