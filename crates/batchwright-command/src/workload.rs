//! The workload that runs a command of the user's: one child a trial, its rows read from what it prints and writes.
//!
//! A child cannot pause, so nothing is asked of it but its next row; a trial that is lost or no longer wanted is stopped. What its trials show beside
//! their curves (the time of a step where nothing else ran, memory, the way to the first row) is noted for whoever asks later.
//!
//! Left out: one training (`trial`), what fits (`fit`).

use crate::devices::Devices;
use crate::process::template::Placeholder;
use crate::rows::ChosenSource;
use crate::settings::{CommandSettings, WorkloadNotes, micro_batch_size};
use crate::step_time::StepTimer;
use crate::trial::CommandTrial;
use batchwright_find::{Remark, StepMeasurement, Trial, TrialError, TrialRequest, Workload};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Rows after which a step time is as certain as one measurement makes it.
const MANY_STRETCHES: usize = 24;
/// A measurement that has only one stretch waits this many times as long as it was asked to.
const PATIENCE: f64 = 10.0;
/// Stretches that make the steps of a trial a measurement.
const WORTH_NOTING: usize = 6;
/// Looks of two sizes that differ by this factor, in samples, are not the same looks.
const UNEVEN: f64 = 2.0;
/// Steps between two evaluations of a measurement: where nobody says how rare they are in a training, and where they are not in the seconds.
const RARE_LOOK: u64 = 16;
const OFTEN_LOOK: u64 = 2;
/// Steps of a measurement where nothing limits a training.
const PACE_STEPS: u64 = 2000;

/// A training program, to be run at any batch size.
pub struct CommandWorkload {
    pub(crate) settings: CommandSettings,
    pub(crate) devices: Devices,
    /// A folder of its own for logs and for `{out}`.
    outputs: Mutex<PathBuf>,
    source: ChosenSource,
    started: AtomicU64,
    notes: Mutex<WorkloadNotes>,
}

impl CommandWorkload {
    /// A workload that runs these settings, and makes folders for logs and `{out}` in `outputs`.
    pub fn new(mut settings: CommandSettings, outputs: PathBuf) -> Self {
        let devices = Devices::new(std::mem::take(&mut settings.devices));
        let (source, started, notes) = Default::default();
        Self { settings, devices, outputs: Mutex::new(outputs), source, started, notes }
    }

    /// From now on logs and `{out}` are in another folder.
    pub fn write_into(&self, outputs: PathBuf) {
        *self.outputs.lock().unwrap_or_else(PoisonError::into_inner) = outputs;
    }

