//! Layers of sequences from their description: sizes, deviations of initial weights, and what does
//! not fit.

use crate::layer::Layer;
use crate::layer::attention::Attention;
use crate::layer::embedding::{Embedding, MOST_TOKENS, Positions};
use crate::layer::norm::{Norm, NormKind};
use crate::model::flow::Flow;
use crate::model::spec::{Heads, Table};
use crate::problem::LayerProblem;

/// Standard deviation of initial embeddings and positions.
const EMBEDDING_DEVIATION: f64 = 0.02;

type Built = Result<(Box<dyn Layer>, Flow), LayerProblem>;

/// Tokens as vectors; `predicted` is the number of tokens that the task has.
pub(crate) fn embedding(
    flow: Flow,
    table: Table,
    predicted: Option<usize>,
) -> Result<Embedding, LayerProblem> {
    let Flow::Tokens { length } = flow else { return Err(LayerProblem::NotTokens { found: flow }) };
    let Table { width, vocabulary, deviation } = table;
    let vocabulary = vocabulary.or(predicted).ok_or(LayerProblem::NoVocabulary)?;
    if width == 0 || vocabulary == 0 {
        return Err(LayerProblem::Empty);
    }
    if vocabulary > MOST_TOKENS {
        return Err(LayerProblem::Vocabulary { found: vocabulary, most: MOST_TOKENS });
    }
    let deviation = checked(deviation)?.unwrap_or(EMBEDDING_DEVIATION);
    Ok(Embedding { length, vocabulary, width, deviation })
}

/// Learned positions.
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

/// A causal attention; `index` is that of its dropout.
pub(crate) fn attention(flow: Flow, spec: Heads, index: u64) -> Built {
    let Heads { heads, rotary, dropout, deviation, output_deviation } = spec;
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
    let deviations = [checked(deviation)?.unwrap_or(usual), checked(output_deviation)?.unwrap_or(usual)];
    Ok((Box::new(Attention { length, width, heads, rotary, dropout, index, deviations }), flow))
}

/// Positions, and numbers at each of them; a vector is one position.
pub(crate) fn vectors(flow: Flow) -> Result<(usize, usize), LayerProblem> {
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
pub(crate) fn checked(deviation: Option<f64>) -> Result<Option<f64>, LayerProblem> {
    match deviation {
        Some(found) if !(found >= 0.0 && found.is_finite()) => Err(LayerProblem::Deviation { found }),
        _ => Ok(deviation),
    }
}
