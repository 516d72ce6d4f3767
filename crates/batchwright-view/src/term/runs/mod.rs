//! Stored runs and studies in the terminal.
//!
//! - `listed`: all of them
//! - `shown`: everything of one
//! - `compared`: several runs as a table; `curves`: their curves in one chart
//! - `queried`: the result of a query of the user

pub(crate) mod compared;
pub(crate) mod curves;
pub(crate) mod listed;
pub(crate) mod queried;
pub(crate) mod shown;

pub use crate::term::runs::compared::comparison;
pub use crate::term::runs::listed::entry_list;
pub use crate::term::runs::queried::query_table;
pub use crate::term::runs::shown::{ShownEntry, run_page, study_page};
