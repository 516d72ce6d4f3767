//! `find --audit -- COMMAND`: faults that are planted in programs are named, and nothing else is.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, of_repository, python_with_torch};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// What `train.awk` takes, as words of a command.
const VALUES: &str = "b={micro_batch_size} a={grad_accum} eval_b={eval_batch_size} lr={lr} seed={seed} epochs={epochs} eval_steps={eval_steps}";
/// What the range of sizes and rates of both programs is.
const FLAGS: &str = "--batch-sizes 8..128 --lr 0.05..0.2 --samples 500";

fn example(name: &str) -> PathBuf {
    of_repository("examples/command").join(name)
}

/// Runs the program with `train.awk` as its command; `values` are its variables.
fn audit(flags: &str, values: &str) -> Ended {
    let program = example("audit/train.awk");
    let variables = values.split_whitespace().flat_map(|value| ["-v", value]);
    let words = ["find", "--audit"].into_iter().chain(flags.split_whitespace()).chain(["--", "awk"]);
    let words: Vec<&str> = words.chain(variables).chain(["-f", program.to_str().unwrap()]).collect();
    Folder::new().run_words(&words)
}

/// The answers by question, with the exit code.
fn answers(flags: &str, values: &str) -> (i32, Value) {
    of(audit(&format!("--json {FLAGS} {flags}"), values))
}

fn of(ended: Ended) -> (i32, Value) {
    assert!([0, 3].contains(&ended.code), "{}", ended.stderr);
    let audited = ended.object();
    let answers = audited["answers"].as_array().unwrap();
    let of = |answer: &Value| (answer["question"].as_str().unwrap().to_owned(), answer.clone());
    (ended.code, Value::Object(answers.iter().map(of).collect()))
}

/// The kinds of the answers that are wrong.
fn wrong(answers: &Value) -> Vec<&str> {
    let all = answers.as_object().unwrap().values();
    all.filter(|answer| answer["judgement"] == "wrong")
        .map(|answer| answer["kind"].as_str().unwrap())
        .collect()
}

/// A fault that is not named, or a sound program that is accused, makes an audit worthless.
#[test]
fn each_planted_fault_is_named_and_nothing_else() {
    for (bug, kinds) in [
        ("none", &[][..]),
        ("summed", &["accumulation_summed"]),
        ("dropped", &["last_window_dropped"]),
        ("leaked", &["last_window_leaks"]),
        ("weighted", &["last_window_weighted"]),
        ("evaluation", &["evaluation_depends"]),
        ("horizon", &["horizon_fixed"]),
        ("seed-ignored", &["seed_ignored"]),
    ] {
        for way in ["", "momentum=0.9"] {
            let (code, answers) = answers("", &format!("{VALUES} bug={bug} {way}"));
            assert_eq!(wrong(&answers), kinds, "{bug} {way}: {answers:#}");
            assert_eq!(code, if kinds.is_empty() { 0 } else { 3 }, "{bug} {way}");
        }
    }
}

/// What is not seeded differs from run to run, so that only one answer is certain.
#[test]
fn a_run_that_does_not_repeat_is_said_first() {
    let (code, answers) = answers("", &format!("{VALUES} bug=seed-lost"));
    assert_eq!((code, &answers["seed_fixes"]["kind"]), (3, &json!("run_differs")), "{answers:#}");
    assert_eq!(answers["seed_used"]["need"]["needs"], "run_that_repeats");
}

/// Both forms are sound, and each is told.
#[test]
fn the_last_batch_may_be_kept_or_dropped() {
    for (way, kind, steps) in [("", "last_batch_kept", 7), ("drop_last=1", "last_batch_dropped", 6)] {
        let (code, answers) = answers("", &format!("{VALUES} {way}"));
        assert_eq!((code, &answers["last_batch"]["kind"]), (0, &json!(kind)), "{answers:#}");
        assert_eq!(
            (&answers["last_batch"]["batch_size"], &answers["last_batch"]["steps"]),
            (&json!(75), &json!(steps))
        );
        assert_eq!(answers["last_window"]["kind"], "last_window_same");
    }
}

/// The numbers are the evidence: a user must find them in the program's own output.
#[test]
fn a_finding_has_its_numbers() {
    let (_, answers) = answers("", &format!("{VALUES} bug=summed"));
    let found = &answers["accumulation"];
    assert_eq!((&found["micro_batch_size"], &found["accumulation"]), (&json!(25), &json!(3)));
    let row = |b: u64, a: u64, lr: f64| {
        let program = example("audit/train.awk");
        let variables = format!("b={b} a={a} eval_b=75 lr={lr} seed=0 epochs=1 eval_steps=1 bug=summed");
        let variables: Vec<&str> = variables.split(' ').flat_map(|value| ["-v", value]).collect();
        let output = Command::new("awk").args(variables).arg("-f").arg(program).output().unwrap();
        let rows = String::from_utf8(output.stdout).unwrap();
        let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| (row["samples"].clone(), row["val_loss"].clone())).collect::<Vec<_>>()
    };
    let at = &found["gap"]["samples"];
    assert!(row(75, 1, 0.1).contains(&(at.clone(), found["gap"]["first"].clone())), "{found:#}");
    assert!(row(25, 3, 0.1).contains(&(at.clone(), found["gap"]["second"].clone())), "{found:#}");
    assert_eq!(found["at_larger_rate"]["first"], found["at_larger_rate"]["second"]);
}

