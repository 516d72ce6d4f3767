//! Lines of text, bars and colours in the cells of a screen.

use batchwright_store::EntryStatus;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style as CellStyle};
use ratatui_core::text::{Line, Span};
use ratatui_core::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use crate::term::style::{Style, harmless};
use crate::term::table::wrapped;

/// What a colour means. Without colours the weight of the letters is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Bold,
    Faint,
    Good,
    Warning,
    Bad,
    Train,
    Validation,
}

impl Tone {
    pub(crate) fn cells(self, style: Style) -> CellStyle {
        let plain = CellStyle::new();
        let coloured = |colour| if style.colour { plain.fg(colour) } else { plain };
        let bold = |cells: CellStyle| cells.add_modifier(Modifier::BOLD);
        match self {
            Self::Plain => plain,
            Self::Bold => bold(plain),
            // Dim text without colours is hard to read on some terminals, and says nothing.
            Self::Faint if style.colour => plain.add_modifier(Modifier::DIM),
            Self::Faint => plain,
            Self::Good => bold(coloured(Color::Green)),
            Self::Warning => bold(coloured(Color::Yellow)),
            Self::Bad => bold(coloured(Color::Red)),
            Self::Train => coloured(Color::Cyan),
            Self::Validation => coloured(Color::Yellow),
        }
    }
}

/// The tone of a state.
pub(crate) fn status_tone(status: EntryStatus) -> Tone {
    match status {
        EntryStatus::Running | EntryStatus::Done => Tone::Good,
        EntryStatus::Stopped => Tone::Warning,
        EntryStatus::Failed | EntryStatus::Lost => Tone::Bad,
    }
}

/// Text in one tone; control characters in names of other origin do no harm.
pub(crate) fn span(text: &str, tone: Tone, style: Style) -> Span<'static> {
    Span::styled(harmless(text), tone.cells(style))
}

/// Draws a line, cut off at the right end.
pub(crate) fn line(buffer: &mut Buffer, area: Rect, spans: Vec<Span<'static>>) {
    if area.height > 0 {
        Line::from(spans).render(Rect { height: 1, ..area }, buffer);
    }
}

/// Draws a line with more at its right end, where there is room for both.
pub(crate) fn line_with_end(buffer: &mut Buffer, area: Rect, spans: Vec<Span<'static>>, end: Span<'static>) {
    let width: usize = spans.iter().map(Span::width).sum();
    let end_width = end.width();
    line(buffer, area, spans);
    if width + 2 + end_width <= usize::from(area.width) {
        let x = area.right() - u16::try_from(end_width).unwrap_or(area.width);
        line(buffer, Rect { x, width: area.right() - x, ..area }, vec![end]);
    }
}

/// Draws parts with a dot between them, in as many lines as they need. Returns the area below.
pub(crate) fn parts(buffer: &mut Buffer, area: Rect, parts: &[String], style: Style) -> Rect {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(last) if last.width() + 3 + part.width() <= usize::from(area.width) => {
                *last += &format!(" · {part}");
            }
            _ => lines.push(part.clone()),
        }
    }
    draw_lines(buffer, area, &lines, Tone::Plain, style)
}

/// Draws a paragraph. Returns the area below.
pub(crate) fn paragraph(buffer: &mut Buffer, area: Rect, text: &str, tone: Tone, style: Style) -> Rect {
    let text = wrapped(text, usize::from(area.width));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    draw_lines(buffer, area, &lines, tone, style)
}

/// Draws lines. Returns the area below.
pub(crate) fn draw_lines(
    buffer: &mut Buffer,
    area: Rect,
    lines: &[String],
    tone: Tone,
    style: Style,
) -> Rect {
    let mut rest = area;
    for text in lines {
        line(buffer, rest, vec![span(text, tone, style)]);
        rest = below(rest, 1);
    }
    rest
}

/// The area without its first lines.
pub(crate) fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

/// The keys and what they do, in the last line of the area. Returns the area above.
pub(crate) fn keys(buffer: &mut Buffer, area: Rect, keys: &[(&str, &str)], style: Style) -> Rect {
    let height = area.height.saturating_sub(1);
    let mut spans = Vec::new();
    for (key, what) in keys {
        spans.push(span(&format!("[{key}]"), Tone::Bold, style));
        spans.push(span(&format!(" {what}  "), Tone::Faint, style));
    }
    line(buffer, below(area, height), spans);
    Rect { height, ..area }
}

/// A bar of `width` columns that is full at a share of 1: eighths of a column are drawn.
pub(crate) fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * (8 * width) as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

/// A bar of progress with its empty part.
pub(crate) fn progress_bar(share: f64, width: usize) -> String {
    let full = bar(share, width);
    let empty = width.saturating_sub(full.width());
    full + &"░".repeat(empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a bar is longer than its place, or the share of a broken number ends the program.
    #[test]
    fn a_bar_fits_and_is_as_long_as_its_share() {
        assert_eq!((bar(0.0, 4), bar(1.0, 4), bar(0.5, 4)), (String::new(), "████".into(), "██".into()));
        assert_eq!(bar(0.28, 4), "█▏");
        for share in [f64::NAN, -1.0, 7.0, f64::INFINITY, 0.999] {
            assert!(bar(share, 5).width() <= 5);
            assert_eq!(progress_bar(share, 5).width(), 5, "{share}");
        }
        assert_eq!(progress_bar(0.3, 0), "");
    }
}
