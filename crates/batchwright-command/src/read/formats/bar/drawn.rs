//! One state of a progress bar: how far it is, and the numbers beside it.
//!
//! Left out: what the states mean one after the other.

use crate::read::formats::plain::sentence::Sentence;
use crate::read::formats::plain::vocabulary::Vocabulary;
use crate::read::names::{normal_name, words_of};
use crate::read::number::number;

/// A line that starts with so many spaces continues the columns beside a bar (Rich).
const COLUMN: &str = "                ";
/// Longer lines, in bytes, are no bars.
const LONGEST: usize = 4096;

/// Whether metrics stand as `name: value` between ` - `, whatever their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarKind {
    /// Yes; and the validation metrics are those of this epoch only.
    Keras,
    Other,
}

/// One state of a bar.
#[derive(Debug)]
pub(crate) struct DrawnBar {
    pub(crate) kind: BarKind,
    /// Steps done.
    pub(crate) step: f64,
    /// Steps in all; unknown in the first epoch over a generator.
    pub(crate) of: Option<f64>,
    /// The number of the epoch that the line names.
    pub(crate) epoch: Option<f64>,
    /// Whether its steps are epochs: `Epochs:  20%|██`, `1.5epoch/s`.
    pub(crate) counts_epochs: bool,
    /// Whether the validation split is named before the numbers.
    pub(crate) evaluates: bool,
    /// Training samples used so far.
    pub(crate) samples: Option<f64>,
    /// At least one.
    pub(crate) metrics: Vec<(String, f64)>,
}

/// Whether a line is a progress bar. A rate alone (`3.4 it/s`) is none.
pub(crate) fn is_bar(line: &str) -> bool {
    ["%|", "it [", "?it/s", "[==", "[>", "━", "█"].iter().any(|sign| line.contains(sign))
        || line.starts_with(COLUMN)
}

/// The number of `Epoch 1/5`, `Epoch: 0`, `--- エポック 3 ---`: a line of nothing else.
pub(crate) fn heading(line: &str) -> Option<f64> {
    let bare = line.trim_matches(|c: char| !c.is_alphanumeric());
    let word = ["epoch", "エポック"].iter().find_map(|word| {
        let start = bare.get(..word.len())?;
        start.eq_ignore_ascii_case(word).then(|| &bare[word.len()..])
    })?;
    let (number, of) = word.split_once('/').map_or((word, None), |(number, of)| (number, Some(of)));
    let whole = |text: &str| -> Option<u32> { text.trim_matches([' ', ':', '：', '#', '[']).parse().ok() };
    let number = whole(number)?;
    match of {
        Some(of) => whole(of).filter(|&of| number <= of).map(|_| number.into()),
        None => Some(number.into()),
    }
}

impl DrawnBar {
    pub(crate) fn parse(line: &str, vocabulary: &mut Vocabulary) -> Option<Self> {
        if line.len() > LONGEST {
            return None;
        }
        let bar = keras(line).or_else(|| is_bar(line).then(|| other(line, vocabulary))?)?;
        (!bar.metrics.is_empty()).then_some(bar)
    }

    /// Whether it shows a metric of Keras' validation.
    pub(crate) fn validates(&self) -> bool {
        self.metrics.iter().any(|(name, _)| name.starts_with("val_"))
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.of == Some(self.step)
    }
}

fn keras(line: &str) -> Option<DrawnBar> {
    let line = line.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let line = line.strip_prefix("step ").unwrap_or(line).trim_start();
    line.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
    let mut parts = line.split(" - ");
    let (step, rest) = parts.next()?.split_once('/')?;
    let of = rest.split_whitespace().next()?;
    let count = |text: &str| text.parse::<u64>().ok().map(|count| count as f64);
    let of = if of == "Unknown" { None } else { Some(count(of).filter(|&of| of > 0.0)?) };
    let metrics: Vec<_> = parts.filter_map(metric).collect();
    let step = count(step.trim_end())?;
    (!metrics.is_empty()).then_some(DrawnBar {
        kind: BarKind::Keras,
        step,
        of,
        epoch: None,
        counts_epochs: false,
        evaluates: false,
        samples: None,
        metrics,
    })
}

fn metric(part: &str) -> Option<(String, f64)> {
    let (name, value) = part.split_once(':')?;
    Some((name.trim().to_owned(), number(value)?))
}

