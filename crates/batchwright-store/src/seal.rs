//! The seal of a stored row: a checksum over its values, by which damage is noticed.
//!
//! SQLite checks the structure of its pages, not their content: a flipped bit in a number is read
//! as another number. So each row of each table has a CRC-32 over its values, which finds every
//! error of up to 32 neighbouring bits. It is no protection from someone who changes the database
//! on purpose.
//!
//! SQL computes the seal, by the function `seal(value, ...)` that every connection has: a row is
//! written, sealed and read by the same list of columns.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

/// Gives a connection the function `seal`.
pub(crate) fn add_function(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("seal", -1, flags, |values| Ok(i64::from(seal(values))))
}

fn seal(values: &Context<'_>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for index in 0..values.len() {
        add(&mut hasher, values.get_raw(index));
    }
    hasher.finalize()
}

/// Adds a value with its type and length, so that values cannot be shifted into each other.
fn add(hasher: &mut crc32fast::Hasher, value: ValueRef<'_>) {
    let mut field = |kind: u8, bytes: &[u8]| {
        hasher.update(&[kind]);
        hasher.update(&bytes.len().to_le_bytes());
        hasher.update(bytes);
    };
    match value {
        ValueRef::Null => field(0, &[]),
        ValueRef::Integer(integer) => field(1, &integer.to_le_bytes()),
        // SQLite stores -0 as 0; the sum is 0 for both.
        ValueRef::Real(real) => field(2, &(real + 0.0).to_le_bytes()),
        ValueRef::Text(text) => field(3, text),
        ValueRef::Blob(bytes) => field(4, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(values: &str) -> i64 {
        let connection = Connection::open_in_memory().unwrap();
        add_function(&connection).unwrap();
        connection.query_row(&format!("SELECT seal({values})"), [], |row| row.get(0)).unwrap()
    }

    /// Else two different rows have the same seal, or one row has two.
    #[test]
    fn a_seal_depends_on_values_types_and_their_order() {
        let different = ["1", "1.0", "'1'", "x'31'", "NULL", "'', '1'", "'1', ''", "1, 2", "2, 1", ""];
        for (at, one) in different.iter().enumerate() {
            for other in &different[at + 1..] {
                assert_ne!(sealed(one), sealed(other), "{one} and {other}");
            }
        }
        assert_eq!(sealed("0.0"), sealed("-0.0"), "stored as the same");
        assert_eq!(sealed("'123456789'"), sealed("'123456789'"));
    }
}
