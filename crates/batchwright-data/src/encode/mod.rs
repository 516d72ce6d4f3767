//! How raw samples become the numbers that the network sees, and how its output becomes a class or
//! a value again.
//!
//! The encoding is fitted on the training split only. If its statistics included the validation
//! split, that split would look better than new data. It is saved with the model, so that new files
//! are read the same way. [`crate::Subset`] applies it to samples.
//!
//! | raw | becomes |
//! |---|---|
//! | image | every pixel (x - mean) / std, one mean and std for each channel, over all pixels of all training images |
//! | number column (a date is a number of days) | (x - mean) / std; a missing value becomes the mean, i.e. 0 |
//! | number column with gaps in the training split | a second number beside it: 1 where the value is missing, else 0 |
//! | category column | one number a category, 1 for the sample's own, else 0; all 0 if it is missing or was not seen in training |
//! | value to predict | (y - mean) / std, so that a mean squared error of 1.0 is what predicting the mean achieves |
//!
//! `std` is the population standard deviation, or 1 if that is 0 (or so small that dividing by it
//! overflows).

pub(crate) mod content;
pub(crate) mod encoder;
pub(crate) mod pixel_scale;
pub(crate) mod scale;

use serde::{Deserialize, Serialize};

use crate::csv::number::NumberForm;
use crate::dataset::{InputKind, SampleShape};
use crate::encode::pixel_scale::PixelScale;
use crate::encode::scale::ColumnScale;
use crate::error::DataError;
use crate::source::{Labels, RawInputs, Source};
use crate::table::{Column, ColumnValues, NO_CATEGORY, Table};
use crate::task::Task;
use crate::tokens::vocabulary::Vocabulary;

/// The fitted encoding of one data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoding {
    /// From raw input to network input.
    pub input: InputEncoding,
    /// From label to target and back.
    pub target: TargetEncoding,
    /// The content of the table that it was fitted on, as one number in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Encoding of the inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum InputEncoding {
    /// Images of one shape.
    Images {
        /// (channels, height, width).
        shape: [usize; 3],
        /// Mean and standard deviation of each channel over all pixels.
        #[serde(flatten)]
        scale: PixelScale,
        /// Whether images are resized to this shape.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        resized: bool,
    },
    /// Columns, in the order in which their numbers are stored in the input.
    Table {
        /// At least one column.
        columns: Vec<ColumnEncoding>,
    },
    /// Windows of a text.
    Text {
        /// Tokens of a window, at least 1.
        context: usize,
        /// The tokens.
        #[serde(flatten)]
        vocabulary: Vocabulary,
    },
}

impl InputEncoding {
    /// The kind of input that it reads, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Images { .. } => "images",
            Self::Table { .. } => "a table",
            Self::Text { .. } => "a text",
        }
    }
}

/// Encoding of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnEncoding {
    /// Name in the header.
    pub name: String,
    /// How its numbers were written, for files whose own values do not tell.
    #[serde(default)]
    pub form: NumberForm,
    /// What it holds.
    #[serde(flatten)]
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ColumnKind {
    /// A number.
    Number {
        /// Mean and standard deviation of the values that are not missing.
        #[serde(flatten)]
        scale: ColumnScale,
        /// Whether a second number marks a missing value.
        has_missing: bool,
    },
    /// A category.
    Category {
        /// The categories of the training split, in the order of their numbers.
        categories: Vec<String>,
    },
}

impl ColumnKind {
    /// How many numbers of the input the column takes.
    pub fn width(&self) -> usize {
        match self {
            Self::Number { has_missing, .. } => 1 + usize::from(*has_missing),
            Self::Category { categories } => categories.len(),
        }
    }
}

/// Encoding of what is predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TargetEncoding {
    /// Class numbers.
    Classes {
        /// The table's label column; absent for images.
        column: Option<String>,
        /// Name of each class.
        names: Vec<String>,
    },
    /// A standardised number.
    Value {
        /// The table's label column.
        column: String,
        /// Mean and standard deviation of the training split.
        #[serde(flatten)]
        scale: ColumnScale,
    },
    /// At each position of a window the id of the next token.
    NextToken,
}

impl TargetEncoding {
    /// What 1 of the encoded target is in the label's unit: the standard deviation of a number, 1
    /// for classes and tokens.
    #[must_use]
    pub fn unit(&self) -> f64 {
        match self {
            Self::Classes { .. } | Self::NextToken => 1.0,
            Self::Value { scale, .. } => f64::from(scale.std),
        }
    }
}

