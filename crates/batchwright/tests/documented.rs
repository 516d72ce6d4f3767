//! The commands of the documentation and of the examples: each is accepted as it stands, and is
//! accepted or refused with a reason without its optional parts. Programs that need a framework are
//! replaced by one that prints or writes what was recorded of the framework.
//!
//! Left out: the README (`readme`).

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program that needs a framework, a compiler or data prints (`print`) or writes into its
/// folder (`write`), by the page or the file whose commands start it.
const STAND_INS: &[(&str, &str, &str)] = &[
    ("fastai", "print", "fastai/output.txt"),
    ("huggingface", "print", "huggingface/output.txt"),
    ("keras", "print", "keras/output.txt"),
    ("lightning", "write", "lightning/metrics.csv"),
    ("nanogpt", "print", "nanogpt/output.txt"),
    ("scikit-learn", "print", "sklearn/output.txt"),
    ("tensorboard", "write", "tensorboard/events.out.tfevents.torch"),
];

/// Programs that are replaced. `awk` is everywhere, and its programs need nothing else.
const REPLACED: [&str; 11] = [
    "python",
    "python3",
    "torchrun",
    "accelerate",
    "deepspeed",
    "papermill",
    "jupyter",
    "cc",
    "uv",
    "train",
    "quadratic",
];

/// Prints rows with every metric of the pages, or what was recorded; `$STAND_IN` says which. What is
/// written goes into the folder that its arguments name.
const STAND_IN: &str = r#"#!/bin/sh
case "$0" in */cc) exit 0 ;; esac
case "$STAND_IN" in
    print) cat "$RECORDED" ;;
    write) for word; do case "$word" in --out=*|--out_dir=*) out=${word#*=} ;; esac; [ "$last" = --out ] && out=$word; last=$word; done
        cp "$RECORDED" "${out:-.}" ;;
    *) for step in 5 10 15; do
            echo "{\"step\": $step, \"epoch\": $step, \"samples\": $((step * 8)), \"seconds\": $step, \"val_loss\": 0.5, \"val_accuracy\": 0.5, \"val_score\": 0.5}"
            echo "step $step: samples $((step * 8)), seconds $step, validation loss 0.5"
        done ;;
esac
"#;

/// Writes down the words that it was given; of a study first looks once at what it would run, and then
/// begins it, with hardly any time.
const BATCHWRIGHT: &str = r#"#!/bin/sh
for word; do printf '%s\n' "$word" >> "$SEEN"; done
printf '\036\n' >> "$SEEN"
[ "$1" = find ] || exec "$BINARY" "$@"
shift
case " $* " in
    *" --check "*|*" --audit "*|*" fit "*|*" -- "*) ;;
    *) exec "$BINARY" find --budget 1s "$@" ;;
esac
case " $* " in
    *" --check "*|*" --audit "*|*" fit "*) exec "$BINARY" find "$@" ;;
    *) "$BINARY" find --check "$@" || exit ;;
esac
after_budget=
for word; do
    shift
    [ "$after_budget" ] || [ "$word" = --budget ] || set -- "$@" "$word"
    [ "$word" = --budget ] && after_budget=1 || after_budget=
done
"$BINARY" find --budget 0.3s "$@" || { [ $? = 3 ] && echo "no answer in this time"; }
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A piece of shell text that the documentation tells its readers to type.
struct Documented {
    /// The file that holds it, from the root.
    file: PathBuf,
    line: usize,
    script: String,
}

/// Everything under a folder, sorted.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

/// The shell blocks of a page that start the program; a block that says why it is not run is left
/// out.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    let mut before = "";
    while let Some((number, line)) = lines.next() {
        let excused = before.starts_with("<!-- not run: ");
        before = line;
        let Some(language) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        let starts = body.iter().any(|line| line.starts_with("batchwright "));
        if language == "sh" && starts && !excused {
            found.push((number + 1, body.join("\n")));
        }
    }
    found
}

/// The configuration file of a page with `--template NAME` or `--config NAME`: its first block of such a
/// file.
fn template_file(text: &str) -> Option<(String, String)> {
    let named = |flag: &str| text.split(flag).nth(1).and_then(|rest| rest.split_whitespace().next());
    let name = named("--template ").or_else(|| named("--config "))?;
    let mut lines = text.lines().skip_while(|line| !["```yaml", "```json", "```toml"].contains(line)).skip(1);
    let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
    Some((name.trim_matches('`').to_owned(), body.join("\n")))
}

