//! Sizes of windows, as they are written: one number for both directions, or height and width.

use serde::{Deserialize, Serialize};

/// A number of pixels from top to bottom, and one from left to right. Written `3` or `[3, 5]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of pixels, or [height, width]")]
pub enum Extent {
    /// The same in both directions.
    Both(usize),
    /// Vertical, then horizontal.
    Each([usize; 2]),
}

impl Extent {
    /// Vertical, then horizontal.
    pub fn pair(self) -> [usize; 2] {
        match self {
            Self::Both(pixels) => [pixels; 2],
            Self::Each(pair) => pair,
        }
    }
}

/// Pixels that are added around an image. Written `2`, `[2, 0]` or `"same"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected \"same\", a number of pixels, or [height, width]")]
pub enum Padding {
    /// As many as make the output as large as the input; only with stride 1. An odd number has one
    /// more below and to the right, as in PyTorch.
    Named(NamedPadding),
    /// So many on each side.
    Pixels(Extent),
}

/// A padding that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedPadding {
    /// See [`Padding::Named`].
    Same,
}

/// A convolution of images, without the sizes that depend on the layer before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    /// Channels that go out, at least 1.
    pub outputs: usize,
    /// Pixels under the window, at least 1.
    pub kernel: Extent,
    /// Pixels from one position to the next, at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub stride: Extent,
    /// Zeros around the image.
    #[serde(default = "none", skip_serializing_if = "is_none")]
    pub padding: Padding,
    /// Pixels from one pixel under the window to the next, at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub dilation: Extent,
    /// Parts of the channels that do not see each other. As many as channels: depthwise.
    #[serde(default = "one_group", skip_serializing_if = "is_one_group")]
    pub groups: usize,
    /// Whether it has a bias.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub bias: bool,
}

impl Convolution {
    /// With a bias, stride 1, and an output as large as the input.
    pub fn same(outputs: usize, kernel: usize) -> Self {
        Self {
            outputs,
            kernel: Extent::Both(kernel),
            stride: one(),
            padding: Padding::Named(NamedPadding::Same),
            dilation: one(),
            groups: 1,
            bias: true,
        }
    }
}

/// A pool, without the sizes that depend on the layer before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolWindow {
    /// Pixels under the window, at least 1.
    pub size: Extent,
    /// Pixels from one position to the next, at least 1; the size if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Extent>,
    /// Pixels around the image, at most half the size. In a mean they count as zeros, in a maximum
    /// they are left out.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub padding: Extent,
}

impl PoolWindow {
    /// Windows side by side.
    pub fn tiles(size: usize) -> Self {
        Self { size: Extent::Both(size), stride: None, padding: zero() }
    }
}

fn yes() -> bool {
    true
}

fn one_group() -> usize {
    1
}

fn one() -> Extent {
    Extent::Both(1)
}

fn zero() -> Extent {
    Extent::Both(0)
}

fn none() -> Padding {
    Padding::Pixels(zero())
}

// What is left out in a file.

fn is_yes(value: &bool) -> bool {
    *value
}

fn is_one_group(groups: &usize) -> bool {
    *groups == one_group()
}

fn is_one(extent: &Extent) -> bool {
    *extent == one()
}

fn is_zero(extent: &Extent) -> bool {
    *extent == zero()
}

fn is_none(padding: &Padding) -> bool {
    *padding == none()
}
