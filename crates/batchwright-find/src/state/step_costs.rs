//! What a step of each size costs in the unit of the objective: measured, or for a size that was not
//! timed from the two sizes beside it.
//!
//! A start of a program may cost seconds, of which timing all sizes would take most of a short study.
//! Between two sizes that were timed little is open: a step of more samples takes no less time, and
//! no more than in proportion. That holds of every machine short of a cliff, and needs no model.
//!
//! Left out: measuring (`Workload::measure_steps`), and when a size is timed (`study/passes`, the
//! strategy).

use crate::ask::StudyConfig;
use crate::result::objective::Objective;
use crate::state::StudyState;
use crate::state::size_facts::SizeFacts;
use crate::statistics::decision::{log_step_time, log_with_error};
use std::collections::BTreeSet;

/// Where a start of the program takes more seconds, not all sizes are timed at first, and a pass over
/// step times costs as much as a training.
pub(crate) const DEAR_START: f64 = 0.3;
/// Of the room between the bounds, in standard deviations.
const WIDTH: f64 = 4.0;
/// Smallest standard deviation of a cost that was not measured.
const LEAST_SD: f64 = 0.05;
/// Of the growth of a step time with the samples, as a power of them: beyond 0 and 1 by this, or less than the
/// growth before by that, one of the sizes was disturbed, or the machine has a step there.
const OUT_OF_LINE: f64 = 0.05;
const LESS_GROWTH: f64 = 0.15;

/// The cost of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StepCost {
    /// Natural logarithm of the cost, and its standard deviation.
    pub log: f64,
    pub sd: f64,
    /// Seconds of a step.
    pub seconds: f64,
}

impl StudyState {
    /// The cost of a step of this size; `None` where it cannot be told, or does not matter to the
    /// objective.
    pub(crate) fn step_cost(&self, batch_size: u64) -> Option<StepCost> {
        let facts = self.sizes.get(&batch_size)?;
        self.measured_step_cost(facts).or_else(|| {
            let may_be_told = facts.left_untimed && facts.fits != Some(false);
            may_be_told.then(|| self.between(batch_size)).flatten()
        })
    }

    fn measured_step_cost(&self, facts: &SizeFacts) -> Option<StepCost> {
        let (log, sd) = log_step_cost(self.config(), facts)?;
        Some(StepCost { log, sd, seconds: facts.step_time()?.median })
    }

    fn between(&self, batch_size: u64) -> Option<StepCost> {
        let cost = |(&size, facts): (&u64, &SizeFacts)| Some((size, self.measured_step_cost(facts)?));
        let (below, left) = self.sizes.range(..batch_size).rev().find_map(cost)?;
        let (above, right) = self.sizes.range(batch_size + 1..).find_map(cost)?;
        let [below, at, above] = [below, batch_size, above].map(|size| self.effective(size) as f64);
        let (log, room) = between((below, left.log), (above, right.log), at);
        let (log_seconds, _) = between((below, left.seconds.ln()), (above, right.seconds.ln()), at);
        let sd = (room / WIDTH).max(LEAST_SD).hypot(left.sd.max(right.sd));
        Some(StepCost { log, sd, seconds: log_seconds.exp() })
    }

    /// Sizes whose step times do not fit those beside them. With the samples a step takes longer, in proportion
    /// at most, and the more samples the nearer to that, for a part of its time is for all of them. Of two that
    /// do not fit, the one that seems too slow is meant.
    pub(crate) fn out_of_line(&self) -> Vec<u64> {
        let timed = |(&size, facts): (&u64, &SizeFacts)| {
            Some((size, (self.effective(size) as f64).ln(), facts.step_time()?.median.ln()))
        };
        let mut timed: Vec<(u64, f64, f64)> = self.sizes.iter().filter_map(timed).collect();
        timed.dedup_by_key(|(_, samples, _)| *samples);
        // Of each pair, how its time grows for each unit of ln samples.
        let growth = |pair: &[(u64, f64, f64)]| (pair[1].2 - pair[0].2) / (pair[1].1 - pair[0].1);
        let growths: Vec<f64> = timed.windows(2).map(growth).collect();
        let mut found = BTreeSet::new();
        for (at, &grows) in growths.iter().enumerate() {
            let falls = at > 0 && grows < growths[at - 1] - LESS_GROWTH;
            if grows < -OUT_OF_LINE || falls {
                found.insert(timed[at].0);
            } else if grows > 1.0 + OUT_OF_LINE {
                found.insert(timed[at + 1].0);
            }
        }
        found.into_iter().collect()
    }

    /// Whether sizes between these may be told from them: no time per sample grows from one to the next.
    pub(crate) fn grows_as_expected(&self, sizes: &[u64]) -> bool {
        let cost = |&size: &u64| {
            let cost = self.measured_step_cost(self.sizes.get(&size)?)?;
            Some((cost.log, cost.log - (self.effective(size) as f64).ln()))
        };
        let costs: Vec<Option<(f64, f64)>> = sizes.iter().map(cost).collect();
        costs.windows(2).all(|pair| match pair {
            [Some(before), Some(after)] => after.0 >= before.0 - LEAST_SD && after.1 <= before.1 + LEAST_SD,
            _ => false,
        })
    }
}

