//! The map of batch sizes and learning rates of a study that was judged by a law: what the law expects as
//! shaded bands, and above it what was measured, a mark for each size and rate.
//!
//! Bands are ratios to the best that is expected anywhere, so that the map reads the same whatever the
//! study counts: seconds, joules, samples or steps.
//!
//! Left out: studies without a law, which `rates` draws.

use std::fmt::Write;

use batchwright_find::{LawSurface, Objective, StudyResult, SurfaceRow, TrialEnd};

use crate::chart::axes::{LINE, WIDTH};
use crate::chart::rates::{CellOutcome, RateCell, columns};
use crate::chart::scale::AxisScale;
use crate::chart::svg::{Anchor, FONT, Ink, Paint, Svg, text_width};
use crate::lang::Lang;
use crate::number::{count, duration, energy, grouped, significant};

/// Upper ends of the bands, as ratios to the best that is expected, and how dark they are. Beyond the last
/// one nothing is shaded. The first is the usual margin, within which sizes are tied.
const BANDS: [(f64, f64); 6] =
    [(1.1, 0.62), (1.5, 0.46), (2.0, 0.34), (4.0, 0.23), (8.0, 0.14), (16.0, 0.07)];

const TOP: f64 = 50.0;
const PLOT_HEIGHT: f64 = 300.0;
const BOTTOM: f64 = TOP + PLOT_HEIGHT;
/// Between columns.
const GAP: f64 = 3.0;

/// What a size costs a step, in what the study decides by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CostOf {
    /// Money too, which is time at a price.
    Time,
    Energy,
    Samples,
    Steps,
}

impl CostOf {
    fn new(study: &StudyResult) -> Self {
        let cost = match study.objective {
            Objective::Steps => Self::Steps,
            Objective::Samples | Objective::Quality => Self::Samples,
            Objective::Time | Objective::Money => Self::Time,
            Objective::Energy => Self::Energy,
        };
        let known = |row: &SurfaceRow| cost.of_step(study, row.batch_size).is_some();
        let all_known = study.surface.as_ref().is_some_and(|surface| surface.sizes.iter().all(known));
        if all_known { cost } else { Self::Samples }
    }

    /// What a step of a size costs; `None` where that was not measured.
    fn of_step(self, study: &StudyResult, batch_size: u64) -> Option<f64> {
        let size = || study.sizes.iter().find(|size| size.batch_size == batch_size);
        match self {
            Self::Time => size()?.step_seconds.map(|time| time.median).filter(|seconds| *seconds > 0.0),
            Self::Energy => size()?.energy_per_step_joules.map(|it| it.median).filter(|joules| *joules > 0.0),
            Self::Samples => Some(batch_size as f64),
            Self::Steps => Some(1.0),
        }
    }

    fn show(self, value: f64, lang: Lang) -> String {
        match self {
            Self::Time => duration(value, lang),
            Self::Energy => energy(value),
            Self::Samples => format!("{} {}", count(value), lang.samples()),
            Self::Steps => format!("{} {}", count(value), lang.steps()),
        }
    }

    fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Time => lang.surface_of_time(),
            Self::Energy => lang.surface_of_energy(),
            Self::Samples => lang.rates_chart(),
            Self::Steps => lang.surface_of_steps(),
        }
    }
}

/// Trials of one size and rate.
struct MeasuredSpot {
    batch_size: u64,
    rate: f64,
    trials: usize,
    outcome: CellOutcome,
}

/// Sizes side by side, rates on a logarithmic axis.
struct SurfaceMap<'a> {
    study: &'a StudyResult,
    surface: &'a LawSurface,
    cost: CostOf,
    sizes: Vec<u64>,
    spots: Vec<MeasuredSpot>,
    rates: AxisScale,
    /// Ratio of neighbouring rates of the surface, as the half of its logarithm.
    half_step: f64,
    left: f64,
    /// The least that is expected anywhere.
    best: f64,
}

/// The map. `None` without a surface that has at least two rates, or without a number in it.
pub(crate) fn draw(study: &StudyResult, lang: Lang, paint: Paint) -> Option<String> {
    let map = SurfaceMap::new(study, study.surface.as_ref()?)?;
    let title = map.cost.title(lang);
    let mut svg = Svg::new(WIDTH, BOTTOM + 6.0 * LINE + 10.0, paint);
    svg.title((0.0, 16.0), title);
    let heading = lang.log_scale(lang.learning_rate());
    svg.text((0.0, 16.0 + LINE + 2.0), Anchor::Start, Ink::Muted, &heading);
    map.draw_bands(&mut svg);
    map.draw_axes(&mut svg, lang);
    map.draw_ridge(&mut svg);
    map.draw_spots(&mut svg, lang);
    map.draw_legend(&mut svg, lang);
    let best: Vec<String> = map.surface.sizes.iter().filter_map(|row| map.described(row, lang)).collect();
    let description = lang.surface_described(&map.cost.show(map.best, lang), &best);
    Some(svg.finish("study-rates", title, &description))
}

