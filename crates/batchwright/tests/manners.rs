//! How the program behaves with pipes, terminals, languages and help.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Runs with a stdout whose reader closes it after the first line.
fn read_one_line(folder: &Folder, line: &str) -> (String, Ended) {
    let mut child = folder.start(line);
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    (first, Ended::new(child.wait_with_output().unwrap()))
}

/// `| head -1` must not end the work with a panic or an error.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = Folder::new();
    for (line, first) in [
        ("train --name r --epochs 5", "samples "),
        ("report r --format json", "{"),
        ("predict r", "row,prediction,probability"),
        ("plan --samples 1000 --batch-sizes 1..1024", "batch size"),
        ("find --batch-sizes 16,64 --model mlp:8 --budget 30s --margin 0.5", "measuring step times"),
        ("data describe --json", "{"),
        ("train --help", "Train one network"),
    ] {
        let (said, ended) = read_one_line(&folder, line);
        assert!(said.starts_with(first), "{line}: {said}");
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{line}");
    }
    assert!(folder.path("runs/r/model.safetensors").is_file(), "the work goes on, unseen");
}

/// A program that is started by a daemon has no stderr for its messages.
#[test]
fn a_closed_stderr_is_no_error() {
    let folder = Folder::new();
    let mut child = folder.start("train --epochs 1 --json");
    drop(child.stderr.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

/// A log file must not be full of control characters.
#[test]
fn no_control_codes_where_there_is_no_terminal() {
    let folder = Folder::new();
    for line in [
        "plan --samples 100",
        "train --epochs 1 --name r",
        "predict r",
        "find --batch-sizes 16 --model mlp:4 --budget 0.5s",
        "data describe",
        "train --lr 0",
        "--help",
    ] {
        let ended = folder.run(line);
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains(['\u{1b}', '\r']), "{line}");
    }
}

/// One plain line for each evaluation: a progress bar that redraws itself would fill a log.
#[test]
fn without_a_terminal_each_evaluation_is_a_line() {
    let ended = Folder::new().run("train --epochs 2 --eval-every 1ep").succeeded();
    let rows: Vec<&str> =
        ended.stdout.lines().filter(|line| line.contains(" ms") || line.contains("0 s")).collect();
    assert!(rows.len() >= 3 && ended.stderr.is_empty(), "{}{}", ended.stdout, ended.stderr);
}

/// Output for scripts must not be mixed with text for people.
#[test]
fn quiet_prints_results_only_and_json_one_object_only() {
    let folder = Folder::new();
    let loud = folder.run("train --epochs 1 --name loud").succeeded().stdout;
    let quiet = folder.run("train --epochs 1 --name quiet --quiet").succeeded();
    assert!(quiet.stdout.lines().count() < loud.lines().count() / 2, "{}", quiet.stdout);
    assert!(quiet.stdout.contains("quiet") && !quiet.stdout.contains("steps per epoch"), "{}", quiet.stdout);
    assert_eq!(quiet.stderr, "");

    let both = folder.run("train --epochs 1 --json --quiet").succeeded();
    both.object();
    assert_eq!(both.stderr, "");
    let json = folder.run("train --epochs 1 --json").succeeded();
    json.object();
    assert!(json.stderr.contains("steps per epoch"), "the rest is on stderr: {}", json.stderr);
}

#[test]
fn each_command_is_helped_with_an_example() {
    let folder = Folder::new();
    for command in ["plan", "train", "find", "eval", "predict", "report", "data describe"] {
        let help = folder.run(&format!("{command} --help")).succeeded().stdout;
        let examples = help.split("Example").nth(1).unwrap_or_else(|| panic!("{command}: no example"));
        assert!(examples.contains(&format!("batchwright {command} ")), "{help}");
    }
    let help = folder.run("--help").succeeded().stdout;
    for part in ["Exit codes: 0 done", "129/130/143", "batchwright find"] {
        assert!(help.contains(part), "{help}");
    }
}

/// One backslash too many in the help would be copied into a regex that matches nothing.
#[test]
fn help_of_find_says_what_can_be_copied_and_what_holds_of_commands() {
    let help = Folder::new().run("find --help").succeeded().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [r"loss: (\S+)`", "of a command 1, or the number of --devices"] {
        assert!(help.contains(part), "{help}");
    }
}

/// An example that does not work is worse than no example.
#[test]
fn the_examples_of_plan_work() {
    let help = Folder::new().run("plan --help").succeeded().stdout;
    let example = help.lines().map(str::trim).find(|line| line.starts_with("batchwright plan --samples"));
    Folder::new().run(example.unwrap().strip_prefix("batchwright ").unwrap()).succeeded();
}

#[test]
fn the_version_is_the_package_s() {
    let version = Folder::new().run("--version").succeeded().stdout;
    assert_eq!(version, format!("batchwright {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(Folder::new().run("").code, 2);
}

/// A chosen language must be used everywhere.
#[test]
fn japanese_by_flag_or_by_locale() {
    let folder = Folder::new();
    let plan = ["plan", "--samples", "1000", "--batch-size", "64"];
    let by_flag =
        Ended::new(folder.command(&plan).args(["--lang", "ja"]).output().unwrap()).succeeded().stdout;
    assert!(by_flag.contains("バッチサイズ") && !by_flag.contains("batch size"), "{by_flag}");
    let by_locale = folder.command(&plan).env("LANG", "ja_JP.UTF-8").output().unwrap();
    assert_eq!(Ended::new(by_locale).succeeded().stdout, by_flag);
    let flag_wins = folder.command(&plan).env("LANG", "ja_JP.UTF-8").args(["--lang", "en"]).output().unwrap();
    assert!(Ended::new(flag_wins).succeeded().stdout.contains("batch size"));

    let train = folder.command(&["train", "--epochs", "1", "--name", "r", "--lang", "ja"]).output().unwrap();
    let said = Ended::new(train).succeeded().stdout;
    assert!(said.contains("検証") && said.contains("エポック"), "{said}");
    let report = std::fs::read_to_string(folder.path("runs/r/report.html")).unwrap();
    assert!(report.contains("lang=\"ja\""));
    folder.run("report r --output en.html").succeeded();
    assert!(std::fs::read_to_string(folder.path("en.html")).unwrap().contains("lang=\"en\""));
}

/// JSON is for programs: its fields and values must not change with the user's language.
#[test]
fn json_is_the_same_in_each_language() {
    let folder = Folder::new();
    let object = |lang: &str| {
        let mut command = folder.command(&["plan", "--samples", "1000", "--json", "--lang", lang]);
        Ended::new(command.stderr(Stdio::null()).output().unwrap()).succeeded().object()
    };
    assert_eq!(object("ja"), object("en"));
}
