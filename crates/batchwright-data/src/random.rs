//! Random numbers that are a pure function of a key and a position.
//!
//! A [`RandomStream`] is the keystream of ChaCha8 under a key made of (seed, domain, a, b). Two
//! streams with different keys are independent, so that dropout of sample 7 in epoch 3 does not
//! depend on any other random number being drawn first. Everything built on the keystream is our
//! own code, because a library's "standard" generator, its bounded integers and its shuffle change
//! between versions. Golden values from a second implementation (`tests/oracle/chacha8.py`) detect
//! any change.
//!
//! Left out: cryptographic promises, and distributions that nothing here needs.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What random numbers are used for. Two uses never share a stream, so that one more draw in one
/// use changes nothing in another.
///
/// Every recorded result depends on these numbers: add new ones at the end, and never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Domain {
    /// The order of samples within an epoch.
    Order = 0,
    /// Training, validation and test split.
    Split = 1,
    /// Which training labels are replaced, and by what.
    LabelNoise = 2,
    /// Which training samples are kept when their number is limited.
    LimitSamples = 3,
    /// Initial weights.
    Init = 4,
    /// Dropout masks.
    Dropout = 5,
    /// Bootstrap resampling.
    Bootstrap = 6,
    /// Synthetic problems whose answer is known.
    Bed = 7,
    /// The random draws of the race: its population of laws and what follows from it.
    Search = 8,
    /// How training images are changed.
    Augment = 9,
    /// Where the first window of a text begins in an epoch.
    TextOffset = 10,
    /// What a language model writes.
    Continuation = 11,
}

/// A stream of random numbers, determined by its key. Drawing allocates nothing.
#[derive(Debug, Clone)]
pub struct RandomStream {
    words: ChaCha8Rng,
}

