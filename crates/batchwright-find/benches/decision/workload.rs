//! A bed as the workload of one study, with a meter of the virtual seconds that were spent.
//!
//! A bed stands for any training command, which does not report its rates: the starting rate is the
//! same for all sizes.

use std::sync::atomic::{AtomicU64, Ordering};

use batchwright_find::beds::Quadratic;
use batchwright_find::{StepMeasurement, StepTime, Trial, TrialError, TrialRequest, TrialRow, Workload};

use crate::bed::Bed;

/// Virtual seconds of all trials so far, up to their last rows. It counts what the trials did,
/// whatever a strategy uses of them, so it treats all strategies alike.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicU64);

impl Meter {
    pub(crate) fn seconds(&self) -> f64 {
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
}

impl<'a> Metered<'a> {
    pub(crate) fn new(bed: &'a Bed, meter: &'a Meter) -> Self {
        Self { bed, law: bed.law(), meter }
    }

    /// How much longer a step takes than by the law.
    fn slowness(&self, batch_size: u64) -> f64 {
        self.bed.step_seconds(batch_size) / self.law.step_seconds(batch_size)
    }
}

impl Workload for Metered<'_> {
    fn samples(&self) -> Option<u64> {
        Some(self.law.samples)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let learning_rate = self.bed.law_rate(request.batch_size, request.learning_rate);
        let trial = self.law.start(&TrialRequest { learning_rate, ..*request })?;
        let slowness = self.slowness(request.batch_size);
        Ok(Box::new(MeteredTrial::new(trial, slowness, self.meter)))
    }

    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let measured = self.law.measure_steps(batch_size, seconds)?.step_time;
        let slowness = self.slowness(batch_size);
        let slower = |seconds: f64| seconds * slowness;
        Ok(StepTime {
            median: slower(measured.median),
            low: slower(measured.low),
            high: slower(measured.high),
        }
        .into())
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

/// A trial whose virtual seconds are counted.
pub(crate) struct MeteredTrial<'a> {
    trial: Box<dyn Trial + Send + 'a>,
    slowness: f64,
    /// At the last row.
    seconds: f64,
    meter: &'a Meter,
}

impl<'a> MeteredTrial<'a> {
    /// Of a trial whose steps take `slowness` times as long as it says.
    pub(crate) fn new(trial: Box<dyn Trial + Send + 'a>, slowness: f64, meter: &'a Meter) -> Self {
        Self { trial, slowness, seconds: 0.0, meter }
    }
}

impl Trial for MeteredTrial<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        let Some(row) = self.trial.next_row()? else {
            return Ok(None);
        };
        let seconds = row.seconds * self.slowness;
        self.meter.add(seconds - self.seconds);
        self.seconds = seconds;
        Ok(Some(TrialRow { seconds, ..row }))
    }

    fn can_pause(&self) -> bool {
        self.trial.can_pause()
    }
}
