//! How the learning rate moves over a run: pure functions of samples, so that they mean the same at
//! every batch size.

use crate::error::TrainError;
use crate::problem::ExpectedSetting;
use serde::{Deserialize, Serialize};

/// What the rate does after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// The rate is constant.
    #[default]
    Constant,
    /// It falls along a line, to 0 at the end of the run.
    Linear,
    /// It falls along half a cosine, to 0 at the end of the run (Loshchilov and Hutter 2017).
    Cosine,
}

/// A schedule: a factor on the learning rate for each point of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schedule {
    /// After the warm-up.
    pub decay: Decay,
    /// Samples over which the rate rises along a line from 0.
    pub warmup: u64,
    /// Samples of the whole run; decays end there. Not used by a constant rate.
    pub horizon: u64,
}

impl Schedule {
    /// Refuses a warm-up that leaves a decay no room.
    ///
    /// # Errors
    /// [`TrainError::Setting`].
    pub fn check(&self) -> Result<(), TrainError> {
        if self.decay != Decay::Constant && self.warmup >= self.horizon {
            let expected = ExpectedSetting::ShorterThanRun { samples: self.horizon };
            return Err(TrainError::setting("--warmup", format!("{}sp", self.warmup), expected));
        }
        Ok(())
    }

    /// The factor, in 0..=1, after `samples` samples.
    pub fn factor(&self, samples: f64) -> f64 {
        let warmup = self.warmup as f64;
        if samples < warmup {
            return samples / warmup;
        }
        let progress = || ((samples - warmup) / (self.horizon as f64 - warmup)).clamp(0.0, 1.0);
        match self.decay {
            Decay::Constant => 1.0,
            Decay::Linear => 1.0 - progress(),
            Decay::Cosine => 0.5 + 0.5 * (std::f64::consts::PI * progress()).cos(),
        }
    }

    /// The factor of a step that takes the run from `before` to `after` samples: that at its
    /// middle. The sum of rate x samples over the steps is then the same for every batch size
    /// (exactly so on straight pieces); taken at its start, a large batch would lag behind, and its
    /// first step of a warm-up would be wasted.
    pub fn step_factor(&self, before: u64, after: u64) -> f64 {
        self.factor((before as f64 + after as f64) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_at_the_points_that_define_them() {
        let schedule = |decay| Schedule { decay, warmup: 100, horizon: 300 };
        for decay in [Decay::Constant, Decay::Linear, Decay::Cosine] {
            assert_eq!(schedule(decay).factor(0.0), 0.0);
            assert_eq!(schedule(decay).factor(50.0), 0.5);
            assert_eq!(schedule(decay).factor(100.0), 1.0);
        }
        assert_eq!(schedule(Decay::Constant).factor(1e9), 1.0);
        assert_eq!(schedule(Decay::Linear).factor(200.0), 0.5);
        assert!((schedule(Decay::Cosine).factor(150.0) - (0.5 + 0.5 * 0.5f64.sqrt())).abs() < 1e-12);
        for decay in [Decay::Linear, Decay::Cosine] {
            assert!(
                schedule(decay).factor(300.0).abs() < 1e-12 && schedule(decay).factor(400.0).abs() < 1e-12
            );
        }
    }

    /// Evaluated at the start of a step, batch size 50 would get a quarter less of this warm-up
    /// than batch size 1.
    #[test]
    fn every_batch_size_gets_the_same_rate_times_samples() {
        let schedule = Schedule { decay: Decay::Linear, warmup: 100, horizon: 300 };
        let total = |size: u64| -> f64 {
            (0..300 / size).map(|i| schedule.step_factor(i * size, (i + 1) * size) * size as f64).sum()
        };
        for size in [1, 2, 10, 50, 100] {
            assert!((total(size) - 150.0).abs() < 1e-9, "{size}: {}", total(size));
        }
    }

    #[test]
    fn a_warmup_as_long_as_the_run_is_refused_where_the_rate_decays() {
        assert!(Schedule { decay: Decay::Cosine, warmup: 10, horizon: 10 }.check().is_err());
        assert!(Schedule { decay: Decay::Constant, warmup: 10, horizon: 10 }.check().is_ok());
    }
}
