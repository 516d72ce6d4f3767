//! Examples of the errors of `batchwright-data`.

use crate::text::examples::text;
use batchwright_data::{
    ColumnNames, ColumnRemedy, DataError, DimensionProblem, ImageSize, SettingProblem, TokenKind, WriteError,
};
use std::io;
use std::path::PathBuf;

fn path() -> PathBuf {
    "a.csv".into()
}

fn names() -> ColumnNames {
    ColumnNames { first: vec![text("x"), text("y")], count: 40_000 }
}

examples!(variants: DataError {
    Io { path: path(), source: io::ErrorKind::NotFound.into() },
    NotAFile { path: path(), found: "a folder" },
    UnknownFormat { path: path() },
    UnknownFolder { folder: path() },
    MissingFile { folder: path(), wanted: text("t10k") },
    WrongMagic { path: path(), wanted: 1, found: 2 },
    WrongDimensions { path: path(), dimensions: vec![0, 3], problem: DimensionProblem::NoImage },
    Truncated { path: path(), expected: 2, found: 1 },
    TrailingBytes { path: path(), expected: 2 },
    LabelCount { path: path(), images: 2, labels: 1 },
    MissingPart { folder: path(), wanted: text("test.bin") },
    RecordLength { path: path(), bytes: 7, record: 3 },
    RecordLabel { path: path(), record: 7, label: 11, classes: 10 },
    NameList { path: path(), expected: 10, found: 9 },
    NoClassFolder { folder: path() },
    EmptyClass { folder: path() },
    NestedFolder { folder: path() },
    NameNotUtf8 { path: path() },
    UntrainedClass { folder: path() },
    NoImageFile { path: path() },
    BadImage { path: path(), problem: text("CRC") },
    ImpossibleImage { path: path(), size: ImageSize { height: 9, width: 8 }, bytes: 7 },
    MixedSizes {
        first: path(),
        first_size: ImageSize { height: 9, width: 8 },
        other: "b.png".into(),
        other_size: ImageSize { height: 7, width: 6 }
    },
    NoRows { path: path() },
    TooFewToSplit { name: text("a"), samples: 3, part: "validation" },
    NoValues { name: text("a") },
    TooManySamples { name: text("a") },
    ShapeMismatch { name: text("a"), expected: vec![1], found: vec![2] },
    KindMismatch { name: text("a"), expected: "images", found: "a table" },
    WebPage { path: path() },
    NotText { path: path() },
    Gap { path: path() },
    MalformedText { path: path(), line: 3, encoding: "UTF-8" },
    EmptyTable { path: path() },
    FieldCount { path: path(), line: 3, found: 2, expected: 3 },
    LongRow { path: path(), line: 3, limit: 1 << 26 },
    LongField { path: path(), line: 3, field: 2, bytes: 9, limit: 8 },
    TooLarge { path: path(), needed: 1 << 40, available: 1 << 30 },
    NoLabel { path: path(), columns: names(), header_of_numbers: true },
    UnknownColumn {
        path: path(),
        column: text("z"),
        wanted_by: "the model reads it",
        nearest: Box::new([text("x")]),
        columns: names(),
        header_of_numbers: false
    },
    NoFeatures { path: path(), label: Some(text("y")) },
    LabelIgnored { path: path(), column: text("x") },
    NotANumber { path: path(), line: 3, column: text("x"), value: text("?"), remedy: ColumnRemedy::CorrectOrClassify },
    MissingLabel { path: path(), column: text("y"), count: 9, lines: vec![3, 7] },
    Unlabelled { name: text("a") },
    SingleClass { name: text("a") },
    UnknownClass { name: text("a"), class: text("9"), known: 2 },
    ConstantLabel { path: path(), column: text("x") },
    ConstantImages { name: text("a") },
    TooManyCategories { path: path(), column: text("x"), limit: 9, remedy: ColumnRemedy::RegressOrOtherLabel },
    ColumnKind { name: text("a"), column: text("x"), expected: "numbers", found: "categories" },
    Changed { path: path() },
    Arrays { problem: text("3/2") },
    EmptyText { path: path() },
    ZeroBytes { path: path() },
    TextTooLarge { path: path(), available: 1 << 30 },
    TextTooShort { name: text("a"), part: "validation", tokens: 9, needed: 65, context: 64 },
    ConstantText { name: text("a") },
    UnknownCharacter { name: text("a"), character: '#' },
    TokenKind { name: text("a"), found: TokenKind::Bytes, expected: TokenKind::Characters },
    Setting { flag: "--task", value: text("regress"), problem: SettingProblem::ForTables },
});

examples!(dimensions: DimensionProblem { NoImage, NoPixel, TooLarge });

examples!(remedies: ColumnRemedy {
    LeaveOut { column: text("x") },
    CorrectOrLeaveOut { column: text("x") },
    CorrectOrClassify,
    RegressOrOtherLabel,
});

examples!(settings: SettingProblem { ForTables, ForImageFiles, ForImages, OutOfSight, NotAShare, ForClasses, NotForText, ForText, Zero });

pub(crate) fn errors() -> Vec<DataError> {
    let without_label = DataError::NoFeatures { path: path(), label: None };
    let dimensions = dimensions().into_iter().map(|problem| DataError::WrongDimensions {
        path: path(),
        dimensions: vec![7],
        problem,
    });
    let remedies = remedies().into_iter().map(|remedy| DataError::TooManyCategories {
        path: path(),
        column: text("other"),
        limit: 9,
        remedy,
    });
    let settings = settings().into_iter().map(|problem| DataError::Setting {
        flag: "--label-noise",
        value: text("7"),
        problem,
    });
    variants().into_iter().chain([without_label]).chain(dimensions).chain(remedies).chain(settings).collect()
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
