//! The loss that a network is trained on, as the user gives it.

use batchwright_nn::ValueLoss;
use batchwright_view::UsageMessage;

const BINARY: &str = "binary_cross_entropy";

/// The loss of training as the user gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LossArg {
    /// What an error of a number costs. The default, squares, also leaves classes their softmax.
    Values(ValueLoss),
    /// One output for two classes.
    Binary,
}

/// Reads `mse`, `l1`, `huber`, `huber:DELTA` or `binary_cross_entropy`.
pub(crate) fn parse_loss(text: &str) -> Result<LossArg, UsageMessage> {
    let huber = |delta: &str| delta.parse().ok().map(|delta| ValueLoss::Huber { delta });
    let loss = match text {
        BINARY => return Ok(LossArg::Binary),
        "mse" => Some(ValueLoss::Squared),
        "l1" => Some(ValueLoss::Absolute),
        "huber" => Some(ValueLoss::Huber { delta: 1.0 }),
        _ => text.strip_prefix("huber:").and_then(huber),
    };
    let loss = loss.map(LossArg::Values);
    loss.ok_or_else(|| UsageMessage::NoLoss { text: text.to_owned() })
}

/// What [`parse_loss`] reads as this loss.
pub(crate) fn loss_word(loss: LossArg) -> String {
    match loss {
        LossArg::Binary => BINARY.to_owned(),
        LossArg::Values(ValueLoss::Squared) => "mse".to_owned(),
        LossArg::Values(ValueLoss::Absolute) => "l1".to_owned(),
        LossArg::Values(ValueLoss::Huber { delta }) => format!("huber:{delta}"),
    }
}

/// Weights of classes as the user gives them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ClassWeights {
    /// So that all classes count the same.
    Balanced,
    /// Factors in the order of the classes.
    Given(Vec<f64>),
}

impl ClassWeights {
    /// Reads `balanced`, or numbers separated by commas.
    pub(crate) fn parse(text: &str) -> Result<Self, UsageMessage> {
        if text == "balanced" {
            return Ok(Self::Balanced);
        }
        let numbers = text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>();
        numbers.map(Self::Given).ok_or_else(|| UsageMessage::NoClassWeights { text: text.to_owned() })
    }

    /// What [`ClassWeights::parse`] reads as these weights.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Balanced => "balanced".to_owned(),
            Self::Given(factors) => factors.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_read_and_written_alike() {
        for text in ["mse", "l1", "huber:0.5", "huber:1", "binary_cross_entropy"] {
            assert_eq!(loss_word(parse_loss(text).unwrap()), text);
        }
        assert_eq!(parse_loss("huber"), parse_loss("huber:1"));
        for text in ["", "L1", "huber:", "huber:x", "cross-entropy"] {
            assert!(parse_loss(text).is_err(), "{text}");
        }
    }

    #[test]
    fn weights_are_read_and_written_alike() {
        for text in ["balanced", "1,0.5,20", "0.1"] {
            assert_eq!(ClassWeights::parse(text).unwrap().word(), text);
        }
        for text in ["", "1,", "even", "1;2"] {
            assert!(ClassWeights::parse(text).is_err(), "{text}");
        }
    }
}
