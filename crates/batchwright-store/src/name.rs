//! Names of runs and studies. A name is also a folder, a word on a command line and a part of a
//! report, so only characters that are harmless in all three are allowed.
//!
//! Left out: whether a name is taken, which `store` knows.

use crate::error::{NameProblem, StoreError};
use crate::schema::DATABASE_FILE;

/// Longest name, in bytes. File systems allow 255; the rest is left for suffixes.
const MAX_BYTES: usize = 100;

/// Characters that are allowed beside letters and digits.
const MARKS: &str = "-_.,+=@ ";

/// How a new run or study gets its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewName<'a> {
    /// This name, or an error where it is taken.
    Exactly(&'a str),
    /// A readable name, made from this text and the first free number: `digits mlp:64` gives
    /// `digits-mlp64-1`.
    Numbered(&'a str),
}

/// Refuses a name that is not safe as a folder name.
pub(crate) fn check(name: &str) -> Result<(), StoreError> {
    let bad = |reason| Err(StoreError::BadName { name: name.to_string(), reason });
    if name.is_empty() {
        return bad(NameProblem::Empty);
    }
    if name.len() > MAX_BYTES {
        return bad(NameProblem::TooLong { most: MAX_BYTES });
    }
    if let Some(c) = name.chars().find(|&c| !c.is_alphanumeric() && !MARKS.contains(c)) {
        return bad(NameProblem::Character { character: c, marks: MARKS });
    }
    if name.starts_with(['-', '.', ' ']) || name.ends_with(['.', ' ']) {
        return bad(NameProblem::Ends);
    }
    if name.contains("..") {
        return bad(NameProblem::Dots);
    }
    if name.to_lowercase().starts_with(DATABASE_FILE) {
        return bad(NameProblem::Database);
    }
    Ok(())
}

/// Lower-case words joined by dashes: `Digits mlp:512,256` gives `digits-mlp512-256`. Never empty.
pub(crate) fn slug(text: &str) -> String {
    let text = text.to_lowercase().replace(':', "");
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(MAX_BYTES / 2);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "run".to_string() } else { slug.to_string() }
}

/// Existing names that look like `name`, nearest first, at most three.
pub(crate) fn nearest(name: &str, existing: &[String]) -> Vec<String> {
    let likeness = |other: &String| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let mut near: Vec<(f64, &String)> =
        existing.iter().map(|other| (likeness(other), other)).filter(|(l, _)| *l > 0.75).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.into_iter().take(3).map(|(_, other)| other.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else `--name ../../x` writes a model outside the folder of runs.
    #[test]
    fn unsafe_folder_names_are_refused() {
        let long = "x".repeat(MAX_BYTES + 1);
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "../x",
            "a..b",
            "-rf",
            " a",
            "a ",
            "a\nb",
            "a\0b",
            "\u{1b}[2J",
            "<script>",
            "batchwright.db-wal",
            &long,
        ] {
            assert!(matches!(check(name), Err(StoreError::BadName { .. })), "{name:?}");
        }
        for name in ["a", "digits-mlp64-1", "v1.2", "my run", "実験1", "lr=0.1,b=32"] {
            assert!(check(name).is_ok(), "{name:?}");
        }
    }

    /// Else a generated name is refused by our own check.
    #[test]
    fn a_slug_is_a_safe_name() {
        for text in
            ["Digits mlp:512,256", "", "../..", "実験", "---", &"long ".repeat(50), "/data/mnist mlp:1"]
        {
            assert!(check(&format!("{}-1", slug(text))).is_ok(), "{text:?} gives {:?}", slug(text));
        }
        assert_eq!(slug("Digits mlp:512,256"), "digits-mlp512-256");
        assert_eq!(slug("実験"), "run");
    }
}
