//! The part of the wire format of protocol buffers that an event file needs: the fields of one
//! message, in order.
//!
//! See <https://protobuf.dev/programming-guides/encoding/>. Left out: groups, which are deprecated.

/// A field's value, by its wire type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The fields of a message as (number, value). Ends after the first field that cannot be read.
pub(crate) fn fields(mut message: &[u8]) -> impl Iterator<Item = Result<(u64, Wire<'_>), Malformed>> {
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let field = field(&mut message);
        if field.is_none() {
            message = &[];
        }
        Some(field.ok_or(Malformed))
    })
}

fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, Wire<'a>)> {
    let key = varint(message)?;
    let value = match key & 7 {
        0 => Wire::Varint(varint(message)?),
        1 => Wire::Fixed64(fixed(message)?),
        2 => {
            let length = usize::try_from(varint(message)?).ok()?;
            let (bytes, rest) = message.split_at_checked(length)?;
            *message = rest;
            Wire::Bytes(bytes)
        }
        5 => Wire::Fixed32(fixed(message)?),
        _ => return None,
    };
    Some((key >> 3, value))
}

/// Seven bits per byte, the lowest bits first; at most ten bytes.
fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn fixed<const N: usize>(message: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = message.split_first_chunk()?;
    *message = rest;
    Some(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(message: &[u8]) -> Result<Vec<(u64, Wire<'_>)>, Malformed> {
        fields(message).collect()
    }

    /// The examples of the format's documentation.
    #[test]
    fn documented_examples() {
        assert_eq!(all(&[0x08, 0x96, 0x01]), Ok(vec![(1, Wire::Varint(150))]));
        assert_eq!(all(b"\x12\x07testing"), Ok(vec![(2, Wire::Bytes(b"testing"))]));
        assert_eq!(all(&[0x0d, 0, 0, 0x80, 0x3f]), Ok(vec![(1, Wire::Fixed32(1.0_f32.to_le_bytes()))]));
    }

    #[test]
    fn lengths_beyond_the_end_are_malformed() {
        for bytes in [
            &[0x12, 0x7f][..],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x08],
            &[0x09, 0],
            &[0x0b],
            &[0xff; 11],
        ] {
            assert_eq!(all(bytes), Err(Malformed), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(fields(&bytes).count() <= bytes.len());
        }
    }
}
