//! A window that slides over images: which pixels it covers at each position. Convolutions and
//! pools have it in common.
//!
//! Left out: what is done with the pixels.

/// A window that slides over images. Pairs are (vertical, horizontal).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// Height and width of the images that come in, in pixels.
    pub(crate) input: [usize; 2],
    /// Positions of the window, from top to bottom and from left to right.
    pub(crate) output: [usize; 2],
    /// Pixels that it covers, its *taps*.
    pub(crate) size: [usize; 2],
    /// Pixels from one position to the next.
    pub(crate) stride: [usize; 2],
    /// Rows above the image and columns to its left that the first position covers. What lies below
    /// and to the right follows from `output`.
    pub(crate) padding: [usize; 2],
    /// Pixels from one tap to the next.
    pub(crate) dilation: [usize; 2],
}

impl Window {
    /// Positions in one image.
    pub(crate) fn positions(&self) -> usize {
        self.output[0].saturating_mul(self.output[1])
    }

    /// Pixels of one image.
    pub(crate) fn pixels(&self) -> usize {
        self.input[0].saturating_mul(self.input[1])
    }

    /// Pixels under the window.
    pub(crate) fn taps(&self) -> usize {
        self.size[0].saturating_mul(self.size[1])
    }

    /// Whether each pixel is under the window at exactly one position.
    pub(crate) fn covers_once(&self) -> bool {
        (0..2).all(|axis| {
            self.stride[axis] == self.size[axis]
                && self.output[axis] * self.stride[axis] == self.input[axis]
                && self.padding[axis] == 0
                && self.dilation[axis] == 1
        })
    }

    /// Row and column of the position with this index.
    pub(crate) fn place(&self, position: usize) -> [usize; 2] {
        [position / self.output[1], position % self.output[1]]
    }

    /// Index of the pixel under a tap; `None` beside the image.
    pub(crate) fn pixel(&self, place: [usize; 2], tap: [usize; 2]) -> Option<usize> {
        Some(self.along(0, place, tap[0])? * self.input[1] + self.along(1, place, tap[1])?)
    }

    /// Row (axis 0) or column (axis 1) of the image under a tap.
    pub(crate) fn along(&self, axis: usize, place: [usize; 2], tap: usize) -> Option<usize> {
        (place[axis] * self.stride[axis] + tap * self.dilation[axis])
            .checked_sub(self.padding[axis])
            .filter(|&at| at < self.input[axis])
    }

    /// Calls `visit` with the index of each pixel under the window, row by row, and of its tap.
    #[inline(always)]
    pub(crate) fn each_pixel(&self, place: [usize; 2], mut visit: impl FnMut(usize, usize)) {
        for y in 0..self.size[0] {
            for x in 0..self.size[1] {
                if let Some(pixel) = self.pixel(place, [y, x]) {
                    visit(y * self.size[1] + x, pixel);
                }
            }
        }
    }
}
