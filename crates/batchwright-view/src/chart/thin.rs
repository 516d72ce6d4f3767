//! From all rows of a curve to as many points as a screen can show: of each pixel the lowest and the
//! highest value, so that no peak is lost, and the first and the last point exactly. And a smooth curve.

/// A point of a curve: its place on the horizontal axis and its value, which may be no number.
pub type CurvePoint = (f64, f64);

/// The part of a horizontal axis that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveWindow {
    /// Its beginning.
    pub from: f64,
    /// Its end.
    pub to: f64,
    /// Pixels of its width, at least 1.
    pub pixels: usize,
}

impl CurveWindow {
    fn pixel(&self, x: f64) -> usize {
        let place = (x - self.from) / (self.to - self.from) * self.pixels as f64;
        // A place before the window becomes 0, one behind it the last.
        (place as usize).min(self.pixels - 1)
    }
}

/// At most five points a pixel and two beside the window: those that draw the same curve as all.
#[must_use]
pub fn thin_curve(points: impl Iterator<Item = CurvePoint>, window: CurveWindow) -> Vec<CurvePoint> {
    let mut kept: Vec<CurvePoint> = Vec::new();
    let mut bucket: Option<Bucket> = None;
    let mut before: Option<CurvePoint> = None;
    let mut after: Option<CurvePoint> = None;
    for point in points {
        if point.0 < window.from {
            before = Some(point);
        } else if point.0 > window.to {
            // The nearest one beyond the end.
            after = after.or(Some(point));
        } else {
            let pixel = window.pixel(point.0);
            match &mut bucket {
                Some(bucket) if bucket.pixel == pixel => bucket.add(point),
                _ => {
                    if let Some(full) = bucket.replace(Bucket::new(pixel, point)) {
                        full.finish(&mut kept);
                    }
                }
            }
        }
    }
    if let Some(last) = bucket {
        last.finish(&mut kept);
    }
    // The points beside the window, so that the curve goes on to its edges.
    before.into_iter().chain(kept).chain(after).collect()
}

/// The points of one pixel, of which few are kept.
struct Bucket {
    pixel: usize,
    count: usize,
    first: CurvePoint,
    last: CurvePoint,
    /// The lowest and the highest with their numbers within the pixel.
    extremes: Option<[(usize, CurvePoint); 2]>,
    /// A value that is no number, which breaks the curve.
    broken: Option<(usize, CurvePoint)>,
}

impl Bucket {
    fn new(pixel: usize, point: CurvePoint) -> Self {
        let mut bucket = Self { pixel, count: 0, first: point, last: point, extremes: None, broken: None };
        bucket.add(point);
        bucket
    }

    fn add(&mut self, point: CurvePoint) {
        let here = (self.count, point);
        self.count += 1;
        self.last = point;
        if !point.1.is_finite() {
            self.broken.get_or_insert(here);
            return;
        }
        let [low, high] = self.extremes.get_or_insert([here, here]);
        if point.1 < low.1.1 {
            *low = here;
        }
        if point.1 > high.1.1 {
            *high = here;
        }
    }

    fn finish(self, kept: &mut Vec<CurvePoint>) {
        let last = self.count - 1;
        let mut points = vec![(0, self.first), (last, self.last)];
        points.extend(self.extremes.into_iter().flatten().chain(self.broken));
        points.sort_by_key(|&(number, _)| number);
        points.dedup_by_key(|&mut (number, _)| number);
        kept.extend(points.into_iter().map(|(_, point)| point));
    }
}

/// The exponentially weighted mean of the values up to each point: `share` of it is the mean before,
/// in 0..1. It is divided by the weight that the values have so far, so that it does not begin at 0
/// (Kingma and Ba 2015, section 3). A value that is no number is left out.
pub fn smooth_curve(
    points: impl Iterator<Item = CurvePoint>,
    share: f64,
) -> impl Iterator<Item = CurvePoint> {
    let (mut sum, mut weight) = (0.0, 0.0);
    points.map(move |(x, value)| {
        if !value.is_finite() {
            return (x, value);
        }
        sum = share * sum + (1.0 - share) * value;
        weight = share * weight + (1.0 - share);
        (x, sum / weight)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: f64, to: f64, pixels: usize) -> CurveWindow {
        CurveWindow { from, to, pixels }
    }

    /// Else a spike of one row among 10,000, which is what one looks for, is not drawn.
    #[test]
    fn no_peak_is_lost_and_the_ends_are_exact() {
        let rows: Vec<CurvePoint> =
            (0..10_000).map(|i| (f64::from(i), (f64::from(i) / 900.0).sin())).collect();
        for spike in [1, 4_321, 9_998] {
            for value in [55.0, -55.0, f64::NAN] {
                let mut rows = rows.clone();
                rows[spike].1 = value;
                let thinned = thin_curve(rows.iter().copied(), window(0.0, 9_999.0, 300));
                assert!(thinned.len() <= 300 * 5, "{}", thinned.len());
                assert_eq!((thinned[0], thinned[thinned.len() - 1]), (rows[0], rows[9_999]));
                assert!(thinned.iter().any(|point| point.1.to_bits() == value.to_bits()), "{spike} {value}");
                assert!(thinned.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, each once");
            }
        }
    }

    #[test]
    fn few_points_stay_as_they_are() {
        for count in 0..4 {
            let rows: Vec<CurvePoint> = (0..count).map(|i| (f64::from(i), 2.0)).collect();
            assert_eq!(thin_curve(rows.iter().copied(), window(0.0, 3.0, 100)), rows);
        }
    }

    #[test]
    fn a_window_has_the_points_beside_it() {
        let rows = (0..100).map(|i| (f64::from(i), f64::from(i)));
        let shown = thin_curve(rows, window(10.5, 12.5, 500));
        assert_eq!(shown, [(10.0, 10.0), (11.0, 11.0), (12.0, 12.0), (13.0, 13.0)]);
    }

    #[test]
    fn smoothing_begins_at_the_first_value_and_passes_over_what_is_no_number() {
        let values = [4.0, f64::NAN, 2.0];
        let points = values.into_iter().enumerate().map(|(i, v)| (i as f64, v));
        let smoothed: Vec<f64> = smooth_curve(points, 0.5).map(|point| point.1).collect();
        assert!((smoothed[0] - 4.0).abs() < 1e-12 && smoothed[1].is_nan());
        // (0.25 * 4 + 0.5 * 2) / 0.75
        assert!((smoothed[2] - 8.0 / 3.0).abs() < 1e-12);
    }
}
