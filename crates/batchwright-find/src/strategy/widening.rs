//! Batch sizes beyond the ends of a range that may be extended, if the best size seems to be at an
//! end.

use crate::state::StudyState;

/// Most sizes that are added at each end.
const MOST_ADDED: usize = 4;

/// By how many sizes the range of a study was extended.
#[derive(Debug, Default)]
pub(crate) struct Widening {
    below: usize,
    above: usize,
}

impl Widening {
    /// The size beyond an end at which the recommended or the leading size lies; `None` if there is
    /// none to add.
    pub(crate) fn size_beyond_end(
        &mut self,
        state: &StudyState,
        recommended: u64,
        leader: u64,
    ) -> Option<u64> {
        if !state.config().sizes.widenable() {
            return None;
        }
        let (&lowest, &highest) = (state.sizes.keys().next()?, state.sizes.keys().next_back()?);
        if leader == highest && highest < state.largest_size() && self.above < MOST_ADDED {
            self.above += 1;
            return Some(highest.saturating_mul(2).min(state.largest_size()));
        }
        if recommended == lowest && lowest > 1 && self.below < MOST_ADDED {
            self.below += 1;
            return Some(lowest / 2);
        }
        None
    }
}
