//! No false end: what could not be written is an error, wherever it was to go. Only a reader that
//! left is none (`manners`).

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use std::fs::File;
use std::process::{Command, Stdio};

/// A device that is always full.
const FULL: &str = "/dev/full";

fn full() -> File {
    File::options().write(true).open(FULL).unwrap()
}

/// Runs the program, in English, with `redirect` and a limit of `kib` KiB to the size of each file
/// that it writes.
fn limited(folder: &Folder, kib: u64, line: &str) -> Ended {
    let program = folder.command(&line.split_whitespace().collect::<Vec<_>>());
    let mut shell = Command::new("sh");
    // POSIX counts the limit in blocks of 512 bytes.
    let script = format!("ulimit -f {} && exec \"$@\"", kib * 2);
    shell.args(["-c", &script, "sh"]).arg(program.get_program()).args(["--lang", "en"]);
    shell.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    Ended::new(shell.stdin(Stdio::null()).output().unwrap())
}

/// A script that reads `plan > file` must learn that the file is not complete.
#[test]
fn a_full_stdout_is_an_error_of_every_command() {
    let folder = Folder::new();
    folder.run("train --epochs 1 --name r").succeeded();
    for line in [
        "plan --samples 100",
        "plan --samples 100 --batch-sizes 1,2",
        "train --epochs 1",
        "find --batch-sizes 16,64 --model mlp:4 --budget 5s --margin 0.9",
        "find --objective fit --model mlp:4 --memory-limit 1GiB",
        "find --check --batch-sizes 4 --lr 0.1 -- echo {batch_size} {lr} val_loss=1",
        "eval r",
        "predict r",
        "data describe",
        "completions bash",
        "report r",
    ] {
        // Before the line: behind a `--` words are the user's command.
        for json in ["", "--json "] {
            let words = format!("{json}{line}");
            let words: Vec<&str> = words.split_whitespace().collect();
            let ended = folder.command(&words).stdout(full()).output().unwrap();
            let ended = Ended::new(ended).ended_with(1);
            let last = ended.stderr.lines().last().unwrap();
            assert!(last.starts_with("error: stdout: cannot write: No space left"), "{line}: {last}");
        }
    }
    assert!(folder.path("runs/digits-mlp64-1/model.safetensors").is_file(), "the work is not lost");
}

#[test]
fn help_that_cannot_be_written_is_an_error() {
    let folder = Folder::new();
    for line in ["--help", "--version", "train --help", "find -h"] {
        let words: Vec<&str> = line.split(' ').collect();
        let ended = Ended::new(folder.command(&words).stdout(full()).output().unwrap()).ended_with(1);
        assert!(ended.stderr.contains("stdout: cannot write"), "{line}: {}", ended.stderr);
    }
}

/// Messages that nobody can see do not decide about the result.
#[test]
fn a_full_stderr_changes_nothing() {
    let folder = Folder::new();
    for (line, code) in [("train --epochs 1 --json", 0), ("train --lr 0", 2), ("nonsense", 2)] {
        let words: Vec<&str> = line.split(' ').collect();
        Ended::new(folder.command(&words).stderr(full()).output().unwrap()).ended_with(code);
    }
}

/// One file that cannot be written must not keep the answer from the others.
#[test]
fn exports_name_the_file_that_cannot_be_written() {
    let folder = Folder::new();
    let study = "find --batch-sizes 16,64 --model mlp:4 --budget 5s --margin 0.9";
    let flags = ["--export-json", "--export-csv", "--export-markdown"];
    for flag in flags {
        let others = flags.iter().filter(|other| **other != flag).map(|other| format!("{other} out{other}"));
        let others: Vec<String> = others.collect();
        let ended = folder.run(&format!("{study} {flag} {FULL} {}", others.join(" "))).ended_with(1);
        let error = format!("error: {flag} {FULL}: cannot write the file: No space left");
        assert!(ended.stderr.lines().last().unwrap().starts_with(&error), "{}", ended.stderr);
        assert!(ended.stdout.contains("batch size"), "the answer is shown: {}", ended.stdout);
        for other in flags.iter().filter(|other| **other != flag) {
            let path = folder.path(&format!("out{other}"));
            assert!(std::fs::metadata(&path).unwrap().len() > 0);
            std::fs::remove_file(path).unwrap();
        }
    }
    let ended = folder.run(&format!("data describe --report {FULL}")).ended_with(1);
    assert!(ended.stderr.contains(FULL) && ended.stderr.contains("No space left"), "{}", ended.stderr);
}

/// The database is full in mid-run: the model is worth more than its rows.
#[test]
fn a_model_is_saved_where_its_rows_cannot_be() {
    let folder = Folder::new();
    let line = "train --model mlp:4 --epochs 2000 --eval-every 1st --name r";
    let ended = limited(&folder, 200, line).ended_with(1);
    let error = ended.stderr.lines().last().unwrap();
    assert!(error.starts_with("error: rows could not be saved, so the run ended at step "), "{error}");
    assert!(error.contains("its model is in runs/r/model.safetensors"), "{error}");
    assert!(error.contains("runs/batchwright.db"), "{error}");
    folder.run("eval r").succeeded();
    folder.run("report r --output page.html").succeeded();
    let page = std::fs::read_to_string(folder.path("page.html")).unwrap();
    assert!(page.contains("rows could not be saved"), "the run does not look as if it still ran");
}

