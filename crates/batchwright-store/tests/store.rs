//! Promises of the store: records are read back as they were stored, from several connections, and
//! whatever the numbers are.

mod common;

use std::process::Command;
use std::time::Duration;

use batchwright_find::testkit;
use batchwright_find::*;
use batchwright_store::*;
use batchwright_train::testkit as train;
use batchwright_train::testkit::{metrics, plan};
use batchwright_train::{
    CurveEvidence, Plan, RunResult, RunRow, RunVerdictKind, SplitMetrics, StoppedBy, Verdict,
};
use common::{about, origin, row, runs, studies};

fn settings() -> Vec<(String, String)> {
    vec![("model".into(), "mlp:64".into()), ("data".into(), "<b>\"quoted\" \u{0} 日本語".into())]
}

/// A diverged run, with numbers that lose a digit where they are not kept exactly.
fn result(name: &str, loss: f64) -> RunResult {
    let evidence = CurveEvidence { best_loss: loss, rise_high: loss, ..CurveEvidence::default() };
    RunResult {
        seconds: 0.1 + 0.2,
        memory_bytes: u64::MAX,
        train: SplitMetrics { accuracy: Some(0.5), ..metrics(loss) },
        verdict: Verdict { evidence, ..train::verdict(RunVerdictKind::Diverged) },
        report: Some("report.html".into()),
        ..train::result(name, loss)
    }
}

/// One size that missed its target, with one trial, in a study that continues an earlier one.
fn study(name: &str) -> StudyResult {
    let missed = testkit::more_than(3.0, 2);
    let size = SizeResult {
        runs: 2,
        steps_to_target: Some(missed),
        samples_to_target: Some(missed),
        p_best: 0.5,
        ..testkit::size(8)
    };
    let at = TrialPosition { step: 2, samples: 16, seconds: 0.1 };
    let trace = Trace {
        first: Some(2.3),
        passed: vec![Passed { value: 0.1 + 0.2, at, before: 1 }],
        ..testkit::trace(TrialEnd::Diverged, at)
    };
    let trial = TrialRecord {
        seconds: f64::NAN,
        trace: Some(trace),
        ..testkit::trial(testkit::request(8, 0.1), TrialEnd::Diverged, 24)
    };
    StudyResult {
        samples: Some(1000),
        tokens_per_sample: Some(64),
        sizes: vec![size],
        fit: FitRange { largest_that_fits: Some(8), smallest_that_failed: None },
        best_set: vec![8],
        trials: vec![trial],
        scale: Some(StudyScale { batch_size: 8, learning_rate: 0.1, most_samples: 100, eval_samples: 10 }),
        automatic_goal: Some(AutomaticGoal { best: 0.1, fall: 2.0, share: 0.1 }),
        continued: Some(Continued {
            study: "earlier".into(),
            trials: 1,
            because: Some(Change::Interrupted),
            cost_in_all: Cost::default(),
        }),
        ..testkit::study(name)
    }
}

/// Otherwise settings or measurements that are shown later differ from those that were stored.
#[test]
fn a_run_comes_back_as_it_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<RunRow> = (0..4).map(|step| row(step, 2.3 / 7.0 + step as f64)).collect();
    {
        let store = Store::open(dir.path()).unwrap();
        let name = store.create_run(&NewName::Exactly("first"), &settings(), &plan(), &origin()).unwrap();
        store.append_rows(&name, &rows).unwrap();
        store.finish_run(&name, &result(&name, 0.1 + 0.2)).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    let record = store.run("first").unwrap();
    assert_eq!(
        (record.name.as_str(), record.settings, record.plan, record.rows),
        ("first", settings(), plan(), rows)
    );
    assert_eq!(record.result, Some(result("first", 0.1 + 0.2)));
    let summary = &runs(&store)[0];
    assert_eq!(
        (summary.name.as_str(), summary.status, summary.reason.as_deref()),
        ("first", EntryStatus::Done, None)
    );
    assert!(summary.created > 1_700_000_000);
}

