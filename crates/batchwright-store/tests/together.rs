//! Several processes with one store: at the same time, and killed at any instant.
//!
//! The writers are processes: this file of tests runs itself, with [`FOLDER`] set.

mod common;

use batchwright_store::*;
use batchwright_train::testkit::plan;
use common::{about, origin, row, runs};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Names the folder of the store to a process that is a writer.
const FOLDER: &str = "BATCHWRIGHT_TEST_STORE";
/// How many transactions a writer makes; for ever without it.
const COUNT: &str = "BATCHWRIGHT_TEST_TRANSACTIONS";

/// Begins each line in which a writer tells of a transaction that was stored.
const STORED: &str = "stored ";

/// Not a test by itself: a writer, where the variables say so.
#[test]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let count = std::env::var(COUNT).map_or(u64::MAX, |count| count.parse().unwrap());
    let store = Store::open(Path::new(&folder)).unwrap();
    let run = store.create_run(&NewName::Numbered("run"), &[], &plan(), &origin()).unwrap();
    let study = store.create_study(&NewName::Numbered("study"), &[], &about("w", "q"), &origin()).unwrap();
    for nth in 0..count {
        store.append_rows(&run, &[row(2 * nth, 1.0), row(2 * nth + 1, f64::NAN)]).unwrap();
        store.append_event(&study, nth, &format!("[{nth}]")).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{STORED}{run} {study} {nth}").and_then(|()| out.flush()).unwrap();
    }
}

fn start(folder: &Path, count: Option<u64>) -> Child {
    let mut writer = Command::new(std::env::current_exe().expect("this program"));
    writer.args(["--exact", "writer", "--nocapture"]).env(FOLDER, folder);
    writer.envs(count.map(|count| (COUNT, count.to_string())));
    writer.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a writer")
}

/// What a writer told: the names of run and study, and how many transactions were stored.
fn told(lines: impl Iterator<Item = String>) -> Option<(String, String, u64)> {
    let last = lines.filter_map(|line| line.strip_prefix(STORED).map(str::to_owned)).last()?;
    let mut words = last.split(' ').map(str::to_owned);
    let (run, study) = (words.next()?, words.next()?);
    Some((run, study, words.next()?.parse::<u64>().ok()? + 1))
}

fn integrity(folder: &Path) -> String {
    let connection = rusqlite::Connection::open(folder.join(DATABASE_FILE)).expect("a database");
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("readable")
}

/// Kills writers, each while it writes, and reads what they left.
fn kill_writers(kills: u64) {
    let dir = tempfile::tempdir().expect("a folder");
    for kill in 0..kills {
        let mut writer = start(dir.path(), None);
        // Each one gets a little farther; the kill itself comes at any instant of what follows.
        let mut lines = BufReader::new(writer.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let seen: Vec<String> = lines.by_ref().take(3 * (kill as usize % 23) + 7).collect();
        writer.kill().expect("it runs");
        writer.wait().expect("it has ended");
        let (run, study, stored) = told(seen.into_iter().chain(lines)).expect("it stored something");

        assert_eq!(integrity(dir.path()), "ok", "kill {kill}");
        let store = Store::open(dir.path()).expect("it can be opened");
        let rows = store.run(&run).expect("no row is damaged").rows;
        let events = store.events(&study).expect("no event is damaged");
        // What was written when it was killed may be stored too: whole transactions, in order.
        assert!((2 * stored..=2 * stored + 2).contains(&(rows.len() as u64)), "{stored}: {}", rows.len());
        assert!((stored..=stored + 1).contains(&(events.len() as u64)), "{stored}: {}", events.len());
        assert!(rows.iter().enumerate().all(|(at, row)| row.step == at as u64));
        assert!(events.iter().enumerate().all(|(at, event)| *event == format!("[{at}]")));
        for name in [&run, &study] {
            assert!(!store.owner_lives(name).expect("an owner"));
            store.claim(name).expect("its process is gone");
        }
    }
    let store = Store::open(dir.path()).expect("it can be opened");
    assert_eq!(runs(&store).len() as u64, kills);
}

/// Otherwise what a call stored is gone when the process is killed, or the file is damaged.
#[test]
fn a_hundred_killed_writers_lose_nothing_that_was_stored() {
    kill_writers(100);
}

/// The largest write-ahead log that is accepted, in bytes. Without a bound it would have all that
/// is written: some 100 MB. It is cut back beyond 8 MiB, but a writer may have to try several
/// times.
const LOG_BOUND: u64 = 48 << 20;

/// Otherwise a process that only reads makes a run fail, or the write-ahead log grows without
/// bound.
#[test]
fn eight_writers_and_two_readers_work_at_once() {
    const TRANSACTIONS: u64 = 1_000;
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let writers: Vec<Child> = (0..8).map(|_| start(dir.path(), Some(TRANSACTIONS))).collect();
    let done = std::sync::atomic::AtomicBool::new(false);
    let log = dir.path().join(format!("{DATABASE_FILE}-wal"));
    let read = || {
        let store = Store::open_existing(dir.path()).unwrap();
        let (mut looks, mut largest) = (0_u64, 0);
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            for run in runs(&store) {
                let rows = store.run(&run.name).unwrap().rows;
                assert!(rows.len().is_multiple_of(2), "half a transaction");
            }
            looks += 1;
            largest = largest.max(std::fs::metadata(&log).map_or(0, |log| log.len()));
        }
        (looks, largest)
    };
    let (ended, seen) = std::thread::scope(|scope| {
        let readers = [scope.spawn(read), scope.spawn(read)];
        let ended: Vec<_> = writers.into_iter().map(|writer| writer.wait_with_output().unwrap()).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (ended, readers.map(|reader| reader.join().unwrap()))
    });
    let store = Store::open(dir.path()).unwrap();
    for writer in ended {
        let text = String::from_utf8_lossy(&writer.stdout).into_owned();
        assert!(writer.status.success(), "{text}");
        let (run, study, stored) = told(text.lines().map(str::to_owned)).unwrap();
        assert_eq!(stored, TRANSACTIONS);
        assert_eq!(store.run(&run).unwrap().rows.len() as u64, 2 * TRANSACTIONS);
        assert_eq!(store.events(&study).unwrap().len() as u64, TRANSACTIONS);
    }
    for (looks, largest) in seen {
        assert!(looks > 0 && largest > 0 && largest <= LOG_BOUND, "{looks} looks, {largest} bytes");
    }
    assert_eq!(integrity(dir.path()), "ok");
}

/// Otherwise two programs that start at the same time fail, or get the same name.
#[test]
fn eight_connections_begin_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let write = || {
        let store = Store::open(dir.path()).unwrap();
        let name = store.create_run(&NewName::Numbered("x"), &[], &plan(), &origin()).unwrap();
        let mut writer = RowWriter::with_interval(&store, &name, Duration::ZERO);
        (0..20).for_each(|step| writer.push(row(step, 1.0)).unwrap());
        writer.finish().unwrap();
    };
    std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(write))));
    let store = Store::open(dir.path()).unwrap();
    let runs = runs(&store);
    assert_eq!(runs.len(), 8);
    for run in runs {
        assert_eq!(store.run(&run.name).unwrap().rows.len(), 20, "{}", run.name);
    }
}
