//! `find --objective fit -- COMMAND`: the size in the answer has run and the next one has not,
//! whatever the program does.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use serde_json::{Value, json};

/// A training of 300 steps by its own clock. Batches above `cap` do not fit, and batches above
/// `late` do not fit from the 50th step on. Above `fast`, each step takes 20 times as long. Above
/// `works`, the program fails for another reason.
const TRAIN: &str = r#"
function no_memory() {
    print "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate " b " MiB." > "/dev/stderr"
    exit 1
}
BEGIN {
    if (cap && b > cap) no_memory()
    if (works && b > works) { print "no such file" > "/dev/stderr"; exit 3 }
    for (step = 1; step <= 300; step++) {
        # A short run has seen enough by then, and ends it; without this it is chance which comes first.
        if (late && b > late && step == 10) { fflush(); system("sleep 1") }
        if (late && b > late && step == 50) no_memory()
        seconds += b * (fast && b > fast ? 0.02 : 0.001)
        printf "{\"step\": %d, \"seconds\": %.3f, \"val_loss\": 0.5}\n", step, seconds
    }
}
"#;

/// Asks which of these sizes runs. `setting` configures the program.
fn ask(sizes: &str, setting: &str, flags: &[&str]) -> Ended {
    let folder = Folder::new();
    folder.write("train.awk", TRAIN);
    let mut words = vec!["find", "--objective", "fit", "--batch-sizes", sizes];
    words.extend(flags);
    words.extend(["--", "awk", "-v", "b={batch_size}", "-v", setting, "-f", "train.awk"]);
    let ended = folder.run_words(&words);
    assert!(!folder.path("runs").exists(), "asking what fits leaves nothing behind");
    ended
}

/// The largest size that runs, and the smallest that does not.
fn border(answer: &Value) -> (Option<u64>, Option<u64>) {
    let size = |name: &str| answer["fit"][name].as_u64();
    (size("largest_that_fits"), size("smallest_that_failed"))
}

fn object(sizes: &str, setting: &str) -> Value {
    ask(sizes, setting, &["--json"]).succeeded().object()
}

/// The probe of a size, which must have ended with `end`.
fn probe<'a>(answer: &'a Value, size: u64, end: &str) -> &'a Value {
    let probes = answer["probes"].as_array().unwrap();
    let is_it = |probe: &&Value| probe["micro_batch_size"] == size && probe["end"] == end;
    probes.iter().find(is_it).unwrap_or_else(|| panic!("{size} did not end as {end}: {answer:#}"))
}

/// A search over doublings would answer 64 where 100 runs. A search that reads the list as a range
/// would answer 100 where 96 was asked about.
#[test]
fn the_largest_of_a_range_is_exact_and_that_of_a_list_is_a_member() {
    let answer = object("4..512", "cap=100");
    assert_eq!(border(&answer), (Some(100), Some(101)));
    let reason = probe(&answer, 101, "does_not_fit")["reason"].as_str().unwrap();
    assert!(reason.contains("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 101"), "{reason}");
    let last = answer["probes"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["micro_batch_size"], &last["length"]), (&json!(100), &json!("long")));
    assert!(last["steps"].as_u64().unwrap() >= 100, "{last:#}");
    assert_eq!(answer["max_batch_size"], 512);
    for unknown in ["/samples", "/memory_limit_bytes", "/fit/planned_bytes"] {
        assert_eq!(answer.pointer(unknown), None, "nobody knows it");
    }
    let list = object("4,8,16,32,64,96,128,256,512", "cap=100");
    assert_eq!(border(&list), (Some(96), Some(128)));
}

/// With a cap of 100 the answer must not be 128. It must not be "memory sets no limit" where that
/// was not tested.
#[test]
fn a_cap_is_a_cap_and_no_more_is_said() {
    let ended = ask("4..512", "cap=0", &["--max-batch-size", "50"]).succeeded();
    assert!(
        ended.stdout.starts_with("Batch size 50 runs, and no larger one was to be tried."),
        "{}",
        ended.stdout
    );
}

/// If the smallest size does not fit, the search must not continue below it, and must not run for
/// ever.
#[test]
fn where_the_smallest_does_not_fit_it_ends_with_the_reason() {
    let answer = ask("4..512", "cap=3", &["--json"]).ended_with(3).object();
    assert_eq!(border(&answer), (None, Some(4)));
    assert_eq!(answer["probes"].as_array().unwrap().len(), 1, "{answer:#}");
    assert_eq!(answer["end"]["kind"], "none_fits");
    assert!(answer["end"]["reason"].as_str().unwrap().contains("CUDA out of memory"), "{answer:#}");
}

