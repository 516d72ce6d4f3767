//! The rows of runs as a Parquet file: the columns of the CSV, with their types. Absent values are
//! null; NaN and infinities are themselves.
//!
//! One row group, not compressed: the rows of a run are a few hundred kilobytes.

use batchwright_train::{RunRecord, RunRow};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// The columns, in the order in which [`columns`] fills them.
const SCHEMA: &str = "message rows {
    required binary run (utf8);
    required int64 batch_size (uint_64);
    required int64 step (uint_64);
    required double epoch;
    required int64 samples (uint_64);
    required double seconds;
    required double learning_rate;
    optional double step_loss;
    required double train_loss;
    optional double train_accuracy;
    required double val_loss;
    optional double val_accuracy;
}";

/// The values of a column.
enum Values {
    Texts(Vec<ByteArray>),
    /// Unsigned numbers, whose bits are kept.
    Counts(Vec<i64>),
    Numbers(Vec<f64>),
    Optional(Vec<Option<f64>>),
}

/// The rows of all runs, in the order of the runs, as the bytes of a file.
///
/// # Errors
/// Those of the format's writer.
pub(crate) fn rows_parquet(records: &[RunRecord]) -> Result<Vec<u8>> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default()))?;
    let mut group = file.next_row_group()?;
    for values in columns(records) {
        let mut column =
            group.next_column()?.ok_or_else(|| ParquetError::General("too few columns".to_owned()))?;
        write(column.untyped(), &values)?;
        column.close()?;
    }
    group.close()?;
    file.into_inner()
}

fn columns(records: &[RunRecord]) -> [Values; 12] {
    let rows = || records.iter().flat_map(|record| record.rows.iter().map(move |row| (record, row)));
    let count =
        |read: fn(&RunRow) -> u64| Values::Counts(rows().map(|it| read(it.1).cast_signed()).collect());
    let number = |read: fn(&RunRow) -> f64| Values::Numbers(rows().map(|it| read(it.1)).collect());
    let optional = |read: fn(&RunRow) -> Option<f64>| Values::Optional(rows().map(|it| read(it.1)).collect());
    [
        Values::Texts(rows().map(|it| it.0.name.as_str().into()).collect()),
        Values::Counts(rows().map(|it| it.0.plan.batching.batch_size.cast_signed()).collect()),
        count(|row| row.step),
        number(|row| row.epoch),
        count(|row| row.samples),
        number(|row| row.seconds),
        number(|row| row.learning_rate),
        optional(|row| row.step_loss),
        number(|row| row.train.loss),
        optional(|row| row.train.accuracy),
        number(|row| row.validation.loss),
        optional(|row| row.validation.accuracy),
    ]
}

fn write(column: &mut ColumnWriter, values: &Values) -> Result<()> {
    match (column, values) {
        (ColumnWriter::ByteArrayColumnWriter(column), Values::Texts(texts)) => {
            column.write_batch(texts, None, None)
        }
        (ColumnWriter::Int64ColumnWriter(column), Values::Counts(counts)) => {
            column.write_batch(counts, None, None)
        }
        (ColumnWriter::DoubleColumnWriter(column), Values::Numbers(numbers)) => {
            column.write_batch(numbers, None, None)
        }
        (ColumnWriter::DoubleColumnWriter(column), Values::Optional(values)) => {
            let present: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
            let numbers: Vec<f64> = values.iter().copied().flatten().collect();
            column.write_batch(&numbers, Some(&present), None)
        }
        _ => return Err(ParquetError::General("a column of another type".to_owned())),
    }
    .map(drop)
}
