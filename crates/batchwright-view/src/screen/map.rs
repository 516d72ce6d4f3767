//! The map of sizes and learning rates in the cells of a screen: samples to the target as multiples of the
//! fewest, so that it can be read without colours.

use std::collections::BTreeMap;

use batchwright_find::{TrialEnd, TrialRecord};
use batchwright_store::RunningTrial;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

use crate::chart::rates::{CellOutcome, RateCell, columns, rows};
use crate::number::{compact, grouped, significant};
use crate::screen::paint::{Tone, below, line, span};
use crate::term::style::Style;

/// Columns of the rates at the left.
const MARGIN: u16 = 10;
/// Most and fewest columns of a size.
const COLUMNS: (u16, u16) = (8, 4);
/// Up to this multiple of the fewest samples a cell counts as good.
const GOOD: f64 = 1.25;

/// Draws the map of trials that have ended and of those that run. Returns whether there was anything.
pub(crate) fn draw_map(
    buffer: &mut Buffer,
    area: Rect,
    trials: &[TrialRecord],
    running: &[RunningTrial],
    style: Style,
) -> bool {
    let cells = columns(trials);
    let mut sizes: Vec<u64> =
        cells.keys().copied().chain(running.iter().map(|it| it.request.batch_size)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let bands = bands(&cells, running, usize::from(area.height.saturating_sub(1)));
    if sizes.is_empty() || bands.is_empty() {
        return false;
    }
    let width = ((area.width.saturating_sub(MARGIN)) / sizes.len() as u16).clamp(COLUMNS.1, COLUMNS.0);
    let mut heading = vec![span(&" ".repeat(usize::from(MARGIN)), Tone::Plain, style)];
    heading.extend(sizes.iter().map(|&size| span(&right(&size_name(size, width), width), Tone::Bold, style)));
    line(buffer, area, heading);
    let fewest = fewest(&cells);
    for (nth, band) in bands.iter().enumerate() {
        let rate = significant(band.middle(), 3);
        let mut spans = vec![span(&format!("{}  ", right(&rate, MARGIN - 2)), Tone::Faint, style)];
        for &size in &sizes {
            let (text, tone) = cell(size, *band, &cells, running, fewest);
            spans.push(span(&right(&text, width), tone, style));
        }
        line(buffer, below(area, 1 + nth as u16), spans);
    }
    true
}

/// Learning rates that share a row: the highest and the lowest.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Band(f64, f64);

impl Band {
    fn holds(self, rate: f64) -> bool {
        rate <= self.0 * (1.0 + SAME) && rate >= self.1 * (1.0 - SAME)
    }

    fn middle(self) -> f64 {
        (self.0 * self.1).sqrt()
    }
}

/// Rates within this share are the same, as in the map of a report.
const SAME: f64 = 0.02;

/// The rows of the map, descending: as many rates share one as it takes to have no more than `most`.
fn bands(cells: &BTreeMap<u64, Vec<RateCell>>, running: &[RunningTrial], most: usize) -> Vec<Band> {
    let mut rates: Vec<f64> =
        rows(cells).into_iter().chain(running.iter().map(|it| it.request.learning_rate)).collect();
    rates.retain(|rate| rate.is_finite() && *rate > 0.0);
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup_by(|a, b| *b / *a < 1.0 + SAME);
    let (Some(highest), Some(lowest)) = (rates.first(), rates.last()) else { return Vec::new() };
    if most == 0 {
        return Vec::new();
    }
    if rates.len() <= most {
        return rates.into_iter().map(|rate| Band(rate, rate)).collect();
    }
    let step = (highest / lowest).powf(1.0 / most as f64) * (1.0 + 1e-9);
    let mut bands: Vec<Band> = Vec::new();
    for rate in rates {
        match bands.last_mut() {
            Some(Band(first, last)) if *first / rate < step => *last = rate,
            _ => bands.push(Band(rate, rate)),
        }
    }
    bands.truncate(most);
    bands
}

/// Fewest samples to the target of any cell.
fn fewest(cells: &BTreeMap<u64, Vec<RateCell>>) -> f64 {
    let samples = cells.values().flatten().filter_map(|cell| match cell.outcome {
        CellOutcome::Samples(samples) => Some(samples),
        CellOutcome::Missed(_) => None,
    });
    samples.fold(f64::INFINITY, f64::min)
}

/// What stands in a cell. The best of several rates that share it; what runs stands behind it.
fn cell(
    size: u64,
    band: Band,
    cells: &BTreeMap<u64, Vec<RateCell>>,
    running: &[RunningTrial],
    fewest: f64,
) -> (String, Tone) {
    let runs = running.iter().any(|it| it.request.batch_size == size && band.holds(it.request.learning_rate));
    let mark = if runs { ">" } else { "" };
    let here = || cells.get(&size).into_iter().flatten().filter(|cell| band.holds(cell.rate));
    let reached = here().filter_map(|cell| match cell.outcome {
        CellOutcome::Samples(samples) => Some(samples),
        CellOutcome::Missed(_) => None,
    });
    let best = reached.fold(f64::INFINITY, f64::min);
    if best.is_finite() {
        let multiple = best / fewest.max(f64::MIN_POSITIVE);
        let text = if multiple < 9.95 { format!("{multiple:.1}") } else { compact(multiple.round()) };
        return (format!("{text}{mark}"), if multiple <= GOOD { Tone::Good } else { Tone::Plain });
    }
    let missed = here().find_map(|cell| match cell.outcome {
        CellOutcome::Missed(end) => Some(end),
        CellOutcome::Samples(_) => None,
    });
    let sign = match missed {
        None => "",
        Some(TrialEnd::Diverged) => "x",
        Some(TrialEnd::Lost) => "<",
        Some(TrialEnd::DoesNotFit | TrialEnd::Failed) => "!",
        Some(TrialEnd::Budget | TrialEnd::Target) => "-",
    };
    let tone = match missed {
        Some(TrialEnd::Diverged | TrialEnd::DoesNotFit | TrialEnd::Failed) => Tone::Bad,
        _ if runs => Tone::Bold,
        _ => Tone::Faint,
    };
    (format!("{sign}{mark}"), tone)
}

fn size_name(size: u64, width: u16) -> String {
    let whole = grouped(size);
    if whole.len() < usize::from(width) { whole } else { compact(size as f64) }
}

fn right(text: &str, width: u16) -> String {
    format!("{text:>width$}", width = usize::from(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_find::testkit;

    /// Else the rows of a study that tried 40 rates leave the screen, or a rate is in none.
    #[test]
    fn rates_share_rows_where_there_are_too_many() {
        let trials: Vec<TrialRecord> = (0..40)
            .map(|nth| testkit::trial(testkit::request(8, 0.001 * 1.3_f64.powi(nth)), TrialEnd::Target, 64))
            .collect();
        let cells = columns(&trials);
        for most in [0, 1, 2, 7, 39, 40, 50] {
            let bands = bands(&cells, &[], most);
            assert!(bands.len() <= most, "{most}");
            if most > 0 {
                for trial in &trials {
                    let rate = trial.request.learning_rate;
                    assert_eq!(bands.iter().filter(|band| band.holds(rate)).count(), 1, "{most} {rate}");
                }
            }
        }
    }

    #[test]
    fn a_cell_tells_how_its_trials_ended() {
        let trial = |rate, end, samples| testkit::trial(testkit::request(8, rate), end, samples);
        let trials = [
            trial(0.1, TrialEnd::Target, 1_000),
            trial(0.2, TrialEnd::Target, 1_500),
            trial(0.4, TrialEnd::Diverged, 10),
            trial(0.05, TrialEnd::Budget, 9_000),
        ];
        let cells = columns(&trials);
        let running = [testkit::request(8, 0.2), testkit::request(16, 0.1)].map(RunningTrial::new);
        let told = |size, rate| cell(size, Band(rate, rate), &cells, &running, fewest(&cells)).0;
        assert_eq!([told(8, 0.1), told(8, 0.2), told(8, 0.4), told(8, 0.05)], ["1.0", "1.5>", "x", "-"]);
        assert_eq!([told(16, 0.1), told(16, 0.2)], [">", ""]);
    }
}
