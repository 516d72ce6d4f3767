//! Numbers that are not finite, which a diverged run has, in columns.
//!
//! SQLite keeps infinities, but turns NaN into NULL, which means "absent". So a column holds NaN as
//! the text `NaN` ([`Real`]). In a JSON column each is a text ([`batchwright_find::to_json`]).

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A value of a floating-point column that keeps every number, NaN included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Real(pub(crate) f64);

const NAN: &str = "NaN";

impl ToSql for Real {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(if self.0.is_nan() { ToSqlOutput::from(NAN) } else { ToSqlOutput::from(self.0) })
    }
}

impl FromSql for Real {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(text) if text == NAN.as_bytes() => Ok(Self(f64::NAN)),
            ValueRef::Real(real) => Ok(Self(real)),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
