//! One training, and its files when it ends.

use crate::shell::explain::Explain;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::job::RunJob;
use crate::train::live::LiveRun;
use anyhow::Result;
use batchwright_nn::Engine;
use batchwright_store::{RowWriter, Store, StoreError};
use batchwright_train::{MonotonicClock, RunData, RunOutcome, RunResult, SavedModel, TrainError, train};
use batchwright_view::{FailureMessage, Lang, run_report};
use std::path::Path;

pub(crate) fn train_and_record(
    engine: &mut dyn Engine,
    job: &RunJob,
    name: &str,
    store: &Store,
    screen: &Screen,
    signals: &Signals,
) -> Result<Trained> {
    let data = &job.network.data;
    let splits = &data.splits;
    let samples = RunData {
        train: &splits.train,
        train_subset: &data.train_subset,
        validation: &splits.validation,
        test: &splits.test,
        unit: splits.encoding.target.unit(),
    };
    let mut live = LiveRun::new(RowWriter::new(store, name), &job.run, screen, signals);
    let outcome = train(engine, samples, &job.run, &MonotonicClock::default(), &mut live);
    let rows = live.finish();
    Ok(Trained { outcome: outcome?, rows })
}

/// What was trained, and whether its rows could be saved.
pub(crate) struct Trained {
    outcome: RunOutcome,
    rows: Result<(), StoreError>,
}

/// What became of a run whose rows could not be saved.
fn cut_short(step: u64, model: &Path, unsaved: Option<&TrainError>, lang: Lang) -> FailureMessage {
    match unsaved {
        None => FailureMessage::SaveRows { step, model: model.display().to_string() },
        Some(error) => FailureMessage::SaveRowsOrModel { step, error: lang.error(error) },
    }
}

/// Saves the model, the result and the report.
pub(crate) fn finish(
    trained: Trained,
    engine: &dyn Engine,
    job: &RunJob,
    name: &str,
    store: &Store,
    screen: &Screen,
) -> Result<RunResult> {
    let data = &job.network.data;
    let encoding = &data.splits.encoding;
    let folder = store.folder(name)?;
    let (model, report) = (folder.join("model.safetensors"), folder.join("report.html"));
    let saved = SavedModel::of(engine, &job.network.model, encoding, data.split_seed).save(&model);
    let Trained { outcome, rows } = trained;
    rows.explain(|| cut_short(outcome.steps, &model, saved.as_ref().err(), screen.style.lang))?;
    saved?;
    let batching = job.run.batching();
    let result = RunResult {
        run: name.to_owned(),
        samples: batching.samples,
        parameters: engine.parameters(),
        batch_size: batching.batch_size,
        micro_batch_size: batching.micro_batch_size,
        steps_per_epoch: batching.steps_per_epoch(),
        steps: outcome.steps,
        epochs: outcome.epochs,
        samples_seen: outcome.samples_seen,
        seconds: outcome.seconds,
        memory_bytes: job.memory_bytes,
        stopped_by: outcome.stopped_by,
        train: outcome.train,
        validation: outcome.validation,
        test: outcome.test,
        verdict: outcome.verdict,
        model: Some(model.display().to_string()),
        report: Some(report.display().to_string()),
    };
    store.finish_run(name, &result)?;
    let page = run_report(&store.run(name)?, None, screen.style.lang);
    save_report(&report, &page)?;
    Ok(result)
}
