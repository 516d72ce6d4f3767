//! Completions and manual pages: made for all shells, with every command, and for people only.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use std::process::Command;

/// The commands that `--help` lists, and those below them.
fn commands(folder: &Folder) -> Vec<String> {
    let help = folder.run("--help").succeeded().stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    assert!(names.len() > 7 && names.contains(&"find".to_owned()), "{names:?}");
    names.into_iter().filter(|name| name != "help").collect()
}

#[test]
fn completions_for_each_shell_name_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(&format!("completions {shell}")).succeeded().stdout;
        for name in commands(&folder) {
            assert!(script.contains(&name), "{shell}: {name}");
        }
        assert!(!script.contains("probe"), "{shell}: it is not for people");
        for flag in ["batch-sizes", "export-json"] {
            assert!(script.contains(flag), "{shell}: {flag}");
        }
    }
    folder.run("completions tcsh").refused(2, &["tcsh"]);
}

/// A script that a shell cannot read makes a message at each start of the shell.
#[test]
fn the_shells_that_are_here_can_read_them() {
    let folder = Folder::new();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        folder.write(shell, folder.run(&format!("completions {shell}")).succeeded().stdout);
        let Ok(read) = Command::new(shell).arg(check).arg(folder.path(shell)).output() else { continue };
        assert!(read.status.success() && read.stderr.is_empty(), "{shell}: {read:?}");
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = Folder::new();
    folder.run("man pages").succeeded();
    let page = |name: &str| std::fs::read_to_string(folder.path(&format!("pages/{name}.1"))).unwrap();
    for name in commands(&folder) {
        let text = page(&format!("batchwright-{name}"));
        assert!(text.contains(".SH NAME") && text.contains(&name), "{name}");
    }
    assert!(page("batchwright-data-describe").contains("\\-\\-report"));
    assert!(page("batchwright").contains("Exit codes"));
    assert!(!folder.path("pages/batchwright-probe.1").exists(), "not for people");
    folder.write("file", "");
    folder.run("man file").refused(1, &["file: cannot make the folder"]);
}
