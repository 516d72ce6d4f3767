//! `lesson`: one file in the asked language, whole or not at all. What the page holds:
//! `batchwright-serve`.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};

#[test]
fn it_writes_one_page_in_the_language_that_is_asked_for() {
    let folder = Folder::new();
    assert_eq!(folder.run("lesson").succeeded().stdout, "batchwright-lesson.html\n");
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert!(read("batchwright-lesson.html").contains(r#"<html lang="en""#));
    let japanese = folder.command(&["lesson", "--lang", "ja", "--output", "a.html", "--json"]).output();
    let answer = Ended::new(japanese.unwrap()).succeeded().object();
    let page = read("a.html");
    assert!(page.contains(r#"<html lang="ja""#));
    assert_eq!((answer["output"].as_str(), answer["lang"].as_str()), (Some("a.html"), Some("ja")));
    assert_eq!(answer["bytes"].as_u64(), Some(page.len() as u64));
}

#[test]
fn where_it_cannot_write_it_says_so() {
    let folder = Folder::new();
    folder.run("lesson --output -").refused(2, &["--output -", "a file for a browser"]);
    folder.run("lesson --output nowhere/a.html").refused(1, &["--output", "nowhere", "No such file"]);
}
