//! Bytes of a text, refused at a long gap of zeros: a file with a hole, which may be terabytes long
//! and cost nothing, or one whose end a power failure took.

use std::fmt;
use std::io::{self, Read};

/// So many zero bytes in a row are no text in any encoding.
const GAP: usize = 4096;

/// A reader that ends with an error at a gap.
pub(crate) struct NoGaps<R> {
    bytes: R,
    /// Zero bytes since the last other one.
    zeros: usize,
}

#[derive(Debug)]
struct Gap;

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a gap of zero bytes")
    }
}

impl std::error::Error for Gap {}

/// Whether reading ended at a gap.
pub(crate) fn is_gap(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Gap>()).is_some()
}

impl<R: Read> NoGaps<R> {
    pub(crate) fn new(bytes: R) -> Self {
        Self { bytes, zeros: 0 }
    }

    /// Counts on, and says whether there was a gap.
    fn has_gap(&mut self, read: &[u8]) -> bool {
        for part in read.chunks(GAP) {
            // Most text has none at all.
            if !part.contains(&0) {
                self.zeros = 0;
                continue;
            }
            let leading = part.iter().take_while(|&&byte| byte == 0).count();
            if self.zeros + leading >= GAP {
                return true;
            }
            let trailing = part.iter().rev().take_while(|&&byte| byte == 0).count();
            self.zeros = if leading == part.len() { self.zeros + leading } else { trailing };
        }
        false
    }
}

impl<R: Read> Read for NoGaps<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        if self.has_gap(&buffer[..read]) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Gap));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the bytes come, and whatever stands around the gap.
    #[test]
    fn gaps_are_found_and_shorter_ones_are_none() {
        struct Parts<'a>(&'a [u8], usize);
        impl Read for Parts<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = self.1.min(buffer.len());
                (&mut self.0).take(length as u64).read(buffer)
            }
        }
        for before in [0, 1, 4095, 4096, 5000] {
            for (zeros, gap) in [(0, false), (4095, false), (4096, true), (9000, true)] {
                let bytes = [vec![b'x'; before], vec![0; zeros], vec![b'y'; 10]].concat();
                for part in [1, 1000, 4096, 1 << 20] {
                    let read = io::copy(&mut NoGaps::new(Parts(&bytes, part)), &mut io::sink());
                    assert_eq!(read.is_err_and(|error| is_gap(&error)), gap, "{before}, {zeros}, {part}");
                }
            }
        }
        let halves = [b"x".as_slice(), &[0; 4000], b"y", &[0; 4000]].concat();
        assert!(io::copy(&mut NoGaps::new(halves.as_slice()), &mut io::sink()).is_ok());
    }
}
