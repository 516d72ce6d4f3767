//! Examples of the errors of `batchwright-data`.

use crate::text::examples::text;
use batchwright_data::{ColumnRemedy, DataError, DimensionProblem, RowProblem, SettingProblem, WriteError};
use std::io;
use std::path::PathBuf;

fn path() -> PathBuf {
    "a.csv".into()
}

fn names() -> Vec<String> {
    vec![text("x"), text("y")]
}

examples!(variants: DataError {
    Io { path: path(), source: io::ErrorKind::NotFound.into() },
    NotAFile { path: path(), found: "a folder" },
    UnknownFormat { path: path() },
    MissingFile { folder: path(), wanted: text("t10k") },
    WrongMagic { path: path(), wanted: 1, found: 2 },
    WrongDimensions { path: path(), dimensions: vec![0, 3], problem: DimensionProblem::NoImage },
    Truncated { path: path(), expected: 2, found: 1 },
    TrailingBytes { path: path(), expected: 2 },
    LabelCount { path: path(), images: 2, labels: 1 },
    NoRows { path: path() },
    TooFewToSplit { name: text("a"), samples: 3, part: "validation" },
    NoValues { name: text("a") },
    TooManySamples { name: text("a") },
    ShapeMismatch { name: text("a"), expected: vec![1], found: vec![2] },
    KindMismatch { name: text("a"), expected: "images", found: "a table" },
    MalformedRow { path: path(), line: 3, problem: RowProblem::NoHeader },
    DuplicateColumn { path: path(), column: text("x") },
    NoLabel { path: path(), columns: names() },
    UnknownColumn { path: path(), column: text("z"), wanted_by: "the model reads it", columns: names() },
    NoFeatures { path: path(), label: text("y") },
    LabelIgnored { path: path(), column: text("x") },
    NotANumber { path: path(), line: 3, column: text("x"), value: text("?"), remedy: ColumnRemedy::CorrectOrClassify },
    MissingLabel { path: path(), line: 3, column: text("y") },
    Unlabelled { name: text("a") },
    SingleClass { name: text("a") },
    UnknownClass { name: text("a"), class: text("9"), known: 2 },
    ConstantColumn { path: path(), column: text("x"), remedy: ColumnRemedy::OtherLabel },
    ConstantImages { name: text("a") },
    TooManyCategories { path: path(), column: text("x"), limit: 9, remedy: ColumnRemedy::RegressOrOtherLabel },
    ColumnKind { name: text("a"), column: text("x"), expected: "numbers", found: "categories" },
    Changed { path: path() },
    Arrays { problem: text("3/2") },
    Setting { flag: "--task", value: text("regress"), problem: SettingProblem::ForTables },
});

examples!(rows: RowProblem {
    NoHeader,
    NotUtf8 { field: 2 },
    FieldCount { found: 2, expected: 3 },
    Reader { 0: text("odd") },
});

examples!(dimensions: DimensionProblem { NoImage, NoPixel, TooLarge });

examples!(remedies: ColumnRemedy {
    LeaveOut { column: text("x") },
    CorrectOrLeaveOut { column: text("x") },
    CorrectOrClassify,
    OtherLabel,
    RegressOrOtherLabel,
});

examples!(settings: SettingProblem { ForTables, NotAShare, ForClasses, Zero });

pub(crate) fn errors() -> Vec<DataError> {
    let line = 7;
    let rows = rows().into_iter().map(|problem| DataError::MalformedRow { path: path(), line, problem });
    let dimensions = dimensions().into_iter().map(|problem| DataError::WrongDimensions {
        path: path(),
        dimensions: vec![7],
        problem,
    });
    let remedies = remedies().into_iter().map(|remedy| DataError::ConstantColumn {
        path: path(),
        column: text("other"),
        remedy,
    });
    let settings = settings().into_iter().map(|problem| DataError::Setting {
        flag: "--label-noise",
        value: text("7"),
        problem,
    });
    variants().into_iter().chain(rows).chain(dimensions).chain(remedies).chain(settings).collect()
}

/// A file that is not there.
pub(crate) fn unreadable() -> DataError {
    DataError::Io { path: path(), source: io::ErrorKind::NotFound.into() }
}

pub(crate) fn write_errors() -> Vec<WriteError> {
    let actions = [
        "find the file",
        "open what is no regular file",
        "write into what is no regular file",
        "make a temporary file in its folder",
        "write the content",
        "sync the content",
        "rename the temporary file",
    ];
    let error = |action| WriteError { path: path(), action, source: io::ErrorKind::StorageFull.into() };
    actions.map(error).into_iter().collect()
}
