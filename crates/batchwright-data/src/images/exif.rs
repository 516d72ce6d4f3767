//! How an image is to be turned to stand upright: the one value of EXIF data that is read.
//!
//! EXIF data is a TIFF file: byte order, place of the first directory, and in it entries of 12
//! bytes. Whatever is not of this form says nothing. Left out: all other entries and directories.

/// How the pixels of a file become the image that is shown. The steps are applied to the place in
/// the shown image, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    /// Top and bottom are exchanged.
    pub(crate) flipped: bool,
    /// Left and right are exchanged.
    pub(crate) mirrored: bool,
    /// Rows and columns are exchanged.
    pub(crate) transposed: bool,
}

const ORIENTATION: u16 = 0x0112;
const PREFIX: &[u8] = b"Exif\0\0";

impl Orientation {
    /// What these EXIF data say; upright if they say nothing.
    pub(crate) fn of_exif(exif: &[u8]) -> Self {
        value(exif.strip_prefix(PREFIX).unwrap_or(exif)).map_or_else(Self::default, Self::numbered)
    }

    /// The orientations of EXIF, 1 to 8; upright for other numbers.
    fn numbered(number: u16) -> Self {
        let (flipped, mirrored) = match number {
            2 | 6 => (false, true),
            3 | 7 => (true, true),
            4 | 8 => (true, false),
            _ => (false, false),
        };
        Self { flipped, mirrored, transposed: (5..=8).contains(&number) }
    }
}

fn value(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let place = tiff.get(4..8)?.try_into().ok()?;
    let directory = if little { u32::from_le_bytes(place) } else { u32::from_be_bytes(place) } as usize;
    let entries = usize::from(short(directory)?);
    let entry = |nth: usize| directory.checked_add(2 + 12 * nth);
    let found = (0..entries).map_while(entry).find(|&entry| short(entry) == Some(ORIENTATION))?;
    short(found + 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exif(little: bool, number: u16) -> Vec<u8> {
        let short = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let start: &[u8] = if little { b"II*\0" } else { b"MM\0*" };
        let mut bytes = [start, &long(8), &short(2)].concat();
        for (tag, value) in [(0x0100, 7), (ORIENTATION, number)] {
            bytes.extend([&short(tag)[..], &short(3), &long(1), &short(value), &short(0)].concat());
        }
        bytes
    }

    #[test]
    fn both_byte_orders_are_read_with_and_without_their_prefix() {
        let turned = Orientation { flipped: false, mirrored: true, transposed: true };
        for little in [false, true] {
            let plain = exif(little, 6);
            assert_eq!(Orientation::of_exif(&plain), turned);
            assert_eq!(Orientation::of_exif(&[PREFIX, &plain].concat()), turned);
        }
    }

    /// EXIF data of cameras are often cut or made by hand.
    #[test]
    fn data_that_is_cut_or_says_nothing_is_upright() {
        let whole = exif(true, 6);
        for end in 0..whole.len() - 2 {
            assert_eq!(Orientation::of_exif(&whole[..end]), Orientation::default(), "{end}");
        }
        for number in [0, 1, 9, u16::MAX] {
            assert_eq!(Orientation::of_exif(&exif(false, number)), Orientation::default());
        }
        let far = [&b"II*\0"[..], &u32::MAX.to_le_bytes()].concat();
        assert_eq!(Orientation::of_exif(&far), Orientation::default());
    }
}
