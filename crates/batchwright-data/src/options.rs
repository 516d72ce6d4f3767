//! How data is to be read: of a table the label, the task, the columns to leave out, and how its
//! file is written where that is not to be found out; of images their size.

use crate::delimiter::Delimiter;
use crate::image_size::ImageSize;
use crate::task::TaskKind;
use crate::text::encoding::TextEncoding;
use crate::tokens::token_kind::TokenKind;

/// How data is to be read. Options of tables are refused for images, and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The column to predict (`--label`). A table needs it to be trained on.
    pub label: Option<String>,
    /// Class or number (`--task`). If absent, the label's values decide.
    pub task: Option<TaskKind>,
    /// Columns that are not read (`--ignore-columns`).
    pub ignore_columns: Vec<String>,
    /// What a token of a text is (`--tokens`). If absent, a character.
    pub tokens: Option<TokenKind>,
    /// Tokens of a sample of a text, at least 1: what the model takes. If absent,
    /// [`DEFAULT_CONTEXT`].
    pub context: Option<usize>,
    /// To what every image of a folder of PNG and JPEG files is resized (`--image-size`). If
    /// absent, their sizes must be the same.
    pub image_size: Option<ImageSize>,
    /// How the file is written.
    pub file: FileOptions,
}

/// Tokens of a sample of a text where no model says how many it takes.
pub const DEFAULT_CONTEXT: usize = 64;

/// How a file is written, as far as it is not to be found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// What separates the fields of a table (`--delimiter`).
    pub delimiter: Option<Delimiter>,
    /// The encoding of a table's text, or of a text (`--encoding`).
    pub encoding: Option<TextEncoding>,
    /// The first row of a table is data (`--no-header`).
    pub no_header: bool,
    /// Bytes that the data may take. Larger data is refused before it is read, as far as its size
    /// can be known.
    pub memory: Option<u64>,
}