/// The command in the comment that opens a program: its first line begins with the program's name,
/// the further ones are indented more.
fn opening_command(text: &str) -> Option<(usize, String)> {
    let inner = |line: &'_ str| line.trim_start_matches([' ', '#', '*']).trim_end().to_owned();
    let indent = |line: &str| line.find(|c: char| !" #*".contains(c)).unwrap_or(0);
    let lines: Vec<&str> = text.lines().take(40).collect();
    let first = lines.iter().position(|line| inner(line).starts_with("batchwright "))?;
    let further = lines[first + 1..]
        .iter()
        .take_while(|line| indent(line) > indent(lines[first]) || continues(lines[first], line));
    let words: Vec<String> = std::iter::once(&lines[first]).chain(further).map(|line| inner(line)).collect();
    Some((first + 1, words.join(" ")))
}

/// Whether a line goes on with the command of the line before although it is not indented more.
fn continues(first: &str, line: &str) -> bool {
    let indent = |line: &str| line.find(|c: char| !" #*".contains(c)).unwrap_or(0);
    indent(line) == indent(first) && line.trim_start_matches([' ', '#', '*']).starts_with("--")
}

fn documented() -> Vec<Documented> {
    let root = root();
    let mut found = Vec::new();
    for path in ["docs", "examples", "python"].iter().flat_map(|folder| files_under(&root.join(folder))) {
        let file = path.strip_prefix(&root).unwrap().to_owned();
        let scripts = match path.extension().and_then(|it| it.to_str()) {
            Some("md") => blocks(&std::fs::read_to_string(&path).unwrap()),
            Some("py" | "c" | "awk") => {
                opening_command(&std::fs::read_to_string(&path).unwrap()).into_iter().collect()
            }
            _ => Vec::new(),
        };
        found.extend(scripts.into_iter().map(|(line, script)| Documented {
            file: file.clone(),
            line,
            script,
        }));
    }
    found
}

