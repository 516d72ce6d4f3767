//! From a description to layers: infers the shape of each layer from the one before, builds it, and
//! refuses descriptions that do not work.

use crate::error::NnError;
use crate::layer::Layer;
use crate::layer::activation::{Activation, Pointwise};
use crate::layer::dropout::Dropout;
use crate::layer::embedding::Embedding;
use crate::layer::image::Turn;
use crate::layer::linear::Linear;
use crate::layer::norm::NormKind;
use crate::layer::pool::Kind;
use crate::layer::residual::Residual;
use crate::layer::sequence::Sequence;
use crate::layer::tied::Tied;
use crate::model::Model;
use crate::model::flow::Flow;
use crate::model::images;
use crate::model::sequences;
use crate::model::spec::{LayerSpec, Table};
use crate::model::summary::LayerSummary;
use crate::problem::{AllowedValue, LayerProblem, ModelProblem};
use batchwright_data::{ImageShape, InputKind, SampleShape, Task};

/// The network for samples of this shape. No memory is allocated for parameters.
///
/// The initial weights are normally distributed with variance gain / inputs: gain 2 before ReLU and
/// GELU (He et al. 2015) and before a norm, 1 before tanh and at the end (LeCun et al. 1998); biases start at zero.
///
/// # Errors
/// [`NnError::Model`] for an empty model or samples of another length than its context,
/// [`NnError::Layer`] for a layer that does not fit what comes in, [`NnError::InputKind`] or
/// [`NnError::NeedsTokens`] for samples of another kind, [`NnError::Setting`] for a dropout outside
/// 0..1.
pub(crate) fn network(model: &Model, shape: SampleShape) -> Result<Sequence, NnError> {
    check(model, shape)?;
    of_layers(&model.architecture.to_string(), &model.layers(shape), shape, None)
}

/// The layers of the network for samples of this shape, in the order of a forward pass. No memory
/// is allocated for parameters.
///
/// # Errors
/// As [`crate::EngineFactory::plan`].
pub fn summarise(model: &Model, shape: SampleShape) -> Result<Vec<LayerSummary>, NnError> {
    check(model, shape)?;
    let mut summaries = Vec::new();
    of_layers(&model.architecture.to_string(), &model.layers(shape), shape, Some(&mut summaries))?;
    Ok(summaries)
}

/// The network of these layers, at least one; `name` is for messages. What the layers are is
/// appended to `summaries`.
///
/// # Errors
/// As [`network`].
pub(crate) fn of_layers(
    name: &str,
    specs: &[LayerSpec],
    shape: SampleShape,
    summaries: Option<&mut Vec<LayerSummary>>,
) -> Result<Sequence, NnError> {
    let vocabulary = match shape.task {
        Task::NextToken { vocabulary } => Some(vocabulary),
        Task::Classify { .. } | Task::Regress { .. } => None,
    };
    let (model, image) = (name.to_owned(), shape.image);
    let mut build = Build { model, image, vocabulary, built: 0, summaries };
    let start = match shape.kind {
        InputKind::Numbers => Flow::Vector { width: shape.inputs },
        InputKind::Tokens => Flow::Tokens { length: shape.inputs },
    };
    let (network, end) = build.sequence(specs, start, "")?;
    let outputs = shape.outputs();
    if end.numbers() != outputs {
        let problem = LayerProblem::Outputs { found: end, expected: outputs };
        return Err(build.refuse(&(specs.len() - 1).to_string(), specs.last(), problem));
    }
    Ok(network)
}

fn check(model: &Model, shape: SampleShape) -> Result<(), NnError> {
    let (inputs, outputs) = (shape.inputs, shape.outputs());
    let name = || model.architecture.to_string();
    let refuse = |problem| Err(NnError::Model { model: name(), problem });
    if model.architecture.is_empty() || inputs == 0 || outputs == 0 {
        return refuse(ModelProblem::EmptyLayer { inputs, outputs });
    }
    match (model.architecture.takes(), shape.kind) {
        (InputKind::Numbers, InputKind::Tokens) => return Err(NnError::InputKind { model: name() }),
        (InputKind::Tokens, InputKind::Numbers) => return Err(NnError::NeedsTokens { model: name() }),
        _ => {}
    }
    if let Some(expected) = model.architecture.context().filter(|&context| context != inputs) {
        return refuse(ModelProblem::Context { found: inputs, expected });
    }
    if !model.architecture.allows(model.activation) {
        return refuse(ModelProblem::OwnActivation);
    }
    if let Some(least) = model.architecture.least_image() {
        let found = shape.image.map(|image| [image.height, image.width]);
        if found.is_none_or(|found| found.iter().any(|&pixels| pixels < least)) {
            return Err(NnError::Image { model: model.architecture.to_string(), found, least });
        }
    }
    check_dropout(model.dropout)
}

