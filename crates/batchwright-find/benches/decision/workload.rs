//! A bed as the workload of one study, with a meter of the virtual seconds that were spent.
//!
//! A bed stands for any training command, which does not report its rates: the starting rate is the
//! same for all sizes.

use std::sync::atomic::{AtomicU64, Ordering};

use batchwright_data::{Domain, RandomStream};
use batchwright_find::beds::Quadratic;
use batchwright_find::{StepMeasurement, Trial, TrialError, TrialRequest, TrialRow, Workload};

use crate::bed::Bed;
use crate::step_pass;

/// Part of the key of the random numbers of step times; other streams of a bed have other numbers
/// there.
const STREAM: u64 = 16;

/// The virtual seconds of a study so far. They count what was run, whatever a strategy uses of it,
/// so they treat all strategies alike.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Of all trials, up to their last rows.
    trials: Seconds,
    /// Of all measurements of steps.
    step_times: Seconds,
}

impl Meter {
    pub(crate) fn seconds(&self) -> f64 {
        self.trials.get() + self.step_times.get()
    }

    pub(crate) fn of_step_times(&self) -> f64 {
        self.step_times.get()
    }
}

/// A sum that several threads may add to.
#[derive(Debug, Default)]
struct Seconds(AtomicU64);

impl Seconds {
    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    fn add(&self, seconds: f64) {
        let sum = |bits| Some((f64::from_bits(bits) + seconds).to_bits());
        // The update always succeeds, so the result is no error.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
    }
}

pub(crate) struct Metered<'a> {
    bed: &'a Bed,
    law: Quadratic,
    meter: &'a Meter,
    passes: StepPasses<'a>,
}

impl<'a> Metered<'a> {
    pub(crate) fn new(bed: &'a Bed, meter: &'a Meter, seed: u64) -> Self {
        Self { bed, law: bed.law(), meter, passes: StepPasses::new(meter, seed) }
    }

    /// How much longer a step takes than by the law at the same size.
    fn slowness(&self, law_size: u64) -> f64 {
        self.bed.step_seconds(law_size) / self.law.step_seconds(law_size)
    }

    fn check(&self, batch_size: u64) -> Result<(), TrialError> {
        if batch_size <= self.bed.cap {
            return Ok(());
        }
        let reason = format!("the bed has room for {}", self.bed.cap);
        Err(TrialError::DoesNotFit { batch_size, reason })
    }
}

impl Workload for Metered<'_> {
    fn samples(&self) -> Option<u64> {
        Some(self.law.samples)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        self.check(request.batch_size)?;
        let batch_size = self.bed.law_size(request.batch_size);
        let trial = self.law.start(&TrialRequest {
            batch_size,
            learning_rate: self.bed.law_rate(request.batch_size, request.learning_rate),
            // Two sizes that act alike must not have the same runs. The seeds of a study are below
            // 2^31.
            seed: request.seed | (request.batch_size ^ batch_size) << 32,
            // The same number of steps.
            max_samples: request.max_samples.div_ceil(request.batch_size).saturating_mul(batch_size),
            eval_samples: request.eval_samples,
        })?;
        Ok(Box::new(MeteredTrial::new(trial, *request, self.slowness(batch_size), self.meter)))
    }

    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        self.check(batch_size)?;
        let step_seconds = self.bed.step_seconds(batch_size);
        Ok(self.passes.measure(batch_size, step_seconds, self.bed.jitter, seconds))
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        self.law.memory_bytes(batch_size)
    }

    fn starting_learning_rate(&self, _batch_size: u64) -> f64 {
        (self.bed.lr[0] * self.bed.lr[1]).sqrt()
    }

    fn metrics(&self) -> Vec<String> {
        self.law.metrics()
    }
}

/// The measurements of steps of one study, whose virtual seconds are counted.
pub(crate) struct StepPasses<'a> {
    meter: &'a Meter,
    /// Of the step times; trials have seeds of their own.
    seed: u64,
    /// So far.
    count: AtomicU64,
}

impl<'a> StepPasses<'a> {
    pub(crate) fn new(meter: &'a Meter, seed: u64) -> Self {
        Self { meter, seed, count: AtomicU64::new(0) }
    }

    /// Runs steps of a size for `seconds`, see [`step_pass::measure`].
    pub(crate) fn measure(
        &self,
        batch_size: u64,
        step_seconds: f64,
        jitter: f64,
        seconds: f64,
    ) -> StepMeasurement {
        let pass = self.count.fetch_add(1, Ordering::Relaxed);
        let mut stream = RandomStream::new(self.seed, Domain::Bed, batch_size, STREAM + pass);
        let measured = step_pass::measure(step_seconds, jitter, seconds, &mut stream);
        self.meter.step_times.add(measured.own_seconds.unwrap_or(0.0));
        measured
    }
}

/// A trial whose virtual seconds are counted.
pub(crate) struct MeteredTrial<'a> {
    trial: Box<dyn Trial + Send + 'a>,
    /// As the study made it.
    request: TrialRequest,
    slowness: f64,
    /// At the last row.
    seconds: f64,
    meter: &'a Meter,
}

impl<'a> MeteredTrial<'a> {
    /// Of a trial whose steps take `slowness` times as long as it says.
    pub(crate) fn new(
        trial: Box<dyn Trial + Send + 'a>,
        request: TrialRequest,
        slowness: f64,
        meter: &'a Meter,
    ) -> Self {
        Self { trial, request, slowness, seconds: 0.0, meter }
    }
}

impl Trial for MeteredTrial<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        let Some(row) = self.trial.next_row()? else {
            return Ok(None);
        };
        let seconds = row.seconds * self.slowness;
        self.meter.trials.add(seconds - self.seconds);
        self.seconds = seconds;
        let samples = row.step * self.request.batch_size;
        let epoch = row.epoch.map(|epoch| epoch * samples as f64 / row.samples as f64);
        Ok(Some(TrialRow { samples, epoch, seconds, ..row }))
    }

    fn can_pause(&self) -> bool {
        self.trial.can_pause()
    }
}
