//! One training: its live line and its rows while it runs, and its files when it ends.

use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::job::RunJob;
use anyhow::{Context, Result};
use batchwright_nn::Engine;
use batchwright_store::{RowWriter, Store, StoreError};
use batchwright_train::{
    MonotonicClock, Observer, RunData, RunEvent, RunOutcome, RunResult, SavedModel, TrainError, train,
};
use batchwright_view::{row_line, run_report};
use indicatif::ProgressBar;
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
    let mut live = LiveRun {
        rows: RowWriter::new(store, name),
        bar: screen.progress(job.run.plan().map(|plan| plan.steps)),
        screen,
        signals,
        failed: None,
    };
    let outcome = train(engine, samples, &job.run, &MonotonicClock::default(), &mut live);
    live.bar.finish_and_clear();
    let rows = match live.failed {
        Some(error) => Err(error),
        None => live.rows.finish(),
    };
    Ok(Trained { outcome: outcome?, rows })
}

/// What was trained, and whether its rows could be saved.
pub(crate) struct Trained {
    outcome: RunOutcome,
    rows: Result<(), StoreError>,
}

/// Shows and saves a run while it trains.
pub(crate) struct LiveRun<'a> {
    pub(crate) rows: RowWriter<'a>,
    pub(crate) bar: ProgressBar,
    pub(crate) screen: &'a Screen,
    pub(crate) signals: &'a Signals,
    /// Why rows cannot be saved. Such an error stops the run.
    pub(crate) failed: Option<StoreError>,
}

impl Observer for LiveRun<'_> {
    fn event(&mut self, event: RunEvent) {
        match event {
            RunEvent::Started { .. } => {}
            RunEvent::Step { step, loss, .. } => {
                // The bar limits how often it is drawn. The text need not be built for each of a
                // million steps per minute.
                if step % 16 == 0 {
                    self.bar.set_message(format!("loss {loss:.4}"));
                }
                self.bar.set_position(step);
            }
            RunEvent::Row(row) => {
                self.screen.tell_above(&self.bar, &row_line(row, self.screen.style));
                if let Err(error) = self.rows.push(*row) {
                    self.failed.get_or_insert(error);
                }
            }
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came() || self.failed.is_some()
    }
}

/// What became of a run whose rows could not be saved.
fn cut_short(step: u64, model: &Path, unsaved: Option<&TrainError>) -> String {
    let model = match unsaved {
        None => format!("its model is in {}", model.display()),
        Some(error) => format!("nor could its model: {error}"),
    };
    format!("rows could not be saved, so the run ended at step {step}; {model}")
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
    rows.with_context(|| cut_short(outcome.steps, &model, saved.as_ref().err()))?;
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
