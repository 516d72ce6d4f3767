//! What two works left behind, compared: everything but what a clock measured.

use crate::work::{Work, program};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Fields that hold, or follow from, measured times and memory. Seconds are left out by their name.
const MEASURED: [&str; 10] = [
    "memory_bytes",
    "step_time_model",
    "predicted_best",
    "input_share",
    "frontier",
    "created",
    "remarks",
    "report",
    "model_path",
    // The sentence about the verdict, which tells seconds.
    "reason",
];

/// The first difference between what two works left.
pub(crate) fn difference(work: &Work, unbroken: &Path, soaked: &Path) -> Option<String> {
    if work.leaves_a_model {
        let model = |folder: &Path| std::fs::read(folder.join("runs/soaked/model.safetensors")).unwrap();
        if model(unbroken) != model(soaked) {
            return Some("the weights differ".to_owned());
        }
    }
    let (one, other) = (remembered(unbroken), remembered(soaked));
    first_difference("", &one, &other)
}

fn remembered(folder: &Path) -> Value {
    let mut command = Command::new(program());
    command.args(["--lang", "en", "report", "soaked", "--format", "json"]).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn first_difference(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let measured = |key: &str| key.contains("seconds") || MEASURED.contains(&key);
            keys.into_iter().filter(|key| !measured(key)).find_map(|key| {
                let at =
                    |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                first_difference(&format!("{path}.{key}"), &at(one), &at(other))
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs
                .into_iter()
                .find_map(|(nth, (one, other))| first_difference(&format!("{path}[{nth}]"), one, other))
        }
        (one, other) if one == other => None,
        (one, other) => {
            let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
            Some(format!("{path}: {} became {}", short(one), short(other)))
        }
    }
}

fn connection(folder: &Path) -> Connection {
    Connection::open_with_flags(folder.join("runs/batchwright.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// A trial that has ended twice.
pub(crate) fn run_twice(folder: &Path) -> Option<String> {
    let connection = connection(folder);
    let mut query = connection.prepare("SELECT event FROM study_events ORDER BY nth").unwrap();
    let events = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut seen = BTreeSet::new();
    for event in events {
        let event: Value = serde_json::from_str(&event.unwrap()).unwrap();
        let outcome = &event["ended"]["outcome"];
        let request = outcome["plan"]["request"].to_string();
        if !outcome.is_null() && !seen.insert(request.clone()) {
            return Some(format!("run twice: {request}"));
        }
    }
    None
}

/// What SQLite finds wrong with the database.
pub(crate) fn damage(folder: &Path) -> Option<String> {
    let answer: String =
        connection(folder).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    (answer != "ok").then_some(answer)
}