impl RandomStream {
    /// The stream of (`seed`, `domain`, `a`, `b`) at its first word. The meaning of `a` and `b`
    /// depends on the domain, for example epoch and sample.
    pub fn new(seed: u64, domain: Domain, a: u64, b: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&(domain as u32).to_le_bytes());
        key[16..24].copy_from_slice(&a.to_le_bytes());
        key[24..].copy_from_slice(&b.to_le_bytes());
        Self { words: ChaCha8Rng::from_seed(key) }
    }

    /// The next word of the keystream.
    pub fn next_u32(&mut self) -> u32 {
        self.words.next_u32()
    }

    /// The next two words, the lower half first.
    pub fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        low | u64::from(self.next_u32()) << 32
    }

    /// A number in `0..n`, each equally likely: Lemire's multiplication with rejection (arXiv
    /// 1805.10941). 0 if `n` is 0.
    ///
    /// A plain `next_u32() % n` would favour small numbers, by a factor of 2 for `n` =
    /// 3,000,000,000.
    pub fn below(&mut self, n: u32) -> u32 {
        let mut product = u64::from(self.next_u32()) * u64::from(n);
        // Products whose low word is below 2^32 mod n are rejected. The cheap test avoids the
        // division for most draws.
        if (product as u32) < n {
            let surplus = n.wrapping_neg() % n;
            while (product as u32) < surplus {
                product = u64::from(self.next_u32()) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }

    /// A multiple of 2^-53 in `[0, 1)`, each equally likely.
    pub fn unit_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A draw from the standard normal distribution (Box and Muller 1958, the cosine half only, so
    /// that every draw takes exactly four words). `ln` and `cos` are the platform's own, so the
    /// last bit may differ between platforms.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit_f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit_f64()).cos()
    }

    /// Shuffles `items` so that every permutation is equally likely (Fisher and Yates, from the
    /// end).
    ///
    /// # Panics
    /// If there are more than `u32::MAX` items: sample ids are `u32`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        let len = u32::try_from(items.len()).expect("at most u32::MAX items");
        for last in (1..len).rev() {
            items.swap(last as usize, self.below(last + 1) as usize);
        }
    }

    /// Fills `bytes` from whole words, little-endian. If less than four bytes of the last word are
    /// needed, the rest of it is discarded.
    pub fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.next_u32().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> RandomStream {
        RandomStream::new(0x0123_4567_89AB_CDEF, Domain::LabelNoise, 5, 7)
    }

    fn draws<T>(count: usize, mut draw: impl FnMut(&mut RandomStream) -> T) -> Vec<T> {
        let mut stream = stream();
        (0..count).map(|_| draw(&mut stream)).collect()
    }

    /// A change in the library, or of our key, could change every run while all other tests still
    /// pass. All golden values are from `tests/oracle/chacha8.py`.
    #[test]
    fn golden_words() {
        let words = draws(1001, RandomStream::next_u32);
        assert_eq!(words[..4], [0x8bc4_5ab5, 0xe219_8c33, 0xc467_0d19, 0xcb4f_4498]);
        assert_eq!(words[1000], 0x2d66_2270);
        assert_eq!(draws(2, RandomStream::next_u64), [0xe219_8c33_8bc4_5ab5, 0xcb4f_4498_c467_0d19]);
    }

    /// The second bound rejects 3 words in 10, so an implementation without rejection gives other
    /// numbers.
    #[test]
    fn golden_bounded_integers() {
        assert_eq!(draws(16, |s| s.below(10)), [5, 8, 7, 7, 5, 6, 0, 7, 5, 0, 3, 0, 8, 3, 6, 6]);
        let large = draws(12, |s| s.below(3_000_000_000));
        let golden = [
            1_637_894_637,
            2_649_606_978,
            2_301_592_307,
            2_382_534_848,
            1_710_825_802,
            3_666_565,
            2_326_616_489,
            110_811_494,
            988_158_302,
            9_174_020,
            2_690_067_072,
            998_821_513,
        ];
        assert_eq!(large, golden);
    }

    #[test]
    fn golden_real_numbers() {
        let unit = [0.8832023263783112, 0.7941782830206671, 0.6974154078798077];
        assert_eq!(draws(3, RandomStream::unit_f64), unit);
        let normal = [0.5678841755689176, 0.24705069843427704, 0.2743090487832229, -0.4719073314677324];
        for (ours, golden) in draws(4, RandomStream::normal).iter().zip(normal) {
            assert!((ours - golden).abs() < 1e-14, "{ours} for {golden}");
        }
    }

    /// The bytes must be those of the words whatever the length of the buffer.
    #[test]
    fn golden_bytes() {
        let mut bytes = [0; 9];
        stream().fill_bytes(&mut bytes);
        assert_eq!(bytes, [0xb5, 0x5a, 0xc4, 0x8b, 0x33, 0x8c, 0x19, 0xe2, 0x19]);
    }

    /// If a part of the key did not reach the generator, the dropout masks of all samples could be
    /// equal, for example.
    #[test]
    fn every_part_of_the_key_matters() {
        let first = |seed, domain, a, b| RandomStream::new(seed, domain, a, b).next_u64();
        let mut firsts = vec![
            first(0, Domain::Order, 0, 0),
            first(1, Domain::Order, 0, 0),
            first(1 << 63, Domain::Order, 0, 0),
            first(0, Domain::Bed, 0, 0),
            first(0, Domain::Order, 1, 0),
            first(0, Domain::Order, 1 << 63, 0),
            first(0, Domain::Order, 0, 1),
            first(0, Domain::Order, 0, 1 << 63),
        ];
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 8);
    }

    /// Mean 0 and variance 1 within five standard errors, and no draw outside the sampler's own
    /// range.
    #[test]
    fn normal_has_its_moments() {
        let values = draws(100_000, RandomStream::normal);
        let mean = values.iter().sum::<f64>() / 1e5;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.016, "{mean}");
        assert!((variance - 1.0).abs() < 0.023, "{variance}");
        assert!(values.iter().all(|x| x.abs() < 8.6));
    }

    /// A shuffle that draws from `0..len` for every position (a common slip) makes 3 of the 6
    /// orders of three items more likely.
    #[test]
    fn shuffle_is_uniform() {
        let mut counts = std::collections::BTreeMap::new();
        let mut stream = stream();
        for _ in 0..60_000 {
            let mut items = [0, 1, 2];
            stream.shuffle(&mut items);
            *counts.entry(items).or_insert(0i32) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (count - 10_000).abs() < 500), "{counts:?}");
    }

    #[test]
    fn edges_do_not_panic() {
        assert_eq!(stream().below(0), 0);
        assert_eq!(stream().below(1), 0);
        stream().shuffle::<u8>(&mut []);
        stream().fill_bytes(&mut []);
    }
}
