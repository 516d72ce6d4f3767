//! The validation curves of several runs in one chart, over any of the four axes.
//!
//! Runs of different batch size are compared over samples or seconds: a step of one is not a step
//! of the other.
//!
//! Left out: the training curves, which would double the lines; the report of each run has them.

use batchwright_train::{RunRecord, RunRow};

use crate::chart::axes::{Frame, HEIGHT, LINE, spread};
use crate::chart::curves::{CurveLine, Horizontal, placed, x_axis};
use crate::chart::svg::{Anchor, FONT, Ink, Paint, text_width};
use crate::lang::Lang;

/// Colours, and dashes where the colours are used up.
const INKS: [Ink; 6] = [Ink::First, Ink::Second, Ink::Accent, Ink::Bad, Ink::Muted, Ink::Text];
const DASHES: [&str; 3] = ["", "7 4", "2 4"];

/// About how many points are drawn of all curves together, and at least of one.
const POINTS: usize = 1_400;
const FEWEST: usize = 60;

/// One metric of all runs that have it. `None` where none has.
pub(crate) fn draw(
    records: &[RunRecord],
    curve: CurveLine,
    horizontal: Horizontal,
    lang: Lang,
    paint: Paint,
) -> Option<String> {
    let shown: Vec<(usize, &RunRecord)> =
        records.iter().enumerate().filter(|(_, record)| curve.is_in(record)).collect();
    if shown.is_empty() {
        return None;
    }
    let all: Vec<RunRow> = shown.iter().flat_map(|(_, record)| record.rows.iter().copied()).collect();
    let values: Vec<f64> = all.iter().map(|row| curve.value(&row.validation)).collect();
    let margin = text_width(&records.len().to_string()) + 14.0;
    let frame = Frame::new(x_axis(&all, horizontal, lang), curve.axis_over(&values, lang), margin, HEIGHT);
    let title = lang.overlay_chart(curve == CurveLine::Loss);
    let room = LINE * (shown.len() as f64 + 0.4);
    let mut svg = frame.draw_with_room(title, HEIGHT, room, paint);
    let mut ends = Vec::new();
    for (line, (at, record)) in shown.iter().enumerate() {
        let (ink, dash) = (INKS[at % INKS.len()], DASHES[at / INKS.len() % DASHES.len()]);
        let place = |row: &RunRow| (horizontal.value(row), curve.value(&row.validation));
        let points = placed(record.rows.iter().map(place), &frame, (POINTS / shown.len()).max(FEWEST));
        svg.curve(&points, ink, 2.0, dash);
        ends.extend(points.iter().rev().flatten().next().map(|&(_, y)| (at + 1, ink, y)));
        let y = HEIGHT + LINE * (line as f64 + 0.9);
        svg.line((0.0, y - 5.0), (26.0, y - 5.0), ink, 2.0, dash);
        svg.text((34.0, y), Anchor::Start, ink, &lang.numbered_run(at + 1, record));
    }
    let heights: Vec<f64> = ends.iter().map(|end| end.2).collect();
    for ((number, ink, _), y) in ends.iter().zip(spread(&heights, frame.top, frame.bottom)) {
        svg.text((frame.right + 6.0, y + FONT * 0.35), Anchor::Start, *ink, &number.to_string());
    }
    let described: Vec<String> =
        shown.iter().map(|(at, record)| described(*at, record, curve, lang)).collect();
    let id = format!("{}-of-all-by-{}", curve.key(), horizontal.key());
    Some(svg.finish(&id, title, &lang.overlay_described(horizontal.label(lang), &described)))
}

fn described(at: usize, record: &RunRecord, curve: CurveLine, lang: Lang) -> String {
    let last = record.rows.last().map(|row| curve.show(curve.value(&row.validation)));
    format!("{}: {}", lang.numbered_run(at + 1, record), last.unwrap_or_default())
}
