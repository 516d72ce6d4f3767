//! What `find` is asked: the flags, checked once, converted to one of six questions.
//!
//! Apart from the command line itself, this folder is the only place that knows the flags of
//! `find`. The code below it gets checked values.
//!
//! Left out: how a question is answered and shown.

pub(crate) mod about_command;
pub(crate) mod about_network;
pub(crate) mod study_question;

use crate::args::find::{FindArgs, ObjectiveArg};
use crate::args::meaning::{FLAGS, FindFlag, Meaning, QuestionKind};
use crate::find::deadline::Deadline;
use crate::find::question::about_command::{CommandAudit, CommandCheck, CommandFit, CommandStudy};
use crate::find::question::about_network::{NetworkFit, NetworkStudy};
use crate::find::question::study_question::budget;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_view::UsageMessage;
use std::time::Instant;

/// The checked question. No part of it is decided later.
pub(crate) enum Question {
    NetworkStudy(Box<NetworkStudy>),
    CommandStudy(Box<CommandStudy>),
    NetworkFit(Box<NetworkFit>),
    CommandFit(Box<CommandFit>),
    CommandCheck(Box<CommandCheck>),
    CommandAudit(Box<CommandAudit>),
}

impl Question {
    /// Checks the flags. The command began at `started`; a signal ends a training command.
    pub(crate) fn ask(args: FindArgs, started: Instant, signals: &Signals) -> Result<Self> {
        let kind = kind(&args);
        refuse_what_has_no_meaning(kind, &args.typed)?;
        let embedded = args.network.data.data.is_none() && args.command.command.is_empty();
        let deadline = Deadline::new(started, budget(args.study.budget, embedded)?);
        Ok(match kind {
            QuestionKind::NetworkStudy => Self::NetworkStudy(NetworkStudy::ask(args, deadline)?.into()),
            QuestionKind::NetworkFit => Self::NetworkFit(NetworkFit::ask(args, deadline)?.into()),
            QuestionKind::CommandStudy => {
                Self::CommandStudy(CommandStudy::ask(args, deadline, signals)?.into())
            }
            QuestionKind::CommandFit => Self::CommandFit(CommandFit::ask(args, deadline, signals)?.into()),
            QuestionKind::CommandCheck if args.command.audit => {
                Self::CommandAudit(CommandAudit::ask(args, deadline, signals)?.into())
            }
            QuestionKind::CommandCheck => {
                Self::CommandCheck(CommandCheck::ask(args, deadline, signals)?.into())
            }
        })
    }
}

fn kind(args: &FindArgs) -> QuestionKind {
    let fits = args.study.objective == ObjectiveArg::Fit;
    match (args.command.command.is_empty(), fits) {
        (true, true) => QuestionKind::NetworkFit,
        (true, false) => QuestionKind::NetworkStudy,
        (false, true) => QuestionKind::CommandFit,
        (false, false) if args.command.check || args.command.audit => QuestionKind::CommandCheck,
        (false, false) => QuestionKind::CommandStudy,
    }
}

