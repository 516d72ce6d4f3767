//! How far predictions of a number are off, in the unit of the number: what the loss on a
//! standardised target says to nobody.

use batchwright_data::{Domain, RandomStream};
use serde::{Deserialize, Serialize};

/// Most samples for which the interval of R² is resampled: beyond it is narrow.
const MOST_RESAMPLED: usize = 1_000;
/// Resamples of the bootstrap.
const RESAMPLES: usize = 1_000;

/// Errors of predicted numbers, in the unit of the label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValueMetrics {
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Coefficient of determination, 1 - squared errors / squared deviations from the mean of these
    /// samples: 1 is perfect, 0 is no better than that mean. Absent where all labels are equal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r2: Option<f64>,
    /// 95% bootstrap interval of R² over the samples; absent for one sample and for very many.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r2_interval: Option<[f64; 2]>,
}

impl ValueMetrics {
    /// From each sample's squared error and target, both standardised, and what 1 of the
    /// standardised target is in the label's unit. `None` without samples, or where a loss is not
    /// finite.
    ///
    /// # Panics
    /// If there is not one target for each loss.
    pub fn new(losses: &[f32], targets: &[f32], unit: f64) -> Option<Self> {
        assert_eq!(losses.len(), targets.len(), "a target for each loss");
        if losses.is_empty() || losses.iter().any(|loss| !loss.is_finite()) {
            return None;
        }
        let count = losses.len() as f64;
        let pairs: Vec<(f64, f64)> =
            losses.iter().zip(targets).map(|(&loss, &target)| (f64::from(loss), f64::from(target))).collect();
        Some(Self {
            rmse: (pairs.iter().map(|pair| pair.0).sum::<f64>() / count).sqrt() * unit,
            mae: pairs.iter().map(|pair| pair.0.sqrt()).sum::<f64>() / count * unit,
            r2: r2(pairs.iter()),
            r2_interval: interval(&pairs),
        })
    }
}

/// Of pairs of squared error and target.
fn r2<'a>(pairs: impl Iterator<Item = &'a (f64, f64)>) -> Option<f64> {
    let (mut count, mut errors, mut mean, mut deviations) = (0.0, 0.0, 0.0, 0.0);
    for (error, target) in pairs {
        count += 1.0;
        errors += error;
        // Welford's update of a mean and of the squared deviations from it.
        let from_old = target - mean;
        mean += from_old / count;
        deviations += from_old * (target - mean);
    }
    (deviations > 0.0).then(|| 1.0 - errors / deviations).filter(|r2| r2.is_finite())
}

fn interval(pairs: &[(f64, f64)]) -> Option<[f64; 2]> {
    let count = pairs.len();
    if !(2..=MOST_RESAMPLED).contains(&count) {
        return None;
    }
    let mut stream = RandomStream::new(0, Domain::Bootstrap, 0, 0);
    let mut drawn = Vec::with_capacity(count);
    let mut resampled: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            drawn.clear();
            drawn.extend((0..count).map(|_| pairs[stream.below(count as u32) as usize]));
            r2(drawn.iter())
        })
        .collect();
    resampled.sort_by(f64::total_cmp);
    let last = resampled.len().checked_sub(1)?;
    Some([resampled[last * 25 / 1000], resampled[last * 975 / 1000]])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.8: `r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])` is 0.9486081370449679, mean
    /// absolute error 0.5, mean squared error 0.375.
    #[test]
    fn the_figures_are_those_of_scikit_learn() {
        let (truth, predicted) = ([3.0f32, -0.5, 2.0, 7.0], [2.5f32, 0.0, 2.0, 8.0]);
        let losses: Vec<f32> = truth.iter().zip(predicted).map(|(a, b)| (a - b).powi(2)).collect();
        let metrics = ValueMetrics::new(&losses, &truth, 1.0).unwrap();
        assert!((metrics.r2.unwrap() - 0.948_608_137_044_967_9).abs() < 1e-9, "{metrics:?}");
        assert!((metrics.mae - 0.5).abs() < 1e-9 && (metrics.rmse - 0.375f64.sqrt()).abs() < 1e-9);
        let in_unit = ValueMetrics::new(&losses, &truth, 10.0).unwrap();
        assert!((in_unit.mae - 5.0).abs() < 1e-9 && in_unit.r2 == metrics.r2);
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known() {
        assert_eq!(ValueMetrics::new(&[], &[], 1.0), None);
        let one = ValueMetrics::new(&[4.0], &[1.0], 1.0).unwrap();
        assert_eq!((one.rmse, one.mae, one.r2, one.r2_interval), (2.0, 2.0, None, None));
        assert_eq!(ValueMetrics::new(&[1.0; 9], &[5.0; 9], 1.0).unwrap().r2, None);
    }

    /// Fourteen samples, as many as a small table leaves: the interval is wide and holds the value.
    #[test]
    fn few_samples_leave_a_wide_interval() {
        let targets: Vec<f32> = (0..14).map(|i| i as f32 - 6.5).collect();
        let losses: Vec<f32> = (0..14).map(|i| if i % 3 == 0 { 9.0 } else { 0.1 }).collect();
        let metrics = ValueMetrics::new(&losses, &targets, 1.0).unwrap();
        let ([low, high], r2) = (metrics.r2_interval.unwrap(), metrics.r2.unwrap());
        assert!(low < r2 - 0.05 && r2 < high && high <= 1.0, "{metrics:?}");
    }
}
