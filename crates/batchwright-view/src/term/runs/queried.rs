//! The result of a query of the user as a table.

use batchwright_store::{QueryResult, QueryValue};

use crate::export::query::bytes_as_text;
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, render_all};

/// A query's result as a table, numbers aligned to the right. Nothing is rounded.
#[must_use]
pub fn query_table(result: &QueryResult, style: Style) -> String {
    let column = |(at, name): (usize, &String)| {
        let cells = || result.rows.iter().filter_map(move |row| row.get(at));
        let numbers = cells().all(|cell| !matches!(cell, QueryValue::Text(_) | QueryValue::Bytes(_)));
        let texts = cells().map(cell).collect();
        let name = harmless(name);
        if numbers { TermColumn::right(&name, texts) } else { TermColumn::left(&name, texts) }
    };
    let columns: Vec<TermColumn> = result.columns.iter().enumerate().map(column).collect();
    let rows = style.lang.rows_found(result.rows.len() as u64);
    // A query names its columns: none is left out.
    format!("{}\n{}", render_all(&columns, style, |_| false), style.faint(&rows))
}

fn cell(value: &QueryValue) -> String {
    match value {
        QueryValue::Null => "NULL".to_owned(),
        QueryValue::Integer(integer) => integer.to_string(),
        QueryValue::Real(real) => real.to_string(),
        QueryValue::Text(text) => harmless(text),
        QueryValue::Bytes(bytes) => bytes_as_text(bytes),
    }
}
