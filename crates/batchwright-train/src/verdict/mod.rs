//! What a learning curve says: converged, improving, overfitting, underfitting, diverged, or
//! nothing.
//!
//! A loss alone says little. It is compared with that of the untrained network, with that of the
//! best constant answer ([`reference::constant_loss`]), and where it stays high with the answers of
//! nearest neighbours. A change of the validation loss is compared with its 95% interval over the
//! validation samples, and with its scatter from one evaluation to the next: the same test for a
//! rise (after Prechelt 1998, "Early Stopping - But When?") as for a fall. All on means over a
//! window of evaluations, since a single lowest one out of many is low by luck.
//!
//! [`judge`] asks in a fixed order; the first question that is answered with yes decides.

pub(crate) mod evidence;
pub(crate) mod reference;
pub(crate) mod window;

use crate::record::{RunRow, StoppedBy};
use crate::verdict::evidence::{CurveEvidence, RunVerdictKind, SampleDoubt, Verdict, VerdictCause};
use crate::verdict::reference::NeighbourScore;
use crate::verdict::window::{Change, WINDOW, Window, Windows, scatter};

/// Fewest evaluations (the one at step 0 included) that can be judged: two windows without a row in
/// common.
const FEWEST: usize = 2 * WINDOW;
/// Generalisation loss in percent from which a rise matters: Prechelt's GL_5.
const RISE_PERCENT: f64 = 5.0;
/// Change in percent that is large enough to be likely where the validation samples cannot tell.
const LARGE_PERCENT: f64 = 10.0;
/// Share of its value, in percent, that the validation loss must still lose over the last third of
/// a run for "train longer".
const FALL_PERCENT: f64 = 3.0;
/// A change of the loss below this share of a constant answer's is none, however small the loss.
const NEGLIGIBLE: f64 = 0.001;
/// A training loss that falls by less than this share of a constant answer's stands still.
const STANDS: f64 = 1e-4;
/// A fall below this share of a constant answer's loss is not worth a longer run.
const WORTHWHILE: f64 = 0.005;
/// A rise that the samples cannot tell from chance is spoken of from this share of a constant
/// answer's loss on.
const NOTICEABLE: f64 = 0.01;
/// Validation samples from which on a change that they cannot settle may still be called likely:
/// among fewer, one sample makes a mean.
const FEWEST_FOR_LIKELY: u64 = 30;
/// A change counts from this many times the scatter of a difference of windows.
const BEYOND_SCATTER: f64 = 2.0;
/// Where less than this share of the way from a constant answer to 0 is learnt, nothing is.
const NOTHING_LEARNT: f64 = 0.05;
/// Where less than this is learnt and the training loss still falls, it falls too slowly.
const LITTLE_LEARNT: f64 = 0.1;
/// Training loss, as a share of a constant answer's, from which on nothing is left to be learnt by
/// heart.
const BY_HEART: f64 = 0.02;
/// From this share learnt on, a training loss that has levelled off is not high.
const MUCH_LEARNT: f64 = 0.9;

/// Everything that is known of a run when it ends.
pub(crate) struct Curve<'a> {
    pub(crate) rows: &'a [RunRow],
    pub(crate) windows: &'a Windows,
    pub(crate) stopped_by: StoppedBy,
    /// Loss of the best constant answer on the samples of the training losses.
    pub(crate) constant_loss: f64,
    /// Loss of the best constant answer on the validation samples.
    pub(crate) validation_constant_loss: f64,
    /// How well nearest neighbours do; asked only where it decides.
    pub(crate) neighbours: &'a dyn Fn() -> Option<NeighbourScore>,
}

