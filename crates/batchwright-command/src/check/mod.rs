//! One short trial of a command. It shows what a study could read before a study depends on it.
//!
//! The command is started at one batch size and read like a trial of a study. It is stopped as soon
//! as the check has seen enough.
//!
//! Left out: what is missing (`findings`), how it is shown.

pub(crate) mod checked;
pub(crate) mod findings;

use crate::check::checked::{CheckEnd, Checked, Finding};
use crate::check::findings::{Arrivals, CheckEvidence};
use crate::process::end::{ChildEnd, Ended};
use crate::process::template::Placeholder;
use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::trial::{Arrival, CommandTrial, ReadEnd};
use crate::workload::CommandWorkload;
use batchwright_find::Workload;
use batchwright_find::{SEED_RANGE, TrialError, TrialRequest, TrialRow};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// This many evaluations are enough.
const ENOUGH_EVALUATIONS: u64 = 3;
/// Number of rows that are kept for display.
const KEPT_ROWS: usize = 5;
/// (steps between two evaluations, number of evaluations) for a program that accepts both from us.
const SHORT: (u64, u64) = (10, 5);
/// (epochs for a program that takes its length in epochs, epochs for a program whose evaluation
/// interval is not known).
const EPOCHS: (u64, u64) = (3, 20);
/// Steps for a program where neither the interval nor the epoch is known.
const STEPS: u64 = 10_000;

/// How long a check waits for more output.
#[derive(Debug, Clone, Copy)]
struct CheckTimes {
    /// Time after the latest metric appeared for the first time, once there were enough
    /// evaluations.
    after_last_name: Duration,
    /// Longest time after the first evaluation.
    after_first_evaluation: Duration,
}

const TIMES: CheckTimes =
    CheckTimes { after_last_name: Duration::from_secs(3), after_first_evaluation: Duration::from_secs(60) };

impl CommandWorkload {
    /// A short training at this size, at the middle of the learning rates, with the first seed of a
    /// study.
    ///
    /// It is long enough for one evaluation. A program that does not take its interval from us may
    /// evaluate rarely; it is stopped after its first evaluation.
    pub fn check_request(&self, batch_size: u64, seed: u64) -> TrialRequest {
        let (eval_samples, max_samples) = self.short_length(batch_size);
        TrialRequest {
            batch_size,
            learning_rate: self.starting_learning_rate(batch_size),
            seed: seed % SEED_RANGE,
            max_samples,
            eval_samples,
        }
    }

    /// (samples between two evaluations, samples in total).
    fn short_length(&self, batch_size: u64) -> (u64, u64) {
        let settings = self.settings();
        let uses = |placeholder| settings.template.uses(placeholder);
        let eval_samples = batch_size.saturating_mul(SHORT.0);
        let epochs = |epochs| settings.samples.map(|samples| samples.saturating_mul(epochs));
        let max_samples = match epochs(EPOCHS.0) {
            // Many programs refuse a fraction of an epoch.
            Some(samples) if uses(Placeholder::Epochs) => samples,
            _ if uses(Placeholder::EvalSteps) => eval_samples.saturating_mul(SHORT.1),
            _ => {
                settings.max_samples.or(epochs(EPOCHS.1)).unwrap_or_else(|| batch_size.saturating_mul(STEPS))
            }
        };
        (eval_samples, max_samples)
    }

    /// Runs one trial and reports what could be read. The check ends when the program ends, when
    /// enough was seen, or at a limit of the settings.
    ///
    /// # Errors
    /// [`TrialError`] where the program could not be started.
    pub fn check(&self, request: &TrialRequest) -> Result<Checked, TrialError> {
        self.check_with(request, TIMES)
    }

    fn check_with(&self, request: &TrialRequest, times: CheckTimes) -> Result<Checked, TrialError> {
        let started = Instant::now();
        let mut trial = CommandTrial::start(&self.context, request)?;
        let mut progress = CheckProgress::new(&self.settings().metric);
        let read = trial.read_until(|trial, arrival| match arrival {
            Some((arrival, placed)) => {
                // A row without a position was already counted in what was recognised.
                progress.add(&arrival, placed.ok().flatten());
                None
            }
            None if trial.is_not_understood() => Some(CheckEnd::NotUnderstood),
            None => progress.is_enough(times).then_some(CheckEnd::SeenEnough),
        });
        let stopped = match read {
            ReadEnd::Enough(end) => Some(end),
            ReadEnd::Interrupted => Some(CheckEnd::Interrupted),
            ReadEnd::Ended => None,
        };
        let seconds = started.elapsed().as_secs_f64();
        trial.stop();
        Ok(self.checked(request, &trial, progress, stopped, seconds))
    }