    pub(crate) fn outputs(&self) -> PathBuf {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its settings. The devices are taken out.
    pub fn settings(&self) -> &CommandSettings {
        &self.settings
    }

    /// Whether a training that has ended told a row.
    pub(crate) fn has_told_rows(&self) -> bool {
        !self.notes().starts.is_empty()
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, WorkloadNotes> {
        // Every note is written in one go.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The source whose rows count.
    pub(crate) fn chosen_source(&self) -> &ChosenSource {
        &self.source
    }

    /// The number of the next training, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.started.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes note of a training that has ended.
    pub(crate) fn note(&self, trial: &CommandTrial, peak_memory_bytes: Option<u64>) {
        let size = trial.batch_size();
        let mut notes = self.notes();
        if let Some(peak) = peak_memory_bytes {
            let most = notes.peaks.entry(size).or_default();
            *most = peak.max(*most);
        }
        let rows = trial.rows();
        notes.starts.extend(rows.start_up_seconds());
        notes.spacing.extend(rows.samples_between_looks().map(|samples| (size, samples)));
        notes.wall_clock |= rows.runs_by_wall_clock();
        if self.settings.alone && rows.timer().stretches() >= WORTH_NOTING {
            let step_time = rows.timer().step_time();
            notes.step_times.entry(size).or_default().extend(step_time);
        }
    }

    /// The training whose steps are timed: at the lowest rate, which disturbs no clock by diverging.
    fn pace_request(&self, batch_size: u64) -> TrialRequest {
        let assumed = batch_size.saturating_mul(PACE_STEPS);
        TrialRequest {
            batch_size,
            learning_rate: self.settings.rates.0,
            seed: 0,
            max_samples: self.settings.max_samples.unwrap_or(assumed),
            eval_samples: self.pace_look(batch_size),
        }
    }

    /// Samples between two evaluations while steps are timed. Where the program's clock leaves evaluations out, more steps between them only cost time; else one
    /// is in every stretch, so they must be as rare as in a training.
    fn pace_look(&self, batch_size: u64) -> u64 {
        let own_clock = self.has_told_rows() && !self.notes().wall_clock;
        let rare = || self.settings.eval_samples.unwrap_or(RARE_LOOK.saturating_mul(batch_size));
        if own_clock { OFTEN_LOOK.saturating_mul(batch_size) } else { rare() }
    }

    fn measure(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let mut trial = CommandTrial::start(self, &self.pace_request(batch_size))?;
        let (mut first, mut own_seconds) = (None, None);
        while let Some(row) = trial.next_row()? {
            own_seconds = (!trial.rows().runs_by_wall_clock()).then_some(row.seconds);
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

/// Whether a measurement has seen what it needs, this long after its first row.
fn is_enough(timer: &StepTimer, since: Duration, seconds: f64) -> bool {
    let (stretches, since) = (timer.stretches(), since.as_secs_f64());
    let in_time = stretches >= WORTH_NOTING && since >= seconds;
    let late = stretches >= 1 && since >= PATIENCE * seconds;
    timer.is_settled() || stretches >= MANY_STRETCHES || in_time || late
}

impl Workload for CommandWorkload {
    fn samples(&self) -> Option<u64> {
        self.settings.samples
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        Ok(Box::new(CommandTrial::start(self, request)?))
    }

    /// From a trial that ran alone, if there was one; else from a training of its own.
    fn pace(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let noted = self.notes().step_times.get_mut(&batch_size).and_then(Vec::pop);
        match noted {
            Some(step_time) => Ok(StepMeasurement { own_seconds: Some(0.0), ..step_time.into() }),
            None => self.measure(batch_size, seconds),
        }
    }

    /// The median over all trainings so far.
    fn start_up_seconds(&self) -> f64 {
        let mut starts = self.notes().starts.clone();
        starts.sort_by(f64::total_cmp);
        starts.get(starts.len() / 2).copied().unwrap_or_default()
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        self.notes().peaks.get(&batch_size).copied()
    }

    fn micro_batch_size(&self, batch_size: u64) -> Option<u64> {
        let uses = |placeholder| self.settings.template.uses(placeholder);
        let divides = uses(Placeholder::MicroBatchSize) || uses(Placeholder::GradAccum);
        let micro_batch = micro_batch_size(batch_size, self.settings.micro_batch_size?);
        (divides && micro_batch < batch_size).then_some(micro_batch)
    }

    fn starting_learning_rate(&self, _batch_size: u64) -> f64 {
        let (low, high) = self.settings.rates;
        // Of the roots, for a product may overflow.
        low.sqrt() * high.sqrt()
    }

    fn metrics(&self) -> Vec<String> {
        vec![self.settings.metric.clone()]
    }

    fn remarks(&self) -> Vec<Remark> {
        let notes = self.notes();
        let mut remarks = Vec::new();
        if !self.settings.template.has_learning_rate() {
            remarks.push(Remark::OneRate);
        }
        let most = |a: f64, b: &f64| a.max(*b);
        let (least, largest) = (
            notes.spacing.values().copied().fold(f64::INFINITY, f64::min),
            notes.spacing.values().fold(0.0, most),
        );
        // A program that is told when to look does so as often as the study wants, which differs from trial to trial.
        let told = self.settings.template.uses(Placeholder::EvalSteps);
        if !told && largest > UNEVEN * least {
            remarks.push(Remark::UnevenLooks { least: least as u64, largest: largest as u64 });
        }
        if notes.wall_clock {
            remarks.push(Remark::WallClock);
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step of micro-batches of two lengths is not what `grad_accum` of most programs does.
    #[test]
    fn micro_batches_divide_the_batch() {
        for (batch_size, most, micro) in
            [(64, 16, 16), (64, 20, 16), (64, 64, 64), (64, 100, 64), (97, 96, 1), (1, 1, 1), (6, 0, 1)]
        {
            assert_eq!(micro_batch_size(batch_size, most), micro, "{batch_size} {most}");
        }
    }
}
