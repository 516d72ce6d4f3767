//! Nothing is left of a training command: not its children, not what detached itself, however the
//! program ends.
//!
//! The long form of each test tries fifty times:
//! `cargo test -p batchwright --test left_children -- --ignored`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// A training that ignores SIGTERM, with a child and a grandchild that ignore it too, one that left
/// the group, and one that did so and lost its parent. Each writes a file once it runs. `$0` is the
/// folder of the test, which marks all of them in `/proc`.
const FAMILY: &str = r#"
    trap '' TERM INT HUP
    stay() { trap '' TERM INT HUP; : > "$0/$1"; while :; do sleep 600; done; }
    (stay child & (stay grandchild) & wait) &
    setsid sh -c 'trap "" TERM INT HUP; : > "$0/detached"; while :; do sleep 600; done' "$0" &
    (setsid sh -c 'trap "" TERM INT HUP; : > "$0/daemon"; while :; do sleep 600; done' "$0" &)
    : > "$0/training"
    while :; do sleep 600; done
"#;
const MEMBERS: [&str; 5] = ["training", "child", "grandchild", "detached", "daemon"];

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

/// The command lines of processes that name this folder, or run in it.
fn left(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap();
    let lines = processes.filter_map(|entry| {
        let process = entry.ok()?.path();
        let line = fs::read(process.join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let there = fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder);
        (!line.is_empty() && (there || line.contains(folder.to_str().unwrap()))).then_some(line)
    });
    lines.collect()
}

/// Starts the family as a training, and waits until all of it runs.
fn start(folder: &Folder) -> Child {
    let path = folder.path("").canonicalize().unwrap();
    let line = ["find", "--objective", "fit", "--batch-sizes", "1..2", "--", "sh", "-c", FAMILY];
    let mut words = line.to_vec();
    words.extend([path.to_str().unwrap(), "{batch_size}"]);
    let mut command = folder.command(&words);
    let program = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the family runs", || MEMBERS.iter().all(|member| folder.path(member).exists()));
    program
}

