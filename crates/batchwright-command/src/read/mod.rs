//! What a training program reports: lines that it prints and files that it writes become rows of numbers.
//!
//! ```
//! use batchwright_command::read::{LineReader, RowPosition};
//!
//! let mut reader = LineReader::new(Vec::new(), "val_loss");
//! assert_eq!(reader.read("Loading 1437 samples"), None);
//! let report = reader.read(r#"{"step": 10, "seconds": 1.5, "eval_loss": 0.3}"#).unwrap();
//! assert_eq!((report.metrics["val_loss"], report.seconds), (0.3, Some(1.5)));
//! assert_eq!(RowPosition::of(&report, 64, None).unwrap().samples, 640);
//! ```
//!
//! # Which source counts
//!
//! A line gives at most one row: the first format that reads it, in the order of [`RowSource`], keeps it. Programs often report one evaluation
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

pub(crate) mod files;
pub(crate) mod format;
pub(crate) mod formats;
pub(crate) mod line_reader;
pub(crate) mod names;
pub(crate) mod normalise;
pub(crate) mod position;
pub(crate) mod recognised;
pub(crate) mod row;
pub(crate) mod source;

pub use crate::read::files::Folder;
pub use crate::read::files::error::FileError;
pub use crate::read::formats::metric::{Metric, MetricError};
pub use crate::read::line_reader::LineReader;
pub use crate::read::names::normal_name;
pub use crate::read::position::{PositionError, RowPosition};
pub use crate::read::recognised::{Coordinates, Found, FoundMetric, NothingRecognised, Recognised};
pub use crate::read::row::Row;
pub use crate::read::source::RowSource;
