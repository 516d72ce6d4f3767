//! Finds, among lines that no format reads, the one that looks most like a metric, and writes the
//! `--metric` that reads it.
//!
//! Lines of one shape (the same but for their numbers) are one candidate. Of its numbers the one
//! counts that stands beside the name of a metric, changes, and falls; not a time, a rate or a
//! count. A whole number that a line calls epoch or step, or that grows at its start, is the place.
//! An expression is only given if it reads exactly this number and this place.
//!
//! Left out: whether the number is what the user wants to aim at.

use crate::read::format::LineFormat;
use crate::read::formats::metric::{Metric, MetricPatterns};
use crate::read::names::{Split, is_metric_word, normal_name, parts_of, words_of};
use crate::read::number::number;
use crate::read::row::RawRow;
use serde::Serialize;
use std::ops::Range;

/// Longer lines, in bytes, are data.
const LONGEST: usize = 1000;
/// Number of shapes that are kept.
const SHAPES: usize = 64;
/// Numbers of a line that are looked at.
const NUMBERS: usize = 24;
/// What the best number of a line must score: the name of a metric alone, or a number that falls
/// from line to line.
const ENOUGH: i32 = 6;

/// A line that looks like a metric, and how to read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The line, as it was printed.
    pub line: String,
    /// `NAME=REGEX`: [`Metric::parse`](crate::read::Metric::parse) accepts it, and it matches the
    /// line.
    pub metric: String,
}

/// The shapes of the lines so far; its memory is bounded.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shapes(Vec<Shape>);

/// Lines that are the same but for their numbers.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    shape: String,
    first: String,
    last: String,
    lines: u32,
}

/// A number in a line.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    at: Range<usize>,
    value: f64,
    whole: bool,
}

impl Shapes {
    pub(crate) fn add(&mut self, line: &str) {
        if line.len() > LONGEST || !line.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let shape = shape_of(line);
        if let Some(known) = self.0.iter_mut().find(|known| known.shape == shape) {
            known.last = line.to_owned();
            known.lines = known.lines.saturating_add(1);
        } else if self.0.len() < SHAPES {
            self.0.push(Shape { shape, first: line.to_owned(), last: line.to_owned(), lines: 1 });
        }
    }

    /// The best line, with an expression that reads it as `wanted`.
    pub(crate) fn suggestion(&self, wanted: &str) -> Option<Suggestion> {
        self.best(wanted, |_| true)
    }

    /// The same among those whose expression names a place.
    pub(crate) fn placing_suggestion(&self, wanted: &str) -> Option<Suggestion> {
        self.best(wanted, |suggestion| suggestion.metric.contains("(?<"))
    }

    fn best(&self, wanted: &str, is: impl Fn(&Suggestion) -> bool) -> Option<Suggestion> {
        let mut candidates: Vec<_> = self.0.iter().flat_map(|shape| shape.candidates(wanted)).collect();
        candidates.sort_by_key(|(score, ..)| -score);
        let mut suggestions =
            candidates.iter().take(SHAPES).filter_map(|(_, shape, at)| shape.suggestion(*at, wanted));
        suggestions.find(is)
    }
}

/// The line with one digit for each number and one space for each gap.
fn shape_of(line: &str) -> String {
    let mut shape = String::with_capacity(line.len());
    for c in line.chars() {
        let c = if c.is_ascii_digit() {
            '0'
        } else if c.is_whitespace() {
            ' '
        } else {
            c
        };
        if !(matches!(c, '0' | ' ') && shape.ends_with(c)) {
            shape.push(c);
        }
    }
    shape
}

impl Shape {
    /// (score, shape, which number) of each number that may be a metric.
    fn candidates(&self, wanted: &str) -> Vec<(i32, &Self, usize)> {
        let (first, last) = (numbers_in(&self.first), numbers_in(&self.last));
        let seen = i32::try_from(self.lines.min(4)).unwrap_or(4);
        // Of unnamed numbers that fall alike the later one is that of validation, which comes after training.
        let unnamed = !self.last.contains(char::is_alphabetic);
        let order = |at: usize| if unnamed { last.len() - 1 - at } else { at };
        let scored = (0..last.len()).map(order).map(|at| {
            let before = first.get(at).filter(|_| first.len() == last.len()).map(|before| before.value);
            (seen + score(&self.last, &last, at, before, wanted), self, at)
        });
        scored
            .filter(|(score, shape, at)| *score >= ENOUGH && !(last[*at].whole && shape.lines == 1))
            .collect()
    }

