//! The report of a study.

use batchwright_find::{Estimate, Objective, Phase, SizeResult, StudyResult};

use super::page::{Fact, Page};
use super::table::{Cell, Table};
use crate::Lang;
use crate::cells::{self, Mark};
use crate::chart::study_figures;
use crate::number::{bytes, count, duration, grouped, percent, significant};

/// A study as a page: the sentence that decides, the table, the charts, what it all means, settings, all trials.
#[must_use]
pub fn study_report(study: &StudyResult, settings: &[(String, String)], lang: Lang) -> String {
    let mut page = Page::new(lang.study(), &study.study, &lang.study_verdict(study), lang);
    page.facts(&facts(study, lang));
    page.heading(lang.per_size());
    page.push(&format!("<div class=\"box\">{}</div>", size_table(study, lang).html(lang.per_size())));
    page.sentences(&sentences(study, lang));
    let charts = study_figures(study, lang);
    if !charts.is_empty() {
        page.heading(lang.charts());
        page.note(lang.interval_note());
        page.charts(&charts);
    }
    sensitivity(&mut page, study, lang);
    page.heading(lang.meaning());
    page.terms(&lang.study_terms());
    if !study.remarks.is_empty() {
        page.heading(lang.remarks());
        page.sentences_in(&study.remarks, Lang::En);
    }
    page.settings(settings);
    page.heading(lang.all_trials());
    page.details(
        &format!("{} ({})", lang.all_trials(), grouped(study.trials.len() as u64)),
        &trial_table(study, lang),
    );
    page.finish(study)
}

fn facts(study: &StudyResult, lang: Lang) -> Vec<Fact> {
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
    facts.push(Fact::new(lang.samples(), grouped(study.samples)));
    facts
}

fn sentences(study: &StudyResult, lang: Lang) -> Vec<String> {
    let target =
        study.target.as_ref().map(|target| format!("{}: {}", lang.target(), lang.target_line(target)));
    let law = study.law.as_ref().map(|law| lang.law(law));
    let known = [target, lang.trade_off(study), law, lang.memory_limit(&study.fit), Some(lang.cost(study))];
    known.into_iter().flatten().collect()
}

fn sensitivity(page: &mut Page, study: &StudyResult, lang: Lang) {
    if !study.sensitivity.is_empty() {
        page.heading(lang.target_sensitivity());
        page.sentences(&study.sensitivity.iter().map(|other| lang.sensitivity(other)).collect::<Vec<_>>());
    }
}

fn size_table(study: &StudyResult, lang: Lang) -> Table {
    let quality = study.objective == Objective::Quality;
    let mut table = Table::default().numbers(&[lang.batch_size()]).heading("", true).numbers(&[
        lang.learning_rate(),
        lang.steps_to_target(),
        lang.samples_to_target(),
        lang.time_to_target(),
        lang.step_time(),
        lang.memory(),
    ]);
    if quality {
        table = table.heading(lang.quality(), false);
    }
    table = table.heading(lang.p_best(), false);
    for size in &study.sizes {
        let class = match cells::mark(study, size) {
            Mark::Recommended => "recommended",
            Mark::Tied => "tied",
            Mark::None => "",
        };
        table.row(class, &size_cells(study, size, quality, lang));
    }
    table
}

fn size_cells(study: &StudyResult, size: &SizeResult, quality: bool, lang: Lang) -> Vec<Cell> {
    let seconds = |t| duration(t, lang);
    let mut row = vec![
        Cell::Number(grouped(size.batch_size)),
        Cell::Words(cells::remark(study, size, lang)),
        Cell::Number(cells::rate(size)),
        pair(&size.steps_to_target, lang, count),
        Cell::Number(cells::median(&size.samples_to_target, count)),
        pair(&size.seconds_to_target, lang, seconds),
        Cell::Number(size.step_seconds.map(|t| seconds(t.median)).unwrap_or_default()),
        Cell::Number(size.memory_bytes.map(bytes).unwrap_or_default()),
    ];
    if quality {
        let value = |q: &Estimate| pair(q, lang, |v| significant(v, 4));
        row.push(size.quality.as_ref().map_or_else(|| Cell::Number(String::new()), value));
    }
    row.push(Cell::Number(cells::p_best(size)));
    row
}

/// Median and interval.
fn pair(estimate: &Estimate, lang: Lang, show: impl Fn(f64) -> String) -> Cell {
    Cell::Pair(cells::median(estimate, &show), cells::interval(estimate, lang, &show))
}

fn trial_table(study: &StudyResult, lang: Lang) -> Table {
    let mut table = Table::default()
        .numbers(&[lang.batch_size(), lang.learning_rate(), lang.trial_seed()])
        .heading(lang.trial_phase(), true)
        .heading(lang.trial_end(), true)
        .numbers(&[lang.steps(), lang.samples(), lang.time(), lang.best_metric()]);
    for trial in &study.trials {
        let end = match &trial.error {
            Some(error) => format!("{}: {error}", lang.trial_end_word(trial.end)),
            None => lang.trial_end_word(trial.end).to_string(),
        };
        table.row(
            "",
            &[
                Cell::Number(grouped(trial.request.batch_size)),
                Cell::Number(significant(trial.request.learning_rate, 3)),
                Cell::Number(trial.request.seed.to_string()),
                Cell::Words(phase(trial.phase, lang).to_string()),
                Cell::Words(end),
                Cell::Number(grouped(trial.step)),
                Cell::Number(grouped(trial.samples)),
                Cell::Number(duration(trial.seconds, lang)),
                Cell::Number(trial.best_metric.map(|value| significant(value, 4)).unwrap_or_default()),
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
    }
}
