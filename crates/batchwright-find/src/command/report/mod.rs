//! What a training program reports: lines that it prints and files that it writes become rows of numbers.
//!
//! ```
//! use batchwright_find::command::report::{LineReader, Position};
//!
//! let mut reader = LineReader::new(Vec::new(), "val_loss");
//! assert_eq!(reader.read("Loading 1437 samples"), None);
//! let report = reader.read(r#"{"step": 10, "seconds": 1.5, "eval_loss": 0.3}"#).unwrap();
//! assert_eq!((report.metrics["val_loss"], report.seconds), (0.3, Some(1.5)));
//! assert_eq!(Position::of(&report, 64, None).unwrap().samples, 640);
//! ```
//!
//! # Which source counts
//!
//! A line gives at most one row: the first format that reads it, in the order of [`Source`], keeps it. Programs often report one evaluation
//! several times (a printed line, a table, an event file), each with other coordinates. Rows of two sources are never merged, for their
//! positions differ by rounding: one should be listened to, the best in that order that tells the metric with its place, in all trials of a study.
//!
//! Names are made alike ([`normal_name`]), so that a target `val_loss` finds `eval_loss` and `Test set: Average loss`. The name of a target
//! must go through the same function.
//!
//! **Not for:** starting programs or cutting their output into lines: a line comes without its end and without escape codes.
//!
//! # Files
//!
//! ```text
//! row        one row in the words of its source      names     names made alike
//! position   how far training was                    source    the formats, by preference
//! lines      LineReader: all formats of lines        format    the seam of a format of lines, its contract
//! json, hugging_face (object)   keras, fastai (epochs), sklearn   plain (sentence, tokens, words)   metric: --metric NAME=REGEX
//! folder     finds files and follows them            lightning metrics.csv
//! tensorboard  event files (record: framing, protobuf: fields)
//! recognised what was understood, for --check
//! ```

pub(crate) mod epochs;
pub(crate) mod fastai;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod hugging_face;
pub(crate) mod json;
pub(crate) mod keras;
pub(crate) mod lightning;
pub(crate) mod lines;
pub(crate) mod metric;
pub(crate) mod names;
pub(crate) mod object;
pub(crate) mod plain;
pub(crate) mod position;
pub(crate) mod protobuf;
pub(crate) mod recognised;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod sentence;
pub(crate) mod sklearn;
pub(crate) mod source;
pub(crate) mod tensorboard;
pub(crate) mod tokens;
pub(crate) mod words;

pub use crate::command::report::folder::{FileError, Folder};
pub use crate::command::report::lines::LineReader;
pub use crate::command::report::metric::{Metric, MetricError};
pub use crate::command::report::names::normal_name;
pub use crate::command::report::position::{Position, PositionError};
pub use crate::command::report::recognised::{
    Coordinates, Found, FoundMetric, NothingRecognised, Recognised,
};
pub use crate::command::report::row::Report;
pub use crate::command::report::source::Source;
