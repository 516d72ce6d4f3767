//! A training command as a workload: what counts of what it prints, and by which clock.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use batchwright_command::process::CommandTemplate;
use batchwright_command::{CommandSettings, CommandWorkload};
use batchwright_find::{TrialError, TrialRequest, TrialRow, Workload};

const REQUEST: TrialRequest =
    TrialRequest { batch_size: 10, learning_rate: 0.1, seed: 0, max_samples: 10_000, eval_samples: 10 };

/// A shell program whose `$1` is the batch size.
fn workload(
    program: &str,
    change: impl FnOnce(&mut CommandSettings),
) -> (CommandWorkload, tempfile::TempDir) {
    let words = ["sh", "-c", program, "sh", "{batch_size}"].map(Into::into);
    let mut settings = CommandSettings::new(CommandTemplate::parse(&words).unwrap());
    change(&mut settings);
    let outputs = tempfile::tempdir().unwrap();
    (CommandWorkload::new(settings, outputs.path().to_owned()), outputs)
}

fn rows(program: &str) -> Result<Vec<TrialRow>, TrialError> {
    let (workload, _outputs) = workload(program, |_| {});
    let mut trial = workload.start(&REQUEST)?;
    std::iter::from_fn(|| trial.next_row().transpose()).collect()
}

/// The time of arrival contains start-up. A row that is timed by arrival, before the program's own
/// clock is known, must not delay all later rows.
#[test]
fn the_programs_own_clock_wins_over_that_of_arrival() {
    let program = r#"sleep 0.3; echo '{"step": 1, "val_loss": 3}'
        for k in 2 3 4 5 6 7; do echo "{\"step\": $k, \"seconds\": 0.0$k, \"val_loss\": 2}"; done"#;
    let rows = rows(program).unwrap();
    assert!(rows[0].seconds >= 0.3);
    let own: Vec<f64> = rows[1..].iter().map(|row| row.seconds).collect();
    assert_eq!(own, [0.02, 0.03, 0.04, 0.05, 0.06, 0.07]);
    let (workload, _outputs) = workload(program, |_| {});
    let measured = workload.measure_steps(10, 0.1).unwrap();
    assert!((measured.step_time.median - 0.01).abs() < 1e-9, "{measured:?}");
}

/// A trial would fail at the first line with the metric, although the next source also gives its
/// position.
#[test]
fn a_source_that_tells_no_place_gives_way_to_one_that_does() {
    let program = r#"for k in 1 2; do echo '{"val_loss": 9}'; echo "step $((k * 5)): train loss 2.0, val loss 1.5"; done"#;
    let rows = rows(program).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.step, row.samples, row.metric("val_loss"))).collect();
    assert_eq!(told, [(5, 50, Some(1.5)), (10, 100, Some(1.5))]);
}

/// Nobody could tell why a study of such a program finds nothing.
#[test]
fn a_metric_without_a_place_is_an_error_that_says_what_is_missing() {
    let error = rows(r#"for k in 1 2 3 4 5; do echo '{"val_loss": 9}'; done; sleep 60"#).unwrap_err();
    assert!(error.to_string().contains("neither step, nor samples, nor epoch"), "{error}");
    let at_the_end = rows(r#"echo '{"epoch": 1, "val_loss": 9}'"#).unwrap_err();
    assert!(at_the_end.to_string().contains("--samples N"), "{at_the_end}");
}

/// Measuring again what a trial has just shown would cost another start.
#[test]
fn a_trial_that_ran_alone_tells_the_time_of_its_steps() {
    let program = r#"echo start >> "$0.starts"; for k in 1 2 3 4 5 6 7 8 9; do echo "{\"step\": $k, \"seconds\": $k.5, \"val_loss\": 2}"; done"#;
    for (alone, starts) in [(true, 1), (false, 2)] {
        let outputs = tempfile::tempdir().unwrap();
        let name = outputs.path().join("program");
        let words = ["sh".into(), "-c".into(), program.into(), name.clone().into(), "{batch_size}".into()];
        let settings =
            CommandSettings { alone, ..CommandSettings::new(CommandTemplate::parse(&words).unwrap()) };
        let workload = CommandWorkload::new(settings, outputs.path().to_owned());
        let mut trial = workload.start(&REQUEST).unwrap();
        while trial.next_row().unwrap().is_some() {}
        drop(trial);
        assert_eq!(workload.measure_steps(10, 0.1).unwrap().step_time.median, 1.0);
        let log = std::fs::read_to_string(outputs.path().join("program.starts")).unwrap();
        assert_eq!(log.lines().count(), starts, "{alone}");
    }
}

/// The user's limit, or a Ctrl-C, would have to wait for a silent program.
#[test]
fn an_interrupted_trial_says_so_at_once() {
    let (workload, _outputs) = workload("sleep 60", |settings| settings.interrupted = Box::new(|| true));
    let mut trial = workload.start(&REQUEST).unwrap();
    assert_eq!(trial.next_row(), Err(TrialError::Interrupted));
    assert_eq!(workload.measure_steps(10, 0.1).unwrap_err(), TrialError::Interrupted);
}
