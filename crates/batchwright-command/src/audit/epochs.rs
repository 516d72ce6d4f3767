//! Questions about the end of an epoch: the short last batch, and the short last window of
//! micro-batches.

use crate::audit::audited::{AuditEvidence, AuditJudgement, AuditNeed};
use crate::audit::equality::{accumulation, needs, needs_division};
use crate::audit::inquiry::{Inquiry, are_copies, curves};
use crate::audit::observed::{ObservedRun, ROUNDING, gap, mean_with_margin, paired, whole};
use crate::audit::two_epochs::Epoch;
use crate::process::template::Placeholder;

/// A difference after the end of an epoch is more than rounding if it is this many times as large as
/// before it.
const GROWN: f64 = 20.0;
/// Leftover gradients make the metric fall faster by this share at least: without momentum by three
/// quarters, with momentum by about half.
const FASTER: f64 = 0.2;

/// Whether the short last batch of an epoch is kept.
pub(crate) fn last_batch(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    let epoch = Epoch::of(inquiry)?;
    let reported = epoch.steps(inquiry, &epoch.whole)?;
    let (samples, batch_size) = (epoch.samples, epoch.whole.batch_size);
    Ok(match whole(reported) {
        Some(steps) if steps == samples.div_ceil(batch_size) => {
            AuditEvidence::LastBatchKept { samples, batch_size, steps }
        }
        Some(steps) if steps == samples / batch_size => {
            AuditEvidence::LastBatchDropped { samples, batch_size, steps }
        }
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
    // Windows of another size end elsewhere.
    if !inquiry.takes.micro_batch_size
        && matches!(accumulation(inquiry), Ok(AuditEvidence::AccumulationMultiplies { .. }))
    {
        return Err(AuditNeed::SameAccumulation);
    }
    let steps = epoch.steps(inquiry, &epoch.divided)?;
    match whole(steps) {
        Some(steps) if steps == expected => same_steps(inquiry, &epoch, expected),
        Some(all) if all > expected => Ok(AuditEvidence::LastWindowKeptAlone { steps, expected }),
        Some(fewer) if fewer + 1 == expected => dropped_or_leaks(inquiry, fewer, lost),
        // A window that goes on over the end of an epoch: two epochs have an odd number of steps.
        None if steps < expected as f64 => {
            Ok(AuditEvidence::LastWindowLeaks { steps, expected, gap: None, faster: None })
        }
        _ => Err(AuditNeed::StepsInRows),
    }
}

/// The last window makes a step where the last batch makes one, or none where it makes none.
fn same_steps(inquiry: &mut Inquiry, epoch: &Epoch, expected: u64) -> Result<AuditEvidence, AuditNeed> {
    let (first, second) = (inquiry.run(&epoch.whole)?, inquiry.run(&epoch.divided)?);
    let (before, after) = (0..=epoch.whole_steps, epoch.whole_steps + 1..=u64::MAX);
    // By steps: samples that a program reads and leaves out may count.
    let curve = |run: &ObservedRun| run.curve_by_step(epoch.whole.batch_size);
    let between =
        |within| gap(&curve(&first), &curve(&second), within).ok_or_else(|| inquiry.no_common_rows());
    let (before, found) = (between(before)?, between(after.clone())?);
    if before.is_rounding() {
        return Ok(match found.relative <= ROUNDING.max(GROWN * before.relative) {
            true => AuditEvidence::LastWindowSame { steps: expected, gap: found },
            false if is_dropped(epoch, expected) => AuditEvidence::LastWindowLeaks {
                steps: expected as f64,
                expected,
                gap: Some(found),
                faster: None,
            },
            false => AuditEvidence::LastWindowWeighted { before, gap: found, paired: None },
        });
    }
    let pairs = inquiry.pairs(&epoch.whole, &epoch.divided)?;
    let before_end =
        paired(&curves(&pairs, curve), &(0..=epoch.whole_steps)).ok_or_else(|| inquiry.no_common_rows())?;
    // Micro-batches that train otherwise from the first step on hide what becomes of the last ones.
    let wrong = accumulation(inquiry)?.judgement() == AuditJudgement::Wrong;
    if wrong || before_end.is_certain() || are_copies(&pairs) {
        return Err(AuditNeed::SameAccumulation);
    }
    let paired = paired(&curves(&pairs, curve), &after).ok_or_else(|| inquiry.no_common_rows())?;
    Ok(match paired.is_certain() {
        true if is_dropped(epoch, expected) => AuditEvidence::LastWindowLeaks {
            steps: expected as f64,
            expected,
            gap: Some(found),
            faster: None,
        },
        true => AuditEvidence::LastWindowWeighted { before, gap: found, paired: Some(paired) },
        false => AuditEvidence::LastWindowUnclear { paired },
    })
}

/// Whether whole batches leave the last one out.
fn is_dropped(epoch: &Epoch, expected: u64) -> bool {
    expected == epoch.samples / epoch.whole.batch_size
}

/// The last window makes no step although the last batch does. Its gradients are gone, or they are
/// still there when the next epoch begins.
///
/// A window that is a whole epoch leaves nothing over. Both train one step an epoch, with gradients
/// that are the same on average: so the metric falls alike, unless leftover gradients are added.
/// This holds with momentum too. Where a step does not depend on the length of the gradient (Adam),
/// leftovers neither show nor matter.
fn dropped_or_leaks(inquiry: &mut Inquiry, fewer: u64, lost: u64) -> Result<AuditEvidence, AuditNeed> {
    let (steps, expected) = (fewer as f64, fewer + 1);
    let [whole_epoch, part] = inquiry.design.windows().ok_or(AuditNeed::Samples)?;
    let pairs = inquiry.pairs(&whole_epoch, &part)?;
    let faster = pairs.iter().map(|(whole_epoch, part)| Some(fall(part)? / fall(whole_epoch)? - 1.0));
    let faster = faster.collect::<Option<Vec<f64>>>().map(mean_with_margin);
    Ok(match faster.filter(|_| !are_copies(&pairs)) {
        Some(faster) if faster.mean > faster.margin && faster.mean > FASTER => {
            AuditEvidence::LastWindowLeaks { steps, expected, gap: None, faster: Some(faster) }
        }
        _ => AuditEvidence::LastWindowDropped { steps, expected, lost },
    })
}

/// How far the metric changes from the first step on, where it does.
fn fall(run: &ObservedRun) -> Option<f64> {
    let fall = run.rows.first()?.value - run.rows.last()?.value;
    (fall != 0.0 && fall.is_finite()).then_some(fall)
}
