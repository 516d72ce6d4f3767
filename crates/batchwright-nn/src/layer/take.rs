//! Parts of a list of numbers, taken from its start or its end one after the other.

/// Removes the first `len` numbers and returns them.
pub(crate) fn take<'a>(numbers: &mut &'a [f32], len: usize) -> &'a [f32] {
    let (start, rest) = numbers.split_at(len);
    *numbers = rest;
    start
}

/// As [`take`].
pub(crate) fn take_mut<'a>(numbers: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let (start, rest) = std::mem::take(numbers).split_at_mut(len);
    *numbers = rest;
    start
}

/// Removes the last `len` numbers and returns them.
pub(crate) fn take_end<'a>(numbers: &mut &'a [f32], len: usize) -> &'a [f32] {
    let (rest, end) = numbers.split_at(numbers.len() - len);
    *numbers = rest;
    end
}

/// As [`take_end`].
pub(crate) fn take_end_mut<'a>(numbers: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let numbers_before = numbers.len() - len;
    let (rest, end) = std::mem::take(numbers).split_at_mut(numbers_before);
    *numbers = rest;
    end
}
