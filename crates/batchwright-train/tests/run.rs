//! What a run promises, on the embedded digits and on engines that spy or fail.

#![allow(clippy::unwrap_used)]

use batchwright_data::{
    Arrays, Batch, Dataset, OpenOptions, SplitOptions, Splits, Subset, Targets, open, sample_shape,
};
use batchwright_nn::{
    CpuEngineFactory, Engine, EngineFactory, EngineOptions, EngineState, LossSum, Model, NnError, Tensor,
    Update,
};
use batchwright_train::{
    Batching, Clock, Duration, Goal, MonotonicClock, Observer, RunConfig, RunData, RunEvent, RunOutcome,
    RunRow, RunVerdictKind, Silent, Stepper, StoppedBy, train,
};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::HashMap;

/// An engine that trains nothing and writes down which samples it is given, and which updates are
/// made.
#[derive(Debug, Default)]
struct Spy {
    micro_batch: usize,
    ids: Vec<(u64, u32)>,
    micro_batches: Vec<usize>,
    since_update: usize,
    updates: Vec<usize>,
    /// Steps from which on the loss is NaN.
    poisoned_from: Option<usize>,
}

impl Engine for Spy {
    fn parameters(&self) -> u64 {
        1
    }
    fn memory_bytes(&self) -> u64 {
        0
    }
    fn micro_batch(&self) -> usize {
        self.micro_batch
    }
    fn evaluation_batch(&self) -> usize {
        7
    }
    fn gradient(&mut self, batch: &Batch) -> Result<LossSum, NnError> {
        self.ids.extend(batch.ids.iter().map(|&id| (batch.epoch, id)));
        self.micro_batches.push(batch.len());
        self.since_update += batch.len();
        let poisoned = self.poisoned_from.is_some_and(|from| self.updates.len() >= from);
        Ok(LossSum {
            loss: if poisoned { f64::NAN } else { batch.len() as f64 },
            samples: batch.len() as u64,
            ..LossSum::default()
        })
    }
    fn update(&mut self, _learning_rate: f64) -> Update {
        let poisoned = self.poisoned_from.is_some_and(|from| self.updates.len() >= from);
        if poisoned {
            return Update::NotFinite;
        }
        self.updates.push(std::mem::take(&mut self.since_update));
        Update::Applied { gradient_norm: 1.0 }
    }
    fn evaluate(&mut self, batch: &Batch, losses: &mut Vec<f32>) -> Result<LossSum, NnError> {
        // Falls with each update, so that the last weights are the best.
        let loss = 1.0 / (1.0 + self.updates.len() as f64);
        losses.extend(batch.ids.iter().map(|_| loss as f32));
        Ok(LossSum { loss: loss * batch.len() as f64, samples: batch.len() as u64, ..LossSum::default() })
    }
    fn predict(&mut self, _batch: &Batch, _outputs: &mut Vec<f32>) -> Result<(), NnError> {
        Ok(())
    }
    fn copy_weights(&self, into: &mut Vec<f32>) {
        *into = vec![self.updates.len() as f32];
    }
    fn set_weights(&mut self, weights: &[f32]) -> Result<(), NnError> {
        assert_eq!(weights, [self.updates.len() as f32], "the best weights are those of the last update");
        Ok(())
    }
    fn copy_state(&self, into: &mut EngineState) {
        *into = EngineState { updates: self.updates.len() as u64, ..EngineState::default() };
    }
    fn load_state(&mut self, _state: &EngineState) -> Result<(), NnError> {
        Ok(())
    }
    fn tensors_of(&self, _weights: &[f32]) -> Result<Vec<Tensor>, NnError> {
        Ok(Vec::new())
    }
    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }
    fn load_tensors(&mut self, _tensors: &[Tensor]) -> Result<(), NnError> {
        Ok(())
    }
}

