//! Charts over the batch size: steps, samples, time and energy to the target, quality, and the time
//! of a step, with intervals.
//!
//! Left out: the fits, which the study brings with it.

use batchwright_find::{Estimate, Law, SizeResult, StepTimeModel, StudyResult};

use crate::cells::{Mark, mark};
use crate::chart::axes::{Axis, Frame, HEIGHT};
use crate::chart::curves::TimeUnit;
use crate::chart::scale::{AxisScale, extent};
use crate::chart::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::lang::Lang;
use crate::number::{compact, count, duration, energy, grouped, significant};

/// What is drawn over the batch size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    Steps,
    Samples,
    Time,
    StepTime,
    Energy,
    Quality,
}

impl Quantity {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Samples => "samples",
            Self::Time => "time",
            Self::StepTime => "step-time",
            Self::Energy => "energy",
            Self::Quality => "quality",
        }
    }

    fn estimate(self, size: &SizeResult) -> Option<Estimate> {
        match self {
            Self::Steps => size.steps_to_target,
            Self::Samples => size.samples_to_target,
            Self::Time => size.seconds_to_target,
            Self::Energy => size.joules_to_target,
            Self::Quality => size.quality,
            Self::StepTime => size.step_seconds.map(|t| Estimate {
                median: Some(t.median),
                low: Some(t.low),
                high: Some(t.high),
                censored: 0,
            }),
        }
    }

    fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Steps => lang.steps_chart(),
            Self::Samples => lang.samples_chart(),
            Self::Time => lang.time_chart(),
            Self::StepTime => lang.step_time_chart(),
            Self::Energy => lang.energy_chart(),
            Self::Quality => lang.quality_chart(),
        }
    }

    fn show(self, value: f64, lang: Lang) -> String {
        match self {
            Self::Steps | Self::Samples => count(value),
            Self::Time | Self::StepTime => duration(value, lang),
            Self::Energy => energy(value),
            Self::Quality => significant(value, 4),
        }
    }

    fn axis(self, points: &[SizePoint], lang: Lang) -> Axis {
        // "More than" marks do not set the scale, unless there is nothing else: they would squeeze
        // the measured values together.
        let measured = points.iter().any(|point| point.estimate.median.is_some());
        let shown =
            || points.iter().map(|point| point.estimate).filter(move |e| e.median.is_some() || !measured);
        let values = || shown().flat_map(|e| [e.median, e.low, e.high]).flatten();
        let scale = match self {
            Self::Steps | Self::StepTime => {
                let (low, high) = extent(values().filter(|v| *v > 0.0));
                AxisScale::log(low / 1.3, high * 1.3)
            }
            Self::Samples | Self::Time | Self::Energy => AxisScale::fitting(values()),
            Self::Quality => {
                let (low, high) = extent(values());
                let room = (high - low) * 0.08;
                AxisScale::linear(low - room, high + room)
            }
        };
        match self {
            Self::Steps => Axis::new(scale, 5, lang.steps(), compact),
            Self::Samples => Axis::new(scale, 5, lang.samples(), compact),
            Self::Energy => Axis::new(scale, 5, "J", |joules| significant(joules, 3)),
            Self::Quality => Axis::new(scale, 5, lang.quality(), |value| significant(value, 3)),
            Self::Time | Self::StepTime => {
                let unit = TimeUnit::fitting(extent(values()).1, lang);
                Axis::new(scale, 5, unit.name, |seconds| significant(seconds / unit.seconds, 3))
            }
        }
        .naming_its_scale(lang)
    }
}

/// A batch size with something to draw.
struct SizePoint {
    batch_size: u64,
    estimate: Estimate,
    mark: Mark,
}

/// One chart. `None` where nothing was measured.
pub(crate) fn draw(study: &StudyResult, quantity: Quantity, lang: Lang, paint: Paint) -> Option<String> {
    let points = points(study, quantity);
    if points.is_empty() {
        return None;
    }
    let frame = Frame::new(size_axis(&points, lang), quantity.axis(&points, lang), 14.0, HEIGHT);
    let title = quantity.title(lang);
    let mut svg = frame.draw(title, HEIGHT, paint);
    match (quantity, &study.law, &study.step_time_model) {
        (Quantity::Steps, Some(law), _) => draw_law(&mut svg, &frame, &points, law, lang),
        (Quantity::StepTime, _, Some(model)) => draw_model(&mut svg, &frame, &points, model, lang),
        _ => connect(&mut svg, &frame, &points),
    }
    for point in &points {
        draw_point(&mut svg, &frame, point, quantity, lang);
    }
    if let Some(choice) = points.iter().find(|point| point.mark == Mark::Recommended) {
        name_recommended(&mut svg, &frame, choice.batch_size as f64, choice.batch_size, lang);
    }
    let described: Vec<String> = points.iter().map(|point| point.described(quantity, lang)).collect();
    let description = lang.by_size(title, &described);
    Some(svg.finish(&format!("study-{}", quantity.key()), title, &description))
}

impl SizePoint {
    /// `64: 1.2 s`, `512: > 3 s` where no run reached the target.
    fn described(&self, quantity: Quantity, lang: Lang) -> String {
        let Estimate { median, low, .. } = self.estimate;
        let value = match (median, low) {
            (Some(median), _) => quantity.show(median, lang),
            (None, Some(low)) => format!("> {}", quantity.show(low, lang)),
            (None, None) => String::new(),
        };
        format!("{}: {value}", grouped(self.batch_size))
    }
}

