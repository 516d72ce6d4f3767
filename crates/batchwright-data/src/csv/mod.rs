//! Tables in text files, read in two passes: `schema` finds out what each column holds,
//! `read_table` fills the columns. `file` has the names of the columns and the rows of both passes
//! (`rows`), after `layout` found out what separates the fields. `summary`, `habits`, `number` and
//! `date` know how numbers are written. Nothing here knows how a table is encoded for the network.

pub(crate) mod date;
pub(crate) mod file;
pub(crate) mod habits;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod number;
pub(crate) mod read_table;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod summary;
