//! What each column of a table holds. A first pass over the file finds it out; where a saved
//! encoding says it, the pass finds out how numbers are written.
//!
//! Rules: a column in which at least 90% of the values that are not missing are finite numbers or
//! dates, all in one form ([`NumberForm`]), holds numbers (text in it is then an error of the
//! file); any other holds categories, at most 1,000. A label is a class if it is text. It is also a
//! class if its numbers are all whole, there are at most 20 different ones, and each is in five
//! rows on average. `--task` overrides this. Columns with one value in all rows, and ids, are left
//! out.

use std::collections::HashSet;

use csv::StringRecord;

use crate::column_names::{ColumnNames, excerpt};
use crate::csv::file::TableFile;
use crate::csv::habits::Habits;
use crate::csv::names::is_id;
use crate::csv::number::{NumberForm, parse_finite};
use crate::csv::summary::{Distinct, Summary};
use crate::delimiter::Delimiter;
use crate::encode::{ColumnEncoding, ColumnKind, Encoding, InputEncoding, TargetEncoding};
use crate::error::DataError;
use crate::options::OpenOptions;
use crate::problem::{ColumnRemedy, SettingProblem};
use crate::remark::DataRemark;
use crate::task::TaskKind;
use crate::text::encoding::TextEncoding;

/// The most categories or classes that a column may have.
pub(crate) const MAX_CATEGORIES: usize = 1000;
/// The most different whole numbers that are treated as classes.
const MAX_NUMBERED_CLASSES: usize = 20;
/// The fewest rows per number, on average, with which numbers are treated as classes.
const MIN_ROWS_PER_CLASS: usize = 5;

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Numbers(NumberForm),
    /// Texts that are not known yet.
    Texts,
    /// One of these texts.
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
    /// Rows that the first pass counted.
    pub(crate) rows: usize,
    /// What was assumed and left out.
    pub(crate) remarks: Vec<DataRemark>,
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

/// First pass: finds out what each column holds. Without a label, nothing is predicted.
pub(crate) fn infer(file: &TableFile, options: &OpenOptions) -> Result<Schema, DataError> {
    let label_at = check_columns(file, options)?;
    let seen = summarise(file, label_at)?;
    let label = label_at.map(|index| label_field(file, &seen, index, options.task)).transpose()?;
    let ignored: HashSet<&String> = options.ignore_columns.iter().collect();
    let wanted = (0..file.columns.len())
        .filter(|&index| Some(index) != label_at && !ignored.contains(&file.columns[index]));
    let (left_out, kept): (Vec<usize>, Vec<usize>) =
        wanted.partition(|&index| seen.columns[index].is_constant() || seen.columns[index].is_id());
    let features: Vec<Field> = kept
        .into_iter()
        .map(|index| {
            let form = seen.habits.form(&seen.columns[index], None);
            field(file, index, form.map_or(Kind::Texts, Kind::Numbers))
        })
        .collect();
    if features.is_empty() {
        let label = label.map(|label| label.name);
        return Err(DataError::NoFeatures { path: file.path().to_owned(), label });
    }
    let mut remarks = remarks(file, &seen, &features);
    let (constant, ids): (Vec<usize>, Vec<usize>) =
        left_out.into_iter().partition(|&index| seen.columns[index].is_constant());
    let named = |columns: Vec<usize>| {
        let names: Vec<&String> = columns.into_iter().map(|index| &file.columns[index]).collect();
        (!names.is_empty()).then(|| ColumnNames::new(names.into_iter()))
    };
    remarks.extend(named(constant).map(|columns| DataRemark::ConstantColumns { columns }));
    remarks.extend(named(ids).map(|columns| DataRemark::IdColumns { columns }));
    Ok(Schema { features, label, rows: seen.rows, remarks })
}

