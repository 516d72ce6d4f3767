//! Second pass over a CSV file: fills typed columns, by the schema of the first pass.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use csv::StringRecord;

use crate::csv::file::{CsvFile, is_missing, line_at};
use crate::csv::schema::{Field, Kind, Schema, class_name, parse_finite};
use crate::error::DataError;
use crate::problem::ColumnRemedy;
use crate::source::{Labels, RawInputs, Source};
use crate::table::{Column, ColumnValues, NO_CATEGORY, Table};

/// Second pass: fills the columns of the schema.
pub(crate) fn read(file: &mut CsvFile, schema: Schema) -> Result<Source, DataError> {
    let expected = schema.rows;
    let room = expected.unwrap_or(0);
    let mut features: Vec<Builder> =
        schema.features.into_iter().map(|field| Builder::new(field, Role::Feature, room)).collect();
    let mut label = schema.label.map(|field| Builder::new(field, Role::Label, room));
    let mut row = StringRecord::new();
    let mut rows = 0usize;
    while let Some(byte) = file.next_row(&mut row)? {
        rows += 1;
        for column in features.iter_mut().chain(&mut label) {
            column.push(&row, byte, &file.path)?;
        }
    }
    check_rows(rows, expected, &file.path)?;
    let columns = features.into_iter().map(Builder::into_column).collect();
    Ok(Source {
        name: file.path.display().to_string(),
        inputs: RawInputs::Table(Arc::new(Table::new(columns))),
        labels: label.map_or(Labels::Absent, |label| labels(label.into_column())),
        own_test: None,
    })
}

fn check_rows(rows: usize, expected: Option<usize>, path: &Path) -> Result<(), DataError> {
    if u32::try_from(rows).is_err() {
        return Err(DataError::TooManySamples { name: path.display().to_string() });
    }
    if expected.is_some_and(|expected| expected != rows) {
        return Err(DataError::Changed { path: path.to_owned() });
    }
    if rows == 0 {
        return Err(DataError::NoRows { path: path.to_owned() });
    }
    Ok(())
}

fn labels(column: Column) -> Labels {
    match column.values {
        ColumnValues::Numbers(values) => Labels::Values { column: column.name, values: values.into() },
        ColumnValues::Categories { names, codes } => {
            Labels::Classes { column: Some(column.name), names: names.into(), codes: codes.into() }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Feature,
    /// The label: it must be present and known in every row.
    Label,
}

/// A column while it is read.
struct Builder {
    index: usize,
    role: Role,
    column: Column,
    /// Codes by name, for categories.
    known: HashMap<String, u32>,
}

impl Builder {
    fn new(field: Field, role: Role, rows: usize) -> Self {
        let (values, known) = match field.kind {
            Kind::Numbers => (ColumnValues::Numbers(Vec::with_capacity(rows)), HashMap::new()),
            Kind::Categories(names) => {
                let known = names.iter().cloned().zip(0..).collect();
                (ColumnValues::Categories { names, codes: Vec::with_capacity(rows) }, known)
            }
        };
        Self { index: field.index, role, column: Column { name: field.name, values }, known }
    }

    fn into_column(self) -> Column {
        self.column
    }

    fn push(&mut self, row: &StringRecord, byte: u64, path: &Path) -> Result<(), DataError> {
        let field = row.get(self.index).unwrap_or("");
        let missing = is_missing(field);
        if missing && self.role == Role::Label {
            let column = self.column.name.clone();
            return Err(DataError::MissingLabel {
                path: path.to_owned(),
                line: line_at(path, byte)?,
                column,
            });
        }
        let parsed = match &mut self.column.values {
            ColumnValues::Numbers(numbers) => {
                let number = if missing { Some(f32::NAN) } else { parse_finite(field) };
                number.map(|number| numbers.push(number))
            }
            ColumnValues::Categories { codes, .. } => {
                let name = if self.role == Role::Label { class_name(field) } else { field };
                let code = if missing { None } else { self.known.get(name).copied() };
                let code = if self.role == Role::Feature { Some(code.unwrap_or(NO_CATEGORY)) } else { code };
                code.map(|code| codes.push(code))
            }
        };
        parsed.map_or_else(|| Err(self.refuse(field, line_at(path, byte)?, path)), Ok)
    }

    /// Why this column cannot hold this field.
    fn refuse(&self, field: &str, line: u64, path: &Path) -> DataError {
        let column = self.column.name.clone();
        if let ColumnValues::Categories { names, .. } = &self.column.values {
            let name = format!("{}, line {line}, column {column:?}", path.display());
            return DataError::UnknownClass { name, class: field.to_owned(), known: names.len() };
        }
        let remedy = match self.role {
            Role::Feature => ColumnRemedy::CorrectOrLeaveOut { column: column.clone() },
            Role::Label => ColumnRemedy::CorrectOrClassify,
        };
        DataError::NotANumber { path: path.to_owned(), line, column, value: field.to_owned(), remedy }
    }
}
