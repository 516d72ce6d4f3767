//! What a study was about, as two numbers that are equal where the things are: the workload (what is
//! trained, and where) and the question (what is asked about it).
//!
//! Which flag changes which of the two, and why, is in the table of `args/meaning.rs`; the tests
//! here show for each flag that it does. Left out are also margin and budget: a remembered study
//! says itself whether it decided, and within which margin.
//!
//! The hash is FNV-1a: against accidents, no security matter. Whoever wants two workloads to look
//! alike can have that.

use batchwright_command::CommandSettings;
use batchwright_data::{Batch, Dataset, Targets, input_len};
use batchwright_find::{Network, StrategyKind, StudyConfig};
use std::ffi::OsString;
use std::path::Path;

/// Bytes of a file that is taken for part of a training program.
const LARGEST_SCRIPT: u64 = 1 << 20;
/// Samples that are looked at together.
const CHUNK: usize = 1024;
/// Variables by which a training program finds its accelerators and the number of its threads.
/// It inherits them from us.
const PLACES: [&str; 4] =
    ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "OMP_NUM_THREADS"];

/// The workload of a training command: its words, what is in the files that they name (a program
/// that was changed is another one), how it is run and read, and where.
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

/// What is in it, if it is a file and not so large that it must be data or a program; a folder or a missing file counts as none.
fn file(path: &Path, hash: &mut Hash) {
    let small = path.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST_SCRIPT);
    if let Some(bytes) = small.then(|| std::fs::read(path).ok()).flatten() {
        hash.word(bytes.len() as u32);
        bytes.iter().for_each(|&byte| hash.word(byte.into()));
    }
}

