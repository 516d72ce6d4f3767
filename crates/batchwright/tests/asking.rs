//! Questions before something that cannot be undone, asked at a pseudo terminal.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;

/// The keys that end the input of a terminal.
const END_OF_INPUT: &str = "\x04";

/// Our end of a terminal, and that of a program, which does not become its controlling terminal.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
    (ours.into(), theirs.unwrap())
}

/// What `line` shows on a terminal where `keys` are typed, its stdout, and its exit code.
fn typed(folder: &Folder, line: &str, keys: &str) -> (String, String, i32) {
    let (mut ours, theirs) = terminal();
    let words: Vec<&str> = ["--lang", "en"].into_iter().chain(line.split_whitespace()).collect();
    let mut command = folder.command(&words);
    command.stdin(Stdio::from(theirs.try_clone().unwrap())).stderr(Stdio::from(theirs));
    let child = command.spawn().unwrap();
    // It holds their end, without which ours would have no end.
    drop(command);
    ours.write_all(keys.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    // On Linux the end of a terminal is an error; what was shown is there before it.
    let mut shown = Vec::new();
    let _ = ours.read_to_end(&mut shown);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(shown), text(output.stdout), output.status.code().unwrap())
}

/// Otherwise a run is gone without a yes, or stays in spite of one.
#[test]
fn a_run_is_removed_after_a_yes_only() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 1 --quiet").succeeded();
    for keys in ["n\n", "\n", "yes, please\n", END_OF_INPUT] {
        let (shown, _, code) = typed(&folder, "runs rm a", keys);
        assert_eq!(code, 1, "{keys:?}: {shown}");
        assert!(shown.contains("Remove a") && shown.contains("nothing was removed"), "{keys:?}: {shown}");
        assert!(folder.path("runs/a/model.safetensors").exists(), "{keys:?}");
        folder.run("runs show a").succeeded();
    }
    let (shown, stdout, code) = typed(&folder, "runs rm a --json", "y\n");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Remove a"), "{shown}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stdout).unwrap()["removed"][0], "a");
    assert!(!folder.path("runs/a").exists());
    folder.run("runs show a").ended_with(2);
}
