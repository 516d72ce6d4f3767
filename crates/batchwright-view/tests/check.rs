//! The text of a check of a command, in both languages.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use batchwright_command::read::{LineReader, Recognised, RowSource};
use batchwright_command::{CheckEnd, Checked, CheckedSize, Finding};
use batchwright_find::{StepTime, TrialRequest, TrialRow};
use batchwright_view::{Style, check_line, check_summary};
use common::*;

fn recognised(lines: &[&str]) -> Recognised {
    let mut reader = LineReader::new(Vec::new(), "val_loss");
    lines.iter().for_each(|line| drop(reader.read(line)));
    reader.recognised().clone()
}

/// A program that needs no change, but prints no times and takes no seed.
fn good() -> Checked {
    let row = |step: u64, loss: f64| TrialRow {
        step,
        epoch: None,
        samples: 8 * step,
        seconds: 0.25 * step as f64,
        val_loss: Some(loss),
        val_accuracy: None,
        own: Some(loss),
    };
    Checked {
        command: "python train.py --batch-size 8 --lr 0.01".to_owned(),
        request: TrialRequest {
            batch_size: 8,
            learning_rate: 0.01,
            seed: 0,
            max_samples: 400,
            eval_samples: 80,
        },
        metric: "val_loss".to_owned(),
        recognised: recognised(&[
            r#"{"step": 10, "eval_loss": 2.3, "acc": 0.5}"#,
            r#"{"step": 20, "eval_loss": 1.5}"#,
            r#"{"step": 30, "eval_loss": NaN}"#,
        ]),
        source: Some(RowSource::Json),
        rows: vec![row(10, 2.3), row(20, 1.5), row(30, f64::NAN)],
        start_up_seconds: Some(4.5),
        step_time: Some(StepTime { median: 0.25, low: 0.25, high: 0.25 }),
        first_look_seconds: Some(7.0),
        least_study_seconds: Some(84.0),
        sizes: vec![
            CheckedSize { batch_size: 8, steps_per_epoch: Some(10.0) },
            CheckedSize { batch_size: 32, steps_per_epoch: None },
        ],
        samples_between_looks: Some(80.0),
        peak_memory_bytes: Some(300 << 20),
        peak_card_memory_bytes: Some(2 << 30),
        seconds: 15.25,
        end: CheckEnd::SeenEnough,
        findings: vec![Finding::WallClock, Finding::NoSeed],
        could_run: true,
    }
}

/// A program whose output is not understood, or that fails.
fn bad(end: CheckEnd, finding: Finding, word: &str) -> Checked {
    Checked {
        command: format!("python {word} 8"),
        recognised: recognised(&[]),
        source: None,
        rows: Vec::new(),
        start_up_seconds: None,
        step_time: None,
        first_look_seconds: None,
        least_study_seconds: None,
        sizes: vec![CheckedSize { batch_size: 8, steps_per_epoch: None }],
        samples_between_looks: None,
        peak_memory_bytes: None,
        peak_card_memory_bytes: None,
        end,
        findings: vec![finding, Finding::OneRate],
        could_run: false,
        ..good()
    }
}

fn crashed(word: &str) -> Checked {
    let death = "exit code 3".to_owned();
    bad(
        CheckEnd::Crashed,
        Finding::Crashed { death, last_lines: vec!["Traceback:".into(), word.into()] },
        word,
    )
}

fn not_understood(word: &str) -> Checked {
    let last_lines = vec!["loading".to_owned(), word.to_owned()];
    let finding =
        Finding::NothingRecognised { metric: word.to_owned(), lines: 2, last_lines, suggestion: None };
    bad(CheckEnd::Finished, finding, word)
}

/// Otherwise a change of wording, of columns or of order goes unnoticed.
#[test]
fn a_check_says_the_same_as_before() {
    for lang in LANGUAGES {
        let parts = [good(), crashed("oops"), not_understood("train.py")];
        let said: Vec<String> = parts.iter().map(|checked| check_summary(checked, style(lang))).collect();
        insta::assert_snapshot!(
            format!("check_{}", lang.code()),
            format!("{}\n\n{}", said.join("\n\n"), check_line(style(lang)))
        );
    }
}

/// Otherwise escape codes in a program's output act on the terminal, with colours or without.
#[test]
fn a_hostile_program_reaches_the_terminal_as_text() {
    let mut read = good();
    let line = format!("{{\"step\": 3, \"val_loss\": 1, {:?}: 2}}", HOSTILE.replace('\u{1b}', "\u{9b}"));
    (read.recognised, read.metric) = (recognised(&[&line, HOSTILE]), HOSTILE.to_owned());
    for lang in LANGUAGES {
        for checked in [&read, &crashed(HOSTILE), &not_understood(HOSTILE)] {
            let text = check_summary(checked, style(lang));
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
            let coloured = check_summary(checked, Style { colour: true, ..style(lang) });
            assert!(!coloured.contains("\u{1b}[2J"), "{coloured:?}");
        }
    }
}

/// Otherwise the lines that this program breaks itself are too long for a narrow terminal.
#[test]
fn a_narrow_terminal_holds_the_findings() {
    for lang in LANGUAGES {
        let text = check_summary(&not_understood("x"), Style { width: 50, ..style(lang) });
        assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 52), "{text}");
    }
}