/// Judges a run.
pub(crate) fn judge(curve: &Curve) -> Verdict {
    let Some((best, last)) = best_row(curve.rows).zip(curve.rows.last()) else {
        return unclear(VerdictCause::NoFiniteEvaluation, CurveEvidence::default());
    };
    let mut facts = Facts::new(curve, best);
    if curve.stopped_by == StoppedBy::Diverged || !last.validation.loss.is_finite() {
        facts.evidence.last_loss = last.validation.loss;
        return facts.because(RunVerdictKind::Diverged, VerdictCause::NotFinite);
    }
    let answers = [
        Facts::few,
        Facts::diverged,
        Facts::learnt_nothing,
        Facts::learnt_by_heart,
        Facts::rises,
        Facts::falls,
    ];
    let answer = answers.into_iter().find_map(|asked| asked(&facts, curve));
    answer.or_else(|| facts.stays_high(curve)).unwrap_or_else(|| facts.converged())
}

/// The evidence, and the scatter of evaluations.
struct Facts {
    evidence: CurveEvidence,
    /// Change of the validation loss from the lowest window to the last.
    rise: Change,
    /// Its fall over the last third of the run.
    fall: Change,
    /// Scatter of the difference of two windows, of the validation and of the training loss.
    scatter: f64,
    train_scatter: f64,
    /// Training loss of the window two thirds through the run.
    train_before: f64,
}

impl Facts {
    fn new(curve: &Curve, best: &RunRow) -> Self {
        let last = curve.windows.last();
        let lowest = curve.windows.lowest().unwrap_or(&last);
        let before = curve.windows.at(2.0 / 3.0).unwrap_or(&last);
        let (rise, fall) = (last.change_since(lowest), before.change_since(&last));
        // The first half of a run moves too much to show its scatter.
        let late = &curve.rows[curve.rows.len() / 2..];
        let pair = std::f64::consts::SQRT_2;
        Self {
            evidence: evidence(curve, best, lowest, before, &last, rise, fall),
            rise,
            fall,
            scatter: pair * scatter(late.iter().map(|row| row.validation.loss)),
            train_scatter: pair * scatter(late.iter().map(|row| row.train.loss)),
            train_before: before.train,
        }
    }

    /// Is what was learnt lost, or was it never learnt because the steps were too long?
    fn diverged(&self, curve: &Curve) -> Option<Verdict> {
        let e = &self.evidence;
        let (constant, untrained) = (e.reference_loss(), e.untrained_loss);
        let worst = constant.max(untrained);
        let noise = BEYOND_SCATTER * self.train_scatter;
        // A loss that swings widely has a wide scatter, but never comes down again.
        let late = &curve.rows[curve.rows.len() / 2..];
        let all_late_above = |level: f64| late.iter().all(|row| row.train.loss > 1.02 * level);
        let late_mean = late.iter().map(|row| row.train.loss).sum::<f64>() / late.len() as f64;
        let above = |level: f64| e.train_loss_last > 1.02 * level + noise || all_late_above(level);
        let near_best = e.last_loss < e.best_loss * (1.0 + LARGE_PERCENT / 100.0);
        let moved = (e.train_loss_last - untrained).abs() > 0.02 * untrained;
        // Later on, a few steps may be of samples that happen to be hard. The first row covers the
        // steps in which a network dies before it is evaluated at all.
        let first_steps = curve.rows.get(1).and_then(|row| row.step_loss).unwrap_or(0.0);
        let highest = curve.rows.iter().map(|row| row.train.loss).fold(first_steps, f64::max);
        let spiked = highest > 1.5 * worst;
        let learnt_at_best = constant - e.train_loss_at_best;
        let lost = e.train_loss_last - e.train_loss_at_best;
        let cause = if above(worst) && !near_best {
            VerdictCause::WorseThanUntrained
        } else if learnt_at_best > LITTLE_LEARNT * constant && lost > learnt_at_best / 2.0 + noise {
            VerdictCause::LostWhatItLearnt
        } else if spiked && e.learnt().abs() < LITTLE_LEARNT {
            VerdictCause::FellBackToConstant
        } else if late_mean > 1.03 * constant && moved && !self.train_falls() {
            VerdictCause::WorseThanConstant
        } else {
            return None;
        };
        Some(self.because(RunVerdictKind::Diverged, cause))
    }

