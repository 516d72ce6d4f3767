//! A run that is interrupted after any of its steps ends as if it had not been: rows, outcome,
//! weights, bit for bit but for seconds.

#![allow(clippy::unwrap_used)]

use batchwright_data::{Dataset, OpenOptions, RealDisk, SplitOptions, Splits, Subset, open, sample_shape};
use batchwright_nn::{CpuEngineFactory, Engine, EngineFactory, EngineOptions, EngineState, Model, Optimizer};
use batchwright_train::{
    Checkpoint, CheckpointAbout, CheckpointFolder, CheckpointPlan, Checkpointer, Decay, Duration, Goal,
    MonotonicClock, Observer, RunConfig, RunData, RunEvent, RunOutcome, RunRow, RunState, SavePoint,
    SavedModel, Saver, Silent, SizeChange, StoppedBy, TrainError, Unsaved, train_saved,
};
use std::sync::Arc;

/// 97 samples: a short last batch at every size used here.
fn splits() -> Splits {
    let options = SplitOptions { limit_samples: Some(97), ..SplitOptions::default() };
    Splits::new(&open(None, &OpenOptions::default()).unwrap(), &options).unwrap()
}

/// A run of a small network with everything that has a state: AdamW, dropout, clipping,
/// accumulation, a decaying rate.
struct Case {
    splits: Splits,
    subset: Subset,
    config: RunConfig,
    optimizer: Optimizer,
}

impl Case {
    fn new(config: RunConfig) -> Self {
        let splits = splits();
        let subset = splits.train.first(splits.validation.len());
        Self { splits, subset, config, optimizer: Optimizer::adamw() }
    }

    fn model() -> Model {
        Model { dropout: 0.2, ..Model::mlp(&[5]) }
    }

    fn engine(&self) -> Box<dyn Engine> {
        let options = EngineOptions {
            micro_batch: 8,
            optimizer: self.optimizer,
            clip_norm: Some(1.0),
            seed: self.config.seed,
            ..EngineOptions::default()
        };
        CpuEngineFactory.build(&Self::model(), sample_shape(&self.splits.train), &options).unwrap()
    }

    /// Trains from `start`, and returns the outcome without seconds, and the final weights.
    fn run(
        &self,
        start: Option<RunState>,
        saver: &mut dyn Saver,
        observer: &mut dyn Observer,
    ) -> (RunOutcome, EngineState) {
        let mut engine = self.engine();
        let data = RunData {
            train: &self.splits.train,
            train_subset: &self.subset,
            validation: &self.splits.validation,
            test: &self.splits.test,
            unit: 1.0,
        };
        let run = self.config.check(97).unwrap();
        let clock = MonotonicClock::default();
        let outcome = train_saved(engine.as_mut(), data, &run, start, saver, &clock, observer).unwrap();
        let rows = outcome.rows.iter().map(|row| RunRow { seconds: 0.0, ..*row }).collect();
        (RunOutcome { rows, seconds: 0.0, ..outcome }, engine.state())
    }
}

fn config() -> RunConfig {
    RunConfig {
        batch_size: 16,
        micro_batch_size: Some(8),
        duration: Duration::Epochs(3.5),
        learning_rate: 0.01,
        decay: Decay::Cosine,
        warmup: Some(Duration::Epochs(0.5)),
        seed: 3,
        eval_every: Some(Duration::Samples(60)),
        ..RunConfig::default()
    }
}

/// Keeps every state, as bytes.
#[derive(Default)]
struct All(Vec<(SavePoint, Vec<u8>)>);

fn about(config: &RunConfig) -> CheckpointAbout {
    CheckpointAbout { run: "a-run".to_owned(), config: config.clone(), data: "digits".to_owned() }
}

impl Saver for All {
    fn is_due(&mut self, _state: &RunState) -> bool {
        true
    }
    fn save(&mut self, point: SavePoint, state: &RunState, _engine: &dyn Engine) -> Result<(), TrainError> {
        let checkpoint = Checkpoint { about: about(&RunConfig::default()), state: state.clone() };
        self.0.push((point, checkpoint.to_bytes().unwrap()));
        Ok(())
    }
    fn failure(&mut self) -> Option<TrainError> {
        None
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        Ok(())
    }
}

