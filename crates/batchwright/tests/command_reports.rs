//! What is doubtful about the reports of a command: units, counts, a batch size without effect. Each
//! program here is one that a user might have.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use serde_json::{Value, json};

/// Trains as fast as its batch size allows, with an evaluation at the end of each epoch of 6,000
/// samples. `say` prints a row of epoch `e`, step `s`, loss `v`.
const TRAIN: &str = r#"
BEGIN {
    share = lr / 0.1 / sqrt(size / 64); if (share > 1.9) share = 1.9
    gain = share * (2 - share) * 4 / (1 + 200 / size) / 200
    steps = int((6000 + size - 1) / size)
    for (e = 1; e <= epochs; e++) {
        t += steps * gain; s += steps; v = 2.3 * exp(-t) + 0.05
        seconds += steps * (0.03 + 0.0005 * size)
        say()
    }
}
"#;

fn check(flags: &str, script: &str) -> Value {
    let words: Vec<&str> = flags.split_whitespace().collect();
    // A length in epochs needs the number of samples.
    let length = if flags.contains("--samples") { "{epochs}" } else { "" };
    let ends = ["--", "sh", "-c", script, "{batch_size}", "{lr}", "{seed}", length];
    let words =
        [&["--lang", "en", "find", "--check", "--json", "--lr", "0.01..1"], &words[..], &ends].concat();
    Ended::new(Folder::new().command(&words).output().unwrap()).object()
}

/// The doubts of a check, by kind.
fn doubts(checked: &Value) -> Vec<Value> {
    let findings = checked["findings"].as_array().unwrap().iter();
    findings.filter(|it| it["kind"] == "suspicious").map(|it| it["of"].clone()).collect()
}

/// A check of `TRAIN` with this body of `say`, at 16 and 64.
fn trained(flags: &str, say: &str) -> Value {
    let script =
        format!("exec awk -v size=$0 -v lr=$1 -v epochs=$3 'function say() {{ {say} }} {}'", TRAIN.trim());
    check(&format!("--batch-sizes 16..512 --samples 6000 {flags}"), &script)
}

const ROW: &str =
    r#"printf "{\"epoch\": %d, \"step\": %d, \"seconds\": %.3f, \"val_loss\": %.4f}\n", e, s, seconds, v"#;

/// A bar that says the steps of an epoch.
const SAID: &str = r#"printf "Epoch %d/%d\n%d/%d ━━━━━━━━━━━━━━ 1s 2ms/step - loss: %.4f - val_loss: %.4f\n", e, epochs, steps, steps, v, v"#;

#[test]
fn a_healthy_program_leaves_no_doubt() {
    let checked = trained("--target val_loss<0.3", ROW);
    assert_eq!((doubts(&checked), &checked["could_run"]), (vec![], &json!(true)));
    assert_eq!(
        checked["sizes"][1],
        json!({"batch_size": 64, "steps_per_epoch": null}),
        "steps only bound it"
    );
    let said = trained("--target val_loss<0.3", SAID);
    assert_eq!((doubts(&said), &said["sizes"][1]["steps_per_epoch"]), (vec![], &json!(94.0)));
    // 94 steps are 93 batches of 64 and one of 48.
    assert_eq!(checked["rows"][0]["samples"], 6000);
}

