//! Averages a training loss over equal numbers of samples.
//!
//! A program prints the loss of the samples that it has just used: of 16 of them, or of 1,024. Small
//! batches are noisy, so that they would pass a target by luck, and large ones not. The mean over as
//! many samples has the same noise at every size.
//!
//! Left out: which metric is a training loss (`rows`).

/// The mean of a metric over each `samples` samples.
#[derive(Debug)]
pub(crate) struct Averaging {
    samples: u64,
    /// The number of the stretch that is being averaged.
    stretch: u64,
    sum: f64,
    count: u32,
}

impl Averaging {
    /// Averages over this many samples.
    pub(crate) fn new(samples: u64) -> Self {
        Self { samples: samples.max(1), stretch: 0, sum: 0.0, count: 0 }
    }

    /// Samples of a mean.
    pub(crate) fn samples(&self) -> u64 {
        self.samples
    }

    /// Adds a value at so many samples of the training; the mean of all values since the last one,
    /// once the samples of a stretch are used.
    pub(crate) fn add(&mut self, value: f64, samples: u64) -> Option<f64> {
        self.sum += value;
        self.count += 1;
        let stretch = samples / self.samples;
        if stretch <= self.stretch {
            return None;
        }
        self.stretch = stretch;
        let mean = std::mem::take(&mut self.sum) / f64::from(std::mem::take(&mut self.count));
        Some(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every size must be judged by as many samples, whether its rows are rare or frequent.
    #[test]
    fn each_mean_covers_the_samples_of_a_stretch() {
        let means = |batch: u64| {
            let mut averaging = Averaging::new(64);
            let value = |step: u64| averaging.add(step as f64, step * batch).map(|mean| (step * batch, mean));
            (1..=256 / batch).filter_map(value).collect::<Vec<_>>()
        };
        assert_eq!(means(16), [(64, 2.5), (128, 6.5), (192, 10.5), (256, 14.5)]);
        assert_eq!(means(32), [(64, 1.5), (128, 3.5), (192, 5.5), (256, 7.5)]);
        // A row that covers more than a stretch is its own mean.
        assert_eq!(means(128), [(128, 1.0), (256, 2.0)]);
    }

    /// A run that diverged must not be averaged into a finite number.
    #[test]
    fn a_value_that_is_not_finite_spoils_its_own_mean_only() {
        let mut averaging = Averaging::new(2);
        assert_eq!(averaging.add(1.0, 1), None);
        assert!(averaging.add(f64::NAN, 2).unwrap().is_nan());
        assert_eq!((averaging.add(3.0, 3), averaging.add(5.0, 4)), (None, Some(4.0)));
    }
}
