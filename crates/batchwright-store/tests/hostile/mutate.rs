//! Changes to the bytes of a file, from a seed.

use batchwright_data::{Domain, RandomStream};

/// Numbers that lengths and counts are not expected to be, in the bytes of both orders.
const NUMBERS: [u64; 8] = [0, 1, u64::MAX, u64::MAX - 7, 1 << 63, 1 << 32, u32::MAX as u64, (1 << 31) - 1];

/// Pieces that mean something to one of the readers.
const PIECES: [&[u8]; 22] = [
    b"{",
    b"}",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"\"",
    b"\\u0000",
    b"null",
    b"-1",
    b"1e999",
    b"NaN",
    b",",
    b";;;;;;;;",
    b"\t",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"\x1f\x8b",
    b"18446744073709551615",
    b"<html>",
    b"__metadata__",
];

/// The original with one to four changes.
pub(crate) fn mutated(original: &[u8], seed: u64) -> Vec<u8> {
    let mut dice = Dice(RandomStream::new(seed, Domain::Bed, original.len() as u64, 0));
    let mut bytes = original.to_vec();
    for _ in 0..=dice.below(3) {
        change(&mut bytes, &mut dice);
    }
    bytes
}

struct Dice(RandomStream);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0.below(u32::try_from(end).unwrap().max(1)) as usize
    }

    /// A place, every second time among the first 64: headers are there.
    fn place(&mut self, len: usize) -> usize {
        let end = if self.below(2) == 0 { len.min(64) } else { len };
        self.below(end)
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.place(len);
        let longest = (len - start).min(if self.below(4) == 0 { len } else { 40 });
        start..start + self.below(longest + 1)
    }
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if bytes.is_empty() {
        return;
    }
    let at = dice.place(bytes.len());
    match dice.below(9) {
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes[at] = dice.below(256) as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(dice.range(bytes.len()))),
        4 => {
            let copy = bytes[dice.range(bytes.len())].to_vec();
            bytes.splice(at..at, copy);
        }
        5 => {
            let piece = PIECES[dice.below(PIECES.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
        6 => number(bytes, at, dice),
        7 => {
            let other = dice.range(bytes.len());
            let copy = bytes[other].to_vec();
            let end = (at + copy.len()).min(bytes.len());
            bytes.splice(at..end, copy);
        }
        _ => bytes.extend((0..dice.below(64)).map(|nth| nth as u8)),
    }
}

/// Overwrites four or eight bytes by a number.
fn number(bytes: &mut [u8], at: usize, dice: &mut Dice) {
    let number = NUMBERS[dice.below(NUMBERS.len())];
    let written: &[u8] = match dice.below(4) {
        0 => &number.to_le_bytes(),
        1 => &number.to_be_bytes(),
        2 => &(number as u32).to_le_bytes(),
        _ => &(number as u32).to_be_bytes(),
    };
    for (byte, new) in bytes[at..].iter_mut().zip(written) {
        *byte = *new;
    }
}
