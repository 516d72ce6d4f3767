//! One decoded image, and what is done to it before it is stored: turned upright, laid on white
//! where it is transparent, and divided into channels.

use crate::image_size::ImageSize;
use crate::images::exif::Orientation;

/// Pixels as a file has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) size: ImageSize,
    /// 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha.
    pub(crate) channels: usize,
    /// `[height, width, channels]`.
    pub(crate) values: Vec<u8>,
}

impl Picture {
    /// The picture on white, without alpha, and whether any of it was transparent. The colour of a
    /// transparent pixel means nothing, so leaving out alpha alone would show what nobody painted.
    pub(crate) fn on_white(self) -> (Self, bool) {
        if !self.channels.is_multiple_of(2) {
            return (self, false);
        }
        let colours = self.channels - 1;
        let transparent = self.values.chunks_exact(self.channels).any(|pixel| pixel[colours] < u8::MAX);
        let mut values = Vec::with_capacity(self.values.len() / self.channels * colours);
        for pixel in self.values.chunks_exact(self.channels) {
            values.extend(pixel[..colours].iter().map(|&colour| blended(colour, pixel[colours])));
        }
        (Self { channels: colours, values, ..self }, transparent)
    }

    /// The picture as it is to be shown.
    pub(crate) fn turned(self, orientation: Orientation) -> Self {
        if orientation == Orientation::default() {
            return self;
        }
        let size = turned_size(self.size, orientation);
        let mut values = Vec::with_capacity(self.values.len());
        for row in 0..size.height {
            let row = if orientation.flipped { size.height - 1 - row } else { row } as usize;
            for column in 0..size.width {
                let column = if orientation.mirrored { size.width - 1 - column } else { column } as usize;
                let (row, column) = if orientation.transposed { (column, row) } else { (row, column) };
                let at = (row * self.size.width as usize + column) * self.channels;
                values.extend_from_slice(&self.values[at..][..self.channels]);
            }
        }
        Self { size, channels: self.channels, values }
    }

    /// The values channel by channel, `[channels, height, width]`: three channels if `colour`, all
    /// of them the same for a grey picture. The picture has no alpha.
    pub(crate) fn planes(self, colour: bool) -> Vec<u8> {
        match (self.channels, colour) {
            (1, false) => self.values,
            (1, true) => self.values.repeat(3),
            (channels, _) => {
                let plane = |channel| self.values.iter().skip(channel).step_by(channels).copied();
                (0..channels).flat_map(plane).collect()
            }
        }
    }
}

/// The size of an image that is turned.
pub(crate) fn turned_size(size: ImageSize, orientation: Orientation) -> ImageSize {
    let ImageSize { height, width } = size;
    if orientation.transposed { ImageSize { height: width, width: height } } else { size }
}

/// A colour on white, rounded.
fn blended(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(height: u32, width: u32, values: &[u8]) -> Picture {
        Picture { size: ImageSize { height, width }, channels: 1, values: values.to_vec() }
    }

    /// The eight orientations, each by what the letter F looks like in the file.
    #[test]
    fn every_orientation_shows_the_same_image() {
        let upright = grey(3, 2, &[1, 2, 3, 4, 5, 6]);
        let orientation = |flipped, mirrored, transposed| Orientation { flipped, mirrored, transposed };
        for (orientation, stored) in [
            (orientation(false, false, false), grey(3, 2, &[1, 2, 3, 4, 5, 6])),
            (orientation(false, true, false), grey(3, 2, &[2, 1, 4, 3, 6, 5])),
            (orientation(true, true, false), grey(3, 2, &[6, 5, 4, 3, 2, 1])),
            (orientation(true, false, false), grey(3, 2, &[5, 6, 3, 4, 1, 2])),
            (orientation(false, false, true), grey(2, 3, &[1, 3, 5, 2, 4, 6])),
            // 6: the camera was held so that the file must be turned clockwise.
            (orientation(false, true, true), grey(2, 3, &[2, 4, 6, 1, 3, 5])),
            (orientation(true, true, true), grey(2, 3, &[6, 4, 2, 5, 3, 1])),
            (orientation(true, false, true), grey(2, 3, &[5, 3, 1, 6, 4, 2])),
        ] {
            assert_eq!(stored.clone().turned(orientation), upright, "{orientation:?} {stored:?}");
        }
    }

    #[test]
    fn transparency_is_laid_on_white() {
        let picture = Picture {
            size: ImageSize { height: 1, width: 3 },
            channels: 4,
            values: vec![10, 20, 30, 255, 7, 8, 9, 0, 0, 100, 255, 128],
        };
        let (opaque, transparent) = picture.on_white();
        assert_eq!(opaque.values, [10, 20, 30, 255, 255, 255, 127, 177, 255]);
        assert_eq!((opaque.channels, transparent), (3, true));
        let solid = Picture { channels: 2, values: vec![4, 255], ..grey(1, 1, &[]) };
        assert_eq!(solid.on_white(), (grey(1, 1, &[4]), false));
    }

    #[test]
    fn channels_are_divided_and_grey_becomes_colour() {
        let colour = Picture { channels: 3, values: vec![1, 2, 3, 4, 5, 6], ..grey(1, 2, &[]) };
        assert_eq!(colour.planes(true), [1, 4, 2, 5, 3, 6]);
        assert_eq!(grey(1, 2, &[7, 8]).planes(true), [7, 8, 7, 8, 7, 8]);
        assert_eq!(grey(1, 2, &[7, 8]).planes(false), [7, 8]);
    }
}
