//! An image as tiles: squares of 4 x 4 outputs and the `n x n` inputs that they depend on, which
//! overlap. The loops of this file turn the pixels of a block of tiles into values at the points and
//! back, for 16 channels at a time.
//!
//! The values of a block are stored `[n n, tiles, channels]`: for each point, a matrix.

use crate::compute::vector::{LANES, Vector, VectorLoop};
use crate::layer::window::Window;
use crate::layer::winograd::transform::{MOST_POINTS, OUTPUTS, Points, Values};

/// Where the tiles of an image are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles {
    /// Height and width of the images that come in, in pixels.
    input: [usize; 2],
    /// Height and width of the images that go out.
    output: [usize; 2],
    /// Rows above the image and columns to its left that the first window covers.
    padding: [usize; 2],
}

impl Tiles {
    pub(super) fn new(window: &Window) -> Self {
        Self { input: window.input, output: window.output, padding: window.padding }
    }

    /// Tiles along an axis.
    fn along(&self, axis: usize) -> usize {
        self.output[axis].div_ceil(OUTPUTS)
    }

    /// Tiles of an image.
    pub(super) fn count(&self) -> usize {
        self.along(0).saturating_mul(self.along(1))
    }

    /// Pixel of the image that comes in, for an input of the tile with its first output at
    /// `corner`; `None` beside the image.
    #[inline(always)]
    fn input(&self, corner: [usize; 2], [y, x]: [usize; 2]) -> Option<usize> {
        let row = (corner[0] + y).checked_sub(self.padding[0]).filter(|&row| row < self.input[0])?;
        let column = (corner[1] + x).checked_sub(self.padding[1]).filter(|&column| column < self.input[1])?;
        Some(row * self.input[1] + column)
    }

    /// Pixel of the image that goes out; `None` beside the image.
    #[inline(always)]
    fn output(&self, corner: [usize; 2], [y, x]: [usize; 2]) -> Option<usize> {
        let (row, column) = (corner[0] + y, corner[1] + x);
        (row < self.output[0] && column < self.output[1]).then_some(row * self.output[1] + column)
    }
}

/// Tiles one after the other, through the images of several samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) tiles: Tiles,
    /// The first, counted from the first tile of the first image.
    pub(super) start: usize,
    pub(super) count: usize,
    /// Channels of the images and values in question.
    pub(super) channels: usize,
}

/// 16 channels of a tile.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Row and column of the tile's first output.
    corner: [usize; 2],
    /// Pixels of all images before this one: of those that come in, and of those that go out.
    before: [usize; 2],
    channels: usize,
    /// The first of the 16 channels.
    channel: usize,
    /// Numbers from one point to the next, and where the values of the first point are.
    stride: usize,
    first: usize,
}

impl Block {
    #[inline(always)]
    fn each(&self, mut visit: impl FnMut(Place)) {
        let (tiles, channels) = (&self.tiles, self.channels);
        let [input, output] = [tiles.input, tiles.output].map(|[height, width]| height * width);
        for tile in 0..self.count {
            let (image, of_image) =
                ((self.start + tile) / tiles.count(), (self.start + tile) % tiles.count());
            let corner = [of_image / tiles.along(1) * OUTPUTS, of_image % tiles.along(1) * OUTPUTS];
            for channel in (0..channels).step_by(LANES) {
                visit(Place {
                    corner,
                    before: [image * input, image * output],
                    channels,
                    channel,
                    stride: self.count * channels,
                    first: tile * channels + channel,
                });
            }
        }
    }
}

impl Place {
    /// Where the channels of an input are in the images that come in.
    #[inline(always)]
    fn input(&self, tiles: &Tiles, at: [usize; 2]) -> Option<usize> {
        Some((self.before[0] + tiles.input(self.corner, at)?) * self.channels + self.channel)
    }

    /// Where the channels of an output are in the images that go out.
    #[inline(always)]
    fn output(&self, tiles: &Tiles, at: [usize; 2]) -> Option<usize> {
        Some((self.before[1] + tiles.output(self.corner, at)?) * self.channels + self.channel)
    }

    /// The values at `n` points, from point `first` on.
    #[inline(always)]
    fn load<V: Vector>(&self, values: &[f32], first: usize, n: usize) -> Values<V> {
        let mut row = [V::zero(); MOST_POINTS];
        for (point, number) in row.iter_mut().enumerate().take(n) {
            *number = V::load(&values[(first + point) * self.stride + self.first..]);
        }
        row
    }

    #[inline(always)]
    fn store<V: Vector>(&self, row: &Values<V>, values: &mut [f32], first: usize, n: usize) {
        for (point, number) in row.iter().enumerate().take(n) {
            number.store(&mut values[(first + point) * self.stride + self.first..]);
        }
    }
}

