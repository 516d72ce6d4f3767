//! Lines that are shown where an earlier study is used.

use batchwright_find::{StudyResult, VerdictKind};

use crate::term::style::{Style, harmless};
use crate::term::table::wrapped;

/// Says that an earlier study of the same question is checked (`check`) or continued. `created` is
/// in seconds since 1970.
#[must_use]
pub fn earlier_study_line(name: &str, created: i64, check: bool, style: Style) -> String {
    harmless(&style.lang.earlier_study(name, created, check))
}

/// Says that an interrupted study goes on: the trials that are known, and the seconds of its budget
/// that are left.
#[must_use]
pub fn interrupted_study_line(name: &str, trials: u64, left: f64, style: Style) -> String {
    harmless(&style.lang.interrupted_study(name, trials, left))
}

/// Where the batch size and the learning rate of a training run come from. `given` is a rate that
/// is used instead of the study's. `decays` says that the rate of the training run decays.
#[must_use]
pub fn batch_size_origin(study: &StudyResult, given: Option<f64>, decays: bool, style: Style) -> String {
    let lang = style.lang;
    let mut sentences = vec![lang.batch_size_from(study, given)];
    sentences.extend(lang.reused(study));
    let undecided = study.verdict.kind == VerdictKind::Undecided;
    sentences.extend(undecided.then(|| lang.not_decided_by(&study.study)));
    sentences.extend((decays && given.is_none()).then(|| lang.tuned_at_constant_rate().to_owned()));
    sentences.iter().map(|text| wrapped(&harmless(text), style.width)).collect()
}
