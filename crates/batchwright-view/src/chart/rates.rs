//! Batch size times learning rate as a heat map: samples to the target in each cell, and the ridge of best rates.

use std::collections::BTreeMap;

use batchwright_find::{StudyResult, TrialEnd, TrialRecord};

use super::axes::{LINE, WIDTH};
use super::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::Lang;
use crate::number::{compact, count, grouped, significant};

/// All trials of one batch size and learning rate.
struct Cell {
    rate: f64,
    outcome: Outcome,
}

/// What they came to.
#[derive(Clone, Copy)]
enum Outcome {
    /// Median samples to the target, of those that reached it.
    Samples(f64),
    /// None reached it; how the last one ended.
    Missed(TrialEnd),
}

const TOP: f64 = 50.0;
const ROW: f64 = 26.0;

/// The map. `None` without trials at two rates.
pub(crate) fn draw(study: &StudyResult, lang: Lang, paint: Paint) -> Option<String> {
    let columns = columns(&study.trials);
    let rates = rows(&columns);
    if rates.len() < 2 {
        return None;
    }
    let map = Map::new(columns, rates);
    let mut svg = Svg::new(WIDTH, map.bottom() + 3.0 * LINE + 4.0, paint);
    svg.title((0.0, 16.0), lang.rates_chart());
    svg.text((0.0, 16.0 + LINE + 2.0), Anchor::Start, Ink::Muted, lang.learning_rate());
    map.draw_axes(&mut svg, lang);
    map.draw_cells(&mut svg, lang);
    map.draw_ridge(&mut svg, study);
    map.draw_legend(&mut svg, lang);
    Some(svg.finish("study-rates", lang.rates_chart(), &lang.study_verdict(study)))
}

/// Cells by batch size, then rate.
fn columns(trials: &[TrialRecord]) -> BTreeMap<u64, Vec<Cell>> {
    let mut groups: BTreeMap<(u64, u64), Vec<&TrialRecord>> = BTreeMap::new();
    for trial in trials
        .iter()
        .filter(|trial| trial.request.learning_rate > 0.0 && trial.request.learning_rate.is_finite())
    {
        // Positive floats sort as their bits do.
        groups
            .entry((trial.request.batch_size, trial.request.learning_rate.to_bits()))
            .or_default()
            .push(trial);
    }
    let mut columns: BTreeMap<u64, Vec<Cell>> = BTreeMap::new();
    for ((size, rate), trials) in groups {
        columns.entry(size).or_default().push(Cell { rate: f64::from_bits(rate), outcome: outcome(&trials) });
    }
    columns
}

fn outcome(trials: &[&TrialRecord]) -> Outcome {
    let mut reached: Vec<u64> =
        trials.iter().filter(|t| t.end == TrialEnd::Target).map(|t| t.samples).collect();
    reached.sort_unstable();
    match (reached.get(reached.len() / 2), trials.last()) {
        (Some(&samples), _) => Outcome::Samples(samples as f64),
        (None, last) => Outcome::Missed(last.map_or(TrialEnd::Failed, |trial| trial.end)),
    }
}

/// The rates of the map's rows, descending. Rates within 2% are one row: grids that were scaled from size to size meet only nearly.
fn rows(columns: &BTreeMap<u64, Vec<Cell>>) -> Vec<f64> {
    let mut rates: Vec<f64> = columns.values().flatten().map(|cell| cell.rate).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup_by(|a, b| (*b / *a) < 1.02);
    rates
}

struct Map {
    columns: BTreeMap<u64, Vec<Cell>>,
    /// Rates of the rows, descending.
    rates: Vec<f64>,
    left: f64,
    /// Row height: less where there are many rates, so that the picture is no tower.
    row: f64,
    /// Fewest and most samples in any cell.
    range: (f64, f64),
}

impl Map {
    fn new(columns: BTreeMap<u64, Vec<Cell>>, rates: Vec<f64>) -> Self {
        let left = rates.iter().map(|rate| text_width(&significant(*rate, 3))).fold(0.0, f64::max) + 10.0;
        let samples = columns.values().flatten().filter_map(|cell| match cell.outcome {
            Outcome::Samples(samples) => Some(samples),
            Outcome::Missed(_) => None,
        });
        let range = super::scale::extent(samples);
        let row = (ROW * 14.0 / rates.len() as f64).clamp(6.0, ROW);
        Self { columns, rates, left, row, range }
    }

    fn bottom(&self) -> f64 {
        TOP + self.row * self.rates.len() as f64
    }

    fn column_width(&self) -> f64 {
        (WIDTH - self.left - 4.0) / self.columns.len() as f64
    }

    fn cell_size(&self) -> (f64, f64) {
        (self.column_width() - 5.0, self.row - 2.0)
    }

    /// Upper left corner of a cell.
    fn corner(&self, column: usize, rate: f64) -> (f64, f64) {
        let nearest = |a: &(usize, &f64), b: &(usize, &f64)| {
            (a.1 / rate).ln().abs().total_cmp(&(b.1 / rate).ln().abs())
        };
        let row = self.rates.iter().enumerate().min_by(nearest).map_or(0, |(row, _)| row);
        (self.left + column as f64 * self.column_width(), TOP + row as f64 * self.row)
    }

