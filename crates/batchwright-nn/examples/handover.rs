//! What it costs that two threads share data on this machine: one JSON line.
//!
//! `round_trip_ns`: a cache line is written by one thread, read and answered by the other.
//! `foreign_gb_per_s`: the rate at which a thread reads 1 MiB that the other has just written;
//! `own_gb_per_s`: that it has written itself. Where a host places the two cores of a virtual machine
//! on different cache complexes, the first is three times as long and the second a third; it may
//! change within a minute. So every table of speeds says what was measured before and after it.
//!
//! `cargo run --release -p batchwright-nn --example handover -- [--rounds 200000]`
//!
//! The threads spin, so the scheduler gives each a core of its own; they are not pinned.

// A program that measures shows what it measured.
#![allow(clippy::print_stdout)]

mod flags;

use batchwright_nn::compute::Compute;
use flags::flag;
use std::error::Error;
use std::hint::{black_box, spin_loop};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// 1 MiB.
const NUMBERS: usize = 262_144;
const PASSES: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: u64 = flag("--rounds", 200_000)?;
    let (own, foreign) = (reads(false), reads(true));
    let line = serde_json::json!({
        "round_trip_ns": round_trip(rounds), "foreign_gb_per_s": foreign, "own_gb_per_s": own,
    });
    println!("{line}");
    Ok(())
}

/// A number that has a cache line, and the one that is fetched with it, of its own.
#[repr(align(128))]
#[derive(Default)]
struct Turn(AtomicU64);

impl Turn {
    fn wait_for(&self, value: u64) {
        while self.0.load(Ordering::Acquire) != value {
            spin_loop();
        }
    }
}

/// Nanoseconds from one thread to the other and back, the mean over the rounds.
fn round_trip(rounds: u64) -> f64 {
    let (there, back) = (Turn::default(), Turn::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                there.wait_for(round);
                back.0.store(round, Ordering::Release);
            }
        });
        let begin = Instant::now();
        for round in 1..=rounds {
            there.0.store(round, Ordering::Release);
            back.wait_for(round);
        }
        begin.elapsed().as_secs_f64() * 1e9 / rounds as f64
    })
}

/// Billions of bytes a second at which 1 MiB is read, the median of the passes, that was written by
/// the other thread or by the same.
fn reads(foreign: bool) -> f64 {
    let (numbers, turn) = (Mutex::new(vec![0.0f32; NUMBERS]), Turn::default());
    let write = |pass: u64| {
        if let Ok(mut numbers) = numbers.lock() {
            numbers.fill(pass as f32);
        }
    };
    let compute = Compute::new(1);
    let mut seconds: Vec<f64> = thread::scope(|scope| {
        scope.spawn(|| {
            for pass in 0..PASSES as u64 {
                turn.wait_for(2 * pass + 1);
                if foreign {
                    write(pass);
                }
                turn.0.store(2 * pass + 2, Ordering::Release);
            }
        });
        let pass = |pass: u64| {
            turn.0.store(2 * pass + 1, Ordering::Release);
            turn.wait_for(2 * pass + 2);
            if !foreign {
                write(pass);
            }
            let begin = Instant::now();
            if let Ok(mut numbers) = numbers.lock() {
                compute.rows(NUMBERS, NUMBERS, [&mut numbers], |_, [numbers]| sum(numbers));
            }
            begin.elapsed().as_secs_f64()
        };
        (0..PASSES as u64).map(pass).collect()
    });
    seconds.sort_by(f64::total_cmp);
    (NUMBERS * size_of::<f32>()) as f64 / seconds[PASSES / 2] / 1e9
}

/// Reads numbers as fast as the processor can: in 64 running sums.
#[inline(always)]
fn sum(numbers: &[f32]) {
    let mut sums = [0.0; 64];
    for chunk in numbers.chunks_exact(64) {
        sums.iter_mut().zip(chunk).for_each(|(sum, number)| *sum += number);
    }
    black_box(sums);
}
