//! Puts objects that are printed over several lines into one line.
//!
//! Left out: what stands in them. Lines are joined only while they look like the pieces of an
//! object; the next line that does not is read as it is.

use std::borrow::Cow;

/// The most bytes and lines of an object.
const MOST: (usize, usize) = (1 << 14, 512);

/// The pieces of an object that is not complete.
#[derive(Debug, Default)]
pub(crate) struct ObjectPieces {
    text: String,
    lines: usize,
}

impl ObjectPieces {
    /// The line, or with the last piece the whole object; `None` while more pieces are to come.
    pub(crate) fn join<'a>(&mut self, line: &'a str) -> Option<Cow<'a, str>> {
        let piece = line.trim();
        if self.text.is_empty() {
            let opens = piece == "{" || piece.starts_with("{\"") || piece.starts_with("{'");
            if !opens || open_braces(piece) <= 0 {
                return Some(line.into());
            }
        }
        let fits = self.text.len() + piece.len() < MOST.0 && self.lines < MOST.1;
        if !fits || !piece.starts_with(is_piece) {
            *self = Self::default();
            return Some(line.into());
        }
        self.text.push_str(piece);
        self.text.push(' ');
        self.lines += 1;
        // An inner line decides nothing: only one that closes can be the last.
        if !piece.ends_with(['}', ',']) || open_braces(&self.text) > 0 {
            return None;
        }
        Some(std::mem::take(self).text.into())
    }
}

fn is_piece(c: char) -> bool {
    matches!(c, '{' | '}' | '[' | ']' | '"' | '\'' | '-' | '0'..='9')
}

/// Opening braces less closing ones.
fn open_braces(text: &str) -> i64 {
    let opened = text.bytes().filter(|byte| *byte == b'{').count() as i64;
    opened - text.bytes().filter(|byte| *byte == b'}').count() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(lines: &[&str]) -> Vec<String> {
        let mut pieces = ObjectPieces::default();
        lines.iter().filter_map(|line| pieces.join(line).map(Cow::into_owned)).collect()
    }

    /// A step and its metric would be on different lines.
    #[test]
    fn an_object_over_several_lines_is_one() {
        let lines = ["{", "  \"step\": 10,", "  \"val\": {", "    \"loss\": 0.5", "  }", "}", "next"];
        assert_eq!(join(&lines), ["{ \"step\": 10, \"val\": { \"loss\": 0.5 } } ", "next"]);
        assert_eq!(join(&["{'a': 1,", " 'b': 2}"]), ["{'a': 1, 'b': 2} "]);
        assert_eq!(join(&["{\"a\": 1}", "x {"]), ["{\"a\": 1}", "x {"]);
    }

    /// All that comes after a lone brace would be lost.
    #[test]
    fn what_is_no_object_ends_it() {
        assert_eq!(join(&["{", "\"a\": 1,", "step 3 val loss 0.5", "more"]), ["step 3 val loss 0.5", "more"]);
        let long = vec!["{"; 2000];
        assert!(join(&long).len() <= 2000 / MOST.1 + 1);
    }
}
