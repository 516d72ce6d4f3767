//! A data set in the terminal: its size, its classes and their balance, its columns, the range of
//! their numbers, and their missing values.

use crate::html::data::{ColumnPage, DataPage};
use crate::number::{grouped, percent, significant};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, facts, render};

/// Columns that a terminal shows.
const MOST_COLUMNS: usize = 100;

/// The facts on a data set, without pictures.
#[must_use]
pub fn data_summary(data: &DataPage, style: Style) -> String {
    let lang = style.lang;
    let mut lines = vec![
        (lang.data_set(), harmless(&data.name)),
        (lang.samples(), grouped(data.samples)),
        (lang.shape(), data.shape.clone()),
    ];
    lines.extend(data.target.iter().map(|target| (lang.predicted(), harmless(&target.label(lang)))));
    lines.extend(data.text.iter().flat_map(|text| {
        [(lang.tokens(), text.tokens), (lang.vocabulary(), text.vocabulary)]
            .map(|(label, count)| (label, grouped(count)))
    }));
    lines.extend(data.splits.iter().map(|(name, count)| (lang.split(name), grouped(*count))));
    let counts = || data.classes.iter().map(|class| class.count);
    if let Some((most, least)) = counts().max().zip(counts().min().filter(|&least| least > 0)) {
        lines.push((lang.balance(), significant(most as f64 / least as f64, 3)));
    }
    let mut text = facts(&lines, style);
    for remark in &data.remarks {
        text += &format!("{}\n", harmless(remark));
    }
    if !data.classes.is_empty() {
        let total = counts().sum::<u64>().max(1) as f64;
        let columns = vec![
            TermColumn::left(lang.class(), data.classes.iter().map(|class| harmless(&class.name)).collect()),
            TermColumn::right(lang.samples(), counts().map(grouped).collect()),
            TermColumn::right(lang.share(), counts().map(|count| percent(count as f64 / total)).collect()),
        ];
        text += &format!("\n{}", render(columns, style, |_| false));
    }
    if !data.columns.is_empty() {
        let shown = &data.columns[..data.columns.len().min(MOST_COLUMNS)];
        let words = |read: &dyn Fn(&ColumnPage) -> String| shown.iter().map(read).collect();
        let range = |index: usize| words(&|column| column.kind.range()[index].clone());
        let columns = vec![
            TermColumn::left(lang.column(), words(&|column| harmless(&column.name))),
            TermColumn::left(lang.kind(), words(&|column| column.kind.label(lang))),
            TermColumn::right(lang.missing(), words(&|column| grouped(column.missing))),
            TermColumn::right(lang.smallest(), range(0)).optional(),
            TermColumn::right(lang.mean(), range(1)).optional(),
            TermColumn::right(lang.largest(), range(2)).optional(),
        ];
        text += &format!("\n{}", render(columns, style, |_| false));
        let more = data.columns.len() - shown.len();
        if more > 0 {
            text += &format!("{}\n", lang.more_columns(more as u64));
        }
    }
    text
}
