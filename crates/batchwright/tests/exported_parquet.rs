//! Rows as Parquet, read back by the reader of the format.
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use parquet::file::reader::SerializedFileReader;
use parquet::record::Field;
use std::fs::File;

/// Otherwise a data frame has other rows than the CSV and the JSON of the same runs. A run that
/// diverges has numbers that are not finite, and every run has values that were not measured.
#[test]
fn the_rows_are_those_of_the_csv() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 2 --batch-size 64 --quiet").succeeded();
    folder.run("train --name b --model mlp:8 --epochs 2 --lr 1e30 --quiet").ended_with(1);
    folder.run("runs export a b --format parquet --output rows.parquet").succeeded();
    let file = SerializedFileReader::new(File::open(folder.path("rows.parquet")).unwrap()).unwrap();
    let read: Vec<_> = file.into_iter().map(Result::unwrap).collect();
    let csv = folder.run("runs export a b").succeeded().stdout;
    let mut lines = csv.lines();
    let headings: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(read.len(), rows.len());
    for (row, cells) in read.iter().zip(&rows) {
        let columns: Vec<_> = row.get_column_iter().collect();
        assert!(columns.iter().map(|column| column.0).eq(&headings));
        let fields: Vec<String> = columns.iter().map(|column| as_in_csv(column.1)).collect();
        assert_eq!(fields, *cells);
    }
    assert!(rows.iter().any(|cells| cells.contains(&"")), "something was not measured");
    assert!(rows.iter().flatten().any(|cell| ["NaN", "inf"].contains(cell)), "something is not finite");
}

fn as_in_csv(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::ULong(count) => count.to_string(),
        Field::Double(number) => number.to_string(),
        other => panic!("a column of another type: {other:?}"),
    }
}

/// Otherwise a terminal is filled with bytes, and a study has rows that nobody measured.
#[test]
fn what_has_no_rows_is_refused() {
    let folder = Folder::new();
    folder.run("train --name a --model linear --epochs 1 --quiet").succeeded();
    folder.run("runs export a --format parquet").refused(2, &["--output"]);
    folder.run("runs export a nobody --format parquet --output f").refused(2, &["nobody"]);
    assert!(!folder.path("f").exists());
}
