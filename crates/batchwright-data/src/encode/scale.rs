//! The standardisation of one column, of a value to predict, or of one channel of images.

use serde::{Deserialize, Serialize};

/// A standardisation: (x - mean) / std.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ColumnScale {
    /// Mean, in the unit of the values.
    pub mean: f32,
    /// Standard deviation, positive, in the unit of the values.
    pub std: f32,
}

impl ColumnScale {
    /// The scale of these values; mean 0 and std 1 if there are none. Sums are computed in `f64`,
    /// and deviations are taken from the mean.
    pub(crate) fn fit(values: impl Iterator<Item = f32> + Clone) -> Self {
        let count = values.clone().count().max(1) as f64;
        let mean = values.clone().map(f64::from).sum::<f64>() / count;
        let variance = values.map(|value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
        Self::new(mean, variance.sqrt())
    }

    pub(crate) fn new(mean: f64, std: f64) -> Self {
        let std = std as f32;
        Self { mean: mean as f32, std: if std < f32::MIN_POSITIVE { 1.0 } else { std } }
    }

    /// (x - mean) / std.
    pub fn apply(self, value: f32) -> f32 {
        (value - self.mean) / self.std
    }

    /// The value whose standardised form this is.
    pub fn invert(self, standardised: f32) -> f32 {
        standardised * self.std + self.mean
    }
}
