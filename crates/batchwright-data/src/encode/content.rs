//! A mark of the table or text that an encoding was fitted on, so that a saved model knows it again.
//!
//! It is made of the values as the model reads them, row by row in their order: a file that is
//! renamed, compressed, in another encoding or with more columns is the same table; a changed
//! value, a row more, or another order of the rows makes it another one. It is FNV-1a, which
//! protects against accidents, not against attacks.

use std::collections::HashMap;

use crate::encode::encoder::positions;
use crate::encode::{ColumnEncoding, ColumnKind, Encoding, InputEncoding, TargetEncoding};
use crate::source::{Labels, RawInputs, Source};
use crate::table::{Column, ColumnValues, Table};
use crate::tokens::raw_text::RawText;
use crate::tokens::vocabulary::Vocabulary;

impl Encoding {
    /// Whether this is the table or text that the encoding was fitted on. Images have no such mark.
    pub fn was_fitted_on(&self, source: &Source) -> bool {
        self.content.is_some() && self.content == content_mark(source, self)
    }
}

/// The mark of a table or text; `None` for images, and for a source without what the encoding reads.
pub(crate) fn content_mark(source: &Source, encoding: &Encoding) -> Option<String> {
    match (source.inputs(), &encoding.input) {
        (RawInputs::Table(table), InputEncoding::Table { columns }) => {
            mark_of_table(source, table, columns, &encoding.target)
        }
        (RawInputs::Text(text), InputEncoding::Text { vocabulary, .. }) => mark_of_text(text, vocabulary),
        _ => None,
    }
}

/// Of its tokens, as the model numbers them.
fn mark_of_text(text: &RawText, vocabulary: &Vocabulary) -> Option<String> {
    let ids = text.token_ids(vocabulary, "").ok()?;
    let mut mark = Mark::default();
    text.ids().for_each(0..text.len(), |id| mark.word(ids[id as usize]));
    Some(mark.hex())
}

fn mark_of_table(
    source: &Source,
    table: &Table,
    columns: &[ColumnEncoding],
    target: &TargetEncoding,
) -> Option<String> {
    let by_name: HashMap<&str, &Column> =
        table.columns().iter().map(|column| (column.name.as_str(), column)).collect();
    let mut mark = Mark::default();
    mark.word(source.samples());
    for encoding in columns {
        mark.column(by_name.get(encoding.name.as_str())?, encoding)?;
    }
    mark.labels(source.labels(), target)?;
    Some(mark.hex())
}

/// FNV-1a with 64 bits of state, fed in words of 32 bits.
struct Mark(u64);

impl Default for Mark {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Mark {
    fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }

    fn word(&mut self, word: u32) {
        self.0 = (self.0 ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3);
    }

    /// A category counts as its place among those of the model, for a file that is opened with the
    /// encoding knows only them.
    fn column(&mut self, column: &Column, encoding: &ColumnEncoding) -> Option<()> {
        match (&column.values, &encoding.kind) {
            (ColumnValues::Numbers(numbers), ColumnKind::Number { .. }) => {
                numbers.iter().for_each(|number| self.word(number.to_bits()));
            }
            (ColumnValues::Categories { names, codes }, ColumnKind::Category { categories }) => {
                let places = positions(names, categories);
                // NO_CATEGORY is beyond the end of every list of places.
                let place = |&code: &u32| places.get(code as usize).copied().flatten();
                codes.iter().map(place).for_each(|place| self.word(place.unwrap_or(u32::MAX)));
            }
            _ => return None,
        }
        Some(())
    }

    fn labels(&mut self, labels: &Labels, target: &TargetEncoding) -> Option<()> {
        match (labels, target) {
            (Labels::Values { values, .. }, TargetEncoding::Value { .. }) => {
                values.iter().for_each(|value| self.word(value.to_bits()));
            }
            (Labels::Classes { names, codes, .. }, TargetEncoding::Classes { names: known, .. }) => {
                let places = positions(names, known);
                codes.iter().for_each(|&code| self.word(places[code as usize].unwrap_or(u32::MAX)));
            }
            _ => return None,
        }
        Some(())
    }
}
