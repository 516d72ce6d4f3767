//! The counts of a test bed's trial: steps, samples, and the steps of its evaluations.

use crate::trial::{TrialRequest, TrialRow};

/// A run with this loss has diverged.
pub(super) const DIVERGED: f64 = 1e6;

/// The counts of a test bed's trial. Every step uses exactly `batch_size` samples, because the data
/// of a test bed never end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ledger {
    pub(super) request: TrialRequest,
    pub(super) step: u64,
}

impl Ledger {
    pub(super) fn new(request: &TrialRequest) -> Self {
        Self { request: *request, step: 0 }
    }

    pub(super) fn samples(&self) -> u64 {
        self.step.saturating_mul(self.request.batch_size)
    }

    /// The row of an evaluation at this step, with `split` training samples per epoch.
    pub(super) fn row(&self, split: u64, seconds: f64, val_loss: f64) -> TrialRow {
        let samples = self.samples();
        let epoch = Some(samples as f64 / split as f64);
        TrialRow {
            step: self.step,
            epoch,
            samples,
            seconds,
            val_loss: Some(val_loss),
            val_accuracy: None,
            own: None,
        }
    }

    /// Steps to the next evaluation: to the first step at or past the next multiple of
    /// `eval_samples`, or to the end. `None` at the end.
    pub(super) fn steps_to_next_evaluation(&self) -> Option<u64> {
        let TrialRequest { batch_size, eval_samples, max_samples, .. } = self.request;
        let (batch_size, eval_samples) = (batch_size.max(1), eval_samples.max(1));
        let last = max_samples.div_ceil(batch_size);
        let multiple = (self.samples() / eval_samples + 1).saturating_mul(eval_samples);
        (self.step < last).then(|| multiple.div_ceil(batch_size).min(last) - self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A size that is evaluated earlier or later than the others would pass the target earlier
        /// or later.
        #[test]
        fn evaluations_come_at_the_first_step_past_each_multiple(batch_size in 1u64..50, eval_samples in 1u64..70, max_samples in 1u64..900) {
            let request = TrialRequest { batch_size, eval_samples, max_samples, learning_rate: 0.1, seed: 0 };
            let mut ledger = Ledger::new(&request);
            let mut seen = Vec::new();
            while let Some(steps) = ledger.steps_to_next_evaluation() {
                prop_assert!(steps >= 1);
                ledger.step += steps;
                seen.push(ledger.step);
            }
            let last = max_samples.div_ceil(batch_size);
            let due = |step: u64| step * batch_size / eval_samples > (step - 1) * batch_size / eval_samples;
            let want: Vec<u64> = (1..=last).filter(|&step| due(step) || step == last).collect();
            prop_assert_eq!(seen, want);
        }
    }
}
