//! What is known of one batch size before it is trained: whether it fits, its memory, and the step
//! times of all passes.
//!
//! Left out: measuring them (`Workload::measure_steps`, `study`).

use crate::statistics::arm::t_quantile;
use crate::statistics::decision::log_step_time;
use crate::statistics::median::median;
use crate::trial::step_cost::{Power, StepEnergy, StepMeasurement, StepTime};

/// Passes over a step time before a decision may depend on it: of three passes, one that other work
/// on the machine disturbed is outvoted.
pub(crate) const PASSES: usize = 3;

/// Passes whose ratio is below this were made at one speed of the machine.
const SAME_SPEED: f64 = 1.1;

/// No pass knows ln of its step time better than with this standard deviation.
const LEAST_SD: f64 = 0.002;

/// The facts of one batch size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SizeFacts {
    /// Whether it ran; `None` if it was not tried.
    pub fits: Option<bool>,
    /// Bytes that it needs, if known.
    pub memory_bytes: Option<u64>,
    /// Bytes that it was seen to hold on graphics cards.
    pub card_memory_bytes: Option<u64>,
    /// Samples of one forward/backward pass, if the whole batch does not fit.
    pub micro_batch_size: Option<u64>,
    /// A learning rate at which the search at this size can begin.
    pub starting_rate: f64,
    /// Whether it was left out of the first pass over the step times, because sizes beside it tell its.
    pub left_untimed: bool,
    /// The step measurements, one per pass.
    pub measurements: Vec<StepMeasurement>,
}

impl SizeFacts {
    /// The step time from the passes that agree best, more than half of all, and those that agree with them: of
    /// three passes, one that other work on the machine disturbed is outvoted.
    ///
    /// Where a pass is the fastest of several rounds, the passes count that are as fast as the fastest.
    /// A machine has more than one speed: another program, or on a rented machine another tenant, takes turns
    /// on its cores, for a twentieth of a second or for minutes, and steps take half as long again meanwhile.
    /// It never makes them faster; and a majority may lie in such a minute, of one size and not of another.
    ///
    /// Passes count by what they are certain of, and by how much they differ beyond that: a later pass may be
    /// many times as long as the first.
    pub fn step_time(&self) -> Option<StepTime> {
        let agreeing = self.agreeing();
        let first = agreeing.first()?.step_time;
        let exact = first.low == first.high && agreeing.iter().all(|pass| pass.step_time == first);
        if exact || agreeing.len() == 1 {
            return Some(first);
        }
        pooled(agreeing.iter().map(|measured| measured.step_time))
    }

    /// Power times step time, from the same passes; `None` if no pass measured power.
    pub fn step_energy(&self) -> Option<StepEnergy> {
        let time = self.step_time()?;
        let powers: Vec<Power> = self.agreeing().iter().filter_map(|measured| measured.power).collect();
        Some(StepEnergy {
            median: time.median * median(powers.iter().map(|power| power.median).collect())?,
            low: time.low * powers.iter().map(|power| power.low).fold(f64::INFINITY, f64::min),
            high: time.high * powers.iter().map(|power| power.high).fold(0.0, f64::max),
        })
    }

    /// Share of the step time that is spent on gathering batches, from the same passes.
    pub fn input_share(&self) -> Option<f64> {
        median(self.agreeing().iter().filter_map(|measured| measured.input_share).collect())
    }

    /// Largest median divided by smallest median, of the passes that agree best: 1 without drift.
    pub(crate) fn drift(&self) -> f64 {
        drift(&self.agreeing())
    }

    fn agreeing(&self) -> Vec<StepMeasurement> {
        let mut passes = self.measurements.clone();
        passes.sort_by(|a, b| a.step_time.median.total_cmp(&b.step_time.median));
        if let Some(fastest) = passes.first().copied()
            && passes.iter().any(|measured| measured.rounds.is_some())
        {
            passes.retain(|measured| drift(&[fastest, *measured]) < SAME_SPEED);
            return passes;
        }
        // The ends of the majority that agrees best; then those beside it that agree with all of it.
        let majority = passes.len() / 2 + 1;
        let starts = 0..(passes.len() + 1).saturating_sub(majority);
        let agree = |start: &usize| drift(&passes[*start..start + majority]);
        let Some(mut first) = starts.min_by(|x, y| agree(x).total_cmp(&agree(y))) else { return passes };
        let mut end = first + majority;
        while first > 0 && drift(&passes[first - 1..end]) < SAME_SPEED {
            first -= 1;
        }
        while end < passes.len() && drift(&passes[first..=end]) < SAME_SPEED {
            end += 1;
        }
        passes[first..end].to_vec()
    }
}

