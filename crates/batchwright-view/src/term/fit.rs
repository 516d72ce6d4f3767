//! What fits into memory: the answer, and the table of the sizes that were run.

use batchwright_find::{FitAnswer, FitSubject, ProbeLength, ProbeOutcome, ProbeRecord, Ran};

use crate::lang::Lang;
use crate::number::{bytes, duration, grouped};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, render, wrapped};

/// The sentence with the answer, the table of runs, the comparison of planned and measured memory,
/// and how memory grows.
#[must_use]
pub fn fit_summary(answer: &FitAnswer, style: Style) -> String {
    let lang = style.lang;
    let decision = wrapped(&harmless(&lang.fit_answer(answer)), style.width);
    let sentences = match answer.subject {
        FitSubject::Network { .. } => of_network(answer, lang),
        FitSubject::Command { .. } => of_command(answer, lang),
    };
    let sentences: String = sentences.iter().map(|text| wrapped(text, style.width)).collect();
    format!("{}\n\n{}\n{sentences}", style.bold(decision.trim_end()), probe_table(answer, style))
}

fn of_network(answer: &FitAnswer, lang: Lang) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    if let Some(ran) = answer.search.confirmed() {
        sentences.extend(lang.why_not(answer).map(|text| harmless(&text)));
        sentences.extend(lang.planned_and_measured(ran));
        sentences.push(lang.memory_model(answer));
    }
    sentences.push(lang.probes_apart().to_owned());
    sentences
}

fn of_command(answer: &FitAnswer, lang: Lang) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    if let Some(ran) = answer.search.confirmed() {
        let why = lang.why_not(answer).or_else(|| lang.why_no_candidate(answer));
        sentences.extend(why.map(|text| harmless(&text)));
        sentences.extend(lang.measured_of_command(ran));
        sentences.extend(answer.model.is_ok().then(|| lang.memory_model(answer)));
        sentences.extend(lang.what_it_rests_on(ran.evidence));
    }
    let evaluation = answer.evaluation.as_ref().map(|search| lang.evaluation_fit(search));
    sentences.extend(evaluation.map(|text| harmless(&text)));
    sentences.push(lang.command_runs_apart().to_owned());
    sentences
}

/// One line for each run, in their order.
fn probe_table(answer: &FitAnswer, style: Style) -> String {
    let lang = style.lang;
    let probes = &answer.search.probes;
    let size = match answer.subject {
        FitSubject::Network { .. } => lang.micro_batch(),
        FitSubject::Command { .. } => lang.batch_size(),
    };
    let column = |read: &dyn Fn(&ProbeRecord) -> String| probes.iter().map(read).collect::<Vec<_>>();
    let of_run = |read: &dyn Fn(&Ran) -> Option<String>| {
        column(&|probe| match &probe.outcome {
            ProbeOutcome::Runs(ran) => read(ran).unwrap_or_default(),
            _ => String::new(),
        })
    };
    let columns = vec![
        TermColumn::right(size, column(&|probe| grouped(probe.micro_batch_size))),
        TermColumn::left("", column(&|probe| lang.probe_end(&probe.outcome))),
        TermColumn::right(lang.planned(), of_run(&|ran| ran.planned_bytes.map(bytes))),
        TermColumn::right(lang.measured(), of_run(&|ran| ran.peak_bytes.map(bytes))),
        TermColumn::right(lang.card_memory(), of_run(&|ran| ran.card_bytes.map(bytes))).optional(),
        TermColumn::right("", of_run(&|ran| lang.over_plan(ran))).optional(),
        TermColumn::right(
            lang.time_per_sample(),
            of_run(&|ran| Some(duration(ran.seconds_per_sample?, lang))),
        )
        .optional(),
        TermColumn::left(lang.run_length(), column(&|probe| lang.probe_length(probe.length).to_owned()))
            .optional(),
    ];
    render(columns, style, |row| {
        probes.get(row).is_some_and(|probe| Some(probe.micro_batch_size) == answer.search.largest_that_fits)
    })
}

/// Which run is going on, for a live line.
#[must_use]
pub fn probe_line(micro_batch_size: u64, length: ProbeLength, style: Style) -> String {
    style.lang.probing(micro_batch_size, length)
}

/// Which run of a training command is going on, for a live line.
#[must_use]
pub fn command_probe_line(
    number: u64,
    batch_size: u64,
    length: ProbeLength,
    seconds_left: f64,
    style: Style,
) -> String {
    let lang = style.lang;
    let parts = [
        lang.time_left(&duration(seconds_left, lang)),
        format!("{} {number}", lang.trial()),
        format!("{} {}", lang.batch_size(), grouped(batch_size)),
        lang.probe_length(length).to_owned(),
    ];
    parts.join(" · ")
}
