//! Text as tokens, for models that predict what comes next: bytes or characters, the vocabulary,
//! contiguous parts, and windows without overlap.
//!
//! Left out: encodings of files (`text`), and vocabularies of word pieces.

pub(crate) mod ids;
pub(crate) mod parts;
pub(crate) mod raw_text;
pub(crate) mod read_text;
pub(crate) mod token_kind;
pub(crate) mod vocabulary;
pub(crate) mod windows;
