//! The library as a stranger uses it: a program outside the workspace, with one dependency.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use std::path::Path;
use std::process::Command;

/// What the workspace offers by accident (a feature that another crate turns on, an inherited
/// setting) is not there for others.
#[test]
fn a_program_outside_the_workspace_trains_a_network() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let example = root.join("examples/outside");
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &str| std::fs::copy(from, folder.path().join(to)).unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    copy(&example.join("src/main.rs"), "src/main.rs");
    // The versions that are here already, so that nothing has to be fetched.
    copy(&root.join("Cargo.lock"), "Cargo.lock");
    let manifest = std::fs::read_to_string(example.join("Cargo.toml")).unwrap();
    let library = format!("path = {:?}", root.join("crates/batchwright"));
    let manifest = manifest.replace("path = \"../../crates/batchwright\"", &library);
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--offline"]).current_dir(&folder).env("CARGO_TARGET_DIR", target);
    let done = cargo.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).unwrap();
    let loss = said.strip_prefix("loss ").and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
    assert!(loss.is_some_and(|loss| loss < 0.5), "{said}");
}
