//! Invalid flags, names, models and stores. Each is refused by name and with the right exit code,
//! and nothing is lost.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, content};
use std::path::Path;

/// Each line is refused as a usage error whose message contains all of the given parts.
fn refused(cases: &[(&str, &[&str])]) {
    let folder = Folder::new();
    for (line, what) in cases {
        folder.run(line).refused(2, what);
        assert!(!folder.path("runs").exists(), "{line}: left something behind");
    }
}

#[test]
fn batch_sizes_that_cannot_be() {
    refused(&[
        ("train --batch-size 0", &["--batch-size is 0", "at least 1"]),
        ("train --batch-size -4", &["'-4'", "--batch-size"]),
        ("train --batch-size 1.5", &["'1.5'", "--batch-size"]),
        ("train --batch-size 18446744073709551616", &["--batch-size", "too large"]),
        ("train --batch-size 1456 --drop-last", &["--batch-size is 1456", "1455", "--drop-last"]),
        ("train --micro-batch-size 0", &["--micro-batch-size is 0"]),
        ("train --micro-batch-size 64", &["--micro-batch-size is 64", "32"]),
        ("find --batch-sizes 0..8", &["'0..8'", "--batch-sizes", "at least 1"]),
        ("find --batch-sizes 512..8", &["512..8", "reversed"]),
        ("find --batch-sizes 8,,16", &["8,,16"]),
        ("plan --samples 0", &["--samples is 0"]),
        ("find --max-batch-size 0", &["all are above", "0"]),
        ("find --batch-sizes 64,128 --max-batch-size 32", &["64,128", "32"]),
        ("find --objective fit --max-batch-size 0", &["--max-batch-size is 0", "at least 1"]),
        ("find --objective fit --micro-batch-size 8", &["--micro-batch-size", "--objective fit"]),
    ]);
}

#[test]
fn amounts_of_memory_that_cannot_be() {
    refused(&[
        ("train --memory-limit 2G", &["`2G`", "--memory-limit", "2GiB"]),
        ("plan --memory-limit 0", &["`0`", "no memory"]),
        ("find --memory-limit -1", &["`-1`"]),
    ]);
}

#[test]
fn rates_and_other_numbers_that_cannot_be() {
    refused(&[
        ("train --lr 0", &["--lr is 0", "above 0"]),
        ("train --lr -0.1", &["--lr is -0.1", "above 0"]),
        ("train --lr nan", &["--lr is NaN", "finite"]),
        ("train --lr inf", &["--lr is inf", "finite"]),
        ("find --lr 0..1", &["--lr", "'0..1'", "positive"]),
        ("find --lr nan", &["--lr", "NaN", "finite"]),
        ("find --lr-fixed", &["--lr"]),
        ("train --momentum 1", &["--momentum is 1"]),
        ("train --momentum 0.9 --optimizer adamw", &["--momentum", "adamw"]),
        ("train --beta1 0.9", &["--beta1", "sgd"]),
        ("train --optimizer adamw --beta2 1", &["--beta2 is 1"]),
        ("train --weight-decay -1", &["--weight-decay is -1"]),
        ("train --clip-norm 0", &["--clip-norm is 0"]),
        ("train --dropout 1", &["--dropout is 1"]),
        ("train --dropout nan", &["--dropout is NaN"]),
        ("train --min-delta -1", &["--min-delta is -1"]),
        ("train --threads 0", &["--threads is 0"]),
        ("train --limit-samples 0", &["--limit-samples 0"]),
        ("train --label-noise 2", &["--label-noise 2", "0 to 1"]),
        ("train --label-noise nan", &["--label-noise NaN"]),
        ("find --margin 0", &["margin is 0"]),
        ("find --seeds 0", &["seeds is 0"]),
        ("find --jobs 0", &["--jobs is 0"]),
    ]);
}

