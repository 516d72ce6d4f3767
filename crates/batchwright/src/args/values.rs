//! Values of flags that are neither numbers nor plain text.

use batchwright_data::{TaskKind, TokenKind};
use batchwright_find::{ProbeLength, StrategyKind};
use batchwright_nn::{Activation, Precision};
use batchwright_train::{Decay, Duration, SizeSchedule};
use batchwright_view::{CurveLine, Horizontal, Lang, UsageMessage};
use clap::ValueEnum;
use std::num::{IntErrorKind, ParseIntError};

/// Declares an enum of the command line, with the value that each variant stands for.
macro_rules! value_enum {
    ($(#[$doc:meta])* $name:ident => $target:ty { $($(#[$value_doc:meta])* $value:ident => $to:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name { $($(#[$value_doc])* $value),+ }

        impl From<$name> for $target {
            fn from(value: $name) -> Self {
                match value { $($name::$value => $to),+ }
            }
        }
    };
}

value_enum!(LangArg => Lang { En => Lang::En, Ja => Lang::Ja });
value_enum!(TaskArg => TaskKind { Classify => TaskKind::Classify, Regress => TaskKind::Regress });
value_enum!(TokensArg => TokenKind { Bytes => TokenKind::Bytes, Characters => TokenKind::Characters });
value_enum!(ActivationArg => Activation {
    Relu => Activation::Relu,
    Gelu => Activation::GeluExact,
    GeluTanh => Activation::GeluTanh,
    Silu => Activation::Silu,
    Tanh => Activation::Tanh,
});
value_enum!(PrecisionArg => Precision { F32 => Precision::F32, Bf16 => Precision::Bf16 });
value_enum!(
    /// How `find` chooses its runs.
    StrategyArg => StrategyKind {
        /// Shares what it learns over sizes and rates, and always takes the run that is worth most.
        /// Quality has no target to race to: there it is the grid
        Race => StrategyKind::Race,
        /// Every size at every rate, on several seeds: dear, and assumes least
        Grid => StrategyKind::Grid,
    }
);
value_enum!(ScheduleArg => Decay { Constant => Decay::Constant, Linear => Decay::Linear, Cosine => Decay::Cosine });
value_enum!(
    /// The horizontal axis of a chart.
    AxisArg => Horizontal {
        Step => Horizontal::Steps,
        Epoch => Horizontal::Epochs,
        Samples => Horizontal::Samples,
        Seconds => Horizontal::Seconds,
    }
);
value_enum!(CurveArg => CurveLine { Loss => CurveLine::Loss, Accuracy => CurveLine::Accuracy });
value_enum!(ProbeLengthArg => ProbeLength { Short => ProbeLength::Short, Long => ProbeLength::Long });

/// Why a text is no number of samples.
fn no_size(text: &str, error: &ParseIntError) -> UsageMessage {
    let text = text.to_owned();
    match error.kind() {
        IntErrorKind::PosOverflow => UsageMessage::SizeTooLarge { text },
        _ => UsageMessage::SizeOrAuto { text },
    }
}

/// A batch size as the user gives it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BatchSize {
    Auto,
    Samples(u64),
    /// Sizes that change in the run.
    Schedule(SizeSchedule),
}

impl BatchSize {
    pub(crate) fn parse(text: &str) -> Result<Self, UsageMessage> {
        match text {
            "auto" => Ok(Self::Auto),
            _ if text.contains(':') => {
                let schedule = text.parse().map(Self::Schedule);
                schedule.map_err(|_| UsageMessage::NoSizeSchedule { text: text.to_owned() })
            }
            _ => text.parse().map(Self::Samples).map_err(|error| no_size(text, &error)),
        }
    }
}

/// Reads a number of samples, with or without its unit, or tokens of a text.
pub(crate) fn parse_samples(text: &str) -> Result<Duration, UsageMessage> {
    let plain = text.parse().map(Duration::Samples).ok();
    let counted = || text.parse().ok().filter(|it| matches!(it, Duration::Samples(_) | Duration::Tokens(_)));
    plain.or_else(counted).ok_or_else(|| UsageMessage::NoSamples { text: text.to_owned() })
}

/// A micro-batch size as the user gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MicroBatch {
    Auto,
    Samples(u64),
}

impl MicroBatch {
    pub(crate) fn parse(text: &str) -> Result<Self, UsageMessage> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => text.parse().map(Self::Samples).map_err(|error| no_size(text, &error)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptimizerArg {
    Sgd,
    Adamw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    All,
    Train,
    Validation,
    Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    Html,
    Json,
    Md,
    Svg,
    Png,
}

/// What a model is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModelFormatArg {
    Onnx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormatArg {
    Csv,
    Json,
    Parquet,
    Tensorboard,
    Mlflow,
    Trackio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormatArg {
    Table,
    Csv,
    Json,
}
