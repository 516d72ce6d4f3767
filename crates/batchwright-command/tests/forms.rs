//! Reads each form in `recorded/forms` and compares all its rows with those that stand beside it.
//!
//! Else a form that was understood is lost, or gives a row with the wrong name, value or place.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rows;

use batchwright_command::read::{LineReader, Metric};
use std::path::{Path, PathBuf};

/// The recorded file of each form, and its folder.
fn forms() -> Vec<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/forms");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let recorded = |folder: PathBuf| {
        let mut files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let file = files.find(|file| file.file_name().unwrap() != "rows.txt").unwrap();
        (file, folder)
    };
    folders.into_iter().map(recorded).collect()
}

#[test]
fn every_form_gives_its_rows_and_no_others() {
    let forms = forms();
    for (file, folder) in &forms {
        let want = std::fs::read_to_string(folder.join("rows.txt")).unwrap();
        let read: Vec<String> = rows::of_file(file, "val_loss").unwrap().iter().map(rows::text).collect();
        assert_eq!(read, want.lines().collect::<Vec<_>>(), "{}", folder.display());
    }
    assert!(forms.len() > 80, "{}", forms.len());
}

/// Of a form that is not understood its user would not know what to write.
#[test]
fn a_form_without_rows_has_a_suggestion_that_reads_it() {
    let mut without_rows = 0;
    for (file, folder) in forms() {
        if !std::fs::read_to_string(folder.join("rows.txt")).unwrap().is_empty() {
            continue;
        }
        without_rows += 1;
        let lines = rows::lines(&std::fs::read(file).unwrap());
        let mut reader = LineReader::new(Vec::new(), "val_loss");
        lines.iter().for_each(|line| drop(reader.read(line)));
        let suggestion = reader.recognised().suggestion("val_loss").unwrap();
        let mut reader = LineReader::new(vec![Metric::parse(&suggestion.metric).unwrap()], "val_loss");
        let read = lines.iter().flat_map(|line| reader.read(line)).count();
        assert!(read > 1, "{}: {suggestion:?} reads {read} rows", folder.display());
    }
    assert_eq!(without_rows, 3);
}
