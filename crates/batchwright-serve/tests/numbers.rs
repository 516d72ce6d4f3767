//! The numbers of the lesson against `plan`, with which the program trains, and against counting one by one.
//!
//! What the script counts is asked of Node.js. Where that is missing, this is skipped; with CI=true it must
//! be there.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use batchwright_serve::lesson_page;
use batchwright_train::{Batching, OrderPosition};
use batchwright_view::Lang;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/lesson/script");
const MEASURED: &str = include_str!("../assets/lesson/measured.json");

/// What `counting.js` says of each case, by the names of its functions.
const ASK: &str = r"
import * as counting from './counting.js';
let text = '';
for await (const piece of process.stdin) text += piece;
const answers = JSON.parse(text).map(({ samples, batch, micro, dropLast, steps }) => {
  const run = { samples, batch, dropLast };
  const { epoch, used } = counting.position(run, steps);
  return {
    perEpoch: counting.stepsPerEpoch(run), last: counting.lastBatch(run), used: counting.samplesAfter(run, steps),
    epoch, consumed: used, microBatches: counting.microBatchesAfter(run, micro, steps),
  };
});
process.stdout.write(JSON.stringify(answers));
";

/// The answers; none where there is no Node.js.
fn asked(cases: &Value) -> Option<Value> {
    let started = Command::new("node")
        .args(["--input-type=module", "--eval", ASK])
        .current_dir(SCRIPT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut node) = started else {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "no node, which CI must have");
        return None;
    };
    node.stdin.take().unwrap().write_all(cases.to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Walks the steps one by one: micro-batches are counted as the loop divides its batches.
fn counted(batching: &Batching, steps: u64) -> Value {
    let (mut position, mut used, mut passes) = (OrderPosition::default(), 0, 0);
    for _ in 0..steps {
        let batch = batching.batch_at(position);
        let indices: Vec<u64> = batch.clone().collect();
        passes += indices.chunks(batching.micro_batch_size as usize).count();
        used += batch.end - batch.start;
        position = batching.advance(position);
    }
    json!({
        "perEpoch": batching.steps_per_epoch(), "last": batching.last_batch(), "used": used,
        "epoch": position.epoch, "consumed": position.consumed, "microBatches": passes,
    })
}

#[test]
fn the_script_counts_as_plan_and_as_the_loop_do() {
    let (mut cases, mut expected) = (Vec::new(), Vec::new());
    for samples in [1, 2, 7, 24, 100, 1_000, 1_455, 10_000] {
        for batch in [1, 2, 3, 32, 64, 100, 1_000] {
            for micro in [1, 2, 8, 64] {
                for drop_last in [false, true] {
                    let Ok(batching) = Batching::new(samples, batch, Some(micro), drop_last) else {
                        continue;
                    };
                    for steps in [0, 1, 5, 20, 47, 333] {
                        let found = counted(&batching, steps);
                        assert_eq!(found["used"], batching.samples_after(steps).unwrap());
                        cases.push(json!({ "samples": samples, "batch": batch, "micro": micro, "dropLast": drop_last, "steps": steps }));
                        expected.push(found);
                    }
                }
            }
        }
    }
    assert!(cases.len() > 1_000);
    let Some(answers) = asked(&json!(cases)) else {
        println!("skipped: no node");
        return;
    };
    for ((case, found), expected) in cases.iter().zip(answers.as_array().unwrap()).zip(&expected) {
        assert_eq!(found, expected, "{case}");
    }
}

fn steps(samples: u64, batch: u64) -> u64 {
    Batching::new(samples, batch, None, false).unwrap().steps_per_epoch()
}

/// Words of a text: numbers without their commas, and the rest.
fn words(text: &str) -> Vec<String> {
    let spaced = text.replace("(99/100)", " ").replace(['\n', '"'], " ");
    let words = spaced
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !(c.is_ascii_digit() || c == '/' || c == '=')));
    words.map(|word| word.replace(',', "")).collect()
}

/// Every `N / B = S` in the sentences of both languages: rounded up, or the exact quotient.
#[test]
fn every_division_in_a_sentence_is_right() {
    let page = lesson_page(Lang::En);
    let (_, sentences) = page.split_once("id=\"sentences\">").unwrap();
    let (sentences, _) = sentences.split_once("</script>").unwrap();
    let words = words(&sentences.replace('→', " ").replace(['。', '、', ':', '('], " "));
    let mut found = 0;
    for window in words.windows(5) {
        let [samples, slash, batch, equals, quotient] = window else { continue };
        if (slash.as_str(), equals.as_str()) != ("/", "=") {
            continue;
        }
        let (Ok(samples), Ok(batch), Ok(quotient)) =
            (samples.parse(), batch.parse(), quotient.parse::<f64>())
        else {
            continue;
        };
        let exact = samples as f64 / batch as f64;
        assert!(
            quotient == steps(samples, batch) as f64 || quotient == exact,
            "{samples} / {batch} = {quotient}"
        );
        found += 1;
    }
    assert!(found >= 16, "{found}");
}

