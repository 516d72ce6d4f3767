//! Whether text that is valid Shift-JIS is Japanese, or Western text that happens to be valid.
//!
//! An accented letter of a Western word takes the next letter with it and looks like one single
//! kanji between Latin letters, or like one single half-width kana. Japanese stands in runs, or
//! alone between separators (a column of 男 and 女).

use std::io::{self, Write};

/// Counts what speaks for Japanese and what speaks against it, from text written to it in UTF-8.
#[derive(Debug, Default)]
pub(crate) struct Plausibility {
    for_it: u64,
    against: u64,
    /// The character before the run; `None` at the start.
    before: Option<char>,
    /// Length of the run of characters that are not ASCII, and its first character.
    run: u64,
    first: Option<char>,
}

impl Plausibility {
    pub(crate) fn speaks_for_it(mut self) -> bool {
        self.end_run(None);
        self.for_it > self.against
    }

    fn add(&mut self, next: char) {
        if next.is_ascii() {
            self.end_run(Some(next));
            self.before = Some(next);
        } else {
            self.first.get_or_insert(next);
            self.run += 1;
            self.against += u64::from(next.is_control());
        }
    }

    fn end_run(&mut self, after: Option<char>) {
        let Some(first) = self.first.take() else { return };
        let letter = |neighbour: Option<char>| neighbour.is_some_and(|c| c.is_ascii_alphabetic());
        let half_width = ('\u{ff61}'..='\u{ff9f}').contains(&first);
        let alone = self.run == 1 && (half_width || letter(self.before) || letter(after));
        if alone {
            self.against += 1
        } else {
            self.for_it += 1
        }
        self.run = 0;
    }
}

impl Write for Plausibility {
    /// Text is written in whole characters.
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(text).map_err(io::Error::other)?;
        text.chars().for_each(|next| self.add(next));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