    /// Whether the training loss fell over the last third of the run.
    fn train_falls(&self) -> bool {
        let fall = self.train_before - self.evidence.train_loss_last;
        fall > self.train_scatter && fall > STANDS * self.evidence.reference_loss()
    }

    /// Are there too few evaluations for two windows?
    fn few(&self, curve: &Curve) -> Option<Verdict> {
        let (evaluations, needed) = (curve.rows.len() as u64, FEWEST as u64);
        let cause = VerdictCause::TooFewEvaluations { evaluations, needed };
        (evaluations < needed).then(|| unclear(cause, self.evidence))
    }

    /// Is the training loss still about that of a constant answer?
    fn learnt_nothing(&self, _: &Curve) -> Option<Verdict> {
        let e = &self.evidence;
        let cause = match e.learnt() {
            learnt if learnt < LITTLE_LEARNT && self.train_falls() => VerdictCause::SlowStart,
            learnt if learnt < NOTHING_LEARNT => VerdictCause::NearConstant,
            _ => return None,
        };
        Some(self.because(RunVerdictKind::Underfitting, cause))
    }

    /// Is the network worse than a constant answer on new samples, though not on its own?
    fn learnt_by_heart(&self, curve: &Curve) -> Option<Verdict> {
        let e = &self.evidence;
        let constant = curve.validation_constant_loss;
        let last = curve.windows.last().interval();
        let worse = last.mean > (1.0 + LARGE_PERCENT / 100.0) * constant && last.low > constant;
        let cause = VerdictCause::WorseThanGuessing { constant_loss: constant };
        (worse && e.learnt() > 0.5)
            .then(|| Verdict { cause: Some(cause), ..self.since(RunVerdictKind::Overfitting) })
    }

    /// Has the validation loss risen since its lowest window?
    fn rises(&self, _: &Curve) -> Option<Verdict> {
        let e = &self.evidence;
        if e.rise_percent < RISE_PERCENT || self.rise.mean < NEGLIGIBLE * e.reference_loss() {
            return None;
        }
        let beyond_scatter = self.rise.mean > BEYOND_SCATTER * self.scatter;
        let certain = self.rise.low > 0.0 && beyond_scatter;
        let by_heart = e.train_loss_last < BY_HEART * e.reference_loss();
        let train_fell = by_heart || e.train_loss_last < 0.98 * e.train_loss_at_best;
        let fell_by_a_factor = by_heart || e.train_loss_last < 0.5 * e.train_loss_at_best;
        let overfitting = || self.since(RunVerdictKind::Overfitting);
        if certain {
            let cause = VerdictCause::TrainingLossDidNotFall;
            return Some(if train_fell { overfitting() } else { unclear(cause, e.to_owned()) });
        }
        // A few samples of a small loss rise by much and mean nothing.
        let above_error = self.rise.mean > self.rise.half() / 2.0;
        let learnt_since = e.train_loss_at_best - e.train_loss_last;
        let much_by_heart =
            e.train_loss_last < 0.25 * e.train_loss_at_best && learnt_since > 0.05 * e.reference_loss();
        let telling = above_error || much_by_heart;
        let noticeable = if telling { NOTICEABLE } else { 5.0 * NOTICEABLE } * e.reference_loss();
        if !(beyond_scatter && train_fell && self.rise.mean > noticeable) {
            return None;
        }
        let doubt = self.doubt(self.rise);
        let probable = above_error && e.samples >= FEWEST_FOR_LIKELY;
        if fell_by_a_factor && e.rise_percent > LARGE_PERCENT && probable {
            return Some(Verdict { doubt, ..overfitting() });
        }
        Some(Verdict { doubt, ..unclear(VerdictCause::TooFewSamples, e.to_owned()) })
    }

