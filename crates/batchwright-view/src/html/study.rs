//! The report of a study.
//!
//! Left out: sentences, which are in `text`, and charts, which are in `chart`.

use batchwright_find::{Estimate, Journal, Objective, Phase, SizeResult, StudyResult, Target, TrialRecord};

use crate::cells;
use crate::cells::Mark;
use crate::chart::trials::AXES;
use crate::chart::{study_figures, trial_figure};
use crate::export::json::StudyJson;
use crate::html::axis_switch::by_axis;
use crate::html::curve_data::CurveData;
use crate::html::page::{Fact, Page};
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::number::{bytes, count, duration, energy, grouped, percent, significant};
use crate::trial_line::{TrialLine, trial_lines};

/// Most rows of trials in the embedded record.
const MOST_ROWS: usize = 1_200;

/// A study as a page: the recommendation, the table of sizes, the charts, the curves of all trials,
/// explanations, settings, all trials. `journal` has the curves; without it they have fewer points.
#[must_use]
pub fn study_report(
    study: &StudyResult,
    journal: Option<&Journal>,
    settings: &[(String, String)],
    lang: Lang,
) -> String {
    let mut page = Page::new(lang.study(), &study.study, &lang.study_verdict(study), lang);
    let lines = trial_lines(study, journal);
    fill(&mut page, study, &lines, settings, lang);
    if !lines.is_empty() {
        page.curves(CurveData::of_trials(study, &lines, lang));
    }
    let passed = |trial: &TrialRecord| trial.trace.as_ref().map_or(0, |trace| trace.passed.len());
    if study.trials.iter().map(passed).sum::<usize>() <= MOST_ROWS {
        return page.finish(&StudyJson(study));
    }
    page.record_in_short(&format!("batchwright report {} --format json", study.study));
    let without = |trial: &TrialRecord| TrialRecord { trace: None, ..trial.clone() };
    let trials = study.trials.iter().map(without).collect();
    page.finish(&StudyJson(&StudyResult { trials, ..study.clone() }))
}

/// What a page says of a study below its answer.
pub(crate) fn fill(
    page: &mut Page,
    study: &StudyResult,
    lines: &[TrialLine],
    settings: &[(String, String)],
    lang: Lang,
) {
    page.facts(&facts(study, lang));
    page.heading(lang.per_size());
    page.table(lang.per_size(), &size_table(study, lang));
    page.sentences(&sentences(study, lang));
    let charts = study_figures(study, lang);
    if !charts.is_empty() {
        page.heading(lang.charts());
        page.note(lang.interval_note());
        page.charts(&charts);
    }
    trial_curves(page, study.target.as_ref(), lines, lang);
    sensitivity(page, study, lang);
    page.heading(lang.meaning());
    page.terms(&lang.study_terms());
    if !study.remarks.is_empty() {
        page.heading(lang.remarks());
        page.sentences(&study.remarks.iter().map(|remark| lang.remark(remark)).collect::<Vec<_>>());
    }
    page.settings(settings);
    page.heading(lang.all_trials());
    page.details(
        &format!("{} ({})", lang.all_trials(), grouped(study.trials.len() as u64)),
        &trial_table(&study.trials, lang),
    );
}

/// The curves of all trials over each axis.
pub(crate) fn trial_curves(page: &mut Page, target: Option<&Target>, lines: &[TrialLine], lang: Lang) {
    if lines.is_empty() {
        return;
    }
    page.heading(lang.trial_curves());
    page.note(lang.trial_curves_note());
    by_axis(page, &AXES, AXES[0], lang, |horizontal| trial_figure(target, lines, horizontal, lang));
}

/// The numbers of a study that a reader looks for first.
pub(crate) fn facts(study: &StudyResult, lang: Lang) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(choice) = &study.recommended {
        facts.push(Fact::main(lang.batch_size(), grouped(choice.batch_size)));
        facts.push(Fact::main(lang.learning_rate(), significant(choice.learning_rate, 3)));
        if !choice.tied_with.is_empty() {
            facts.push(Fact::new(lang.tied(), lang.list(&choice.tied_with)));
        }
        facts.push(Fact::new(lang.expected_regret(), percent(choice.expected_regret)));
    }
    facts.extend(study.target.as_ref().map(|target| Fact::new(lang.target(), lang.target_condition(target))));
    facts.push(Fact::new(lang.objective(), lang.objective_word(study.objective).to_string()));
    facts.extend(study.price_per_hour.map(|price| Fact::new(lang.price_per_hour(), significant(price, 3))));
    facts.extend(study.samples.map(|samples| Fact::new(lang.samples(), grouped(samples))));
    facts
}

/// What is said of a study below its table.
pub(crate) fn sentences(study: &StudyResult, lang: Lang) -> Vec<String> {
    let target =
        study.target.as_ref().map(|target| format!("{}: {}", lang.target(), lang.target_line(target)));
    let law = study.law.as_ref().map(|law| lang.law(law));
    let step_time = study.step_time_model.as_ref().map(|model| lang.step_time_model(model));
    let known = [
        lang.reused(study),
        lang.continued(study),
        target,
        lang.trade_off(study),
        lang.frontier(study),
        law,
        step_time,
        lang.predicted_best(study),
        lang.memory_limit(&study.fit),
        Some(lang.cost(study)),
    ];
    known.into_iter().flatten().collect()
}

