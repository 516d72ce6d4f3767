//! The normal names of metrics: one name for each metric, whichever program prints it.

use crate::read::japanese::{in_english, is_japanese};

/// The part of the data that a metric was computed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// The split with this lower-case name.
    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "train" | "training" => Some(Self::Train),
            "val" | "valid" | "validation" | "validating" | "validate" | "eval" | "evaluation"
            | "evaluate" | "evaluating" | "dev" => Some(Self::Validation),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }

    /// The test split may count as the validation split: see
    /// [`Normaliser`](crate::read::normalise::Normaliser).
    pub(crate) fn prefix(self) -> &'static str {
        if self == Self::Train { "train" } else { "val" }
    }
}

/// Words at the end of a name that are certainly metrics.
const METRICS: [&str; 61] = [
    "loss",
    "accuracy",
    "acc",
    "perplexity",
    "ppl",
    "auc",
    "auroc",
    "f1",
    "bleu",
    "rouge",
    "meteor",
    "iou",
    "miou",
    "map",
    "ap",
    "l1",
    "l2",
    "logloss",
    "mlogloss",
    "merror",
    "mse",
    "mae",
    "rmse",
    "mape",
    "r2",
    "error",
    "err",
    "score",
    "wer",
    "cer",
    "precision",
    "recall",
    "psnr",
    "ssim",
    "fid",
    "nll",
    "elbo",
    "bpb",
    "bpc",
    "mcc",
    "dice",
    "ndcg",
    "mrr",
    "spearmanr",
    "pearson",
    "ce",
    "bce",
    "nce",
    "xent",
    "crossentropy",
    "entropy",
    "kl",
    "kld",
    "chrf",
    "eer",
    "lpips",
    "jaccard",
    "kappa",
    "smape",
    "msle",
    "rmsle",
];

/// Objects that only hold other fields: `{"metrics": {"valid": {"loss": 0.5}}}`.
const GROUPS: [&str; 12] = [
    "metrics", "metric", "results", "result", "scores", "logs", "log", "stats", "data", "summary",
    "progress", "main",
];

/// Whether a lower-case word is certainly a metric: `loss`, `acc`, `acc1`, `top5`.
pub(crate) fn is_metric_word(word: &str) -> bool {
    METRICS.contains(&word)
        || METRICS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()))
        || word.strip_prefix("top").is_some_and(is_count)
}

