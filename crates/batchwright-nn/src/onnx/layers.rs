//! What each layer becomes in ONNX. Images have the channels first there.

use crate::error::NnError;
use crate::layer::activation::Activation;
use crate::layer::batch_norm;
use crate::layer::norm::NormKind;
use crate::layer::rotary::Rotary;
use crate::model::extent::{Convolution, Extent, NamedPadding, Padding, PoolWindow};
use crate::model::flow::Flow;
use crate::model::spec::LayerSpec;
use crate::model::summary::LayerSummary;
use crate::onnx::graph::Graph;
use crate::onnx::messages::Attribute;
use crate::onnx::weights::Weights;
use std::collections::HashMap;

/// Layers on their way into a graph.
#[derive(Debug)]
pub(crate) struct Layers<'a> {
    pub(crate) graph: Graph,
    weights: Weights,
    /// What comes out of the layer of each place.
    outputs: HashMap<&'a str, Flow>,
    /// Tokens that are predicted.
    vocabulary: usize,
}

/// What comes into a layer: the name of its value, and its shape.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) value: String,
    pub(crate) flow: Flow,
}

type Converted = Result<String, NnError>;

impl<'a> Layers<'a> {
    /// `vocabulary` is the number of tokens that are predicted, if tokens are.
    pub(crate) fn new(
        graph: Graph,
        weights: Weights,
        summaries: &'a [LayerSummary],
        vocabulary: usize,
    ) -> Self {
        let outputs = summaries.iter().map(|layer| (layer.place.as_str(), layer.output)).collect();
        Self { graph, weights, outputs, vocabulary }
    }

    /// The graph, when all weights are in it.
    ///
    /// # Errors
    /// [`NnError::Tensor`] if one is left.
    pub(crate) fn finish(self) -> Result<Graph, NnError> {
        self.weights.finish().map(|()| self.graph)
    }

    /// Layers one after the other; `place` is the name of the block that they are in, with a point
    /// after it.
    ///
    /// # Errors
    /// [`NnError::Tensor`] if the weights are not those of the layers.
    pub(crate) fn sequence(&mut self, specs: &[LayerSpec], place: &str, mut x: Incoming) -> Converted {
        for (index, spec) in specs.iter().enumerate() {
            let place = format!("{place}{index}");
            let flow = self.outputs.get(place.as_str()).copied().unwrap_or(x.flow);
            x = Incoming { value: self.layer(spec, &place, &x, flow)?, flow };
        }
        Ok(x.value)
    }

    /// One layer, with `output` as the shape of what comes out.
    fn layer(&mut self, spec: &LayerSpec, place: &str, x: &Incoming, output: Flow) -> Converted {
        match spec {
            LayerSpec::Image | LayerSpec::Flatten => Ok(self.graph.reshape(&x.value, &dimensions(output))),
            LayerSpec::Dropout { .. } => Ok(x.value.clone()),
            LayerSpec::Activation { function } => Ok(self.activation(*function, &x.value)),
            LayerSpec::Linear { outputs, bias, .. } => {
                let names = [format!("{place}.weight"), format!("{place}.bias")];
                let outputs = outputs.or(dimensions(output).pop()).unwrap_or(0);
                self.dense(x, [&names[0], &names[1]], outputs, *bias)
            }
            LayerSpec::Conv2d(conv) => self.conv(conv, place, x),
            LayerSpec::MaxPool(window) => {
                Ok(self.graph.node_with("MaxPool", &[&x.value], window_attributes(window)))
            }
            LayerSpec::AvgPool(window) => {
                let mut attributes = window_attributes(window);
                attributes.push(Attribute::int("count_include_pad", 1));
                Ok(self.graph.node_with("AveragePool", &[&x.value], attributes))
            }
            LayerSpec::GlobalAvgPool => Ok(self.graph.node("GlobalAveragePool", &[&x.value])),
            LayerSpec::BatchNorm => self.batch_norm(place, x),
            LayerSpec::GroupNorm { groups } => self.group_norm(*groups, place, x),
            LayerSpec::LayerNorm => self.layer_norm(place, x),
            LayerSpec::RmsNorm => self.rms_norm(place, x),
            LayerSpec::Embedding { width, vocabulary, .. } => {
                let table = self.table(&format!("{place}.weight"), *vocabulary, *width)?;
                Ok(self.graph.node("Gather", &[&table, &x.value]))
            }
            LayerSpec::Positions { .. } => {
                let rows = self.weight(&format!("{place}.weight"), &dimensions(x.flow))?;
                Ok(self.graph.node("Add", &[&x.value, &rows]))
            }
            LayerSpec::Attention { heads, rotary, .. } => self.attention(*heads, *rotary, place, x),
            LayerSpec::Residual { body, shortcut } => {
                let body = self.sequence(body, &format!("{place}.body."), x.clone())?;
                let shortcut = self.sequence(shortcut, &format!("{place}.shortcut."), x.clone())?;
                Ok(self.graph.node("Add", &[&shortcut, &body]))
            }
            LayerSpec::Tied { width, body, vocabulary, .. } => {
                let table = self.table(&format!("{place}.embedding.weight"), *vocabulary, *width)?;
                self.tied(&table, *width, body, place, x)
            }
        }
    }

