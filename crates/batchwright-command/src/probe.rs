//! Whether a training command runs at a batch size: it is started, watched until it has shown enough, and stopped.
//!
//! Enough is a few steps and an evaluation, for memory is first taken by both; to confirm, many steps, for some of it is taken late. Where steps are slow a
//! while has to do. A program whose output is not understood shows only that it lives, or that it ends well; that is told with the answer
//! ([`RunEvidence`]). Once one training was understood, one that tells of no step has shown nothing.
//!
//! Left out: which size is run next (`crate::fit`), how an end is told (`process`).

use crate::trial::{CommandTrial, Heard};
use crate::workload::CommandWorkload;
use batchwright_find::{ProbeLength, ProbeOutcome, Ran, RunEvidence, TrialError, TrialRequest, TrialRow};
use std::time::{Duration, Instant};

/// Steps that a training is asked for: more than any run needs, so that what it does at its end (a last evaluation, a checkpoint) is mostly not waited for.
const STEPS: u64 = 1_000;
/// Steps between two evaluations, where the program can be told: within a short run there are some.
const EVALUATE_EVERY: u64 = 5;
/// Stretches between rows without which no step was timed: one may hold an evaluation.
const STRETCHES: usize = 2;
/// No run is shorter, however slow its steps.
const FEWEST_STEPS: u64 = 3;

/// What a run must show.
struct Enough {
    /// Steps after which it is over, once there was an evaluation and steps were timed.
    steps: u64,
    /// Time after the first row after which it is over anyway.
    patience: Duration,
    /// Time after the first output after which a program that is not understood has lived long enough.
    life: Duration,
}

impl From<ProbeLength> for Enough {
    fn from(length: ProbeLength) -> Self {
        let (steps, patience) = match length {
            ProbeLength::Short => (5, Duration::from_secs(10)),
            ProbeLength::Long => (100, Duration::from_secs(30)),
        };
        Self { steps, patience, life: patience }
    }
}

impl CommandWorkload {
    /// Runs the command at this batch size and tells what became of it.
    ///
    /// An end of the program for want of memory is [`ProbeOutcome::DoesNotFit`] with what shows it; whatever else goes wrong, and an interruption, says nothing
    /// about the size and is [`ProbeOutcome::Failed`].
    pub fn probe(&self, batch_size: u64, length: ProbeLength) -> ProbeOutcome {
        match self.run_until_enough(batch_size, &length.into()) {
            Ok(ran) => ProbeOutcome::Runs(ran),
            Err(TrialError::DoesNotFit { reason, .. }) => ProbeOutcome::DoesNotFit { reason },
            Err(TrialError::Failed(reason)) => ProbeOutcome::Failed { reason },
            Err(error @ TrialError::Interrupted) => ProbeOutcome::Failed { reason: error.to_string() },
        }
    }

    fn run_until_enough(&self, batch_size: u64, enough: &Enough) -> Result<Ran, TrialError> {
        let tells_steps = self.has_told_rows();
        let mut trial = CommandTrial::start(self, &self.probe_request(batch_size))?;
        let mut seen = Seen { metric: &self.settings().metric, steps: 0, first_row: None, evaluated: false };
        let evidence = loop {
            match trial.hear() {
                Ok(Heard::Row(row)) => seen.row(&row),
                Ok(Heard::End) => {
                    trial.ended_well()?;
                    break seen.evidence_at_end(tells_steps)?;
                }
                // A row that stands at no step tells of none.
                Ok(Heard::Nothing) | Err(TrialError::Failed(_)) => {}
                Err(error) => return Err(error),
            }
            if seen.is_enough(enough, &trial) {
                break RunEvidence::Steps;
            }
            if !tells_steps && seen.first_row.is_none() && trial.talks_for() >= Some(enough.life) {
                break RunEvidence::Lived;
            }
        };
        trial.stop();
        Ok(Ran {
            steps: seen.steps,
            evidence,
            planned_bytes: None,
            peak_bytes: trial.ended().and_then(|ended| ended.peak_memory_bytes),
            seconds_per_sample: trial.rows().timer().step_time().map(|time| time.median / batch_size as f64),
        })
    }

    /// A training of whole epochs, where their samples are known, at the lowest rate: whether it learns does not matter, and so it does not diverge.
    fn probe_request(&self, batch_size: u64) -> TrialRequest {
        let settings = self.settings();
        let samples = batch_size.saturating_mul(STEPS);
        let whole = settings.samples.filter(|&epoch| epoch > 0);
        TrialRequest {
            batch_size,
            learning_rate: settings.rates.0,
            seed: 0,
            max_samples: whole.map_or(samples, |epoch| samples.div_ceil(epoch).saturating_mul(epoch)),
            eval_samples: batch_size.saturating_mul(EVALUATE_EVERY),
        }
    }
}