    fn draw_axes(&self, svg: &mut Svg, lang: Lang) {
        let every = (LINE / self.row).ceil() as usize;
        for (row, rate) in self.rates.iter().enumerate().step_by(every.max(1)) {
            let y = TOP + (row as f64 + 0.5) * self.row + FONT * 0.35;
            svg.text((self.left - 6.0, y), Anchor::End, Ink::Muted, &significant(*rate, 3));
        }
        let mut free_from = 0.0;
        for (column, size) in self.columns.keys().enumerate() {
            let x = self.left + (column as f64 + 0.5) * self.column_width();
            let (text, half) = (grouped(*size), text_width(&grouped(*size)) / 2.0);
            if x - half >= free_from {
                svg.text((x, self.bottom() + LINE), Anchor::Middle, Ink::Muted, &text);
                free_from = x + half + 6.0;
            }
        }
        let middle = (self.left + WIDTH) / 2.0;
        svg.text((middle, self.bottom() + 2.0 * LINE), Anchor::Middle, Ink::Muted, lang.batch_size());
    }

    fn draw_cells(&self, svg: &mut Svg, lang: Lang) {
        for (column, (size, cells)) in self.columns.iter().enumerate() {
            for cell in cells {
                let name = format!(
                    "{} {}, {} {}",
                    lang.batch_size(),
                    grouped(*size),
                    lang.learning_rate(),
                    significant(cell.rate, 3)
                );
                self.draw_cell(svg, self.corner(column, cell.rate), cell, &name, lang);
            }
        }
    }

    fn draw_cell(&self, svg: &mut Svg, corner: (f64, f64), cell: &Cell, name: &str, lang: Lang) {
        let area = self.cell_size();
        let centre = (corner.0 + area.0 / 2.0, corner.1 + area.1 / 2.0 + FONT * 0.35);
        match cell.outcome {
            Outcome::Samples(samples) => {
                let shade = self.shade(samples);
                let tip = format!("{name}: {} {}", count(samples), lang.samples());
                svg.cell(corner, area, &ramp(shade), &tip);
                let text = compact(samples);
                if self.row >= LINE && text_width(&text) <= area.0 {
                    let fill = if shade > 0.5 { "#ffffff" } else { "#10202e" };
                    svg.styled_text(
                        centre,
                        Anchor::Middle,
                        &format!("fill=\"{fill}\" font-size=\"{}\"", FONT - 1.0),
                        &text,
                    );
                }
            }
            Outcome::Missed(end) => {
                svg.cell(
                    corner,
                    area,
                    svg.paint.colour(Ink::Grid),
                    &format!("{name}: {}", lang.trial_end_word(end)),
                );
                if self.row >= LINE {
                    svg.text(centre, Anchor::Middle, Ink::Muted, sign(end));
                }
            }
        }
    }

    /// 0 for the most samples, 1 for the fewest, by their logarithm.
    fn shade(&self, samples: f64) -> f64 {
        let (fewest, most) = self.range;
        if most > fewest && fewest > 0.0 {
            ((most / samples).ln() / (most / fewest).ln()).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }

    /// Frames the best cell of each size and joins the frames in the gaps between columns, so that no number is covered.
    fn draw_ridge(&self, svg: &mut Svg, study: &StudyResult) {
        let corner = |(column, size): (usize, &u64)| {
            let found = study.sizes.iter().find(|result| result.batch_size == *size)?;
            Some(self.corner(column, found.learning_rate.best?))
        };
        let corners: Vec<_> = self.columns.keys().enumerate().map(corner).collect();
        let (width, height) = self.cell_size();
        for (x, y) in corners.iter().flatten() {
            svg.outline((*x, *y), (width, height), Ink::Second);
        }
        for pair in corners.windows(2) {
            if let [Some(from), Some(to)] = pair {
                let (from, to) = ((from.0 + width, from.1 + height / 2.0), (to.0, to.1 + height / 2.0));
                svg.line(from, to, Ink::Second, 2.5, "");
            }
        }
    }

    fn draw_legend(&self, svg: &mut Svg, lang: Lang) {
        let y = self.bottom() + 3.0 * LINE;
        svg.outline((2.0, y - 10.0), (14.0, 11.0), Ink::Second);
        svg.text((22.0, y), Anchor::Start, Ink::Text, lang.ridge());
        let signs = format!(
            "✕ {}   > {}",
            lang.trial_end_word(TrialEnd::Diverged),
            lang.trial_end_word(TrialEnd::Budget)
        );
        svg.text((WIDTH - 4.0, y), Anchor::End, Ink::Muted, &signs);
    }
}

fn sign(end: TrialEnd) -> &'static str {
    match end {
        TrialEnd::Diverged => "✕",
        TrialEnd::DoesNotFit | TrialEnd::Failed => "!",
        TrialEnd::Target | TrialEnd::Budget | TrialEnd::Lost => ">",
    }
}

/// Pale (0) to deep blue (1), evenly in lightness, readable on light and dark pages.
fn ramp(shade: f64) -> String {
    const STOPS: [[f64; 3]; 3] = [[222.0, 235.0, 247.0], [107.0, 174.0, 214.0], [8.0, 69.0, 138.0]];
    let at = shade.clamp(0.0, 1.0) * 2.0;
    let (from, to) = if at < 1.0 { (STOPS[0], STOPS[1]) } else { (STOPS[1], STOPS[2]) };
    let mix = |i: usize| (from[i] + (to[i] - from[i]) * (at - at.floor().min(1.0))).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}
