//! `plan`: its arithmetic, as users and programs read it.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, assert_fields};
use serde_json::{Value, json};

fn plan(line: &str) -> Value {
    Folder::new().object(&format!("plan {line}"))
}

/// A field that is renamed, rounded or printed as text would break every program that reads the
/// plan.
#[test]
fn the_object_is_exactly_the_contract() {
    assert_eq!(
        plan("--samples 10000 --batch-size 100 --epochs 1"),
        json!({
            "samples": 10000, "batch_size": 100, "micro_batch_size": 100, "accumulation": 1, "drop_last": false,
            "steps_per_epoch": 100, "last_batch": 100, "epochs": 1.0, "steps": 100, "samples_seen": 10000,
        })
    );
}

/// (steps per epoch, last batch, steps, samples seen)
fn counts(line: &str) -> (u64, u64, u64, u64) {
    let plan = plan(line);
    let count = |field: &str| plan[field].as_u64().unwrap();
    (count("steps_per_epoch"), count("last_batch"), count("steps"), count("samples_seen"))
}

/// A budget that is rounded differently from the training loop ends early or late, by up to an
/// epoch.
#[test]
fn steps_epochs_and_samples_agree() {
    for (line, expected) in [
        ("--samples 1000 --batch-size 100 --epochs 1", (10, 100, 10, 1000)),
        ("--samples 1000 --batch-size 64 --epochs 3", (16, 40, 48, 3000)),
        // Two whole epochs, then ceil(500 / 64) steps.
        ("--samples 1000 --batch-size 64 --epochs 2.5", (16, 40, 32 + 8, 2000 + 8 * 64)),
        ("--samples 1000 --batch-size 64 --epochs 3 --drop-last", (15, 64, 45, 3 * 960)),
        ("--samples 1000 --batch-size 64 --duration 500st", (16, 40, 500, 31 * 1000 + 4 * 64)),
        ("--samples 10000 --batch-size 100 --duration 60000sp", (100, 100, 600, 60_000)),
        ("--samples 10 --batch-size 11 --epochs 2", (1, 10, 2, 20)),
    ] {
        assert_eq!(counts(line), expected, "{line}");
    }
}

/// If a flag silently lost against another one, the run would not be the one that was asked for.
#[test]
fn max_steps_wins_over_epochs() {
    assert_eq!(counts("--samples 1000 --batch-size 64 --epochs 3 --max-steps 5"), (16, 40, 5, 320));
}

/// If a micro-batch is mistaken for the batch, the learning rate is wrong by the factor of the
/// accumulation.
#[test]
fn two_of_batch_micro_batch_and_accumulation_give_the_third() {
    for line in [
        "--batch-size 64 --micro-batch-size 16",
        "--batch-size 64 --grad-accum 4",
        "--micro-batch-size 16 --grad-accum 4",
        "--batch-size 64 --micro-batch-size 16 --grad-accum 4",
    ] {
        let plan = plan(&format!("--samples 1000 {line}"));
        let parts = ["batch_size", "micro_batch_size", "accumulation"].map(|field| plan[field].as_u64());
        assert_eq!(parts, [Some(64), Some(16), Some(4)], "{line}");
    }
}

#[test]
fn contradictory_sizes_are_refused() {
    for (line, what) in [
        ("--batch-size 64 --micro-batch-size 16 --grad-accum 3", "--grad-accum 3 passes of 16"),
        ("--batch-size 4 --grad-accum 8", "--batch-size 4"),
        ("--grad-accum 0", "--grad-accum is 0"),
        ("--batch-size 8 --micro-batch-size 9", "--micro-batch-size is 9"),
        ("--micro-batch-size 18446744073709551615 --grad-accum 2", "overflows"),
        ("--batch-sizes 8..64 --batch-size 8", "'--batch-size"),
    ] {
        Folder::new().run(&format!("plan --samples 1000 {line}")).refused(2, &[what]);
    }
}

#[test]
fn a_range_of_sizes_is_one_plan_each() {
    let plans = plan("--samples 1000 --batch-sizes 8..50 --epochs 1");
    let plans = plans["plans"].as_array().unwrap();
    let steps: Vec<_> =
        plans.iter().map(|plan| (plan["batch_size"].clone(), plan["steps"].clone())).collect();
    assert_eq!(json!(steps), json!([[8, 125], [16, 63], [32, 32], [50, 20]]));
}

/// Steps in a given time depend on the machine: any number here would be invented.
#[test]
fn a_duration_in_time_cannot_be_planned() {
    Folder::new()
        .run("plan --samples 1000 --duration 90s")
        .refused(2, &["--duration 90s", "epochs, steps or samples"]);
}

/// If data is given instead of a number of samples, the model's memory is part of the plan, and it
/// is the memory that `train` will use.
#[test]
fn the_plan_of_a_data_set_is_that_of_its_training() {
    let folder = Folder::new();
    let plan = folder.object("plan --batch-size 48 --epochs 0.5 --model mlp:16");
    let run = folder.object("train --batch-size 48 --epochs 0.5 --model mlp:16");
    assert_fields(&plan, "parameters memory_bytes");
    for field in [
        "samples",
        "batch_size",
        "micro_batch_size",
        "steps_per_epoch",
        "steps",
        "samples_seen",
        "parameters",
        "memory_bytes",
    ] {
        assert_eq!(plan[field], run[field], "{field}");
    }
}

/// A change of wording, or of what is explained, must be noticed.
#[test]
fn the_text_for_people_is_the_same_as_before() {
    let folder = Folder::new();
    for lang in ["en", "ja"] {
        let say = |line: &str| {
            let arguments: Vec<&str> = line.split_whitespace().chain(["--lang", lang]).collect();
            common::Ended::new(folder.command(&arguments).output().unwrap()).succeeded().stdout
        };
        let parts = [
            say("plan --samples 10000 --batch-size 100 --epochs 1"),
            say("plan --samples 1000 --batch-size 64 --micro-batch-size 16 --epochs 2.5"),
            say("plan --samples 10 --batch-size 11 --epochs 2"),
            say("plan --samples 1000 --batch-sizes 8..64 --epochs 3"),
        ];
        insta::assert_snapshot!(format!("plan_{lang}"), parts.join("\n"));
    }
}
