//! What a folder of images must hold, for whoever opens it.

/// What a folder must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Training images and labels; test files are optional.
    Training,
    /// At least one part with its labels.
    AnyLabelled,
    /// At least one part; labels are not read.
    AnyImages,
}
