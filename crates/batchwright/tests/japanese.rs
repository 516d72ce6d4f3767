//! The program as a Japanese user meets it: help, errors and results, and exit codes as in English.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use crate::common::Folder;
use std::process::Output;

/// What the program shows to a user of a Japanese system.
fn run(folder: &Folder, line: &str) -> (Option<i32>, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let output = folder.command(&words).env("LANG", "ja_JP.UTF-8").output().unwrap();
    let Output { status, stdout, stderr } = output;
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

/// The locale decides, and `--lang` wins over it: also for help and for errors of the command line,
/// which come before any flag is read.
#[test]
fn the_locale_or_the_flag_decides() {
    let folder = Folder::new();
    for line in ["--help", "help", "find -h", "help find", "data describe --help", "help --lang ja"] {
        let (code, text) = run(&folder, line);
        assert_eq!(code, Some(0), "{line}: {text}");
        assert!(text.contains("使い方: batchwright") && !text.contains("Usage"), "{line}: {text}");
    }
    let (code, text) = run(&folder, "");
    assert_eq!(code, Some(2));
    assert!(text.contains("使い方: batchwright") && !text.starts_with("エラー"), "{text}");
    let (code, text) = run(&folder, "find --lang en --nope");
    assert_eq!(code, Some(2));
    assert!(text.contains("error: unexpected argument '--nope' found"), "{text}");
    let english = folder.run("find --lang ja --nope");
    assert!(english.stderr.contains("--nope という引数はありません"), "{}", english.stderr);
}

/// A beginner must be told what is wrong and what to type next, in Japanese.
#[test]
fn a_wrong_command_line_is_explained() {
    let folder = Folder::new();
    for (line, says, next) in [
        ("--quiet", "コマンドを指定してください", "batchwright --help"),
        ("fid", "もしかして: find", "batchwright --help"),
        ("find --bach-sizes 8", "もしかして: --batch-sizes", "batchwright find --help"),
        ("find --objective tim", "指定できる値: time、money", "batchwright find --help"),
        ("find --lr", "--lr <学習率> には値が必要です", "batchwright find --help"),
        ("train --lr x", "'x' は指定できません: 数値ではありません", "batchwright train --help"),
        ("find --lr 3..1", "範囲が逆です", "batchwright find --help"),
        ("train --memory-limit 2G", "メモリの量ではありません", "batchwright train --help"),
        ("train --batch-size x", "サンプル数でも `auto` でもありません", "batchwright train --help"),
        ("plan --epochs 2 --duration 2ep", "一緒に指定できません", "batchwright plan --help"),
        ("plan --samples 9 --samples 9", "1 回だけ指定できます", "batchwright plan --help"),
        ("report", "次の引数が必要です: <名前>", "batchwright report --help"),
        ("plan --samples 0", "学習サンプル 1 個以上", "batchwright plan --help"),
        ("train --max-steps 0", "1 以上を指定してください", "batchwright train --help"),
        ("find -- sh t.sh", "{batch_size} がありません", "batchwright find --help"),
    ] {
        let (code, text) = run(&folder, line);
        assert_eq!(code, Some(2), "{line}: {text}");
        assert!(text.starts_with("エラー: ") && text.contains(says), "{line}: {text}");
        assert!(text.ends_with(&format!("詳しい使い方: {next}\n")), "{line}: {text}");
    }
}

/// What fails is no wrong command line: exit code 1, and what the system says is kept.
#[test]
fn what_fails_is_explained() {
    let folder = Folder::new();
    let (code, text) = run(&folder, "train --data nowhere.csv --label y");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("読み込めません") && text.contains("(os error 2)"), "{text}");
    let (code, text) = run(&folder, "find --setup false --budget 9s -- sh -c {batch_size}");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("終了コード 1 で終わり"), "{text}");
}
