//! A line that a child printed, and the last lines of a stream.

use std::collections::VecDeque;
use std::time::Duration;

/// Lines of a stream that are kept to find out how the child ended: a traceback, and what launchers
/// print after it.
const KEPT: usize = 200;
/// Characters that are kept of each.
const KEPT_CHARS: usize = 1000;

/// The stream that a line was printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A line that a child printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// The stream.
    pub stream: OutputStream,
    /// The text, without the end of the line; never empty.
    pub text: String,
    /// When it arrived, counted from the start of the child.
    pub at: Duration,
    /// Whether it was longer, and its rest is missing.
    pub cut: bool,
}

/// The last lines of a stream, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tail(VecDeque<String>);

impl Tail {
    pub(crate) fn push(&mut self, line: &str) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(line.chars().take(KEPT_CHARS).collect());
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &str> {
        self.0.iter().rev().map(String::as_str)
    }

    /// The last `count` lines, oldest first.
    pub(crate) fn last(&self, count: usize) -> Vec<String> {
        self.0.iter().skip(self.0.len().saturating_sub(count)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole output would be kept in memory.
    #[test]
    fn a_tail_is_the_last_lines_and_no_more() {
        let mut tail = Tail::default();
        for number in 0..1000 {
            tail.push(&number.to_string());
        }
        tail.push(&"é".repeat(64 * KEPT_CHARS));
        assert_eq!(tail.0.len(), KEPT);
        assert_eq!(tail.newest().next().map(|line| line.chars().count()), Some(KEPT_CHARS));
        assert_eq!(tail.last(3)[..2], ["998", "999"]);
    }
}
