//! A study: a table that a reader understands in ten seconds, and the sentences around it.

use batchwright_find::{Objective, SizeResult, StudyResult};

use crate::cells;
use crate::cells::Mark;
use crate::lang::Lang;
use crate::number::{count, duration, grouped};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, facts, render, wrapped};

/// One line for each batch size: size, rate, steps, samples, time with interval, step time,
/// probability of being best, mark.
#[must_use]
pub fn study_table(study: &StudyResult, style: Style) -> String {
    render(study_columns(study, style.lang), style, |row| {
        study.sizes.get(row).is_some_and(|size| cells::mark(study, size) == Mark::Recommended)
    })
}

/// The columns of that table; some may be empty.
pub(crate) fn study_columns(study: &StudyResult, lang: Lang) -> Vec<TermColumn> {
    let column = |read: &dyn Fn(&SizeResult) -> String| study.sizes.iter().map(read).collect::<Vec<_>>();
    let seconds = |t| duration(t, lang);
    let mut columns = vec![
        TermColumn::right(lang.batch_size(), column(&|size| grouped(size.batch_size))),
        TermColumn::right(lang.learning_rate(), column(&cells::rate)),
        TermColumn::right(lang.steps(), column(&|size| cells::median(size.steps_to_target, count))),
        TermColumn::right(lang.samples(), column(&|size| cells::median(size.samples_to_target, count))),
        TermColumn::right(lang.time(), column(&|size| cells::median(size.seconds_to_target, seconds))),
        TermColumn::left(
            "",
            column(&|size| in_brackets(&cells::interval(size.seconds_to_target, lang, seconds))),
        )
        .optional(),
        TermColumn::right(
            lang.step_time(),
            column(&|size| size.step_seconds.map(|t| seconds(t.median)).unwrap_or_default()),
        )
        .optional(),
    ];
    if let objective @ (Objective::Money | Objective::Energy | Objective::Quality) = study.objective {
        let value = |size: &SizeResult| {
            cells::median(cells::estimate(objective, size), |value| cells::show(objective, value, lang))
        };
        columns.push(TermColumn::right(lang.objective_word(objective), column(&value)));
    }
    columns.push(TermColumn::right(lang.p_best(), column(&cells::p_best)));
    columns.push(TermColumn::left("", column(&|size| cells::remark(study, size, lang))));
    columns
}

/// The sentence with the verdict, on one line.
#[must_use]
pub fn study_verdict_line(study: &StudyResult, style: Style) -> String {
    harmless(&style.lang.study_verdict(study))
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("({text})") }
}

/// The sentence with the verdict and the table. Then: what comes from earlier studies, target,
/// trade-off, frontier, law, step times, prediction, other targets, cost and remarks, and where the
/// report is.
#[must_use]
pub fn study_summary(study: &StudyResult, style: Style) -> String {
    let lang = style.lang;
    let decision = wrapped(&lang.study_verdict(study), style.width);
    let target =
        study.target.as_ref().map(|target| format!("{}: {}", lang.target(), lang.target_line(target)));
    let memory = [lang.reused(study), lang.continued(study)].into_iter().flatten();
    let mut sentences: Vec<String> = memory.map(|text| harmless(&text)).chain(target).collect();
    sentences.extend(lang.trade_off(study));
    sentences.extend(lang.frontier(study));
    sentences.extend(study.law.as_ref().map(|law| lang.law(law)));
    sentences.extend(study.step_time_model.as_ref().map(|model| lang.step_time_model(model)));
    sentences.extend(lang.predicted_best(study));
    sentences.extend(lang.memory_limit(&study.fit));
    sentences.extend(study.sensitivity.iter().map(|other| lang.sensitivity(other)));
    sentences.push(lang.cost(study));
    sentences.extend(study.remarks.iter().map(|remark| harmless(&lang.remark(remark))));
    let sentences: String = sentences.iter().map(|text| wrapped(text, style.width)).collect();
    let mut places = vec![(lang.study(), harmless(&study.study))];
    places.extend(study.report.iter().map(|path| (lang.report(), harmless(path))));
    let (decision, table, places) =
        (style.bold(decision.trim_end()), study_table(study, style), facts(&places, style));
    format!("{decision}\n\n{table}\n{sentences}\n{places}")
}
