//! A run that fills a terminal: how far it is, its ledger, what the curve says so far, curves, and its last
//! evaluations.

use batchwright_store::EntryStatus;
use batchwright_train::{Plan, RunResult, RunRow, RunVerdictKind, SplitMetrics, Verdict};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::symbols::Marker;
use unicode_width::UnicodeWidthStr;

use crate::chart::curves::{CurveLine, x_axis};
use crate::chart::scale::extent;
use crate::chart::thin::{CurveWindow, smooth_curve, thin_curve};
use crate::lang::Lang;
use crate::number::{bytes, compact, duration, grouped, percent, significant};
use crate::screen::controls::{ScreenControls, WatchedFrom};
use crate::screen::paint::{
    Tone, below, draw_lines, keys, line, line_with_end, paragraph, parts, progress_bar, span, status_tone,
};
use crate::screen::plot::{PlotLine, plot};
use crate::term::progress::RunProgress;
use crate::term::run::{row_heading, row_line};
use crate::term::style::Style;

/// Columns from which on the last evaluations stand beside the curves.
const WIDE: u16 = 120;
/// Columns of that table.
const TABLE: u16 = 62;
/// Lines from which on it stands below the curves where there is no room beside them.
const HIGH: u16 = 30;
/// Its lines there, with its heading.
const TABLE_LINES: u16 = 8;
/// Share of the mean before in a smooth curve.
const SMOOTHING: f64 = 0.8;

/// What the curve of a run says.
#[derive(Debug, Clone, Copy)]
pub enum ScreenVerdict<'a> {
    /// So far.
    SoFar(&'a Verdict),
    /// In the end.
    Final(&'a RunResult),
}

/// A run as it is now.
#[derive(Debug, Clone)]
pub struct RunScreen<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it runs.
    pub status: EntryStatus,
    /// Its arithmetic; that of one epoch where it ends after a time.
    pub plan: &'a Plan,
    /// Its rows so far.
    pub rows: &'a [RunRow],
    /// Where it is; absent before its first step.
    pub now: Option<RunProgress>,
    /// Seconds since that was told: while a run is evaluated no step tells it, but clocks go on.
    pub since: f64,
    /// Bytes that were planned for it, where they are known.
    pub memory_bytes: Option<u64>,
    /// What its curve says.
    pub verdict: Option<ScreenVerdict<'a>>,
    /// What is to be said besides, the newest last.
    pub notices: &'a [String],
}