#[test]
fn durations_that_cannot_be() {
    refused(&[
        ("train --epochs 0", &["--epochs is 0", "above 0"]),
        ("train --epochs -1", &["--epochs is -1"]),
        ("train --epochs nan", &["--epochs is NaN"]),
        ("train --max-steps 0", &["--max-steps is 0"]),
        ("train --duration 0ep", &["--duration", "`0ep`"]),
        ("train --duration -1ep", &["--duration", "`-1ep`"]),
        ("train --duration 5", &["--duration", "`5`", "a unit"]),
        ("train --duration infs", &["--duration", "`infs`"]),
        ("train --duration 5ep --epochs 5", &["--duration", "--epochs"]),
        ("train --schedule cosine --duration 5s", &["--duration is 5s", "decays"]),
        ("train --warmup 100ep --schedule cosine", &["--warmup"]),
        ("train --patience 10s", &["--patience is 10s"]),
        ("find --budget 5ep", &["--budget 5ep", "60s"]),
        ("find --budget 0s", &["--budget", "`0s`"]),
        ("find --budget 1e300h", &["--budget", "60s"]),
    ]);
}

/// A count that overflows would make a training end at once instead of running for ever.
#[test]
fn counts_that_overflow() {
    refused(&[
        ("train --epochs 1e300", &["overflows", "1e300 epochs of 1455 samples", "shorter"]),
        ("plan --samples 18446744073709551615 --epochs 2", &["overflows", "18446744073709551615 samples"]),
        ("train --max-steps 18446744073709551615", &["overflows", "18446744073709551615 steps"]),
        ("train --max-steps 18446744073709551616", &["--max-steps", "too large"]),
    ]);
}

/// What arithmetic excludes must be refused at once, not after a whole budget.
#[test]
fn targets_that_nothing_reaches() {
    for command in ["train", "find"] {
        refused(&[
            (&format!("{command} --target val_accuracy=2"), &["--target val_accuracy=2", "below 1"]),
            (&format!("{command} --target val_accuracy=1"), &["--target val_accuracy=1", "below 1"]),
            (&format!("{command} --target val_loss=-1"), &["--target val_loss=-1", "above 0"]),
            (&format!("{command} --target val_loss=0"), &["--target val_loss=0", "above 0"]),
            (&format!("{command} --target val_loss=nan"), &["--target", "not a finite number"]),
            (&format!("{command} --target =3"), &["--target", "no name"]),
            (&format!("{command} --target val_f1=0.9"), &["target", "val_loss", "val_accuracy"]),
        ]);
    }
    refused(&[("train --target auto", &["--target", "val_loss=VALUE"])]);
}

#[test]
fn models_that_cannot_be() {
    refused(&[
        ("train --model mlp:", &["`mlp:`", "mlp:512,256"]),
        ("train --model mlp:0", &["`mlp:0`", "width of at least 1"]),
        ("train --model mlp:8,,8", &["`mlp:8,,8`"]),
        ("train --model mlp:-8", &["`mlp:-8`"]),
        ("train --model mlp:99999999999999999999999", &["--model", "not a width"]),
        ("train --model cnn:3", &["`cnn:3`", "unknown kind of model"]),
    ]);
}

/// The user must not learn only from a killed process that the memory is too small.
#[test]
fn a_model_that_does_not_fit_is_known_beforehand() {
    let folder = Folder::new();
    for model in ["mlp:999999999,999999999", "mlp:18446744073709551615,18446744073709551615"] {
        for command in ["plan", "train"] {
            folder
                .run(&format!("{command} --model {model}"))
                .refused(1, &["does not fit", "bytes", "smaller model"]);
        }
    }
    assert!(!folder.path("runs").exists());
}

/// A name that is a path would write outside the folder of runs. A name with control characters
/// would change the terminal.
#[test]
fn names_that_are_no_folder_names() {
    let folder = Folder::new();
    folder.run("train --name kept --max-steps 3").succeeded();
    let before = content(&folder.path("runs/kept"));
    for name in ["../x", "", "a\nb", "\u{1b}[2J", "/tmp/x", ".", "batchwright.db"] {
        for command in ["train", "find"] {
            folder
                .run_words(&[command, "--name", name])
                .refused(2, &[&format!("name {name:?} cannot be used")]);
        }
    }
    assert!(!folder.path("x").exists());
    assert_eq!(content(&folder.path("runs/kept")), before);
}

