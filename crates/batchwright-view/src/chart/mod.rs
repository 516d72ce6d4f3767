//! Charts as SVG, drawn by hand: no script, no font, no library needed to look at them.
//!
//! - `svg`: elements, colours, escaping
//! - `scale`: a value to a place; round ticks
//! - `axes`: title, grid, ticks, labels that keep off each other
//! - `curves`: learning curves of a run
//! - `sizes`, `rates`: a study over batch sizes, and over batch size and learning rate
//! - `frontier`: a study's time against its samples
//!
//! In a page the colours follow it (light, dark); a picture in a file of its own has fixed colours on white.

pub(crate) mod axes;
pub(crate) mod curves;
pub(crate) mod frontier;
pub(crate) mod rates;
pub(crate) mod scale;
pub(crate) mod sizes;
pub(crate) mod svg;

use batchwright_find::StudyResult;
use batchwright_train::RunRecord;

pub(crate) use crate::chart::curves::{CurveLine, Horizontal};
pub(crate) use crate::chart::sizes::Quantity;
pub(crate) use crate::chart::svg::Paint;
use crate::lang::Lang;

const QUANTITIES: [Quantity; 6] = [
    Quantity::Steps,
    Quantity::Time,
    Quantity::Samples,
    Quantity::StepTime,
    Quantity::Energy,
    Quantity::Quality,
];

/// The charts that a run has, by name: `loss-by-steps`, `accuracy-by-seconds`, ...
#[must_use]
pub fn run_chart_names(record: &RunRecord) -> Vec<String> {
    let curves = [CurveLine::Loss, CurveLine::Accuracy].into_iter().filter(|curve| curve.is_in(record));
    curves.flat_map(|curve| Horizontal::ALL.map(|x| format!("{}-by-{}", curve.key(), x.key()))).collect()
}

/// One chart of a run as an SVG file; `None` for a name that is none of [`run_chart_names`].
#[must_use]
pub fn run_chart(name: &str, record: &RunRecord, lang: Lang) -> Option<String> {
    let (curve, horizontal) = name.split_once("-by-")?;
    let curve = [CurveLine::Loss, CurveLine::Accuracy].into_iter().find(|c| c.key() == curve)?;
    let horizontal = Horizontal::ALL.into_iter().find(|x| x.key() == horizontal)?;
    curves::draw(record, curve, horizontal, lang, Paint::File)
}

/// The charts that a study has, by name: `steps`, `time`, `samples`, `step-time`, `energy`, `quality`, `frontier`, `rates`.
#[must_use]
pub fn study_chart_names(study: &StudyResult) -> Vec<&'static str> {
    let names = QUANTITIES.into_iter().map(Quantity::key).chain(["frontier", "rates"]);
    names.filter(|name| study_chart(name, study, Lang::En).is_some()).collect()
}

/// One chart of a study as an SVG file; `None` for a name that is none of [`study_chart_names`].
#[must_use]
pub fn study_chart(name: &str, study: &StudyResult, lang: Lang) -> Option<String> {
    match name {
        "frontier" => return frontier::draw(study, lang, Paint::File),
        "rates" => return rates::draw(study, lang, Paint::File),
        _ => {}
    }
    let quantity = QUANTITIES.into_iter().find(|quantity| quantity.key() == name)?;
    sizes::draw(study, quantity, lang, Paint::File)
}

/// A learning curve for a page.
pub(crate) fn run_figure(
    record: &RunRecord,
    curve: CurveLine,
    horizontal: Horizontal,
    lang: Lang,
) -> Option<String> {
    curves::draw(record, curve, horizontal, lang, Paint::Page)
}

/// All charts of a study for a page.
pub(crate) fn study_figures(study: &StudyResult, lang: Lang) -> Vec<String> {
    let by_size =
        QUANTITIES.into_iter().filter_map(|quantity| sizes::draw(study, quantity, lang, Paint::Page));
    by_size
        .chain(frontier::draw(study, lang, Paint::Page))
        .chain(rates::draw(study, lang, Paint::Page))
        .collect()
}
