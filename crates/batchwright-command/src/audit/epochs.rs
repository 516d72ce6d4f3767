//! Questions about the end of an epoch: the short last batch, and the short last window of
//! micro-batches.

use crate::audit::audited::{AuditEvidence, AuditNeed, PairedGap};
use crate::audit::equality::{needs, needs_division};
use crate::audit::inquiry::{CurvePair, Inquiry, are_copies, curves};
use crate::audit::observed::{ObservedRun, ROUNDING, gap, paired, whole};
use crate::audit::setting::AuditSetting;
use crate::process::template::Placeholder;
use std::rc::Rc;

/// A difference after the end of an epoch is more than rounding if it is this many times as large as
/// before it.
const GROWN: f64 = 20.0;
/// Steps after the end of an epoch in which leftover gradients are looked for.
const AFTER: u64 = 4;

/// Whether the short last batch of an epoch is kept.
pub(crate) fn last_batch(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    let epoch = Epoch::of(inquiry)?;
    let reported = epoch.steps(inquiry, &epoch.whole)?;
    let (samples, batch_size) = (epoch.samples, epoch.whole.batch_size);
    Ok(match whole(reported) {
        Some(steps) if steps == samples.div_ceil(batch_size) => AuditEvidence::LastBatchKept { samples, batch_size, steps },
        Some(steps) if steps == samples / batch_size => AuditEvidence::LastBatchDropped { samples, batch_size, steps },
        _ => AuditEvidence::EpochHasOtherSteps { samples, batch_size, steps: reported },
    })
}

/// What becomes of the last window. The measure is the last batch: micro-batches must do what whole
/// batches do.
pub(crate) fn last_window(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    needs(inquiry.takes.division, &[Placeholder::MicroBatchSize, Placeholder::GradAccum])?;
    needs(inquiry.takes.eval_steps, &[Placeholder::EvalSteps])?;
    needs_division(inquiry)?;
    let epoch = Epoch::of(inquiry)?;
    let lost = inquiry.design.last_window().ok_or(AuditNeed::BatchSize { range: inquiry.design.sizes })?;
    let expected = whole(epoch.steps(inquiry, &epoch.whole)?).ok_or(AuditNeed::StepsInRows)?;
    let steps = epoch.steps(inquiry, &epoch.divided)?;
    match whole(steps) {
        Some(steps) if steps == expected => same_steps(inquiry, &epoch, expected),
        Some(all) if all > expected => Ok(AuditEvidence::LastWindowKeptAlone { steps, expected }),
        Some(fewer) if fewer + 1 == expected => dropped_or_leaks(inquiry, &epoch, fewer, lost),
        // A window that goes on over the end of an epoch: two epochs have an odd number of steps.
        None if steps < expected as f64 => Ok(AuditEvidence::LastWindowLeaks { steps, expected, gap: None, paired: None }),
        _ => Err(AuditNeed::StepsInRows),
    }
}

/// The two runs over two epochs, in whole batches and in micro-batches.
struct Epoch {
    samples: u64,
    /// Samples of its whole steps.
    whole_steps: u64,
    whole: AuditSetting,
    divided: AuditSetting,
}

impl Epoch {
    fn of(inquiry: &Inquiry) -> Result<Self, AuditNeed> {
        let design = inquiry.design;
        let (whole, samples) = design.long().zip(design.samples).ok_or(AuditNeed::Samples)?;
        design.rest().ok_or(AuditNeed::BatchSize { range: design.sizes })?;
        let divided = whole.divided(design.accumulation);
        Ok(Self { samples, whole_steps: design.whole_steps(), whole, divided })
    }

    /// Steps of an epoch, as a run shows them.
    fn steps(&self, inquiry: &mut Inquiry, setting: &AuditSetting) -> Result<f64, AuditNeed> {
        let run = inquiry.run(setting)?;
        let whole_epochs = setting.until_end.then_some(setting.max_samples / self.samples);
        run.steps_of_epoch(setting.batch_size, self.samples, whole_epochs).ok_or(AuditNeed::StepsInRows)
    }
}

