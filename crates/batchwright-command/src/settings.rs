//! TODO

use crate::process::limits::Limits;
use crate::process::line::OutputLine;
use crate::process::template::CommandTemplate;
use crate::read::formats::metric::Metric;
use batchwright_find::StepTime;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The largest divisor of a batch up to this many samples: the micro-batches of a step are all alike.
pub(crate) fn micro_batch_size(batch_size: u64, most: u64) -> u64 {
    let parts = batch_size.div_ceil(most.max(1)).max(1);
    (parts..=batch_size)
        .find(|parts| batch_size.is_multiple_of(*parts))
        .map_or(batch_size, |parts| batch_size / parts)
}

/// What trainings showed beside their curves.
#[derive(Debug, Default)]
pub(crate) struct WorkloadNotes {
    /// Step times of trials that ran alone and have not been asked for.
    pub(crate) step_times: BTreeMap<u64, Vec<StepTime>>,
    /// Most bytes that a training held.
    pub(crate) peaks: BTreeMap<u64, u64>,
    /// Samples between two looks, the last trial's.
    pub(crate) spacing: BTreeMap<u64, f64>,
    /// Seconds that trainings took beside their steps.
    pub(crate) starts: Vec<f64>,
    /// Whether seconds are those of arrival.
    pub(crate) wall_clock: bool,
}

/// How a program is run and read.
pub struct CommandSettings {
    /// Its command line.
    pub template: CommandTemplate,
    /// Where it runs; `None`: where we do.
    pub folder: Option<PathBuf>,
    /// Variables beside our own.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether it prints to a terminal.
    pub pty: bool,
    /// Bytes that each of its processes may take.
    pub memory_limit: Option<u64>,
    /// When it is made to end. The start timeout also bounds how long it may print without anything being recognised.
    pub limits: Limits,
    /// How it prints metrics that no known format covers.
    pub metrics: Vec<Metric>,
    /// The metric that the study is about, by its [normal name](super::report::normal_name).
    pub metric: String,
    /// Whether one number at its end is what a training is judged by, wherever that stands.
    pub judged_at_end: bool,
    /// Training samples, where the user says so.
    pub samples: Option<u64>,
    /// Most samples of a training, where the user says so.
    pub max_samples: Option<u64>,
    /// Samples between two evaluations, where the user says so.
    pub eval_samples: Option<u64>,
    /// Least and largest learning rate that may be tried first.
    pub rates: (f64, f64),
    /// Most samples of a forward/backward pass.
    pub micro_batch_size: Option<u64>,
    /// A line for `sh -c` that runs before each training.
    pub prepare: Option<String>,
    /// Accelerators, one a training.
    pub devices: Vec<String>,
    /// Whether what a training wrote into `{out}` stays.
    pub keep_outputs: bool,
    /// A folder that it writes metrics into, beside `{out}`.
    pub watch: Option<PathBuf>,
    /// Whether trainings run one at a time, so that their steps tell the time of a step.
    pub alone: bool,
    /// Is told every line.
    pub on_line: Box<dyn Fn(&OutputLine) + Send + Sync>,
    /// Whether everything should end.
    pub interrupted: Box<dyn Fn() -> bool + Send + Sync>,
}

impl CommandSettings {
    /// A command with everything else at its default.
    pub fn new(template: CommandTemplate) -> Self {
        Self {
            template,
            folder: None,
            environment: Vec::new(),
            pty: false,
            memory_limit: None,
            limits: Limits::default(),
            metrics: Vec::new(),
            metric: "val_loss".to_owned(),
            judged_at_end: false,
            samples: None,
            max_samples: None,
            eval_samples: None,
            rates: (1e-4, 1.0),
            micro_batch_size: None,
            prepare: None,
            devices: Vec::new(),
            keep_outputs: false,
            watch: None,
            alone: true,
            on_line: Box::new(|_| {}),
            interrupted: Box::new(|| false),
        }
    }
}
