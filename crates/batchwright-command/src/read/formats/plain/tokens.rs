//! Cuts a line that is printed for people into words, numbers and signs.
//!
//! A number counts only where it stands alone: `12.3ms`, `12:00:01`, `2026-01-02`, `v1.2.3`,
//! `0.123.ckpt` and `3-val` are no numbers.

use crate::read::japanese::is_japanese;
use crate::read::number::{Comma, with_comma};
use std::borrow::Cow;

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    /// `loss`, `val_loss`, `Acc@1`, `Eval/F1`.
    Word(&'a str),
    /// `0.5`; `whole` if it is written without a decimal point and without an exponent.
    Number { value: f64, whole: bool },
    /// `0,97`, `1,234`: what the comma can mean.
    Comma(Comma),
    /// `97.3%`, as 0.973.
    Percent(f64),
    /// `3epoch`: the number of an epoch before its word.
    Epoch(f64),
    /// `9887/10000`.
    Fraction(f64, f64),
    /// `0.56/1.37`.
    Pair(f64, f64),
    /// One of `: = | , ; ( ) [ ] { } *` and the like.
    Sign(char),
    /// `->`, `-->`, `=>`, `→`: what was before, and what is now.
    Arrow,
    /// Anything else that starts like a number.
    Other,
}

/// The line with the signs of Japanese typography, and the minus sign, as ASCII has them.
pub(crate) fn in_ascii_signs(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return line.into();
    }
    // These leave a gap of their own, however close the next word is.
    let with_gap = |c: char| match c {
        '：' => ": ".to_owned(),
        '、' | '，' => ", ".to_owned(),
        '。' => ". ".to_owned(),
        _ => ascii(c).to_string(),
    };
    line.chars().map(with_gap).collect::<String>().into()
}

fn ascii(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '\u{2212}' => '-',
        '【' => '[',
        '】' => ']',
        _ => c,
    }
}

/// The tokens of a line.
pub(crate) fn tokens(line: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let (token, length) = token(rest, first);
        rest = &rest[length..];
        Some(token)
    })
}

/// The first token of a text that starts with `first`, and its length in bytes.
fn token(text: &str, first: char) -> (Token<'_>, usize) {
    if let Some(length) = arrow_length(text) {
        return (Token::Arrow, length);
    }
    let signed = matches!(first, '+' | '-').then(|| &text[1..]);
    let digits = signed.unwrap_or(text).trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit());
    if digits {
        return number(text).unwrap_or_else(|| (Token::Other, run_length(text)));
    }
    if let Some(word) = signed.map(|rest| &rest[..word_length(rest)])
        && let Some(value) = not_finite(word)
    {
        let value = if first == '-' { -value } else { value };
        return (Token::Number { value, whole: false }, 1 + word.len());
    }
    if first.is_alphabetic() || first == '_' {
        let word = &text[..word_length(text)];
        return match not_finite(word) {
            Some(value) if text[word.len()..].starts_with('%') => (Token::Percent(value), word.len() + 1),
            Some(value) => (Token::Number { value, whole: false }, word.len()),
            None => (Token::Word(word), word.len()),
        };
    }
    (Token::Sign(first), first.len_utf8())
}

fn arrow_length(text: &str) -> Option<usize> {
    ["-->", "->", "=>", "→"].iter().find(|arrow| text.starts_with(**arrow)).map(|arrow| arrow.len())
}

/// The words that are numbers: NaN and infinity.
fn not_finite(word: &str) -> Option<f64> {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if is("nan") { Some(f64::NAN) } else { (is("inf") || is("infinity")).then_some(f64::INFINITY) }
}

