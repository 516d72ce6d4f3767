//! `serve`: it says where it listens, shows a run while it trains, and ends at a signal. What it answers
//! to whom: `batchwright-serve`.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;

/// A dashboard that is killed where a test fails.
struct Serving(Child, String);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Serving {
    fn start(folder: &Folder, words: &str) -> Self {
        let mut child = folder.start(&format!("serve {words}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim_end().to_owned())
    }

    fn address(&self) -> &str {
        self.1.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let host = self.address();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[test]
fn it_shows_a_run_that_comes_and_ends_at_a_signal() {
    let folder = Folder::new();
    let mut serving = Serving::start(&folder, "--address 127.0.0.1:0");
    assert!(serving.1.starts_with("http://127.0.0.1:") && !serving.1.contains(":0/"), "{}", serving.1);
    assert!(serving.get("/").starts_with("HTTP/1.1 200"));
    folder.run("train --epochs 2 --quiet").succeeded();
    let entries = serving.get("/data/entries");
    assert!(entries.contains("digits-mlp64-1") && entries.contains("\"done\""), "{entries}");
    // A page that listens must not keep it alive.
    let mut page = TcpStream::connect(serving.address()).unwrap();
    write!(page, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    page.read_exact(&mut [0; 12]).unwrap();
    let process = rustix::process::Pid::from_child(&serving.0);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(serving.0.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    serving.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("no runs yet") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_port_in_use_and_odd_addresses_are_refused() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let in_use = [address.as_str(), "another program listens there", "127.0.0.1:0"];
    folder.run(&format!("serve --address {address}")).refused(2, &in_use);
    folder.run("serve --address evil.com:80").refused(2, &["--address", "127.0.0.1:8765"]);
    folder
        .run("serve --address 203.0.113.1:0")
        .refused(1, &["--address 203.0.113.1:0", "cannot serve there"]);
    folder.run("serve --token short").refused(2, &["--token", "at least 16"]);
    folder.write("odd/batchwright.db", "this is no database, although it has its name");
    folder.run("serve --address 127.0.0.1:0 --runs odd").refused(1, &["batchwright.db"]);
}

/// Beyond this machine nothing is answered without a token, which is made where none is given.
#[test]
fn beyond_this_machine_a_token_is_needed() {
    let folder = Folder::new();
    let open = Serving::start(&folder, "--address 0.0.0.0:0");
    let token = open.1.split("?token=").nth(1).expect("a token").to_owned();
    assert!(token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()), "{token}");
    assert!(open.get("/").starts_with("HTTP/1.1 401"));
    assert!(open.get(&format!("/?token={token}")).starts_with("HTTP/1.1 303"));
}