impl<'a> SurfaceMap<'a> {
    fn new(study: &'a StudyResult, surface: &'a LawSurface) -> Option<Self> {
        let cost = CostOf::new(study);
        let [low, .., high] = surface.learning_rates[..] else { return None };
        let half_step = (high / low).ln() / (surface.learning_rates.len() - 1) as f64 / 2.0;
        let spots = spots(study);
        let mut sizes: Vec<u64> = surface.sizes.iter().map(|row| row.batch_size).collect();
        sizes.extend(spots.iter().map(|spot| spot.batch_size));
        sizes.sort_unstable();
        sizes.dedup();
        let lowest = spots.iter().map(|spot| spot.rate).fold(low, f64::min) / half_step.exp();
        let highest = spots.iter().map(|spot| spot.rate).fold(high, f64::max) * half_step.exp();
        let rates = AxisScale::log(lowest, highest);
        let widest = rates.ticks(6).into_iter().map(|rate| text_width(&significant(rate, 3)));
        let expected = surface.sizes.iter().flat_map(|row| {
            let step = cost.of_step(study, row.batch_size);
            row.steps.iter().filter_map(move |steps| Some((*steps)? * step?))
        });
        let best = expected.filter(|cost| *cost > 0.0).fold(f64::INFINITY, f64::min);
        let usable = low > 0.0 && half_step > 0.0 && half_step.is_finite() && best.is_finite();
        usable.then(|| Self {
            left: widest.fold(0.0, f64::max) + 12.0,
            study,
            surface,
            cost,
            sizes,
            spots,
            rates,
            half_step,
            best,
        })
    }

    fn column(&self) -> f64 {
        (WIDTH - self.left - 2.0) / self.sizes.len() as f64
    }

    /// Left end of a size's column.
    fn x(&self, batch_size: u64) -> f64 {
        let place = self.sizes.iter().position(|size| *size == batch_size).unwrap_or(0);
        self.left + place as f64 * self.column()
    }

    fn middle(&self, batch_size: u64) -> f64 {
        self.x(batch_size) + (self.column() - GAP) / 2.0
    }

    fn y(&self, rate: f64) -> Option<f64> {
        self.rates.place(rate).map(|place| BOTTOM - place * PLOT_HEIGHT)
    }

    /// What is expected at each rate of a size, as ratio to the best.
    fn ratios(&self, row: &'a SurfaceRow) -> impl Iterator<Item = (f64, Option<f64>)> {
        let step = self.cost.of_step(self.study, row.batch_size);
        let ratio = move |steps: &Option<f64>| Some((*steps)? * step? / self.best);
        self.surface.learning_rates.iter().copied().zip(row.steps.iter().map(ratio))
    }

    /// One path a band. Neighbouring rates of one band in a column are one rectangle.
    fn draw_bands(&self, svg: &mut Svg) {
        let mut paths: Vec<String> = vec![String::new(); BANDS.len()];
        for row in &self.surface.sizes {
            let of_rate = |(rate, ratio): (f64, Option<f64>)| (rate, ratio.and_then(band));
            let bands: Vec<(f64, Option<usize>)> = self.ratios(row).map(of_rate).collect();
            for same in bands.chunk_by(|a, b| a.1 == b.1) {
                let (Some(band), Some(first), Some(last)) = (same[0].1, same.first(), same.last()) else {
                    continue;
                };
                let (low, high) = (first.0 / self.half_step.exp(), last.0 * self.half_step.exp());
                let (Some(bottom), Some(top)) = (self.y(low), self.y(high)) else { continue };
                let (x, width) = (self.x(row.batch_size), self.column() - GAP);
                let _ = write!(paths[band], "M{x:.1} {top:.1}h{width:.1}V{bottom:.1}h-{width:.1}z");
            }
        }
        for (path, (_, opacity)) in paths.iter().zip(BANDS) {
            svg.filled_path(path, Ink::First, opacity);
        }
    }

    fn draw_axes(&self, svg: &mut Svg, lang: Lang) {
        for rate in self.rates.ticks(6) {
            if let Some(y) = self.y(rate) {
                svg.line((self.left - 5.0, y), (self.left - 1.0, y), Ink::Muted, 1.0, "");
                let text = significant(rate, 3);
                svg.text((self.left - 8.0, y + FONT * 0.35), Anchor::End, Ink::Muted, &text);
            }
        }
        let mut free_from = 0.0;
        for &size in &self.sizes {
            let (x, text) = (self.middle(size), grouped(size));
            let half = text_width(&text) / 2.0;
            if x - half >= free_from {
                svg.text((x, BOTTOM + LINE), Anchor::Middle, Ink::Muted, &text);
                free_from = x + half + 6.0;
            }
        }
        let middle = (self.left + WIDTH) / 2.0;
        svg.text((middle, BOTTOM + 2.0 * LINE), Anchor::Middle, Ink::Muted, lang.batch_size());
    }

    /// The best rate of each size, as the study answers.
    fn draw_ridge(&self, svg: &mut Svg) {
        let best = |size: &u64| {
            let found = self.study.sizes.iter().find(|found| found.batch_size == *size)?;
            Some((self.middle(*size), self.y(found.learning_rate.best?)?))
        };
        let points: Vec<Option<(f64, f64)>> = self.sizes.iter().map(best).collect();
        svg.curve(&points, Ink::Second, 2.5, "");
    }

