//! What the factors of products are rounded to, and by which instructions.

use crate::compute::isa::Isa;
use std::fmt;
use std::str::FromStr;

/// What the numbers that are multiplied with each other are rounded to.
///
/// In bf16, both factors of every matrix product of training are rounded to bf16 (8 significant bits,
/// the exponents of single precision): activations, weights and gradients in dense layers, in
/// attention, in an output that is tied to an embedding and in convolutions that are computed as they
/// are defined. Products are exact and summed in single precision. Everything else is in single
/// precision: the weights that are updated and saved, updates, normalisations, softmax, losses,
/// embeddings, biases, convolutions that are computed at points (Winograd), and evaluations.
///
/// Rounding is to the nearest, to even where two are equally near. A number that is not one stays so,
/// and an infinite one infinite; numbers from the middle of the largest finite bf16 number and its
/// successor on become infinite; numbers below the smallest normal one (2^-126) become zero, with their
/// sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// Single precision: no number is rounded before it is multiplied.
    #[default]
    F32,
    /// Half precision with the range of single precision.
    Bf16,
}

impl Precision {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::F32, Self::Bf16];

    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A precision that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a precision is f32 or bf16")]
pub struct UnknownPrecision;

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(text: &str) -> Result<Self, UnknownPrecision> {
        Self::ALL.into_iter().find(|precision| precision.name() == text).ok_or(UnknownPrecision)
    }
}

/// How a product is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arithmetic {
    /// Instructions; if this processor lacks them, the fastest that it has.
    pub isa: Isa,
    /// What the factors are rounded to.
    pub precision: Precision,
}

impl Arithmetic {
    /// In single precision.
    pub fn single(isa: Isa) -> Self {
        Self { isa, precision: Precision::F32 }
    }
}