/// A number that stands alone, a percentage or a fraction.
fn number(text: &str) -> Option<(Token<'_>, usize)> {
    if let Some(found) = number_with_comma(text) {
        return Some(found);
    }
    let length = number_length(text);
    let value: f64 = text[..length].parse().ok()?;
    let whole = text[..length].bytes().all(|byte| byte.is_ascii_digit());
    let rest = &text[length..];
    if rest.trim_start().starts_with('%') {
        return Some((Token::Percent(value / 100.0), text.len() - rest.trim_start().len() + 1));
    }
    if let (false, Some(second)) = (whole, rest.strip_prefix('/')) {
        let end = number_length(second);
        let second_value = second[..end].parse().ok().filter(|_| ends_here(&second[end..]))?;
        return Some((Token::Pair(value, second_value), text.len() - second.len() + end));
    }
    if let (true, Some(below)) = (whole, rest.trim_start().strip_prefix('/')) {
        let below = below.trim_start();
        if let Some(endless) = below.strip_prefix('-') {
            // Lightning without an end: `Epoch 3/-2`.
            let digits = endless.bytes().take_while(u8::is_ascii_digit).count();
            let length = text.len() - endless.len() + digits;
            return (digits > 0).then_some((Token::Number { value, whole }, length));
        }
        let digits = below.bytes().take_while(u8::is_ascii_digit).count();
        // `3 / step` has no fraction.
        let Ok(total) = below[..digits].parse() else {
            return ends_here(rest).then_some((Token::Number { value, whole }, length));
        };
        return ends_here(&below[digits..])
            .then(|| (Token::Fraction(value, total), text.len() - below.len() + digits));
    }
    if let (true, Some(after)) = (whole, rest.strip_prefix("epoch"))
        && after.starts_with(char::is_whitespace)
    {
        return Some((Token::Epoch(value), text.len() - after.len()));
    }
    ends_here(rest).then_some((Token::Number { value, whole }, length))
}

fn number_with_comma(text: &str) -> Option<(Token<'_>, usize)> {
    let inside = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.' | '-' | '+' | 'e' | 'E');
    let run = &text[..text.find(|c| !inside(c)).unwrap_or(text.len())];
    let written = run.trim_end_matches([',', '.']);
    let comma = with_comma(written)?;
    let rest = &text[written.len()..];
    match comma {
        Comma::Decimal(value) if rest.trim_start().starts_with('%') => {
            Some((Token::Percent(value / 100.0), text.len() - rest.trim_start().len() + 1))
        }
        _ => ends_here(rest).then_some((Token::Comma(comma), written.len())),
    }
}

/// Whether a number may end before this text.
fn ends_here(rest: &str) -> bool {
    let mut chars = rest.chars();
    let first = chars.next();
    let next = chars.next();
    match first {
        None | Some('|' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '\'' | '"') => true,
        Some('.' | ',') => !next.is_some_and(char::is_alphanumeric),
        Some(':') => !next.is_some_and(|c| c.is_alphanumeric() || c == '.'),
        // `0.82+0.02`: a mean and its deviation.
        Some('+') => next.is_some_and(|c| c.is_ascii_digit()),
        Some('-' | '=') => next == Some('>'),
        Some(c) => c.is_whitespace() || is_japanese(c) || matches!(c, '±' | '→' | '┃' | '│'),
    }
}

/// The length of the longest number that a text starts with.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|byte| any.contains(byte));
    let mut length = usize::from(is(0, b"+-"));
    length += digits(length);
    if is(length, b".")
        && (digits(length + 1) > 0 || !bytes.get(length + 1).is_some_and(u8::is_ascii_alphanumeric))
    {
        length += 1 + digits(length + 1);
    }
    let power = length + 1 + usize::from(is(length + 1, b"+-"));
    if is(length, b"eE") && digits(power) > 0 { power + digits(power) } else { length }
}

/// The length up to the next space or the next sign that ends a value.
fn run_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '|' | ';' | ')' | ']')).unwrap_or(text.len())
}

