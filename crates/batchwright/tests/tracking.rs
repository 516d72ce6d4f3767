//! `runs export` for TensorBoard, MLflow and trackio, and `train --log-to`, read back by our reader of
//! event files and by SQL.
//!
//! Left out: these programs themselves, which read the same in `tracking/test_tracking.py`.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use batchwright::command::read::{Folder as Reader, Row};
use common::{Folder, of_repository};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const ALL: &str = "--log-to tensorboard:live --log-to mlflow:live --log-to trackio:track/digits.db";

fn database(folder: &Folder, place: &str) -> Connection {
    let path = folder.path(place);
    assert!(path.is_file(), "{place}");
    Connection::open(path).unwrap()
}

/// What a reader finds that watches a folder into which `work` writes.
fn read_while(folder: &Folder, place: &str, work: impl FnOnce()) -> Vec<Row> {
    let mut reader = Reader::watch(&folder.path(place), "val_loss");
    work();
    let rows = reader.poll();
    assert_eq!(reader.problems().count(), 0);
    rows
}

/// Steps and values of a metric of a run in the JSON of the program.
fn curve(record: &Value, pointer: &str) -> Vec<(i64, f64)> {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let rows = record["rows"].as_array().unwrap();
    rows.iter().map(|row| (row["step"].as_i64().unwrap(), number(row.pointer(pointer).unwrap()))).collect()
}

/// The same of the database of MLflow; `None` stands for no number.
fn mlflow_curve(database: &Connection, run: &str, key: &str) -> Vec<(i64, f64)> {
    let query =
        "SELECT step, CASE WHEN is_nan THEN NULL ELSE value END FROM metrics JOIN runs USING (run_uuid)
        WHERE name = ?1 AND key = ?2 ORDER BY step, timestamp";
    let mut select = database.prepare(query).unwrap();
    let rows = select.query_map([run, key], |row| Ok((row.get(0)?, row.get::<_, Option<f64>>(1)?))).unwrap();
    rows.map(Result::unwrap).map(|(step, value)| (step, value.unwrap_or(f64::NAN))).collect()
}