proptest! {
    /// The ledger: over each whole epoch the multiset of sample ids equals the data (or its whole
    /// batches, with drop-last), every update has the samples of one batch, no accumulation window
    /// crosses an epoch, and no micro-batch is larger than allowed. N=10, B in {1,3,10,11} is among
    /// the cases (a short last batch that is dropped or repeated shows here).
    #[test]
    fn every_sample_once_per_epoch(
        (samples, batch_size) in prop_oneof![(1u64..60, 1u64..70), (Just(10u64), prop_oneof![Just(1u64), Just(3), Just(10), Just(11)])],
        micro in 1u64..70, drop_last: bool, epochs in 1u64..4, seed: u64,
    ) {
        let micro = micro.min(batch_size);
        let Ok(batching) = Batching::new(samples, batch_size, Some(micro), drop_last) else {
            prop_assert!(drop_last && batch_size > samples);
            return Ok(());
        };
        let inputs = vec![0.0; samples as usize];
        let labels = vec![0; samples as usize];
        let data = Arrays::classify(&inputs, 1, &labels, 2).unwrap();
        let mut spy = Spy { micro_batch: micro as usize, ..Spy::default() };
        let mut stepper = Stepper::new(batching, seed, &data, &spy).unwrap();
        for _ in 0..epochs * batching.steps_per_epoch() {
            stepper.step(&mut spy, &data, 0.1).unwrap();
        }
        let per_epoch = batching.samples_per_epoch() as usize;
        for epoch in 0..epochs {
            let mut seen: Vec<u32> = spy.ids.iter().filter(|(at, _)| *at == epoch).map(|(_, id)| *id).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen.len(), per_epoch);
            seen.dedup();
            prop_assert_eq!(seen.len(), per_epoch, "a sample came twice in an epoch");
            prop_assert!(seen.iter().all(|&id| u64::from(id) < samples));
        }
        prop_assert!(spy.micro_batches.iter().all(|&len| len as u64 <= micro));
        let expected: Vec<usize> = (0..epochs).flat_map(|_| {
            let full = (per_epoch as u64 / batch_size) as usize;
            let rest = per_epoch % batch_size as usize;
            std::iter::repeat_n(batch_size as usize, full).chain((rest > 0).then_some(rest))
        }).collect();
        prop_assert_eq!(&spy.updates, &expected);
        prop_assert_eq!(stepper.samples(), epochs * per_epoch as u64);
    }
}

fn digits(options: SplitOptions) -> Splits {
    Splits::new(&open(None, &OpenOptions::default()).unwrap(), &options).unwrap()
}

fn samples<'a>(splits: &'a Splits, subset: &'a Subset) -> RunData<'a> {
    RunData {
        train: &splits.train,
        train_subset: subset,
        validation: &splits.validation,
        test: &splits.test,
        unit: 1.0,
    }
}

fn engine(splits: &Splits, hidden: &[usize], seed: u64, threads: usize) -> Box<dyn Engine> {
    let options = EngineOptions { micro_batch: 64, seed, threads, ..EngineOptions::default() };
    CpuEngineFactory.build(&Model::mlp(hidden), sample_shape(&splits.train), &options).unwrap()
}

fn run_digits(splits: &Splits, config: &RunConfig, threads: usize) -> (RunOutcome, Box<dyn Engine>) {
    let subset = splits.train.first(splits.validation.len());
    let mut engine = engine(splits, &[32], config.seed, threads);
    let run = config.check(splits.train.len() as u64).unwrap();
    let outcome =
        train(engine.as_mut(), samples(splits, &subset), &run, &MonotonicClock::default(), &mut Silent)
            .unwrap();
    (outcome, engine)
}

fn without_seconds(rows: &[RunRow]) -> Vec<RunRow> {
    rows.iter().map(|row| RunRow { seconds: 0.0, ..*row }).collect()
}

/// Same seed, same rows and weights, bit by bit, on one thread and on two; another seed is another
/// run.
#[test]
fn a_run_is_a_function_of_its_seed() {
    let splits = digits(SplitOptions::default());
    let config = |seed| RunConfig { seed, duration: Duration::Epochs(2.0), ..RunConfig::default() };
    let ((first, a), (again, b), (other, _)) = (
        run_digits(&splits, &config(5), 1),
        run_digits(&splits, &config(5), 2),
        run_digits(&splits, &config(6), 1),
    );
    assert_eq!(without_seconds(&first.rows), without_seconds(&again.rows));
    assert_eq!(a.tensors(), b.tensors());
    assert_ne!(without_seconds(&first.rows), without_seconds(&other.rows));
}

