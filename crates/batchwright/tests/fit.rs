//! `find --objective fit`, and memory limits of other commands: the size in the answer has run and
//! the next one has not, whether the plan or the system refuses it.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, assert_fields, number};
use serde_json::{Value, json};

/// The sizes that were run, and how each run ended.
fn probes(answer: &Value) -> Vec<(u64, String)> {
    let probe = |probe: &Value| {
        (probe["micro_batch_size"].as_u64().unwrap(), probe["end"].as_str().unwrap().to_owned())
    };
    answer["probes"].as_array().unwrap().iter().map(probe).collect()
}

/// Asserts that a size was found, that it ran (with a long run at the end), and that the next size
/// did not.
fn assert_exact(answer: &Value) -> u64 {
    let found = number(answer, "fit.largest_that_fits") as u64;
    assert_eq!(number(answer, "fit.smallest_that_failed") as u64, found + 1, "{answer:#}");
    let probes = probes(answer);
    assert!(probes.contains(&(found + 1, "does_not_fit".to_owned())), "{answer:#}");
    assert_eq!(probes.last().unwrap(), &(found, "runs".to_owned()));
    assert_eq!(answer["probes"].as_array().unwrap().last().unwrap()["length"], "long");
    found
}

/// If `find` says that a size fits, `train` must not divide or refuse it, and what it took must be
/// within the limit. The plan leaves the order of the samples and the batch of an evaluation out, so
/// that it takes a little more than was measured to fit.
#[test]
fn the_answer_is_what_train_and_plan_take_and_what_was_measured_to_fit() {
    let folder = Folder::new();
    let network = "--model mlp:64 --optimizer adamw --memory-limit 1500KiB";
    let answer = folder.object(&format!("find --objective fit {network}"));
    assert_fields(
        &answer,
        "version samples memory_limit_bytes max_batch_size fit.planned_bytes end.kind memory_model.bytes_per_sample.value",
    );
    assert_eq!(answer["objective"], "fit");
    let found = assert_exact(&answer);
    let largest = |batch_size| {
        folder.object(&format!("plan {network} --batch-size {batch_size}"))["micro_batch_size"]
            .as_u64()
            .unwrap()
    };
    let planned = largest(10_000.min(2 * found));
    assert!((found..found + found / 4).contains(&planned), "{found} {planned}");
    let most = answer["probes"].as_array().unwrap().iter().filter_map(|probe| probe["peak_bytes"].as_u64());
    assert!(most.max().unwrap_or(0) <= 1500 << 10, "{answer:#}");
    let given = |micro| format!("train {network} --batch-size 1000 --micro-batch-size {micro} --max-steps 1");
    folder.run(&given(found)).succeeded();
    folder.run(&given(planned + 1)).refused(1, &["does not fit", "1536000"]);
    // By the numbers of the system, each sample takes what the plan says, to within about a page.
    if let Some(measured) = answer.pointer("/memory_model/bytes_per_sample/value").and_then(Value::as_f64) {
        let plan = |size: u64| {
            number(&folder.object(&format!("plan {network} --batch-size {size}")), "memory_bytes")
        };
        let planned = plan(2) - plan(1);
        assert!((measured / planned - 1.0).abs() < 0.5, "{measured} measured, {planned} planned");
    }
}

/// If the system sets a limit that no plan knows, child processes are killed by it. The search must
/// survive this and find the border only from how the children end.
#[cfg(target_os = "linux")]
#[test]
fn children_that_the_system_kills_show_the_border_and_the_parent_lives() {
    let folder = Folder::new();
    let script = "ulimit -d 24000 && exec \"$0\" find --objective fit --model mlp:1024 --threads 1 --json";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_batchwright")]).current_dir(folder.path("."));
    let ended = Ended::new(shell.output().unwrap()).succeeded();
    let answer = ended.object();
    let found = assert_exact(&answer);
    assert!((50..1455).contains(&found), "{found}");
    let deaths = answer["probes"].as_array().unwrap().iter().filter(|probe| {
        probe["reason"].as_str().is_some_and(|reason| reason.contains("died: memory allocation of"))
    });
    assert!(deaths.count() >= 2, "{answer:#}");
}

/// The search must not halve 1 for ever, and must not answer 0.
#[test]
fn where_one_sample_does_not_fit_it_ends_with_the_reason() {
    let ended = Folder::new().run("find --objective fit --memory-limit 10KB --json").ended_with(3);
    let answer = ended.object();
    assert_eq!(answer["fit"], json!({"largest_that_fits": null, "smallest_that_failed": 1}));
    assert_eq!(answer["end"]["kind"], "none_fits");
    assert!(answer["end"]["reason"].as_str().unwrap().contains("10000 may be taken"), "{answer:#}");
}