/// One step time from several passes: the mean of their ln medians, each weighted by the inverse of its own
/// variance plus that between passes (a random-effects mean; DerSimonian and Laird, Controlled Clinical
/// Trials 7, 1986). `None` if a median is not positive.
fn pooled(passes: impl Iterator<Item = StepTime>) -> Option<StepTime> {
    let logs: Vec<(f64, f64)> = passes.map(|time| log_step_time(&time)).collect::<Option<_>>()?;
    let own = |sd: f64| sd.max(LEAST_SD).powi(2);
    let weights: Vec<f64> = logs.iter().map(|(_, sd)| 1.0 / own(*sd)).collect();
    let total: f64 = weights.iter().sum();
    let mean = logs.iter().zip(&weights).map(|((log, _), weight)| log * weight).sum::<f64>() / total;
    let squares: f64 =
        logs.iter().zip(&weights).map(|((log, _), weight)| weight * (log - mean).powi(2)).sum();
    let shared = total - weights.iter().map(|weight| weight * weight).sum::<f64>() / total;
    let between = ((squares - (logs.len() - 1) as f64) / shared).max(0.0);
    let weighted = || logs.iter().map(|(log, sd)| (log, 1.0 / (own(*sd) + between)));
    let total: f64 = weighted().map(|(_, weight)| weight).sum();
    let log = weighted().map(|(log, weight)| log * weight).sum::<f64>() / total;
    let half = t_quantile(f64::INFINITY) / total.sqrt();
    Some(StepTime { median: log.exp(), low: (log - half).exp(), high: (log + half).exp() })
}

/// Largest divided by smallest of ascending medians.
fn drift(ascending: &[StepMeasurement]) -> f64 {
    match ascending {
        [first, .., last] => last.step_time.median / first.step_time.median,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_time(medians: &[f64]) -> Option<(f64, f64, f64)> {
        let measured = |&median: &f64| StepTime { median, low: 0.9 * median, high: 1.1 * median }.into();
        let facts =
            SizeFacts { measurements: medians.iter().map(measured).collect(), ..SizeFacts::default() };
        facts.step_time().map(|time| (time.low, time.median, time.high))
    }

    /// One disturbed pass of three must not make the fastest size look slow, and drift between two
    /// must widen the interval.
    #[test]
    fn passes_that_agree_outvote_one_that_does_not() {
        assert_eq!(step_time(&[]), None);
        assert_eq!(step_time(&[10.0]), Some((9.0, 10.0, 11.0)));
        let (low, middle, high) = step_time(&[20.0, 10.0]).unwrap();
        assert!(low < 10.0 && (middle - 200f64.sqrt()).abs() < 1e-9 && high > 20.0, "{low} {middle} {high}");
        assert_eq!(step_time(&[10.0, 500.0, 20.0]), step_time(&[20.0, 10.0]));
        let (_, middle, _) = step_time(&[30.0, 10.0, 20.0]).unwrap();
        assert!((middle - 600f64.sqrt()).abs() < 1e-9, "{middle}");
    }

    /// Else no number of passes makes a step time certain, and trainings are repeated in its place.
    #[test]
    fn passes_that_agree_make_it_more_certain_and_the_longer_one_counts_more() {
        let measured = |median: f64, error: f64| {
            StepTime { median, low: median * (1.0 - error), high: median * (1.0 + error) }.into()
        };
        let pooled = |measurements: Vec<StepMeasurement>| {
            SizeFacts { measurements, ..SizeFacts::default() }.step_time().unwrap()
        };
        let (one, four) = (pooled(vec![measured(10.0, 0.2)]), pooled(vec![measured(10.0, 0.2); 4]));
        let width = |time: StepTime| (time.high / time.low).ln();
        assert!((width(four) - width(one) / 2.0).abs() < 1e-9 && (four.median - 10.0).abs() < 1e-9);
        let uneven = pooled(vec![measured(11.0, 0.3), measured(10.0, 0.01)]);
        assert!(uneven.median < 10.1 && width(uneven) < 0.03, "{uneven:?}");
    }

    /// A machine that is slower for a second makes all sizes slower that are timed in that second, and a
    /// majority of the passes may lie in it.
    #[test]
    fn a_pass_at_full_speed_outvotes_all_others() {
        let step_time = |medians: &[f64], rounds: Option<u64>| {
            let measured = |&median: &f64| {
                let step_time = StepTime { median, low: 0.9 * median, high: 1.1 * median };
                StepMeasurement { rounds, ..step_time.into() }
            };
            let measurements = medians.iter().map(measured).collect();
            SizeFacts { measurements, ..SizeFacts::default() }.step_time().unwrap().median
        };
        assert_eq!(step_time(&[15.0, 10.0, 15.0], Some(5)), 10.0);
        assert!((step_time(&[15.0, 10.0, 10.5], Some(5)) - 105f64.sqrt()).abs() < 1e-9);
        assert!((step_time(&[15.0, 10.0, 15.0], None) - 15.0).abs() < 1e-9, "each of them may be luck");
    }
}
