//! The fastest size that the law and the step-time model predict together. With S(B) = S_min (1 +
//! B_c / B) steps of alpha + beta max(B, flat) seconds, the time to the target is least at
//! max(flat, sqrt(alpha B_c / beta)).

use crate::result::{Law, PredictedBest, StepTimeModel};

/// The prediction, limited to the range of sizes whose step times (batch size, seconds) are known,
/// ascending: neither fit was measured beyond them. `None` if the law or the model is missing.
pub(crate) fn predicted_best(
    law: Option<&Law>,
    model: Option<&StepTimeModel>,
    step_times: &[(u64, f64)],
) -> Option<PredictedBest> {
    let (law, model) = law.zip(model)?;
    let (smallest, largest) = (step_times.first()?.0, step_times.last()?.0);
    let critical = law.critical_batch_size.value;
    // Infinite if a sample costs nothing: then a larger size is always better.
    let best = (model.alpha * critical / model.beta).sqrt().max(model.flat);
    let batch_size = (best.round() as u64).min(largest).max(smallest);
    let size = batch_size as f64;
    Some(PredictedBest { batch_size, seconds: law.s_min * (1.0 + critical / size) * model.seconds(size) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Interval;
    use proptest::prelude::*;

    fn law(critical: f64) -> Law {
        let critical_batch_size = Interval { value: critical, low: None, high: None };
        Law { s_min: 100.0, critical_batch_size, worst_log_residual: 0.0 }
    }

    fn model(alpha: f64, beta: f64, flat: f64) -> StepTimeModel {
        StepTimeModel { alpha, beta, flat, worst_log_residual: 0.0 }
    }

    fn predicted(law: &Law, model: &StepTimeModel, smallest: u64, largest: u64) -> PredictedBest {
        predicted_best(Some(law), Some(model), &[(smallest, 1.0), (largest, 1.0)]).unwrap()
    }

    proptest! {
        /// The formula against a search over all sizes: no whole size within the range may be
        /// faster by more than rounding.
        #[test]
        fn no_size_in_range_is_faster(alpha in 1e-4..1e-1f64, beta in 1e-6..1e-3f64, flat in 0.0..300f64, critical in 1.0..2000f64, smallest in 1..64u64, more in 1..2000u64) {
            let (law, model) = (law(critical), model(alpha, beta, flat));
            let found = predicted(&law, &model, smallest, smallest + more);
            let seconds = |size: u64| 100.0 * (1.0 + critical / size as f64) * model.seconds(size as f64);
            let least = (smallest..=smallest + more).map(seconds).fold(f64::INFINITY, f64::min);
            prop_assert!((smallest..=smallest + more).contains(&found.batch_size));
            prop_assert!(found.seconds <= least * 1.05 && found.seconds >= least * (1.0 - 1e-12), "{found:?} {least}");
        }
    }

    /// sqrt(0.01 * 400 / 1e-4) = 200, and its time S_min (sqrt(alpha) + sqrt(beta B_c))^2 = 100
    /// (0.1 + 0.2)^2.
    #[test]
    fn the_closed_form() {
        let found = predicted(&law(400.0), &model(0.01, 1e-4, 0.0), 8, 1024);
        assert!(found.batch_size == 200 && (found.seconds - 9.0).abs() < 1e-9, "{found:?}");
        assert_eq!(predicted(&law(400.0), &model(0.01, 0.0, 0.0), 8, 1024).batch_size, 1024);
        assert_eq!(predicted(&law(400.0), &model(0.0, 1e-4, 0.0), 8, 1024).batch_size, 8);
        assert_eq!(predicted(&law(400.0), &model(0.0, 0.0, 0.0), 8, 1024).batch_size, 8);
        assert_eq!(predicted_best(None, Some(&model(0.01, 1e-4, 0.0)), &[(8, 1.0)]), None);
        assert_eq!(predicted_best(Some(&law(400.0)), None, &[(8, 1.0)]), None);
    }
}
