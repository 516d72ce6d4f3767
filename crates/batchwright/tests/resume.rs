//! `resume`: a run that was interrupted ends as one that was not, byte for byte but for seconds.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, number};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output};

/// Everything that has a state: AdamW, dropout, accumulation, a short last batch.
const TRAIN: &str = "train --name r --model mlp:12 --dropout 0.1 --optimizer adamw --limit-samples 301 \
     --batch-size 32 --micro-batch-size 20 --eval-every 250sp --checkpoint-every 1st";

/// Removes every `seconds`: they differ between any two runs.
fn without_seconds(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove("seconds");
            fields.values_mut().for_each(|field| *field = without_seconds(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_seconds(item.take())),
        _ => {}
    }
    value
}

/// What a run leaves behind: its result, what is remembered of it, its model.
struct Left {
    result: Value,
    remembered: Value,
    model: Vec<u8>,
}

fn left(folder: &Folder, result: Value) -> Left {
    Left {
        result: without_seconds(result),
        remembered: without_seconds(folder.remembered("r")),
        model: std::fs::read(folder.path("runs/r/model.safetensors")).unwrap(),
    }
}

fn unbroken(line: &str) -> Left {
    let folder = Folder::new();
    let result = folder.object(line);
    left(&folder, result)
}

fn assert_same(resumed: &Left, unbroken: &Left, what: &str) {
    assert_eq!(resumed.result, unbroken.result, "{what}");
    assert_eq!(resumed.remembered["rows"], unbroken.remembered["rows"], "{what}");
    assert_eq!(resumed.remembered, unbroken.remembered, "{what}");
    assert!(resumed.model == unbroken.model, "{what}: the models differ");
}

/// Kills a training with `signal` as soon as its stderr holds `at`.
fn interrupted(folder: &Folder, line: &str, at: &str, signal: &str) -> Output {
    let mut child = folder.start(&format!("{line} --json"));
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.lines().last().is_some_and(|line| line.contains(at)) {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "ended without {at:?}: {said}");
    }
    let sent = Command::new("sh").args(["-c", &format!("kill {signal} {}", child.id())]).status().unwrap();
    assert!(sent.success());
    stderr.read_to_string(&mut said).unwrap();
    Output { stderr: said.into_bytes(), ..child.wait_with_output().unwrap() }
}

/// In mid-interval, at an evaluation, at the end of an epoch, before and after.
#[test]
fn stopped_by_a_limit_at_many_steps_it_ends_as_the_unbroken_run() {
    let unbroken = unbroken(&format!("{TRAIN} --epochs 4"));
    for steps in [1, 7, 8, 9, 10, 11, 20, 33, 39] {
        let folder = Folder::new();
        folder.run(&format!("{TRAIN} --max-steps {steps}")).succeeded();
        let resumed = folder.run("resume r --epochs 4 --json").succeeded();
        assert!(resumed.stderr.contains(&format!(", step {steps}, ")), "{}", resumed.stderr);
        assert_same(&left(&folder, resumed.object()), &unbroken, &format!("{steps} steps"));
    }
}

/// A run goes on in the precision that it was started in.
#[test]
fn a_run_keeps_its_precision() {
    let line = format!("{TRAIN} --precision bf16");
    let unbroken = unbroken(&format!("{line} --epochs 2"));
    assert!(unbroken.remembered["settings"].to_string().contains(r#"["precision","bf16"]"#));
    let folder = Folder::new();
    folder.run(&format!("{line} --max-steps 9")).succeeded();
    let resumed = folder.object("resume r --epochs 2");
    assert_same(&left(&folder, resumed), &unbroken, "bf16");
}

/// The rate falls to the end of the run, so that the length must be known all the time. Once by a
/// signal and once by a kill, and at once again.
#[test]
fn stopped_by_signals_it_ends_as_the_unbroken_run() {
    let line = format!("{TRAIN} --schedule cosine --warmup 1ep --epochs 600 --eval-every 7ep");
    let line = line.replace("--eval-every 250sp ", "");
    let unbroken = unbroken(&line);
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(143)), ("-KILL", None)] {
        let folder = Folder::new();
        let stopped = interrupted(&folder, &line, "7.00", signal);
        if let Some(code) = code {
            assert_eq!(Ended::new(stopped).ended_with(code).object()["stopped_by"], "signal");
        }
        interrupted(&folder, "resume last", "continues run r", signal);
        let resumed = folder.object("resume last");
        assert_same(&left(&folder, resumed), &unbroken, signal);
        folder.run("resume r").refused(2, &["run \"r\" is done", "--epochs"]);
    }
}

