//! `examples/command/gpu/check.sh`: what it tries holds, on a card or the CPU, and it notices where
//! it does not. By hand, for it needs PyTorch: `PYTHON=... cargo test --test examples_gpu -- --ignored`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, of_repository, python_with_torch};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Runs the script with this program in the place of Batchwright.
fn check(python: &str, binary: &Path) -> Ended {
    let script = of_repository("examples/command/gpu/check.sh");
    Ended::new(Command::new(script).arg(binary).env("PYTHON", python).output().unwrap())
}

fn lines<'a>(ended: &'a Ended, word: &str) -> Vec<&'a str> {
    ended.stdout.lines().filter(|line| line.starts_with(word)).collect()
}

/// The only thing that tells whether Batchwright works with a card would itself be broken on the day
/// that there is one.
#[test]
#[ignore = "needs PyTorch, takes three minutes"]
fn everything_holds() {
    let python = python_with_torch();
    let ended = check(&python, Path::new(env!("CARGO_BIN_EXE_batchwright"))).ended_with(0);
    assert!(lines(&ended, "FAIL").is_empty(), "{}", ended.stdout);
    let least = if cfg!(target_os = "linux") { 11 } else { 6 };
    assert!(lines(&ended, "PASS").len() >= least, "{}", ended.stdout);
}

/// A script that is content with a program that answers nothing shows nothing.
#[test]
#[ignore = "needs PyTorch"]
fn a_program_without_an_answer_is_noticed() {
    let python = python_with_torch();
    let folder = Folder::new();
    folder.write("batchwright", "#!/bin/sh\nexit 0\n");
    let binary = folder.path("batchwright");
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ended = check(&python, &binary).ended_with(1);
    let failed = lines(&ended, "FAIL");
    for thing in ["its validation loss is read", "a real error of memory", "trials reached the target"] {
        assert!(
            failed.iter().any(|line| line.contains(thing)) || cfg!(not(target_os = "linux")),
            "{}",
            ended.stdout
        );
    }
    check(&python, &folder.path("nowhere")).ended_with(2);
}