fn points(study: &StudyResult, quantity: Quantity) -> Vec<SizePoint> {
    let point = |size: &SizeResult| {
        let estimate = quantity.estimate(size)?;
        let drawable = estimate.median.or(estimate.low).is_some_and(|v| v.is_finite() && v > 0.0);
        drawable.then(|| SizePoint { batch_size: size.batch_size, estimate, mark: mark(study, size) })
    };
    study.sizes.iter().filter_map(point).collect()
}

/// A logarithmic axis with a tick at each size that is drawn.
fn size_axis(points: &[SizePoint], lang: Lang) -> Axis {
    let sizes = || points.iter().map(|point| point.batch_size as f64);
    let (low, high) = extent(sizes());
    let ticks = sizes().map(|size| (size, grouped(size as u64))).collect();
    let scale = AxisScale::log(low / 1.25, high * 1.25);
    Axis { scale, ticks, title: lang.batch_size().to_string() }.naming_its_scale(lang)
}

fn connect(svg: &mut Svg, frame: &Frame, points: &[SizePoint]) {
    let medians: Vec<_> =
        points.iter().map(|point| frame.point(point.batch_size as f64, point.estimate.median?)).collect();
    svg.curve(&medians, Ink::First, 1.2, "");
}

/// Draws the median with its interval. A triangle points up where only "more than" is known, or
/// where the interval has no upper end.
fn draw_point(svg: &mut Svg, frame: &Frame, point: &SizePoint, quantity: Quantity, lang: Lang) {
    let Some(x) = frame.x_at(point.batch_size as f64) else {
        return;
    };
    let Estimate { median, low, high, .. } = point.estimate;
    let Some(median) = median else {
        if let Some(y) = low.and_then(|low| frame.y_at(low)) {
            svg.line((x, y), (x, frame.top), Ink::Muted, 1.5, "2 3");
            svg.arrow_up((x, y - 4.0), Ink::Muted);
        }
        return;
    };
    let Some(y) = frame.y_at(median) else { return };
    let bottom = low.and_then(|low| frame.y_at(low)).unwrap_or(y);
    let top = high.and_then(|high| frame.y_at(high)).unwrap_or(frame.top);
    let ink = if point.mark == Mark::None { Ink::First } else { Ink::Accent };
    svg.line((x, bottom), (x, top), ink, 2.0, "");
    if high.is_none() {
        svg.arrow_up((x, frame.top - 2.0), ink);
    }
    let tip = format!("{} {}: {}", lang.batch_size(), grouped(point.batch_size), quantity.show(median, lang));
    let (radius, fill) = match point.mark {
        Mark::Recommended => (7.0, Ink::Accent),
        Mark::Tied => (5.0, Ink::Accent),
        Mark::None => (5.0, Ink::First),
    };
    svg.disc((x, y), radius, fill, Ink::Surface, &tip);
}

/// Writes the recommended size at the top, and draws a vertical line at `x` on the axis.
pub(super) fn name_recommended(svg: &mut Svg, frame: &Frame, x: f64, batch_size: u64, lang: Lang) {
    let Some(x) = frame.x_at(x) else {
        return;
    };
    let text = format!("{} {}", lang.recommended(), grouped(batch_size));
    svg.line((x, frame.top), (x, frame.bottom), Ink::Accent, 1.0, "3 3");
    let anchor = if x + 8.0 + text_width(&text) <= frame.right { Anchor::Start } else { Anchor::End };
    let at = if anchor == Anchor::Start { x + 8.0 } else { x - 8.0 };
    svg.label((at, frame.top + FONT * 0.6), anchor, Ink::Accent, &text);
}

/// Draws the fitted law, and perfect scaling (twice the size, half the steps) from the smallest
/// size.
fn draw_law(svg: &mut Svg, frame: &Frame, points: &[SizePoint], law: &Law, lang: Lang) {
    let sizes = sizes_between(points);
    let low = sizes[0];
    let steps = |size: f64| law.s_min * (1.0 + law.critical_batch_size.value / size);
    let fitted: Vec<_> = sizes.iter().map(|&size| frame.point(size, steps(size))).collect();
    let floor = frame.bottom - 0.5;
    let perfect: Vec<_> = sizes
        .iter()
        .map(|&size| frame.point(size, steps(low) * low / size).filter(|point| point.1 < floor))
        .collect();
    svg.curve(&perfect, Ink::Muted, 1.0, DOTTED);
    svg.curve(&fitted, Ink::Second, 2.0, "");
    let keys = [(lang.fitted_law(), Ink::Second, 2.0, ""), (lang.perfect_scaling(), Ink::Muted, 1.0, DOTTED)];
    frame.legend(svg, &keys);
}

/// Draws the fitted step time.
fn draw_model(svg: &mut Svg, frame: &Frame, points: &[SizePoint], model: &StepTimeModel, lang: Lang) {
    let fitted: Vec<_> =
        sizes_between(points).iter().map(|&size| frame.point(size, model.seconds(size))).collect();
    svg.curve(&fitted, Ink::Second, 2.0, "");
    frame.legend(svg, &[(lang.fitted_model(), Ink::Second, 2.0, "")]);
}

/// Sizes from the smallest to the largest, evenly spaced in their logarithm, close enough to look
/// like a curve.
fn sizes_between(points: &[SizePoint]) -> [f64; 61] {
    let (low, high) = extent(points.iter().map(|point| point.batch_size as f64));
    std::array::from_fn(|i| low * (high / low).powf(i as f64 / 60.0))
}

const DOTTED: &str = "2 4";