    /// A tensor of the network as a constant.
    fn weight(&mut self, name: &str, shape: &[usize]) -> Converted {
        let tensor = self.weights.take(name, shape)?;
        Ok(self.graph.numbers(name, shape, &tensor.data))
    }

    /// y = x W^T + b at each position; `names` are those of W and b.
    fn dense(&mut self, x: &Incoming, names: [&str; 2], outputs: usize, bias: bool) -> Converted {
        let inputs = dimensions(x.flow).pop().unwrap_or(0);
        let weight = self.weight(names[0], &[outputs, inputs])?;
        let transposed = self.graph.transpose(&weight, [1, 0]);
        let product = self.graph.node("MatMul", &[&x.value, &transposed]);
        if !bias {
            return Ok(product);
        }
        let bias = self.weight(names[1], &[outputs])?;
        Ok(self.graph.node("Add", &[&product, &bias]))
    }

    fn activation(&mut self, function: Activation, x: &str) -> String {
        let graph = &mut self.graph;
        match function {
            Activation::Relu => graph.node("Relu", &[x]),
            Activation::Tanh => graph.node("Tanh", &[x]),
            Activation::Silu => {
                let share = graph.node("Sigmoid", &[x]);
                graph.node("Mul", &[x, &share])
            }
            Activation::GeluExact => {
                let factor = graph.number(std::f32::consts::FRAC_1_SQRT_2);
                let scaled = graph.node("Mul", &[x, &factor]);
                let error = graph.node("Erf", &[&scaled]);
                half_of_one_more(graph, x, &error)
            }
            Activation::GeluTanh => {
                let [one, cubic, root] = [1.0, 0.044_715, 0.797_884_6].map(|number| graph.number(number));
                let square = graph.node("Mul", &[x, x]);
                let square = graph.node("Mul", &[&square, &cubic]);
                let factor = graph.node("Add", &[&square, &one]);
                let inner = graph.node("Mul", &[x, &factor]);
                let inner = graph.node("Mul", &[&inner, &root]);
                let tanh = graph.node("Tanh", &[&inner]);
                half_of_one_more(graph, x, &tanh)
            }
        }
    }

    fn conv(&mut self, conv: &Convolution, place: &str, x: &Incoming) -> Converted {
        let Convolution { outputs, groups, bias, .. } = *conv;
        let (kernel, stride, dilation) = (conv.kernel.pair(), conv.stride.pair(), conv.dilation.pair());
        let channels = channels(x.flow) / groups.max(1);
        let weight = self.weight(&format!("{place}.weight"), &[outputs, channels, kernel[0], kernel[1]])?;
        let bias = if bias { Some(self.weight(&format!("{place}.bias"), &[outputs])?) } else { None };
        let inputs: Vec<&str> = [&x.value, &weight].into_iter().chain(&bias).map(String::as_str).collect();
        let [top, left, bottom, right] = match conv.padding {
            Padding::Pixels(pixels) => sides(pixels),
            Padding::Named(NamedPadding::Same) => {
                let [high, wide] = [0, 1].map(|axis| (kernel[axis].saturating_sub(1)) * dilation[axis]);
                [high / 2, wide / 2, high - high / 2, wide - wide / 2]
            }
        };
        let attributes = vec![
            Attribute::ints("kernel_shape", kernel),
            Attribute::ints("strides", stride),
            Attribute::ints("dilations", dilation),
            Attribute::ints("pads", [top, left, bottom, right]),
            Attribute::int("group", groups as i64),
        ];
        Ok(self.graph.node_with("Conv", &inputs, attributes))
    }

