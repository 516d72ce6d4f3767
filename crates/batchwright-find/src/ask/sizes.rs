//! Which batch sizes a study tries. Whether they fit and which is best are other files' business.

use crate::ask::error::FindError;

/// A non-empty ascending list of batch sizes without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSizes {
    sizes: Vec<u64>,
    widenable: bool,
    /// No size above it is ever tried.
    cap: u64,
}

impl BatchSizes {
    /// Reads `8..512` (doublings from 8, both ends included, may be widened) or `8,12,16` (exactly these).
    ///
    /// ```
    /// # use batchwright_find::BatchSizes;
    /// assert_eq!(BatchSizes::parse("8..50")?.sizes(), [8, 16, 32, 50]);
    /// assert_eq!(BatchSizes::parse("16, 12,8")?.sizes(), [8, 12, 16]);
    /// # Ok::<(), batchwright_find::FindError>(())
    /// ```
    ///
    /// # Errors
    /// [`FindError::BatchSizes`] for 0, a reversed range, a number that does not fit 64 bits, or nothing at all.
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

    /// Exactly these sizes; they are sorted, repeats are dropped, and they are never widened.
    ///
    /// # Errors
    /// [`FindError::BatchSizes`] if there is none, or one is 0.
    pub fn exactly(mut sizes: Vec<u64>) -> Result<Self, FindError> {
        let value = || sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        if sizes.is_empty() {
            return Err(FindError::BatchSizes { value: value(), problem: "there is none".to_owned() });
        }
        if sizes.contains(&0) {
            return Err(FindError::BatchSizes {
                value: value(),
                problem: "a batch has at least 1 sample".to_owned(),
            });
        }
        sizes.sort_unstable();
        sizes.dedup();
        Ok(Self { sizes, widenable: false, cap: u64::MAX })
    }

    /// `8..512`, where most small networks have their best size.
    pub(crate) fn doublings_8_to_512() -> Self {
        Self { sizes: (3..=9).map(|k| 1 << k).collect(), widenable: true, cap: u64::MAX }
    }

    /// The same without sizes above `cap`, now or when a study widens them. A range that reaches beyond ends at the cap: 8..512 capped at 100 are 8, 16,
    /// 32, 64 and 100. A list only loses its larger sizes.
    ///
    /// # Errors
    /// [`FindError::BatchSizes`] where no size is left.
    pub fn capped(mut self, cap: u64) -> Result<Self, FindError> {
        let value = self.sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let reaches_beyond = self.sizes.iter().any(|&size| size > cap);
        self.sizes.retain(|&size| size <= cap);
        if self.sizes.is_empty() {
            let problem = format!("all are above the largest that is allowed, {cap}");
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

    /// These sizes as they are different for `samples` training samples, and those that are dropped: every size from `samples` up is the same
    /// training, one step an epoch over all of them, so only the smallest stays.
    pub(crate) fn distinct(&self, samples: u64) -> (&[u64], &[u64]) {
        let below = self.sizes.partition_point(|&size| size < samples);
        self.sizes.split_at((below + 1).min(self.sizes.len()))
    }

    /// Whether they are the doublings of a range, between whose ends every other size was meant too; else they are exactly those of a list.
    pub fn is_range(&self) -> bool {
        self.widenable
    }

    /// Whether a study may go on beyond an end at which the best size sits.
    pub fn widenable(&self) -> bool {
        self.widenable
    }
}

fn size(text: &str) -> Result<u64, FindError> {
    let text = text.trim();
    text.parse().map_err(|_| FindError::BatchSizes {
        value: text.to_owned(),
        problem: format!("{text:?} is not a whole number from 1 to {}", u64::MAX),
    })
}

/// `low`, 2 `low`, 4 `low`, ... below `high`, then `high`.
fn doublings(low: u64, high: u64) -> Result<Vec<u64>, FindError> {
    let refuse = |problem| Err(FindError::BatchSizes { value: format!("{low}..{high}"), problem });
    if low == 0 {
        return refuse("a batch has at least 1 sample".to_owned());
    }
    if low > high {
        return refuse(format!("the range is reversed: {low} is above {high}"));
    }
    let below = std::iter::successors(Some(low), |size| size.checked_mul(2)).take_while(|&size| size < high);
    Ok(below.chain([high]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Which part of a value was wrong would go unsaid, or a bad one would be taken.
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
                    assert!(problem.contains(what), "{text}: {problem}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    proptest! {
        /// The last doubling would overflow, an end would be missing, or a range would be held for a list.
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

    /// One training under three names would be run three times and tie with itself.
    #[test]
    fn sizes_above_the_samples_are_one() {
        let sizes = BatchSizes::parse("100..3200").unwrap();
        assert_eq!(sizes.distinct(900), (&[100, 200, 400, 800, 1600][..], &[3200][..]));
        assert_eq!(sizes.distinct(800), (&[100, 200, 400, 800][..], &[1600, 3200][..]));
        assert_eq!(sizes.distinct(10), (&[100][..], &[200, 400, 800, 1600, 3200][..]));
        assert!(sizes.distinct(4000).1.is_empty());
    }

    /// A doubling that goes past the cap is a size that the user ruled out, most often because it does not fit.
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
                assert!(value == "128,256,512" && problem.contains("100"), "{value}: {problem}");
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
