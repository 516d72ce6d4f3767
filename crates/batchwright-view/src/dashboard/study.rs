//! What a page of the dashboard says of a study: its report once it is finished; before, what its
//! journal tells, and what it is doing.

use batchwright_find::{Journal, StudyResult};
use batchwright_store::StudyNow;

use crate::chart::rates::draw_trials;
use crate::chart::svg::Paint;
use crate::html::page::{Fact, Page};
use crate::html::study::{fill, trial_curves, trial_table};
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::number::{count, duration, grouped, percent, significant};
use crate::so_far::StudySoFar;
use crate::trial_line::{lines_so_far, trial_lines};

/// A finished study as a part of a page: its whole report.
#[must_use]
pub fn study_part(
    study: &StudyResult,
    journal: Option<&Journal>,
    settings: &[(String, String)],
    lang: Lang,
) -> String {
    let mut page = Page::part(&lang.study_verdict(study), lang);
    fill(&mut page, study, &trial_lines(study, journal), settings, lang);
    page.fragment()
}

/// A study that has no answer yet.
#[derive(Debug, Clone)]
pub struct RunningStudy<'a> {
    /// Its journal; absent before its first entry.
    pub journal: Option<&'a Journal>,
    /// Its settings, as key and value.
    pub settings: &'a [(String, String)],
    /// Whether a process works on it.
    pub running: bool,
    /// Its name.
    pub name: &'a str,
    /// What it is doing, where that is known.
    pub now: Option<&'a StudyNow>,
}

impl RunningStudy<'_> {
    /// It as a part of a page: time, sizes, the map of sizes and rates, trials.
    #[must_use]
    pub fn part(&self, lang: Lang) -> String {
        let sentence = if self.running { lang.study_runs().to_owned() } else { lang.process_gone(self.name) };
        let mut page = Page::part(&sentence, lang);
        let entries = self.journal.map_or(&[][..], Journal::entries);
        let so_far = StudySoFar::new(entries, self.settings);
        page.facts(&self.facts(&so_far, lang));
        self.doing(&mut page, lang);
        if !so_far.sizes.is_empty() {
            page.heading(lang.per_size());
            page.table(lang.per_size(), &size_table(&so_far, lang));
            page.note(lang.probability_so_far());
        }
        let ridge = |size: u64| Some(so_far.sizes.get(&size)?.best?.0);
        if let Some(map) = draw_trials(&so_far.trials, ridge, lang, Paint::Page) {
            page.heading(lang.charts());
            page.charts(&[map]);
        }
        let target = self.now.and_then(|now| now.target.as_ref());
        let running = self.now.filter(|_| self.running).map_or(&[][..], |now| &now.running);
        trial_curves(&mut page, target, &lines_so_far(entries, running), lang);
        page.settings(self.settings);
        if !so_far.trials.is_empty() {
            let heading = format!("{} ({})", lang.all_trials(), grouped(so_far.trials.len() as u64));
            page.heading(lang.all_trials());
            page.details(&heading, &trial_table(&so_far.trials, lang));
        }
        page.fragment()
    }

    /// Its stage, its target and the trials that run.
    fn doing(&self, page: &mut Page, lang: Lang) {
        let Some(now) = self.now.filter(|_| self.running) else { return };
        let stage = now.stage.map(|stage| lang.stage(stage).to_owned());
        let target =
            now.target.as_ref().map(|target| format!("{}: {}", lang.target(), lang.target_line(target)));
        let running = now.running.iter().map(|trial| lang.runs_now_at(trial));
        for told in stage.into_iter().chain(target).chain(running) {
            page.note(&told);
        }
    }

    fn facts(&self, so_far: &StudySoFar, lang: Lang) -> Vec<Fact> {
        let mut facts = vec![Fact::new(lang.trials_so_far(), grouped(so_far.trials.len() as u64))];
        let Some(journal) = self.journal else { return facts };
        let used = journal.used();
        facts.push(Fact::new(lang.time(), duration(used.as_secs_f64(), lang)));
        let left = journal.budget().map(|budget| budget.saturating_sub(used).as_secs_f64());
        facts.extend(left.map(|left| Fact::main(lang.budget_left(), duration(left, lang))));
        facts
    }
}

fn size_table(so_far: &StudySoFar, lang: Lang) -> HtmlTable {
    let leader = so_far.leader();
    let mut table = HtmlTable::default()
        .numbers(&[lang.batch_size(), lang.p_best(), lang.steps_to_target(), lang.learning_rate()])
        .numbers(&[lang.step_time(), lang.time_to_target(), lang.trials_so_far()])
        .heading(lang.remark_column(), true);
    for (&batch_size, size) in &so_far.sizes {
        let leads = leader == Some(batch_size);
        let steps = size.best.map(|(_, steps)| steps);
        let time = steps.zip(size.step_seconds).map(|(steps, step)| steps * step);
        let remark = match (size.fits, leads) {
            (false, _) => lang.no_memory(),
            (true, true) => lang.best_so_far(),
            (true, false) => "",
        };
        let cells = [
            grouped(batch_size),
            if size.chance > 0.0 { percent(size.chance) } else { String::new() },
            steps.map(count).unwrap_or_default(),
            size.best.map(|(rate, _)| significant(rate, 3)).unwrap_or_default(),
            size.step_seconds.map(|step| duration(step, lang)).unwrap_or_default(),
            time.map(|time| duration(time, lang)).unwrap_or_default(),
            grouped(size.trials),
        ];
        let mut cells: Vec<HtmlCell> = cells.into_iter().map(HtmlCell::Number).collect();
        cells.push(HtmlCell::Words(remark.to_owned()));
        table.row(leads.then_some("recommended"), &cells);
    }
    table
}
