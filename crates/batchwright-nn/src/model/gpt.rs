//! The preset `gpt`: a transformer that predicts the next token of a text.
//!
//! Token and position embedding; blocks of attention and of two dense layers (4 widths inside),
//! each behind a layer norm and added to what came in; a layer norm and a dense layer to the
//! logits. The activation is the exact GELU.
//!
//! The initial weights are those of GPT-2 (Radford et al. 2019): normal with deviation 0.02, and
//! 0.02 / sqrt(2 layers) where a block ends, so that the sum of all blocks starts as large whatever
//! their number; biases zero, norms one. Dropout is where GPT-2 has it: after the embeddings, in
//! attention, and where a block ends.

use crate::layer::activation::Activation;
use crate::model::spec::LayerSpec;
use crate::problem::{ModelProblem, ModelValue};
use serde::{Deserialize, Serialize};

/// What deviates initial weights.
const DEVIATION: f64 = 0.02;
const KEYS: &str = "`layers`, `heads`, `width`, `context`, `positions`, `tied`";

/// Sizes of a `gpt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpt {
    /// Blocks, each with an attention and two dense layers.
    pub layers: usize,
    /// Heads of each attention.
    pub heads: usize,
    /// Numbers at each position; a multiple of `heads`.
    pub width: usize,
    /// Tokens of a sample: how far back a prediction may look.
    pub context: usize,
    /// Rotary positions instead of learned ones.
    #[serde(default)]
    pub rotary: bool,
    /// Whether the output is the product with the embedding's vectors, without a bias, instead of a
    /// dense layer of its own.
    #[serde(default)]
    pub tied: bool,
}

impl Default for Gpt {
    /// `gpt:layers=4,heads=4,width=128,context=64`
    fn default() -> Self {
        Self { layers: 4, heads: 4, width: 128, context: 64, rotary: false, tied: false }
    }
}

impl Gpt {
    /// Reads `layers=4,heads=4,width=128,context=64`, in any order; what is left out has its
    /// default.
    pub(crate) fn parse(settings: &str) -> Result<Self, ModelProblem> {
        let (mut gpt, mut seen) = (Self::default(), Vec::new());
        for setting in settings.split(',') {
            let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
            let (key, value) = (key.trim(), value.trim());
            if seen.contains(&key) {
                return Err(ModelProblem::RepeatedKey { key: key.to_owned() });
            }
            seen.push(key);
            gpt.set(key, value)?;
        }
        Ok(gpt)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), ModelProblem> {
        let bad =
            |expected| ModelProblem::BadValue { key: key.to_owned(), value: value.to_owned(), expected };
        let count = || match value.parse::<usize>() {
            Ok(count) if count > 0 => Ok(count),
            _ => Err(bad(ModelValue::Count)),
        };
        match key {
            "layers" => self.layers = count()?,
            "heads" => self.heads = count()?,
            "width" => self.width = count()?,
            "context" => self.context = count()?,
            "positions" => {
                self.rotary = match value {
                    "learned" => false,
                    "rotary" => true,
                    _ => return Err(bad(ModelValue::Positions)),
                }
            }
            "tied" => self.tied = value.parse().map_err(|_| bad(ModelValue::Switch))?,
            _ => return Err(ModelProblem::UnknownKey { key: key.to_owned(), known: KEYS }),
        }
        Ok(())
    }

    /// Whether a size is zero.
    pub(crate) fn is_empty(&self) -> bool {
        [self.layers, self.heads, self.width, self.context].contains(&0)
    }

    /// Its layers for `vocabulary` tokens.
    pub(crate) fn specs(&self, vocabulary: usize, dropout: f64) -> Vec<LayerSpec> {
        let deviation = Some(DEVIATION);
        let body = self.body(dropout);
        if self.tied {
            return vec![LayerSpec::Tied { width: self.width, body, vocabulary: None, deviation }];
        }
        let embedding = LayerSpec::Embedding { width: self.width, vocabulary: None, deviation };
        let end = LayerSpec::Linear { outputs: Some(vocabulary), bias: true, deviation };
        std::iter::once(embedding).chain(body).chain([end]).collect()
    }

    /// What comes between the embedding of the tokens and the output.
    fn body(&self, probability: f64) -> Vec<LayerSpec> {
        let drop = (probability > 0.0).then_some(LayerSpec::Dropout { probability });
        let positions = LayerSpec::Positions { deviation: Some(DEVIATION) };
        let mut body: Vec<LayerSpec> = (!self.rotary).then_some(positions).into_iter().collect();
        body.extend(drop.clone());
        let last = Some(DEVIATION / (2.0 * self.layers as f64).sqrt());
        let attention = LayerSpec::Attention {
            heads: self.heads,
            rotary: self.rotary,
            dropout: probability,
            deviation: Some(DEVIATION),
            output_deviation: last,
        };
        let linear = |outputs, deviation| LayerSpec::Linear { outputs: Some(outputs), bias: true, deviation };
        let dense = [
            linear(self.width.saturating_mul(4), Some(DEVIATION)),
            LayerSpec::Activation { function: Activation::GeluExact },
            linear(self.width, last),
        ];
        for _ in 0..self.layers {
            for inner in [&[attention.clone()][..], &dense] {
                let layers = std::iter::once(LayerSpec::LayerNorm).chain(inner.iter().cloned());
                body.push(LayerSpec::Residual {
                    body: layers.chain(drop.clone()).collect(),
                    shortcut: Vec::new(),
                });
            }
        }
        body.push(LayerSpec::LayerNorm);
        body
    }
}

impl std::fmt::Display for Gpt {
    /// `gpt:layers=4,heads=4,width=128,context=64`, and what differs from the defaults of the other
    /// settings.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { layers, heads, width, context, rotary, tied } = self;
        write!(f, "gpt:layers={layers},heads={heads},width={width},context={context}")?;
        f.write_str(if *rotary { ",positions=rotary" } else { "" })?;
        f.write_str(if *tied { ",tied=true" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_in_any_order_and_have_defaults() {
        let gpt = Gpt::parse("width=8, heads=2,tied=true").unwrap();
        assert_eq!(gpt, Gpt { width: 8, heads: 2, tied: true, ..Gpt::default() });
        assert_eq!(
            Gpt::parse("positions=rotary,tied=false").unwrap(),
            Gpt { rotary: true, ..Gpt::default() }
        );
        for bad in [
            "",
            "layers",
            "layers=0",
            "layers=-1",
            "depth=3",
            "width=8,width=8",
            "tied=maybe",
            "positions=none",
            "width=1e3",
            "width=8,",
        ] {
            assert!(Gpt::parse(bad).is_err(), "{bad}");
        }
    }
}
