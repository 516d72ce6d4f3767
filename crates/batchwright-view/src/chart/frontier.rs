//! Time against samples to the target: one point for each batch size, its intervals as a cross, and
//! the frontier. Along the frontier less time costs more samples.
//!
//! Left out: which sizes are on the frontier, which the study says.

use batchwright_find::{Estimate, SizeResult, StudyResult};

use crate::cells::{Mark, mark};
use crate::chart::axes::{Axis, Frame, HEIGHT};
use crate::chart::curves::TimeUnit;
use crate::chart::scale::{AxisScale, extent};
use crate::chart::sizes::name_recommended;
use crate::chart::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::lang::Lang;
use crate::number::{compact, count, duration, grouped, significant};

/// A size that reached the target in a known time.
struct TradeOffPoint {
    batch_size: u64,
    samples: Estimate,
    seconds: Estimate,
    /// Both medians.
    at: (f64, f64),
    mark: Mark,
    on_frontier: bool,
}

/// The chart. `None` with fewer than two points.
pub(crate) fn draw(study: &StudyResult, lang: Lang, paint: Paint) -> Option<String> {
    let points = points(study);
    if points.len() < 2 {
        return None;
    }
    let frame = frame(&points, lang);
    let title = lang.frontier_chart();
    let mut svg = frame.draw(title, HEIGHT, paint);
    draw_frontier(&mut svg, &frame, &points, lang);
    for point in &points {
        draw_cross(&mut svg, &frame, point);
    }
    if let Some(choice) = points.iter().find(|point| point.mark == Mark::Recommended) {
        name_recommended(&mut svg, &frame, choice.at.0, choice.batch_size, lang);
    }
    for point in &points {
        draw_disc(&mut svg, &frame, point, lang);
    }
    name_points(&mut svg, &frame, &points);
    let described: Vec<String> = points
        .iter()
        .map(|point| {
            format!("{}: {}, {}", grouped(point.batch_size), count(point.at.0), duration(point.at.1, lang))
        })
        .collect();
    let description = [Some(lang.by_size(title, &described)), lang.frontier(study)];
    let description: Vec<String> = description.into_iter().flatten().collect();
    Some(svg.finish("study-frontier", title, &description.join(" ")))
}

fn points(study: &StudyResult) -> Vec<TradeOffPoint> {
    let point = |size: &SizeResult| {
        let (samples, seconds) = (size.samples_to_target?, size.seconds_to_target?);
        let at = (samples.median?, seconds.median?);
        let drawable = [at.0, at.1].iter().all(|value| value.is_finite() && *value > 0.0);
        drawable.then(|| TradeOffPoint {
            batch_size: size.batch_size,
            samples,
            seconds,
            at,
            mark: mark(study, size),
            on_frontier: study.frontier.contains(&size.batch_size),
        })
    };
    study.sizes.iter().filter_map(point).collect()
}

fn frame(points: &[TradeOffPoint], lang: Lang) -> Frame {
    let range = |estimate: fn(&TradeOffPoint) -> Estimate| {
        let values = points.iter().map(estimate).flat_map(|e| [e.low, e.median, e.high]).flatten();
        extent(values.filter(|value| *value > 0.0))
    };
    let scale = |(low, high): (f64, f64)| AxisScale::log(low / 1.4, high * 1.2);
    let (samples, seconds) = (range(|point| point.samples), range(|point| point.seconds));
    let unit = TimeUnit::fitting(seconds.1, lang);
    let time = format!("{} ({})", lang.time_to_target(), unit.name);
    Frame::new(
        Axis::new(scale(samples), 5, lang.samples_to_target(), compact).naming_its_scale(lang),
        Axis::new(scale(seconds), 5, &time, |seconds| significant(seconds / unit.seconds, 3))
            .naming_its_scale(lang),
        14.0,
        HEIGHT,
    )
}

fn draw_frontier(svg: &mut Svg, frame: &Frame, points: &[TradeOffPoint], lang: Lang) {
    let mut corners: Vec<(f64, f64)> =
        points.iter().filter(|point| point.on_frontier).map(|point| point.at).collect();
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let corners: Vec<_> =
        corners.into_iter().map(|(samples, seconds)| frame.point(samples, seconds)).collect();
    if corners.len() > 1 {
        svg.curve(&corners, Ink::Second, 2.0, "");
        frame.legend(svg, &[(lang.frontier_line(), Ink::Second, 2.0, "")]);
    }
}

