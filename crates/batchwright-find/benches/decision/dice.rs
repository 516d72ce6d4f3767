//! The draws of random beds.

use batchwright_data::RandomStream;

pub(crate) struct Dice(pub RandomStream);

impl Dice {
    pub(crate) fn even(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.unit_f64()
    }

    pub(crate) fn log_even(&mut self, low: f64, high: f64) -> f64 {
        self.even(low.ln(), high.ln()).exp()
    }

    /// From `low` to below `high`.
    pub(crate) fn below(&mut self, low: u32, high: u32) -> u32 {
        low + self.0.below(high - low)
    }

    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.0.below(n) == 0
    }

    /// One of the values, each equally likely.
    pub(crate) fn any<T: Copy, const N: usize>(&mut self, values: [T; N]) -> T {
        values[self.0.below(N as u32) as usize]
    }
}
