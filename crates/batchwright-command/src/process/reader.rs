//! Reads the bytes that a child prints and cuts them into lines.
//!
//! A carriage return ends a line as a line feed does (progress bars use it). Empty lines are
//! dropped, terminal escapes and control characters are taken out, bytes that are not UTF-8 become
//! `�`. A line holds at most [`LONGEST`] bytes; the rest of a longer one is dropped and the line is
//! marked.

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
const LONGEST: usize = 64 << 10;
/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// Time between two checks whether the child has ended, while another process holds its pipe open.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// Bytes that are still read once the child has ended: more than a pipe holds. What comes after
/// them was printed by another process.
const LAST_BYTES: usize = 1 << 20;

/// Reads a stream to its end. The end is also reached when the child has ended and nothing more is
/// there: other processes that hold the pipe are not waited for.
pub(crate) fn drain(
    mut pipe: File,
    stream: OutputStream,
    channel: &ChildChannel,
    log: &Mutex<CappedLog>,
) -> Tail {
    let (mut lines, mut tail) = (LineSplitter::default(), Tail::default());
    let (mut chunk, mut left) = (vec![0; CHUNK], LAST_BYTES);
    while left > 0 {
        let ended = channel.process_has_ended();
        match read(&mut pipe, &mut chunk) {
            Ok(PipeRead::Nothing) if !ended => {}
            Ok(PipeRead::Nothing | PipeRead::End) | Err(_) => break,
            Ok(PipeRead::Bytes(count)) => {
                log.lock().unwrap_or_else(PoisonError::into_inner).write(&chunk[..count]);
                send(lines.split(&chunk[..count]), stream, &mut tail, channel);
                left = left.saturating_sub(if ended { count } else { 0 });
            }
        }
    }
    if let Some(line) = lines.finish_line() {
        send(vec![line], stream, &mut tail, channel);
    }
    tail
}

fn send(texts: Vec<(String, bool)>, stream: OutputStream, tail: &mut Tail, channel: &ChildChannel) {
    let at = channel.now();
    let line = |(text, cut): (String, bool)| {
        tail.push(&text);
        OutputLine { stream, text, at, cut }
    };
    channel.send(texts.into_iter().map(line).collect(), at);
}

/// What one read of a pipe gave.
enum PipeRead {
    Nothing,
    Bytes(usize),
    End,
}

fn read(pipe: &mut File, chunk: &mut [u8]) -> io::Result<PipeRead> {
    let mut wanted = [PollFd::new(pipe, PollFlags::IN)];
    match poll(&mut wanted, Some(&POLL_INTERVAL)) {
        Ok(0) | Err(Errno::INTR) => return Ok(PipeRead::Nothing),
        other => other?,
    };
    match pipe.read(chunk) {
        Ok(0) => Ok(PipeRead::End),
        Ok(count) => Ok(PipeRead::Bytes(count)),
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(PipeRead::Nothing),
        // A terminal gives this error when the last program has closed it.
        Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => Ok(PipeRead::End),
        Err(error) => Err(error),
    }
}

/// Puts bytes together into lines.
#[derive(Default)]
struct LineSplitter {
    buffer: Vec<u8>,
    cut: bool,
}

impl LineSplitter {
    /// The lines that these bytes complete, each with whether its rest is missing.
    fn split(&mut self, bytes: &[u8]) -> Vec<(String, bool)> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(is_end) {
            match part.split_last() {
                Some((last, text)) if is_end(last) => {
                    self.append(text);
                    lines.extend(self.finish_line());
                }
                _ => self.append(part),
            }
        }
        lines
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = LONGEST - self.buffer.len();
        self.cut |= bytes.len() > room;
        self.buffer.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The line that is in the buffer.
    fn finish_line(&mut self) -> Option<(String, bool)> {
        let line = (readable(&self.buffer), self.cut);
        self.buffer.clear();
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

/// Skips the rest of an escape sequence (ECMA-48): colours and cursor moves, titles and links, or
/// one character.
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
        let mut splitter = LineSplitter::default();
        let ended = splitter.split(bytes);
        ended.into_iter().chain(splitter.finish_line()).map(|(text, _)| text).collect()
    }

    /// A progress bar would be one line that ends only with the program.
    #[test]
    fn a_carriage_return_ends_a_line_and_empty_lines_are_none() {
        assert_eq!(lines(b"a\r\nb\rc\n\n\r\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines(b""), [""; 0]);
    }

    /// Numbers between colour codes would not be found, and a child could control our terminal.
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
        let mut splitter = LineSplitter::default();
        let long = vec![b'x'; LONGEST - 1];
        assert_eq!(splitter.split(&long), []);
        let ended = splitter.split(b"yzzzz\nnext\n");
        assert_eq!(
            ended.iter().map(|(text, cut)| (text.len(), *cut)).collect::<Vec<_>>(),
            [(LONGEST, true), (4, false)]
        );
        assert!(ended[0].0.ends_with("xy"));
        let mut splitter = LineSplitter::default();
        let exact = splitter.split(&[vec![b'x'; LONGEST], vec![b'\n']].concat());
        assert!(!exact[0].1, "a line that just fits is whole");
    }

    /// A line that is cut in two would give a wrong number: `loss 0.1` and `23`.
    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive() {
        let text = "a 0.123\r\x1b[1mé\x1b[0m\n\nlast".as_bytes();
        for size in 1..text.len() {
            let mut splitter = LineSplitter::default();
            let mut all: Vec<_> = text.chunks(size).flat_map(|chunk| splitter.split(chunk)).collect();
            all.extend(splitter.finish_line());
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
