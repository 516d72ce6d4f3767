//! Numbers as bytes and back, bit for bit: what a checkpoint is written with. Little-endian; a list
//! begins with its length.
//!
//! JSON would not do: it has no NaN, and a loss that is one must come back as that same one. Left
//! out: what the numbers mean, and whether the bytes are those that were written (`checkpoint`).

/// Appends numbers to a buffer that is used again and again, or only counts their bytes.
#[derive(Debug)]
pub(crate) struct Encoder<'a> {
    bytes: Option<&'a mut Vec<u8>>,
    length: usize,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { length: bytes.len(), bytes: Some(bytes) }
    }

    /// The bytes that `encode` writes.
    pub(crate) fn count(encode: impl FnOnce(&mut Encoder)) -> usize {
        let mut counter = Self { bytes: None, length: 0 };
        encode(&mut counter);
        counter.length
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.length += 8;
        if let Some(bytes) = &mut self.bytes {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }

    pub(crate) fn optional(&mut self, value: Option<f64>) {
        self.u64(value.is_some().into());
        self.f64(value.unwrap_or(0.0));
    }

    pub(crate) fn f32s(&mut self, values: &[f32]) {
        self.u64(values.len() as u64);
        let start = self.length;
        self.length += 4 * values.len();
        let Some(bytes) = &mut self.bytes else { return };
        bytes.resize(self.length, 0);
        for (bytes, value) in bytes[start..].chunks_exact_mut(4).zip(values) {
            bytes.copy_from_slice(&value.to_le_bytes());
        }
    }
}

/// The bytes end before the value, or go on after the last one, or a value is none that an
/// [`Encoder`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Undecodable;

/// Takes numbers off the front of some bytes.
#[derive(Debug)]
pub(crate) struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Undecodable> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Undecodable)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Undecodable> {
        let bytes = self.bytes(8)?.try_into().map_err(|_| Undecodable)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, Undecodable> {
        self.u64().map(f64::from_bits)
    }

    pub(crate) fn optional(&mut self) -> Result<Option<f64>, Undecodable> {
        let (present, value) = (self.u64()?, self.f64()?);
        match present {
            0 => Ok(None),
            1 => Ok(Some(value)),
            _ => Err(Undecodable),
        }
    }

    /// The length of a list whose entries have `size` bytes at least: never more than there are
    /// bytes, so that a made-up length takes no memory.
    pub(crate) fn length(&mut self, size: usize) -> Result<usize, Undecodable> {
        let length = usize::try_from(self.u64()?).map_err(|_| Undecodable)?;
        let bytes = length.checked_mul(size).ok_or(Undecodable)?;
        if bytes <= self.0.len() { Ok(length) } else { Err(Undecodable) }
    }

    pub(crate) fn f32s(&mut self) -> Result<Vec<f32>, Undecodable> {
        let length = self.length(4)?;
        let number = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        Ok(self.bytes(4 * length)?.chunks_exact(4).map(number).collect())
    }

    /// Refuses bytes after the last value.
    pub(crate) fn end(self) -> Result<(), Undecodable> {
        if self.0.is_empty() { Ok(()) } else { Err(Undecodable) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NaN has many bit patterns, and 0 two signs.
    #[test]
    fn every_bit_comes_back() {
        let odd = [f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_0000_0001), -0.0, f64::INFINITY];
        let floats = [f32::NAN, f32::from_bits(0xffff_ffff), -0.0, 1e-45];
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes);
        odd.iter().for_each(|&value| encoder.f64(value));
        encoder.f32s(&floats);
        encoder.optional(None);
        encoder.optional(Some(f64::NAN));
        let mut decoder = Decoder::new(&bytes);
        for value in odd {
            assert_eq!(decoder.f64().unwrap().to_bits(), value.to_bits());
        }
        let back: Vec<u32> = decoder.f32s().unwrap().iter().map(|value| value.to_bits()).collect();
        assert_eq!(back, floats.map(f32::to_bits));
        assert_eq!(decoder.optional(), Ok(None));
        assert!(decoder.optional().unwrap().is_some_and(f64::is_nan));
        decoder.end().unwrap();
    }

    #[test]
    fn what_was_not_written_is_refused_without_taking_memory() {
        let huge = u64::MAX.to_le_bytes();
        assert_eq!(Decoder::new(&huge).f32s(), Err(Undecodable));
        assert_eq!(Decoder::new(&huge[1..]).u64(), Err(Undecodable));
        assert_eq!(Decoder::new(&[2; 16]).optional(), Err(Undecodable));
        assert_eq!(Decoder::new(&[0]).end(), Err(Undecodable));
    }
}
