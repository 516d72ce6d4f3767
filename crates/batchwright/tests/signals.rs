//! Ctrl-C and SIGTERM: the work ends where its state is complete, and the exit code shows it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, number};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};

/// Reads until a line holds `what`.
fn read_until(stderr: &mut impl BufRead, what: &str) -> String {
    let mut said = String::new();
    while !said.lines().last().is_some_and(|line| line.contains(what)) {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "ended without {what:?}: {said}");
    }
    said
}

/// Sends `signal` as soon as a line on stderr holds `what`, and waits for the end.
fn signal_at(mut child: Child, what: &str, signal: &str) -> Ended {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = read_until(&mut stderr, what);
    let sent = Command::new("sh").args(["-c", &format!("kill {signal} {}", child.id())]).status().unwrap();
    assert!(sent.success());
    stderr.read_to_string(&mut said).unwrap();
    let output = child.wait_with_output().unwrap();
    Ended::new(std::process::Output { stderr: said.into_bytes(), ..output })
}

/// Hours of training must not be lost when a machine is shut down.
#[test]
fn sigterm_ends_training_with_rows_model_and_report_saved() {
    let folder = Folder::new();
    let child = folder.start("train --name r --epochs 1e6 --eval-every 1ep --json");
    let run = signal_at(child, "2.00", "-TERM").ended_with(143).object();
    assert_eq!(run["stopped_by"], "signal");

    let remembered = folder.remembered("r");
    let rows = remembered["rows"].as_array().unwrap();
    assert_eq!(rows.last().unwrap()["step"], run["steps"], "the last step is evaluated and kept");
    assert_eq!(number(&folder.object("eval r"), "loss"), number(&run, "test.loss"));
    assert!(folder.path("runs/r/report.html").is_file());
}

/// `timeout` and schedulers signal a process and then its group: taken for a second Ctrl-C, the run would be
/// cut off without its state.
#[test]
fn two_signals_at_once_are_one() {
    let folder = Folder::new();
    let child = folder.start("train --name r --epochs 1e6 --eval-every 1ep --json");
    let again = format!("-TERM {} ; kill -TERM", child.id());
    let run = signal_at(child, "2.00", &again).ended_with(143).object();
    assert_eq!(run["stopped_by"], "signal");
}

/// A user who stops a study wants the results so far, at once.
#[test]
fn sigint_ends_a_study_with_the_verdict_so_far() {
    let folder = Folder::new();
    for (name, moment) in [("early", "step times"), ("late", "target:")] {
        let line = "find --batch-sizes 8,16,32,64 --margin 0.0001 --seeds 100 --budget 10min --json";
        let child = folder.start(&format!("{line} --name {name}"));
        let study = signal_at(child, moment, "-INT").ended_with(130).object();
        assert!(number(&study, "cost.wall_seconds") < 60.0);
        assert!(!study["verdict"]["reason"].as_str().unwrap().is_empty());
        assert_eq!(folder.remembered(name), study);
    }
}

/// Trainings must end when their terminal closes, but continue under `nohup`.
#[test]
fn sighup_ends_the_work_unless_it_is_ignored() {
    let ended = |before: &str, setup: &str| {
        let words = ["--lang", "en", "find", "--check", "--setup", setup, "--", "sh", "-c"];
        let folder = Folder::new();
        let program = folder
            .command(&[&words[..], &[r#"echo "{\"step\": $0, \"val_loss\": 1}""#, "{batch_size}"]].concat());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{before} exec \"$0\" \"$@\"")]).arg(program.get_program());
        Ended::new(shell.args(program.get_args()).current_dir(folder.path("")).output().unwrap())
    };
    ended("trap '' HUP;", "kill -HUP $PPID").ended_with(0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")?.trim().chars().last());
    // If the tests themselves run under `nohup`, a shell cannot undo it.
    if ignored.is_some_and(|last| last.to_digit(16).unwrap() % 2 == 0) {
        ended("", "kill -HUP $PPID; exec sleep 600").ended_with(129);
    }
}

/// A run that was killed must not cause the loss of other runs or make its own report fail.
#[test]
fn a_killed_run_can_still_be_looked_at() {
    let folder = Folder::new();
    folder.run("train --name before --max-steps 3").succeeded();
    let before = folder.remembered("before");
    let mut child = folder.start("train --name r --epochs 1e6 --eval-every 1ep --json");
    read_until(&mut BufReader::new(child.stderr.take().unwrap()), "2.00");
    child.kill().unwrap();
    child.wait().unwrap();

    assert_eq!(folder.remembered("before"), before);
    assert!(folder.remembered("r")["result"].is_null());
    for format in ["html", "svg"] {
        folder.run(&format!("report r --format {format}")).succeeded();
    }
    let evaluated = folder.run("eval r").succeeded();
    assert!(evaluated.stderr.contains("r has no result"), "it is not taken for a finished run");
    folder.run("train --name after --max-steps 3").succeeded();
}