#[test]
fn another_batch_size_goes_on_at_the_same_sample() {
    let folder = Folder::new();
    // 8 steps are 256 of the 301 samples; at 64 the rest of the epoch is one step.
    folder.run(&format!("{TRAIN} --max-steps 8")).succeeded();
    let resumed = folder.run("resume r --batch-size 64 --epochs 3 --json").succeeded();
    assert!(resumed.stderr.contains("epoch 0.85, step 8, 256 samples"), "{}", resumed.stderr);
    let result = resumed.object();
    assert_eq!((number(&result, "steps"), number(&result, "epochs")), (8.0 + 1.0 + 10.0, 3.0));
    let sizes = &result["batch_sizes"];
    assert_eq!(number(&sizes[1], "from_samples"), 256.0);
    assert_eq!((number(&sizes[1], "batch_size"), number(&sizes[1], "steps")), (64.0, 11.0));
    // A schedule says the same from the start.
    let other = Folder::new();
    let schedule = TRAIN.replace("--batch-size 32", "--batch-size 0:32,256sp:64");
    assert_eq!(other.object(&format!("{schedule} --epochs 3"))["steps"], result["steps"]);
}

#[test]
fn a_schedule_of_sizes_survives_a_resume() {
    let schedule = TRAIN.replace("--batch-size 32", "--batch-size 0:32,500sp:100,3ep:7");
    let unbroken = unbroken(&format!("{schedule} --epochs 4"));
    for steps in [10, 17, 30, 60] {
        let folder = Folder::new();
        folder.run(&format!("{schedule} --max-steps {steps}")).succeeded();
        let resumed = folder.object("resume r --epochs 4");
        assert_same(&left(&folder, resumed), &unbroken, &format!("{steps} steps"));
    }
}

/// From another folder, by the path of the run or of a checkpoint.
#[test]
fn a_run_is_found_by_its_path() {
    let unbroken = unbroken(&format!("{TRAIN} --epochs 2"));
    for path in ["runs/r", "runs/r/checkpoints/step-0000000011.checkpoint"] {
        let folder = Folder::new();
        folder.run(&format!("{TRAIN} --max-steps 11")).succeeded();
        std::fs::create_dir(folder.path("elsewhere")).unwrap();
        let path = folder.path(path);
        let mut command =
            folder.command(&["--lang", "en", "resume", path.to_str().unwrap(), "--epochs", "2"]);
        let ended = Ended::new(command.current_dir(folder.path("elsewhere")).output().unwrap());
        ended.succeeded();
        let model = std::fs::read(folder.path("runs/r/model.safetensors")).unwrap();
        assert!(model == unbroken.model, "{path:?}");
    }
}

/// Otherwise a file that happens to have the name of a run hides it, one damaged entry hides the newest,
/// or a mistyped path makes a database.
#[test]
fn a_name_is_that_of_a_run_whatever_lies_beside_it() {
    let folder = Folder::new();
    for name in ["old", "r"] {
        folder.run(&format!("train --model mlp:4 --epochs 1 --name {name}")).succeeded();
    }
    for name in ["r", "last"] {
        folder.write(name, "no checkpoint");
    }
    folder.run("eval r").succeeded();
    let database = rusqlite::Connection::open(folder.path("runs/batchwright.db")).unwrap();
    database.execute("UPDATE runs SET reason = 'odd' WHERE name = 'old'", []).unwrap();
    folder.run("resume r --epochs 2").succeeded();
    let resumed = folder.run("resume last --epochs 3").succeeded();
    assert!(resumed.stdout.contains("continues run r"), "{}", resumed.stdout);
    assert!(resumed.stderr.contains("\"old\" is damaged") && resumed.stderr.contains("left out"));

    std::fs::create_dir_all(folder.path("plain/x")).unwrap();
    folder.run("resume plain/x").refused(1, &["no runs in"]);
    assert!(!folder.path("plain/batchwright.db").exists());
}

