//! Tables in CSV files, read in two passes: `schema` finds out what each column holds, `read_table`
//! fills the columns; `file` reads the rows of both. Nothing here knows how a table is encoded for
//! the network.

pub(crate) mod file;
pub(crate) mod read_table;
pub(crate) mod schema;
