//! The result of a query of the user as CSV and as JSON.

use batchwright_store::{QueryResult, QueryValue};
use serde::{Serialize, Serializer};

use crate::export::rows::quoted;

/// The result as CSV: a line of names, then one line for each row. NULL is an empty cell.
#[must_use]
pub fn query_csv(result: &QueryResult) -> String {
    let names = result.columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
    let cell = |value: &QueryValue| match value {
        QueryValue::Null => String::new(),
        QueryValue::Integer(integer) => integer.to_string(),
        QueryValue::Real(real) => real.to_string(),
        QueryValue::Text(text) => quoted(text),
        QueryValue::Bytes(bytes) => bytes_as_text(bytes),
    };
    let line = |row: &Vec<QueryValue>| row.iter().map(cell).collect::<Vec<_>>().join(",");
    std::iter::once(names).chain(result.rows.iter().map(line)).map(|line| line + "\n").collect()
}

/// The result as JSON: `columns`, and `rows` as arrays, since two columns may have one name.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct QueryJson<'a> {
    columns: &'a [String],
    #[serde(serialize_with = "rows")]
    rows: &'a [Vec<QueryValue>],
}

impl<'a> QueryJson<'a> {
    /// Of a result.
    #[must_use]
    pub fn new(result: &'a QueryResult) -> Self {
        Self { columns: &result.columns, rows: &result.rows }
    }
}

fn rows<S: Serializer>(rows: &[Vec<QueryValue>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(|row| row.iter().map(JsonValue).collect::<Vec<_>>()))
}

struct JsonValue<'a>(&'a QueryValue);

impl Serialize for JsonValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            QueryValue::Null => serializer.serialize_unit(),
            QueryValue::Integer(integer) => serializer.serialize_i64(*integer),
            // JSON has no infinity: it becomes null, as in all JSON here.
            QueryValue::Real(real) => serializer.serialize_f64(*real),
            QueryValue::Text(text) => serializer.serialize_str(text),
            QueryValue::Bytes(bytes) => serializer.serialize_str(&bytes_as_text(bytes)),
        }
    }
}

/// Bytes as SQL writes them: `x'00ff'`.
pub(crate) fn bytes_as_text(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x'{digits}'")
}
