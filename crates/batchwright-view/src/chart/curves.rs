//! Learning curves: loss and accuracy of training and validation, over steps, epochs, samples or
//! seconds.
//!
//! Left out: the verdict on a curve, which the run brings with it.

use batchwright_train::{RunRecord, RunRow, RunVerdictKind, SplitMetrics};

use crate::chart::axes::{Axis, Frame, HEIGHT, LINE, spread};
use crate::chart::scale::{AxisScale, extent};
use crate::chart::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::chart::thin::{CurveWindow, thin_curve};
use crate::lang::Lang;
use crate::number::{compact, percent, significant};

/// What the horizontal axis shows. Runs of different batch sizes can be compared over samples and
/// seconds only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizontal {
    /// Parameter updates.
    Steps,
    /// Passes over the training samples.
    Epochs,
    /// Training samples used.
    Samples,
    /// Training seconds, evaluation left out.
    Seconds,
}

impl Horizontal {
    pub(crate) const ALL: [Self; 4] = [Self::Steps, Self::Epochs, Self::Samples, Self::Seconds];

    /// Its name in JSON and in the names of charts.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Epochs => "epochs",
            Self::Samples => "samples",
            Self::Seconds => "seconds",
        }
    }

    pub(crate) fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Steps => lang.steps(),
            Self::Epochs => lang.epochs(),
            Self::Samples => lang.samples(),
            Self::Seconds => lang.training_time(),
        }
    }

    pub(crate) fn value(self, row: &RunRow) -> f64 {
        match self {
            Self::Steps => row.step as f64,
            Self::Epochs => row.epoch,
            Self::Samples => row.samples as f64,
            Self::Seconds => row.seconds,
        }
    }
}

/// Which metric is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurveLine {
    /// The loss.
    Loss,
    /// The share that is predicted right.
    Accuracy,
}

impl CurveLine {
    /// Its name in JSON and in the names of charts.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
        }
    }

    pub(crate) fn value(self, metrics: &SplitMetrics) -> f64 {
        match self {
            Self::Loss => metrics.loss,
            // NaN has no place on an axis, so an absent accuracy is not drawn.
            Self::Accuracy => metrics.accuracy.unwrap_or(f64::NAN),
        }
    }

    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Loss => significant(value, 3),
            Self::Accuracy => percent(value),
        }
    }

    /// Whether a run has a finite value of this metric.
    pub(crate) fn is_in(self, record: &RunRecord) -> bool {
        record.rows.iter().any(|row| self.value(&row.validation).is_finite())
    }

    /// The axis of both curves of a run.
    pub(crate) fn axis(self, rows: &[RunRow], lang: Lang) -> Axis {
        let train = || rows.iter().map(|row| self.value(&row.train));
        let validation = || rows.iter().map(|row| self.value(&row.validation));
        // A training loss that falls to 1e-6 must not squeeze the validation curve, on which the
        // decision rests, into a corner.
        let floor = match self {
            Self::Loss => extent(validation().filter(|v| *v > 0.0)).0 / 1000.0,
            Self::Accuracy => 0.0,
        };
        let train = train().filter(|v| v.is_finite()).map(|v| v.max(floor));
        self.axis_over(&validation().chain(train).collect::<Vec<f64>>(), lang)
    }

    /// An axis that holds these values.
    pub(crate) fn axis_over(self, values: &[f64], lang: Lang) -> Axis {
        let show = |value| self.show(value);
        match self {
            Self::Loss => {
                let scale = AxisScale::fitting(values.iter().copied());
                Axis::new(scale, 6, lang.loss(), show).naming_its_scale(lang)
            }
            Self::Accuracy => {
                let (low, high) = extent(values.iter().copied());
                let room = ((high - low) * 0.06).max(0.005);
                let scale = AxisScale::linear((low - room).max(0.0), (high + room).min(1.0));
                Axis::new(scale, 5, lang.accuracy(), show)
            }
        }
    }
}

/// One learning curve. `None` where the run has no such metric.
pub(crate) fn draw(
    record: &RunRecord,
    curve: CurveLine,
    horizontal: Horizontal,
    lang: Lang,
    paint: Paint,
) -> Option<String> {
    if !curve.is_in(record) {
        return None;
    }
    let rows = &record.rows;
    let margin = text_width(lang.validation()).max(text_width(lang.train())) + 14.0;
    let frame = Frame::new(x_axis(rows, horizontal, lang), curve.axis(rows, lang), margin, HEIGHT);
    let title = match curve {
        CurveLine::Loss => lang.loss_chart(),
        CurveLine::Accuracy => lang.accuracy_chart(),
    };
    let mut svg = frame.draw(title, HEIGHT, paint);
    let overfitting = overfitting_from(record).and_then(|row| frame.x_at(horizontal.value(row)));
    if let Some(x) = overfitting {
        svg.area((x, frame.top), (frame.right - x, frame.bottom - frame.top), Ink::Bad);
    }
    let occupied = draw_series(&mut svg, &frame, record, (curve, horizontal), lang);
    let mut labels = PlotLabels { frame: &frame, occupied };
    mark_best(&mut svg, &mut labels, record, (curve, horizontal), lang);
    if let Some(x) = overfitting {
        labels.write(&mut svg, x, Ink::Bad, lang.overfitting_from_here());
    }
    Some(svg.finish(
        &format!("{}-by-{}", curve.key(), horizontal.key()),
        title,
        &description(record, (curve, horizontal), lang),
    ))
}

