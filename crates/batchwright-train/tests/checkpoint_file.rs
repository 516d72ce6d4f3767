//! A checkpoint and a model on a disk: every flipped byte is noticed, every fault of the disk leaves
//! what was there before, and no file of another kind is taken for one.

#![allow(clippy::unwrap_used)]

use batchwright_data::testkit::{Fault, FaultyDisk, Names};
use batchwright_data::{Arrays, Disk, RealDisk, sample_shape};
use batchwright_nn::{CpuEngineFactory, Engine, EngineFactory, EngineOptions, Model, Optimizer};
use batchwright_train::{
    Checkpoint, CheckpointAbout, CheckpointFolder, CheckpointPlan, CheckpointProblem, Checkpointer, Duration,
    MonotonicClock, Observer, RunConfig, RunData, RunEvent, RunOutcome, RunState, SavePoint, SavedModel,
    Saver, Silent, TrainError, copies_of_saving, train_saved,
};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// 24 samples of two numbers.
struct Small {
    inputs: Vec<f32>,
    labels: Vec<u32>,
}

impl Small {
    fn new() -> Self {
        let inputs: Vec<f32> = (0..48).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
        let labels = inputs.chunks(2).map(|xy| u32::from(xy[0] > xy[1])).collect();
        Self { inputs, labels }
    }

    fn config() -> RunConfig {
        RunConfig {
            batch_size: 8,
            duration: Duration::Epochs(2.0),
            eval_every: Some(Duration::Epochs(1.0)),
            learning_rate: 0.1,
            ..RunConfig::default()
        }
    }

    fn train(
        &self,
        start: Option<RunState>,
        saver: &mut dyn Saver,
        observer: &mut dyn Observer,
    ) -> Result<(RunOutcome, Vec<f32>), TrainError> {
        let data = Arrays::classify(&self.inputs, 2, &self.labels, 2).unwrap();
        let mut engine = self.engine();
        let (run, clock) = (Self::config().check(24).unwrap(), MonotonicClock::default());
        let outcome =
            train_saved(engine.as_mut(), RunData::same(&data), &run, start, saver, &clock, observer)?;
        Ok((outcome, engine.state().weights))
    }

    fn engine(&self) -> Box<dyn Engine> {
        let data = Arrays::classify(&self.inputs, 2, &self.labels, 2).unwrap();
        let options = EngineOptions { micro_batch: 8, ..EngineOptions::default() };
        CpuEngineFactory.build(&Model::mlp(&[3]), sample_shape(&data), &options).unwrap()
    }

    fn plan(&self, home: &Path, disk: Arc<dyn Disk>) -> CheckpointPlan {
        let folder = CheckpointFolder::of_run(home);
        folder.create().unwrap();
        CheckpointPlan {
            folder,
            about: about(),
            every: Duration::Steps(1),
            keep: 2,
            model_path: home.join("model.safetensors"),
            model: SavedModel::of(self.engine().as_ref(), &Model::mlp(&[3]), &encoding(), 0),
            disk,
            samples_per_epoch: 24,
        }
    }
}

fn about() -> CheckpointAbout {
    CheckpointAbout { run: "r".to_owned(), config: Small::config(), data: "d".to_owned() }
}

/// That of the embedded digits: a model file needs one, and nothing here uses it.
fn encoding() -> batchwright_data::Encoding {
    let source = batchwright_data::open(None, &batchwright_data::OpenOptions::default()).unwrap();
    batchwright_data::Splits::new(&source, &batchwright_data::SplitOptions::default()).unwrap().encoding
}

/// Hands over a state after every step, waits for none.
struct Every(Vec<RunState>);

impl Saver for Every {
    fn is_due(&mut self, _state: &RunState) -> bool {
        true
    }
    fn save(&mut self, _point: SavePoint, state: &RunState, _engine: &dyn Engine) -> Result<(), TrainError> {
        self.0.push(state.clone());
        Ok(())
    }
    fn failure(&mut self) -> Option<TrainError> {
        None
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        Ok(())
    }
}

fn checkpoint() -> Checkpoint {
    let mut every = Every(Vec::new());
    Small::new().train(None, &mut every, &mut Silent).unwrap();
    Checkpoint { about: about(), state: every.0.pop().unwrap() }
}

#[test]
fn a_checkpoint_comes_back() {
    let checkpoint = checkpoint();
    let bytes = checkpoint.to_bytes().unwrap();
    assert_eq!(Checkpoint::from_bytes(&bytes).unwrap(), checkpoint);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("step-0000000006.checkpoint");
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint);
}

