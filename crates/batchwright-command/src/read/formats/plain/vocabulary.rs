//! The meaning of each word on a line that is printed for people.

use crate::read::japanese::is_japanese;
use crate::read::names::{Split, is_metric_word, normal_name, words_of};
use std::collections::HashMap;

/// The meaning of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// `loss`, `val_loss`, `Acc@1`: a number that follows is its value.
    Metric,
    /// `train`, `Validation`: the split of the names after it.
    Split(Split),
    /// `Average loss`, `top accuracy`: part of the name that follows.
    Adjective,
    /// `epoch`.
    Epoch,
    /// `step` or `iter`: counts within the epoch if an epoch is named too.
    Step,
    /// `steps`: the same on a line with metrics; on a line without it is how many there will be.
    Steps,
    /// `global_step`, `updates`: always counts from the start of the training.
    GlobalStep,
    /// `consumed_samples`: training samples used so far.
    Samples,
    /// `batch`: the number beside it says how far a pass over some data is.
    Progress,
    /// `best`, `lowest`, `previous`: the numbers after it are of another time.
    OtherTime,
    /// `per`, `max` (`steps per epoch`, `max epochs`): the coordinate after it is no position.
    NoPosition,
    /// `is` (`loss is 0.5`): no meaning, and the name goes on.
    Filler,
    /// Any other word.
    Plain,
}

/// Longer words, in bytes, have no meaning.
const LONGEST: usize = 48;
/// Number of words whose meaning is cached: programs print the same words again and again.
const CACHED: usize = 4096;

/// The decimal sign of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalSign {
    Point,
    Comma,
}

/// The meanings of words, with a cache, and the decimal sign.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    wanted: String,
    cache: HashMap<String, Meaning>,
    /// The sign of the first metric that left no doubt: `1,234` is unclear without it.
    pub(crate) decimal_sign: Option<DecimalSign>,
}

impl Vocabulary {
    /// `wanted` is the normal name of the metric of the target.
    pub(crate) fn new(wanted: &str) -> Self {
        Self { wanted: wanted.to_owned(), cache: HashMap::new(), decimal_sign: None }
    }

    pub(crate) fn meaning(&mut self, word: &str) -> Meaning {
        if word.len() > LONGEST {
            return Meaning::Plain;
        }
        if let Some(&meaning) = self.cache.get(word) {
            return meaning;
        }
        if self.cache.len() >= CACHED {
            self.cache.clear();
        }
        let meaning = meaning(word, &self.wanted);
        self.cache.insert(word.to_owned(), meaning);
        meaning
    }
}

/// The meaning of a word; `wanted` is the normal name of the metric of the target.
fn meaning(word: &str, wanted: &str) -> Meaning {
    let lower = if word.contains(is_japanese) { words_of(word).join("_") } else { word.to_ascii_lowercase() };
    match lower.as_str() {
        "epoch" | "ep" => Meaning::Epoch,
        "step" | "iter" | "iters" | "iteration" | "itr" | "update" => Meaning::Step,
        // Marian's `Up. 1000`.
        "up" if word == "Up" => Meaning::GlobalStep,
        "steps" => Meaning::Steps,
        "global_step" | "num_updates" | "updates" => Meaning::GlobalStep,
        "consumed_samples" | "samples_seen" | "seen_samples" => Meaning::Samples,
        "batch" | "batches" | "minibatch" | "batch_id" | "batch_idx" => Meaning::Progress,
        "average" | "avg" | "mean" | "macro" | "micro" | "weighted" | "overall" | "top" | "set" => {
            Meaning::Adjective
        }
        "best" | "lowest" | "highest" | "minimum" | "maximum" | "previous" | "prev" | "old" | "last"
        | "target" => Meaning::OtherTime,
        "is" | "was" | "of" | "value" => Meaning::Filler,
        "per" | "each" | "every" | "num" | "max" | "total" | "next" | "before" | "until" | "within" => {
            Meaning::NoPosition
        }
        _ if normal_name(word) == wanted => Meaning::Metric,
        lower if is_epoch(lower) => Meaning::Epoch,
        lower => split(lower).map_or_else(|| metric(word), Meaning::Split),
    }
}

/// `val`, and `valid_0`: the first of several validation sets.
fn split(lower: &str) -> Option<Split> {
    let number =
        lower.rsplit_once('_').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    Split::named(number.map_or(lower, |(name, _)| name))
}

/// A name joined by `_` is a metric if it ends with one. A name joined by other signs must consist
/// of splits and metrics only, because paths and file names look like that: `runs/val_loss` is no
/// metric, `Eval/F1` is one.
fn metric(word: &str) -> Meaning {
    let parts = words_of(word);
    let (known, splits): (Vec<_>, Vec<_>) =
        parts.iter().map(|part| (is_metric_word(part), Split::named(part).is_some())).unzip();
    let joined_otherwise = word.contains(['/', '-', '.']);
    let all = known.iter().zip(&splits).all(|(known, split)| *known || *split);
    let ends = known.last() == Some(&true) || (all && known.first() == Some(&true));
    let named_best =
        parts.first().is_some_and(|part| matches!(part.as_str(), "best" | "min" | "max" | "prev" | "last"));
    let is_metric = !named_best && ends && (all || !joined_otherwise);
    if is_metric || is_at(&parts) { Meaning::Metric } else { Meaning::Plain }
}

/// `train_epoch`, `current_epoch`; not `max_epoch`.
fn is_epoch(lower: &str) -> bool {
    let whose = lower.strip_suffix("_epoch");
    whose.is_some_and(|whose| matches!(whose, "current" | "cur") || Split::named(whose).is_some())
}

/// `Acc@1`, `prec@5`, `Top-1`.
fn is_at(parts: &[String]) -> bool {
    matches!(parts, [name, at] if (is_metric_word(name) || matches!(name.as_str(), "prec" | "top")) && at.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_people_mean() {
        for (word, expected) in [
            ("loss", Meaning::Metric),
            ("val_loss", Meaning::Metric),
            ("nll_loss", Meaning::Metric),
            ("loss_val", Meaning::Metric),
            ("Eval/F1", Meaning::Metric),
            ("val-acc", Meaning::Metric),
            ("Acc@1", Meaning::Metric),
            ("tea", Meaning::Metric),
            ("runs/val_loss", Meaning::Plain),
            ("best_loss", Meaning::Plain),
            ("loss_weight", Meaning::Plain),
            ("loss.py", Meaning::Plain),
            ("Validation", Meaning::Split(Split::Validation)),
            ("EPOCH", Meaning::Epoch),
            ("Train_Epoch", Meaning::Epoch),
            ("max_epoch", Meaning::Plain),
            ("epochs", Meaning::Plain),
            ("Best", Meaning::OtherTime),
            ("lr", Meaning::Plain),
            ("検証損失", Meaning::Metric),
            ("学習率", Meaning::Plain),
            ("エポック", Meaning::Epoch),
            ("accuracy/top1", Meaning::Metric),
        ] {
            assert_eq!(meaning(word, "tea"), expected, "{word}");
        }
    }
}
