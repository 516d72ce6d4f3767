//! What recording costs a fast run, how many rows a second are stored, and how long a thousand runs
//! take to be listed and a hundred to be read.
//!
//! `cargo bench -p batchwright-store`. The run is one of the fastest that the program trains: the
//! embedded digits, an evaluation after every epoch, 23 microseconds a step. Runs with and without a
//! store alternate, so that another process on the machine slows down both. What a run pays once
//! (its entry and its end are each on the disk before it goes on) is apart from what its rows cost.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and ends at an error")]

use batchwright_data::{Dataset, OpenOptions, SplitOptions, Splits, open, sample_shape};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright_store::{NewName, Origin, RowWriter, Store};
use batchwright_train::{
    Duration, MonotonicClock, Observer, RunConfig, RunData, RunEvent, RunRow, testkit, train,
};
use std::time::Instant;

/// Hands rows to a writer, and counts the time that this takes.
struct Recorder<'a> {
    writer: Option<RowWriter<'a>>,
    seconds: f64,
    rows: u64,
}

/// What was measured of one run.
struct Measured {
    /// Of the whole run.
    seconds: f64,
    /// Of its entry and its end.
    once: f64,
    /// Of its rows.
    recording: f64,
    rows: u64,
}

impl Observer for Recorder<'_> {
    fn event(&mut self, event: RunEvent) {
        let (RunEvent::Row(row), Some(writer)) = (event, &mut self.writer) else { return };
        let start = Instant::now();
        writer.push(*row).unwrap();
        self.seconds += start.elapsed().as_secs_f64();
        self.rows += 1;
    }
}

/// A run of the digits.
fn run(store: Option<&Store>) -> Measured {
    let digits = open(None, &OpenOptions::default()).unwrap();
    let splits = Splits::new(&digits, &SplitOptions::default()).unwrap();
    let config = RunConfig {
        batch_size: 32,
        duration: Duration::Epochs(400.0),
        learning_rate: 0.02,
        ..RunConfig::default()
    };
    let checked = config.check(splits.train.len() as u64).unwrap();
    let options = EngineOptions { micro_batch: 32, ..EngineOptions::default() };
    let shape = sample_shape(&splits.train);
    let mut engine = CpuEngineFactory.build(&Model::mlp(&[64]), shape, &options).unwrap();
    let data = RunData { validation: &splits.validation, test: &splits.test, ..RunData::same(&splits.train) };
    let start = Instant::now();
    let name = store.map(|store| {
        let origin = Origin::default();
        store.create_run(&NewName::Numbered("run"), &[], checked.plan().unwrap(), &origin).unwrap()
    });
    let writer = store.zip(name.as_deref()).map(|(store, name)| RowWriter::new(store, name));
    let mut once = start.elapsed().as_secs_f64();
    let mut recorder = Recorder { writer, seconds: 0.0, rows: 0 };
    train(engine.as_mut(), data, &checked, &MonotonicClock::default(), &mut recorder).unwrap();
    let end = Instant::now();
    if let (Some(writer), Some(store), Some(name)) = (recorder.writer.take(), store, &name) {
        writer.finish().unwrap();
        store.finish_run(name, &testkit::result(name, 0.1)).unwrap();
    }
    once += end.elapsed().as_secs_f64();
    let seconds = start.elapsed().as_secs_f64();
    Measured { seconds, once, recording: recorder.seconds, rows: recorder.rows }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    cost_of_recording();
    rows_a_second();
    many_runs();
}

fn cost_of_recording() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let pairs: Vec<_> = (0..15).map(|_| (run(None), run(Some(&store)))).collect();
    let alone = median(pairs.iter().map(|(alone, _)| alone.seconds).collect());
    let of =
        |what: &dyn Fn(&Measured) -> f64| median(pairs.iter().map(|(_, recorded)| what(recorded)).collect());
    println!("a run without a store {:.1} ms, with one {:.1} ms", alone * 1e3, of(&|run| run.seconds) * 1e3);
    println!("{} rows: {:.2}% of the run", pairs[0].1.rows, of(&|run| run.recording / run.seconds) * 100.0);
    println!("its entry and its end: {:.2} ms", of(&|run| run.once) * 1e3);
}

fn rows_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let rows: Vec<RunRow> = (0..100_000).map(|step| testkit::row(step, 0.5)).collect();
    let origin = Origin::default();
    let name = store.create_run(&NewName::Numbered("rows"), &[], &testkit::plan(), &origin).unwrap();
    let start = Instant::now();
    rows.chunks(1_000).for_each(|rows| store.append_rows(&name, rows).unwrap());
    println!("{:.0} rows a second, in groups of 1,000", rows.len() as f64 / start.elapsed().as_secs_f64());
}

fn many_runs() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let rows: Vec<RunRow> = (0..200).map(|step| testkit::row(step, 0.5)).collect();
    for at in 1..=1_000 {
        let (name, origin) = (format!("run-{at}"), Origin::default());
        store.create_run(&NewName::Exactly(&name), &[], &testkit::plan(), &origin).unwrap();
        store.append_rows(&name, &rows).unwrap();
        // Every other one is unfinished: its rows tell how far it is.
        if at % 2 == 0 {
            store.finish_run(&name, &testkit::result(&name, 0.1)).unwrap();
        }
    }
    let start = Instant::now();
    assert_eq!(store.runs().unwrap().len(), 1_000);
    println!("1,000 runs listed in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    (1..=100).for_each(|at| assert_eq!(store.run(&format!("run-{at}")).unwrap().rows.len(), 200));
    println!("100 runs of 200 rows read in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
}
