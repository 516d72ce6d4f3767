//! Studies whose process is killed or stopped: the same command, or `resume`, goes on from what is
//! recorded, and comes to the answer of the study that nobody interrupted.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use batchwright_find::{Journal, JournalEntry};
use batchwright_store::{Store, from_json};
use common::{Ended, Folder, number};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

/// The loss halves in a number of steps that depends on size, rate and seed; its seconds are its own.
const LAW: &str = r#"
BEGIN {
    gain = 0.02 * lr / (0.3 + lr * lr) * batch_size / (batch_size + 48)
    gain *= 1 + 0.02 * ((seed * 31) % 5 - 2)
    for (step = 4; step <= 4000; step += 4) {
        loss = exp(-gain * step)
        printf "{\"step\": %d, \"seconds\": %.6f, \"val_loss\": %.9f}\n", step, step * (0.02 + 0.001 * batch_size), loss
    }
}
"#;
/// Each start is noted. At the one that `kill_at` names, the program that runs the study is killed.
const TRAIN: &str = r#"
echo "$1 $2 $3" >> started
if [ -f kill_at ] && [ "$(wc -l < started)" -eq "$(cat kill_at)" ]; then
    rm kill_at
    kill -KILL "$(cat id)"
fi
[ -n "$4" ] && echo "$1 $2 $3" > "$4/result"
exec awk -v batch_size="$1" -v lr="$2" -v seed="$3" -f law.awk
"#;
const STUDY: &str = "find --json --batch-sizes 8,32,128 --lr 0.03..3 --target val_loss<0.1 --objective samples --jobs 1 --budget 10min";
const COMMAND: &str = "-- sh train.sh {batch_size} {lr} {seed} {out}";

fn bed() -> Folder {
    let folder = Folder::new();
    folder.write("law.awk", LAW);
    folder.write("train.sh", TRAIN);
    folder
}

/// Starts the program so that its process id is in the file `id`.
fn start(folder: &Folder, line: &str) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"echo $$ > id; exec "$0" "$@""#, env!("CARGO_BIN_EXE_batchwright"), "--lang", "en"]);
    shell.args(line.split_whitespace()).current_dir(folder.path("")).stdin(Stdio::null());
    shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The program until its end. `None` if it was killed.
fn end(child: Child) -> Option<Ended> {
    let output = child.wait_with_output().unwrap();
    output.status.code().map(|_| Ended::new(output))
}

fn started(folder: &Folder) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path("started")).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What does not depend on the clock or on memory: the answer, and all trials.
fn answer(study: &Value) -> String {
    let trial = |trial: &Value| {
        let field = |name: &str| trial[name].to_string();
        ["request", "phase", "end", "step", "samples", "best_metric"].map(field).join(" ")
    };
    let trials: Vec<String> = study["trials"].as_array().unwrap().iter().map(trial).collect();
    let kind = &study["verdict"]["kind"];
    format!("{kind} {} {} {}", study["recommended"], study["best_set"], trials.join("\n"))
}

/// Everything in the folder of runs but the database.
fn studies(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("runs")).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Hours of training must not be lost with the process that asked for them.
#[test]
fn a_study_of_a_command_survives_every_kill() {
    let line = format!("{STUDY} --keep-outputs {COMMAND}");
    let unbroken = bed();
    let whole = end(start(&unbroken, &line)).unwrap();
    let (code, whole) = (whole.code, whole.object());
    let whole_started = started(&unbroken);
    assert!(whole_started.len() > 8, "{whole_started:?}");

    let folder = bed();
    let mut kills = 0;
    for kill_at in [1, 3, 4, 6, 9, 13] {
        folder.write("kill_at", kill_at.to_string());
        if end(start(&folder, &line)).is_some() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 3, "{kills}");
    let _ = std::fs::remove_file(folder.path("kill_at"));
    let last = end(start(&folder, &line)).unwrap().ended_with(code);
    assert!(last.stderr.contains("continues study train-study-1: "), "{}", last.stderr);
    assert_eq!(answer(&last.object()), answer(&whole));
    assert_eq!(studies(&folder), ["train-study-1"]);

    // A kill costs the training that ran at that moment, and nothing else.
    let mut again = started(&folder);
    for once in &whole_started {
        again.remove(again.iter().position(|it| it == once).unwrap());
    }
    assert_eq!(again.len(), kills, "{again:?}");
    // The training of a killed process may end before it has written anything.
    let outputs = std::fs::read_dir(folder.path("runs/train-study-1/trials")).unwrap();
    let result = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.unwrap().path().join("result")).ok()
    };
    let mut kept: Vec<String> = outputs.filter_map(result).map(|text| text.trim().to_owned()).collect();
    for once in &whole_started {
        let found = kept.iter().position(|it| it == once).expect("a folder of a trial was used again");
        kept.remove(found);
    }
    assert!(kept.len() <= kills, "{kept:?}");
}

