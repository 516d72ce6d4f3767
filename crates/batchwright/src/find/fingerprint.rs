//! What a study was about, as two numbers that are equal where the things are: what is trained on which machine, and what is asked about it.
//!
//! The hash is FNV-1a: against accidents, no security matter. Whoever wants two workloads to look alike can have that.
//!
//! Left out of the question: margin and budget (a stored study says itself whether it decided, and within which margin), and everything that does
//! not change the answer: names, jobs, how often the answer will be used.

use crate::prepare::data::Prepared;
use batchwright_command::CommandSettings;
use batchwright_command::system::processor_name;
use batchwright_data::{Batch, Dataset, Inputs, Targets, sample_shape};
use batchwright_find::{Network, StrategyKind, StudyConfig};
use batchwright_store::Fingerprint;
use std::path::Path;

/// Bytes of a file that is taken for part of a training program.
const LARGEST_SCRIPT: u64 = 1 << 20;
/// Samples that are looked at together.
const CHUNK: usize = 1024;

pub(crate) fn fingerprint(
    data: &Prepared,
    network: &Network,
    memory_limit: Option<u64>,
    config: &StudyConfig,
    strategy: StrategyKind,
) -> Fingerprint {
    Fingerprint { workload: workload(data, network, memory_limit), question: question(config, strategy) }
}

/// Of a training command: its words, and what is in the files that they name, so that a program that was changed is another one.
pub(crate) fn of_command(
    settings: &CommandSettings,
    config: &StudyConfig,
    strategy: StrategyKind,
) -> Fingerprint {
    let CommandSettings { template, environment, pty, memory_limit, metrics, metric, .. } = settings;
    let CommandSettings { samples, micro_batch_size, prepare, .. } = settings;
    let mut hash = Hash::default();
    hash.text(&format!("{template:?} {environment:?} {pty} {memory_limit:?} {metrics:?} {metric}"));
    hash.text(&format!("{samples:?} {micro_batch_size:?} {prepare:?} {}", cpu()));
    hash.text(&std::env::current_dir().unwrap_or_default().to_string_lossy());
    for word in template.texts() {
        file(Path::new(word), &mut hash);
    }
    Fingerprint { workload: hash.hex(), question: question(config, strategy) }
}

/// What is in it, if it is a file and not so large that it must be data or a program; a folder or a missing file counts as none.
fn file(path: &Path, hash: &mut Hash) {
    let small = path.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST_SCRIPT);
    if let Some(bytes) = small.then(|| std::fs::read(path).ok()).flatten() {
        hash.word(bytes.len() as u32);
        bytes.iter().for_each(|&byte| hash.word(byte.into()));
    }
}

/// Limit, label noise and split seed are in the samples themselves.
fn workload(data: &Prepared, network: &Network, memory_limit: Option<u64>) -> String {
    let mut hash = Hash::default();
    for split in [&data.splits.train, &data.splits.validation] {
        dataset(split, &mut hash);
    }
    let Network { model, optimizer, clip_norm, micro_batch_size, drop_last, threads, .. } = network;
    hash.text(&format!("{model:?} {optimizer:?} {clip_norm:?} {micro_batch_size:?} {drop_last}"));
    hash.text(&format!("{} {threads} {memory_limit:?}", cpu()));
    hash.hex()
}

fn question(config: &StudyConfig, strategy: StrategyKind) -> String {
    let StudyConfig { objective, price_per_hour, sizes, rates, target, .. } = config;
    let StudyConfig { seeds, max_seeds, seed, max_samples, eval_samples, .. } = config;
    let mut hash = Hash::default();
    hash.text(&format!("{objective:?} {price_per_hour:?} {sizes:?} {rates:?} {target:?} {strategy:?}"));
    hash.text(&format!("{seeds} {max_seeds} {seed} {max_samples:?} {eval_samples:?}"));
    hash.hex()
}

/// Every number of every sample: one that was changed anywhere is noticed.
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
            Targets::Classes(classes) => classes.iter().for_each(|&class| hash.word(class)),
            Targets::Values(values) => values.iter().for_each(|value| hash.word(value.to_bits())),
        }
    }
}

/// The processor's name where the system tells it, otherwise its architecture.
fn cpu() -> String {
    processor_name().unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// FNV-1a with 64 bits of state, fed in words of 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>). Both of its operations are one to one,
/// so two inputs that differ in one word never collide.
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

    /// With its length, so that two texts are not one.
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
    use crate::args::find::FindArgs;
    use crate::args::memory_size::MemorySize;
    use crate::find::settings::network;
    use crate::prepare;
    use crate::prepare::network::model;
    use batchwright_find::{EnergyError, Objective, TargetSpec};

    fn prepared(line: &str) -> (Prepared, FindArgs) {
        let args = FindArgs::from_words(line.split_whitespace()).unwrap();
        (prepare::data::open_and_split(&args.data).unwrap(), args)
    }

    fn workload_of(line: &str) -> String {
        let (data, args) = prepared(line);
        let model = model(&args.model);
        let energy = Err(EnergyError::NotMeasured);
        let network = network(&args, &data, &model, &energy).unwrap();
        workload(&data, &network, args.memory.memory_limit.map(MemorySize::bytes))
    }

    /// Else an answer is given for another data set, network or machine than the one it was found for.
    #[test]
    fn whatever_changes_the_training_changes_the_workload() {
        let plain = workload_of("--threads 1");
        assert_eq!(plain, workload_of("--threads 1 --margin 0.3 --budget 9s --name x --target val_loss=1"));
        let other = [
            "--threads 2",
            "--limit-samples 1000",
            "--label-noise 0.01",
            "--split-seed 1",
            "--model mlp:65",
            "--activation gelu",
            "--dropout 0.1",
            "--optimizer adamw",
            "--momentum 0.8",
            "--weight-decay 0.1",
            "--clip-norm 1",
            "--drop-last",
            "--micro-batch-size 8",
            "--memory-limit 1GiB",
        ];
        let mut seen = vec![plain];
        for flags in other {
            let threads = if flags.contains("threads") { "" } else { "--threads 1" };
            let found = workload_of(&format!("{flags} {threads}"));
            assert!(!seen.contains(&found), "{flags}");
            seen.push(found);
        }
    }

    /// Else one number that was changed in a table goes unnoticed.
    #[test]
    fn one_changed_number_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        let of = |odd: &str| {
            let rows: String =
                (0..200).map(|x| format!("{x},{x}{}\n", if x == 77 { odd } else { "5" })).collect();
            std::fs::write(&path, format!("x,y\n{rows}")).unwrap();
            workload_of(&format!("--data {} --label y --task regress", path.display()))
        };
        let (first, second) = (of("5"), of("6"));
        assert_ne!(first, second);
        assert_eq!(first, of("5"));
    }

    /// Else the answer to another question is given; or none where only the patience differs.
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
            StudyConfig { seed: 1, ..plain.clone() },
        ] {
            assert_ne!(question(&plain), question(&other), "{other:?}");
        }
    }
}