/// Otherwise a diverged run cannot be read back, or its infinity becomes "absent".
#[test]
fn numbers_that_are_not_finite_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let losses = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.1 + 0.2, f64::MIN_POSITIVE];
    let rows: Vec<RunRow> = losses.iter().enumerate().map(|(step, &loss)| row(step as u64, loss)).collect();
    store.append_rows(&name, &rows).unwrap();
    store.finish_run(&name, &result(&name, f64::NAN)).unwrap();

    let record = store.run(&name).unwrap();
    assert_eq!(record.rows.len(), losses.len());
    for (row, loss) in record.rows.iter().zip(losses) {
        assert_eq!(row.train.loss.to_bits(), loss.to_bits());
        assert_eq!(row.train.accuracy, None);
        assert_eq!(row.step_loss.map(f64::to_bits), (row.step > 0).then_some(loss.to_bits()));
    }
    let back = record.result.as_ref().unwrap();
    assert!(
        back.validation.best_loss.is_nan()
            && back.verdict.evidence.rise_high.is_nan()
            && back.test.loss.is_nan()
    );
    assert_eq!(back.validation.last.accuracy, None);

    for loss in [f64::INFINITY, f64::NEG_INFINITY] {
        let name = store.create_run(&NewName::Numbered("y"), &[], &plan(), &origin()).unwrap();
        store.finish_run(&name, &result(&name, loss)).unwrap();
        assert_eq!(store.run(&name).unwrap().result, Some(result(&name, loss)), "it stays an infinity");
    }

    let json = serde_json::to_string(&record).unwrap();
    serde_json::from_str::<serde_json::Value>(&json).expect("what is served is valid JSON");
    let again: batchwright_train::RunRecord = from_json(&json).unwrap();
    assert!(again.rows[0].validation.loss.is_nan() && again.result.unwrap().train.loss.is_nan());
}

/// Otherwise a study's open ends and absent fields turn into something else.
#[test]
fn a_study_comes_back_as_it_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store
        .create_study(&NewName::Numbered("digits mlp:64"), &settings(), &about("w", "q"), &origin())
        .unwrap();
    assert_eq!(store.study(&name).unwrap().result, None);
    assert_eq!(studies(&store)[0].status, EntryStatus::Running);
    store.finish_study(&name, &study(&name)).unwrap();
    let mut found = store.study(&name).unwrap().result.unwrap();
    assert!(std::mem::take(&mut found.trials[0].seconds).is_nan());
    let mut expected = study(&name);
    expected.trials[0].seconds = 0.0;
    assert_eq!(found, expected);
    assert_eq!(store.kind_of(&name).unwrap(), EntryKind::Study);
    assert!(matches!(store.run(&name), Err(StoreError::UnknownName { .. })));
}

/// Otherwise the store gives the answer to another question, an old answer where there is a newer
/// one, or a study that was never finished.
#[test]
fn studies_are_found_by_what_they_were_about() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let make = |name, workload, question| {
        store.create_study(&NewName::Exactly(name), &[], &about(workload, question), &origin()).unwrap();
    };
    for (name, workload, question) in
        [("a", "w", "q"), ("b", "w", "other"), ("c", "w", "q"), ("d", "other", "q"), ("e", "w", "q")]
    {
        make(name, workload, question);
        if name != "e" {
            store.finish_study(name, &study(name)).unwrap();
        }
    }
    let found = |question| {
        let found = store.studies_of("w", question).unwrap();
        found.into_iter().filter_map(|study| Some(study.ok()?.record.name)).collect::<Vec<_>>()
    };
    assert_eq!(found(Some("q")), ["c", "a"]);
    assert_eq!(found(None), ["c", "b", "a"]);
    assert!(store.studies_of("W", None).unwrap().is_empty());
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    other.execute("UPDATE studies SET settings = '[]x' WHERE name = 'c'", []).unwrap();
    assert_eq!(found(Some("q")), ["a"], "a damaged one does not hide the others");
    let damaged = store.studies_of("w", Some("q")).unwrap().remove(0);
    assert!(matches!(damaged, Err(StoreError::DamagedEntry { name, .. }) if name == "c"));
}

/// Otherwise records of older programs can no longer be read. These stored a sentence beside the
/// kind of the verdict.
#[test]
fn a_verdict_that_was_stored_with_its_sentence_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    other.execute_batch(include_str!("assets/version_2.sql")).unwrap();
    let mut results = [
        ("runs", "run", serde_json::to_value(result("run", 0.5)).unwrap()),
        ("studies", "study", serde_json::to_value(study("study")).unwrap()),
    ];
    for (table, name, result) in &mut results {
        result["verdict"]["reason"] = "why".into();
        let update = format!("UPDATE {table} SET result = ?2 WHERE name = ?1");
        assert_eq!(other.execute(&update, [*name, &result.to_string()]).unwrap(), 1);
    }
    let store = Store::open(dir.path()).unwrap();
    let verdict = store.run("run").unwrap().result.unwrap().verdict;
    assert_eq!((verdict.kind, verdict.cause), (RunVerdictKind::Diverged, None));
    assert_eq!(verdict.evidence.fall_percent, 0.0);
    let study = store.study("study").unwrap().result.unwrap();
    assert_eq!(study.verdict.kind, batchwright_find::VerdictKind::Unreachable);
    assert_eq!(study.recommendation(), Err(NoAnswer::AllDiverged { trials: 1 }));
}

