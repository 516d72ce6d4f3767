//! The learning curves of all trials of a study: the best value so far over samples, steps or seconds,
//! coloured by batch size, with the target, and with a mark at each end that tells how it ended, or that it
//! runs.
//!
//! Left out: rows between two best values, which a study does not keep.

use std::fmt::Write;

use batchwright_find::{Target, TrialEnd};

use crate::chart::axes::{Axis, Frame, HEIGHT, LINE, WIDTH};
use crate::chart::curves::{Horizontal, place_axis};
use crate::chart::scale::AxisScale;
use crate::chart::svg::{Anchor, Ink, Paint, Svg, text_width};
use crate::lang::Lang;
use crate::number::{grouped, significant};
use crate::trial_line::TrialLine;

/// The axes over which trials are drawn. How many samples an epoch has is not always known.
pub(crate) const AXES: [Horizontal; 3] = [Horizontal::Samples, Horizontal::Steps, Horizontal::Seconds];

/// How a trial ended, or that it runs, as the mark at the end of its curve tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndMark {
    Reached,
    Missed,
    Lost,
    Diverged,
    Running,
}

impl EndMark {
    pub(crate) const ALL: [Self; 5] =
        [Self::Reached, Self::Missed, Self::Lost, Self::Diverged, Self::Running];

    /// Of a trial; without a target there is nothing to reach or to miss.
    pub(crate) fn of(line: &TrialLine) -> Self {
        match line.end {
            None => Self::Running,
            Some(TrialEnd::Target) => Self::Reached,
            Some(TrialEnd::Diverged) => Self::Diverged,
            Some(TrialEnd::Lost) => Self::Lost,
            Some(TrialEnd::Budget | TrialEnd::DoesNotFit | TrialEnd::Failed) => Self::Missed,
        }
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Missed => "missed",
            Self::Lost => "lost",
            Self::Diverged => "diverged",
            Self::Running => "running",
        }
    }

    /// The mark as a path around a point; a disc is a line of no length with round ends.
    fn path(self, (x, y): (f64, f64)) -> String {
        match self {
            Self::Reached => format!("M{:.1} {y:.1}a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0", x - 1.5),
            Self::Missed => format!("M{:.1} {y:.1}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0", x - 3.5),
            Self::Lost => format!("M{x:.1} {:.1}v9", y - 4.5),
            Self::Diverged => format!("M{:.1} {:.1}l7 7m0-7l-7 7", x - 3.5, y - 3.5),
            // An arrow head: it goes on.
            Self::Running => format!("M{:.1} {:.1}l6 4-6 4", x - 3.0, y - 4.0),
        }
    }

    /// Width of the pen. That of a disc fills it.
    fn pen(self) -> f64 {
        if self == Self::Reached { 3.0 } else { 1.5 }
    }
}

/// The colour of a size among all sizes: from the colour of the first series, for the smallest, to that of
/// the second. Both can be told apart without seeing red or green.
pub(crate) fn size_colour(paint: Paint, rank: usize, of: usize) -> String {
    paint.between(Ink::First, Ink::Second, rank as f64 / (of.max(2) - 1) as f64)
}

/// The sizes of these trials, ascending.
pub(crate) fn sizes_of(lines: &[TrialLine]) -> Vec<u64> {
    let mut sizes: Vec<u64> = lines.iter().map(|line| line.batch_size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The trials of one size.
struct SizeLines<'a> {
    batch_size: u64,
    colour: String,
    lines: Vec<&'a TrialLine>,
}

impl SizeLines<'_> {
    fn is_recommended(&self) -> bool {
        self.lines.iter().any(|line| line.recommended)
    }
}

/// The curves over an axis. `None` without a curve.
pub(crate) fn draw(
    target: Option<&Target>,
    lines: &[TrialLine],
    horizontal: Horizontal,
    lang: Lang,
    paint: Paint,
) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let mut groups = groups(lines, paint);
    // What is recommended lies above the others.
    groups.sort_by_key(SizeLines::is_recommended);
    let goal = target.map(|target| target.goal).filter(|goal| goal.is_finite());
    let frame = frame(target, lines, horizontal, goal, lang);
    let title = lang.trials_chart();
    let legend = Legend::new(target, lines, goal, paint, lang);
    let mut svg = frame.draw_with_room(title, HEIGHT, legend.height(), paint);
    for group in &groups {
        draw_group(&mut svg, &frame, group, horizontal);
    }
    if let Some(y) = goal.and_then(|goal| frame.y_at(goal)) {
        svg.line((frame.left, y), (frame.right, y), Ink::Text, 1.2, "5 4");
    }
    legend.draw(&mut svg);
    let counts = EndMark::ALL.map(|mark| {
        let count = lines.iter().filter(|line| EndMark::of(line) == mark).count();
        format!("{} {}", lang.end_mark(mark), grouped(count as u64))
    });
    let description = lang.trials_described(lines.len(), horizontal.label(lang), &counts);
    Some(svg.finish(&format!("trials-by-{}", horizontal.key()), title, &description))
}

fn groups(lines: &[TrialLine], paint: Paint) -> Vec<SizeLines<'_>> {
    let sizes = sizes_of(lines);
    let group = |(rank, &batch_size): (usize, &u64)| {
        let lines: Vec<&TrialLine> = lines.iter().filter(|line| line.batch_size == batch_size).collect();
        let recommended = lines.iter().any(|line| line.recommended);
        let colour = match recommended {
            true => paint.colour(Ink::Accent).to_owned(),
            false => size_colour(paint, rank, sizes.len()),
        };
        SizeLines { batch_size, colour, lines }
    };
    sizes.iter().enumerate().map(group).collect()
}

