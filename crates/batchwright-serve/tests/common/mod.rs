//! A dashboard on a thread, and a client that sends exactly what it is told.

#![allow(dead_code, reason = "each user needs a part")]

use batchwright_serve::{Dashboard, DashboardOptions};
use batchwright_view::Lang;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A dashboard that serves until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Served {
    pub(crate) fn new(runs: &Path) -> Self {
        Self::with_token(runs, None)
    }

    pub(crate) fn with_token(runs: &Path, token: Option<&str>) -> Self {
        let options =
            DashboardOptions { runs: runs.to_owned(), lang: Lang::En, token: token.map(str::to_owned) };
        let dashboard = Dashboard::bind("127.0.0.1:0".parse().unwrap(), options).unwrap();
        let (address, url, ended) = (dashboard.address(), dashboard.url(), Arc::new(AtomicBool::new(false)));
        let stop = Arc::clone(&ended);
        let thread = std::thread::spawn(move || dashboard.run(None, || stop.load(Ordering::Relaxed)));
        Self { address, url, ended, thread: Some(thread) }
    }

    /// The answer to a request for a path, with the name by which this machine is served.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.address))
    }

    /// The answer to a request whose lines are these.
    pub(crate) fn ask(&self, lines: &str) -> Answer {
        let mut stream = self.open(&format!("{lines}Connection: close\r\n\r\n"));
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::new(&bytes)
    }

    /// A connection on which this was sent.
    pub(crate) fn open(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// A page that listens to changes.
    pub(crate) fn listen(&self) -> Listening {
        let stream = self.open(&format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", self.address));
        Listening(stream)
    }

    pub(crate) fn data(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().unwrap().unwrap();
        }
    }
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn new(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        assert!(!chunked, "{head}");
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }
}

/// A page that listens to changes.
pub(crate) struct Listening(TcpStream);

impl Listening {
    /// Waits for the next event, and for whatever has come with it.
    pub(crate) fn event(&mut self) {
        let mut seen = String::new();
        let mut bytes = [0; 4096];
        while !seen.contains("data: ") {
            let read = self.0.read(&mut bytes).unwrap();
            assert!(read > 0, "the server ended the events: {seen}");
            seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }
}
