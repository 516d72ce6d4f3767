//! What a learning curve says: converged, overfitting, underfitting, diverged, or nothing.
//!
//! After Prechelt 1998, "Early Stopping - But When?". Curves are noisy, so the end of a run is the mean of its last evaluations, and a rise of the validation loss counts
//! only when it exceeds a bootstrap interval over validation samples *and* is large enough to matter.

use crate::record::{Evidence, Row, StoppedBy, Verdict, VerdictKind};
use batchwright_data::{Domain, Stream};

/// Evaluations whose mean is "the end of the run": one alone is as noisy as its last few steps.
pub(crate) const LAST: usize = 5;
/// Fewest evaluations (the one at step 0 included) that can be judged.
const FEWEST: usize = LAST + 2;
/// Generalisation loss in percent from which a rise matters: Prechelt's GL_5.
const RISE_PERCENT: f64 = 5.0;
/// Share of its value that the validation loss must still lose over the last third of a run for "train longer".
const STILL_FALLING: f64 = 0.03;
/// Resamples of the bootstrap.
const RESAMPLES: usize = 1_000;

/// Judges a run from its rows and, sample by sample, the validation losses at the best evaluation and (in the mean) at the last ones.
pub(crate) fn judge(
    rows: &[Row],
    stopped_by: StoppedBy,
    best_losses: &[f32],
    last_losses: &[f32],
    seed: u64,
) -> Verdict {
    let Some((best, last)) = best_row(rows).zip(rows.last()) else {
        return verdict(
            VerdictKind::Unclear,
            None,
            Evidence::default(),
            "the run was never evaluated".to_owned(),
        );
    };
    let mut evidence = evidence(rows, best, best_losses, last_losses, seed);
    if stopped_by == StoppedBy::Diverged || !last.validation.loss.is_finite() {
        evidence.last_loss = last.validation.loss;
        let reason = format!(
            "the loss stopped being finite at step {}; the best validation loss was {:.4} at step {}: try a lower learning rate",
            last.step, evidence.best_loss, evidence.best_step
        );
        return verdict(VerdictKind::Diverged, None, evidence, reason);
    }
    if rows.len() < FEWEST {
        let reason = format!(
            "{} evaluations are too few to judge the curve, at least {FEWEST} are needed",
            rows.len()
        );
        return verdict(VerdictKind::Unclear, None, evidence, reason);
    }
    let rises = evidence.rise_low > 0.0 && evidence.rise_percent > RISE_PERCENT;
    let train_falls = evidence.train_loss_last < evidence.train_loss_at_best;
    match (rises, train_falls) {
        (true, true) => {
            let reason = format!(
                "since step {} the validation loss has risen from {:.4} to {:.4} ({:+.0}%) while the training loss fell from {:.4} to {:.4}",
                evidence.best_step,
                evidence.best_loss,
                evidence.last_loss,
                evidence.rise_percent,
                evidence.train_loss_at_best,
                evidence.train_loss_last
            );
            verdict(
                VerdictKind::Overfitting,
                Some(evidence.best_step),
                evidence,
                reason,
            )
        }
        (true, false) => {
            let reason = format!(
                "since step {} validation and training loss have risen together, to {:.4} and {:.4}: try a lower learning rate",
                evidence.best_step, evidence.last_loss, evidence.train_loss_last
            );
            verdict(VerdictKind::Diverged, None, evidence, reason)
        }
        (false, _) => settled(rows, evidence),
    }
}

/// The validation loss has not risen: has it levelled off, or does it still fall?
fn settled(rows: &[Row], evidence: Evidence) -> Verdict {
    let two_thirds = &rows[(rows.len() - 1) * 2 / 3];
    let before = two_thirds.validation.loss;
    let fall = (before - evidence.last_loss) / before.max(1e-8);
    if fall > STILL_FALLING && evidence.train_loss_last < two_thirds.train.loss {
        let reason = format!(
            "over the last third of the run the validation loss still fell from {before:.4} to {:.4} ({:.0}%): train longer",
            evidence.last_loss,
            100.0 * fall
        );
        return verdict(VerdictKind::Underfitting, None, evidence, reason);
    }
    let reason = format!(
        "the validation loss has levelled off at {:.4} (best {:.4} at step {})",
        evidence.last_loss, evidence.best_loss, evidence.best_step
    );
    verdict(VerdictKind::Converged, None, evidence, reason)
}

fn verdict(kind: VerdictKind, since_step: Option<u64>, evidence: Evidence, reason: String) -> Verdict {
    Verdict {
        kind,
        since_step,
        reason,
        evidence,
    }
}

/// The row with the lowest validation loss, the first of equals.
pub(crate) fn best_row(rows: &[Row]) -> Option<&Row> {
    let finite = rows.iter().filter(|row| row.validation.loss.is_finite());
    finite.min_by(|a, b| a.validation.loss.total_cmp(&b.validation.loss))
}

