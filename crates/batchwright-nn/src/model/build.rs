//! From a description to layers: infers the shape of each layer from the one before, builds it, and
//! refuses descriptions that do not work.

use crate::error::NnError;
use crate::layer::Layer;
use crate::layer::activation::{Activation, Pointwise};
use crate::layer::dropout::Dropout;
use crate::layer::embedding::Embedding;
use crate::layer::image::Turn;
use crate::layer::norm::NormKind;
use crate::layer::pool::Kind;
use crate::layer::residual::Residual;
use crate::layer::sequence::Sequence;
use crate::layer::tied::Tied;
use crate::model::Model;
use crate::model::architecture::Architecture;
use crate::model::flow::Flow;
use crate::model::images;
use crate::model::sequences;
use crate::model::spec::LayerSpec;
use crate::model::summary::{LayerSummary, Totals};
use crate::problem::{AllowedValue, LayerProblem, ModelProblem};
use batchwright_data::{ImageShape, InputKind, SampleShape, Task};

/// The network for samples of this shape. No memory is allocated for parameters.
///
/// The initial weights are normally distributed with variance gain / inputs: gain 2 before ReLU and
/// GELU (He et al. 2015) and before a norm, 1 before tanh and at the end (LeCun et al. 1998), where
/// the model has no gain of its own; biases start at zero.
///
/// # Errors
/// [`NnError::Model`] for an empty model or samples of another length than its context,
/// [`NnError::Layer`] for a layer that does not fit what comes in, [`NnError::InputKind`] or
/// [`NnError::NeedsTokens`] for samples of another kind, [`NnError::Setting`] for a dropout outside
/// 0..1.
pub(crate) fn network(model: &Model, shape: SampleShape) -> Result<Sequence, NnError> {
    check(model, shape)?;
    let shape = model.output_shape(shape);
    let layers = model.layers(shape);
    Build::new(&model.architecture, common_gain(&layers), shape).network(&layers, shape)
}

/// The layers of the network for samples of this shape, in the order of a forward pass. No memory
/// is allocated for parameters.
///
/// # Errors
/// As [`crate::EngineFactory::plan`].
pub fn summarise(model: &Model, shape: SampleShape) -> Result<Vec<LayerSummary>, NnError> {
    check(model, shape)?;
    let shape = model.output_shape(shape);
    let mut summaries = Vec::new();
    let build = Build { summaries: Some(&mut summaries), ..Build::new(&model.architecture, None, shape) };
    build.network(&model.layers(shape), shape)?;
    Ok(summaries)
}

#[cfg(test)]
impl Named for &str {
    fn name(&self) -> String {
        (*self).to_owned()
    }
}

/// The network of these layers, at least one.
#[cfg(test)]
pub(crate) fn network_of(specs: &[LayerSpec], shape: SampleShape) -> Result<Sequence, NnError> {
    Build::new(&"layers", None, shape).network(specs, shape)
}

/// The layers of such a network.
#[cfg(test)]
pub(crate) fn summaries_of(specs: &[LayerSpec], shape: SampleShape) -> Result<Vec<LayerSummary>, NnError> {
    let mut summaries = Vec::new();
    let build = Build { summaries: Some(&mut summaries), ..Build::new(&"layers", None, shape) };
    build.network(specs, shape)?;
    Ok(summaries)
}

