//! Memory of graphics cards, as a driver tells it. A library with the driver's name stands in for
//! it, which tells what the training has written into a file: it shows that the right functions are
//! called and that what they tell arrives. What a real driver tells, only a card can show
//! (`examples/command/gpu/check.sh`).

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use serde_json::Value;
use std::process::Command;

/// Two cards. `FAKE_CARDS` names a file of lines `card process bytes`; each card has 5 MiB in use
/// beside them. A process that was told of is named by a file, `FAKE_CARDS.seen.ID`.
const DRIVER: &str = r#"
#include <stdio.h>
#include <stdlib.h>
struct memory { unsigned version; unsigned long long total, reserved, free, used; };
struct process { unsigned id; unsigned long long bytes; unsigned gpu, compute; };
static long cards[2] = {0, 1};

static unsigned read_card(void *card, struct process *found, unsigned room, unsigned long long *bytes) {
    FILE *file = fopen(getenv("FAKE_CARDS"), "r");
    unsigned count = 0;
    long of;
    struct process one = {0};
    *bytes = 0;
    while (file && fscanf(file, "%ld %u %llu", &of, &one.id, &one.bytes) == 3) {
        if (of != *(long *)card) continue;
        if (count < room) {
            char name[4096];
            snprintf(name, sizeof name, "%s.seen.%u", getenv("FAKE_CARDS"), one.id);
            FILE *seen = fopen(name, "w");
            if (seen) fclose(seen);
            found[count] = one;
        }
        *bytes += one.bytes;
        count++;
    }
    if (file) fclose(file);
    return count;
}
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **card) {
    if (index > 1) return 2;
    *card = &cards[index];
    return 0;
}
int nvmlDeviceGetMemoryInfo_v2(void *card, struct memory *memory) {
    read_card(card, 0, 0, &memory->used);
    memory->used += 5 << 20;
    memory->total = 1ull << 34;
    memory->free = memory->total - memory->used;
    return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *card, unsigned *count, struct process *found) {
    unsigned long long bytes;
    unsigned room = found ? *count : 0;
    *count = read_card(card, found, room, &bytes);
    return *count > room ? 7 : 0;
}
"#;

/// A training whose batch takes a MiB a sample on the card that it was given (the first one, if it
/// was given none), and another process that holds more. It begins once the driver was asked.
const TRAIN: &str = r#"
card=${CUDA_VISIBLE_DEVICES:-0}
printf '%s\n' "$card $$ $(($1 * 1048576))" "$card 4194303 9000000000" > "$FAKE_CARDS.$$"
mv "$FAKE_CARDS.$$" "$FAKE_CARDS"
while [ -n "$FAKE_DRIVER" ] && [ ! -e "$FAKE_CARDS.seen.$$" ]; do sleep 0.01; done
step=0
while [ $step -lt 40 ]; do
    step=$((step + 1))
    echo "{\"step\": $step, \"seconds\": 0.0$((step + 10)), \"val_loss\": 0.$((90 - step))}"
done
"#;

/// Asks about the training, on a machine with the stand-in of a driver.
fn ask(words: &[&str]) -> (Folder, Ended) {
    let folder = Folder::new();
    folder.write("driver.c", DRIVER);
    folder.write("train.sh", TRAIN);
    let library = folder.path("libnvidia-ml.so.1");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(folder.path("driver.c"));
    assert!(compiler.status().unwrap().success());
    let words = [words, &["--lang", "en", "--", "sh", "train.sh", "{batch_size}"]].concat();
    let mut command = folder.command(&words);
    command.env("LD_LIBRARY_PATH", folder.path("")).env("FAKE_CARDS", folder.path("cards"));
    command.env("FAKE_DRIVER", "1").env_remove("CUDA_VISIBLE_DEVICES");
    let ended = Ended::new(command.output().unwrap());
    (folder, ended)
}

fn mebibytes(value: &Value) -> f64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}")) as f64 / 1_048_576.0
}

/// The processes of others on the same card would be counted too, or nothing at all.
#[test]
fn a_check_tells_what_its_own_processes_hold_on_a_card() {
    let (_folder, ended) = ask(&["find", "--check", "--batch-sizes", "64,128", "--json"]);
    let checked = ended.object();
    assert_eq!(mebibytes(&checked["peak_card_memory_bytes"]), 64.0, "{checked:#}");
    let (_folder, ended) = ask(&["find", "--check", "--batch-sizes", "64,128"]);
    let line = ended.stdout.lines().find(|line| line.contains("graphics memory")).unwrap();
    assert!(line.ends_with("64 MiB"), "{line}");
}

/// The second card would be looked at for a training on the first.
#[test]
fn the_card_that_a_trial_was_given_is_watched() {
    let (_folder, ended) =
        ask(&["find", "--objective", "fit", "--batch-sizes", "8,32", "--devices", "1", "--json"]);
    let answer = ended.succeeded().object();
    for probe in answer["probes"].as_array().unwrap() {
        let size = probe["micro_batch_size"].as_f64().unwrap();
        assert_eq!(mebibytes(&probe["card_bytes"]), size, "{answer:#}");
    }
}

/// The table of sizes would not say which one nearly fills a card.
#[test]
fn a_study_tells_what_each_size_held() {
    let (_folder, ended) = ask(&[
        "find",
        "--batch-sizes",
        "8,32",
        "--target",
        "val_loss<0.7",
        "--max-samples",
        "2000",
        "--budget",
        "20s",
        "--json",
    ]);
    let answer = ended.object();
    let sizes = answer["sizes"].as_array().unwrap();
    assert_eq!(sizes.len(), 2, "{answer:#}");
    for size in sizes {
        assert_eq!(mebibytes(&size["card_memory_bytes"]), size["batch_size"].as_f64().unwrap(), "{answer:#}");
    }
}

/// Without a driver a figure of zero would stand for "not known".
#[test]
fn without_a_driver_nothing_is_told() {
    let folder = Folder::new();
    folder.write("train.sh", TRAIN);
    let words = ["find", "--check", "--batch-sizes", "64", "--json", "--", "sh", "train.sh", "{batch_size}"];
    let mut command = folder.command(&words);
    command.env("FAKE_CARDS", folder.path("cards")).env("CUDA_VISIBLE_DEVICES", "").env_remove("FAKE_DRIVER");
    let checked = Ended::new(command.output().unwrap()).object();
    assert!(checked.get("peak_memory_bytes").is_some() && checked.get("peak_card_memory_bytes").is_none());
}
