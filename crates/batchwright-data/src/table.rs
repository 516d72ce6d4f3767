//! A table in memory, column by column.
//!
//! Left out: the file that it is read from (`csv`).

use crate::csv::number::NumberForm;

/// Marks a missing or unknown category. No column has so many categories.
pub const NO_CATEGORY: u32 = u32::MAX;

/// The input columns of a table, without the label.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// How its numbers are written.
    pub form: NumberForm,
    /// Its values, one per row.
    pub values: ColumnValues,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValues {
    /// Numbers; NaN stands for a missing one (a literal NaN in a file is refused).
    Numbers(Vec<f32>),
    /// Categories.
    Categories {
        /// The different texts.
        names: Vec<String>,
        /// Index into `names`, or [`NO_CATEGORY`].
        codes: Vec<u32>,
    },
}

impl Table {
    /// A table of these columns, at least one, all of the same length.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns }
    }

    /// The columns, at least one, all of the same length.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| match &column.values {
            ColumnValues::Numbers(numbers) => numbers.len(),
            ColumnValues::Categories { codes, .. } => codes.len(),
        })
    }
}
