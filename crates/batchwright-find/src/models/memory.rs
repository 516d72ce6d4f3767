//! How memory grows with the micro-batch: M(b) = fixed + a b, fitted to measured peaks, with error
//! bars. The model is a description and is compared with the planned memory. It never decides which
//! size fits: only a run does.

use crate::result::Interval;
use crate::statistics::arm::t_quantile;
use serde::{Deserialize, Serialize};

/// Fewest different sizes for a line with error bars.
const FEWEST_SIZES: usize = 3;
/// The line is refused if its error is above this share of a peak.
const TOLERANCE: f64 = 0.05;
/// A smaller error than this is always accepted: memory is allocated in pages, and a process needs
/// some of its own.
const LEAST_MISS: f64 = 1024.0 * 1024.0;

/// A line through measured peaks, by least squares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MemoryModel {
    /// Bytes that are used at any size.
    pub fixed_bytes: Interval,
    /// Bytes that one more sample takes.
    pub bytes_per_sample: Interval,
    /// Largest distance of a peak from the line.
    pub worst_residual_bytes: f64,
}

/// Why no line was fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MemoryModelError {
    /// A line through two points has no measurable error.
    #[error("it takes {FEWEST_SIZES} different sizes that ran, there are {found}")]
    TooFewSizes {
        /// Different sizes that were measured.
        found: usize,
    },
    /// Memory does not grow linearly.
    #[error(
        "memory is no line in the micro-batch size: at {micro_batch_size} samples {measured:.0} bytes were measured, the line says {modelled:.0}"
    )]
    NoLine {
        /// The size with the largest error, as a share of its peak.
        micro_batch_size: u64,
        /// The measured bytes at this size.
        measured: f64,
        /// The bytes of the line at this size.
        modelled: f64,
    },
}

impl MemoryModel {
    /// Fits the line to (size, peak bytes). The intervals are 95% intervals, by Student's t with n
    /// - 2 degrees of freedom.
    ///
    /// # Errors
    /// [`MemoryModelError`] with fewer than three different sizes, or if the error of the line at a
    /// peak is above both 5% of it and one mebibyte.
    pub fn fit(peaks: &[(u64, u64)]) -> Result<Self, MemoryModelError> {
        let mut sizes: Vec<u64> = peaks.iter().map(|peak| peak.0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.len() < FEWEST_SIZES {
            return Err(MemoryModelError::TooFewSizes { found: sizes.len() });
        }
        let points: Vec<(f64, f64)> =
            peaks.iter().map(|&(size, bytes)| (size as f64, bytes as f64)).collect();
        let line = Line::through(&points);
        line.check(&points)?;
        let t = t_quantile(points.len() as f64 - 2.0);
        let interval =
            |value: f64, sd: f64| Interval { value, low: Some(value - t * sd), high: Some(value + t * sd) };
        let misses = points.iter().map(|&(size, bytes)| (bytes - line.at(size)).abs());
        Ok(Self {
            fixed_bytes: interval(line.fixed, line.fixed_sd),
            bytes_per_sample: interval(line.slope, line.slope_sd),
            worst_residual_bytes: misses.fold(0.0, f64::max),
        })
    }
}

/// Least squares, with the standard errors of both coefficients.
struct Line {
    fixed: f64,
    slope: f64,
    fixed_sd: f64,
    slope_sd: f64,
}

impl Line {
    /// Through at least three points at two different sizes or more.
    fn through(points: &[(f64, f64)]) -> Self {
        let n = points.len() as f64;
        let mean = |read: fn(&(f64, f64)) -> f64| points.iter().map(read).sum::<f64>() / n;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread;
        let fixed = y - slope * x;
        let squares: f64 = points.iter().map(|point| (point.1 - fixed - slope * point.0).powi(2)).sum();
        let variance = squares / (n - 2.0);
        Self {
            fixed,
            slope,
            fixed_sd: (variance * (1.0 / n + x * x / spread)).sqrt(),
            slope_sd: (variance / spread).sqrt(),
        }
    }

    fn at(&self, size: f64) -> f64 {
        self.fixed + self.slope * size
    }

    /// Refuses a line whose error at a point is too large.
    fn check(&self, points: &[(f64, f64)]) -> Result<(), MemoryModelError> {
        let miss =
            |point: &(f64, f64)| (point.1 - self.at(point.0)).abs() / point.1.max(LEAST_MISS / TOLERANCE);
        let worst = points.iter().max_by(|a, b| miss(a).total_cmp(&miss(b)));
        match worst {
            Some(worst) if miss(worst) > TOLERANCE => Err(MemoryModelError::NoLine {
                micro_batch_size: worst.0 as u64,
                measured: worst.1,
                modelled: self.at(worst.0),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// 50 MiB and 13,000 bytes per sample, with noise of some pages. Both must lie within their
    /// intervals, and the intervals must be narrow.
    #[test]
    fn a_line_is_found_with_its_error() {
        let noise = [3_000, -2_000, 1_000, -4_000, 2_500];
        let peaks: Vec<(u64, u64)> = [1_000u64, 2_000, 4_000, 8_000, 8_001]
            .into_iter()
            .zip(noise)
            .map(|(size, noise)| (size, (50 * MIB + 13_000 * size).saturating_add_signed(noise)))
            .collect();
        let model = MemoryModel::fit(&peaks).unwrap();
        let holds = |interval: Interval, truth: f64, width: f64| {
            let (low, high) = (interval.low.unwrap(), interval.high.unwrap());
            assert!(low <= truth && truth <= high && high - low < width, "{interval:?} {truth}");
        };
        holds(model.fixed_bytes, 50.0 * MIB as f64, 20_000.0);
        holds(model.bytes_per_sample, 13_000.0, 5.0);
        assert!(model.worst_residual_bytes < 5_000.0);
    }

    /// Memory that grows with the square of the size (attention without blocks) looks linear
    /// between any two sizes.
    #[test]
    fn what_is_no_line_is_refused_with_the_numbers() {
        let peaks: Vec<(u64, u64)> = [1u64, 2, 4, 8, 16].into_iter().map(|b| (b, 10 * MIB * b * b)).collect();
        let Err(MemoryModelError::NoLine { micro_batch_size, measured, modelled }) = MemoryModel::fit(&peaks)
        else {
            panic!("a parabola was taken for a line");
        };
        assert!(peaks.contains(&(micro_batch_size, measured as u64)));
        assert!((measured - modelled).abs() > 0.05 * measured);
    }

    /// Two sizes, each run ten times, give a line without error.
    #[test]
    fn two_sizes_are_no_model() {
        let peaks = [(8, MIB), (16, 2 * MIB), (16, 2 * MIB)];
        assert_eq!(MemoryModel::fit(&peaks), Err(MemoryModelError::TooFewSizes { found: 2 }));
    }
}