    fn suggestion(&self, at: usize, wanted: &str) -> Option<Suggestion> {
        let line = &self.last;
        let numbers = numbers_in(line);
        let name = match parts_of(label(line, &numbers, at)) {
            (Some(Split::Train), _) if !wanted.starts_with("train_") => {
                normal_name(label(line, &numbers, at))
            }
            _ => wanted.to_owned(),
        };
        let place = self.place(&numbers, at);
        let tries = [(place, false), (place, true), (None, false), (None, true)];
        let metric = tries.into_iter().find_map(|(place, whole)| {
            let pattern = pattern(line, &numbers, at, place, whole)?;
            let metric = format!("{name}={pattern}");
            reads(&metric, line, &numbers, at, place).then_some(metric)
        })?;
        Some(Suggestion { line: line.clone(), metric })
    }

    /// The number that says where the metric stands, and the coordinate that it is.
    fn place(&self, numbers: &[Found], metric: usize) -> Option<(usize, &'static str)> {
        let named = |at: usize| {
            let words = words_of(label(&self.last, numbers, at));
            match words.last().map(String::as_str) {
                Some("epoch" | "ep" | "e") => Some("epoch"),
                Some(
                    "step" | "iter" | "iteration" | "itr" | "update" | "updates" | "batch" | "it" | "round"
                    | "pass" | "generation" | "gen" | "sweep" | "cycle",
                ) => Some("step"),
                _ => None,
            }
        };
        let whole = |at: &usize| *at != metric && numbers[*at].whole;
        let labelled = (0..numbers.len()).filter(whole).find_map(|at| Some((at, named(at)?)));
        let first = numbers_in(&self.first);
        let grows = |at: &usize| first.len() == numbers.len() && numbers[*at].value > first[*at].value;
        labelled.or_else(|| (0..=metric).filter(whole).find(grows).map(|at| (at, "step")))
    }
}

/// How much a number looks like the metric.
fn score(line: &str, numbers: &[Found], at: usize, before: Option<f64>, wanted: &str) -> i32 {
    let (found, label) = (&numbers[at], label(line, numbers, at));
    let words = words_of(label);
    let after = line[found.at.end..].trim_start_matches([' ', '%']);
    let next = after.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
    // `ETA: 9s` is the name of the next number.
    let unit = if next.ends_with([':', '=']) { Vec::new() } else { words_of(next) };
    let is_other = |word: &String| OTHERS.contains(&word.as_str());
    // `improved from 2.1 to 2.0`: the number after `to` has the name that stands before `from`.
    let is_former = words.iter().any(|word| FORMER.contains(&word.as_str()));
    let after_from = at > 0
        && words == ["to"]
        && words_of(self::label(line, numbers, at - 1)).ends_with(&["from".to_owned()]);
    let words = if after_from { words_of(self::label(line, numbers, at - 1)) } else { words };
    let mut score = 0;
    score += if words.iter().any(|word| is_metric_word(word)) { 6 } else { 0 };
    score += if !label.is_empty() && normal_name(label) == wanted { 6 } else { 0 };
    // CatBoost names the split alone: `test: 0.68`.
    let prefix = |word: &String| Split::named(word).is_some_and(|split| wanted.starts_with(split.prefix()));
    score += if words.iter().any(prefix) { 6 } else { 0 };
    score += match before {
        Some(before) if found.value < before => 5,
        Some(before) if found.value > before => 2,
        _ => 0,
    };
    score -= if found.whole { 4 } else { 0 };
    score -= if is_former { 24 } else { 0 };
    score - if words.last().is_some_and(is_other) || unit.iter().any(is_other) { 12 } else { 0 }
}

/// Words beside numbers of another time.
const FORMER: [&str; 7] = ["best", "previous", "prev", "from", "last", "lowest", "old"];

/// Words beside numbers that are no metrics.
const OTHERS: [&str; 38] = [
    "lr",
    "rate",
    "time",
    "eta",
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "ms",
    "us",
    "min",
    "h",
    "m",
    "epoch",
    "epochs",
    "step",
    "steps",
    "iter",
    "iteration",
    "batch",
    "batches",
    "images",
    "samples",
    "words",
    "tokens",
    "mb",
    "gb",
    "gib",
    "mib",
    "memory",
    "size",
    "seed",
    "thread",
    "params",
    "version",
    "it",
    "best",
];

/// The words between the number before and this one: after the last comma or bar.
fn label<'a>(line: &'a str, numbers: &[Found], at: usize) -> &'a str {
    let start = at.checked_sub(1).and_then(|before| numbers.get(before)).map_or(0, |before| before.at.end);
    let between = &line[start..numbers[at].at.start];
    let cut = between.trim_end().trim_end_matches([':', '=', ' ']);
    let from = cut.rfind([',', ';', '|', '\t', '%', ']', ')']).map_or(0, |at| at + 1);
    cut[from..].trim_start_matches(['(', '[', ' ']).trim()
}

