//! What one run of an audit showed: the metric and the learning rate along the training, and how
//! many steps its epochs have. Here two runs are compared.
//!
//! Left out: which runs are compared, and what a difference means.

use crate::audit::audited::{CurveGap, PairedGap};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Differences up to this share are rounding: sums of 32-bit numbers in another order.
pub(crate) const ROUNDING: f64 = 1e-5;
/// Number of pairs of runs, each with its own seed, that a comparison on average rests on.
pub(crate) const PAIRS: u64 = 5;
/// Student's t with 4 degrees of freedom for a two-sided error of 0.5%.
const T: f64 = 5.598;
/// An epoch may be printed with two digits.
const EPOCH_ROUNDING: f64 = 0.005;
/// A number of steps closer to a whole number than this is that number.
const WHOLE: f64 = 0.2;

/// The metric by training samples.
pub(crate) type Curve = BTreeMap<u64, f64>;

/// One row of the metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ObservedRow {
    /// Training samples: as printed, or derived from the step or the epoch.
    pub(crate) samples: u64,
    /// As printed.
    pub(crate) step: Option<f64>,
    /// As printed.
    pub(crate) epoch: Option<f64>,
    /// Training samples as printed.
    pub(crate) own_samples: Option<f64>,
    pub(crate) value: f64,
}

/// What one run showed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ObservedRun {
    pub(crate) rows: Vec<ObservedRow>,
    /// (training samples, learning rate) of each row that reported a rate, with or without the
    /// metric.
    pub(crate) rates: Vec<(u64, f64)>,
    /// Whether it ended by itself.
    pub(crate) finished: bool,
}

impl ObservedRun {
    /// The metric by samples. Of several rows at one position the last one counts.
    pub(crate) fn curve(&self) -> Curve {
        self.rows.iter().map(|row| (row.samples, row.value)).collect()
    }

    /// The metric by step, in samples of full batches, where steps are printed.
    pub(crate) fn curve_by_step(&self, batch_size: u64) -> Curve {
        let at = |step: f64| (step.round() as u64).saturating_mul(batch_size);
        self.rows.iter().filter_map(|row| Some((at(row.step?), row.value))).collect()
    }

    /// Steps of an epoch of `samples` training samples; `None` where the rows do not tell.
    /// `whole_epochs`: epochs that the program was asked for and has trained, if it ended by itself.
    ///
    /// A program that trains on a short last batch but counts it as a full one tells nothing by its
    /// samples; its epochs and its end may.
    pub(crate) fn steps_of_epoch(
        &self,
        batch_size: u64,
        samples: u64,
        whole_epochs: Option<u64>,
    ) -> Option<f64> {
        let last = self.rows.last()?;
        let by_samples = || steps_by_samples(last, batch_size as f64, samples as f64);
        let by_end = || Some(last.step? / whole_epochs.filter(|_| self.finished)? as f64);
        by_samples().or_else(|| self.steps_by_epoch()).or_else(by_end)
    }

    /// Training samples of a step, where both are printed.
    pub(crate) fn samples_of_step(&self) -> Option<f64> {
        let (step, samples) = self.rows.last().and_then(|row| row.step.zip(row.own_samples))?;
        (step > 0.0).then(|| samples / step)
    }

    fn steps_by_epoch(&self) -> Option<f64> {
        let both = |row: &ObservedRow| row.epoch.zip(row.step);
        let told: Vec<(f64, f64)> = self.rows.iter().filter_map(both).collect();
        if told.iter().any(|(epoch, _)| epoch.fract() != 0.0) {
            let &(epoch, step) = told.last()?;
            let uncertainty = step * EPOCH_ROUNDING / (epoch * epoch);
            return (epoch >= 1.0 && uncertainty < WHOLE).then_some(step / epoch);
        }
        steps_between_epochs(&told)
    }
}

/// A row after `e` epochs and some further whole batches.
fn steps_by_samples(row: &ObservedRow, batch_size: f64, epoch: f64) -> Option<f64> {
    let (step, samples) = row.step.zip(row.own_samples)?;
    let epochs = (samples / epoch).floor();
    let further = (samples - epochs * epoch) / batch_size;
    let counts_full_batches = samples == step * batch_size;
    (epochs >= 1.0 && !counts_full_batches).then(|| (step - further) / epochs)
}

