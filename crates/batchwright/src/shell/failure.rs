//! Exit codes: 0 done, 1 failed, 2 usage, 3 target not reached or no verdict, 129/130/143 stopped
//! by a signal.

use batchwright_data::DataError;
use batchwright_find::FindError;
use batchwright_nn::NnError;
use batchwright_store::StoreError;
use batchwright_train::TrainError;
use std::process::ExitCode;

/// The target was not reached, or there is no verdict.
pub(crate) const NO_ANSWER: u8 = 3;

/// Flags that contradict each other or do not suit the data.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Work that a signal interrupted before it had a result.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) what: String,
    /// 128 + the signal.
    pub(crate) code: u8,
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Interrupted {}

/// An error about flags.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// The error and its causes, each of them once: many of our errors already contain the text of
/// their cause.
pub(crate) fn message(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        _ if text.ends_with(&cause) => text,
        _ => format!("{text}: {cause}"),
    })
}

/// 2 if other flags would help, 1 if something failed, 128 + the signal if a signal came.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return ExitCode::from(interrupted.code);
    }
    let usage = error.chain().any(|cause| {
        cause.is::<UsageError>()
            || cause.is::<FindError>()
            || matches!(cause.downcast_ref(), Some(TrainError::Setting { .. } | TrainError::Overflow(_)))
            || matches!(cause.downcast_ref(), Some(TrainError::Network(network)) if network_usage(network))
            || cause.downcast_ref().is_some_and(network_usage)
            || matches!(
                cause.downcast_ref(),
                Some(
                    StoreError::BadName { .. }
                        | StoreError::NameTaken { .. }
                        | StoreError::UnknownName { .. }
                )
            )
            || cause.downcast_ref().is_some_and(data_usage)
    });
    ExitCode::from(if usage { 2 } else { 1 })
}

fn network_usage(error: &NnError) -> bool {
    matches!(error, NnError::Model { .. } | NnError::InputKind { .. } | NnError::Setting { .. })
}

fn data_usage(error: &DataError) -> bool {
    matches!(
        error,
        DataError::Setting { .. }
            | DataError::NoLabel { .. }
            | DataError::UnknownColumn { .. }
            | DataError::UnknownFormat { .. }
            | DataError::LabelIgnored { .. }
    )
}
