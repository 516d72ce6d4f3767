//! The cells of a study's table. The terminal and the HTML page show the same cells.

use batchwright_find::{Estimate, Objective, Remark, SizeResult, StudyResult};

use crate::lang::Lang;
use crate::number::{count, duration, energy, probability, significant};

/// How a size is marked beside its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Recommended,
    Tied,
    None,
}

/// Whether a size is the recommended one, or tied with it.
pub(crate) fn mark(study: &StudyResult, size: &SizeResult) -> Mark {
    match &study.recommended {
        Some(choice) if choice.batch_size == size.batch_size => Mark::Recommended,
        Some(choice) if choice.tied_with.contains(&size.batch_size) => Mark::Tied,
        _ => Mark::None,
    }
}

/// The remarks on a size: `★ recommended`, `= tied`, `does not fit`, `cliff in step time`, `rate
/// not tuned`.
pub(crate) fn remark(study: &StudyResult, size: &SizeResult, lang: Lang) -> String {
    let mut words = Vec::new();
    match mark(study, size) {
        Mark::Recommended => words.push(format!("★ {}", lang.recommended())),
        Mark::Tied => words.push(format!("= {}", lang.tied())),
        Mark::None => {}
    }
    if size.fits == Some(false) {
        words.push(lang.does_not_fit().to_string());
    } else if is_beyond_cliff(study, size) {
        words.push(lang.cliff().to_string());
    } else if size.runs > 0 && !size.learning_rate.tuned {
        words.push(lang.not_tuned().to_string());
    }
    words.join(", ")
}

fn is_beyond_cliff(study: &StudyResult, size: &SizeResult) -> bool {
    let names = |remark: &Remark| matches!(remark, Remark::Cliff { batch_size, .. } if *batch_size == size.batch_size);
    study.remarks.iter().any(names)
}

/// The best learning rate. Empty where no rate reached the target.
pub(crate) fn rate(size: &SizeResult) -> String {
    size.learning_rate.best.map(|rate| significant(rate, 3)).unwrap_or_default()
}

/// The median. Where it is censored: `> low` if a lower bound is known, otherwise `—`. Empty where
/// nothing was measured.
pub(crate) fn median(estimate: Option<Estimate>, show: impl Fn(f64) -> String) -> String {
    let Some(estimate) = estimate else { return String::new() };
    match (estimate.median, estimate.low) {
        (Some(median), _) => show(median),
        (None, Some(low)) => format!("> {}", show(low)),
        (None, None) => "—".into(),
    }
}

/// The interval: `16–22 ms`, with an open end as ∞. Empty without a median or without any end.
pub(crate) fn interval(estimate: Option<Estimate>, lang: Lang, show: impl Fn(f64) -> String) -> String {
    let Some(estimate) = estimate.filter(|e| e.median.is_some() && (e.low.is_some() || e.high.is_some()))
    else {
        return String::new();
    };
    let low = estimate.low.map_or_else(|| "?".into(), &show);
    let high = estimate.high.map_or_else(|| "∞".into(), &show);
    lang.range(&low, &high)
}

/// The estimate of what the objective counts at this size. `None` where it was not measured.
pub(crate) fn estimate(objective: Objective, size: &SizeResult) -> Option<Estimate> {
    match objective {
        Objective::Time => size.seconds_to_target,
        Objective::Money => size.money_to_target,
        Objective::Energy => size.joules_to_target,
        Objective::Samples => size.samples_to_target,
        Objective::Steps => size.steps_to_target,
        Objective::Quality => size.quality,
    }
}

/// A value of the objective, with its unit.
pub(crate) fn show(objective: Objective, value: f64, lang: Lang) -> String {
    match objective {
        Objective::Steps | Objective::Samples => count(value),
        Objective::Time => duration(value, lang),
        Objective::Money => significant(value, 3),
        Objective::Energy => energy(value),
        Objective::Quality => significant(value, 4),
    }
}

/// The probability of being the best size. Empty where no trial was run.
pub(crate) fn p_best(size: &SizeResult) -> String {
    if size.runs > 0 { probability(size.p_best) } else { String::new() }
}