/// From rows that print the number of the epoch they are in: the last step of the last epoch that is
/// known to be over, divided by the number of epochs up to there.
fn steps_between_epochs(told: &[(f64, f64)]) -> Option<f64> {
    let mut ends: Vec<(f64, f64)> = Vec::new();
    let mut seen_at_end = Vec::new();
    for (index, (epoch, step)) in told.iter().enumerate() {
        let next = told.get(index + 1);
        if next.is_some_and(|(next, _)| next == epoch) {
            continue;
        }
        ends.push((*epoch, *step));
        // Evaluations that are rarer than the steps need not stand at the end of an epoch, but one
        // does where the next epoch's first row is one step later.
        seen_at_end.push(next.is_some_and(|(_, next)| *next == step + 1.0));
    }
    let one_an_epoch = ends.len() == told.len();
    let over = |index: &usize| one_an_epoch || seen_at_end[*index];
    let last = (0..ends.len()).rev().find(over)?;
    Some(ends[last].1 / (last + 1) as f64)
}

/// The whole number that a measured number of steps is, if it is one.
pub(crate) fn whole(steps: f64) -> Option<u64> {
    ((steps - steps.round()).abs() < WHOLE && steps >= 0.5).then_some(steps.round() as u64)
}

/// The relative difference of two values.
fn relative(first: f64, second: f64) -> f64 {
    if first.to_bits() == second.to_bits() || first == second || first.is_nan() && second.is_nan() {
        return 0.0;
    }
    let share = (first - second).abs() / first.abs().max(second.abs());
    if share.is_finite() { share } else { f64::INFINITY }
}

/// Where two curves are furthest apart within a range of samples; `None` where they have no row in
/// common there.
pub(crate) fn gap(first: &Curve, second: &Curve, within: RangeInclusive<u64>) -> Option<CurveGap> {
    let common = first.range(within).filter_map(|(samples, value)| {
        let other = *second.get(samples)?;
        Some(CurveGap {
            rows: 0,
            samples: *samples,
            first: *value,
            second: other,
            relative: relative(*value, other),
        })
    });
    let common: Vec<CurveGap> = common.collect();
    let largest =
        common.iter().copied().reduce(|most, gap| if gap.relative >= most.relative { gap } else { most })?;
    Some(CurveGap { rows: common.len() as u64, ..largest })
}

/// Relative differences (second - first) of pairs of curves, as their mean over pairs with an
/// interval. It is taken at the first common position, where a wrong step shows best, or over all
/// of them, whichever is more certain.
pub(crate) fn paired(pairs: &[(Curve, Curve)], within: &RangeInclusive<u64>) -> Option<PairedGap> {
    let rows: Option<Vec<Vec<f64>>> =
        pairs.iter().map(|(first, second)| differences(first, second, within)).collect();
    let rows = rows?;
    let at_first = mean_with_margin(rows.iter().map(|row| row[0]).collect());
    let over_all = mean_with_margin(rows.iter().map(|row| mean(row)).collect());
    let certainty = |gap: &PairedGap| {
        if gap.mean.is_finite() { gap.mean.abs() / gap.margin.max(f64::MIN_POSITIVE) } else { f64::INFINITY }
    };
    Some(if certainty(&at_first) > certainty(&over_all) { at_first } else { over_all })
}

