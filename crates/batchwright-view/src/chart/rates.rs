//! A heat map over batch size and learning rate: samples to the target in each cell, and the line
//! of best rates (the ridge).
//!
//! Left out: trials of the pilot, which looked for the target and not for a rate; trials that were
//! stopped only because the study ended; studies of quality, which have no target to count samples to;
//! and what a law expects, which `surface` draws.

use crate::chart::axes::{LINE, WIDTH};
use crate::chart::scale::extent;
use crate::chart::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::lang::Lang;
use crate::number::{compact, count, grouped, significant};
use std::collections::BTreeMap;

use batchwright_find::{Phase, StudyResult, TrialEnd, TrialRecord};

/// All trials of one batch size and learning rate.
pub(crate) struct RateCell {
    pub(crate) rate: f64,
    pub(crate) trials: usize,
    pub(crate) outcome: CellOutcome,
}

/// The outcome of the trials of a cell.
#[derive(Clone, Copy)]
pub(crate) enum CellOutcome {
    /// Median samples to the target. A miss counts as more than any number.
    Samples(f64),
    /// Half of the trials or more missed it; how most of those ended.
    Missed(TrialEnd),
}

const TOP: f64 = 50.0;
/// Height of a row, and the least height where there are many rates: a number must fit in.
const ROWS: (f64, f64) = (26.0, 19.0);
/// Between cells; the ridge is drawn in it.
const GAP: f64 = 9.0;
/// Opacity of the cells with the most and the fewest samples. Text in the colour of the page is
/// readable on both, in light and in dark.
const OPACITY: (f64, f64) = (0.05, 0.6);

/// The heat map. `None` without trials at two rates.
pub(crate) fn draw(study: &StudyResult, lang: Lang, paint: Paint) -> Option<String> {
    study.target.as_ref()?;
    let best = |size: u64| study.sizes.iter().find(|found| found.batch_size == size)?.learning_rate.best;
    draw_trials(&study.trials, best, lang, paint)
}

/// The heat map of these trials; `ridge` is the best rate of a size. `None` without trials at two rates.
pub(crate) fn draw_trials(
    trials: &[TrialRecord],
    ridge: impl Fn(u64) -> Option<f64>,
    lang: Lang,
    paint: Paint,
) -> Option<String> {
    let columns = columns(trials);
    let rates = rows(&columns);
    if rates.len() < 2 {
        return None;
    }
    let best_rates: Vec<String> = columns
        .iter()
        .filter_map(|(size, cells)| {
            let best = cells.iter().filter_map(|cell| match cell.outcome {
                CellOutcome::Samples(samples) => Some((samples, cell.rate)),
                CellOutcome::Missed(_) => None,
            });
            let rate = best.min_by(|a, b| a.0.total_cmp(&b.0))?.1;
            Some(format!("{}: {}", grouped(*size), significant(rate, 3)))
        })
        .collect();
    let map = HeatMap::new(columns, rates, ridge);
    let mut svg = Svg::new(WIDTH, map.bottom() + 6.0 * LINE + 12.0, paint);
    svg.title((0.0, 16.0), lang.rates_chart());
    svg.text((0.0, 16.0 + LINE + 2.0), Anchor::Start, Ink::Muted, lang.learning_rate());
    map.draw_axes(&mut svg, lang);
    map.draw_cells(&mut svg, lang);
    map.draw_ridge(&mut svg);
    map.draw_legend(&mut svg, lang);
    Some(svg.finish("study-rates", lang.rates_chart(), &lang.by_size(lang.best_rates(), &best_rates)))
}

/// Cells by batch size, then rate.
pub(crate) fn columns(trials: &[TrialRecord]) -> BTreeMap<u64, Vec<RateCell>> {
    let mut groups: BTreeMap<(u64, u64), Vec<&TrialRecord>> = BTreeMap::new();
    for trial in trials.iter().filter(|trial| trial.phase != Phase::Pilot && !trial.was_interrupted()) {
        let (size, rate) = (trial.request.batch_size, trial.request.learning_rate);
        if rate > 0.0 && rate.is_finite() {
            // Positive floats have the same order as their bits.
            groups.entry((size, rate.to_bits())).or_default().push(trial);
        }
    }
    let mut columns: BTreeMap<u64, Vec<RateCell>> = BTreeMap::new();
    for ((size, rate), trials) in groups {
        let cell = RateCell { rate: f64::from_bits(rate), trials: trials.len(), outcome: outcome(&trials) };
        columns.entry(size).or_default().push(cell);
    }
    columns
}

