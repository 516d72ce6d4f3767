//! Random numbers of one seed and one purpose.

use batchwright_data::{Domain, RandomStream};

pub(crate) struct Dice(RandomStream);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(RandomStream::new(seed, Domain::Bed, purpose, 0x51))
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        u64::from(self.0.below(u32::try_from(end).unwrap()))
    }

    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn unit(&mut self) -> f64 {
        self.0.unit_f64()
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}
