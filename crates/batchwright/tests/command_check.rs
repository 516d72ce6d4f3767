//! `find --check -- COMMAND`: what users are told before a study. The tests use recorded outputs of
//! real trainers and programs that misbehave.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use serde_json::{Value, json};

/// A recorded output.
fn recorded(name: &str) -> String {
    format!("{}/../batchwright-command/tests/recorded/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program in English. The words after `--` are not changed.
fn run(folder: &Folder, words: &[&str]) -> Ended {
    let words = [&["find", "--check", "--lang", "en"], words].concat();
    Ended::new(folder.command(&words).output().unwrap())
}

/// Checks a shell script. Its `$1` is `file`, and its `$2` is a folder for its output. The script
/// accepts all numbers that matter.
fn check(folder: &Folder, flags: &str, script: &str, file: &str) -> Ended {
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let numbers = "{batch_size} {lr} {seed} {eval_steps}";
    let command = ["--", "sh", "-c", script, "sh", file, "{out}", numbers];
    run(folder, &[&["--lr", "1e-4..1e-2"], &flags[..], &command].concat())
}

/// The same as JSON, with the exit code.
fn object(flags: &str, script: &str, file: &str) -> (i32, Value) {
    let ended = check(&Folder::new(), &format!("--json {flags}"), script, file);
    (ended.code, ended.object())
}

fn kinds(checked: &Value) -> Vec<&str> {
    checked["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap()).collect()
}

/// Users of the best-known trainers must not be told to change a program that can already be read.
#[test]
fn well_known_trainers_are_recognised() {
    for (flags, file, source, printed, samples) in [
        ("--samples 1500", "huggingface/output.txt", "hugging_face", "eval_loss", 638),
        ("--samples 1500", "keras/output.txt", "bar", "val_loss", 192),
        ("", "nanogpt/output.txt", "plain", "val loss", 0),
        ("--samples 1500", "mnist/output.txt", "plain", "Test Average loss", 1500),
        ("--samples 1500", "fastai/output-progress.txt", "table", "valid_loss", 1500),
    ] {
        let (code, checked) = object(flags, r#"cat "$1""#, &recorded(file));
        assert_eq!(
            (code, &checked["could_run"], &checked["end"]),
            (0, &json!(true), &json!("finished")),
            "{file}"
        );
        assert_eq!(checked["source"], source, "{file}");
        let metric = &checked["recognised"]["found"][source]["metrics"]["val_loss"];
        assert_eq!(metric["printed"], printed, "{file}");
        assert_eq!(checked["rows"][0]["samples"], samples, "{file}");
        assert!(kinds(&checked).contains(&"wall_clock"), "{file}");
    }
}

#[test]
fn a_table_that_is_written_is_recognised() {
    let (code, checked) = object("", r#"cp "$1" "$2/metrics.csv""#, &recorded("lightning/metrics.csv"));
    assert_eq!((code, &checked["source"]), (0, &json!("file")));
    assert_eq!((&checked["rows"][0]["step"], &checked["rows"][0]["samples"]), (&json!(10), &json!(80)));
    assert_eq!(checked["samples_between_looks"], 80.0);
}

/// A study of such a program would end at its first row, directly after the start.
#[test]
fn epochs_without_a_number_of_samples_are_no_position() {
    let (code, checked) = object("", r#"cat "$1""#, &recorded("huggingface/output.txt"));
    assert_eq!((code, kinds(&checked)[0]), (3, "only_epoch"));
    assert_eq!((&checked["could_run"], &checked["rows"]), (&json!(false), &json!([])));
}

#[test]
fn another_metric_can_be_the_target() {
    let file = recorded("sklearn/output.txt");
    let (code, checked) = object("--samples 1500", r#"cat "$1""#, &file);
    assert_eq!((code, &checked["findings"][0]["others"]), (3, &json!(["train_loss", "val_score"])));
    let (code, checked) = object("--samples 1500 --target val_score=0.9", r#"cat "$1""#, &file);
    assert_eq!((code, &checked["metric"]), (0, &json!("val_score")));
}

/// A check that starts with the largest or the default size would wait longest, or run out of
/// memory without need.
#[test]
fn the_smallest_size_runs_at_the_middle_of_the_rates() {
    let script = r#"echo '{"step": 10, "seconds": 1, "val_loss": 0.5}'"#;
    let (_, checked) = object("--batch-sizes 4..64 --seed 7", script, "");
    let request = &checked["request"];
    assert_eq!((&request["batch_size"], &request["seed"]), (&json!(4), &json!(7)));
    assert!((request["learning_rate"].as_f64().unwrap() / 1e-3 - 1.0).abs() < 1e-9);
    assert!(checked["command"].as_str().unwrap().ends_with("'4 0.001 7 10'"), "{checked}");
}

/// Programs that report nothing. Each has its own reason, which the user must be told.
#[test]
fn what_cannot_be_read_is_said_with_its_reason() {
    for (script, code, kind, says) in [
        (":", 3, "nothing_printed", "It printed nothing."),
        ("echo hello; echo world", 3, "nothing_recognised", "    world"),
        ("echo step 3: train loss 0.5", 3, "metric_missing", "did not report val_loss, but train_loss."),
        ("echo 'error: unrecognized arguments: --bs 8' >&2; exit 2", 1, "bad_flag", "arguments: --bs 8"),
        ("echo oops >&2; exit 3", 1, "crashed", "exit code 3"),
        ("echo MemoryError >&2; exit 1", 1, "out_of_memory", "at batch size 8: MemoryError"),
    ] {
        let text = check(&Folder::new(), "", script, "").ended_with(code).stdout;
        assert!(text.contains("A study could not run yet.") && text.contains(says), "{text}");
        let (again, checked) = object("", script, "");
        assert_eq!((again, kinds(&checked)[0]), (code, kind));
    }
}

/// A program that hangs must not keep the check waiting for as long as a start may take.
#[test]
fn limits_hold() {
    for (flags, end) in [
        ("--trial-timeout 0.3s", "deadline"),
        ("--start-timeout 0.3s", "silent"),
        ("--budget 0.3s", "interrupted"),
    ] {
        let (code, checked) = object(flags, "exec sleep 600", "");
        assert_eq!((code, &checked["end"]), (3, &json!(end)), "{flags}");
    }
}

/// A check must not leave an empty export behind, and must not ignore what it was asked for.
#[test]
fn flags_of_a_study_are_refused() {
    let folder = Folder::new();
    for flag in
        ["--export-json=f", "--export-csv=f", "--export-markdown=f", "--name=n", "--fresh", "--explain"]
    {
        let name = flag.split('=').next().unwrap();
        run(&folder, &[flag, "--", "sh", "{batch_size}"]).refused(2, &["'--check'", name]);
    }
    assert!(!folder.path("f").exists());
}

#[test]
fn what_cannot_be_started_is_an_error() {
    let refused = |words: &[&str], code, what: &[&str]| run(&Folder::new(), words).refused(code, what);
    refused(&["--", "no-such-program", "{batch_size}"], 1, &["no-such-program", "command not found"]);
    refused(&["--", "sh", "-c", ":"], 2, &["has no {batch_size}"]);
    refused(&["--", "sh", "{batch_size}", "{lr}"], 2, &["--lr 1e-4..1"]);
    let fit = ["--objective", "fit", "--", "sh", "-c", ":", "{batch_size}"];
    refused(&fit, 2, &["--check", "--objective fit"]);
}

/// A check must not leave a study behind that later commands would read as an answer.
#[test]
fn nothing_is_remembered() {
    let folder = Folder::new();
    let ended =
        check(&folder, "--samples 1500", r#"cat "$1"; touch "$2/written""#, &recorded("mnist/output.txt"));
    let command = ended.succeeded().stdout.lines().next().unwrap().to_owned();
    let out = command.split(' ').find(|word| word.contains("batch-size-8")).unwrap().to_owned();
    assert!(!folder.path("runs").exists() && !std::path::Path::new(&out).exists(), "{out}");
}

/// A program's output must not be able to write anywhere on the user's terminal.
#[test]
fn escape_codes_of_the_program_do_not_reach_the_terminal() {
    for script in [
        r#"printf '\033[2Jstep 3: val loss\033]0;owned\007 0.5\n'"#,
        r#"printf '{"step": 3, "val_loss": 0.5, "\\u001b[2J": 1}\n'"#,
        r#"printf 'bye\033[2J\n' >&2; exit 3"#,
    ] {
        let text = check(&Folder::new(), "", script, "").stdout;
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
}

/// A user reads only one of the two languages, so the text must be complete in both.
#[test]
fn both_languages_tell_it() {
    let file = recorded("mnist/output.txt");
    let line = [
        "find",
        "--check",
        "--samples",
        "1500",
        "--",
        "sh",
        "-c",
        r#"cat "$1""#,
        "sh",
        &file,
        "{batch_size}",
    ];
    let japanese = [&line[..2], &["--lang", "ja"], &line[2..]].concat();
    let folder = Folder::new();
    let text = Ended::new(folder.command(&japanese).output().unwrap()).succeeded().stdout;
    assert!(text.contains("この実験は実行できます") && text.contains("1,500 サンプル"), "{text}");
}
