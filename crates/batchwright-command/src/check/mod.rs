//! One short trial of a command, to see what would be read of it before a study rests on it.
//!
//! It is started at one size, listened to as a trial of a study is, and stopped as soon as enough was seen.
//!
//! Left out: what is missing (`findings`), how it is shown.

pub(crate) mod checked;
#[cfg(unix)]
pub(crate) mod findings;

use crate::check::checked::{CheckEnd, Checked, Finding};
use crate::check::findings::{Arrivals, CheckEvidence};
use crate::process::end::{ChildEnd, Ended};
use crate::process::template::Placeholder;
use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::trial::CommandTrial;
use crate::workload::CommandWorkload;
use batchwright_find::Workload;
use batchwright_find::{SEED_RANGE, TrialError, TrialRequest, TrialRow};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Looks at the metric that are enough.
const ENOUGH_LOOKS: u64 = 3;
/// Rows that are kept to be shown.
const KEPT_ROWS: usize = 5;
/// Steps between two looks, and looks, where the program takes both from us.
const SHORT: (u64, u64) = (10, 5);
/// Epochs of a program that counts in them, and of one whose own interval between looks is not known.
const EPOCHS: (u64, u64) = (3, 20);
/// Steps of a program of which neither the interval nor the epoch is known.
const STEPS: u64 = 10_000;

/// How long is waited for what may still come.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// After the last new name, once there were enough looks.
    news: Duration,
    /// After the first look.
    most: Duration,
}

const PATIENCE: Patience = Patience { news: Duration::from_secs(3), most: Duration::from_secs(60) };

impl CommandWorkload {
    /// A short training at a size, at the middle of the rates, with the first seed of a study.
    ///
    /// It is long enough for a look at the metric: a program that does not take its interval from us may look seldom, and is stopped once it did.
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

    /// Samples between looks, and in all.
    fn short_length(&self, batch_size: u64) -> (u64, u64) {
        let settings = self.settings();
        let uses = |placeholder| settings.template.uses(placeholder);
        let eval_samples = batch_size.saturating_mul(SHORT.0);
        let epochs = |epochs| settings.samples.map(|samples| samples.saturating_mul(epochs));
        let max_samples = match epochs(EPOCHS.0) {
            // A fraction of an epoch is no number of epochs to many programs.
            Some(samples) if uses(Placeholder::Epochs) => samples,
            _ if uses(Placeholder::EvalSteps) => eval_samples.saturating_mul(SHORT.1),
            _ => {
                settings.max_samples.or(epochs(EPOCHS.1)).unwrap_or_else(|| batch_size.saturating_mul(STEPS))
            }
        };
        (eval_samples, max_samples)
    }

    /// Runs one trial and says what would be read of it. It ends with the program, once enough was seen, or at a limit of the settings.
    ///
    /// # Errors
    /// [`TrialError`] where the program could not be started: then nothing was seen.
    pub fn check(&self, request: &TrialRequest) -> Result<Checked, TrialError> {
        self.check_with(request, PATIENCE)
    }

    fn check_with(&self, request: &TrialRequest, patience: Patience) -> Result<Checked, TrialError> {
        let started = Instant::now();
        let mut trial = CommandTrial::start(self, request)?;
        let mut seen = Seen::nothing(&self.settings().metric);
        let stopped = self.watch(&mut trial, &mut seen, patience);
        let seconds = started.elapsed().as_secs_f64();
        trial.stop();
        Ok(self.checked(request, &trial, seen, stopped, seconds))
    }

    /// Listens until the program ends (`None`) or should be stopped.
    fn watch(&self, trial: &mut CommandTrial, seen: &mut Seen, patience: Patience) -> Option<CheckEnd> {
        loop {
            trial.listen();
            while let Some((report, at)) = trial.next_report() {
                // A row that cannot be placed is counted by what was recognised.
                let row = trial.row(&report, at).ok().flatten();
                seen.take(&report, at, row);
            }
            if trial.ended().is_some() {
                return None;
            }
            if (self.settings().interrupted)() {
                return Some(CheckEnd::Interrupted);
            }
            if trial.is_not_understood() {
                return Some(CheckEnd::NotUnderstood);
            }
            if seen.is_enough(patience) {
                return Some(CheckEnd::SeenEnough);
            }
        }
    }

