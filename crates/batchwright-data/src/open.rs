//! From a path to a [`Source`]: the embedded digits, a folder of IDX files, or a CSV table.

use std::path::Path;

use crate::csv::file::CsvFile;
use crate::csv::read_table;
use crate::csv::schema;
use crate::encode::Encoding;
use crate::error::DataError;
use crate::images::digits::digits;
use crate::images::idx;
use crate::images::idx::Needs;
use crate::options::OpenOptions;
use crate::problem::SettingProblem;
use crate::regular_file::{io_error, open_regular};
use crate::source::Source;
use crate::task::TaskKind;

/// Opens a data set for training. `None` is the embedded digits, a folder is one of IDX files, a
/// `.csv` file is a table.
///
/// # Errors
/// See [`DataError`].
pub fn open(path: Option<&Path>, options: &OpenOptions) -> Result<Source, DataError> {
    match Format::of(path)? {
        Format::Digits => check_options(options).and_then(|()| digits()),
        Format::Folder(folder) => {
            check_options(options).and_then(|()| idx::open_folder(folder, Needs::Training))
        }
        Format::Table(path) => {
            let schema = schema::infer(&mut CsvFile::open(path)?, options)?;
            read_table::read(&mut CsvFile::open(path)?, schema)
        }
    }
}

/// Opens data with labels for a trained model. The encoding decides how columns are read, not the
/// values in this file, so that one row is enough. Columns that the model does not know are not
/// read.
///
/// # Errors
/// See [`DataError`].
pub fn open_labelled(path: Option<&Path>, encoding: &Encoding) -> Result<Source, DataError> {
    open_encoded(path, encoding, true)
}

/// As [`open_labelled`], for data to predict on: label column and label files are not read, and may
/// be absent.
///
/// # Errors
/// See [`DataError`].
pub fn open_unlabelled(path: Option<&Path>, encoding: &Encoding) -> Result<Source, DataError> {
    open_encoded(path, encoding, false)
}

fn open_encoded(path: Option<&Path>, encoding: &Encoding, labelled: bool) -> Result<Source, DataError> {
    match Format::of(path)? {
        Format::Table(path) => {
            let mut file = CsvFile::open(path)?;
            let schema = schema::from_encoding(&file, encoding, labelled)?;
            read_table::read(&mut file, schema)
        }
        Format::Digits => digits(),
        Format::Folder(folder) if labelled => idx::open_folder(folder, Needs::AnyLabelled),
        Format::Folder(folder) => idx::open_folder(folder, Needs::AnyImages),
    }
}

enum Format<'a> {
    Digits,
    Folder(&'a Path),
    Table(&'a Path),
}

impl<'a> Format<'a> {
    fn of(path: Option<&'a Path>) -> Result<Self, DataError> {
        let Some(path) = path else { return Ok(Self::Digits) };
        let metadata = std::fs::metadata(path).map_err(|source| io_error(path, source))?;
        if metadata.is_dir() {
            return Ok(Self::Folder(path));
        }
        open_regular(path)?;
        let is_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if is_table { Ok(Self::Table(path)) } else { Err(DataError::UnknownFormat { path: path.to_owned() }) }
    }
}

/// Refuses options of tables for images, because they have no meaning there. Ignoring them would
/// hide a mistake.
fn check_options(options: &OpenOptions) -> Result<(), DataError> {
    let (flag, value) = if let Some(label) = &options.label {
        ("--label", label.clone())
    } else if let Some(column) = options.ignore_columns.first() {
        ("--ignore-columns", column.clone())
    } else if options.task == Some(TaskKind::Regress) {
        ("--task", "regress".to_owned())
    } else {
        return Ok(());
    };
    let problem = SettingProblem::ForTables;
    Err(DataError::Setting { flag, value, problem })
}