fn frame(
    target: Option<&Target>,
    lines: &[TrialLine],
    horizontal: Horizontal,
    goal: Option<f64>,
    lang: Lang,
) -> Frame {
    let places = lines.iter().flat_map(|line| line.on(horizontal)).map(|point| point.0);
    let values = lines.iter().flat_map(|line| line.on(horizontal)).map(|point| point.1).chain(goal);
    let scale = AxisScale::fitting(values);
    let metric = target.map_or(lang.metric(), |target| target.metric.as_str());
    let y = Axis::new(scale, 6, &lang.best_of_metric(metric), |value| significant(value, 3));
    Frame::new(
        place_axis(std::iter::once(0.0).chain(places), horizontal, lang),
        y.naming_its_scale(lang),
        14.0,
        HEIGHT,
    )
}

fn draw_group(svg: &mut Svg, frame: &Frame, group: &SizeLines, horizontal: Horizontal) {
    let mut path = String::new();
    let mut marks: Vec<(EndMark, String)> = EndMark::ALL.map(|mark| (mark, String::new())).into();
    for line in &group.lines {
        let points: Vec<(f64, f64)> = line.on(horizontal).filter_map(|(x, y)| frame.point(x, y)).collect();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{x:.0} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        if let Some(&end) = points.last() {
            let mark = EndMark::of(line);
            marks.iter_mut().filter(|(of, _)| *of == mark).for_each(|(_, path)| *path += &mark.path(end));
        }
    }
    let width = if group.is_recommended() { 2.4 } else { 1.1 };
    svg.coloured_path(&path, &group.colour, width);
    for (mark, path) in marks {
        svg.coloured_path(&path, &group.colour, mark.pen());
    }
}

/// What stands below the plot: sizes with their colours, marks with their meanings, the target.
struct Legend {
    rows: Vec<Vec<LegendKey>>,
}

enum LegendKey {
    Size { colour: String, width: f64, text: String },
    Mark { mark: EndMark, text: String },
    Target { text: String },
}

impl LegendKey {
    /// Room of the sign before the text.
    const SIGN: f64 = 26.0;

    fn text(&self) -> &str {
        match self {
            Self::Size { text, .. } | Self::Mark { text, .. } | Self::Target { text } => text,
        }
    }

    fn width(&self) -> f64 {
        Self::SIGN + text_width(self.text()) + 14.0
    }
}

impl Legend {
    fn new(
        target: Option<&Target>,
        lines: &[TrialLine],
        goal: Option<f64>,
        paint: Paint,
        lang: Lang,
    ) -> Self {
        let groups = groups(lines, paint);
        let mut keys: Vec<LegendKey> = groups.iter().map(|group| size_key(group, lang)).collect();
        if let Some(LegendKey::Size { text, .. }) = keys.first_mut() {
            *text = format!("{} {text}", lang.batch_size());
        }
        let marks = EndMark::ALL.into_iter().filter(|mark| lines.iter().any(|l| EndMark::of(l) == *mark));
        let marks = marks.map(|mark| LegendKey::Mark { mark, text: lang.end_mark(mark).to_owned() });
        let target = target.filter(|_| goal.is_some());
        let target = target.map(|target| LegendKey::Target {
            text: format!("{} {}", lang.target(), significant(target.goal, 4)),
        });
        let mut rows = wrapped(keys);
        rows.extend(wrapped(marks.chain(target).collect()));
        Self { rows }
    }

    fn height(&self) -> f64 {
        LINE * (self.rows.len() as f64 + 0.4)
    }

    fn draw(&self, svg: &mut Svg) {
        for (row, keys) in self.rows.iter().enumerate() {
            let y = HEIGHT + LINE * (row as f64 + 0.9);
            let mut x = 2.0;
            for key in keys {
                match key {
                    LegendKey::Size { colour, width, .. } => {
                        svg.coloured_path(&format!("M{x:.1} {:.1}h18", y - 5.0), colour, *width);
                    }
                    LegendKey::Mark { mark, .. } => {
                        let colour = svg.paint.colour(Ink::Muted);
                        svg.coloured_path(&mark.path((x + 9.0, y - 5.0)), colour, mark.pen());
                    }
                    LegendKey::Target { .. } => {
                        svg.line((x, y - 5.0), (x + 20.0, y - 5.0), Ink::Text, 1.2, "5 4");
                    }
                }
                svg.text((x + LegendKey::SIGN, y), Anchor::Start, Ink::Muted, key.text());
                x += key.width();
            }
        }
    }
}

fn size_key(group: &SizeLines, lang: Lang) -> LegendKey {
    let size = grouped(group.batch_size);
    let (width, text) = match group.is_recommended() {
        true => (4.0, format!("{size} ({})", lang.recommended())),
        false => (3.0, size),
    };
    LegendKey::Size { colour: group.colour.clone(), width, text }
}

/// Keys in rows that are no wider than the picture.
fn wrapped(keys: Vec<LegendKey>) -> Vec<Vec<LegendKey>> {
    let mut rows: Vec<Vec<LegendKey>> = Vec::new();
    let mut room = 0.0;
    for key in keys {
        if rows.is_empty() || key.width() > room {
            rows.push(Vec::new());
            room = WIDTH + 12.0;
        }
        room -= key.width();
        if let Some(row) = rows.last_mut() {
            row.push(key);
        }
    }
    rows
}