/// Otherwise a project that was moved, with its data and its runs, can never go on.
#[test]
fn a_project_that_was_moved_goes_on() {
    let folder = Folder::new();
    let table = "x,y\n".to_owned() + &(0..40).map(|i| format!("{i},{}\n", i % 2)).collect::<String>();
    folder.write("before/t.csv", &table);
    let run = |place: &str, words: &[&str]| {
        let mut command = folder.command(&[&["--lang", "en"], words].concat());
        Ended::new(command.current_dir(folder.path(place)).output().unwrap())
    };
    run("before", &["train", "--data", "t.csv", "--label", "y", "--epochs", "1", "--name", "r"]).succeeded();
    std::fs::rename(folder.path("before"), folder.path("after")).unwrap();
    let resumed = run("after", &["resume", "r", "--epochs", "2"]).succeeded();
    assert!(resumed.stderr.contains("before: the folder in which it was started"), "{}", resumed.stderr);
    folder.write("after/t.csv", table.replace("7,1", "7.5,1"));
    let refused = run("after", &["resume", "r", "--epochs", "3"]).ended_with(1).stderr;
    assert!(refused.contains("data of run \"r\" has changed"), "{refused}");
}

/// Otherwise it waits for a terminal, or blames the data for being empty.
#[test]
fn data_from_standard_input_must_be_given_again() {
    let folder = Folder::new();
    let table = "x,y\n".to_owned() + &(0..40).map(|i| format!("{i},{}\n", i % 2)).collect::<String>();
    folder.write("t.csv", table);
    let fed = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = folder.command(&[&["--lang", "en"], &words[..]].concat());
        command.stdin(std::fs::File::open(folder.path("t.csv")).unwrap());
        Ended::new(command.output().unwrap())
    };
    fed("train --data - --label y --epochs 1 --name s").succeeded();
    folder.run("resume s --epochs 2").refused(2, &["standard input", "batchwright resume s < FILE"]);
    fed("resume s --epochs 2").succeeded();
}

