//! How right, how dear and how honest are the answers of `find`? Replays whole studies on beds whose answer is known, and prints tables.
//!
//! `cargo bench -p batchwright-find --bench decision -- --help` says how. It measures; it is not a test.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints")]

mod arguments;
mod bed;
mod normal;
mod replay;
mod sampler;
mod summary;
mod truth;
mod workload;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::arguments::{Arguments, HELP};
use crate::bed::Bed;
use crate::replay::Replay;
use crate::summary::{curve_table, summaries, table};
use crate::truth::{Judge, Truth};

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(|arguments| arguments.map_or_else(help, run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("decision: {error}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> Result<(), Box<dyn Error>> {
    println!("{HELP}");
    Ok(())
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let beds = beds(&arguments)?;
    let truths = truths(&arguments, &beds)?;
    let replays = replays(&arguments, &beds, &truths)?;
    let summaries = summaries(&replays);
    if arguments.json {
        println!("{}", serde_json::json!({ "summaries": summaries, "replays": replays }));
        return Ok(());
    }
    println!("{}", table(&summaries));
    if let Some(all) = summaries.last() {
        print!("{}", curve_table(all));
    }
    Ok(())
}

fn beds(arguments: &Arguments) -> Result<Vec<Bed>, Box<dyn Error>> {
    let path = arguments.beds.as_deref().ok_or("--beds FILE is missing")?;
    let wanted = |bed: &Bed| arguments.only.as_ref().is_none_or(|name| *name == bed.name);
    let beds: Vec<Bed> = Bed::read(path)?.into_iter().filter(wanted).collect();
    if beds.is_empty() {
        return Err(format!("{}: there is no bed of that name", path.display()).into());
    }
    Ok(beds)
}

/// The truth of each bed, in the order of the beds.
fn truths(arguments: &Arguments, beds: &[Bed]) -> Result<Vec<Truth>, Box<dyn Error>> {
    let path = arguments.truth.as_deref().ok_or("--truth FILE is missing")?;
    let truths = Truth::read(path)?;
    let of = |bed: &Bed| {
        let truth = truths.iter().find(|truth| truth.name == bed.name).cloned();
        truth.ok_or_else(|| format!("{}: nothing on bed {:?}", path.display(), bed.name).into())
    };
    beds.iter().map(of).collect()
}

/// All studies, `jobs` at a time, in the order of beds and seeds.
fn replays(arguments: &Arguments, beds: &[Bed], truths: &[Truth]) -> Result<Vec<Replay>, Box<dyn Error>> {
    let judges: Vec<Judge> = beds.iter().zip(truths).map(|(bed, truth)| Judge::new(bed, truth)).collect();
    let tasks: Vec<(&Judge, u64)> =
        judges.iter().flat_map(|judge| (0..arguments.seeds).map(move |seed| (judge, seed))).collect();
    let one = |&(judge, seed): &(&Judge, u64)| {
        let replay = replay::replay(judge, &arguments.strategy, seed, arguments.max_cost);
        let replay = replay.map_err(|error| format!("bed {:?}, seed {seed}: {error}", judge.bed.name))?;
        eprintln!("{} {seed}: regret {:.3}, cost {:.1}", replay.bed, replay.regret, replay.cost);
        Ok(replay)
    };
    in_parallel(arguments.jobs, &tasks, one).into_iter().collect::<Result<_, String>>().map_err(Into::into)
}

/// `of` each item, `jobs` at a time, in the order of the items.
fn in_parallel<T: Sync, R: Send>(jobs: usize, items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    let work = || {
        while let Some((k, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|k| Some((k, items.get(k)?)))
        {
            let result = of(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((k, result));
        }
    };
    std::thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(work))));
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|result| result.0);
    done.into_iter().map(|result| result.1).collect()
}
