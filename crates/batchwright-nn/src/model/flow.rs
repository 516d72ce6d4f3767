//! What flows from one layer to the next, for each sample.

use batchwright_data::{ImageShape, InputKind, SampleShape};

/// Shape of one sample between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Numbers without an order.
    Vector {
        /// How many.
        width: usize,
    },
    /// An image, in memory `[height, width, channels]`.
    Image {
        /// Numbers for each pixel.
        channels: usize,
        /// Pixels from top to bottom.
        height: usize,
        /// Pixels from left to right.
        width: usize,
    },
    /// Token ids.
    Tokens {
        /// How many.
        length: usize,
    },
    /// A list of vectors, `[length, width]`.
    Sequence {
        /// Positions.
        length: usize,
        /// Numbers at each position.
        width: usize,
    },
}

impl Flow {
    /// A sample as it comes in.
    pub fn of(shape: SampleShape) -> Self {
        match (shape.kind, shape.image) {
            (InputKind::Tokens, _) => Self::Tokens { length: shape.inputs },
            (InputKind::Numbers, Some(ImageShape { channels, height, width })) => {
                Self::Image { channels, height, width }
            }
            (InputKind::Numbers, None) => Self::Vector { width: shape.inputs },
        }
    }

    /// Its sizes, in the order in which they are written.
    pub fn dimensions(self) -> Vec<usize> {
        match self {
            Self::Vector { width } => vec![width],
            Self::Image { channels, height, width } => vec![channels, height, width],
            Self::Tokens { length } => vec![length],
            Self::Sequence { length, width } => vec![length, width],
        }
    }

    /// Numbers of one sample. Absurd sizes do not overflow: such a model is refused, because it
    /// fits into no memory.
    pub(crate) fn numbers(self) -> usize {
        match self {
            Self::Vector { width } => width,
            Self::Image { channels, height, width } => channels.saturating_mul(height).saturating_mul(width),
            Self::Tokens { length } => length,
            Self::Sequence { length, width } => length.saturating_mul(width),
        }
    }
}

impl std::fmt::Display for Flow {
    /// For example `64`, `32x28x28` (channels, height, width), `64 tokens`, `64x128` (positions,
    /// width).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Vector { width } => write!(f, "{width}"),
            Self::Image { channels, height, width } => write!(f, "{channels}x{height}x{width}"),
            Self::Tokens { length } => write!(f, "{length} tokens"),
            Self::Sequence { length, width } => write!(f, "{length}x{width}"),
        }
    }
}