/// ln of the cost at a size between two whose ln cost is known, and the room within which it lies: the
/// straight line of the cost over the samples, which is its upper bound where the cost is convex. Sizes
/// that the number of samples caps are the same: theirs is the mean.
fn between((below, left): (f64, f64), (above, right): (f64, f64), at: f64) -> (f64, f64) {
    let part = if above > below { (at - below) / (above - below) } else { 0.5 };
    let line = (left.exp() * (1.0 - part) + right.exp() * part).ln();
    let low = left.max(right + (at / above).ln());
    let high = right.min(left + (at / below).ln());
    (line, (high - low).max(0.0))
}

/// Natural logarithm of the cost of a step in the unit of the objective, with its standard
/// deviation; `None` where that cost is not measured or does not matter.
fn log_step_cost(config: &StudyConfig, facts: &SizeFacts) -> Option<(f64, f64)> {
    let log_time = || facts.step_time().as_ref().and_then(log_step_time);
    match config.objective {
        Objective::Time => log_time(),
        Objective::Money => {
            log_time().zip(price_per_second(config)).map(|((log, sd), price)| (log + price.ln(), sd))
        }
        Objective::Energy => facts.step_energy().and_then(|e| log_with_error(e.median, e.low, e.high)),
        Objective::Samples | Objective::Steps | Objective::Quality => None,
    }
}

pub(crate) fn price_per_second(config: &StudyConfig) -> Option<f64> {
    config.price_per_hour.map(|price| price / 3600.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;
    use crate::trial::step_cost::StepTime;

    /// Steps of 1.25 ms at 32 and 17 ms at 2048: 1 ms and 7.8125 us a sample. The sizes between were not
    /// timed.
    fn ends() -> StudyState {
        let mut state = examples::state(&examples::config(), &[32, 64, 128, 512, 2048]);
        for size in [64, 128, 512] {
            let facts = state.sizes.get_mut(&size).unwrap();
            facts.measurements.clear();
            facts.left_untimed = true;
        }
        state
    }

    #[test]
    fn a_cost_between_two_is_told_with_its_doubt() {
        let (state, all) = (ends(), examples::state(&examples::config(), &[32, 64, 128, 512, 2048]));
        for size in [64, 128, 512] {
            let (told, measured) = (state.step_cost(size).unwrap(), all.step_cost(size).unwrap());
            assert!((told.log - measured.log).abs() < 1e-9, "the example's steps lie on a line");
            assert!((told.seconds - measured.seconds).abs() < 1e-12 && told.sd > LEAST_SD, "{told:?}");
        }
        assert_eq!(state.step_cost(2048), all.step_cost(2048));
    }

    #[test]
    fn of_two_sizes_that_do_not_fit_the_slower_is_out_of_line() {
        let mut state = examples::state(&examples::config(), &[16, 32, 64, 128]);
        assert!(state.out_of_line().is_empty());
        let mut times = |size: u64, factor: f64| {
            let passes = &mut state.sizes.get_mut(&size).unwrap().measurements;
            passes.iter_mut().for_each(|pass| pass.step_time.median *= factor);
            state.out_of_line()
        };
        assert_eq!(times(32, 2.2), [32]);
        assert_eq!(times(32, 1.0 / 2.2), Vec::<u64>::new());
        assert_eq!(times(128, 3.0), [128]);
        // The first two at half the speed: each pair grows, and the third less than the second.
        times(128, 1.0 / 3.0);
        times(16, 1.5);
        assert_eq!(times(32, 1.5), [32]);
    }

    /// A pass that failed says that something is wrong with the size; a size beyond the last that was
    /// timed is bounded on one side only.
    #[test]
    fn what_failed_or_lies_beyond_is_not_told() {
        let mut state = ends();
        state.sizes.get_mut(&128).unwrap().left_untimed = false;
        assert_eq!(state.step_cost(128), None);
        state.sizes.get_mut(&2048).unwrap().measurements.clear();
        assert_eq!(state.step_cost(512), None);
    }

    /// Else the cost between two sizes that the number of samples caps is no number, and so is every
    /// answer that rests on it.
    #[test]
    fn a_cost_between_two_that_are_capped_is_a_number() {
        let mut state = ends();
        state.samples = Some(20);
        let (told, beside) = (state.step_cost(128).unwrap(), state.step_cost(32).unwrap());
        assert!(told.log >= beside.log && told.log <= state.step_cost(2048).unwrap().log, "{told:?}");
        assert!(told.sd.is_finite() && told.seconds > 0.0, "{told:?}");
    }

    /// Between the sizes before and behind a cliff anything is possible.
    #[test]
    fn only_ordinary_step_times_say_what_lies_between() {
        let mut state = ends();
        assert!(state.grows_as_expected(&[32, 2048]));
        assert!(!state.grows_as_expected(&[32, 64]), "not timed");
        let slow = StepTime { median: 0.2, low: 0.2, high: 0.2 };
        state.sizes.get_mut(&2048).unwrap().measurements = vec![slow.into()];
        assert!(!state.grows_as_expected(&[32, 2048]), "more than in proportion");
    }
}