/// What a run has shown so far.
struct Seen<'a> {
    /// The metric that stands for an evaluation.
    metric: &'a str,
    steps: u64,
    first_row: Option<Instant>,
    evaluated: bool,
}

impl Seen<'_> {
    fn row(&mut self, row: &TrialRow) {
        self.first_row.get_or_insert_with(Instant::now);
        self.steps = row.step;
        self.evaluated |= row.metric(self.metric).is_some();
    }

    fn is_enough(&self, enough: &Enough, trial: &CommandTrial) -> bool {
        let shown =
            self.evaluated && trial.rows().timer().stretches() >= STRETCHES && self.steps >= enough.steps;
        let waited = self.first_row.is_some_and(|first| first.elapsed() >= enough.patience);
        shown || waited && self.steps >= FEWEST_STEPS
    }

    /// What an end that was no failure shows.
    fn evidence_at_end(&self, tells_steps: bool) -> Result<RunEvidence, TrialError> {
        match (self.first_row, tells_steps) {
            (Some(_), _) => Ok(RunEvidence::Steps),
            (None, false) => Ok(RunEvidence::Ended),
            (None, true) => Err(TrialError::Failed(
                "it ended well, but told of no step, as other sizes did; whether it trained is not known"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::template::CommandTemplate;
    use crate::settings::CommandSettings;

    /// A time that no test waits for.
    const NEVER: Duration = Duration::from_secs(600);

    /// A shell script as the training program; `$0` is the batch size.
    fn workload(script: &str) -> (CommandWorkload, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let words = ["sh", "-c", script, "{batch_size}"].map(Into::into);
        let settings = CommandSettings::new(CommandTemplate::parse(&words).unwrap());
        (CommandWorkload::new(settings, folder.path().to_owned()), folder)
    }

    const ROW: &str = r#"row() { echo "{\"step\": $1, \"seconds\": $1, \"val_loss\": 1}"; }; "#;

    /// A program whose output is not understood would be waited for until its end, or its life be taken for steps.
    #[test]
    fn what_is_not_understood_lives_long_enough() {
        let (workload, _folder) = workload("echo Epoch one; exec sleep 600");
        let enough = Enough { steps: 1, patience: NEVER, life: Duration::from_millis(20) };
        let ran = workload.run_until_enough(4, &enough).unwrap();
        assert_eq!((ran.evidence, ran.steps, ran.seconds_per_sample), (RunEvidence::Lived, 0, None));
    }

    /// Loading data after a first line would pass for training, though the program is known to tell its steps.
    #[test]
    fn once_steps_were_told_living_is_no_evidence() {
        let (workload, _folder) = workload(&format!(
            "{ROW} echo loading; [ $0 = 4 ] || exit 0; for i in 1 2 3 4 5; do row $i; done"
        ));
        let enough = Enough { steps: 5, patience: NEVER, life: NEVER };
        let ran = workload.run_until_enough(4, &enough).unwrap();
        assert_eq!((ran.evidence, ran.steps, ran.seconds_per_sample), (RunEvidence::Steps, 5, Some(0.25)));
        let error = workload.run_until_enough(8, &enough).unwrap_err();
        assert!(error.to_string().contains("told of no step, as other sizes did"), "{error}");
    }

    /// Steps of a minute each would be waited for a hundred times; or the first of them be enough.
    #[test]
    fn where_steps_are_slow_a_while_has_to_do() {
        let (workload, _folder) = workload(&format!("{ROW} row 1; row 2; row 3; exec sleep 600"));
        let enough = Enough { steps: 100, patience: Duration::from_millis(20), life: NEVER };
        let ran = workload.run_until_enough(4, &enough).unwrap();
        assert_eq!((ran.evidence, ran.steps), (RunEvidence::Steps, 3));
    }

    /// Rows of the training loss alone would count as a run in which memory of an evaluation was never taken.
    #[test]
    fn an_evaluation_belongs_to_a_run() {
        let script = r#"for i in 1 2 3 4 5 6 7; do echo "{\"step\": $i, \"seconds\": $i, \"loss\": 1}"; done;
            echo 'torch.OutOfMemoryError: CUDA out of memory.' >&2; exit 1"#;
        let (workload, _folder) = workload(script);
        let ProbeOutcome::DoesNotFit { reason } = workload.probe(4, ProbeLength::Short) else {
            panic!("it fits")
        };
        assert!(reason.contains("torch.OutOfMemoryError"), "{reason}");
    }
}
