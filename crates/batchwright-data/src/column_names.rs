//! Names of columns for a message: a table can have 100,000.

use serde::Serialize;
use std::fmt;

/// How many names a message shows.
const SHOWN: usize = 8;
/// How many characters of a name or value a message shows.
const LONGEST: usize = 80;

/// The first few of some column names, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnNames {
    /// The first few names, shortened where they are long.
    pub first: Vec<String>,
    /// How many there are in all.
    pub count: usize,
}

impl ColumnNames {
    pub(crate) fn new<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> Self {
        let count = names.len();
        Self { first: names.take(SHOWN).map(|name| excerpt(name)).collect(), count }
    }

    /// How many are not shown.
    pub fn more(&self) -> usize {
        self.count - self.first.len()
    }
}

impl fmt::Display for ColumnNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first.join(", "))?;
        if self.more() == 0 { Ok(()) } else { write!(f, " and {} more", self.more()) }
    }
}

/// A name or value for a message: its beginning, if it is long.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The names that are spelled most like `wanted`, at most three, the best first.
pub(crate) fn nearest(wanted: &str, names: &[String]) -> Vec<String> {
    let lower = wanted.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&lower, &name.to_lowercase());
    let short = names.iter().filter(|name| name.len() <= 4 * LONGEST);
    let mut scored: Vec<_> = short.map(|name| (score(name), name)).collect();
    scored.retain(|(score, _)| *score > 0.8);
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(3).map(|(_, name)| excerpt(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40,000 names on one screen hide the message that they are part of.
    #[test]
    fn a_message_shows_few_names_and_the_nearest() {
        let names: Vec<String> = (0..40_000).map(|column| format!("gene{column}")).collect();
        let shown = ColumnNames::new(names.iter()).to_string();
        assert_eq!(shown, "gene0, gene1, gene2, gene3, gene4, gene5, gene6, gene7 and 39992 more");
        assert_eq!(ColumnNames::new(names[..2].iter()).to_string(), "gene0, gene1");
        let names = ["price", "area", "Zimmer"].map(str::to_owned);
        assert_eq!(nearest("prise", &names), ["price"]);
        assert_eq!(nearest("zimer", &names), ["Zimmer"]);
        assert!(nearest("colour", &names).is_empty());
        assert_eq!(excerpt(&"é".repeat(1000)).chars().count(), 83);
    }
}