/// The numbers of a line that stand alone: no times, dates or parts of words.
fn numbers_in(line: &str) -> Vec<Found> {
    let bytes = line.as_bytes();
    let is = |at: usize, is: &dyn Fn(u8) -> bool| bytes.get(at).is_some_and(|byte| is(*byte));
    let digit = |byte: u8| byte.is_ascii_digit();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() && found.len() < NUMBERS {
        let signed = usize::from(is(at, &|byte| matches!(byte, b'-' | b'+')));
        let starts =
            is(at + signed, &digit) || (is(at + signed, &|byte| byte == b'.') && is(at + signed + 1, &digit));
        let inside = at > 0
            && is(at - 1, &|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || byte >= 128);
        if !starts {
            at += 1;
            continue;
        }
        let run = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b".,:/-+".contains(*byte))
            .count();
        let text = line[at..at + run].trim_end_matches(['.', ',', ':', '-', '+', '/']);
        let end = at + text.len();
        // `e002` at the start of a line is the number of an epoch.
        let inside = inside && !(at == 1 && line.starts_with('e') && text.bytes().all(digit));
        if let (false, Some(value)) = (inside, number(text)) {
            found.push(Found { at: at..end, value, whole: text.bytes().all(digit) });
        }
        at += run;
    }
    found
}

/// An expression for the number, with its place. `whole`: from the start of the line, with all that
/// stands before; otherwise only with what stands directly before.
fn pattern(
    line: &str,
    numbers: &[Found],
    at: usize,
    place: Option<(usize, &str)>,
    whole: bool,
) -> Option<String> {
    let group = |at: usize| match place {
        Some((number, name)) if number == at => Some(format!(r"(?<{name}>\d+)")),
        _ => None,
    };
    if whole {
        let (mut pattern, mut from) = ("^".to_owned(), 0);
        let last = place.map_or(at, |(place, _)| place.max(at));
        for (index, found) in numbers.iter().enumerate().take(last + 1) {
            pattern += &literal(&line[from..found.at.start]);
            pattern += &if index == at {
                value(line, found)
            } else {
                group(index).unwrap_or_else(|| ANY.to_owned())
            };
            from = found.at.end;
        }
        return Some(pattern);
    }
    let name = label(line, numbers, at);
    let own = piece(line, name, &numbers[at], &value(line, &numbers[at]))?;
    match place {
        None => Some(own),
        Some((number, _)) => {
            let there = piece(line, label(line, numbers, number), &numbers[number], &group(number)?)?;
            Some(if number < at { format!("{there}.*{own}") } else { format!("{own}.*{there}") })
        }
    }
}

/// Any other number.
const ANY: &str = r"[-+0-9.,eE]+";

/// The group of the value; `nan` must match too.
fn value(line: &str, found: &Found) -> String {
    let next = line[found.at.end..].chars().next();
    let ends = next.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ';' | ')' | ']' | '.'));
    if ends { r"(\S+)".to_owned() } else { format!("({ANY}|nan|inf)") }
}

/// Words that join a number to what names it: alone they would read numbers of other lines.
const JOINING: [&str; 8] = ["to", "is", "was", "at", "of", "in", "for", "now"];

/// What names a number, and its group; `None` without letters, if the name stands there twice, or if
/// it is a joining word alone.
fn piece(line: &str, name: &str, found: &Found, group: &str) -> Option<String> {
    let letters = name.chars().any(char::is_alphabetic) && !JOINING.contains(&name.trim());
    let named = letters && line.matches(name).count() == 1;
    let start = line.find(name).filter(|_| named)?;
    Some(format!("{}{group}", literal(&line[start..found.at.start])))
}

/// A text as an expression; a gap matches any gap, and the digits of a time any digits.
fn literal(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(any_digits).collect();
    let mut pattern = words.join(r"\s+");
    if text.starts_with(char::is_whitespace) {
        pattern.insert_str(0, r"\s*");
    }
    if text.ends_with(char::is_whitespace) && !words.is_empty() {
        pattern.push_str(r"\s*");
    }
    pattern
}

fn any_digits(word: &str) -> String {
    let mut pattern = String::new();
    for part in word.split_inclusive(|c: char| c.is_ascii_digit()) {
        let text = part.trim_end_matches(|c: char| c.is_ascii_digit());
        pattern += &regex_lite::escape(text);
        if text.len() < part.len() && (!text.is_empty() || pattern.is_empty()) {
            pattern += r"\d+";
        }
    }
    pattern
}

