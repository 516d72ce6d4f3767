//! Two short trials of a command. They show what a study could read before a study depends on it.
//!
//! The command is started at one batch size and read like a trial of a study, and stopped as soon as
//! the check has seen enough. A second trial, at a larger size with the same rate and seed, shows
//! whether the batch size has an effect.
//!
//! Left out: what is missing (`findings`), how it is shown.

pub(crate) mod checked;
pub(crate) mod findings;

use crate::check::checked::{CheckEnd, Checked, CheckedSize, Finding};
use crate::check::findings::{Arrivals, CheckEvidence};
use crate::counting::StepsPerEpoch;
use crate::doubts::add_once;
use crate::process::end::ChildEnd;
use crate::process::template::Placeholder;
use crate::read::recognised::Recognised;
use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::rows::Rows;
use crate::settings::CommandSettings;
use crate::trial::{Arrival, CommandTrial, Placed, ReadEnd};
use crate::workload::CommandWorkload;
use batchwright_find::{RUNS_OF_A_STUDY, SEED_RANGE, SameAtSizes, StepTime, Suspicion};
use batchwright_find::{TrialError, TrialRequest, TrialRow, Workload};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// This many evaluations are enough.
const ENOUGH_EVALUATIONS: u64 = 3;
/// Number of rows that are kept for display.
const KEPT_ROWS: usize = 5;
/// Values that are compared between two sizes; with fewer than this, equal ones may be chance.
const KEPT_VALUES: usize = 64;
const FEWEST_VALUES: usize = 3;
/// The second size of a check is so many times the first.
const FOUR: u64 = 4;
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

    /// A second training, at another size, that shows whether the batch size has an effect: at four
    /// times the size, or the largest of `sizes` below that. `None` where there is no other size.
    pub fn second_request(&self, first: &TrialRequest, sizes: &[u64]) -> Option<TrialRequest> {
        let most = first.batch_size.saturating_mul(FOUR);
        let larger = || sizes.iter().copied().filter(|&size| size > first.batch_size);
        let batch_size = larger().filter(|&size| size <= most).max().or_else(|| larger().min())?;
        let (eval_samples, max_samples) = self.short_length(batch_size);
        Some(TrialRequest { batch_size, eval_samples, max_samples, ..*first })
    }

    /// Runs one trial, and a `second` one until it shows whether the batch size has an effect, and
    /// reports what could be read. A trial ends when the program ends, when enough was seen, or at a
    /// limit of the settings.
    ///
    /// # Errors
    /// [`TrialError`] where the program could not be started.
    pub fn check(
        &self,
        request: &TrialRequest,
        second: Option<&TrialRequest>,
    ) -> Result<Checked, TrialError> {
        self.check_with(request, second, TIMES)
    }

    fn check_with(
        &self,
        request: &TrialRequest,
        second: Option<&TrialRequest>,
        times: CheckTimes,
    ) -> Result<Checked, TrialError> {
        let first = self.look(request, times, |_, _| false)?;
        let learnt = |look: &Look| CheckedSize {
            batch_size: look.request.batch_size,
            // Only where it is exact: bounds are for doubts.
            steps_per_epoch: look.steps_per_epoch.filter(|it| it.least == it.most).map(|it| it.least),
        };
        let mut sizes = vec![learnt(&first)];
        let mut same = None;
        if let Some(second) = second.filter(|_| first.is_sound(self.settings())) {
            let shown = |rows: &Rows, progress: &CheckProgress| {
                let other =
                    first.steps_per_epoch.is_none() && differ(&progress.values, &first.progress.values);
                rows.steps_per_epoch().is_some_and(StepsPerEpoch::is_settled) || other
            };
            let second = self.look(second, times, shown)?;
            sizes.push(learnt(&second));
            same = same_values(&first, &second);
        }
        let mut doubts = self.context.measured().doubts(self.settings());
        same.into_iter().for_each(|doubt| add_once(&mut doubts, doubt));
        Ok(self.checked(first, sizes, doubts))
    }

    /// One training, read until `shown`, or until enough was seen for a check.
    fn look(
        &self,
        request: &TrialRequest,
        times: CheckTimes,
        shown: impl Fn(&Rows, &CheckProgress) -> bool,
    ) -> Result<Look, TrialError> {
        let started = Instant::now();
        let mut trial = CommandTrial::start(&self.context, request)?;
        let mut progress = CheckProgress::new(&self.settings().metric);
        let read = trial.read_until(|trial, arrival| match arrival {
            Some((arrival, placed)) => {
                // A row without a position was already counted in what was recognised.
                progress.add(&arrival, placed);
                shown(trial.rows(), &progress).then_some(CheckEnd::SeenEnough)
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
        let (rows, ended) = (trial.rows(), trial.ended());
        progress.refused = progress.refused.or_else(|| rows.placement_error().cloned().map(reason));
        Ok(Look {
            request: *request,
            command: trial.command().to_owned(),
            recognised: trial.recognised(),
            stopped,
            end: ended.map(|ended| ended.end.clone()),
            complete: trial.is_complete(),
            problems: trial.problems().map(ToString::to_string).collect(),
            seconds,
            wall_clock: rows.uses_wall_clock(),
            between_looks: rows.evaluation_interval(),
            start_up_seconds: rows.first_row_seconds(),
            first_look_seconds: rows.first_look_seconds(),
            step_time: rows.timer().step_time(),
            steps_per_epoch: rows.steps_per_epoch(),
            peak_memory_bytes: ended.and_then(|ended| ended.peak_memory_bytes),
            peak_card_memory_bytes: ended.and_then(|ended| ended.peak_card_memory_bytes),
            progress,
        })
    }

    fn checked(&self, look: Look, sizes: Vec<CheckedSize>, doubts: Vec<Suspicion>) -> Checked {
        let source = self.context.source.get();
        let takes_interval = self.settings().template.uses(Placeholder::EvalSteps);
        let evidence = CheckEvidence {
            settings: self.settings(),
            request: &look.request,
            recognised: &look.recognised,
            source,
            stopped: look.stopped,
            end: look.end.clone(),
            complete: look.complete,
            problems: look.problems.clone(),
            arrivals: look.progress.arrivals,
            seconds: look.seconds,
            looks: look.progress.evaluations,
            placed: !look.progress.rows.is_empty(),
            refused: look.progress.refused.clone(),
            doubts,
            wall_clock: look.wall_clock,
            between_looks: look.between_looks,
        };
        let findings = evidence.findings();
        let dozen = |seconds: f64| RUNS_OF_A_STUDY as f64 * seconds;
        Checked {
            command: look.command,
            request: look.request,
            metric: self.settings().metric.clone(),
            source,
            rows: look.progress.rows,
            start_up_seconds: look.start_up_seconds,
            step_time: look.step_time,
            first_look_seconds: look.first_look_seconds,
            least_study_seconds: look.first_look_seconds.filter(|_| !takes_interval).map(dozen),
            sizes,
            samples_between_looks: look.between_looks,
            peak_memory_bytes: look.peak_memory_bytes,
            peak_card_memory_bytes: look.peak_card_memory_bytes,
            seconds: look.seconds,
            end: look.stopped.or(look.end.as_ref().map(CheckEnd::of)).unwrap_or(CheckEnd::Finished),
            could_run: !findings.iter().any(Finding::prevents_study),
            findings,
            recognised: look.recognised,
        }
    }
}

/// What one training of a check showed.
struct Look {
    request: TrialRequest,
    command: String,
    recognised: Recognised,
    /// Why it was stopped, if it was.
    stopped: Option<CheckEnd>,
    end: Option<ChildEnd>,
    /// Whether it has trained as far as it was asked to.
    complete: bool,
    problems: Vec<String>,
    seconds: f64,
    wall_clock: bool,
    between_looks: Option<f64>,
    start_up_seconds: Option<f64>,
    first_look_seconds: Option<f64>,
    step_time: Option<StepTime>,
    steps_per_epoch: Option<StepsPerEpoch>,
    peak_memory_bytes: Option<u64>,
    peak_card_memory_bytes: Option<u64>,
    progress: CheckProgress,
}

impl Look {
    /// Whether it ran without an error and was evaluated, so that another one can be compared with it.
    fn is_sound(&self, settings: &CommandSettings) -> bool {
        let ended_well = self.stopped.is_none() && (self.complete || self.end == Some(ChildEnd::Finished));
        let good_end = ended_well || self.stopped == Some(CheckEnd::SeenEnough);
        good_end && self.progress.evaluations > 0 && !settings.judged_at_end
    }
}

/// Whether two trainings differ in a value. Their steps are of other lengths where only epochs are named.
fn differ(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).any(|(a, b)| a.to_bits() != b.to_bits())
}

/// Two trainings at two sizes with the same rate and seed whose values are the same, to the last
/// digit, one after the other: the size has no effect.
fn same_values(first: &Look, second: &Look) -> Option<Suspicion> {
    let (a, b) = (&first.progress.values, &second.progress.values);
    let values = a.len().min(b.len());
    let distinct: BTreeSet<u64> = a.iter().take(values).map(|value| value.to_bits()).collect();
    (distinct.len() >= FEWEST_VALUES && !differ(a, b)).then(|| Suspicion::BatchSizeUnused {
        sizes: vec![first.request.batch_size, second.request.batch_size],
        same: SameAtSizes::Values { values: values as u64 },
    })
}

impl CheckEnd {
    fn of(end: &ChildEnd) -> Self {
        match end {
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

/// What a training of a check has shown so far.
struct CheckProgress {
    metric: String,
    /// The first rows that carry the metric.
    rows: Vec<TrialRow>,
    /// Rows of the metric, with or without a position.
    evaluations: u64,
    first_evaluation: Option<Instant>,
    /// The metric after the first step, as it was reported; the first values.
    values: Vec<f64>,
    /// Why a study would not go on with it.
    refused: Option<String>,
    /// Each pair of a source and a metric that it reported.
    names: BTreeSet<(RowSource, String)>,
    /// When the latest of these pairs appeared for the first time.
    last_name: Instant,
    arrivals: Option<Arrivals>,
}

impl CheckProgress {
    fn new(metric: &str) -> Self {
        let (rows, evaluations, first_evaluation, values) = Default::default();
        let (refused, names, arrivals) = Default::default();
        let (metric, last_name) = (metric.to_owned(), Instant::now());
        Self { metric, rows, evaluations, first_evaluation, values, refused, names, last_name, arrivals }
    }

    /// Adds a row as it arrived. `placed` is the row with the position that a study would give it.
    fn add(&mut self, Arrival { row, at }: &Arrival, placed: Placed) {
        let before = self.arrivals.unwrap_or(Arrivals { reports: 0, first: *at, last: *at });
        self.arrivals = Some(Arrivals { reports: before.reports + 1, last: *at, ..before });
        self.add_names(row);
        let value = row.metrics.get(&self.metric).copied();
        if value.is_some() {
            self.evaluations += 1;
            self.first_evaluation.get_or_insert_with(Instant::now);
        }
        match placed {
            Ok(Some(placed)) => {
                let counts = placed.step > 0 && self.values.len() < KEPT_VALUES;
                self.values.extend(value.filter(|_| counts));
                self.rows.extend(Some(placed).filter(|row| row.own.is_some() && self.rows.len() < KEPT_ROWS));
            }
            Ok(None) => {}
            Err(error) => drop(self.refused.get_or_insert_with(|| reason(error))),
        }
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

/// The message of a failure without the words that a study puts before it.
fn reason(error: TrialError) -> String {
    match error {
        TrialError::Failed(reason) => reason,
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::checked::Finding;
    use crate::process::limits::Limits;
    use crate::process::template::CommandTemplate;
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
        workload.check_with(&workload.check_request(8, 1 << 31), None, times).unwrap()
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
