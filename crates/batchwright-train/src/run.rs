//! One run from its first step to its verdict: steps, evaluations, early stopping, the best
//! weights.

use crate::clock::Clock;
use crate::config::{CheckedRun, RunEnd};
use crate::error::TrainError;
use crate::observer::{Observer, RunEvent};
use crate::record::{RunRow, SplitMetrics, SplitOutcome, StoppedBy, ValidationOutcome};
use crate::stepper::{Evaluator, Stepper};
use crate::value_metrics::ValueMetrics;
use crate::verdict::evidence::Verdict;
use crate::verdict::reference::{constant_loss, neighbours, targets};
use crate::verdict::window::Windows;
use crate::verdict::{Curve, best_row, judge};
use batchwright_data::{Dataset, Targets, Task};
use batchwright_nn::{Engine, LossSum, Update};

/// The samples of a run.
#[derive(Clone, Copy)]
pub struct RunData<'a> {
    /// What is trained on.
    pub train: &'a dyn Dataset,
    /// A fixed part of it, of min(training, validation) samples: the training loss on the same
    /// footing as the validation loss.
    pub train_subset: &'a dyn Dataset,
    /// What decisions are taken on.
    pub validation: &'a dyn Dataset,
    /// Read once, at the end; may be empty.
    pub test: &'a dyn Dataset,
    /// What 1 of a value to predict is in the label's unit: its standard deviation where it was
    /// standardised, else 1.
    pub unit: f64,
}

impl<'a> RunData<'a> {
    /// One data set in all places, in its own unit: for a look at how a network trains, where no
    /// decision hangs on a split.
    pub fn same(data: &'a dyn Dataset) -> Self {
        Self { train: data, train_subset: data, validation: data, test: data, unit: 1.0 }
    }
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// Every evaluation, the first before the first step.
    pub rows: Vec<RunRow>,
    /// Why the run ended.
    pub stopped_by: StoppedBy,
    /// Steps taken.
    pub steps: u64,
    /// Epochs, fractional.
    pub epochs: f64,
    /// Samples used.
    pub samples_seen: u64,
    /// Seconds of training, evaluation left out.
    pub seconds: f64,
    /// Training subset, last weights.
    pub train: SplitMetrics,
    /// Validation split.
    pub validation: ValidationOutcome,
    /// Test split, best weights; the loss is NaN where there is no test sample.
    pub test: SplitOutcome,
    /// What the curve shows.
    pub verdict: Verdict,
}

/// Trains `engine` by the settings of `run`. It ends with the best weights (lowest validation loss
/// at an evaluation) in the engine.
///
/// # Errors
/// [`TrainError`] where data, engine and run do not belong together. Divergence is an outcome, not
/// an error.
pub fn train(
    engine: &mut dyn Engine,
    data: RunData,
    run: &CheckedRun,
    clock: &dyn Clock,
    observer: &mut dyn Observer,
) -> Result<RunOutcome, TrainError> {
    let mut stepper = Stepper::new(run.batching, run.seed, data.train, engine)?;
    let mut watch = Watch::new(data, run, engine);
    observer.event(RunEvent::Started { plan: run.plan() });
    observer.event(RunEvent::Row(watch.evaluate(engine, &stepper, 0.0, 0.0)?));
    let mut seconds = 0.0;
    let stopped_by = loop {
        let stretch = train_to_evaluation(engine, data.train, run, &mut stepper, seconds, clock, observer)?;
        seconds = stretch.seconds;
        watch.step_loss = stretch.loss;
        let row = watch.evaluate(engine, &stepper, seconds, stretch.learning_rate)?;
        observer.event(RunEvent::Row(row));
        if let Some(stopped_by) = stretch.stopped_by.or_else(|| watch.stopped_by()) {
            break stopped_by;
        }
    };
    watch.finish(engine, &stepper, seconds, stopped_by)
}

/// What happened between two evaluations.
struct Stretch {
    loss: LossSum,
    learning_rate: f64,
    /// Seconds of training so far.
    seconds: f64,
    /// Set where the run is over.
    stopped_by: Option<StoppedBy>,
}

fn train_to_evaluation(
    engine: &mut dyn Engine,
    data: &dyn Dataset,
    run: &CheckedRun,
    stepper: &mut Stepper,
    seconds_before: f64,
    clock: &dyn Clock,
    observer: &mut dyn Observer,
) -> Result<Stretch, TrainError> {
    let started = clock.now();
    let next_evaluation = (stepper.samples() / run.eval_samples + 1).saturating_mul(run.eval_samples);
    let mut stretch =
        Stretch { loss: LossSum::default(), learning_rate: 0.0, seconds: seconds_before, stopped_by: None };
    while stretch.stopped_by.is_none() && stepper.samples() < next_evaluation {
        let factor = run.schedule.step_factor(stepper.samples(), stepper.next_samples());
        stretch.learning_rate = run.learning_rate * factor;
        let step = stepper.step(engine, data, stretch.learning_rate)?;
        stretch.loss.add(step.loss);
        stretch.seconds = seconds_before + (clock.now() - started).as_secs_f64();
        observer.event(RunEvent::Step {
            step: stepper.steps(),
            samples: stepper.samples(),
            loss: step.loss.mean(),
        });
        let over = match run.end {
            RunEnd::Samples(samples) => stepper.samples() >= samples,
            RunEnd::Seconds(seconds) => stretch.seconds >= seconds,
        };
        stretch.stopped_by = if step.update == Update::NotFinite {
            Some(StoppedBy::Diverged)
        } else if over {
            Some(StoppedBy::Duration)
        } else {
            observer.should_stop().then_some(StoppedBy::Signal)
        };
    }
    Ok(stretch)
}

