//! What a study was about, as two numbers that are equal if the content is equal: the workload
//! (what is trained, and where) and the question (what is asked about it).
//!
//! The table in `args/meaning.rs` lists which flag changes which of the two, and why. The tests of
//! `question` check this for each flag. A remembered study itself records whether it decided, and
//! within which margin; so neither the budget nor the margin is part of the question.
//!
//! The hash is FNV-1a. It protects against accidents, not against attacks: two workloads with the
//! same hash can be made on purpose.

use batchwright_command::CommandSettings;
use batchwright_command::system::processor_name;
use batchwright_data::{Batch, Dataset, Inputs, Targets, sample_shape};
use batchwright_find::{Network, StrategyKind, StudyConfig};
use batchwright_nn::Precision;
use std::ffi::OsString;
use std::path::Path;

/// A file of at most this many bytes counts as part of a training program.
const LARGEST_SCRIPT: u64 = 1 << 20;
/// Samples that are read at a time.
const CHUNK: usize = 1024;
/// Environment variables from which a training program takes its accelerators and its number of
/// threads. It inherits them from us.
const PLACES: [&str; 4] =
    ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "OMP_NUM_THREADS"];

/// The workload of a training command: its words, the content of the files that they name (a
/// changed program is another program), how it is run and read, and where.
pub(crate) fn command_workload(settings: &CommandSettings, setup: Option<&str>) -> String {
    let CommandSettings { template, environment, pty, memory_limit, limits, metrics, .. } = settings;
    let CommandSettings { samples, micro_batch_size, prepare, devices, watch, .. } = settings;
    let mut hash = Hash::default();
    hash.text(&format!("{template:?} {environment:?} {pty} {memory_limit:?} {limits:?} {metrics:?}"));
    hash.text(&format!("{samples:?} {micro_batch_size:?} {prepare:?} {setup:?} {devices:?} {watch:?}"));
    hash.text(&place(&|variable| std::env::var_os(variable)));
    for word in template.texts() {
        file(Path::new(word), &mut hash);
    }
    hash.hex()
}

/// Where a training program runs: processor, cores that it may use, accelerators, folder.
fn place(variable: &dyn Fn(&str) -> Option<OsString>) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let folder = std::env::current_dir().unwrap_or_default();
    format!("{} {cores} {:?} {folder:?}", cpu(), PLACES.map(variable))
}

/// The content of a file. A file that is so large that it must be data or a compiled program adds
/// nothing; neither does a folder or a missing file.
fn file(path: &Path, hash: &mut Hash) {
    let small = path.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST_SCRIPT);
    if let Some(bytes) = small.then(|| std::fs::read(path).ok()).flatten() {
        hash.word(bytes.len() as u32);
        bytes.iter().for_each(|&byte| hash.word(byte.into()));
    }
}

/// The workload of a network. The effect of the data flags is in the samples themselves.
/// `memory_limit` is the limit that the user gave: the available memory differs from moment to
/// moment.
pub(crate) fn network_workload(network: &Network, memory_limit: Option<u64>, powercap: &Path) -> String {
    let mut hash = Hash::default();
    for split in [network.train, network.validation] {
        dataset(split, &mut hash);
    }
    if let Some(augmentation) = network.augmentation {
        hash.text(&augmentation.to_string());
    }
    // Studies from before there was a choice stay what they were.
    if network.precision != Precision::F32 {
        hash.text(network.precision.name());
    }
    let Network { model, optimizer, clip_norm, micro_batch_size, drop_last, threads, .. } = network;
    hash.text(&format!("{model:?} {optimizer:?} {clip_norm:?} {micro_batch_size:?} {drop_last}"));
    hash.text(&format!("{} {threads} {memory_limit:?} {powercap:?}", cpu()));
    hash.hex()
}

