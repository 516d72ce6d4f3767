//! Encoding rows while they are gathered: the inner loop behind [`crate::Subset`].
//!
//! Raw values stay shared: images take one byte per pixel, and a category takes four bytes per row,
//! however many categories there are. What the numbers mean is in `encode/mod.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::column_names::{ColumnNames, excerpt, nearest};
use crate::encode::scale::ColumnScale;
use crate::encode::{ColumnEncoding, ColumnKind, Encoding, InputEncoding, kinds_differ};
use crate::error::DataError;
use crate::images::Images;
use crate::source::{RawInputs, Source};
use crate::table::{Column, ColumnValues, Table};

/// For each name, its position among the known names.
pub(crate) fn positions(names: &[String], known: &[String]) -> Vec<Option<u32>> {
    let known: HashMap<&String, u32> = known.iter().zip(0..).collect();
    names.iter().map(|name| known.get(name).copied()).collect()
}

/// Raw inputs and all that is needed to encode any of their rows.
#[derive(Debug)]
pub(crate) struct Encoder {
    shape: Vec<usize>,
    rows: RowEncoder,
}

#[derive(Debug)]
enum RowEncoder {
    /// Factor and offset of each channel.
    Images {
        images: Arc<Images>,
        channels: Vec<(f32, f32)>,
    },
    Table {
        table: Arc<Table>,
        columns: Vec<ColumnEncoder>,
        width: usize,
    },
}

/// How one column of the source becomes numbers. They begin at `at` in the sample's input.
#[derive(Debug)]
struct ColumnEncoder {
    column: usize,
    at: usize,
    kind: ColumnEncoderKind,
}

#[derive(Debug)]
enum ColumnEncoderKind {
    Number {
        scale: ColumnScale,
        has_missing: bool,
    },
    /// For each category of the source, its position among the model's categories.
    Category(Vec<Option<u32>>),
}

impl Encoder {
    /// Checks that the source is what the encoding reads.
    pub(crate) fn new(source: &Source, encoding: &Encoding) -> Result<Self, DataError> {
        let name = || source.name().to_owned();
        let shape = encoding.input_shape();
        let rows = match (source.inputs(), &encoding.input) {
            (RawInputs::Images(images), InputEncoding::Images { shape: expected, scale, .. }) => {
                // A damaged model may have another number of scales than channels.
                if images.shape != *expected || scale.channels().len() != expected[0] {
                    let (expected, found) = (expected.to_vec(), images.shape.to_vec());
                    return Err(DataError::ShapeMismatch { name: name(), expected, found });
                }
                let channel = |scale: &ColumnScale| (1.0 / scale.std, -scale.mean / scale.std);
                let channels = scale.channels().iter().map(channel).collect();
                RowEncoder::Images { images: images.clone(), channels }
            }
            (RawInputs::Table(table), InputEncoding::Table { columns }) => RowEncoder::Table {
                columns: column_encoders(table, columns, source.name())?,
                table: table.clone(),
                width: shape[0],
            },
            (_, expected) => return Err(kinds_differ(source, expected)),
        };
        Ok(Self { shape, rows })
    }

    /// Shape of one encoded row.
    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Appends the encoded rows to `out`, `[rows, inputs]`.
    pub(crate) fn gather(&self, rows: impl Iterator<Item = u32>, out: &mut Vec<f32>) {
        match &self.rows {
            RowEncoder::Images { images, channels } => {
                let plane = images.image_len() / channels.len();
                for row in rows {
                    let planes = images.image(row).chunks_exact(plane);
                    for (plane, &(factor, offset)) in planes.zip(channels) {
                        out.extend(plane.iter().map(|&pixel| f32::from(pixel) * factor + offset));
                    }
                }
            }
            RowEncoder::Table { table, columns, width } => rows.for_each(|row| {
                let start = out.len();
                out.resize(start + width, 0.0);
                columns.iter().for_each(|column| column.write(table, row as usize, &mut out[start..]));
            }),
        }
    }
}

fn column_encoders(
    table: &Table,
    encodings: &[ColumnEncoding],
    name: &str,
) -> Result<Vec<ColumnEncoder>, DataError> {
    let positions: HashMap<&String, usize> =
        table.columns().iter().map(|column| &column.name).zip(0..).collect();
    let mut at = 0;
    let mut encoders = Vec::with_capacity(encodings.len());
    for encoding in encodings {
        let column = *positions.get(&encoding.name).ok_or_else(|| unknown_column(table, encoding, name))?;
        let kind = ColumnEncoderKind::new(&table.columns()[column], encoding, name)?;
        encoders.push(ColumnEncoder { column, at, kind });
        at += encoding.kind.width();
    }
    Ok(encoders)
}

fn unknown_column(table: &Table, encoding: &ColumnEncoding, name: &str) -> DataError {
    let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
    DataError::UnknownColumn {
        path: name.into(),
        column: excerpt(&encoding.name),
        wanted_by: "the model reads it",
        nearest: nearest(&encoding.name, &names).into(),
        columns: ColumnNames::new(names.iter()),
        header_of_numbers: false,
    }
}

impl ColumnEncoderKind {
    fn new(column: &Column, encoding: &ColumnEncoding, name: &str) -> Result<Self, DataError> {
        let mismatch = |expected, found| {
            Err(DataError::ColumnKind { name: name.to_owned(), column: column.name.clone(), expected, found })
        };
        match (&column.values, &encoding.kind) {
            (ColumnValues::Numbers(_), &ColumnKind::Number { scale, has_missing }) => {
                Ok(Self::Number { scale, has_missing })
            }
            (ColumnValues::Categories { names, .. }, ColumnKind::Category { categories }) => {
                Ok(Self::Category(positions(names, categories)))
            }
            (ColumnValues::Numbers(_), ColumnKind::Category { .. }) => mismatch("categories", "numbers"),
            (ColumnValues::Categories { .. }, ColumnKind::Number { .. }) => mismatch("numbers", "categories"),
        }
    }
}

impl ColumnEncoder {
    /// Writes the column's numbers of one row into the row's input, which is all 0 before.
    fn write(&self, table: &Table, row: usize, input: &mut [f32]) {
        match (&self.kind, &table.columns()[self.column].values) {
            (&ColumnEncoderKind::Number { scale, has_missing }, ColumnValues::Numbers(numbers)) => {
                let value = numbers[row];
                if !value.is_nan() {
                    input[self.at] = scale.apply(value);
                } else if has_missing {
                    input[self.at + 1] = 1.0;
                }
            }
            (ColumnEncoderKind::Category(places), ColumnValues::Categories { codes, .. }) => {
                // NO_CATEGORY is beyond the end of every list of places.
                if let Some(&Some(place)) = places.get(codes[row] as usize) {
                    input[self.at + place as usize] = 1.0;
                }
            }
            _ => unreachable!("kinds were compared when the encoder was made"),
        }
    }
}