    /// Does the validation loss still fall?
    fn falls(&self, _: &Curve) -> Option<Verdict> {
        let e = &self.evidence;
        let scatter = BEYOND_SCATTER * self.scatter;
        let matters = e.fall_percent > FALL_PERCENT && self.fall.mean > WORTHWHILE * e.reference_loss();
        if !matters || self.fall.mean < scatter {
            return None;
        }
        let improving = verdict(RunVerdictKind::Improving, *e);
        if self.fall.low > 0.0 {
            return Some(improving);
        }
        let train_falls = e.train_loss_last < 0.9 * self.train_before;
        let likely = e.fall_percent > LARGE_PERCENT && train_falls && e.samples >= FEWEST_FOR_LIKELY;
        likely.then(|| Verdict { doubt: self.doubt(self.fall), ..improving })
    }

    /// Has the training loss levelled off far above what this data allow?
    fn stays_high(&self, curve: &Curve) -> Option<Verdict> {
        let last = curve.rows.last()?;
        if self.evidence.learnt() >= MUCH_LEARNT {
            return None;
        }
        let (neighbours, network, accuracy, better) = match (curve.neighbours)()? {
            NeighbourScore::Accuracy(neighbours, samples) => {
                let network = f64::max(last.train.accuracy?, last.validation.accuracy?);
                let (wrong, network_wrong) = (1.0 - neighbours, 1.0 - network);
                let error = (network_wrong * network / samples.max(1) as f64).sqrt();
                (
                    neighbours,
                    network,
                    true,
                    wrong < 0.5 * network_wrong && network_wrong - wrong > 2.0 * error,
                )
            }
            NeighbourScore::Loss(neighbours) => {
                let network = self.evidence.train_loss_last.min(self.evidence.last_loss);
                (neighbours, network, false, neighbours < 0.5 * network)
            }
        };
        let cause = VerdictCause::NeighboursDoBetter { neighbours, network, accuracy };
        better.then(|| self.because(RunVerdictKind::Underfitting, cause))
    }

    /// Nothing changes any more, as far as the samples can tell.
    fn converged(&self) -> Verdict {
        let e = &self.evidence;
        // How large a change would be too large to overlook? Either it has happened, within the
        // noise of the samples, or they could not have told it.
        let room = f64::max(LARGE_PERCENT / 100.0 * e.last_loss, NOTICEABLE * e.reference_loss());
        let half = self.fall.half();
        let doubt = if self.rise.mean > room && self.rise.low < 0.0 {
            self.doubt(self.rise)
        } else if half > room {
            self.doubt(Change { mean: room, low: room - half, high: room + half })
        } else {
            None
        };
        Verdict { doubt, ..verdict(RunVerdictKind::Converged, *e) }
    }

    fn because(&self, kind: RunVerdictKind, cause: VerdictCause) -> Verdict {
        Verdict { cause: Some(cause), ..verdict(kind, self.evidence) }
    }

    fn since(&self, kind: RunVerdictKind) -> Verdict {
        Verdict { since_step: Some(self.evidence.best_step), ..verdict(kind, self.evidence) }
    }

    /// How many samples would tell a change of this mean: the interval narrows with their root.
    fn doubt(&self, change: Change) -> Option<SampleDoubt> {
        let samples = self.evidence.samples;
        if samples < 2 {
            return Some(SampleDoubt { samples, needed: FEWEST_FOR_LIKELY });
        }
        let needed = samples as f64 * (change.half() / change.mean).powi(2);
        needed.is_finite().then(|| SampleDoubt { samples, needed: (needed.ceil() as u64).max(samples + 1) })
    }
}

fn verdict(kind: RunVerdictKind, evidence: CurveEvidence) -> Verdict {
    Verdict { kind, since_step: None, cause: None, doubt: None, evidence }
}

fn unclear(cause: VerdictCause, evidence: CurveEvidence) -> Verdict {
    Verdict { cause: Some(cause), ..verdict(RunVerdictKind::Unclear, evidence) }
}

/// The row with the lowest validation loss, the first of equals.
pub(crate) fn best_row(rows: &[RunRow]) -> Option<&RunRow> {
    let finite = rows.iter().filter(|row| row.validation.loss.is_finite());
    finite.min_by(|a, b| a.validation.loss.total_cmp(&b.validation.loss))
}

