//! How earlier studies are used: one that was interrupted goes on, an answer that still holds is given
//! again, and a study without a decision is continued.

use crate::find::deadline::Deadline;
use crate::find::live::LiveStudy;
use crate::find::question::study_question::StudyQuestion;
use crate::find::recorder::{Recorder, journal};
use crate::find::session::{Earlier, Session, Trained, decided};
use crate::find::unfinished::{Beginning, CutOff, Interrupted, interrupted, is_owned};
use crate::shell::explain::Explain;
use crate::shell::save::save_report;
use crate::tracking::study_log::StudyLog;
use crate::tracking::texts::{lost_text, place_text};
use crate::tracking::trials::ended_trials;
use anyhow::Result;
use batchwright_find::{
    EarlierStudy, Revalidation, StudyConfig, StudyResult, resume_study, revalidate, run_study_with,
};
use batchwright_store::{Fingerprint, NewName, StoreError};
use batchwright_view::{FailureMessage, Notice, UsageMessage, earlier_study_line, study_report};
use std::time::Instant;

/// What was asked, as keys and values in the words of the command line.
type Settings = [(String, String)];

/// An answer, and whether it could be saved. It is shown in both cases.
pub(crate) struct Answer {
    pub(crate) result: StudyResult,
    pub(crate) saved: Result<()>,
}

impl Answer {
    /// The answer, if it was saved.
    pub(crate) fn saved(self) -> Result<StudyResult> {
        self.saved.map(|()| self.result)
    }
}

