//! The passes over the step times of a study: which sizes are measured, for how long, and what
//! comes of it.
//!
//! Left out: how steps are measured (`Workload::measure_steps`), and one step time from several passes
//! (`state/size_facts`).

use crate::remark::Remark;
use crate::state::size_facts::PASSES;
use crate::state::step_costs::DEAR_START;
use crate::study::Study;
use crate::study::journal::JournalEntry;
use crate::study::observer::StudyEvent;
use crate::study::replay::KnownMeasurement;
use crate::study::rounds::{MOST_ROUNDS, ROUND_SECONDS, Rounds};
use crate::trial::TrialError;
use crate::trial::plan::TrialPlan;
use crate::trial::step_cost::StepMeasurement;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Share of the budget for one pass over the step times of all sizes.
const TIMING_SHARE: f64 = 0.04;
/// A pass takes this share of the seconds that trainings have taken so far, divided by its sizes: how
/// long a training takes is not known before.
const SHARE_OF_TRAINING: f64 = 0.05;
/// Seconds of one size in one pass, at least and at most.
const LEAST_SECONDS: f64 = ROUND_SECONDS;
const MOST_SECONDS: f64 = 5.0;
/// Passes over a size that is out of line, in all.
const MOST_PASSES: usize = 3 * PASSES;