fn send(program: &Child, signal: &str) {
    let line = format!("kill -{signal} {}", program.id());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

/// Ends the program in the middle of a training so many times, and counts what is left.
fn nothing_is_left(tries: u32, end: impl Fn(&mut Child)) {
    for _ in 0..tries {
        let folder = Folder::new();
        let path = folder.path("").canonicalize().unwrap();
        let mut program = start(&folder);
        end(&mut program);
        program.wait().unwrap();
        let mut last = Vec::new();
        until("something is left", || {
            last = left(&path);
            last.is_empty()
        });
    }
}

fn at_the_first(program: &mut Child) {
    send(program, "INT");
}

/// The second Ctrl-C, as soon as the first one is answered by SIGTERM, which the training ignores.
fn at_the_second(program: &mut Child) {
    send(program, "INT");
    until("the program ends", || {
        send_again(program);
        program.try_wait().unwrap().is_some()
    });
    assert_eq!(program.wait().unwrap().code(), Some(130));
}

/// The program may have ended in between.
fn send_again(program: &Child) {
    let line = format!("kill -INT {} 2>&1", program.id());
    let _ = Command::new("sh").args(["-c", &line]).stdout(Stdio::null()).status().unwrap();
}

fn at_sigkill(program: &mut Child) {
    send(program, "KILL");
}

/// Fifty trainings on a machine that is used by others would each leave processes that hold its
/// memory and its accelerators.
#[test]
fn nothing_is_left_however_the_program_ends() {
    nothing_is_left(1, at_the_first);
    nothing_is_left(3, at_the_second);
    nothing_is_left(3, at_sigkill);
}

#[test]
#[ignore = "long: the grace of fifty trainings that ignore SIGTERM"]
fn nothing_is_left_at_the_first_of_fifty() {
    nothing_is_left(50, at_the_first);
}

#[test]
#[ignore = "long: fifty tries"]
fn nothing_is_left_at_the_second_of_fifty() {
    nothing_is_left(50, at_the_second);
}

#[test]
#[ignore = "long: fifty tries"]
fn nothing_is_left_at_sigkill_of_fifty() {
    nothing_is_left(50, at_sigkill);
}

/// The search for what fits of a network of ours runs processes of ours.
#[test]
fn nothing_is_left_of_our_own_probes() {
    let folder = Folder::new();
    let rows: String = (0..2000).map(|x| format!("{x},{}\n", x * x % 97)).collect();
    folder.write("t.csv", format!("x,y\n{rows}"));
    let path = folder.path("").canonicalize().unwrap();
    let data = path.join("t.csv");
    let words = [
        "find",
        "--objective",
        "fit",
        "--data",
        data.to_str().unwrap(),
        "--label",
        "y",
        "--model",
        "mlp:2000,2000",
    ];
    let mut command = folder.command(&words);
    let mut program = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("a probe runs", || left(&path).iter().any(|line| line.contains(" probe --")));
    send(&program, "KILL");
    program.wait().unwrap();
    until("something is left", || left(&path).is_empty());
}

/// What detached itself would outlive each training of a study, not only the study.
#[test]
fn what_detached_itself_ends_with_its_training() {
    let folder = Folder::new();
    let path = folder.path("").canonicalize().unwrap();
    let script = r#"
        (setsid sh -c 'while :; do sleep 600; done' "$0" &)
        echo '{"step": 1, "val_loss": 1}'"#;
    let line = ["find", "--objective", "fit", "--batch-sizes", "1..2", "--", "sh", "-c", script];
    let mut words = line.to_vec();
    words.extend([path.to_str().unwrap(), "{batch_size}"]);
    folder.run_words(&words).succeeded();
    assert_eq!(left(&path), [""; 0]);
}

/// A program that is guarded must end as it does alone: by the same code, the same signal, and with
/// the same words when it cannot start.
#[test]
fn a_guarded_child_ends_as_it_would_alone() {
    let folder = Folder::new();
    folder.write("plain", "exit 0");
    for (command, says) in [
        ("exit 3", "exit code 3"),
        ("kill -9 $$", "signal 9"),
        ("kill -15 $$", "signal 15"),
        ("exec ./plain", "exit code 126"),
    ] {
        let words = ["find", "--check", "--", "sh", "-c", command, "{batch_size}"];
        let ended = folder.run_words(&words).ended_with(1);
        assert!(ended.stdout.contains(says), "{command}: {}{}", ended.stdout, ended.stderr);
    }
    folder.run("find --check -- ./nosuch {batch_size}").refused(1, &["`./nosuch`: command not found"]);
    folder.run("find --check -- ./plain {batch_size}").refused(1, &["cannot be executed", "chmod +x"]);
    let ended = folder.run("guard sh -c true");
    assert_eq!(ended.code, 2, "it is no command for people: {}", ended.stderr);
}

/// A study of a misspelt program would leave a folder and a record of nothing.
#[test]
fn a_program_that_is_not_there_leaves_nothing_behind() {
    let folder = Folder::new();
    folder.write("plain", "exit 0");
    for (program, says) in
        [("./nosuch", "no such file"), ("no-such-program", "not in PATH"), ("./plain", "cannot be executed")]
    {
        folder.run(&format!("find -- {program} {{batch_size}}")).refused(1, &[program, says]);
        assert!(!folder.path("runs").exists(), "{program}");
    }
    let words = ["find", "--budget", "1s", "--setup", "printf '#!/bin/sh\\n' > made; chmod +x made"];
    let ended = folder.run_words(&[&words[..], &["--", "./made", "{batch_size}"]].concat());
    assert!(!ended.stderr.contains("not found"), "--setup may make it: {}", ended.stderr);
}

/// "No such file or directory" of a folder that nobody has named helps nobody.
#[test]
fn a_temporary_folder_that_is_not_there_is_named() {
    let folder = Folder::new();
    let mut command = folder.command(&["--lang", "en", "find", "--check", "--", "true", "{batch_size}"]);
    let ended = Ended::new(command.env("TMPDIR", "/no/such/folder").output().unwrap());
    ended.refused(1, &["/no/such/folder, which TMPDIR names", "let TMPDIR name"]);
}