/// Otherwise a resumed run has two rows for one step, or fails at the first repeated row.
#[test]
fn a_repeated_row_takes_the_place_of_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    store.append_rows(&name, &[row(2, 1.0), row(1, 2.0)]).unwrap();
    store.append_rows(&name, &[row(2, 0.5)]).unwrap();
    assert_eq!(store.run(&name).unwrap().rows, [row(1, 2.0), row(2, 0.5)]);
}

/// Otherwise a failed or stopped run looks as if it were still training, or as if it were done.
#[test]
fn every_end_has_its_status() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let names: Vec<String> =
        (0..3).map(|_| store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap()).collect();
    store.append_rows(&names[1], &[row(1, 1.0)]).unwrap();
    store.fail_run(&names[1], "disk on fire").unwrap();
    store
        .finish_run(&names[2], &RunResult { stopped_by: StoppedBy::Signal, ..result(&names[2], 1.0) })
        .unwrap();
    let runs = runs(&store);
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [EntryStatus::Running, EntryStatus::Failed, EntryStatus::Stopped]);
    assert_eq!(runs[1].reason.as_deref(), Some("disk on fire"));
    let summary = |name| store.run_summary(name).unwrap();
    assert_eq!(summary(&names[1]).reason.as_deref(), Some("disk on fire"));
    assert_eq!(summary(&names[0]).reason, None);
    assert_eq!(store.run(&names[1]).unwrap().rows.len(), 1);
}

/// Otherwise one run overwrites the model of another.
#[test]
fn names_are_unique_over_runs_studies_and_folders() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    std::fs::create_dir(dir.path().join("x-2")).unwrap();
    assert_eq!(store.create_study(&NewName::Numbered("x"), &[], &about("w", "q"), &origin()).unwrap(), "x-1");
    assert_eq!(store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap(), "x-3");
    for taken in ["x-1", "x-2", "x-3"] {
        assert!(
            matches!(
                store.create_run(&NewName::Exactly(taken), &[], &plan(), &origin()),
                Err(StoreError::NameTaken { .. })
            ),
            "{taken}"
        );
    }
    assert!(matches!(
        store.create_study(&NewName::Exactly("../x"), &[], &about("w", "q"), &origin()),
        Err(StoreError::BadName { .. })
    ));
    assert!(matches!(store.folder("../x"), Err(StoreError::BadName { .. })));
    assert!(store.folder("x-3").unwrap().is_dir());
    // A failed creation must not leave its transaction open.
    store.create_run(&NewName::Exactly("after"), &[], &plan(), &origin()).unwrap();
}

/// Otherwise a user who mistypes a name has to search for the right one by hand.
#[test]
fn an_unknown_name_lists_those_that_look_like_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.create_run(&NewName::Exactly("digits-mlp64-1"), &[], &plan(), &origin()).unwrap();
    store.create_run(&NewName::Exactly("zzz"), &[], &plan(), &origin()).unwrap();
    let error = store.run("digit-mlp64-1").unwrap_err();
    assert_eq!(error.to_string(), "no run or study is named \"digit-mlp64-1\"; did you mean digits-mlp64-1?");
    for error in [
        store.append_rows("q", &[]).unwrap_err(),
        store.finish_run("q", &result("q", 1.0)).unwrap_err(),
        store.fail_run("q", "").unwrap_err(),
        store.finish_study("q", &study("q")).unwrap_err(),
        store.study("q").unwrap_err(),
        store.kind_of("q").unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "no run or study is named \"q\"");
    }
}

/// Otherwise the last second of a run is lost when it ends early.
#[test]
fn waiting_rows_are_written_at_the_end_and_on_an_early_return() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let hour = Duration::from_secs(3600);
    let mut writer = RowWriter::with_interval(&store, &name, hour);
    writer.push(row(1, 1.0)).unwrap();
    assert!(store.run(&name).unwrap().rows.is_empty(), "the loop must not wait for the disk");
    writer.finish().unwrap();
    {
        let mut dropped = RowWriter::with_interval(&store, &name, hour);
        dropped.push(row(2, 1.0)).unwrap();
    }
    assert_eq!(store.run(&name).unwrap().rows.len(), 2);
}