    fn checked(
        &self,
        request: &TrialRequest,
        trial: &CommandTrial,
        seen: Seen,
        stopped: Option<CheckEnd>,
        seconds: f64,
    ) -> Checked {
        let (recognised, ended) = (trial.recognised(), trial.ended());
        let evidence = CheckEvidence {
            settings: self.settings(),
            request,
            recognised: &recognised,
            source: self.chosen_source().get(),
            stopped,
            end: ended.map(|ended| ended.end.clone()),
            problems: trial.problems().map(ToString::to_string).collect(),
            arrivals: seen.arrivals,
            seconds,
            looks: seen.looks,
            wall_clock: trial.rows().runs_by_wall_clock(),
            between_looks: trial.rows().samples_between_looks(),
        };
        let findings = evidence.findings();
        Checked {
            command: trial.command().to_owned(),
            request: *request,
            metric: self.settings().metric.clone(),
            source: self.chosen_source().get(),
            rows: seen.rows,
            start_up_seconds: trial.rows().first_row_seconds(),
            step_time: trial.rows().timer().step_time(),
            samples_between_looks: trial.rows().samples_between_looks(),
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
            // Nobody stops a check but itself, which is told before.
            ChildEnd::Finished | ChildEnd::Stopped => Self::Finished,
            ChildEnd::Deadline { .. } => Self::Deadline,
            ChildEnd::Silent { .. } => Self::Silent,
            ChildEnd::OutOfMemory { .. } => Self::OutOfMemory,
            ChildEnd::BadFlag { .. } => Self::BadFlag,
            ChildEnd::Crashed { .. } => Self::Crashed,
        }
    }
}

/// What was seen so far.
struct Seen<'a> {
    metric: &'a str,
    /// The first rows with the metric.
    rows: Vec<TrialRow>,
    /// Reports of the metric, whether or not they say where training was.
    looks: u64,
    first_look: Option<Instant>,
    /// Each source with each of its metrics.
    names: BTreeSet<(RowSource, String)>,
    /// When the last of these came for the first time.
    news: Instant,
    arrivals: Option<Arrivals>,
}

impl<'a> Seen<'a> {
    fn nothing(metric: &'a str) -> Self {
        let (rows, looks, first_look, names, arrivals) = Default::default();
        Self { metric, rows, looks, first_look, names, news: Instant::now(), arrivals }
    }

    /// A report, when it came, and the row that a study would make of it.
    fn take(&mut self, report: &Row, at: f64, row: Option<TrialRow>) {
        let before = self.arrivals.unwrap_or(Arrivals { reports: 0, first: at, last: at });
        self.arrivals = Some(Arrivals { reports: before.reports + 1, last: at, ..before });
        for name in report.metrics.keys() {
            if self.names.insert((report.source, name.clone())) {
                self.news = Instant::now();
            }
        }
        if report.metrics.contains_key(self.metric) {
            self.looks += 1;
            self.first_look.get_or_insert_with(Instant::now);
        }
        self.rows.extend(row.filter(|row| row.own.is_some() && self.rows.len() < KEPT_ROWS));
    }

    fn is_enough(&self, patience: Patience) -> bool {
        let late = self.first_look.is_some_and(|first| first.elapsed() >= patience.most);
        late || self.looks >= ENOUGH_LOOKS && self.news.elapsed() >= patience.news
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

    /// As long as a slow machine takes; nothing waits for it.
    const LONG: Duration = Duration::from_secs(600);
    const AT_ONCE: Patience = Patience { news: Duration::ZERO, most: LONG };

    /// A script for the shell that takes all placeholders.
    fn settings(script: &str) -> CommandSettings {
        let words = ["sh", "-c", script, "sh", "{batch_size} {lr} {seed} {eval_steps}"].map(Into::into);
        let limits = Limits { grace: Duration::from_millis(50), ..Limits::default() };
        CommandSettings { limits, ..CommandSettings::new(CommandTemplate::parse(&words).unwrap()) }
    }

    fn check(settings: CommandSettings, patience: Patience) -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let workload = CommandWorkload::new(settings, folder.path().to_owned());
        workload.check_with(&workload.check_request(8, 1 << 31), patience).unwrap()
    }

    /// A check would last as long as a training, and leave a program behind that nobody sees.
    #[test]
    fn an_endless_program_is_stopped_with_all_its_processes() {
        // The process that it leaves prints its own number as the step.
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

    /// Ctrl-C would throw away what was read.
    #[test]
    fn an_interrupted_check_tells_what_was_read() {
        let came = Arc::new(AtomicBool::new(false));
        let (set, seen) = (Arc::clone(&came), came);
        let settings = CommandSettings {
            on_line: Box::new(move |_| set.store(true, Ordering::Relaxed)),
            interrupted: Box::new(move || seen.load(Ordering::Relaxed)),
            ..settings(r#"echo '{"step": 10, "val_loss": 0.5}'; sleep 600"#)
        };
        let checked = check(settings, PATIENCE);
        assert_eq!((checked.end, checked.rows.len(), checked.could_run), (CheckEnd::Interrupted, 1, true));
    }

    /// A program that prints one row an hour would be listened to for three hours.
    #[test]
    fn the_first_look_bounds_a_check() {
        let patience = Patience { news: LONG, most: Duration::ZERO };
        let checked = check(settings(r#"echo '{"step": 10, "val_loss": 0.5}'; sleep 600"#), patience);
        assert_eq!(
            (checked.end, checked.findings),
            (CheckEnd::SeenEnough, vec![Finding::OneLook, Finding::WallClock])
        );
    }

    /// A number of epochs with a fraction is refused by many programs, and a program that evaluates when it likes would be stopped before its first look.
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
