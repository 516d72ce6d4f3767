//! The frame of a chart: title, axes with round ticks, and grid; and labels that do not overlap.
//!
//! Left out: what is drawn inside the frame.

use crate::chart::scale::AxisScale;
use crate::chart::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::lang::Lang;

/// Width and height of a chart before scaling. They are small, so that text is still readable where
/// the picture is scaled down to the width of a phone.
pub(crate) const WIDTH: f64 = 480.0;
pub(crate) const HEIGHT: f64 = 330.0;

/// Height of one line of text.
pub(crate) const LINE: f64 = 19.0;

/// A tick: its value and its text.
pub(crate) type Tick = (f64, String);

/// One axis: its scale, its ticks, and its title.
pub(crate) struct Axis {
    pub(crate) scale: AxisScale,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) title: String,
}

impl Axis {
    /// An axis with round ticks, which `show` writes as text.
    pub(crate) fn new(scale: AxisScale, count: usize, title: &str, show: impl Fn(f64) -> String) -> Self {
        let ticks = scale.ticks(count).into_iter().map(|tick| (tick, show(tick))).collect();
        Self { scale, ticks, title: title.to_string() }
    }

    /// Names a logarithmic scale in the title: distances on it mean ratios.
    pub(crate) fn naming_its_scale(self, lang: Lang) -> Self {
        let title = if self.scale.is_log() { lang.log_scale(&self.title) } else { self.title };
        Self { title, ..self }
    }
}

/// The plot area, in pixels, with its two axes.
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    x: Axis,
    y: Axis,
}

impl Frame {
    /// Leaves room for the tick labels on the left, and `right_margin` for labels beside the
    /// curves.
    pub(crate) fn new(x: Axis, y: Axis, right_margin: f64, height: f64) -> Self {
        let widest = y.ticks.iter().map(|(_, text)| text_width(text)).fold(0.0, f64::max);
        Self {
            left: widest + 14.0,
            right: WIDTH - right_margin.max(14.0),
            top: TITLE_BASELINE + 2.0 * LINE,
            bottom: height - 2.0 * LINE - 8.0,
            x,
            y,
        }
    }

    /// The place of a point, in pixels; `None` where it cannot be drawn.
    pub(crate) fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x_at(x)?, self.y_at(y)?))
    }

    pub(crate) fn x_at(&self, x: f64) -> Option<f64> {
        self.x.scale.place(x).map(|place| self.left + place * (self.right - self.left))
    }

    pub(crate) fn y_at(&self, y: f64) -> Option<f64> {
        self.y.scale.place(y).map(|place| self.bottom - place * (self.bottom - self.top))
    }

    /// A picture with title, grid and axes.
    pub(crate) fn draw(&self, title: &str, height: f64, paint: Paint) -> Svg {
        self.draw_with_room(title, height, 0.0, paint)
    }

    /// The same, with room below for more.
    pub(crate) fn draw_with_room(&self, title: &str, height: f64, room: f64, paint: Paint) -> Svg {
        let mut svg = Svg::new(WIDTH, height + room, paint);
        svg.title((0.0, TITLE_BASELINE), title);
        svg.text((0.0, TITLE_BASELINE + LINE + 2.0), Anchor::Start, Ink::Muted, &self.y.title);
        for (value, text) in &self.y.ticks {
            if let Some(y) = self.y_at(*value) {
                svg.line((self.left, y), (self.right, y), Ink::Grid, 1.0, "");
                svg.text((self.left - 6.0, y + FONT * 0.35), Anchor::End, Ink::Muted, text);
            }
        }
        svg.line((self.left, self.bottom), (self.right, self.bottom), Ink::Muted, 1.0, "");
        for (x, text) in self.x_labels() {
            svg.line((x, self.bottom), (x, self.bottom + 4.0), Ink::Muted, 1.0, "");
            svg.text((x, self.bottom + LINE + 1.0), Anchor::Middle, Ink::Muted, text);
        }
        svg.text(((self.left + self.right) / 2.0, height - 4.0), Anchor::Middle, Ink::Muted, &self.x.title);
        svg
    }

    /// Writes the names of lines into the row above the plot, where no curve can cross them.
    pub(crate) fn legend(&self, svg: &mut Svg, keys: &[(&str, Ink, f64, &str)]) {
        let y = TITLE_BASELINE + LINE + 2.0;
        let mut right = self.right;
        for (name, ink, width, dash) in keys.iter().rev() {
            svg.text((right, y), Anchor::End, *ink, name);
            right -= text_width(name) + 6.0;
            svg.line((right - 20.0, y - 4.0), (right, y - 4.0), *ink, *width, dash);
            right -= 20.0 + 16.0;
        }
    }

    /// The tick labels of the x-axis that fit side by side.
    fn x_labels(&self) -> Vec<(f64, &str)> {
        let mut labels: Vec<(f64, &str)> = Vec::new();
        let mut free_from = f64::NEG_INFINITY;
        for (value, text) in &self.x.ticks {
            let Some(x) = self.x_at(*value) else { continue };
            let half = text_width(text) / 2.0;
            if x - half >= free_from && x + half <= WIDTH {
                labels.push((x, text));
                free_from = x + half + 8.0;
            }
        }
        labels
    }
}

const TITLE_BASELINE: f64 = 16.0;

/// Moves label positions apart until they are at least a line of text from each other. They keep
/// their order and stay within the range.
pub(crate) fn spread(positions: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_by(|&a, &b| positions[a].total_cmp(&positions[b]));
    let mut spread = positions.to_vec();
    let mut floor = low;
    for &index in &order {
        spread[index] = spread[index].max(floor);
        floor = spread[index] + LINE;
    }
    let mut ceiling = high;
    for &index in order.iter().rev() {
        spread[index] = spread[index].min(ceiling);
        ceiling = spread[index] - LINE;
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else "train" and "validation" are printed over each other where the curves meet.
    #[test]
    fn labels_do_not_overlap() {
        for positions in [vec![100.0, 100.0, 101.0], vec![200.0, 199.0], vec![10.0, 500.0], vec![]] {
            let placed = spread(&positions, 50.0, 200.0);
            let mut sorted = placed.clone();
            sorted.sort_by(f64::total_cmp);
            assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{placed:?}");
            assert!(placed.iter().all(|p| (50.0..=200.0).contains(p)), "{placed:?}");
        }
    }

    /// Else the sizes 8, 12, 16, 20, ... are printed over each other on the axis.
    #[test]
    fn crowded_ticks_are_thinned() {
        let ticks = (1..=200_u64).map(|size| (size as f64, size.to_string())).collect();
        let x = Axis { scale: AxisScale::log(1.0, 200.0), ticks, title: String::new() };
        let frame =
            Frame::new(x, Axis::new(AxisScale::linear(0.0, 1.0), 5, "", |v| v.to_string()), 0.0, HEIGHT);
        let labels = frame.x_labels();
        assert!(labels.len() > 5);
        assert!(
            labels
                .windows(2)
                .all(|pair| pair[1].0 - pair[0].0 >= (text_width(pair[0].1) + text_width(pair[1].1)) / 2.0)
        );
    }
}