fn other(line: &str, vocabulary: &mut Vocabulary) -> Option<DrawnBar> {
    let (before, after) = around_percent(line);
    let sentence = Sentence::parse(&format!("{before} {after}"), None, vocabulary);
    let (step, of) = sentence.alone.filter(|&(part, whole)| whole > 0.0 && part <= whole)?;
    let evaluates = sentence
        .metrics
        .iter()
        .any(|metric| metric.inherited && normal_name(&metric.name).starts_with("val_"));
    let metrics = sentence.metrics.into_iter().map(|metric| (metric.name, metric.value)).collect();
    let (epoch, samples) = (sentence.epoch, sentence.samples);
    let counts_epochs = epoch.is_none() && in_epochs(before, after);
    Some(DrawnBar {
        kind: BarKind::Other,
        step,
        of: Some(of),
        epoch,
        counts_epochs,
        evaluates,
        samples,
        metrics,
    })
}

/// Whether the text before a bar, or the unit of its rate, says that it counts epochs.
fn in_epochs(before: &str, after: &str) -> bool {
    let named = words_of(before).iter().any(|word| matches!(word.as_str(), "epoch" | "epochs"));
    named || after.contains("epoch/s") || after.contains("s/epoch")
}

/// The line before and after the percentage of the bar itself: in `acc: 45%|████` it is no accuracy.
fn around_percent(line: &str) -> (&str, &str) {
    let ends = line.match_indices('%').map(|(at, _)| at);
    let drawn = |at: &usize| line[at + 1..].trim_start().starts_with(['|', '━', '╸', '╺', '█', '▏']);
    let Some(end) = ends.into_iter().find(drawn) else { return (line, "") };
    let before = line[..end].trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    (before, &line[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<DrawnBar> {
        DrawnBar::parse(line, &mut Vocabulary::new("val_loss"))
    }

    /// The steps would be those of something else in the line.
    #[test]
    fn the_place_of_each_kind_of_bar_is_found() {
        for (line, step, of, epoch) in [
            (
                "Epoch 4:  45%|████▌     | 450/1000 [00:12<00:15, 36.00it/s, v_num=0, loss=0.5]",
                450.0,
                1000.0,
                Some(4.0),
            ),
            ("loss:   0.5 test_accuracy:   nan%:   1%|   | 1/70 [00:00<00:70,  1.02it/s]", 1.0, 70.0, None),
            (" [=====>....]  Step: 50ms | loss: 0.5 | Acc: 46.037% (20/256)  200/391 ", 200.0, 391.0, None),
            (
                "Epoch 3/9 ━━━━━━━╸━━ 38/938 0:00:10 • 0:00:00 90.2it/s v_num: 0.000 loss: 0.5",
                38.0,
                938.0,
                Some(3.0),
            ),
            ("step  20/938 [>.........] - loss: 0.5 - 9ms/step", 20.0, 938.0, None),
            ("10/10 - 3s - 1ms/step - loss: 0.5", 10.0, 10.0, None),
        ] {
            let bar = parse(line).unwrap();
            assert_eq!((bar.step, bar.of, bar.epoch), (step, Some(of), epoch), "{line}");
            let (name, value) = &bar.metrics[0];
            assert_eq!((name.as_str(), *value), ("loss", 0.5), "{line}");
        }
        for line in [
            "12it [00:01, 10.7it/s, loss=0.3]",
            "  2%|▏   | 12/500 [00:01<00:45, 10.7it/s]",
            "3/4 loss: 0.5",
            "",
        ] {
            assert!(parse(line).is_none(), "{line}");
        }
    }

    /// A sentence about an epoch would begin a new one.
    #[test]
    fn a_heading_is_nothing_but_its_number() {
        for (line, number) in [
            ("Epoch 1/5", 1.0),
            ("Epoch: 0", 0.0),
            ("===== epoch 12 =====", 12.0),
            ("[Epoch 3/9]", 3.0),
            ("エポック：2", 2.0),
        ] {
            assert_eq!(heading(line), Some(number), "{line}");
        }
        for line in
            ["Epoch 3 took 12.3s", "Epoch 2: loss 0.5", "Epoch 9/5", "Best epoch 3", "Epoch", "Epoch 1.5", ""]
        {
            assert_eq!(heading(line), None, "{line}");
        }
    }
}
