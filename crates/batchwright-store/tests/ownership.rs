//! Who owns a run or a study, and how it was started.

mod common;

use batchwright_store::*;
use batchwright_train::testkit::{plan, result};
use common::{about, origin, runs, studies};

/// Otherwise two processes train one run, or a run that was cut off can never be resumed.
#[test]
fn one_living_process_owns_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let about = about("w", "q");
    let study = store.create_study(&NewName::Numbered("y"), &[], &about, &origin()).unwrap();
    for entry in [&name, &study] {
        assert!(store.owner_lives(entry).unwrap());
        let refused = store.claim(entry).unwrap_err();
        let process = std::process::id();
        assert!(
            matches!(&refused, StoreError::Owned { name, process: by } if name == entry && *by == process),
            "{refused}"
        );
    }
    assert!(store.lost_studies_of(&about).unwrap().is_empty());
    // Its process is gone.
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    for table in ["runs", "studies"] {
        other.execute(&format!("UPDATE {table} SET owner = json_set(owner, '$.started', '1')"), []).unwrap();
    }
    assert_eq!(runs(&store)[0].status, EntryStatus::Lost);
    assert_eq!(studies(&store)[0].status, EntryStatus::Lost);
    assert_eq!(store.lost_studies_of(&about).unwrap(), [study.as_str()]);
    assert!(!store.owner_lives(&name).unwrap());
    let claim = store.claim(&name).unwrap();
    assert_eq!(claim, Claim { name: name.clone(), kind: EntryKind::Run, origin: Some(origin()) });
    assert_eq!(runs(&store)[0].status, EntryStatus::Running);
    assert!(matches!(store.claim(&name), Err(StoreError::Owned { .. })));
    store.release(&name).unwrap();
    assert_eq!(runs(&store)[0].status, EntryStatus::Lost);
    store.finish_run(&name, &result(&name, 1.0)).unwrap();
    assert_eq!(runs(&store)[0].status, EntryStatus::Done);
    store.claim(&name).unwrap();
    assert_eq!(runs(&store)[0].status, EntryStatus::Running, "a finished run goes on");
    store.finish_run(&name, &result(&name, 1.0)).unwrap();
    assert!(!store.owner_lives(&name).unwrap());
    assert!(matches!(store.claim("q"), Err(StoreError::UnknownName { .. })));
}

/// Otherwise the claim of one process is overwritten by that of another.
#[test]
fn of_many_claims_at_once_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    for _ in 0..10 {
        store.release(&name).unwrap();
        let claim = || Store::open(dir.path()).unwrap().claim(&name).is_ok();
        let won = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).filter(|won| *won).count()
        });
        assert_eq!(won, 1);
    }
}

/// Otherwise a process that was cut off from its machine is overtaken while it still trains; or
/// nobody can say that it has ended.
#[test]
fn an_owner_out_of_sight_must_be_released() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let moved = "UPDATE runs SET owner = json_set(owner, '$.host', 'far', '$.boot', 'other')";
    other.execute(moved, []).unwrap();
    assert!(
        matches!(store.claim(&name), Err(StoreError::OwnedElsewhere { host, .. }) if host == "far"),
        "it may live"
    );
    assert_eq!(runs(&store)[0].status, EntryStatus::Running);
    store.release(&name).unwrap();
    store.claim(&name).unwrap();
}

/// Otherwise a run is resumed with other words, or in another folder, than it was started with.
#[test]
fn words_and_folders_that_are_no_text_are_kept() {
    use std::os::unix::ffi::OsStringExt;
    let odd = |bytes: &[u8]| std::ffi::OsString::from_vec(bytes.to_vec());
    let origin = Origin {
        arguments: vec!["train".into(), odd(b"--data=\xff\n\0x"), "".into(), "日本語".into()],
        folder: odd(b"/tmp/\xfe").into(),
    };
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin).unwrap();
    assert_eq!(store.origin(&name).unwrap(), Some(origin));
    assert!(store.run(&name).is_ok());
}

/// Otherwise an entry whose owner is damaged can be neither removed nor resumed, and hides the
/// other studies of its question.
#[test]
fn an_owner_that_cannot_be_read_must_be_released() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let about = about("w", "q");
    let make = || store.create_study(&NewName::Numbered("y"), &[], &about, &origin()).unwrap();
    let (lost, study) = (make(), make());
    store.release(&lost).unwrap();
    let run = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
    let other = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    for damaged in ["'{\"process\": 1'", "x'ff00'", "CAST(x'ff' AS TEXT)", "7", "''"] {
        let damage = |table| {
            let update = format!("UPDATE {table} SET owner = {damaged} WHERE name IN (?1, ?2)");
            other.execute(&update, [&study, &run]).unwrap();
        };
        ["runs", "studies"].into_iter().for_each(damage);
        assert_eq!(store.lost_studies_of(&about).unwrap(), [lost.as_str()], "{damaged}");
        assert!(store.runs().unwrap()[0].is_err() && store.studies().unwrap()[1].is_err());
        assert_eq!(store.studies().unwrap()[0].as_ref().unwrap().name, lost);
        for entry in [&study, &run] {
            for refused in [store.claim(entry).map(drop), store.remove(entry)] {
                assert!(matches!(refused, Err(StoreError::OwnerUnreadable { .. })), "{damaged}");
            }
            store.release(entry).unwrap();
            store.claim(entry).unwrap();
        }
    }
    other.execute_batch("UPDATE runs SET owner = '{'; UPDATE studies SET owner = '{'").unwrap();
    for entry in [&study, &run] {
        store.release(entry).unwrap();
        store.remove(entry).unwrap();
    }
}