/// The sentences about the logs speak of numbers that follow from them.
#[test]
fn the_logs_show_the_numbers_that_their_sentences_name() {
    let measured: Value = serde_json::from_str(MEASURED).unwrap();
    let samples = measured["samples"].as_u64().unwrap();
    let log = |name: &str| -> String {
        let all = measured["logs"].as_array().unwrap();
        let found = all.iter().find(|log| log["name"] == name).unwrap();
        found["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| format!("{}\n", line.as_str().unwrap()))
            .collect()
    };
    let shows = |name: &str, texts: &[String]| {
        for text in texts {
            assert!(log(name).contains(text), "{name}: {text}\n{}", log(name));
        }
    };
    assert_eq!((samples, measured["validation"].as_u64()), (1_455, Some(162)));
    let per_epoch = steps(samples, 32);
    shows("bar", &[format!("{per_epoch}/{per_epoch} [")]);
    assert_eq!((samples / 32, samples % 32), (45, 15));
    shows("floor", &["total steps: 10".to_owned(), "epoch 5".to_owned()]);
    assert_eq!((samples / 1_000, steps(samples, 1_000)), (1, 2));
    let dropped = samples - per_epoch / 4 * 4 * 32;
    assert_eq!((per_epoch % 4, dropped), (2, 47));
    shows(
        "window",
        &[format!(
            "micro-batches {per_epoch}  updates {}  samples in updates {}",
            per_epoch / 4,
            samples - dropped
        )],
    );
    shows(
        "schedule",
        &[format!("linear schedule: {} steps", 6 * steps(samples, 64)), format!("step {}", 6 * per_epoch)],
    );
    assert_eq!((6 * steps(samples, 64), 6 * per_epoch), (138, 276));
    shows("ranks", &[format!("[rank 1] epoch 1: {per_epoch} steps, {samples} samples")]);
    assert_eq!(steps(samples, 64), 23);
    shows("evaluation", &[format!("eval batch 80: {:>3} batches", steps(162, 80))]);
    assert_eq!(162 % 80, 2);
    shows("resume", &["stopped at step 70".to_owned(), format!("epoch 2 done at step {}", 70 + per_epoch)]);
    assert_eq!((2 * per_epoch, 70 + per_epoch, 70 - per_epoch), (92, 116, 24));
    shows("percent", &["val_accuracy > 0.95".to_owned(), "epoch 1  val_accuracy".to_owned()]);
}

/// Seconds to the target at the best rate of a size of the map.
fn best_seconds(measured: &Value, batch: u64) -> f64 {
    let of = |list: &Value| -> Value {
        list.as_array().unwrap().iter().find(|row| row["batch"] == batch).unwrap().clone()
    };
    let steps = of(&measured["map"]["sizes"])["steps"].clone();
    let least = steps.as_array().unwrap().iter().filter_map(Value::as_f64).fold(f64::INFINITY, f64::min);
    least * of(&measured["costs"]["steps"])["seconds"].as_f64().unwrap()
}

/// The text calls 16 and 32 equal at the top of the map, and the answer of the study is one of them.
#[test]
fn the_best_sizes_of_the_map_are_those_that_the_text_names() {
    let measured: Value = serde_json::from_str(MEASURED).unwrap();
    let (a, b) = (best_seconds(&measured, 16), best_seconds(&measured, 32));
    assert!((a / b).ln().abs() < 0.15, "{a} {b}");
    for batch in [4, 8, 64, 128, 256, 512, 1024] {
        assert!(best_seconds(&measured, batch) > a.min(b), "{batch}");
    }
    assert!([16, 32].contains(&measured["study"]["answer"][0].as_u64().unwrap()));
}

/// Scatter falls as 1/sqrt(B): the text says so of the measured numbers.
#[test]
fn the_measured_scatter_follows_the_root() {
    let measured: Value = serde_json::from_str(MEASURED).unwrap();
    let rows = measured["gradients"]["spread"].as_array().unwrap();
    let first = rows[0][1].as_f64().unwrap();
    assert!(rows.len() >= 10);
    for row in rows {
        let law = first / row[0].as_f64().unwrap().sqrt();
        let off = (row[1].as_f64().unwrap() / law).ln().abs();
        assert!(off < 0.1, "{row}: {law}");
    }
}
