//! The settings of a command: how it is run, how it is read, and how long it trains.
//!
//! Left out: the settings of a study (batch sizes, rates, budget).

use crate::process::limits::Limits;
use crate::process::line::OutputLine;
use crate::process::template::CommandTemplate;
use crate::read::formats::metric::Metric;
use std::ffi::OsString;
use std::path::PathBuf;

/// How a program is run and read.
pub struct CommandSettings {
    /// Its command line.
    pub template: CommandTemplate,
    /// The folder that it runs in; `None`: our own.
    pub folder: Option<PathBuf>,
    /// Variables that are added to our own.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether it prints to a terminal.
    pub pty: bool,
    /// Bytes that each of its processes may take.
    pub memory_limit: Option<u64>,
    /// When it is made to end. The start timeout also limits how long it may print without anything
    /// being recognised.
    pub limits: Limits,
    /// How it prints metrics that no known format covers.
    pub metrics: Vec<Metric>,
    /// The metric of the target, by its [normal name](crate::read::normal_name).
    pub metric: String,
    /// Whether a training is judged by one number that it prints at its end, without a position.
    pub judged_at_end: bool,
    /// The number of training samples, if the user gave it.
    pub samples: Option<u64>,
    /// The largest number of samples of a training, if the user gave it.
    pub max_samples: Option<u64>,
    /// Samples between two evaluations, if the user gave them.
    pub eval_samples: Option<u64>,
    /// The lowest and the highest learning rate to try first.
    pub rates: (f64, f64),
    /// The largest number of samples of a forward/backward pass.
    pub micro_batch_size: Option<u64>,
    /// The number of samples of a forward pass of an evaluation; `None`: the batch size.
    pub eval_batch_size: Option<u64>,
    /// A line for `sh -c` that runs before each training.
    pub prepare: Option<String>,
    /// Accelerators; each training gets one.
    pub devices: Vec<String>,
    /// Whether the files that a training wrote into `{out}` are kept.
    pub keep_outputs: bool,
    /// A folder that it writes metrics into, beside `{out}`.
    pub watch: Option<PathBuf>,
    /// Whether trainings run one at a time, so that they show the time of a step.
    pub alone: bool,
    /// Is called with every line.
    pub on_line: Box<dyn Fn(&OutputLine) + Send + Sync>,
    /// Whether everything should end.
    pub interrupted: Box<dyn Fn() -> bool + Send + Sync>,
}

impl CommandSettings {
    /// A command with defaults for everything else.
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
            eval_batch_size: None,
            prepare: None,
            devices: Vec::new(),
            keep_outputs: false,
            watch: None,
            alone: true,
            on_line: Box::new(|_| {}),
            interrupted: Box::new(|| false),
        }
    }

    /// The micro-batch size of a step of this batch size: the batch size itself without a limit.
    pub(crate) fn micro_batch(&self, batch_size: u64) -> u64 {
        self.micro_batch_size.map_or(batch_size, |most| micro_batch_size(batch_size, most))
    }
}

/// The largest divisor of a batch size up to `most`: all micro-batches of a step have one size.
fn micro_batch_size(batch_size: u64, most: u64) -> u64 {
    let parts = batch_size.div_ceil(most.max(1)).max(1);
    (parts..=batch_size)
        .find(|parts| batch_size.is_multiple_of(*parts))
        .map_or(batch_size, |parts| batch_size / parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Most programs that take `grad_accum` cannot train a step whose micro-batches differ in size.
    #[test]
    fn micro_batches_divide_the_batch() {
        for (batch_size, most, micro) in
            [(64, 16, 16), (64, 20, 16), (64, 64, 64), (64, 100, 64), (97, 96, 1), (1, 1, 1), (6, 0, 1)]
        {
            assert_eq!(micro_batch_size(batch_size, most), micro, "{batch_size} {most}");
        }
    }
}