impl Study<'_> {
    /// The first pass: over all sizes, or where every start of the program costs time over the ends and
    /// the middle, if their steps say what lies between. What may win is timed later, mostly by its own
    /// trials.
    pub(super) fn first_pass(&mut self) {
        let sizes: Vec<u64> = self.state.sizes.keys().copied().collect();
        let (Some((&first, later)), few) = (sizes.split_first(), ends_and_middle(&sizes)) else { return };
        self.measure_steps(&[first]);
        let starts_are_dear = self.workload.start_up_seconds() > DEAR_START;
        if self.state.config().objective.is_per_step() && starts_are_dear && few.len() < sizes.len() {
            self.pass_over(&few[1..]);
            if self.state.grows_as_expected(&few) {
                let told = |size: &&u64| !few.contains(size);
                sizes.iter().filter(told).for_each(|size| self.leave_untimed(*size));
                return;
            }
        }
        let rest: Vec<u64> = later.iter().copied().filter(|size| !self.is_timed(*size)).collect();
        self.pass_over(&rest);
        self.repeat_what_is_out_of_line();
    }

    fn is_timed(&self, size: u64) -> bool {
        self.state.sizes.get(&size).is_some_and(|facts| !facts.measurements.is_empty())
    }

    fn leave_untimed(&mut self, size: u64) {
        self.state.sizes.entry(size).or_default().left_untimed = true;
    }

    /// More passes over sizes that seem to be beyond a cliff, because other work on the machine may
    /// have disturbed one.
    pub(super) fn confirm_cliffs(&mut self) {
        for passes in 1..PASSES {
            let due = |size: &u64| {
                self.state.sizes.get(size).is_some_and(|facts| facts.measurements.len() <= passes)
            };
            let cliffs = self.state.cliffs();
            let sizes: Vec<u64> = cliffs.iter().map(|cliff| cliff.batch_size).filter(due).collect();
            if !sizes.is_empty() {
                self.measure_steps(&sizes);
            }
        }
    }

    /// One pass over the step times of some sizes, while nothing else runs. Sizes with the fewest
    /// passes so far come first, alternately from the small end and from the large end, in case the
    /// budget ends during the pass.
    pub(super) fn measure_steps(&mut self, sizes: &[u64]) {
        let mut sizes = sizes.to_vec();
        if self.passes % 2 == 1 {
            sizes.reverse();
        }
        self.passes += 1;
        self.pass_over(&sizes);
        self.repeat_what_is_out_of_line();
    }

    /// Passes over sizes whose step times do not fit those beside them, where a pass costs little: something
    /// disturbed them, or the machine has a step there, which then is confirmed.
    fn repeat_what_is_out_of_line(&mut self) {
        let mut repeated = BTreeSet::new();
        // What is mended may show the next one.
        while !self.stopped() {
            let mut sizes = self.state.out_of_line();
            sizes.retain(|size| {
                let passes = &self.state.sizes[size].measurements;
                let in_rounds = passes.iter().all(|pass| pass.rounds.is_some());
                in_rounds && passes.len() < MOST_PASSES && repeated.insert(*size)
            });
            if sizes.is_empty() {
                return;
            }
            self.pass_over(&sizes);
        }
    }

    /// Those that were passed over least often come first, otherwise in the given order.
    fn pass_over(&mut self, sizes: &[u64]) {
        let mut sizes = sizes.to_vec();
        sizes.sort_by_key(|size| self.state.sizes.get(size).map_or(0, |facts| facts.measurements.len()));
        let each = 1.0 / sizes.len().max(1) as f64;
        let trained: f64 = self.state.outcomes.iter().map(|outcome| outcome.last.seconds).sum();
        let wanted = (SHARE_OF_TRAINING * each * trained).clamp(LEAST_SECONDS, MOST_SECONDS);
        let mut in_rounds = Vec::new();
        for size in sizes {
            if self.stopped() {
                break;
            }
            if self.state.is_too_large(size) {
                continue;
            }
            if let Some(known) = self.replay.measurement(size) {
                self.recall();
                self.note_pass(size, known);
                continue;
            }
            let within =
                |budget: Duration| budget.mul_f64(TIMING_SHARE * each).min(self.left(budget)).as_secs_f64();
            let seconds = self.state.config().budget.map_or(wanted, within).min(wanted);
            let pass = Rounds::new(self.measured(size, seconds));
            if pass.needs_more() && self.state.config().needs_step_times() {
                in_rounds.push((size, pass));
            } else {
                self.end_pass(size, pass);
            }
        }
        self.more_rounds(in_rounds);
    }

    /// Goes round sizes until each has enough rounds, or the pass has taken its share of the budget.
    fn more_rounds(&mut self, mut passes: Vec<(u64, Rounds)>) {
        let budget = self.state.config().budget;
        let share = budget.map_or(f64::INFINITY, |budget| budget.mul_f64(TIMING_SHARE).as_secs_f64());
        for _ in 1..MOST_ROUNDS {
            if passes.iter().map(|(_, pass)| pass.cost()).sum::<f64>() >= share {
                break;
            }
            for (size, pass) in &mut passes {
                if pass.needs_more() && !self.stopped() {
                    pass.add(self.measured(*size, ROUND_SECONDS));
                }
            }
        }
        passes.into_iter().for_each(|(size, pass)| self.end_pass(size, pass));
    }

    fn end_pass(&mut self, size: u64, pass: Rounds) {
        let known = pass.into_measurement();
        self.learn_measurement(size, &known);
        self.note_pass(size, known);
    }

    fn note_pass(&mut self, size: u64, (measured, cost): KnownMeasurement) {
        self.timing_seconds += cost;
        self.note_measurement(size, measured);
    }

    /// Step times that trials have shown on their way cost nothing.
    pub(super) fn step_times_of_trials(&mut self, plans: &[TrialPlan]) {
        let sizes: BTreeSet<u64> = plans.iter().map(|plan| plan.request.batch_size).collect();
        for size in sizes {
            if self.workload.has_step_time(size) {
                let known = self.measurement(size, 0.0);
                self.note_pass(size, known);
            }
        }
    }

    /// What is measured, or was before the study was interrupted; and what it cost.
    fn measurement(&mut self, size: u64, seconds: f64) -> KnownMeasurement {
        if let Some(known) = self.replay.measurement(size) {
            self.recall();
            return known;
        }
        let known = self.measured(size, seconds);
        self.learn_measurement(size, &known);
        known
    }

    /// Measures, and tells what that cost.
    fn measured(&mut self, size: u64, seconds: f64) -> KnownMeasurement {
        self.go_live();
        let before = Instant::now();
        let answer = self.workload.measure_steps(size, seconds);
        let own_seconds = answer.as_ref().ok().and_then(|measured| measured.own_seconds);
        (answer, own_seconds.unwrap_or_else(|| before.elapsed().as_secs_f64()))
    }

    fn learn_measurement(&mut self, size: u64, (answer, cost): &KnownMeasurement) {
        let shared = matches!(answer, Err(TrialError::Failed(_))) && self.observer.should_stop();
        if *answer != Err(TrialError::Interrupted) && !shared {
            let (at, answer) = (self.clock.moment(self.workload), answer.clone());
            self.learnt(&JournalEntry::Measured { batch_size: size, answer, cost: *cost, at });
        }
    }

    fn left(&self, budget: Duration) -> Duration {
        budget.saturating_sub(self.clock.elapsed())
    }

    fn note_measurement(&mut self, size: u64, measured: Result<StepMeasurement, TrialError>) {
        let facts = self.state.sizes.entry(size).or_default();
        if !matches!(measured, Ok(_) | Err(TrialError::Interrupted)) {
            // Something is wrong with the size: those beside it do not tell its step time.
            facts.left_untimed = false;
        }
        match measured {
            Ok(measured) => {
                facts.fits = Some(true);
                facts.memory_bytes = facts.memory_bytes.or_else(|| self.workload.memory_bytes(size));
                facts.card_memory_bytes = facts.card_memory_bytes.max(self.workload.card_memory_bytes(size));
                facts.measurements.push(measured);
                let step_time = measured.step_time;
                self.observer
                    .on_event(&StudyEvent::StepTimeMeasured { batch_size: size, step_time: &step_time });
            }
            Err(error @ TrialError::DoesNotFit { .. }) => {
                facts.fits = Some(false);
                let reason = error.to_string();
                self.observer.on_event(&StudyEvent::DoesNotFit { batch_size: size, reason: &reason });
            }
            // This gives no information about the size.
            Err(TrialError::Interrupted) => {}
            Err(error) => {
                self.state.remark(Remark::StepTimeFailed { batch_size: size, error: error.to_string() })
            }
        }
    }
}

/// The smallest, the middle and the largest of ascending sizes.
fn ends_and_middle(sizes: &[u64]) -> Vec<u64> {
    let places = [0, sizes.len() / 2, sizes.len().saturating_sub(1)];
    let mut few: Vec<u64> = places.into_iter().filter_map(|place| sizes.get(place).copied()).collect();
    few.dedup();
    few
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beds::quadratic::Quadratic;
    use crate::state::examples;

    /// Else the step time of a size that cannot be timed is told from those beside it.
    #[test]
    fn a_size_whose_pass_failed_is_not_told_from_those_beside_it() {
        let (bed, config) = (Quadratic::default(), examples::config());
        let untimed = |error: TrialError| {
            let mut nobody = ();
            let mut study = Study::new(&bed, &config, None, &mut nobody).unwrap();
            study.leave_untimed(64);
            study.note_measurement(64, Err(error));
            study.state.sizes[&64].left_untimed
        };
        assert!(untimed(TrialError::Interrupted), "nothing is known of it");
        assert!(!untimed(TrialError::Failed("no".to_owned())));
        assert!(!untimed(TrialError::DoesNotFit { batch_size: 64, reason: "no".to_owned() }));
    }
}
