//! What one step of a batch size costs: its time, power and energy, each as a median with an
//! interval.
//!
//! Left out: how they are measured (`Workload::measure_steps`), and how several passes become one number
//! (`state/size_facts`).

use serde::{Deserialize, Serialize};

/// Step time of one batch size in seconds, measured while nothing else runs, without warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepTime {
    /// Median over the measured steps.
    pub median: f64,
    /// Lower end of the 95% interval of the median.
    pub low: f64,
    /// Upper end of the 95% interval of the median.
    pub high: f64,
}

/// Power of the processor packages of the machine while steps of one batch size run, in watts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Median over the measured periods.
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

/// The result of one measurement of steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepMeasurement {
    /// Seconds of a step.
    pub step_time: StepTime,
    /// Power during the measurement, if it can be measured.
    pub power: Option<Power>,
    /// Share of the time that was spent on gathering batches, in 0..=1, if it can be measured
    /// separately.
    pub input_share: Option<f64>,
    /// Cost of the measurement in seconds by a clock of the training itself (virtual, or without
    /// start-up). Absent if the wall clock counts.
    pub own_seconds: Option<f64>,
    /// Of so many rounds, some time apart, it is the fastest. Absent where it was measured once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u64>,
}

impl From<StepTime> for StepMeasurement {
    fn from(step_time: StepTime) -> Self {
        Self { step_time, power: None, input_share: None, own_seconds: None, rounds: None }
    }
}
