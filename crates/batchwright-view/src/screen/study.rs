//! A study that fills a terminal: its budget, the sizes with their probabilities, the map of sizes and
//! rates, and its trials.

use batchwright_find::{Stage, TrialRecord};
use batchwright_store::{EntryStatus, RunningTrial};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

use crate::lang::Lang;
use crate::number::{count, duration, grouped, percent, significant};
use crate::screen::controls::{ScreenControls, StudyPage};
use crate::screen::map::draw_map;
use crate::screen::paint::{
    Tone, bar, below, draw_lines, keys, line, line_with_end, paragraph, parts, progress_bar, span,
    status_tone,
};
use crate::so_far::{SizeSoFar, StudySoFar};
use crate::term::style::Style;
use crate::term::table::{TermColumn, render};

/// Columns of a bar of a probability.
const BAR: usize = 10;
/// Columns from which on there is room for these bars.
const ROOM_FOR_BARS: u16 = 72;
/// Columns of the list of trials where it stands beside the map.
const LIST: u16 = 58;
/// Fewest lines that a map is worth: sizes, two rates, and what its signs mean.
const LEAST_MAP: u16 = 4;
/// Columns from which on it does.
const WIDE: u16 = 120;

/// A study as it is now.
#[derive(Debug, Clone)]
pub struct StudyScreen<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it runs.
    pub status: EntryStatus,
    /// What it is doing, where that is known.
    pub stage: Option<Stage>,
    /// What is to be reached, where it is known.
    pub target: Option<&'a str>,
    /// What its journal tells.
    pub so_far: &'a StudySoFar,
    /// The trials that run.
    pub running: &'a [RunningTrial],
    /// The size that it would recommend now, where that is known.
    pub best: Option<u64>,
    /// Wall-clock seconds that it has used.
    pub used: f64,
    /// Of how many.
    pub budget: Option<f64>,
    /// Its answer, once it has one.
    pub verdict: Option<&'a str>,
    /// What is to be said besides, the newest last.
    pub notices: &'a [String],
}

