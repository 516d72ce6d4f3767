//! What was assumed about data while it was read, and what was left out: values, of which
//! `batchwright-view` makes sentences.

use serde::Serialize;

use crate::column_names::ColumnNames;
use crate::csv::number::NumberForm;

/// Something that the user of the data should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DataRemark {
    /// The file is not in UTF-8, not separated by commas, or has decimal commas.
    ReadAs {
        /// Name of the encoding.
        encoding: &'static str,
        /// What separates the fields.
        delimiter: char,
        /// Whether `1,5` is one and a half.
        decimal_comma: bool,
    },
    /// Lines before the header that begin with `#` were not read.
    Comments {
        /// How many.
        lines: u64,
    },
    /// The names of all columns are numbers, and so is everything below: the header is probably
    /// missing.
    HeaderOfNumbers,
    /// Columns without a name were named by their position.
    NamesMade {
        /// The names.
        columns: ColumnNames,
    },
    /// Columns with the name of an earlier one got a number.
    NamesNumbered {
        /// The names.
        columns: ColumnNames,
    },
    /// Numbers with separated thousands, such as `1,234.5` or `1.234,5`.
    Thousands {
        /// The columns.
        columns: ColumnNames,
    },
    /// Dates were converted to days since 1 January 1970.
    Dates {
        /// The columns.
        columns: ColumnNames,
        /// How they are written.
        form: NumberForm,
    },
    /// Columns with the same value in every row were left out.
    ConstantColumns {
        /// The columns.
        columns: ColumnNames,
    },
    /// Columns that have another value in every row, and so say nothing about a new row, were left
    /// out.
    IdColumns {
        /// The columns.
        columns: ColumnNames,
    },
    /// A text is not in UTF-8.
    TextReadAs {
        /// Names of the encodings of its files, other than UTF-8.
        encodings: Vec<&'static str>,
    },
    /// Line ends of a text, `\r\n` or `\r`, were read as `\n`.
    LineEnds {
        /// How many.
        count: u64,
    },
    /// The rest of a text has characters that the part to train on lacks: one token stands for all
    /// of them.
    UnknownCharacters {
        /// Those characters, in ascending order.
        characters: String,
        /// How often they occur.
        count: u64,
    },
    /// Entries of folders of images that are no images were not read.
    SkippedFiles {
        /// How many.
        count: u64,
        /// The first of them.
        first: String,
    },
    /// Grey images among coloured ones were read as coloured.
    GreyAsColour {
        /// How many.
        images: u64,
    },
    /// Images that are transparent in places were laid on white.
    Transparent {
        /// How many.
        images: u64,
    },
    /// Values of 16 bits were reduced to 8.
    SixteenBits {
        /// Images with such values.
        images: u64,
    },
    /// Images were turned as their EXIF data say.
    Turned {
        /// How many.
        images: u64,
    },
}