#[test]
fn digits_are_learnt_and_the_counts_are_exact() {
    let splits = digits(SplitOptions::default());
    let (outcome, mut engine) =
        run_digits(&splits, &RunConfig { duration: Duration::Epochs(15.0), ..RunConfig::default() }, 1);
    // 1,455 samples at batch size 32 are 46 steps per epoch.
    assert_eq!((outcome.steps, outcome.samples_seen, outcome.epochs), (15 * 46, 15 * 1455, 15.0));
    assert_eq!(outcome.stopped_by, StoppedBy::Duration);
    assert!(outcome.test.accuracy > Some(0.93), "{:?}", outcome.test);
    // The engine ends with the best weights: their validation loss is the lowest of all rows.
    let mut evaluator = batchwright_train::Evaluator::new(0, &splits.validation, engine.as_ref());
    let best = evaluator.evaluate(engine.as_mut(), &splits.validation).unwrap().mean();
    assert_eq!(best, outcome.validation.best_loss);
    assert_eq!(best, outcome.rows.iter().map(|row| row.validation.loss).fold(f64::INFINITY, f64::min));
}

/// Few samples, a fifth of them mislabelled, trained long: validation loss must rise while training
/// loss falls.
#[test]
fn overfitting_is_found_where_it_is_certain() {
    let splits =
        digits(SplitOptions { limit_samples: Some(200), label_noise: 0.2, ..SplitOptions::default() });
    let (outcome, _) =
        run_digits(&splits, &RunConfig { duration: Duration::Epochs(200.0), ..RunConfig::default() }, 1);
    assert_eq!(outcome.verdict.kind, RunVerdictKind::Overfitting, "{:?}", outcome.verdict);
    assert_eq!(outcome.verdict.since_step, Some(outcome.validation.best_step));
}

#[test]
fn a_target_ends_the_run_at_the_first_evaluation_past_it() {
    let splits = digits(SplitOptions::default());
    let config = RunConfig { goal: Some(Goal::AccuracyAbove(0.9)), ..RunConfig::default() };
    let (outcome, _) = run_digits(&splits, &config, 1);
    assert_eq!(outcome.stopped_by, StoppedBy::Target);
    let passed: Vec<bool> = outcome.rows.iter().map(|row| row.validation.accuracy > Some(0.9)).collect();
    assert!(passed.iter().rev().skip(1).all(|passed| !passed) && passed.last() == Some(&true));
}

#[test]
fn patience_ends_the_run_that_long_after_the_last_improvement() {
    let splits =
        digits(SplitOptions { limit_samples: Some(200), label_noise: 0.2, ..SplitOptions::default() });
    let config = RunConfig {
        duration: Duration::Epochs(400.0),
        patience: Some(Duration::Epochs(5.0)),
        eval_every: Some(Duration::Epochs(1.0)),
        ..RunConfig::default()
    };
    let (outcome, _) = run_digits(&splits, &config, 1);
    assert_eq!(outcome.stopped_by, StoppedBy::Patience);
    let best = outcome.rows.iter().find(|row| row.validation.loss == outcome.validation.best_loss).unwrap();
    assert_eq!(outcome.samples_seen - best.samples, 5 * 200);
}

/// A rate that is far too high: the run ends by itself, says so, and the weights are those of the
/// best evaluation, not NaN.
#[test]
fn divergence_ends_the_run_and_spares_the_best_weights() {
    let splits = digits(SplitOptions::default());
    let (outcome, engine) = run_digits(&splits, &RunConfig { learning_rate: 1e5, ..RunConfig::default() }, 1);
    assert_eq!((outcome.stopped_by, outcome.verdict.kind), (StoppedBy::Diverged, RunVerdictKind::Diverged));
    assert!(engine.tensors().iter().all(|tensor| tensor.data.iter().all(|value| value.is_finite())));
    assert!(outcome.test.loss.is_finite());
    assert!(outcome.steps < 460, "it stops long before its duration");
}

/// A poisoned loss (not a bad rate): no update is made from there on, and the run is bounded.
#[test]
fn a_poisoned_loss_makes_no_update() {
    let (inputs, labels) = (vec![0.0; 20], vec![0; 20]);
    let data = Arrays::classify(&inputs, 1, &labels, 2).unwrap();
    let mut spy = Spy { micro_batch: 5, poisoned_from: Some(7), ..Spy::default() };
    let run = RunConfig { batch_size: 5, ..RunConfig::default() }.check(20).unwrap();
    let all = RunData::same(&data);
    let outcome = train(&mut spy, all, &run, &MonotonicClock::default(), &mut Silent).unwrap();
    assert_eq!((spy.updates.len(), outcome.steps, outcome.stopped_by), (7, 8, StoppedBy::Diverged));
}

