//! `train --batch-size auto`: the size and rate that a study recommends, an earlier one if its answer still holds.

use crate::args::find::FindArgs;
use crate::args::train::TrainArgs;
use crate::args::values::{BatchSize, MicroBatch};
use crate::find::answer::{Earlier, Session};
use crate::find::question::Inquiry;
use crate::find::settings::network;
use crate::prepare;
use crate::prepare::data::Prepared;
use crate::shell::failure::usage;
use anyhow::Result;
use batchwright_find::{EnergyCounters, StudyConfig, StudyResult, Target, TargetSpec, VerdictKind};
use batchwright_train::Decay;
use batchwright_view::{RunJson, Style, batch_size_origin, study_verdict_line};
use serde::Serialize;
use std::time::Instant;

/// Where batch size and learning rate of a run come from, as `train --json` says it.
#[derive(Debug, Serialize)]
pub(crate) struct BatchSizeFrom {
    pub(crate) study: String,
    verdict: VerdictKind,
    /// What the study recommends.
    batch_size: u64,
    learning_rate: f64,
    /// The rate of `--lr`, which wins over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate_given: Option<f64>,
    /// The study that found the answer, where it was checked and given again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reused: Option<String>,
    /// What is said of it.
    #[serde(skip)]
    pub(crate) said: String,
}

/// Whether there is anything to decide. Refuses flags that go with `auto` alone, or not with it.
pub(crate) fn is_wanted(args: &TrainArgs) -> Result<bool> {
    let auto = args.batch.batch_size == Some(BatchSize::Auto);
    if args.budget.is_some() && !auto {
        return Err(usage(
            "--budget is the time of the study that --batch-size auto may need; give both or neither",
        ));
    }
    if auto && args.batch.grad_accum.is_some() {
        return Err(usage(
            "--grad-accum cannot be held to with --batch-size auto; leave it out, or give --micro-batch-size",
        ));
    }
    Ok(auto)
}

/// The study that decides for a training: an earlier one of the same workload, whatever it asked, if its answer still holds, else one that asks with
/// the defaults of `find`.
pub(crate) fn study(args: &TrainArgs, data: &Prepared, desk: &Session) -> Result<StudyResult> {
    let find = find_args(args)?;
    let model = prepare::network::model(&args.model);
    let energy = EnergyCounters::open(&find.powercap);
    let network = network(&find, data, &model, &energy)?;
    let inquiry = Inquiry::about_network(&find, Instant::now(), data, &network)?;
    let newest =
        desk.earlier(&inquiry, None)?.into_iter().find(|earlier| earlier.result.recommended.is_some());
    // One that asked the same is the business of `answer`, unless it has not decided: that would take its whole budget again, each time.
    let usable = |earlier: &Earlier| match earlier.decided() {
        true => earlier.question != inquiry.fingerprint.question,
        false => args.budget.is_none(),
    };
    let again = match newest.filter(usable) {
        Some(earlier) => given_again(&inquiry, &earlier, desk)?,
        None => None,
    };
    again.map_or_else(|| desk.answer(&inquiry), Ok)
}

/// The answer of an earlier study that still holds.
fn given_again(inquiry: &Inquiry, earlier: &Earlier, desk: &Session) -> Result<Option<StudyResult>> {
    let Some(config) = asking_the_same(inquiry, &earlier.result) else { return Ok(None) };
    match desk.check(inquiry, &config, earlier)? {
        Some(check) => desk.given_again(inquiry, earlier, &check),
        None => Ok(None),
    }
}

/// Settings with the objective and the target of an earlier study. `None` for quality, whose metric a result does not say, and for an objective
/// that cannot be measured any more.
fn asking_the_same(inquiry: &Inquiry, earlier: &StudyResult) -> Option<StudyConfig> {
    let Target { metric, goal, direction, how } = earlier.target.clone()?;
    let target = if how == "auto" { TargetSpec::Auto } else { TargetSpec::Given { metric, goal, direction } };
    let config = StudyConfig {
        objective: earlier.objective,
        price_per_hour: earlier.price_per_hour,
        target,
        ..inquiry.config.clone()
    };
    config.check(inquiry.workload).is_ok().then_some(config)
}

/// The flags of a `find` that trains the same, all others at their defaults.
fn find_args(args: &TrainArgs) -> Result<FindArgs> {
    let defaults = FindArgs::from_words(std::iter::empty())?;
    Ok(FindArgs {
        budget: args.budget,
        threads: args.threads,
        micro_batch_size: match args.batch.micro_batch_size {
            MicroBatch::Auto => None,
            MicroBatch::Samples(samples) => Some(samples),
        },
        memory: args.batch.memory,
        drop_last: args.batch.drop_last,
        data: args.data.clone(),
        model: args.model.clone(),
        optimizer: args.optimizer.clone(),
        ..defaults
    })
}

/// The training with the size and rate that a study recommends, and where they come from. `None` where it recommends nothing.
pub(crate) fn decided(
    args: &TrainArgs,
    study: &StudyResult,
    style: Style,
) -> Option<(TrainArgs, BatchSizeFrom)> {
    let choice = study.recommended.as_ref()?;
    let mut args = args.clone();
    args.batch.batch_size = Some(BatchSize::Samples(choice.batch_size));
    if let MicroBatch::Samples(samples) = args.batch.micro_batch_size {
        args.batch.micro_batch_size = MicroBatch::Samples(samples.min(choice.batch_size));
    }
    let given = args.lr;
    args.lr = Some(given.unwrap_or(choice.learning_rate));
    let decays = Decay::from(args.schedule) != Decay::Constant;
    let from = BatchSizeFrom {
        study: study.study.clone(),
        verdict: study.verdict.kind,
        batch_size: choice.batch_size,
        learning_rate: choice.learning_rate,
        learning_rate_given: given,
        reused: study.reused.as_ref().map(|reused| reused.study.clone()),
        said: batch_size_origin(study, given, decays, style),
    };
    Some((args, from))
}

/// That no study could recommend a size.
pub(crate) fn nothing_recommended(study: &StudyResult) -> String {
    // The sentence around it is English, whatever the language of the interface.
    let reason = study_verdict_line(study, Style::default());
    format!(
        "--batch-size auto: study {} recommends nothing ({}); give --batch-size N, or let `find` ask for another target",
        study.study,
        reason.trim_end_matches('.')
    )
}

/// A run's result with where its batch size comes from.
#[derive(Serialize)]
pub(crate) struct WithOrigin<'a> {
    #[serde(flatten)]
    pub(crate) result: RunJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch_size_from: Option<&'a BatchSizeFrom>,
}
