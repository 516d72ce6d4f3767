//! A long list of small numbers, in as few bytes each as the largest of them needs.

use std::ops::Range;

/// The numbers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// All below 256.
    One(Vec<u8>),
    /// All below 65,536.
    Two(Vec<u16>),
    /// Any.
    Four(Vec<u32>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::One(Vec::new())
    }
}

impl Ids {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(ids) => ids.len(),
            Self::Two(ids) => ids.len(),
            Self::Four(ids) => ids.len(),
        }
    }

    /// Bytes that they take.
    pub(crate) fn bytes(&self) -> u64 {
        let each = match self {
            Self::One(_) => 1,
            Self::Two(_) => 2,
            Self::Four(_) => 4,
        };
        each * self.len() as u64
    }

    /// Appends one; all are widened if it is larger than any before.
    pub(crate) fn push(&mut self, id: u32) {
        match self {
            Self::One(ids) => match u8::try_from(id) {
                Ok(id) => ids.push(id),
                Err(_) => {
                    *self = Self::Two(ids.iter().map(|&id| id.into()).collect());
                    self.push(id);
                }
            },
            Self::Two(ids) => match u16::try_from(id) {
                Ok(id) => ids.push(id),
                Err(_) => {
                    *self = Self::Four(ids.iter().map(|&id| id.into()).collect());
                    self.push(id);
                }
            },
            Self::Four(ids) => ids.push(id),
        }
    }

    /// Appends bytes, which are ids of themselves.
    pub(crate) fn extend_bytes(&mut self, bytes: &[u8]) {
        match self {
            Self::One(ids) => ids.extend_from_slice(bytes),
            Self::Two(_) | Self::Four(_) => bytes.iter().for_each(|&byte| self.push(byte.into())),
        }
    }

    /// Gives up room that is not used.
    pub(crate) fn shrink(&mut self) {
        match self {
            Self::One(ids) => ids.shrink_to_fit(),
            Self::Two(ids) => ids.shrink_to_fit(),
            Self::Four(ids) => ids.shrink_to_fit(),
        }
    }

    /// Visits the ids of a range in order.
    pub(crate) fn for_each(&self, range: Range<usize>, mut visit: impl FnMut(u32)) {
        match self {
            Self::One(ids) => ids[range].iter().for_each(|&id| visit(id.into())),
            Self::Two(ids) => ids[range].iter().for_each(|&id| visit(id.into())),
            Self::Four(ids) => ids[range].iter().for_each(|&id| visit(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(ids: &Ids) -> Vec<u32> {
        let mut all = Vec::new();
        ids.for_each(0..ids.len(), |id| all.push(id));
        all
    }

    #[test]
    fn ids_are_kept_while_they_are_widened() {
        let mut ids = Ids::default();
        for (id, bytes) in [(7, 1), (255, 2), (256, 6), (65_535, 8), (65_536, 20), (u32::MAX, 24), (0, 28)] {
            ids.push(id);
            assert_eq!(ids.bytes(), bytes, "{id}");
        }
        assert_eq!(all(&ids), [7, 255, 256, 65_535, 65_536, u32::MAX, 0]);
        ids.extend_bytes(b"ab");
        let mut end = Vec::new();
        ids.for_each(6..9, |id| end.push(id));
        assert_eq!(end, [0, 97, 98]);
    }
}
