//! What each column of a table holds. A first pass over the file finds it out, or a saved encoding
//! gives it.
//!
//! Rules: a column in which at least 90% of the values that are not missing are finite numbers
//! holds numbers (text in it is then an error of the file); any other holds categories, at most
//! 1,000. A label is a class if it is text. It is also a class if its numbers are all whole, there
//! are at most 20 different ones, and each is in five rows on average. `--task` overrides this.

use crate::csv::file::{CsvFile, is_missing};
use crate::encode::{ColumnEncoding, ColumnKind, Encoding, InputEncoding, TargetEncoding};
use crate::error::DataError;
use crate::options::OpenOptions;
use crate::problem::ColumnRemedy;
use crate::task::TaskKind;
use std::collections::BTreeSet;

use csv::StringRecord;

/// The most categories or classes that a column may have.
const MAX_CATEGORIES: usize = 1000;
/// The most different whole numbers that are treated as classes.
const MAX_NUMBERED_CLASSES: usize = 20;
/// The fewest rows per number, on average, with which numbers are treated as classes.
const MIN_ROWS_PER_CLASS: usize = 5;

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Numbers,
    /// The different texts, sorted.
    Categories(Vec<String>),
}

/// A column that is to be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    /// Position in the file.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// Everything that the second pass needs to know.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) features: Vec<Field>,
    pub(crate) label: Option<Field>,
    /// Rows that the first pass counted; `None` without a first pass.
    pub(crate) rows: Option<usize>,
}

/// The name of a class as it is compared: spreadsheets write the class 1 as `1.0` as soon as the
/// label is missing in one row.
pub(crate) fn class_name(field: &str) -> &str {
    match field.split_once('.') {
        Some((whole, zeros))
            if is_whole(whole) && !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') =>
        {
            whole
        }
        _ => field,
    }
}

/// Digits with or without a sign.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// First pass: finds out what each column holds.
pub(crate) fn infer(file: &mut CsvFile, options: &OpenOptions) -> Result<Schema, DataError> {
    let label_at = check_columns(file, options)?;
    let (mut summaries, rows) = summarise(file, label_at)?;
    let label = summaries.remove(label_at);
    let kind = label.label_kind(file, options.task)?;
    let label = Field { index: label_at, name: label.name, kind };
    let features = summaries.into_iter().filter(|summary| !options.ignore_columns.contains(&summary.name));
    let features: Vec<Field> = features.map(|summary| summary.feature(file)).collect::<Result<_, _>>()?;
    if features.is_empty() {
        return Err(DataError::NoFeatures { path: file.path.clone(), label: label.name });
    }
    Ok(Schema { features, label: Some(label), rows: Some(rows) })
}

/// Takes the columns from a saved encoding; the label only if `labelled`. Other columns of the file
/// are not read.
pub(crate) fn from_encoding(
    file: &CsvFile,
    encoding: &Encoding,
    labelled: bool,
) -> Result<Schema, DataError> {
    let InputEncoding::Table { columns } = &encoding.input else {
        let name = file.path.display().to_string();
        return Err(DataError::KindMismatch { name, expected: "images", found: "a table" });
    };
    let field = |name: &str, kind| {
        Ok::<_, DataError>(Field {
            index: file.column(name, "the model reads it")?,
            name: name.to_owned(),
            kind,
        })
    };
    let feature = |column: &ColumnEncoding| {
        let kind = match &column.kind {
            ColumnKind::Number { .. } => Kind::Numbers,
            ColumnKind::Category { categories } => Kind::Categories(categories.clone()),
        };
        field(&column.name, kind)
    };
    let features = columns.iter().map(feature).collect::<Result<_, _>>()?;
    let label = match &encoding.target {
        _ if !labelled => None,
        TargetEncoding::Classes { column, names } => {
            Some(field(column.as_deref().unwrap_or("label"), Kind::Categories(names.clone()))?)
        }
        TargetEncoding::Value { column, .. } => Some(field(column, Kind::Numbers)?),
    };
    Ok(Schema { features, label, rows: None })
}

/// Checks the columns that the options name; returns the label's index.
fn check_columns(file: &CsvFile, options: &OpenOptions) -> Result<usize, DataError> {
    let Some(label) = &options.label else {
        return Err(DataError::NoLabel { path: file.path.clone(), columns: file.columns.clone() });
    };
    for ignored in &options.ignore_columns {
        file.column(ignored, "--ignore-columns")?;
    }
    if options.ignore_columns.contains(label) {
        return Err(DataError::LabelIgnored { path: file.path.clone(), column: label.clone() });
    }
    file.column(label, "--label")
}

/// Reads the file once; returns a summary of every column and the number of rows.
fn summarise(file: &mut CsvFile, label_at: usize) -> Result<(Vec<Summary>, usize), DataError> {
    let mut summaries: Vec<Summary> =
        file.columns.iter().enumerate().map(|(index, name)| Summary::new(index, name)).collect();
    let mut row = StringRecord::new();
    let mut rows = 0usize;
    while file.next_row(&mut row)?.is_some() {
        rows += 1;
        for (index, (summary, field)) in summaries.iter_mut().zip(&row).enumerate() {
            summary.add(if index == label_at { class_name(field) } else { field });
        }
    }
    if rows == 0 {
        return Err(DataError::NoRows { path: file.path.clone() });
    }
    Ok((summaries, rows))
}

