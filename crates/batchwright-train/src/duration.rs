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
    /// Tokens of a text: `1e6tok`. See [`Duration::in_samples`].
    Tokens(u64),
    /// Seconds of training, evaluation left out: `90s`, `10min`, `2h`.
    Seconds(f64),
}

impl std::str::FromStr for Duration {
    type Err = TrainError;

    /// Reads a number followed by `ep`, `st`, `ba`, `sp`, `tok`, `s`, `min` or `h`. Zero, negative and
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
            "tok" => whole(number).map(Self::Tokens).ok_or_else(error),
            "min" => Ok(Self::Seconds(number * 60.0)),
            "h" => Ok(Self::Seconds(number * 3600.0)),
            _ => Ok(Self::Seconds(number)),
        }
    }
}

impl Duration {
    /// The same duration with tokens counted in samples of `tokens_per_sample` tokens each: the
    /// first whole number of samples that has so many tokens. Other units stay.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for tokens where samples have none (`None`: they are no text).
    pub fn in_samples(self, tokens_per_sample: Option<u64>) -> Result<Self, TrainError> {
        match (self, tokens_per_sample) {
            (Self::Tokens(tokens), Some(each)) => Ok(Self::Samples(tokens.div_ceil(each.max(1)))),
            (Self::Tokens(_), None) => {
                Err(TrainError::setting("duration", self, ExpectedSetting::TokensOfText))
            }
            (other, _) => Ok(other),
        }
    }
}

/// Longer units before those that they end in.
const UNITS: [&str; 8] = ["ep", "st", "ba", "sp", "tok", "min", "h", "s"];

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
            Self::Tokens(tokens) => write!(f, "{tokens}tok"),
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
    fn tokens_are_whole_samples_of_a_text() {
        let tokens = |text: &str, each| text.parse::<Duration>().unwrap().in_samples(each);
        assert_eq!("1e6 tok".parse::<Duration>().unwrap().to_string(), "1000000tok");
        assert_eq!(tokens("1e6tok", Some(64)).unwrap(), Duration::Samples(15_625));
        assert_eq!(tokens("65tok", Some(64)).unwrap(), Duration::Samples(2));
        assert_eq!(tokens("2ep", Some(64)).unwrap(), Duration::Epochs(2.0));
        assert!(matches!(tokens("64tok", None), Err(TrainError::Setting { .. })));
        assert!("1.5tok".parse::<Duration>().is_err());
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
