//! A pass over the step time of one size, in several rounds with other sizes between them.
//!
//! A pass of some hundredths of a second lies within a moment in which the machine may do something else
//! besides. Its fastest round is what a step takes when it does not.
//!
//! Left out: which sizes are gone round (`passes`), and several passes (`state/size_facts`).

use crate::study::replay::KnownMeasurement;
use crate::trial::step_cost::StepMeasurement;

/// A pass that takes no longer than this has more rounds, of so many seconds each.
const MOMENT: f64 = 0.1;
pub(super) const ROUND_SECONDS: f64 = 0.01;
/// Rounds in all, until the fastest two agree.
const LEAST_ROUNDS: usize = 4;
pub(super) const MOST_ROUNDS: usize = 9;
const AGREE: f64 = 1.03;

/// The rounds so far.
pub(super) struct Rounds {
    /// Seconds of all of them.
    cost: f64,
    /// The answer to the first.
    first: KnownMeasurement,
    measured: Vec<StepMeasurement>,
}

impl Rounds {
    /// With the first round.
    pub(super) fn new(first: KnownMeasurement) -> Self {
        Self { cost: first.1, measured: first.0.as_ref().ok().copied().into_iter().collect(), first }
    }

    /// One more round. One that fails, after one that did not, says nothing about the size.
    pub(super) fn add(&mut self, (answer, cost): KnownMeasurement) {
        self.measured.extend(answer.ok());
        self.cost += cost;
    }

    /// Seconds of all of them.
    pub(super) fn cost(&self) -> f64 {
        self.cost
    }

    /// Whether another round is worth its time. A virtual clock knows no moments, and what takes long is not
    /// one.
    pub(super) fn needs_more(&self) -> bool {
        let timed = self.first.0.as_ref().is_ok_and(|measured| measured.own_seconds.is_none());
        timed && self.cost < MOMENT * self.measured.len() as f64 && !self.are_enough()
    }

    fn are_enough(&self) -> bool {
        let mut medians: Vec<f64> = self.measured.iter().map(|round| round.step_time.median).collect();
        medians.sort_by(f64::total_cmp);
        let agree = matches!(medians[..], [first, second, ..] if second < AGREE * first);
        agree && medians.len() >= LEAST_ROUNDS
    }

    /// The fastest round, with what all of them cost.
    pub(super) fn into_measurement(self) -> KnownMeasurement {
        let count = self.measured.len() as u64;
        let fastest =
            self.measured.into_iter().min_by(|a, b| a.step_time.median.total_cmp(&b.step_time.median));
        let (answer, cost) = (self.first.0, self.cost);
        let rounds = (count > 1).then_some(count);
        (fastest.map_or(answer, |fastest| Ok(StepMeasurement { rounds, ..fastest })), cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::TrialError;
    use crate::trial::step_cost::StepTime;

    fn measured(median: f64, cost: f64) -> KnownMeasurement {
        (Ok(StepTime { median, low: 0.9 * median, high: 1.1 * median }.into()), cost)
    }

    fn rounds(medians: &[f64]) -> Rounds {
        let mut rounds = Rounds::new(measured(medians[0], 0.03));
        medians[1..].iter().for_each(|&median| rounds.add(measured(median, 0.01)));
        rounds
    }

    /// Else the size that was timed while another program ran loses.
    #[test]
    fn the_fastest_round_counts_and_is_repeated() {
        assert!(rounds(&[1.0]).needs_more() && rounds(&[1.5, 1.4, 1.0, 1.5, 1.5]).needs_more());
        let done = rounds(&[1.5, 1.0, 1.5, 1.01]);
        assert!(!done.needs_more());
        let (answer, cost) = done.into_measurement();
        let answer = answer.unwrap();
        assert_eq!((answer.step_time.median, answer.rounds), (1.0, Some(4)));
        assert!((cost - 0.06).abs() < 1e-12);
    }

    /// Else a size that takes seconds is measured nine times, or what failed is.
    #[test]
    fn what_takes_long_or_fails_has_one_round() {
        assert!(!Rounds::new(measured(1.0, 0.2)).needs_more());
        let failed = Rounds::new((Err(TrialError::Failed("no".to_owned())), 0.01));
        assert!(!failed.needs_more() && failed.into_measurement().0.is_err());
        let virtual_clock = StepMeasurement { own_seconds: Some(0.01), ..measured(1.0, 0.01).0.unwrap() };
        let once = Rounds::new((Ok(virtual_clock), 0.01));
        assert!(!once.needs_more());
        assert_eq!(once.into_measurement().0.unwrap().rounds, None);
        let mut shaky = rounds(&[1.0]);
        shaky.add((Err(TrialError::Failed("no".to_owned())), 0.01));
        assert_eq!(shaky.into_measurement().0.unwrap().step_time.median, 1.0);
    }
}