#[test]
fn runs_that_are_not_there() {
    let folder = Folder::new();
    folder.run("report x").refused(1, &["runs/batchwright.db", "--runs DIR"]);
    folder.run("train --name digits --max-steps 3").succeeded();
    for command in ["report", "eval", "predict"] {
        folder.run(&format!("{command} digit")).refused(2, &["\"digit\"", "did you mean digits"]);
        folder.run_words(&[command, "../no-such-run"]).refused(2, &["\"../no-such-run\""]);
    }
}

/// A study has no model, and the message "no such file" would not explain that.
#[test]
fn a_study_is_no_model() {
    let folder = Folder::new();
    folder.run("find --name s --batch-sizes 16 --model mlp:4 --budget 0.2s");
    folder.run("eval s").refused(2, &["\"s\" is a study", "a run"]);
}

/// A run must not train first and then fail to save.
#[test]
fn a_folder_of_runs_that_cannot_be_written() {
    let folder = Folder::new();
    folder.write("file", "kept");
    for command in ["train --max-steps 3", "find --budget 2s"] {
        folder.run(&format!("{command} --runs file")).refused(1, &["cannot write to file", "--runs DIR"]);
        folder.run(&format!("{command} --runs file/below")).refused(1, &["cannot write to file/below"]);
    }
    assert_eq!(std::fs::read(folder.path("file")).unwrap(), b"kept");
}

/// If a damaged database were silently replaced by a new one, every run would be lost.
#[test]
fn a_damaged_database_is_named_and_left_alone() {
    let folder = Folder::new();
    folder.run("train --name r --max-steps 3").succeeded();
    let path = folder.path("runs/batchwright.db");
    std::fs::write(&path, "this is no database, however long one reads. ".repeat(100)).unwrap();
    let before = content(&folder.path("runs"));
    for line in ["train --max-steps 3", "report r", "eval r", "find --budget 2s"] {
        folder.run(line).refused(1, &["runs/batchwright.db", "damaged"]);
    }
    assert_eq!(content(&folder.path("runs")), before);
}

/// Weights that are read from a damaged file would silently give wrong predictions.
#[test]
fn a_damaged_model_is_refused() {
    let folder = Folder::new();
    folder.run("train --name r --max-steps 3").succeeded();
    let whole = std::fs::read(folder.path("runs/r/model.safetensors")).unwrap();
    let mut long_header = whole.clone();
    long_header[..8].fill(0xff);
    for (name, bytes) in [
        ("empty", &[][..]),
        ("short", &whole[..whole.len() / 2]),
        ("shorter", &whole[..100]),
        ("header", &long_header),
        ("text", b"no model at all"),
    ] {
        folder.write(name, bytes);
        for command in ["eval", "predict"] {
            folder.run(&format!("{command} {name}")).refused(1, &[name, "not a model of ours"]);
        }
    }
    folder.run("eval runs").refused(1, &["runs", "not a regular file"]);
    std::fs::remove_file(folder.path("runs/r/model.safetensors")).unwrap();
    folder.run("eval r").refused(1, &["runs/r/model.safetensors"]);
}

/// Several wrong commands in a row must not damage the existing runs.
#[test]
fn refused_commands_lose_nothing() {
    let folder = Folder::new();
    folder.run("train --name r --max-steps 3").succeeded();
    let (before, remembered) = (content(&folder.path("runs/r")), folder.remembered("r"));
    for line in [
        "train --lr 0",
        "train --model mlp:999999999,999999999",
        "train --data nosuch.csv",
        "find --budget 5ep",
    ] {
        assert_ne!(folder.run(line).code, 0);
    }
    // This run starts, and then fails.
    folder.run("train --name bad --lr 1e30").ended_with(1);
    assert_eq!((content(&folder.path("runs/r")), folder.remembered("r")), (before, remembered));
}

/// The report is written to the path that was asked for, or the error says why not.
#[test]
fn a_report_that_cannot_be_written() {
    let folder = Folder::new();
    folder.run("train --name r --max-steps 3").succeeded();
    assert!(!Path::new("/nonexistent").exists());
    folder.run("report r --output /nonexistent/r.html").refused(1, &["/nonexistent/r.html", "cannot write"]);
    folder.run("data describe --report /nonexistent/d.html").ended_with(1);
}