/// What the first pass notes about a column.
struct Summary {
    /// Position in the file.
    index: usize,
    name: String,
    missing: usize,
    /// Values that are finite numbers.
    numbers: usize,
    /// Values that are not.
    texts: usize,
    /// Whether all numbers are whole.
    whole: bool,
    min: f32,
    max: f32,
    /// The different values, up to one more than [`MAX_CATEGORIES`].
    distinct: BTreeSet<String>,
}

impl Summary {
    fn new(index: usize, name: &str) -> Self {
        Self {
            index,
            name: name.to_owned(),
            missing: 0,
            numbers: 0,
            texts: 0,
            whole: true,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            distinct: BTreeSet::new(),
        }
    }

    fn add(&mut self, field: &str) {
        if is_missing(field) {
            self.missing += 1;
            return;
        }
        match parse_finite(field) {
            Some(number) => {
                self.numbers += 1;
                self.whole &= number.fract() == 0.0;
                self.min = self.min.min(number);
                self.max = self.max.max(number);
            }
            None => self.texts += 1,
        }
        if self.distinct.len() <= MAX_CATEGORIES && !self.distinct.contains(field) {
            self.distinct.insert(field.to_owned());
        }
    }

    fn is_numeric(&self) -> bool {
        self.numbers > 0 && self.numbers * 10 >= (self.numbers + self.texts) * 9
    }

    /// Whether the value is missing in every row, or present and the same in every row. A constant
    /// value with gaps still carries information: where the gaps are.
    fn is_constant(&self) -> bool {
        let same = self.distinct.len() == 1 || (self.texts == 0 && self.min == self.max);
        self.distinct.is_empty() || (self.missing == 0 && same)
    }

    fn feature(self, file: &CsvFile) -> Result<Field, DataError> {
        let remedy = || ColumnRemedy::LeaveOut { column: self.name.clone() };
        if self.is_constant() {
            return Err(DataError::ConstantColumn {
                path: file.path.clone(),
                column: self.name.clone(),
                remedy: remedy(),
            });
        }
        let kind = if self.is_numeric() { Kind::Numbers } else { self.categories(file, remedy())? };
        Ok(Field { index: self.index, name: self.name, kind })
    }

    fn label_kind(&self, file: &CsvFile, task: Option<TaskKind>) -> Result<Kind, DataError> {
        // For a label without any value, the second pass reports the first row where it is missing.
        if self.is_constant() && !self.distinct.is_empty() {
            let (path, column) = (file.path.clone(), self.name.clone());
            let remedy = ColumnRemedy::OtherLabel;
            return Err(DataError::ConstantColumn { path, column, remedy });
        }
        match task.unwrap_or_else(|| self.likely_task()) {
            TaskKind::Regress => Ok(Kind::Numbers),
            TaskKind::Classify => self.categories(file, ColumnRemedy::RegressOrOtherLabel),
        }
    }

    fn likely_task(&self) -> TaskKind {
        let different = self.distinct.len();
        let classes =
            self.whole && different <= MAX_NUMBERED_CLASSES && different * MIN_ROWS_PER_CLASS <= self.numbers;
        if self.is_numeric() && !classes { TaskKind::Regress } else { TaskKind::Classify }
    }

    /// The categories, as numbers in order of size if all are numbers (2 before 10), otherwise in
    /// alphabetical order.
    fn categories(&self, file: &CsvFile, remedy: ColumnRemedy) -> Result<Kind, DataError> {
        if self.distinct.len() > MAX_CATEGORIES {
            let (path, column) = (file.path.clone(), self.name.clone());
            return Err(DataError::TooManyCategories { path, column, limit: MAX_CATEGORIES, remedy });
        }
        let mut categories: Vec<String> = self.distinct.iter().cloned().collect();
        if self.texts == 0 {
            let size = |text: &String| parse_finite(text).unwrap_or(f32::INFINITY);
            categories.sort_by(|a, b| size(a).total_cmp(&size(b)));
        }
        Ok(Kind::Categories(categories))
    }
}

/// A field as a number of the table; `None` for text, NaN, infinities, and numbers beyond the range
/// of `f32`.
pub(crate) fn parse_finite(field: &str) -> Option<f32> {
    field.parse().ok().filter(|number: &f32| number.is_finite())
}

#[cfg(test)]
mod tests {
    use crate::csv::schema::class_name;

    /// If too much of a name is cut off, two classes become one.
    #[test]
    fn only_zeros_after_a_whole_number_are_cut() {
        for (field, name) in [("1.0", "1"), ("-2.000", "-2"), ("1.", "1."), (".0", ".0"), ("1.05", "1.05")] {
            assert_eq!(class_name(field), name);
        }
        for field in ["v1.0", "1.0.0", "-.0", "1.0a", "007", "", "."] {
            assert_eq!(class_name(field), field);
        }
    }
}