fn is_count(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The lower-case words of a name. It is cut at signs and spaces, and within `valLoss`; `mAP` is
/// one word. Japanese words are in English.
pub(crate) fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let long = words.last().is_some_and(|word| word.len() > 2);
        if !c.is_alphanumeric() || (long && before.is_lowercase() && c.is_uppercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    if name.contains(is_japanese) {
        words = words.iter().flat_map(|word| in_english(word)).collect();
    }
    if words.iter().any(|word| word.ends_with(GERMAN_LOSS)) {
        words = words.iter().flat_map(|word| of_german_loss(word)).collect();
    }
    words
}

/// The loss in German, which is one word with its split: `Trainingsverlust`.
const GERMAN_LOSS: &str = "verlust";

fn of_german_loss(word: &str) -> Vec<String> {
    let Some(split) = word.strip_suffix(GERMAN_LOSS) else { return vec![word.to_owned()] };
    let split = match split {
        "" => None,
        "trainings" => Some("train"),
        "validierungs" => Some("val"),
        "test" => Some("test"),
        _ => return vec![word.to_owned()],
    };
    split.into_iter().chain(["loss"]).map(str::to_owned).collect()
}

/// Whether a field or a column of this name says which part of the data a row is about.
pub(crate) fn names_split(name: &str) -> bool {
    const NAMES: [&str; 8] = ["split", "phase", "mode", "stage", "set", "subset", "partition", "dataset"];
    NAMES.iter().any(|split| name.eq_ignore_ascii_case(split))
}

/// A name with the split that stands elsewhere in its row, unless it has one of its own. A metric that
/// the user names without one (`wanted`, a normal name) is the one that is not of the training split.
pub(crate) fn of_split(name: String, split: Split, wanted: &str) -> String {
    let is_wanted = split != Split::Train && normal_name(&name) == wanted;
    if is_wanted || parts_of(&name).0.is_some() { name } else { format!("{} {name}", split.prefix()) }
}

/// The path of a field within objects, without those that only hold other fields:
/// `data/valid/metrics/loss` is `valid/loss`.
pub(crate) fn without_groups(path: &str) -> String {
    let (outer, name) = path.rsplit_once('/').unwrap_or(("", path));
    let outer = outer.split('/').filter(|outer| !outer.is_empty() && !GROUPS.contains(outer));
    outer.chain([name]).collect::<Vec<_>>().join("/")
}

/// The split of a name, and its other words.
pub(crate) fn parts_of(name: &str) -> (Option<Split>, Vec<String>) {
    let mut words = without_epoch(words_of(&without_groups(name)));
    // MATLAB's `Mini-batch Loss`.
    if let [mini, batch, _, ..] = words.as_slice()
        && mini == "mini"
        && batch == "batch"
    {
        words.splice(..2, ["train".to_owned()]);
    }
    let last = words.len().saturating_sub(1);
    let at = [0, last].into_iter().find(|&at| words.get(at).is_some_and(|word| Split::named(word).is_some()));
    let split = at.filter(|_| last > 0).and_then(|at| Split::named(&words.remove(at)));
    // `validation set loss`, and the first of several validation sets: `valid_0 loss`.
    if split.is_some() && words.len() > 1 && (words[0] == "set" || is_count(&words[0])) {
        words.remove(0);
    }
    // Groups of names: Ultralytics' `metrics/..`, Chainer's `main/..`.
    if words.len() > 1 && matches!(words[0].as_str(), "metrics" | "main") {
        words.remove(0);
    }
    let words = without_epoch(words).into_iter().map(common_word).collect();
    (split, top_accuracy(without_average(words)))
}

/// `acc@1`, `prec1`, `top1`, `top-1`, `accuracy/top1` and `top1_acc` are the accuracy; with another
/// number they are `top5`. `precision@1` is a metric of retrieval, `top1_error` one less the
/// accuracy.
fn top_accuracy(words: Vec<String>) -> Vec<String> {
    let (mut named, mut count) = (false, None);
    for word in &words {
        let number = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        let name = word.strip_suffix(number).unwrap_or(word);
        if !matches!(name, "accuracy" | "acc" | "prec" | "top" | "") || (is_count(number) && count.is_some())
        {
            return words;
        }
        named |= !name.is_empty();
        count = count.or(is_count(number).then_some(number));
    }
    match count.filter(|_| named) {
        Some("1") => vec!["accuracy".to_owned()],
        Some(count) => vec![format!("top{count}")],
        None => words,
    }
}

/// The mean over an epoch is named `loss_epoch` or `epoch_loss`. The loss of a step that has no
/// other name is the training loss.
fn without_epoch(mut words: Vec<String>) -> Vec<String> {
    if words.len() == 2 && words[0] == "step" && words[1] == "loss" {
        words.remove(0);
    }
    if words.len() > 1 && words.last().is_some_and(|word| word == "epoch") {
        words.pop();
    }
    if words.len() > 1 && words[0] == "epoch" {
        words.remove(0);
    }
    words
}

fn common_word(word: String) -> String {
    match word.as_str() {
        "acc" => "accuracy".to_owned(),
        "ppl" => "perplexity".to_owned(),
        "err" => "error".to_owned(),
        "losses" => "loss".to_owned(),
        _ => word,
    }
}

/// `average loss` is the `loss`, but `average precision` and `mean absolute error` are other
/// metrics.
fn without_average(words: Vec<String>) -> Vec<String> {
    match words.as_slice() {
        [average, name]
            if matches!(average.as_str(), "average" | "avg")
                && matches!(name.as_str(), "loss" | "accuracy") =>
        {
            vec![name.clone()]
        }
        _ => words,
    }
}

/// The one name of a metric, whichever program printed it.
///
/// Lower-case words joined by `_`; the split first, as `train` or `val` (also for `valid`,
/// `validation`, `eval`, `dev`, `test`); `acc`, `ppl` and `err` in full; without `average` before
/// loss and accuracy, and without `epoch` at either end. The accuracy of the first guess (`acc@1`,
/// `top1_acc`) is the accuracy, of the first five `top5`. A `loss` without a split is `train_loss`;
/// any other name without a split stays without one.
///
/// ```
/// use batchwright_command::read::normal_name;
///
/// for (printed, name) in [
///     ("eval_loss", "val_loss"),
///     ("Valid Acc", "val_accuracy"),
///     ("Loss/test", "val_loss"),
///     ("Test set: Average loss", "val_loss"),
///     ("loss", "train_loss"),
///     ("eval_mnli_f1", "val_mnli_f1"),
///     ("accuracy", "accuracy"),
///     ("val_loss_epoch", "val_loss"),
/// ] {
///     assert_eq!(normal_name(printed), name);
/// }
/// ```
pub fn normal_name(printed: &str) -> String {
    let (split, words) = parts_of(printed);
    joined(split.map(Split::prefix), &words)
}

pub(crate) fn joined(prefix: Option<&str>, words: &[String]) -> String {
    let rest = words.join("_");
    match prefix {
        Some(prefix) => format!("{prefix}_{rest}"),
        None if rest == "loss" => "train_loss".to_owned(),
        None => rest,
    }
}

/// Whether a printed name is certainly a metric, or is the `wanted` one (a normal name).
pub(crate) fn is_known(printed: &str, wanted: &str) -> bool {
    let (split, words) = parts_of(printed);
    words.last().is_some_and(|word| is_metric_word(word))
        || joined(split.map(Split::prefix), &words) == wanted
}

/// Whether a field is about the run and not about the model.
pub(crate) fn is_bookkeeping(name: &str) -> bool {
    const ENDS: [&str; 4] = ["_runtime", "_per_second", "timestamp", "total_flos"];
    is_learning_rate(name) || ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a field is a learning rate: `lr`, `lr-AdamW`, `train/lr`, `train_lr`, `learning_rate`.
pub(crate) fn is_learning_rate(name: &str) -> bool {
    let ends = ["/lr", "_lr", "learning_rate"].iter().any(|end| name.ends_with(end));
    name == "lr" || name.starts_with("lr-") || ends
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target `val_loss` would not be found, or the loss on the training data would be taken for
    /// it.
    #[test]
    fn names_of_many_programs_are_one() {
        for (name, all) in [
            (
                "val_loss",
                [
                    "eval_loss",
                    "valid_loss",
                    "validation loss",
                    "Test set: Average loss",
                    "eval/loss",
                    "Loss/val",
                    "val-loss",
                    "valLoss",
                    "test_loss",
                ],
            ),
            (
                "val_accuracy",
                [
                    "val_acc",
                    "valid acc",
                    "eval_accuracy",
                    "Test Accuracy",
                    "val_acc_epoch",
                    "accuracy/test",
                    "検証データの正解率",
                    "val/acc@1",
                    "val_accuracy/top1",
                ],
            ),
            (
                "train_loss",
                [
                    "loss",
                    "Loss",
                    "train loss",
                    "training_loss",
                    "avg loss",
                    "train/loss",
                    "epoch_loss",
                    "train_loss_epoch",
                    "step_loss",
                ],
            ),
        ] {
            all.iter().for_each(|printed| assert_eq!(normal_name(printed), name, "{printed}"));
        }
    }

    /// The best loss so far is not the loss, and an average precision is not the precision.
    #[test]
    fn other_names_stay_apart() {
        for (printed, name) in [
            ("best_val_loss", "best_val_loss"),
            ("mean_absolute_error", "mean_absolute_error"),
            ("average_precision", "average_precision"),
            ("mAP@0.5", "map_0_5"),
            ("val_top5", "val_top5"),
            ("Acc@5", "top5"),
            ("top-1", "accuracy"),
            ("top1_acc", "accuracy"),
            ("Prec@1", "accuracy"),
            ("metrics/accuracy_top1", "accuracy"),
            ("precision@1", "precision_1"),
            ("top1_err", "top1_error"),
            ("accuracy", "accuracy"),
            ("train_loss_step", "train_loss_step"),
            ("test", "test"),
            ("epoch", "epoch"),
            ("", ""),
            ("metrics/valid/loss", "val_loss"),
            ("data/results/validation/metrics/acc", "val_accuracy"),
            ("losses/val", "val_loss"),
            ("optimizer/progress", "optimizer_progress"),
            ("Trainingsverlust", "train_loss"),
            ("Validierungsverlust", "val_loss"),
            ("Zeitverlust", "zeitverlust"),
            ("Mini-batch Accuracy", "train_accuracy"),
        ] {
            assert_eq!(normal_name(printed), name, "{printed}");
        }
    }

    proptest::proptest! {
        /// A name that is already normal would change when it is looked up.
        #[test]
        fn a_normal_name_stays(words in proptest::sample::subsequence(
            &["val", "avg", "train", "set", "loss", "Acc", "x", "F1", "epoch", "test"][..], 1..6), seed in 0_usize..6) {
            let mut words = words;
            let middle = seed % words.len();
            words.rotate_left(middle);
            // A name of a split alone is none.
            proptest::prop_assume!(words.iter().any(|word| ["loss", "Acc", "x", "F1"].contains(word)));
            let name = normal_name(&words.join(" "));
            proptest::prop_assert_eq!(normal_name(&name), name);
        }
    }
}
