//! Images as they come from disk: one byte per value, not expanded to floating point (MNIST stays
//! 55 MB instead of 220).

pub(crate) mod cifar;
pub(crate) mod class_folders;
pub(crate) mod digits;
pub(crate) mod exif;
pub(crate) mod idx;
pub(crate) mod idx_file;
pub(crate) mod image_file;
pub(crate) mod image_folder;
pub(crate) mod image_header;
pub(crate) mod jpeg_file;
pub(crate) mod needs;
pub(crate) mod picture;
pub(crate) mod png_file;
pub(crate) mod resize;

/// Images of one shape, image by image, channel by channel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// (channels, height, width), each at least 1.
    pub shape: [usize; 3],
    /// Values `[N, channels, height, width]`.
    pub pixels: Vec<u8>,
    /// The largest pixel value (full ink or light): 255 for most formats, 16 for the embedded
    /// digits.
    pub white: u8,
    /// Whether the images were resized to this shape, as those of the model will be.
    pub resized: bool,
}

impl Images {
    /// Values in one image.
    pub fn image_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.image_len()
    }

    /// True when there is no image.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// The values of one image `[channels, height, width]`.
    ///
    /// # Panics
    /// If `row` is not below [`Images::len`].
    pub fn image(&self, row: u32) -> &[u8] {
        let len = self.image_len();
        &self.pixels[row as usize * len..][..len]
    }
}
