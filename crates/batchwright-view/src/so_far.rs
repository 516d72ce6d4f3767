//! What the journal of a study tells while it runs: of each size its step time, its best rate, the steps to
//! the target there, and the probability that it is the best. The dashboard and the terminal show it.
//!
//! Left out: what the strategy knows beyond it (a race shares information between sizes).

use std::collections::BTreeMap;

use batchwright_find::statistics::{Arm, decide};
use batchwright_find::{JournalEntry, Phase, TrialEnd, TrialError, TrialOutcome, TrialRecord};

/// Expected regret up to which two sizes count as equal, as in a study.
const MARGIN: f64 = 0.1;

/// What is known of a study that has no answer yet.
#[derive(Debug, Clone, Default)]
pub struct StudySoFar {
    /// The sizes that anything is known of.
    pub(crate) sizes: BTreeMap<u64, SizeSoFar>,
    /// All trials that have ended, in their order.
    pub(crate) trials: Vec<TrialRecord>,
}

/// What is known of a size.
#[derive(Debug, Clone)]
pub(crate) struct SizeSoFar {
    pub(crate) step_seconds: Option<f64>,
    pub(crate) step_joules: Option<f64>,
    pub(crate) fits: bool,
    pub(crate) trials: u64,
    /// The rate at which trials reach the target in the fewest steps, and their median.
    pub(crate) best: Option<(f64, f64)>,
    /// The probability to be the best in what the study decides by, from the size's own trials. 0 where
    /// nothing is known; all are 0 while fewer than two sizes are, and for what is not counted in steps.
    pub(crate) chance: f64,
}

impl StudySoFar {
    /// From the entries of a journal, in their order. `settings` say what the study decides by.
    #[must_use]
    pub fn new(entries: &[JournalEntry], settings: &[(String, String)]) -> Self {
        let mut so_far = Self::default();
        for entry in entries {
            so_far.add(entry);
        }
        so_far.judge(settings);
        so_far
    }

    /// The size that is most probably the best.
    pub(crate) fn leader(&self) -> Option<u64> {
        let known = self.sizes.iter().filter(|(_, size)| size.chance > 0.0);
        known.max_by(|a, b| a.1.chance.total_cmp(&b.1.chance)).map(|(&size, _)| size)
    }

    fn size(&mut self, batch_size: u64) -> &mut SizeSoFar {
        let nothing = SizeSoFar {
            step_seconds: None,
            step_joules: None,
            fits: true,
            trials: 0,
            best: None,
            chance: 0.0,
        };
        self.sizes.entry(batch_size).or_insert(nothing)
    }

    fn add(&mut self, entry: &JournalEntry) {
        match entry {
            JournalEntry::Measured { batch_size, answer, .. } => {
                let size = self.size(*batch_size);
                match answer {
                    Ok(measured) => {
                        let seconds = measured.step_time.median;
                        size.step_seconds = Some(seconds);
                        size.step_joules = measured.power.map(|power| power.median * seconds);
                    }
                    Err(TrialError::DoesNotFit { .. }) => size.fits = false,
                    Err(_) => {}
                }
            }
            JournalEntry::Ended { outcome, .. } if !outcome.interrupted => {
                let size = self.size(outcome.plan.request.batch_size);
                size.fits &= outcome.end != TrialEnd::DoesNotFit;
                size.trials += 1;
                self.trials.push(record(outcome));
            }
            _ => {}
        }
    }

    /// Finds the best rate of each size, and how probable each size is.
    fn judge(&mut self, settings: &[(String, String)]) {
        let objective = settings.iter().find(|(key, _)| key == "objective").map(|(_, value)| value.as_str());
        let mut arms = Vec::with_capacity(self.sizes.len());
        for (&batch_size, size) in &mut self.sizes {
            let best = best_rate(&self.trials, batch_size);
            size.best = best.as_ref().map(|(rate, steps, _)| (*rate, *steps));
            let shift = match objective {
                None | Some("time" | "money") => size.step_seconds.map(f64::ln),
                Some("energy") => size.step_joules.map(f64::ln),
                Some("samples") => Some((batch_size as f64).ln()),
                Some("steps") => Some(0.0),
                Some(_) => None,
            };
            let arm = best.zip(shift).map(|((_, _, arm), shift)| Arm { shift, ..arm });
            arms.push(arm.unwrap_or_default());
        }
        // The only size that is known is not thereby the best.
        if self.sizes.values().filter(|size| size.best.is_some()).count() < 2 {
            return;
        }
        let chances = decide(&arms, MARGIN, 0).map_or_else(|| vec![0.0; arms.len()], |it| it.p_best);
        for (size, chance) in self.sizes.values_mut().zip(chances) {
            size.chance = chance;
        }
    }
}