fn evidence(
    curve: &Curve,
    best: &RunRow,
    lowest: &Window,
    before: &Window,
    last: &Window,
    rise: Change,
    fall: Change,
) -> CurveEvidence {
    // + 1e-8: undefined at a loss of 0.
    let percent = |from: f64, to: f64| 100.0 * ((to + 1e-8) / (from + 1e-8) - 1.0);
    CurveEvidence {
        window: WINDOW as u64,
        samples: last.samples(),
        best_loss: lowest.validation,
        best_step: best.step,
        last_loss: last.validation,
        rise_percent: percent(lowest.validation, last.validation),
        rise_low: rise.low,
        rise_high: rise.high,
        fall_percent: -percent(before.validation, last.validation),
        fall_low: fall.low,
        fall_high: fall.high,
        train_loss_at_best: lowest.train,
        train_loss_last: last.train,
        constant_loss: curve.constant_loss,
        untrained_loss: curve.rows[0].train.loss,
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SplitMetrics;
    use batchwright_data::{Domain, RandomStream};

    /// Samples whose losses are all the mean, or scatter around it by this share, anew at each
    /// evaluation.
    struct Samples {
        count: usize,
        scatter: f64,
        /// Training loss of a constant answer.
        constant: f64,
    }

    const EVEN: Samples = Samples { count: 200, scatter: 0.0, constant: 1.0 };

    /// A run with these (training, validation) losses, evaluated every 10 steps, where a constant
    /// answer has a loss of 1 on the validation samples.
    fn judged(curve: &[(f64, f64)], samples: &Samples, neighbours: Option<NeighbourScore>) -> Verdict {
        let metrics = |loss| SplitMetrics { loss, accuracy: Some(0.5) };
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
        for (i, row) in rows.iter().enumerate() {
            let mut stream = RandomStream::new(1, Domain::Bed, i as u64, 0);
            let mut loss = |_| (row.validation.loss * (1.0 + samples.scatter * stream.normal())) as f32;
            windows.push(row, &(0..samples.count).map(&mut loss).collect::<Vec<f32>>());
        }
        judge(&Curve {
            rows: &rows,
            windows: &windows,
            stopped_by: StoppedBy::Duration,
            constant_loss: samples.constant,
            validation_constant_loss: 1.0,
            neighbours: &|| neighbours,
        })
    }

    fn even(curve: &[(f64, f64)]) -> Verdict {
        judged(curve, &EVEN, None)
    }

    fn curve(f: impl Fn(f64) -> (f64, f64)) -> Vec<(f64, f64)> {
        (0..=30).map(|i| f(f64::from(i) / 30.0)).collect()
    }

    /// Falls from 1.1 to 0.1 within a tenth of the run.
    fn quick(t: f64) -> f64 {
        0.1 + (-40.0 * t).exp()
    }

    fn is(verdict: &Verdict, kind: RunVerdictKind, cause: Option<VerdictCause>) {
        assert_eq!((verdict.kind, verdict.cause), (kind, cause), "{verdict:?}");
    }

    #[test]
    fn a_rising_validation_loss_under_a_falling_training_loss_is_overfitting_since_its_minimum() {
        let verdict = even(&curve(|t| (1.0 - 0.9 * t, 1.0 - t + 1.5 * t * t)));
        assert_eq!((verdict.kind, verdict.since_step), (RunVerdictKind::Overfitting, Some(100)));
    }

    /// From its first steps on a run can do harm; "no better than untrained" would hide it.
    #[test]
    fn what_is_learnt_by_heart_is_overfitting_even_where_the_loss_no_longer_rises() {
        let verdict = even(&curve(|t| (quick(t) - 0.1, 1.2 + 0.3 * (1.0 - (-40.0 * t).exp()))));
        is(
            &verdict,
            RunVerdictKind::Overfitting,
            Some(VerdictCause::WorseThanGuessing { constant_loss: 1.0 }),
        );
    }

    #[test]
    fn losses_that_rise_together_are_divergence() {
        let lost = even(&curve(|t| (0.2 + 2.0 * (t - 0.5).max(0.0), 0.3 + 2.0 * (t - 0.5).max(0.0))));
        is(&lost, RunVerdictKind::Diverged, Some(VerdictCause::LostWhatItLearnt));
        let exploding = even(&curve(|t| (2.0 + (60.0 * t).exp(), 2.0 + (60.0 * t).exp())));
        is(&exploding, RunVerdictKind::Diverged, Some(VerdictCause::WorseThanUntrained));
        let swinging = even(&curve(|t| (3.0 + 2.0 * (90.0 * t).sin(), 3.0 + 2.0 * (90.0 * t).sin())));
        assert_eq!(swinging.kind, RunVerdictKind::Diverged);
        let mut spiked = curve(|_| (1.01, 1.01));
        spiked[1] = (80.0, 80.0);
        is(&even(&spiked), RunVerdictKind::Diverged, Some(VerdictCause::FellBackToConstant));
        let above = even(&curve(|t| (1.1 + 0.4 * (-40.0 * t).exp(), 1.1 + 0.4 * (-40.0 * t).exp())));
        is(&above, RunVerdictKind::Diverged, Some(VerdictCause::WorseThanConstant));
        let mut poisoned = curve(|t| (1.0 - t, 1.0 - t));
        poisoned.push((f64::NAN, f64::NAN));
        is(&even(&poisoned), RunVerdictKind::Diverged, Some(VerdictCause::NotFinite));
    }

    /// A poor beginning is no divergence where the end is the best.
    #[test]
    fn a_run_that_ends_near_its_best_has_not_diverged() {
        let late = even(&curve(|t| (3.0 - 2.8 * t, 3.0 - 2.8 * t)));
        assert_eq!(late.kind, RunVerdictKind::Improving);
        let frozen = even(&curve(|_| (1.4, 1.4)));
        is(&frozen, RunVerdictKind::Underfitting, Some(VerdictCause::NearConstant));
    }

    #[test]
    fn flat_is_converged_and_falling_is_improving() {
        is(&even(&curve(|t| (quick(t), 0.1 + quick(t)))), RunVerdictKind::Converged, None);
        let falling = even(&curve(|t| (1.0 - 0.5 * t, 1.0 - 0.4 * t)));
        is(&falling, RunVerdictKind::Improving, None);
        assert!(falling.evidence.fall_percent > 3.0, "{falling:?}");
    }

    /// A high loss that has levelled off: is it the data, or the network?
    #[test]
    fn a_high_loss_is_underfitting_where_neighbours_do_much_better() {
        let high = curve(|t| (0.5 + quick(t), 0.5 + quick(t)));
        is(&even(&high), RunVerdictKind::Converged, None);
        is(&judged(&high, &EVEN, Some(NeighbourScore::Accuracy(0.55, 200))), RunVerdictKind::Converged, None);
        let told = judged(&high, &EVEN, Some(NeighbourScore::Accuracy(0.9, 200)));
        let cause = VerdictCause::NeighboursDoBetter { neighbours: 0.9, network: 0.5, accuracy: true };
        is(&told, RunVerdictKind::Underfitting, Some(cause));
        // With a handful of samples such a difference is chance.
        is(&judged(&high, &EVEN, Some(NeighbourScore::Accuracy(0.8, 9))), RunVerdictKind::Converged, None);
        let loss = judged(&high, &EVEN, Some(NeighbourScore::Loss(0.1)));
        assert_eq!(loss.kind, RunVerdictKind::Underfitting);
        let low = curve(|t| (quick(t) - 0.05, quick(t)));
        is(&judged(&low, &EVEN, Some(NeighbourScore::Loss(0.0))), RunVerdictKind::Converged, None);
    }

    #[test]
    fn where_nothing_is_learnt_it_is_underfitting() {
        let slow = even(&curve(|t| (1.2 - 0.05 * t, 1.2 - 0.05 * t)));
        is(&slow, RunVerdictKind::Underfitting, Some(VerdictCause::SlowStart));
        let constant = even(&curve(|t| (0.99 + 0.002 * (70.0 * t).sin(), 0.99)));
        is(&constant, RunVerdictKind::Underfitting, Some(VerdictCause::NearConstant));
    }

    /// Otherwise a run without a verdict is given the wrong cause.
    #[test]
    fn an_unclear_verdict_names_its_cause() {
        let stuck = even(&curve(|t| (0.5, 0.6 - 0.4 * t + 0.5 * t * t)));
        is(&stuck, RunVerdictKind::Unclear, Some(VerdictCause::TrainingLossDidNotFall));
        let nothing = even(&curve(|_| (f64::NAN, f64::NAN)));
        is(&nothing, RunVerdictKind::Unclear, Some(VerdictCause::NoFiniteEvaluation));
        let few = even(&[(1.0, 1.0), (0.5, 2.0)]);
        let cause = VerdictCause::TooFewEvaluations { evaluations: 2, needed: 6 };
        is(&few, RunVerdictKind::Unclear, Some(cause));
    }

    /// A rise of 2% that every sample shares is certain, but too small to matter.
    #[test]
    fn a_certain_but_tiny_rise_is_not_overfitting() {
        let verdict = even(&curve(|t| (quick(t), 0.2 + quick(t) + 0.004 * t)));
        is(&verdict, RunVerdictKind::Converged, None);
    }

    /// The samples disagree so much that their mean may have risen by chance. With many of them it
    /// is likely, with few nothing can be said; both say how many would tell.
    #[test]
    fn what_the_samples_cannot_settle_is_likely_or_unclear() {
        let overfit = curve(|t| (0.6 * (-6.0 * t).exp(), 0.4 - 0.5 * t + 0.7 * t * t));
        let with = |count| judged(&overfit, &Samples { count, scatter: 3.0, ..EVEN }, None);
        let (sure, likely, few) = (with(2_000), with(40), with(10));
        assert_eq!((sure.kind, sure.doubt), (RunVerdictKind::Overfitting, None));
        assert_eq!(likely.kind, RunVerdictKind::Overfitting, "{likely:?}");
        assert_eq!((few.kind, few.cause), (RunVerdictKind::Unclear, Some(VerdictCause::TooFewSamples)));
        for (verdict, samples) in [(likely, 40), (few, 10)] {
            let doubt = verdict.doubt.expect("a doubt");
            assert!(doubt.samples == samples && (11..2_000).contains(&doubt.needed), "{doubt:?}");
        }
    }

    /// All training samples have one label: a constant answer is never wrong, and everything is
    /// learnt, by heart.
    #[test]
    fn one_label_in_all_training_samples_is_no_divergence() {
        let one_label = Samples { constant: 0.0, ..EVEN };
        let verdict = judged(&curve(|t| (quick(t) - 0.1, 1.1 + 2.0 * t)), &one_label, None);
        assert_eq!(verdict.kind, RunVerdictKind::Overfitting, "{verdict:?}");
    }

    /// The interval over one sample is not known: that is a doubt, not a certainty.
    #[test]
    fn one_validation_sample_settles_nothing() {
        let one = Samples { count: 1, ..EVEN };
        let verdict = judged(&curve(|t| (quick(t), 0.1 + quick(t))), &one, None);
        assert!(verdict.doubt.is_some_and(|doubt| doubt.samples == 1 && doubt.needed > 1), "{verdict:?}");
    }

    /// As for a rise: a fall within the noise of the samples is none.
    #[test]
    fn a_fall_within_the_noise_of_the_samples_is_not_improving() {
        let falling = curve(|t| (quick(t), 0.5 - 0.06 * t));
        let noisy = judged(&falling, &Samples { count: 14, scatter: 0.9, ..EVEN }, None);
        assert_eq!(noisy.kind, RunVerdictKind::Converged, "{noisy:?}");
        assert!(noisy.doubt.is_some_and(|doubt| doubt.needed > 14), "{noisy:?}");
        assert_eq!(even(&falling).kind, RunVerdictKind::Improving);
    }
}