impl Encoding {
    /// Fits the encoding of `source` on the samples `rows`.
    pub(crate) fn fit(source: &Source, rows: &[u32]) -> Result<Self, DataError> {
        let input = match source.inputs() {
            RawInputs::Images(images) => InputEncoding::Images {
                shape: images.shape,
                scale: PixelScale::fit(images, rows, source.name())?,
                resized: images.resized,
            },
            RawInputs::Table(table) => fit_table(table, rows),
            RawInputs::Text(text) => {
                InputEncoding::Text { context: text.context(), vocabulary: text.vocabulary() }
            }
        };
        let target = match source.labels() {
            Labels::Classes { column, names, .. } => {
                TargetEncoding::Classes { column: column.clone(), names: names.to_vec() }
            }
            Labels::Values { column, values } => TargetEncoding::Value {
                column: column.clone(),
                scale: ColumnScale::fit(rows.iter().map(|&row| values[row as usize])),
            },
            Labels::NextTokens => TargetEncoding::NextToken,
            Labels::Absent => {
                return Err(DataError::Unlabelled { name: source.name().to_owned() });
            }
        };
        let encoding = Self { input, target, content: None };
        if encoding.vocabulary().is_some_and(|vocabulary| vocabulary.size() < 2) {
            return Err(DataError::ConstantText { name: source.name().to_owned() });
        }
        if encoding.input_shape().contains(&0) {
            return Err(DataError::NoValues { name: source.name().to_owned() });
        }
        Ok(encoding)
    }

    /// What is predicted.
    pub fn task(&self) -> Task {
        match &self.target {
            TargetEncoding::Classes { names, .. } => Task::Classify { classes: names.len() },
            TargetEncoding::Value { .. } => Task::Regress { outputs: 1 },
            TargetEncoding::NextToken => {
                Task::NextToken { vocabulary: self.vocabulary().map_or(0, Vocabulary::size) }
            }
        }
    }

    /// Shape of one sample's input: `[channels, height, width]`, `[numbers]`, or `[tokens]`.
    pub fn input_shape(&self) -> Vec<usize> {
        match &self.input {
            InputEncoding::Images { shape, .. } => shape.to_vec(),
            InputEncoding::Table { columns } => vec![columns.iter().map(|column| column.kind.width()).sum()],
            InputEncoding::Text { context, .. } => vec![*context],
        }
    }

    /// The tokens of a text; `None` for images and tables.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match &self.input {
            InputEncoding::Text { vocabulary, .. } => Some(vocabulary),
            InputEncoding::Images { .. } | InputEncoding::Table { .. } => None,
        }
    }

    /// What a network must know about samples that are read with it.
    pub fn sample_shape(&self) -> SampleShape {
        let kind = match self.input {
            InputEncoding::Images { .. } | InputEncoding::Table { .. } => InputKind::Numbers,
            InputEncoding::Text { .. } => InputKind::Tokens,
        };
        SampleShape::of(kind, &self.input_shape(), self.task())
    }

    /// Names of the classes, in the order of the network's outputs; empty when a number or a
    /// token is predicted.
    pub fn class_names(&self) -> &[String] {
        match &self.target {
            TargetEncoding::Classes { names, .. } => names,
            TargetEncoding::Value { .. } | TargetEncoding::NextToken => &[],
        }
    }

    /// The value that a network output stands for, in the label's own unit. Outputs for classes and
    /// tokens are logits and are returned as they are.
    pub fn inverse_target(&self, output: f32) -> f32 {
        match &self.target {
            TargetEncoding::Classes { .. } | TargetEncoding::NextToken => output,
            TargetEncoding::Value { scale, .. } => scale.invert(output),
        }
    }
}

/// Data of another kind than the model's.
pub(crate) fn kinds_differ(source: &Source, input: &InputEncoding) -> DataError {
    let (expected, found) = (input.kind(), source.inputs().kind());
    DataError::KindMismatch { name: source.name().to_owned(), expected, found }
}

fn fit_table(table: &Table, rows: &[u32]) -> InputEncoding {
    InputEncoding::Table { columns: table.columns().iter().map(|column| fit_column(column, rows)).collect() }
}

fn fit_column(column: &Column, rows: &[u32]) -> ColumnEncoding {
    let kind = match &column.values {
        ColumnValues::Numbers(numbers) => {
            let values = rows.iter().map(|&row| numbers[row as usize]);
            let has_missing = values.clone().any(f32::is_nan);
            ColumnKind::Number {
                scale: ColumnScale::fit(values.filter(|value| !value.is_nan())),
                has_missing,
            }
        }
        ColumnValues::Categories { names, codes } => {
            let mut seen = vec![false; names.len()];
            let present = rows.iter().map(|&row| codes[row as usize]).filter(|&code| code != NO_CATEGORY);
            present.for_each(|code| seen[code as usize] = true);
            let categories =
                names.iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| name.clone()).collect();
            ColumnKind::Category { categories }
        }
    };
    ColumnEncoding { name: column.name.clone(), form: column.form, kind }
}
