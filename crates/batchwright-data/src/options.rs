//! How a table is to be read: the label, the task, and the columns to leave out.

use crate::task::TaskKind;

/// How a table is to be read. The labels of images are in separate files, so none of these options
/// apply to images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The column to predict (`--label`). A table needs it.
    pub label: Option<String>,
    /// Class or number (`--task`). If absent, the label's values decide.
    pub task: Option<TaskKind>,
    /// Columns that are not read (`--ignore-columns`).
    pub ignore_columns: Vec<String>,
}
