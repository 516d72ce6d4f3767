//! A run with checkpoints on a disk that fails: what is left of it, and going on from there.

use crate::simulation::dice::Dice;
use crate::simulation::{Plant, Tally};
use batchwright_data::testkit::{Fault, FaultyDisk, Names};
use batchwright_data::{
    Batch, Dataset, Disk, InputKind, OpenFile, OpenOptions, SplitOptions, Splits, Task, open, sample_shape,
};
use batchwright_nn::{CpuEngineFactory, Engine, EngineFactory, EngineOptions, EngineState, Model, Optimizer};
use batchwright_train::{
    CheckpointAbout, CheckpointFolder, CheckpointPlan, Checkpointer, Clock, Duration, Observer, RunConfig,
    RunData, RunEvent, RunOutcome, RunRow, RunState, SavePoint, SavedModel, Saver, StoppedBy, TrainError,
    Unsaved, train_saved,
};
use std::cell::Cell;
use std::fs::Permissions;
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

/// 30 samples of the digits.
static SPLITS: LazyLock<Splits> = LazyLock::new(|| {
    let options = SplitOptions { limit_samples: Some(30), ..SplitOptions::default() };
    let source = open(None, &OpenOptions::default()).unwrap();
    Splits::new(&source, &options).unwrap()
});

const FAULTS: [(Fault, &str); 6] = [
    (Fault::Error(io::ErrorKind::PermissionDenied), "disk: one error"),
    (Fault::Error(io::ErrorKind::QuotaExceeded), "disk: quota"),
    (Fault::Full, "disk: full"),
    (Fault::Kill, "killed in a save"),
    (Fault::PowerLoss(Names::Kept), "power lost, names kept"),
    (Fault::PowerLoss(Names::Lost), "power lost, names lost"),
];

/// The first `count` samples of the training split, and which of them were drawn.
struct Counted {
    count: usize,
    drawn: Arc<Mutex<Vec<(u64, u32)>>>,
}

impl Dataset for Counted {
    fn len(&self) -> usize {
        self.count
    }
    fn input_shape(&self) -> &[usize] {
        SPLITS.train.input_shape()
    }
    fn input_kind(&self) -> InputKind {
        SPLITS.train.input_kind()
    }
    fn task(&self) -> Task {
        SPLITS.train.task()
    }
    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch) {
        self.drawn.lock().unwrap().extend(indices.iter().map(|&index| (epoch, index)));
        SPLITS.train.gather(indices, epoch, batch);
    }
}

/// A clock that leaps at times. It never goes back, which is what its trait promises.
struct Leaping {
    dice: std::cell::RefCell<Dice>,
    now: Cell<f64>,
    leaps: Cell<u64>,
}

impl Clock for Leaping {
    fn now(&self) -> std::time::Duration {
        let leap = self.dice.borrow_mut().once_in(50);
        self.leaps.set(self.leaps.get() + u64::from(leap));
        self.now.set(self.now.get() + if leap { 1e5 } else { 1e-3 });
        std::time::Duration::from_secs_f64(self.now.get())
    }
}

/// A disk that syncs nothing: the planted bug.
#[derive(Debug)]
struct Forgetful(Arc<FaultyDisk>);

impl Disk for Forgetful {
    fn create(&self, path: &Path, permissions: Option<&Permissions>) -> io::Result<OpenFile> {
        self.0.create(path, permissions)
    }
    fn write(&self, file: &mut OpenFile, bytes: &[u8]) -> io::Result<()> {
        self.0.write(file, bytes)
    }
    fn sync(&self, _file: &OpenFile) -> io::Result<()> {
        Ok(())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_folder(folder)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }
}

/// Passes saves on, and remembers which of them were acknowledged.
struct Acknowledged<'a> {
    inner: &'a mut Checkpointer,
    step: Option<u64>,
    saves: u64,
}

impl Saver for Acknowledged<'_> {
    fn is_due(&mut self, state: &RunState) -> bool {
        self.inner.is_due(state)
    }
    fn save(&mut self, point: SavePoint, state: &RunState, engine: &dyn Engine) -> Result<(), TrainError> {
        self.saves += 1;
        self.inner.save(point, state, engine)?;
        if point != SavePoint::Between {
            self.step = Some(state.steps());
        }
        Ok(())
    }
    fn failure(&mut self) -> Option<TrainError> {
        self.inner.failure()
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        self.inner.finish()
    }
}