fn check_dropout(value: f64) -> Result<(), NnError> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(NnError::Setting { name: "--dropout", value, expected: AllowedValue::Probability })
}

/// A network that is being built.
struct Build<'a> {
    /// For messages.
    model: String,
    image: Option<ImageShape>,
    /// Tokens that are predicted.
    vocabulary: Option<usize>,
    /// Layers so far, the inner ones included: each dropout draws numbers of its own.
    built: u64,
    summaries: Option<&'a mut Vec<LayerSummary>>,
}

type Built = Result<(Box<dyn Layer>, Flow), LayerProblem>;

impl Build<'_> {
    /// The layers, and what comes out of them. `place` is the name of the block that they are in,
    /// with a point after it.
    fn sequence(
        &mut self,
        specs: &[LayerSpec],
        start: Flow,
        place: &str,
    ) -> Result<(Sequence, Flow), NnError> {
        let (mut layers, mut flow) = (Vec::new(), start);
        for (index, spec) in specs.iter().enumerate() {
            let place = format!("{place}{index}");
            let (layer, next) = match spec {
                LayerSpec::Residual { body, shortcut } => {
                    self.residual(spec, body, shortcut, flow, &place)?
                }
                &LayerSpec::Tied { width, ref body, vocabulary, deviation } => {
                    let table = Table { width, vocabulary, deviation };
                    let embedding = sequences::embedding(flow, table, self.vocabulary)
                        .map_err(|problem| self.refuse(&place, Some(spec), problem))?;
                    self.tied(spec, embedding, body, &place)?
                }
                _ => {
                    check_dropout(spec.dropout())?;
                    self.layer(spec, gain(&specs[index + 1..]), flow)
                        .map_err(|problem| self.refuse(&place, Some(spec), problem))?
                }
            };
            if let Some(summaries) = &mut self.summaries {
                summaries.push(LayerSummary::new(&place, spec, layer.as_ref(), next));
            }
            layers.push(layer);
            self.built += 1;
            flow = next;
        }
        Ok((Sequence::new(layers), flow))
    }

    /// A layer that owns no others.
    fn layer(&self, spec: &LayerSpec, gain: f64, flow: Flow) -> Built {
        match *spec {
            LayerSpec::Image => self.image(flow),
            LayerSpec::Flatten => flatten(flow),
            LayerSpec::Linear { outputs, bias, deviation } => linear(flow, outputs, bias, gain, deviation),
            LayerSpec::Activation { function } => {
                Ok((Box::new(Pointwise { activation: function, width: numbers(flow)? }), flow))
            }
            LayerSpec::Dropout { probability } => {
                Ok((Box::new(Dropout { width: numbers(flow)?, probability, index: self.built }), flow))
            }
            LayerSpec::Conv2d(ref conv) => images::conv(flow, conv, gain),
            LayerSpec::MaxPool(ref window) => images::pool(flow, Kind::Max, window),
            LayerSpec::AvgPool(ref window) => images::pool(flow, Kind::Mean, window),
            LayerSpec::GlobalAvgPool => images::global_pool(flow),
            LayerSpec::BatchNorm => images::batch_norm(flow),
            LayerSpec::GroupNorm { groups } => images::group_norm(flow, groups),
            LayerSpec::Embedding(table) => {
                let embedding = sequences::embedding(flow, table, self.vocabulary)?;
                let next = Flow::Sequence { length: embedding.length, width: embedding.width };
                Ok((Box::new(embedding), next))
            }
            LayerSpec::Positions { deviation } => sequences::positions(flow, deviation),
            LayerSpec::LayerNorm => sequences::norm(flow, NormKind::Layer),
            LayerSpec::RmsNorm => sequences::norm(flow, NormKind::RootMeanSquare),
            LayerSpec::Attention(heads) => sequences::attention(flow, heads, self.built),
            LayerSpec::Residual { .. } | LayerSpec::Tied { .. } => {
                unreachable!("they are built with the layers that they own")
            }
        }
    }

    fn image(&self, flow: Flow) -> Built {
        let (Some(ImageShape { channels, height, width }), Flow::Vector { .. }) = (self.image, flow) else {
            return Err(LayerProblem::NoImage);
        };
        let turn = Turn { rows: channels, columns: height * width };
        Ok((Box::new(turn), Flow::Image { channels, height, width }))
    }

    fn tied(
        &mut self,
        spec: &LayerSpec,
        embedding: Embedding,
        body: &[LayerSpec],
        place: &str,
    ) -> Result<(Box<dyn Layer>, Flow), NnError> {
        if body.is_empty() {
            return Err(self.refuse(place, Some(spec), LayerProblem::Empty));
        }
        let start = Flow::Sequence { length: embedding.length, width: embedding.width };
        let (body, found) = self.sequence(body, start, &format!("{place}.body."))?;
        if found != start {
            return Err(self.refuse(place, Some(spec), LayerProblem::Body { found, expected: start }));
        }
        let end = Flow::Sequence { length: embedding.length, width: embedding.vocabulary };
        Ok((Box::new(Tied { embedding, body }), end))
    }

    fn residual(
        &mut self,
        spec: &LayerSpec,
        body: &[LayerSpec],
        shortcut: &[LayerSpec],
        flow: Flow,
        place: &str,
    ) -> Result<(Box<dyn Layer>, Flow), NnError> {
        if body.is_empty() {
            return Err(self.refuse(place, Some(spec), LayerProblem::Empty));
        }
        let (body, end) = self.sequence(body, flow, &format!("{place}.body."))?;
        let (shortcut, other_end) = if shortcut.is_empty() {
            (None, flow)
        } else {
            let (shortcut, end) = self.sequence(shortcut, flow, &format!("{place}.shortcut."))?;
            (Some(shortcut), end)
        };
        if end != other_end {
            let problem = LayerProblem::Sum { body: end, shortcut: other_end };
            return Err(self.refuse(place, Some(spec), problem));
        }
        Ok((Box::new(Residual { body, shortcut, inputs: flow.numbers() }), end))
    }

    fn refuse(&self, place: &str, spec: Option<&LayerSpec>, problem: LayerProblem) -> NnError {
        NnError::Layer {
            model: self.model.clone(),
            place: place.to_owned(),
            layer: spec.map_or("", LayerSpec::kind),
            problem: Box::new(problem),
        }
    }
}