fn sensitivity(page: &mut Page, study: &StudyResult, lang: Lang) {
    if !study.sensitivity.is_empty() {
        page.heading(lang.target_sensitivity());
        page.sentences(&study.sensitivity.iter().map(|other| lang.sensitivity(other)).collect::<Vec<_>>());
    }
}

/// A column: its heading, whether it holds words, and how the cell of a size is made.
type SizeColumn<'a> = (&'a str, bool, Box<dyn Fn(&SizeResult) -> HtmlCell + 'a>);

/// One row for each size. Columns in which nothing was measured are left out.
fn size_table(study: &StudyResult, lang: Lang) -> HtmlTable {
    let mut columns = size_columns(study, lang);
    columns.retain(|(_, _, cell)| study.sizes.iter().any(|size| !cell(size).is_empty()));
    let heading = |table: HtmlTable, column: &SizeColumn| table.heading(column.0, column.1);
    let mut table = columns.iter().fold(HtmlTable::default(), heading);
    for size in &study.sizes {
        let class = match cells::mark(study, size) {
            Mark::Recommended => Some("recommended"),
            Mark::Tied => Some("tied"),
            Mark::None => None,
        };
        table.row(class, &columns.iter().map(|(_, _, cell)| cell(size)).collect::<Vec<_>>());
    }
    table
}

/// The objective is next to the size, where a phone shows it without scrolling.
fn size_columns<'a>(study: &'a StudyResult, lang: Lang) -> Vec<SizeColumn<'a>> {
    let step_time = move |size: &SizeResult| size.step_seconds.map(|time| duration(time.median, lang));
    let mut columns = vec![
        number_column(lang.batch_size(), |size| grouped(size.batch_size)),
        estimate_column(study.objective, lang),
        (
            lang.remark_column(),
            true,
            Box::new(move |size: &SizeResult| HtmlCell::Words(cells::remark(study, size, lang))),
        ),
        number_column(lang.p_best(), cells::p_best),
        number_column(lang.learning_rate(), cells::rate),
    ];
    use Objective::{Energy, Money, Quality, Samples, Steps, Time};
    let others = [Steps, Samples, Time, Money, Energy, Quality];
    let others = others.into_iter().filter(|&objective| objective != study.objective);
    columns.extend(others.map(|objective| match objective {
        // Their interval is that of the steps times the size, so it is not shown again.
        Objective::Samples => {
            number_column(lang.samples_to_target(), |size| cells::median(size.samples_to_target, count))
        }
        _ => estimate_column(objective, lang),
    }));
    columns.push(number_column(lang.step_time(), move |size| step_time(size).unwrap_or_default()));
    columns.push(number_column(lang.input_share(), |size| size.input_share.map(percent).unwrap_or_default()));
    columns.push(number_column(lang.energy_per_step(), |size| {
        size.energy_per_step_joules.map(|joules| energy(joules.median)).unwrap_or_default()
    }));
    columns.push(number_column(lang.memory(), |size| size.memory_bytes.map(bytes).unwrap_or_default()));
    columns.push(number_column(lang.card_memory(), |size| {
        size.card_memory_bytes.map(bytes).unwrap_or_default()
    }));
    columns
}

fn number_column<'a>(heading: &'a str, show: impl Fn(&SizeResult) -> String + 'a) -> SizeColumn<'a> {
    (heading, false, Box::new(move |size| HtmlCell::Number(show(size))))
}

fn estimate_column<'a>(objective: Objective, lang: Lang) -> SizeColumn<'a> {
    let cell = move |size: &SizeResult| {
        pair(cells::estimate(objective, size), lang, |value| cells::show(objective, value, lang))
    };
    (lang.objective_word(objective), false, Box::new(cell))
}

/// Median and interval.
fn pair(estimate: Option<Estimate>, lang: Lang, show: impl Fn(f64) -> String) -> HtmlCell {
    HtmlCell::Pair(cells::median(estimate, &show), cells::interval(estimate, lang, &show))
}

/// One row for each trial.
pub(crate) fn trial_table(trials: &[TrialRecord], lang: Lang) -> HtmlTable {
    let mut table = HtmlTable::default()
        .numbers(&[lang.batch_size(), lang.learning_rate(), lang.trial_seed()])
        .heading(lang.trial_phase(), true)
        .heading(lang.trial_end(), true)
        .numbers(&[lang.steps(), lang.samples(), lang.time(), lang.best_metric()]);
    for trial in trials {
        let end = match &trial.error {
            Some(error) => format!("{}: {error}", lang.trial_end_word(trial.end)),
            None => lang.trial_end_word(trial.end).to_string(),
        };
        table.row(
            None,
            &[
                HtmlCell::Number(grouped(trial.request.batch_size)),
                HtmlCell::Number(significant(trial.request.learning_rate, 3)),
                HtmlCell::Number(trial.request.seed.to_string()),
                HtmlCell::Words(phase(trial.phase, lang).to_string()),
                HtmlCell::Words(end),
                HtmlCell::Number(grouped(trial.step)),
                HtmlCell::Number(grouped(trial.samples)),
                HtmlCell::Number(duration(trial.seconds, lang)),
                HtmlCell::Number(trial.best_metric.map(|value| significant(value, 4)).unwrap_or_default()),
            ],
        );
    }
    table
}

fn phase(phase: Phase, lang: Lang) -> &'static str {
    match phase {
        Phase::Pilot => lang.phase_pilot(),
        Phase::Tune => lang.phase_tune(),
        Phase::Confirm => lang.phase_confirm(),
        Phase::Check => lang.phase_check(),
    }
}
