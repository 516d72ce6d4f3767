//! What a run or a study is doing, as a single line that is overwritten again and again.

use batchwright_find::{Recommendation, Stage, StepTime, Target, TrialOutcome, TrialRequest};

use crate::number::{compact, duration, grouped, significant};
use crate::term::style::Style;
use crate::text::reported::in_japanese;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunProgress {
    /// Epochs so far, fractional, and of how many; none where the end is given in time.
    pub epochs: (f64, Option<f64>),
    /// Steps so far, and of how many.
    pub steps: (u64, Option<u64>),
    /// Samples used so far.
    pub samples: u64,
    /// Seconds since this process began with it, evaluation included; seconds of training where another
    /// process trains.
    pub elapsed: f64,
    /// Share of the run that is done, in 0..=1.
    pub done: f64,
    /// Seconds that it still takes, evaluation included, once that can be told.
    pub left: Option<f64>,
    /// Samples a second of training, once that can be told.
    pub samples_a_second: Option<f64>,
    /// Mean loss of the last steps.
    pub loss: f64,
}

/// The live line of a run: epoch, steps, loss, samples a second, elapsed, time left. What matters
/// stands first, because a narrow terminal cuts off the end.
#[must_use]
pub fn run_line(progress: &RunProgress, style: Style) -> String {
    let lang = style.lang;
    let (epoch, epochs) = progress.epochs;
    let (step, steps) = progress.steps;
    let epochs = epochs.map(|epochs| significant(epochs, 3));
    let mut parts = vec![
        lang.epoch_of(&format!("{epoch:.1}"), epochs.as_deref()),
        lang.steps_of(&grouped(step), steps.map(grouped).as_deref()),
    ];
    parts.extend(progress.left.map(|left| lang.time_left(&duration(left, lang))));
    parts.push(format!("{} {}", lang.loss(), significant(progress.loss, 3)));
    parts.extend(progress.samples_a_second.map(|rate| lang.samples_a_second(&compact(rate))));
    parts.push(lang.elapsed(&duration(progress.elapsed, lang)));
    parts.join(" · ")
}

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

/// What a trial reported when it failed.
#[must_use]
pub fn reported_line(report: &str, style: Style) -> String {
    style.lang.pick(report.to_owned(), in_japanese(report))
}

/// A trial that has ended: size, rate, how it ended, and its steps.
#[must_use]
pub fn ended_trial_line(outcome: &TrialOutcome, style: Style) -> String {
    let request = &outcome.plan.request;
    style.lang.trial_ended(request, outcome.end, outcome.last.step)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    const PROGRESS: RunProgress = RunProgress {
        epochs: (3.25, Some(20.0)),
        steps: (150, Some(920)),
        samples: 4_800,
        elapsed: 2.0,
        done: 0.1625,
        left: Some(10.3),
        samples_a_second: Some(2_400.0),
        loss: 0.123_456,
    };

    #[test]
    fn a_run_says_where_it_is_and_how_long_it_takes() {
        let line = run_line(&PROGRESS, Style::default());
        assert_eq!(
            line,
            "epoch 3.2 of 20 · 150 of 920 steps · 10.3 s left · loss 0.123 · 2,400 samples/s · 2 s elapsed"
        );
        let japanese = run_line(&PROGRESS, Style { lang: Lang::Ja, ..Style::default() });
        assert!(japanese.starts_with("エポック 3.2 / 20 · ステップ 150 / 920 · "), "{japanese}");
    }

    /// At the first step nothing is known of the time, and a run by time has no number of epochs.
    #[test]
    fn what_is_not_known_is_left_out() {
        let start = RunProgress {
            epochs: (0.0, None),
            steps: (1, None),
            elapsed: 0.0,
            left: None,
            samples_a_second: None,
            ..PROGRESS
        };
        assert_eq!(run_line(&start, Style::default()), "epoch 0.0 · step 1 · loss 0.123 · 0 s elapsed");
    }
}
