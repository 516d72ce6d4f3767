//! What a study is doing, as a single line that is overwritten again and again.

use batchwright_find::{Recommendation, Stage, StepTime, Target, TrialRequest};

use crate::number::{duration, grouped, significant};
use crate::term::style::Style;
use crate::text::reported::in_japanese;

/// What the study is doing now.
#[must_use]
pub fn stage_line(stage: Stage, style: Style) -> String {
    style.lang.stage(stage).to_owned()
}

/// The step time of a size that was just measured.
#[must_use]
pub fn step_time_line(batch_size: u64, step_time: &StepTime, style: Style) -> String {
    let lang = style.lang;
    format!(
        "{} {}: {} {}",
        lang.batch_size(),
        grouped(batch_size),
        lang.step_time(),
        duration(step_time.median, lang)
    )
}

/// The target that was just chosen.
#[must_use]
pub fn target_line(target: &Target, style: Style) -> String {
    let lang = style.lang;
    format!("{}: {}", lang.target(), lang.target_line(target))
}

/// The end of the live line of a run: what it counts, and the loss.
#[must_use]
pub fn loss_line(loss: f64, style: Style) -> String {
    format!("{} {loss:.4}", style.lang.loss())
}

/// What a trial reported when it failed.
#[must_use]
pub fn reported_line(report: &str, style: Style) -> String {
    style.lang.pick(report.to_owned(), in_japanese(report))
}

/// What the live line of a run counts.
#[must_use]
pub fn step_unit(style: Style) -> &'static str {
    style.lang.step_unit()
}

/// The trial that begins, with its `number`, the best size so far and the seconds left of the
/// budget. The last two stand first in the line, because a narrow terminal cuts off its end.
#[must_use]
pub fn trial_line(
    number: u64,
    request: &TrialRequest,
    best: Option<&Recommendation>,
    seconds_left: f64,
    style: Style,
) -> String {
    let lang = style.lang;
    let mut parts = vec![lang.time_left(&duration(seconds_left, lang))];
    parts.extend(best.map(|best| format!("{} {}", lang.best_so_far(), grouped(best.batch_size))));
    parts.extend([
        format!("{} {number}", lang.trial()),
        format!("{} {}", lang.batch_size(), grouped(request.batch_size)),
        format!("{} {}", lang.learning_rate(), significant(request.learning_rate, 3)),
    ]);
    parts.join(" · ")
}