/// A folder in which the programs of the documentation can be started.
struct Stage {
    folder: Folder,
    /// What the stand-ins do: the kind, and the recorded file.
    stand_in: (&'static str, PathBuf),
}

impl Stage {
    fn new(file: &Path) -> Self {
        let folder = Folder::new();
        let program = |name: &str, text: &str| {
            folder.write(name, text);
            std::fs::set_permissions(folder.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        REPLACED.iter().for_each(|name| program(&format!("bin/{name}"), STAND_IN));
        ["train", "quadratic"].iter().for_each(|name| program(name, STAND_IN));
        program("bin/batchwright", BATCHWRIGHT);
        // The folder of an example; a page on it names its files.
        let beside = if file.ends_with("audit.md") {
            "examples/command/audit".into()
        } else {
            file.parent().unwrap().to_owned()
        };
        for path in files_under(&root().join(&beside))
            .iter()
            .filter(|path| path.extension().is_some_and(|it| it == "awk" || it == "txt"))
        {
            folder.write(path.file_name().unwrap().to_str().unwrap(), std::fs::read(path).unwrap());
        }
        if let Some((name, text)) = template_file(&std::fs::read_to_string(root().join(file)).unwrap()) {
            folder.write(&name, text);
        }
        let name = file.file_stem().unwrap().to_str().unwrap();
        let known = STAND_INS.iter().find(|(page, ..)| *page == name);
        let stand_in = known.map_or(("rows", PathBuf::new()), |(_, kind, recorded)| {
            (*kind, root().join("crates/batchwright-command/tests/recorded").join(recorded))
        });
        Self { folder, stand_in }
    }

    fn ready(&self, command: &mut Command) {
        let path = format!("{}:{}", self.folder.path("bin").display(), std::env::var("PATH").unwrap());
        command.current_dir(self.folder.path("")).env("PATH", path).env("HOME", self.folder.path("home"));
        command
            .env("STAND_IN", self.stand_in.0)
            .env("RECORDED", &self.stand_in.1)
            .env("SEEN", self.folder.path("seen"));
        command.env("BINARY", env!("CARGO_BIN_EXE_batchwright")).env("LC_ALL", "C");
    }

    /// Runs a script as a reader would.
    fn run(&self, script: &str) -> Ended {
        let mut shell = Command::new("sh");
        shell.args(["-ec", script]);
        self.ready(&mut shell);
        Ended::new(shell.output().unwrap())
    }

    /// The words of each call of the program so far.
    fn calls(&self) -> Vec<Vec<String>> {
        let seen = std::fs::read_to_string(self.folder.path("seen")).unwrap();
        let calls = seen.split("\u{1e}\n").filter(|call| !call.is_empty());
        calls.map(|call| call.lines().map(str::to_owned).collect()).collect()
    }

    /// Looks once at a command, as JSON.
    fn check(&self, words: &[String]) -> Ended {
        let mut command = self.folder.command(&["find", "--check", "--json", "--lang", "en"]);
        self.ready(&mut command);
        let not_twice = |word: &&String| *word != "--check" && *word != "--audit";
        Ended::new(command.args(words.iter().skip(1).filter(not_twice)).output().unwrap())
    }
}

/// A command that is refused, or a page whose program is not understood, is worse than no page.
#[test]
fn the_commands_of_the_documentation_are_accepted() {
    let documented = documented();
    assert!(documented.len() >= 25, "only {} were found", documented.len());
    let refused = documented.into_iter().filter_map(|Documented { file, line, script }| {
        let ended = Stage::new(&file).run(&script);
        // A study on a machine with much to do, or an audit of a program with a fault, ends with 3.
        let no_answer = script.contains("--audit") || !script.contains(" -- ");
        let fine = ended.code == 0 || ended.code == 3 && no_answer;
        let told = || {
            format!(
                "{}:{line}: exit code {}\n{script}\n{}{}",
                file.display(),
                ended.code,
                ended.stdout,
                ended.stderr
            )
        };
        (!fine).then(told)
    });
    let refused: Vec<String> = refused.collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}

/// The parts of a command that may be left out: arguments with a placeholder, each with the flag
/// before it, and `--samples`.
fn optional_parts(words: &[String]) -> Vec<std::ops::Range<usize>> {
    let command = words.iter().position(|word| word == "--").unwrap();
    let optional = |index: usize| {
        let word = &words[index];
        let is_value = word.contains('{') && !word.contains("{batch_size}") && index > command;
        let has_flag = words[index - 1].starts_with('-') && words[index - 1] != "--";
        match () {
            () if is_value => Some(index - usize::from(has_flag && !word.starts_with('-'))..index + 1),
            () if index < command && word == "--samples" => Some(index..index + 2),
            () => None,
        }
    };
    (1..words.len()).filter_map(optional).collect()
}

/// A reader whose program takes fewer numbers leaves some out. That must work, or be refused with a
/// reason; it must never start a training with a number that nobody meant.
#[test]
fn optional_parts_may_be_left_out() {
    let mut tried = 0;
    for Documented { file, line, script } in documented().into_iter().filter(|it| it.script.contains(" -- "))
    {
        let stage = Stage::new(&file);
        stage.run(&script);
        for words in
            stage.calls().iter().filter(|words| words[0] == "find" && !words.contains(&"fit".to_owned()))
        {
            for part in optional_parts(words) {
                let left: Vec<String> = [&words[..part.start], &words[part.end..]].concat();
                let ended = stage.check(&left);
                let at =
                    format!("{}, line {line}: {left:?}: {}{}", file.display(), ended.stdout, ended.stderr);
                match ended.code {
                    0 | 3 => assert_eq!(nonsense(ended.object()["command"].as_str().unwrap()), None, "{at}"),
                    2 => assert!(ended.stderr.starts_with("error: "), "{at}"),
                    _ => panic!("{at}"),
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "only {tried} parts were left out");
}

/// A number that does not fit an int32, which many programs count with.
fn nonsense(line: &str) -> Option<f64> {
    let numbers =
        line.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter_map(|word| word.parse::<f64>().ok());
    numbers.into_iter().find(|number| *number > f64::from(i32::MAX))
}

#[test]
fn what_is_nonsense_is_told() {
    assert_eq!(
        nonsense("python train.py --eval-steps 1152921504606846976"),
        Some(1_152_921_504_606_846_976.0)
    );
    assert_eq!(nonsense("python train.py --lr 0.001 --seed 2147483647"), None);
}

#[test]
fn commands_are_found_in_comments() {
    let python = "\"\"\"What it is.\n\n    batchwright find --samples 1 --\n        python a.py {batch_size}\n        --lr {lr}\n\nMore.\n";
    assert_eq!(
        opening_command(python),
        Some((3, "batchwright find --samples 1 -- python a.py {batch_size} --lr {lr}".to_owned()))
    );
    assert_eq!(opening_command("# It needs nothing.\nx = 1\n"), None);
    let parts = |line: &str| optional_parts(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(
        parts("find --samples 9 -- a --bs {batch_size} --lr={lr} --seed {seed} {out}"),
        [1..3, 7..8, 8..10, 10..11]
    );
}
