//! TODO

use std::collections::VecDeque;
use std::io::Read;
use std::time::Duration;

/// Lines of a stream that are kept to tell how it ended: a traceback with what launchers print after it.
pub(crate) const KEPT: usize = 200;
/// Characters that are kept of each.
pub(crate) const KEPT_CHARS: usize = 1000;

/// Where a line was printed.
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
    /// Where.
    pub stream: OutputStream,
    /// What, without its end; never empty.
    pub text: String,
    /// When it arrived, from the start of the child.
    pub at: Duration,
    /// Whether it was longer and its rest is missing.
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

    /// The whole output would be kept.
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
