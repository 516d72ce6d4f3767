//! The framing of TensorFlow's record files: length, its checksum, data, its checksum.
//!
//! ```text
//! u64 length | u32 checksum of these 8 bytes | length bytes | u32 checksum of the data
//! ```
//!
//! All numbers are little-endian.
//!
//! A checksum is CRC-32C, rotated and shifted ("masked") so that a checksum of a checksum is not a
//! constant. See
//! <https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>.

use std::io::{Read, Result, Seek, SeekFrom};

/// Longer records, in bytes, are pictures and graphs; they are skipped.
const LONGEST: u64 = 1 << 20;
const HEAD: usize = 12;
const CHECKSUM: usize = 4;

/// The content of a file at a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NextRecord {
    /// A record, and where the next one starts.
    Record(Vec<u8>, u64),
    /// A record that is too long to be a number, and where the next one starts.
    Long(u64),
    /// A record that is not yet complete.
    Incomplete,
    /// A wrong checksum.
    Damaged,
}

/// Reads the record at `at` of a file of `length` bytes.
pub(crate) fn next(file: &mut (impl Read + Seek), at: u64, length: u64) -> Result<NextRecord> {
    if length.saturating_sub(at) < (HEAD + CHECKSUM) as u64 {
        return Ok(NextRecord::Incomplete);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut head = [0; HEAD];
    file.read_exact(&mut head)?;
    let Some(data) = length_of(&head) else { return Ok(NextRecord::Damaged) };
    let Some(end) = at.checked_add((HEAD + CHECKSUM) as u64).and_then(|end| end.checked_add(data)) else {
        return Ok(NextRecord::Damaged);
    };
    if end > length {
        return Ok(NextRecord::Incomplete);
    }
    if data > LONGEST {
        return Ok(NextRecord::Long(end));
    }
    let mut bytes = vec![0; data as usize + CHECKSUM];
    file.read_exact(&mut bytes)?;
    Ok(record(bytes).map_or(NextRecord::Damaged, |bytes| NextRecord::Record(bytes, end)))
}

/// The length in a head, if its checksum is right.
fn length_of(head: &[u8; HEAD]) -> Option<u64> {
    let (length, sum) = head.split_first_chunk::<8>()?;
    (sum == masked(crc32c(length)).to_le_bytes()).then(|| u64::from_le_bytes(*length))
}

/// The data without the checksum after it, if that is right.
fn record(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let (data, sum) = bytes.split_last_chunk::<CHECKSUM>()?;
    let right = *sum == masked(crc32c(data)).to_le_bytes();
    bytes.truncate(bytes.len() - CHECKSUM);
    right.then_some(bytes)
}

fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Castagnoli's polynomial, bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};

fn crc32c(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |sum, &byte| (sum >> 8) ^ TABLE[((sum ^ u32::from(byte)) & 0xff) as usize])
}

/// A record with its frame, as it stands in a file: `data` is one event of TensorBoard, as a message of
/// protocol buffers.
#[must_use]
pub fn framed_record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let sums = [masked(crc32c(&length)).to_le_bytes(), masked(crc32c(data)).to_le_bytes()];
    [&length[..], &sums[0], data, &sums[1]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn next_of(bytes: &[u8]) -> NextRecord {
        next(&mut Cursor::new(bytes), 0, bytes.len() as u64).unwrap()
    }

    /// Test vectors of RFC 3720, appendix B.4.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!([crc32c(&[0; 32]), crc32c(&[0xff; 32])], [0x8a91_36aa, 0x62a8_ab43]);
        assert_eq!(crc32c(&std::array::from_fn::<u8, 32, _>(|i| i as u8)), 0x46dd_794e);
    }

    #[test]
    fn a_record_is_read_and_not_half_of_it() {
        let bytes = [framed_record(b"abc"), framed_record(b"")].concat();
        assert_eq!(next_of(&bytes), NextRecord::Record(b"abc".to_vec(), 19));
        assert_eq!(
            next(&mut Cursor::new(&bytes), 19, bytes.len() as u64).unwrap(),
            NextRecord::Record(Vec::new(), 35)
        );
        for cut in 0..19 {
            assert_eq!(next_of(&bytes[..cut]), NextRecord::Incomplete);
        }
    }

    /// A record of 2^64 bytes would be allocated.
    #[test]
    fn hostile_lengths_cost_nothing() {
        for length in [u64::MAX, u64::MAX - 16, 1 << 40] {
            let length = length.to_le_bytes();
            let bytes = [&length[..], &masked(crc32c(&length)).to_le_bytes(), &[0; 16]].concat();
            assert!(matches!(next_of(&bytes), NextRecord::Damaged | NextRecord::Incomplete));
        }
        assert_eq!(next_of(&framed_record(&vec![0; 1 << 21])), NextRecord::Long((1 << 21) + 16));
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_noticed(bit in 0_usize..19 * 8) {
            let mut bytes = framed_record(b"abc");
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(next_of(&bytes), NextRecord::Damaged);
        }
    }
}
