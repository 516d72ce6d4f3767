//! One run: a line for each evaluation, and the end.

use batchwright_train::{RunResult, RunRow, SplitOutcome};
use unicode_width::UnicodeWidthStr;

use crate::lang::Lang;
use crate::number::{bytes, duration, grouped, percent, significant};
use crate::outcome::figures;
use crate::term::style::{Style, harmless};
use crate::term::table::{facts, wrapped};

/// Widths of the columns of [`row_line`]. They are fixed, as the lines are printed one by one.
const WIDTHS: [usize; 6] = [9, 8, 11, 11, 11, 10];

fn headings(lang: Lang) -> [&'static str; 6] {
    [
        lang.steps(),
        lang.epochs(),
        lang.train_loss(),
        lang.validation_loss(),
        lang.accuracy(),
        lang.training_time(),
    ]
}

/// The heading over the lines of [`row_line`].
#[must_use]
pub fn row_heading(style: Style) -> String {
    style.bold(&columns(&headings(style.lang).map(str::to_string), style))
}

/// One evaluation as one line, without a line break: step, epoch, both losses, validation accuracy,
/// training time.
#[must_use]
pub fn row_line(row: &RunRow, style: Style) -> String {
    let cells = [
        grouped(row.step),
        format!("{:.2}", row.epoch),
        significant(row.train.loss, 4),
        significant(row.validation.loss, 4),
        row.validation.accuracy.map(percent).unwrap_or_default(),
        duration(row.seconds, style.lang),
    ];
    columns(&cells, style)
}

fn columns(cells: &[String; 6], style: Style) -> String {
    // Headings may be wider than the numbers: every column is as wide as its heading in this
    // language.
    let pad = |((cell, width), heading): ((&String, usize), &str)| {
        let space = width.max(heading.width()).saturating_sub(cell.width());
        format!("{}{cell}", " ".repeat(space))
    };
    let padded: Vec<String> = cells.iter().zip(WIDTHS).zip(headings(style.lang)).map(pad).collect();
    padded.join("  ")
}

/// The end of a run: losses, time, why it ended, and the verdict in a sentence.
#[must_use]
pub fn run_summary(result: &RunResult, style: Style) -> String {
    let lang = style.lang;
    let train =
        SplitOutcome { samples: 0, loss: result.train.loss, accuracy: result.train.accuracy, values: None };
    let last = metrics(&result.validation.last, lang);
    let best = lang.best_at(&significant(result.validation.best_loss, 4), result.validation.best_step);
    let mut lines = vec![
        (lang.run(), harmless(&result.run)),
        (lang.train(), metrics(&train, lang)),
        (lang.validation(), format!("{last}; {best}")),
        (lang.test(), metrics(&result.test, lang)),
        (lang.total_steps(), format!("{}  ({})", grouped(result.steps), lang.stopped_by(result.stopped_by))),
        (lang.epochs(), significant(result.epochs, 3)),
        (lang.training_time(), duration(result.seconds, lang)),
        (lang.memory(), bytes(result.memory_bytes)),
    ];
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
