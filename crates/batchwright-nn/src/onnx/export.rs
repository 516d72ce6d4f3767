//! A whole model as ONNX: what comes in as the data have it, the layers, and what comes out.
//!
//! | data | input | output |
//! |---|---|---|
//! | images | `pixels`, `[batch, channels, height, width]`, as they are in the files | `logits`, `[batch, classes]` |
//! | table | `numbers`, `[batch, numbers]`: those of all columns one after the other, as the encoding lists them, not scaled; NaN is missing | `logits`, or `value`, `[batch, 1]`, in the unit of the label |
//! | text | `tokens`, `[batch, context]`, 64-bit integers | `logits`, `[batch, context, vocabulary]` |

use crate::engine::Tensor;
use crate::error::NnError;
use crate::model::Model;
use crate::model::build::summarise;
use crate::model::flow::Flow;
use crate::model::spec::LayerSpec;
use crate::model::summary::LayerSummary;
use crate::onnx::graph::Graph;
use crate::onnx::layers::{Incoming, Layers, dimensions};
use crate::onnx::messages::{
    Dimension, GraphMessage, ModelMessage, NumberKind, OperatorSet, Port, PortKind, Property, Size,
    TensorKind, TensorShape,
};
use crate::onnx::weights::Weights;
use batchwright_data::{ColumnEncoding, ColumnKind, Encoding, InputEncoding, TargetEncoding};
use prost::Message;

/// Version of the operators.
const OPERATORS: i64 = 17;
/// Version of the file format that came with them.
const FORMAT: i64 = 8;
/// What the first dimension of input and output is called.
const BATCH: &str = "batch";
/// The largest message that programs read.
const MOST_BYTES: usize = i32::MAX as usize;

/// A network as an ONNX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnnxModel {
    /// The file.
    pub bytes: Vec<u8>,
    /// Version of the standard's operators that it needs.
    pub operators: u32,
    /// What it takes.
    pub input: OnnxPort,
    /// What it puts out.
    pub output: OnnxPort,
}

/// What comes in or goes out. The first dimension, which `shape` leaves out, is the number of
/// samples, which may be any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnnxPort {
    /// Its name in the file.
    pub name: &'static str,
    /// Whether it has 64-bit integers instead of 32-bit floating-point numbers.
    pub integers: bool,
    /// Shape of a sample.
    pub shape: Vec<usize>,
}

/// The network with these weights, which takes what the data have and puts out what is predicted
/// (see the table above); `metadata` is kept in the file as it is.
///
/// # Errors
/// As [`crate::EngineFactory::plan`]; [`NnError::Tensor`] if the weights are not the network's,
/// [`NnError::OnnxSize`] if the file would be larger than other programs read.
pub fn onnx_model(
    model: &Model,
    encoding: &Encoding,
    tensors: Vec<Tensor>,
    metadata: Vec<(String, String)>,
) -> Result<OnnxModel, NnError> {
    let shape = encoding.sample_shape();
    let network = Network { specs: &model.layers(shape), summaries: &summarise(model, shape)? };
    network.export(encoding, tensors, metadata)
}

/// Layers, and what they are for samples of one shape.
pub(crate) struct Network<'a> {
    pub(crate) specs: &'a [LayerSpec],
    pub(crate) summaries: &'a [LayerSummary],
}

impl Network<'_> {
    /// As [`onnx_model`].
    pub(crate) fn export(
        &self,
        encoding: &Encoding,
        tensors: Vec<Tensor>,
        metadata: Vec<(String, String)>,
    ) -> Result<OnnxModel, NnError> {
        let (mut graph, outputs) = (Graph::default(), encoding.sample_shape().task.outputs());
        let (input, incoming) = receive(&mut graph, encoding);
        let mut layers = Layers::new(graph, Weights::new(tensors)?, self.summaries, outputs);
        let result = layers.sequence(self.specs, "", incoming)?;
        let mut graph = layers.finish()?;
        let shape = self.summaries.last().map_or_else(Vec::new, |last| dimensions(last.output));
        let output = OnnxPort { name: put_out(&mut graph, encoding, &result), integers: false, shape };
        let file = ModelMessage {
            ir_version: FORMAT,
            opset_import: vec![OperatorSet { domain: String::new(), version: OPERATORS }],
            producer_name: "batchwright".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(GraphMessage {
                name: "network".to_owned(),
                node: graph.nodes,
                initializer: graph.constants,
                input: vec![port(&input)],
                output: vec![port(&output)],
            }),
            metadata_props: metadata.into_iter().map(|(key, value)| Property { key, value }).collect(),
        };
        check_size(file.encoded_len())?;
        Ok(OnnxModel { bytes: file.encode_to_vec(), operators: OPERATORS as u32, input, output })
    }
}