    fn draw_spots(&self, svg: &mut Svg, lang: Lang) {
        for spot in &self.spots {
            let Some(y) = self.y(spot.rate) else { continue };
            self.draw_sign(svg, (self.middle(spot.batch_size), y), spot.outcome, &self.told(spot, lang));
        }
        let choice = self.study.recommended.as_ref();
        if let Some((choice, y)) = choice.and_then(|choice| Some((choice, self.y(choice.learning_rate)?))) {
            let at = (self.middle(choice.batch_size), y);
            svg.ring(at, 9.0, Ink::Accent);
        }
    }

    fn draw_sign(&self, svg: &mut Svg, at: (f64, f64), outcome: CellOutcome, tip: &str) {
        match outcome {
            CellOutcome::Samples(_) => svg.disc(at, 5.0, Ink::Text, Ink::Surface, tip),
            CellOutcome::Missed(TrialEnd::Diverged) => svg.cross(at, Ink::Text, tip),
            CellOutcome::Missed(_) => svg.disc(at, 4.0, Ink::Surface, Ink::Text, tip),
        }
    }

    fn told(&self, spot: &MeasuredSpot, lang: Lang) -> String {
        let name = format!(
            "{} {}, {} {} ({} {})",
            lang.batch_size(),
            grouped(spot.batch_size),
            lang.learning_rate(),
            significant(spot.rate, 3),
            lang.runs(),
            grouped(spot.trials as u64)
        );
        let found = match spot.outcome {
            CellOutcome::Samples(samples) => {
                let step = self.cost.of_step(self.study, spot.batch_size);
                let cost = step.map(|step| samples / spot.batch_size as f64 * step);
                cost.map(|cost| self.cost.show(cost, lang)).unwrap_or_default()
            }
            CellOutcome::Missed(end) => lang.trial_end_word(end).to_owned(),
        };
        format!("{name}: {found}")
    }

    /// `64: 17 ms, 0.316`: the least that is expected of a size, and its rate.
    fn described(&self, row: &'a SurfaceRow, lang: Lang) -> Option<String> {
        let known = self.ratios(row).filter_map(|(rate, ratio)| Some((rate, ratio?)));
        let (rate, ratio) = known.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let cost = self.cost.show(ratio * self.best, lang);
        Some(format!("{}: {cost}, {}", grouped(row.batch_size), significant(rate, 3)))
    }

    /// Four lines: the bands; the marks of what was measured; the recommended choice and the best rates.
    fn draw_legend(&self, svg: &mut Svg, lang: Lang) {
        let line = |number: f64| BOTTOM + 2.0 * LINE + 4.0 + number * LINE;
        let text = lang.expected_by_law(&self.cost.show(self.best, lang));
        svg.text((2.0, line(1.0)), Anchor::Start, Ink::Muted, &text);
        let mut x = 2.0;
        for (limit, opacity) in BANDS {
            svg.swatch((x, line(2.0) - 11.0), (18.0, 13.0), Ink::First, opacity);
            let text = format!("≤ {}×", significant(limit, 2));
            svg.text((x + 23.0, line(2.0)), Anchor::Start, Ink::Muted, &text);
            x += 79.0;
        }
        let signs = [
            (CellOutcome::Samples(0.0), lang.measured_reached()),
            (CellOutcome::Missed(TrialEnd::Budget), lang.measured_missed()),
            (CellOutcome::Missed(TrialEnd::Diverged), lang.trial_end_word(TrialEnd::Diverged)),
        ];
        let mut x = 8.0;
        for (outcome, text) in signs {
            self.draw_sign(svg, (x, line(3.0) - 5.0), outcome, text);
            svg.text((x + 10.0, line(3.0)), Anchor::Start, Ink::Muted, text);
            x += text_width(text) + 30.0;
        }
        svg.ring((10.0, line(4.0) - 5.0), 6.5, Ink::Accent);
        svg.text((22.0, line(4.0)), Anchor::Start, Ink::Muted, lang.recommended());
        let x = 22.0 + text_width(lang.recommended()) + 18.0;
        svg.line((x, line(4.0) - 5.0), (x + 22.0, line(4.0) - 5.0), Ink::Second, 2.5, "");
        svg.text((x + 30.0, line(4.0)), Anchor::Start, Ink::Muted, lang.ridge());
    }
}

fn band(ratio: f64) -> Option<usize> {
    // What is best must not fall out by a rounding.
    BANDS.iter().position(|(limit, _)| ratio <= limit * (1.0 + 1e-9))
}

fn spots(study: &StudyResult) -> Vec<MeasuredSpot> {
    let of_size = |(batch_size, cells): (u64, Vec<RateCell>)| {
        cells.into_iter().map(move |cell| MeasuredSpot {
            batch_size,
            rate: cell.rate,
            trials: cell.trials,
            outcome: cell.outcome,
        })
    };
    columns(&study.trials).into_iter().flat_map(of_size).collect()
}