/// A question that the command does not allow must not be passed over in silence.
#[test]
fn what_is_not_checked_is_named_with_what_it_needs() {
    let need = |flags: &str, values: &str, question: &str| {
        let (code, answers) = of(audit(&format!("--json {flags}"), values));
        assert_eq!((code, &answers[question]["judgement"]), (0, &json!("not_checked")), "{answers:#}");
        answers[question]["need"].clone()
    };
    let without = |placeholder: &str| {
        VALUES.split(' ').filter(|value| !value.contains(placeholder)).collect::<Vec<_>>().join(" ")
    };
    let names = |names: &[&str]| json!({"needs": "placeholders", "names": names});
    assert_eq!(need(FLAGS, &without("{seed}"), "seed_fixes"), names(&["seed"]));
    assert_eq!(need(FLAGS, &without("eval_b="), "evaluation"), names(&["eval_batch_size"]));
    assert_eq!(need(FLAGS, &without("{eval_steps}"), "last_window"), names(&["eval_steps"]));
    let undivided = "b={batch_size} a=1 lr={lr} seed={seed} epochs={epochs} eval_steps={eval_steps}";
    assert_eq!(need(FLAGS, undivided, "accumulation"), names(&["micro_batch_size", "grad_accum"]));
    let unknown_epoch = without("{epochs}") + " epochs=2";
    let flags = "--batch-sizes 8..64 --lr 0.05..0.2";
    assert_eq!(need(flags, &unknown_epoch, "last_batch")["needs"], "samples");
    // A list of one size that cannot be divided.
    let one = "--batch-sizes 7 --lr 0.05..0.2 --samples 500";
    assert_eq!(need(one, VALUES, "accumulation"), json!({"needs": "batch_size", "range": [7, 7]}));
}

#[test]
fn people_are_told_in_their_language() {
    let words = format!("{VALUES} bug=dropped");
    let told = audit(FLAGS, &words).ended_with(3).stdout;
    assert!(
        told.starts_with(
            "One thing is wrong. Of 7 questions, 6 are fine, 1 wrong, 0 unclear, 0 not checked.\n"
        ),
        "{told}"
    );
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("✗ What becomes of the last micro-batches of an epoch? They are dropped: 6 instead of 7 steps an epoch. Nothing is learnt from the last 2 micro-batches of each epoch."), "{told}");
    let told = audit(&format!("--lang ja {FLAGS}"), &words).ended_with(3).stdout;
    assert!(told.starts_with("1 件の誤りが見つかりました。"), "{told}");
}

/// An audit must not accept what it cannot honour, and must say why it could not begin.
#[test]
fn what_cannot_be_audited_is_refused() {
    for flag in ["--export-json=f", "--fresh", "--explain", "--check"] {
        audit(&format!("{FLAGS} {flag}"), VALUES).refused(2, &["--audit", flag.split('=').next().unwrap()]);
    }
    Folder::new().run("find --audit").refused(2, &["<COMMAND>"]);
    Folder::new()
        .run("find --audit -- sh -c exit {batch_size}")
        .refused(1, &["error: trial failed: no metric was recognised"]);
    let undivided = Folder::new().run("find --audit -- true {micro_batch_size}");
    undivided.refused(2, &["has no {batch_size}"]);
}

/// A budget that is over leaves questions open; it is no error.
#[test]
fn a_budget_that_is_over_leaves_questions_open() {
    let ended = Folder::new().run_words(&[
        "find",
        "--audit",
        "--json",
        "--budget",
        "0.2s",
        "--",
        "sh",
        "-c",
        "exec sleep 600",
        "{batch_size} {seed}",
    ]);
    let (code, answers) = of(ended);
    assert_eq!((code, &answers["seed_fixes"]["need"]["needs"]), (0, &json!("time")));
}

/// The same with the framework that most trainers use.
#[test]
#[ignore = "needs PyTorch, takes five minutes"]
fn each_fault_of_the_pytorch_program_is_named() {
    let python = python_with_torch();
    let program = example("trainers/train_audit.py");
    for (bug, kinds) in [
        ("none", &[][..]),
        ("summed", &["accumulation_summed"]),
        ("dropped", &["last_window_dropped"]),
        ("leaked", &["last_window_leaks"]),
        ("weighted", &["last_window_weighted"]),
        ("evaluation", &["evaluation_depends"]),
        ("horizon", &["horizon_fixed"]),
        ("seed-ignored", &["seed_ignored"]),
    ] {
        let flags = "find --audit --json --samples 500 --batch-sizes 8..128 --lr 0.02..0.2 --";
        let takes = "--micro-batch-size {micro_batch_size} --grad-accum {grad_accum} --eval-batch-size {eval_batch_size} --lr {lr} --seed {seed} --epochs {epochs} --eval-steps {eval_steps} --bug";
        let words = flags
            .split(' ')
            .chain([python.as_str(), program.to_str().unwrap()])
            .chain(takes.split(' '))
            .chain([bug]);
        let (_, answers) = of(Folder::new().run_words(&words.collect::<Vec<_>>()));
        assert_eq!(wrong(&answers), kinds, "{bug}: {answers:#}");
    }
}
