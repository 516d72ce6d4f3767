//! The field of choices of a study: its sizes with what a step of each costs, and its rates.
//!
//! Left out: what is expected of a choice (`forecast`).

use crate::result::objective::Objective;
use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::race::residual::Spot;

/// Rates of the field per octave. Neighbours differ by 9%: just under an edge of stability the best
/// rate is the highest that trains, and an answer one step below it costs as much.
const RATES_PER_OCTAVE: f64 = 8.0;
/// ln of how far beyond the ends of a range that is not fixed rates may be tried.
const BEYOND_RANGE: f64 = 1.4;
/// ln of how far from a workload's own starting rate the best rate may be, where no range is given.
const AROUND_START: f64 = 3.0;
/// After this many trials of a size that all failed, the size is no longer tried.
const MOST_FAILURES: usize = 3;
/// If a size crashed at every rate so far, the next rate is the lowest of them divided by this.
const RETREAT: f64 = 4.0;
/// Number of crashes, all at rates above those that ran, that show a limit of the rate. A single
/// crash may have other reasons.
const CRASHES: usize = 2;
/// If ln of the lowest rate that crashes and of the highest rate that runs differ by less, no rate
/// between them is run.
const CLOSE: f64 = 0.2;

/// One size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub batch_size: u64,
    /// ln size, about the mean of all.
    pub b: f64,
    /// ln of the objective of one step (of its seconds, for time), and its standard deviation.
    pub log_step: f64,
    pub log_step_sd: f64,
    /// Seconds of one step: the cost of running it.
    pub seconds: f64,
    /// ln of half the steps between two looks: so much later is the target seen than it is passed.
    pub log_half_look: f64,
    /// Whether it may be run and recommended.
    pub live: bool,
    /// ln of the highest rate at which it may be run.
    pub most_log_rate: f64,
}

/// A size and a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Choice {
    /// Position of the size.
    pub place: usize,
    /// Position of the rate in the field.
    pub rung: usize,
    pub log_rate: f64,
}

/// All sizes and rates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub places: Vec<Place>,
    /// Mean ln size.
    pub centre: f64,
    pub log_rates: Vec<f64>,
    /// ln of the ends of the range that was asked for.
    pub range: (f64, f64),
    /// Seconds that every run costs in addition to its steps.
    pub start_up: f64,
}

impl Field {
    pub(crate) fn new(state: &StudyState) -> Self {
        let sizes: Vec<u64> = state.sizes.keys().copied().collect();
        let logs = sizes.iter().map(|&size| (state.effective(size) as f64).ln());
        let centre = logs.sum::<f64>() / sizes.len().max(1) as f64;
        let range = range(state, &sizes);
        Self {
            places: sizes.iter().map(|&size| place(state, size, centre)).collect(),
            centre,
            log_rates: rates(state, range),
            range,
            start_up: state.start_up_seconds,
        }
    }

    /// Every choice that may be made.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let of_place = |(place, it): (usize, &Place)| {
            let allowed = it.live.then_some(it.most_log_rate);
            let rungs = self.log_rates.iter().copied().enumerate();
            rungs
                .filter(move |rung| allowed.is_some_and(|most| rung.1 <= most))
                .map(move |(rung, log_rate)| Choice { place, rung, log_rate })
                .collect::<Vec<_>>()
        };
        self.places.iter().enumerate().flat_map(of_place).collect()
    }

    /// Where a choice reaches the target.
    pub(crate) fn spot(&self, choice: &Choice) -> Spot {
        Spot { b: self.places[choice.place].b, r: choice.log_rate, l: 0.0 }
    }

    pub(crate) fn place_of(&self, batch_size: u64) -> Option<usize> {
        self.places.iter().position(|place| place.batch_size == batch_size)
    }

    /// The rung nearest to a rate.
    pub(crate) fn rung_of(&self, log_rate: f64) -> usize {
        let off = |rung: &usize| (self.log_rates[*rung] - log_rate).abs();
        (0..self.log_rates.len()).min_by(|x, y| off(x).total_cmp(&off(y))).unwrap_or(0)
    }

    /// The largest live size whose step takes at most twice as long as the shortest: more samples for
    /// almost the same time.
    pub(crate) fn knee(&self) -> Option<usize> {
        let live = || self.places.iter().enumerate().filter(|(_, place)| place.live);
        let least = live().map(|(_, place)| place.seconds).fold(f64::INFINITY, f64::min);
        live().filter(|(_, place)| place.seconds <= 2.0 * least).map(|(k, _)| k).next_back()
    }
}