fn linear(flow: Flow, outputs: usize, bias: bool, gain: f64, deviation: Option<f64>) -> Built {
    if outputs == 0 {
        return Err(LayerProblem::Empty);
    }
    let (positions, inputs) = sequences::vectors(flow)?;
    let next = match flow {
        Flow::Sequence { length, .. } => Flow::Sequence { length, width: outputs },
        _ => Flow::Vector { width: outputs },
    };
    let deviation = sequences::checked(deviation)?.unwrap_or((gain / inputs as f64).sqrt());
    Ok((Box::new(Linear { inputs, outputs, positions, bias, deviation }), next))
}

/// How many numbers come in, for layers that take any; ids of tokens are none.
fn numbers(flow: Flow) -> Result<usize, LayerProblem> {
    match flow {
        Flow::Tokens { .. } => Err(LayerProblem::Tokens),
        _ => Ok(flow.numbers()),
    }
}

fn flatten(flow: Flow) -> Built {
    let (rows, columns) = match flow {
        Flow::Image { channels, height, width } => (height * width, channels),
        Flow::Vector { width } => (1, width),
        Flow::Sequence { .. } => (1, flow.numbers()),
        Flow::Tokens { .. } => return Err(LayerProblem::Tokens),
    };
    Ok((Box::new(Turn { rows, columns }), Flow::Vector { width: flow.numbers() }))
}

