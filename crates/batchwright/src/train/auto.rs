//! `train --batch-size auto`: uses the size and rate that a study recommends. An earlier study is
//! used if its answer still holds.

use crate::find::answer::Answer;
use crate::find::question::about_network::study_for_training;
use crate::find::session::{Earlier, Session, Trained};
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::job::{SIZE_FROM, UnsizedRun};
use anyhow::Result;
use batchwright_find::{StudyConfig, StudyResult, Target, TargetSpec, VerdictKind};
use batchwright_store::{Origin, Store};
use batchwright_train::{Decay, Duration};
use batchwright_view::{Notice, RunJson, Style, batch_size_origin, study_verdict_line};
use serde::Serialize;

/// The source of a run's batch size and learning rate, as it appears in `train --json`.
#[derive(Debug, Serialize)]
pub(crate) struct BatchSizeFrom {
    pub(crate) study: String,
    verdict: VerdictKind,
    /// What the study recommends.
    pub(crate) batch_size: u64,
    pub(crate) learning_rate: f64,
    /// The rate of `--lr`, which has priority over the study's rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate_given: Option<f64>,
    /// The study that found the answer, if that answer was checked and given again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reused: Option<String>,
    /// The same as text for people.
    #[serde(skip)]
    pub(crate) text: String,
}

/// Stands before the name of the study in the setting [`SIZE_FROM`].
const STUDY: &str = "study ";

impl BatchSizeFrom {
    /// What the settings of the run say of it.
    pub(crate) fn setting(&self) -> (String, String) {
        (SIZE_FROM.to_owned(), format!("{STUDY}{}", self.study))
    }
}

/// The study that decides for a training. This is an earlier study of the same workload, whatever
/// its question, if its answer still holds. Otherwise it is a new study with the defaults of
/// `find`.
pub(crate) fn study(
    run: &UnsizedRun,
    micro_batch_size: Option<u64>,
    budget: Option<Duration>,
    origin: &Origin,
    store: &Store,
    screen: &Screen,
    signals: &Signals,
) -> Result<Answer> {
    let (trials, question) =
        study_for_training(&run.network, micro_batch_size, run.memory, run.config.drop_last, budget)?;
    let network = trials.network(&run.network);
    let trained = Trained::Network(&network);
    let session = Session { question: &question, trained, resumed: None, origin, store, screen, signals };
    let newest = session.earlier(None)?.into_iter().find(|earlier| earlier.result.recommended.is_some());
    // `answer` handles an earlier study that asked the same question. An earlier study without a
    // decision is also used here: `answer` would continue it for its whole budget at each training.
    let usable = |earlier: &Earlier| match earlier.decided() {
        true => earlier.question != question.fingerprint.question,
        false => budget.is_none() && !earlier.result.interrupted,
    };
    let again = match newest.filter(usable) {
        Some(earlier) => given_again(&session, &earlier)?,
        None => None,
    };
    again.map_or_else(|| session.answer(), Ok)
}

/// The answer of an earlier study, if it still holds.
fn given_again(session: &Session, earlier: &Earlier) -> Result<Option<Answer>> {
    let Some(config) = asking_the_same(session, &earlier.result) else { return Ok(None) };
    match session.check(&config, earlier)? {
        Some(check) => session.given_again(earlier, &check),
        None => Ok(None),
    }
}

/// Settings with the objective and the target of an earlier study. `None` for quality, because a
/// result does not contain its metric, and for an objective that can no longer be measured.
fn asking_the_same(session: &Session, earlier: &StudyResult) -> Option<StudyConfig> {
    let Target { metric, goal, direction, how } = earlier.target.clone()?;
    let target = if how == "auto" { TargetSpec::Auto } else { TargetSpec::Given { metric, goal, direction } };
    let config = StudyConfig {
        objective: earlier.objective,
        price_per_hour: earlier.price_per_hour,
        target,
        ..session.question.config.clone()
    };
    config.check(session.trained.workload()).is_ok().then_some(config)
}

/// The size and rate that a study recommends, and their source. `rate` is the one of `--lr`. `None`
/// if it recommends nothing.
pub(crate) fn decided(
    run: &UnsizedRun,
    rate: Option<f64>,
    study: &StudyResult,
    style: Style,
) -> Option<BatchSizeFrom> {
    let choice = study.recommended.as_ref()?;
    let decays = run.config.decay != Decay::Constant;
    Some(BatchSizeFrom {
        study: study.study.clone(),
        verdict: study.verdict.kind,
        batch_size: choice.batch_size,
        learning_rate: choice.learning_rate,
        learning_rate_given: rate,
        reused: study.reused.as_ref().map(|reused| reused.study.clone()),
        text: batch_size_origin(study, rate, decays, style),
    })
}

/// The source with which a run was started, as its settings name it. `None` for a run without one,
/// and where its study is no longer stored.
pub(crate) fn of_start(
    run: &UnsizedRun,
    rate: Option<f64>,
    settings: &[(String, String)],
    store: &Store,
    style: Style,
) -> Option<BatchSizeFrom> {
    let (_, source) = settings.iter().find(|setting| setting.0 == SIZE_FROM)?;
    let study = store.study(source.strip_prefix(STUDY)?).ok()?.result?;
    decided(run, rate, &study, style)
}

/// The message for a study that recommends no size.
pub(crate) fn nothing_recommended(study: &StudyResult, style: Style) -> String {
    let reason = study_verdict_line(study, style);
    let reason = reason.trim_end_matches(['.', '。']).to_owned();
    Notice::NothingRecommended { study: study.study.clone(), reason }.text(style.lang)
}

/// A run's result with the source of its batch size.
#[derive(Serialize)]
pub(crate) struct WithOrigin<'a> {
    #[serde(flatten)]
    pub(crate) result: RunJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch_size_from: Option<&'a BatchSizeFrom>,
}
