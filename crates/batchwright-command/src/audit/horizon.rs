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
    if first.iter().chain(&second).all(|(_, share)| *share >= 1.0 - CONSTANT) {
        return Ok(AuditEvidence::RateConstant { sizes, samples });
    }
    Ok(match furthest(&first, &second, WINDOW * one.batch_size as f64) {
        Some((samples, shares)) => AuditEvidence::HorizonFixed { sizes, samples, shares },
        None => AuditEvidence::HorizonFollows { sizes, samples },
    })
}

fn course(run: &ObservedRun) -> Result<Course, AuditNeed> {
    let highest = run.rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    if run.rates.len() < 2 || highest == 0.0 {
        return Err(AuditNeed::RatesInRows);
    }
    Ok(run.rates.iter().map(|(samples, rate)| (*samples, rate / highest)).collect())
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
