//! CSV tables: how columns and labels are understood, and which file is refused with which words.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::path::PathBuf;

use batchwright_data::{
    Batch, ColumnValues, DataError, DataRemark, Dataset, FileOptions, Inputs, Labels, NO_CATEGORY,
    OpenOptions, RawInputs, Source, SplitOptions, Splits, Subset, Targets, TaskKind, TextEncoding, open,
    open_labelled, open_unlabelled, sample_shape,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn file(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn labelled(label: &str) -> OpenOptions {
    OpenOptions { label: Some(label.to_owned()), ..Default::default() }
}

fn open_text(text: impl AsRef<[u8]>, options: &OpenOptions) -> Result<Source, DataError> {
    let (_folder, path) = file(text);
    open(Some(&path), options)
}

fn refusal(text: impl AsRef<[u8]>, options: &OpenOptions) -> String {
    open_text(text, options).unwrap_err().to_string()
}

fn column<'a>(source: &'a Source, name: &str) -> &'a ColumnValues {
    let RawInputs::Table(table) = source.inputs() else { panic!("a table") };
    &table.columns().iter().find(|column| column.name == name).unwrap().values
}

/// A table of `rows` rows: a number with gaps, a category, and labels of both kinds.
fn animals(rows: usize) -> String {
    let row = |i: usize| {
        let weight = if i % 7 == 3 { String::new() } else { format!("{}.5", i % 11) };
        let (coat, species) = (["short", "long", "NA"][i % 3], ["cat", "dog"][i / 2 % 2]);
        format!("{weight},{coat},{species},{}\n", i as f32 * 0.25)
    };
    "weight,coat,species,age\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

#[test]
fn columns_are_typed_and_gaps_kept() {
    let text =
        "x,colour,y\n1.5,red,a\n?,\"dark, \"\"blue\"\"\",b\n -2e1 ,NA,a\n3,N/A,b\n4,null,a\n5,None,b\n6,,a\n";
    let source = open_text(text, &labelled("y")).unwrap();
    let ColumnValues::Numbers(numbers) = column(&source, "x") else { panic!("numbers") };
    assert!(numbers[1].is_nan());
    assert_eq!((numbers[0], numbers[2]), (1.5, -20.0));
    let expected = ColumnValues::Categories {
        names: vec!["dark, \"blue\"".to_owned(), "red".to_owned()],
        codes: vec![1, 0, NO_CATEGORY, NO_CATEGORY, NO_CATEGORY, NO_CATEGORY, NO_CATEGORY],
    };
    assert_eq!(*column(&source, "colour"), expected);
    assert_eq!(source.class_names(), ["a", "b"]);
}

/// Excel writes a byte order mark and Windows line ends.
#[test]
fn byte_order_mark_and_windows_line_ends_are_understood() {
    let source = open_text("\u{feff}y,x\r\na,1\r\nb,2\r\n", &labelled("y")).unwrap();
    assert_eq!((source.samples(), source.class_names()), (2, &["a".to_owned(), "b".to_owned()][..]));
}

/// The rule that tells classes from numbers, case by case.
#[test]
fn task_is_told_by_the_labels_values() {
    let table = |labels: &[&str]| {
        let row = |(i, label): (usize, &&str)| format!("{i},{label}\n");
        "x,y\n".to_owned() + &labels.iter().enumerate().map(row).collect::<String>()
    };
    let whole: Vec<String> = (0..30).map(|i| (i % 3).to_string()).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    let ranks: Vec<String> = (0..30).map(|i| (i % 7).to_string()).collect();
    let ranks: Vec<&str> = ranks.iter().map(String::as_str).collect();
    let cases = [
        (vec!["yes", "no"], TaskKind::Classify),
        (whole, TaskKind::Classify),
        (["1.0", "0"].repeat(5), TaskKind::Classify),
        (ranks, TaskKind::Regress),
        (["0.5", "1"].repeat(20), TaskKind::Regress),
        (vec!["1", "2", "3"], TaskKind::Regress),
    ];
    for (labels, task) in cases {
        let source = open_text(table(&labels), &labelled("y")).unwrap();
        assert_eq!(source.task(), Some(task), "{labels:?}");
    }
}

/// `1` in one file and `1.0` in another are the same class; 10 comes after 2.
#[test]
fn numbered_classes_have_one_name_and_their_order() {
    let options = OpenOptions { task: Some(TaskKind::Classify), ..labelled("y") };
    let source = open_text("x,y\n1,10\n2,2.0\n3,2\n4,10.00\n", &options).unwrap();
    assert_eq!(source.class_names(), ["2", "10"]);
    let Labels::Classes { codes, .. } = source.labels() else { panic!("classes") };
    assert_eq!(**codes, [1, 0, 0, 1]);
}

#[test]
fn the_label_must_be_named() {
    let (_folder, path) = file("x,y\n1,2\n");
    let error = open(Some(&path), &OpenOptions::default()).unwrap_err();
    assert!(
        error.to_string().ends_with("say which column to predict with --label; the columns are x, y"),
        "{error}"
    );
    assert!(
        refusal("x,y\n1,2\n", &labelled("z")).contains("no column \"z\" (--label); the columns are x, y")
    );
    let options = OpenOptions { ignore_columns: vec!["q".to_owned()], ..labelled("y") };
    assert!(refusal("x,y\n1,2\n", &options).contains("no column \"q\" (--ignore-columns)"));
    let options = OpenOptions { ignore_columns: vec!["y".to_owned()], ..labelled("y") };
    assert!(refusal("x,y\n1,2\n", &options).contains("both --label and in --ignore-columns"));
    let options = OpenOptions { ignore_columns: vec!["x".to_owned()], ..labelled("y") };
    assert!(refusal("x,y\n1,a\n2,b\n", &options).contains("no column is left to predict \"y\" from"));
}

/// One stray text in a column of numbers must not turn a thousand numbers into categories in
/// silence.
#[test]
fn text_among_numbers_is_refused_with_its_line() {
    let rows = |bad: &str| "x,y\n".to_owned() + &"1,a\n2,b\n".repeat(10) + bad;
    for bad in ["abc", "NaN", "inf", "-Infinity", "1e999", "1;5"] {
        let error = refusal(rows(&format!("{bad},a\n")), &labelled("y"));
        let expected = format!("line 22, column \"x\": {bad:?} is not a finite number");
        assert!(error.contains(&expected), "{error}");
        assert!(error.contains("--ignore-columns x"), "{error}");
    }
    let error = refusal("y,x\n".to_owned() + &"1.5,1\n2.5,2\n".repeat(10) + "\nlots,3\n", &labelled("y"));
    assert!(
        error.contains("line 23, column \"y\": \"lots\"") && error.contains("--task classify"),
        "{error}"
    );
    let options = OpenOptions { task: Some(TaskKind::Regress), ..labelled("y") };
    assert!(refusal("x,y\n1,cat\n2,dog\n", &options).contains("line 2, column \"y\": \"cat\""));
}

/// Lines are counted as an editor counts them: Windows line ends, empty lines and quoted line
/// breaks included.
#[test]
fn lines_are_those_of_the_file() {
    let unix = "x,y\n\n1,\"a\nb\"\n\n\n2,c\n3,\n";
    for text in [unix.to_owned(), unix.replace('\n', "\r\n")] {
        let error = refusal(&text, &labelled("y"));
        assert!(error.contains("line 8: no value in the label column \"y\" in 1 of the rows"), "{error}");
    }
}

fn constant(source: &Source) -> Vec<String> {
    let constant = |remark: &DataRemark| match remark {
        DataRemark::ConstantColumns { columns } => columns.first.clone(),
        _ => Vec::new(),
    };
    source.remarks().iter().flat_map(constant).collect()
}

/// A column that says nothing must not keep a table from being trained on.
#[test]
fn columns_without_information_are_left_out() {
    for rows in ["1,7,a\n2,7.0,b\n", "1,,a\n2,NA,b\n", "1,u,a\n2,u,b\n"] {
        let source = open_text(format!("x,z,y\n{rows}"), &labelled("y")).unwrap();
        let RawInputs::Table(table) = source.inputs() else { panic!("a table") };
        assert_eq!((constant(&source), table.columns().len()), (vec!["z".to_owned()], 1), "{rows}");
    }
    let error = refusal("x,y\n1,a\n2,a\n", &labelled("y"));
    assert!(error.contains("column \"y\" has the same value") && error.contains("--label"), "{error}");
    assert!(refusal("z,y\n1,a\n1,b\n", &labelled("y")).contains("no column is left to predict \"y\" from"));
    // Constant where present: where it is missing is information.
    let source = open_text("x,z,y\n1,7,a\n2,,b\n", &labelled("y")).unwrap();
    assert!(constant(&source).is_empty());
    let options = OpenOptions { ignore_columns: vec!["z".to_owned()], ..labelled("y") };
    assert!(constant(&open_text("x,z,y\n1,7,a\n2,7,b\n", &options).unwrap()).is_empty());
}

/// A column of names would make a one-hot input as wide as the table is long.
#[test]
fn free_text_is_refused() {
    let rows: String = (0..1002).map(|i| format!("name{},{}\n", i % 1001, i % 2)).collect();
    let error = refusal(format!("who,y\n{rows}"), &labelled("y"));
    assert!(
        error.contains("column \"who\" has more than 1000 different texts")
            && error.contains("--ignore-columns who")
    );
    assert!(refusal(format!("who,y\n{rows}"), &labelled("who")).contains("--task regress"));
    let rows: String = (0..1002).map(|i| format!("name{},{}\n", i % 1000, i % 2)).collect();
    assert!(open_text(format!("who,y\n{rows}"), &labelled("y")).is_ok());
}

#[test]
fn malformed_files_name_their_line() {
    let options = labelled("y");
    assert!(refusal("", &options).contains("is empty; the first line"));
    assert!(refusal("x,y\n", &options).contains("has no row below its header"));
    let error = refusal("x,y\r\n1,2\r\n1,2,3\r\n", &options);
    assert!(error.contains("line 3: 3 fields, but the first row has 2"), "{error}");
    let file = FileOptions { encoding: TextEncoding::named("utf-8"), ..Default::default() };
    let error = refusal(b"x,y\n1,2\n3,caf\xe9\n", &OpenOptions { file, ..options.clone() });
    assert!(error.contains("line 3: is not UTF-8 text") && error.contains("--encoding"), "{error}");
    assert!(refusal("x,y\n1,\"a\n2,b\n", &options).contains("column \"y\" has the same value"));
}

/// The only value of the only column may fall into validation or test: an input of no numbers
/// cannot be trained on.
#[test]
fn a_column_without_values_in_training_is_refused() {
    let rows: String = (0..40).map(|i| format!("{},{}\n", if i == 0 { "red" } else { "" }, i % 2)).collect();
    let source = open_text(format!("colour,y\n{rows}"), &labelled("y")).unwrap();
    let refused = |seed| {
        Splits::new(&source, &SplitOptions { seed, ..Default::default() })
            .is_err_and(|e| matches!(e, DataError::NoValues { .. }))
    };
    let refusals = (0..40).filter(|&seed| refused(seed)).count();
    assert!((1..20).contains(&refusals), "{refusals}");
}

fn gather_all(subset: &Subset) -> Batch {
    let mut batch = Batch::with_capacity(subset.len(), sample_shape(subset));
    subset.gather(&(0..subset.len() as u32).collect::<Vec<_>>(), 0, &mut batch);
    batch
}

/// A new file is read as the training file was, not as it looks: one row, columns in another order,
/// categories never seen.
#[test]
fn a_saved_encoding_reads_new_files() {
    let (_folder, path) = file(animals(60));
    let options = OpenOptions { ignore_columns: vec!["age".to_owned()], ..labelled("species") };
    let splits = Splits::new(&open(Some(&path), &options).unwrap(), &SplitOptions::default()).unwrap();
    let encoding = &splits.encoding;
    assert_eq!(encoding.input_shape(), [4], "weight, its gap, long, short");

    let (_folder, path) = file("species,extra,coat,weight\ndog,1,long,\n");
    let batch = gather_all(
        &Subset::with_encoding(
            &open_labelled(Some(&path), encoding, &FileOptions::default()).unwrap(),
            encoding,
        )
        .unwrap(),
    );
    assert_eq!(
        (batch.inputs, batch.targets),
        (Inputs::Numbers(vec![0.0, 1.0, 1.0, 0.0]), Targets::Classes(vec![1]))
    );

    let (_folder, path) = file("coat,weight\n7,1.5\n");
    let unlabelled = open_unlabelled(Some(&path), encoding, &FileOptions::default()).unwrap();
    let subset = Subset::with_encoding(&unlabelled, encoding).unwrap();
    let batch = gather_all(&subset);
    assert_eq!(batch.inputs.numbers().unwrap()[1..], [0.0, 0.0, 0.0]);
    assert_eq!((subset.is_labelled(), batch.targets), (false, Targets::Classes(vec![])));
    assert!(matches!(Splits::new(&unlabelled, &SplitOptions::default()), Err(DataError::Unlabelled { .. })));
}

#[test]
fn a_file_that_does_not_fit_the_encoding_is_refused() {
    let (_folder, path) = file(animals(60));
    let splits =
        Splits::new(&open(Some(&path), &labelled("species")).unwrap(), &SplitOptions::default()).unwrap();
    let encoding = &splits.encoding;
    let open_new = |text: &str| {
        let (_folder, path) = file(text);
        open_labelled(Some(&path), encoding, &FileOptions::default()).map(drop).unwrap_err().to_string()
    };
    assert!(open_new("coat,species,age\nlong,cat,1\n").contains("no column \"weight\" (the model reads it)"));
    let error = open_new("coat,species,age,weight\nlong,cow,1,2\n");
    assert!(
        error.contains("line 2, column \"species\": class \"cow\" is not one of the 2 classes"),
        "{error}"
    );
    assert!(
        open_new("coat,species,age,weight\nlong,cat,old,2\n").contains("line 2, column \"age\": \"old\"")
    );
    assert!(open_new("coat,species,age,weight\n").contains("no row below"));
    let error =
        Subset::with_encoding(&open_labelled(None, encoding, &FileOptions::default()).unwrap(), encoding)
            .unwrap_err();
    assert!(matches!(error, DataError::KindMismatch { found: "images", .. }), "{error}");

    let digits =
        Splits::new(&open(None, &OpenOptions::default()).unwrap(), &SplitOptions::default()).unwrap();
    let error = open_labelled(Some(&path), &digits.encoding, &FileOptions::default()).unwrap_err();
    assert!(matches!(error, DataError::KindMismatch { found: "a table", .. }), "{error}");

    // Opened by its looks, the category column of this file is one of numbers.
    let (_folder, path) =
        file("coat,weight,age,species\n".to_owned() + &"1,2.5,3.5,cat\n2,3.5,4.5,dog\n".repeat(3));
    let source = open(Some(&path), &labelled("species")).unwrap();
    let error = Subset::with_encoding(&source, encoding).unwrap_err();
    assert!(matches!(error, DataError::ColumnKind { found: "numbers", .. }), "{error}");
}

proptest! {
    /// Whatever the bytes, the answer is a table or an error, never a panic.
    #[test]
    fn random_tables_never_panic(text in "(x|y|,|\"|\n|\r|1|-2.5|NA|nan|é| ){0,60}", header: bool) {
        let text = if header { format!("x,y\n{text}") } else { text };
        for task in [None, Some(TaskKind::Classify), Some(TaskKind::Regress)] {
            let _ = open_text(&text, &OpenOptions { task, ..labelled("y") }).map(|source| Splits::new(&source, &SplitOptions::default()));
        }
    }
}