fn check(model: &Model, shape: SampleShape) -> Result<(), NnError> {
    let (inputs, outputs) = (shape.inputs, shape.outputs());
    let name = || model.architecture.name();
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
    if model.dropout != 0.0 && matches!(model.architecture, Architecture::Layers(_)) {
        return refuse(ModelProblem::OwnDropout);
    }
    if let Some(least) = model.architecture.least_image() {
        let found = shape.image.map(|image| [image.height, image.width]);
        if found.is_none_or(|found| found.iter().any(|&pixels| pixels < least)) {
            return Err(NnError::Image { model: name(), found, least });
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

/// What has a name for messages.
trait Named {
    fn name(&self) -> String;
}

impl Named for Architecture {
    fn name(&self) -> String {
        Self::name(self)
    }
}

/// How much larger the variance of the initial weights is than 1 / inputs, where one value is for all
/// layers.
///
/// A maximum over 2x2 passes on several times what a rectifier passes on, so with weights for
/// rectifiers alone a network with such pools and without norms begins with logits and slopes that are
/// too large, and at common learning rates all its units die in the first epoch in about every second
/// run. The value is that of PyTorch's layers.
fn common_gain(layers: &[LayerSpec]) -> Option<f64> {
    let is_norm = |layer: &LayerSpec| {
        matches!(
            layer,
            LayerSpec::BatchNorm | LayerSpec::GroupNorm { .. } | LayerSpec::LayerNorm | LayerSpec::RmsNorm
        )
    };
    let any = |holds: &dyn Fn(&LayerSpec) -> bool| layers.iter().any(|layer| layer.any(holds));
    (any(&|layer| matches!(layer, LayerSpec::MaxPool(_))) && !any(&is_norm)).then_some(1.0 / 3.0)
}

/// A network that is being built.
struct Build<'a> {
    /// Its name, for messages; written when it is needed, so that building allocates the same for
    /// every name.
    model: &'a dyn Named,
    /// How much larger the variance of the weights is than 1 / inputs; `None` where it follows from
    /// what comes next.
    gain: Option<f64>,
    image: Option<ImageShape>,
    /// Numbers that are predicted, at each position of a text.
    outputs: usize,
    /// Tokens that are predicted.
    vocabulary: Option<usize>,
    /// Layers so far, the inner ones included: each dropout draws numbers of its own.
    built: u64,
    summaries: Option<&'a mut Vec<LayerSummary>>,
}

type Built = Result<(Box<dyn Layer>, Flow), LayerProblem>;

impl<'a> Build<'a> {
    fn new(model: &'a dyn Named, gain: Option<f64>, shape: SampleShape) -> Self {
        let vocabulary = match shape.task {
            Task::NextToken { vocabulary } => Some(vocabulary),
            Task::Classify { .. } | Task::Regress { .. } => None,
        };
        Self {
            model,
            gain,
            image: shape.image,
            outputs: shape.task.outputs(),
            vocabulary,
            built: 0,
            summaries: None,
        }
    }

    /// The whole network, which puts out what is predicted.
    fn network(mut self, specs: &[LayerSpec], shape: SampleShape) -> Result<Sequence, NnError> {
        let start = match shape.kind {
            InputKind::Numbers => Flow::Vector { width: shape.inputs },
            InputKind::Tokens => Flow::Tokens { length: shape.inputs },
        };
        let (network, end) = self.sequence(specs, start, "")?;
        let outputs = shape.outputs();
        if end.numbers() != outputs {
            let problem = LayerProblem::Outputs { found: end, expected: outputs };
            return Err(self.refuse(&(specs.len() - 1).to_string(), specs.last(), problem));
        }
        Ok(network)
    }

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
            let before = self.summaries.as_ref().map_or(0, |summaries| summaries.len());
            let (layer, next) = match spec {
                LayerSpec::Residual { body, shortcut } => {
                    self.residual(spec, body, shortcut, flow, &place)?
                }
                LayerSpec::Tied { width, body, vocabulary, deviation } => {
                    let embedding =
                        sequences::embedding(flow, *width, vocabulary.or(self.vocabulary), *deviation)
                            .map_err(|problem| self.refuse(&place, Some(spec), problem))?;
                    self.tied(spec, embedding, body, &place)?
                }
                _ => {
                    check_dropout(spec.dropout())?;
                    let gain = self.gain.unwrap_or_else(|| gain(&specs[index + 1..]));
                    self.layer(spec, gain, flow)
                        .map_err(|problem| self.refuse(&place, Some(spec), problem))?
                }
            };
            self.summarise(before, &place, spec, layer.as_ref(), next);
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
            LayerSpec::Linear { outputs, bias, deviation } => {
                sequences::linear(flow, outputs.unwrap_or(self.outputs), bias, gain, deviation)
            }
            LayerSpec::Activation { function } => {
                Ok((Box::new(Pointwise { activation: function, width: numbers(flow)? }), flow))
            }
            LayerSpec::Conv2d(ref conv) => images::conv(flow, conv, gain),
            LayerSpec::MaxPool(ref window) => images::pool(flow, Kind::Max, window),
            LayerSpec::AvgPool(ref window) => images::pool(flow, Kind::Mean, window),
            LayerSpec::GlobalAvgPool => images::global_pool(flow),
            LayerSpec::BatchNorm => images::batch_norm(flow),
            LayerSpec::GroupNorm { groups } => images::group_norm(flow, groups),
            LayerSpec::Dropout { probability } => {
                Ok((Box::new(Dropout { width: numbers(flow)?, probability, index: self.built }), flow))
            }
            LayerSpec::Embedding { width, vocabulary, deviation } => {
                let embedding = sequences::embedding(flow, width, vocabulary.or(self.vocabulary), deviation)?;
                let next = Flow::Sequence { length: embedding.length, width };
                Ok((Box::new(embedding), next))
            }
            LayerSpec::Positions { deviation } => sequences::positions(flow, deviation),
            LayerSpec::LayerNorm => sequences::norm(flow, NormKind::Layer),
            LayerSpec::RmsNorm => sequences::norm(flow, NormKind::RootMeanSquare),
            LayerSpec::Attention { heads, rotary, dropout, deviation, output_deviation } => {
                let shape = sequences::AttentionShape { heads, rotary, dropout, index: self.built };
                sequences::attention(flow, shape, [deviation, output_deviation])
            }
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

    /// Remembers a layer, if that is wanted; the layers within it are those from `before` on.
    fn summarise(&mut self, before: usize, place: &str, spec: &LayerSpec, layer: &dyn Layer, output: Flow) {
        let Some(summaries) = &mut self.summaries else { return };
        let mut parameters = 0u128;
        layer.visit_parameters(&mut |tensor| parameters = parameters.saturating_add(tensor.len()));
        let within = Totals::of(&summaries[before..]);
        let kept = layer.kept() as u128 + layer.outputs() as u128;
        summaries.push(LayerSummary {
            place: place.to_owned(),
            spec: spec.clone(),
            output,
            parameters: parameters.saturating_sub(within.parameters),
            multiply_adds: layer.multiply_adds(),
            kept: kept.saturating_sub(within.kept),
        });
    }

    fn refuse(&self, place: &str, spec: Option<&LayerSpec>, problem: LayerProblem) -> NnError {
        NnError::Layer {
            model: self.model.name(),
            place: place.to_owned(),
            layer: spec.map_or("", LayerSpec::kind),
            problem: Box::new(problem),
        }
    }
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
    use crate::model::gpt::Gpt;

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
        let mut build = Build { image, ..Build::new(&"layers", None, SHAPE) };
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

    /// What comes out of each layer, its parameters, multiplications with additions, and numbers kept.
    fn counted(model: &Model, shape: SampleShape) -> Vec<(String, String, [u128; 3])> {
        let layers = summarise(model, shape).unwrap();
        let counts = |layer: &LayerSummary| [layer.parameters, layer.multiply_adds, layer.kept];
        layers.iter().map(|layer| (layer.place.clone(), layer.output.to_string(), counts(layer))).collect()
    }

    fn rows(rows: &[(&str, &str, [u128; 3])]) -> Vec<(String, String, [u128; 3])> {
        rows.iter()
            .map(|(place, output, counts)| ((*place).to_owned(), (*output).to_owned(), *counts))
            .collect()
    }

    #[test]
    fn an_mlp_is_counted_by_hand() {
        let shape = SampleShape::numbers(64, Task::Classify { classes: 10 });
        let expected = rows(&[
            ("0", "32", [64 * 32 + 32, 64 * 32, 32]),
            ("1", "32", [0, 0, 32]),
            ("2", "10", [32 * 10 + 10, 320, 10]),
        ]);
        assert_eq!(counted(&Model::mlp(&[32]), shape), expected);
    }

    #[test]
    fn a_cnn_is_counted_by_hand() {
        let shape = SampleShape::of(InputKind::Numbers, &[1, 28, 28], Task::Classify { classes: 10 });
        let model = Model { architecture: Architecture::Cnn, ..Model::mlp(&[1]) };
        let (whole, half) = (28 * 28, 14 * 14);
        let expected = rows(&[
            ("0", "1x28x28", [0, 0, whole]),
            ("1", "32x28x28", [25 * 32 + 32, whole * 25 * 32, 32 * whole]),
            ("2", "32x28x28", [0, 0, 32 * whole]),
            ("3", "32x14x14", [0, 0, 32 * half]),
            ("4", "64x14x14", [25 * 32 * 64 + 64, half * 25 * 32 * 64, 64 * half]),
            ("5", "64x14x14", [0, 0, 64 * half]),
            ("6", "64x7x7", [0, 0, 64 * 49]),
            ("7", "3136", [0, 0, 3136]),
            ("8", "512", [3136 * 512 + 512, 3136 * 512, 512]),
            ("9", "512", [0, 0, 512]),
            ("10", "10", [512 * 10 + 10, 512 * 10, 10]),
        ]);
        assert_eq!(counted(&model, shape), expected);
    }

    /// 65 characters, 4 heads, width 8, context 6, one block: attention keeps queries, keys, values and
    /// the result, and a number for each head and position.
    #[test]
    fn a_gpt_is_counted_by_hand() {
        let gpt = Gpt { layers: 1, heads: 4, width: 8, context: 6, ..Gpt::default() };
        let model = Model { architecture: Architecture::Gpt(gpt), ..Model::mlp(&[1]) };
        let (t, w, v) = (6, 8, 65);
        // A position sees itself and those before it: once for the scores, once for the sum.
        let seen = 2 * (t * (t + 1) / 2) * w;
        let expected = rows(&[
            ("0", "6x8", [v * w, 0, t * w]),
            ("1", "6x8", [t * w, 0, t * w]),
            ("2.body.0", "6x8", [2 * w, 0, t * w + 2 * t]),
            ("2.body.1", "6x8", [4 * (w * w + w), t * 4 * w * w + seen, t * w + 4 * t * w + 4 * t]),
            ("2", "6x8", [0, 0, t * w]),
            ("3.body.0", "6x8", [2 * w, 0, t * w + 2 * t]),
            ("3.body.1", "6x32", [w * 4 * w + 4 * w, t * w * 4 * w, t * 4 * w]),
            ("3.body.2", "6x32", [0, 0, t * 4 * w]),
            ("3.body.3", "6x8", [4 * w * w + w, t * 4 * w * w, t * w]),
            ("3", "6x8", [0, 0, t * w]),
            ("4", "6x8", [2 * w, 0, t * w + 2 * t]),
            ("5", "6x65", [w * v + v, t * w * v, t * v]),
        ]);
        assert_eq!(counted(&model, SampleShape::text(6, 65)), expected);
    }

    /// A layer that is counted twice or not at all would be seen in no single row.
    #[test]
    fn the_sums_are_those_of_the_network() {
        let text = SampleShape::text(6, 65);
        let image = SampleShape::of(InputKind::Numbers, &[3, 9, 8], Task::Classify { classes: 10 });
        for (model, shape) in [
            ("cnn", image),
            ("resnet:14", image),
            ("gpt:layers=2,heads=2,width=8,context=6", text),
            ("gpt:layers=2,heads=2,width=8,context=6,positions=rotary,tied=true", text),
        ] {
            let model = Model { architecture: model.parse().unwrap(), dropout: 0.1, ..Model::mlp(&[1]) };
            let (network, totals) =
                (network(&model, shape).unwrap(), Totals::of(&summarise(&model, shape).unwrap()));
            assert_eq!(totals.parameters, network.parameters(), "{}", model.architecture);
            assert_eq!(totals.kept, network.kept() as u128, "{}", model.architecture);
        }
    }

    /// The list must not train worse than the preset that it repeats.
    #[test]
    fn common_gains_follow_from_the_layers() {
        let image = SampleShape::of(InputKind::Numbers, &[1, 28, 28], Task::Classify { classes: 10 });
        for (model, gain) in
            [("lenet", Some(1.0 / 3.0)), ("cnn", Some(1.0 / 3.0)), ("resnet:8", None), ("mlp:8", None)]
        {
            let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[1]) };
            assert_eq!(common_gain(&model.layers(image)), gain, "{}", model.architecture);
        }
        let normed = [LayerSpec::BatchNorm, LayerSpec::MaxPool(crate::model::extent::PoolWindow::tiles(2))];
        assert_eq!(common_gain(&normed), None);
    }
}
