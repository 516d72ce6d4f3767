//! What it costs to ask again: answers that are given again, studies that are continued, and
//! trainings that ask for a batch size.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, number};
use serde_json::{Value, json};
use std::collections::HashSet;

/// A quick study without misses and without step times. Its course, and that of a check, is the
/// same each time.
const STEADY: &str = "--model linear --batch-sizes 16,64 --lr 0.01..1 --objective samples --target val_loss<0.5 --margin 0.5 --budget 60s";

fn find(folder: &Folder, flags: &str) -> Value {
    folder.run(&format!("find {flags} --json")).object()
}

/// What was trained, and for which purpose.
fn trials(study: &Value) -> Vec<String> {
    let of = |trial: &Value| format!("{} {}", trial["request"], trial["phase"]);
    study["trials"].as_array().unwrap().iter().map(of).collect()
}

/// The printed messages, as one line.
fn said(ended: common::Ended) -> String {
    ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_new(study: &Value) -> bool {
    study["reused"].is_null() && study["continued"].is_null()
}

/// The same study must not be run again for each question. An answer must not be given without a
/// check, or without saying that it was found earlier.
#[test]
fn the_same_question_is_answered_from_memory() {
    let folder = Folder::new();
    let first = find(&folder, &format!("{STEADY} --name first"));
    assert!(is_new(&first), "{first:#}");
    assert_ne!(first["verdict"]["kind"], "undecided", "{:#}", first["verdict"]);
    let second = find(&folder, &format!("{STEADY} --name second"));
    assert_eq!(second["reused"]["study"], "first", "{:#}", second["continued"]);
    for same in ["sizes", "recommended", "verdict", "target", "best_set"] {
        assert_eq!(second[same], first[same]);
    }
    assert_eq!((&second["study"], &second["cost"]["trials"]), (&json!("second"), &json!(1)));
    assert_eq!(second["reused"]["cost_before"]["trials"], first["cost"]["trials"]);
    let (mut seeds, run) = (first["trials"].as_array().unwrap().iter(), &second["reused"]["run"]);
    assert!(seeds.len() > 3, "{first:#}");
    assert!(seeds.all(|trial| trial["request"]["seed"] != run["seed"]), "a seed that no trial had");
    assert!((number(run, "low")..=number(run, "high")).contains(&number(run, "found")), "{run}");
    assert_eq!(folder.remembered("second"), second);

    let told = said(folder.run(&format!("find {STEADY}")));
    for part in ["found by study first", "still holds", "fresh seed", "--fresh begins anew"] {
        assert!(told.contains(part), "{part:?} is not said in {told}");
    }
    let fresh = find(&folder, &format!("{STEADY} --fresh"));
    assert!(is_new(&fresh));
    // From its start: but where a study begins, the clock says.
    let begins = |study: &Value| study["trials"][0]["request"]["seed"].clone();
    assert_eq!(begins(&fresh), begins(&first));
    assert!(trials(&fresh).len() > 3, "{fresh:#}");
}

/// An answer must not be given for another workload or for another question.
#[test]
fn another_workload_or_question_is_another_study() {
    let folder = Folder::new();
    let rows = |changed: &str| -> String {
        let row = |x: i32| format!("{x},{}\n", if x == 7 { changed.to_owned() } else { (3 * x).to_string() });
        format!("x,y\n{}", (0..200).map(row).collect::<String>())
    };
    folder.write("t.csv", rows("21"));
    let table = "--data t.csv --label y --task regress --model linear --batch-sizes 8,16 --objective samples --margin 0.9 --budget 2s";
    assert!(is_new(&find(&folder, table)));
    assert!(!is_new(&find(&folder, table)), "the same, to begin with");
    for other in ["--model mlp:2", "--seed 1", "--max-samples 3000", "--drop-last", "--threads 1"] {
        let flags = if other.contains("model") {
            table.replace("--model linear", other)
        } else {
            format!("{table} {other}")
        };
        assert!(is_new(&find(&folder, &flags)), "{other}");
    }
    folder.write("t.csv", rows("22"));
    assert!(is_new(&find(&folder, table)), "one number of the table was changed");
}

/// A study that was interrupted must not start from nothing or repeat its trials.
#[test]
fn a_study_that_did_not_decide_is_gone_on_from() {
    let folder = Folder::new();
    let strict = "--model mlp:8 --batch-sizes 8,16,32 --objective samples --margin 0.001";
    let first = find(&folder, &format!("{strict} --budget 2s --name first"));
    assert_eq!(first["verdict"]["kind"], "undecided", "{:#}", first["verdict"]);
    let second = find(&folder, &format!("{strict} --budget 4s --name second"));
    let continued = &second["continued"];
    assert_eq!((&continued["study"], &continued["because"]), (&json!("first"), &Value::Null));
    let taken_over = number(continued, "trials") as usize;
    let all = trials(&second);
    assert_eq!(taken_over + number(&second, "cost.trials") as usize, all.len());
    assert!(taken_over > 0 && all.len() > taken_over, "{continued}");
    assert!(trials(&first).len() >= taken_over);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "a trial was repeated");
    assert_eq!(
        number(continued, "cost_in_all.trials"),
        number(&first, "cost.trials") + number(&second, "cost.trials")
    );
}

