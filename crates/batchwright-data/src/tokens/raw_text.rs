//! A whole text as it was read: its tokens, before any vocabulary.

use std::ops::Range;

use crate::error::DataError;
use crate::tokens::ids::Ids;
use crate::tokens::parts::Parts;
use crate::tokens::token_kind::TokenKind;
use crate::tokens::vocabulary::Vocabulary;

/// A whole text. A token takes one byte, or two or four where the text has more than 256 or 65,536
/// different characters.
#[derive(Debug)]
pub struct RawText {
    kind: TokenKind,
    /// What the id of a raw token stands for, in the order of their first occurrence. For bytes:
    /// the 256 characters with their numbers.
    characters: Vec<char>,
    ids: Ids,
    /// Tokens of a sample, at least 1.
    context: usize,
}

impl RawText {
    pub(crate) fn new(kind: TokenKind, characters: Vec<char>, ids: Ids, context: usize) -> Self {
        Self { kind, characters, ids, context }
    }

    /// What one token is.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tokens of a sample, at least 1.
    pub fn context(&self) -> usize {
        self.context
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The tokens of the training part, and one for all others if the rest of the text has others.
    pub(crate) fn vocabulary(&self) -> Vocabulary {
        match self.kind {
            TokenKind::Bytes => Vocabulary::Bytes,
            TokenKind::Characters => {
                let seen = self.seen_in(Parts::of(self.len()).train);
                let unknown = seen.contains(&false);
                Vocabulary::Characters { characters: self.sorted(&seen, true), unknown }
            }
        }
    }

    /// Characters that the training part lacks, in ascending order, and how often they occur in all.
    pub(crate) fn unknown(&self) -> (String, u64) {
        if self.kind == TokenKind::Bytes {
            return (String::new(), 0);
        }
        let train = Parts::of(self.len()).train;
        let end = train.end;
        let seen = self.seen_in(train);
        let mut count = 0;
        self.ids.for_each(end..self.len(), |id| count += u64::from(!seen[id as usize]));
        (self.sorted(&seen, false), count)
    }

    /// The characters that were seen, or those that were not, in ascending order.
    fn sorted(&self, seen: &[bool], wanted: bool) -> String {
        let chosen = self.characters.iter().zip(seen).filter(|(_, seen)| **seen == wanted);
        let mut characters: Vec<char> = chosen.map(|(&character, _)| character).collect();
        characters.sort_unstable();
        characters.into_iter().collect()
    }

    fn seen_in(&self, range: Range<usize>) -> Vec<bool> {
        let mut seen = vec![false; self.characters.len()];
        self.ids.for_each(range, |id| seen[id as usize] = true);
        seen
    }

    /// For each raw id the id in a vocabulary.
    ///
    /// # Errors
    /// [`DataError::UnknownCharacter`], [`DataError::TokenKind`].
    pub(crate) fn token_ids(&self, vocabulary: &Vocabulary, name: &str) -> Result<Vec<u32>, DataError> {
        if self.kind != vocabulary.kind() {
            let (found, expected) = (self.kind, vocabulary.kind());
            return Err(DataError::TokenKind { name: name.to_owned(), found, expected });
        }
        let ids = vocabulary.ids_of(&self.characters).into_iter().zip(&self.characters);
        ids.map(|(id, &character)| {
            id.ok_or_else(|| DataError::UnknownCharacter { name: name.to_owned(), character })
        })
        .collect()
    }
}
