//! The seal of a stored row: a checksum over its values, by which damage is noticed.
//!
//! SQLite checks the structure of its pages, not their content: a flipped bit in a number is read
//! as another number. So each row of each table has a CRC-32 over its values, which finds every
//! error of up to 32 neighbouring bits. It is no protection from someone who changes the database
//! on purpose.
//!
//! SQL computes the seal, by the function `seal(value, ...)` that every connection has: a row is
//! written, sealed and read by the same list of columns. Only the many rows of runs are checked by Rust.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

/// Gives a connection the function `seal`.
pub(crate) fn add_function(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("seal", -1, flags, |values| {
        Ok(i64::from(seal((0..values.len()).map(|index| values.get_raw(index)))))
    })
}

/// The seal of values in their order.
pub(crate) fn seal<'a>(values: impl IntoIterator<Item = ValueRef<'a>>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut fields = Fields { hasher: &mut hasher, short: [0; SHORT], used: 0 };
    for value in values {
        fields.add(value);
    }
    fields.flush();
    hasher.finalize()
}

/// Bytes that are gathered: all of a row of numbers.
const SHORT: usize = 256;

/// Bytes of a field before its content: its type and its length.
const HEAD: usize = 9;

/// Gathers the fields of a row before the checksum: over each of these few bytes by itself it would take
/// longer than SQLite takes to read the row.
struct Fields<'a> {
    hasher: &'a mut crc32fast::Hasher,
    short: [u8; SHORT],
    used: usize,
}

impl Fields<'_> {
    /// Adds a value with its type and length, so that values cannot be shifted into each other.
    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.field(0, &[]),
            ValueRef::Integer(integer) => self.field(1, &integer.to_le_bytes()),
            // SQLite stores -0 as 0; the sum is 0 for both.
            ValueRef::Real(real) => self.field(2, &(real + 0.0).to_le_bytes()),
            ValueRef::Text(text) => self.field(3, text),
            ValueRef::Blob(bytes) => self.field(4, bytes),
        }
    }

    fn field(&mut self, kind: u8, bytes: &[u8]) {
        if self.used + HEAD + bytes.len() > SHORT {
            self.flush();
        }
        self.gather(&[kind]);
        self.gather(&(bytes.len() as u64).to_le_bytes());
        if HEAD + bytes.len() > SHORT {
            self.flush();
            self.hasher.update(bytes);
        } else {
            self.gather(bytes);
        }
    }

    fn gather(&mut self, bytes: &[u8]) {
        self.short[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    fn flush(&mut self) {
        self.hasher.update(&self.short[..self.used]);
        self.used = 0;
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

    /// Else stored rows of an earlier version count as damaged, or long texts seal as something else.
    #[test]
    fn a_seal_is_the_checksum_of_types_lengths_and_values_in_their_order() {
        let field =
            |kind: u8, bytes: &[u8]| [&[kind][..], &(bytes.len() as u64).to_le_bytes(), bytes].concat();
        for length in [0, 1, 238, 239, 247, 248, 300, 5_000] {
            let text = "x".repeat(length);
            let bytes = [
                field(1, &7_i64.to_le_bytes()),
                field(3, text.as_bytes()),
                field(2, &1.5_f64.to_le_bytes()),
                field(0, &[]),
                field(4, &vec![9; length]),
            ];
            let expected = i64::from(crc32fast::hash(&bytes.concat()));
            let blob = "09".repeat(length);
            assert_eq!(sealed(&format!("7, '{text}', 1.5, NULL, x'{blob}'")), expected, "{length}");
        }
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