/// Memory that is taken only at the 50th step would end a training of the answered size, if the
/// answer came only from short runs.
#[test]
fn memory_that_is_taken_late_is_found_by_the_longer_run() {
    let answer = object("4..128", "late=80");
    assert_eq!(border(&answer), (Some(80), Some(81)));
    assert_eq!(probe(&answer, 81, "does_not_fit")["length"], "long");
}

/// A size whose memory is swapped runs, but 20 times slower: the largest size would then be the
/// worst.
#[test]
fn a_size_that_spills_is_no_candidate() {
    let ended = ask("4..256", "fast=77", &[]).succeeded();
    let text = ended.stdout.replace('\n', " ");
    assert!(text.starts_with("The largest batch size that runs is 77; 78 does not."), "{text}");
    assert!(text.contains("spills: 20 times slower") && text.contains("Why 78 is no candidate"), "{text}");
}

/// A crash that is mistaken for a lack of memory makes the answer too small, without a message.
#[test]
fn another_failure_is_no_statement_about_memory() {
    let answer = ask("4..64", "works=20", &["--json"]).ended_with(1).object();
    assert_eq!((&answer["end"]["kind"], &answer["end"]["micro_batch_size"]), (&json!("failed"), &json!(32)));
    assert!(answer["end"]["reason"].as_str().unwrap().contains("exit code 3: no such file"), "{answer:#}");
    assert_eq!(border(&answer), (None, None));
}

/// A real limit of the system. The program really allocates memory: at every step as many mebibytes
/// as the batch has samples.
#[test]
fn a_memory_limit_is_met_by_the_program_itself() {
    let script = r#"step=0; while [ $step -lt 8 ]; do step=$((step + 1))
        dd if=/dev/zero of=/dev/null bs=$0M count=1 || exit 1
        echo "{\"step\": $step, \"seconds\": $step, \"val_loss\": 1}"; done"#;
    let words = "find --objective fit --batch-sizes 4..64 --memory-limit 16MiB --json -- sh -c";
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.extend([script, "{batch_size}"]);
    let answer = Folder::new().run_words(&words).succeeded().object();
    let (Some(found), Some(failed)) = border(&answer) else { panic!("{answer:#}") };
    assert!((12..=15).contains(&found) && failed == found + 1, "{answer:#}");
    assert_eq!(answer["memory_limit_bytes"], 16 << 20);
    let refused = probe(&answer, failed, "does_not_fit")["reason"].as_str().unwrap();
    assert!(refused.contains("one of its processes held"), "the next one is seen: {refused}");
    let exhausted = probe(&answer, 16, "does_not_fit")["reason"].as_str().unwrap();
    assert!(exhausted.contains("memory exhausted"), "a larger one is refused by the system: {exhausted}");
}

/// A program that prints nothing, or only its usage, would seem to train at every size.
#[test]
fn an_end_without_a_step_is_no_answer() {
    let folder = Folder::new();
    let line = "find --objective fit --batch-sizes 1..3 --json -- sh -c";
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words.extend(["echo done", "{batch_size}"]);
    let answer = folder.run_words(&words).ended_with(3).object();
    assert_eq!(border(&answer), (None, None));
    assert_eq!(answer["end"], json!({"kind": "no_step", "micro_batch_size": 1}));
    assert_eq!(probe(&answer, 1, "no_step")["length"], "short");
    words.retain(|&word| word != "--json");
    let text = folder.run_words(&words).ended_with(3).stdout.replace('\n', " ");
    assert!(text.contains("running 1 ended without an error but told of no step"), "{text}");
    assert!(text.contains("--metric"), "{text}");
}

/// Lines without a clock, as fast as they can be printed. One that arrives a time slice late must
/// not be a cliff, whatever else the machine does.
#[test]
fn a_program_that_prints_as_fast_as_it_can_has_no_cliff() {
    let folder = Folder::new();
    folder.write(
        "fast.awk",
        r#"BEGIN {
            for (step = 1; step <= 3000; step++) {
                if (b > cap) {
                    print "RuntimeError: CUDA error: out of memory" > "/dev/stderr"
                    exit 1
                }
                print "{\"step\": " step ", \"val_loss\": 0.5}"
                if (b % 2) fflush()
            }
        }"#,
    );
    for cap in [1, 29, 75, 257] {
        let line = format!(
            "find --objective fit --batch-sizes 1..300 --json -- awk -v b={{batch_size}} -v cap={cap} -f fast.awk"
        );
        let answer = folder.run(&line).succeeded().object();
        assert_eq!(border(&answer), (Some(cap), Some(cap + 1)), "{answer:#}");
    }
}