    fn checked(
        &self,
        request: &TrialRequest,
        trial: &CommandTrial,
        progress: CheckProgress,
        stopped: Option<CheckEnd>,
        seconds: f64,
    ) -> Checked {
        let (recognised, ended, source) = (trial.recognised(), trial.ended(), self.context.source.get());
        let evidence = CheckEvidence {
            settings: self.settings(),
            request,
            recognised: &recognised,
            source,
            stopped,
            end: ended.map(|ended| ended.end.clone()),
            problems: trial.problems().map(ToString::to_string).collect(),
            arrivals: progress.arrivals,
            seconds,
            looks: progress.evaluations,
            wall_clock: trial.rows().uses_wall_clock(),
            between_looks: trial.rows().evaluation_interval(),
        };
        let findings = evidence.findings();
        Checked {
            command: trial.command().to_owned(),
            request: *request,
            metric: self.settings().metric.clone(),
            source,
            rows: progress.rows,
            start_up_seconds: trial.rows().first_row_seconds(),
            step_time: trial.rows().timer().step_time(),
            samples_between_looks: trial.rows().evaluation_interval(),
            peak_memory_bytes: ended.and_then(|ended| ended.peak_memory_bytes),
            seconds,
            end: stopped.or_else(|| ended.map(CheckEnd::of)).unwrap_or(CheckEnd::Finished),
            could_run: !findings.iter().any(Finding::prevents_study),
            findings,
            recognised,
        }
    }
}

impl CheckEnd {
    fn of(ended: &Ended) -> Self {
        match ended.end {
            // Only the check itself stops its trial. That end is already known at this point.
            ChildEnd::Finished | ChildEnd::Stopped => Self::Finished,
            ChildEnd::Deadline { .. } => Self::Deadline,
            ChildEnd::Silent { .. } => Self::Silent,
            ChildEnd::OutOfMemory { .. } => Self::OutOfMemory,
            ChildEnd::BadFlag { .. } => Self::BadFlag,
            ChildEnd::Crashed { .. } => Self::Crashed,
        }
    }
}

/// What a check has seen so far.
struct CheckProgress<'a> {
    metric: &'a str,
    /// The first rows that carry the metric.
    rows: Vec<TrialRow>,
    /// Rows of the metric, with or without a position.
    evaluations: u64,
    first_evaluation: Option<Instant>,
    /// Each pair of a source and a metric that it reported.
    names: BTreeSet<(RowSource, String)>,
    /// When the latest of these pairs appeared for the first time.
    last_name: Instant,
    arrivals: Option<Arrivals>,
}

impl<'a> CheckProgress<'a> {
    fn new(metric: &'a str) -> Self {
        let (rows, evaluations, first_evaluation, names, arrivals) = Default::default();
        Self { metric, rows, evaluations, first_evaluation, names, last_name: Instant::now(), arrivals }
    }

    /// Adds a row as it arrived. `placed` is the row with the position that a study would give it.
    fn add(&mut self, Arrival { row, at }: &Arrival, placed: Option<TrialRow>) {
        let before = self.arrivals.unwrap_or(Arrivals { reports: 0, first: *at, last: *at });
        self.arrivals = Some(Arrivals { reports: before.reports + 1, last: *at, ..before });
        self.add_names(row);
        if row.metrics.contains_key(self.metric) {
            self.evaluations += 1;
            self.first_evaluation.get_or_insert_with(Instant::now);
        }
        self.rows.extend(placed.filter(|row| row.own.is_some() && self.rows.len() < KEPT_ROWS));
    }

    fn add_names(&mut self, row: &Row) {
        for name in row.metrics.keys() {
            if self.names.insert((row.source, name.clone())) {
                self.last_name = Instant::now();
            }
        }
    }

