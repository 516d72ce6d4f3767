//! The sources of rows, in the order of preference.

use serde::Serialize;

/// The source of a row. The order is the order of preference: formats that the user describes,
/// formats that are printed for programs, the output of well-known trainers, the files of
/// well-known trainers, and last the lines that are printed for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSource {
    /// `--metric NAME=REGEX`.
    Metric,
    /// JSON lines.
    Json,
    /// Dictionaries as Python prints them: Hugging Face's `Trainer`.
    HuggingFace,
    /// Keras' progress bars.
    Keras,
    /// fastai's table.
    Fastai,
    /// scikit-learn's networks.
    Sklearn,
    /// `metrics.csv` of Lightning's `CSVLogger`.
    Lightning,
    /// TensorBoard event files.
    TensorBoard,
    /// `step 250: train loss 2.01, val loss 2.13` and many similar lines.
    Plain,
}

impl std::fmt::Display for RowSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Metric => "--metric",
            Self::Json => "JSON lines",
            Self::HuggingFace => "Hugging Face Trainer",
            Self::Keras => "Keras progress bar",
            Self::Fastai => "fastai table",
            Self::Sklearn => "scikit-learn",
            Self::Lightning => "Lightning metrics.csv",
            Self::TensorBoard => "TensorBoard event file",
            Self::Plain => "names and numbers on a line",
        })
    }
}
