//! The workload of a study that runs a command: one child per trial, its rows read from its output
//! and its files.
//!
//! A child cannot pause, so the only thing that is asked of it is its next row; a trial that is
//! lost or no longer needed is stopped.
//!
//! Left out: one training (`trial`), what fits (`probe`), what can be read (`check`).

use crate::context::{MEASURED_INTERVALS, TrialContext};
use crate::process::template::Placeholder;
use crate::settings::CommandSettings;
use crate::step_time::StepTimer;
use crate::trial::CommandTrial;
use batchwright_find::{
    Remark, StepMeasurement, Suspicion, Trial, TrialError, TrialRequest, Workload, upper_median,
};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Intervals between rows after which more of them hardly make a step time more certain.
const MANY_INTERVALS: usize = 24;
/// A measurement that has only one interval waits this many times as long as it was asked to.
const LATE: f64 = 10.0;
/// If the intervals between evaluations, in samples, of two sizes differ by more than this factor,
/// the two sizes are not compared at the same numbers of samples.
const UNEVEN: f64 = 2.0;
/// Steps between two evaluations of a measurement, if nobody says how often a training evaluates.
const RARE_EVALUATION: u64 = 16;
/// The same where evaluations are not in the seconds.
const OFTEN_EVALUATION: u64 = 2;
/// Steps of a measurement where nothing limits a training.
const MEASUREMENT_STEPS: u64 = 2000;
/// Its least number of epochs, where they are known. It is stopped as soon as its steps are timed.
const MEASUREMENT_EPOCHS: u64 = MEASURED_INTERVALS as u64 + 2;

/// A training program that can be run at any batch size.
pub struct CommandWorkload {
    pub(crate) context: TrialContext,
}

impl CommandWorkload {
    /// A workload with these settings. Logs and `{out}` get folders in `outputs`.
    pub fn new(settings: CommandSettings, outputs: PathBuf) -> Self {
        Self { context: TrialContext::new(settings, outputs) }
    }

    /// Changes the folder for logs and `{out}`, from now on.
    pub fn write_into(&self, outputs: PathBuf) {
        self.context.write_into(outputs);
    }

    /// Its settings, without the devices.
    pub fn settings(&self) -> &CommandSettings {
        &self.context.settings
    }

    /// The training whose steps are timed: at the lowest rate, so that it does not diverge.
    /// It is long enough for several rows of a program that reports once an epoch.
    fn measurement_request(&self, batch_size: u64) -> TrialRequest {
        let epochs = self.settings().samples.unwrap_or(0).saturating_mul(MEASUREMENT_EPOCHS);
        let assumed = batch_size.saturating_mul(MEASUREMENT_STEPS);
        TrialRequest {
            batch_size,
            learning_rate: self.settings().rates.0,
            seed: 0,
            max_samples: self.settings().max_samples.unwrap_or(assumed).max(epochs),
            eval_samples: self.measurement_interval(batch_size),
        }
    }

    /// Samples between two evaluations while steps are timed. If the program's seconds leave
    /// evaluations out, more steps between them would only cost time. Otherwise each interval
    /// between rows contains an evaluation, so evaluations must be as rare as in a training.
    fn measurement_interval(&self, batch_size: u64) -> u64 {
        let own_clock = self.context.has_rows() && !self.context.measured().wall_clock;
        let rare = || self.settings().eval_samples.unwrap_or(RARE_EVALUATION.saturating_mul(batch_size));
        if own_clock { OFTEN_EVALUATION.saturating_mul(batch_size) } else { rare() }
    }

    fn measure(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let mut trial = CommandTrial::start(&self.context, &self.measurement_request(batch_size))?;
        let (mut first, mut own_seconds) = (None, None);
        while let Some(row) = trial.next_row()? {
            own_seconds = (!trial.rows().uses_wall_clock()).then_some(row.seconds);
            let since = first.get_or_insert_with(Instant::now).elapsed();
            if is_enough(trial.rows().timer(), since, seconds) {
                break;
            }
        }
        let step_time = trial.rows().timer().step_time().ok_or_else(|| {
            TrialError::Failed(
                "fewer than two rows say at which step they stand: no step was timed".to_owned(),
            )
        })?;
        Ok(StepMeasurement { own_seconds, ..step_time.into() })
    }
}

