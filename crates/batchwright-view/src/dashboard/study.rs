//! What a page of the dashboard says of a study: its report once it is finished; before, what its
//! journal tells.
//!
//! Left out: trials that still run, since a journal holds answers only.

use std::collections::BTreeMap;

use batchwright_find::statistics::{Arm, decide};
use batchwright_find::{
    Journal, JournalEntry, Phase, StudyResult, TrialEnd, TrialError, TrialOutcome, TrialRecord,
};

use crate::chart::rates::draw_trials;
use crate::chart::svg::Paint;
use crate::html::page::{Fact, Page};
use crate::html::study::{fill, trial_table};
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::number::{count, duration, grouped, percent, significant};

/// Expected regret up to which two sizes count as equal, as in a study.
const MARGIN: f64 = 0.1;

/// A finished study as a part of a page: its whole report.
#[must_use]
pub fn study_part(study: &StudyResult, settings: &[(String, String)], lang: Lang) -> String {
    let mut page = Page::part(&lang.study_verdict(study), lang);
    fill(&mut page, study, settings, lang);
    page.fragment()
}

/// What is known of a study that has no answer yet.
#[derive(Debug, Clone)]
pub struct StudySoFar<'a> {
    /// Its journal; absent before its first entry.
    pub journal: Option<&'a Journal>,
    /// Its settings, as key and value.
    pub settings: &'a [(String, String)],
    /// Whether a process works on it.
    pub running: bool,
    /// Its name.
    pub name: &'a str,
}

/// What is known of a size.
#[derive(Default)]
struct SizeSoFar {
    step_seconds: Option<f64>,
    fits: bool,
    trials: Vec<TrialRecord>,
}

impl SizeSoFar {
    /// The rate at which trials reach the target in the fewest steps, and these trials: their steps,
    /// and the steps of those that missed it.
    fn best(&self) -> Option<(f64, Arm)> {
        let mut rates: BTreeMap<u64, Arm> = BTreeMap::new();
        for trial in self.trials.iter().filter(|trial| trial.phase != Phase::Pilot) {
            let arm = rates.entry(trial.request.learning_rate.to_bits()).or_default();
            match trial.end {
                TrialEnd::Target => arm.values.push(trial.step as f64),
                TrialEnd::Budget if trial.error.is_none() => arm.beyond.push(trial.step as f64),
                TrialEnd::Lost => arm.beyond.push(trial.step as f64),
                TrialEnd::Diverged => arm.beyond.push(f64::INFINITY),
                _ => {}
            }
        }
        let reached = rates.into_iter().filter_map(|(rate, arm)| Some((rate, arm.median()?, arm)));
        let (rate, _, arm) = reached.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let tuning_seeds = arm.values.len();
        Some((f64::from_bits(rate), Arm { tuning_seeds, ..arm }))
    }
}

