//! Which batch sizes a study tries.
//!
//! Left out: whether they fit into memory (`study`, `fit`), and which is best (`verdict`).

use crate::ask::error::FindError;
use crate::ask::problem::SizesProblem;

/// A non-empty ascending list of batch sizes without duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSizes {
    sizes: Vec<u64>,
    widenable: bool,
    /// No size above it is ever tried.
    cap: u64,
}

impl BatchSizes {
    /// Reads `8..512` (doublings from 8, with both ends, may be extended) or `8,12,16` (exactly
    /// these).
    ///
    /// ```
    /// # use batchwright_find::BatchSizes;
    /// assert_eq!(BatchSizes::parse("8..50")?.sizes(), [8, 16, 32, 50]);
    /// assert_eq!(BatchSizes::parse("16, 12,8")?.sizes(), [8, 12, 16]);
    /// # Ok::<(), batchwright_find::FindError>(())
    /// ```
    ///
    /// # Errors
    /// [`FindError::BatchSizes`] for 0, a reversed range, a number that does not fit into 64 bits,
    /// or an empty list.
    pub fn parse(text: &str) -> Result<Self, FindError> {
        Self::read(text).map_err(|error| match error {
            FindError::BatchSizes { problem, .. } => {
                FindError::BatchSizes { value: text.to_owned(), problem }
            }
            other => other,
        })
    }

    fn read(text: &str) -> Result<Self, FindError> {
        match text.split_once("..") {
            Some((low, high)) => {
                Ok(Self { sizes: doublings(size(low)?, size(high)?)?, widenable: true, cap: u64::MAX })
            }
            None => Self::exactly(text.split(',').map(size).collect::<Result<_, _>>()?),
        }
    }

    /// Exactly these sizes. They are sorted, duplicates are removed, and the list is never
    /// extended.
    ///
    /// # Errors
    /// [`FindError::BatchSizes`] if the list is empty, or a size is 0.
    pub fn exactly(mut sizes: Vec<u64>) -> Result<Self, FindError> {
        let value = || sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        if sizes.is_empty() {
            return Err(FindError::BatchSizes { value: value(), problem: SizesProblem::None });
        }
        if sizes.contains(&0) {
            return Err(FindError::BatchSizes { value: value(), problem: SizesProblem::Zero });
        }
        sizes.sort_unstable();
        sizes.dedup();
        Ok(Self { sizes, widenable: false, cap: u64::MAX })
    }

    /// `8..512`: most small networks have their best size in this range.
    pub(crate) fn doublings_8_to_512() -> Self {
        Self { sizes: (3..=9).map(|k| 1 << k).collect(), widenable: true, cap: u64::MAX }
    }

    /// The same sizes without those above `cap`, also when a study extends the range later. A range
    /// that reaches beyond the cap ends at the cap: 8..512 with the cap 100 is 8, 16, 32, 64 and
    /// 100. A list only loses its larger sizes.
    ///
    /// # Errors
    /// [`FindError::BatchSizes`] if no size is left.
    pub fn capped(mut self, cap: u64) -> Result<Self, FindError> {
        let value = self.sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let reaches_beyond = self.sizes.iter().any(|&size| size > cap);
        self.sizes.retain(|&size| size <= cap);
        if self.sizes.is_empty() {
            let problem = SizesProblem::AboveCap { cap };
            return Err(FindError::BatchSizes { value, problem });
        }
        if self.widenable && reaches_beyond && self.sizes.last() != Some(&cap) {
            self.sizes.push(cap);
        }
        Ok(Self { cap, ..self })
    }

    /// No size above this may be tried.
    pub fn cap(&self) -> u64 {
        self.cap
    }

    /// The sizes, ascending.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The sizes that are different trainings for `samples` training samples, and those that are
    /// dropped. Every size from `samples` upwards is the same training: one step per epoch over all
    /// samples. So only the smallest of them is kept.
    pub(crate) fn distinct(&self, samples: u64) -> (&[u64], &[u64]) {
        let below = self.sizes.partition_point(|&size| size < samples);
        self.sizes.split_at((below + 1).min(self.sizes.len()))
    }

    /// Whether they are the doublings of a range (then every other size between the ends was meant
    /// too), or exactly the sizes of a list.
    pub fn is_range(&self) -> bool {
        self.widenable
    }

