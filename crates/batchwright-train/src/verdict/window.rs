//! The evaluations of a run in windows: means over a few in a row, with the loss of each validation
//! sample, so that two windows are compared sample by sample.

use crate::codec::{Decoder, Encoder, Undecodable};
use crate::record::RunRow;
use std::collections::VecDeque;

/// Evaluations in a window.
pub(crate) const WINDOW: usize = 3;
/// Windows that are kept at most, spread over the run.
const KEPT: usize = 12;

/// Losses in the mean over the evaluations of a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Window {
    /// Mean validation loss.
    pub(crate) validation: f64,
    /// Mean training loss, in evaluation mode.
    pub(crate) train: f64,
    /// Validation loss of each sample.
    losses: Vec<f32>,
}

/// A change of a mean with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Change {
    pub(crate) mean: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Change {
    /// Half the width of the interval.
    pub(crate) fn half(self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

impl Window {
    /// From `before` to this window.
    pub(crate) fn change_since(&self, before: &Self) -> Change {
        let differences =
            self.losses.iter().zip(&before.losses).map(|(&now, &before)| f64::from(now) - f64::from(before));
        interval(&differences.collect::<Vec<f64>>())
    }

    /// The mean validation loss, with its interval over the samples.
    pub(crate) fn interval(&self) -> Change {
        interval(&self.losses.iter().map(|&loss| f64::from(loss)).collect::<Vec<f64>>())
    }

    /// Validation samples.
    pub(crate) fn samples(&self) -> u64 {
        self.losses.len() as u64
    }

    fn encode(&self, encoder: &mut Encoder) {
        encoder.f64(self.validation);
        encoder.f64(self.train);
        encoder.f32s(&self.losses);
    }

    fn decode(decoder: &mut Decoder) -> Result<Self, Undecodable> {
        Ok(Self { validation: decoder.f64()?, train: decoder.f64()?, losses: decoder.f32s()? })
    }
}

/// The windows of a run that a verdict needs: the lowest, the last, and some in between.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Windows {
    /// The last evaluations, oldest first: training loss, validation loss, and that of each sample.
    recent: VecDeque<(f64, f64, Vec<f32>)>,
    lowest: Option<Window>,
    /// Every `stride`-th window, with the position of its last row.
    kept: Vec<(usize, Window)>,
    stride: usize,
    rows: usize,
}

impl Default for Windows {
    fn default() -> Self {
        Self { recent: VecDeque::new(), lowest: None, kept: Vec::new(), stride: 1, rows: 0 }
    }
}

impl Windows {
    /// Notes an evaluation.
    pub(crate) fn push(&mut self, row: &RunRow, losses: &[f32]) {
        // The oldest buffer is used again: a long run evaluates often.
        let mut kept = if self.recent.len() == WINDOW {
            self.recent.pop_front().map_or_else(Vec::new, |oldest| oldest.2)
        } else {
            Vec::new()
        };
        kept.clear();
        kept.extend_from_slice(losses);
        self.recent.push_back((row.train.loss, row.validation.loss, kept));
        self.rows += 1;
        if self.recent.len() < WINDOW {
            return;
        }
        let mean = self.recent.iter().map(|recent| recent.1).sum::<f64>() / WINDOW as f64;
        if mean < self.lowest.as_ref().map_or(f64::INFINITY, |lowest| lowest.validation) {
            self.lowest = Some(self.last());
        }
        if self.rows.is_multiple_of(self.stride) {
            self.keep();
        }
    }

    fn keep(&mut self) {
        if self.kept.len() == KEPT {
            self.stride *= 2;
            let stride = self.stride;
            self.kept.retain(|(row, _)| (row + 1).is_multiple_of(stride));
            if !self.rows.is_multiple_of(stride) {
                return;
            }
        }
        self.kept.push((self.rows - 1, self.last()));
    }

    /// The last evaluations; fewer than a window at the start of a run.
    pub(crate) fn last(&self) -> Window {
        let count = self.recent.len().max(1);
        let samples = self.recent.front().map_or(0, |recent| recent.2.len());
        let loss =
            |sample: usize| self.recent.iter().map(|recent| recent.2[sample]).sum::<f32>() / count as f32;
        Window {
            validation: self.recent.iter().map(|recent| recent.1).sum::<f64>() / count as f64,
            train: self.recent.iter().map(|recent| recent.0).sum::<f64>() / count as f64,
            losses: (0..samples).map(loss).collect(),
        }
    }

    /// The window of the lowest mean validation loss.
    pub(crate) fn lowest(&self) -> Option<&Window> {
        self.lowest.as_ref()
    }

    /// The kept window nearest to this share of the run that has no evaluation in common with the
    /// last one.
    pub(crate) fn at(&self, share: f64) -> Option<&Window> {
        let wanted = share * self.rows.saturating_sub(1) as f64;
        let before = self.kept.iter().filter(|(row, _)| row + WINDOW < self.rows);
        let distance = |row: usize| (row as f64 - wanted).abs();
        before.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0))).map(|(_, window)| window)
    }

    /// Appends all of it.
    pub(crate) fn encode(&self, encoder: &mut Encoder) {
        let Self { recent, lowest, kept, stride, rows } = self;
        encoder.u64(*stride as u64);
        encoder.u64(*rows as u64);
        encoder.u64(recent.len() as u64);
        for (train, validation, losses) in recent {
            encoder.f64(*validation);
            encoder.f64(*train);
            encoder.f32s(losses);
        }
        encoder.u64(lowest.is_some().into());
        lowest.iter().for_each(|window| window.encode(encoder));
        encoder.u64(kept.len() as u64);
        for (row, window) in kept {
            encoder.u64(*row as u64);
            window.encode(encoder);
        }
    }

    /// What [`Windows::encode`] appended.
    pub(crate) fn decode(decoder: &mut Decoder) -> Result<Self, Undecodable> {
        let count = |decoder: &mut Decoder| usize::try_from(decoder.u64()?).map_err(|_| Undecodable);
        let (stride, rows) = (count(decoder)?, count(decoder)?);
        let mut recent = VecDeque::new();
        for _ in 0..decoder.length(8)? {
            let (validation, train) = (decoder.f64()?, decoder.f64()?);
            recent.push_back((train, validation, decoder.f32s()?));
        }
        // One loss for each validation sample, so that they can be added up.
        if recent.iter().any(|(_, _, losses)| losses.len() != recent[0].2.len()) {
            return Err(Undecodable);
        }
        let lowest = match decoder.u64()? {
            0 => None,
            _ => Some(Window::decode(decoder)?),
        };
        let mut kept = Vec::new();
        for _ in 0..decoder.length(8)? {
            kept.push((count(decoder)?, Window::decode(decoder)?));
        }
        Ok(Self { recent, lowest, kept, stride: stride.max(1), rows })
    }
}