impl StudySoFar<'_> {
    /// It as a part of a page: time, sizes, the map of sizes and rates, trials.
    #[must_use]
    pub fn part(&self, lang: Lang) -> String {
        let sentence = if self.running { lang.study_runs().to_owned() } else { lang.process_gone(self.name) };
        let mut page = Page::part(&sentence, lang);
        let entries = self.journal.map_or(&[][..], Journal::entries);
        let sizes = sizes(entries);
        page.facts(&self.facts(&sizes, lang));
        if !sizes.is_empty() {
            page.heading(lang.per_size());
            page.table(lang.per_size(), &self.size_table(&sizes, lang));
            page.note(lang.probability_so_far());
        }
        let trials: Vec<TrialRecord> = entries.iter().filter_map(ended).map(record).collect();
        let ridge = |size: u64| Some(sizes.get(&size)?.best()?.0);
        if let Some(map) = draw_trials(&trials, ridge, lang, Paint::Page) {
            page.heading(lang.charts());
            page.charts(&[map]);
        }
        page.settings(self.settings);
        if !trials.is_empty() {
            let heading = format!("{} ({})", lang.all_trials(), grouped(trials.len() as u64));
            page.heading(lang.all_trials());
            page.details(&heading, &trial_table(&trials, lang));
        }
        page.fragment()
    }

    fn facts(&self, sizes: &BTreeMap<u64, SizeSoFar>, lang: Lang) -> Vec<Fact> {
        let trials: usize = sizes.values().map(|size| size.trials.len()).sum();
        let mut facts = vec![Fact::new(lang.trials_so_far(), grouped(trials as u64))];
        let Some(journal) = self.journal else { return facts };
        let used = journal.used();
        facts.push(Fact::new(lang.time(), duration(used.as_secs_f64(), lang)));
        let left = journal.budget().map(|budget| budget.saturating_sub(used).as_secs_f64());
        facts.extend(left.map(|left| Fact::main(lang.budget_left(), duration(left, lang))));
        facts
    }

    fn size_table(&self, sizes: &BTreeMap<u64, SizeSoFar>, lang: Lang) -> HtmlTable {
        let best: Vec<_> = sizes.values().map(SizeSoFar::best).collect();
        let chances = self.chances(sizes, &best);
        let leader = (0..chances.len()).max_by(|&a, &b| chances[a].total_cmp(&chances[b]));
        let leader = leader.filter(|&at| chances[at] > 0.0);
        let mut table = HtmlTable::default()
            .numbers(&[lang.batch_size(), lang.p_best(), lang.steps_to_target(), lang.learning_rate()])
            .numbers(&[lang.step_time(), lang.time_to_target(), lang.trials_so_far()])
            .heading(lang.remark_column(), true);
        for (at, (&size, known)) in sizes.iter().enumerate() {
            let median = best[at].as_ref().and_then(|(_, arm)| arm.median());
            let time = median.zip(known.step_seconds).map(|(steps, step)| steps * step);
            let remark = match (known.fits, leader == Some(at)) {
                (false, _) => lang.no_memory(),
                (true, true) => lang.best_so_far(),
                (true, false) => "",
            };
            let cells = [
                grouped(size),
                if chances[at] > 0.0 { percent(chances[at]) } else { String::new() },
                median.map(count).unwrap_or_default(),
                best[at].as_ref().map(|(rate, _)| significant(*rate, 3)).unwrap_or_default(),
                known.step_seconds.map(|step| duration(step, lang)).unwrap_or_default(),
                time.map(|time| duration(time, lang)).unwrap_or_default(),
                grouped(known.trials.len() as u64),
            ];
            let mut cells: Vec<HtmlCell> = cells.into_iter().map(HtmlCell::Number).collect();
            cells.push(HtmlCell::Words(remark.to_owned()));
            table.row((leader == Some(at)).then_some("recommended"), &cells);
        }
        table
    }

    /// The probability of each size to be the best in what the study decides by, from its own trials.
    /// 0 where nothing is known; all are 0 for what is not counted in steps.
    fn chances(&self, sizes: &BTreeMap<u64, SizeSoFar>, best: &[Option<(f64, Arm)>]) -> Vec<f64> {
        let objective =
            self.settings.iter().find(|(key, _)| key == "objective").map(|(_, value)| value.as_str());
        let shift = |size: u64, known: &SizeSoFar| match objective {
            None | Some("time" | "money") => Some(known.step_seconds?.ln()),
            Some("samples") => Some((size as f64).ln()),
            Some("steps") => Some(0.0),
            Some(_) => None,
        };
        let arms: Vec<Arm> = sizes
            .iter()
            .zip(best)
            .map(|((&size, known), best)| {
                let arm = best.as_ref().zip(shift(size, known));
                arm.map(|((_, arm), shift)| Arm { shift, ..arm.clone() }).unwrap_or_default()
            })
            .collect();
        decide(&arms, MARGIN, 0).map_or_else(|| vec![0.0; arms.len()], |decision| decision.p_best)
    }
}

fn sizes(entries: &[JournalEntry]) -> BTreeMap<u64, SizeSoFar> {
    let mut sizes: BTreeMap<u64, SizeSoFar> = BTreeMap::new();
    let new = || SizeSoFar { fits: true, ..SizeSoFar::default() };
    for entry in entries {
        match entry {
            JournalEntry::Measured { batch_size, answer, .. } => {
                let size = sizes.entry(*batch_size).or_insert_with(new);
                match answer {
                    Ok(measured) => size.step_seconds = Some(measured.step_time.median),
                    Err(TrialError::DoesNotFit { .. }) => size.fits = false,
                    Err(_) => {}
                }
            }
            JournalEntry::Ended { outcome, .. } if !outcome.interrupted => {
                let size = sizes.entry(outcome.plan.request.batch_size).or_insert_with(new);
                size.fits &= outcome.end != TrialEnd::DoesNotFit;
                size.trials.push(record(outcome));
            }
            _ => {}
        }
    }
    sizes
}

fn ended(entry: &JournalEntry) -> Option<&TrialOutcome> {
    match entry {
        JournalEntry::Ended { outcome, .. } if !outcome.interrupted => Some(outcome),
        _ => None,
    }
}

/// A trial as it ended. The study may change its target later.
fn record(outcome: &TrialOutcome) -> TrialRecord {
    TrialRecord {
        request: outcome.plan.request,
        phase: outcome.plan.phase,
        end: outcome.end,
        step: outcome.last.step,
        samples: outcome.last.samples,
        seconds: outcome.last.seconds,
        best_metric: outcome.curve.best(),
        why: outcome.plan.why,
        error: outcome.error.clone(),
        trace: None,
    }
}