/// Number of entries in the journal of a study.
fn known(folder: &Folder, study: &str) -> usize {
    let store = Store::open_existing(&folder.path("runs"));
    store.and_then(|store| store.events(study)).map_or(0, |events| events.len())
}

fn journal(folder: &Folder, study: &str) -> Journal {
    let events = Store::open_existing(&folder.path("runs")).unwrap().events(study).unwrap();
    Journal::new(events.iter().map(|event| from_json::<JournalEntry>(event).unwrap()).collect()).unwrap()
}

/// The same for networks, killed at whatever they do when so much is known. The plain strategy does not
/// ask for step times, which differ between two processes.
#[test]
fn a_study_of_a_network_survives_every_kill() {
    let line = "find --json --batch-sizes 16,128 --strategy grid --objective samples --target val_loss<0.4 --jobs 1 --budget 10min";
    let whole = end(start(&Folder::new(), line)).unwrap().ended_with(0);
    let folder = Folder::new();
    for entries in [2, 9, 20] {
        let mut child = start(&folder, line);
        while known(&folder, "digits-mlp64-study-1") < entries {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        assert!(end(child).is_none());
    }
    let trials = journal(&folder, "digits-mlp64-study-1").trials();
    let last = folder.run("resume last --json").ended_with(0);
    let said = format!("continues study digits-mlp64-study-1: {trials} trial");
    assert!(last.stderr.contains(&said), "{said:?} is not said in {}", last.stderr);
    assert_eq!(answer(&last.object()), answer(&whole.object()));

    let trained = last.object()["trials"].as_array().unwrap().len() as u64;
    assert_eq!(journal(&folder, "digits-mlp64-study-1").trials(), trained, "each trial was run once");
    let again = folder.run("resume last --json").ended_with(0);
    assert!(again.stderr.contains("has decided: nothing is left to do"), "{}", again.stderr);
    assert_eq!(again.object(), folder.remembered("digits-mlp64-study-1"));
}

/// Waits until a line on stderr holds `what`.
fn wait_for(child: &mut Child, what: &str) -> BufReader<std::process::ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(what) {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "ended without {what:?}");
    }
    stderr
}

const LONG: &str =
    "find --json --batch-sizes 8,16,32,64 --margin 0.0001 --seeds 100 --objective samples --jobs 1";

/// Ctrl-C answers with what is known, and that is no reason to begin anew. `--fresh` is.
#[test]
fn a_study_that_was_stopped_by_its_user_goes_on() {
    let folder = Folder::new();
    let mut child = start(&folder, &format!("{LONG} --budget 10min"));
    let mut stderr = wait_for(&mut child, "target:");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    let stopped = end(child).unwrap().ended_with(130).object();
    assert_eq!(stopped["interrupted"], true);
    assert!(said.contains("batchwright resume digits-mlp64-study-1"), "{said}");

    let known = journal(&folder, "digits-mlp64-study-1").trials();
    // Another budget than before: what was used counts.
    let on = folder.run(&format!("{LONG} --budget 1s"));
    assert!(on.stderr.contains(&format!("continues study digits-mlp64-study-1: {known} ")), "{}", on.stderr);
    let on = on.object();
    assert!(on["interrupted"].is_null() && on["study"] == "digits-mlp64-study-1");
    assert!(number(&on, "cost.trials") >= known as f64);
    assert_eq!(studies(&folder), ["digits-mlp64-study-1"]);
    let fresh = folder.run(&format!("{LONG} --budget 1s --fresh")).object();
    assert_eq!(fresh["study"], "digits-mlp64-study-2");
}

