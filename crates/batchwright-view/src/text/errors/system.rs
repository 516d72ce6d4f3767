//! Japanese for the kinds of errors of the operating system that a beginner meets.

use std::io;

/// An error of the operating system: its own words, for the kinds that a beginner meets with
/// Japanese before them.
pub(super) fn error(error: &io::Error) -> String {
    match japanese_kind(error.kind()) {
        Some(kind) => format!("{kind} ({error})"),
        None => error.to_string(),
    }
}

fn japanese_kind(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::NotFound => Some("ファイルやフォルダがありません"),
        io::ErrorKind::PermissionDenied => Some("アクセスが許可されていません"),
        io::ErrorKind::AlreadyExists => Some("すでに存在します"),
        io::ErrorKind::IsADirectory => Some("フォルダです"),
        io::ErrorKind::NotADirectory => Some("フォルダではありません"),
        io::ErrorKind::StorageFull => Some("ディスクに空きがありません"),
        io::ErrorKind::OutOfMemory => Some("メモリが足りません"),
        _ => None,
    }
}

/// The kind of a system error, where only that is known.
pub(super) fn kind(kind: io::ErrorKind) -> String {
    japanese_kind(kind).map_or_else(|| kind.to_string(), ToOwned::to_owned)
}