/// The rate at which the trials of a size reach the target in the fewest steps, the median of these steps,
/// and all trials at that rate.
fn best_rate(trials: &[TrialRecord], batch_size: u64) -> Option<(f64, f64, Arm)> {
    let mut rates: BTreeMap<u64, Arm> = BTreeMap::new();
    let of_size = |trial: &&TrialRecord| trial.request.batch_size == batch_size;
    for trial in trials.iter().filter(of_size).filter(|trial| trial.phase != Phase::Pilot) {
        let arm = rates.entry(trial.request.learning_rate.to_bits()).or_default();
        match trial.end {
            TrialEnd::Target => arm.values.push(trial.step as f64),
            TrialEnd::Budget if trial.error.is_none() => arm.beyond.push(trial.step as f64),
            TrialEnd::Lost => arm.beyond.push(trial.step as f64),
            TrialEnd::Diverged => arm.beyond.push(f64::INFINITY),
            _ => {}
        }
    }
    let reached =
        rates.into_iter().filter_map(|(rate, arm)| Some((f64::from_bits(rate), arm.median()?, arm)));
    let (rate, steps, arm) = reached.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let tuning_seeds = arm.values.len();
    Some((rate, steps, Arm { tuning_seeds, ..arm }))
}

/// A trial as it ended. The study may change its target later.
fn record(outcome: &TrialOutcome) -> TrialRecord {
    TrialRecord {
        request: outcome.plan.request,
        phase: outcome.plan.phase,
        end: outcome.end,
        step: outcome.last.step,
        samples: outcome.last.samples,
        seconds: outcome.last.seconds,
        best_metric: outcome.curve.best(),
        why: outcome.plan.why,
        error: outcome.error.clone(),
        trace: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_find::testkit;

    /// Else the first size that reaches the target is said to be the best with certainty.
    #[test]
    fn one_known_size_has_no_probability() {
        let trial = |size, end| testkit::trial(testkit::request(size, 0.1), end, 64 * size);
        let mut so_far = StudySoFar::default();
        for (size, end) in [(8, TrialEnd::Target), (16, TrialEnd::Lost)] {
            so_far.size(size).step_seconds = Some(0.001);
            so_far.trials.push(trial(size, end));
        }
        so_far.judge(&[]);
        assert_eq!((so_far.leader(), so_far.sizes[&8].chance), (None, 0.0));
        // Two of three: of two runs of which one is lost the median is not known.
        so_far.trials.extend([trial(16, TrialEnd::Target), trial(16, TrialEnd::Target)]);
        so_far.judge(&[]);
        let sum: f64 = so_far.sizes.values().map(|size| size.chance).sum();
        assert!((sum - 1.0).abs() < 1e-9 && so_far.leader().is_some(), "{sum}");
    }

    /// Else a study of energy names the fastest size while it runs, and another one at its end.
    #[test]
    fn sizes_are_judged_by_what_the_study_counts() {
        let mut so_far = StudySoFar::default();
        for (size, seconds, joules) in [(8, 0.001, 0.1), (16, 0.01, 0.01)] {
            let known = so_far.size(size);
            (known.step_seconds, known.step_joules) = (Some(seconds), Some(joules));
            let trial = testkit::trial(testkit::request(size, 0.1), TrialEnd::Target, 64 * size);
            so_far.trials.extend([trial.clone(), trial]);
        }
        let leader = |so_far: &mut StudySoFar, objective: &str| {
            so_far.judge(&[("objective".to_owned(), objective.to_owned())]);
            so_far.leader()
        };
        assert_eq!(leader(&mut so_far, "time"), Some(8));
        assert_eq!(leader(&mut so_far, "energy"), Some(16));
    }
}
