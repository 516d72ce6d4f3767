//! The server as its clients see it: who is answered, what they are told, and that it never writes.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use batchwright_store::{DATABASE_FILE, Fingerprint, NewName, Origin, Store};
use batchwright_train::testkit::{plan, result, row};
use batchwright_train::{RunRow, RunVerdictKind};
use common::Served;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const EVIL: &str = "</script><script>alert(1)</script>\u{1b}[31m";

/// A store with one run that has rows.
fn one_run(name: &str, settings: &[(&str, &str)]) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let settings: Vec<_> = settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    let origin = Origin { arguments: vec!["train".into(), EVIL.into()], folder: "/somewhere".into() };
    store.create_run(&NewName::Exactly(name), &settings, &plan(), &origin).unwrap();
    store.append_rows(name, &[row(1, 0.5), row(2, 0.25)]).unwrap();
    (dir, store)
}

fn alert(served: &Served, name: &str) -> (String, String) {
    let entries = served.data("/data/entries")["entries"].clone();
    let entry = entries.as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap().clone();
    (entry["status"].as_str().unwrap().into(), entry["alert"]["kind"].as_str().unwrap_or("none").into())
}

/// FAULTS.md 24, web: names of other machines, other pages, paths, symbolic links.
#[test]
fn who_is_no_page_of_this_server_gets_nothing() {
    let (dir, _store) = one_run("a", &[]);
    let served = Served::new(dir.path());
    let port = served.address.port();
    for host in ["evil.com", "10.evil.com", &format!("evil.com:{port}"), "127.0.0.1.nip.io"] {
        for path in ["/", "/data/entries", "/assets/page.js", "/events", "/nowhere"] {
            let answer = served.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n"));
            assert_eq!(answer.status, 403, "{host} {path}");
            assert!(!answer.body.contains("\"a\""), "{}", answer.body);
        }
    }
    for host in [format!("localhost:{port}"), format!("[::1]:{port}"), "localhost".into(), "[::1]".into()] {
        assert_eq!(served.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n")).status, 200, "{host}");
    }
    let from = |origin: &str| {
        served
            .ask(&format!("GET /data/entries HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\n"))
            .status
    };
    assert_eq!(from(&format!("http://localhost:{port}")), 200);
    for origin in ["http://evil.com", "null", &format!("http://localhost:{}", port ^ 1)] {
        assert_eq!(from(origin), 403, "{origin}");
    }
    assert_eq!(served.ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n").status, 405);
    std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
    let paths = [
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets//etc/passwd",
        "/link/passwd",
        "/runs/link/passwd",
        "/batchwright.db",
        "/a/",
    ];
    for path in paths {
        let answer = served.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("root:"), "{path}");
    }
}

/// FAULTS.md 24: what is stored cannot become code, neither in a page nor in what its script inserts.
#[test]
fn what_is_stored_cannot_become_code() {
    let (dir, _store) = one_run("a", &[("data", EVIL), ("model", "<img src=x onerror=alert(1)>")]);
    let served = Served::new(dir.path());
    let run = served.data("/data/run?name=a");
    for part in ["above", "below"] {
        let html = run[part].as_str().unwrap();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\u{1b}'), "{html}");
    }
    assert!(run["below"].as_str().unwrap().contains("&lt;script&gt;"));
    let entries = served.get("/data/entries").body;
    assert!(!entries.contains('\u{1b}'), "{entries}");
    let asked = "/run?name=%3C%2Fscript%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%1b[31m";
    let page = served.get(asked);
    assert!(!page.body.contains("<script>") && !page.body.contains('\u{1b}'), "{}", page.body);
    let unknown = served.get(&asked.replace("/run", "/data/run"));
    assert_eq!((unknown.status, unknown.head.contains("content-type: application/json")), (404, true));
    for header in
        ["default-src 'none'", "script-src 'self'", "nosniff", "no-referrer", "frame-ancestors 'none'"]
    {
        assert!(page.head.contains(header), "{}", page.head);
    }
    assert!(!page.head.contains("unsafe"), "{}", page.head);
}

#[test]
fn with_a_token_nothing_is_answered_without_it() {
    let (dir, _store) = one_run("a", &[]);
    let served = Served::with_token(dir.path(), Some("0123456789abcdef"));
    for path in ["/", "/data/entries", "/assets/page.js", "/events", "/lesson", "/?token=0123456789abcdee"] {
        assert_eq!(served.get(path).status, 401, "{path}");
    }
    let address = served.url.strip_prefix(&format!("http://{}", served.address)).unwrap();
    let first = served.get(address);
    assert_eq!(first.status, 303);
    assert!(
        first.head.contains("location: /\r\n") && first.head.contains("httponly; samesite=strict"),
        "{}",
        first.head
    );
    let elsewhere = served.get("//evil.com/?token=0123456789abcdef");
    assert!(elsewhere.head.contains("location: /evil.com/"), "{}", elsewhere.head);
    let cookie = first.head.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap();
    let host = served.address;
    let with = served.ask(&format!("GET /data/entries HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n"));
    assert_eq!(with.status, 200);
}

/// Every page in both languages, and every file that it names.
#[test]
fn pages_and_their_files_are_served_in_both_languages() {
    let (dir, _store) = one_run("a", &[]);
    let served = Served::new(dir.path());
    for lang in ["en", "ja"] {
        for path in ["/?", "/run?name=a&", "/compare?name=a&", "/study?name=a&", "/lesson?"] {
            let page = served.get(&format!("{path}lang={lang}"));
            assert_eq!(page.status, 200);
            assert!(page.body.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            for part in page.body.split("\"/assets/").skip(1) {
                let name = part.split('"').next().unwrap();
                assert_eq!(served.get(&format!("/assets/{name}")).status, 200, "{name}");
            }
        }
    }
    assert!(served.data("/data/entries?lang=ja")["columns"][0][0] == "名前");
}

/// FAULTS.md 20: numbers that are not finite are stored, and served as JSON.
#[test]
fn numbers_that_are_not_finite_are_served_as_null() {
    let (dir, store) = one_run("a", &[]);
    store.append_rows("a", &[row(3, f64::NAN), row(4, f64::INFINITY), row(5, 0.125)]).unwrap();
    let served = Served::new(dir.path());
    let series = served.data("/data/series?name=a&x=steps");
    let expected = serde_json::json!([1.0, 0.5, 2.0, 0.25, 3.0, null, 4.0, null, 5.0, 0.125]);
    assert_eq!(series["lines"][0]["points"], expected);
    served.data("/data/run?name=a");
    let odd =
        served.data("/data/series?name=a&name=b&from=nan&to=-inf&smooth=1e300&pixels=0&x=%3C&split=train");
    assert_eq!(odd["missing"], serde_json::json!(["b"]));
}

/// FAULTS.md 21, stale-run: who has no process is lost, and the page says how it goes on.
#[test]
fn a_run_whose_process_is_gone_is_lost_and_tells_how_it_goes_on() {
    let (dir, store) = one_run("a", &[]);
    let served = Served::new(dir.path());
    assert_eq!(alert(&served, "a"), ("running".into(), "none".into()));
    assert!(served.data("/data/run?name=a")["resume"].is_null());
    store.release("a").unwrap();
    assert_eq!(alert(&served, "a"), ("lost".into(), "lost".into()));
    let resume = served.data("/data/run?name=a")["resume"].as_str().unwrap().to_owned();
    assert!(resume.starts_with("batchwright resume a --runs "), "{resume}");
    assert!(resume.contains(dir.path().to_str().unwrap()), "{resume}");
    store.claim("a").unwrap();
    assert_eq!(alert(&served, "a").0, "running");
}

#[test]
fn what_happens_to_a_run_becomes_an_alert() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let served = Served::new(dir.path());
    let kinds = [
        (RunVerdictKind::Diverged, "diverged"),
        (RunVerdictKind::Overfitting, "overfitting"),
        (RunVerdictKind::Converged, "verdict"),
    ];
    for (kind, expected) in kinds {
        let name = store.create_run(&NewName::Numbered("a"), &[], &plan(), &Origin::default()).unwrap();
        let mut result = result(&name, 1.0);
        result.verdict.kind = kind;
        store.finish_run(&name, &result).unwrap();
        assert_eq!(alert(&served, &name), ("done".into(), expected.into()));
    }
    store.create_run(&NewName::Exactly("b"), &[], &plan(), &Origin::default()).unwrap();
    store.fail_run("b", "the disk is full").unwrap();
    assert_eq!(alert(&served, "b"), ("failed".into(), "failed".into()));
}

/// A damaged entry is told, and hides no other one.
#[test]
fn a_damaged_entry_is_told_and_the_others_are_shown() {
    let (dir, store) = one_run("a", &[]);
    store.create_run(&NewName::Exactly("b"), &[], &plan(), &Origin::default()).unwrap();
    let database = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    database.execute("UPDATE runs SET name = '<script>' WHERE name = 'b'", []).unwrap();
    let served = Served::new(dir.path());
    let answer = served.data("/data/entries");
    assert_eq!(answer["entries"].as_array().unwrap().len(), 1);
    assert!(answer["notes"][0].as_str().unwrap().contains("is damaged"), "{answer}");
    assert_eq!(served.get("/data/run?name=%3Cscript%3E").status, 500);
}

#[test]
fn a_store_that_is_not_there_yet_is_shown_when_it_comes_and_when_it_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let served = Served::new(&runs);
    let nothing = served.get("/data/entries");
    assert_eq!(nothing.status, 404);
    assert!(!runs.exists(), "it only reads");
    let mut page = served.listen();
    page.event();
    for name in ["first", "second"] {
        let store = Store::open(&runs).unwrap();
        store.create_run(&NewName::Exactly(name), &[], &plan(), &Origin::default()).unwrap();
        page.event();
        let entries = served.data("/data/entries")["entries"].clone();
        assert_eq!((entries.as_array().unwrap().len(), &entries[0]["name"]), (1, &name.into()));
        drop(store);
        std::fs::remove_dir_all(&runs).unwrap();
    }
}