/// The same of the database of trackio.
fn trackio_curve(database: &Connection, run: &str, key: &str) -> Vec<(i64, f64)> {
    let mut select =
        database.prepare("SELECT step, metrics FROM metrics WHERE run_name = ?1 ORDER BY id").unwrap();
    let rows = select.query_map([run], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
    let value = |(step, metrics): (i64, String)| {
        let metrics: Value = serde_json::from_str(&metrics).unwrap();
        match metrics.get(key)? {
            Value::String(text) => Some((step, text.parse().unwrap())),
            number => Some((step, number.as_f64().unwrap())),
        }
    };
    rows.map(Result::unwrap).filter_map(value).collect()
}

#[track_caller]
fn assert_same(found: &[(i64, f64)], expected: &[(i64, f64)]) {
    let bits = |curve: &[(i64, f64)]| -> Vec<(i64, u64)> {
        // One NaN is as good as another; SQLite and JSON keep no others.
        let of = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        curve.iter().map(|(step, value)| (*step, of(*value))).collect()
    };
    assert!(!expected.is_empty());
    assert_eq!(bits(found), bits(expected));
}

/// Both databases and the event files hold the rows that are stored, each once.
#[track_caller]
fn assert_logged(folder: &Folder, run: &str, mlflow: &str, trackio: &str) {
    let record = folder.remembered(run);
    let (mlflow, trackio) = (database(folder, mlflow), database(folder, trackio));
    for (key, pointer) in [
        ("loss/val", "/validation/loss"),
        ("accuracy/val", "/validation/accuracy"),
        ("loss/train", "/train/loss"),
        ("learning_rate", "/learning_rate"),
        ("progress/epoch", "/epoch"),
        ("progress/samples", "/samples"),
        ("progress/seconds", "/seconds"),
    ] {
        let expected = curve(&record, pointer);
        assert_same(&mlflow_curve(&mlflow, run, key), &expected);
        assert_same(&trackio_curve(&trackio, run, key), &expected);
    }
}

/// Steps and validation losses, by the last row of each step.
fn last_losses(rows: &[Row]) -> BTreeMap<u64, f64> {
    rows.iter().filter_map(|row| Some((row.step? as u64, *row.metrics.get("val_loss")?))).collect()
}

/// As TensorBoard keeps them: in single precision.
fn single(curve: &[(i64, f64)]) -> BTreeMap<u64, f64> {
    curve.iter().map(|(step, value)| (*step as u64, f64::from(*value as f32))).collect()
}

/// Otherwise a curve in another program is not the curve of the run, or a run that is exported again is
/// there twice.
#[test]
fn runs_are_what_they_are_in_every_form() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 3 --quiet").succeeded();
    folder.run("train --name b --model mlp:8 --epochs 2 --lr 1e30 --quiet").ended_with(1);
    let rows = read_while(&folder, "tb", || {
        let told = folder.run("runs export a b --format tensorboard --output tb").succeeded();
        assert!(told.stderr.contains("2 runs written") && told.stderr.contains("tensorboard --logdir tb"));
    });
    let losses = curve(&folder.remembered("a"), "/validation/loss");
    let of_b = curve(&folder.remembered("b"), "/validation/loss");
    let read: Vec<(u64, u32)> = rows
        .iter()
        .filter_map(|row| Some((row.step? as u64, (*row.metrics.get("val_loss")? as f32).to_bits())))
        .collect();
    let wanted = |(step, loss): &(i64, f64)| (*step as u64, (*loss as f32).to_bits());
    let finite: Vec<(u64, u32)> =
        losses.iter().chain(&of_b).filter(|point| point.1.is_finite()).map(wanted).collect();
    assert!(finite.iter().all(|point| read.contains(point)), "{read:?}");
    assert_eq!(read.len(), losses.len() + of_b.len());
    assert!(of_b.iter().any(|point| point.1.is_nan()), "something is no number");
    for _ in 0..2 {
        folder.run("runs export a b --format mlflow --output logs/ml.db").succeeded();
        folder.run("runs export a b --format trackio --output track/digits.db").succeeded();
        folder.run("runs export a b --format tensorboard --output tb").succeeded();
    }
    for run in ["a", "b"] {
        assert_logged(&folder, run, "logs/ml.db", "track/digits.db");
        assert_eq!(std::fs::read_dir(folder.path("tb").join(run)).unwrap().count(), 1);
    }
    let ml = database(&folder, "logs/ml.db");
    let text = |query: &str| ml.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT status FROM runs WHERE name = 'a'"), "FINISHED");
    assert_eq!(text("SELECT status FROM runs WHERE name = 'b'"), "FAILED");
    assert_eq!(
        text("SELECT value FROM params JOIN runs USING (run_uuid) WHERE name = 'a' AND key = 'model'"),
        "linear"
    );
    let latest =
        "SELECT value FROM latest_metrics JOIN runs USING (run_uuid) WHERE name = 'a' AND key = 'loss/val'";
    assert_eq!(ml.query_row(latest, [], |row| row.get::<_, f64>(0)).unwrap(), losses.last().unwrap().1);
    let config: String = database(&folder, "track/digits.db")
        .query_row("SELECT config FROM configs WHERE run_name = 'b'", [], |row| row.get(0))
        .unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!((&config["lr"], &config["status"]), (&1e30.into(), &"failed".into()));
}