/// Whether an expression reads exactly this number and this place.
fn reads(metric: &str, line: &str, numbers: &[Found], at: usize, place: Option<(usize, &str)>) -> bool {
    let Ok(metric) = Metric::parse(metric) else { return false };
    let rows = MetricPatterns::new(vec![metric]).read(line);
    let Some(RawRow { step, epoch, metrics, .. }) = rows.into_iter().next() else { return false };
    let share = line[numbers[at].at.end..].trim_start().starts_with('%');
    let value = if share { numbers[at].value / 100.0 } else { numbers[at].value };
    let number = |name: &str| {
        let (at, named) = place?;
        (named == name).then_some(numbers[at].value)
    };
    // An epoch 0 is read as the first one.
    let epoch_number = number("epoch").map(|number| number.max(1.0));
    metrics.first().is_some_and(|(_, read)| *read == value) && step == number("step") && epoch == epoch_number
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn suggestion(lines: &[&str]) -> Option<Suggestion> {
        let mut shapes = Shapes::default();
        lines.iter().for_each(|line| shapes.add(line));
        shapes.suggestion("val_loss")
    }

    /// The user would have to find the line and write the expression.
    #[test]
    fn the_line_that_looks_like_a_metric_is_read() {
        for (lines, metric) in [
            (
                &[
                    "Loading 1437 samples",
                    "7, 0.002: 2.5, 2.75 avg, 0.1 rate, 0.5 seconds, 64 images",
                    "8, 0.003: 2.25, 2.5 avg, 0.1 rate, 0.5 seconds, 128 images",
                ][..],
                r"val_loss=^(?<step>\d+),\s*[-+0-9.,eE]+:\s*(\S+)",
            ),
            (
                &["Progress:   5.0% words/sec/thread:   75000 lr:  0.095 avg.loss:  1.97 ETA:   0h 0m  9s"],
                r"val_loss=avg\.loss:\s*(\S+)",
            ),
            (
                &[
                    "after 20 updates the held out cost was 1.5",
                    "after 30 updates the held out cost was 1.25",
                ],
                r"val_loss=after\s*(?<step>\d+).*updates\s+the\s+held\s+out\s+cost\s+was\s*(\S+)",
            ),
            (
                &["val_loss improved from 2.1 to 2.0", "val_loss improved from 2.0 to 1.9"],
                r"val_loss=^val_loss\s+improved\s+from\s*[-+0-9.,eE]+\s*to\s*(\S+)",
            ),
            (&["(1, 2.1, 2.2)", "(2, 1.1, 1.2)"], r"val_loss=^\((?<step>\d+),\s*[-+0-9.,eE]+,\s*(\S+)"),
            (
                &["[12:00:01] epoch 3 done, quality 50.5% (err 0.25)"],
                r"val_loss=epoch\s*(?<epoch>\d+).*err\s*(\S+)",
            ),
        ] {
            assert_eq!(
                suggestion(lines).map(|suggestion| suggestion.metric).as_deref(),
                Some(metric),
                "{lines:?}"
            );
        }
    }

    /// The user of a program that prints its place in another way would have to write the expression.
    #[test]
    fn the_place_of_a_metric_is_suggested() {
        for (first, second, place) in [
            ("#1 val_loss 0.5", "#2 val_loss 0.4", "step"),
            ("1: val_loss 0.5", "2: val_loss 0.4", "step"),
            ("e001 val_loss 0.5", "e002 val_loss 0.4", "epoch"),
            ("round 1 val_loss 0.5", "round 2 val_loss 0.4", "step"),
            ("pass 1 val_loss 0.5", "pass 2 val_loss 0.4", "step"),
        ] {
            let mut shapes = Shapes::default();
            [first, second].iter().for_each(|line| shapes.add(line));
            let metric = shapes.placing_suggestion("val_loss").unwrap().metric;
            assert!(metric.contains(&format!("(?<{place}>")), "{metric}");
            let row = MetricPatterns::new(vec![Metric::parse(&metric).unwrap()]).read(second).remove(0);
            assert_eq!((row.step.or(row.epoch), row.metrics[0].1), (Some(2.0), 0.4), "{metric}");
        }
    }

    /// Something would be suggested for any output at all.
    #[test]
    fn other_lines_are_none() {
        for lines in [
            &["Loading 1437 samples"][..],
            &["took 1.5 s", "took 1.25 s"],
            &["version 2.9.1", "2026-01-02 12:00:00"],
            &["lr 0.1", "lr 0.05"],
            &[],
        ] {
            assert_eq!(suggestion(lines), None, "{lines:?}");
        }
    }

    proptest! {
        /// An expression that the program refuses, or that reads another number, is worse than none.
        #[test]
        fn an_expression_always_parses_and_matches_its_line(
            lines in prop::collection::vec("(epoch|step|loss|acc|[:=,|% (\\[]|[0-9]{1,3}(\\.[0-9]{1,3})?|\\PC){1,12}", 1..5)
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            if let Some(Suggestion { line, metric }) = suggestion(&lines) {
                let parsed = Metric::parse(&metric).unwrap();
                prop_assert_eq!(MetricPatterns::new(vec![parsed]).read(&line).len(), 1, "{} on {}", metric, line);
            }
        }
    }
}