/// Whether a measurement has what it needs, this long after its first row.
fn is_enough(timer: &StepTimer, since: Duration, seconds: f64) -> bool {
    let (intervals, since) = (timer.intervals(), since.as_secs_f64());
    let in_time = intervals >= MEASURED_INTERVALS && since >= seconds;
    let late = intervals >= 1 && since >= LATE * seconds;
    timer.is_settled() || intervals >= MANY_INTERVALS || in_time || late
}

impl Workload for CommandWorkload {
    fn samples(&self) -> Option<u64> {
        self.settings().samples
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        Ok(Box::new(CommandTrial::start(&self.context, request)?))
    }

    /// From a trial that ran alone, if there was one; otherwise from a training of its own.
    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let measured = self.context.measured().step_times.get_mut(&batch_size).and_then(Vec::pop);
        match measured {
            Some(step_time) => Ok(StepMeasurement { own_seconds: Some(0.0), ..step_time.into() }),
            None => self.measure(batch_size, seconds),
        }
    }

    fn has_step_time(&self, batch_size: u64) -> bool {
        self.context.measured().step_times.get(&batch_size).is_some_and(|times| !times.is_empty())
    }

    /// The median over all trials so far.
    fn start_up_seconds(&self) -> f64 {
        upper_median(self.context.measured().start_ups.clone()).unwrap_or_default()
    }

    fn look_seconds(&self) -> Option<f64> {
        let takes_interval = self.settings().template.uses(Placeholder::EvalSteps);
        Some(self.context.measured().look_seconds).filter(|&seconds| !takes_interval && seconds > 0.0)
    }

    fn memory(&self) -> Option<String> {
        self.context.memory()
    }

    fn remember(&self, memory: &str) -> Result<(), String> {
        self.context.remember(memory)
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        self.context.measured().peaks.get(&batch_size).copied()
    }

    fn card_memory_bytes(&self, batch_size: u64) -> Option<u64> {
        self.context.measured().card_peaks.get(&batch_size).copied()
    }

    fn micro_batch_size(&self, batch_size: u64) -> Option<u64> {
        let uses = |placeholder| self.settings().template.uses(placeholder);
        let divides = uses(Placeholder::MicroBatchSize) || uses(Placeholder::GradAccum);
        let micro_batch = self.settings().micro_batch(batch_size);
        (divides && micro_batch < batch_size).then_some(micro_batch)
    }

    fn starting_learning_rate(&self, _batch_size: u64) -> f64 {
        let (low, high) = self.settings().rates;
        // The roots first: the product may overflow.
        low.sqrt() * high.sqrt()
    }

    fn metrics(&self) -> Vec<String> {
        vec![self.settings().metric.clone()]
    }

    fn remarks(&self) -> Vec<Remark> {
        let measured = self.context.measured();
        let mut remarks = Vec::new();
        if !self.settings().template.has_learning_rate() {
            remarks.push(Remark::OneRate);
        }
        let intervals = || measured.evaluation_intervals.values().copied();
        let (least, largest) = (intervals().fold(f64::INFINITY, f64::min), intervals().fold(0.0, f64::max));
        // A program that takes its interval evaluates as often as the study asks, which differs
        // from trial to trial.
        let takes_interval = self.settings().template.uses(Placeholder::EvalSteps);
        if !takes_interval && largest > UNEVEN * least {
            remarks.push(Remark::UnevenLooks { least: least as u64, largest: largest as u64 });
        }
        if measured.wall_clock {
            remarks.push(Remark::WallClock);
        }
        // Where every run met the target at its first look, the verdict itself says so.
        let said = |of: &Suspicion| matches!(of, Suspicion::MetAtFirstLook { met, reached, .. } if met == reached && *reached > 1);
        let doubts = measured.doubts(self.settings()).into_iter().filter(|of| !said(of));
        remarks.extend(doubts.map(|of| Remark::Suspicious { of }));
        remarks
    }
}