/// Takes the columns from a saved encoding; the label only if `labelled`. Other columns of the file
/// are not read.
pub(crate) fn from_encoding(
    file: &TableFile,
    encoding: &Encoding,
    labelled: bool,
) -> Result<Schema, DataError> {
    let InputEncoding::Table { columns } = &encoding.input else {
        return Err(not_a_table(file, encoding.input.kind()));
    };
    let at = |name: &str| file.column(name, "the model reads it");
    let places = columns.iter().map(|column| at(&column.name)).collect::<Result<Vec<_>, _>>()?;
    let label_name = match &encoding.target {
        TargetEncoding::Classes { column, .. } => column.as_deref().unwrap_or("label"),
        TargetEncoding::Value { column, .. } => column,
        TargetEncoding::NextToken => return Err(not_a_table(file, "a text")),
    };
    let label_at = labelled.then(|| at(label_name)).transpose()?;
    let seen = summarise(file, None)?;
    let numbers = |index: usize, earlier| {
        Kind::Numbers(seen.habits.form(&seen.columns[index], Some(earlier)).unwrap_or(earlier))
    };
    let feature = |(&index, column): (&usize, &ColumnEncoding)| match &column.kind {
        ColumnKind::Number { .. } => field(file, index, numbers(index, column.form)),
        ColumnKind::Category { categories } => field(file, index, Kind::Categories(categories.clone())),
    };
    let features: Vec<Field> = places.iter().zip(columns).map(feature).collect();
    let label = label_at.map(|index| match &encoding.target {
        TargetEncoding::Classes { names, .. } => field(file, index, Kind::Categories(names.clone())),
        TargetEncoding::Value { .. } | TargetEncoding::NextToken => {
            field(file, index, numbers(index, commas(columns)))
        }
    });
    let remarks = remarks(file, &seen, &features);
    Ok(Schema { features, label, rows: seen.rows, remarks })
}

fn not_a_table(file: &TableFile, expected: &'static str) -> DataError {
    DataError::KindMismatch { name: file.path().display().to_string(), expected, found: "a table" }
}

/// How numbers of a model's tables are written where a file does not tell: with a decimal comma if
/// any column of the table that it was trained on was.
fn commas(columns: &[ColumnEncoding]) -> NumberForm {
    let comma = columns
        .iter()
        .any(|column| matches!(column.kind, ColumnKind::Number { .. }) && column.form == NumberForm::Comma);
    if comma { NumberForm::Comma } else { NumberForm::Point }
}

fn field(file: &TableFile, index: usize, kind: Kind) -> Field {
    Field { index, name: file.columns[index].clone(), kind }
}

/// Checks the columns that the options name; returns the label's index, if there is a label.
fn check_columns(file: &TableFile, options: &OpenOptions) -> Result<Option<usize>, DataError> {
    for ignored in &options.ignore_columns {
        file.column(ignored, "--ignore-columns")?;
    }
    let Some(label) = &options.label else { return Ok(None) };
    if options.ignore_columns.contains(label) {
        return Err(DataError::LabelIgnored { path: file.path().to_owned(), column: label.clone() });
    }
    file.column(label, "--label").map(Some)
}

/// What the first pass saw.
struct Seen {
    columns: Vec<Summary>,
    habits: Habits,
    /// The different values of the label.
    classes: Distinct,
    rows: usize,
}

/// Reads the file once.
fn summarise(file: &TableFile, label_at: Option<usize>) -> Result<Seen, DataError> {
    let named_id = |name: &String| is_id(name);
    let mut columns: Vec<Summary> = file.columns.iter().map(|name| Summary::new(named_id(name))).collect();
    let mut classes = Distinct::default();
    let mut row = StringRecord::new();
    let mut rows = file.rows()?;
    let mut count = 0;
    while rows.next_row(&mut row)?.is_some() {
        count += 1;
        for (summary, field) in columns.iter_mut().zip(&row) {
            summary.add(field);
        }
        if let Some(label) = label_at.and_then(|index| row.get(index)) {
            classes.add(class_name(label), MAX_CATEGORIES);
        }
    }
    if count == 0 {
        return Err(DataError::NoRows { path: file.path().to_owned() });
    }
    let habits = Habits::of(columns.iter(), file.layout.delimiter);
    Ok(Seen { columns, habits, classes, rows: count })
}

