//! One run: a line for each evaluation, and the end.

use batchwright_train::{RunResult, RunRow, SplitOutcome};
use unicode_width::UnicodeWidthStr;

use crate::lang::Lang;
use crate::number::{bytes, duration, grouped, percent, significant};
use crate::outcome::figures;
use crate::term::style::{Style, harmless};
use crate::term::table::{facts, wrapped};

/// A column of [`row_line`]. Widths are fixed, as the lines are printed one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowColumn {
    Steps,
    Epochs,
    TrainLoss,
    ValidationLoss,
    Accuracy,
    TrainingTime,
}

impl RowColumn {
    const ALL: [Self; 6] = [
        Self::Steps,
        Self::Epochs,
        Self::TrainLoss,
        Self::ValidationLoss,
        Self::Accuracy,
        Self::TrainingTime,
    ];
    /// What a narrow terminal goes without, first things first.
    const DISPENSABLE: [Self; 4] = [Self::TrainingTime, Self::Epochs, Self::Accuracy, Self::TrainLoss];

    fn heading(self, lang: Lang) -> &'static str {
        match self {
            Self::Steps => lang.steps(),
            Self::Epochs => lang.epochs(),
            Self::TrainLoss => lang.train_loss(),
            Self::ValidationLoss => lang.validation_loss(),
            Self::Accuracy => lang.accuracy(),
            Self::TrainingTime => lang.training_time(),
        }
    }

    /// Headings may be wider than the numbers.
    fn width(self, lang: Lang) -> usize {
        let numbers = if self == Self::Steps { 9 } else { 8 };
        numbers.max(self.heading(lang).width())
    }

    fn cell(self, row: &RunRow, lang: Lang) -> String {
        match self {
            Self::Steps => grouped(row.step),
            Self::Epochs => format!("{:.2}", row.epoch),
            Self::TrainLoss => significant(row.train.loss, 4),
            Self::ValidationLoss => significant(row.validation.loss, 4),
            Self::Accuracy => row.validation.accuracy.map(percent).unwrap_or_default(),
            Self::TrainingTime => duration(row.seconds, lang),
        }
    }

    /// The columns that fit side by side; accuracy only where classes are predicted.
    fn fitting(classes: bool, style: Style) -> Vec<Self> {
        let mut columns: Vec<Self> =
            Self::ALL.into_iter().filter(|&column| classes || column != Self::Accuracy).collect();
        let width = |columns: &[Self]| {
            columns.iter().map(|column| column.width(style.lang) + GAP.len()).sum::<usize>() - GAP.len()
        };
        for dispensable in Self::DISPENSABLE {
            if width(&columns) > style.width {
                columns.retain(|&column| column != dispensable);
            }
        }
        columns
    }
}

/// Between two columns.
const GAP: &str = "  ";

/// The heading over the lines of [`row_line`], where `classes` or a number are predicted.
#[must_use]
pub fn row_heading(classes: bool, style: Style) -> String {
    style.bold(&columns(classes, style, |column| column.heading(style.lang).to_owned()))
}

/// One evaluation as one line, without a line break: step, epoch, both losses, validation accuracy,
/// training time; fewer of them on a narrow terminal.
#[must_use]
pub fn row_line(row: &RunRow, style: Style) -> String {
    columns(row.validation.accuracy.is_some(), style, |column| column.cell(row, style.lang))
}

fn columns(classes: bool, style: Style, cell: impl Fn(RowColumn) -> String) -> String {
    let padded = RowColumn::fitting(classes, style).into_iter().map(|column| {
        let cell = cell(column);
        let space = column.width(style.lang).saturating_sub(cell.width());
        format!("{}{cell}", " ".repeat(space))
    });
    padded.collect::<Vec<_>>().join(GAP)
}

/// The end of a run: losses, time, why it ended, and the verdict in a sentence.
#[must_use]
pub fn run_summary(result: &RunResult, style: Style) -> String {
    let lang = style.lang;
    let train = SplitOutcome {
        samples: 0,
        tokens: result.test.tokens.map(|_| 0),
        loss: result.train.loss,
        accuracy: result.train.accuracy,
        values: None,
    };
    let last = metrics(&result.validation.last, lang);
    let best = lang.best_at(&significant(result.validation.best_loss, 4), result.validation.best_step);
    let mut lines = vec![
        (lang.run(), harmless(&result.run)),
        (lang.train(), metrics(&train, lang)),
        (lang.validation(), format!("{last}; {best}")),
        (lang.test(), metrics(&result.test, lang)),
        (lang.total_steps(), format!("{}  ({})", grouped(result.steps), lang.stopped_by(result.stopped_by))),
        (lang.epochs(), significant(result.epochs, 3)),
    ];
    lines.extend(result.tokens_seen.map(|tokens| (lang.tokens_seen(), grouped(tokens))));
    lines.extend([
        (lang.training_time(), duration(result.seconds, lang)),
        (lang.memory(), bytes(result.memory_bytes)),
    ]);
    lines.extend(result.model.iter().map(|path| (lang.model(), harmless(path))));
    lines.extend(result.report.iter().map(|path| (lang.report(), harmless(path))));
    let verdict = wrapped(&lang.verdict(result), style.width);
    let verdict = style.of_verdict(result.verdict.kind, verdict.trim_end());
    let mut text = format!("{verdict}\n\n{}", facts(&lines, style));
    if result.test.values.is_some() || result.validation.last.values.is_some() {
        text += &format!("\n{}", wrapped(lang.standardised(), style.width));
    }
    text
}

/// The result of evaluating a saved model, in one line: "180 samples of digits (test): loss 0.0912,
/// accuracy 97.5%". `split` is `train`, `validation`, `test` or `all`.
#[must_use]
pub fn evaluation_line(outcome: &SplitOutcome, name: &str, split: &str, style: Style) -> String {
    let lang = style.lang;
    let subject = lang.samples_of(outcome.samples, &harmless(name), lang.split(split));
    format!("{subject}: {}", metrics(outcome, lang))
}

/// `loss 0.123, accuracy 97.5%`.
fn metrics(outcome: &SplitOutcome, lang: Lang) -> String {
    let told: Vec<String> =
        figures(outcome, lang).into_iter().map(|(label, value)| format!("{label} {value}")).collect();
    told.join(lang.comma())
}