/// Stops a run after a step, and checks each event.
struct Watch {
    stop_at: u64,
    step: u64,
    last: Option<RunRow>,
    broken: Option<String>,
    /// Epoch and number of each sample that was drawn, and how many of them steps have used: the
    /// verdict reads samples too, after the last step.
    drawn: Arc<Mutex<Vec<(u64, u32)>>>,
    used: usize,
}

impl Observer for Watch {
    fn event(&mut self, event: RunEvent) {
        let wrong = match event {
            RunEvent::Step { step, .. } => {
                let follows = step == self.step + 1 || self.step == 0;
                self.step = step;
                self.used = self.drawn.lock().unwrap().len();
                (!follows).then(|| format!("step {step} follows another"))
            }
            RunEvent::Row(row) => {
                let before = self.last.replace(*row);
                let back = |before: &RunRow| {
                    row.step < before.step || row.samples < before.samples || row.seconds < before.seconds
                };
                before.filter(back).map(|before| format!("{row:?} follows {before:?}"))
            }
            _ => None,
        };
        self.broken = self.broken.take().or(wrong);
    }

    fn should_stop(&self) -> bool {
        self.step >= self.stop_at
    }
}

struct Case {
    config: RunConfig,
    optimizer: Optimizer,
    model: Model,
    samples: u64,
    seed: u64,
}

/// How a run went, without seconds.
type Ended = (RunOutcome, EngineState);

impl Case {
    fn new(seed: u64, dice: &mut Dice) -> Self {
        let samples = dice.pick(&[10, 10, 29, 30]);
        let config = RunConfig {
            batch_size: dice.pick(&[1, 3, 10, 11, 16]),
            duration: Duration::Samples(samples * dice.between(1, 3) + dice.below(7)),
            learning_rate: dice.pick(&[0.001, 0.05, 1e30]),
            eval_every: dice.once_in(2).then(|| Duration::Samples(dice.between(5, 40))),
            patience: dice.once_in(5).then_some(Duration::Epochs(1.0)),
            seed: dice.below(50),
            ..RunConfig::default()
        };
        let drop_last = dice.once_in(4) && config.batch_size <= samples;
        let optimizer = if dice.once_in(2) { Optimizer::adamw() } else { Optimizer::default() };
        let model = Model { dropout: dice.pick(&[0.0, 0.3]), ..Model::mlp(&[3]) };
        Self { config: RunConfig { drop_last, ..config }, optimizer, model, samples, seed }
    }

    fn engine(&self) -> Box<dyn Engine> {
        let options = EngineOptions {
            micro_batch: 16,
            optimizer: self.optimizer,
            seed: self.config.seed,
            ..EngineOptions::default()
        };
        CpuEngineFactory.build(&self.model, sample_shape(&SPLITS.train), &options).unwrap()
    }

    fn run(
        &self,
        start: Option<RunState>,
        saver: &mut dyn Saver,
        watch: &mut Watch,
        tally: &mut Tally,
    ) -> Result<(Ended, Vec<(u64, u32)>), String> {
        let mut engine = self.engine();
        let train = Counted { count: self.samples as usize, drawn: Arc::clone(&watch.drawn) };
        let validation = &SPLITS.validation;
        let data =
            RunData { train: &train, train_subset: validation, validation, test: validation, unit: 1.0 };
        let run = self.config.check(self.samples).map_err(|error| format!("refused: {error}"))?;
        let dice = Dice::new(self.seed, 7).into();
        let clock = Leaping { dice, now: Cell::new(0.0), leaps: Cell::new(0) };
        let ended = train_saved(engine.as_mut(), data, &run, start, saver, &clock, watch);
        tally.fired("run: clock leaps", clock.leaps.get());
        watch.broken.take().map_or(Ok(()), Err)?;
        let outcome = ended.map_err(|error| format!("stopped: {error}"))?;
        let rows = outcome.rows.iter().map(|row| RunRow { seconds: 0.0, ..*row }).collect();
        let drawn = watch.drawn.lock().unwrap()[..watch.used].to_vec();
        Ok(((RunOutcome { rows, seconds: 0.0, ..outcome }, engine.state()), drawn))
    }

    fn watch(stop_at: u64) -> Watch {
        Watch { stop_at, step: 0, last: None, broken: None, drawn: Arc::default(), used: 0 }
    }
}