/// Two processes that run one study would both write its journal.
#[test]
fn a_study_on_which_a_process_works_is_left_alone() {
    let folder = Folder::new();
    let mut alive = start(&folder, &format!("{LONG} --budget 10min"));
    let stderr = wait_for(&mut alive, "target:");
    let other = folder.run(&format!("{LONG} --budget 1s"));
    assert!(!other.stderr.contains("continues study"), "{}", other.stderr);
    assert_eq!(other.object()["study"], "digits-mlp64-study-2");
    folder.run("resume digits-mlp64-study-1").refused(1, &["digits-mlp64-study-1"]);
    alive.kill().unwrap();
    drop(stderr);
    alive.wait().unwrap();
}

/// Else a study that was killed, and whose journal was damaged since, can never have its name again.
/// What only a newer program can read is not thrown away.
#[test]
fn a_named_study_whose_journal_tells_nothing_begins_anew() {
    let folder = bed();
    let line = format!("{STUDY} --quiet --name kept {COMMAND}");
    let change = |sql: &str| {
        let database = rusqlite::Connection::open(folder.path("runs/batchwright.db")).unwrap();
        assert!(database.execute(sql, []).unwrap() > 0, "{sql}");
    };
    folder.write("kill_at", "4");
    assert!(end(start(&folder, &line)).is_none());
    {
        let store = Store::open(&folder.path("runs")).unwrap();
        let newer = r#"{"began": {"version": 1000000, "budget": null}}"#;
        store.append_event("kept", known(&folder, "kept") as u64, newer).unwrap();
    }
    let before = known(&folder, "kept");
    end(start(&folder, &line)).unwrap().refused(2, &["newer version"]);
    assert_eq!(known(&folder, "kept"), before);

    change("UPDATE study_events SET event = '{}' WHERE nth = 1");
    folder.write("kill_at", (started(&folder).len() + 2).to_string());
    assert!(end(start(&folder, &line)).is_none());
    journal(&folder, "kept");
    assert!(known(&folder, "kept") < before, "the damaged one was left");

    change("DELETE FROM study_events");
    let anew = end(start(&folder, &line)).unwrap();
    assert_eq!(anew.object()["study"], "kept");
    assert_eq!(studies(&folder), ["kept"]);

    folder.write("kill_at", (started(&folder).len() + 3).to_string());
    let fresh = line.replace("kept", "other --fresh");
    assert!(end(start(&folder, &fresh)).is_none());
    change("UPDATE study_events SET event = '{}' WHERE nth = 1");
    let told = end(start(&folder, &line.replace("kept", "other"))).unwrap();
    assert!(told.stderr.contains("study other was interrupted and cannot be continued"), "{}", told.stderr);
    assert_eq!(told.object()["study"], "other");
}

/// An answer for another program must not rest on the trials of this one.
#[test]
fn a_study_of_a_changed_program_is_not_resumed() {
    let folder = bed();
    folder.write("kill_at", "5");
    assert!(end(start(&folder, &format!("{STUDY} {COMMAND}"))).is_none());
    folder.write("train.sh", TRAIN.replace("exec awk", "exec awk -v other=1"));
    folder.run("resume train-study-1").refused(2, &["train-study-1", "has changed since"]);
    let new = end(start(&folder, &format!("{STUDY} {COMMAND}"))).unwrap();
    assert!(!new.stderr.contains("continues study"), "{}", new.stderr);
    assert_eq!(new.object()["study"], "train-study-2");
}
