//! What a study shows while it runs: messages, a table of the sizes that fills in, and a live line.

use crate::find::deadline::Deadline;
use crate::find::question::study_question::StudyQuestion;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_find::{Recommendation, StudyEvent, StudyObserver};
use batchwright_view::{
    LiveSize, live_sizes, reported_line, stage_line, step_time_line, target_line, trial_line,
};
use indicatif::ProgressBar;

/// The sizes, and below them one line: what is running, what is best so far, and how much time is
/// left.
pub(crate) struct LiveStudy<'a> {
    bar: ProgressBar,
    screen: &'a Screen,
    signals: &'a Signals,
    deadline: Deadline,
    trials: u64,
    /// The sizes that anything is known of, ascending.
    sizes: Vec<LiveSize>,
    best: Option<Recommendation>,
}

impl<'a> LiveStudy<'a> {
    pub(crate) fn new(
        question: &StudyQuestion,
        deadline: Deadline,
        screen: &'a Screen,
        signals: &'a Signals,
    ) -> Self {
        let bar = if question.show_output { ProgressBar::hidden() } else { screen.study_progress() };
        Self { bar, screen, signals, deadline, trials: 0, sizes: Vec::new(), best: None }
    }

    /// Notes something of a size, and shows it.
    fn note(&mut self, batch_size: u64, what: impl FnOnce(&mut LiveSize)) {
        let place = self.sizes.binary_search_by_key(&batch_size, LiveSize::batch_size);
        let place = place.unwrap_or_else(|place| {
            self.sizes.insert(place, LiveSize::new(batch_size));
            place
        });
        what(&mut self.sizes[place]);
        self.show_sizes();
    }

    fn show_sizes(&self) {
        if !self.bar.is_hidden() {
            let best = self.best.as_ref().map(|best| best.batch_size);
            self.bar.set_prefix(live_sizes(&self.sizes, best, self.screen.style));
        }
    }

    /// Says something beside the course of the study.
    pub(crate) fn tell(&self, text: &str) {
        self.screen.tell_above(&self.bar, text);
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
            StudyEvent::StepTimeMeasured { batch_size, step_time } => {
                self.note(*batch_size, |size| size.step_time(step_time.median));
                self.bar.set_message(step_time_line(*batch_size, step_time, style));
            }
            StudyEvent::DoesNotFit { batch_size, reason } => {
                self.note(*batch_size, LiveSize::does_not_fit);
                self.screen.tell_above(&self.bar, &reported_line(reason, style));
            }
            StudyEvent::TrialStarted { request, .. } => {
                self.trials += 1;
                self.note(request.batch_size, LiveSize::started);
                let left = self.deadline.left().as_secs_f64();
                self.bar.set_message(trial_line(self.trials, request, self.best.as_ref(), left, style));
            }
            StudyEvent::TrialKnown(trial) => {
                self.trials += 1;
                self.note(trial.request.batch_size, |size| {
                    size.started();
                    size.ended(trial);
                });
            }
            StudyEvent::Learnt(_) => {}
            StudyEvent::TrialEnded(trial) => self.note(trial.request.batch_size, |size| size.ended(trial)),
            StudyEvent::TargetChosen(target) => {
                self.screen.tell_above(&self.bar, &target_line(target, style))
            }
            StudyEvent::BestSoFar(best) => {
                self.best = best.cloned();
                self.show_sizes();
            }
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came()
    }
}
