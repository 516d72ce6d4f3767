//! The model of the step time against the batch size: t(B) = alpha + beta max(B, flat), fitted in
//! log error.
//!
//! A step has a constant part (alpha) and a part per sample (beta). Up to `flat` samples take the
//! same time as `flat` samples, because a smaller batch leaves vector units and threads idle. For a
//! given share of the two parts and a given number of sizes on the flat part everything else has a
//! closed form, so for each such number the fit is a search in one dimension.
//!
//! The model is a description, like the law: verdicts use the measured times. Left out: cliffs
//! (`state/cliff`), which this model cannot describe.

use crate::models::steps_law::minimum;
use crate::remark::Remark;
use crate::result::StepTimeModel;

/// A model whose error |ln(measured / model)| at one size is larger than this is refused.
const WORST: f64 = 0.15;
/// Fewest different sizes for a model.
const FEWEST_POINTS: usize = 3;
/// Fewest sizes on the flat part and beyond it for a model with a flat part: two that are equal,
/// and a slope that is more than a line through two points.
const FEWEST_FLAT: usize = 2;
const FEWEST_BEYOND: usize = 3;
/// A flat part is one more parameter. It must at least halve the squared error. Errors of this size
/// (of ln t) count as none.
const NEGLIGIBLE: f64 = 0.003;
/// The search is over the log odds of the share of the samples' part, at the middle size, from
/// -REACH to REACH. Beyond that the share is practically 0 or 1.
const REACH: f64 = 12.0;

/// Fits the model to (batch size, seconds of a step). `None` with fewer than three different sizes,
/// with times that are not positive and finite, or if the error of the best fit is above 15% at one
/// size.
pub fn fit_step_time(points: &[(u64, f64)]) -> Option<StepTimeModel> {
    let mut points = points.to_vec();
    points.sort_by_key(|point| point.0);
    points.dedup_by_key(|point| point.0);
    let possible = |&(size, seconds): &(u64, f64)| size > 0 && seconds.is_finite() && seconds > 0.0;
    if points.len() < FEWEST_POINTS || !points.iter().all(possible) {
        return None;
    }
    let fit = Fit::new(&points);
    let line = fit.best(0)?;
    let most_flat = points.len().saturating_sub(FEWEST_BEYOND);
    let bent =
        (FEWEST_FLAT..=most_flat).filter_map(|flat| fit.best(flat)).min_by(|a, b| a.sse.total_cmp(&b.sse));
    let none = points.len() as f64 * NEGLIGIBLE.powi(2);
    let model = match bent {
        Some(bent) if bent.sse + none < (line.sse + none) / 2.0 => bent,
        _ => line,
    };
    fit.finish(&model)
}

/// The model, or a remark that there is none although there were enough sizes.
pub(crate) fn model_or_remark(points: &[(u64, f64)]) -> (Option<StepTimeModel>, Option<Remark>) {
    let model = fit_step_time(points);
    let missing = model.is_none() && points.len() >= FEWEST_POINTS;
    (model, missing.then_some(Remark::NoStepTimeModel))
}

/// The points in logs, with the geometric mean of the sizes.
struct Fit {
    sizes: Vec<f64>,
    log_seconds: Vec<f64>,
    middle: f64,
}

/// t = scale ((1 - share) + share max(B, flat) / middle).
struct Candidate {
    log_scale: f64,
    share: f64,
    flat: f64,
    sse: f64,
}

impl Fit {
    fn new(points: &[(u64, f64)]) -> Self {
        let sizes: Vec<f64> = points.iter().map(|point| point.0 as f64).collect();
        let middle = mean(sizes.iter().map(|size| size.ln())).exp();
        Self { sizes, log_seconds: points.iter().map(|point| point.1.ln()).collect(), middle }
    }

    /// The best model with this many sizes on the flat part.
    fn best(&self, flat_sizes: usize) -> Option<Candidate> {
        let at = |log_odds: f64| self.candidate(1.0 / (1.0 + (-log_odds).exp()), flat_sizes);
        let inside = minimum(|log_odds| at(log_odds).sse, -REACH, REACH).map(at);
        let ends = [0.0, 1.0].map(|share| self.candidate(share, flat_sizes));
        inside.into_iter().chain(ends).min_by(|a, b| a.sse.total_cmp(&b.sse))
    }

    /// The best scale and flat part for a share.
    fn candidate(&self, share: f64, flat_sizes: usize) -> Candidate {
        let flat = if flat_sizes == 0 || share == 0.0 { 0.0 } else { self.flat_part(share, flat_sizes) };
        let log_shapes: Vec<f64> =
            self.sizes.iter().map(|&size| self.shape(share, size.max(flat)).ln()).collect();
        let rest = || self.log_seconds.iter().zip(&log_shapes).map(|(seconds, shape)| seconds - shape);
        let log_scale = mean(rest());
        Candidate { log_scale, share, flat, sse: rest().map(|rest| (rest - log_scale).powi(2)).sum() }
    }

