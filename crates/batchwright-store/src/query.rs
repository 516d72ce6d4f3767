//! Questions of the user in SQL. They can read everything, and change nothing.
//!
//! SQLite asks before each thing that a statement would do ([`authorizer`]). Allowed is what a
//! SELECT does. So nothing is attached, set or written, whatever the words of the query are.
//!
//! [`authorizer`]: https://sqlite.org/c3ref/set_authorizer.html

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, ErrorCode};

use crate::error::StoreError;
use crate::store::Store;

/// A value of a table of the database.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryValue {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Text. What is no UTF-8 in it is replaced.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, each with a value for each column.
    pub rows: Vec<Vec<QueryValue>>,
}

impl Store {
    /// The result of one SELECT. Nothing can be changed by it, also where the store was opened for
    /// writing.
    ///
    /// # Errors
    /// [`StoreError::QueryChanges`], [`StoreError::QueryCount`], [`StoreError::QueryTooLarge`],
    /// [`StoreError::Query`], or of the
    /// database.
    pub fn select(&mut self, query: &str) -> Result<QueryResult, StoreError> {
        self.guard(Some(only_reading))?;
        let result = answer(&self.connection, query);
        self.guard(None)?;
        result
    }

    fn guard(&mut self, hook: Option<fn(AuthContext<'_>) -> Authorization>) -> Result<(), StoreError> {
        let path = self.path();
        self.connection.authorizer(hook).map_err(|error| StoreError::sql(&path, error))
    }
}

fn only_reading(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Function { .. }
        | AuthAction::Recursive => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn answer(connection: &Connection, query: &str) -> Result<QueryResult, StoreError> {
    let mut statements = Batch::new(connection, query);
    let mut next = || statements.next().map_err(|error| refusal(&error));
    let Some(mut statement) = next()? else { return Err(StoreError::QueryCount { several: false }) };
    if next()?.is_some() {
        return Err(StoreError::QueryCount { several: true });
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let count = columns.len();
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Vec<QueryValue>> {
        (0..count).map(|at| Ok(value(row.get_ref(at)?))).collect()
    };
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for row in statement.query_map([], read).map_err(|error| refusal(&error))? {
        let row = row.map_err(|error| refusal(&error))?;
        bytes += row.iter().map(size).sum::<usize>();
        if bytes > MOST_BYTES {
            return Err(StoreError::QueryTooLarge { most_mib: MOST_BYTES >> 20 });
        }
        rows.push(row);
    }
    Ok(QueryResult { columns, rows })
}

/// The largest result, in bytes. A join without a condition has more rows than memory holds.
const MOST_BYTES: usize = 256 << 20;

/// The memory that a value takes.
fn size(value: &QueryValue) -> usize {
    let beside = match value {
        QueryValue::Text(text) => text.len(),
        QueryValue::Bytes(bytes) => bytes.len(),
        QueryValue::Null | QueryValue::Integer(_) | QueryValue::Real(_) => 0,
    };
    size_of::<QueryValue>() + beside
}

fn refusal(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::AuthorizationForStatementDenied) => StoreError::QueryChanges,
        _ => StoreError::Query { reason: error.to_string() },
    }
}

fn value(value: ValueRef<'_>) -> QueryValue {
    match value {
        ValueRef::Null => QueryValue::Null,
        ValueRef::Integer(integer) => QueryValue::Integer(integer),
        ValueRef::Real(real) => QueryValue::Real(real),
        ValueRef::Text(text) => QueryValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => QueryValue::Bytes(bytes.to_vec()),
    }
}
