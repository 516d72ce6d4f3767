//! What checkpoints cost: the time of a run that saves its state every 100 steps, as a ratio to the
//! time of one that saves only its start and its end, the two in turn. `cargo bench -p batchwright-train
//! --bench checkpoints`; an argument that is a number is the number of pairs.
//!
//! The folder is that of `TMPDIR`: on a memory file system a sync costs nothing. A checkpoint that
//! is due while the one before is still being written waits, so a fast run writes fewer than one
//! every 100 steps.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for the person who measures")]

use batchwright_data::{OpenOptions, RealDisk, SplitOptions, Splits, open, sample_shape};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright_train::{
    CheckpointAbout, CheckpointFolder, CheckpointPlan, Checkpointer, Duration, MonotonicClock, RunConfig,
    RunData, SavedModel, Silent, train_saved,
};
use std::sync::Arc;
use std::time::Instant;

const EVERY: u64 = 100;
const STEPS: u64 = 20_000;

fn main() {
    let pairs = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(7);
    let splits =
        Splits::new(&open(None, &OpenOptions::default()).unwrap(), &SplitOptions::default()).unwrap();
    for hidden in [&[64usize][..], &[512, 256]] {
        let model = Model::mlp(hidden);
        let mut ratios: Vec<f64> = (0..pairs)
            .map(|_| {
                let ends = seconds(&splits, &model, Duration::Steps(u64::MAX));
                seconds(&splits, &model, Duration::Steps(EVERY)) / ends
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        let [low, median, high] = [0, pairs / 2, pairs - 1].map(|at| ratios[at]);
        println!("mlp {hidden:?}, every {EVERY} steps: {median:.4} (of {pairs}: {low:.4} to {high:.4})");
    }
}

/// The time of a run from its first step to its end, with its first and last checkpoint and those
/// in between.
fn seconds(splits: &Splits, model: &Model, every: Duration) -> f64 {
    let home = tempfile::tempdir().unwrap();
    let config = RunConfig {
        batch_size: 32,
        duration: Duration::Steps(STEPS),
        eval_every: Some(Duration::Epochs(50.0)),
        ..RunConfig::default()
    };
    let options = EngineOptions { micro_batch: 32, ..EngineOptions::default() };
    let mut engine = CpuEngineFactory.build(model, sample_shape(&splits.train), &options).unwrap();
    let folder = CheckpointFolder::of_run(home.path());
    folder.create().unwrap();
    let mut checkpointer = Checkpointer::new(CheckpointPlan {
        folder,
        about: CheckpointAbout { run: "bench".to_owned(), config: config.clone(), data: String::new() },
        every,
        keep: 2,
        model_path: home.path().join("model.safetensors"),
        model: SavedModel::of(engine.as_ref(), model, &splits.encoding, 0),
        disk: Arc::new(RealDisk),
        samples_per_epoch: config.check(1_455).unwrap().batching().samples_per_epoch(),
    })
    .unwrap();
    let (run, clock) = (config.check(1_455).unwrap(), MonotonicClock::default());
    let data = RunData {
        train: &splits.train,
        train_subset: &splits.validation,
        validation: &splits.validation,
        test: &splits.test,
        unit: 1.0,
    };
    let started = Instant::now();
    train_saved(engine.as_mut(), data, &run, None, &mut checkpointer, &clock, &mut Silent).unwrap();
    started.elapsed().as_secs_f64()
}