/// Otherwise a program that holds the database locked, such as a backup, ends a training.
#[test]
fn rows_wait_while_the_database_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let mut writer = RowWriter::with_interval(&store, &name, Duration::ZERO);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    (1..=3).for_each(|step| writer.push(row(step, 1.0)).unwrap());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.run(&name).unwrap().rows.is_empty());
    writer.push(row(4, 1.0)).unwrap();
    assert_eq!(store.run(&name).unwrap().rows.len(), 4);
    let missing = RowWriter::with_interval(&store, "y", Duration::ZERO).push(row(1, 1.0));
    assert!(matches!(missing, Err(StoreError::UnknownName { .. })), "other errors are told");
}

/// Otherwise the user sees "error code 14" and does not know which path is meant.
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(&error, StoreError::Unwritable { path: named, .. } if *named == path), "{error}");
        assert!(error.to_string().contains("--runs DIR"));
    }
    let store = Store::open(dir.path()).unwrap();
    assert!(matches!(store.folder("file"), Err(StoreError::Unwritable { .. })));
}

/// Otherwise SQLite waits for a pipe for ever, or says of a folder that it cannot be opened.
#[test]
fn what_cannot_be_a_database_is_refused_at_once() {
    for name in [DATABASE_FILE, "batchwright.db-wal", "batchwright.db-shm"] {
        for pipe in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            drop(Store::open(dir.path()).unwrap());
            let odd = dir.path().join(name);
            let _ = std::fs::remove_file(&odd);
            match pipe {
                false => std::fs::create_dir(&odd).unwrap(),
                true => assert!(Command::new("mkfifo").arg(&odd).status().unwrap().success()),
            }
            for error in [Store::open(dir.path()).unwrap_err(), Store::open_existing(dir.path()).unwrap_err()]
            {
                assert!(matches!(&error, StoreError::NotAFile { path } if *path == odd), "{error}");
            }
        }
    }
}

/// Otherwise reading from a mistyped folder creates an empty one and finds nothing in it.
#[test]
fn reading_makes_no_folder() {
    let dir = tempfile::tempdir().unwrap();
    let typo = dir.path().join("rusn");
    assert!(matches!(Store::open_existing(&typo), Err(StoreError::Missing { .. })));
    assert!(!typo.exists());
    drop(Store::open(&typo).unwrap());
    assert!(Store::open_existing(&typo).is_ok());
}

/// Otherwise a report of another user's runs fails, or looking at the runs changes them. (An
/// administrator may write anywhere. In that case only the refusal and the unchanged files are
/// tested.)
#[test]
fn a_folder_that_cannot_be_written_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("odd?name#%41");
    let path = runs.join(DATABASE_FILE);
    let name = {
        let store = Store::open(&runs).unwrap();
        store.create_run(&NewName::Numbered("x"), &settings(), &plan(), &origin()).unwrap()
    };
    let before = std::fs::read(&path).unwrap();
    let read_only = |is| {
        for path in [&path, &runs] {
            let mut permissions = std::fs::metadata(path).unwrap().permissions();
            permissions.set_readonly(is);
            std::fs::set_permissions(path, permissions).unwrap();
        }
    };
    read_only(true);
    {
        let store = Store::open_existing(&runs).unwrap();
        assert_eq!(store.run(&name).unwrap().settings, settings());
        let refused = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin());
        assert!(matches!(refused, Err(StoreError::Unwritable { .. })), "{refused:?}");
    }
    read_only(false);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// Otherwise a report made while another process trains misses the last rows.
#[test]
fn a_reader_sees_what_a_writer_has_not_closed() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Store::open(dir.path()).unwrap();
    let name = writer.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let reader = Store::open_existing(dir.path()).unwrap();
    writer.append_rows(&name, &[row(1, 1.0)]).unwrap();
    assert_eq!(reader.run(&name).unwrap().rows.len(), 1);
}

/// Otherwise reading creates tables in a file that a killed process left empty, or the error says
/// only "no such table".
#[test]
fn reading_makes_no_tables() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE_FILE);
    std::fs::write(&path, "").unwrap();
    assert!(matches!(Store::open_existing(dir.path()), Err(StoreError::Missing { .. })));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

