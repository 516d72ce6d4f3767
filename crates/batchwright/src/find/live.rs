//! What a study shows while it runs: a picture that fills the terminal; or messages, a table of the sizes
//! that fills in, and a live line.

use crate::find::deadline::Deadline;
use crate::find::question::study_question::StudyQuestion;
use crate::picture::study::StudyPicture;
use crate::shell::explain::Explain;
use crate::shell::full_screen::{FullScreen, has_terminal, picture_style};
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_find::{JournalEntry, Recommendation, StudyEvent, StudyObserver};
use batchwright_view::{
    FailureMessage, LiveSize, Notice, WatchedFrom, live_sizes, reported_line, stage_line, step_time_line,
    target_line, trial_line,
};
use indicatif::ProgressBar;
use std::cell::{Cell, RefCell};

/// The sizes, and below them one line: what is running, what is best so far, and how much time is
/// left. Or all of it as a picture, until that is left.
pub(crate) struct LiveStudy<'a> {
    bar: ProgressBar,
    /// In the place of the lines, until it is left.
    full: Option<FullScreen<StudyPicture>>,
    /// What was told on the picture and not yet in lines.
    untold: RefCell<Vec<String>>,
    /// Whether the picture was left.
    left: Cell<bool>,
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
        Self {
            bar,
            full: None,
            untold: RefCell::default(),
            left: Cell::new(true),
            screen,
            signals,
            deadline,
            trials: 0,
            sizes: Vec::new(),
            best: None,
        }
    }

    /// Fills the terminal with the study, where that was asked for. `known` is its journal so far.
    ///
    /// # Errors
    /// Of the terminal.
    pub(crate) fn fill_screen(
        mut self,
        name: &str,
        settings: &[(String, String)],
        known: &[JournalEntry],
    ) -> anyhow::Result<Self> {
        if !self.screen.live() {
            return Ok(self);
        }
        let style = picture_style(self.screen);
        if !has_terminal() {
            self.screen.warn(&Notice::NoTerminal.text(style.lang));
            return Ok(self);
        }
        let mut picture = StudyPicture::new(name, settings, WatchedFrom::Within, style);
        let (budget, left) = (self.deadline.budget(), self.deadline.left());
        picture.budget = Some(budget.as_secs_f64());
        picture.used(budget.saturating_sub(left).as_secs_f64());
        picture.learn(known);
        self.full = Some(FullScreen::open(picture, self.signals).explain(|| FailureMessage::OpenScreen)?);
        self.left.set(false);
        Ok(self)
    }

    /// The picture, while it fills the terminal.
    fn picture(&self) -> Option<&FullScreen<StudyPicture>> {
        let open = self.full.as_ref().filter(|full| full.is_open());
        if open.is_none() && !self.left.replace(true) {
            for text in self.untold.take() {
                self.screen.tell_above(&self.bar, &text);
            }
        }
        open
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
        if self.picture().is_none() && !self.bar.is_hidden() {
            let best = self.best.as_ref().map(|best| best.batch_size);
            self.bar.set_prefix(live_sizes(&self.sizes, best, self.screen.style));
        }
    }

    fn show_line(&self, line: String) {
        if self.picture().is_none() {
            self.bar.set_message(line);
        }
    }

    /// Says something beside the course of the study.
    pub(crate) fn tell(&self, text: &str) {
        match self.picture() {
            Some(full) => {
                full.picture().note(text);
                self.untold.borrow_mut().push(text.to_owned());
            }
            None => self.screen.tell_above(&self.bar, text),
        }
    }

    /// Ends what is shown live.
    pub(crate) fn end(&mut self) {
        if let Some(full) = &mut self.full {
            full.close();
        }
        // What was told on the picture is told again in lines.
        let _ = self.picture();
        self.bar.finish_and_clear();
    }

    /// Changes the picture, while there is one.
    fn paint(&self, event: &StudyEvent) {
        let Some(full) = self.picture() else { return };
        let mut picture = full.picture();
        match event {
            StudyEvent::Stage(stage) => picture.stage = Some(*stage),
            StudyEvent::TrialStarted { request, .. } => picture.trial_started(request),
            StudyEvent::TrialEnded(trial) => picture.trial_ended(&trial.request),
            StudyEvent::Learnt(entry) => picture.learn(&[(*entry).clone()]),
            StudyEvent::TargetChosen(target) => {
                picture.target = Some(self.screen.style.lang.target_to_reach(target));
            }
            StudyEvent::BestSoFar(best) => picture.best = best.map(|best| best.batch_size),
            StudyEvent::TrialKnown(_)
            | StudyEvent::StepTimeMeasured { .. }
            | StudyEvent::DoesNotFit { .. } => {}
        }
        picture.changed();
    }
}

impl StudyObserver for LiveStudy<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        let style = self.screen.style;
        self.paint(event);
        match event {
            StudyEvent::Stage(stage) => self.tell(&stage_line(*stage, style)),
            StudyEvent::StepTimeMeasured { batch_size, step_time } => {
                self.note(*batch_size, |size| size.step_time(step_time.median));
                self.show_line(step_time_line(*batch_size, step_time, style));
            }
            StudyEvent::DoesNotFit { batch_size, reason } => {
                self.note(*batch_size, LiveSize::does_not_fit);
                self.tell(&reported_line(reason, style));
            }
            StudyEvent::TrialStarted { request, .. } => {
                self.trials += 1;
                self.note(request.batch_size, LiveSize::started);
                let left = self.deadline.left().as_secs_f64();
                self.show_line(trial_line(self.trials, request, self.best.as_ref(), left, style));
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
            StudyEvent::TargetChosen(target) => self.tell(&target_line(target, style)),
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