    /// Whether a study may extend the range when the best size is at an end.
    pub fn widenable(&self) -> bool {
        self.widenable
    }
}

fn size(text: &str) -> Result<u64, FindError> {
    let text = text.trim();
    text.parse().map_err(|_| FindError::BatchSizes {
        value: text.to_owned(),
        problem: SizesProblem::NotANumber { text: text.to_owned() },
    })
}

/// `low`, 2 `low`, 4 `low`, ... below `high`, then `high`.
fn doublings(low: u64, high: u64) -> Result<Vec<u64>, FindError> {
    let refuse = |problem| Err(FindError::BatchSizes { value: format!("{low}..{high}"), problem });
    if low == 0 {
        return refuse(SizesProblem::Zero);
    }
    if low > high {
        return refuse(SizesProblem::Reversed { low, high });
    }
    let below = std::iter::successors(Some(low), |size| size.checked_mul(2)).take_while(|&size| size < high);
    Ok(below.chain([high]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An error must name the part of the value that is wrong, and a wrong value must not be
    /// accepted.
    #[test]
    fn bad_sizes_are_refused_with_the_whole_value() {
        for (text, what) in [
            ("", "not a whole number"),
            ("0..8", "at least 1"),
            ("8..0", "reversed"),
            ("512..8", "reversed"),
            ("8,0", "at least 1"),
            ("8,,9", "not a whole number"),
            ("8..", "not a whole number"),
            ("-4", "not a whole number"),
            ("1.5", "not a whole number"),
            ("18446744073709551616", "not a whole number"),
            ("8..16..32", "not a whole number"),
        ] {
            match BatchSizes::parse(text) {
                Err(FindError::BatchSizes { value, problem }) => {
                    assert_eq!(value, text);
                    assert!(problem.to_string().contains(what), "{text}: {problem}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    proptest! {
        /// The last doubling must not overflow, both ends must be present, and a range must not be
        /// taken for a list.
        #[test]
        fn a_range_has_both_ends_and_doubles_between(low in 1u64.., span in 0u64..) {
            let high = low.saturating_add(span);
            let sizes = BatchSizes::parse(&format!("{low}..{high}")).unwrap();
            prop_assert!(sizes.widenable());
            let list = sizes.sizes();
            prop_assert_eq!((list[0], list[list.len() - 1]), (low, high));
            prop_assert!(list.windows(2).all(|w| w[0] < w[1] && w[1].div_ceil(2) <= w[0]));
        }
    }

    /// The same training under three batch sizes would be run three times, and tie with itself.
    #[test]
    fn sizes_above_the_samples_are_one() {
        let sizes = BatchSizes::parse("100..3200").unwrap();
        assert_eq!(sizes.distinct(900), (&[100, 200, 400, 800, 1600][..], &[3200][..]));
        assert_eq!(sizes.distinct(800), (&[100, 200, 400, 800][..], &[1600, 3200][..]));
        assert_eq!(sizes.distinct(10), (&[100][..], &[200, 400, 800, 1600, 3200][..]));
        assert!(sizes.distinct(4000).1.is_empty());
    }

    /// A doubling beyond the cap is a size that the user excluded, most often because it does not
    /// fit.
    #[test]
    fn a_cap_is_a_cap() {
        let capped = |text: &str, cap| BatchSizes::parse(text).unwrap().capped(cap);
        assert_eq!(capped("8..512", 100).unwrap().sizes(), [8, 16, 32, 64, 100]);
        assert_eq!(capped("8..64", 100).unwrap().sizes(), [8, 16, 32, 64]);
        assert_eq!(capped("8..512", 64).unwrap().sizes(), [8, 16, 32, 64]);
        assert_eq!(capped("8,90,128", 100).unwrap().sizes(), [8, 90]);
        assert_eq!(capped("8..64", 100).unwrap().cap(), 100);
        match capped("128..512", 100) {
            Err(FindError::BatchSizes { value, problem }) => {
                assert!(
                    value == "128,256,512" && problem == (SizesProblem::AboveCap { cap: 100 }),
                    "{value}: {problem}"
                );
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_list_is_taken_exactly_and_never_widened() {
        let sizes = BatchSizes::parse("16,12,8,12").unwrap();
        assert_eq!(sizes.sizes(), [8, 12, 16]);
        assert!(!sizes.widenable());
        assert_eq!(BatchSizes::parse("32..32").unwrap().sizes(), [32]);
    }
}
