//! The validation curves of several runs as characters. Scales, ticks and titles are those of the
//! SVG charts.

use batchwright_train::{RunRecord, RunRow};
use unicode_width::UnicodeWidthStr;

use crate::chart::axes::{Axis, Tick};
use crate::chart::curves::{CurveLine, Horizontal, x_axis};
use crate::term::style::Style;

/// Lines of the plot.
const HEIGHT: usize = 16;

/// Columns of the whole chart.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=110;

/// The signs of the runs, in order; they repeat.
const SYMBOLS: &[u8] = b"123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The sign of the run `nth`, from 0.
pub(crate) fn symbol(nth: usize) -> char {
    char::from(SYMBOLS[nth % SYMBOLS.len()])
}

/// One metric of all runs that have it, over an axis. `None` where none has it.
pub(crate) fn chart(
    records: &[RunRecord],
    curve: CurveLine,
    horizontal: Horizontal,
    style: Style,
) -> Option<String> {
    let lang = style.lang;
    let shown: Vec<(usize, &RunRecord)> =
        records.iter().enumerate().filter(|(_, record)| curve.is_in(record)).collect();
    if shown.is_empty() {
        return None;
    }
    let rows: Vec<RunRow> = shown.iter().flat_map(|(_, record)| record.rows.iter().copied()).collect();
    let values: Vec<f64> = rows.iter().map(|row| curve.value(&row.validation)).collect();
    let (x, y) = (x_axis(&rows, horizontal, lang), curve.axis_over(&values, lang));
    let margin = y.ticks.iter().map(|(_, text)| text.width()).max().unwrap_or(0);
    let width = style.width.clamp(*WIDTHS.start(), *WIDTHS.end()).saturating_sub(margin + 3).max(10);
    let mut plot = Plot { width, cells: vec![None; width * HEIGHT] };
    for (nth, record) in &shown {
        let place = |row: &RunRow| {
            Some((x.scale.place(horizontal.value(row))?, y.scale.place(curve.value(&row.validation))?))
        };
        plot.draw(*nth, &record.rows.iter().filter_map(place).collect::<Vec<_>>());
    }
    let title = format!("{}: {}", lang.overlay_chart(curve == CurveLine::Loss), y.title);
    Some(format!("{}\n{}", style.bold(&title), framed(&plot, &x, &y, margin, style)))
}

/// The signs that are drawn, the upper line first.
struct Plot {
    width: usize,
    cells: Vec<Option<usize>>,
}

impl Plot {
    /// Draws a curve through points, both of whose coordinates are in 0..=1: straight between two
    /// of them.
    fn draw(&mut self, nth: usize, points: &[(f64, f64)]) {
        for &(x, y) in points {
            self.set(nth, self.column(x), y);
        }
        for pair in points.windows(2) {
            let ((from_x, from_y), (to_x, to_y)) = (pair[0], pair[1]);
            let (from, to) = (self.column(from_x), self.column(to_x));
            for column in from..to {
                let share = (column - from) as f64 / (to - from) as f64;
                self.set(nth, column, from_y + share * (to_y - from_y));
            }
        }
    }

    fn column(&self, x: f64) -> usize {
        nearest(x, self.width)
    }

    fn set(&mut self, nth: usize, column: usize, y: f64) {
        self.cells[line(y) * self.width + column] = Some(nth);
    }
}

/// The line of a height in 0..=1, from above.
fn line(y: f64) -> usize {
    HEIGHT - 1 - nearest(y, HEIGHT)
}

/// The one of `count` places in a row that is nearest to a share in 0..=1.
fn nearest(share: f64, count: usize) -> usize {
    ((share * (count - 1) as f64).round() as usize).min(count - 1)
}

/// The plot with its axes.
fn framed(plot: &Plot, x: &Axis, y: &Axis, margin: usize, style: Style) -> String {
    let mut text = String::new();
    for (at, cells) in plot.cells.chunks(plot.width).enumerate() {
        let is_here = |(value, _): &&Tick| y.scale.place(*value).is_some_and(|place| line(place) == at);
        let label = y.ticks.iter().find(is_here).map_or("", |(_, text)| text.as_str());
        let mark = if label.is_empty() { '│' } else { '┤' };
        let space = " ".repeat(margin - label.width());
        let signs: String = cells.iter().map(|cell| sign(*cell, style)).collect();
        text += &format!("{} {}\n", style.faint(&format!("{space}{label} {mark}")), signs.trim_end());
    }
    let indent = " ".repeat(margin + 1);
    text += &style.faint(&format!("{indent}└{}", "─".repeat(plot.width + 1)));
    text += &format!("\n{indent}  {}\n", x_labels(x, plot.width));
    text + &format!("{indent}  {}\n", style.faint(&x.title))
}

fn sign(cell: Option<usize>, style: Style) -> String {
    cell.map_or_else(|| " ".to_owned(), |nth| style.of_curve(nth, &symbol(nth).to_string()))
}

/// The labels of the ticks below their places; one that would run into the last is left out.
fn x_labels(x: &Axis, width: usize) -> String {
    let mut labels = String::new();
    for (value, text) in &x.ticks {
        let Some(place) = x.scale.place(*value) else { continue };
        let start = nearest(place, width).saturating_sub(text.width() / 2);
        let used = labels.width();
        if labels.is_empty() || start > used {
            labels += &format!("{}{text}", " ".repeat(start.saturating_sub(used)));
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a curve has holes, or a point beside the plot ends the program.
    #[test]
    fn a_curve_is_drawn_in_every_column() {
        let mut plot = Plot { width: 20, cells: vec![None; 20 * HEIGHT] };
        plot.draw(0, &[(0.0, 1.0), (0.5, 0.0), (1.0, 1.0)]);
        let drawn =
            |column: usize| (0..HEIGHT).filter(|line| plot.cells[line * 20 + column].is_some()).count();
        assert!((0..20).all(|column| drawn(column) == 1));
        assert!(plot.cells[0].is_some() && plot.cells[19].is_some());
        assert_eq!((line(0.0), line(1.0), nearest(1.0, 3)), (HEIGHT - 1, 0, 2));
    }
}
