//! The range probe: short runs at one size that find the rate at which training starts fastest.
//!
//! Over the log of the rate, the loss after a few steps has one valley: too low a rate has hardly moved, too high a one diverges. So the ladder of rates is searched
//! by halving. The rate found is, for the long run, about the highest that is worth considering.

use crate::known::Known;
use crate::{Outcome, Phase, TrialPlan, TrialRequest};

/// Steps of a probing run.
const STEPS: u64 = 16;
/// ln of the factor between neighbouring rates.
const RUNG: f64 = 0.576; // a quarter decade

#[derive(Debug, Default)]
pub(crate) struct Probe {
    size: Option<u64>,
    rungs: Vec<f64>,
    result: Option<f64>,
    told: bool,
}

impl Probe {
    /// The next rate to try; `None` once the fastest is known.
    pub(crate) fn next(&mut self, known: &Known, size: u64) -> Option<f64> {
        if self.result.is_some() {
            return None;
        }
        let size = *self.size.get_or_insert(size);
        if self.rungs.is_empty() {
            self.rungs = rungs(known, size);
        }
        loop {
            let next = self.search(known, size);
            match next {
                Ok(best) => {
                    self.result = Some(best);
                    return None;
                }
                Err(k) if k < self.rungs.len() => return Some(self.rungs[k]),
                Err(_) => return None,
            }
        }
    }

    /// Halving over the rungs: `Err(k)` asks for rung k.
    fn search(&self, known: &Known, size: u64) -> Result<f64, usize> {
        let loss = |k: usize| loss(known, size, self.rungs[k]).ok_or(k);
        let (mut low, mut high) = (0, self.rungs.len() - 1);
        // The best lies in low..=high.
        while high - low > 2 {
            let left = low + (high - low) / 2;
            let right = left + 1;
            if loss(left)? > loss(right)? && loss(right)?.is_finite() { low = right } else { high = left }
        }
        let mut best = low;
        for k in low..=high {
            if loss(k)? < loss(best)? {
                best = k;
            }
        }
        Ok(self.rungs[best])
    }

    pub(crate) fn plan(&self, known: &Known, _size: u64, rate: f64) -> TrialPlan {
        let size = self.size.unwrap_or(1);
        let request = TrialRequest {
            batch_size: size,
            learning_rate: rate,
            seed: known.config().seed % (1 << 31),
            max_samples: STEPS * known.effective(size),
            eval_samples: known.scale.eval_samples,
        };
        TrialPlan { request, phase: Phase::Pilot, give_up_after: None, foresight: false }
    }

    /// Size and rate, once.
    pub(crate) fn fastest_start(&self) -> Option<(u64, f64)> {
        if self.told { None } else { Some((self.size?, self.result?)) }
    }

    pub(crate) fn tell(&mut self) {
        self.told = true;
    }
}

fn rungs(known: &Known, size: u64) -> Vec<f64> {
    let ladder = known.config().rates.ladder(known.sizes[&size].starting_rate);
    let (low, high) = (ladder[0].ln(), ladder[ladder.len() - 1].ln());
    let count = ((high - low) / RUNG).round().max(1.0) as usize;
    (0..=count).map(|k| (low + (high - low) * k as f64 / count as f64).exp()).collect()
}

/// Best value after the probing run at a rate; infinite where it diverged.
fn loss(known: &Known, size: u64, rate: f64) -> Option<f64> {
    let of = |o: &&Outcome| o.plan.request.batch_size == size && o.plan.request.learning_rate == rate;
    let outcome = known.trials(size, Phase::Pilot).find(of)?;
    let diverged = outcome.end == crate::TrialEnd::Diverged;
    Some(outcome.curve.best().filter(|_| !diverged).map_or(f64::INFINITY, |value| known.lower_better(value)))
}