fn state(bytes: &[u8]) -> RunState {
    Checkpoint::from_bytes(bytes).unwrap().state
}

/// Stops a run after a step.
struct StopAt(u64, u64);

impl Observer for StopAt {
    fn event(&mut self, event: RunEvent) {
        if let RunEvent::Step { step, .. } = event {
            self.1 = step;
        }
    }
    fn should_stop(&self) -> bool {
        self.1 >= self.0
    }
}

/// From the state after each step: before the first, in mid-interval, at the end of an interval and
/// of an epoch, after the last.
fn the_contract_holds_at_every_step(case: &Case) {
    let mut all = All::default();
    let (outcome, last) = case.run(None, &mut all, &mut Silent);
    let silent = case.run(None, &mut Unsaved, &mut Silent);
    assert_eq!((&outcome, &last), (&silent.0, &silent.1), "saving changes nothing");
    assert_eq!(all.0.len() as u64, outcome.steps + 1, "before the first step, and after each");
    for (_, bytes) in &all.0 {
        let start = state(bytes);
        let step = start.steps();
        let (resumed, weights) = case.run(Some(start), &mut Unsaved, &mut Silent);
        assert_eq!(resumed, outcome, "from step {step}");
        assert_eq!(weights, last, "from step {step}");
    }
}

#[test]
fn from_every_step_a_run_ends_as_it_would_have() {
    the_contract_holds_at_every_step(&Case::new(config()));
}

#[test]
fn so_with_sgd_and_one_that_drops_last_batches() {
    let config = RunConfig { drop_last: true, batch_size: 10, micro_batch_size: None, ..config() };
    the_contract_holds_at_every_step(&Case {
        optimizer: Optimizer::default(),
        ..Case::new(RunConfig { micro_batch_size: Some(5), ..config })
    });
}

#[test]
fn so_with_a_schedule_of_batch_sizes() {
    let change = |from, batch_size| SizeChange { from, batch_size };
    let size_changes = vec![change(Duration::Samples(70), 40), change(Duration::Epochs(2.0), 7)];
    let case = Case::new(RunConfig { size_changes, ..config() });
    the_contract_holds_at_every_step(&case);
    let plan = *case.config.check(97).unwrap().plan().unwrap();
    let (outcome, _) = case.run(None, &mut Unsaved, &mut Silent);
    assert_eq!((outcome.steps, outcome.samples_seen), (plan.steps, plan.samples_seen));
}

/// Twice in one epoch, by a signal each time: what the interruption adds to the curve is not part of
/// the run that goes on.
#[test]
fn a_run_stopped_at_each_step_and_again_goes_on() {
    let case = Case::new(config());
    let (outcome, last) = case.run(None, &mut Unsaved, &mut Silent);
    for step in 1..outcome.steps {
        let mut all = All::default();
        let (stopped, _) = case.run(None, &mut all, &mut StopAt(step, 0));
        assert_eq!((stopped.stopped_by, stopped.steps), (StoppedBy::Signal, step));
        let (point, bytes) = all.0.last().unwrap();
        assert_eq!(*point, SavePoint::End);
        let mut again = All::default();
        case.run(Some(state(bytes)), &mut again, &mut StopAt(step + 1, 0));
        let (resumed, weights) = case.run(Some(state(&again.0.last().unwrap().1)), &mut Unsaved, &mut Silent);
        assert_eq!((resumed, weights), (outcome.clone(), last.clone()), "stopped at {step}");
    }
}