/// Otherwise a damaged file gives an obscure message, or is overwritten.
#[test]
fn a_damaged_database_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE_FILE);
    let garbage = vec![b'x'; 5000];
    std::fs::write(&path, &garbage).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::Corrupt { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), garbage);
}

/// Otherwise one damaged entry ends the program, or is shown as something that it is not.
#[test]
fn a_damaged_entry_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    other.execute("UPDATE runs SET plan = '{\"samples\": 1}'", []).unwrap();
    let error = store.run(&name).unwrap_err();
    assert!(matches!(&error, StoreError::DamagedEntry { .. }), "{error}");
    let other = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let listed = store.runs().unwrap();
    assert!(matches!(&listed[0], Err(StoreError::DamagedEntry { name: damaged, .. }) if *damaged == name));
    assert_eq!(listed[1].as_ref().unwrap().name, other, "the others are still listed");
}

/// Otherwise a number that the disk changed is drawn and compared as if it had been measured.
#[test]
fn a_damaged_row_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    store.append_rows(&name, &[row(1, -0.0), row(2, f64::NAN), row(3, 0.5)]).unwrap();
    assert_eq!(store.run(&name).unwrap().rows.len(), 3, "-0 is stored as 0");
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    for damage in [
        "val_loss = val_loss + 1e-15",
        "val_accuracy = NULL",
        "train_loss = 'NaN'",
        "train_loss = 'x'",
        "samples = samples + 1",
        "checksum = NULL",
    ] {
        other.execute_batch(&format!("BEGIN; UPDATE rows SET {damage} WHERE step = 3; COMMIT;")).unwrap();
        let error = store.run(&name).unwrap_err();
        assert!(
            matches!(&error, StoreError::DamagedRow { name: run, step: 3, .. } if *run == name),
            "{error}"
        );
        store.append_rows(&name, &[row(3, 0.5)]).unwrap();
        assert_eq!(store.run(&name).unwrap().rows.len(), 3);
    }
    other.execute("UPDATE rows SET step = 7 WHERE step = 3", []).unwrap();
    assert!(matches!(store.run(&name), Err(StoreError::DamagedRow { step: 7, .. })));
}

/// Otherwise a trial of a study is lost, repeated, or taken for another one.
#[test]
fn a_journal_keeps_its_order_and_notices_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_study(&NewName::Numbered("x"), &[], &about("w", "q"), &origin()).unwrap();
    let events = ["{\"a\":1}", "", "{\"日本\":\"語\"}"];
    for (nth, event) in events.iter().enumerate() {
        store.append_event(&name, nth as u64, event).unwrap();
    }
    assert_eq!(store.events(&name).unwrap(), events);
    for wrong in [0, 2, 4, u64::MAX] {
        assert!(matches!(
            store.append_event(&name, wrong, "x"),
            Err(StoreError::EventOrder { expected: 3, found, .. }) if found == wrong
        ));
    }
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    other.execute("UPDATE study_events SET event = '{\"a\":2}' WHERE nth = 0", []).unwrap();
    assert!(matches!(store.events(&name), Err(StoreError::DamagedEvent { nth: 0, .. })));
    other.execute("DELETE FROM study_events WHERE nth = 0", []).unwrap();
    assert!(matches!(store.events(&name), Err(StoreError::DamagedEvent { nth: 0, .. })));
    assert!(matches!(store.append_event("q", 0, "x"), Err(StoreError::UnknownName { .. })));
}

/// Otherwise half a run is left: a listed run without a model, or a folder that blocks its name.
#[test]
fn a_run_is_removed_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let make = |name| {
        let made = store.create_run(&NewName::Exactly(name), &[], &plan(), &origin()).unwrap();
        store.append_rows(&made, &[row(1, 1.0)]).unwrap();
        std::fs::write(store.folder(&made).unwrap().join("model.safetensors"), "x").unwrap();
        made
    };
    let (gone, kept) = (make("gone"), make("kept"));
    assert!(matches!(store.remove(&gone), Err(StoreError::Owned { .. })), "it trains");
    store.finish_run(&gone, &result(&gone, 1.0)).unwrap();
    store.remove(&gone).unwrap();
    assert!(!dir.path().join(&gone).exists() && dir.path().join(&kept).exists());
    assert!(matches!(store.run(&gone), Err(StoreError::UnknownName { .. })));
    assert_eq!(store.run(&kept).unwrap().rows.len(), 1);
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let count = |table| {
        other.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count("runs"), count("rows"), count("removals")), (1, 1, 0));
    assert_eq!(make("gone"), "gone", "its name is free");
}