/// A disk that is full at every place of a run: the limit grows by one block from run to run. What
/// is left goes on to the same model and the same rows, or there was nothing yet to go on from.
#[test]
fn full_at_every_block_a_run_can_be_gone_on_with() {
    let line = "train --model mlp:4 --limit-samples 120 --epochs 30 --eval-every 1st --checkpoint-every 1st --name r";
    let whole = Folder::new();
    whole.run(line).succeeded();
    let model = |folder: &Folder| std::fs::read(folder.path("runs/r/model.safetensors")).unwrap();
    let (mut nothing, mut gone_on, mut kib) = (0, 0, 4);
    loop {
        let folder = Folder::new();
        let ended = limited(&folder, kib, line);
        if ended.code == 0 {
            break;
        }
        let error = ended.ended_with(1).stderr;
        let last = error.lines().last().unwrap();
        assert!(last.starts_with("error: ") && last.contains("runs/"), "{kib} KiB: {last}");
        if std::fs::read_dir(folder.path("runs/r/checkpoints")).is_ok_and(|files| files.count() > 0) {
            let resumed = folder.run("resume r");
            // Only the report was too large.
            let done = resumed.code == 2 && resumed.stderr.contains("is done");
            assert!(done || resumed.code == 0, "{kib} KiB: {}", resumed.stderr);
            assert_eq!(folder.rows("r"), whole.rows("r"), "{kib} KiB");
            assert!(model(&folder) == model(&whole), "{kib} KiB");
            gone_on += 1;
        } else {
            nothing += 1;
        }
        kib += 4;
    }
    println!("{nothing} limits left nothing, {gone_on} a run that went on");
    assert!(nothing > 0 && gone_on > 1, "{nothing}, {gone_on}");
}

/// Where nothing more can be written beside the rows, the place that the user has named is left.
#[test]
fn a_model_is_saved_elsewhere_where_the_user_named_a_place() {
    let folder = Folder::new();
    folder
        .run("train --epochs 1 --name r --save-model other/m.safetensors")
        .refused(1, &["other/m.safetensors"]);
    std::fs::create_dir(folder.path("other")).unwrap();
    folder.run("train --epochs 1 --name r --save-model other/m.safetensors").succeeded();
    let [a, b] = ["runs/r/model.safetensors", "other/m.safetensors"]
        .map(|path| std::fs::read(folder.path(path)).unwrap());
    assert!(a == b);
    folder.run("eval other/m.safetensors").succeeded();
}

/// A model that is too large for the place where it is saved.
#[test]
fn a_model_that_cannot_be_saved_is_an_error_with_its_path() {
    let folder = Folder::new();
    let ended = limited(&folder, 200, "train --model mlp:512,256 --epochs 1 --name r").ended_with(1);
    let error = ended.stderr.lines().last().unwrap();
    // It is known before any training.
    assert!(
        error.contains("runs/r/checkpoints/step-0000000000") && error.contains("File too large"),
        "{error}"
    );
    assert!(!ended.stdout.contains("1.00"), "{}", ended.stdout);
    assert!(!folder.path("runs/r/model.safetensors").exists());
    folder.run("report r --output page.html").succeeded();
    assert!(std::fs::read_to_string(folder.path("page.html")).unwrap().contains("File too large"));
    // Without a checkpoint it goes on from its start, as it was asked.
    let whole = Folder::new();
    whole.run("train --model mlp:512,256 --epochs 1 --name r").succeeded();
    folder.run("resume r").succeeded();
    assert_eq!(folder.rows("r"), whole.rows("r"));
}

/// A folder of runs in which not even a database can be made.
#[test]
fn no_room_for_a_database_is_an_error_with_its_path() {
    let folder = Folder::new();
    limited(&folder, 4, "train --epochs 1").refused(1, &["cannot write to runs/batchwright.db"]);
}

/// The answer of an hour must not be lost because it cannot be remembered.
#[test]
fn an_answer_that_cannot_be_saved_is_shown() {
    let folder = Folder::new();
    let study = "find --batch-sizes 16,32,64 --model mlp:4 --budget 5s --margin 0.9";
    let ended = limited(&folder, 56, study).ended_with(1);
    assert!(ended.stdout.contains("batch size"), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("report.html"), "{}", ended.stdout);
    let error = ended.stderr.lines().last().unwrap();
    assert!(error.starts_with("error: the answer could not be saved: "), "{error}");
}

/// A name from a file system or from data must not act on the terminal.
#[test]
fn control_characters_of_names_are_not_printed() {
    let folder = Folder::new();
    let name = "a\u{1b}[2J\u{9b}1m.csv";
    for words in [
        ["train", "--data", name].as_slice(),
        &["eval", name],
        &["train", "--name", "\u{1b}[2J"],
        &["\u{1b}[2J"],
        &["report", "\u{1b}]0;x\u{7}"],
    ] {
        let ended = folder.run_words(words);
        assert_ne!(ended.code, 0);
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!ended.stderr.contains(control), "{:?}", ended.stderr);
    }
}
