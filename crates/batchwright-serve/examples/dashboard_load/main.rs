//! What a large store costs the dashboard: makes one with many long runs, lets writers write to it, and
//! measures what a page waits for.
//!
//! ```text
//! cargo run --release -p batchwright-serve --example dashboard_load -- FOLDER [RUNS] [ROWS] [WRITERS]
//! ```

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for measuring")]

#[path = "../../tests/common/mod.rs"]
mod common;

use batchwright_store::{NewName, Origin, Store};
use batchwright_train::{Batching, RunRow, SplitMetrics};
use common::Served;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(words.first().expect("a folder"));
    let number =
        |at: usize, otherwise: u64| words.get(at).map_or(otherwise, |word| word.parse().expect("a number"));
    let (runs, rows, writers) = (number(1, 1_000), number(2, 10_000), number(3, 8));
    if !folder.exists() {
        make(folder, runs, rows);
    }
    let served = Served::new(folder);
    println!("quiet store, {runs} runs of {rows} rows:");
    measure(&served, runs);
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let ended = &ended;
            scope.spawn(move || write(folder, writer, ended));
        }
        std::thread::sleep(Duration::from_secs(1));
        println!("with {writers} writers:");
        measure(&served, runs);
        live(&served, folder);
        ended.store(true, Ordering::Relaxed);
    });
    println!("memory of this process, writers included: {}", memory());
}

fn row(step: u64) -> RunRow {
    let loss = 2.0 / (1.0 + step as f64 / 300.0) + 0.05 * (step as f64 * 1.7).sin();
    let metrics = SplitMetrics { loss, accuracy: Some(1.0 - loss / 3.0) };
    RunRow {
        step,
        epoch: step as f64 / 46.0,
        samples: 32 * step,
        seconds: step as f64 * 0.01,
        learning_rate: 0.1,
        step_loss: Some(loss),
        train: metrics,
        validation: metrics,
    }
}

fn make(folder: &Path, runs: u64, rows: u64) {
    let started = Instant::now();
    let store = Store::open(folder).unwrap();
    let plan = Batching::new(1_455, 32, None, false).unwrap().plan(1_455 * 200).unwrap();
    let all: Vec<RunRow> = (0..rows).map(row).collect();
    for nth in 0..runs {
        let name = format!("run-{nth}");
        store
            .create_run(
                &NewName::Exactly(&name),
                &[("model".into(), "mlp:64".into())],
                &plan,
                &Origin::default(),
            )
            .unwrap();
        store.append_rows(&name, &all).unwrap();
        store.finish_run(&name, &batchwright_train::testkit::result(&name, 1.0)).unwrap();
    }
    println!("made in {:.1} s", started.elapsed().as_secs_f64());
}

fn write(folder: &Path, writer: u64, ended: &AtomicBool) {
    let store = Store::open(folder).unwrap();
    let plan = Batching::new(1_455, 32, None, false).unwrap().plan(1_455 * 200).unwrap();
    let name = store
        .create_run(&NewName::Numbered(&format!("writer-{writer}")), &[], &plan, &Origin::default())
        .unwrap();
    let mut step = 0;
    while !ended.load(Ordering::Relaxed) {
        let group: Vec<RunRow> = (step..step + 10).map(row).collect();
        store.append_rows(&name, &group).unwrap();
        step += 10;
        // As a run that evaluates a hundred times a second.
        std::thread::sleep(Duration::from_millis(100));
    }
    store.fail_run(&name, "ended").unwrap();
}

fn measure(served: &Served, runs: u64) {
    let hundred: String = (0..runs.min(100)).map(|nth| format!("&name=run-{nth}")).collect();
    time("page of the list", || served.get("/").body.len());
    time("list", || served.get("/data/entries").body.len());
    time("list again", || served.get("/data/entries").body.len());
    let compared = format!("/data/series?x=steps&pixels=1100{hundred}");
    time("100 compared", || served.get(&compared).body.len());
    time("100 again", || served.get(&compared).body.len());
    time("100 smoothed", || served.get(&format!("{compared}&smooth=0.9")).body.len());
    time("100, a part of the axis", || served.get(&format!("{compared}&from=2000&to=2500")).body.len());
    time("a run", || served.get("/data/run?name=run-0").body.len());
}

fn time(what: &str, act: impl FnOnce() -> usize) {
    let started = Instant::now();
    let bytes = act();
    println!(
        "  {what:<26}{:>9.1} ms {:>9} bytes   {}",
        started.elapsed().as_secs_f64() * 1e3,
        bytes,
        memory()
    );
}

/// How long it takes until a stored row is in the answer to a page that listens.
fn live(served: &Served, folder: &Path) {
    let store = Store::open(folder).unwrap();
    let plan = Batching::new(1_455, 32, None, false).unwrap().plan(1_455 * 200).unwrap();
    let name = store.create_run(&NewName::Numbered("live"), &[], &plan, &Origin::default()).unwrap();
    let mut page = served.listen();
    page.event();
    let mut times: Vec<f64> = (1..=20_u64)
        .map(|step| {
            let started = Instant::now();
            store.append_rows(&name, &[row(step)]).unwrap();
            loop {
                page.event();
                let series = served.data(&format!("/data/series?x=steps&name={name}"));
                if series["to"].as_f64() >= Some(step as f64) {
                    return started.elapsed().as_secs_f64() * 1e3;
                }
            }
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("  a stored row is told after {:.0} ms in the median, {:.0} at most", times[10], times[19]);
    store.fail_run(&name, "ended").unwrap();
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |key: &str| status.lines().find(|line| line.starts_with(key)).unwrap_or("").replace('\t', " ");
    format!("{}; {}", line("VmRSS"), line("VmHWM"))
}