fn outcome(trials: &[&TrialRecord]) -> CellOutcome {
    let (reached, missed): (Vec<&TrialRecord>, Vec<_>) =
        trials.iter().partition(|trial| trial.end == TrialEnd::Target);
    let mut samples: Vec<u64> = reached.iter().map(|trial| trial.samples).collect();
    samples.sort_unstable();
    match samples.get(trials.len() / 2) {
        Some(&middle) => CellOutcome::Samples(middle as f64),
        None => CellOutcome::Missed(most_frequent(&missed)),
    }
}

fn most_frequent(missed: &[&TrialRecord]) -> TrialEnd {
    let count = |end| missed.iter().filter(|trial| trial.end == end).count();
    missed.iter().map(|trial| trial.end).max_by_key(|&end| count(end)).unwrap_or(TrialEnd::Budget)
}

/// The rates of the rows, descending. Rates within 2% share a row: a grid that is scaled from size
/// to size repeats its rates only approximately.
pub(crate) fn rows(columns: &BTreeMap<u64, Vec<RateCell>>) -> Vec<f64> {
    let mut rates: Vec<f64> = columns.values().flatten().map(|cell| cell.rate).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup_by(|a, b| (*b / *a) < 1.02);
    rates
}

struct HeatMap {
    columns: BTreeMap<u64, Vec<RateCell>>,
    /// Rates of the rows, descending.
    rates: Vec<f64>,
    /// The best rate of each column.
    ridge: Vec<Option<f64>>,
    left: f64,
    /// Row height.
    row: f64,
    /// Fewest and most samples in any cell.
    range: (f64, f64),
}

impl HeatMap {
    fn new(
        columns: BTreeMap<u64, Vec<RateCell>>,
        rates: Vec<f64>,
        ridge: impl Fn(u64) -> Option<f64>,
    ) -> Self {
        let left = rates.iter().map(|rate| text_width(&significant(*rate, 3))).fold(0.0, f64::max) + 10.0;
        let samples = columns.values().flatten().filter_map(|cell| match cell.outcome {
            CellOutcome::Samples(samples) => Some(samples),
            CellOutcome::Missed(_) => None,
        });
        let range = extent(samples);
        let row = (ROWS.0 * 14.0 / rates.len() as f64).clamp(ROWS.1, ROWS.0);
        Self { ridge: columns.keys().map(|&size| ridge(size)).collect(), columns, rates, left, row, range }
    }

    fn bottom(&self) -> f64 {
        TOP + self.row * self.rates.len() as f64
    }

    fn column_width(&self) -> f64 {
        (WIDTH - self.left - 4.0) / self.columns.len() as f64
    }

