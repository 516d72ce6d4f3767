//! The sources of rows, in the order of preference.

use serde::{Deserialize, Serialize};

/// The source of a row. The order is the order of preference: formats that the user describes,
/// formats that are printed for programs, tables, files, and last what is printed for people, which
/// is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSource {
    /// `--metric NAME=REGEX`.
    Metric,
    /// JSON lines.
    Json,
    /// Dictionaries as Python prints them: Hugging Face's `Trainer`.
    HuggingFace,
    /// Tables with a heading.
    Table,
    /// scikit-learn's networks.
    Sklearn,
    /// Tables and JSON lines in files.
    File,
    /// TensorBoard event files.
    TensorBoard,
    /// Progress bars.
    Bar,
    /// `step 250: train loss 2.01, val loss 2.13` and many similar lines.
    Plain,
    /// Lines of a text file, read as printed lines are; nearly always they are printed too.
    Log,
}

impl std::fmt::Display for RowSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Metric => "--metric",
            Self::Json => "JSON lines",
            Self::HuggingFace => "Hugging Face Trainer",
            Self::Table => "table with a heading",
            Self::Sklearn => "scikit-learn",
            Self::File => "table or JSON lines in a file",
            Self::TensorBoard => "TensorBoard event file",
            Self::Bar => "progress bar",
            Self::Plain => "names and numbers on a line",
            Self::Log => "lines of a log file",
        })
    }
}