/// Evaluates, remembers the best, and decides whether to stop early.
struct Watch<'a> {
    data: RunData<'a>,
    run: &'a CheckedRun,
    evaluator: Evaluator,
    rows: Vec<RunRow>,
    /// Losses of the steps since the last row.
    step_loss: LossSum,
    best_weights: Vec<f32>,
    windows: Windows,
    /// Loss and samples at the last improvement by more than `min_delta`.
    improved: (f64, u64),
}

impl<'a> Watch<'a> {
    fn new(data: RunData<'a>, run: &'a CheckedRun, engine: &dyn Engine) -> Self {
        let most = data.validation.len().max(data.train_subset.len()).max(data.test.len());
        Self {
            data,
            run,
            evaluator: Evaluator::new(most, data.train, engine),
            rows: Vec::new(),
            step_loss: LossSum::default(),
            best_weights: Vec::new(),
            windows: Windows::default(),
            improved: (f64::INFINITY, 0),
        }
    }

    fn evaluate(
        &mut self,
        engine: &mut dyn Engine,
        stepper: &Stepper,
        seconds: f64,
        learning_rate: f64,
    ) -> Result<&RunRow, TrainError> {
        let train = self.evaluator.evaluate(engine, self.data.train_subset)?;
        let validation = self.evaluator.evaluate(engine, self.data.validation)?;
        let task = self.data.train.task();
        let row = RunRow {
            step: stepper.steps(),
            epoch: stepper.samples() as f64 / self.run.batching.samples_per_epoch() as f64,
            samples: stepper.samples(),
            seconds,
            learning_rate,
            step_loss: (self.step_loss.samples > 0).then(|| self.step_loss.mean()),
            train: metrics(train, task),
            validation: metrics(validation, task),
        };
        self.windows.push(&row, self.evaluator.losses());
        let loss = row.validation.loss;
        if best_row(&self.rows).is_none_or(|best| loss < best.validation.loss) && loss.is_finite() {
            engine.copy_weights(&mut self.best_weights);
        }
        if loss < self.improved.0 - self.run.min_delta {
            self.improved = (loss, row.samples);
        }
        self.rows.push(row);
        Ok(&self.rows[self.rows.len() - 1])
    }

    fn stopped_by(&self) -> Option<StoppedBy> {
        let row = self.rows.last()?;
        if !row.validation.loss.is_finite() {
            return Some(StoppedBy::Diverged);
        }
        if self.run.goal.is_some_and(|goal| goal.reached(&row.validation)) {
            return Some(StoppedBy::Target);
        }
        let waited = row.samples - self.improved.1;
        self.run.patience.is_some_and(|patience| waited >= patience).then_some(StoppedBy::Patience)
    }

    fn finish(
        mut self,
        engine: &mut dyn Engine,
        stepper: &Stepper,
        seconds: f64,
        stopped_by: StoppedBy,
    ) -> Result<RunOutcome, TrainError> {
        let Some(last) = self.rows.last().copied() else {
            unreachable!("a run is evaluated before its first step")
        };
        // The last evaluation was of the validation split, so its losses are still there.
        let last_validation = self.outcome(self.data.validation, last.validation);
        // Without a finite evaluation there are no best weights: those at hand stay.
        if !self.best_weights.is_empty() {
            engine.set_weights(&self.best_weights)?;
        }
        let test = metrics(self.evaluator.evaluate(engine, self.data.test)?, self.data.train.task());
        let test = self.outcome(self.data.test, test);
        let best = best_row(&self.rows).unwrap_or(&last);
        Ok(RunOutcome {
            stopped_by,
            steps: stepper.steps(),
            epochs: last.epoch,
            samples_seen: stepper.samples(),
            seconds,
            train: last.train,
            validation: ValidationOutcome {
                last: last_validation,
                best_loss: best.validation.loss,
                best_step: best.step,
            },
            test,
            verdict: self.verdict(stopped_by),
            rows: self.rows,
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
        SplitOutcome { samples: split.len() as u64, loss, accuracy, values }
    }

    fn verdict(&self, stopped_by: StoppedBy) -> Verdict {
        let RunData { train, train_subset, validation, .. } = self.data;
        judge(&Curve {
            rows: &self.rows,
            windows: &self.windows,
            stopped_by,
            constant_loss: constant_loss(train, train_subset),
            validation_constant_loss: constant_loss(train, validation),
            neighbours: &|| neighbours(train, validation),
        })
    }
}

fn metrics(sum: LossSum, task: Task) -> SplitMetrics {
    SplitMetrics { loss: sum.mean(), accuracy: matches!(task, Task::Classify { .. }).then(|| sum.accuracy()) }
}
