//! Runs the program in its own folder, as a user would, and checks its output, its files and its
//! exit code.

#![allow(dead_code, reason = "each file of tests uses a part")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// An empty folder in which the program runs; its runs are in `runs/`.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path of something in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The program with these arguments, with captured output, in a locale that belongs to no
    /// language.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batchwright"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        for variable in ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the program, in English, with the words of `line` as arguments.
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the program, in English, with arguments that may contain spaces.
    pub(crate) fn run_words(&self, arguments: &[&str]) -> Ended {
        // Before the words: after a `--` they would be arguments of the user's command.
        let words: Vec<&str> = ["--lang", "en"].iter().chain(arguments).copied().collect();
        Ended::new(self.command(&words).output().unwrap())
    }

    /// Starts the program, in English, with the words of `line` as arguments.
    pub(crate) fn start(&self, line: &str) -> Child {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        self.command(&arguments).args(["--lang", "en"]).spawn().unwrap()
    }

    /// The JSON object of a command that must succeed.
    pub(crate) fn object(&self, line: &str) -> Value {
        self.run(&format!("{line} --json")).succeeded().object()
    }

    /// Everything that is stored about a run or study.
    pub(crate) fn remembered(&self, name: &str) -> Value {
        self.run(&format!("report {name} --format json")).succeeded().object()
    }

    /// The rows of a run without their seconds, which differ between any two runs.
    pub(crate) fn rows(&self, name: &str) -> Vec<Value> {
        let mut rows = self.remembered(name)["rows"].as_array().unwrap().clone();
        for row in &mut rows {
            row.as_object_mut().unwrap().remove("seconds").unwrap();
        }
        rows
    }
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// In every case, the program ends by itself, prints UTF-8 and does not panic.
    pub(crate) fn new(output: Output) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code().unwrap_or_else(|| panic!("{}: {stderr}", output.status));
        assert!(!stderr.contains("panicked") && code != 101, "{stderr}");
        Self { code, stdout, stderr }
    }

    pub(crate) fn succeeded(self) -> Self {
        self.ended_with(0)
    }

    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Refused with this code, with nothing on stdout, and with an error that contains all of
    /// `what`.
    pub(crate) fn refused(self, code: i32, what: &[&str]) {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        for part in what {
            assert!(self.stderr.contains(part), "{part:?} is not said in {}", self.stderr);
        }
    }

    /// stdout, which must be exactly one JSON object.
    pub(crate) fn object(&self) -> Value {
        let value: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout));
        assert!(value.is_object());
        value
    }
}

/// Asserts that `object` has each of the fields, given as `a` or `a.b`.
pub(crate) fn assert_fields(object: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        let pointer = format!("/{}", field.replace('.', "/"));
        assert!(object.pointer(&pointer).is_some(), "no field {field}: {object:#}");
    }
}

/// The number at `field`, given as `a` or `a.b`.
pub(crate) fn number(object: &Value, field: &str) -> f64 {
    let value = object.pointer(&format!("/{}", field.replace('.', "/")));
    value.and_then(Value::as_f64).unwrap_or_else(|| panic!("no number {field}: {object:#}"))
}

/// Every file under `folder` with its bytes, to check that nothing was changed.
pub(crate) fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(content(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// A file or folder of the repository, by its path from the root.
pub(crate) fn of_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join(path)
}

/// A Python with PyTorch: `$PYTHON`, or `python3`. For tests that are run by hand.
pub(crate) fn python_with_torch() -> String {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found =
        Command::new(&python).args(["-c", "import torch"]).output().is_ok_and(|it| it.status.success());
    assert!(found, "{python} has no PyTorch; name one that has it in PYTHON");
    python
}