/// An evaluation with large batches would limit the training, although its batch size is a flag of
/// its own; or nobody would know which one the evaluation may have.
#[test]
fn the_evaluation_has_a_batch_size_of_its_own() {
    let folder = Folder::new();
    folder.write(
        "two.awk",
        r#"BEGIN {
            for (step = 1; step <= 200; step++) {
                if (b > 90 || step % 10 == 0 && e > 41) {
                    print "MemoryError: std::bad_alloc" > "/dev/stderr"
                    exit 1
                }
                printf "{\"step\": %d, \"seconds\": %d, ", step, step
                print (step % 10 ? "\"loss\": 0.5}" : "\"val_loss\": 0.5}")
            }
        }"#,
    );
    let line = "find --objective fit --batch-sizes 2..128 --json -- awk -v b={batch_size} -v e={eval_batch_size} -f two.awk";
    let answer = folder.run(line).succeeded().object();
    assert_eq!(border(&answer), (Some(90), Some(91)));
    let evaluation = &answer["evaluation"];
    assert_eq!(
        (&evaluation["largest_that_fits"], &evaluation["smallest_that_failed"]),
        (&json!(41), &json!(42)),
        "{answer:#}"
    );
    let text = folder.run(&line.replace(" --json", "")).succeeded().stdout.replace('\n', " ");
    assert!(text.contains("{eval_batch_size}: 41 is the largest that runs; 42 does not"), "{text}");
    assert_eq!(
        object("4..8", "cap=0")["evaluation"],
        Value::Null,
        "where there is none, none is asked about"
    );
}

/// A program that hangs must not block the search, and must not keep running after the search.
#[test]
fn at_the_end_of_the_budget_the_program_is_stopped() {
    let line = "find --objective fit --batch-sizes 4..8 --budget 0.5s --json -- sh -c";
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words.extend([r#"echo "{\"step\": 1, \"val_loss\": $0}"; exec sleep 600"#, "{batch_size}"]);
    let answer = Folder::new().run_words(&words).ended_with(1).object();
    assert_eq!(answer["end"]["kind"], "failed");
    assert!(answer["end"]["reason"].as_str().unwrap().contains("--budget"), "{answer:#}");
}

/// A flag must not be silently ignored. A size that is divided into micro-batches is not a size
/// that runs.
#[test]
fn flags_without_a_meaning_are_refused() {
    for (flags, says) in [
        (&["--micro-batch-size", "8"][..], "--micro-batch-size has no meaning with --objective fit"),
        (&["--max-samples", "80"], "--max-samples has no meaning"),
        (&["--eval-samples", "80"], "--eval-samples has no meaning"),
        (&["--keep-outputs"], "--keep-outputs has no meaning"),
        (&["--fresh"], "--fresh has no meaning"),
        (&["--strategy", "race"], "--strategy has no meaning"),
        (&["--margin", "0.05"], "--margin has no meaning"),
        (&["--seeds", "3"], "--seeds has no meaning"),
        (&["--reuse", "100"], "--reuse has no meaning"),
        (&["--explain"], "--explain has no meaning"),
        (&["--price-per-hour", "2"], "--price-per-hour has no meaning"),
        (&["--max-batch-size", "0"], "--max-batch-size is 0"),
        (&["--max-batch-size", "2"], "all are above the largest that is allowed, 2"),
        (&["--lr", "0.1..1"], "the command has no {lr}"),
        (&["--samples", "0"], "--samples is 0"),
    ] {
        ask("4..8", "cap=0", flags).refused(2, &[says]);
    }
}

/// The command takes a rate, but the rate does not matter here, so the user need not give one.
#[test]
fn a_rate_need_not_be_given() {
    let folder = Folder::new();
    let line = "find --objective fit --batch-sizes 2..4 --quiet -- sh -c";
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let script = r#"[ $1 = $2 ] && echo '{"step": 1, "val_loss": 1}'"#;
    words.extend([script, "{batch_size}", "{lr}", "0.0001"]);
    folder.run_words(&words).succeeded();
    *words.last_mut().unwrap() = "0.003";
    words.splice(1..1, ["--lr", "0.003..1"]);
    folder.run_words(&words).succeeded();
}