/// The last window makes a step where the last batch makes one, or none where it makes none.
fn same_steps(inquiry: &mut Inquiry, epoch: &Epoch, expected: u64) -> Result<AuditEvidence, AuditNeed> {
    let (first, second) = (inquiry.run(&epoch.whole)?, inquiry.run(&epoch.divided)?);
    let (before, after) = (0..=epoch.whole_steps, epoch.whole_steps + 1..=u64::MAX);
    let between = |within| gap(&first, &second, within).ok_or(inquiry.no_common_rows());
    let (before, found) = (between(before)?, between(after.clone())?);
    if before.is_rounding() {
        return Ok(match found.relative <= ROUNDING.max(GROWN * before.relative) {
            true => AuditEvidence::LastWindowSame { steps: expected, gap: found },
            false if is_dropped(epoch, expected) => AuditEvidence::LastWindowLeaks { steps: expected as f64, expected, gap: Some(found), paired: None },
            false => AuditEvidence::LastWindowWeighted { before, gap: found, paired: None },
        });
    }
    let pairs = inquiry.pairs(&epoch.whole, &epoch.divided)?;
    let before_end = paired(&curves(&pairs), &(0..=epoch.whole_steps)).ok_or_else(|| inquiry.no_common_rows())?;
    // Micro-batches that train otherwise from the first step on hide what becomes of the last ones.
    if before_end.is_certain() || are_copies(&pairs) {
        return Err(AuditNeed::SameAccumulation);
    }
    let paired = paired(&curves(&pairs), &after).ok_or_else(|| inquiry.no_common_rows())?;
    Ok(match paired.is_certain() {
        true if is_dropped(epoch, expected) => AuditEvidence::LastWindowLeaks { steps: expected as f64, expected, gap: Some(found), paired: Some(paired) },
        true => AuditEvidence::LastWindowWeighted { before, gap: found, paired: Some(paired) },
        false => AuditEvidence::LastWindowUnclear { paired },
    })
}

/// Whether whole batches leave the last one out.
fn is_dropped(epoch: &Epoch, expected: u64) -> bool {
    expected == epoch.samples / epoch.whole.batch_size
}

/// The last window makes no step although the last batch does. If its gradients are still there when
/// the next epoch begins, the first steps of that epoch are longer than the same steps of whole
/// batches, from the same weights.
fn dropped_or_leaks(inquiry: &mut Inquiry, epoch: &Epoch, fewer: u64, lost: u64) -> Result<AuditEvidence, AuditNeed> {
    let (steps, expected) = (fewer as f64, fewer + 1);
    let pairs = inquiry.pairs(&epoch.whole, &epoch.divided)?;
    let by_step = |run: &Rc<ObservedRun>| run.by_step();
    let curves: Vec<CurvePair> = pairs.iter().map(|(first, second)| (by_step(first), by_step(second))).collect();
    let after = paired(&curves, &(expected..=fewer + AFTER)).filter(|_| !are_copies(&pairs));
    Ok(match after {
        Some(after) if after.is_certain() && after.mean.abs() > least_effect(&curves, epoch, fewer) => {
            AuditEvidence::LastWindowLeaks { steps, expected, gap: None, paired: Some(after) }
        }
        _ => AuditEvidence::LastWindowDropped { steps, expected, lost },
    })
}

/// The relative change of the metric that leftover gradients must make at least: a quarter of what
/// their share of a step makes on average in the first epoch.
fn least_effect(curves: &[CurvePair], epoch: &Epoch, fewer: u64) -> f64 {
    let share = (epoch.samples - epoch.whole_steps) as f64 / epoch.whole.batch_size as f64;
    let change = |(first, _): &CurvePair| {
        let (from, to) = (first.get(&1)?, first.get(&fewer)?);
        Some((from - to).abs() / to.abs() / fewer.saturating_sub(1).max(1) as f64)
    };
    let changes: Vec<f64> = curves.iter().filter_map(change).collect();
    let mean = changes.iter().sum::<f64>() / changes.len().max(1) as f64;
    share * mean / 4.0
}

impl PairedGap {
    /// The interval of the mean.
    pub fn interval(&self) -> [f64; 2] {
        [self.mean - self.margin, self.mean + self.margin]
    }
}
