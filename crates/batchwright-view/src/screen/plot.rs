//! Curves in the cells of a screen: dots of eight a cell, with round numbers at both axes.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Color;
use ratatui_core::symbols::Marker;
use ratatui_core::text::Span;
use ratatui_core::widgets::Widget;
use ratatui_widgets::canvas::{Canvas, Line as Segment};
use unicode_width::UnicodeWidthStr;

use crate::chart::axes::Axis;
use crate::chart::thin::CurvePoint;
use crate::screen::paint::{Tone, below, line, span};
use crate::term::style::Style;

/// A curve: its name, its points in the order of the horizontal axis, how it is drawn.
pub(crate) struct PlotLine {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<CurvePoint>,
    pub(crate) tone: Tone,
    pub(crate) marker: Marker,
}

/// The sign of a curve in the legend: what its line is made of.
fn sign(marker: Marker) -> &'static str {
    match marker {
        Marker::Braille => "⠒⠒",
        _ => "••",
    }
}

/// Draws curves with a title, their names, and axes. Nothing in an area that is too small.
pub(crate) fn plot(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    (x, y): (&Axis, &Axis),
    lines: &[PlotLine],
    style: Style,
) {
    let margin = y.ticks.iter().map(|(_, text)| text.width()).max().unwrap_or(0) as u16 + 2;
    if area.height < 6 || area.width < margin + 12 {
        return;
    }
    let mut heading = vec![span(&format!("{title}  "), Tone::Bold, style)];
    for curve in lines {
        heading.push(Span::styled(sign(curve.marker), curve.tone.cells(style)));
        heading.push(span(&format!(" {}  ", curve.name), Tone::Plain, style));
    }
    line(buffer, area, heading);
    let inner =
        Rect { x: area.x + margin, y: area.y + 1, width: area.width - margin, height: area.height - 3 };
    draw_y_axis(buffer, Rect { x: area.x, width: margin, ..inner }, y, style);
    draw_x_axis(buffer, Rect { y: inner.bottom(), height: 2, ..inner }, x, style);
    for curve in lines {
        draw_curve(buffer, inner, curve, (x, y), style);
    }
}

fn draw_y_axis(buffer: &mut Buffer, area: Rect, y: &Axis, style: Style) {
    let width = usize::from(area.width) - 2;
    for row in 0..area.height {
        let here = |(value, _): &&(f64, String)| {
            y.scale.place(*value).is_some_and(|place| row_of(place, area.height) == row)
        };
        let label = y.ticks.iter().find(here).map_or("", |(_, text)| text.as_str());
        let space = " ".repeat(width.saturating_sub(label.width()));
        let mark = if label.is_empty() { '│' } else { '┤' };
        line(buffer, below(area, row), vec![span(&format!("{space}{label} {mark}"), Tone::Faint, style)]);
    }
}

fn draw_x_axis(buffer: &mut Buffer, area: Rect, x: &Axis, style: Style) {
    let left = Rect { x: area.x - 1, width: area.width + 1, ..area };
    let rule = format!("└{}", "─".repeat(usize::from(area.width)));
    line(buffer, left, vec![span(&rule, Tone::Faint, style)]);
    let mut labels = String::new();
    // The name of the axis stands behind its last number.
    let room = usize::from(area.width).saturating_sub(x.title.width() + 2);
    for (value, text) in &x.ticks {
        let Some(place) = x.scale.place(*value) else { continue };
        let at = (place * f64::from(area.width.saturating_sub(1))).round() as usize;
        let start = at.saturating_sub(text.width() / 2);
        let used = labels.width();
        if (labels.is_empty() || start > used) && start + text.width() <= room {
            labels += &format!("{}{text}", " ".repeat(start - used));
        }
    }
    let space = usize::from(area.width).saturating_sub(labels.width() + x.title.width());
    labels += &format!("{}{}", " ".repeat(space), x.title);
    line(buffer, below(area, 1), vec![span(&labels, Tone::Faint, style)]);
}

/// The row of a height in 0..=1, from above.
fn row_of(place: f64, height: u16) -> u16 {
    let last = height.saturating_sub(1);
    last - (place * f64::from(last)).round() as u16
}

fn draw_curve(buffer: &mut Buffer, area: Rect, curve: &PlotLine, (x, y): (&Axis, &Axis), style: Style) {
    // A value that has no place, such as one that is not finite, breaks the curve.
    let places: Vec<Option<(f64, f64)>> =
        curve.points.iter().map(|&(at, value)| x.scale.place(at).zip(y.scale.place(value))).collect();
    let colour = curve.tone.cells(style).fg.unwrap_or(Color::Reset);
    Canvas::default()
        .x_bounds([0.0, 1.0])
        .y_bounds([0.0, 1.0])
        .marker(curve.marker)
        .paint(|context| {
            for (nth, place) in places.iter().enumerate() {
                let Some(to) = *place else { continue };
                let from = nth.checked_sub(1).and_then(|before| places[before]).unwrap_or(to);
                context.draw(&Segment::new(from.0, from.1, to.0, to.1, colour));
            }
        })
        .render(area, buffer);
}
