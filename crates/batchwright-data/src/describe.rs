//! What a data set looks like before anything is trained on it: counts, balance, missing values,
//! and a few images of each class.
//!
//! It covers all samples of the source, including the data set's own test samples.
//! `batchwright-view` draws it.

use serde::Serialize;

use crate::images::Images;
use crate::source::{Labels, RawInputs, Source};
use crate::table::{Column, ColumnValues, NO_CATEGORY};
use crate::task::TaskKind;
use crate::tokens::raw_text::RawText;
use crate::tokens::token_kind::TokenKind;

/// A data set in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// `digits`, or the path.
    pub name: String,
    /// All samples.
    pub samples: u32,
    /// Samples of the data set's own test files.
    pub test_samples: u32,
    /// `[channels, height, width]`, `[columns]` of a table, before categories are
    /// encoded, or `[tokens]`.
    pub input_shape: Vec<usize>,
    /// Whether classes or numbers are predicted; absent without labels.
    pub task: Option<TaskKind>,
    /// Samples per class; empty for numbers.
    pub classes: Vec<ClassCount>,
    /// Largest class / smallest class, at least 1; absent for numbers, and if a class has no
    /// sample.
    pub balance: Option<f64>,
    /// The numbers to predict; absent for classes.
    pub values: Option<Range>,
    /// The columns of a table, without the label.
    pub columns: Vec<ColumnDescription>,
    /// What a text holds; absent for images and tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextDescription>,
}

/// A text in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextDescription {
    /// What one token is.
    pub kind: TokenKind,
    /// Number of tokens.
    pub tokens: u64,
    /// Number of different tokens that a model of this text knows.
    pub vocabulary: u64,
    /// Tokens of a sample.
    pub context: u64,
}

/// Samples of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Name of the class.
    pub name: String,
    /// Its samples.
    pub count: u32,
}

/// The range of numbers, in their own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// Smallest.
    pub min: f32,
    /// Mean.
    pub mean: f64,
    /// Largest.
    pub max: f32,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnDescription {
    /// Its name.
    pub name: String,
    /// Rows without a value.
    pub missing: u32,
    /// What it holds.
    #[serde(flatten)]
    pub content: ColumnContent,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ColumnContent {
    /// Numbers; the range is absent when all are missing.
    Number {
        /// Their range.
        range: Option<Range>,
    },
    /// Texts.
    Category {
        /// How many different ones.
        categories: usize,
    },
}

/// One grey image of a contact sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, 0 to 255.
    pub pixels: Vec<u8>,
}

/// Describes all samples of a source.
pub fn describe(source: &Source) -> Description {
    let classes = class_counts(source.labels());
    let (input_shape, columns) = match source.inputs() {
        RawInputs::Images(images) => (images.shape.to_vec(), Vec::new()),
        RawInputs::Table(table) => {
            (vec![table.columns().len()], table.columns().iter().map(describe_column).collect())
        }
        RawInputs::Text(text) => (vec![text.context()], Vec::new()),
    };
    let values = match source.labels() {
        Labels::Values { values, .. } => range(values.iter().copied()),
        _ => None,
    };
    Description {
        name: source.name().to_owned(),
        samples: source.samples(),
        test_samples: source.own_test().map_or(0, |range| range.end - range.start),
        input_shape,
        task: source.task(),
        balance: balance(&classes),
        classes,
        values,
        columns,
        text: match source.inputs() {
            RawInputs::Text(text) => Some(describe_text(text)),
            RawInputs::Images(_) | RawInputs::Table(_) => None,
        },
    }
}

fn describe_text(text: &RawText) -> TextDescription {
    TextDescription {
        kind: text.kind(),
        tokens: text.len() as u64,
        vocabulary: text.vocabulary().size() as u64,
        context: text.context() as u64,
    }
}

/// The first `per_class` images of each class (all under one empty name without labels); empty for
/// a table. Colours are shown as their brightness, the mean of the channels.
pub fn contact_sheet(source: &Source, per_class: usize) -> Vec<(String, Vec<Image>)> {
    let RawInputs::Images(images) = source.inputs() else {
        return Vec::new();
    };
    let Labels::Classes { names, codes, .. } = source.labels() else {
        let first = (0..source.samples()).take(per_class);
        return vec![(String::new(), first.map(|row| grey_image(images, row)).collect())];
    };
    let mut sheet: Vec<(String, Vec<Image>)> = names.iter().map(|name| (name.clone(), Vec::new())).collect();
    for (row, &code) in (0..).zip(codes.iter()) {
        let class = &mut sheet[code as usize].1;
        if class.len() < per_class {
            class.push(grey_image(images, row));
        }
    }
    sheet
}

