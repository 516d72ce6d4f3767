//! The simulator on a few hundred seeds, and the bugs that it must find. 100,000 seeds:
//! `cargo run --release -p batchwright-store --example simulate -- --seeds 100000`.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod simulation;

use simulation::{Plant, Tally, simulate};

#[test]
fn no_seed_breaks_a_promise() {
    let mut tally = Tally::default();
    for seed in 0..400 {
        simulate(seed, Plant::Nothing, &mut tally).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    }
    println!("{tally}");
    let faults = tally.faults();
    assert!(faults.iter().all(|(_, fired)| *fired > 0), "a kind that never fires is not tried: {faults:?}");
}

/// A seed that was printed must show the same again.
#[test]
fn a_seed_replays() {
    let once = |seed| {
        let mut tally = Tally::default();
        simulate(seed, Plant::LosesABatch, &mut tally).err().map(|broken| (broken, tally.to_string()))
    };
    let found = (0..200).find_map(|seed| Some((seed, once(seed)?))).unwrap();
    assert_eq!(once(found.0).as_ref(), Some(&found.1));
}

#[test]
fn planted_bugs_are_found() {
    for plant in [Plant::UntriedSize, Plant::LosesABatch, Plant::ForgetsSync] {
        let mut tally = Tally::default();
        let found = (0..2_000).find_map(|seed| Some((seed, simulate(seed, plant, &mut tally).err()?)));
        let (seed, broken) = found.unwrap_or_else(|| panic!("{plant:?} is not found"));
        assert_eq!(simulate(seed, Plant::Nothing, &mut tally), Ok(()), "it is the bug that was found");
        println!("{plant:?}: found after {} seeds: {broken}", seed + 1);
    }
}
