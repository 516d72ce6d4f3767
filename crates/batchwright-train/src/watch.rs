//! Looks at a run while it trains: evaluates, remembers the best, decides whether to stop early, and
//! forms the verdict at the end.

use crate::config::CheckedRun;
use crate::error::TrainError;
use crate::record::{RunRow, SplitMetrics, SplitOutcome, StoppedBy, ValidationOutcome};
use crate::run::{RunData, RunOutcome};
use crate::state::{Progress, RunState, WatchState};
use crate::stepper::Evaluator;
use crate::value_metrics::ValueMetrics;
use crate::verdict::evidence::Verdict;
use crate::verdict::reference::{constant_loss, neighbours, targets};
use crate::verdict::{Curve, best_row, judge};
use batchwright_data::{Dataset, Targets, Task, sample_shape};
use batchwright_nn::{Engine, LossSum};

/// What looks at a run.
pub(crate) struct Watch<'a> {
    data: RunData<'a>,
    run: &'a CheckedRun,
    evaluator: Evaluator,
    /// Losses of constant answers, once they were asked for.
    constants: Option<(f64, f64)>,
    /// The lowest finite validation loss so far, once it is known; infinite where there is none.
    best_loss: Option<f64>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(data: RunData<'a>, run: &'a CheckedRun, engine: &dyn Engine) -> Self {
        let most = data.validation.len().max(data.train_subset.len()).max(data.test.len());
        Self {
            data,
            run,
            evaluator: Evaluator::new(most, data.train, engine),
            constants: None,
            best_loss: None,
        }
    }

    /// Evaluates the weights in the engine, and notes the row and what follows from it.
    pub(crate) fn evaluate(
        &mut self,
        engine: &mut dyn Engine,
        progress: &Progress,
        state: &mut WatchState,
    ) -> Result<(), TrainError> {
        let train = self.evaluator.evaluate(engine, self.data.train_subset)?;
        let validation = self.evaluator.evaluate(engine, self.data.validation)?;
        let task = self.data.train.task();
        let step_loss = std::mem::take(&mut state.step_loss);
        let row = RunRow {
            step: progress.steps,
            epoch: progress.samples as f64 / self.run.batching().samples_per_epoch() as f64,
            samples: progress.samples,
            seconds: progress.seconds,
            learning_rate: progress.learning_rate,
            step_loss: (step_loss.samples > 0).then(|| step_loss.mean()),
            train: metrics(train, task),
            validation: metrics(validation, task),
        };
        state.windows.push(&row, self.evaluator.losses());
        let loss = row.validation.loss;
        // All rows are looked at once: a run may be evaluated after each step.
        let lowest = || best_row(&state.rows).map_or(f64::INFINITY, |best| best.validation.loss);
        let best = self.best_loss.get_or_insert_with(lowest);
        if loss < *best && loss.is_finite() {
            *best = loss;
            engine.copy_weights(&mut state.best_weights);
        }
        if loss < state.improved.0 - self.run.min_delta {
            state.improved = (loss, row.samples);
        }
        state.rows.push(row);
        Ok(())
    }

    /// Why the run is over at its last evaluation, if it is.
    pub(crate) fn stopped_by(&self, state: &WatchState) -> Option<StoppedBy> {
        let row = state.rows.last()?;
        if !row.validation.loss.is_finite() {
            return Some(StoppedBy::Diverged);
        }
        if self.run.goal.is_some_and(|goal| goal.reached(&row.validation)) {
            return Some(StoppedBy::Target);
        }
        let waited = row.samples.saturating_sub(state.improved.1);
        self.run.patience.is_some_and(|patience| waited >= patience).then_some(StoppedBy::Patience)
    }

    /// Finds the losses of the last evaluation again, which another process has made.
    pub(crate) fn evaluate_again(&mut self, engine: &mut dyn Engine) -> Result<(), TrainError> {
        self.evaluator.evaluate(engine, self.data.validation).map(|_| ())
    }

    /// The outcome of a run whose last evaluation was the last call. The engine gets the best
    /// weights.
    pub(crate) fn finish(
        mut self,
        engine: &mut dyn Engine,
        state: &RunState,
        stopped_by: StoppedBy,
    ) -> Result<RunOutcome, TrainError> {
        let Some(last) = state.watch.rows.last().copied() else {
            unreachable!("a run is evaluated before its first step")
        };
        // The last evaluation was of the validation split, so its losses are still there.
        let last_validation = self.outcome(self.data.validation, last.validation);
        // Without a finite evaluation there are no best weights: those at hand stay.
        if !state.watch.best_weights.is_empty() {
            engine.set_weights(&state.watch.best_weights)?;
        }
        let test = metrics(self.evaluator.evaluate(engine, self.data.test)?, self.data.train.task());
        let test = self.outcome(self.data.test, test);
        let best = best_row(&state.watch.rows).unwrap_or(&last);
        Ok(RunOutcome {
            stopped_by,
            steps: state.progress.steps,
            epochs: last.epoch,
            samples_seen: state.progress.samples,
            seconds: state.progress.seconds,
            train: last.train,
            validation: ValidationOutcome {
                last: last_validation,
                best_loss: best.validation.loss,
                best_step: best.step,
            },
            test,
            verdict: self.verdict(&state.watch, stopped_by),
            rows: state.watch.rows.clone(),
        })
    }

    /// The metrics of the last evaluation, which was of `split`.
    fn outcome(&self, split: &dyn Dataset, SplitMetrics { loss, accuracy }: SplitMetrics) -> SplitOutcome {
        let one_value = matches!(split.task(), Task::Regress { outputs: 1 });
        let values = match one_value.then(|| targets(split, usize::MAX)) {
            Some(Targets::Values(values)) => {
                ValueMetrics::new(self.evaluator.losses(), &values, self.data.unit)
            }
            _ => None,
        };
        let (samples, tokens) = (split.len() as u64, tokens_per_sample(split));
        SplitOutcome { samples, tokens: tokens.map(|each| samples * each), loss, accuracy, values }
    }

    fn verdict(&self, state: &WatchState, stopped_by: StoppedBy) -> Verdict {
        let RunData { train, validation, .. } = self.data;
        let (constant_loss, validation_constant_loss) = self.constant_losses();
        judge(&Curve {
            rows: &state.rows,
            windows: &state.windows,
            stopped_by,
            constant_loss,
            validation_constant_loss,
            neighbours: &|| neighbours(train, validation),
        })
    }

    /// The verdict if the run ended now, as far as it takes no time of its own.
    pub(crate) fn verdict_so_far(&mut self, state: &WatchState) -> Verdict {
        let known = self.constants.unwrap_or_else(|| self.constant_losses());
        self.constants = Some(known);
        judge(&Curve {
            rows: &state.rows,
            windows: &state.windows,
            stopped_by: StoppedBy::Duration,
            constant_loss: known.0,
            validation_constant_loss: known.1,
            neighbours: &|| None,
        })
    }

    /// Loss of the best constant answer on the training subset and on the validation samples.
    fn constant_losses(&self) -> (f64, f64) {
        let RunData { train, train_subset, validation, .. } = self.data;
        (constant_loss(train, train_subset), constant_loss(train, validation))
    }
}

/// Tokens that are predicted in one sample of a text; `None` where samples are no text.
pub fn tokens_per_sample(data: &dyn Dataset) -> Option<u64> {
    let text = matches!(data.task(), Task::NextToken { .. });
    text.then(|| sample_shape(data).positions() as u64)
}

fn metrics(sum: LossSum, task: Task) -> SplitMetrics {
    SplitMetrics { loss: sum.mean(), accuracy: task.has_accuracy().then(|| sum.accuracy()) }
}