pub(crate) fn check_size(bytes: usize) -> Result<(), NnError> {
    if bytes <= MOST_BYTES { Ok(()) } else { Err(NnError::OnnxSize { bytes, most: MOST_BYTES }) }
}

/// The input, and what the first layer takes.
fn receive(graph: &mut Graph, encoding: &Encoding) -> (OnnxPort, Incoming) {
    let shape = encoding.input_shape();
    let width = shape.iter().product();
    let (name, value, flow) = match &encoding.input {
        InputEncoding::Text { context, .. } => {
            ("tokens", "tokens".to_owned(), Flow::Tokens { length: *context })
        }
        InputEncoding::Images { scale, .. } => {
            // As the network was trained: with one factor and one offset for each channel.
            let factors: Vec<f32> = scale.channels().iter().map(|scale| 1.0 / scale.std).collect();
            let offsets: Vec<f32> = scale.channels().iter().map(|scale| -scale.mean / scale.std).collect();
            let by_channel = [factors.len(), 1, 1];
            let factors = graph.numbers("input_factors", &by_channel, &factors);
            let offsets = graph.numbers("input_offsets", &by_channel, &offsets);
            let scaled = graph.node("Mul", &["pixels", &factors]);
            let scaled = graph.node("Add", &[&scaled, &offsets]);
            ("pixels", graph.reshape(&scaled, &[width]), Flow::Vector { width })
        }
        InputEncoding::Table { columns } => {
            let [means, stds] = scales(columns);
            let means = graph.numbers("input_means", &[width], &means);
            let stds = graph.numbers("input_deviations", &[width], &stds);
            let centred = graph.node("Sub", &["numbers", &means]);
            let scaled = graph.node("Div", &[&centred, &stds]);
            let missing = graph.node("IsNaN", &[&scaled]);
            let zero = graph.number(0.0);
            ("numbers", graph.node("Where", &[&missing, &zero, &scaled]), Flow::Vector { width })
        }
    };
    let integers = matches!(encoding.input, InputEncoding::Text { .. });
    (OnnxPort { name, integers, shape }, Incoming { value, flow })
}

/// What each number of a table's input is moved by and divided by. Marks of missing values and
/// categories are as they are.
fn scales(columns: &[ColumnEncoding]) -> [Vec<f32>; 2] {
    let (mut means, mut stds) = (Vec::new(), Vec::new());
    for column in columns {
        let from = means.len();
        means.resize(from + column.kind.width(), 0.0);
        stds.resize(from + column.kind.width(), 1.0);
        if let ColumnKind::Number { scale, .. } = &column.kind {
            (means[from], stds[from]) = (scale.mean, scale.std);
        }
    }
    [means, stds]
}

/// Makes the output of what the last layer puts out; returns its name.
fn put_out(graph: &mut Graph, encoding: &Encoding, result: &str) -> &'static str {
    let TargetEncoding::Value { scale, .. } = &encoding.target else {
        graph.named("Identity", &[result], "logits");
        return "logits";
    };
    let [std, mean] = [scale.std, scale.mean].map(|number| graph.number(number));
    let scaled = graph.node("Mul", &[result, &std]);
    graph.named("Add", &[&scaled, &mean], "value");
    "value"
}

fn port(port: &OnnxPort) -> Port {
    let batch = Size::Named(BATCH.to_owned());
    let sizes = port.shape.iter().map(|&size| Size::Fixed(size as i64));
    let dim = std::iter::once(batch).chain(sizes).map(|size| Dimension { size: Some(size) }).collect();
    let kind = if port.integers { NumberKind::Int64 } else { NumberKind::Float };
    let tensor = TensorKind { elem_type: kind as i32, shape: Some(TensorShape { dim }) };
    Port { name: port.name.to_owned(), kind: Some(PortKind { tensor_type: Some(tensor) }) }
}