    fn cell_size(&self) -> (f64, f64) {
        ((self.column_width() - GAP).max(2.0), self.row - 2.0)
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
        for (row, rate) in self.rates.iter().enumerate() {
            let y = TOP + (row as f64 + 0.5) * self.row - 1.0 + FONT * 0.35;
            svg.text((self.left - 6.0, y), Anchor::End, Ink::Muted, &significant(*rate, 3));
        }
        let mut free_from = 0.0;
        for (column, size) in self.columns.keys().enumerate() {
            let x = self.left + column as f64 * self.column_width() + self.cell_size().0 / 2.0;
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
                    "{} {}, {} {} ({} {})",
                    lang.batch_size(),
                    grouped(*size),
                    lang.learning_rate(),
                    significant(cell.rate, 3),
                    lang.runs(),
                    grouped(cell.trials as u64)
                );
                let best = self.ridge[column] == Some(cell.rate);
                self.draw_cell(svg, self.corner(column, cell.rate), cell, best, &name, lang);
            }
        }
    }

    fn draw_cell(
        &self,
        svg: &mut Svg,
        corner: (f64, f64),
        cell: &RateCell,
        best: bool,
        name: &str,
        lang: Lang,
    ) {
        let (width, height) = self.cell_size();
        let centre = (corner.0 + width / 2.0, corner.1 + height / 2.0 + FONT * 0.35);
        let (text, ink, tip) = match cell.outcome {
            CellOutcome::Samples(samples) => {
                svg.swatch(corner, (width, height), Ink::First, self.opacity(samples));
                (compact(samples), Ink::Text, format!("{name}: {} {}", count(samples), lang.samples()))
            }
            CellOutcome::Missed(end) => {
                svg.swatch(corner, (width, height), Ink::Grid, 1.0);
                (sign(end).into(), Ink::Muted, format!("{name}: {}", lang.trial_end_word(end)))
            }
        };
        if text_width(&text) <= width {
            let (colour, weight) = (svg.paint.colour(ink), if best { 700 } else { 400 });
            let style = format!("fill=\"{colour}\" font-size=\"{}\" font-weight=\"{weight}\"", FONT);
            svg.styled_text(centre, Anchor::Middle, &style, &text);
        }
        svg.area_tip(corner, (width, height), &tip);
    }

    /// By the logarithm of the samples: the cell with the fewest stands out most.
    fn opacity(&self, samples: f64) -> f64 {
        let (fewest, most) = self.range;
        let share = if most > fewest && fewest > 0.0 {
            ((most / samples).ln() / (most / fewest).ln()).clamp(0.0, 1.0)
        } else {
            1.0
        };
        OPACITY.0 + (OPACITY.1 - OPACITY.0) * share
    }

    /// Frames the best cell of each size, and joins the frames in the gaps between columns, where
    /// no number is covered.
    fn draw_ridge(&self, svg: &mut Svg) {
        let corner = |(column, best): (usize, &Option<f64>)| Some(self.corner(column, (*best)?));
        let corners: Vec<_> = self.ridge.iter().enumerate().map(corner).collect();
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

    /// Four lines: the scale of the samples, the frame of the best rates, and the signs of a miss.
    fn draw_legend(&self, svg: &mut Svg, lang: Lang) {
        let line = |number: f64| self.bottom() + 2.0 * LINE + 6.0 + number * LINE;
        self.draw_scale(svg, line(1.0), lang);
        svg.outline((2.0, line(2.0) - 10.5), (16.0, 11.0), Ink::Second);
        svg.text((26.0, line(2.0)), Anchor::Start, Ink::Muted, lang.ridge());
        let signs = [(3.0, ">", lang.missed_cell()), (4.0, "✕", lang.trial_end_word(TrialEnd::Diverged))];
        for (number, sign, meaning) in signs {
            svg.swatch((2.0, line(number) - 12.0), (16.0, 14.0), Ink::Grid, 1.0);
            svg.text((10.0, line(number)), Anchor::Middle, Ink::Muted, sign);
            svg.text((26.0, line(number)), Anchor::Start, Ink::Muted, meaning);
        }
    }

    /// `fewest samples 464 ▮▮▮▮▮▮ 9,000 most`.
    fn draw_scale(&self, svg: &mut Svg, y: f64, lang: Lang) {
        const SWATCHES: u32 = 6;
        let (fewest, most) = self.range;
        let text = format!("{} {}", lang.fewest_samples(), compact(fewest));
        svg.text((2.0, y), Anchor::Start, Ink::Muted, &text);
        let mut x = 2.0 + text_width(&text) + 8.0;
        for index in 0..SWATCHES {
            let share = f64::from(index) / f64::from(SWATCHES - 1);
            let samples = fewest * (most / fewest.max(1.0)).powf(share);
            svg.swatch((x, y - 11.0), (20.0, 13.0), Ink::First, self.opacity(samples));
            x += 20.0;
        }
        let text = format!("{} {}", compact(most), lang.most_samples());
        svg.text((x + 8.0, y), Anchor::Start, Ink::Muted, &text);
    }
}

fn sign(end: TrialEnd) -> &'static str {
    match end {
        TrialEnd::Diverged => "✕",
        TrialEnd::DoesNotFit | TrialEnd::Failed => "!",
        TrialEnd::Target | TrialEnd::Budget | TrialEnd::Lost => ">",
    }
}

#[cfg(test)]
mod tests {
    use batchwright_find::testkit;

    use super::*;

    fn trial(end: TrialEnd, samples: u64) -> TrialRecord {
        testkit::trial(testkit::request(8, 0.1), end, samples)
    }

    /// Else a rate at which two of three runs diverge looks as good as its one lucky run.
    #[test]
    fn misses_count_in_a_cells_median() {
        use TrialEnd::{Budget, Diverged, Target};
        let of = |ends: &[(TrialEnd, u64)]| {
            let trials: Vec<TrialRecord> = ends.iter().map(|&(end, samples)| trial(end, samples)).collect();
            outcome(&trials.iter().collect::<Vec<_>>())
        };
        let lucky = of(&[(Target, 10), (Diverged, 20), (Diverged, 20)]);
        assert!(matches!(lucky, CellOutcome::Missed(Diverged)));
        let mostly = of(&[(Target, 30), (Budget, 100), (Target, 10)]);
        assert!(matches!(mostly, CellOutcome::Samples(30.0)));
        assert!(matches!(of(&[(Target, 10), (Budget, 100)]), CellOutcome::Missed(Budget)));
    }
}
