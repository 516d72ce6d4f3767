//! What a learning curve says: converged, overfitting, underfitting, diverged, or nothing.
//!
//! After Prechelt 1998, "Early Stopping - But When?". Curves are noisy: a single lowest evaluation
//! out of many is low by luck, and a single last one as noisy as its last steps. So means over a
//! few evaluations in a row are compared, the lowest such [`Window`] with the last, and a rise
//! counts only when it exceeds a bootstrap interval over validation samples *and* is large enough
//! to matter.

use crate::record::{CurveEvidence, RunRow, RunVerdictKind, StoppedBy, UnclearCause, Verdict};
use batchwright_data::{Domain, RandomStream};
use std::collections::VecDeque;

/// Evaluations in a window.
const WINDOW: usize = 5;
/// Fewest evaluations (the one at step 0 included) that can be judged.
const FEWEST: usize = WINDOW + 2;
/// Generalisation loss in percent from which a rise matters: Prechelt's GL_5.
const RISE_PERCENT: f64 = 5.0;
/// Share of its value that the validation loss must still lose over the last third of a run for
/// "train longer".
const STILL_FALLING: f64 = 0.03;
/// Resamples of the bootstrap.
const RESAMPLES: usize = 1_000;

/// Losses in the mean over the evaluations of a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Window {
    /// Mean validation loss.
    validation: f64,
    /// Mean training loss, in evaluation mode.
    train: f64,
    /// Validation loss of each sample.
    losses: Vec<f32>,
}

/// The lowest and the last window of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Windows {
    /// The last evaluations, oldest first: training loss, validation loss, and that of each sample.
    recent: VecDeque<(f64, f64, Vec<f32>)>,
    lowest: Option<Window>,
}

impl Windows {
    /// Notes an evaluation.
    pub(crate) fn push(&mut self, row: &RunRow, losses: &[f32]) {
        // The oldest buffer is used again: a long run evaluates often.
        let mut kept = if self.recent.len() == WINDOW {
            self.recent.pop_front().map_or_else(Vec::new, |oldest| oldest.2)
        } else {
            Vec::new()
        };
        kept.clear();
        kept.extend_from_slice(losses);
        self.recent.push_back((row.train.loss, row.validation.loss, kept));
        let mean = self.recent.iter().map(|recent| recent.1).sum::<f64>() / self.recent.len() as f64;
        let lowest = self.lowest.as_ref().map_or(f64::INFINITY, |lowest| lowest.validation);
        if self.recent.len() == WINDOW && mean < lowest {
            self.lowest = Some(self.last());
        }
    }

    fn last(&self) -> Window {
        let count = self.recent.len().max(1);
        let samples = self.recent.front().map_or(0, |recent| recent.2.len());
        let loss =
            |sample: usize| self.recent.iter().map(|recent| recent.2[sample]).sum::<f32>() / count as f32;
        Window {
            validation: self.recent.iter().map(|recent| recent.1).sum::<f64>() / count as f64,
            train: self.recent.iter().map(|recent| recent.0).sum::<f64>() / count as f64,
            losses: (0..samples).map(loss).collect(),
        }
    }
}

/// Judges a run.
pub(crate) fn judge(rows: &[RunRow], windows: &Windows, stopped_by: StoppedBy, seed: u64) -> Verdict {
    let Some((best, last)) = best_row(rows).zip(rows.last()) else {
        return unclear(UnclearCause::NoFiniteEvaluation, CurveEvidence::default());
    };
    let mut evidence = evidence(best, windows, seed);
    if stopped_by == StoppedBy::Diverged || !last.validation.loss.is_finite() {
        evidence.last_loss = last.validation.loss;
        return verdict(RunVerdictKind::Diverged, evidence);
    }
    if rows.len() < FEWEST {
        let (evaluations, needed) = (rows.len() as u64, FEWEST as u64);
        return unclear(UnclearCause::TooFewEvaluations { evaluations, needed }, evidence);
    }
    let (rise, certain) = (evidence.rise_percent > RISE_PERCENT, evidence.rise_low > 0.0);
    let train_change = evidence.train_loss_last - evidence.train_loss_at_best;
    let train_rises = train_change > RISE_PERCENT / 100.0 * evidence.train_loss_at_best;
    // A few samples of huge loss leave the interval wide; losses that have doubled together need
    // none.
    let exploded = evidence.rise_percent > 100.0 && train_change > evidence.train_loss_at_best;
    if rise && train_rises && (certain || exploded) {
        return verdict(RunVerdictKind::Diverged, evidence);
    }
    // A rise that chance among the validation samples can explain does not count.
    if !rise || !certain {
        return settled(rows, evidence);
    }
    if train_change < 0.0 {
        let since_step = Some(evidence.best_step);
        return Verdict { since_step, ..verdict(RunVerdictKind::Overfitting, evidence) };
    }
    unclear(UnclearCause::TrainingLossDidNotFall, evidence)
}