fn ink(point: &TradeOffPoint) -> Ink {
    match (point.mark, point.on_frontier) {
        (Mark::Recommended | Mark::Tied, _) => Ink::Accent,
        (Mark::None, true) => Ink::First,
        (Mark::None, false) => Ink::Muted,
    }
}

/// Draws the interval of the samples as a horizontal line and that of the time as a vertical one.
/// An open end reaches the edge of the plot.
fn draw_cross(svg: &mut Svg, frame: &Frame, point: &TradeOffPoint) {
    let Some((x, y)) = frame.point(point.at.0, point.at.1) else { return };
    let x_at = |end: Option<f64>, open: f64| end.map_or(Some(open), |end| frame.x_at(end)).unwrap_or(x);
    let y_at = |end: Option<f64>, open: f64| end.map_or(Some(open), |end| frame.y_at(end)).unwrap_or(y);
    let (left, right) = (x_at(point.samples.low, x), x_at(point.samples.high, frame.right));
    let (bottom, top) = (y_at(point.seconds.low, y), y_at(point.seconds.high, frame.top));
    svg.line((left, y), (right, y), ink(point), 1.2, "");
    svg.line((x, bottom), (x, top), ink(point), 1.2, "");
}

fn draw_disc(svg: &mut Svg, frame: &Frame, point: &TradeOffPoint, lang: Lang) {
    let Some(at) = frame.point(point.at.0, point.at.1) else { return };
    let radius = if point.mark == Mark::Recommended { 7.0 } else { 5.0 };
    let (size, samples, time) = (grouped(point.batch_size), count(point.at.0), duration(point.at.1, lang));
    let tip = format!("{} {size}: {samples} {}, {time}", lang.batch_size(), lang.samples());
    svg.disc(at, radius, ink(point), Ink::Surface, &tip);
}

/// Left, top, right, bottom.
type Area = (f64, f64, f64, f64);

/// Writes each size beside its point where there is room, those on the frontier first. A size
/// without room is shown only under the pointer; the recommended size is written at the top
/// already.
fn name_points(svg: &mut Svg, frame: &Frame, points: &[TradeOffPoint]) {
    let place = |point: &TradeOffPoint| frame.point(point.at.0, point.at.1);
    let disc = |(x, y): (f64, f64)| (x - 5.0, y - 5.0, x + 5.0, y + 5.0);
    let top = (frame.left, frame.top, frame.right, frame.top + 1.5 * FONT);
    let mut taken: Vec<Area> = points.iter().filter_map(place).map(disc).chain([top]).collect();
    let mut order: Vec<&TradeOffPoint> =
        points.iter().filter(|point| point.mark != Mark::Recommended).collect();
    order.sort_by_key(|point| !point.on_frontier);
    for point in order {
        let text = grouped(point.batch_size);
        let Some(area) = place(point).and_then(|at| free_area(at, text_width(&text), &taken, frame)) else {
            continue;
        };
        svg.label((area.0, area.3 - FONT * 0.25), Anchor::Start, ink(point), &text);
        taken.push(area);
    }
}

/// The first free area for a text around a point: between the arms of its cross, then over them.
fn free_area((x, y): (f64, f64), width: f64, taken: &[Area], frame: &Frame) -> Option<Area> {
    let (half, near, far) = (FONT / 2.0, 5.0, 9.0);
    let (right, left, middle) = (x + near, x - near - width, x - width / 2.0);
    let (above, below) = (y - near - half, y + near + half);
    let centres = [
        (right, below),
        (left, above),
        (right, above),
        (left, below),
        (x + far, y),
        (x - far - width, y),
        (middle, y - far - half),
        (middle, y + far + half),
    ];
    let areas = centres.map(|(left, y)| (left, y - half, left + width, y + half));
    let inside =
        |a: &Area| a.0 >= frame.left && a.2 <= frame.right && a.1 >= frame.top && a.3 <= frame.bottom;
    let free = |a: &Area| taken.iter().all(|b| a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1);
    areas.into_iter().find(|area| inside(area) && free(area))
}
