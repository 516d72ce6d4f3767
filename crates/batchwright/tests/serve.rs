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

/// A run that ends is told to a command, in variables, and to an address, as JSON.
#[test]
fn what_happens_is_told() {
    let folder = Folder::new();
    folder.run("train --name old --model linear --epochs 1 --quiet").succeeded();
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    // The word holds no space: the line of a test is split at spaces.
    let line = "printf\t'%s\\n'\t\"$BATCHWRIGHT_ALERT\"\t\"$BATCHWRIGHT_KIND\"\t\"$BATCHWRIGHT_NAME\"\t>pipe";
    let words = ["serve", "--address", "127.0.0.1:0", "--lang", "en", "--on-alert", line];
    let mut child = folder.command(&words).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let serving = Serving(child, url.trim_end().to_owned());
    // It has looked once when it has answered: what was there before is not told.
    assert!(serving.get("/data/entries").contains("old"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/told", listener.local_addr().unwrap());
    let other = Serving::start(&folder, &format!("--address 127.0.0.1:0 --on-alert {address}"));
    assert!(other.get("/data/entries").contains("old"));
    let told = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        // A run that a look at the start may still count as old is followed by others until one is told.
        let (told, folder) = (&told, &folder);
        scope.spawn(move || {
            for nth in 0..500 {
                if told.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                folder.run(&format!("train --name new{nth} --model linear --epochs 1 --quiet")).succeeded();
            }
        });
        let mut by_command = String::new();
        std::fs::File::open(&pipe).unwrap().read_to_string(&mut by_command).unwrap();
        let words: Vec<&str> = by_command.split_whitespace().collect();
        assert_eq!(words[..2], ["verdict", "run"], "{by_command}");
        assert!(words[2].starts_with("new"), "{by_command}");
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            request += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        write!(stream, "HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        told.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(request.starts_with("POST /told "), "{request}");
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (&body["alert"], &body["kind"], &body["status"]),
            (&"verdict".into(), &"run".into(), &"done".into())
        );
        assert!(
            body["name"].as_str().unwrap().starts_with("new") && body["text"].as_str().unwrap().len() > 20
        );
    });
    folder.run("serve --on-alert http://evil.com/").refused(2, &["--on-alert", "an address of this machine"]);
}
