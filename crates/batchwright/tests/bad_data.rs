//! Files that are not data, or damaged data. Each is refused before training starts, and the error
//! names the file, the row and the value.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;

const IMAGES: &str = "d/train-images-idx3-ubyte";
const LABELS: &str = "d/train-labels-idx1-ubyte";

fn idx(magic: u32, dimensions: &[u32], values: impl Iterator<Item = u8>) -> Vec<u8> {
    let numbers = std::iter::once(&magic).chain(dimensions);
    numbers.flat_map(|number| number.to_be_bytes()).chain(values).collect()
}

/// 60 images of 2x2 pixels.
fn images() -> Vec<u8> {
    idx(0x803, &[60, 2, 2], (0..240).map(|value| value as u8))
}

fn labels() -> Vec<u8> {
    idx(0x801, &[60], (0..60).map(|sample| sample % 3))
}

/// Trains on files with this content. Each must be refused, and no run must have been started.
fn refused_files(images: &[u8], labels: &[u8], code: i32, what: &[&str]) {
    let folder = Folder::new();
    folder.write(IMAGES, images);
    folder.write(LABELS, labels);
    folder.run("train --data d --max-steps 2").refused(code, what);
    assert!(!folder.path("runs").exists());
}

/// Without this test, the tests below could pass for another reason.
#[test]
fn the_whole_files_are_fine() {
    let folder = Folder::new();
    folder.write(IMAGES, images());
    folder.write(LABELS, labels());
    folder.run("train --data d --max-steps 2").succeeded();
}

#[test]
fn damaged_idx_files() {
    let (images, labels) = (images(), labels());
    refused_files(&[], &labels, 1, &[IMAGES, "truncated"]);
    refused_files(&images, &[], 1, &[LABELS, "truncated"]);
    refused_files(&images[..10], &labels, 1, &[IMAGES, "truncated"]);
    refused_files(
        &images[..images.len() - 1],
        &labels,
        1,
        &[IMAGES, "truncated", "240 bytes expected, only 239 found"],
    );
    refused_files(&[&images[..], &[0]].concat(), &labels, 1, &[IMAGES, "goes on"]);
    refused_files(&labels, &images, 1, &[IMAGES, "0x00000801", "0x00000803"]);
    refused_files(b"<!DOCTYPE html>  ", &labels, 1, &[IMAGES, "web page"]);
    refused_files(b"PNG and so on    ", &labels, 1, &[IMAGES, "magic number"]);
    refused_files(
        &images,
        &idx(0x801, &[59], (0..59).map(|sample| sample % 3)),
        1,
        &[LABELS, "59 labels for 60"],
    );
}

/// A header that announces more data than fits into any memory must not be trusted.
#[test]
fn a_header_of_absurd_size() {
    let huge = idx(0x803, &[u32::MAX, u32::MAX, u32::MAX], std::iter::empty());
    refused_files(&huge, &labels(), 1, &[IMAGES, "4294967295"]);
}

#[test]
fn damaged_compressed_files() {
    let folder = Folder::new();
    folder.write(&format!("{IMAGES}.gz"), b"\x1f\x8b\x08 and then nothing of the kind");
    folder.write(LABELS, labels());
    folder.run("train --data d").refused(1, &[&format!("{IMAGES}.gz")]);
}

#[test]
fn all_of_one_class_or_one_colour() {
    refused_files(&images(), &idx(0x801, &[60], std::iter::repeat_n(7, 60)), 1, &["one class"]);
    refused_files(
        &idx(0x803, &[60, 2, 2], std::iter::repeat_n(9, 240)),
        &labels(),
        1,
        &["all pixels", "equal"],
    );
}

/// A class that the model has never seen must not be scored as another class.
#[test]
fn a_label_out_of_the_range_of_the_model() {
    let folder = Folder::new();
    folder.write(IMAGES, images());
    folder.write(LABELS, labels());
    folder.run("train --data d --name r --max-steps 2").succeeded();
    folder.write("e/train-images-idx3-ubyte", images());
    folder.write("e/train-labels-idx1-ubyte", idx(0x801, &[60], (0..60).map(|sample| sample % 4)));
    folder.run("eval r --data e").refused(1, &["\"3\"", "3 classes"]);
    folder.run("eval r").refused(1, &["[1, 8, 8]", "[1, 2, 2]"]);
}

#[test]
fn paths_that_are_no_data() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("empty")).unwrap();
    folder.write("notes.doc", "x");
    folder.run("train --data empty").refused(1, &["empty", "train-images-idx3-ubyte"]);
    folder.run("train --data nosuch").refused(1, &["nosuch", "cannot be read"]);
    let missing = folder.run("train --data nosuch").stderr;
    assert_eq!(missing.matches("No such file").count(), 1, "said once: {missing}");
    folder.run("train --data notes.doc").refused(2, &["notes.doc", ".csv"]);
    folder.run("train --data /dev/null").refused(1, &["/dev/null", "a device"]);
}

