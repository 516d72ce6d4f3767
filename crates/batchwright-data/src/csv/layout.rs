//! The layout of a table's file: what stands before the header, and what separates the fields.

use csv::{ReaderBuilder, StringRecord};

use crate::csv::number::NumberForm;
use crate::delimiter::Delimiter;

/// Rows that are looked at.
const ROWS: usize = 20;

/// How a table's text becomes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) delimiter: Delimiter,
    /// Bytes before the header.
    pub(crate) skipped: usize,
    /// Lines of comments before the header.
    pub(crate) comments: u64,
    /// Whether the header is written as a comment: `# x,y`.
    pub(crate) header_is_comment: bool,
    /// Whether all fields of the first rows are numbers, those of the first one too.
    pub(crate) starts_with_numbers: bool,
}

impl Layout {
    /// Finds out the layout from the first lines of a table. A delimiter that is given wins.
    /// Without a header, a comment is none either.
    pub(crate) fn of(sample: &str, given: Option<Delimiter>, no_header: bool) -> Self {
        let (said, mut skipped) = said_delimiter(sample).map_or((None, 0), |(said, line)| (Some(said), line));
        let (comments, last) = comment_lines(&sample[skipped..]);
        let before_last = skipped + last;
        skipped += comments.1;
        let rest = &sample[skipped..];
        let delimiter = given.or(said).unwrap_or_else(|| most_likely(rest));
        let rows = first_rows(rest, delimiter);
        let hash = first_rows(&sample[before_last..], delimiter);
        let header_is_comment = !no_header && comments.0 > 0 && is_header(&hash, &rows);
        let starts_with_numbers = !header_is_comment && rows.len() > 1 && rows.iter().all(is_numbers);
        Self {
            delimiter,
            skipped: if header_is_comment { before_last } else { skipped },
            comments: comments.0 - u64::from(header_is_comment),
            header_is_comment,
            starts_with_numbers,
        }
    }
}

/// Excel's first line `sep=;`, and its length.
fn said_delimiter(sample: &str) -> Option<(Delimiter, usize)> {
    let line = sample.split_inclusive('\n').next()?;
    let said = line.trim_matches(['"', '\r', '\n']);
    let (key, value) = said.split_at_checked(4)?;
    let mut value = value.chars();
    let delimiter = Delimiter::from_character(value.next()?).filter(|_| value.next().is_none())?;
    key.eq_ignore_ascii_case("sep=").then_some((delimiter, line.len()))
}

/// The comments that the text begins with: how many lines, and how many bytes with the empty lines
/// among them; and the byte at which the last of them begins.
fn comment_lines(text: &str) -> ((u64, usize), usize) {
    let (mut comments, mut bytes, mut last, mut at) = (0, 0, 0, 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with('#') {
            (comments, last, bytes) = (comments + 1, at, at + line.len());
        } else if !line.trim().is_empty() {
            break;
        }
        at += line.len();
    }
    ((comments, bytes), last)
}

/// Whether a comment is the header of the rows below it: it has as many fields, and the row below
/// has a number, so that it is no header itself (`#,Name,Age` above `1,Ann,34`).
fn is_header(comment: &[StringRecord], rows: &[StringRecord]) -> bool {
    let (Some(comment), Some(row)) = (comment.first(), rows.first()) else { return false };
    comment.len() > 1 && comment.len() == row.len() && row.iter().any(is_number)
}

/// The delimiter that divides the most rows into as many fields as the first row, at least two.
fn most_likely(sample: &str) -> Delimiter {
    let score = |delimiter| {
        let rows = first_rows(sample, delimiter);
        let fields = rows.first().map_or(0, StringRecord::len);
        let alike = rows.iter().filter(|row| row.len() == fields).count();
        if fields < 2 { 0.0 } else { alike as f64 / rows.len() as f64 }
    };
    let scores = Delimiter::ALL.map(|delimiter| (delimiter, score(delimiter)));
    // The last of equal ones counts as the largest.
    let best = scores.into_iter().rev().max_by(|(_, a), (_, b)| a.total_cmp(b));
    best.filter(|(_, score)| *score > 0.0).map_or_else(Delimiter::default, |(best, _)| best)
}

fn first_rows(sample: &str, delimiter: Delimiter) -> Vec<StringRecord> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter.byte())
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(sample.as_bytes());
    reader.records().take(ROWS).map_while(Result::ok).collect()
}

fn is_numbers(row: &StringRecord) -> bool {
    row.iter().all(is_number)
}

fn is_number(field: &str) -> bool {
    NumberForm::ALL.into_iter().any(|form| form.parse(field).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Delimiter::{Comma, Pipe, Semicolon, Tab};

    /// With the wrong delimiter a table has one column, or a number becomes two.
    #[test]
    fn delimiters_are_told_apart() {
        for (sample, delimiter) in [
            ("x,y\n1,2\n", Comma),
            ("x;y\n1,5;2,5\n", Semicolon),
            ("T, °C;p, bar\n1,5;2,5\n", Semicolon),
            ("x\ty\n1,5\t2;5\n", Tab),
            ("x|y\na,b|c\n", Pipe),
            ("x,y\n\"a;b\",2\n\"c;d\",2\n", Comma),
            ("x,y\na;b,2\n", Comma),
            ("x;y\n\"1;2\n3\";4\n", Semicolon),
            ("x,y\n1,2\n1,2,3\n", Comma),
            ("x\n1\n", Comma),
            ("", Comma),
        ] {
            assert_eq!(Layout::of(sample, None, false).delimiter, delimiter, "{sample:?}");
        }
        assert_eq!(Layout::of("x,y\n", Some(Pipe), false).delimiter, Pipe);
    }

    #[test]
    fn what_stands_before_the_header_is_skipped() {
        let header = |sample: &str| {
            let layout = Layout::of(sample, None, false);
            let at = sample[layout.skipped..].lines().next().unwrap_or_default().to_owned();
            (at, layout.comments, layout.header_is_comment)
        };
        assert_eq!(header("sep=;\r\nx;y\r\n1;2\r\n"), ("x;y".to_owned(), 0, false));
        assert_eq!(header("\"sep=|\"\nx|y\n1|2\n"), ("x|y".to_owned(), 0, false));
        assert_eq!(header("# made by us\n\n# in 2020, by hand\nx,y\n1,2\n"), ("x,y".to_owned(), 2, false));
        assert_eq!(header("# seed 1\n# x,y\n1,2\n"), ("# x,y".to_owned(), 1, true));
        let without = Layout::of("# x,y\n1,2\n", None, true);
        assert_eq!((without.skipped, without.header_is_comment), (6, false));
        assert_eq!(header("#,Name,Age\n1,Ann,34\n"), ("#,Name,Age".to_owned(), 0, true));
        assert_eq!(header("sep=\nx\n"), ("sep=".to_owned(), 0, false));
        assert_eq!(header("#"), (String::new(), 1, false));
    }

    #[test]
    fn a_missing_header_is_noticed() {
        let numbers = |sample: &str| Layout::of(sample, None, false).starts_with_numbers;
        assert!(numbers("5.1,3.5\n4.9,3.0\n") && numbers("1,5;2\n1,5;3\n"));
        assert!(!numbers("x,y\n1,2\n") && !numbers("2019,2020\na,b\n") && !numbers("1,2\n"));
    }
}