fn place(state: &StudyState, size: u64, centre: f64) -> Place {
    let facts = &state.sizes[&size];
    let objective = state.config().objective;
    let cost = state.step_cost(size);
    let effective = state.effective(size) as f64;
    let (log_step, log_step_sd) = match objective {
        Objective::Samples => (effective.ln(), 0.0),
        _ => cost.map(|cost| (cost.log, cost.sd)).unwrap_or_default(),
    };
    let every = (state.scale.eval_samples as f64 / effective).round().max(1.0);
    Place {
        batch_size: size,
        b: effective.ln() - centre,
        log_step,
        log_step_sd,
        // Without a step time, the cost of a run is measured in samples.
        seconds: facts
            .step_time()
            .map(|time| time.median)
            .or(cost.map(|cost| cost.seconds))
            .unwrap_or(effective),
        log_half_look: ((every - 1.0).max(0.01) / 2.0).ln(),
        live: state.live_sizes().contains(&size)
            && (cost.is_some() || !objective.is_per_step())
            && !is_broken(state, size),
        most_log_rate: most_log_rate(state, size),
    }
}

/// ln of the ends of the range of rates.
fn range(state: &StudyState, sizes: &[u64]) -> (f64, f64) {
    let rates = &state.config().rates;
    if let Some((low, high)) = rates.ends() {
        return (low.ln(), high.ln());
    }
    let starts = || sizes.iter().map(|size| rates.ladder(state.sizes[size].starting_rate));
    let low = starts().map(|ladder| ladder[0].ln()).fold(f64::INFINITY, f64::min);
    let high = starts().map(|ladder| ladder[ladder.len() - 1].ln()).fold(f64::NEG_INFINITY, f64::max);
    let middle = f64::midpoint(low, high);
    (low.min(middle - AROUND_START), high.max(middle + AROUND_START))
}

fn rates(state: &StudyState, (low, high): (f64, f64)) -> Vec<f64> {
    let step = 2f64.ln() / RATES_PER_OCTAVE;
    if state.config().rates.is_fixed() && high <= low {
        return vec![low];
    }
    if state.config().rates.is_fixed() {
        let count = ((high - low) / step).ceil().max(1.0);
        return (0..=count as usize).map(|k| low + (high - low) * k as f64 / count).collect();
    }
    let (first, last) =
        (((low - BEYOND_RANGE) / step).ceil() as i64, ((high + BEYOND_RANGE) / step).floor() as i64);
    (first..=last).map(|k| k as f64 * step).filter(|log| log.exp().is_normal()).collect()
}

/// ln of the highest rate that may be run, for a program that crashes above some rate at this size.
/// It lies between the highest rate that ran and the lowest rate that crashed. Infinite if nothing
/// shows a limit.
fn most_log_rate(state: &StudyState, size: u64) -> f64 {
    let ended = state.outcomes.iter().filter(|o| o.plan.request.batch_size == size && !o.interrupted);
    let (crashed, ran): (Vec<&TrialOutcome>, Vec<&TrialOutcome>) =
        ended.partition(|o| o.end == TrialEnd::Failed);
    let log_rate = |o: &&TrialOutcome| o.plan.request.learning_rate.ln();
    let highest = ran.iter().map(log_rate).fold(f64::NEG_INFINITY, f64::max);
    let above: Vec<f64> = crashed.iter().map(log_rate).filter(|rate| *rate > highest).collect();
    let lowest = above.iter().copied().fold(f64::INFINITY, f64::min);
    match above.len() {
        _ if ran.is_empty() => lowest - RETREAT.ln(),
        CRASHES.. if lowest - highest <= CLOSE => highest,
        CRASHES.. => (lowest + highest) / 2.0,
        _ => f64::INFINITY,
    }
}