    fn is_enough(&self, times: CheckTimes) -> bool {
        let since_first = self.first_evaluation.map(|first| first.elapsed());
        let late = since_first.is_some_and(|since| since >= times.after_first_evaluation);
        late || self.evaluations >= ENOUGH_EVALUATIONS && self.last_name.elapsed() >= times.after_last_name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::checked::Finding;
    use crate::process::limits::Limits;
    use crate::process::template::CommandTemplate;
    use crate::settings::CommandSettings;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Longer than a slow machine takes; no test waits for it.
    const LONG: Duration = Duration::from_secs(600);
    const AT_ONCE: CheckTimes = CheckTimes { after_last_name: Duration::ZERO, after_first_evaluation: LONG };

    /// A shell script that accepts all placeholders.
    fn settings(script: &str) -> CommandSettings {
        let words = ["sh", "-c", script, "sh", "{batch_size} {lr} {seed} {eval_steps}"].map(Into::into);
        let limits = Limits { grace: Duration::from_millis(50), ..Limits::default() };
        CommandSettings { limits, ..CommandSettings::new(CommandTemplate::parse(&words).unwrap()) }
    }

    fn check(settings: CommandSettings, times: CheckTimes) -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let workload = CommandWorkload::new(settings, folder.path().to_owned());
        workload.check_with(&workload.check_request(8, 1 << 31), times).unwrap()
    }

    /// A check must not last as long as a training, and must leave no process running.
    #[test]
    fn an_endless_program_is_stopped_with_all_its_processes() {
        // The script leaves a process running and prints that process's id as the step.
        let script = r#"
            sleep 600 & id=$!
            for samples in 80 160 240; do echo "{\"step\": $id, \"samples\": $samples, \"val_loss\": 0.5}"; done
            wait"#;
        let checked = check(settings(script), AT_ONCE);
        assert_eq!((checked.end, checked.could_run), (CheckEnd::SeenEnough, true));
        assert_eq!(checked.rows.iter().map(|row| row.samples).collect::<Vec<_>>(), [80, 160, 240]);
        let state = std::fs::read_to_string(format!("/proc/{}/stat", checked.rows[0].step));
        assert!(state.is_err() || state.is_ok_and(|state| state.contains(") Z ")));
    }

    /// Ctrl-C must not lose what was already read.
    #[test]
    fn an_interrupted_check_tells_what_was_read() {
        let came = Arc::new(AtomicBool::new(false));
        let (set, seen) = (Arc::clone(&came), came);
        let settings = CommandSettings {
            on_line: Box::new(move |_| set.store(true, Ordering::Relaxed)),
            interrupted: Box::new(move || seen.load(Ordering::Relaxed)),
            ..settings(r#"echo '{"step": 10, "val_loss": 0.5}'; sleep 600"#)
        };
        let checked = check(settings, TIMES);
        assert_eq!((checked.end, checked.rows.len(), checked.could_run), (CheckEnd::Interrupted, 1, true));
    }

    /// For a program that prints one row per hour, a check must not wait for three rows.
    #[test]
    fn the_first_look_bounds_a_check() {
        let times = CheckTimes { after_last_name: LONG, after_first_evaluation: Duration::ZERO };
        let checked = check(settings(r#"echo '{"step": 10, "val_loss": 0.5}'; sleep 600"#), times);
        assert_eq!(
            (checked.end, checked.findings),
            (CheckEnd::SeenEnough, vec![Finding::OneLook, Finding::WallClock])
        );
    }

    /// Many programs refuse a fractional number of epochs. A program that itself decides when it
    /// evaluates must not be stopped before its first evaluation.
    #[test]
    fn a_check_is_as_short_as_the_command_lets_it_be() {
        let length = |word: &str, samples| {
            let template = CommandTemplate::parse(&["x".into(), word.into()]).unwrap();
            let settings = CommandSettings { samples, ..CommandSettings::new(template) };
            let workload = CommandWorkload::new(settings, "nowhere".into());
            let request = workload.check_request(8, 0);
            assert_eq!((request.batch_size, request.learning_rate), (8, 0.01));
            (request.eval_samples, request.max_samples)
        };
        assert_eq!(length("{batch_size} {steps} {eval_steps}", None), (80, 400));
        assert_eq!(length("{batch_size} {epochs} {eval_steps}", Some(1500)), (80, 4500));
        assert_eq!(length("{batch_size} {steps}", Some(1500)), (80, 30_000));
        assert_eq!(length("{batch_size}", None), (80, 80_000));
    }
}
