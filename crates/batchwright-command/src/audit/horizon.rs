//! Whether the course of the learning rate follows the batch size: over the same samples it must be
//! the same at every size, but for the length of a step.

use crate::audit::audited::{AuditEvidence, AuditNeed};
use crate::audit::inquiry::Inquiry;
use crate::audit::observed::ObservedRun;
use crate::audit::setting::AuditSetting;

/// Rates are compared within this many batches of the larger size: a step is that long, and a short
/// last batch may be counted as a full one in each of the two epochs.
const WINDOW: f64 = 2.5;
/// Shares of the highest rate that count as the same.
const TOLERANCE: f64 = 0.05;
/// A course that stays within this share of its highest rate is constant.
const CONSTANT: f64 = 1e-6;
/// A course must move by this share of its highest rate to tell by what it is driven: four times what
/// counts as the same, since the two runs have half and whole as many steps.
const MOVED: f64 = 4.0 * TOLERANCE;

/// Rates as shares of the highest one, by samples.
type Course = Vec<(u64, f64)>;

pub(crate) fn horizon(inquiry: &mut Inquiry) -> Result<AuditEvidence, AuditNeed> {
    let one = inquiry.design.course();
    let half = one.batch_size / 2;
    if half == 0 {
        return Err(AuditNeed::BatchSize { range: inquiry.design.sizes });
    }
    let other = AuditSetting { batch_size: half, micro_batch_size: half, eval_batch_size: half, ..one };
    let sizes = [one.batch_size, other.batch_size];
    // The first run shows whether rates are reported at all.
    let first = course(&*inquiry.run(&one)?)?;
    let second = course(&*inquiry.run(&other)?)?;
    let samples = one.max_samples;
    if first.0.iter().chain(&second.0).all(|(_, share)| *share >= 1.0 - CONSTANT) {
        return Ok(AuditEvidence::RateConstant { sizes, samples });
    }
    let (first, second) = of_one_peak(first, second);
    let moved = |course: &Course| 1.0 - course.iter().map(|(_, share)| *share).fold(1.0, f64::min);
    Ok(match furthest(&first, &second, WINDOW * one.batch_size as f64) {
        Some((samples, shares)) => AuditEvidence::HorizonFixed { sizes, samples, shares },
        None if moved(&first).max(moved(&second)) < MOVED => AuditEvidence::HorizonUnclear { sizes, samples },
        None => AuditEvidence::HorizonFollows { sizes, samples },
    })
}

/// Two runs that still warm up have not come to the peak of their schedule: as shares of their own
/// highest rates they are the same line. If the larger batch is behind, the warm-up counts steps, and
/// both are shares of the higher rate. (If it is ahead, the program gives larger batches higher rates.)
fn of_one_peak((first, highest): (Course, f64), (second, other): (Course, f64)) -> (Course, Course) {
    let rises = |course: &Course| course.last().is_some_and(|(_, share)| *share >= 1.0 - CONSTANT);
    let behind = rises(&first) && rises(&second) && highest < other * (1.0 - TOLERANCE);
    let factor = if behind { highest / other } else { 1.0 };
    (first.into_iter().map(|(samples, share)| (samples, share * factor)).collect(), second)
}

/// The course of a run, and its highest rate.
fn course(run: &ObservedRun) -> Result<(Course, f64), AuditNeed> {
    let highest = run.rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    if run.rates.len() < 2 || highest == 0.0 {
        return Err(AuditNeed::RatesInRows);
    }
    Ok((run.rates.iter().map(|(samples, rate)| (*samples, rate / highest)).collect(), highest))
}

/// The row at which the first course is furthest outside the second one, with the share of the
/// nearest row of the second.
fn furthest(first: &Course, second: &Course, window: f64) -> Option<(u64, [f64; 2])> {
    let outside = |&(samples, share): &(u64, f64)| {
        let near = second.iter().filter(|(at, _)| at.abs_diff(samples) as f64 <= window);
        let (low, high) = near.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, share)| {
            (low.min(*share), high.max(*share))
        });
        let nearest = second.iter().min_by_key(|(at, _)| at.abs_diff(samples))?;
        let excess = (low - share).max(share - high);
        (low <= high).then_some((excess, samples, [share, nearest.1]))
    };
    let found = first.iter().filter_map(outside).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (found.0 > TOLERANCE).then_some((found.1, found.2))
}