/// Whether a size is broken: all its trials failed with errors, or diverged although another size
/// reached the goal. Neither tells anything about the law, and the size would be tried for ever.
fn is_broken(state: &StudyState, size: u64) -> bool {
    let of_size = |o: &&TrialOutcome| o.plan.request.batch_size == size;
    let ended: Vec<&TrialOutcome> =
        state.outcomes.iter().filter(of_size).filter(|o| !o.interrupted).collect();
    let all = |is: &dyn Fn(TrialEnd) -> bool| ended.iter().all(|o| is(o.end));
    let goal = state.goals.goal();
    let reached = |o: &TrialOutcome| goal.is_some_and(|goal| o.curve.crossing(goal).is_some());
    ended.len() >= MOST_FAILURES && all(&|end| end == TrialEnd::Failed)
        || ended.len() > MOST_FAILURES
            && all(&|end| matches!(end, TrialEnd::Failed | TrialEnd::Diverged))
            && state.outcomes.iter().any(reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::StudyConfig;
    use crate::ask::rates::Rates;
    use crate::state::examples;

    const SIZES: [u64; 5] = [32, 64, 128, 256, 512];

    fn with_rates(rates: Rates) -> Field {
        Field::new(&examples::state(&StudyConfig { rates, ..examples::config() }, &SIZES))
    }

    /// The field after trials of size 64 that failed, or ran, at these rates.
    fn after(failed: &[f64], ran: &[f64]) -> Field {
        let mut state = examples::state(&examples::config(), &SIZES);
        let trial = |rate: f64, end| examples::trial(64, rate, end, &[(1, 2.3)]);
        let failed = failed.iter().map(|&rate| trial(rate, TrialEnd::Failed));
        state.outcomes = failed.chain(ran.iter().map(|&rate| trial(rate, TrialEnd::Lost))).collect();
        Field::new(&state)
    }

    fn at_64(field: &Field) -> Place {
        field.places[1]
    }

    /// A user's rates would be left; or a range that was only a start be taken for a limit.
    #[test]
    fn only_fixed_rates_are_bounds() {
        let ends = |field: &Field| (field.log_rates[0].exp(), field.log_rates.last().unwrap().exp());
        let (low, high) = ends(&with_rates(Rates::parse("0.1..0.25").unwrap().fixed()));
        assert!((low - 0.1).abs() < 1e-9 && (high - 0.25).abs() < 1e-9, "{low} {high}");
        let (low, high) = ends(&with_rates(Rates::parse("0.1..0.25").unwrap()));
        assert!(low < 0.1 / 3.0 && high > 0.25 * 3.0, "{low} {high}");
        let one = with_rates(Rates::parse("0.05").unwrap().fixed());
        assert_eq!(one.log_rates, [0.05f64.ln()]);
        let around = with_rates(Rates::around_start());
        assert!(around.log_rates.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((around.log_rates[around.rung_of(0.1f64.ln())] - 0.1f64.ln()).abs() < 0.05);
    }

    /// A program that crashes above some rate would crash again and again. One crash may have other
    /// reasons.
    #[test]
    fn rates_that_crash_are_left_and_those_that_run_are_not() {
        assert_eq!(at_64(&after(&[], &[0.1])).most_log_rate, f64::INFINITY);
        assert_eq!(at_64(&after(&[0.8], &[0.1])).most_log_rate, f64::INFINITY);
        let halfway = at_64(&after(&[0.8, 0.4], &[0.1])).most_log_rate;
        assert!((halfway - 0.2f64.ln()).abs() < 1e-9, "{}", halfway.exp());
        // Where nothing lies between them, what ran is the limit.
        let close = at_64(&after(&[0.8, 0.4], &[0.35])).most_log_rate;
        assert!((close - 0.35f64.ln()).abs() < 1e-9);
        // Crashes below a rate that ran had other reasons.
        assert_eq!(at_64(&after(&[0.02, 0.04], &[0.1])).most_log_rate, f64::INFINITY);
        let field = after(&[0.8], &[]);
        assert!((at_64(&field).most_log_rate - 0.2f64.ln()).abs() < 1e-9);
        let choices = field.choices();
        let highest = |place: usize| {
            let of_place = choices.iter().filter(|choice| choice.place == place);
            of_place.map(|choice| choice.log_rate).fold(f64::NEG_INFINITY, f64::max)
        };
        assert!(highest(1) <= 0.2f64.ln() && highest(2) > 0.0, "another size knows nothing of it");
    }

    /// Errors tell the law nothing, so a broken size would look as good as before for ever.
    #[test]
    fn a_size_that_only_fails_is_not_tried_any_more() {
        assert!(at_64(&after(&[0.1, 0.2], &[])).live);
        assert!(at_64(&after(&[0.1, 0.2, 0.4], &[0.05])).live);
        let field = after(&[0.1, 0.2, 0.4], &[]);
        assert!(!at_64(&field).live && field.places[2].live);
        assert!(field.choices().iter().all(|choice| choice.place != 1));
    }

    /// Steps take 1.25, 1.5, 2, 3 and 5 ms.
    #[test]
    fn the_knee_is_the_largest_size_of_steps_twice_the_shortest() {
        let mut state = examples::state(&examples::config(), &SIZES);
        assert_eq!(Field::new(&state).knee(), Some(2));
        state.sizes.get_mut(&128).unwrap().fits = Some(false);
        assert_eq!(Field::new(&state).knee(), Some(1));
        state.sizes.get_mut(&32).unwrap().fits = Some(false);
        assert_eq!(Field::new(&state).knee(), None);
    }
}