/// The most points of a curve that show their value under the pointer. More make the page slow.
const MOST_TIPS: usize = 60;

/// Draws both curves with their names at their ends. Returns the points that were drawn.
fn draw_series(
    svg: &mut Svg,
    frame: &Frame,
    record: &RunRecord,
    (curve, horizontal): (CurveLine, Horizontal),
    lang: Lang,
) -> Vec<(f64, f64)> {
    let (mut drawn, mut ends) = (Vec::new(), Vec::new());
    for (name, ink, series) in
        [(lang.train(), Ink::First, Series::Train), (lang.validation(), Ink::Second, Series::Validation)]
    {
        let place = |row| (horizontal.value(row), curve.value(series.of(row)));
        let points = placed(record.rows.iter().map(place), frame, POINTS_OF_A_RUN);
        svg.curve(&points, ink, 2.0, "");
        // In a page its script tells the values.
        let tips = if svg.paint == Paint::File { MOST_TIPS } else { 0 };
        let every = record.rows.len().div_ceil(tips.max(1)).max(1);
        for row in record.rows.iter().step_by(every).take(tips) {
            let (x, y) = place(row);
            let Some(point) = frame.point(x, y) else { continue };
            svg.tip(point, &format!("{name}: {}", lang.at_step(&curve.show(y), row.step)));
        }
        ends.extend(points.iter().rev().flatten().next().map(|&(_, y)| (name, ink, y)));
        drawn.extend(points.into_iter().flatten());
    }
    name_curves(svg, frame, &ends);
    drawn
}

/// About how many points of a curve are drawn: more than a screen shows make the page heavy.
const POINTS_OF_A_RUN: usize = 430;

/// Places and values as points of a curve with gaps, about as many as are asked for. No peak is lost.
pub(crate) fn placed(
    points: impl ExactSizeIterator<Item = (f64, f64)> + Clone,
    frame: &Frame,
    about: usize,
) -> Vec<Option<(f64, f64)>> {
    let on_screen = |(x, y): (f64, f64)| frame.point(x, y);
    let (from, to) = extent(points.clone().map(|point| point.0));
    if points.len() <= about || to <= from {
        return points.map(on_screen).collect();
    }
    // Of a pixel a few points are kept.
    let window = CurveWindow { from, to, pixels: (about / 3).max(1) };
    thin_curve(points, window).into_iter().map(on_screen).collect()
}

#[derive(Clone, Copy)]
enum Series {
    Train,
    Validation,
}

impl Series {
    fn of(self, row: &RunRow) -> &SplitMetrics {
        match self {
            Self::Train => &row.train,
            Self::Validation => &row.validation,
        }
    }
}

pub(crate) fn x_axis(rows: &[RunRow], horizontal: Horizontal, lang: Lang) -> Axis {
    place_axis(rows.iter().map(|row| horizontal.value(row)), horizontal, lang)
}

/// A horizontal axis that holds these places.
pub(crate) fn place_axis(places: impl Iterator<Item = f64>, horizontal: Horizontal, lang: Lang) -> Axis {
    let (low, high) = extent(places);
    if horizontal != Horizontal::Seconds {
        return Axis::new(AxisScale::linear(low, high), 5, horizontal.label(lang), compact);
    }
    let unit = TimeUnit::fitting(high, lang);
    let title = format!("{} ({})", horizontal.label(lang), unit.name);
    Axis::new(AxisScale::linear(low, high), 5, &title, |seconds| significant(seconds / unit.seconds, 3))
}

/// The unit of a time axis.
pub(crate) struct TimeUnit {
    pub(crate) seconds: f64,
    pub(crate) name: &'static str,
}

impl TimeUnit {
    /// Hours from 3 hours on, minutes from 5 minutes on, below that the largest unit that fits
    /// once.
    pub(crate) fn fitting(seconds: f64, lang: Lang) -> Self {
        let [us, ms, s, min, h] = lang.time_units();
        let (seconds, name) = match seconds {
            t if t >= 3.0 * 3600.0 => (3600.0, h),
            t if t >= 300.0 => (60.0, min),
            t if t >= 1.0 => (1.0, s),
            t if t >= 1e-3 => (1e-3, ms),
            _ => (1e-6, us),
        };
        Self { seconds, name }
    }
}