pub(crate) fn question(config: &StudyConfig, strategy: StrategyKind) -> String {
    let StudyConfig { objective, price_per_hour, sizes, rates, target, .. } = config;
    let StudyConfig { seeds, max_seeds, seed, max_samples, eval_samples, .. } = config;
    let mut hash = Hash::default();
    hash.text(&format!("{objective:?} {price_per_hour:?} {sizes:?} {rates:?} {target:?} {strategy:?}"));
    hash.text(&format!("{seeds} {max_seeds} {seed} {max_samples:?} {eval_samples:?}"));
    // Studies from before there was a choice stay what they were.
    if let Some(within) = config.within {
        hash.text(&format!("{within:?}"));
    }
    hash.hex()
}

/// The content of the data of a run.
pub(crate) fn content(splits: &[&dyn Dataset]) -> String {
    let mut hash = Hash::default();
    splits.iter().for_each(|split| dataset(*split, &mut hash));
    hash.hex()
}

/// Every number of every sample, so that any change is noticed.
fn dataset(data: &dyn Dataset, hash: &mut Hash) {
    hash.text(&format!("{} {:?} {:?}", data.len(), data.input_shape(), data.task()));
    let mut batch = Batch::with_capacity(CHUNK, sample_shape(data));
    let ids: Vec<u32> = (0..data.len() as u32).collect();
    for chunk in ids.chunks(CHUNK) {
        data.gather(chunk, 0, &mut batch);
        match &batch.inputs {
            Inputs::Numbers(numbers) => numbers.iter().for_each(|value| hash.word(value.to_bits())),
            Inputs::Tokens(tokens) => tokens.iter().for_each(|&token| hash.word(token)),
        }
        match &batch.targets {
            Targets::Classes(words) | Targets::Tokens(words) => {
                words.iter().for_each(|&word| hash.word(word))
            }
            Targets::Values(values) => values.iter().for_each(|value| hash.word(value.to_bits())),
        }
    }
}

/// The processor's name where the system reports it, otherwise its architecture.
fn cpu() -> String {
    processor_name().unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// FNV-1a with 64 bits of state, fed in words of 32 bits
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>). Both of its operations are one to one, so two
/// inputs that differ in one word never collide.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn word(&mut self, word: u32) {
        self.0 = (self.0 ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3);
    }

    /// Includes the length, so that two texts do not look like one longer text.
    fn text(&mut self, text: &str) {
        self.word(text.len() as u32);
        text.bytes().for_each(|byte| self.word(byte.into()));
    }

    fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_find::{Objective, TargetSpec};

    /// A program that gets another accelerator from an environment variable runs on other hardware.
    #[test]
    fn inherited_accelerators_are_part_of_the_place() {
        let of = |value: &str| place(&|name| (name == "CUDA_VISIBLE_DEVICES").then(|| value.into()));
        assert_ne!(of("0"), of("1"));
        assert_eq!(of("0"), of("0"));
    }

    /// The answer to another question must not be given. An answer must still be given where only
    /// the patience differs.
    #[test]
    fn the_question_is_what_was_asked() {
        let question = |config: &StudyConfig| question(config, StrategyKind::Race);
        let plain = StudyConfig::default();
        let same = StudyConfig { margin: 0.2, name: "x".into(), jobs: 2, reuse: 7, ..plain.clone() };
        assert_eq!(question(&plain), question(&same));
        for other in [
            StudyConfig { objective: Objective::Samples, ..plain.clone() },
            StudyConfig { target: TargetSpec::parse("val_loss<0.1").unwrap(), ..plain.clone() },
            StudyConfig { sizes: plain.sizes.clone().capped(100).unwrap(), ..plain.clone() },
            StudyConfig { rates: plain.rates.clone().fixed(), ..plain.clone() },
            StudyConfig { max_samples: Some(9), ..plain.clone() },
            StudyConfig { within: Some(std::time::Duration::from_secs(9)), ..plain.clone() },
            StudyConfig { seed: 1, ..plain.clone() },
        ] {
            assert_ne!(question(&plain), question(&other), "{other:?}");
        }
    }
}
