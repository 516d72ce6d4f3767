//! Does a learning curve get the right word? Trains networks in situations whose word is known, and
//! prints a table: a row a truth, a column a word that was said.
//!
//! ```text
//! cargo bench -p batchwright-train --bench verdict -- [--seeds N] [--apart] [--curves] [NAME...]
//! ```
//!
//! `--apart` runs the situations that no threshold was chosen on; `--curves` prints the numbers of
//! every run. It measures; it is not a test.
//!
//! The word of a situation stands beside it, by how it is made. An oracle checks the ones about
//! overfitting: the same run, judged on thousands of fresh samples where the data are made here, or
//! on the test split.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

mod apart;
mod chosen;
mod sets;
mod situation;

use crate::situation::{Judged, Situation};
use batchwright_train::RunVerdictKind;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Every word, in the order of the columns.
const KINDS: [RunVerdictKind; 6] = [
    RunVerdictKind::Converged,
    RunVerdictKind::Improving,
    RunVerdictKind::Overfitting,
    RunVerdictKind::Underfitting,
    RunVerdictKind::Diverged,
    RunVerdictKind::Unclear,
];

struct Arguments {
    seeds: u64,
    apart: bool,
    curves: bool,
    names: Vec<String>,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments { seeds: 5, apart: false, curves: false, names: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => arguments.seeds = words.next().ok_or("--seeds needs a number")?.parse()?,
            "--apart" => arguments.apart = true,
            "--curves" => arguments.curves = true,
            // What `cargo bench` adds.
            "--bench" => {}
            name if !name.starts_with('-') => arguments.names.push(word),
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    Ok(arguments)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let mut situations = if arguments.apart { apart::situations() } else { chosen::situations() };
    let named = |situation: &Situation| arguments.names.iter().any(|name| situation.name.contains(name));
    situations.retain(|situation| arguments.names.is_empty() || named(situation));
    let judged = run_all(&situations, arguments.seeds);
    for (situation, runs) in situations.iter().zip(&judged) {
        println!("{}", situation.line(runs));
        if arguments.curves {
            runs.iter().for_each(|run| println!("    {}", run.figures()));
        }
    }
    println!("\n{}", matrix(&situations, &judged));
    Ok(())
}

/// All situations with all seeds, on two threads; a run is a pure function of its seed.
fn run_all(situations: &[Situation], seeds: u64) -> Vec<Vec<Judged>> {
    let jobs: Vec<(usize, u64)> =
        (0..situations.len()).flat_map(|at| (0..seeds).map(move |seed| (at, seed))).collect();
    let (next, (sender, receiver)) = (AtomicUsize::new(0), mpsc::channel());
    let mut judged: Vec<BTreeMap<u64, Judged>> = situations.iter().map(|_| BTreeMap::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (next, jobs, sender) = (&next, &jobs, sender.clone());
            scope.spawn(move || {
                while let Some(&(at, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send((at, seed, situations[at].judged(seed))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (at, seed, run) in receiver {
            judged[at].insert(seed, run);
        }
    });
    judged.into_iter().map(|runs| runs.into_values().collect()).collect()
}

fn matrix(situations: &[Situation], judged: &[Vec<Judged>]) -> String {
    let mut rows: BTreeMap<&str, [usize; 7]> = BTreeMap::new();
    for (situation, runs) in situations.iter().zip(judged) {
        let row = rows.entry(situation.truth_word()).or_default();
        for run in runs {
            row[KINDS.iter().position(|&kind| kind == run.said.kind).unwrap_or_default()] += 1;
            row[6] += usize::from(situation.is_right(run));
        }
    }
    let head: String = KINDS.iter().map(|kind| format!("{:>13}", format!("{kind:?}"))).collect();
    let mut text = format!("{:24}{head}{:>13}\n", "truth \\ said", "right");
    let (mut right, mut unclear, mut all) = (0, 0, 0);
    for (truth, row) in rows {
        let runs: usize = row[..6].iter().sum();
        (right, unclear, all) = (right + row[6], unclear + row[5], all + runs);
        let cells: String = row[..6].iter().map(|count| format!("{count:>13}")).collect();
        text += &format!("{truth:24}{cells}{:>13}\n", format!("{} of {runs}", row[6]));
    }
    text + &format!("right {right} of {all}; unclear {unclear} (right ones among them)\n")
}