/// The validation loss has not risen: has it levelled off, or does it still fall?
fn settled(rows: &[RunRow], mut evidence: CurveEvidence) -> Verdict {
    if evidence.best_step == 0 {
        let untrained_loss = rows[0].validation.loss;
        return unclear(UnclearCause::NoBetterThanUntrained { untrained_loss }, evidence);
    }
    let two_thirds = (rows.len() - 1) * 2 / 3;
    let window = &rows[two_thirds.saturating_sub(WINDOW / 2)..(two_thirds + WINDOW / 2 + 1).min(rows.len())];
    let mean = |loss: fn(&RunRow) -> f64| window.iter().map(loss).sum::<f64>() / window.len() as f64;
    let (before, train_before) = (mean(|row| row.validation.loss), mean(|row| row.train.loss));
    let fall = (before - evidence.last_loss) / before.max(1e-8);
    evidence.fall_percent = Some(100.0 * fall);
    if fall > STILL_FALLING && evidence.train_loss_last < train_before {
        return verdict(RunVerdictKind::Underfitting, evidence);
    }
    verdict(RunVerdictKind::Converged, evidence)
}

fn verdict(kind: RunVerdictKind, evidence: CurveEvidence) -> Verdict {
    Verdict { kind, since_step: None, unclear_because: None, evidence }
}

fn unclear(cause: UnclearCause, evidence: CurveEvidence) -> Verdict {
    Verdict { unclear_because: Some(cause), ..verdict(RunVerdictKind::Unclear, evidence) }
}

/// The row with the lowest validation loss, the first of equals.
pub(crate) fn best_row(rows: &[RunRow]) -> Option<&RunRow> {
    let finite = rows.iter().filter(|row| row.validation.loss.is_finite());
    finite.min_by(|a, b| a.validation.loss.total_cmp(&b.validation.loss))
}

fn evidence(best: &RunRow, windows: &Windows, seed: u64) -> CurveEvidence {
    let last = windows.last();
    let lowest = windows.lowest.as_ref().unwrap_or(&last);
    let rises: Vec<f64> = last
        .losses
        .iter()
        .zip(&lowest.losses)
        .map(|(&last, &low)| f64::from(last) - f64::from(low))
        .collect();
    let (rise_low, rise_high) = bootstrap_mean(&rises, seed);
    CurveEvidence {
        best_loss: lowest.validation,
        best_step: best.step,
        last_loss: last.validation,
        // + 1e-8: undefined at a loss of 0.
        rise_percent: 100.0 * ((last.validation + 1e-8) / (lowest.validation + 1e-8) - 1.0),
        rise_low,
        rise_high,
        train_loss_at_best: lowest.train,
        train_loss_last: last.train,
        fall_percent: None,
    }
}

