//! Layers of vectors and of sequences from their description, and what does not fit.

use crate::layer::Layer;
use crate::layer::attention::Attention;
use crate::layer::embedding::{Embedding, MOST_TOKENS, Positions};
use crate::layer::linear::Linear;
use crate::layer::norm::{Norm, NormKind};
use crate::model::flow::Flow;
use crate::problem::LayerProblem;

/// Standard deviation of initial embeddings and positions.
const EMBEDDING_DEVIATION: f64 = 0.02;

type Built = Result<(Box<dyn Layer>, Flow), LayerProblem>;

/// A dense layer, its weights with variance `gain` / inputs unless their deviation is given.
pub(crate) fn linear(flow: Flow, outputs: usize, bias: bool, gain: f64, deviation: Option<f64>) -> Built {
    if outputs == 0 {
        return Err(LayerProblem::Empty);
    }
    let (positions, inputs) = vectors(flow)?;
    let next = match flow {
        Flow::Sequence { length, .. } => Flow::Sequence { length, width: outputs },
        _ => Flow::Vector { width: outputs },
    };
    let deviation = checked(deviation)?.unwrap_or((gain / inputs as f64).sqrt());
    Ok((Box::new(Linear { inputs, outputs, positions, bias, deviation }), next))
}

/// Token ids as vectors.
pub(crate) fn embedding(
    flow: Flow,
    width: usize,
    vocabulary: Option<usize>,
    deviation: Option<f64>,
) -> Result<Embedding, LayerProblem> {
    let Flow::Tokens { length } = flow else { return Err(LayerProblem::NotTokens { found: flow }) };
    let vocabulary = vocabulary.ok_or(LayerProblem::NoVocabulary)?;
    if width == 0 || vocabulary == 0 {
        return Err(LayerProblem::Empty);
    }
    if vocabulary > MOST_TOKENS {
        return Err(LayerProblem::Vocabulary { found: vocabulary, most: MOST_TOKENS });
    }
    let deviation = checked(deviation)?.unwrap_or(EMBEDDING_DEVIATION);
    Ok(Embedding { length, vocabulary, width, deviation })
}

/// A learned vector for each position.
pub(crate) fn positions(flow: Flow, deviation: Option<f64>) -> Built {
    let (length, width) = sequence(flow)?;
    let deviation = checked(deviation)?.unwrap_or(EMBEDDING_DEVIATION);
    Ok((Box::new(Positions { length, width, deviation }), flow))
}

/// A norm of each position's numbers.
pub(crate) fn norm(flow: Flow, kind: NormKind) -> Built {
    let (positions, width) = vectors(flow)?;
    Ok((Box::new(Norm { kind, positions, width }), flow))
}

/// What an attention is beside its size.
pub(crate) struct AttentionShape {
    pub(crate) heads: usize,
    pub(crate) rotary: bool,
    pub(crate) dropout: f64,
    pub(crate) index: u64,
}

/// Causal attention; the deviations are those of its two projections.
pub(crate) fn attention(flow: Flow, shape: AttentionShape, deviations: [Option<f64>; 2]) -> Built {
    let AttentionShape { heads, rotary, dropout, index } = shape;
    let (length, width) = sequence(flow)?;
    if heads == 0 {
        return Err(LayerProblem::Empty);
    }
    if !width.is_multiple_of(heads) {
        return Err(LayerProblem::Heads { width, heads });
    }
    let head = width / heads;
    if rotary && !head.is_multiple_of(2) {
        return Err(LayerProblem::OddHead { head });
    }
    let usual = 1.0 / (width as f64).sqrt();
    let [inwards, outwards] = deviations;
    let deviations = [checked(inwards)?.unwrap_or(usual), checked(outwards)?.unwrap_or(usual)];
    Ok((Box::new(Attention { length, width, heads, rotary, dropout, index, deviations }), flow))
}

/// Positions, and numbers at each of them; a vector is one position.
fn vectors(flow: Flow) -> Result<(usize, usize), LayerProblem> {
    match flow {
        Flow::Vector { width } => Ok((1, width)),
        Flow::Sequence { length, width } => Ok((length, width)),
        Flow::Image { .. } => Err(LayerProblem::NotFlat { found: flow }),
        Flow::Tokens { .. } => Err(LayerProblem::Tokens),
    }
}

/// As [`vectors`], for layers that only take a sequence.
fn sequence(flow: Flow) -> Result<(usize, usize), LayerProblem> {
    match flow {
        Flow::Sequence { length, width } => Ok((length, width)),
        Flow::Tokens { .. } => Err(LayerProblem::Tokens),
        Flow::Vector { .. } | Flow::Image { .. } => Err(LayerProblem::NotSequence { found: flow }),
    }
}

/// Refuses a standard deviation that is none.
fn checked(deviation: Option<f64>) -> Result<Option<f64>, LayerProblem> {
    match deviation {
        Some(found) if !(found >= 0.0 && found.is_finite()) => Err(LayerProblem::Deviation { found }),
        _ => Ok(deviation),
    }
}