/// Runs without a fault, with one, and from what that one left.
pub(crate) fn simulate(seed: u64, plant: Plant, tally: &mut Tally) -> Result<(), String> {
    tally.run();
    let mut dice = Dice::new(seed, 3);
    let case = Case::new(seed, &mut dice);
    let (unbroken, drawn) = case.run(None, &mut Unsaved, &mut Case::watch(u64::MAX), tally)?;
    check_ledger(&case, &unbroken.0, &drawn)?;
    if unbroken.0.stopped_by == StoppedBy::Diverged {
        tally.fired("run: not finite", 1);
    }
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = CheckpointFolder::of_run(home.path());
    folder.create().map_err(|error| error.to_string())?;
    let (fault, name) = dice.pick(&FAULTS);
    let disk = Arc::new(FaultyDisk::new(dice.below(40) as usize, fault));
    let written_on: Arc<dyn Disk> = match plant {
        Plant::ForgetsSync => Arc::new(Forgetful(Arc::clone(&disk))),
        _ => Arc::clone(&disk) as Arc<dyn Disk>,
    };
    let plan = CheckpointPlan {
        folder: folder.clone(),
        about: CheckpointAbout { run: "r".to_owned(), config: case.config.clone(), data: "d".to_owned() },
        every: Duration::Steps(dice.between(1, 4)),
        keep: dice.between(1, 3) as usize,
        model_path: home.path().join("model.safetensors"),
        model: SavedModel::of(case.engine().as_ref(), &case.model, &SPLITS.encoding, 0),
        disk: written_on,
        samples_per_epoch: case.samples,
    };
    let mut checkpointer = Checkpointer::new(plan).map_err(|error| error.to_string())?;
    let mut saver = Acknowledged { inner: &mut checkpointer, step: None, saves: 0 };
    let mut watch = Case::watch(if dice.once_in(2) { dice.between(1, 20) } else { u64::MAX });
    let ended = case.run(None, &mut saver, &mut watch, tally);
    let (acknowledged, _) = (saver.step, saver.saves);
    drop(checkpointer);
    tally.sites(disk.operations().len() as u64);
    tally.fired(name, u64::from(disk.fired()));
    if let Err(error) = ended
        && !error.starts_with("stopped: ")
    {
        return Err(error);
    }
    if matches!(fault, Fault::PowerLoss(_)) && !disk.fired() {
        disk.lose_power(Names::Lost).map_err(|error| error.to_string())?;
    }
    goes_on(&case, &folder, acknowledged, &unbroken, tally)
}

/// Each sample once an epoch, in the order of the epoch, and as many as the outcome says.
fn check_ledger(case: &Case, outcome: &RunOutcome, drawn: &[(u64, u32)]) -> Result<(), String> {
    if drawn.len() as u64 != outcome.samples_seen {
        return Err(format!("{} samples were drawn, the ledger says {}", drawn.len(), outcome.samples_seen));
    }
    let an_epoch = match case.config.drop_last {
        true => case.samples - case.samples % case.config.batch_size,
        false => case.samples,
    };
    for epoch in drawn.chunk_by(|a, b| a.0 == b.0) {
        let different: std::collections::BTreeSet<u32> = epoch.iter().map(|(_, index)| *index).collect();
        let last = epoch.last() == drawn.last();
        let whole = epoch.len() as u64 == an_epoch || last && epoch.len() as u64 <= an_epoch;
        if different.len() != epoch.len() || !whole {
            return Err(format!("epoch {} has {} samples of {an_epoch}", epoch[0].0, epoch.len()));
        }
    }
    Ok(())
}

/// From the newest checkpoint the run ends as if nothing had happened.
fn goes_on(
    case: &Case,
    folder: &CheckpointFolder,
    acknowledged: Option<u64>,
    unbroken: &Ended,
    tally: &mut Tally,
) -> Result<(), String> {
    let newest = match (folder.newest(), acknowledged) {
        (Ok(newest), _) => newest,
        (Err(TrainError::NoCheckpoint { .. }), None) => return Ok(()),
        (Err(error), _) => {
            return Err(format!("{acknowledged:?} was acknowledged, and is not there: {error}"));
        }
    };
    let step = newest.checkpoint.state.steps();
    if acknowledged.is_some_and(|acknowledged| step < acknowledged) {
        return Err(format!("step {acknowledged:?} was acknowledged, the newest checkpoint has {step}"));
    }
    if let Some(error) = newest.passed_over.first() {
        return Err(format!("a checkpoint under its own name is not whole: {error}"));
    }
    tally.resumed();
    let start = Some(newest.checkpoint.state);
    let (resumed, _) = case.run(start, &mut Unsaved, &mut Case::watch(u64::MAX), tally)?;
    if format!("{resumed:?}") != format!("{unbroken:?}") {
        return Err(format!(
            "from step {step} the run ends otherwise: {:?}, not {:?}",
            resumed.0, unbroken.0
        ));
    }
    Ok(())
}