/// A clock that moves 1 s whenever it is read.
#[derive(Default)]
struct Ticking(Cell<u64>);

impl Clock for Ticking {
    fn now(&self) -> std::time::Duration {
        self.0.set(self.0.get() + 1);
        std::time::Duration::from_secs(self.0.get())
    }
}

/// Two readings a stretch of one step, one more for each further step: 90 s are 90 steps, and
/// evaluation does not count.
#[test]
fn a_duration_in_time_ends_at_the_first_step_past_it_and_evaluation_does_not_count() {
    let (inputs, labels) = (vec![0.0; 100], vec![0; 100]);
    let data = Arrays::classify(&inputs, 1, &labels, 2).unwrap();
    let mut spy = Spy { micro_batch: 10, ..Spy::default() };
    let config = RunConfig {
        batch_size: 10,
        duration: Duration::Seconds(90.0),
        eval_every: Some(Duration::Steps(3)),
        ..RunConfig::default()
    };
    let all = RunData::same(&data);
    let outcome =
        train(&mut spy, all, &config.check(100).unwrap(), &Ticking::default(), &mut Silent).unwrap();
    assert_eq!((outcome.steps, outcome.seconds), (90, 90.0));
    assert!(outcome.rows.windows(2).all(|pair| pair[0].seconds < pair[1].seconds));
}

#[test]
fn an_observer_sees_all_steps_and_rows_and_can_stop_the_run() {
    struct Counts {
        steps: u64,
        rows: u64,
        losses: HashMap<u64, f64>,
        verdicts: Vec<RunVerdictKind>,
    }
    impl Observer for Counts {
        fn event(&mut self, event: RunEvent) {
            match event {
                RunEvent::Started { plan } => assert_eq!(plan.unwrap().steps, 460),
                RunEvent::Step { step, loss, .. } => {
                    self.steps = step;
                    self.losses.insert(step, loss);
                }
                RunEvent::Row(_) => self.rows += 1,
                RunEvent::VerdictSoFar(verdict) => self.verdicts.push(verdict.kind),
                RunEvent::Resumed(_) | RunEvent::Retried { .. } | RunEvent::Unsaved(_) => {
                    panic!("{event:?}")
                }
            }
        }
        fn should_stop(&self) -> bool {
            self.steps == 100
        }
        fn wants_verdicts(&self) -> bool {
            true
        }
    }
    let splits = digits(SplitOptions::default());
    let subset = splits.train.first(splits.validation.len());
    let mut counts = Counts { steps: 0, rows: 0, losses: HashMap::new(), verdicts: Vec::new() };
    let run = RunConfig::default().check(splits.train.len() as u64).unwrap();
    let mut engine = engine(&splits, &[8], 0, 1);
    let outcome =
        train(engine.as_mut(), samples(&splits, &subset), &run, &MonotonicClock::default(), &mut counts)
            .unwrap();
    assert_eq!((outcome.stopped_by, outcome.steps, counts.losses.len()), (StoppedBy::Signal, 100, 100));
    assert_eq!(counts.rows as usize, outcome.rows.len());
    // With each row it hears what the curve says so far: of the first nothing can be said.
    assert_eq!((counts.verdicts.len(), counts.verdicts[0]), (outcome.rows.len(), RunVerdictKind::Unclear));
    // The loss of a row is the mean over the steps since the row before, by samples.
    let row = &outcome.rows[1];
    let mean = (1..=row.step).map(|step| counts.losses[&step] * 32.0).sum::<f64>() / row.samples as f64;
    assert!((row.step_loss.unwrap() - mean).abs() < 1e-6);
}

#[test]
fn targets_of_the_wrong_kind_are_a_typed_error() {
    let values = Arrays::regress(&[0.0; 64], 64, &[1.0], 1).unwrap();
    let splits = digits(SplitOptions::default());
    let mut engine = engine(&splits, &[8], 0, 1);
    let mut batch = Batch::with_capacity(1, sample_shape(&values));
    values.gather(&[0], 0, &mut batch);
    assert!(matches!(batch.targets, Targets::Values(_)));
    assert!(matches!(engine.gradient(&batch), Err(NnError::Batch { .. })));
}