    fn batch_norm(&mut self, place: &str, x: &Incoming) -> Converted {
        let mut inputs = vec![x.value.clone()];
        for name in ["weight", "bias", "running_mean", "running_var"] {
            inputs.push(self.weight(&format!("{place}.{name}"), &[channels(x.flow)])?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let epsilon = Attribute::float("epsilon", batch_norm::EPSILON);
        Ok(self.graph.node_with("BatchNormalization", &inputs, vec![epsilon]))
    }

    /// An instance norm takes what is a group for one channel.
    fn group_norm(&mut self, groups: usize, place: &str, x: &Incoming) -> Converted {
        let shape = dimensions(x.flow);
        let each = x.flow.numbers() / groups.max(1);
        let [weight, bias] = [format!("{place}.weight"), format!("{place}.bias")];
        let [weight, bias] =
            [self.weight(&weight, &[channels(x.flow)])?, self.weight(&bias, &[channels(x.flow)])?];
        let graph = &mut self.graph;
        let ones = graph.numbers(&format!("ones_{groups}"), &[groups], &vec![1.0; groups]);
        let zeros = graph.numbers(&format!("zeros_{groups}"), &[groups], &vec![0.0; groups]);
        let grouped = graph.reshape(&x.value, &[groups, each]);
        let epsilon = vec![Attribute::float("epsilon", batch_norm::EPSILON)];
        let normal = graph.node_with("InstanceNormalization", &[&grouped, &ones, &zeros], epsilon);
        let normal = graph.reshape(&normal, &shape);
        // One number for each channel, over all pixels of it.
        let [weight, bias] = [weight, bias].map(|name| graph.reshape(&name, &vec![1; shape.len() - 1]));
        let scaled = graph.node("Mul", &[&normal, &weight]);
        Ok(graph.node("Add", &[&scaled, &bias]))
    }

    fn layer_norm(&mut self, place: &str, x: &Incoming) -> Converted {
        let width = dimensions(x.flow).pop().unwrap_or(0);
        let weight = self.weight(&format!("{place}.weight"), &[width])?;
        let bias = self.weight(&format!("{place}.bias"), &[width])?;
        let attributes =
            vec![Attribute::int("axis", -1), Attribute::float("epsilon", NormKind::Layer.epsilon())];
        Ok(self.graph.node_with("LayerNormalization", &[&x.value, &weight, &bias], attributes))
    }

    fn rms_norm(&mut self, place: &str, x: &Incoming) -> Converted {
        let shape = dimensions(x.flow);
        let weight = self.weight(&format!("{place}.weight"), &shape[shape.len() - 1..])?;
        let graph = &mut self.graph;
        let square = graph.node("Mul", &[&x.value, &x.value]);
        // The samples are one dimension more.
        let mean = graph.node_with("ReduceMean", &[&square], vec![Attribute::ints("axes", [shape.len()])]);
        let epsilon = graph.number(NormKind::RootMeanSquare.epsilon());
        let mean = graph.node("Add", &[&mean, &epsilon]);
        let root = graph.node("Sqrt", &[&mean]);
        let normal = graph.node("Div", &[&x.value, &root]);
        Ok(graph.node("Mul", &[&normal, &weight]))
    }

    /// The vectors of all tokens.
    fn table(&mut self, name: &str, vocabulary: Option<usize>, width: usize) -> Converted {
        self.weight(name, &[vocabulary.unwrap_or(self.vocabulary), width])
    }

    /// From the table of the tokens' vectors: them, the layers of the body, and the products.
    fn tied(
        &mut self,
        table: &str,
        width: usize,
        body: &[LayerSpec],
        place: &str,
        x: &Incoming,
    ) -> Converted {
        let embedded = self.graph.node("Gather", &[table, &x.value]);
        let flow = Flow::Sequence { length: x.flow.numbers(), width };
        let hidden = self.sequence(body, &format!("{place}.body."), Incoming { value: embedded, flow })?;
        let transposed = self.graph.transpose(table, [1, 0]);
        Ok(self.graph.node("MatMul", &[&hidden, &transposed]))
    }

    fn attention(&mut self, heads: usize, rotary: bool, place: &str, x: &Incoming) -> Converted {
        let Flow::Sequence { length, width } = x.flow else { unreachable!("it was built for a sequence") };
        let head = width / heads.max(1);
        let names = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];
        let [into, into_bias, out, out_bias] = names.map(|name| format!("{place}.{name}"));
        let qkv = self.dense(x, [&into, &into_bias], 3 * width, true)?;
        let graph = &mut self.graph;
        let [query, key, value] = graph.split::<3>(&qkv, width).map(|part| {
            let part = graph.reshape(&part, &[length, heads, head]);
            graph.transpose(&part, [0, 2, 1, 3])
        });
        let [query, key] = [query, key]
            .map(|part| if rotary { turn(graph, &part, Rotary { length, heads, head }) } else { part });
        let key = graph.transpose(&key, [0, 1, 3, 2]);
        let scores = graph.node("MatMul", &[&query, &key]);
        let scale = graph.number(1.0 / (head as f32).sqrt());
        let scores = graph.node("Mul", &[&scores, &scale]);
        let mask = mask(graph, length);
        let scores = graph.node("Add", &[&scores, &mask]);
        let shares = graph.node_with("Softmax", &[&scores], vec![Attribute::int("axis", -1)]);
        let attended = graph.node("MatMul", &[&shares, &value]);
        let attended = graph.transpose(&attended, [0, 2, 1, 3]);
        let value = graph.reshape(&attended, &[length, width]);
        self.dense(&Incoming { value, flow: x.flow }, [&out, &out_bias], width, true)
    }
}

/// What is added to scores so that no position sees a later one.
fn mask(graph: &mut Graph, length: usize) -> String {
    let place = |index: usize| (index / length, index % length);
    let numbers: Vec<f32> = (0..length * length)
        .map(place)
        .map(|(row, column)| if column > row { f32::NEG_INFINITY } else { 0.0 })
        .collect();
    graph.numbers(&format!("causal_{length}"), &[length, length], &numbers)
}

/// Rotary positions of `[batch, heads, length, head]`.
fn turn(graph: &mut Graph, x: &str, rotary: Rotary) -> String {
    let Rotary { length, head, .. } = rotary;
    let half = head / 2;
    let mut table = vec![0.0; rotary.scratch()];
    rotary.fill(&mut table, 1.0);
    let part = |from: usize| -> Vec<f32> {
        table.chunks_exact(head).flat_map(|angles| &angles[from..from + half]).copied().collect()
    };
    let shape = [length, half];
    let cosines = graph.numbers(&format!("cosines_{length}_{half}"), &shape, &part(0));
    let sines = graph.numbers(&format!("sines_{length}_{half}"), &shape, &part(half));
    let [first, second] = graph.split::<2>(x, half);
    let [kept_first, moved_first] = [&cosines, &sines].map(|factor| graph.node("Mul", &[&first, factor]));
    let [kept_second, moved_second] = [&cosines, &sines].map(|factor| graph.node("Mul", &[&second, factor]));
    let first = graph.node("Sub", &[&kept_first, &moved_second]);
    let second = graph.node("Add", &[&kept_second, &moved_first]);
    graph.node_with("Concat", &[&first, &second], vec![Attribute::int("axis", -1)])
}

/// x (1 + y) / 2
fn half_of_one_more(graph: &mut Graph, x: &str, y: &str) -> String {
    let [one, half] = [1.0, 0.5].map(|number| graph.number(number));
    let more = graph.node("Add", &[y, &one]);
    let product = graph.node("Mul", &[x, &more]);
    graph.node("Mul", &[&product, &half])
}

fn sides(pixels: Extent) -> [usize; 4] {
    let [high, wide] = pixels.pair();
    [high, wide, high, wide]
}

fn window_attributes(window: &PoolWindow) -> Vec<Attribute> {
    let size = window.size.pair();
    vec![
        Attribute::ints("kernel_shape", size),
        Attribute::ints("strides", window.stride.map_or(size, Extent::pair)),
        Attribute::ints("pads", sides(window.padding)),
    ]
}

fn channels(flow: Flow) -> usize {
    dimensions(flow)[0]
}

/// The dimensions of a sample in ONNX.
pub(crate) fn dimensions(flow: Flow) -> Vec<usize> {
    match flow {
        Flow::Vector { width } => vec![width],
        Flow::Image { channels, height, width } => vec![channels, height, width],
        Flow::Tokens { length } => vec![length],
        Flow::Sequence { length, width } => vec![length, width],
    }
}