/// The values of the inputs of each tile: Bᵀ d B.
pub(super) struct Inputs<'a, const PAIRS: usize> {
    pub(super) block: Block,
    pub(super) images: &'a [f32],
    pub(super) values: &'a mut [f32],
}

impl<const PAIRS: usize> VectorLoop for Inputs<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let n = Points::<PAIRS>::COUNT;
        self.block.each(|place| {
            let mut half = [[V::zero(); MOST_POINTS]; MOST_POINTS];
            for x in 0..n {
                let mut column = [V::zero(); MOST_POINTS];
                for (y, pixel) in column.iter_mut().enumerate().take(n) {
                    if let Some(at) = place.input(&self.block.tiles, [y, x]) {
                        *pixel = V::load(&self.images[at..]);
                    }
                }
                spread(&Points::<PAIRS>::inputs(&column), &mut half, x);
            }
            for (y, row) in half.iter().enumerate().take(n) {
                place.store(&Points::<PAIRS>::inputs(row), self.values, y * n, n);
            }
        });
    }
}

/// Adds the gradient of the values of the inputs to that of the images: B m Bᵀ.
pub(super) struct AddInputs<'a, const PAIRS: usize> {
    pub(super) block: Block,
    pub(super) values: &'a [f32],
    pub(super) images: &'a mut [f32],
}

impl<const PAIRS: usize> VectorLoop for AddInputs<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let n = Points::<PAIRS>::COUNT;
        self.block.each(|place| {
            let mut half = [[V::zero(); MOST_POINTS]; MOST_POINTS];
            for y in 0..n {
                let row = place.load::<V>(self.values, y * n, n);
                spread(&Points::<PAIRS>::inputs_transposed(&row), &mut half, y);
            }
            for (x, column) in half.iter().enumerate().take(n) {
                let pixels = Points::<PAIRS>::inputs_transposed(column);
                for (y, &pixel) in pixels.iter().enumerate().take(n) {
                    if let Some(at) = place.input(&self.block.tiles, [y, x]) {
                        let to = &mut self.images[at..];
                        V::load(to).plus(pixel).store(to);
                    }
                }
            }
        });
    }
}

/// The outputs of each tile: Aᵀ m A, and `bias`, where there is one.
pub(super) struct Outputs<'a, const PAIRS: usize> {
    pub(super) block: Block,
    pub(super) values: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) images: &'a mut [f32],
}

impl<const PAIRS: usize> VectorLoop for Outputs<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let n = Points::<PAIRS>::COUNT;
        self.block.each(|place| {
            let bias = self.bias.map_or(V::zero(), |bias| V::load(&bias[place.channel..]));
            let mut half = [[V::zero(); MOST_POINTS]; OUTPUTS];
            for y in 0..n {
                let row = Points::<PAIRS>::outputs(&place.load::<V>(self.values, y * n, n));
                spread(&row, &mut half, y);
            }
            for (x, column) in half.iter().enumerate() {
                for (y, pixel) in Points::<PAIRS>::outputs(column).into_iter().enumerate() {
                    if let Some(at) = place.output(&self.block.tiles, [y, x]) {
                        pixel.plus(bias).store(&mut self.images[at..]);
                    }
                }
            }
        });
    }
}

/// The gradient of the values from that of the outputs of each tile: A dy Aᵀ.
pub(super) struct Slopes<'a, const PAIRS: usize> {
    pub(super) block: Block,
    pub(super) images: &'a [f32],
    pub(super) values: &'a mut [f32],
}

impl<const PAIRS: usize> VectorLoop for Slopes<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let n = Points::<PAIRS>::COUNT;
        self.block.each(|place| {
            let mut half = [[V::zero(); OUTPUTS]; MOST_POINTS];
            for x in 0..OUTPUTS {
                let mut column = [V::zero(); OUTPUTS];
                for (y, pixel) in column.iter_mut().enumerate() {
                    if let Some(at) = place.output(&self.block.tiles, [y, x]) {
                        *pixel = V::load(&self.images[at..]);
                    }
                }
                spread(&Points::<PAIRS>::outputs_transposed(&column), &mut half, x);
            }
            for (y, row) in half.iter().enumerate().take(n) {
                place.store(&Points::<PAIRS>::outputs_transposed(row), self.values, y * n, n);
            }
        });
    }
}

/// Writes the numbers to the same place of each row.
#[inline(always)]
fn spread<V: Copy, const COUNT: usize, const WIDTH: usize>(
    numbers: &[V; COUNT],
    rows: &mut [[V; WIDTH]; COUNT],
    at: usize,
) {
    for (row, &number) in rows.iter_mut().zip(numbers) {
        row[at] = number;
    }
}
