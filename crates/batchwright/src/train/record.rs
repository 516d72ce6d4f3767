//! One training, and its files when it ends.

use crate::find::fingerprint::content;
use crate::shell::explain::Explain;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::tracking::log::RunLog;
use crate::train::job::RunJob;
use crate::train::live::LiveRun;
use crate::train::logged::LoggedRun;
use crate::train::teller::RunTeller;
use anyhow::Result;
use batchwright_data::{Augmented, RealDisk, Splits};
use batchwright_nn::Engine;
use batchwright_store::{RowWriter, Store, StoreError};
use batchwright_train::{
    CheckpointAbout, CheckpointFolder, CheckpointPlan, Checkpointer, MonotonicClock, RunData, RunOutcome,
    RunResult, RunRow, RunState, SavedModel, SizeStage, TrainError, train_saved,
};
use batchwright_view::{FailureMessage, Lang, run_report};
use std::path::Path;
use std::sync::Arc;

/// A run that has its place in the store.
pub(crate) struct StoredRun<'a> {
    pub(crate) job: &'a RunJob,
    pub(crate) name: &'a str,
    pub(crate) store: &'a Store,
    /// The content of its data.
    pub(crate) content: String,
}

/// The content of the data of a run, by which a change of it is noticed.
pub(crate) fn content_of(splits: &Splits) -> String {
    content(&[&splits.train, &splits.validation, &splits.test])
}

/// Trains, from `start` on if it is given, and logs its rows.
pub(crate) fn train_and_record(
    engine: &mut dyn Engine,
    stored: &StoredRun,
    start: Option<RunState>,
    log: &mut RunLog,
    screen: &Screen,
    signals: &Signals,
) -> Result<Trained> {
    let StoredRun { job, name, store, .. } = *stored;
    let data = &job.network.data;
    let splits = &data.splits;
    let train = Augmented::new(&splits.train, data.augmentation, job.config.seed);
    let samples = RunData {
        train: &train,
        train_subset: &data.train_subset,
        validation: &splits.validation,
        test: &splits.test,
        unit: splits.encoding.target.unit(),
    };
    let plan = job.shown_plan()?;
    let set_back = Box::new(move |rows: &[RunRow]| store.rewind_run(name, &job.settings, &plan, rows));
    let live = LiveRun::new(RowWriter::new(store, name), set_back, &job.run, screen, signals);
    let mut live = live.fill_screen(name, job, plan)?;
    let mut checkpointer = Checkpointer::new(checkpoint_plan(engine, stored)?)?;
    let clock = MonotonicClock::default();
    let mut teller = RunTeller::new(store, name);
    let mut logged = LoggedRun { live: &mut live, log, teller: &mut teller, run: name, screen };
    let outcome = train_saved(engine, samples, &job.run, start, &mut checkpointer, &clock, &mut logged);
    let rows = live.finish();
    Ok(Trained { outcome: outcome?, rows })
}

fn checkpoint_plan(engine: &dyn Engine, stored: &StoredRun) -> Result<CheckpointPlan> {
    let StoredRun { job, name, store, ref content } = *stored;
    let run_folder = store.folder(name)?;
    let folder = CheckpointFolder::of_run(&run_folder);
    folder.create()?;
    let data = &job.network.data;
    Ok(CheckpointPlan {
        folder,
        about: CheckpointAbout { run: name.to_owned(), config: job.config.clone(), data: content.clone() },
        every: job.checkpoints.every,
        keep: job.checkpoints.keep,
        model_path: run_folder.join("model.safetensors"),
        model: SavedModel::of(engine, &job.network.model, &data.splits.encoding, data.split_seed),
        disk: Arc::new(RealDisk),
        samples_per_epoch: job.run.batching().samples_per_epoch(),
    })
}

/// The batch sizes of the run so far, where there was more than one.
fn sizes_taken(job: &RunJob, samples: u64) -> Result<Vec<SizeStage>> {
    let stages = job.run.stages_of(samples)?;
    Ok(if stages.len() > 1 { stages } else { Vec::new() })
}

/// What was trained, and whether its rows could be saved.
pub(crate) struct Trained {
    outcome: RunOutcome,
    rows: Result<(), StoreError>,
}

/// What became of a run whose rows could not be saved.
fn cut_short(step: u64, model: Result<&Path, &TrainError>, lang: Lang) -> FailureMessage {
    match model {
        Ok(path) => FailureMessage::SaveRows { step, model: path.display().to_string() },
        Err(error) => FailureMessage::SaveRowsOrModel { step, error: lang.error(error) },
    }
}

/// Where the model is, and the error of the place where it is not, if it is anywhere.
fn places(
    saved: Result<(), TrainError>,
    elsewhere: Option<Result<&Path, TrainError>>,
    model: &Path,
) -> Result<(String, Result<()>)> {
    let in_its_place = model.display().to_string();
    match (saved, elsewhere) {
        (Ok(()), None | Some(Ok(_))) => Ok((in_its_place, Ok(()))),
        (Ok(()), Some(Err(error))) => Ok((in_its_place, Err(error.into()))),
        (Err(error), Some(Ok(path))) => {
            let model = path.display().to_string();
            let told = Err(error).explain(|| FailureMessage::SaveModel { model: model.clone() });
            Ok((model, told))
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// Saves the model, the result and the report.
pub(crate) fn finish(
    trained: Trained,
    engine: &dyn Engine,
    stored: &StoredRun,
    screen: &Screen,
) -> Result<RunResult> {
    let StoredRun { job, name, store, .. } = *stored;
    let data = &job.network.data;
    let encoding = &data.splits.encoding;
    let folder = store.folder(name)?;
    let (model, report) = (folder.join("model.safetensors"), folder.join("report.html"));
    let best = SavedModel::of(engine, &job.network.model, encoding, data.split_seed);
    let saved = best.save(&model);
    let elsewhere = job.save_model.as_deref().map(|path| best.save(path).map(|()| path));
    let Trained { outcome, rows } = trained;
    // Where it is now, if it is anywhere.
    let place = match (&saved, &elsewhere) {
        (Err(_), Some(Ok(path))) => Ok(*path),
        (Ok(()), _) => Ok(model.as_path()),
        (Err(error), _) => Err(error),
    };
    rows.explain(|| cut_short(outcome.steps, place, screen.style.lang))?;
    let (place, everywhere) = places(saved, elsewhere, &model)?;
    let batching = job.run.batching();
    let result = RunResult {
        run: name.to_owned(),
        samples: batching.samples,
        parameters: engine.parameters(),
        batch_size: batching.batch_size,
        micro_batch_size: batching.micro_batch_size,
        batch_sizes: sizes_taken(job, outcome.samples_seen)?,
        steps_per_epoch: batching.steps_per_epoch(),
        steps: outcome.steps,
        epochs: outcome.epochs,
        samples_seen: outcome.samples_seen,
        tokens_seen: job.network.tokens_per_sample().map(|each| outcome.samples_seen.saturating_mul(each)),
        seconds: outcome.seconds,
        memory_bytes: job.memory_bytes,
        stopped_by: outcome.stopped_by,
        train: outcome.train,
        validation: outcome.validation,
        test: outcome.test,
        verdict: outcome.verdict,
        model: Some(place),
        report: Some(report.display().to_string()),
    };
    store.finish_run(name, &result)?;
    let page = run_report(&store.run(name)?, None, screen.style.lang);
    save_report(&report, &page)?;
    // What was trained is not lost with one of two places.
    everywhere?;
    Ok(result)
}