    /// The sizes beyond the flat part determine the scale. The mean of the sizes on the flat part
    /// then determines where it ends; the end is limited to between the last of them and the next
    /// size.
    fn flat_part(&self, share: f64, flat_sizes: usize) -> f64 {
        let (level, beyond) = self.log_seconds.split_at(flat_sizes);
        let sizes = self.sizes.iter().skip(flat_sizes);
        let log_scale =
            mean(beyond.iter().zip(sizes).map(|(seconds, &size)| seconds - self.shape(share, size).ln()));
        let height = (mean(level.iter().copied()) - log_scale).exp();
        let end = self.middle * (height - (1.0 - share)) / share;
        end.max(self.sizes[flat_sizes - 1]).min(self.sizes[flat_sizes])
    }

    fn shape(&self, share: f64, size: f64) -> f64 {
        (1.0 - share) + share * size / self.middle
    }

    fn finish(&self, candidate: &Candidate) -> Option<StepTimeModel> {
        let &Candidate { log_scale, share, flat, .. } = candidate;
        let scale = log_scale.exp();
        let model = StepTimeModel {
            alpha: scale * (1.0 - share),
            beta: scale * share / self.middle,
            flat,
            worst_log_residual: 0.0,
        };
        let off = self
            .sizes
            .iter()
            .zip(&self.log_seconds)
            .map(|(&size, log)| (log - model.seconds(size).ln()).abs());
        let worst = off.fold(0.0, f64::max);
        (worst <= WORST).then_some(StepTimeModel { worst_log_residual: worst, ..model })
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::{Domain, RandomStream};
    use proptest::prelude::*;

    fn doublings(count: u32, mut seconds: impl FnMut(f64) -> f64) -> Vec<(u64, f64)> {
        (0..count).map(|k| (1 << k, seconds(f64::from(1 << k)))).collect()
    }

    fn near(found: f64, truth: f64) -> bool {
        (found / truth - 1.0).abs() < 1e-3
    }

    proptest! {
        /// A search that stops too early would bias alpha and beta, and with them every predicted
        /// best size.
        #[test]
        fn exact_times_give_the_line_back(alpha in 1e-6..1e-1f64, samples_worth in 1.0..1000f64) {
            let beta = alpha / samples_worth;
            let model = fit_step_time(&doublings(12, |b| alpha + beta * b)).unwrap();
            prop_assert!(near(model.alpha, alpha) && near(model.beta, beta), "{model:?}");
            prop_assert!(model.flat == 0.0 && model.worst_log_residual < 1e-4, "{model:?}");
        }

        /// If a flat part were taken for a large alpha, the predicted best size would be far too
        /// high.
        #[test]
        fn exact_times_give_the_flat_part_back(alpha in 1e-6..1e-1f64, flat in 6.0..200f64, share in 0.3..3f64) {
            let beta = share * alpha / flat;
            let model = fit_step_time(&doublings(12, |b| alpha + beta * b.max(flat))).unwrap();
            prop_assert!(near(model.alpha, alpha) && near(model.beta, beta) && near(model.flat, flat), "{model:?}");
        }
    }

    /// The ends of the search are real cases: a step that only costs its samples, and a step that
    /// costs the same at every size.
    #[test]
    fn a_part_may_be_missing() {
        let proportional = fit_step_time(&doublings(8, |b| 1e-5 * b)).unwrap();
        assert!(proportional.alpha < 1e-3 * 1e-5 && near(proportional.beta, 1e-5), "{proportional:?}");
        let level = fit_step_time(&doublings(8, |_| 2e-3)).unwrap();
        assert!(near(level.seconds(128.0), 2e-3) && near(level.seconds(1.0), 2e-3), "{level:?}");
    }

    /// Noise must not produce a flat part. It is one more parameter, and some value of it always
    /// fits better.
    #[test]
    fn noise_is_no_flat_part() {
        let mut random = RandomStream::new(1, Domain::Bed, 0, 0);
        let mut bent = 0;
        for _ in 0..100 {
            let noisy = doublings(8, |b| (1e-3 + 1e-4 * b) * (0.03 * random.normal()).exp());
            let model = fit_step_time(&noisy).unwrap();
            bent += usize::from(model.flat > 0.0);
            assert!((0.5..1.6).contains(&(model.beta / 1e-4)), "{model:?}");
        }
        assert!(bent <= 15, "{bent} of 100");
    }

    /// A model with an error of a factor must not be drawn or used to predict.
    #[test]
    fn what_the_model_does_not_describe_is_refused() {
        assert_eq!(fit_step_time(&doublings(8, |b| 1e-4 * b * b)), None, "a square");
        assert_eq!(fit_step_time(&[(8, 1.0), (16, 2.0), (32, 1.0), (64, 3.0)]), None, "up and down");
        assert_eq!(fit_step_time(&[(8, 1.0), (16, 2.0)]), None);
        assert_eq!(fit_step_time(&[(8, 1.0), (8, 1.1), (16, 2.0)]), None);
        assert_eq!(fit_step_time(&[(8, 1.0), (16, f64::NAN), (32, 2.0)]), None);
        assert_eq!(fit_step_time(&[(0, 1.0), (16, 1.5), (32, 2.0)]), None);
        assert_eq!(fit_step_time(&[(8, 0.0), (16, 1.5), (32, 2.0)]), None);
    }
}
