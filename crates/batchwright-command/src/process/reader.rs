//! From the bytes that a child prints to lines, and the thread that never stops reading them.
//!
//! A carriage return ends a line as a line feed does (progress bars), empty lines are dropped. Terminal escapes and control characters are taken out, bytes
//! that are not UTF-8 become `�`. A line holds at most [`LONGEST`] bytes, the rest of a longer one is dropped and the line marked.

use crate::process::channel::ChildChannel;
use crate::process::line::{OutputLine, OutputStream, Tail};
use crate::process::log::CappedLog;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::io::{ErrorKind, Read};
use std::iter::Peekable;
use std::str::Chars;
use std::sync::{Mutex, PoisonError};

/// Bytes of a line.
pub(crate) const LONGEST: usize = 64 << 10;
/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// How often it is seen whether the child has ended while somebody else holds its pipe.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// Bytes that are still read once the child has ended: more than a pipe holds. What comes after them is not the child's.
const LAST_BYTES: usize = 1 << 20;

/// Reads a stream to its end, which is also reached when the child has ended and nothing more is there: whoever else holds the pipe is not waited for.
pub(crate) fn drain(
    mut pipe: File,
    stream: OutputStream,
    shared: &ChildChannel,
    log: &Mutex<CappedLog>,
) -> Tail {
    let (mut lines, mut tail) = (Splitter::default(), Tail::default());
    let (mut chunk, mut left) = (vec![0; CHUNK], LAST_BYTES);
    loop {
        let ended = shared.child_has_ended();
        match read(&mut pipe, &mut chunk) {
            Ok(Got::Nothing) if !ended => continue,
            Ok(Got::Nothing | Got::End) | Err(_) => break,
            Ok(Got::Bytes(count)) => {
                log.lock().unwrap_or_else(PoisonError::into_inner).write(&chunk[..count]);
                give(lines.split(&chunk[..count]), stream, &mut tail, shared);
                left = left.saturating_sub(if ended { count } else { 0 });
            }
        }
        if left == 0 {
            break;
        }
    }
    if let Some(line) = lines.end() {
        give(vec![line], stream, &mut tail, shared);
    }
    tail
}

fn give(texts: Vec<(String, bool)>, stream: OutputStream, tail: &mut Tail, shared: &ChildChannel) {
    let at = shared.now();
    let line = |(text, cut): (String, bool)| {
        tail.push(&text);
        OutputLine { stream, text, at, cut }
    };
    shared.give(texts.into_iter().map(line).collect(), at);
}

/// What a look at a pipe gave.
enum Got {
    Nothing,
    Bytes(usize),
    End,
}

fn read(pipe: &mut File, chunk: &mut [u8]) -> io::Result<Got> {
    let mut wanted = [PollFd::new(pipe, PollFlags::IN)];
    match poll(&mut wanted, Some(&LOOK)) {
        Ok(0) | Err(Errno::INTR) => return Ok(Got::Nothing),
        other => other?,
    };
    match pipe.read(chunk) {
        Ok(0) => Ok(Got::End),
        Ok(count) => Ok(Got::Bytes(count)),
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Got::Nothing),
        // How a terminal says that the last program has left it.
        Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => Ok(Got::End),
        Err(error) => Err(error),
    }
}

/// Puts bytes together to lines.
#[derive(Default)]
struct Splitter {
    held: Vec<u8>,
    cut: bool,
}

impl Splitter {
    /// The lines that these bytes end, each with whether its rest is missing.
    fn split(&mut self, bytes: &[u8]) -> Vec<(String, bool)> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(is_end) {
            match part.split_last() {
                Some((last, text)) if is_end(last) => {
                    self.hold(text);
                    lines.extend(self.end());
                }
                _ => self.hold(part),
            }
        }
        lines
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = LONGEST - self.held.len();
        self.cut |= bytes.len() > room;
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The line that is held.
    fn end(&mut self) -> Option<(String, bool)> {
        let line = (readable(&self.held), self.cut);
        self.held.clear();
        self.cut = false;
        (!line.0.is_empty()).then_some(line)
    }
}

fn is_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Text without terminal escapes and control characters (but tabs).
fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\t' => clean.push(c),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

/// Skips the rest of an escape sequence (ECMA-48): colours and cursor moves, titles and links, or one character.
fn skip_escape(chars: &mut Peekable<Chars>) {
    match chars.next() {
        Some('[') => drop(chars.find(|c| !matches!(c, ' '..='?'))),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            // To its end, BEL or ESC \.
            while let Some(c) = chars.next() {
                if c == '\u{7}' || c == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
                    break;
                }
            }
        }
        Some(' '..='/') => drop(chars.find(|c| !matches!(c, ' '..='/'))),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let ended = splitter.split(bytes);
        ended.into_iter().chain(splitter.end()).map(|(text, _)| text).collect()
    }

    /// A progress bar would be one line that ends with the program, an empty line would be a report.
    #[test]
    fn a_carriage_return_ends_a_line_and_empty_lines_are_none() {
        assert_eq!(lines(b"a\r\nb\rc\n\n\r\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines(b""), [""; 0]);
    }

    /// Numbers between colours would not be found, and a child could act on our terminal.
    #[test]
    fn escapes_and_controls_are_taken_out() {
        for (printed, text) in [
            (&b"\x1b[1;32m 3/10\x1b[0m loss: 0.5\x1b[K"[..], " 3/10 loss: 0.5"),
            (b"\x08\x08\x08loss: 1\t2", "loss: 1\t2"),
            (b"\x1b]0;title\x07x\x1b]8;;http://a\x1b\\y\x1b]8;;\x1b\\", "xy"),
            (b"\x1b(Ba\x1b7b\x1b", "ab"),
            (b"a\x1b[", "a"),
            (b"\xff 1\xc3", "\u{fffd} 1\u{fffd}"),
            ("損失 0.5".as_bytes(), "損失 0.5"),
        ] {
            assert_eq!(lines(printed), [text]);
        }
        assert_eq!(lines(b"\x1b[?25l\n\x1b[2K\r"), [""; 0], "lines that hold only escapes are empty");
    }

    #[test]
    fn a_long_line_is_cut_and_marked_and_the_next_is_whole() {
        let mut splitter = Splitter::default();
        let long = vec![b'x'; LONGEST - 1];
        assert_eq!(splitter.split(&long), []);
        let ended = splitter.split(b"yzzzz\nnext\n");
        assert_eq!(
            ended.iter().map(|(text, cut)| (text.len(), *cut)).collect::<Vec<_>>(),
            [(LONGEST, true), (4, false)]
        );
        assert!(ended[0].0.ends_with("xy"));
        let mut splitter = Splitter::default();
        let exact = splitter.split(&[vec![b'x'; LONGEST], vec![b'\n']].concat());
        assert!(!exact[0].1, "a line that just fits is whole");
    }

    /// A torn line would be a wrong number: `loss 0.1` and `23`.
    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive() {
        let text = "a 0.123\r\x1b[1mé\x1b[0m\n\nlast".as_bytes();
        for size in 1..text.len() {
            let mut splitter = Splitter::default();
            let mut all: Vec<_> = text.chunks(size).flat_map(|chunk| splitter.split(chunk)).collect();
            all.extend(splitter.end());
            assert_eq!(
                all.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(),
                ["a 0.123", "é", "last"]
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_make_clean_lines(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for line in lines(&bytes) {
                prop_assert!(!line.is_empty() && line.chars().all(|c| c == '\t' || !c.is_control()));
            }
        }
    }
}
