//! `find -- COMMAND` with programs that are told how long to train in epochs or steps, or that
//! report one number at their end.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};

fn find(flags: &str, script: &str, arguments: &str) -> (Ended, Folder) {
    let folder = Folder::new();
    folder.write("train.sh", script);
    let line = format!("find {flags} --lr 0.01..1 --budget 60s --json -- sh train.sh {arguments}");
    let ended =
        folder.command(&["--lang", "en"]).args(line.split_whitespace()).output().map(Ended::new).unwrap();
    (ended, folder)
}

/// Most programs refuse `--epochs 0.32`: every trial would fail because of a bad flag.
#[test]
fn epochs_are_whole_numbers() {
    let script = r#"case $2 in *.* | 0) echo "train.sh: error: argument --epochs: invalid int value: '$2'" >&2; exit 2 ;; esac
        epoch=1
        while [ $epoch -le $2 ]; do echo "{\"epoch\": $epoch, \"seconds\": $epoch, \"val_loss\": $(( 100 / epoch ))}"; epoch=$((epoch + 1)); done"#;
    let flags = "--batch-sizes 8,32 --samples 1000 --target val_loss<26";
    let (ended, _folder) = find(flags, script, "{batch_size} {epochs} {lr}");
    let study = ended.object();
    let trials = study["trials"].as_array().unwrap();
    assert!(!trials.is_empty() && trials.iter().all(|trial| trial["end"] != "failed"), "{study:#}");
    assert!(trials.iter().any(|trial| trial["end"] == "target"), "{study:#}");
}

/// The first of several numbers must not stand for the whole training, and the last one must not be
/// ignored.
#[test]
fn one_number_at_the_end_decides_by_quality() {
    let script = r#"echo "{\"val_score\": 0.1}"
        awk -v size="$1" -v lr="$2" -v seed="$4" 'BEGIN { d = log(size / 16) + log(lr / 0.1) / 2; printf "{\"val_score\": %f}\n", 0.9 - 0.1 * d * d - 0.1 * log(size / 16)^2 + 0.0001 * (seed % 7) }'"#;
    let flags = "--batch-sizes 4,16,64 --max-samples 1000 --objective quality --target val_score=1";
    let (ended, _folder) = find(flags, script, "{batch_size} {lr} {steps} {seed}");
    let study = ended.object();
    assert_eq!(study["recommended"]["batch_size"], 16, "{study:#}");
    let best = study["trials"].as_array().unwrap().iter().filter_map(|trial| trial["best_metric"].as_f64());
    assert!(best.fold(0.0, f64::max) > 0.8);
}

/// Steps to a target cannot be counted for a program that never reports its position in the
/// training.
#[test]
fn a_number_at_the_end_has_no_steps_to_target() {
    let script = r#"echo "{\"val_loss\": 0.1}""#;
    let (ended, _folder) = find("--batch-sizes 4,16 --target val_loss<0.5", script, "{batch_size} {lr}");
    let study = ended.ended_with(3).object();
    assert!(study["verdict"]["reason"].as_str().unwrap().contains("neither step, nor samples"), "{study:#}");
}