fn grey_image(images: &Images, row: u32) -> Image {
    let [channels, height, width] = images.shape;
    let (values, white) = (images.image(row), u32::from(images.white.max(1)));
    let grey = |pixel: usize| {
        let sum: u32 = values.iter().skip(pixel).step_by(height * width).map(|&value| u32::from(value)).sum();
        (sum * 255 / (white * channels as u32)).min(255) as u8
    };
    Image { width, height, pixels: (0..height * width).map(grey).collect() }
}

fn class_counts(labels: &Labels) -> Vec<ClassCount> {
    let Labels::Classes { names, codes, .. } = labels else {
        return Vec::new();
    };
    let mut counts: Vec<ClassCount> =
        names.iter().map(|name| ClassCount { name: name.clone(), count: 0 }).collect();
    codes.iter().for_each(|&code| counts[code as usize].count += 1);
    counts
}

fn balance(classes: &[ClassCount]) -> Option<f64> {
    let counts = || classes.iter().map(|class| class.count);
    let (smallest, largest) = (counts().min()?, counts().max()?);
    (smallest > 0).then(|| f64::from(largest) / f64::from(smallest))
}

fn describe_column(column: &Column) -> ColumnDescription {
    let (missing, content) = match &column.values {
        ColumnValues::Numbers(numbers) => {
            let missing = numbers.iter().filter(|number| number.is_nan()).count();
            let present = numbers.iter().copied().filter(|number| !number.is_nan());
            (missing, ColumnContent::Number { range: range(present) })
        }
        ColumnValues::Categories { names, codes } => {
            let missing = codes.iter().filter(|&&code| code == NO_CATEGORY).count();
            (missing, ColumnContent::Category { categories: names.len() })
        }
    };
    ColumnDescription { name: column.name.clone(), missing: missing as u32, content }
}

fn range(values: impl Iterator<Item = f32> + Clone) -> Option<Range> {
    let count = values.clone().count();
    let sum: f64 = values.clone().map(f64::from).sum();
    let min = values.clone().reduce(f32::min)?;
    let max = values.reduce(f32::max)?;
    Some(Range { min, mean: sum / count as f64, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::open;
    use crate::options::OpenOptions;

    #[test]
    fn digits_are_described() {
        let source = open(None, &OpenOptions::default()).unwrap();
        let description = describe(&source);
        assert_eq!((description.samples, description.test_samples), (1797, 0));
        assert_eq!(description.input_shape, [1, 8, 8]);
        assert_eq!(description.classes[8], ClassCount { name: "8".to_owned(), count: 174 });
        assert_eq!(description.balance, Some(183.0 / 174.0));
    }

    /// If pixels of 0 to 16 were shown as 0 to 16 of 255, the sheet would be black.
    #[test]
    fn contact_sheet_is_in_full_grey() {
        let source = open(None, &OpenOptions::default()).unwrap();
        let sheet = contact_sheet(&source, 3);
        assert_eq!(sheet.len(), 10);
        assert!(sheet.iter().all(|(_, images)| images.len() == 3));
        let (name, zeros) = &sheet[0];
        assert_eq!((&name[..], zeros[0].width, zeros[0].height), ("0", 8, 8));
        assert_eq!(zeros[0].pixels[..5], [0, 0, 79, 207, 143]);
        assert!(sheet.iter().flat_map(|(_, images)| images).any(|image| image.pixels.contains(&255)));
    }

    #[test]
    fn tables_are_described() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        std::fs::write(&path, "x,coat,y\n1,short,0.5\n?,long,1.5\n4,,4\n").unwrap();
        let source =
            open(Some(&path), &OpenOptions { label: Some("y".to_owned()), ..Default::default() }).unwrap();
        let description = describe(&source);
        assert_eq!(description.values, Some(Range { min: 0.5, mean: 2.0, max: 4.0 }));
        assert_eq!((description.balance, description.classes.len()), (None, 0));
        let range = Some(Range { min: 1.0, mean: 2.5, max: 4.0 });
        let x =
            ColumnDescription { name: "x".to_owned(), missing: 1, content: ColumnContent::Number { range } };
        let content = ColumnContent::Category { categories: 2 };
        let coat = ColumnDescription { name: "coat".to_owned(), missing: 1, content };
        assert_eq!(description.columns, [x, coat]);
        assert!(contact_sheet(&source, 3).is_empty());
    }
}
