//! `--explain`: where each number of the table comes from, and all trials with the purpose of each.

use std::collections::BTreeSet;

use batchwright_find::{Phase, SizeResult, StudyResult, TrialRecord};

use crate::lang::Lang;
use crate::number::{duration, grouped, significant};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, render, wrapped};
use crate::text::explain::Origins;

/// One sentence on the origin of each number of the table, then all trials in their order.
#[must_use]
pub fn study_explanation(study: &StudyResult, style: Style) -> String {
    let lang = style.lang;
    let mut paragraphs = vec![style.bold(lang.origins()) + "\n"];
    let general = [
        lang.reused(study),
        lang.continued(study),
        lang.origin_of_target(study, &numbers(study, |trial| trial.phase == Phase::Pilot)),
        lang.origin_of_cost(study.objective).map(str::to_owned),
        lang.origin_of_models(study),
    ];
    paragraphs.extend(general.into_iter().flatten().map(|text| wrapped(&harmless(&text), style.width)));
    paragraphs.extend(study.sizes.iter().map(|size| of_size(study, size, style)));
    let trials = style.bold(lang.all_trials());
    format!("{}\n{trials}\n\n{}", paragraphs.join("\n"), trial_table(study, style))
}

/// One line on the size, then one paragraph for each number.
fn of_size(study: &StudyResult, size: &SizeResult, style: Style) -> String {
    let (lang, origins) = (style.lang, origins(study, size));
    let heading = style.bold(&format!("{} {}", lang.batch_size(), grouped(size.batch_size)));
    let (rate, steps) = match study.judged_together {
        true => (lang.origin_by_law(size, &origins), None),
        false => (lang.origin_of_rate(size, &origins), lang.origin_of_steps(size, &origins)),
    };
    let sentences = [
        Some(rate),
        steps,
        lang.origin_of_step_time(study, size),
        lang.origin_of_time(size),
        lang.origin_of_p_best(study, size),
    ];
    let lines = sentences.into_iter().flatten().map(|text| wrapped(&harmless(&text), style.width));
    format!("{heading}\n{}", lines.collect::<String>())
}

/// Numbers, from 1, of the trials that `wanted` picks.
fn numbers(study: &StudyResult, wanted: impl Fn(&TrialRecord) -> bool) -> Vec<u64> {
    (1..).zip(&study.trials).filter(|(_, trial)| wanted(trial)).map(|(number, _)| number).collect()
}

fn origins(study: &StudyResult, size: &SizeResult) -> Origins {
    let here =
        |trial: &TrialRecord| trial.request.batch_size == size.batch_size && trial.phase != Phase::Pilot;
    let at_best =
        |trial: &TrialRecord| here(trial) && Some(trial.request.learning_rate) == size.learning_rate.best;
    let rates: BTreeSet<u64> = study
        .trials
        .iter()
        .filter(|trial| here(trial))
        .map(|trial| trial.request.learning_rate.to_bits())
        .collect();
    Origins {
        rates: rates.len(),
        here: numbers(study, here),
        tuned: numbers(study, |trial| here(trial) && trial.phase == Phase::Tune),
        fresh: numbers(study, |trial| at_best(trial) && trial.phase == Phase::Confirm),
        chose: numbers(study, |trial| at_best(trial) && trial.phase == Phase::Tune),
    }
}

fn trial_table(study: &StudyResult, style: Style) -> String {
    let lang = style.lang;
    let column = |read: &dyn Fn(usize, &TrialRecord) -> String| -> Vec<String> {
        study.trials.iter().enumerate().map(|(k, trial)| read(k, trial)).collect()
    };
    let columns = vec![
        TermColumn::right(lang.trial(), column(&|k, _| grouped(k as u64 + 1))),
        TermColumn::right(lang.batch_size(), column(&|_, trial| grouped(trial.request.batch_size))),
        TermColumn::right(
            lang.learning_rate(),
            column(&|_, trial| significant(trial.request.learning_rate, 3)),
        ),
        TermColumn::right(lang.trial_seed(), column(&|_, trial| trial.request.seed.to_string())),
        TermColumn::left(lang.trial_purpose(), column(&|k, trial| purpose(study, k, trial, lang))),
        TermColumn::left(lang.trial_end(), column(&|_, trial| lang.trial_end_word(trial.end).to_owned())),
        TermColumn::right(lang.steps(), column(&|_, trial| grouped(trial.step))),
        TermColumn::right(lang.time(), column(&|_, trial| duration(trial.seconds, lang))).optional(),
    ];
    render(columns, style, |_| false)
}

/// Why the strategy chose a trial, or what trials of this phase are for. For a trial of an earlier
/// study, the name of that study follows.
fn purpose(study: &StudyResult, k: usize, trial: &TrialRecord, lang: Lang) -> String {
    let earlier = study.continued.as_ref().filter(|continued| (k as u64) < continued.trials);
    let purpose = trial.why.map_or_else(|| lang.phase_purpose(trial.phase).to_owned(), |why| lang.why(&why));
    match earlier {
        Some(continued) => harmless(&format!("{purpose} ({})", continued.study)),
        None => purpose,
    }
}