/// A checkpoint that is damaged is passed over with a warning; where none is left, that is an error
/// that names the file.
#[test]
fn damage_is_noticed_and_the_one_before_goes_on() {
    let unbroken = unbroken(&format!("{TRAIN} --epochs 2"));
    let folder = Folder::new();
    folder.run(&format!("{TRAIN} --max-steps 11")).succeeded();
    let damage = |name: &str| {
        let path = folder.path("runs/r/checkpoints").join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        std::fs::write(path, bytes).unwrap();
    };
    let mut names: Vec<String> = std::fs::read_dir(folder.path("runs/r/checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    damage(&names[1]);
    let resumed = folder.run("resume r --epochs 2 --json").succeeded();
    assert!(
        resumed.stderr.contains("warning: checkpoint runs/r/checkpoints/step-0000000011"),
        "{}",
        resumed.stderr
    );
    assert_same(&left(&folder, resumed.object()), &unbroken, "from the one before");

    for entry in std::fs::read_dir(folder.path("runs/r/checkpoints")).unwrap() {
        damage(entry.unwrap().file_name().to_str().unwrap());
    }
    folder.run("resume r --epochs 3").refused(1, &["runs/r/checkpoints/step-", "checksum does not match"]);
    std::fs::remove_dir_all(folder.path("runs/r/checkpoints")).unwrap();
    folder.run("resume r --epochs 3").refused(1, &["no checkpoint in runs/r/checkpoints"]);
    assert!(folder.remembered("r")["result"].is_object(), "what was refused changed nothing");
}

#[test]
fn what_cannot_be_resumed_is_refused_for_what_it_is() {
    let folder = Folder::new();
    folder.run("resume last").refused(1, &["no runs in runs/batchwright.db"]);
    let table = "x,y\n".to_owned() + &(0..40).map(|i| format!("{i},{}\n", i % 2)).collect::<String>();
    folder.write("t.csv", &table);
    folder.run("train --data t.csv --label y --epochs 2 --name t").succeeded();
    folder.run("resume nobody").refused(2, &["no run or study is named \"nobody\""]);
    folder.run("resume t --epochs 1").refused(2, &["has used", "--epochs"]);
    folder.run("resume t --epochs 0").refused(2, &["--epochs is 0"]);
    folder.run("resume t --epochs 4 --batch-size 0").refused(2, &["--batch-size is 0"]);
    folder.run("resume t.csv").refused(1, &["t.csv", "no checkpoint of this program"]);
    folder.write("t.csv", table.replace("7,1", "7.5,1"));
    folder.run("resume t --epochs 4").refused(1, &["data of run \"t\" has changed", "t.csv"]);
    folder.write("t.csv", &table);
    folder.run("resume t --epochs 4").succeeded();
}

/// Rows that never reached the database are in the checkpoint.
#[test]
fn lost_rows_come_back() {
    let unbroken = unbroken(&format!("{TRAIN} --epochs 3"));
    let folder = Folder::new();
    folder.run(&format!("{TRAIN} --max-steps 25")).succeeded();
    let database = rusqlite::Connection::open(folder.path("runs/batchwright.db")).unwrap();
    assert!(database.execute("DELETE FROM rows WHERE step > 3", []).unwrap() > 0);
    drop(database);
    let resumed = folder.object("resume r --epochs 3");
    assert_same(&left(&folder, resumed), &unbroken, "rows");
}

/// Numbers that overflow: the run ends by itself, says why in one line, and keeps its best weights;
/// with retries it goes back to them.
#[test]
fn a_run_that_diverges_keeps_its_best_weights() {
    let folder = Folder::new();
    let line = "train --lr 1e22 --epochs 2 --name";
    let ended = folder.run(&format!("{line} r --json")).ended_with(1);
    assert_eq!(ended.object()["stopped_by"], "diverged");
    folder.run("eval r").succeeded();
    let ended = folder.run(&format!("{line} s --retries 2")).ended_with(1);
    assert!(
        ended.stderr.contains("(retry 1 of 2)") && ended.stderr.contains("(retry 2 of 2)"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("retry 3"), "{}", ended.stderr);
    // The remedy.
    folder.run("resume r --lr 0.02").succeeded();
}

/// Steps of the checkpoints of run `r`, the oldest first.
fn checkpoints(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("runs/r/checkpoints")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The newest state, in a version that this program does not know, is neither passed over nor
/// removed. Who names an older one is told what is discarded.
#[test]
fn what_cannot_be_read_stays_until_an_older_state_is_named() {
    let unbroken = unbroken(&format!("{TRAIN} --epochs 2"));
    let folder = Folder::new();
    folder.run(&format!("{TRAIN} --max-steps 11")).succeeded();
    let names = checkpoints(&folder);
    let newest = folder.path("runs/r/checkpoints").join(&names[1]);
    let mut bytes = std::fs::read(&newest).unwrap();
    // Of a newer program: with another version, and the checksum that belongs to it.
    let end = bytes.len() - 4;
    bytes[16] = 7;
    let checksum = crc32fast::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    std::fs::write(&newest, &bytes).unwrap();
    folder.run("resume r --epochs 2").refused(1, &[&names[1], "it has version 7"]);
    assert!(std::fs::read(&newest).unwrap() == bytes);
    let older = format!("resume runs/r/checkpoints/{} --epochs 2 --json", names[0]);
    let resumed = folder.run(&older).succeeded();
    let told = "warning: run r had come to step 11; it goes on from step ";
    assert!(resumed.stderr.contains(told), "{}", resumed.stderr);
    assert_same(&left(&folder, resumed.object()), &unbroken, "from the older one");
    // Done is what the run did, not what the state did.
    let first = format!("resume runs/r/checkpoints/{} --epochs 2", checkpoints(&folder)[0]);
    folder.run(&first).refused(2, &["has used", "--epochs"]);
}

/// A run that is done and cannot go on is still done: its state is saved before its end is given up.
#[test]
fn a_run_that_could_not_go_on_is_what_it_was() {
    let folder = Folder::new();
    folder.run(&format!("{TRAIN} --epochs 1")).succeeded();
    let before = folder.remembered("r");
    assert!(before["result"].is_object());
    // A folder where the state is to be saved.
    let newest = folder.path("runs/r/checkpoints").join(checkpoints(&folder).pop().unwrap());
    std::fs::rename(&newest, folder.path("copy")).unwrap();
    std::fs::create_dir(&newest).unwrap();
    let refused = folder.run("resume copy --epochs 2").ended_with(1).stderr;
    assert!(refused.contains("cannot write the checkpoint"), "{refused}");
    assert_eq!(folder.remembered("r"), before);
    std::fs::remove_dir(&newest).unwrap();
    folder.run("resume copy --epochs 2").succeeded();
}

/// Nothing is trained again, and what ended the run does not end it again.
#[test]
fn a_run_that_ended_early_is_made_longer() {
    let unbroken = unbroken(&format!("{TRAIN} --epochs 3"));
    for (flags, told) in [
        ("--target val_loss<10", "had reached its target"),
        ("--patience 1sp --min-delta 100", "had ended by --patience"),
    ] {
        let folder = Folder::new();
        let steps = folder.object(&format!("{TRAIN} --epochs 2 {flags}"))["steps"].as_u64().unwrap();
        folder.run("resume r").refused(2, &["is done"]);
        let resumed = folder.run("resume r --epochs 3 --json").succeeded();
        assert!(resumed.stderr.contains(told), "{}", resumed.stderr);
        assert!(steps < 20 && resumed.stderr.contains(&format!(", step {steps}, ")), "{}", resumed.stderr);
        assert_same(&left(&folder, resumed.object()), &unbroken, flags);
    }
}

#[test]
fn a_rate_that_is_given_is_not_halved_by_earlier_retries() {
    let folder = Folder::new();
    folder.run("train --lr 1e22 --epochs 2 --retries 2 --name r --schedule constant").ended_with(1);
    let rows = |folder: &Folder| folder.remembered("r")["rows"].as_array().unwrap().clone();
    folder.run("resume r --lr 0.02").succeeded();
    assert_eq!(number(rows(&folder).last().unwrap(), "learning_rate"), 0.02);
}

/// The model is in the second place: the result is kept, and the error says where the model is.
#[test]
fn a_model_that_is_only_in_the_second_place_is_named() {
    let folder = Folder::new();
    let mut child = folder.start("train --epochs 100000 --name r --model mlp:4 --save-model second");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (model, in_the_way) = (folder.path("runs/r/model.safetensors"), folder.path("in-the-way"));
    let mut said = String::new();
    while !model.exists() {
        assert!(child.try_wait().unwrap().is_none(), "ended without a model");
        std::thread::yield_now();
    }
    std::fs::create_dir_all(in_the_way.join("full")).unwrap();
    while !model.is_dir() {
        // Saved again in between, it is removed again.
        let _ = std::fs::remove_file(&model);
        let _ = std::fs::rename(&in_the_way, &model);
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    let error = said.lines().last().unwrap();
    assert!(error.starts_with("error: the model could not be saved in the folder"), "{error}");
    assert!(error.contains("it is in second: runs/r/model.safetensors"), "{error}");
    let record = folder.remembered("r");
    assert_eq!(record["result"]["model"], "second");
    folder.run("eval second").succeeded();
}
