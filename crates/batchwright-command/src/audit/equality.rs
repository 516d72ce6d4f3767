//! Questions about runs that should be the same: repeated, with another seed, in micro-batches,
//! evaluated in other batches.

use crate::audit::audited::{AuditEvidence, AuditNeed, CurveGap};
use crate::audit::inquiry::{Inquiry, are_copies, curves};
use crate::audit::observed::{ObservedRun, ROUNDING, gap, paired};
use crate::audit::setting::AuditSetting;
use crate::audit::two_epochs::Epoch;
use crate::process::template::Placeholder;

/// Every position.
const EVERYWHERE: std::ops::RangeInclusive<u64> = 0..=u64::MAX;
/// If the difference of repeated runs is at most this share of the difference of two seeds, it does
/// not decide anything: sums on an accelerator may run in another order each time.
const SMALL: f64 = 0.01;
/// The rate at which summed gradients are told: the difference there must be this share of the
/// difference at the rate that was asked for.
const EXPLAINED: f64 = 0.01;

/// Whether the same command gives the same rows.
pub(crate) fn seed_fixes(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    needs(inquiry.takes.seed, &[Placeholder::Seed])?;
    let gap = repeated(inquiry)?;
    let repeats = gap.is_rounding() || gap.relative <= SMALL * other_seed(inquiry)?.relative;
    Ok(if repeats { AuditEvidence::RunRepeats { gap } } else { AuditEvidence::RunDiffers { gap } })
}

/// Whether another seed gives other rows.
pub(crate) fn seed_used(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    needs(inquiry.takes.seed, &[Placeholder::Seed])?;
    let (again, gap) = (repeated(inquiry)?, other_seed(inquiry)?);
    let seed = inquiry.design.short().seed;
    let seeds = [seed, inquiry.design.short().reseeded(1).seed];
    match () {
        () if gap.relative == 0.0 => Ok(AuditEvidence::SeedIgnored { seeds, rows: gap.rows }),
        () if gap.relative > again.relative / SMALL || again.relative == 0.0 => {
            Ok(AuditEvidence::SeedMatters { gap })
        }
        () => Err(AuditNeed::RunThatRepeats),
    }
}

/// Whether micro-batches train like the whole batch, up to the first short batch.
pub(crate) fn accumulation(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    needs(inquiry.takes.division, &[Placeholder::MicroBatchSize, Placeholder::GradAccum])?;
    let (design, accumulation) = (inquiry.design, inquiry.design.accumulation);
    needs_division(inquiry)?;
    let (whole, divided) = (design.short(), design.short().divided(accumulation));
    let micro_batch_size = divided.micro_batch_size;
    let (first, second) = (inquiry.run(&whole)?, inquiry.run(&divided)?);
    if let Some(samples_of_step) = multiplied(inquiry, &first, &second) {
        let batch_size = whole.batch_size;
        return Ok(AuditEvidence::AccumulationMultiplies { batch_size, accumulation, samples_of_step });
    }
    if let Some((samples, rates)) = other_rates(&first, &second) {
        return Ok(AuditEvidence::AccumulationChangesRate { micro_batch_size, accumulation, samples, rates });
    }
    let within = 0..=design.whole_steps();
    let found =
        gap(&first.curve(), &second.curve(), within.clone()).ok_or_else(|| inquiry.no_common_rows())?;
    if found.is_rounding() {
        return Ok(AuditEvidence::AccumulationSame { micro_batch_size, accumulation, gap: found });
    }
    if let Some(at_larger_rate) = summed(inquiry, &whole, &second, &found)? {
        return Ok(AuditEvidence::AccumulationSummed {
            micro_batch_size,
            accumulation,
            gap: found,
            at_larger_rate,
        });
    }
    let pairs = inquiry.pairs(&whole, &divided)?;
    if are_copies(&pairs) {
        return Ok(AuditEvidence::AccumulationUnclear { micro_batch_size, accumulation, gap: found });
    }
    let paired =
        paired(&curves(&pairs, ObservedRun::curve), &within).ok_or_else(|| inquiry.no_common_rows())?;
    Ok(if paired.is_certain() {
        AuditEvidence::AccumulationDiffers { micro_batch_size, accumulation, gap: found, paired }
    } else {
        AuditEvidence::AccumulationSameOnAverage { micro_batch_size, accumulation, paired }
    })
}

/// Samples of a step in micro-batches, where a program that is told the batch size and their number
/// takes so many batches a step instead of dividing one. A program that is told the size of the
/// micro-batches cannot do so.
fn multiplied(inquiry: &mut Inquiry, whole: &ObservedRun, divided: &ObservedRun) -> Option<f64> {
    let (batch_size, accumulation) = (inquiry.design.short().batch_size as f64, inquiry.design.accumulation);
    let alike = || gap(&whole.curve(), &divided.curve(), EVERYWHERE).is_some_and(|gap| gap.is_rounding());
    if inquiry.takes.micro_batch_size || alike() {
        return None;
    }
    let taken = divided.samples_of_step().or_else(|| samples_of_step_by_epochs(inquiry))?;
    // Nearer to so many batches than to one: an epoch may end with a short one.
    (taken > batch_size * (accumulation as f64).sqrt()).then_some(taken)
}