/// Else a check writes over a study on which another process works, and takes it away from it.
#[test]
fn a_check_leaves_a_study_of_another_process_alone() {
    let folder = Folder::new();
    let first = find(&folder, &format!("{STEADY} --name first"));
    let store = batchwright_store::Store::open(&folder.path("runs")).unwrap();
    store.claim("first").unwrap();
    let checked = folder.run(&format!("find {STEADY} --json"));
    assert_eq!(checked.object()["reused"]["study"], "first");
    assert!(checked.stderr.contains("this check is not stored with it"), "{}", checked.stderr);
    assert!(store.owner_lives("first").unwrap());
    assert_eq!(folder.remembered("first"), first);
    store.release("first").unwrap();
    let stored = find(&folder, STEADY);
    assert_eq!(folder.remembered("first"), stored);
}

/// A training with an automatic size must not use a study about another workload, must not run one
/// study per training, and must report what it uses.
#[test]
fn a_training_takes_size_and_rate_from_a_study() {
    let folder = Folder::new();
    let study = find(&folder, &format!("{STEADY} --name known"));
    let auto = "train --model linear --batch-size auto --epochs 1";
    let run = folder.object(&format!("{auto} --name a"));
    let from = &run["batch_size_from"];
    assert_eq!((&from["reused"], &from["verdict"]), (&json!("known"), &study["verdict"]["kind"]), "{from}");
    assert_eq!(run["batch_size"], study["recommended"]["batch_size"]);
    assert_eq!(from["learning_rate"], study["recommended"]["learning_rate"]);
    let settings = folder.remembered("a")["settings"].to_string();
    assert!(settings.contains(&format!("study {}", from["study"].as_str().unwrap())), "{settings}");
    assert!(settings.contains(&from["learning_rate"].to_string()), "{settings}");

    let longer = folder.object("resume a --epochs 2");
    assert_eq!(&longer["batch_size_from"], from, "a run that goes on keeps its source");

    let given = folder.object(&format!("{auto} --lr 0.125"));
    assert_eq!(given["batch_size_from"]["learning_rate_given"], 0.125);
    let told = said(folder.run(&format!("{auto} --lr 0.125")).succeeded());
    assert!(told.contains("--lr 0.125 goes against that"), "{told}");
    let told = said(folder.run(&format!("{auto} --schedule cosine")).succeeded());
    assert!(told.contains("still holds") && told.contains("constant schedule"), "{told}");

    let plain = folder.object("train --model linear --epochs 1");
    assert!(plain.get("batch_size_from").is_none(), "{plain:#}");
}

/// A training without an earlier study must not fail. A training whose study finds nothing must not
/// continue with an arbitrary size.
#[test]
fn a_training_without_a_study_runs_one() {
    let folder = Folder::new();
    let run = folder.object("train --model linear --batch-size auto --epochs 1 --budget 3s");
    let from = &run["batch_size_from"];
    let study = folder.remembered(from["study"].as_str().unwrap());
    assert_eq!(from["batch_size"], study["recommended"]["batch_size"]);
    assert_eq!(run["batch_size"], from["batch_size"]);
    assert!(from.get("reused").is_none(), "{from}");
}

/// Contradictions must be found before a study of minutes, not after it or never.
#[test]
fn flags_that_make_no_sense_with_auto_are_refused() {
    let folder = Folder::new();
    folder.run("train --batch-size auto --grad-accum 2").refused(2, &["--grad-accum", "--batch-size auto"]);
    folder.run("train --budget 3s").refused(2, &["--budget", "--batch-size auto"]);
    folder.run("train --batch-size auto --epochs -1").refused(2, &["--epochs"]);
    folder.run("train --batch-size auto --target val_loss=0").refused(2, &["--target"]);
    folder.run("plan --batch-size auto --samples 100").refused(2, &["--batch-size auto"]);
    folder.run("find --reuse 0").refused(2, &["--reuse", "at least 1"]);
    assert!(!folder.path("runs").exists(), "nothing was begun");
}

/// Users must be able to see where each number of the table comes from.
#[test]
fn every_number_and_every_trial_is_explained() {
    let folder = Folder::new();
    let study = find(&folder, &format!("{STEADY} --strategy grid --reuse 7 --name s"));
    assert!(std::fs::read_to_string(folder.path("runs/s/report.html")).unwrap().contains("reuse"));
    let explained = folder.run(&format!("find {STEADY} --strategy grid --reuse 7 --fresh --explain"));
    let told = explained.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Where the numbers come from",
        "fresh seeds at this rate",
        "with nothing else running",
        "as it was asked for",
    ] {
        assert!(told.contains(part), "{part:?} is not said in {told}");
    }
    let purposes = ["pilot: the scale", "compares learning rates", "fresh seed at"];
    let trial = |line: &&str| purposes.iter().any(|purpose| line.contains(purpose));
    let listed = explained.stdout.lines().filter(trial).count();
    assert!(listed > 3, "{told}");
    assert_eq!(listed, study["trials"].as_array().unwrap().len(), "{told}");
}