/// A run that is logged while it trains, goes on, and is set back to an older checkpoint leaves the rows
/// that are stored, and no others; its export takes the place of the log.
#[test]
fn a_log_follows_a_run_that_goes_on_and_is_set_back() {
    let folder = Folder::new();
    let mut reader = Reader::watch(&folder.path("live"), "val_loss");
    folder.write("live/.keep", "");
    let line = format!("train --name a --model linear --epochs 4 --checkpoint-every 1ep --keep 9 {ALL}");
    let told = folder.run(&line).succeeded().stdout;
    assert!(told.contains("logs to tensorboard:live; look at it with: tensorboard --logdir live"), "{told}");
    let first = last_losses(&reader.poll());
    assert_eq!(first, single(&curve(&folder.remembered("a"), "/validation/loss")));
    assert_logged(&folder, "a", "live/mlflow.db", "track/digits.db");
    let mut checkpoints: Vec<_> = std::fs::read_dir(folder.path("runs/a/checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    checkpoints.sort();
    assert!(checkpoints.len() > 2, "{checkpoints:?}");
    let older = format!("resume runs/a/checkpoints/{} --epochs 6 --lr 0.001 --quiet", checkpoints[1]);
    folder.run(&older).succeeded();
    assert_logged(&folder, "a", "live/mlflow.db", "track/digits.db");
    // Of each step the last row counts, and none is beyond what was set back but is in the run.
    let record = folder.remembered("a");
    let again = last_losses(&reader.poll());
    let now = single(&curve(&record, "/validation/loss"));
    assert!(again.iter().all(|(step, loss)| now.get(step) == Some(loss)), "{again:?} {now:?}");
    assert!(
        again.len() < now.len()
            && now.iter().all(|(step, loss)| again.get(step).or(first.get(step)) == Some(loss))
    );
    assert_eq!(std::fs::read_dir(folder.path("live/a")).unwrap().count(), 2, "a file for each process");
    folder.run("runs export a --format tensorboard --output live").succeeded();
    assert_eq!(std::fs::read_dir(folder.path("live/a")).unwrap().count(), 1);
    folder.run("runs export a --format mlflow --output live").succeeded();
    folder.run("runs export a --format trackio --output track/digits.db").succeeded();
    assert_logged(&folder, "a", "live/mlflow.db", "track/digits.db");
    let count = "SELECT COUNT(*) FROM runs";
    assert_eq!(
        database(&folder, "live/mlflow.db").query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(),
        1
    );
}

/// A run of the same name that was made at another time is another run: their curves must not mix.
#[test]
fn a_run_of_another_time_has_a_folder_of_its_own() {
    let folder = Folder::new();
    let train = |epochs: u64| {
        format!("train --name a --model linear --epochs {epochs} --log-to tensorboard:live --quiet")
    };
    folder.run(&train(2)).succeeded();
    std::fs::remove_dir_all(folder.path("runs")).unwrap();
    // In the same second it is told apart by its command line.
    folder.run(&train(3)).succeeded();
    let names = || {
        let mut names: Vec<String> = std::fs::read_dir(folder.path("live"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let two = names();
    assert!(two.len() == 2 && two[0] == "a" && two[1].starts_with("a-"), "{two:?}");
    folder.run("runs export a --format tensorboard --output live").succeeded();
    folder.run("resume a --epochs 4 --quiet").succeeded();
    assert_eq!(names(), two);
    assert_eq!(std::fs::read_dir(folder.path("live/a")).unwrap().count(), 1, "the first stays as it was");
}

/// Each trial of a study is a run, with the curve that the journal has of it.
#[test]
fn a_study_is_its_trials() {
    let folder = Folder::new();
    let line = "find --name s --model linear --batch-sizes 16,64 --strategy grid --seeds 1 --max-samples 4000 --budget 20s --log-to mlflow:live --log-to tensorboard:livetb --quiet";
    let code = folder.run(line).code;
    assert!([0, 3].contains(&code), "{code}");
    folder.run("runs export s --format mlflow --output ml.db").succeeded();
    folder.run("runs export s --format trackio --output track/s.db").succeeded();
    folder.run("runs export s --format tensorboard --output tb").succeeded();
    let store = database(&folder, "runs/batchwright.db");
    let mut select = store.prepare("SELECT CAST(event AS TEXT) FROM study_events ORDER BY nth").unwrap();
    let events = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let events = events.map(|event| serde_json::from_str::<Value>(&event.unwrap()).unwrap());
    let outcomes: Vec<Value> = events.filter_map(|event| event.pointer("/ended/outcome").cloned()).collect();
    assert!(outcomes.len() > 4, "{}", outcomes.len());
    let (ml, track) = (database(&folder, "ml.db"), database(&folder, "track/s.db"));
    let live = database(&folder, "live/mlflow.db");
    let column = |database: &Connection, query: &str| -> Vec<String> {
        let mut select = database.prepare(query).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let names = column(
        &ml,
        "SELECT runs.name FROM runs JOIN experiments USING (experiment_id) WHERE experiments.name = 's' ORDER BY runs.name",
    );
    // What was logged while the study ran is what is exported, under the same identity.
    for query in [
        "SELECT run_uuid || name || status || start_time FROM runs ORDER BY run_uuid",
        "SELECT key || value || run_uuid FROM params ORDER BY run_uuid, key",
        "SELECT run_uuid || key || value || step || timestamp FROM metrics ORDER BY run_uuid, key, step",
    ] {
        assert_eq!(column(&live, query), column(&ml, query));
    }
    let trials = |place: &str| std::fs::read_dir(folder.path(place)).unwrap().count();
    assert_eq!((trials("livetb/s"), trials("tb/s")), (names.len(), names.len()));
    assert_eq!(names.len(), outcomes.len());
    for (name, outcome) in names.iter().zip(&outcomes) {
        let records = outcome["curve"]["records"].as_array().unwrap();
        let expected: Vec<(i64, f64)> =
            records.iter().map(|row| (row[1].as_i64().unwrap(), row[0].as_f64().unwrap())).collect();
        if !expected.is_empty() {
            assert_same(&mlflow_curve(&ml, name, "best/val_loss"), &expected);
            assert_same(&trackio_curve(&track, name, "best/val_loss"), &expected);
        }
        let request = &outcome["plan"]["request"];
        let value = |key: &str| {
            let query = "SELECT value FROM params JOIN runs USING (run_uuid) WHERE name = ?1 AND key = ?2";
            ml.query_row(query, [name.as_str(), key], |row| row.get::<_, String>(0)).unwrap()
        };
        assert_eq!(value("batch-size"), request["batch_size"].to_string());
        assert_eq!(value("seed"), request["seed"].to_string());
        assert_eq!(value("lr").parse::<f64>().unwrap(), request["learning_rate"].as_f64().unwrap());
        assert_eq!(std::fs::read_dir(folder.path("tb/s").join(name)).unwrap().count(), 1);
    }
}

/// Otherwise a training of a week has no log, and its user learns it at the end.
#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_first_step() {
    let folder = Folder::new();
    folder.write("file", "no database");
    folder.write("own/other.db", "");
    Connection::open(folder.path("own/other.db"))
        .unwrap()
        .execute_batch("CREATE TABLE metrics (key)")
        .unwrap();
    for (place, code, what) in [
        ("tensorboard:file/logs", 1, "file/logs: cannot make the folder"),
        ("mlflow:file", 1, "file: cannot write the log"),
        ("mlflow:own/other.db", 2, "own/other.db is no database of mlflow"),
        ("trackio:own/other.db", 2, "own/other.db is no database of trackio"),
        ("trackio:own/digits.db", 2, "own/digits.db lies beside own/other.db"),
        ("trackio:a/b", 2, "is no project of trackio"),
        ("wandb:x", 2, "expected tensorboard:DIR, mlflow:DIR or trackio:PROJECT"),
    ] {
        folder.run(&format!("train --log-to {place}")).refused(code, &[what]);
        folder.run(&format!("find --log-to {place}")).refused(code, &[what]);
    }
    assert!(!folder.path("runs").exists());
    folder.run("find --objective fit --log-to tensorboard:x").refused(2, &["--log-to"]);
    folder.run("train --name a --model linear --epochs 1 --quiet").succeeded();
    folder.run("runs export a --format mlflow").refused(2, &["--output"]);
    folder.run("runs export a --format trackio --output -").refused(2, &["--output"]);
    folder.run("runs export a nobody --format tensorboard --output tb").refused(2, &["nobody"]);
    assert!(!folder.path("tb").exists());
}

/// A run that goes on where its log cannot be written any more goes on; it says so once.
#[test]
fn a_lost_log_does_not_stop_a_run() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 2 --quiet --log-to tensorboard:live").succeeded();
    std::fs::remove_dir_all(folder.path("live")).unwrap();
    folder.write("live", "a file");
    let told = folder.run("resume a --epochs 4").succeeded().stderr;
    assert_eq!(told.matches("warning: --log-to tensorboard:live: ").count(), 1, "{told}");
    assert!(told.contains("batchwright runs export a --format tensorboard --output live"), "{told}");
    std::fs::remove_file(folder.path("live")).unwrap();
    // Without the files of before, the log begins anew, with everything.
    let rows = read_while(&folder, "live", || {
        folder.write("live/.keep", "");
        folder.run("resume a --epochs 5 --quiet").succeeded();
    });
    assert_eq!(last_losses(&rows), single(&curve(&folder.remembered("a"), "/validation/loss")));
}

/// A database that MLflow has brought up to date has other columns too, and an experiment that was thrown
/// away; both are met by the next export.
#[test]
fn a_database_of_a_later_version_takes_runs_too() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 1 --quiet").succeeded();
    folder.run("runs export a --format mlflow --output ml.db").succeeded();
    let later = "ALTER TABLE experiments ADD COLUMN creation_time BIGINT;
        ALTER TABLE experiments ADD COLUMN workspace VARCHAR(63) DEFAULT 'default' NOT NULL;
        ALTER TABLE runs ADD COLUMN deleted_time BIGINT;
        UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'batchwright';
        UPDATE alembic_version SET version_num = 'of later';";
    database(&folder, "ml.db").execute_batch(later).unwrap();
    folder.run("train --name b --model linear --epochs 1 --quiet").succeeded();
    folder.run("runs export a b --format mlflow --output ml.db").succeeded();
    let ml = database(&folder, "ml.db");
    let text = |query: &str| ml.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT lifecycle_stage FROM experiments WHERE name = 'batchwright'"), "active");
    assert_eq!(text("SELECT group_concat(name) FROM (SELECT name FROM runs ORDER BY name)"), "a,b");
    assert_eq!(text("SELECT version_num FROM alembic_version"), "of later");
}

/// The golden file of the unit tests is one that our reader takes.
#[test]
fn the_golden_file_is_read() {
    let folder = Folder::new();
    let rows = read_while(&folder, ".", || {
        let golden = of_repository("crates/batchwright/tests/tracking/golden.tfevents");
        std::fs::copy(Path::new(&golden), folder.path("events.out.tfevents.1.x")).unwrap();
    });
    assert_eq!(last_losses(&rows), [(300, f64::from(0.1_f32))].into());
}