impl RunScreen<'_> {
    /// Draws it.
    pub fn draw(&self, buffer: &mut Buffer, controls: ScreenControls, style: Style) {
        let lang = style.lang;
        let area = keys(buffer, buffer.area, &controls.keys_of_run(lang), style);
        let area = self.draw_head(buffer, area, controls, style);
        let area = self.draw_verdict(buffer, area, style);
        let area = self.draw_notices(buffer, area, style);
        if area.width >= WIDE {
            let curves = Rect { width: area.width - TABLE - 2, ..area };
            self.draw_curves(buffer, curves, controls, style);
            self.draw_rows(buffer, Rect { x: area.right() - TABLE, width: TABLE, ..area }, style);
        } else if area.height >= HIGH - 8 {
            let height = area.height - TABLE_LINES - 1;
            self.draw_curves(buffer, Rect { height, ..area }, controls, style);
            self.draw_rows(buffer, below(area, height + 1), style);
        } else {
            self.draw_curves(buffer, area, controls, style);
        }
    }

    /// Name, state, progress and ledger.
    fn draw_head(&self, buffer: &mut Buffer, area: Rect, controls: ScreenControls, style: Style) -> Rect {
        let lang = style.lang;
        let (state, tone) = (lang.status_word(self.status), status_tone(self.status));
        let title = vec![
            span(self.name, Tone::Bold, style),
            span("  ", Tone::Plain, style),
            span(state, tone, style),
        ];
        let since = if self.status == EntryStatus::Running { self.since } else { 0.0 };
        let elapsed = self.now.as_ref().map_or_else(String::new, |now| match controls.from {
            WatchedFrom::Within => lang.elapsed(&duration(now.elapsed + since, lang)),
            // Rows tell no other time.
            WatchedFrom::Outside => format!("{} {}", lang.training_time(), duration(now.elapsed, lang)),
        });
        line_with_end(buffer, area, title, span(&elapsed, Tone::Faint, style));
        let area = below(area, 1);
        let Some(now) = &self.now else { return parts(buffer, area, &self.ledger(lang), style) };
        let left = now.left.filter(|_| self.status == EntryStatus::Running);
        let left = left.map(|left| lang.time_left(&duration((left - since).max(0.0), lang)));
        let left = left.map_or_else(String::new, |left| format!("  {left}"));
        let text = format!(" {}{left}", percent(now.done));
        let room = usize::from(area.width).saturating_sub(text.width());
        let bar = progress_bar(now.done, room.min(60));
        line(buffer, area, vec![span(&bar, Tone::Good, style), span(&text, Tone::Bold, style)]);
        let mut told = self.position(now, lang);
        told.extend(self.ledger(lang));
        parts(buffer, below(area, 1), &told, style)
    }

    /// Where it is, in all units.
    fn position(&self, now: &RunProgress, lang: Lang) -> Vec<String> {
        let (epoch, epochs) = now.epochs;
        let epochs = epochs.map(|epochs| significant(epochs, 3));
        let mut told = vec![
            lang.epoch_of(&format!("{epoch:.1}"), epochs.as_deref()),
            lang.steps_of(&grouped(now.steps.0), now.steps.1.map(grouped).as_deref()),
            lang.samples_used(&grouped(now.samples)),
        ];
        told.extend(now.samples_a_second.map(|rate| lang.samples_a_second(&compact(rate))));
        told
    }

    fn ledger(&self, lang: Lang) -> Vec<String> {
        let batching = &self.plan.batching;
        let mut told = vec![format!("{} {}", lang.batch_size(), grouped(batching.batch_size))];
        let rate = self.rows.last().map(|row| row.learning_rate).filter(|rate| *rate > 0.0);
        told.extend(rate.map(|rate| format!("{} {}", lang.learning_rate(), significant(rate, 3))));
        told.extend(self.memory_bytes.map(|memory| format!("{} {}", lang.memory(), bytes(memory))));
        told.extend(self.now.as_ref().map(|now| format!("{} {}", lang.loss(), significant(now.loss, 3))));
        told
    }

    fn draw_verdict(&self, buffer: &mut Buffer, area: Rect, style: Style) -> Rect {
        let lang = style.lang;
        let (kind, sentence) = match self.verdict {
            None => return area,
            Some(ScreenVerdict::SoFar(verdict)) => (verdict.kind, lang.sentence_so_far(verdict)),
            Some(ScreenVerdict::Final(result)) => (result.verdict.kind, lang.verdict(result)),
        };
        let tone = match kind {
            RunVerdictKind::Converged => Tone::Good,
            RunVerdictKind::Overfitting | RunVerdictKind::Underfitting => Tone::Warning,
            RunVerdictKind::Diverged => Tone::Bad,
            RunVerdictKind::Improving | RunVerdictKind::Unclear => Tone::Bold,
        };
        paragraph(buffer, area, &sentence, tone, style)
    }

    /// The newest notices; more would push out the curves.
    fn draw_notices(&self, buffer: &mut Buffer, area: Rect, style: Style) -> Rect {
        let newest = self.notices.iter().rev().take(2).rev();
        newest.fold(area, |rest, notice| paragraph(buffer, rest, notice, Tone::Warning, style))
    }

    fn draw_curves(&self, buffer: &mut Buffer, area: Rect, controls: ScreenControls, style: Style) {
        let lang = style.lang;
        // A number that is predicted has no accuracy.
        let has = |curve: CurveLine| self.rows.iter().any(|row| curve.value(&row.validation).is_finite());
        let curve = if has(controls.curve) { controls.curve } else { CurveLine::Loss };
        if self.rows.len() < 2 || !has(curve) {
            paragraph(buffer, below(area, 1), lang.waits_for_rows(), Tone::Faint, style);
            return;
        }
        let (x, y) = (x_axis(self.rows, controls.horizontal, lang), curve.axis(self.rows, lang));
        let lines = [
            self.curve(lang.train(), (Tone::Train, |row| &row.train), (curve, controls), area.width, style),
            self.curve(
                lang.validation(),
                (Tone::Validation, |row| &row.validation),
                (curve, controls),
                area.width,
                style,
            ),
        ];
        let smoothed = if controls.smooth { format!(" ({})", lang.smoothed()) } else { String::new() };
        plot(buffer, area, &format!("{}{smoothed}", y.title), (&x, &y), &lines, style);
    }

    fn curve(
        &self,
        name: &'static str,
        (tone, split): (Tone, fn(&RunRow) -> &SplitMetrics),
        (curve, controls): (CurveLine, ScreenControls),
        width: u16,
        style: Style,
    ) -> PlotLine {
        let horizontal = controls.horizontal;
        let (from, to) = extent(self.rows.iter().map(|row| horizontal.value(row)));
        let points = || self.rows.iter().map(|row| (horizontal.value(row), curve.value(split(row))));
        // Two dots a column.
        let range = CurveWindow { from, to, pixels: 2 * usize::from(width).max(1) };
        let points = if controls.smooth {
            thin_curve(smooth_curve(points(), SMOOTHING), range)
        } else {
            thin_curve(points(), range)
        };
        // Without colours the dots tell the curves apart.
        let marker = if style.colour || tone == Tone::Validation { Marker::Braille } else { Marker::Dot };
        PlotLine { name, points, tone, marker }
    }

    /// The last evaluations, the newest at the bottom.
    fn draw_rows(&self, buffer: &mut Buffer, area: Rect, style: Style) {
        let plain = Style { colour: false, width: usize::from(area.width), ..style };
        let classes = self.rows.last().is_some_and(|row| row.validation.accuracy.is_some());
        let lines = usize::from(area.height.saturating_sub(2));
        let shown = &self.rows[self.rows.len().saturating_sub(lines)..];
        line(buffer, area, vec![span(style.lang.last_evaluations(), Tone::Bold, style)]);
        let heading = [row_heading(classes, plain)];
        let rest = draw_lines(buffer, below(area, 1), &heading, Tone::Faint, style);
        let rows: Vec<String> = shown.iter().map(|row| row_line(row, plain)).collect();
        draw_lines(buffer, rest, &rows, Tone::Plain, style);
    }
}
