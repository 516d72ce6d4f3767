//! The report of a data set: classes and their balance, example images, columns and their missing
//! values.
//!
//! Left out: reading data. The caller fills a [`DataPage`].

use maud::{Markup, html};
use serde::Serialize;

use crate::html::image::Thumbnail;
use crate::html::page::{Fact, Page};
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::number::{grouped, percent, significant};

/// What is shown of a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataPage {
    /// Its name or path.
    pub name: String,
    /// Sentences about it, e.g. its source and licence; may be empty.
    pub notes: Vec<String>,
    /// What was assumed while it was read, and what was left out.
    pub remarks: Vec<String>,
    /// All samples.
    pub samples: u64,
    /// Shape of one sample, e.g. `8 × 8` or `13`.
    pub shape: String,
    /// Splits with their numbers of samples, e.g. `train`, 1,440.
    pub splits: Vec<(String, u64)>,
    /// Classes; empty where the target is a number.
    pub classes: Vec<ClassPage>,
    /// The number to predict; absent where the target is a class.
    pub target: Option<NumberPage>,
    /// Columns of a table; empty for images.
    pub columns: Vec<ColumnPage>,
    /// What a text holds; absent for images and tables.
    pub text: Option<TextPage>,
}

/// A text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TextPage {
    /// Its tokens.
    pub tokens: u64,
    /// Different tokens that a model of it knows.
    pub vocabulary: u64,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassPage {
    /// Its name.
    pub name: String,
    /// Number of its samples.
    pub count: u64,
    /// Some of its samples, for images. Left out of the embedded JSON.
    #[serde(skip)]
    pub thumbnails: Vec<Thumbnail>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnPage {
    /// Its heading.
    pub name: String,
    /// What it holds.
    pub kind: ColumnSummary,
    /// Rows without a value.
    pub missing: u64,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnSummary {
    /// Numbers, with their range unless all are missing.
    Number(Option<NumberRange>),
    /// Categories, with their number.
    Category(u64),
}

/// The range of numbers, in their own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NumberRange {
    /// Smallest.
    pub min: f64,
    /// Mean.
    pub mean: f64,
    /// Largest.
    pub max: f64,
}

/// The number to predict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NumberPage {
    /// Its column.
    pub name: String,
    /// Its range.
    pub range: NumberRange,
}

impl ColumnSummary {
    /// `number`, `category (5)`.
    pub(crate) fn label(self, lang: Lang) -> String {
        match self {
            Self::Number(_) => lang.number_column().into(),
            Self::Category(count) => format!("{} ({})", lang.category_column(), grouped(count)),
        }
    }

    /// Smallest, mean and largest as text; empty for categories.
    pub(crate) fn range(self) -> [String; 3] {
        match self {
            Self::Number(Some(range)) => range.texts(),
            Self::Number(None) | Self::Category(_) => Default::default(),
        }
    }
}

impl NumberRange {
    fn texts(self) -> [String; 3] {
        [self.min, self.mean, self.max].map(|value| significant(value, 4))
    }
}

impl NumberPage {
    /// `price: min 3.5, mean 12.1, max 90`.
    pub(crate) fn label(&self, lang: Lang) -> String {
        let [min, mean, max] = self.range.texts();
        let comma = lang.comma();
        let [smallest, average, largest] = [lang.smallest(), lang.mean(), lang.largest()];
        format!("{}: {smallest} {min}{comma}{average} {mean}{comma}{largest} {max}", self.name)
    }
}

/// A data set as a page.
#[must_use]
pub fn data_report(data: &DataPage, lang: Lang) -> String {
    let mut page = Page::new(lang.data_set(), &data.name, &data.name, lang);
    let mut facts =
        vec![Fact::main(lang.samples(), grouped(data.samples)), Fact::new(lang.shape(), data.shape.clone())];
    if !data.classes.is_empty() {
        facts.push(Fact::new(lang.class_count(), grouped(data.classes.len() as u64)));
    }
    facts.extend(data.target.iter().map(|target| Fact::new(lang.predicted(), target.label(lang))));
    facts.extend(data.text.iter().flat_map(|text| {
        let facts = [(lang.tokens(), text.tokens), (lang.vocabulary(), text.vocabulary)];
        facts.map(|(label, count)| Fact::new(label, grouped(count)))
    }));
    facts.extend(data.splits.iter().map(|(name, count)| Fact::new(lang.split(name), grouped(*count))));
    page.facts(&facts);
    page.sentences_in(&data.notes, lang);
    page.sentences(&data.remarks);
    if !data.classes.is_empty() {
        page.heading(lang.classes());
        page.table(lang.classes(), &class_table(data, lang));
    }
    if !data.columns.is_empty() {
        page.heading(lang.columns());
        page.table(lang.columns(), &column_table(data, lang));
    }
    page.finish(data)
}

fn class_table(data: &DataPage, lang: Lang) -> HtmlTable {
    let images = data.classes.iter().any(|class| !class.thumbnails.is_empty());
    let most = data.classes.iter().map(|class| class.count).max().unwrap_or(0).max(1) as f64;
    let total = data.classes.iter().map(|class| class.count).sum::<u64>().max(1) as f64;
    let mut table = HtmlTable::default()
        .heading(lang.class(), true)
        .numbers(&[lang.samples(), lang.share()])
        .heading(lang.distribution(), true);
    if images {
        table = table.heading(lang.contact_sheet(), true);
    }
    for class in &data.classes {
        let width = format!("width:{:.0}px", 120.0 * class.count as f64 / most);
        let mut cells = vec![
            HtmlCell::Words(class.name.clone()),
            HtmlCell::Number(grouped(class.count)),
            HtmlCell::Number(percent(class.count as f64 / total)),
            HtmlCell::Html(html! { span class="bar" style=(width) {} }),
        ];
        if images {
            cells.push(HtmlCell::Html(strip(class)));
        }
        table.row(None, &cells);
    }
    table
}

/// The examples of one class, side by side.
fn strip(class: &ClassPage) -> Markup {
    html! {
        div class="strip" {
            @for address in class.thumbnails.iter().filter_map(Thumbnail::data_address) {
                img src=(address) alt=(class.name);
            }
        }
    }
}

fn column_table(data: &DataPage, lang: Lang) -> HtmlTable {
    let mut table = HtmlTable::default().heading(lang.column(), true).heading(lang.kind(), true).numbers(&[
        lang.missing(),
        lang.share(),
        lang.smallest(),
        lang.mean(),
        lang.largest(),
    ]);
    for column in &data.columns {
        let share = percent(column.missing as f64 / data.samples.max(1) as f64);
        let mut cells = vec![
            HtmlCell::Words(column.name.clone()),
            HtmlCell::Words(column.kind.label(lang)),
            HtmlCell::Number(grouped(column.missing)),
            HtmlCell::Number(share),
        ];
        cells.extend(column.kind.range().map(HtmlCell::Number));
        table.row(None, &cells);
    }
    table
}
