//! Adds to an error what was tried when it came.

use batchwright_view::FailureMessage;
use std::error::Error;

/// What was tried when an error came.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failed {
    pub(crate) what: FailureMessage,
    source: Box<dyn Error + Send + Sync>,
}

impl Failed {
    pub(crate) fn new(what: FailureMessage, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, source: source.into() }
    }
}

/// Adds to an error what was tried.
pub(crate) trait Explain<T> {
    /// Adds to an error what was tried.
    fn explain(self, what: impl FnOnce() -> FailureMessage) -> anyhow::Result<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Explain<T> for Result<T, E> {
    fn explain(self, what: impl FnOnce() -> FailureMessage) -> anyhow::Result<T> {
        self.map_err(|error| Failed::new(what(), error).into())
    }
}