/// Refuses flags that would otherwise be silently ignored. clap already refuses what cannot be used
/// with a command or with `--check`, so these are flags of a study where nothing is compared.
fn refuse_what_has_no_meaning(kind: QuestionKind, typed: &[&str]) -> Result<()> {
    let refused = |flag: &&FindFlag| typed.contains(&flag.id) && flag.meaning(kind) == Meaning::Refused;
    let Some(flag) = FLAGS.iter().find(refused) else { return Ok(()) };
    let typed = flag.typed();
    Err(match flag.id {
        "export_json" | "export_csv" | "export_markdown" => UsageMessage::FitComparesNothing { flag: typed },
        _ => UsageMessage::MeaninglessForFit { flag: typed },
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::testkit::png_file;
    use batchwright_store::Fingerprint;
    use std::path::Path;

    /// For a flag: the words that a line needs so that the flag has a meaning, and the flag with a
    /// value that is not its default.
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
            "within" => ("--objective quality", "--within 9s"),
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
            "delimiter" => ("--data {dir}/both.csv", "--delimiter comma"),
            "encoding" => ("--data {dir}/western.csv", "--encoding windows-1251"),
            "no_header" => ("--data {dir}/bare.csv --label column3", "--no-header"),
            "tokens" => {
                ("--data {dir}/text.txt --model gpt:layers=1,heads=1,width=8,context=8", "--tokens bytes")
            }
            "label" => ("", "--label z"),
            "task" => ("", "--task regress"),
            "ignore_columns" => ("", "--ignore-columns x"),
            "image_size" => ("--data {dir}/pictures", "--image-size 3"),
            "augment" => ("--data {dir}/pictures", "--augment flip"),
            "limit_samples" => ("", "--limit-samples 90"),
            "label_noise" => ("", "--label-noise 0.1"),
            "split_seed" => ("", "--split-seed 1"),
            "model" => ("", "--model mlp:65"),
            "activation" => ("", "--activation gelu"),
            "dropout" => ("", "--dropout 0.1"),
            "loss" => ("--task regress", "--loss l1"),
            "label_smoothing" => ("", "--label-smoothing 0.1"),
            "class_weights" => ("", "--class-weights balanced"),
            "optimizer" => ("", "--optimizer adamw"),
            "momentum" => ("", "--momentum 0.8"),
            "nesterov" => ("", "--nesterov"),
            "beta1" => ("--optimizer adamw", "--beta1 0.8"),
            "beta2" => ("--optimizer adamw", "--beta2 0.99"),
            "epsilon" => ("--optimizer adamw", "--epsilon 1e-7"),
            "weight_decay" => ("", "--weight-decay 0.1"),
            "clip_norm" => ("", "--clip-norm 1"),
            "precision" => ("", "--precision bf16"),
            "live" => ("", "--live"),
            "export_json" => ("", "--export-json {dir}/a.json"),
            "export_csv" => ("", "--export-csv {dir}/a.csv"),
            "export_markdown" => ("", "--export-markdown {dir}/a.md"),
            "log_to" => ("", "--log-to tensorboard:{dir}/logs"),
            "samples" => ("", "--samples 1000"),
            "eval_samples" => ("", "--eval-samples 64"),
            "metric" => ("", "--metric val_loss=loss:(.*)"),
            "env" => ("", "--env BATCH={batch_size}"),
            "template" => ("", "--template {dir}/config.yaml --env FILE={config}"),
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

    /// Data and a program for the command lines below.
    fn files() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let rows: String = (0..200).map(|x| format!("{x},{},{},{}\n", x % 7, x % 3, x % 2)).collect();
        std::fs::write(dir.path().join("t.csv"), format!("w,x,y,z\n{rows}")).unwrap();
        std::fs::write(dir.path().join("other.csv"), format!("w,x,y,z\n9{rows}")).unwrap();
        // With a semicolon or with a comma, this table has a column y.
        let rows: String = (0..200).map(|x| format!("{},{};{}\n", x % 2, x % 7, x % 3)).collect();
        std::fs::write(dir.path().join("both.csv"), format!("y,a;y\n{rows}")).unwrap();
        // Letters whose order is another in another encoding.
        let row = |x: u8| [if x.is_multiple_of(5) { 0xfc } else { 0x80 }, b',', b'0' + x % 3, b'\n'];
        let rows: Vec<u8> = (0..200).flat_map(row).collect();
        std::fs::write(dir.path().join("western.csv"), [b"x,y\n", &rows[..]].concat()).unwrap();
        std::fs::write(dir.path().join("text.txt"), "some words and others\n".repeat(50)).unwrap();
        let rows = "a,b,c\nb,b,d\na,c,c\n".repeat(50);
        std::fs::write(dir.path().join("bare.csv"), format!("column1,column2,column3\n{rows}")).unwrap();
        for nth in 0..40u8 {
            let class = dir.path().join(if nth % 2 == 0 { "pictures/a" } else { "pictures/b" });
            std::fs::create_dir_all(&class).unwrap();
            std::fs::write(class.join(format!("{nth}.png")), png_file(1, 2, &[nth, 7])).unwrap();
        }
        std::fs::write(dir.path().join("train.sh"), "exit 1").unwrap();
        std::fs::write(dir.path().join("config.yaml"), "batch: {batch_size}").unwrap();
        dir
    }

    /// The fingerprint of the question that a line of `find` asks.
    fn fingerprint(line: &str, dir: &Path, signals: &Signals) -> Fingerprint {
        let line = line.replace("{dir}", &dir.display().to_string());
        let args = FindArgs::from_words(line.split_whitespace()).unwrap();
        match Question::ask(args, Instant::now(), signals).unwrap() {
            Question::NetworkStudy(asked) => asked.study.fingerprint,
            Question::CommandStudy(asked) => asked.study.fingerprint,
            _ => panic!("{line} is no study"),
        }
    }

    /// An answer must not be given for another workload or another question. An answer must still
    /// be given where only the patience differs.
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

    /// The words of a line. A default is left out if `given` sets the same flag.
    fn network_line(needed: &str, given: &str) -> String {
        let defaults = [("--data", "{dir}/t.csv"), ("--label", "y"), ("--task", "classify"), ("--jobs", "1")];
        let set = |flag: &str| needed.split(' ').chain(given.split(' ')).any(|word| word == flag);
        // The folders of images are their labels, as the tokens of a text are.
        let has_no_label = needed.contains("pictures") || needed.contains("text.txt");
        let needless = |flag: &str| has_no_label && ["--label", "--task"].contains(&flag);
        let kept = defaults.iter().filter(|(flag, _)| !set(flag) && !needless(flag));
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
            // What compares trainings of one length needs a program that takes it.
            let (samples, length) =
                if needed.contains("quality") { ("--samples 90", "{steps}") } else { ("", "") };
            let command = format!("-- sh {{dir}}/train.sh {{batch_size}} {{lr}} {{seed}} {length}");
            format!("{rate} {needed} {given} {samples} {command}")
        };
        each_flag_changes_what_the_table_says(QuestionKind::CommandStudy, &line);
    }

    /// The words of a command are not flags; and a changed program is another program.
    #[test]
    fn a_command_is_its_words_and_its_files() {
        let (dir, signals) = (files(), Signals::listen().unwrap());
        let of = |words: &str| fingerprint(&format!("-- sh {{dir}}/train.sh {words}"), dir.path(), &signals);
        let plain = of("{batch_size}");
        assert_eq!(plain, of("{batch_size}"));
        assert_ne!(plain.workload, of("{batch_size} --deep").workload);
        std::fs::write(dir.path().join("train.sh"), "exit 2").unwrap();
        assert_ne!(plain.workload, of("{batch_size}").workload);
        let by_file = || {
            let line = "--template {dir}/config.yaml -- sh {dir}/train.sh {config}";
            fingerprint(line, dir.path(), &signals).workload
        };
        let before = by_file();
        assert_eq!(before, by_file());
        std::fs::write(dir.path().join("config.yaml"), "batch: {batch_size}\ndeep: yes").unwrap();
        assert_ne!(before, by_file(), "its configuration is part of a program");
    }

    /// A changed number in a table must be noticed.
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
}
