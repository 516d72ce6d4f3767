//! Tables as they are in the world: every separator, encoding and number format gives the same
//! columns as the same data in UTF-8 with commas.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::io::Write;
use std::path::PathBuf;

use batchwright_data::{
    ColumnNames, ColumnValues, DataError, DataRemark, Delimiter, FileOptions, Labels, NumberForm,
    OpenOptions, RawInputs, Source, SplitOptions, Splits, Table, TextEncoding, open, open_labelled,
    open_to_describe, open_unlabelled,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn file(name: &str, bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn labelled(label: &str) -> OpenOptions {
    OpenOptions { label: Some(label.to_owned()), ..Default::default() }
}

fn open_bytes(bytes: impl AsRef<[u8]>, options: &OpenOptions) -> Result<Source, DataError> {
    let (_folder, path) = file("data.csv", bytes);
    open(Some(&path), options)
}

fn table(source: &Source) -> &Table {
    let RawInputs::Table(table) = source.inputs() else { panic!("a table") };
    table
}

/// Names and values of all columns, NaN as `-0.0` so that they can be compared, and the labels.
fn content(source: &Source) -> (Vec<(String, ColumnValues)>, String) {
    let plain = |values: &ColumnValues| match values {
        ColumnValues::Numbers(numbers) => {
            let number = |&number: &f32| if number.is_nan() { -0.0 } else { number };
            ColumnValues::Numbers(numbers.iter().map(number).collect())
        }
        other => other.clone(),
    };
    let columns = table(source).columns().iter();
    let labels = match source.labels() {
        Labels::Classes { names, codes, .. } => format!("{names:?} {codes:?}"),
        Labels::Values { values, .. } => format!("{values:?}"),
        Labels::NextTokens | Labels::Absent => String::new(),
    };
    (columns.map(|column| (column.name.clone(), plain(&column.values))).collect(), labels)
}

/// The data that all files of this test hold, in the plain form: Japanese and German texts, a
/// missing number, a quoted separator and line end.
const PLAIN: &str =
    "größe,身長,town,kind\n1.5,1234.5,\"Köln; Süd, 1|2\ta\",男\n-0.25,,\"two\nlines\",女\n17.0,999,x,男\n";

fn expected() -> (Vec<(String, ColumnValues)>, String) {
    content(&open_bytes(PLAIN, &labelled("kind")).unwrap())
}

/// `PLAIN` in other separators and encodings.
fn separated(delimiter: char) -> String {
    let mut quoted = false;
    let other = |c| match c {
        '"' => {
            quoted = !quoted;
            c
        }
        ',' if !quoted => delimiter,
        other => other,
    };
    PLAIN.chars().map(other).collect()
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_separator_and_encoding_is_the_same_data() {
    for delimiter in [',', ';', '\t', '|'] {
        for line_end in ["\n", "\r\n"] {
            let text = separated(delimiter).replace('\n', line_end).replace("two\r\n", "two\n");
            let marked = format!("\u{feff}{text}");
            for bytes in [
                text.clone().into_bytes(),
                marked.clone().into_bytes(),
                utf_16(&text, u16::to_le_bytes),
                utf_16(&text, u16::to_be_bytes),
                utf_16(&marked, u16::to_le_bytes),
                utf_16(&marked, u16::to_be_bytes),
                gzip(&text),
                format!("sep={delimiter}{line_end}{text}").into_bytes(),
                format!("# made by hand{line_end}{line_end}# twice{line_end}{text}").into_bytes(),
            ] {
                let source = open_bytes(&bytes, &labelled("kind")).unwrap();
                assert_eq!(
                    content(&source),
                    expected(),
                    "{delimiter:?} {:?}",
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    }
}

/// Windows saves in the encoding of its country.
#[test]
fn encodings_of_countries_are_the_same_data() {
    let japanese = "名前,身長,y\nスズキ,1.5,男\n田中,2.5,女\n";
    let german = "Größe,Straße,y\n1.5,Köln,männlich\n2.5,Münster,weiblich\n";
    for (text, encoding, name) in
        [(japanese, encoding_rs::SHIFT_JIS, "Shift_JIS"), (german, encoding_rs::WINDOWS_1252, "windows-1252")]
    {
        let bytes = encoding.encode(text).0.into_owned();
        let found = open_bytes(&bytes, &labelled("y")).unwrap();
        assert_eq!(content(&found), content(&open_bytes(text, &labelled("y")).unwrap()));
        let remark = DataRemark::ReadAs { encoding: name, delimiter: ',', decimal_comma: false };
        assert_eq!(found.remarks(), [remark]);

        let given = FileOptions { encoding: TextEncoding::named(name), ..Default::default() };
        let found = open_bytes(&bytes, &OpenOptions { file: given, ..labelled("y") }).unwrap();
        assert_eq!(content(&found), content(&open_bytes(text, &labelled("y")).unwrap()));
    }
    let euc = encoding_rs::EUC_JP.encode(japanese).0.into_owned();
    let given = FileOptions { encoding: TextEncoding::named("euc-jp"), ..Default::default() };
    let found = open_bytes(&euc, &OpenOptions { file: given, ..labelled("y") }).unwrap();
    assert_eq!(content(&found), content(&open_bytes(japanese, &labelled("y")).unwrap()));
}

/// A German number that is read as an English one is wrong by a factor of a thousand.
#[test]
fn numbers_of_countries_are_the_same_data() {
    let plain = "a,b,y\n1.5,1234.5,0.25\n2,999,1.5\n,1000000,-3\n";
    let same = content(&open_bytes(plain, &labelled("y")).unwrap());
    for (text, decimal_comma, thousands) in [
        ("a;b;y\n1,5;1234,5;0,25\n2;999;1,5\n;1000000;-3\n", true, false),
        ("a;b;y\n1,5;1.234,5;0,25\n2;999;1,5\n;1.000.000;-3\n", true, true),
        ("a\tb\ty\n1,5\t1 234,5\t0,25\n2\t999\t1,5\n\t1 000 000\t-3\n", true, true),
        ("a,b,y\n\"1,5\",\"1.234,5\",\"0,25\"\n2,999,\"1,5\"\n,1.000.000,-3\n", true, true),
        ("a,b,y\n1.5,\"1,234.5\",0.25\n2,999,1.5\n,\"1,000,000\",-3\n", false, true),
        ("a;b;y\n1.5;1,234.5;0.25\n2;999;1.5\n;1,000,000;-3\n", false, true),
    ] {
        let source = open_bytes(text, &labelled("y")).unwrap();
        assert_eq!(content(&source), same, "{text}");
        let is_comma = source
            .remarks()
            .iter()
            .any(|remark| matches!(remark, DataRemark::ReadAs { decimal_comma: true, .. }));
        let columns = ColumnNames { first: vec!["b".to_owned()], count: 1 };
        let grouped = source.remarks().contains(&DataRemark::Thousands { columns });
        assert_eq!((is_comma, grouped), (decimal_comma, thousands), "{text}");
    }
}

/// A model of a German table must not read `1.234` of a new row as one and a bit.
#[test]
fn a_model_reads_new_rows_as_its_own() {
    let row = |i: u32| format!("{},5;{i}.234;{}.1.2024;{}\n", i % 7, 1 + i % 28, i % 2);
    let text = "x;mass;day;y\n".to_owned() + &(1..60).map(row).collect::<String>();
    let source = open_bytes(text, &labelled("y")).unwrap();
    let encoding = Splits::new(&source, &SplitOptions::default()).unwrap().encoding;
    let read = |text: &str| {
        let (_folder, path) = file("new.csv", text);
        content(&open_unlabelled(Some(&path), &encoding, &FileOptions::default()).unwrap()).0
    };
    let numbers = |number: f32| ColumnValues::Numbers(vec![number]);
    let same = [("x", 1.5), ("mass", 1234.0), ("day", 19_733.0)]
        .map(|(name, number)| (name.to_owned(), numbers(number)));
    assert_eq!(read("x;mass;day\n1,5;1.234;11.1.2024\n"), same);
    assert_eq!(read("x,mass,day\n1.5,1234,11/1/2024\n"), same);
    assert_eq!(read("mass\tday\tx\n1234\t2024-01-11\t1.5\n"), same);
}

#[test]
fn dates_become_days() {
    let row = |i: usize| format!("2024-01-{:02},{i}.5,{}\n", 1 + i % 30, i % 2);
    let text = "day,x,y\n".to_owned() + &(0..30).map(row).collect::<String>();
    let source = open_bytes(&text, &labelled("y")).unwrap();
    let ColumnValues::Numbers(days) = &table(&source).columns()[0].values else { panic!("numbers") };
    assert_eq!(days[..2], [19_723.0, 19_724.0]);
    let columns = ColumnNames { first: vec!["day".to_owned()], count: 1 };
    assert_eq!(source.remarks(), [DataRemark::Dates { columns, form: NumberForm::YearFirst }]);
    // As a label, a day is a class, unless a number is asked for.
    let text = "x,y\n1,2024-01-01\n2,2024-01-02\n3,2024-01-01\n";
    assert_eq!(open_bytes(text, &labelled("y")).unwrap().class_names(), ["2024-01-01", "2024-01-02"]);
}

/// An id that is learned by heart looks like knowledge in training and is none.
#[test]
fn ids_are_left_out() {
    let row = |i: usize| format!("{i},code{i},{}.5,{},{}\n", i * 7, 1000 + i * 3, i % 2);
    let text = "id,key,x,size,y\n".to_owned() + &(0..30).map(row).collect::<String>();
    let source = open_bytes(&text, &labelled("y")).unwrap();
    let names: Vec<&str> = table(&source).columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["x", "size"], "numbers that differ are measurements");
    let columns = ColumnNames { first: vec!["id".to_owned(), "key".to_owned()], count: 2 };
    assert_eq!(source.remarks(), [DataRemark::IdColumns { columns }]);
    // Two equal ones are no ids; a few different texts may be different by chance.
    let text = text.replace("29,code29", "28,code28");
    assert_eq!(table(&open_bytes(&text, &labelled("y")).unwrap()).columns().len(), 4);
    let text: String = text.lines().take(19).map(|line| format!("{line}\n")).collect();
    assert_eq!(table(&open_bytes(&text, &labelled("y")).unwrap()).columns().len(), 4);
}

#[test]
fn names_that_cannot_be_used_are_made_usable() {
    let text = "x,,x,y,y\n1,2,3,4,a\n2,3,4,5,b\n";
    let source = open_bytes(text, &labelled("y.2")).unwrap();
    let names: Vec<&str> = table(&source).columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["x", "column2", "x.2", "y"]);
    let named = |name: &str, and: &[&str]| {
        let first: Vec<String> = std::iter::once(&name).chain(and).map(|&name| name.to_owned()).collect();
        ColumnNames { count: first.len(), first }
    };
    let made = DataRemark::NamesMade { columns: named("column2", &[]) };
    assert_eq!(source.remarks(), [made, DataRemark::NamesNumbered { columns: named("x.2", &["y.2"]) }]);
    let options = OpenOptions { ignore_columns: vec!["x.2".to_owned()], ..labelled("y") };
    assert_eq!(table(&open_bytes(text, &options).unwrap()).columns().len(), 3);
}

#[test]
fn a_missing_header_is_noticed_and_made() {
    let text = "5.1,3.5,0\n4.9,3.0,1\n4.7,3.2,0\n";
    let error = open_bytes(text, &labelled("species")).unwrap_err();
    assert!(error.to_string().contains("--no-header"), "{error}");
    let source = open_bytes(text, &labelled("0")).unwrap();
    assert_eq!((source.samples(), source.remarks()), (2, &[DataRemark::HeaderOfNumbers][..]));
    let file = FileOptions { no_header: true, ..Default::default() };
    let source = open_bytes(text, &OpenOptions { file, ..labelled("column3") }).unwrap();
    assert_eq!((source.samples(), source.remarks()), (3, &[][..]));
    let named = open_bytes(format!("column1,column2,column3\n{text}"), &labelled("column3")).unwrap();
    assert_eq!(content(&source), content(&named));
}

/// A file is corrected once, not once for each row.
#[test]
fn all_missing_labels_are_told_at_once() {
    let rows: String =
        (0..30).map(|i| if i % 3 == 0 { format!("{i},\n") } else { format!("{i},1.{i}\n") }).collect();
    let error = open_bytes(format!("x,y\n{rows}"), &labelled("y")).unwrap_err();
    assert!(
        matches!(&error, DataError::MissingLabel { count: 10, lines, .. } if *lines == [2, 5, 8, 11, 14])
    );
    let text = "lines 2, 5, 8, 11, 14 and others: no value in the label column \"y\" in 10 of the rows";
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn a_table_can_be_looked_at_without_a_label() {
    let (_folder, path) = file("data.tsv.gz", gzip("x\ty\n1\ta\n2\tb\n"));
    let source = open_to_describe(Some(&path), &OpenOptions::default()).unwrap();
    assert_eq!((source.task(), table(&source).columns().len()), (None, 2));
    assert!(matches!(open(Some(&path), &OpenOptions::default()), Err(DataError::NoLabel { .. })));
}

#[test]
fn what_is_no_table_is_named() {
    let page = open_bytes("\n<!DOCTYPE html>\n<html>", &labelled("y")).unwrap_err();
    assert!(matches!(page, DataError::WebPage { .. }), "{page}");
    let binary = open_bytes(b"PK\x03\x04\x14\0\x06\0 x,y\n1,2\n", &labelled("y")).unwrap_err();
    assert!(matches!(binary, DataError::NotText { .. }), "{binary}");
    let file = FileOptions { delimiter: Some(Delimiter::Comma), ..Default::default() };
    let error = open_bytes("x;y\n1,5;2\n", &OpenOptions { file, ..labelled("x;y") }).unwrap_err();
    assert!(error.to_string().contains("line 2: 2 fields, but the first row has 1"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("train-images-idx3-ubyte"), "").unwrap();
    let error = open(Some(folder.path()), &OpenOptions { file, ..Default::default() }).unwrap_err();
    assert!(matches!(error, DataError::Setting { flag: "--delimiter", .. }), "{error}");
}

/// One message with 40,000 names cannot be read.
#[test]
fn a_message_does_not_print_all_columns() {
    let header: Vec<String> = (0..40_000).map(|i| format!("gene{i}")).collect();
    let row = vec!["1"; 40_000].join(",");
    let text = format!("{}\n{row}\n", header.join(","));
    let error = open_bytes(&text, &labelled("gene39999x")).unwrap_err().to_string();
    assert!(error.len() < 400 && error.contains("did you mean gene39999"), "{error}");
    assert!(error.contains("and 39992 more"), "{error}");
    assert!(open_bytes(&text, &OpenOptions::default()).unwrap_err().to_string().len() < 400);
}

/// A file that is one row must not be read into memory.
#[test]
fn a_row_has_a_limit() {
    let (_folder, path) = file("data.csv.gz", {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"x,y\n1,a\n2,\"").unwrap();
        let part = vec![b'z'; 1 << 20];
        (0..80).for_each(|_| encoder.write_all(&part).unwrap());
        encoder.finish().unwrap()
    });
    let error = open(Some(&path), &labelled("y")).unwrap_err();
    assert!(matches!(error, DataError::LongRow { line: 3, .. }), "{error}");
    let error = open_bytes(format!("{},y\n1,a\n", "x".repeat(2 << 20)), &labelled("y")).unwrap_err();
    assert!(matches!(error, DataError::LongField { line: 1, field: 1, .. }), "{error}");
    assert!(error.to_string().len() < 300);
}

/// Data that does not fit is refused before it is read.
#[test]
fn a_table_beyond_the_memory_is_refused() {
    let file = FileOptions { memory: Some(10), ..Default::default() };
    let error = open_bytes("x,y\n1,a\n2,b\n", &OpenOptions { file, ..labelled("y") }).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { needed: 16, available: 10, .. }), "{error}");
}

#[test]
fn labels_of_a_model_are_read_in_their_form() {
    let row = |i: usize| format!("{i};{i},5\n");
    let text = "x;y\n".to_owned() + &(0..40).map(row).collect::<String>();
    let source = open_bytes(text, &labelled("y")).unwrap();
    let encoding = Splits::new(&source, &SplitOptions::default()).unwrap().encoding;
    let (_folder, path) = file("new.csv", "x;y\n1;2,5\n");
    let source = open_labelled(Some(&path), &encoding, &FileOptions::default()).unwrap();
    assert_eq!(content(&source).1, "[2.5]");
}

/// A model knows the table that it was trained on however the file is written, and no other one.
#[test]
fn a_model_knows_its_table() {
    let row = |i: usize| {
        let (x, town) =
            (if i % 7 == 3 { String::new() } else { format!("{}.5", i % 11) }, ["a", "b", "c"][i % 3]);
        format!("{x},{town},{}\n", ["no", "yes"][i % 2])
    };
    let text = "x,town,y\n".to_owned() + &(0..60).map(row).collect::<String>();
    let encoding =
        Splits::new(&open_bytes(&text, &labelled("y")).unwrap(), &SplitOptions::default()).unwrap().encoding;
    let knows = |text: &str| {
        let (_folder, path) = file("other.csv", text);
        encoding.was_fitted_on(&open_labelled(Some(&path), &encoding, &FileOptions::default()).unwrap())
    };
    assert!(knows(&text));
    assert!(knows(&text.replace(',', ";").replace('.', ",")));
    assert!(knows(&text.replace("\n", ",9\n").replace("y,9", "y,more")));
    assert!(!knows(&text.replacen("1.5", "1.75", 1)));
    assert!(!knows(&text.replacen("a,no", "a,yes", 1)));
    assert!(!knows(&format!("{text}1.5,a,no\n")));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(1, 2);
    assert!(!knows(&lines.join("\n")));
    let (_folder, path) = file("other.csv", &text);
    let unlabelled = open_unlabelled(Some(&path), &encoding, &FileOptions::default()).unwrap();
    assert!(!encoding.was_fitted_on(&unlabelled));
}

proptest! {
    /// Whatever is done to a table in whatever encoding, the answer is a table or an error, never
    /// a panic.
    #[test]
    fn mutated_tables_never_panic(
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        encoding in 0..6,
        changes in prop::collection::vec((0usize..200, any::<u8>()), 0..6),
        cut in 0usize..300,
        no_header: bool,
    ) {
        let text = separated(delimiter).replace("1234.5", "1.234,5").replace('x', "2024-01-31");
        let text = if cut % 3 == 0 { format!("#a\nsep={delimiter}\n{text}") } else { text };
        let mut bytes = match encoding {
            0 => utf_16(&text, u16::to_le_bytes),
            1 => utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes),
            2 => encoding_rs::SHIFT_JIS.encode(&text).0.into_owned(),
            3 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            4 => gzip(&text),
            _ => text.into_bytes(),
        };
        for (at, byte) in changes {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
        }
        bytes.truncate(cut.max(bytes.len() / 2));
        let file = FileOptions { no_header, ..Default::default() };
        for label in ["kind", "column4"] {
            let options = OpenOptions { file, ..labelled(label) };
            let _ = open_bytes(&bytes, &options).map(|source| Splits::new(&source, &SplitOptions::default()));
        }
        let (_folder, path) = self::file("data.csv", &bytes);
        let _ = open_to_describe(Some(&path), &OpenOptions { file, ..Default::default() });
    }
}
