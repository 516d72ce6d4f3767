//! The commands of the README and of the pages on what is remembered and on configuration: each is
//! run, or its block says why not. Left out: the other pages (`documented`).

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use std::path::Path;
use std::process::Command;

/// A block of the README that holds commands.
struct Block {
    /// Its first line, by which it is found.
    line: usize,
    script: String,
    /// Why it is not run.
    excuse: Option<String>,
}

/// Blocks marked as `sh`, and blocks without a language whose commands stand behind a `$`.
fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    let mut before = "";
    while let Some((number, fence)) = lines.next() {
        let excuse = before.strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
        before = fence;
        let Some(language) = fence.strip_prefix("```") else { continue };
        let body = lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```"));
        let body: Vec<&str> = body.collect();
        let script = if language == "sh" { body.join("\n") } else { typed(&body) };
        if !script.is_empty() {
            found.push(Block { line: number + 1, script, excuse: excuse.map(str::to_owned) });
        }
    }
    found
}

/// The commands of a session, without what was printed.
fn typed(session: &[&str]) -> String {
    let mut continued = false;
    let mut commands = Vec::new();
    for line in session {
        let command = if continued { Some(*line) } else { line.strip_prefix("$ ") };
        continued = command.is_some_and(|command| command.ends_with('\\'));
        commands.extend(command);
    }
    commands.join("\n")
}

/// An example that does not work is worse than none.
#[test]
fn the_commands_of_the_readme_work() {
    assert!(run_all("README.md") >= 4);
}

#[test]
fn the_commands_on_what_is_remembered_work() {
    assert_eq!(run_all("docs/RUNS.md"), 1);
}

/// With the file that the page shows.
#[test]
fn the_command_with_a_configuration_works() {
    assert_eq!(run_all("docs/CONFIG.md"), 1);
}

/// The file that a page shows before its commands use it.
fn shown_file(text: &str) -> Option<&str> {
    Some(text.split_once("```toml\n")?.1.split_once("```")?.0)
}

fn houses() -> String {
    let house = |k: u32| format!("{},{},{}\n", 40 + 7 * k % 90, 1 + k % 5, 100 + 13 * k % 170);
    std::iter::once("area,rooms,price\n".to_owned()).chain((0..400).map(house)).collect()
}

/// Runs the blocks of a page of the repository; returns how many.
fn run_all(page: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let text = std::fs::read_to_string(root.join(page)).unwrap();
    let blocks = blocks(&text);
    let programs = Path::new(env!("CARGO_BIN_EXE_batchwright")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    for Block { line, script, excuse } in blocks {
        if excuse.is_some_and(|reason| !reason.is_empty()) {
            continue;
        }
        let folder = Folder::new();
        let example = "examples/command/quadratic/quadratic.awk";
        folder.write(example, std::fs::read(root.join(example)).unwrap());
        if let Some(shown) = shown_file(&text) {
            folder.write("houses.toml", shown);
            folder.write("houses.csv", houses());
        }
        let mut shell = Command::new("sh");
        shell.args(["-ec", &script]).current_dir(folder.path("")).env("PATH", &path);
        let done = shell.env("HOME", folder.path("home")).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        // A study may end without a verdict: that is an answer too, on a machine with much to do.
        let fine = matches!(done.status.code(), Some(0 | 3));
        assert!(fine, "{page}, line {line}: {}\n{said}", done.status);
        ran += 1;
    }
    ran
}

#[test]
fn what_is_typed_is_told_from_what_is_printed() {
    let session = ["$ cd a", "$ b \\", "    -c", "$5 is printed", "d", "$ e"];
    assert_eq!(typed(&session), "cd a\nb \\\n    -c\ne");
}
