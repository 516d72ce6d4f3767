//! Second pass over a table's file: fills typed columns, by the schema of the first pass.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use csv::StringRecord;

use crate::column_names::excerpt;
use crate::csv::file::{TableFile, is_missing};
use crate::csv::number::NumberForm;
use crate::csv::schema::{Field, Kind, MAX_CATEGORIES, Schema, class_name, in_order};
use crate::error::DataError;
use crate::problem::ColumnRemedy;
use crate::source::{Labels, RawInputs, Source};
use crate::table::{Column, ColumnValues, NO_CATEGORY, Table};

/// Lines that are named where labels are missing.
const LINES_SHOWN: usize = 5;

/// Second pass: fills the columns of the schema.
pub(crate) fn read(file: &TableFile, schema: Schema, memory: Option<u64>) -> Result<Source, DataError> {
    check_size(file.path(), &schema, memory)?;
    let expected = schema.rows;
    let mut features: Vec<Builder> =
        schema.features.into_iter().map(|field| Builder::new(field, Role::Feature, expected)).collect();
    let mut label = schema.label.map(|field| Builder::new(field, Role::Label, expected));
    let mut missing = MissingLabels::default();
    let mut row = StringRecord::new();
    let mut rows = file.rows()?;
    let mut count = 0usize;
    while let Some(byte) = rows.next_row(&mut row)? {
        count += 1;
        if let Some(label) = label.as_mut().filter(|label| !missing.note(label, &row, byte)) {
            label.push(&row, byte, file)?;
        }
        for column in &mut features {
            column.push(&row, byte, file)?;
        }
    }
    check_rows(count, expected, file.path())?;
    if let Some(label) = &label {
        missing.refuse(&label.name, file)?;
    }
    let columns = features.into_iter().map(Builder::into_column).collect();
    let name = file.path().display().to_string();
    let labels = label.map_or(Labels::Absent, |label| labels(label.into_column()));
    let source = Source::new(name, RawInputs::Table(Arc::new(Table::new(columns))), labels);
    Ok(Source { remarks: schema.remarks, ..source })
}

/// A value takes four bytes, a number or the code of a category.
fn check_size(path: &Path, schema: &Schema, memory: Option<u64>) -> Result<(), DataError> {
    let columns = (schema.features.len() + usize::from(schema.label.is_some())) as u64;
    let needed = (schema.rows as u64).saturating_mul(columns).saturating_mul(4);
    match memory.filter(|&available| available < needed) {
        Some(available) => Err(DataError::TooLarge { path: path.to_owned(), needed, available }),
        None => Ok(()),
    }
}