/// Writes the names of the curves at their ends.
fn name_curves(svg: &mut Svg, frame: &Frame, ends: &[(&str, Ink, f64)]) {
    let heights: Vec<f64> = ends.iter().map(|end| end.2).collect();
    for ((name, ink, _), y) in ends.iter().zip(spread(&heights, frame.top, frame.bottom)) {
        svg.text((frame.right + 6.0, y + FONT * 0.35), Anchor::Start, *ink, name);
    }
}

/// The row of the best validation loss according to the result; without a result, the lowest so
/// far.
pub(crate) fn best_row(record: &RunRecord) -> Option<&RunRow> {
    let lowest = || {
        let finite = record.rows.iter().filter(|row| row.validation.loss.is_finite());
        finite.min_by(|a, b| a.validation.loss.total_cmp(&b.validation.loss))
    };
    match &record.result {
        Some(result) => {
            record.rows.iter().find(|row| row.step == result.validation.best_step).or_else(lowest)
        }
        None => lowest(),
    }
}

/// The first row, the best and the last, each once.
pub(crate) fn first_best_last(record: &RunRecord) -> Vec<&RunRow> {
    let rows = [record.rows.first(), best_row(record), record.rows.last()];
    let mut shown: Vec<&RunRow> = rows.into_iter().flatten().collect();
    shown.dedup_by_key(|row| row.step);
    shown
}

fn mark_best(
    svg: &mut Svg,
    labels: &mut PlotLabels,
    record: &RunRecord,
    (curve, horizontal): (CurveLine, Horizontal),
    lang: Lang,
) {
    let Some(row) = best_row(record) else { return };
    let value = curve.value(&row.validation);
    let frame = labels.frame;
    let Some((x, y)) = frame.point(horizontal.value(row), value) else {
        return;
    };
    let text = match curve {
        CurveLine::Loss => lang.best_at(&curve.show(value), row.step),
        CurveLine::Accuracy => lang.at_step(&curve.show(value), row.step),
    };
    svg.line((x, frame.top), (x, frame.bottom), Ink::Accent, 1.0, "3 3");
    svg.disc((x, y), 5.0, Ink::Accent, Ink::Surface, &text);
    labels.write(svg, x, Ink::Accent, &text);
}

/// Texts within the plot, each at the height that is farthest from curves and other texts.
struct PlotLabels<'a> {
    frame: &'a Frame,
    /// Points that texts must not cover.
    occupied: Vec<(f64, f64)>,
}

impl PlotLabels<'_> {
    /// Writes beside the vertical line at `x`: to its right, or to its left where the right has no
    /// room.
    fn write(&mut self, svg: &mut Svg, x: f64, ink: Ink, text: &str) {
        let width = text_width(text);
        let start = if x + 8.0 + width <= self.frame.right { x + 8.0 } else { x - 8.0 - width };
        let y = self.quietest(start, start + width);
        self.occupied.extend([(start, y), (start + width / 2.0, y), (start + width, y)]);
        svg.label((start, y + FONT * 0.35), Anchor::Start, ink, text);
    }

    /// The height, of twelve candidates, that is farthest from the occupied points between two
    /// places; of equal ones the uppermost.
    fn quietest(&self, from: f64, to: f64) -> f64 {
        let (top, bottom) = (self.frame.top + LINE / 2.0, self.frame.bottom - LINE);
        let near = |x: f64| (from - 20.0..=to + 20.0).contains(&x);
        let distance = |y: f64| {
            let distances =
                self.occupied.iter().filter(|point| near(point.0)).map(|point| (point.1 - y).abs());
            distances.fold(3.0 * LINE, f64::min)
        };
        let heights = (0..12).map(|i| top + (bottom - top) * f64::from(i) / 11.0);
        heights.fold((top, f64::MIN), |best, y| if distance(y) > best.1 { (y, distance(y)) } else { best }).0
    }
}

/// The row at which overfitting begins.
fn overfitting_from(record: &RunRecord) -> Option<&RunRow> {
    let verdict = &record.result.as_ref()?.verdict;
    let since = verdict.since_step.filter(|_| verdict.kind == RunVerdictKind::Overfitting)?;
    record.rows.iter().find(|row| row.step >= since)
}

/// The curves in a sentence, for who cannot see them.
fn description(record: &RunRecord, (curve, horizontal): (CurveLine, Horizontal), lang: Lang) -> String {
    let (Some(first), Some(last)) = (record.rows.first(), record.rows.last()) else {
        return lang.no_result_yet().to_string();
    };
    let ends = |series: Series| [first, last].map(|row| curve.show(curve.value(series.of(row))));
    let best = best_row(record).map(|row| lang.at_step(&curve.show(curve.value(&row.validation)), row.step));
    let name = if curve == CurveLine::Loss { lang.loss() } else { lang.accuracy() };
    lang.curves_described(name, horizontal.label(lang), ends(Series::Train), ends(Series::Validation), best)
}