/// Otherwise a removal that is cut off between database and folder leaves the folder for ever; or
/// the folder of a new run is removed in its place.
#[test]
fn a_removal_that_was_cut_off_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let other = {
        let store = Store::open(dir.path()).unwrap();
        std::fs::write(store.folder("cut").unwrap().join("model.safetensors"), "x").unwrap();
        rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap()
    };
    other.execute("INSERT INTO removals (name) VALUES ('cut')", []).unwrap();
    drop(Store::open(dir.path()).unwrap());
    assert!(!dir.path().join("cut").exists());
    // The note of another process, whose folder is already gone.
    let store = Store::open(dir.path()).unwrap();
    other.execute("INSERT INTO removals (name) VALUES ('cut')", []).unwrap();
    assert!(matches!(
        store.create_run(&NewName::Exactly("cut"), &[], &plan(), &origin()),
        Err(StoreError::NameTaken { .. })
    ));
    other.execute("INSERT INTO removals (name) VALUES ('../outside')", []).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::BadName { .. })), "never outside the folder");
}

/// Otherwise a query changes what it asks about, or writes a file.
#[test]
fn a_query_can_only_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    store.append_rows(&name, &[row(1, f64::NAN), row(2, f64::INFINITY)]).unwrap();
    let attached = format!("ATTACH '{}' AS other", dir.path().join("other.db").display());
    for changing in [
        "DELETE FROM runs",
        "UPDATE runs SET name = 'y' RETURNING name",
        "INSERT INTO removals VALUES ('x') RETURNING name",
        "CREATE TABLE t (a)",
        "DROP TABLE rows",
        "PRAGMA journal_mode = delete",
        "PRAGMA user_version = 1",
        "VACUUM INTO 'x.db'",
        "BEGIN",
        &attached,
    ] {
        let error = store.select(changing).unwrap_err();
        assert!(matches!(error, StoreError::QueryChanges), "{changing}: {error}");
    }
    assert!(!dir.path().join("other.db").exists());
    for (query, several) in [("", false), ("-- nothing", false), ("SELECT 1; SELECT 2", true)] {
        let error = store.select(query).unwrap_err();
        assert!(matches!(error, StoreError::QueryCount { several: found } if found == several), "{query}");
    }
    for wrong in ["SELECT", "SELECT * FROM nothing", "SELECT load_extension('x')", "SELECT json('{')"] {
        let error = store.select(wrong).unwrap_err();
        assert!(matches!(error, StoreError::Query { .. }), "{wrong}: {error}");
    }
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(1000000) FROM n";
    assert!(matches!(store.select(endless), Err(StoreError::QueryTooLarge { .. })), "more than memory holds");
    let read = store
        .select("WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 2) SELECT i, val_loss, NULL AS a, x'00ff' AS a FROM n JOIN rows ON step = i;")
        .unwrap();
    assert_eq!(read.columns, ["i", "val_loss", "a", "a"]);
    let value = |loss| vec![loss, QueryValue::Null, QueryValue::Bytes(vec![0, 255])];
    let first = [vec![QueryValue::Integer(1)], value(QueryValue::Text("NaN".into()))].concat();
    let second = [vec![QueryValue::Integer(2)], value(QueryValue::Real(f64::INFINITY))].concat();
    assert_eq!(read.rows, [first, second]);
    store.append_rows(&name, &[row(3, 1.0)]).expect("the store itself can still write");
}

/// A run that goes on has the rows and the plan from which it goes on, and no end.
#[test]
fn a_run_is_set_back_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    store.append_rows(&name, &[row(1, 0.5), row(2, 0.4), row(3, 0.3)]).unwrap();
    store.finish_run(&name, &result(&name, 0.3)).unwrap();
    let settings = [("duration".to_owned(), "9ep".to_owned())];
    let longer = Plan { steps: 999, ..plan() };
    store.rewind_run(&name, &settings, &longer, &[row(1, 0.5), row(2, 0.25)]).unwrap();
    let run = store.run(&name).unwrap();
    assert_eq!((run.plan, run.settings.as_slice(), run.result), (longer, &settings[..], None));
    assert_eq!(run.rows, [row(1, 0.5), row(2, 0.25)]);
    assert!(matches!(store.rewind_run("y", &[], &plan(), &[]), Err(StoreError::UnknownName { .. })));
}
