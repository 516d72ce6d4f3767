//! Simulates studies and runs with faults, a seed each, and says what was broken: `simulate
//! [--seeds N] [--from SEED] [--plant untried-size|loses-a-batch|forgets-sync]`. A planted bug ends
//! at the first seed that finds it.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example prints, and may end with a panic")]

#[path = "../tests/simulator/simulation/mod.rs"]
mod simulation;

use simulation::{Plant, Tally, simulate};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let (mut seeds, mut from, mut plant) = (1_000u64, 0u64, Plant::Nothing);
    let mut words = std::env::args().skip(1);
    while let (Some(flag), Some(value)) = (words.next(), words.next()) {
        match flag.as_str() {
            "--seeds" => seeds = value.parse().unwrap(),
            "--from" => from = value.parse().unwrap(),
            "--plant" => plant = Plant::named(&value).unwrap(),
            _ => panic!("{flag}: there is no such flag"),
        }
    }
    let (started, mut tally, mut broken) = (Instant::now(), Tally::default(), 0);
    for seed in from..from + seeds {
        if let Err(what) = simulate(seed, plant, &mut tally) {
            println!("seed {seed}: {what}");
            broken += 1;
            if plant != Plant::Nothing {
                println!("{plant:?}: found after {} seeds", seed - from + 1);
                return ExitCode::SUCCESS;
            }
        }
    }
    println!("{tally}");
    println!("{seeds} seeds in {:.0} s, {broken} broke a promise", started.elapsed().as_secs_f64());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
