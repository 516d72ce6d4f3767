//! What one token of a text is.

use serde::{Deserialize, Serialize};

/// What one token of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A byte of the file, as it is: 256 tokens, whatever the file holds.
    Bytes,
    /// A character: a Unicode scalar value, whatever the file's encoding.
    Characters,
}

impl std::fmt::Display for TokenKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
        })
    }
}