impl Session<'_> {
    /// The answer: an earlier one if it still holds, otherwise that of a study, which starts from
    /// what is already known.
    pub(crate) fn answer(&self) -> Result<Answer> {
        if let Some(study) = self.resumed {
            return self.resume(study);
        }
        let earlier = self.earlier(Some(&self.question.fingerprint.question))?.into_iter().next();
        match interrupted(self, earlier.as_ref())? {
            Some(CutOff::GoesOn(study)) => return self.go_on(study),
            Some(CutOff::BeginsAnew(name)) => {
                let past = earlier.as_ref().and_then(|earlier| EarlierStudy::of(&earlier.result));
                return self.begin(name, past);
            }
            None => {}
        }
        let Some(earlier) = earlier else { return self.study(None) };
        let decided = earlier.decided() && earlier.result.margin <= self.question.config.margin;
        if !decided {
            let past = EarlierStudy::of(&earlier.result);
            if past.is_some() {
                self.tell_earlier(&earlier, false);
            }
            return self.study(past);
        }
        let Some(check) = self.check(&self.question.config, &earlier)? else {
            return self.study(None);
        };
        match self.given_again(&earlier, &check)? {
            Some(answer) => Ok(answer),
            None => self.study(refuted(&earlier, &check)),
        }
    }

    /// Goes on with a study that was named; with one that has decided there is nothing to do.
    fn resume(&self, name: &str) -> Result<Answer> {
        if self.store.fingerprint(name)?.as_ref() != Some(&self.question.fingerprint) {
            return Err(UsageMessage::OtherStudy { study: name.to_owned() }.into());
        }
        let result = self.store.study(name)?.result;
        let decided = |result: &&StudyResult| decided(result) && !result.interrupted;
        if let Some(result) = result.as_ref().filter(decided) {
            let notice = Notice::StudyIsFinished { study: name.to_owned() };
            self.screen.tell(&notice.text(self.screen.style.lang));
            let saved = self.store.release(name).map_err(Into::into);
            return Ok(Answer { result: result.clone(), saved });
        }
        match Interrupted::read(self, name)? {
            Some(study) => self.go_on(study),
            None => self.begin(name.to_owned(), result.as_ref().and_then(EarlierStudy::of)),
        }
    }

    /// Earlier studies of the same workload, the newest first. If `question` is given, only studies
    /// of that question. Damaged ones are left out, and told.
    pub(crate) fn earlier(&self, question: Option<&str>) -> Result<Vec<Earlier>> {
        if self.question.fresh {
            return Ok(Vec::new());
        }
        let found = self.store.studies_of(&self.question.fingerprint.workload, question)?;
        let lang = self.screen.style.lang;
        let tell = |error| self.screen.note(&Notice::EntryLeftOut { error: lang.error(&error) }.text(lang));
        let whole = found.into_iter().filter_map(|study| study.map_err(tell).ok());
        Ok(whole.filter_map(Earlier::new).collect())
    }

    /// Reports which earlier study is used, and whether its answer is checked or the study is
    /// continued.
    fn tell_earlier(&self, earlier: &Earlier, check: bool) {
        let Earlier { created, result, .. } = earlier;
        self.screen.tell(&earlier_study_line(&result.study, *created, check, self.screen.style));
    }

    /// Whether an earlier answer still holds, checked with settings that ask the same question;
    /// `None` where it cannot be checked.
    pub(crate) fn check(&self, config: &StudyConfig, earlier: &Earlier) -> Result<Option<Revalidation>> {
        self.tell_earlier(earlier, true);
        let mut live = LiveStudy::new(self.question, self.question.deadline, self.screen, self.signals);
        let check = revalidate(self.trained.workload(), config, &earlier.result, &mut live);
        live.end();
        Ok(check?)
    }

    /// An earlier answer that still holds. The check is stored with the study that it confirms, or as a
    /// study of its own if a name was asked for.
    pub(crate) fn given_again(&self, earlier: &Earlier, check: &Revalidation) -> Result<Option<Answer>> {
        if check.change.is_some() {
            return Ok(None);
        }
        let workload = self.question.fingerprint.workload.clone();
        let about = Fingerprint { workload, question: earlier.question.clone() };
        let name = self.question.name.as_ref().unwrap_or(&earlier.result.study);
        let Some(answer) = check.answer(&earlier.result, earlier.created, name) else { return Ok(None) };
        if self.question.name.is_some() {
            self.name(&earlier.settings, &about)?;
        } else if let Err(error) = self.store.claim(name).map_err(anyhow::Error::from) {
            return self.not_stored(answer, &error).map(Some).ok_or(error);
        }
        Ok(Some(self.finish(answer, &earlier.settings)))
    }

    /// An answer whose study another process has taken, or removed, since it was read: it is given, and
    /// what is stored is left alone. `None` for other errors.
    fn not_stored(&self, mut result: StudyResult, error: &anyhow::Error) -> Option<Answer> {
        if !is_owned(error) && !matches!(error.downcast_ref(), Some(StoreError::UnknownName { .. })) {
            return None;
        }
        let lang = self.screen.style.lang;
        let (study, reason) = (result.study.clone(), lang.error_chain(error.chain()));
        self.screen.note(&Notice::CheckNotStored { study, reason }.text(lang));
        result.report = None;
        Some(Answer { result, saved: Ok(()) })
    }

    /// Runs a new study.
    fn study(&self, past: Option<EarlierStudy>) -> Result<Answer> {
        let name = self.name(&self.question.settings, &self.question.fingerprint)?;
        self.begin(name, past)
    }

    /// Begins a study that is stored already.
    fn begin(&self, name: String, past: Option<EarlierStudy>) -> Result<Answer> {
        let budget = Some(self.question.budget_left());
        let config = StudyConfig { name, budget, ..self.question.config.clone() };
        self.run(&config, self.question.deadline, &Beginning::New(past.map(Box::new)))
    }

    /// Goes on with an interrupted study, under its name and in its folder.
    fn go_on(&self, study: Interrupted) -> Result<Answer> {
        study.tell(self);
        let (budget, used) = (study.budget(self), study.journal.used());
        let name = study.name.clone();
        let config = StudyConfig { name, budget: Some(budget), ..self.question.config.clone() };
        let deadline = Deadline::new(Instant::now(), budget.saturating_sub(used));
        self.run(&config, deadline, &Beginning::Interrupted(study))
    }

    fn run(&self, config: &StudyConfig, deadline: Deadline, beginning: &Beginning) -> Result<Answer> {
        let question = self.question;
        question.tell_notices(self.screen);
        if let Trained::Command(command) = self.trained {
            // A program may change its folder before it writes into `{out}`.
            let trials = std::path::absolute(self.store.folder(&config.name)?.join("trials"));
            command.write_into(trials.explain(|| FailureMessage::WhereWeAre)?);
        }
        let known = match beginning {
            Beginning::New(_) => &[][..],
            Beginning::Interrupted(study) => study.journal.entries(),
        };
        let live = LiveStudy::new(question, deadline, self.screen, self.signals);
        let live = live.fill_screen(&config.name, &question.settings, known)?;
        let mut strategy = question.strategy.start(config.objective);
        let (workload, strategy) = (self.trained.workload(), strategy.as_mut());
        let known = known.len() as u64;
        let log = self.open_log(&config.name, beginning)?;
        let mut recorder = Recorder::new(live, log, self.screen, self.store, &config.name, known);
        let result = match beginning {
            Beginning::New(past) => {
                run_study_with(workload, config, strategy, past.as_deref(), &mut recorder)
            }
            Beginning::Interrupted(study) => {
                resume_study(workload, config, strategy, &study.journal, &mut recorder)
            }
        };
        recorder.live.end();
        let answer = self.finish(result?, &question.settings);
        if answer.result.interrupted && answer.saved.is_ok() {
            let notice = Notice::Resumable { study: config.name.clone() };
            self.screen.tell(&notice.text(self.screen.style.lang));
        }
        Ok(answer)
    }

    /// The logs of the trials, each with what shows it. One that cannot be written is told.
    fn open_log(&self, study: &str, beginning: &Beginning) -> Result<StudyLog> {
        let ended = match beginning {
            Beginning::New(_) => 0,
            Beginning::Interrupted(study) => ended_trials(study.journal.entries()),
        };
        let places = &self.question.log_places;
        // As it is stored: a study that goes on was started by other words.
        let origin = self.store.origin(study)?.unwrap_or_default();
        let (log, lost) = StudyLog::open(places, self.store.study(study)?, origin, ended);
        lost.iter().for_each(|lost| self.screen.note(&lost_text(lost, study, self.screen)));
        for place in log.places() {
            self.screen.tell(&place_text(place, self.screen));
        }
        Ok(log)
    }

    fn name(&self, settings: &Settings, about: &Fingerprint) -> Result<String> {
        let StudyQuestion { name, made_name, .. } = self.question;
        let wanted = name.as_deref().map_or(NewName::Numbered(made_name), NewName::Exactly);
        Ok(self.store.create_study(&wanted, settings, about, self.origin)?)
    }

    fn finish(&self, mut result: StudyResult, settings: &Settings) -> Answer {
        let saved = self.save(&mut result, settings).explain(|| FailureMessage::SaveAnswer);
        if saved.is_err() {
            result.report = None;
        }
        Answer { result, saved }
    }

    /// Saves the result and its report.
    fn save(&self, result: &mut StudyResult, settings: &Settings) -> Result<()> {
        let report = self.store.folder(&result.study)?.join("report.html");
        result.report = Some(report.display().to_string());
        self.store.finish_study(&result.study, result)?;
        // Without its journal a report has fewer points.
        let journal = journal(self.store, &result.study).unwrap_or_default();
        let page = study_report(result, journal.as_ref(), settings, self.screen.style.lang);
        save_report(&report, &page)
    }
}

/// What is known from a study whose answer did not pass a check.
fn refuted(earlier: &Earlier, check: &Revalidation) -> Option<EarlierStudy> {
    Some(EarlierStudy::of(&earlier.result)?.refuted(check.clone(), check.change.clone()?))
}