/// Each byte by each bit and by all of them.
#[test]
fn every_flipped_byte_of_a_checkpoint_is_noticed() {
    let bytes = checkpoint().to_bytes().unwrap();
    for position in 0..bytes.len() {
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut damaged = bytes.clone();
            damaged[position] ^= flip;
            assert!(Checkpoint::from_bytes(&damaged).is_err(), "byte {position} ^ {flip}");
        }
    }
    for length in 0..bytes.len() {
        assert!(Checkpoint::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(Checkpoint::from_bytes(&[bytes.as_slice(), b"x"].concat()).is_err());
}

/// The same of a model, and of each of its bits the ones that change a name, a shape or a weight.
#[test]
fn every_flipped_byte_of_a_model_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (small, path) = (Small::new(), folder.path().join("model.safetensors"));
    SavedModel::of(small.engine().as_ref(), &Model::mlp(&[3]), &encoding(), 0).save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(SavedModel::load(&path).unwrap().verified);
    for position in 0..bytes.len() {
        for flip in [1, 16, 255] {
            let mut damaged = bytes.clone();
            damaged[position] ^= flip;
            std::fs::write(&path, &damaged).unwrap();
            assert!(SavedModel::load(&path).is_err(), "byte {position} ^ {flip}");
        }
    }
}

#[test]
fn weights_that_are_not_finite_are_neither_saved_nor_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let small = Small::new();
    let mut model = SavedModel::of(small.engine().as_ref(), &Model::mlp(&[3]), &encoding(), 0);
    model.save(&path).unwrap();
    for value in [f32::NAN, f32::INFINITY] {
        model.tensors[1].data[0] = value;
        let error = model.save(&path).unwrap_err().to_string();
        assert!(error.contains("0.bias") && error.contains("not finite"), "{error}");
    }
    assert!(SavedModel::load(&path).is_ok(), "the old file stays");
}

/// Equal trainings give equal files: nothing of the moment or the place is in them.
#[test]
fn equal_models_are_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let small = Small::new();
    let [a, b] = ["a", "b"].map(|name| {
        let path = folder.path().join(name);
        SavedModel::of(small.engine().as_ref(), &Model::mlp(&[3]), &encoding(), 0).save(&path).unwrap();
        std::fs::read(path).unwrap()
    });
    assert_eq!(a, b);
}

/// As a newer program would write it, whose checksum is right.
fn of_version_9(checkpoint: &[u8]) -> Vec<u8> {
    let mut newer = checkpoint[..checkpoint.len() - 4].to_vec();
    newer[16] = 9;
    let checksum = crc32fast::hash(&newer);
    [newer, checksum.to_le_bytes().to_vec()].concat()
}

