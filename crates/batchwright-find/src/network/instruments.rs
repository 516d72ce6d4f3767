//! What is measured together with the step times of our own networks: the share of the time for
//! gathering batches, and power.
//!
//! Only the measurement of step times pays for it. Trials and trainings read neither this clock nor
//! the counters.

use crate::statistics::median::median_with_interval;
use crate::trial::energy::{EnergyCounters, EnergyReading};
use crate::trial::step_cost::Power;
use batchwright_data::{Batch, Dataset, Task};
use batchwright_train::{Clock, MonotonicClock};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Power is measured over periods of at least this length: the counters are updated about every
/// millisecond.
const STRETCH: Duration = Duration::from_millis(20);
/// Fewest periods.
const FEWEST_STRETCHES: usize = 3;

/// A dataset that sums up the time of gathering.
pub(crate) struct TimedDataset<'a> {
    data: &'a dyn Dataset,
    nanoseconds: AtomicU64,
}

impl<'a> TimedDataset<'a> {
    pub(crate) fn new(data: &'a dyn Dataset) -> Self {
        Self { data, nanoseconds: AtomicU64::new(0) }
    }

    /// Seconds of gathering so far.
    pub(crate) fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64()
    }
}

impl Dataset for TimedDataset<'_> {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn input_shape(&self) -> &[usize] {
        self.data.input_shape()
    }

    fn task(&self) -> Task {
        self.data.task()
    }

    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch) {
        let clock = MonotonicClock::default();
        self.data.gather(indices, epoch, batch);
        let spent = u64::try_from(clock.now().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(spent, Ordering::Relaxed);
    }
}

/// Power in watts over periods of steps. Without counters, or once they fail, it measures nothing.
pub(crate) struct PowerMeter<'a> {
    counters: Option<&'a EnergyCounters>,
    since: Option<(EnergyReading, Duration)>,
    watts: Vec<f64>,
}

impl<'a> PowerMeter<'a> {
    /// Starts a period now.
    pub(crate) fn start(counters: Option<&'a EnergyCounters>, now: Duration) -> Self {
        let since = counters.and_then(|counters| counters.read().ok()).map(|reading| (reading, now));
        Self { counters: counters.filter(|_| since.is_some()), since, watts: Vec::new() }
    }

    /// Whether the measurement of power needs more steps.
    pub(crate) fn needs_more(&self) -> bool {
        self.counters.is_some() && self.watts.len() < FEWEST_STRETCHES
    }

    /// A step has ended. Ends the period too if it is long enough. True if the counters were read,
    /// which takes time.
    pub(crate) fn step_ended(&mut self, now: Duration) -> bool {
        let (Some(counters), Some((before, began))) = (self.counters, &self.since) else { return false };
        let Some(length) = now.checked_sub(*began).filter(|length| *length >= STRETCH) else { return false };
        match counters.read() {
            Ok(after) => {
                self.watts.push(counters.joules(before, &after) / length.as_secs_f64());
                self.since = Some((after, now));
            }
            Err(_) => *self = Self { counters: None, since: None, watts: Vec::new() },
        }
        true
    }

    /// The median over the periods; `None` if nothing was measured, or if the counters did not
    /// change during a period.
    pub(crate) fn finish(mut self) -> Option<Power> {
        let [low, median, high] = median_with_interval(&mut self.watts)?;
        (low > 0.0).then_some(Power { median, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::energy::fake::Powercap;

    /// A period shorter than the update interval of the counters, or a counter that wraps, would
    /// give a wrong power.
    #[test]
    fn power_is_energy_over_stretches() {
        let machine = Powercap::new(&[("package-0", 999_000_000, 1_000_000_000)]);
        let counters = machine.open().unwrap();
        let at = Duration::from_millis;
        let mut meter = PowerMeter::start(Some(&counters), at(0));
        assert!(!meter.step_ended(at(19)), "too short to look");
        // 0.8 J in 20 ms are 40 W. The counter wraps in the second period.
        for stretch in 1..=3 {
            assert!(meter.needs_more());
            machine.set(0, (999_000_000 + stretch * 800_000) % 1_000_000_000);
            assert!(meter.step_ended(at(20 * stretch)));
        }
        assert!(!meter.needs_more());
        let power = meter.finish().unwrap();
        assert!((power.median - 40.0).abs() < 1e-9 && (power.low - 40.0).abs() < 1e-9, "{power:?}");
    }

    /// Zero joules would make such a size the best of all.
    #[test]
    fn counters_that_stand_still_or_fail_measure_nothing() {
        let machine = Powercap::new(&[("package-0", 5, 1000)]);
        let counters = machine.open().unwrap();
        let mut still = PowerMeter::start(Some(&counters), Duration::ZERO);
        assert!(still.step_ended(Duration::from_millis(30)));
        assert_eq!(still.finish(), None);
        let mut failing = PowerMeter::start(Some(&counters), Duration::ZERO);
        machine.remove(0);
        assert!(failing.step_ended(Duration::from_millis(30)) && !failing.needs_more());
        assert_eq!(failing.finish(), None);
        assert_eq!(PowerMeter::start(None, Duration::ZERO).finish(), None);
    }
}