/// Reading from a FIFO without a writer would wait for ever.
#[cfg(unix)]
#[test]
fn a_fifo_is_not_waited_for() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("d")).unwrap();
    folder.write(LABELS, labels());
    for path in ["fifo.csv", IMAGES] {
        let made = std::process::Command::new("mkfifo").arg(folder.path(path)).status().unwrap();
        assert!(made.success());
    }
    folder.run("train --data fifo.csv --label y").refused(1, &["fifo.csv", "a FIFO"]);
    folder.run("train --data d").refused(1, &[IMAGES, "a FIFO"]);
    folder.run("eval fifo.csv").refused(1, &["fifo.csv", "not a regular file"]);
}

/// A table of x and y, with one line put in place of its line `at` (the header is line 1).
fn table(at: usize, line: &str) -> String {
    let mut lines: Vec<String> = (0..40).map(|x| format!("{x},{}", 3 * x + 1)).collect();
    lines.insert(0, "x,y".to_owned());
    lines[at - 1] = line.to_owned();
    lines.join("\n")
}

fn refused_table(content: impl AsRef<[u8]>, flags: &str, code: i32, what: &[&str]) {
    let folder = Folder::new();
    folder.write("t.csv", content);
    folder.run(&format!("train --data t.csv {flags} --max-steps 2")).refused(code, what);
    assert!(!folder.path("runs").exists());
}

#[test]
fn cells_that_are_no_numbers_are_named_by_line_and_column() {
    for value in ["NaN", "inf", "many"] {
        let what = ["t.csv, line 9", "\"x\"", &format!("{value:?}")];
        refused_table(table(9, &format!("{value},5")), "--label y --task regress", 1, &what);
        let what = ["t.csv, line 9", "\"y\"", &format!("{value:?}")];
        refused_table(table(9, &format!("5,{value}")), "--label y --task regress", 1, &what);
    }
    refused_table(table(9, "5,"), "--label y --task regress", 1, &["t.csv, line 9", "no value", "\"y\""]);
}

#[test]
fn rows_and_tables_that_are_malformed() {
    let regress = "--label y --task regress";
    refused_table("", regress, 1, &["t.csv"]);
    refused_table("x,y\n", regress, 1, &["t.csv", "no row"]);
    refused_table(table(9, "1,2,3"), regress, 1, &["t.csv, line 9"]);
    refused_table(table(9, "1"), regress, 1, &["t.csv, line 9"]);
    let odd = [table(9, "1,2").as_bytes(), b"\n\xff\xfe,3\n"].concat();
    refused_table(&odd, regress, 1, &["t.csv, line 42", "\"x\""]);
    refused_table(
        &odd,
        &format!("{regress} --encoding utf-8"),
        1,
        &["t.csv, line 42", "not UTF-8", "--encoding"],
    );
    refused_table("<html><body>Sign in</body></html>", regress, 1, &["t.csv", "web page"]);
    refused_table(table(2, "1,2,3"), &format!("{regress} --delimiter tab"), 2, &["no column \"y\"", "x,y"]);
    refused_table("x,y\n1,2\n3,4\n", regress, 1, &["t.csv", "too few"]);
}

#[test]
fn columns_that_are_lacking_or_say_nothing() {
    let whole = || table(1, "x,y");
    refused_table(whole(), "", 2, &["--label", "x, y"]);
    refused_table(whole(), "--label z", 2, &["\"z\"", "--label", "x, y"]);
    refused_table(whole(), "--label y --ignore-columns z", 2, &["\"z\"", "--ignore-columns"]);
    refused_table(whole(), "--label y --ignore-columns y", 2, &["\"y\"", "--ignore-columns"]);
    refused_table(whole(), "--label y --ignore-columns x", 1, &["no column is left"]);
    let constant: String = (0..40).map(|x| format!("{x},7,{x}\n")).collect();
    refused_table(format!("x,c,y\n{constant}"), "--label c", 1, &["\"c\"", "same value", "another --label"]);
}

/// Flags that mean nothing for the data must not be silently ignored.
#[test]
fn flags_that_mean_nothing_for_the_data() {
    refused_table(table(1, "x,y"), "--label y --task regress --label-noise 0.1", 2, &["--label-noise 0.1"]);
    refused_table(
        table(1, "x,y"),
        "--label y --task regress --target val_accuracy=0.9",
        2,
        &["--target", "val_loss"],
    );
    Folder::new().run("train --label y").refused(2, &["--label y", "tables"]);
    Folder::new().run("train --task regress").refused(2, &["--task regress", "tables"]);
}
