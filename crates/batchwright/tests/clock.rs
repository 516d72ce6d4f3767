//! FAULTS.md 25, clock: the wall clock jumps, backwards and forwards, while the program runs. Durations and
//! rows stay monotone, and what ends after a time ends after that time.
//!
//! The clock that jumps is a small library that is compiled here and loaded before the system's own. Where
//! there is no C compiler the tests are skipped, which is said, unless `CI` is set.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests, where a panic is a failed test"
)]

mod common;

use common::{Ended, Folder};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock is a day behind, and from its start on is set back by an hour after 0.4 s, and forward by
/// two hours after 0.8 s. Other clocks are as they are.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

typedef int (*clock_function)(clockid_t, struct timespec *);
static double began;

static double monotonic(clock_function real) {
    struct timespec now;
    real(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

int clock_gettime(clockid_t id, struct timespec *time) {
    static clock_function real;
    if (!real) real = (clock_function)dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, time);
    if (id != CLOCK_REALTIME || result) return result;
    if (began == 0) began = monotonic(real);
    double passed = monotonic(real) - began;
    time->tv_sec -= 86400;
    if (passed > 0.8) time->tv_sec += 7200;
    else if (passed > 0.4) time->tv_sec -= 3600;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
"#;

/// Seconds by which the clock is behind at the start.
const BEHIND: i64 = 86_400;

/// The library, or nothing where it cannot be compiled.
fn jumping_clock(folder: &Folder) -> Option<PathBuf> {
    folder.write("clock.c", CLOCK);
    let (source, library) = (folder.path("clock.c"), folder.path("clock.so"));
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .status();
    if compiled.is_ok_and(|status| status.success()) {
        return Some(library);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "there is no C compiler");
    eprintln!("skipped: there is no C compiler");
    None
}

/// Runs the program under that clock; a minute is far more than it needs, and ends what waits for an hour.
fn run_under(library: &PathBuf, folder: &Folder, line: &str) -> Ended {
    let program = folder.command(&[]);
    let mut command = Command::new("timeout");
    command.arg("60").arg(program.get_program()).args(["--lang", "en"]).args(line.split_whitespace());
    command.current_dir(folder.path("")).env("LD_PRELOAD", library);
    Ended::new(command.output().unwrap())
}

fn seconds(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|row| row["seconds"].as_f64().unwrap()).collect()
}

fn is_monotone(seconds: &[f64]) -> bool {
    seconds.windows(2).all(|pair| pair[0] <= pair[1])
}

#[test]
fn a_run_takes_the_time_that_it_takes() {
    let folder = Folder::new();
    let Some(library) = jumping_clock(&folder) else { return };
    let line =
        "train --name a --model linear --duration 1.5s --eval-every 20ep --checkpoint-every 0.1s --json";
    let result = run_under(&library, &folder, line).succeeded().object();
    let took = result["seconds"].as_f64().unwrap();
    assert!((1.5..30.0).contains(&took), "{took}");
    let rows = seconds(&folder.remembered("a")["rows"]);
    assert!(rows.len() > 2 && is_monotone(&rows), "{rows:?}");
    assert!(rows.iter().all(|at| (0.0..30.0).contains(at)), "{rows:?}");
    // The clock did jump: when it was created is what that clock said.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let created = folder.object("runs show a")["created"].as_i64().unwrap();
    assert!((now - created - BEHIND).abs() < 600, "{}", now - created);
    // And it goes on, at a time that is a day later.
    let longer = folder.object("resume a --duration 1.8s");
    assert!(longer["seconds"].as_f64().unwrap() >= 1.8);
    assert!(is_monotone(&seconds(&folder.remembered("a")["rows"])));
}

#[test]
fn a_study_keeps_its_budget() {
    let folder = Folder::new();
    let Some(library) = jumping_clock(&folder) else { return };
    let line = "find --name s --model linear --batch-sizes 16,64 --target val_loss<0.0001 --budget 3s --json";
    let ended = run_under(&library, &folder, line);
    assert!([0, 3].contains(&ended.code), "{} {}", ended.code, ended.stderr);
    let study = ended.object();
    let wall = study["cost"]["wall_seconds"].as_f64().unwrap();
    assert!((0.0..30.0).contains(&wall), "{wall}");
    let trials = seconds(&study["trials"]);
    assert!(!trials.is_empty() && trials.iter().all(|at| (0.0..30.0).contains(at)), "{trials:?}");
}
