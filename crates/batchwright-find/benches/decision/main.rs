//! How correct, how expensive and how honest are the answers of `find`? Replays whole studies on
//! beds whose answer is known, and prints tables.
//!
//! `cargo bench -p batchwright-find --bench decision -- --help` explains its arguments. It
//! measures; it is not a test.
//!
//! ```text
//! arguments   the command line            subject   beds with their truths, from any source
//! bed         a bed as in its file        workload  a bed as the workload of a study, with a meter
//! random, families, law_breaking, tie, growth   beds made here; family: what the weights follow
//! networks    beds of recorded trainings  case      what a replay needs of a bed of either kind
//! measure     finds a truth: first_rates (by moments, Adam's by sampler), then more samples
//! sampler     many runs side by side, each by its motion, which jumps where it can
//! check_truth compares truths
//! truth       what is known of a bed, and the regret of a choice
//! replay      one study and its result; called: the sizes that it calls tied
//! summary     of many studies, as values  tables    as text
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints")]

mod arguments;
mod bed;
mod called;
mod case;
mod check_truth;
mod dice;
mod families;
mod family;
mod first_rates;
mod growth;
mod jump;
mod law_breaking;
mod measure;
mod moments;
mod motion;
mod networks;
mod parallel;
mod random;
mod replay;
mod sampler;
mod step_pass;
mod subject;
mod summary;
mod tables;
mod tie;
mod truth;
mod workload;

use std::error::Error;
use std::process::ExitCode;

use serde::Serialize;

use crate::arguments::{Arguments, HELP};
use crate::case::Case;
use crate::networks::Trainings;
use crate::replay::{Limits, Replay, replay, strategy};
use crate::subject::{Subject, measured, subjects};
use crate::summary::summaries;
use crate::truth::Judge;

fn main() -> ExitCode {
    let arguments = Arguments::parse(std::env::args().skip(1));
    match arguments.and_then(|arguments| arguments.map_or_else(help, run)) {
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
    // An unknown name should be reported at once.
    strategy(&arguments.strategy)?;
    if arguments.networks && (arguments.tie || arguments.check_truth) {
        return Err("--networks allows neither --tie nor --check-truth: recordings have no law".into());
    }
    let subjects = subjects(&arguments)?;
    let recordings = if arguments.networks { networks::recordings()? } else { Vec::new() };
    let trainings = networks::beds(&recordings, arguments.only.as_deref());
    if subjects.is_empty() && trainings.is_empty() {
        return Err("there is no bed (of that name) whose target is ever reached".into());
    }
    if arguments.check_truth {
        return check_truths(&arguments, subjects);
    }
    if arguments.list {
        list(&subjects)?;
        return list(&trainings.iter().map(Trainings::listed).collect::<Vec<_>>());
    }
    let judges: Vec<Judge> = subjects.iter().map(|it| Judge::new(&it.bed, &it.truth)).collect();
    let computed = judges.iter().map(|judge| judge as &dyn Case);
    let cases: Vec<_> = computed.chain(trainings.iter().map(|it| it as &dyn Case)).collect();
    report(&arguments, &replays(&arguments, &cases)?);
    Ok(())
}

fn check_truths(arguments: &Arguments, subjects: Vec<Subject>) -> Result<(), Box<dyn Error>> {
    let (beds, theirs): (Vec<_>, Vec<_>) = subjects.into_iter().map(|it| (it.bed, it.truth)).unzip();
    let ours: Vec<_> = measured(arguments, beds.clone()).into_iter().map(|it| it.truth).collect();
    if ours.len() != theirs.len() {
        return Err("the file has a truth of a bed whose target we never reach".into());
    }
    print!("{}", check_truth::table(&beds, &ours, &theirs));
    Ok(())
}

fn list(subjects: &[impl Serialize]) -> Result<(), Box<dyn Error>> {
    for subject in subjects {
        println!("{}", serde_json::to_string(subject)?);
    }
    Ok(())
}

/// All studies, `jobs` at a time, in the order of beds and seeds.
fn replays(arguments: &Arguments, cases: &[&dyn Case]) -> Result<Vec<Replay>, Box<dyn Error>> {
    let seeds = |&case| (0..arguments.seeds).map(move |seed| (case, seed));
    let tasks: Vec<(&dyn Case, u64)> = cases.iter().flat_map(seeds).collect();
    let limits = Limits { with_budget: arguments.with_budget, max_cost: arguments.max_cost };
    let one = |&(case, seed): &(&dyn Case, u64)| {
        let replay = replay(case, &arguments.strategy, seed, limits);
        let replay =
            replay.map_err(|error| format!("bed {:?}, seed {seed}: {error}", case.question().name))?;
        eprintln!("{} {seed}: regret {:.3}, cost {:.1}", replay.bed, replay.regret, replay.cost);
        Ok(replay)
    };
    let replays: Result<_, String> = parallel::map(arguments.jobs, &tasks, one).into_iter().collect();
    Ok(replays?)
}

fn report(arguments: &Arguments, replays: &[Replay]) {
    let summaries = summaries(replays, arguments.per_bed);
    if arguments.json {
        println!("{}", serde_json::json!({ "summaries": summaries, "replays": replays }));
        return;
    }
    println!("{}\n{}", tables::answers(&summaries), tables::honesty(&summaries));
    if arguments.tie {
        println!("{}", tables::ties(&summaries));
    }
    print!("{}", tables::curves(&summaries));
}