#[test]
fn patience_and_a_target_end_a_resumed_run_where_they_would_have() {
    for config in [
        RunConfig { patience: Some(Duration::Epochs(1.0)), duration: Duration::Epochs(30.0), ..config() },
        RunConfig { goal: Some(Goal::AccuracyAbove(0.3)), duration: Duration::Epochs(30.0), ..config() },
    ] {
        let case = Case::new(RunConfig { learning_rate: 0.05, ..config });
        let mut all = All::default();
        let (outcome, last) = case.run(None, &mut all, &mut Silent);
        assert!(matches!(outcome.stopped_by, StoppedBy::Patience | StoppedBy::Target), "{outcome:?}");
        for (_, bytes) in all.0.iter().step_by(7) {
            assert_eq!(
                case.run(Some(state(bytes)), &mut Unsaved, &mut Silent),
                (outcome.clone(), last.clone())
            );
        }
    }
}

/// The rest of the run takes the samples that it would have taken, in their order, in other batches.
#[test]
fn another_size_goes_on_at_the_same_sample() {
    let case = Case::new(config());
    let mut all = All::default();
    case.run(None, &mut all, &mut StopAt(9, 0));
    let start = state(&all.0.last().unwrap().1);
    // 7 steps are an epoch; two more.
    assert_eq!((start.samples(), start.position().epoch, start.position().consumed), (129, 1, 32));
    let change = SizeChange { from: Duration::Samples(start.samples()), batch_size: 32 };
    let resized = Case { config: RunConfig { size_changes: vec![change], ..config() }, ..case };
    let (outcome, _) = resized.run(Some(start), &mut Unsaved, &mut Silent);
    // 65 samples are left of the epoch: 32, 32, 1; then 97: 32, 32, 32, 1; then half an epoch.
    assert_eq!((outcome.steps, outcome.samples_seen), (9 + 3 + 4 + 2, 3 * 97 + 64));
}

#[test]
fn a_longer_run_is_the_longer_run() {
    let constant = RunConfig { decay: Decay::Constant, ..config() };
    let short = Case::new(RunConfig { duration: Duration::Epochs(2.0), ..constant.clone() });
    let long = Case::new(RunConfig { duration: Duration::Epochs(3.5), ..constant });
    let mut all = All::default();
    short.run(None, &mut all, &mut Silent);
    let (point, bytes) = all.0.last().unwrap();
    assert_eq!(*point, SavePoint::End);
    let resumed = long.run(Some(state(bytes)), &mut Unsaved, &mut Silent);
    assert_eq!(resumed, long.run(None, &mut Unsaved, &mut Silent));
}

/// A state is saved also where the target or the patience ends a run: without them it goes on as one
/// that never had them.
#[test]
fn what_ended_early_can_be_made_longer() {
    let constant = RunConfig { decay: Decay::Constant, learning_rate: 0.05, ..config() };
    let long = Case::new(constant.clone());
    let unbroken = long.run(None, &mut Unsaved, &mut Silent);
    for config in [
        RunConfig { patience: Some(Duration::Samples(1)), min_delta: 1.0, ..constant.clone() },
        RunConfig { goal: Some(Goal::LossBelow(3.0)), ..constant },
    ] {
        let mut all = All::default();
        let (outcome, _) = Case::new(config).run(None, &mut all, &mut Silent);
        assert!(outcome.samples_seen < unbroken.0.samples_seen, "{outcome:?}");
        let (point, bytes) = all.0.last().unwrap();
        assert_eq!((*point, state(bytes).steps()), (SavePoint::End, outcome.steps));
        assert_eq!(long.run(Some(state(bytes)), &mut Unsaved, &mut Silent), unbroken);
    }
}

/// Fails each save between two steps, and knows it only when it is waited for.
#[derive(Default)]
struct Late(u64);

impl Saver for Late {
    fn is_due(&mut self, _state: &RunState) -> bool {
        true
    }
    fn save(&mut self, point: SavePoint, _state: &RunState, _engine: &dyn Engine) -> Result<(), TrainError> {
        self.0 += u64::from(point == SavePoint::Between);
        assert!(point != SavePoint::End || self.0 == 0, "a failure would be taken for that of this save");
        Ok(())
    }
    fn failure(&mut self) -> Option<TrainError> {
        None
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        let error = || TrainError::NoCheckpoint { folder: "late".into() };
        if std::mem::take(&mut self.0) > 0 { Err(error()) } else { Ok(()) }
    }
}

