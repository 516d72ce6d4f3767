//! What is done with earlier studies: an answer that still holds is given again, a study that did not decide is gone on from.

use crate::find::live::LiveStudy;
use crate::find::question::Inquiry;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::{Context, Result};
use batchwright_find::{
    EarlierStudy, Revalidation, StudyConfig, StudyResult, VerdictKind, revalidate, run_study_with,
};
use batchwright_store::{Fingerprint, NewName, RelatedStudy, Store, StudyRecord};
use batchwright_view::{earlier_study_line, study_report};

/// What was asked, as key and value in the words of the command line.
type Settings = [(String, String)];

/// Where studies are kept, where progress is told, and what stops it.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) store: &'a Store,
    pub(crate) screen: &'a Screen,
    pub(crate) signals: &'a Signals,
}

/// An earlier study with its result.
pub(crate) struct Earlier {
    pub(crate) question: String,
    pub(crate) result: StudyResult,
    created: i64,
    settings: Vec<(String, String)>,
}

impl Earlier {
    /// `None` for a study without a result.
    fn new(related: RelatedStudy) -> Option<Self> {
        let RelatedStudy { question, record: StudyRecord { created, settings, result, .. } } = related;
        Some(Self { question, result: result?, created, settings })
    }

    pub(crate) fn decided(&self) -> bool {
        matches!(self.result.verdict.kind, VerdictKind::Best | VerdictKind::Tie)
    }
}

impl Session<'_> {
    /// The answer to an inquiry: an earlier one if it still holds, else by a study, from what is known.
    pub(crate) fn answer(&self, inquiry: &Inquiry) -> Result<StudyResult> {
        let earlier = self.earlier(inquiry, Some(&inquiry.fingerprint.question))?.into_iter().next();
        let Some(earlier) = earlier else { return self.study(inquiry, None) };
        let decided = earlier.decided() && earlier.result.margin <= inquiry.config.margin;
        if !decided {
            let past = EarlierStudy::of(&earlier.result);
            if past.is_some() {
                self.say(&earlier, false);
            }
            return self.study(inquiry, past);
        }
        let Some(check) = self.check(inquiry, &inquiry.config, &earlier)? else {
            return self.study(inquiry, None);
        };
        match self.given_again(inquiry, &earlier, &check)? {
            Some(answer) => Ok(answer),
            None => self.study(inquiry, refuted(&earlier, &check)),
        }
    }

    /// Earlier studies of the same workload, the newest first; only those that asked `question`, where it is given.
    pub(crate) fn earlier(&self, inquiry: &Inquiry, question: Option<&str>) -> Result<Vec<Earlier>> {
        if inquiry.fresh {
            return Ok(Vec::new());
        }
        let found = self.store.studies_of(&inquiry.fingerprint.workload, question)?;
        Ok(found.into_iter().filter_map(Earlier::new).collect())
    }

    fn say(&self, earlier: &Earlier, check: bool) {
        let Earlier { created, result, .. } = earlier;
        self.screen.tell(&earlier_study_line(&result.study, *created, check, self.screen.style));
    }

    /// Whether an earlier answer still holds, by settings that ask the same; `None` where it cannot be checked.
    pub(crate) fn check(
        &self,
        inquiry: &Inquiry,
        config: &StudyConfig,
        earlier: &Earlier,
    ) -> Result<Option<Revalidation>> {
        self.say(earlier, true);
        let mut live = LiveStudy::new(self, inquiry);
        let check = revalidate(inquiry.workload, config, &earlier.result, &mut live);
        live.end();
        Ok(check?)
    }

    /// An earlier answer that still holds, remembered under a name of its own as an answer to the same question.
    pub(crate) fn given_again(
        &self,
        inquiry: &Inquiry,
        earlier: &Earlier,
        check: &Revalidation,
    ) -> Result<Option<StudyResult>> {
        if check.change.is_some() {
            return Ok(None);
        }
        let workload = inquiry.fingerprint.workload.clone();
        let about = Fingerprint { workload, question: earlier.question.clone() };
        let name = self.name(inquiry, &earlier.settings, &about)?;
        let answer = check.answer(&earlier.result, earlier.created, &name);
        answer.map(|answer| self.finish(answer, &earlier.settings)).transpose()
    }

    /// Runs the study.
    fn study(&self, inquiry: &Inquiry, past: Option<EarlierStudy>) -> Result<StudyResult> {
        let mut config = inquiry.config.clone();
        config.name = self.name(inquiry, &inquiry.settings, &inquiry.fingerprint)?;
        config.budget = Some(inquiry.budget_left());
        inquiry.tell_notices(self.screen);
        if let Some(command) = inquiry.command {
            // A program may change its folder before it writes into `{out}`.
            let trials = std::path::absolute(self.store.folder(&config.name)?.join("trials"));
            command.write_into(trials.context("where we are is not known")?);
        }
        let mut live = LiveStudy::new(self, inquiry);
        let mut strategy = inquiry.strategy.start(config.objective);
        let result = run_study_with(inquiry.workload, &config, strategy.as_mut(), past.as_ref(), &mut live);
        live.end();
        self.finish(result?, &inquiry.settings)
    }

    fn name(&self, inquiry: &Inquiry, settings: &Settings, about: &Fingerprint) -> Result<String> {
        let wanted = inquiry.name.as_deref().map_or(NewName::Numbered(&inquiry.made_name), NewName::Exactly);
        Ok(self.store.create_study(&wanted, settings, about)?)
    }

    /// Saves the result and its report.
    fn finish(&self, mut result: StudyResult, settings: &Settings) -> Result<StudyResult> {
        let report = self.store.folder(&result.study)?.join("report.html");
        result.report = Some(report.display().to_string());
        self.store.finish_study(&result.study, &result)?;
        let page = study_report(&result, settings, self.screen.style.lang);
        save_report(&report, &page)?;
        Ok(result)
    }
}

/// What is known after a check that an answer did not pass.
fn refuted(earlier: &Earlier, check: &Revalidation) -> Option<EarlierStudy> {
    Some(EarlierStudy::of(&earlier.result)?.refuted(check.clone(), check.change.clone()?))
}
