//! Reads what a training program reports: lines that it prints and files that it writes become rows
//! of numbers.
//!
//! ```
//! use batchwright_command::read::{LineReader, RowPosition};
//!
//! let mut reader = LineReader::new(Vec::new(), "val_loss");
//! assert_eq!(reader.read("Loading 1437 samples"), []);
//! let rows = reader.read(r#"{"step": 10, "seconds": 1.5, "eval_loss": 0.3}"#);
//! assert_eq!((rows[0].metrics["val_loss"], rows[0].seconds), (0.3, Some(1.5)));
//! assert_eq!(RowPosition::of(&rows[0], 64, None).unwrap().samples, 640);
//! ```
//!
//! # Which source counts
//!
//! A line gives the rows of the first format that reads it, in the order of [`RowSource`]; nearly
//! always that is one or none. Programs often report one evaluation several times (a printed line, a table, an
//! event file), with other coordinates each time. Rows of two sources are never merged, because
//! their positions differ by rounding. Use one source in all trials of a study: the first in that
//! order that reports the metric with its position.
//!
//! Rows have [normal names](normal_name), so that a target `val_loss` finds `eval_loss` and `Test
//! set: Average loss`. The name of a target must go through the same function.
//!
//! **Left out:** starting programs, and cutting their output into lines. A line comes without its
//! end and without escape codes.
//!
//! # Files
//!
//! ```text
//! row          a row: as printed, and with normal names   names       the normal name of a metric
//! normalise    normal names for all rows of a program     japanese    Japanese words in English
//! position     how far training was                       number      numbers in a field
//! source       the sources of rows, by preference         recognised  what was recognised
//! format       the trait of a format of lines             formats/    the formats
//! line_reader  reads lines with all formats               files/      tables, JSON lines, event files
//! ranks        lines of several processes                 joined      objects over several lines
//! suggest      a --metric for lines that no format reads
//! ```

pub(crate) mod files;
pub(crate) mod format;
pub(crate) mod formats;
pub(crate) mod japanese;
pub(crate) mod joined;
pub(crate) mod line_reader;
pub(crate) mod names;
pub(crate) mod normalise;
pub(crate) mod number;
pub(crate) mod position;
pub(crate) mod ranks;
pub(crate) mod recognised;
pub(crate) mod row;
pub(crate) mod source;
pub(crate) mod suggest;

pub use crate::read::files::Folder;
pub use crate::read::files::error::FileError;
pub use crate::read::files::tensorboard::record::framed_record;
pub use crate::read::formats::metric::{Metric, MetricError};
pub use crate::read::line_reader::LineReader;
pub use crate::read::names::normal_name;
pub use crate::read::position::{PositionError, RowPosition};
pub use crate::read::recognised::{
    Coordinates, NothingRecognised, Recognised, RecognisedMetric, RecognisedSource,
};
pub use crate::read::row::{Row, StepInEpoch};
pub use crate::read::source::RowSource;
pub use crate::read::suggest::Suggestion;
