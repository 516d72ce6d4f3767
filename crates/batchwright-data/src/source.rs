//! A whole data set as it was read: raw values, nothing split, normalised or shuffled.

use std::ops::Range;
use std::sync::Arc;

use crate::images::Images;
use crate::remark::DataRemark;
use crate::table::Table;
use crate::task::TaskKind;
use crate::tokens::parts::windows_from_start;
use crate::tokens::raw_text::RawText;

/// The raw inputs, shared between everything that reads them.
#[derive(Debug, Clone)]
pub enum RawInputs {
    /// Images of one shape.
    Images(Arc<Images>),
    /// The columns of a table, without the label.
    Table(Arc<Table>),
    /// A text.
    Text(Arc<RawText>),
}

impl RawInputs {
    /// The kind, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Images(_) => "images",
            Self::Table(_) => "a table",
            Self::Text(_) => "a text",
        }
    }
}

/// What is to be predicted, one entry per sample.
#[derive(Debug, Clone)]
pub enum Labels {
    /// Classes.
    Classes {
        /// The table's label column.
        column: Option<String>,
        /// Name of each class.
        names: Arc<[String]>,
        /// Index into `names` of each sample.
        codes: Arc<[u32]>,
    },
    /// Numbers, in their own unit.
    Values {
        /// The table's label column.
        column: String,
        /// The number of each sample, finite.
        values: Arc<[f32]>,
    },
    /// The tokens of a text are the labels of those before them.
    NextTokens,
    /// The file has no labels: it can be used for prediction, but not for training or evaluation.
    Absent,
}

/// A whole data set. Cloning shares the samples.
#[derive(Debug, Clone)]
pub struct Source {
    /// `digits`, or the path as it was given.
    pub(crate) name: String,
    pub(crate) inputs: RawInputs,
    pub(crate) labels: Labels,
    pub(crate) own_validation: Option<Range<u32>>,
    pub(crate) own_test: Option<Range<u32>>,
    pub(crate) sample_names: Option<Arc<[String]>>,
    pub(crate) remarks: Vec<DataRemark>,
}

impl Source {
    /// A source without splits of its own, names of samples and remarks.
    pub(crate) fn new(name: String, inputs: RawInputs, labels: Labels) -> Self {
        let (own_validation, own_test, sample_names) = (None, None, None);
        Self { name, inputs, labels, own_validation, own_test, sample_names, remarks: Vec::new() }
    }

    /// `digits`, or the path as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The raw inputs.
    pub fn inputs(&self) -> &RawInputs {
        &self.inputs
    }

    /// What is to be predicted.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The samples from the data set's own validation files, if it has any. They come after the
    /// training samples, and before those of test files.
    pub fn own_validation(&self) -> Option<Range<u32>> {
        self.own_validation.clone()
    }

    /// The name of each sample's file; `None` where a sample is no file, and where labels are read.
    pub fn sample_names(&self) -> Option<&[String]> {
        self.sample_names.as_deref()
    }

    /// The samples from the data set's own test files, if it has any. They come after the other
    /// samples.
    pub fn own_test(&self) -> Option<Range<u32>> {
        self.own_test.clone()
    }

    /// What was assumed while it was read, and what was left out.
    pub fn remarks(&self) -> &[DataRemark] {
        &self.remarks
    }

    /// Number of samples, own test samples included. At least 1, but for a text that is shorter than
    /// a window. Of a text: its windows if it is not divided into parts.
    pub fn samples(&self) -> u32 {
        let samples = match &self.inputs {
            RawInputs::Images(images) => images.len(),
            RawInputs::Table(table) => table.rows(),
            RawInputs::Text(text) => windows_from_start(text.len(), text.context()),
        };
        // Readers refuse more than u32::MAX samples.
        samples as u32
    }

    /// Whether classes, numbers or tokens are predicted; `None` when the file has no labels.
    pub fn task(&self) -> Option<TaskKind> {
        match self.labels {
            Labels::Classes { .. } => Some(TaskKind::Classify),
            Labels::Values { .. } => Some(TaskKind::Regress),
            Labels::NextTokens => Some(TaskKind::NextToken),
            Labels::Absent => None,
        }
    }

    /// Names of the classes; empty for numbers and for absent labels.
    pub fn class_names(&self) -> &[String] {
        match &self.labels {
            Labels::Classes { names, .. } => names,
            _ => &[],
        }
    }
}

/// Classes named by their number.
pub(crate) fn numbered_classes(count: u32) -> Arc<[String]> {
    (0..count).map(|class| class.to_string()).collect()
}
