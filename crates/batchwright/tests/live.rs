//! What fills the terminal: `train --live`, `find --live`, `resume --live` and `watch`, played at a pseudo
//! terminal; and what is printed where there is none.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

/// What enters and leaves the second screen of a terminal.
const ENTERED: &str = "\x1b[?1049h";
const LEFT: &str = "\x1b[?1049l";
const CONTROL_C: &str = "\x03";
/// A run that lasts until it is stopped.
const ENDLESS: &str = "train --name a --model linear --epochs 1000000 --eval-every 10ep";

impl Drop for Terminal {
    /// Where a test fails, the program ends too.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program at a terminal of 100 columns and 30 lines.
struct Terminal {
    ours: File,
    /// Their end, to see in which mode it is.
    theirs: OwnedFd,
    child: Child,
    shown: String,
    /// Bytes of a sign that is not whole yet.
    rest: Vec<u8>,
}

impl Terminal {
    fn start(folder: &Folder, line: &str) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = rustix::fs::open(name, flags, Mode::empty()).unwrap();
        tcsetwinsize(&ours, Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let words: Vec<&str> = ["--lang", "en"].into_iter().chain(line.split_whitespace()).collect();
        let mut command = folder.command(&words);
        command.env("TERM", "xterm-256color");
        command.stdin(theirs.try_clone().unwrap()).stderr(Stdio::from(theirs.try_clone().unwrap()));
        let child = command.spawn().unwrap();
        Self { ours: ours.into(), theirs, child, shown: String::new(), rest: Vec::new() }
    }

    /// Reads until `text` was shown, from now on.
    fn wait_for(&mut self, text: &str) -> &mut Self {
        let from = self.shown.len();
        while !self.shown[from..].contains(text) {
            self.wait_for_output(text);
            let mut bytes = [0; 4096];
            let count = self.ours.read(&mut bytes).unwrap();
            self.rest.extend_from_slice(&bytes[..count]);
            let whole = match std::str::from_utf8(&self.rest) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let text: Vec<u8> = self.rest.drain(..whole).collect();
            self.shown += std::str::from_utf8(&text).unwrap();
        }
        self
    }

    /// Waits until there is something to read. A program that has ended shows nothing more.
    fn wait_for_output(&mut self, text: &str) {
        let time = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        let mut waited = [PollFd::new(&self.ours, PollFlags::IN)];
        while poll(&mut waited, Some(&time)).unwrap() == 0 {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{text:?} was not shown before the end: {}", self.shown);
        }
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.ours.write_all(keys.as_bytes()).unwrap();
        self
    }

    fn interrupt(&mut self) -> &mut Self {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self
    }

    /// What was shown in all, the standard output, and the exit code. The terminal is as it was before.
    fn end(mut self) -> (String, String, i32) {
        let mut output = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        let modes = tcgetattr(&self.theirs).unwrap().local_modes;
        assert!(modes.contains(rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO));
        // Where nobody else has their end, the end of a terminal is an error; what was shown is there before it.
        self.theirs = rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let mut shown = Vec::new();
        let _ = self.ours.read_to_end(&mut shown);
        (std::mem::take(&mut self.shown) + &String::from_utf8_lossy(&shown), output, code)
    }
}

/// Else Ctrl-C does nothing while the keys are ours, or leaves a terminal that cannot be used.
#[test]
fn control_c_leaves_the_picture_and_saves_the_run() {
    let folder = Folder::new();
    let mut terminal = Terminal::start(&folder, &format!("{ENDLESS} --live"));
    terminal.wait_for(ENTERED).wait_for("validation").press("x").press(CONTROL_C);
    let (shown, output, code) = terminal.end();
    assert_eq!(code, 130, "{shown}");
    assert!(shown.rfind(LEFT) > shown.rfind(ENTERED), "{shown}");
    assert!(output.contains("a signal stopped it"), "{output}");
    let stored = folder.object("runs show a");
    assert_eq!(stored["status"], "stopped");
    // And it goes on, filling the terminal again.
    let mut terminal = Terminal::start(&folder, "resume a --live");
    terminal.wait_for(ENTERED).wait_for("validation").interrupt();
    assert_eq!(terminal.end().2, 130);
}

#[test]
fn leaving_the_picture_goes_on_in_lines() {
    let folder = Folder::new();
    let mut terminal = Terminal::start(&folder, &format!("{ENDLESS} --live"));
    terminal.wait_for(ENTERED).wait_for("validation").press("q").wait_for(LEFT).wait_for("loss");
    terminal.interrupt();
    let (shown, _, code) = terminal.end();
    assert_eq!(code, 130, "{shown}");
    assert_eq!(shown.matches(ENTERED).count(), 1);
}

#[test]
fn a_study_fills_the_terminal_and_its_answer_follows() {
    let folder = Folder::new();
    let line =
        "find --live --name s --model linear --target val_accuracy=0.8 --batch-sizes 16,64 --budget 4s";
    let mut terminal = Terminal::start(&folder, line);
    terminal.wait_for(ENTERED).wait_for("trials");
    let (shown, output, code) = terminal.end();
    assert!([0, 3].contains(&code), "{shown}");
    assert!(shown.contains(LEFT), "{shown}");
    assert!(
        output.contains("measuring step times"),
        "what was told meanwhile is told in lines too: {output}"
    );
    assert!(output.contains("batch size"), "{output}");
    let mut terminal = Terminal::start(&folder, "watch s");
    terminal.wait_for(ENTERED).wait_for("16").press("q");
    let (shown, output, code) = terminal.end();
    assert_eq!((code, shown.contains(LEFT)), (0, true));
    assert!(!output.is_empty());
}

/// Without a name it is the newest that runs.
#[test]
fn a_run_is_watched_from_another_terminal() {
    let folder = Folder::new();
    let mut trains = Terminal::start(&folder, ENDLESS);
    trains.wait_for("loss");
    let mut watches = Terminal::start(&folder, "watch --json");
    watches.wait_for(ENTERED).wait_for("running").press("m").wait_for("accuracy").press("\x1b");
    let (_, output, code) = watches.end();
    assert_eq!(code, 0);
    let object: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&object["name"], &object["status"]), (&"a".into(), &"running".into()));
    trains.interrupt();
    assert_eq!(trains.end().2, 130, "what is watched goes on until it is stopped itself");
}

/// Else who closes a window leaves a process behind that takes a whole core.
#[test]
fn a_terminal_that_goes_away_ends_the_watching() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 1 --quiet").succeeded();
    let mut terminal = Terminal::start(&folder, "watch a");
    terminal.wait_for(ENTERED).wait_for("done");
    terminal.ours = File::open("/dev/null").unwrap();
    assert!(terminal.child.wait().unwrap().code().is_some());
}

#[test]
fn without_a_terminal_lines_are_printed() {
    let folder = Folder::new();
    let ended = folder.run("train --name a --model linear --epochs 3 --live").succeeded();
    assert!(
        ended.stderr.contains("there is no terminal to fill") && ended.stdout.contains("validation loss")
    );
    let ended = folder.run("watch a").succeeded();
    assert!(!ended.stdout.contains('\x1b') && ended.stdout.contains("validation loss"), "{}", ended.stdout);
    assert_eq!(folder.object("watch last")["status"], "done");
    folder.run("watch nothing").refused(2, &["nothing"]);
    folder.run("train --live --quiet").refused(2, &["--live", "--quiet"]);
    Folder::new().run("watch").refused(1, &["runs"]);
}