/// The workload of a network. The flags of data are in the samples themselves. `memory_limit` is
/// what was given: what is available differs from moment to moment.
pub(crate) fn network_workload(network: &Network, memory_limit: Option<u64>, powercap: &Path) -> String {
    let mut hash = Hash::default();
    for split in [network.train, network.validation] {
        dataset(split, &mut hash);
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
    hash.hex()
}

/// Every number of every sample: one that was changed anywhere is noticed.
fn dataset(data: &dyn Dataset, hash: &mut Hash) {
    hash.text(&format!("{} {:?} {:?}", data.len(), data.input_shape(), data.task()));
    let mut batch = Batch::with_capacity(CHUNK, input_len(data), data.task());
    let ids: Vec<u32> = (0..data.len() as u32).collect();
    for chunk in ids.chunks(CHUNK) {
        data.gather(chunk, 0, &mut batch);
        batch.inputs.iter().for_each(|value| hash.word(value.to_bits()));
        match &batch.targets {
            Targets::Classes(classes) => classes.iter().for_each(|&class| hash.word(class)),
            Targets::Values(values) => values.iter().for_each(|value| hash.word(value.to_bits())),
        }
    }
}

/// The processor's name where the system tells it, else its kind.
fn cpu() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
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
    use crate::args::meaning::{FLAGS, Meaning, QuestionKind};
    use crate::find::question::Question;
    use crate::shell::signals::Signals;
    use batchwright_find::{Objective, TargetSpec};
    use batchwright_store::Fingerprint;
    use std::time::Instant;

    /// The words of a flag: what a line needs so that the flag has a meaning, and the flag with a value
    /// that is not its default.
    fn words(id: &str) -> (&'static str, &'static str) {
        match id {
            "batch_sizes" => ("", "--batch-sizes 8,16"),
            "lr" => ("", "--lr 0.1..2"),
            "lr_fixed" => ("--lr 0.1..1", "--lr-fixed"),
            "max_batch_size" => ("", "--max-batch-size 64"),
            "strategy" => ("", "--strategy grid"),
            "objective" => ("", "--objective samples"),
            "price_per_hour" => ("", "--price-per-hour 2"),
            "powercap" => ("", "--powercap elsewhere"),
            "target" => ("", "--target val_loss<0.2"),
            "budget" => ("", "--budget 9s"),
            "margin" => ("", "--margin 0.3"),
            "seeds" => ("", "--seeds 5"),
            "max_samples" => ("", "--max-samples 5000"),
            "reuse" => ("", "--reuse 7"),
            "fresh" => ("", "--fresh"),
            "explain" => ("", "--explain"),
            "seed" => ("", "--seed 1"),
            "jobs" => ("", "--jobs 3"),
            "threads" => ("--threads 1", "--threads 2"),
            "micro_batch_size" => ("", "--micro-batch-size 4"),
            "memory_limit" => ("", "--memory-limit 1GiB"),
            "drop_last" => ("--batch-sizes 8,16", "--drop-last"),
            "name" => ("", "--name other"),
            "data" => ("", "--data {dir}/other.csv"),
            "label" => ("", "--label z"),
            "task" => ("", "--task regress"),
            "ignore_columns" => ("", "--ignore-columns x"),
            "limit_samples" => ("", "--limit-samples 90"),
            "label_noise" => ("", "--label-noise 0.1"),
            "split_seed" => ("", "--split-seed 1"),
            "model" => ("", "--model mlp:65"),
            "activation" => ("", "--activation gelu"),
            "dropout" => ("", "--dropout 0.1"),
            "optimizer" => ("", "--optimizer adamw"),
            "momentum" => ("", "--momentum 0.8"),
            "nesterov" => ("", "--nesterov"),
            "beta1" => ("--optimizer adamw", "--beta1 0.8"),
            "beta2" => ("--optimizer adamw", "--beta2 0.99"),
            "epsilon" => ("--optimizer adamw", "--epsilon 1e-7"),
            "weight_decay" => ("", "--weight-decay 0.1"),
            "clip_norm" => ("", "--clip-norm 1"),
            "export_json" => ("", "--export-json {dir}/a.json"),
            "export_csv" => ("", "--export-csv {dir}/a.csv"),
            "export_markdown" => ("", "--export-markdown {dir}/a.md"),
            "samples" => ("", "--samples 1000"),
            "eval_samples" => ("", "--eval-samples 64"),
            "metric" => ("", "--metric val_loss=loss:(.*)"),
            "log_dir" => ("", "--log-dir {dir}"),
            "pty" => ("", "--pty"),
            "show_output" => ("", "--show-output"),
            "keep_outputs" => ("", "--keep-outputs"),
            "setup" => ("", "--setup true"),
            "prepare" => ("", "--prepare true"),
            "cleanup" => ("", "--cleanup true"),
            "devices" => ("--jobs 1", "--devices 1"),
            "start_timeout" => ("", "--start-timeout 9min"),
            "silence_timeout" => ("", "--silence-timeout 9min"),
            "trial_timeout" => ("", "--trial-timeout 9min"),
            other => panic!("no words for {other}"),
        }
    }

    /// Data and a program for the lines below.
    fn files() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let rows: String = (0..200).map(|x| format!("{x},{},{},{}\n", x % 7, x % 3, x % 2)).collect();
        std::fs::write(dir.path().join("t.csv"), format!("w,x,y,z\n{rows}")).unwrap();
        std::fs::write(dir.path().join("other.csv"), format!("w,x,y,z\n9{rows}")).unwrap();
        std::fs::write(dir.path().join("train.sh"), "exit 1").unwrap();
        dir
    }

    /// The fingerprint of what a line of `find` asks.
    fn fingerprint(line: &str, dir: &Path, signals: &Signals) -> Fingerprint {
        let line = line.replace("{dir}", &dir.display().to_string());
        let args = FindArgs::from_words(line.split_whitespace()).unwrap();
        match Question::ask(args, Instant::now(), signals).unwrap() {
            Question::NetworkStudy(asked) => asked.study.fingerprint,
            Question::CommandStudy(asked) => asked.study.fingerprint,
            _ => panic!("{line} is no study"),
        }
    }

    /// Else an answer is given for another workload or to another question than it was found for; or
    /// none is given where only the patience differs.
    fn each_flag_changes_what_the_table_says(kind: QuestionKind, line: &dyn Fn(&str, &str) -> String) {
        let (dir, signals) = (files(), Signals::listen().unwrap());
        let mut seen = Vec::new();
        for flag in FLAGS {
            let meaning = flag.meaning(kind);
            if meaning == Meaning::Refused || flag.id == "command" {
                continue;
            }
            let (needed, given) = words(flag.id);
            let plain = fingerprint(&line(needed, ""), dir.path(), &signals);
            let changed = fingerprint(&line(needed, given), dir.path(), &signals);
            let (workload, question) =
                (plain.workload != changed.workload, plain.question != changed.question);
            let expected = (meaning == Meaning::Workload, meaning == Meaning::Question);
            assert_eq!((workload, question), expected, "{given}: {kind:?}, {meaning:?}");
            seen.push(meaning);
        }
        for meaning in [Meaning::Workload, Meaning::Question, Meaning::Other] {
            assert!(seen.iter().filter(|&&other| other == meaning).count() > 5, "{meaning:?}");
        }
    }

    /// The words of a line, of which the later of two values for one flag counts.
    fn network_line(needed: &str, given: &str) -> String {
        let defaults = [("--data", "{dir}/t.csv"), ("--label", "y"), ("--task", "classify"), ("--jobs", "1")];
        let kept = defaults.iter().filter(|(flag, _)| !given.starts_with(&format!("{flag} ")));
        let kept: Vec<String> = kept.map(|(flag, value)| format!("{flag} {value}")).collect();
        let needed =
            if given.is_empty() || given.split(' ').next() != needed.split(' ').next() { needed } else { "" };
        format!("{} {needed} {given}", kept.join(" "))
    }

    #[test]
    fn each_flag_of_a_network_changes_what_the_table_says() {
        each_flag_changes_what_the_table_says(QuestionKind::NetworkStudy, &network_line);
    }

    #[test]
    fn each_flag_of_a_command_changes_what_the_table_says() {
        let line = |needed: &str, given: &str| {
            let rate =
                if given.starts_with("--lr ") || needed.starts_with("--lr ") { "" } else { "--lr 0.1..1" };
            let command = "-- sh {dir}/train.sh {batch_size} {lr} {seed}";
            format!("{rate} {needed} {given} {command}")
        };
        each_flag_changes_what_the_table_says(QuestionKind::CommandStudy, &line);
    }

    /// The words of a command are no flag; and a program that was changed is another one.
    #[test]
    fn a_command_is_its_words_and_its_files() {
        let (dir, signals) = (files(), Signals::listen().unwrap());
        let of = |words: &str| fingerprint(&format!("-- sh {{dir}}/train.sh {words}"), dir.path(), &signals);
        let plain = of("{batch_size}");
        assert_eq!(plain, of("{batch_size}"));
        assert_ne!(plain.workload, of("{batch_size} --deep").workload);
        std::fs::write(dir.path().join("train.sh"), "exit 2").unwrap();
        assert_ne!(plain.workload, of("{batch_size}").workload);
    }

    /// A program that is given another accelerator by a variable runs elsewhere.
    #[test]
    fn inherited_accelerators_are_part_of_the_place() {
        let of = |value: &str| place(&|name| (name == "CUDA_VISIBLE_DEVICES").then(|| value.into()));
        assert_ne!(of("0"), of("1"));
        assert_eq!(of("0"), of("0"));
    }

    /// Else one number that was changed in a table goes unnoticed.
    #[test]
    fn one_changed_number_is_noticed() {
        let (dir, signals) = (tempfile::tempdir().unwrap(), Signals::listen().unwrap());
        let of = |odd: &str| {
            let rows: String =
                (0..200).map(|x| format!("{x},{x}{}\n", if x == 77 { odd } else { "5" })).collect();
            std::fs::write(dir.path().join("t.csv"), format!("x,y\n{rows}")).unwrap();
            let line = "--data {dir}/t.csv --label y --task regress";
            fingerprint(line, dir.path(), &signals).workload
        };
        let (first, second) = (of("5"), of("6"));
        assert_ne!(first, second);
        assert_eq!(first, of("5"));
    }

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
