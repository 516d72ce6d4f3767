//! How long to train: a number with a unit.

use crate::error::TrainError;
use crate::problem::ExpectedSetting;
use serde::{Deserialize, Serialize};

/// A duration. Every unit but time becomes a budget of samples (see [`crate::Batching::budget`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duration {
    /// Passes over the training samples, fractions allowed: `2.5ep`.
    Epochs(f64),
    /// Parameter updates: `500st`, `500ba`.
    Steps(u64),
    /// Training samples: `60000sp`.
    Samples(u64),
    /// Seconds of training, evaluation left out: `90s`, `10min`, `2h`.
    Seconds(f64),
}

impl std::str::FromStr for Duration {
    type Err = TrainError;

    /// Reads a number followed by `ep`, `st`, `ba`, `sp`, `s`, `min` or `h`. Zero, negative and
    /// non-finite durations are refused.
    fn from_str(text: &str) -> Result<Self, TrainError> {
        let error =
            || TrainError::setting("duration", format!("`{text}`"), ExpectedSetting::DurationWithUnit);
        let text = text.trim();
        // An exponent's `e` belongs to the number: the unit is the longest tail of letters that
        // leaves a number.
        let (number, unit) = UNITS
            .iter()
            .filter_map(|unit| Some((text.strip_suffix(unit)?.trim_end(), *unit)))
            .find_map(|(number, unit)| Some((number.parse::<f64>().ok()?, unit)))
            .ok_or_else(error)?;
        if !(number.is_finite() && number > 0.0) {
            return Err(error());
        }
        match unit {
            "ep" => Ok(Self::Epochs(number)),
            "st" | "ba" => whole(number).map(Self::Steps).ok_or_else(error),
            "sp" => whole(number).map(Self::Samples).ok_or_else(error),
            "min" => Ok(Self::Seconds(number * 60.0)),
            "h" => Ok(Self::Seconds(number * 3600.0)),
            _ => Ok(Self::Seconds(number)),
        }
    }
}

/// Longer units before those that they end in.
const UNITS: [&str; 7] = ["ep", "st", "ba", "sp", "min", "h", "s"];

/// The whole number that `number` is, up to 2^53 (beyond, a float no longer tells neighbours
/// apart).
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && number <= 9_007_199_254_740_992.0).then_some(number as u64)
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Epochs(epochs) => write!(f, "{epochs}ep"),
            Self::Steps(steps) => write!(f, "{steps}st"),
            Self::Samples(samples) => write!(f, "{samples}sp"),
            Self::Seconds(seconds) => write!(f, "{seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        for (text, duration) in [
            ("10ep", Duration::Epochs(10.0)),
            ("2.5ep", Duration::Epochs(2.5)),
            ("500st", Duration::Steps(500)),
            ("500ba", Duration::Steps(500)),
            ("6e4sp", Duration::Samples(60_000)),
            ("90s", Duration::Seconds(90.0)),
            ("10 min", Duration::Seconds(600.0)),
            ("2h", Duration::Seconds(7200.0)),
        ] {
            assert_eq!(text.parse::<Duration>().unwrap(), duration, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "", "10", "ep", "0ep", "-1st", "1.5st", "infs", "nanep", "1e400ep", "1e300st", "5 apples",
            "１０ep",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