/// FAULTS.md 19, db-contention: 8 writers and a dashboard that reads. No run fails, the write-ahead log
/// stays bounded, and a page hears of new rows at once.
#[test]
fn eight_writers_are_not_disturbed_by_pages_that_read() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::new(dir.path());
    let names: Vec<String> = (0..8).map(|writer| format!("w{writer}")).collect();
    let store = Store::open(dir.path()).unwrap();
    for name in &names {
        store.create_run(&NewName::Exactly(name), &[], &plan(), &Origin::default()).unwrap();
    }
    let (rows, ended) = (2_000_u64, AtomicBool::new(false));
    let longest_log = std::thread::scope(|scope| {
        let write = |name: String| {
            let store = Store::open(dir.path()).unwrap();
            for first in (0..rows).step_by(4) {
                let group: Vec<RunRow> =
                    (first..first + 4).map(|step| row(step, 1.0 / (step + 1) as f64)).collect();
                store.append_rows(&name, &group).unwrap();
            }
        };
        let writers: Vec<_> = names
            .iter()
            .map(|name| {
                let name = name.clone();
                scope.spawn(move || write(name))
            })
            .collect();
        let reader = scope.spawn(|| {
            let (mut looks, mut longest) = (0, 0);
            let all = names.iter().map(|name| format!("&name={name}")).collect::<String>();
            while !ended.load(Ordering::Relaxed) || looks < 3 {
                let series = served.data(&format!("/data/series?x=steps{all}"));
                assert_eq!(series["lines"].as_array().unwrap().len(), 8);
                served.data("/data/entries");
                served.data("/data/run?name=w0");
                let log = dir.path().join(format!("{DATABASE_FILE}-wal"));
                longest = log.metadata().map_or(0, |log| log.len()).max(longest);
                looks += 1;
            }
            longest
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        ended.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(longest_log < 40 << 20, "{longest_log} bytes");
    for name in &names {
        assert_eq!(store.run(name).unwrap().rows.len() as u64, rows);
        let points = served.data(&format!("/data/series?name={name}&x=steps"))["lines"][0]["points"].clone();
        assert_eq!(points.as_array().unwrap().iter().rev().nth(1).unwrap().as_f64(), Some((rows - 1) as f64));
    }
    let mut page = served.listen();
    page.event();
    let started = Instant::now();
    store.append_rows("w0", &[row(rows, 9.0)]).unwrap();
    page.event();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// A page that is left, and a client that sends nothing or nonsense, disturb nobody.
#[test]
fn odd_clients_disturb_nobody() {
    let (dir, _store) = one_run("a", &[]);
    let served = Served::new(dir.path());
    let silent: Vec<_> = (0..50).map(|_| served.open("")).collect();
    let listening: Vec<_> = (0..30).map(|_| served.listen()).collect();
    drop(served.open("\0\u{1}\u{2}GET / HTTP/9.9\r\n\r\n"));
    drop(served.open(&format!("GET /{} HTTP/1.1\r\n", "a".repeat(300_000))));
    assert_eq!(served.get("/data/entries").status, 200);
    drop((silent, listening));
    let many = "&name=x".repeat(9_000);
    assert!([200, 414, 431].contains(&served.get(&format!("/data/series?{many}")).status));
    assert_eq!(served.get("/data/entries").status, 200);
}

#[test]
fn a_study_fills_in_while_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let about = Fingerprint::default();
    store.create_study(&NewName::Exactly("s"), &[], &about, &Origin::default()).unwrap();
    let served = Served::new(dir.path());
    assert!(served.data("/data/study?name=s")["above"].as_str().unwrap().contains("is running"));
    let entries = [
        r#"{"began":{"version":2,"budget":60.0}}"#,
        r#"{"measured":{"batch_size":32,"answer":{"Ok":{"step_time":{"median":0.002,"low":0.002,"high":0.002},"power":null,"input_share":null,"own_seconds":null}},"cost":1.0,"at":{"seconds":12.0}}}"#,
        r#"{"measured":{"batch_size":64,"answer":{"Err":{"DoesNotFit":{"batch_size":64,"reason":"too large"}}},"cost":1.0,"at":{"seconds":13.0}}}"#,
    ];
    for (nth, entry) in entries.iter().enumerate() {
        store.append_event("s", nth as u64, entry).unwrap();
    }
    let part = served.data("/data/study?name=s")["above"].as_str().unwrap().to_owned();
    for said in ["left of the budget", "47 s", "2 ms", "does not fit"] {
        assert!(part.contains(said), "{said}: {part}");
    }
    store.append_event("s", 3, "no journal").unwrap();
    let answer = served.get("/data/study?name=s");
    assert!(answer.status == 500 && answer.body.contains("journal"), "{}", answer.body);
}
