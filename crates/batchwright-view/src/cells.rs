//! The cells of a study's table, the same for the terminal and the page.

use batchwright_find::{Estimate, SizeResult, StudyResult};

use crate::Lang;
use crate::number::{probability, significant};

/// What is said of a size beside its numbers.
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

/// `★ recommended`, `= tied`, `does not fit`, `rate not tuned`.
pub(crate) fn remark(study: &StudyResult, size: &SizeResult, lang: Lang) -> String {
    let mut words = Vec::new();
    match mark(study, size) {
        Mark::Recommended => words.push(format!("★ {}", lang.recommended())),
        Mark::Tied => words.push(format!("= {}", lang.tied())),
        Mark::None => {}
    }
    if size.fits == Some(false) {
        words.push(lang.does_not_fit().to_string());
    } else if size.runs > 0 && !size.learning_rate.tuned {
        words.push(lang.not_tuned().to_string());
    }
    words.join(", ")
}

/// The best rate; empty where none reached the target.
pub(crate) fn rate(size: &SizeResult) -> String {
    size.learning_rate.best.map(|rate| significant(rate, 3)).unwrap_or_default()
}

/// The median; `> low` where it is censored and a bound is known, else `—`; empty where nothing was run.
pub(crate) fn median(estimate: &Estimate, show: impl Fn(f64) -> String) -> String {
    match (estimate.median, estimate.low) {
        (Some(median), _) => show(median),
        (None, Some(low)) => format!("> {}", show(low)),
        (None, None) if estimate.censored > 0 => "—".into(),
        (None, None) => String::new(),
    }
}

/// `16–22 ms`, the open end as ∞; empty without a median or without any end.
pub(crate) fn interval(estimate: &Estimate, lang: Lang, show: impl Fn(f64) -> String) -> String {
    if estimate.median.is_none() || (estimate.low.is_none() && estimate.high.is_none()) {
        return String::new();
    }
    let low = estimate.low.map_or_else(|| "?".into(), &show);
    let high = estimate.high.map_or_else(|| "∞".into(), &show);
    lang.range(&low, &high)
}

/// The probability of being the best; empty where nothing was run.
pub(crate) fn p_best(size: &SizeResult) -> String {
    if size.runs > 0 { probability(size.p_best) } else { String::new() }
}