/// How far a mean over a window scatters from one to the next where nothing changes: from the
/// differences of neighbouring values, so that a trend adds little. 0 for fewer than three values.
pub(crate) fn scatter(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let mut steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    if steps.len() < 2 {
        return 0.0;
    }
    steps.sort_by(f64::total_cmp);
    // The median of |a - b| of two normal values is 0.954 standard deviations.
    steps[steps.len() / 2] / 0.954 / (WINDOW as f64).sqrt()
}

/// The mean with its 95% interval by Student's t; no width is known for fewer than two values.
fn interval(values: &[f64]) -> Change {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    if values.len() < 2 {
        return Change { mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = student_975(count - 1.0) * (variance / count).sqrt();
    Change { mean, low: mean - half, high: mean + half }
}

/// The 97.5% quantile of Student's t, by its expansion around the normal one (Abramowitz and Stegun
/// 26.7.5): within 1% from 3 degrees of freedom on.
fn student_975(freedom: f64) -> f64 {
    let z = 1.959_964_f64;
    z + (z.powi(3) + z) / (4.0 * freedom)
        + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * freedom.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::{Domain, RandomStream};

    /// Quantiles from tables.
    #[test]
    fn students_quantile_is_that_of_the_tables() {
        for (freedom, quantile) in [(3.0, 3.182), (5.0, 2.571), (13.0, 2.160), (39.0, 2.023), (1e6, 1.960)] {
            assert!((student_975(freedom) / quantile - 1.0).abs() < 0.01, "{freedom}");
        }
    }

    #[test]
    fn an_interval_holds_the_true_mean_in_about_95_of_100() {
        let mut stream = RandomStream::new(3, Domain::Bed, 0, 0);
        let holds = |_: &usize| {
            let change = interval(&(0..14).map(|_| 0.3 + stream.normal()).collect::<Vec<f64>>());
            change.low < 0.3 && change.high > 0.3
        };
        let held = (0..2_000usize).filter(holds).count();
        assert!((1_870..=1_930).contains(&held), "{held}");
    }

    /// A standard deviation of 1, alone and on a trend: the mean over a window scatters by
    /// 1 / sqrt(window).
    #[test]
    fn a_trend_adds_little_to_the_scatter() {
        let mut stream = RandomStream::new(5, Domain::Bed, 0, 0);
        let noise: Vec<f64> = (0..2_000).map(|_| stream.normal()).collect();
        let expected = 1.0 / (WINDOW as f64).sqrt();
        let flat = scatter(noise.iter().copied());
        let falling = scatter(noise.iter().enumerate().map(|(i, noise)| noise - 0.3 * i as f64));
        assert!((flat / expected - 1.0).abs() < 0.06 && (falling / expected - 1.0).abs() < 0.1);
        assert_eq!(scatter([1.0, 2.0].into_iter()), 0.0);
    }

    /// However long a run is, the window nearest to two thirds of it is near them.
    #[test]
    fn windows_are_kept_all_over_the_run() {
        for rows in [8usize, 30, 100, 1_000] {
            let mut windows = Windows::default();
            for i in 0..rows {
                let loss = i as f64;
                let metrics = crate::record::SplitMetrics { loss, accuracy: None };
                let row = RunRow {
                    step: i as u64,
                    epoch: 0.0,
                    samples: 0,
                    seconds: 0.0,
                    learning_rate: 0.1,
                    step_loss: None,
                    train: metrics,
                    validation: metrics,
                };
                windows.push(&row, &[loss as f32; 4]);
            }
            assert!(windows.kept.len() <= KEPT);
            let centre = windows.at(2.0 / 3.0).map(|window| window.validation).unwrap_or_default();
            let wanted = 2.0 / 3.0 * rows as f64;
            assert!((centre - wanted).abs() <= 2.0 + rows as f64 / 20.0, "{rows}: {centre}");
            assert_eq!(windows.lowest().map(Window::samples), Some(4));
        }
    }
}