/// At least one difference, or none.
fn differences(first: &Curve, second: &Curve, within: &RangeInclusive<u64>) -> Option<Vec<f64>> {
    let signed = |(samples, value): (&u64, &f64)| {
        let other = *second.get(samples)?;
        Some(relative(*value, other).copysign(if other < *value { -1.0 } else { 1.0 }))
    };
    let found: Vec<f64> = first.range(within.clone()).filter_map(signed).collect();
    (!found.is_empty()).then_some(found)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean of [`PAIRS`] values, and half the width of its interval.
pub(crate) fn mean_with_margin(values: Vec<f64>) -> PairedGap {
    let (pairs, mean) = (values.len() as u64, mean(&values));
    if !mean.is_finite() {
        return PairedGap { pairs, mean: f64::INFINITY, margin: 0.0 };
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let count = values.len() as f64;
    let margin = T * (squares / (count - 1.0).max(1.0) / count).sqrt();
    PairedGap { pairs, mean, margin }
}

impl CurveGap {
    /// Whether the difference is only rounding.
    pub(crate) fn is_rounding(&self) -> bool {
        self.relative <= ROUNDING
    }
}

impl PairedGap {
    /// Whether the two ways differ on average, by more than rounding.
    pub(crate) fn is_certain(&self) -> bool {
        self.mean.abs() > self.margin && self.mean.abs() > 10.0 * ROUNDING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(step: f64, epoch: Option<f64>, own_samples: Option<f64>) -> ObservedRow {
        ObservedRow {
            samples: own_samples.unwrap_or(step * 8.0) as u64,
            step: Some(step),
            epoch,
            own_samples,
            value: 1.0,
        }
    }

    fn run(rows: Vec<ObservedRow>) -> ObservedRun {
        ObservedRun { rows, rates: Vec::new(), finished: true }
    }

    /// 100 samples in batches of 8 are 13 steps, the last one of 4 samples, or 12 steps.
    #[test]
    fn the_steps_of_an_epoch_are_read_from_what_rows_print() {
        let steps = |rows: Vec<ObservedRow>| run(rows).steps_of_epoch(8, 100, None);
        // True samples: one epoch and two steps later; an epoch of which the end is skipped.
        assert_eq!(steps(vec![row(15.0, None, Some(116.0))]), Some(13.0));
        assert_eq!(steps(vec![row(14.0, None, Some(116.0))]), Some(12.0));
        assert_eq!(steps(vec![row(12.0, None, Some(96.0))]), None, "the epoch is not over");
        assert_eq!(steps(vec![row(26.0, None, Some(208.0))]), None, "steps times the batch size");
        // Fractions of an epoch, with two digits.
        assert_eq!(
            steps(vec![row(13.0, Some(1.0), None), row(19.0, Some(1.46), None)]).map(f64::round),
            Some(13.0)
        );
        assert_eq!(steps(vec![row(18.0, Some(1.5), None)]), Some(12.0));
        // Numbers of epochs: from 1 or from 0, after each step or once an epoch.
        let numbers = |first: f64| {
            (1..=20)
                .map(|step| row(step.into(), Some(if step <= 13 { first } else { first + 1.0 }), None))
                .collect()
        };
        assert_eq!((steps(numbers(1.0)), steps(numbers(0.0))), (Some(13.0), Some(13.0)));
        // Windows that go on over the end of an epoch: 12 steps in the first one, 13 in the second.
        let epoch_of = |step: u32| {
            if step <= 12 {
                0.0
            } else if step <= 25 {
                1.0
            } else {
                2.0
            }
        };
        let going_on = (1..=26).map(|step| row(step.into(), Some(epoch_of(step)), None)).collect();
        assert_eq!(steps(going_on), Some(12.5));
        assert_eq!(steps(vec![row(13.0, Some(1.0), None), row(26.0, Some(2.0), None)]), Some(13.0));
        assert_eq!(
            steps(vec![row(10.0, Some(1.0), None), row(20.0, Some(2.0), None), row(25.0, Some(2.0), None)]),
            None
        );
        // Its end.
        assert_eq!(run(vec![row(26.0, None, None)]).steps_of_epoch(8, 100, Some(2)), Some(13.0));
        let stopped = ObservedRun { finished: false, ..run(vec![row(26.0, None, None)]) };
        assert_eq!(stopped.steps_of_epoch(8, 100, Some(2)), None);
    }

    fn values(values: &[f64]) -> ObservedRun {
        let rows = values.iter().zip(1_u64..).map(|(&value, step)| ObservedRow {
            value,
            samples: 8 * step,
            ..row(step as f64, None, None)
        });
        run(rows.collect())
    }

    /// A comparison by the number of the row would compare other positions.
    #[test]
    fn runs_are_compared_where_both_have_a_row() {
        let curve = |of: &[f64]| values(of).curve();
        let (first, second) = (curve(&[1.0, 0.8, 0.5]), curve(&[1.0, 0.7]));
        let found = gap(&first, &second, 0..=u64::MAX).unwrap();
        assert_eq!((found.rows, found.samples, found.first, found.second), (2, 16, 0.8, 0.7));
        assert!((found.relative - 0.125).abs() < 1e-12);
        assert_eq!(gap(&first, &second, 17..=u64::MAX), None);
        assert!(gap(&first, &first, 0..=u64::MAX).unwrap().is_rounding());
        let infinite = gap(&curve(&[f64::NAN, 1.0]), &curve(&[f64::NAN, f64::NAN]), 0..=u64::MAX).unwrap();
        assert_eq!((infinite.samples, infinite.relative), (16, f64::INFINITY));
    }

    /// Five pairs that differ by chance are not a fault; five that all differ alike are.
    #[test]
    fn a_mean_is_certain_where_all_pairs_agree() {
        let of = |second: [f64; 5]| {
            let pair = |value: f64| (values(&[1.0, 1.0]).curve(), values(&[value, 1.0]).curve());
            paired(&second.map(pair), &(0..=u64::MAX)).unwrap()
        };
        assert!(!of([1.1, 0.9, 1.05, 0.97, 1.0]).is_certain());
        let found = of([1.1, 1.11, 1.09, 1.1, 1.1]);
        assert!(found.is_certain() && found.mean > 0.04 && found.pairs == 5, "{found:?}");
        assert!(of([f64::NAN; 5]).is_certain());
        assert!(!of([1.000_01; 5]).is_certain(), "rounding");
    }
}