/// Counts the states that could not be saved.
#[derive(Default)]
struct NotSaved(u64);

impl Observer for NotSaved {
    fn event(&mut self, event: RunEvent) {
        self.0 += u64::from(matches!(event, RunEvent::Unsaved(_)));
    }
}

#[test]
fn a_failure_that_comes_late_is_told_at_every_end() {
    let goal = Some(Goal::LossBelow(3.0));
    let patience = Some(Duration::Samples(1));
    for (case, end) in [
        (Case::new(config()), StoppedBy::Duration),
        (Case::new(RunConfig { goal, ..config() }), StoppedBy::Target),
        (Case::new(RunConfig { patience, min_delta: 1.0, ..config() }), StoppedBy::Patience),
        (diverging(0), StoppedBy::Diverged),
    ] {
        let mut told = NotSaved::default();
        let (outcome, _) = case.run(None, &mut Late::default(), &mut told);
        assert_eq!((outcome.stopped_by, told.0), (end, u64::from(outcome.steps > 1)), "{end:?}");
        assert!(outcome.steps > 1, "{end:?}");
    }
}

/// Whether the state was saved when the run said that it goes on.
struct Order<'a>(&'a std::cell::Cell<bool>, Vec<bool>);

impl Observer for Order<'_> {
    fn event(&mut self, event: RunEvent) {
        if let RunEvent::Resumed(_) = event {
            self.1.push(self.0.get());
        }
    }
}

struct Noting<'a>(&'a std::cell::Cell<bool>);

impl Saver for Noting<'_> {
    fn is_due(&mut self, _state: &RunState) -> bool {
        false
    }
    fn save(&mut self, _point: SavePoint, _state: &RunState, _engine: &dyn Engine) -> Result<(), TrainError> {
        self.0.set(true);
        Ok(())
    }
    fn failure(&mut self) -> Option<TrainError> {
        None
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        Ok(())
    }
}

/// What a run did later is given up only when the state from which it goes on is saved.
#[test]
fn a_run_says_that_it_goes_on_once_its_state_is_saved() {
    let case = Case::new(config());
    let mut all = All::default();
    case.run(None, &mut all, &mut Silent);
    let saved = std::cell::Cell::new(false);
    let mut order = Order(&saved, Vec::new());
    case.run(Some(state(&all.0[3].1)), &mut Noting(&saved), &mut order);
    assert_eq!(order.1, [true]);
    order.1.clear();
    case.run(None, &mut Noting(&saved), &mut order);
    assert!(order.1.is_empty(), "a new run");
}

/// Counts how often the run went back.
#[derive(Default)]
struct Retries(u64);

impl Observer for Retries {
    fn event(&mut self, event: RunEvent) {
        if let RunEvent::Retried { retry, .. } = event {
            self.0 += 1;
            assert_eq!(retry, self.0);
        }
    }
}

/// A rate at which the products of two layers overflow, until it has been halved often enough.
fn diverging(retries: u64) -> Case {
    Case {
        optimizer: Optimizer::default(),
        ..Case::new(RunConfig {
            learning_rate: 1e21,
            decay: Decay::Constant,
            warmup: None,
            retries,
            ..config()
        })
    }
}

/// No update is made with a number that is not finite, and no more retries than allowed: then the
/// best weights stay.
#[test]
fn retries_are_bounded_and_end_with_the_best_weights() {
    for retries in [0, 2] {
        let case = diverging(retries);
        let mut counted = Retries::default();
        let (outcome, last) = case.run(None, &mut Unsaved, &mut counted);
        assert_eq!((outcome.stopped_by, counted.0), (StoppedBy::Diverged, retries));
        assert!(last.weights.iter().all(|weight| weight.is_finite()));
        assert_eq!(outcome.validation.best_step, 0, "nothing was better than the start");
    }
}

