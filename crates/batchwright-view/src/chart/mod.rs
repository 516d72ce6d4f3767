//! Charts as SVG. A chart is one picture that needs no script, font or other file.
//!
//! - `svg`: elements, colours, escaping
//! - `scale`: from a value to a place on an axis; round ticks
//! - `axes`: title, grid, ticks, labels that do not overlap
//! - `curves`: learning curves of a run
//! - `overlay`: several runs in one chart
//! - `sizes`, `rates`: a study over batch sizes, and over batch size and learning rate
//! - `surface`: over both, with what the law expects behind the runs
//! - `trials`: learning curves of all trials of a study
//! - `thin`: as many points of a curve as a screen can show
//! - `frontier`: a study's time against its samples
//!
//! In a page the colours follow the page (light or dark). A picture in a file of its own has fixed
//! colours on white. Left out: writing files, which the caller does.

pub(crate) mod axes;
pub(crate) mod curves;
pub(crate) mod frontier;
pub(crate) mod overlay;
pub(crate) mod rates;
pub(crate) mod scale;
pub(crate) mod sizes;
pub(crate) mod surface;
pub(crate) mod svg;
pub(crate) mod thin;
pub(crate) mod trials;

use batchwright_find::{Journal, StudyResult, Target};
use batchwright_train::RunRecord;

pub use crate::chart::curves::{CurveLine, Horizontal};
use crate::chart::sizes::Quantity;
use crate::chart::svg::Paint;
pub use crate::chart::thin::{CurvePoint, CurveWindow, smooth_curve, thin_curve};
use crate::lang::Lang;
use crate::trial_line::{TrialLine, trial_lines};

const QUANTITIES: [Quantity; 6] = [
    Quantity::Steps,
    Quantity::Time,
    Quantity::Samples,
    Quantity::StepTime,
    Quantity::Energy,
    Quantity::Quality,
];

/// Names of the charts that can be drawn of a run: `loss-by-steps`, `accuracy-by-seconds`, ...
#[must_use]
pub fn run_chart_names(record: &RunRecord) -> Vec<String> {
    overlay_chart_names(std::slice::from_ref(record))
}

/// One chart of a run as an SVG file; `None` for a name that is not in [`run_chart_names`].
#[must_use]
pub fn run_chart(name: &str, record: &RunRecord, lang: Lang) -> Option<String> {
    let (curve, horizontal) = named(name)?;
    curves::draw(record, curve, horizontal, lang, Paint::File)
}

/// Names of the charts that can be drawn of several runs together.
#[must_use]
pub fn overlay_chart_names(records: &[RunRecord]) -> Vec<String> {
    let shown = |curve: &CurveLine| records.iter().any(|record| curve.is_in(record));
    let curves = [CurveLine::Loss, CurveLine::Accuracy].into_iter().filter(shown);
    curves.flat_map(|curve| Horizontal::ALL.map(|x| format!("{}-by-{}", curve.key(), x.key()))).collect()
}

/// One chart of several runs as an SVG file; `None` for a name that is not in
/// [`overlay_chart_names`].
#[must_use]
pub fn overlay_chart(name: &str, records: &[RunRecord], lang: Lang) -> Option<String> {
    let (curve, horizontal) = named(name)?;
    overlay::draw(records, curve, horizontal, lang, Paint::File)
}

fn named(name: &str) -> Option<(CurveLine, Horizontal)> {
    let (curve, horizontal) = name.split_once("-by-")?;
    let curve = [CurveLine::Loss, CurveLine::Accuracy].into_iter().find(|c| c.key() == curve)?;
    let horizontal = Horizontal::ALL.into_iter().find(|x| x.key() == horizontal)?;
    Some((curve, horizontal))
}

/// Names of the charts that can be drawn of a study: of `steps`, `time`, `samples`, `step-time`,
/// `energy`, `quality`, `frontier`, `rates`, `trials-by-samples`, `trials-by-steps` and
/// `trials-by-seconds` those for which something was measured. The curves of trials come from the
/// `journal` of the study where there is one.
#[must_use]
pub fn study_chart_names(study: &StudyResult, journal: Option<&Journal>) -> Vec<String> {
    let names = QUANTITIES.into_iter().map(Quantity::key).chain(["frontier", "rates"]).map(str::to_owned);
    let trials = trials::AXES.map(|horizontal| format!("trials-by-{}", horizontal.key()));
    names.chain(trials).filter(|name| study_chart(name, study, journal, Lang::En).is_some()).collect()
}

/// One chart of a study as an SVG file; `None` for a name that is not in [`study_chart_names`].
#[must_use]
pub fn study_chart(name: &str, study: &StudyResult, journal: Option<&Journal>, lang: Lang) -> Option<String> {
    if let Some(axis) = name.strip_prefix("trials-by-") {
        let horizontal = trials::AXES.into_iter().find(|horizontal| horizontal.key() == axis)?;
        let lines = trial_lines(study, journal);
        return trials::draw(study.target.as_ref(), &lines, horizontal, lang, Paint::File);
    }
    match name {
        "frontier" => return frontier::draw(study, lang, Paint::File),
        "rates" => return map(study, lang, Paint::File),
        _ => {}
    }
    let quantity = QUANTITIES.into_iter().find(|quantity| quantity.key() == name)?;
    sizes::draw(study, quantity, lang, Paint::File)
}

/// The map of sizes and rates: with the surface of the law where there is one.
fn map(study: &StudyResult, lang: Lang, paint: Paint) -> Option<String> {
    surface::draw(study, lang, paint).or_else(|| rates::draw(study, lang, paint))
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

/// A curve of several runs for a page.
pub(crate) fn overlay_figure(
    records: &[RunRecord],
    curve: CurveLine,
    horizontal: Horizontal,
    lang: Lang,
) -> Option<String> {
    overlay::draw(records, curve, horizontal, lang, Paint::Page)
}

/// The curves of the trials of a study over an axis, for a page.
pub(crate) fn trial_figure(
    target: Option<&Target>,
    lines: &[TrialLine],
    horizontal: Horizontal,
    lang: Lang,
) -> Vec<String> {
    trials::draw(target, lines, horizontal, lang, Paint::Page).into_iter().collect()
}

/// All charts of a study for a page.
pub(crate) fn study_figures(study: &StudyResult, lang: Lang) -> Vec<String> {
    let by_size =
        QUANTITIES.into_iter().filter_map(|quantity| sizes::draw(study, quantity, lang, Paint::Page));
    by_size.chain(frontier::draw(study, lang, Paint::Page)).chain(map(study, lang, Paint::Page)).collect()
}
