//! Which sizes a study calls tied with its recommendation, against what is known of them.

use batchwright_find::Recommendation;
use serde::Serialize;

use crate::case::Case;

/// A size that is slower than the best by more than the first share must not be called tied; one
/// that is slower by at most the second should be.
const SLOW: f64 = 0.25;
const CLOSE: f64 = 0.05;

/// Some sizes, and how many of them were called tied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Called {
    pub tied: usize,
    pub of: usize,
}

impl Called {
    fn new(sizes: &[u64], called: impl Fn(u64) -> bool) -> Self {
        Self { tied: sizes.iter().filter(|&&size| called(size)).count(), of: sizes.len() }
    }

    pub(crate) fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::default(), |sum, it| Self { tied: sum.tied + it.tied, of: sum.of + it.of })
    }
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CalledTied {
    /// Sizes that are much slower than the best.
    pub slow: Called,
    /// Sizes that are about as fast as the best, without the recommended one. If that one is slow,
    /// nothing tied with it can be right.
    pub close: Called,
    /// Sizes that are exactly equal to the best, the recommended one included: only in the beds of
    /// `--tie`.
    pub equal: Called,
}

impl CalledTied {
    pub(crate) fn new(case: &dyn Case, recommended: Option<&Recommendation>) -> Self {
        let is_choice = |size| recommended.is_some_and(|it| it.batch_size == size);
        let tied = |size| recommended.is_some_and(|it| it.tied_with.contains(&size));
        let slower = |is: &dyn Fn(f64) -> bool| -> Vec<u64> {
            case.truth().slowness().filter(|&(_, share)| is(share)).map(|(size, _)| size).collect()
        };
        let mut close = slower(&|share| share <= CLOSE);
        close.retain(|&size| !is_choice(size));
        Self {
            slow: Called::new(&slower(&|share| share > SLOW), tied),
            close: Called::new(&close, tied),
            equal: Called::new(&case.equal_sizes(), |size| is_choice(size) || tied(size)),
        }
    }
}
