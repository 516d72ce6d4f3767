//! The range probe: short runs at one size that find the learning rate at which training starts
//! fastest.
//!
//! Over the log of the rate, the loss after a few steps has a single minimum: a rate that is too
//! low has hardly changed the weights, one that is too high diverges. So a ladder of rates is
//! searched by halving. For a long run, the rate that is found is about the highest that is worth
//! considering.

use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::trial::plan::{Phase, TrialPlan, Why};
use crate::trial::{SEED_RANGE, TrialRequest};

/// Steps of a probing run.
const STEPS: u64 = 16;
/// Rungs per decade.
const RUNGS: f64 = 4.0;

/// The range probe of one study.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    size: u64,
    rungs: Vec<f64>,
    fastest: Option<f64>,
}

impl Probe {
    /// The next probing run; `None` once the fastest rate is known. The first call determines the
    /// `size` of all of them.
    pub(crate) fn next(&mut self, state: &StudyState, size: u64) -> Option<TrialPlan> {
        if self.fastest.is_some() {
            return None;
        }
        if self.rungs.is_empty() {
            self.size = size;
            self.rungs = rungs(state, size);
        }
        match self.search(state) {
            Ok(fastest) => {
                // If every run failed or diverged, no rate starts training.
                let started = self.loss(state, fastest).is_some_and(f64::is_finite);
                self.fastest = started.then(|| self.rungs[fastest]);
                None
            }
            Err(untried) => Some(self.plan(state, self.rungs[untried])),
        }
    }

    /// Size and rate of the fastest start, once known.
    pub(crate) fn fastest_start(&self) -> Option<(u64, f64)> {
        self.fastest.map(|rate| (self.size, rate))
    }

    /// The rung of the fastest start, or a rung that must be tried first.
    fn search(&self, state: &StudyState) -> Result<usize, usize> {
        let loss = |rung: usize| self.loss(state, rung).ok_or(rung);
        let (mut low, mut high) = (0, self.rungs.len() - 1);
        while high - low > 2 {
            let left = low + (high - low) / 2;
            // Two runs that diverged are equal. The minimum is then below both.
            if loss(left)? > loss(left + 1)? { low = left + 1 } else { high = left }
        }
        let mut fastest = low;
        for rung in low..=high {
            if loss(rung)? < loss(fastest)? {
                fastest = rung;
            }
        }
        Ok(fastest)
    }

    /// Best value of the probing run at a rung, lower is better; infinite if it diverged or failed.
    /// `None`: not tried.
    fn loss(&self, state: &StudyState, rung: usize) -> Option<f64> {
        let mut trials = state.trials(self.size, Phase::Pilot);
        let outcome = trials.find(|o| o.plan.request.learning_rate == self.rungs[rung])?;
        let value = outcome.curve.best().filter(|_| outcome.end != TrialEnd::Diverged);
        Some(value.map_or(f64::INFINITY, |value| state.lower_better(value)))
    }

    /// All probing runs have the same seed, so that they differ only in the rate.
    fn plan(&self, state: &StudyState, learning_rate: f64) -> TrialPlan {
        let samples = STEPS * state.effective(self.size);
        let request = TrialRequest {
            batch_size: self.size,
            learning_rate,
            seed: state.config().seed % SEED_RANGE,
            max_samples: samples,
            eval_samples: state.scale.eval_samples.min(samples),
        };
        TrialPlan {
            request,
            phase: Phase::Pilot,
            give_up_after: None,
            patience: None,
            why: Some(Why::FindsRange),
        }
    }
}

fn rungs(state: &StudyState, size: u64) -> Vec<f64> {
    let ladder = state.config().rates.ladder(state.sizes[&size].starting_rate);
    let (low, high) = (ladder[0].ln(), ladder[ladder.len() - 1].ln());
    let count = ((high - low) / 10f64.ln() * RUNGS).round().max(1.0) as usize;
    (0..=count).map(|k| (low + (high - low) * k as f64 / count as f64).exp()).collect()
}
