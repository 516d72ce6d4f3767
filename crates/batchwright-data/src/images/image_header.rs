//! What the header of an image file tells.

use crate::image_size::ImageSize;
use crate::images::exif::Orientation;
use crate::images::picture::turned_size;

/// What is known of an image before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageHeader {
    /// Size in the file, before it is turned.
    pub(crate) stored: ImageSize,
    pub(crate) colour: bool,
    /// Whether its values have more than 8 bits, which are reduced to 8.
    pub(crate) deep: bool,
    pub(crate) orientation: Orientation,
    /// Bytes that decoding takes.
    pub(crate) room: u64,
}

impl ImageHeader {
    /// Size as the image is shown.
    pub(crate) fn size(&self) -> ImageSize {
        turned_size(self.stored, self.orientation)
    }
}