#[test]
fn other_files_are_refused_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = checkpoint().to_bytes().unwrap();
    let problem = |bytes: &[u8]| {
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        match Checkpoint::read(&path) {
            Err(TrainError::Checkpoint { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(problem(b""), CheckpointProblem::Foreign);
    assert_eq!(problem(&[7; 1000]), CheckpointProblem::Foreign);
    let newer = of_version_9(&bytes);
    assert_eq!(problem(&newer), CheckpointProblem::Version { found: 9, known: 3 });
    let cut = &bytes[..bytes.len() - 1];
    let (found, expected) = (cut.len() as u64, bytes.len() as u64);
    assert_eq!(problem(cut), CheckpointProblem::Length { found, expected });
    assert!(matches!(Checkpoint::read(&folder.path().join("none")), Err(TrainError::File { .. })));
    let refused = Checkpoint::read(folder.path());
    assert!(matches!(refused, Err(TrainError::Checkpoint { problem: CheckpointProblem::NotAFile, .. })));
    let none = CheckpointFolder::of_run(folder.path()).newest();
    assert!(matches!(none, Err(TrainError::NoCheckpoint { .. })));
}

/// A file that was not understood, or not even read, may be the only one of its state: nobody goes
/// on from an older one, and removes it, without being asked to.
#[cfg(unix)]
#[test]
fn only_damage_is_passed_over() {
    let home = tempfile::tempdir().unwrap();
    let folder = CheckpointFolder::of_run(home.path());
    folder.create().unwrap();
    let bytes = checkpoint().to_bytes().unwrap();
    let [older, newer] = [4, 6].map(|step| folder.path().join(format!("step-{step:010}.checkpoint")));
    std::fs::write(&older, &bytes).unwrap();
    let with = |position: usize| {
        let mut changed = bytes.clone();
        changed[position] ^= 8;
        std::fs::write(&newer, changed).unwrap();
        folder.newest()
    };
    // In what it is, its version, its length, its settings.
    for position in [0, 16, 20, 50] {
        assert_eq!(with(position).unwrap().path, older, "{position}");
    }
    std::fs::write(&newer, of_version_9(&bytes)).unwrap();
    let refused = folder.newest();
    let version = CheckpointProblem::Version { found: 9, known: 3 };
    assert!(
        matches!(&refused, Err(TrainError::Checkpoint { path, problem }) if (path, problem) == (&newer, &version)),
        "{refused:?}"
    );
    std::fs::remove_file(&newer).unwrap();
    // Nothing can be read at the end of a link to itself.
    std::os::unix::fs::symlink(&newer, &newer).unwrap();
    let refused = folder.newest();
    assert!(matches!(&refused, Err(TrainError::File { path, .. }) if *path == newer), "{refused:?}");
}

/// A disk at which the writer panics.
#[derive(Debug)]
struct Panics;

impl Disk for Panics {
    fn create(
        &self,
        _path: &Path,
        _permissions: Option<&std::fs::Permissions>,
    ) -> io::Result<batchwright_data::OpenFile> {
        panic!("as a test wants it")
    }
    fn write(&self, _file: &mut batchwright_data::OpenFile, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }
    fn sync(&self, _file: &batchwright_data::OpenFile) -> io::Result<()> {
        Ok(())
    }
    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Ok(())
    }
    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }
    fn remove(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Nothing waits for ever for a writer that panicked, once or again.
#[test]
fn a_writer_that_panics_is_an_error() {
    let (home, small) = (tempfile::tempdir().unwrap(), Small::new());
    let mut checkpointer = Checkpointer::new(small.plan(home.path(), Arc::new(Panics))).unwrap();
    let (engine, state) = (small.engine(), checkpoint().state);
    for point in [SavePoint::Start, SavePoint::End] {
        let error = checkpointer.save(point, &state, engine.as_ref()).unwrap_err();
        assert!(error.to_string().contains("its writer panicked"), "{error}");
    }
}

/// Counts the warnings.
#[derive(Default)]
struct Warnings(usize);

impl Observer for Warnings {
    fn event(&mut self, event: RunEvent) {
        self.0 += usize::from(matches!(event, RunEvent::Unsaved(_)));
    }
}

/// Waits for each save, so that the sites of faults are the same in every run.
struct InTurn(Checkpointer);

impl Saver for InTurn {
    fn is_due(&mut self, state: &RunState) -> bool {
        self.0.is_due(state)
    }
    fn save(&mut self, point: SavePoint, state: &RunState, engine: &dyn Engine) -> Result<(), TrainError> {
        self.0.save(point, state, engine)?;
        self.0.finish()
    }
    fn failure(&mut self) -> Option<TrainError> {
        self.0.failure()
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        self.0.finish()
    }
}

/// A run on a disk that fails at operation after operation. Whatever the fault: from what is left
/// the run goes on to the same end, old checkpoints were removed only for newer ones, and after an
/// error that passes the next save is made.
#[test]
fn a_fault_at_every_operation_leaves_a_run_that_goes_on() {
    let small = Small::new();
    let unbroken = small.train(None, &mut Every(Vec::new()), &mut Silent).unwrap();
    let without_seconds = |outcome: RunOutcome| {
        let rows = outcome.rows.iter().map(|row| batchwright_train::RunRow { seconds: 0.0, ..*row });
        RunOutcome { rows: rows.collect(), seconds: 0.0, ..outcome }
    };
    let expected = (without_seconds(unbroken.0), unbroken.1);
    let faults = [
        Fault::Error(io::ErrorKind::PermissionDenied),
        Fault::Full,
        Fault::Kill,
        Fault::PowerLoss(Names::Kept),
        Fault::PowerLoss(Names::Lost),
    ];
    for fault in faults {
        let mut sites = 0;
        loop {
            let home = tempfile::tempdir().unwrap();
            let disk = Arc::new(FaultyDisk::new(sites, fault));
            let checkpointer =
                Checkpointer::new(small.plan(home.path(), Arc::clone(&disk) as Arc<dyn Disk>)).unwrap();
            let (mut saver, mut warnings) = (InTurn(checkpointer), Warnings::default());
            let trained = small.train(None, &mut saver, &mut warnings);
            drop(saver);
            let folder = CheckpointFolder::of_run(home.path());
            if !disk.fired() {
                assert_eq!(warnings.0, 0);
                assert_eq!(folder.list().unwrap().len(), 2);
                break;
            }
            let at = format!("{fault:?} at {sites}");
            match (trained, folder.newest()) {
                // The first save failed: known before any training.
                (Err(_), Err(TrainError::NoCheckpoint { .. })) => {}
                (trained, Ok(newest)) => {
                    assert!(newest.passed_over.is_empty(), "{at}: {:?}", newest.passed_over);
                    let start = Some(newest.checkpoint.state);
                    let (outcome, weights) = small.train(start, &mut Every(Vec::new()), &mut Silent).unwrap();
                    assert_eq!((without_seconds(outcome), weights), expected, "{at}");
                    if matches!(fault, Fault::Error(_)) && trained.is_ok() {
                        assert!(newest.checkpoint.about == about() && warnings.0 <= 1, "{at}");
                        let step = folder.list().unwrap()[0].0;
                        assert!(step >= 5, "{at}: the next save is made, {step}");
                    }
                }
                (trained, newest) => panic!("{at}: {trained:?}, {newest:?}"),
            }
            let model = home.path().join("model.safetensors");
            assert!(!model.exists() || SavedModel::load(&model).is_ok(), "{at}");
            sites += 1;
        }
        println!("{fault:?}: {sites} sites");
        assert!(sites > 40, "{sites}");
    }
}

/// A save that the disk takes long for holds nothing up but the next save.
#[test]
fn saving_takes_no_memory_after_the_first_time() {
    let home = tempfile::tempdir().unwrap();
    let small = Small::new();
    let mut checkpointer = Checkpointer::new(small.plan(home.path(), Arc::new(RealDisk))).unwrap();
    let engine = small.engine();
    let state = checkpoint().state;
    checkpointer.save(SavePoint::Start, &state, engine.as_ref()).unwrap();
    let info = allocation_counter::measure(|| {
        checkpointer.save(SavePoint::Between, &state, engine.as_ref()).unwrap();
    });
    assert_eq!(info.count_total, 0, "on the training's thread");
}

/// Otherwise a size that the memory plan lets through ends without memory at its first model. The
/// state itself was there before: the plan counts it, without the gradient.
#[test]
fn a_save_takes_the_memory_that_is_planned() {
    let (home, small) = (tempfile::tempdir().unwrap(), Small::new());
    let data = Arrays::classify(&small.inputs, 2, &small.labels, 2).unwrap();
    let sgd = |momentum| Optimizer::Sgd { momentum, nesterov: false, weight_decay: 0.0 };
    for optimizer in [sgd(0.0), sgd(0.9), Optimizer::adamw()] {
        let options = EngineOptions { micro_batch: 8, optimizer, ..EngineOptions::default() };
        let model = Model::mlp(&[300, 300]);
        let plan = CpuEngineFactory.plan(&model, sample_shape(&data), &options).unwrap();
        let mut engine = CpuEngineFactory.build(&model, sample_shape(&data), &options).unwrap();
        let mut states = Every(Vec::new());
        let (run, clock) = (Small::config().check(24).unwrap(), MonotonicClock::default());
        let samples = RunData::same(&data);
        train_saved(engine.as_mut(), samples, &run, None, &mut states, &clock, &mut Silent).unwrap();
        let end = states.0.last().unwrap();
        let mut saver = Checkpointer::new(small.plan(home.path(), Arc::new(RealDisk))).unwrap();
        let used = allocation_counter::measure(|| {
            saver.save(SavePoint::End, end, engine.as_ref()).unwrap();
        });
        let of_weights = |copies: u128| copies as u64 * 4 * plan.parameters as u64;
        let planned = of_weights(copies_of_saving(plan.copies) - (plan.copies - 1));
        let (taken, a_little) = (used.bytes_max, 40_000);
        assert!(taken <= planned + a_little, "{optimizer:?}: {taken} of {planned}");
        assert!(taken + a_little >= planned, "{optimizer:?}: {taken} of {planned}");
    }
}

/// The weights of the start are not kept: each model that is saved has its own.
#[test]
fn a_writer_keeps_no_weights() {
    let (home, small) = (tempfile::tempdir().unwrap(), Small::new());
    let mut plan = small.plan(home.path(), Arc::new(RealDisk));
    plan.model.tensors[0].data = vec![0.0; 1 << 20];
    let mut kept = None;
    let info = allocation_counter::measure(|| kept = Some(Checkpointer::new(plan).unwrap()));
    assert!(info.bytes_current < -4_000_000, "{info:?}");
}
