//! Kills the program at random instants, lets it go on, and compares what comes out with what comes
//! out of the same work in one piece:
//!
//! ```text
//! cargo build --release
//! cargo run --release -p batchwright --example soak -- --train 300 --find 100 --seed 1
//! ```
//!
//! Left out: a power failure, which no process can make. The simulator of the crate `store` has it.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example prints, and may end with a panic")]

mod compare;
mod work;

use compare::{damage, difference, run_twice};
use std::process::ExitCode;
use work::{FIND, Soaked, TRAIN, Work, in_one_piece, soak};

fn main() -> ExitCode {
    let (mut train, mut find, mut seed) = (20, 10, 1);
    let mut words = std::env::args().skip(1);
    while let (Some(flag), Some(value)) = (words.next(), words.next()) {
        let value = value.parse().unwrap();
        match flag.as_str() {
            "--train" => train = value,
            "--find" => find = value,
            "--seed" => seed = value,
            _ => panic!("{flag}: there is no such flag"),
        }
    }
    let sound = [(&TRAIN, train), (&FIND, find)].map(|(work, kills)| kills == 0 || stands(work, kills, seed));
    if sound.iter().all(|sound| *sound) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether a work ends as it would have, however often it is killed.
fn stands(work: &Work, kills: u64, seed: u64) -> bool {
    let (unbroken, seconds) = in_one_piece(work);
    println!("{}: {seconds:.1} s in one piece", work.command);
    let (mut done, mut pieces, mut wrong) = (0, 0, 0);
    let mut round = 0;
    while done < kills {
        let Soaked { folder, kills, resumed, begun } = soak(work, kills - done, seed + round, seconds);
        (done, pieces, round) = (done + kills, pieces + 1, round + 1);
        let found: Vec<String> = [
            difference(work, unbroken.path(), folder.path()),
            run_twice(folder.path()),
            damage(folder.path()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let told = if found.is_empty() { "equal".to_owned() } else { found.join("; ") };
        println!("  {kills} kills, resumed {resumed} times, begun {begun} times: {told}");
        wrong += u64::from(!found.is_empty());
        if !found.is_empty() {
            println!("  kept: {} and {}", unbroken.path().display(), folder.keep().display());
        }
        if kills == 0 && found.is_empty() && round > 1_000 {
            break;
        }
    }
    if wrong > 0 {
        let _ = unbroken.keep();
    }
    println!("{}: {done} kills over {pieces} of them, {wrong} ended otherwise", work.command);
    wrong == 0 && done >= kills
}