/// With a cap of 100 the answer must not be 128. Users often set a cap because 128 does not fit
/// beside another program.
#[test]
fn a_cap_is_a_cap() {
    let folder = Folder::new();
    let answer = folder.object("find --objective fit --model mlp:8 --max-batch-size 100");
    assert_eq!(answer["fit"]["largest_that_fits"], 100);
    assert_eq!(answer["fit"]["smallest_that_failed"], Value::Null);
    let probes = probes(&answer);
    assert!(!probes.is_empty() && probes.iter().all(|(size, _)| *size <= 100), "{answer:#}");
    // All rates are good at the same time, so the largest size is the best and a study would
    // continue to larger sizes.
    let line =
        "find --batch-sizes 16..512 --max-batch-size 100 --objective steps --model mlp:8 --budget 3s --json";
    let study = folder.run(line).object();
    let sizes: Vec<u64> =
        study["sizes"].as_array().unwrap().iter().map(|size| size["batch_size"].as_u64().unwrap()).collect();
    assert!(sizes.contains(&100) && sizes.iter().all(|&size| size <= 100), "{sizes:?}");
}

/// A child that hangs must not block the search, and a killed child must be reaped.
#[cfg(target_os = "linux")]
#[test]
fn at_the_end_of_the_budget_the_child_is_killed_and_gone() {
    let folder = Folder::new();
    let rows: String = (0..300).map(|x| format!("{x},{}\n", x * x % 97)).collect();
    folder.write("t.csv", format!("x,y\n{rows}"));
    let data = folder.path("t.csv");
    let line = format!(
        "find --objective fit --data {} --label y --model mlp:2000,2000 --budget 0.01s --json",
        data.display()
    );
    let answer = folder.run(&line).ended_with(1).object();
    assert_eq!(answer["end"]["kind"], "failed");
    assert!(answer["end"]["reason"].as_str().unwrap().contains("--budget"), "{answer:#}");
    assert_eq!(answer["fit"]["smallest_that_failed"], Value::Null, "a killed child says nothing of memory");
    let command_lines = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let bytes = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    let left: Vec<String> = command_lines.filter(|line| line.contains(data.to_str().unwrap())).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Sizes that do not fit into memory must not be lost to the study, and must not be silently
/// trained in micro-batches.
#[test]
fn a_study_reaches_sizes_beyond_the_limit_by_micro_batches() {
    let folder = Folder::new();
    let line = "find --batch-sizes 16,400 --model mlp:8 --memory-limit 700KB --margin 0.5 --budget 3s --json";
    let study = folder.run(line).object();
    let sizes = study["sizes"].as_array().unwrap();
    assert_eq!((&sizes[0]["fits"], &sizes[0]["micro_batch_size"]), (&json!(true), &Value::Null), "{study:#}");
    assert_eq!(sizes[1]["fits"], true);
    let micro = number(&sizes[1], "micro_batch_size");
    assert!(micro > 16.0 && micro < 400.0, "{micro}");
    assert!(number(&sizes[1], "memory_bytes") <= 700_000.0);
    let remark = json!({"kind": "accumulated", "micro_batch_size": micro as u64, "sizes": [400]});
    assert!(study["remarks"].as_array().unwrap().contains(&remark), "{study:#}");
}

/// The caller's weights, sample order and random numbers are in another process. Nothing may be
/// left on disk either.
#[test]
fn asking_what_fits_leaves_nothing_behind() {
    let folder = Folder::new();
    folder.run("find --objective fit --model mlp:8").succeeded();
    assert!(!folder.path("runs").exists());
}

/// Users would try a command that is not meant for them.
#[test]
fn the_child_is_not_in_the_help() {
    let help = Folder::new().run("--help").succeeded().stdout;
    assert!(help.contains("find") && !help.contains("probe"), "{help}");
}

/// A change of wording, or an answer without its numbers, must be noticed.
#[test]
fn the_text_for_people_answers_first() {
    let folder = Folder::new();
    let text = folder.run("find --objective fit --model mlp:64 --memory-limit 1500KiB").succeeded().stdout;
    assert!(text.starts_with("The largest micro-batch that runs within 1.46 MiB is "), "{text}");
    for part in ["does not fit", "confirms", "Planned for it", "(95%", "may be taken", "process of its own"] {
        assert!(text.replace('\n', " ").contains(part), "{part:?} is not said in {text}");
    }
}