fn samples_of_step_by_epochs(inquiry: &mut Inquiry) -> Option<f64> {
    let epoch = Epoch::of(inquiry).ok()?;
    let steps = epoch.steps(inquiry, &epoch.divided).ok()?;
    Some(epoch.samples as f64 / steps)
}

/// Whether the evaluation depends on its batch size. Training is the same in both runs.
pub(crate) fn evaluation(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    needs(inquiry.takes.eval_batch_size, &[Placeholder::EvalBatchSize])?;
    let one = inquiry.design.short();
    let other = AuditSetting { eval_batch_size: inquiry.design.other_eval_size(), ..one };
    let (first, second) = (inquiry.run(&one)?, inquiry.run(&other)?);
    let found = gap(&first.curve(), &second.curve(), EVERYWHERE).ok_or_else(|| inquiry.no_common_rows())?;
    let sizes = [one.eval_batch_size, other.eval_batch_size];
    if found.relative <= 10.0 * ROUNDING {
        return Ok(AuditEvidence::EvaluationSame { sizes, gap: found });
    }
    if repeated(inquiry)?.relative > SMALL * found.relative {
        return Err(AuditNeed::RunThatRepeats);
    }
    Ok(AuditEvidence::EvaluationDepends { sizes, gap: found })
}

/// An error where the command lacks placeholders.
pub(crate) fn needs(has: bool, placeholders: &[Placeholder]) -> Result<(), AuditNeed> {
    let names = || placeholders.iter().map(|placeholder| placeholder.name().to_owned()).collect();
    if has { Ok(()) } else { Err(AuditNeed::Placeholders { names: names() }) }
}

/// An error where no batch size of the range can be divided.
pub(crate) fn needs_division(inquiry: &Inquiry) -> Result<(), AuditNeed> {
    if inquiry.design.accumulation > 1 {
        Ok(())
    } else {
        Err(AuditNeed::BatchSize { range: inquiry.design.sizes })
    }
}

/// The difference between two runs of the same command.
fn repeated(inquiry: &mut Inquiry) -> Result<CurveGap, AuditNeed> {
    let once = inquiry.design.short();
    // Not the number of a repetition with another seed.
    difference(inquiry, &once, &AuditSetting { repetition: u64::MAX, ..once })
}

fn other_seed(inquiry: &mut Inquiry) -> Result<CurveGap, AuditNeed> {
    let once = inquiry.design.short();
    difference(inquiry, &once, &once.reseeded(1))
}

fn difference(
    inquiry: &mut Inquiry,
    first: &AuditSetting,
    second: &AuditSetting,
) -> Result<CurveGap, AuditNeed> {
    let (first, second) = (inquiry.run(first)?, inquiry.run(second)?);
    gap(&first.curve(), &second.curve(), EVERYWHERE).ok_or_else(|| inquiry.no_common_rows())
}

/// The difference of the run in micro-batches from the whole batch at a rate that is larger by their
/// number, where this explains the difference `found`.
fn summed(
    inquiry: &mut Inquiry,
    whole: &AuditSetting,
    divided: &ObservedRun,
    found: &CurveGap,
) -> Result<Option<CurveGap>, AuditNeed> {
    if !inquiry.takes.learning_rate {
        return Ok(None);
    }
    let (accumulation, within) = (inquiry.design.accumulation, 0..=inquiry.design.whole_steps());
    let larger = AuditSetting { learning_rate: whole.learning_rate * accumulation as f64, ..*whole };
    // A rate at which the program fails explains nothing.
    let Ok(larger) = inquiry.run(&larger) else { return Ok(None) };
    let (larger, divided) = (larger.curve(), divided.curve());
    let left = gap(&larger, &divided, within).filter(|left| left.first.is_finite() || left.relative == 0.0);
    let explains = left.is_some_and(|left| left.relative <= EXPLAINED * found.relative.min(1.0));
    // Shown where the difference that it explains was found.
    Ok(gap(&larger, &divided, found.samples..=found.samples).filter(|_| explains))
}

/// Where two runs report other rates: (samples, rates).
fn other_rates(first: &ObservedRun, second: &ObservedRun) -> Option<(u64, [f64; 2])> {
    let rate_in_second = |samples| second.rates.iter().find(|(at, _)| *at == samples).map(|(_, rate)| *rate);
    let both =
        first.rates.iter().filter_map(|&(samples, rate)| Some((samples, [rate, rate_in_second(samples)?])));
    let apart = |[first, second]: [f64; 2]| {
        (first - second).abs() / first.abs().max(second.abs()).max(f64::MIN_POSITIVE)
    };
    both.filter(|(_, rates)| apart(*rates) > SMALL).max_by(|a, b| apart(a.1).total_cmp(&apart(b.1)))
}