fn evidence(rows: &[Row], best: &Row, best_losses: &[f32], last_losses: &[f32], seed: u64) -> Evidence {
    let last_rows = &rows[rows.len().saturating_sub(LAST)..];
    let mean = |value: fn(&Row) -> f64| last_rows.iter().map(value).sum::<f64>() / last_rows.len() as f64;
    let last_loss = mean(|row| row.validation.loss);
    let rises: Vec<f64> = last_losses
        .iter()
        .zip(best_losses)
        .map(|(&last, &best)| f64::from(last) - f64::from(best))
        .collect();
    let (rise_low, rise_high) = bootstrap_mean(&rises, seed);
    Evidence {
        best_loss: best.validation.loss,
        best_step: best.step,
        last_loss,
        // + 1e-8: undefined at a loss of 0.
        rise_percent: 100.0 * ((last_loss + 1e-8) / (best.validation.loss + 1e-8) - 1.0),
        rise_low,
        rise_high,
        train_loss_at_best: best.train.loss,
        train_loss_last: mean(|row| row.train.loss),
    }
}

/// 95% percentile bootstrap interval of the mean; (0, 0) without values.
fn bootstrap_mean(values: &[f64], seed: u64) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut stream = Stream::new(seed, Domain::Bootstrap, 0, 0);
    let mut mean = || {
        (0..values.len())
            .map(|_| values[stream.below(values.len() as u32) as usize])
            .sum::<f64>()
            / values.len() as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    (means[RESAMPLES * 25 / 1000], means[RESAMPLES * 975 / 1000 - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Metrics;

    /// A run with these (training, validation) losses, evaluated every 10 steps, over 200 validation samples of which all have the mean loss.
    fn judged(curve: &[(f64, f64)]) -> Verdict {
        let metrics = |loss| Metrics { loss, accuracy: None };
        let rows: Vec<Row> = curve
            .iter()
            .enumerate()
            .map(|(i, &(train, validation))| Row {
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
        let last = &rows[rows.len().saturating_sub(LAST)..];
        let last = last.iter().map(|row| row.validation.loss).sum::<f64>() / last.len() as f64;
        let best = best_row(&rows).map_or(f64::NAN, |row| row.validation.loss);
        judge(
            &rows,
            StoppedBy::Duration,
            &[best as f32; 200],
            &[last as f32; 200],
            0,
        )
    }

    fn curve(f: impl Fn(f64) -> (f64, f64)) -> Vec<(f64, f64)> {
        (0..=30).map(|i| f(f64::from(i) / 30.0)).collect()
    }

    #[test]
    fn a_rising_validation_loss_under_a_falling_training_loss_is_overfitting_since_its_minimum() {
        let verdict = judged(&curve(|t| (1.0 - 0.9 * t, 1.0 - t + 1.5 * t * t)));
        assert_eq!(
            (verdict.kind, verdict.since_step),
            (VerdictKind::Overfitting, Some(100))
        );
    }

    #[test]
    fn losses_that_rise_together_are_divergence() {
        assert_eq!(
            judged(&curve(|t| (1.0 - t + 2.0 * t * t, 1.0 - t + 2.0 * t * t))).kind,
            VerdictKind::Diverged
        );
        let mut poisoned = curve(|t| (1.0 - t, 1.0 - t));
        poisoned.push((f64::NAN, f64::NAN));
        assert_eq!(judged(&poisoned).kind, VerdictKind::Diverged);
    }

    #[test]
    fn flat_is_converged_and_falling_is_underfitting() {
        assert_eq!(
            judged(&curve(|t| ((-20.0 * t).exp(), 0.2 + (-20.0 * t).exp()))).kind,
            VerdictKind::Converged
        );
        assert_eq!(
            judged(&curve(|t| (1.0 - 0.5 * t, 1.0 - 0.4 * t))).kind,
            VerdictKind::Underfitting
        );
    }

    /// A rise of 2% that every sample shares is certain, but too small to matter.
    #[test]
    fn a_certain_but_tiny_rise_is_not_overfitting() {
        assert_eq!(
            judged(&curve(|t| (
                (-20.0 * t).exp(),
                0.2 + (-20.0 * t).exp() + 0.004 * t
            )))
            .kind,
            VerdictKind::Converged
        );
    }

    #[test]
    fn a_rise_within_the_noise_of_the_samples_is_not_overfitting() {
        // One sample in 20 rises by 4, the others fall by 0.15: the mean rises by 0.0575, its interval includes 0.
        let rises: Vec<f64> = (0..20).map(|i| if i == 0 { 4.0 } else { -0.15 }).collect();
        let (low, high) = bootstrap_mean(&rises, 7);
        assert!(low < 0.0 && high > 0.0575, "{low} {high}");
    }

    #[test]
    fn few_evaluations_say_nothing() {
        assert_eq!(judged(&[(1.0, 1.0), (0.5, 2.0)]).kind, VerdictKind::Unclear);
    }

    /// 400 samples of a normal distribution: the interval of their mean is 1.96 standard errors wide on each side, within the bootstrap's own noise.
    #[test]
    fn the_bootstrap_agrees_with_the_closed_form() {
        let mut stream = Stream::new(3, Domain::Bed, 0, 0);
        let values: Vec<f64> = (0..400).map(|_| stream.normal()).collect();
        let mean = values.iter().sum::<f64>() / 400.0;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
        let (low, high) = bootstrap_mean(&values, 1);
        let half = 1.96 * deviation / 20.0;
        assert!((mean - low - half).abs() < 0.15 * half && (high - mean - half).abs() < 0.15 * half);
    }
}
