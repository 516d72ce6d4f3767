//! Files of older and newer programs. Those of older ones are in `assets/`, each as a database and
//! as the SQL that made it.

mod common;

use batchwright_store::*;
use batchwright_train::testkit::{plan, result};
use common::{about, origin, runs};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::Path;
use tempfile::TempDir;

/// Schema version, database, and the SQL that made it.
const OLD: [(i64, &[u8], &str); 2] = [
    (1, include_bytes!("assets/version_1.db"), include_str!("assets/version_1.sql")),
    (2, include_bytes!("assets/version_2.db"), include_str!("assets/version_2.sql")),
];

/// A folder with the database of an old program.
fn folder(database: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join(DATABASE_FILE), database).expect("writable");
    dir
}

fn values(connection: &Connection, query: &str) -> Vec<Vec<Value>> {
    let mut select = connection.prepare(query).expect("a query");
    let count = select.column_count();
    let rows = select.query_map([], |row| (0..count).map(|at| row.get(at)).collect());
    rows.expect("readable").map(|row| row.expect("readable")).collect()
}

/// Every table with its columns and rows, as the file has them.
fn content(path: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let connection = Connection::open(path).expect("a database");
    let tables = values(&connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
    let table = |name: &Vec<Value>| match name.as_slice() {
        [Value::Text(name)] => {
            let columns = values(&connection, &format!("SELECT name FROM pragma_table_info('{name}')"));
            let columns: Vec<String> = columns
                .into_iter()
                .map(|column| match column.as_slice() {
                    [Value::Text(column)] => column.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            let columns = columns.join(", ");
            let rows = values(&connection, &format!("SELECT {columns} FROM {name}"));
            (format!("{name} ({columns})"), rows)
        }
        other => panic!("{other:?}"),
    };
    tables.iter().map(table).collect()
}

/// Otherwise runs and studies of an older program are lost or changed, or a new program fails on
/// its tables.
#[test]
fn an_old_file_is_upgraded_with_all_that_is_in_it() {
    for (version, database, _) in OLD {
        let dir = folder(database);
        let path = dir.path().join(DATABASE_FILE);
        let before = content(&path);
        assert!(before.iter().map(|(_, rows)| rows.len()).sum::<usize>() >= 6, "nothing to keep");
        drop(Store::open(dir.path()).unwrap());
        let connection = Connection::open(&path).unwrap();
        for (table, rows) in before {
            let (name, columns) = table.trim_end_matches(')').split_once(" (").unwrap();
            let after = values(&connection, &format!("SELECT {columns} FROM {name}"));
            assert_eq!(after, rows, "version {version}: {table}");
        }
        let upgraded = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        assert_eq!(upgraded.unwrap(), SCHEMA_VERSION);
        let check = values(&connection, "PRAGMA integrity_check");
        assert_eq!(check, [[Value::Text("ok".into())]]);
    }
}

/// Otherwise old entries can be read but not used: no rows, no status, no answer to a question.
#[test]
fn old_entries_are_as_good_as_new_ones() {
    for (version, database, _) in OLD {
        let dir = folder(database);
        let store = Store::open(dir.path()).unwrap();
        for run in runs(&store) {
            let rows = store.run(&run.name).unwrap().rows;
            assert!(rows.iter().skip(1).all(|row| row.train.loss.is_nan()));
            assert!(rows.iter().skip(1).all(|row| row.validation.loss == f64::NEG_INFINITY));
            assert_eq!(store.origin(&run.name).unwrap(), None, "nothing is known of how it was started");
            assert!(!store.owner_lives(&run.name).unwrap());
            store.append_rows(&run.name, &[common::row(9, 1.0)]).unwrap();
            store.claim(&run.name).unwrap();
            store.finish_run(&run.name, &result(&run.name, 1.0)).unwrap();
            assert_eq!(store.run(&run.name).unwrap().rows.len(), rows.len() + 1);
        }
        for study in store.studies().unwrap() {
            let study = study.unwrap();
            assert_eq!(study.status, EntryStatus::Lost);
            store.append_event(&study.name, 0, "{}").unwrap();
        }
        assert!(store.studies_of("w", None).unwrap().is_empty());
        let lost = store.lost_studies_of(&about("w", "q")).unwrap();
        assert_eq!(lost, if version == 2 { vec!["study"] } else { Vec::new() });
        store.create_run(&NewName::Exactly("new"), &[], &plan(), &origin()).unwrap();
        drop(store);
        assert!(Store::open(dir.path()).is_ok(), "upgraded once");
    }
}

/// Otherwise looking at the runs of an older program changes its file.
#[test]
fn an_old_file_is_read_without_an_upgrade() {
    for (_, database, _) in OLD {
        let dir = folder(database);
        let mut store = Store::open_existing(dir.path()).unwrap();
        let names: Vec<String> = runs(&store).into_iter().map(|run| run.name).collect();
        assert!(store.run(&names[0]).unwrap().rows.len() == 2);
        let counted = store.select("SELECT count(*) FROM runs").unwrap();
        assert_eq!(counted.rows, [[QueryValue::Integer(names.len() as i64)]]);
        assert!(store.create_run(&NewName::Exactly("new"), &[], &plan(), &origin()).is_err());
        drop(store);
        assert_eq!(std::fs::read(dir.path().join(DATABASE_FILE)).unwrap(), database);
    }
}

/// Otherwise the SQL beside an old database does not say how it was made.
#[test]
fn the_old_files_are_those_of_their_sql() {
    for (version, database, sql) in OLD {
        let (made, kept) = (tempfile::tempdir().unwrap(), folder(database));
        let path = made.path().join(DATABASE_FILE);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        assert_eq!(content(&path), content(&kept.path().join(DATABASE_FILE)), "version {version}");
    }
}

/// Otherwise an old program damages what a newer one wrote.
#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE_FILE);
    drop(Store::open(dir.path()).unwrap());
    let newer = SCHEMA_VERSION + 1;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", newer).unwrap();
    let before = std::fs::read(&path).unwrap();
    for error in [Store::open(dir.path()).unwrap_err(), Store::open_existing(dir.path()).unwrap_err()] {
        assert!(matches!(error, StoreError::Newer { found, known: SCHEMA_VERSION, .. } if found == newer));
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