/// Halved often enough, the run goes on to its end; interrupted at any step, it does so in the same
/// way.
#[test]
fn a_run_that_went_back_goes_on_and_can_be_resumed() {
    let case = diverging(100);
    let mut counted = Retries::default();
    let (outcome, last) = case.run(None, &mut Unsaved, &mut counted);
    assert_eq!(outcome.stopped_by, StoppedBy::Duration);
    assert!(counted.0 > 2, "{}", counted.0);
    let mut all = All::default();
    case.run(None, &mut all, &mut Silent);
    assert!(all.0.len() > 2);
    for (_, bytes) in &all.0 {
        let start = state(bytes);
        let step = start.steps();
        let (resumed, weights) = case.run(Some(start), &mut Unsaved, &mut Silent);
        // Debug shows a NaN as equal to a NaN.
        assert_eq!(format!("{resumed:?}"), format!("{outcome:?}"), "from step {step}");
        assert_eq!(weights, last, "from step {step}");
    }
}

#[test]
fn a_state_of_another_network_is_refused() {
    let case = Case::new(config());
    let mut all = All::default();
    case.run(None, &mut all, &mut Silent);
    let other = Case { optimizer: Optimizer::default(), ..Case::new(config()) };
    let data = RunData::same(&other.splits.train);
    let mut engine = other.engine();
    let (run, clock) = (other.config.check(97).unwrap(), MonotonicClock::default());
    let start = Some(state(&all.0[1].1));
    let refused = train_saved(engine.as_mut(), data, &run, start, &mut Unsaved, &clock, &mut Silent);
    assert!(matches!(refused, Err(TrainError::Network(_))), "{refused:?}");
}

/// The writer on a disk: what it leaves is a run that goes on.
#[test]
fn checkpoints_are_kept_and_the_newest_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let case = Case::new(config());
    let folder = CheckpointFolder::of_run(home.path());
    folder.create().unwrap();
    let model_path = home.path().join("model.safetensors");
    let plan = || CheckpointPlan {
        folder: folder.clone(),
        about: about(&case.config),
        every: Duration::Steps(2),
        keep: 2,
        model_path: model_path.clone(),
        model: SavedModel::of(case.engine().as_ref(), &Case::model(), &case.splits.encoding, 0),
        disk: Arc::new(RealDisk),
        samples_per_epoch: 97,
    };
    let unbroken = case.run(None, &mut Unsaved, &mut Silent);
    let mut checkpointer = Checkpointer::new(plan()).unwrap();
    let (stopped, _) = case.run(None, &mut checkpointer, &mut StopAt(11, 0));
    drop(checkpointer);
    assert_eq!(stopped.stopped_by, StoppedBy::Signal);
    let steps: Vec<u64> = folder.list().unwrap().iter().map(|file| file.0).collect();
    assert_eq!((steps.len(), steps[0]), (2, 11));
    assert!(SavedModel::load(&model_path).unwrap().verified);
    let newest = folder.newest().unwrap();
    assert_eq!(newest.checkpoint.about, about(&case.config));
    // The newest is damaged: the one before goes on, and the end is the same.
    let mut bytes = std::fs::read(&newest.path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&newest.path, bytes).unwrap();
    let before = folder.newest().unwrap();
    assert_eq!((before.passed_over.len(), before.checkpoint.state.steps()), (1, steps[1]));
    let mut checkpointer = Checkpointer::new(plan()).unwrap();
    // Of a killed save of a state and of a model, and of the user.
    let strays = [folder.path(), home.path()].map(|place| place.join(".batchwright-a1b2c3.tmp"));
    let other = folder.path().join("notes.tmp");
    strays.iter().chain([&other]).for_each(|path| std::fs::write(path, "half").unwrap());
    let resumed = case.run(Some(before.checkpoint.state), &mut checkpointer, &mut Silent);
    drop(checkpointer);
    assert!(strays.iter().all(|stray| !stray.exists()) && other.exists());
    assert_eq!(resumed, unbroken);
    assert_eq!(folder.newest().unwrap().checkpoint.state.steps(), unbroken.0.steps);
}
