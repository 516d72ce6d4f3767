//! TODO

use serde::{Deserialize, Serialize};

/// Step time of one batch size, measured alone, warm-up left out, in seconds per step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepTime {
    /// Median over the measured steps.
    pub median: f64,
    /// Lower end of the 95% interval of the median.
    pub low: f64,
    /// Upper end of the 95% interval of the median.
    pub high: f64,
}

/// Power of the machine's processor packages while steps of one batch size run, in watts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// Median over the measured stretches.
    pub median: f64,
    /// Lower end of the 95% interval of the median.
    pub low: f64,
    /// Upper end of the 95% interval of the median.
    pub high: f64,
}

/// Energy of one step of one batch size, in joules: power times step time, with both intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepEnergy {
    /// Median.
    pub median: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What one measurement of steps alone gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepMeasurement {
    /// Seconds of a step.
    pub step_time: StepTime,
    /// Power meanwhile, where it can be measured.
    pub power: Option<Power>,
    /// Share of the time that went into gathering batches, in 0..=1, where it can be told apart.
    pub input_share: Option<f64>,
    /// What measuring cost by a clock of the training's own (virtual, or without its start-up); absent where the wall's clock says it.
    pub own_seconds: Option<f64>,
}

impl From<StepTime> for StepMeasurement {
    fn from(step_time: StepTime) -> Self {
        Self { step_time, power: None, input_share: None, own_seconds: None }
    }
}
