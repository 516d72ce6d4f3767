//! Which part of a text is for training, validation and test, and how many windows a part has.
//!
//! Parts are contiguous: the last tenth is for the test, a tenth of the rest before it for
//! validation. Windows that lie next to each other in one text share words and names, so a part
//! drawn at random would be known from training.

use std::ops::Range;

/// The parts of a text, as ranges of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) train: Range<usize>,
    pub(crate) validation: Range<usize>,
    pub(crate) test: Range<usize>,
}

impl Parts {
    /// The parts of a text of `tokens` tokens.
    pub(crate) fn of(tokens: usize) -> Self {
        let tenth = |count: usize| count / 10 + usize::from(count % 10 >= 5);
        let rest = tokens - tenth(tokens);
        let train = rest - tenth(rest);
        Self { train: 0..train, validation: train..rest, test: rest..tokens }
    }
}

/// Windows of `context` tokens, each with the token that follows it, from the first token of a part
/// of `tokens` tokens on.
pub(crate) fn windows_from_start(tokens: usize, context: usize) -> usize {
    tokens.saturating_sub(1) / context
}

/// Windows that a part of `tokens` tokens has at *every* offset below `context`, so that all epochs
/// have the same number of samples.
///
/// The window that begins at `offset + i * context` ends, with the token that follows it, at
/// `offset + (i + 1) * context + 1`. At the largest offset, `context - 1`, that is
/// `(i + 2) * context`, so there are `tokens / context - 1` of them.
pub(crate) fn windows_at_any_offset(tokens: usize, context: usize) -> usize {
    (tokens / context).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_tenth_is_for_the_test_and_a_tenth_of_the_rest_for_validation() {
        let parts = Parts { train: 0..81, validation: 81..90, test: 90..100 };
        assert_eq!(Parts::of(100), parts);
        let parts = Parts { train: 0..903_469, validation: 903_469..1_003_855, test: 1_003_855..1_115_394 };
        assert_eq!(Parts::of(1_115_394), parts);
        assert_eq!(Parts::of(0), Parts { train: 0..0, validation: 0..0, test: 0..0 });
    }

    proptest! {
        /// One window more would not fit at every offset, or from the start.
        #[test]
        fn windows_are_as_many_as_fit(tokens in 0usize..3000, context in 1usize..70) {
            let fits = |offset: usize, count: usize| count == 0 || offset + count * context < tokens;
            let any = windows_at_any_offset(tokens, context);
            prop_assert!((0..context).all(|offset| fits(offset, any)));
            prop_assert!(!(0..context).all(|offset| fits(offset, any + 1)));
            let from_start = windows_from_start(tokens, context);
            prop_assert!(fits(0, from_start) && !fits(0, from_start + 1));
        }

        #[test]
        fn parts_are_all_of_the_text(tokens in 0usize..100_000) {
            let Parts { train, validation, test } = Parts::of(tokens);
            prop_assert_eq!((train.start, test.end), (0, tokens));
            prop_assert_eq!((train.end, validation.end), (validation.start, test.start));
            prop_assert!((test.len() as f64 - tokens as f64 / 10.0).abs() <= 0.5);
        }
    }
}