/// 95% percentile bootstrap interval of the mean; (0, 0) without values.
fn bootstrap_mean(values: &[f64], seed: u64) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut stream = RandomStream::new(seed, Domain::Bootstrap, 0, 0);
    let mut mean = || {
        (0..values.len()).map(|_| values[stream.below(values.len() as u32) as usize]).sum::<f64>()
            / values.len() as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    (means[RESAMPLES * 25 / 1000], means[RESAMPLES * 975 / 1000 - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SplitMetrics;

    /// A run with these (training, validation) losses, evaluated every 10 steps, over 200
    /// validation samples of which all have the mean loss.
    fn judged(curve: &[(f64, f64)]) -> Verdict {
        let metrics = |loss| SplitMetrics { loss, accuracy: None };
        let rows: Vec<RunRow> = curve
            .iter()
            .enumerate()
            .map(|(i, &(train, validation))| RunRow {
                step: 10 * i as u64,
                epoch: 0.0,
                samples: 0,
                seconds: 0.0,
                learning_rate: 0.1,
                step_loss: None,
                train: metrics(train),
                validation: metrics(validation),
            })
            .collect();
        let mut windows = Windows::default();
        for row in &rows {
            windows.push(row, &[row.validation.loss as f32; 200]);
        }
        judge(&rows, &windows, StoppedBy::Duration, 0)
    }

    fn curve(f: impl Fn(f64) -> (f64, f64)) -> Vec<(f64, f64)> {
        (0..=30).map(|i| f(f64::from(i) / 30.0)).collect()
    }

    #[test]
    fn a_rising_validation_loss_under_a_falling_training_loss_is_overfitting_since_its_minimum() {
        let verdict = judged(&curve(|t| (1.0 - 0.9 * t, 1.0 - t + 1.5 * t * t)));
        assert_eq!((verdict.kind, verdict.since_step), (RunVerdictKind::Overfitting, Some(100)));
    }

    #[test]
    fn losses_that_rise_together_are_divergence() {
        assert_eq!(
            judged(&curve(|t| (1.0 - t + 2.0 * t * t, 1.0 - t + 2.0 * t * t))).kind,
            RunVerdictKind::Diverged
        );
        let mut poisoned = curve(|t| (1.0 - t, 1.0 - t));
        poisoned.push((f64::NAN, f64::NAN));
        assert_eq!(judged(&poisoned).kind, RunVerdictKind::Diverged);
    }

    /// A few samples of huge loss: whether the mean rose is uncertain, but "levelled off" it has
    /// not.
    #[test]
    fn an_explosion_is_never_convergence() {
        let exploding = curve(|t| (2.0 + (60.0 * t).exp(), 2.0 + (60.0 * t).exp()));
        assert_eq!(judged(&exploding).kind, RunVerdictKind::Diverged);
        let flat = judged(&curve(|t| (2.3 - 0.01 * t, 2.3 + 0.01 * t)));
        assert_eq!(flat.kind, RunVerdictKind::Unclear);
        let untrained = UnclearCause::NoBetterThanUntrained { untrained_loss: 2.3 };
        assert_eq!(flat.unclear_because, Some(untrained));
    }

    #[test]
    fn flat_is_converged_and_falling_is_underfitting() {
        assert_eq!(
            judged(&curve(|t| ((-20.0 * t).exp(), 0.2 + (-20.0 * t).exp()))).kind,
            RunVerdictKind::Converged
        );
        let falling = judged(&curve(|t| (1.0 - 0.5 * t, 1.0 - 0.4 * t)));
        assert_eq!(falling.kind, RunVerdictKind::Underfitting);
        assert!(falling.evidence.fall_percent.is_some_and(|percent| percent > 3.0), "{falling:?}");
    }

    /// Otherwise a run without a verdict is given the wrong cause.
    #[test]
    fn an_unclear_verdict_names_its_cause() {
        let stuck = judged(&curve(|t| (0.5, 1.0 - t + 1.5 * t * t)));
        assert_eq!(stuck.unclear_because, Some(UnclearCause::TrainingLossDidNotFall));
        let nothing = judged(&curve(|_| (f64::NAN, f64::NAN)));
        assert_eq!(nothing.unclear_because, Some(UnclearCause::NoFiniteEvaluation));
        assert_eq!((stuck.kind, nothing.kind), (RunVerdictKind::Unclear, RunVerdictKind::Unclear));
    }

    /// A rise of 2% that every sample shares is certain, but too small to matter.
    #[test]
    fn a_certain_but_tiny_rise_is_not_overfitting() {
        assert_eq!(
            judged(&curve(|t| ((-20.0 * t).exp(), 0.2 + (-20.0 * t).exp() + 0.004 * t))).kind,
            RunVerdictKind::Converged
        );
    }

    #[test]
    fn a_rise_within_the_noise_of_the_samples_is_not_overfitting() {
        // One sample in 20 rises by 4, the others fall by 0.15: the mean rises by 0.0575, its
        // interval includes 0.
        let rises: Vec<f64> = (0..20).map(|i| if i == 0 { 4.0 } else { -0.15 }).collect();
        let (low, high) = bootstrap_mean(&rises, 7);
        assert!(low < 0.0 && high > 0.0575, "{low} {high}");
    }

    #[test]
    fn few_evaluations_say_nothing() {
        let verdict = judged(&[(1.0, 1.0), (0.5, 2.0)]);
        assert_eq!(verdict.kind, RunVerdictKind::Unclear);
        let too_few = UnclearCause::TooFewEvaluations { evaluations: 2, needed: 7 };
        assert_eq!(verdict.unclear_because, Some(too_few));
    }

    /// 400 samples of a normal distribution: the interval of their mean is 1.96 standard errors
    /// wide on each side, within the bootstrap's own noise.
    #[test]
    fn the_bootstrap_agrees_with_the_closed_form() {
        let mut stream = RandomStream::new(3, Domain::Bed, 0, 0);
        let values: Vec<f64> = (0..400).map(|_| stream.normal()).collect();
        let mean = values.iter().sum::<f64>() / 400.0;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
        let (low, high) = bootstrap_mean(&values, 1);
        let half = 1.96 * deviation / 20.0;
        assert!((mean - low - half).abs() < 0.15 * half && (high - mean - half).abs() < 0.15 * half);
    }
}