/// The study would find the best of sizes that are all the same.
#[test]
fn a_batch_size_without_effect_is_found_by_steps_or_by_values() {
    let unused = |say: &str| {
        let script = format!(
            "exec awk -v size=128 -v lr=$1 -v epochs=$3 'function say() {{ {say} }} {}'",
            TRAIN.trim()
        );
        doubts(&check("--batch-sizes 16..512 --target val_loss<0.3 --samples 6000", &script))[0].clone()
    };
    let by_steps = unused(ROW);
    assert_eq!((&by_steps["kind"], &by_steps["sizes"]), (&json!("batch_size_unused"), &json!([16, 64])));
    assert_eq!(by_steps["same"], json!({"kind": "steps_per_epoch", "steps": 47.0}));
    let by_values = unused(r#"printf "epoch %d: val_loss %.4f\n", e, v"#);
    assert_eq!(by_values["same"], json!({"kind": "values", "values": 3}));
}

/// Each step of four devices takes four batches; a part of the data is kept for validation.
#[test]
fn an_epoch_of_other_steps_is_explained() {
    let cause = |say: &str| doubts(&trained("--target val_loss<0.3", say))[0]["cause"].clone();
    let row = |steps: &str| ROW.replace("e, s, seconds, v", &format!("e, {steps}, seconds, v"));
    assert_eq!(cause(&row("int(6000 / size / 4) * e")), json!({"kind": "larger_steps", "times": 4}));
    assert_eq!(cause(&row("int(12000 / size) * e")), json!({"kind": "smaller_steps", "parts": 2}));
    let split = SAID.replace("steps, steps", "int(5400 / size), int(5400 / size)");
    assert_eq!(cause(&split), json!({"kind": "other_samples", "trained": 5376}));
    // Where nothing says the steps of an epoch, one look an epoch at both sizes does.
    assert_eq!(cause(&row("int(5400 / size) * e")), json!({"kind": "other_samples", "trained": 5376}));
}

/// "Give it a larger budget" would be the advice for numbers that no budget changes.
#[test]
fn a_study_of_a_metric_that_tells_nothing_says_so() {
    for (value, kind) in [("0.6931", "never_changes"), ("nan", "never_finite")] {
        let (folder, say) = (Folder::new(), ROW.replace("%.4f", value).replace(", v", ""));
        folder.write("train.awk", format!("function say() {{ {say} }} {}", TRAIN.trim()));
        let study = "--lang en find --samples 6000 --batch-sizes 64,256 --lr 0.03..0.3 --max-samples 60000 \
            --target val_loss<0.3 --budget 6s -- awk -v size={batch_size} -v lr={lr} -v epochs={epochs} -f train.awk";
        let words: Vec<&str> = study.split_whitespace().collect();
        let study = Ended::new(folder.command(&words).output().unwrap());
        assert_eq!(study.code, 3, "{}", study.stderr);
        assert!(study.stdout.contains("cannot be held against"), "{kind}: {}", study.stdout);
        let checked = trained("--target val_loss<0.3", &say);
        assert_eq!((&doubts(&checked)[0]["kind"], &checked["could_run"]), (&json!(kind), &json!(true)));
    }
}

/// A plot that fails after the training takes nothing from its rows: a study uses them, and so do a
/// check and an audit.
#[test]
fn a_failure_after_the_training_is_said_and_no_more() {
    let script = format!(
        "awk -v size=$0 -v lr=$1 -v epochs=$3 'function say() {{ {ROW} }} {}'; echo no display >&2; exit 1",
        TRAIN.trim()
    );
    let checked = check("--batch-sizes 16..512 --samples 6000 --target val_loss<0.3", &script);
    assert_eq!(
        (&checked["findings"][0]["kind"], &checked["could_run"]),
        (&json!("failed_at_end"), &json!(true))
    );
    let early = format!("{ROW_OF_SHELL}; exit 1");
    let checked = check("--batch-sizes 16..512 --samples 6000 --target val_loss<0.3", &early);
    assert_eq!((&checked["findings"][0]["kind"], &checked["could_run"]), (&json!("crashed"), &json!(false)));
}

/// One row long before the end.
const ROW_OF_SHELL: &str = r#"echo '{"epoch": 1, "step": 94, "seconds": 1, "val_loss": 2.1}'"#;

/// "95" printed for a target of 0.95 would be reached at once, with a sure wrong answer.
#[test]
fn a_target_in_another_unit_is_questioned() {
    let say = ROW.replace("val_loss", "val_acc").replace("seconds, v", "seconds, 100 - 40 * v");
    let say = say.as_str();
    let checked = trained("--target val_acc>0.95", say);
    let doubts = doubts(&checked);
    assert_eq!((&doubts[0]["kind"], &doubts[0]["goal"]), (&json!("above_one"), &json!(0.95)));
    assert_eq!(doubts[1]["kind"], "met_at_first_look");
    assert_eq!(checked["could_run"], true, "it is a warning");

    let (folder, script) = (Folder::new(), format!("function say() {{ {say} }} {}", TRAIN.trim()));
    folder.write("train.awk", script);
    let study = "--lang en find --samples 6000 --batch-sizes 64,256 --lr 0.03..0.3 --budget 30s --json \
        --target val_acc>0.95 -- awk -v size={batch_size} -v lr={lr} -v epochs={epochs} -f train.awk";
    let words: Vec<&str> = study.split_whitespace().collect();
    let study = Ended::new(folder.command(&words).output().unwrap());
    assert_eq!(study.code, 3, "{}", study.stderr);
    let study = study.object();
    let open = study["verdict"]["open"].as_array().unwrap();
    assert!(open.iter().any(|point| point["kind"] == "met_at_first_look"), "{open:?}");
    assert!(study["remarks"].to_string().contains("above_one"), "{}", study["remarks"]);
}

/// The loss of a small batch passes a target by luck.
#[test]
fn a_training_loss_as_target_is_averaged_and_said_to_be_one() {
    let say = r#"printf "iter %d: loss %.4f\n", s, v"#;
    let doubts = doubts(&trained("--target train_loss<0.3 --eval-samples 12000", say));
    assert_eq!(doubts[0]["kind"], "training_loss");
}

/// Numbers that no training has must not become figures, and not "give it a larger budget".
#[test]
fn absurd_rows_are_findings() {
    let rows = |lines: &str| {
        let script =
            format!("for row in {lines}; do echo \"{{$row, \\\"val_loss\\\": 0.$((n=n+7))}}\"; done");
        check("--batch-sizes 16,17 --target val_loss<0.05", &script)
    };
    let far = rows(r#"'"samples": 1e30' '"samples": 2e30'"#);
    assert_eq!((&far["findings"][0]["kind"], &far["could_run"]), (&json!("unplaced"), &json!(false)));
    assert!(far["findings"][0]["error"].as_str().unwrap().contains("samples 1e30"), "{far}");
    for (lines, kind) in [
        (r#"'"step": 0' '"step": 0' '"step": 0' '"step": 0'"#, "steps_stand"),
        (r#"'"step": 30' '"step": 10' '"step": 40'"#, "steps_fall_back"),
        (
            r#"'"step": 1, "seconds": 9' '"step": 2, "seconds": 20' '"step": 3, "seconds": 11'"#,
            "seconds_fall_back",
        ),
    ] {
        let checked = rows(lines);
        assert!(doubts(&checked).iter().any(|it| it["kind"] == kind), "{kind}: {checked}");
    }
}

/// Many programs evaluate once before their first step. What a study can read, a check calls runnable.
#[test]
fn an_evaluation_before_the_first_step_is_no_reason_to_refuse() {
    let script = r#"echo "val loss 4.6"; for s in 10 20 30; do echo "step $s: val loss 0.$s"; done"#;
    let checked = check("--batch-sizes 16,17 --target val_loss<0.05", script);
    assert_eq!((&checked["could_run"], &checked["rows"][0]["step"]), (&json!(true), &json!(10)));
}

/// A program that evaluates after more samples than a training may have is waited for, so that the
/// study can say how far its runs came.
#[test]
fn a_look_beyond_the_longest_training_is_waited_for() {
    let folder = Folder::new();
    folder.write("train.awk", format!("function say() {{ {ROW} }} {}", TRAIN.trim()));
    let study = "--lang en find --samples 6000 --max-samples 3000 --batch-sizes 64,256 --lr 0.03..0.3 --budget 30s \
        --json --target val_loss<0.01 -- awk -v size={batch_size} -v lr={lr} -v epochs={epochs} -f train.awk";
    let words: Vec<&str> = study.split_whitespace().collect();
    let study = Ended::new(folder.command(&words).output().unwrap()).object();
    assert_eq!(study["verdict"]["kind"], "unreachable");
    let trials = study["trials"].as_array().unwrap();
    assert!(trials.iter().all(|trial| trial["best_metric"].is_number()), "{trials:?}");
}

/// "Give it a larger budget" says nothing of how much larger.
#[test]
fn a_budget_below_a_dozen_looks_is_said_to_be_too_small() {
    let folder = Folder::new();
    folder.write(
        "train.sh",
        r#"sleep 1; s=0; while sleep 0.05; do s=$((s + 1)); echo "step $s: val_loss 0.$((999 - s))"; done"#,
    );
    let study = "--lang en find --batch-sizes 64,256 --lr 0.03..0.3 --budget 8s --json --target val_loss<0.01 \
        -- sh train.sh {batch_size} {lr} {seed}";
    let words: Vec<&str> = study.split_whitespace().collect();
    let study = Ended::new(folder.command(&words).output().unwrap()).object();
    let remarks = study["remarks"].as_array().unwrap();
    let dear = remarks.iter().find(|it| it["kind"] == "looks_are_dear").unwrap_or(&Value::Null);
    assert!(dear["seconds"].as_f64() > Some(12.0), "{remarks:?}");
}

/// A count in 32 bits, whatever the sizes and without a number of samples.
#[test]
fn every_number_that_a_program_is_given_is_sensible() {
    let folder = Folder::new();
    folder.write(
        "train.sh",
        r#"[ $3 -le 2147483647 ] && [ $3 -ge 1 ] || { echo "eval_steps $3" >&2; exit 1; }
        for s in 1 2 3 4 5 6 7 8; do echo "{\"step\": $((s * $3)), \"seconds\": $s, \"val_loss\": 0.$((9 - s))}"; done"#,
    );
    for flags in ["", "--target val_loss<0.5", "--samples 1000", "--eval-samples 3 --strategy grid"] {
        let words = format!(
            "--lang en find {flags} --batch-sizes 16..512 --lr 0.01..1 --budget 30s --json \
            -- sh train.sh {{batch_size}} {{lr}} {{eval_steps}}"
        );
        let words: Vec<&str> = words.split_whitespace().collect();
        let ended = Ended::new(folder.command(&words).output().unwrap());
        let failed =
            ended.object()["trials"].as_array().unwrap().iter().filter(|t| t["end"] == "failed").count();
        assert_eq!(failed, 0, "{flags}: {}", ended.stderr);
    }
}
