//! The live line of a study, and the messages above it while the study runs.

use crate::find::deadline::Deadline;
use crate::find::question::study_question::StudyQuestion;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_find::{Recommendation, StudyEvent, StudyObserver};
use batchwright_view::{reported_line, stage_line, step_time_line, target_line, trial_line};
use indicatif::ProgressBar;

/// One live line: what is running, what is best so far, and how much time is left.
pub(crate) struct LiveStudy<'a> {
    bar: ProgressBar,
    screen: &'a Screen,
    signals: &'a Signals,
    deadline: Deadline,
    trials: u64,
    best: Option<Recommendation>,
}

impl<'a> LiveStudy<'a> {
    pub(crate) fn new(question: &StudyQuestion, screen: &'a Screen, signals: &'a Signals) -> Self {
        let bar = if question.show_output { ProgressBar::hidden() } else { screen.progress(None) };
        Self { bar, screen, signals, deadline: question.deadline, trials: 0, best: None }
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
                self.bar.set_message(step_time_line(*batch_size, step_time, style));
            }
            StudyEvent::DoesNotFit { reason, .. } => {
                self.screen.tell_above(&self.bar, &reported_line(reason, style))
            }
            StudyEvent::TrialStarted { request, .. } => {
                self.trials += 1;
                let left = self.deadline.left().as_secs_f64();
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