fn check_rows(rows: usize, expected: usize, path: &Path) -> Result<(), DataError> {
    if u32::try_from(rows).is_err() {
        return Err(DataError::TooManySamples { name: path.display().to_string() });
    }
    if expected != rows {
        return Err(DataError::Changed { path: path.to_owned() });
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

/// Rows without a label: all are counted, so that a file need not be corrected line by line.
#[derive(Default)]
struct MissingLabels {
    count: u64,
    /// Where the first of them begin.
    bytes: Vec<u64>,
}

impl MissingLabels {
    /// Whether the label is missing in this row, which is then noted.
    fn note(&mut self, label: &Builder, row: &StringRecord, byte: u64) -> bool {
        let missing = is_missing(row.get(label.index).unwrap_or(""));
        if missing {
            self.count += 1;
            if self.bytes.len() < LINES_SHOWN {
                self.bytes.push(byte);
            }
        }
        missing
    }

    fn refuse(self, column: &str, file: &TableFile) -> Result<(), DataError> {
        if self.count == 0 {
            return Ok(());
        }
        let lines = file.text.lines_at(&self.bytes)?;
        let (path, column) = (file.path().to_owned(), excerpt(column));
        Err(DataError::MissingLabel { path, column, count: self.count, lines })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Feature,
    /// The label: it must be known in every row.
    Label,
}

/// A column while it is read.
struct Builder {
    index: usize,
    role: Role,
    name: String,
    values: Values,
}

enum Values {
    Numbers(NumberForm, Vec<f32>),
    Categories(Categories),
}

struct Categories {
    names: Vec<String>,
    codes: Vec<u32>,
    /// Codes by name.
    known: HashMap<String, u32>,
    /// Whether a text that is not known becomes a category.
    learns: bool,
}

impl Builder {
    fn new(field: Field, role: Role, rows: usize) -> Self {
        let categories = |names: Vec<String>, learns| {
            let known = names.iter().cloned().zip(0..).collect();
            Values::Categories(Categories { names, codes: Vec::with_capacity(rows), known, learns })
        };
        let values = match field.kind {
            Kind::Numbers(form) => Values::Numbers(form, Vec::with_capacity(rows)),
            Kind::Texts => categories(Vec::new(), true),
            Kind::Categories(names) => categories(names, false),
        };
        Self { index: field.index, role, name: field.name, values }
    }

    fn into_column(self) -> Column {
        let (form, values) = match self.values {
            Values::Numbers(form, numbers) => (form, ColumnValues::Numbers(numbers)),
            Values::Categories(categories) => (NumberForm::default(), categories.in_order()),
        };
        Column { name: self.name, form, values }
    }

    fn push(&mut self, row: &StringRecord, byte: u64, file: &TableFile) -> Result<(), DataError> {
        let field = row.get(self.index).unwrap_or("");
        let missing = is_missing(field);
        let understood = match &mut self.values {
            Values::Numbers(form, numbers) => {
                let number = if missing { Some(f32::NAN) } else { form.parse(field) };
                number.map(|number| numbers.push(number)).is_some()
            }
            Values::Categories(categories) => {
                let name = if self.role == Role::Label { class_name(field) } else { field };
                let code = if missing { NO_CATEGORY } else { categories.code(name) };
                categories.codes.push(code);
                let too_many = categories.names.len() > MAX_CATEGORIES;
                !too_many && (self.role == Role::Feature || code != NO_CATEGORY)
            }
        };
        if understood { Ok(()) } else { Err(self.refuse(field, byte, file)) }
    }

    /// Why this column cannot hold this field.
    fn refuse(&self, field: &str, byte: u64, file: &TableFile) -> DataError {
        let line = match file.text.lines_at(&[byte]) {
            Ok(lines) => lines[0],
            Err(error) => return error,
        };
        let (path, column, value) = (file.path().to_owned(), excerpt(&self.name), excerpt(field));
        match &self.values {
            Values::Categories(categories) if self.role == Role::Label => {
                let name = format!("{}, line {line}, column {column:?}", path.display());
                DataError::UnknownClass { name, class: value, known: categories.names.len() }
            }
            Values::Categories(_) => {
                let remedy = ColumnRemedy::LeaveOut { column: column.clone() };
                DataError::TooManyCategories { path, column, limit: MAX_CATEGORIES, remedy }
            }
            Values::Numbers(..) => {
                let remedy = match self.role {
                    Role::Feature => ColumnRemedy::CorrectOrLeaveOut { column: column.clone() },
                    Role::Label => ColumnRemedy::CorrectOrClassify,
                };
                DataError::NotANumber { path, line, column, value, remedy }
            }
        }
    }
}

impl Categories {
    fn code(&mut self, name: &str) -> u32 {
        if let Some(&code) = self.known.get(name) {
            return code;
        }
        if !self.learns {
            return NO_CATEGORY;
        }
        let code = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.known.insert(name.to_owned(), code);
        code
    }

    /// The values, with what was learned in its order instead of in that of the rows.
    fn in_order(mut self) -> ColumnValues {
        if self.learns {
            let names = in_order(self.names.clone());
            let places: HashMap<&String, u32> = names.iter().zip(0..).collect();
            let places: Vec<u32> = self.names.iter().map(|name| places[name]).collect();
            // NO_CATEGORY is beyond the end of every list of places.
            let place = |code: &u32| places.get(*code as usize).copied().unwrap_or(NO_CATEGORY);
            self.codes = self.codes.iter().map(place).collect();
            self.names = names;
        }
        ColumnValues::Categories { names: self.names, codes: self.codes }
    }
}
