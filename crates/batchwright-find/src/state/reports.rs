//! What the reports of a study's trials leave in doubt, whatever size seems best.
//!
//! Left out: the doubt about the sizes (`verdict`).

use crate::ask::target::GoalKind;
use crate::remark::OpenPoint;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;

/// One run may be lucky.
const FEWEST_RUNS: usize = 2;

impl StudyState {
    /// Where each run that met a given goal met it at its first look, the sizes were told apart by
    /// nothing but the time of one look. This happens to a goal in another unit, 0.95 for 95%.
    pub(crate) fn met_at_first_look(&self, goal: f64) -> Option<OpenPoint> {
        if !matches!(self.goals.kind, GoalKind::Given(_)) {
            return None;
        }
        let met = |o: &&TrialOutcome| o.curve.crossing(goal).is_some();
        let at_once =
            |o: &TrialOutcome| o.first.is_some_and(|first| self.goals.direction.better(first, goal));
        let reached: Vec<&TrialOutcome> = self.outcomes.iter().filter(met).collect();
        (reached.len() >= FEWEST_RUNS && reached.iter().all(|o| at_once(o)))
            .then_some(OpenPoint::MetAtFirstLook { reached: reached.len() as u64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;

    /// A sure answer would rest on runs that were over before anything was seen of them.
    #[test]
    fn a_target_that_every_first_look_meets_keeps_the_answer_open() {
        let mut state = examples::state(&examples::config(), &[64]);
        state.outcomes = vec![examples::bed_run(&state, 64, 0.3, 10_000); 2];
        let first = state.outcomes[0].first.unwrap();
        let met = OpenPoint::MetAtFirstLook { reached: 2 };
        assert_eq!(state.met_at_first_look(2.0 * first), Some(met));
        assert_eq!(state.met_at_first_look(0.5 * first), None);
        state.outcomes.pop();
        assert_eq!(state.met_at_first_look(2.0 * first), None, "one may be lucky");
    }
}