impl StudyScreen<'_> {
    /// Draws it.
    pub fn draw(&self, buffer: &mut Buffer, controls: ScreenControls, style: Style) {
        let lang = style.lang;
        let area = keys(buffer, buffer.area, &controls.keys_of_study(lang), style);
        let area = self.draw_head(buffer, area, style);
        let area = match self.verdict {
            Some(verdict) => paragraph(buffer, area, verdict, Tone::Good, style),
            None => area,
        };
        let newest = self.notices.iter().rev().take(2).rev();
        let area = newest.fold(area, |rest, notice| paragraph(buffer, rest, notice, Tone::Warning, style));
        let area = below(area, 1);
        match controls.page {
            StudyPage::All => self.draw_all(buffer, area, style),
            StudyPage::Map => self.draw_map(buffer, area, style),
            StudyPage::Trials => self.draw_trials(buffer, area, style),
        }
    }

    /// The sizes, the map below them, and the trials beside it, as far as there is room.
    fn draw_all(&self, buffer: &mut Buffer, area: Rect, style: Style) {
        let area = below(self.draw_sizes(buffer, area, style), 1);
        if area.height < LEAST_MAP {
            return;
        }
        if area.width >= WIDE {
            self.draw_map(buffer, Rect { width: area.width - LIST - 2, ..area }, style);
            self.draw_trials(buffer, Rect { x: area.right() - LIST, width: LIST, ..area }, style);
        } else {
            self.draw_map(buffer, area, style);
        }
    }

    fn draw_head(&self, buffer: &mut Buffer, area: Rect, style: Style) -> Rect {
        let lang = style.lang;
        let running = self.status == EntryStatus::Running;
        let state = match self.stage {
            Some(stage) if running => lang.stage(stage),
            _ => lang.status_word(self.status),
        };
        let tone = status_tone(self.status);
        let title = vec![span(self.name, Tone::Bold, style), span(&format!("  {state}"), tone, style)];
        let used = lang.elapsed(&duration(self.used, lang));
        line_with_end(buffer, area, title, span(&used, Tone::Faint, style));
        let mut area = below(area, 1);
        if let Some(budget) = self.budget.filter(|_| running) {
            let left = lang.time_left(&duration((budget - self.used).max(0.0), lang));
            let text = format!(" {left}");
            let bar =
                progress_bar(self.used / budget.max(f64::MIN_POSITIVE), usize::from(area.width / 2).min(50));
            line(buffer, area, vec![span(&bar, Tone::Good, style), span(&text, Tone::Bold, style)]);
            area = below(area, 1);
        }
        let mut told = vec![format!("{} {}", lang.trials_so_far(), grouped(self.so_far.trials.len() as u64))];
        told.extend(self.target.map(|target| format!("{}: {target}", lang.target())));
        let area = parts(buffer, area, &told, style);
        let running: Vec<String> =
            self.running.iter().map(|trial| format!("> {}", lang.running_trial(trial))).collect();
        parts(buffer, area, &running, style)
    }

    fn draw_sizes(&self, buffer: &mut Buffer, area: Rect, style: Style) -> Rect {
        let lang = style.lang;
        // A study that has ended without a recommendation has no leader.
        let leader =
            if self.verdict.is_some() { self.best } else { self.best.or_else(|| self.so_far.leader()) };
        let plain = Style { colour: false, width: usize::from(area.width), ..style };
        let columns = self.size_columns(leader, area.width >= ROOM_FOR_BARS, lang);
        if self.so_far.sizes.is_empty() {
            return area;
        }
        let table = render(columns, plain, |_| false);
        let place = leader.and_then(|leader| self.so_far.sizes.keys().position(|&size| size == leader));
        let mut rest = area;
        for (nth, text) in table.lines().enumerate() {
            let tone = match nth {
                0 => Tone::Bold,
                1 => Tone::Faint,
                nth if place == Some(nth - 2) => Tone::Good,
                _ => Tone::Plain,
            };
            rest = draw_lines(buffer, rest, &[text.to_owned()], tone, style);
        }
        rest
    }

    fn size_columns(&self, leader: Option<u64>, bars: bool, lang: Lang) -> Vec<TermColumn> {
        let sizes = &self.so_far.sizes;
        let column = |cell: &dyn Fn(u64, &SizeSoFar) -> String| -> Vec<String> {
            sizes.iter().map(|(&batch_size, size)| cell(batch_size, size)).collect()
        };
        let chance = |size: &SizeSoFar| {
            let share = if size.chance > 0.0 { percent(size.chance) } else { String::new() };
            if bars { format!("{:<BAR$} {share:>5}", bar(size.chance, BAR)) } else { share }
        };
        let steps = |size: &SizeSoFar| size.best.map(|(_, steps)| steps);
        let time = |size: &SizeSoFar| steps(size).zip(size.step_seconds).map(|(steps, step)| steps * step);
        let show_time = |seconds: Option<f64>| seconds.map(|it| duration(it, lang)).unwrap_or_default();
        let runs = |batch_size| self.running.iter().any(|it| it.request.batch_size == batch_size);
        let remark = |batch_size: u64, size: &SizeSoFar| {
            let words = match size {
                SizeSoFar { fits: false, .. } => lang.no_memory(),
                _ if leader == Some(batch_size) && self.verdict.is_some() => lang.recommended(),
                _ if leader == Some(batch_size) => lang.best_so_far(),
                _ if runs(batch_size) => lang.runs_now(),
                _ => "",
            };
            words.to_owned()
        };
        vec![
            TermColumn::right(lang.batch_size(), column(&|batch_size, _| grouped(batch_size))),
            TermColumn::left(lang.p_best(), column(&|_, size| chance(size))),
            TermColumn::right(
                lang.steps_to_target(),
                column(&|_, it| steps(it).map(count).unwrap_or_default()),
            ),
            TermColumn::right(
                lang.learning_rate(),
                column(&|_, it| it.best.map(|(rate, _)| significant(rate, 3)).unwrap_or_default()),
            )
            .optional(),
            TermColumn::right(lang.step_time(), column(&|_, it| show_time(it.step_seconds))).optional(),
            TermColumn::right(lang.time_to_target(), column(&|_, it| show_time(time(it)))).optional(),
            TermColumn::right(lang.trials_so_far(), column(&|_, it| grouped(it.trials))).optional(),
            TermColumn::left("", column(&remark)),
        ]
    }

    fn draw_map(&self, buffer: &mut Buffer, area: Rect, style: Style) {
        let lang = style.lang;
        let legend = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
        let map = Rect { height: area.height.saturating_sub(1), ..area };
        if draw_map(buffer, map, &self.so_far.trials, self.running, style) {
            line(buffer, legend, vec![span(lang.map_in_cells(), Tone::Faint, style)]);
        } else if self.so_far.trials.is_empty() {
            paragraph(buffer, area, lang.waits_for_trials(), Tone::Faint, style);
        }
    }

    /// The last trials, the newest first.
    fn draw_trials(&self, buffer: &mut Buffer, area: Rect, style: Style) {
        let lang = style.lang;
        // Below the heading of the list and that of its columns.
        let newest: Vec<&TrialRecord> =
            self.so_far.trials.iter().rev().take(usize::from(area.height.saturating_sub(3))).collect();
        let column = |cell: &dyn Fn(&TrialRecord) -> String| {
            newest.iter().map(|trial| cell(trial)).collect::<Vec<_>>()
        };
        let columns = vec![
            TermColumn::right(lang.batch_size(), column(&|trial| grouped(trial.request.batch_size))),
            TermColumn::right(
                lang.learning_rate(),
                column(&|trial| significant(trial.request.learning_rate, 3)),
            ),
            TermColumn::right(lang.steps(), column(&|trial| grouped(trial.step))),
            TermColumn::left("", column(&|trial| lang.trial_end_word(trial.end).to_owned())),
        ];
        let plain = Style { colour: false, width: usize::from(area.width), ..style };
        line(buffer, area, vec![span(lang.all_trials(), Tone::Bold, style)]);
        let table: Vec<String> = render(columns, plain, |_| false).lines().map(str::to_owned).collect();
        draw_lines(buffer, below(area, 1), &table, Tone::Plain, style);
    }
}
