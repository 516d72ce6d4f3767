//! The tokens that a model knows, and their numbers: saved with the model.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::tokens::token_kind::TokenKind;

/// The tokens that a model knows, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "tokens")]
pub enum Vocabulary {
    /// All 256 bytes.
    Bytes,
    /// Characters.
    Characters {
        /// The distinct characters of the training part, in ascending order.
        characters: String,
        /// Whether one more token, the last, stands for all other characters. It exists where
        /// validation or test part have such characters.
        unknown: bool,
    },
}

impl Vocabulary {
    /// Number of tokens.
    pub fn size(&self) -> usize {
        match self {
            Self::Bytes => 256,
            Self::Characters { characters, unknown } => characters.chars().count() + usize::from(*unknown),
        }
    }

    /// What one token is.
    pub fn kind(&self) -> TokenKind {
        match self {
            Self::Bytes => TokenKind::Bytes,
            Self::Characters { .. } => TokenKind::Characters,
        }
    }

    /// The token ids of a text.
    ///
    /// # Errors
    /// The first character that is no token and that no token stands for.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, char> {
        match self {
            Self::Bytes => Ok(text.bytes().map(u32::from).collect()),
            Self::Characters { .. } => {
                let distinct: Vec<char> = text.chars().collect();
                let ids = self.ids_of(&distinct);
                ids.into_iter().zip(distinct).map(|(id, character)| id.ok_or(character)).collect()
            }
        }
    }

    /// The id of each of these characters; that of the unknown token, or `None`, for characters
    /// that are no tokens. For bytes, a character is the byte of its number.
    pub(crate) fn ids_of(&self, characters: &[char]) -> Vec<Option<u32>> {
        match self {
            Self::Bytes => characters.iter().map(|&c| u8::try_from(c).ok().map(u32::from)).collect(),
            Self::Characters { characters: known, unknown } => {
                let known: HashMap<char, u32> = known.chars().zip(0..).collect();
                let other = unknown.then_some(known.len() as u32);
                characters.iter().map(|c| known.get(c).copied().or(other)).collect()
            }
        }
    }

    /// A name of each token, for people: the character; of a byte the character of ASCII, or `0x80`.
    pub fn token_names(&self) -> Vec<String> {
        let name = |bytes: Vec<u8>| match (self, bytes.as_slice()) {
            (Self::Bytes, &[byte]) if !byte.is_ascii() => format!("{byte:#04x}"),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        };
        self.token_bytes().into_iter().map(name).collect()
    }

    /// The bytes of each token, in UTF-8 for characters; U+FFFD for the unknown one.
    pub fn token_bytes(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Bytes => (0..=u8::MAX).map(|byte| vec![byte]).collect(),
            Self::Characters { characters, unknown } => {
                let unknown = unknown.then_some(char::REPLACEMENT_CHARACTER);
                characters.chars().chain(unknown).map(|c| c.to_string().into_bytes()).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn characters(characters: &str, unknown: bool) -> Vocabulary {
        Vocabulary::Characters { characters: characters.to_owned(), unknown }
    }

    #[test]
    fn what_is_not_known_is_told_or_the_last_token() {
        assert_eq!(characters("ab猫", false).encode("b猫a"), Ok(vec![1, 2, 0]));
        assert_eq!(characters("ab", false).encode("abçd"), Err('ç'));
        assert_eq!(characters("ab", true).encode("açb"), Ok(vec![0, 2, 1]));
        assert_eq!((characters("ab", true).size(), characters("猫", false).size()), (3, 1));
        assert_eq!(Vocabulary::Bytes.token_names()[0x41], "A");
        assert_eq!(Vocabulary::Bytes.token_names()[0xe9], "0xe9");
        assert_eq!(characters("a", true).token_bytes(), [b"a".to_vec(), "\u{fffd}".into()]);
    }

    #[test]
    fn it_is_saved_as_readable_text() {
        let json = serde_json::to_string(&characters("\n \"é猫\u{0}", true)).unwrap();
        assert_eq!(json, r#"{"tokens":"characters","characters":"\n \"é猫\u0000","unknown":true}"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&json).unwrap(), characters("\n \"é猫\u{0}", true));
        assert_eq!(serde_json::to_string(&Vocabulary::Bytes).unwrap(), r#"{"tokens":"bytes"}"#);
    }

    proptest! {
        #[test]
        fn a_text_comes_back_from_its_tokens(text: String) {
            let mut known: Vec<char> = text.chars().collect();
            known.sort_unstable();
            known.dedup();
            for vocabulary in [Vocabulary::Bytes, characters(&known.iter().collect::<String>(), false)] {
                let bytes = vocabulary.token_bytes();
                prop_assert_eq!(bytes.len(), vocabulary.size());
                let ids = vocabulary.encode(&text).unwrap();
                let back: Vec<u8> = ids.iter().flat_map(|&id| bytes[id as usize].clone()).collect();
                prop_assert_eq!(back, text.as_bytes());
            }
        }
    }
}
