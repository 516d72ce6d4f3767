//! What exactly is wrong with a setting, as values; their display is English.

/// Why batch sizes are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizesProblem {
    /// The list is empty.
    #[error("there is none")]
    None,
    /// A size is 0.
    #[error("a batch has at least 1 sample")]
    Zero,
    /// A size is no whole number.
    #[error("{text:?} is not a whole number from 1 to {}", u64::MAX)]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// The first end is above the second.
    #[error("the range is reversed: {low} is above {high}")]
    Reversed {
        /// The first end.
        low: u64,
        /// The second end.
        high: u64,
    },
    /// No size is left below the cap.
    #[error("all are above the largest that is allowed, {cap}")]
    AboveCap {
        /// The largest that is allowed.
        cap: u64,
    },
}

/// Why learning rates are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RatesProblem {
    /// The list is empty.
    #[error("there is none")]
    None,
    /// A rate is 0, negative or not finite.
    #[error("a rate must be positive and finite")]
    NotPositive,
    /// A rate is no number.
    #[error("{text:?} is not a number")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// This rate is 0, negative or not finite.
    #[error("{rate} is not positive and finite")]
    RateNotPositive {
        /// What was given.
        rate: f64,
    },
    /// The first end is above the second.
    #[error("the range is reversed: {low} is above {high}")]
    Reversed {
        /// The first end.
        low: f64,
        /// The second end.
        high: f64,
    },
}

/// Why a target is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetProblem {
    /// It has no sign.
    #[error("there is no =, < or >")]
    NoSign,
    /// It has no name.
    #[error("the metric has no name")]
    NoName,
    /// Its value is no finite number.
    #[error("{text:?} is not a finite number")]
    NotANumber {
        /// What was given.
        text: String,
    },
}

/// Which values of a setting of a study are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcceptedRange {
    /// 1 to 1000.
    #[error("1 to 1000")]
    ToThousand,
    /// From the first seeds to 1000.
    #[error("from seeds to 1000")]
    FromSeeds,
    /// Above 0 and below 1.
    #[error("above 0 and below 1")]
    Fraction,
    /// At least 1.
    #[error("at least 1")]
    AtLeastOne,
    /// Above 0.
    #[error("above 0")]
    Positive,
    /// A price.
    #[error("1e-12 to 1e12")]
    Price,
}

/// Why a study cannot go on from its journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalProblem {
    /// It does not begin with the beginning of a study.
    #[error("its first entry is missing")]
    NoBeginning,
    /// A newer program wrote it.
    #[error("a newer version of the program wrote it (version {found}; this one reads up to {known})")]
    Newer {
        /// The version of its entries.
        found: u32,
        /// The newest version that this program reads.
        known: u32,
    },
    /// An entry cannot be read.
    #[error("its entry {nth} cannot be read ({reason})")]
    Entry {
        /// The number of the entry, from 0.
        nth: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The workload cannot take over what it had learnt.
    #[error("what the training program had shown cannot be read ({reason})")]
    Memory {
        /// What is wrong with it.
        reason: String,
    },
}
