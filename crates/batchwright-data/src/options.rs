//! How a table is to be read: the label, the task, and the columns to leave out.

use crate::task::TaskKind;

/// How a table is to be read. Images carry their labels in files of their own and take none of
/// these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The column to predict (`--label`). A table needs it.
    pub label: Option<String>,
    /// Class or number (`--task`); told apart by the label's values if absent.
    pub task: Option<TaskKind>,
    /// Columns that are not read (`--ignore-columns`).
    pub ignore_columns: Vec<String>,
}
