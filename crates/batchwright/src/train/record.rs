//! One training: its live line and its rows while it runs, and its files when it ends.

use crate::shell::explain::Explain;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::job::RunJob;
use anyhow::Result;
use batchwright_nn::Engine;
use batchwright_store::{RowWriter, Store};
use batchwright_train::{
    MonotonicClock, Observer, RunData, RunEvent, RunOutcome, RunResult, SavedModel, train,
};
use batchwright_view::{FailureMessage, loss_line, row_line, run_report};
use indicatif::ProgressBar;

pub(crate) fn train_and_record(
    engine: &mut dyn Engine,
    job: &RunJob,
    name: &str,
    store: &Store,
    screen: &Screen,
    signals: &Signals,
) -> Result<RunOutcome> {
    let data = &job.network.data;
    let splits = &data.splits;
    let samples = RunData {
        train: &splits.train,
        train_subset: &data.train_subset,
        validation: &splits.validation,
        test: &splits.test,
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
    match live.failed {
        Some(error) => return Err(error).explain(|| FailureMessage::SaveRows),
        None => live.rows.finish()?,
    }
    Ok(outcome?)
}

/// Shows and saves a run while it trains.
pub(crate) struct LiveRun<'a> {
    pub(crate) rows: RowWriter<'a>,
    pub(crate) bar: ProgressBar,
    pub(crate) screen: &'a Screen,
    pub(crate) signals: &'a Signals,
    /// Why rows cannot be saved. Such an error stops the run.
    pub(crate) failed: Option<batchwright_store::StoreError>,
}

impl Observer for LiveRun<'_> {
    fn event(&mut self, event: RunEvent) {
        match event {
            RunEvent::Started { .. } => {}
            RunEvent::Step { step, loss, .. } => {
                // The bar limits how often it is drawn. The text need not be built for each of a
                // million steps per minute.
                if step % 16 == 0 {
                    self.bar.set_message(loss_line(loss, self.screen.style));
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

/// Saves the model, the result and the report.
pub(crate) fn finish(
    outcome: RunOutcome,
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
    SavedModel::of(engine, &job.network.model, encoding, data.split_seed).save(&model)?;
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
