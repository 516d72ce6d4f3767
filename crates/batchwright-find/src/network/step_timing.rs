//! Measures the steps of a network: their time, power, and the share for gathering batches.
//!
//! Left out: the clocks and meters (`instruments`).

use crate::network::instruments::{PowerMeter, TimedDataset};
use crate::network::{Network, failed};
use crate::statistics::median::median_with_interval;
use crate::trial::TrialError;
use crate::trial::step_cost::{StepMeasurement, StepTime};
use batchwright_nn::Engine;
use batchwright_train::{Clock, Evaluator, MonotonicClock, Stepper, starting_learning_rate};
use std::time::Duration;

/// Steps before the measurement: caches, page faults, clock frequency.
const WARMUP_STEPS: usize = 3;
/// Fewest timed steps, however slow they are.
const TIMED_STEPS: usize = 5;
/// Most timed steps: the median is certain enough.
const MOST_TIMED_STEPS: usize = 20_000;

/// Seconds of full steps and of short ones (the last of an epoch).
#[derive(Default)]
struct StepSeconds {
    full: Vec<f64>,
    short: Vec<f64>,
}

impl StepSeconds {
    fn are_enough(&self, spent: Duration, seconds: f64) -> bool {
        let timed = self.full.len() + self.short.len();
        timed >= MOST_TIMED_STEPS || (timed >= TIMED_STEPS && spent.as_secs_f64() >= seconds)
    }

    fn sum(&self) -> f64 {
        self.full.iter().chain(&self.short).sum()
    }
}

impl Network<'_> {
    pub(super) fn measure_alone(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        // The rate does not change the time, as long as the numbers stay ordinary.
        let learning_rate = 1e-3 * starting_learning_rate(&self.optimizer, batch_size);
        let mut engine = self.engine(batch_size, learning_rate, 0, self.threads)?;
        let train = self.drawn(0);
        let data = TimedDataset::new(&train);
        let mut stepper =
            Stepper::new(self.batching(batch_size)?, 0, &data, engine.as_ref()).map_err(failed)?;
        // A size counts as fitting only after it has been run: several steps, and an evaluation.
        let mut evaluator = Evaluator::new(self.validation.len(), self.train, engine.as_ref());
        evaluator.evaluate(engine.as_mut(), self.validation).map_err(failed)?;
        for _ in 0..WARMUP_STEPS {
            stepper.step(engine.as_mut(), &data, learning_rate).map_err(failed)?;
        }
        self.time_steps(batch_size, seconds, learning_rate, (engine.as_mut(), &mut stepper, &data))
    }

    /// Times steps for about `seconds`, and longer if power needs it.
    fn time_steps(
        &self,
        batch_size: u64,
        seconds: f64,
        learning_rate: f64,
        (engine, stepper, data): (&mut dyn Engine, &mut Stepper, &TimedDataset),
    ) -> Result<StepMeasurement, TrialError> {
        let gathered_before = data.seconds();
        let clock = MonotonicClock::default();
        let mut meter = PowerMeter::start(self.energy.as_ref().ok(), Duration::ZERO);
        let (mut times, mut before) = (StepSeconds::default(), Duration::ZERO);
        while meter.needs_more() || !times.are_enough(before, seconds) {
            let samples = stepper.next_samples() - stepper.samples();
            stepper.step(engine, data, learning_rate).map_err(failed)?;
            let now = clock.now();
            let kind = if samples < batch_size { &mut times.short } else { &mut times.full };
            kind.push((now - before).as_secs_f64());
            before = if meter.step_ended(now) { clock.now() } else { now };
        }
        let input_share = (data.seconds() - gathered_before) / times.sum();
        let steps_per_epoch = self.batching(batch_size)?.steps_per_epoch();
        let mean = mean_step(median(&mut times.full), median(&mut times.short), steps_per_epoch);
        let step_time = mean.ok_or_else(|| TrialError::Failed("no step was timed".to_owned()))?;
        let input_share = input_share.is_finite().then_some(input_share);
        let power = meter.finish();
        Ok(StepMeasurement { step_time, power, input_share, own_seconds: None, rounds: None })
    }
}

/// The mean step time over an epoch, in which only the last step is short. A median over both kinds
/// of steps would be the time of one of them. The ends of the interval are combined like the
/// medians, because what disturbs one kind of step disturbs the other too. If no short step was
/// measured, it counts as a full one.
fn mean_step(full: Option<StepTime>, short: Option<StepTime>, steps_per_epoch: u64) -> Option<StepTime> {
    let (Some(full), Some(short)) = (full, short) else {
        return full.or(short);
    };
    let mean = |full: f64, short: f64| full + (short - full) / steps_per_epoch as f64;
    Some(StepTime {
        median: mean(full.median, short.median),
        low: mean(full.low, short.low),
        high: mean(full.high, short.high),
    })
}

/// Median with its interval. `None` without times.
fn median(times: &mut [f64]) -> Option<StepTime> {
    median_with_interval(times).map(|[low, median, high]| StepTime { median, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two full steps of 10 ms and a short one of 1 ms per epoch: with the median, 10 ms, steps
    /// times step time would be 43% too long.
    #[test]
    fn short_steps_count_by_their_number() {
        let time = |median: f64| Some(StepTime { median, low: 0.9 * median, high: 1.2 * median });
        let mean = mean_step(time(10.0), time(1.0), 3).unwrap();
        assert!((mean.median - 7.0).abs() < 1e-12 && (mean.low - 6.3).abs() < 1e-12, "{mean:?}");
        assert!((mean.high - 8.4).abs() < 1e-12, "{mean:?}");
        assert_eq!((mean_step(time(10.0), None, 9), mean_step(None, time(1.0), 1)), (time(10.0), time(1.0)));
        assert_eq!(median(&mut [3.0, 1.0, 2.0]).map(|time| time.median), Some(2.0));
        assert_eq!(median(&mut []), None);
    }
}