/// What was assumed about the file and its numbers.
fn remarks(file: &TableFile, seen: &Seen, features: &[Field]) -> Vec<DataRemark> {
    let mut remarks = Vec::new();
    let (encoding, delimiter) = (file.text.encoding, file.layout.delimiter);
    let decimal_comma = seen.habits.decimal_comma();
    let usual = encoding == TextEncoding::default() && delimiter == Delimiter::default() && !decimal_comma;
    if !usual {
        let (encoding, delimiter) = (encoding.name(), delimiter.character());
        remarks.push(DataRemark::ReadAs { encoding, delimiter, decimal_comma });
    }
    remarks.extend(file.remarks.iter().cloned());
    let named = |is: &dyn Fn(&Field, NumberForm) -> bool| {
        let names: Vec<&String> = features
            .iter()
            .filter(|field| matches!(field.kind, Kind::Numbers(form) if is(field, form)))
            .map(|field| &field.name)
            .collect();
        (!names.is_empty()).then(|| ColumnNames::new(names.into_iter()))
    };
    let thousands = named(&|field, form| match form {
        NumberForm::Comma => seen.columns[field.index].has_thousands(),
        form => form == NumberForm::Grouped,
    });
    remarks.extend(thousands.map(|columns| DataRemark::Thousands { columns }));
    for form in NumberForm::ALL.into_iter().filter(|form| form.is_date()) {
        let dates = named(&|_, found| found == form);
        remarks.extend(dates.map(|columns| DataRemark::Dates { columns, form }));
    }
    remarks
}

fn label_field(
    file: &TableFile,
    seen: &Seen,
    index: usize,
    task: Option<TaskKind>,
) -> Result<Field, DataError> {
    let summary = &seen.columns[index];
    // For a label without any value, the second pass reports the rows where it is missing.
    if summary.is_constant() && !summary.is_empty() {
        let (path, column) = (file.path().to_owned(), excerpt(&file.columns[index]));
        return Err(DataError::ConstantLabel { path, column });
    }
    // A day to predict is a class, unless the task says otherwise.
    let form = seen.habits.form(summary, None);
    let number = form.filter(|form| !form.is_date() || task == Some(TaskKind::Regress));
    let kind = match task.unwrap_or_else(|| likely_task(seen, summary, number)) {
        TaskKind::Regress => Kind::Numbers(number.unwrap_or_default()),
        TaskKind::Classify => Kind::Categories(classes(file, seen, index)?),
        TaskKind::NextToken => {
            let (value, problem) = ("next_token".to_owned(), SettingProblem::ForText);
            return Err(DataError::Setting { flag: "--task", value, problem });
        }
    };
    Ok(field(file, index, kind))
}

fn likely_task(seen: &Seen, label: &Summary, form: Option<NumberForm>) -> TaskKind {
    let different = seen.classes.0.len();
    let classes =
        label.whole && different <= MAX_NUMBERED_CLASSES && different * MIN_ROWS_PER_CLASS <= label.present;
    if form.is_some() && !classes { TaskKind::Regress } else { TaskKind::Classify }
}

fn classes(file: &TableFile, seen: &Seen, index: usize) -> Result<Vec<String>, DataError> {
    let classes = &seen.classes.0;
    if classes.len() > MAX_CATEGORIES {
        let (path, column) = (file.path().to_owned(), excerpt(&file.columns[index]));
        let remedy = ColumnRemedy::RegressOrOtherLabel;
        return Err(DataError::TooManyCategories { path, column, limit: MAX_CATEGORIES, remedy });
    }
    Ok(in_order(classes.iter().cloned().collect()))
}

/// Categories as numbers in order of size if all are numbers (2 before 10), otherwise in
/// alphabetical order.
pub(crate) fn in_order(mut categories: Vec<String>) -> Vec<String> {
    let size = |text: &String| parse_finite(text);
    if categories.iter().all(|text| size(text).is_some()) {
        categories.sort_by(|a, b| size(a).partial_cmp(&size(b)).unwrap_or(a.cmp(b)).then_with(|| a.cmp(b)));
    } else {
        categories.sort();
    }
    categories
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