/// How much larger the variance of the weights must be than 1 / inputs, by the function that comes
/// next.
fn gain(next: &[LayerSpec]) -> f64 {
    match next.first() {
        Some(LayerSpec::Activation {
            function: Activation::Relu | Activation::GeluTanh | Activation::GeluExact | Activation::Silu,
        }) => 2.0,
        // It takes any scale out again.
        Some(LayerSpec::BatchNorm | LayerSpec::GroupNorm { .. }) => 2.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: SampleShape =
        SampleShape { kind: InputKind::Numbers, inputs: 3, image: None, task: Task::Classify { classes: 2 } };

    #[test]
    fn an_empty_model_or_a_dropout_of_one_is_refused() {
        let refused = |result: Result<Sequence, NnError>| matches!(result, Err(NnError::Model { .. }));
        assert!(refused(network(&Model::mlp(&[]), SHAPE)));
        assert!(refused(network(&Model::mlp(&[4]), SampleShape { inputs: 0, ..SHAPE })));
        for dropout in [1.0, -0.1, f64::NAN] {
            let model = Model { dropout, ..Model::mlp(&[4]) };
            assert!(matches!(network(&model, SHAPE), Err(NnError::Setting { .. })), "{dropout}");
        }
    }

    /// A dense layer would treat token ids as quantities: it would train, but the result would be
    /// meaningless.
    #[test]
    fn tokens_are_refused() {
        let shape = SampleShape { kind: InputKind::Tokens, ..SHAPE };
        let error = network(&Model::mlp(&[4]), shape).unwrap_err();
        assert_eq!(error, NnError::InputKind { model: "mlp:4".to_owned() });
        assert!(network(&Model::mlp(&[4]), SHAPE).is_ok());
    }

    fn sequence(specs: &[LayerSpec], start: Flow) -> Result<Flow, NnError> {
        let image = Some(ImageShape { channels: 3, height: 4, width: 5 });
        let model = "layers".to_owned();
        let mut build = Build { model, image, vocabulary: None, built: 0, summaries: None };
        build.sequence(specs, start, "").map(|(_, end)| end)
    }

    #[test]
    fn shapes_follow_each_other() {
        let start = Flow::Vector { width: 60 };
        let image = Flow::Image { channels: 3, height: 4, width: 5 };
        assert_eq!(sequence(&[LayerSpec::Image], start).unwrap(), image);
        let flat = [LayerSpec::Image, LayerSpec::Flatten, LayerSpec::linear(7)];
        assert_eq!(sequence(&flat, start).unwrap(), Flow::Vector { width: 7 });
        let list = Flow::Sequence { length: 4, width: 6 };
        let block = LayerSpec::Residual { body: vec![LayerSpec::linear(6)], shortcut: Vec::new() };
        assert_eq!(sequence(std::slice::from_ref(&block), list).unwrap(), list);
        assert_eq!(sequence(&[LayerSpec::linear(9)], list).unwrap(), Flow::Sequence { length: 4, width: 9 });
    }

    /// The message must name the layer, also within a block.
    #[test]
    fn a_layer_that_does_not_fit_is_named_by_its_place() {
        let inner = LayerSpec::Residual { body: vec![LayerSpec::linear(0)], shortcut: Vec::new() };
        let specs = [LayerSpec::linear(6), LayerSpec::Residual { body: vec![inner], shortcut: Vec::new() }];
        let error = sequence(&specs, Flow::Vector { width: 3 }).unwrap_err();
        let expected = NnError::Layer {
            model: "layers".to_owned(),
            place: "1.body.0.body.0".to_owned(),
            layer: "linear",
            problem: Box::new(LayerProblem::Empty),
        };
        assert_eq!(error, expected);
        for (specs, start) in [
            (vec![LayerSpec::linear(6)], Flow::Tokens { length: 3 }),
            (vec![LayerSpec::Image, LayerSpec::linear(6)], Flow::Vector { width: 60 }),
            (vec![LayerSpec::Image, LayerSpec::Image], Flow::Vector { width: 60 }),
            (
                vec![LayerSpec::Residual { body: vec![LayerSpec::linear(4)], shortcut: Vec::new() }],
                Flow::Vector { width: 3 },
            ),
            (vec![LayerSpec::Residual { body: Vec::new(), shortcut: Vec::new() }], Flow::Vector { width: 3 }),
        ] {
            assert!(matches!(sequence(&specs, start), Err(NnError::Layer { .. })), "{specs:?}");
        }
    }

    #[test]
    fn an_mlp_is_counted_by_hand() {
        let shape = SampleShape::numbers(64, Task::Classify { classes: 10 });
        let layers = summarise(&Model::mlp(&[32]), shape).unwrap();
        let places: Vec<&str> = layers.iter().map(|layer| layer.place.as_str()).collect();
        assert_eq!(places, ["0", "1", "2"]);
        let parameters: Vec<u128> = layers.iter().map(|layer| layer.parameters).collect();
        assert_eq!(parameters, [64 * 32 + 32, 0, 32 * 10 + 10]);
        let products: Vec<u128> = layers.iter().map(|layer| layer.multiply_adds).collect();
        assert_eq!(products, [64 * 32, 0, 320]);
        assert_eq!(layers[1].output, Flow::Vector { width: 32 });
    }
}
