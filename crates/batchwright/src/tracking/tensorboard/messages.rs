//! The messages of an event file that are written, as TensorBoard declares them
//! (`tensorboard/compat/proto` and `tensorboard/plugins/hparams/plugin_data.proto` in
//! <https://github.com/tensorflow/tensorboard>).
//!
//! Left out: all fields and kinds of values that are not written.

use std::collections::BTreeMap;

/// One record of a file. One of the last three is there.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EventMessage {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(crate) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(crate) step: i64,
    #[prost(string, optional, tag = "3")]
    pub(crate) file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) summary: Option<SummaryMessage>,
    #[prost(message, optional, tag = "7")]
    pub(crate) session_log: Option<SessionLogMessage>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SummaryMessage {
    #[prost(message, repeated, tag = "1")]
    pub(crate) value: Vec<SummaryValue>,
}

/// A number (`simple_value`), or a tensor with the plugin that shows it.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SummaryValue {
    #[prost(string, tag = "1")]
    pub(crate) tag: String,
    #[prost(float, optional, tag = "2")]
    pub(crate) simple_value: Option<f32>,
    #[prost(message, optional, tag = "8")]
    pub(crate) tensor: Option<TensorMessage>,
    #[prost(message, optional, tag = "9")]
    pub(crate) metadata: Option<SummaryMetadata>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    pub(crate) plugin_data: Option<PluginData>,
    /// 2: a tensor.
    #[prost(int32, tag = "4")]
    pub(crate) data_class: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PluginData {
    #[prost(string, tag = "1")]
    pub(crate) plugin_name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) content: Vec<u8>,
}

/// A tensor of no dimensions: one number or one text.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorMessage {
    /// 1: float, 7: text.
    #[prost(int32, tag = "1")]
    pub(crate) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) tensor_shape: Option<TensorShape>,
    #[prost(float, repeated, tag = "5")]
    pub(crate) float_val: Vec<f32>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub(crate) string_val: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorShape {}

/// A process begins to write a run at a step: everything from this step on in earlier files of the
/// folder counts no more.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SessionLogMessage {
    /// 1: start.
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
}

/// The content of the plugin of hyperparameters. One of the two is there.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HyperparametersMessage {
    #[prost(message, optional, tag = "3")]
    pub(crate) session_start_info: Option<SessionStart>,
    #[prost(message, optional, tag = "4")]
    pub(crate) session_end_info: Option<SessionEnd>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(crate) hparams: BTreeMap<String, JsonValue>,
    #[prost(string, tag = "4")]
    pub(crate) group_name: String,
    #[prost(double, tag = "5")]
    pub(crate) start_time_secs: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SessionEnd {
    /// 1: success, 2: failure.
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
    #[prost(double, tag = "2")]
    pub(crate) end_time_secs: f64,
}

/// `google.protobuf.Value`: a number or a text.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct JsonValue {
    #[prost(double, optional, tag = "2")]
    pub(crate) number_value: Option<f64>,
    #[prost(string, optional, tag = "3")]
    pub(crate) string_value: Option<String>,
}
