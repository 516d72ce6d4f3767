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

/// The sizes, and below them one line: what is running, what is best so far, and how much time is
/// left. Or all of it as a picture, until that is left.
pub(crate) struct LiveStudy<'a> {
    bar: ProgressBar,
    /// In the place of the lines, until it is left.
    full: Option<FullScreen<StudyPicture>>,
    /// What was told on the picture and not in lines.
    untold: Vec<String>,
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
            untold: Vec::new(),
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
        let mut picture = StudyPicture::new(name, settings, style);
        let (budget, left) = (self.deadline.budget(), self.deadline.left());
        picture.budget = Some(budget.as_secs_f64());
        picture.used(budget.saturating_sub(left).as_secs_f64());
        picture.journal(known.to_vec());
        let opened = FullScreen::open(picture, WatchedFrom::Within, self.signals);
        self.full = Some(opened.explain(|| FailureMessage::OpenScreen)?);
        Ok(self)
    }

    /// The picture, while it fills the terminal. Once it was left, what was told on it is told in lines.
    fn picture(&mut self) -> Option<&FullScreen<StudyPicture>> {
        if self.full.as_ref().is_some_and(|full| !full.is_open()) {
            self.full = None;
            for text in std::mem::take(&mut self.untold) {
                self.screen.tell_above(&self.bar, &text);
            }
        }
        self.full.as_ref()
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

    fn show_sizes(&mut self) {
        if self.picture().is_none() && !self.bar.is_hidden() {
            let best = self.best.as_ref().map(|best| best.batch_size);
            self.bar.set_prefix(live_sizes(&self.sizes, best, self.screen.style));
        }
    }

    fn show_line(&mut self, line: String) {
        if self.picture().is_none() {
            self.bar.set_message(line);
        }
    }

    /// Says something beside the course of the study.
    pub(crate) fn tell(&mut self, text: &str) {
        if let Some(full) = self.picture() {
            full.change(|picture| picture.notices.push(text.to_owned()));
            self.untold.push(text.to_owned());
        } else {
            self.screen.tell_above(&self.bar, text);
        }
    }

    /// Says in lines what the picture shows anyway.
    fn tell_in_lines(&mut self, text: String) {
        match self.picture() {
            Some(_) => self.untold.push(text),
            None => self.screen.tell_above(&self.bar, &text),
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
    fn paint(&mut self, event: &StudyEvent) {
        let Some(full) = self.picture() else { return };
        full.change(|picture| {
            picture.now.note(event);
            if let StudyEvent::Learnt(entry) = event {
                picture.learn(entry);
            }
        });
    }
}

impl StudyObserver for LiveStudy<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        let style = self.screen.style;
        self.paint(event);
        match event {
            StudyEvent::Stage(stage) => self.tell_in_lines(stage_line(*stage, style)),
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
            StudyEvent::Learnt(_) | StudyEvent::TrialRow { .. } => {}
            StudyEvent::TrialEnded(trial) => self.note(trial.request.batch_size, |size| size.ended(trial)),
            StudyEvent::TargetChosen(target) => self.tell_in_lines(target_line(target, style)),
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
