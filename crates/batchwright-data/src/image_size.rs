//! Height and width of an image: the value of `--image-size`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Height and width in pixels, each at least 1 where it comes from a file or a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ImageSize {
    /// Rows of pixels.
    pub height: u32,
    /// Columns of pixels.
    pub width: u32,
}

impl ImageSize {
    /// The longest side that `--image-size` accepts.
    const LONGEST: u32 = 16_384;

    /// Number of pixels.
    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.height) * u64::from(self.width)
    }
}

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give height and width such as 32x48, or one number for both, each 1 to {}", ImageSize::LONGEST)]
pub struct ImageSizeError;

impl FromStr for ImageSize {
    type Err = ImageSizeError;

    fn from_str(text: &str) -> Result<Self, ImageSizeError> {
        let side = |text: &str| {
            let side = text.parse().ok().filter(|side| (1..=Self::LONGEST).contains(side));
            side.ok_or(ImageSizeError)
        };
        let (height, width) = text.split_once(['x', 'X']).unwrap_or((text, text));
        Ok(Self { height: side(height)?, width: side(width)? })
    }
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A size that is written is read as itself: a resumed run reads its flags again.
    #[test]
    fn sizes_are_read_and_written() {
        for (text, height, width) in [("32", 32, 32), ("8x12", 8, 12), ("1X16384", 1, 16_384)] {
            let size: ImageSize = text.parse().unwrap();
            assert_eq!(size, ImageSize { height, width });
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        for text in ["", "0", "x", "8x", "8x0", "8x8x8", "-8", "16385", "8 x 8", "99999999999"] {
            assert_eq!(text.parse::<ImageSize>(), Err(ImageSizeError), "{text}");
        }
    }
}