/// The length of a word: letters, digits, `_` and `@`; also `/`, `-` and `.` between two of them. A
/// Japanese word ends before a digit.
fn word_length(text: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@');
    let (mut chars, mut japanese) = (text.char_indices().peekable(), false);
    while let Some((at, c)) = chars.next() {
        let joins = matches!(c, '/' | '-' | '.') && chars.peek().is_some_and(|&(_, next)| inside(next));
        if (!inside(c) && !joins) || (japanese && c.is_ascii_digit()) {
            return at;
        }
        japanese = is_japanese(c);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::Comma::{Decimal, Unclear};
    use super::Token::{Arrow, Comma, Fraction, Number, Other, Pair, Percent, Sign, Word};
    use super::*;

    fn cut(line: &str) -> Vec<Token<'_>> {
        tokens(line).collect()
    }

    fn number(value: f64) -> Token<'static> {
        Number { value, whole: false }
    }

    #[test]
    fn numbers_are_read_as_programs_print_them() {
        for (text, token) in [
            ("3", Number { value: 3.0, whole: true }),
            ("-0.5,", number(-0.5)),
            ("1.", number(1.0)),
            (".5", number(0.5)),
            ("5e-05)", number(5e-5)),
            ("1E+3", number(1e3)),
            ("-inf", number(f64::NEG_INFINITY)),
            ("Infinity", number(f64::INFINITY)),
            ("97.5%", Percent(0.975)),
            ("50 %)", Percent(0.5)),
            ("9887/10000 (", Fraction(9887.0, 10000.0)),
            ("100/ 5000", Fraction(100.0, 5000.0)),
            ("100 / 5000 ", Fraction(100.0, 5000.0)),
            ("0.5/1.25", Pair(0.5, 1.25)),
            ("3 / step", Number { value: 3.0, whole: true }),
            ("0/-2 ", Number { value: 0.0, whole: true }),
            ("0,97 |", Comma(Decimal(0.97))),
            ("97,5 %", Percent(0.975)),
            ("1,234:", Comma(Unclear { decimal: 1.234, thousands: 1234.0 })),
            ("12,000,", Comma(Unclear { decimal: 12.0, thousands: 12_000.0 })),
            ("0.5→0.4", number(0.5)),
            ("3エポック", Number { value: 3.0, whole: true }),
            ("3epoch results", Token::Epoch(3.0)),
        ] {
            assert_eq!(cut(text)[0], token, "{text}");
        }
        assert!(matches!(cut("nan%:")[..], [Percent(value), Sign(':')] if value.is_nan()));
        assert!(matches!(cut("nan")[..], [Number { value, .. }] if value.is_nan()));
    }

    /// A time, a date, a version, a duration or a file name would be read as a loss.
    #[test]
    fn what_only_starts_like_a_number_is_none() {
        for text in [
            "12.3ms",
            "12:00:01,123",
            "2026-01-02",
            "2.9.1+cu128",
            "0.123.ckpt",
            "3-val_loss",
            "1.2s",
            "36.00it/s",
            "4/5/6",
            "1,2,3",
            "0.5,0.6",
            ".5:.95",
            "0x1f",
            "5e",
            "3epochs",
            "3epoch:train:1-50batch",
        ] {
            assert_eq!(cut(text)[0], Other, "{text}");
        }
    }

    #[test]
    fn words_and_signs() {
        assert_eq!(
            cut("Test set: Acc@1 val-loss=x. 日本"),
            [
                Word("Test"),
                Word("set"),
                Sign(':'),
                Word("Acc@1"),
                Word("val-loss"),
                Sign('='),
                Word("x"),
                Sign('.'),
                Word("日本"),
            ]
        );
        assert_eq!(cut("a --> b"), [Word("a"), Arrow, Word("b")]);
        assert_eq!(cut(&in_ascii_signs("損失：−1"))[..2], [Word("損失"), Sign(':')]);
        assert_eq!(cut("エポック3")[0], Word("エポック"));
        assert_eq!(cut("information - infinite"), [Word("information"), Sign('-'), Word("infinite")]);
    }
}
