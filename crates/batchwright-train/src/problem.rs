//! What exactly is wrong with a setting, a count or a model file, as values; their display is
//! English.

/// Which values of a setting of a run are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExpectedSetting {
    /// At least one sample.
    #[error("at least 1 training sample")]
    TrainingSamples,
    /// At least 1.
    #[error("at least 1")]
    AtLeastOne,
    /// A finite number above 0.
    #[error("a finite number above 0")]
    Positive,
    /// A finite number of at least 0.
    #[error("a finite number of at least 0")]
    NotNegative,
    /// A micro-batch is a part of the batch.
    #[error("from 1 to the batch size, {batch_size}")]
    UpToBatchSize {
        /// The batch size.
        batch_size: u64,
    },
    /// With `--drop-last` a larger batch would drop every sample.
    #[error("at most the {samples} training samples with --drop-last, which would drop them all")]
    UpToSamples {
        /// The training samples.
        samples: u64,
    },
    /// A duration as it is typed.
    #[error("a number above 0 with a unit: `10ep`, `500st`, `60000sp`, `90s`, `10min` or `2h`")]
    DurationWithUnit,
    /// A finite duration above 0.
    #[error("a finite duration above 0")]
    PositiveDuration,
    /// A duration that can be counted in samples.
    #[error("a duration above 0 in epochs, steps or samples")]
    CountedDuration,
    /// A duration that can be counted, because of the schedule.
    #[error("a duration in epochs, steps or samples where the rate decays to the end of the run")]
    CountedForDecay,
    /// A warm-up that ends before the run.
    #[error("shorter than the run of {samples} samples")]
    ShorterThanRun {
        /// Samples of the run.
        samples: u64,
    },
    /// A batch size that changes, as it is typed.
    #[error(
        "pairs such as `0:64 20000sp:256`: from which sample or epoch on (the first 0), and the batch size"
    )]
    SizeSchedule,
    /// The thresholds of such a schedule rise.
    #[error("a threshold above the one before")]
    RisingThresholds,
    /// With `--drop-last` the length of an epoch depends on the size.
    #[error("one size for the whole run with --drop-last, under which the size decides how long an epoch is")]
    OneSizeWithDropLast,
    /// The plan is about other data.
    #[error("the {samples} of the data")]
    SamplesOfData {
        /// Samples of the data.
        samples: u64,
    },
    /// The engine was built for smaller micro-batches.
    #[error("at most the engine's {most}")]
    UpToEngine {
        /// Micro-batch size of the engine.
        most: u64,
    },
}

/// A number of samples beyond 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TooManySteps {
    /// Of so many steps.
    #[error("{steps} steps at batch size {batch_size}")]
    Steps {
        /// The steps.
        steps: u64,
        /// Samples of one.
        batch_size: u64,
    },
    /// Of so many epochs.
    #[error("{epochs:?} epochs of {samples} samples")]
    Epochs {
        /// The epochs.
        epochs: f64,
        /// Samples of one.
        samples: u64,
    },
}

/// Why a saved model cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelFileProblem {
    /// A folder, a pipe or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// The format's own reader or writer refuses it, in its words.
    #[error("damaged: {0}; restore it from a copy, or train again")]
    Damaged(String),
    /// It was cut off, or something was added to it.
    #[error(
        "damaged: it has {found} bytes, its header says {expected}; restore it from a copy, or train again"
    )]
    Length {
        /// Its bytes.
        found: u64,
        /// What its header says.
        expected: u64,
    },
    /// It does not fit into memory.
    #[error(
        "reading it takes {needed} bytes of memory, {available} are available; end other programs, or read it on a larger machine"
    )]
    TooLarge {
        /// Bytes of memory.
        needed: u64,
        /// Bytes of memory.
        available: u64,
    },
    /// Another program wrote it.
    #[error("its metadata has no `{key}`; save it with `batchwright train`")]
    Foreign {
        /// The entry that is missing.
        key: &'static str,
    },
    /// Its metadata cannot be read.
    #[error("metadata: {0}; save it with `batchwright train`")]
    Metadata(String),
    /// A newer version of the program wrote it.
    #[error(
        "it has version {found}, this program reads up to version {known}; use the newer program that wrote it, or train again"
    )]
    Version {
        /// Its version.
        found: u64,
        /// The version that is read.
        known: u64,
    },
    /// Its checksum is missing, in a file of a version that has one.
    #[error("damaged: it has no checksum; restore it from a copy, or train again")]
    NoChecksum,
    /// It is not the file that was written.
    #[error("damaged: its checksum does not match; restore it from a copy, or train again")]
    Checksum,
    /// A weight is infinite or no number.
    #[error(
        "tensor `{tensor}` has a number that is not finite: the training diverged; lower the learning rate"
    )]
    NotFinite {
        /// The tensor.
        tensor: String,
    },
    /// A tensor holds other numbers.
    #[error("tensor `{tensor}` holds {found}, expected 32-bit floats")]
    NumberType {
        /// The tensor.
        tensor: String,
        /// What it holds.
        found: String,
    },
}

/// Why a checkpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointProblem {
    /// A folder, a pipe or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// Something else wrote it.
    #[error("it is no checkpoint of this program")]
    Foreign,
    /// It does not fit into memory.
    #[error(
        "reading it takes {needed} bytes of memory, {available} are available; end other programs, or read it on a larger machine"
    )]
    TooLarge {
        /// Bytes of memory.
        needed: u64,
        /// Bytes of memory.
        available: u64,
    },
    /// Another version of the program wrote it.
    #[error(
        "it has version {found}, this program reads version {known}; resume with the version that wrote it, or name an older checkpoint by its path"
    )]
    Version {
        /// Its version.
        found: u64,
        /// The version that is read.
        known: u64,
    },
    /// It was cut off, or something was added to it.
    #[error("damaged: it has {found} bytes, its header says {expected}")]
    Length {
        /// Its bytes.
        found: u64,
        /// What the header says.
        expected: u64,
    },
    /// It is not the file that was written.
    #[error("damaged: its checksum does not match")]
    Damaged,
    /// The checksum matches, but no version of the program writes this.
    #[error("its content is none that this program writes")]
    Content,
    /// Its settings cannot be read or written, in the words of the format's own reader.
    #[error("its settings: {0}")]
    Settings(String),
}

impl CheckpointProblem {
    /// Whether the file holds nothing that anybody could still read. The file of another version is
    /// whole, so may be one that is too large, and what is no regular file was not written by this program.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Foreign | Self::Length { .. } | Self::Damaged | Self::Content => true,
            Self::NotAFile | Self::TooLarge { .. } | Self::Version { .. } | Self::Settings(_) => false,
        }
    }
}
