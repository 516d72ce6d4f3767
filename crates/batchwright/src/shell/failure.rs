//! Exit codes: 0 done, 1 failed, 2 usage, 3 target not reached, no verdict, or an audit that found
//! something wrong, 129/130/143 stopped by a signal.

use crate::shell::explain::Failed;
use crate::shell::screen::write_note;
use batchwright_command::process::{HookError, TemplateError};
use batchwright_data::DataError;
use batchwright_find::FindError;
use batchwright_nn::NnError;
use batchwright_store::StoreError;
use batchwright_train::TrainError;
use batchwright_view::{FailureMessage, Lang, Style, UsageMessage, error_message, harmless_lines};
use std::error::Error;
use std::process::ExitCode;

/// The target was not reached, there is no verdict, or an audit found something wrong.
pub(crate) const NO_ANSWER: u8 = 3;

/// Work that a signal interrupted before it had a result.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Interrupted {
    what: FailureMessage,
    source: HookError,
    /// 128 + the signal.
    code: u8,
}

impl Interrupted {
    pub(crate) fn new(what: FailureMessage, source: HookError, code: u8) -> Self {
        Self { what, source, code }
    }
}

/// The error and its causes, in a language.
pub(crate) fn message(error: &anyhow::Error, lang: Lang) -> String {
    lang.error_chain(error.chain().map(said))
}

/// What an error of the chain says: `view` knows the messages, not what carries them here.
fn said<'a>(cause: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let failed = cause.downcast_ref::<Failed>().map(|failed| &failed.what);
    let interrupted = || cause.downcast_ref::<Interrupted>().map(|interrupted| &interrupted.what);
    failed.or_else(interrupted).map_or(cause, |what| what)
}

/// Shows an error, with the command that helps on where flags were wrong, and returns its exit code.
pub(crate) fn report(error: &anyhow::Error, command: &str, style: Style) -> ExitCode {
    let next = is_usage(error).then(|| format!("batchwright {command} --help"));
    write_note(&harmless_lines(&error_message(&message(error, style.lang), next.as_deref(), style)));
    exit_code(error)
}

/// The flag that an error of the network is about.
pub(crate) fn flag_of(error: &anyhow::Error) -> Option<&'static str> {
    let network = |cause: &(dyn Error + 'static)| match cause.downcast_ref::<NnError>()? {
        NnError::Loss { name, .. } | NnError::Setting { name, .. } => Some(*name),
        NnError::Model { .. }
        | NnError::LayerList(_)
        | NnError::Layer { .. }
        | NnError::Image { .. }
        | NnError::InputKind { .. }
        | NnError::NeedsTokens { .. } => Some("--model"),
        NnError::DoesNotFit { .. }
        | NnError::Batch { .. }
        | NnError::State { .. }
        | NnError::Tensor { .. }
        | NnError::OnnxSize { .. }
        | NnError::GradientNorms { .. } => None,
    };
    error.chain().find_map(network)
}

/// 2 if other flags would help, 1 if something failed, 128 + the signal if a signal came.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return ExitCode::from(interrupted.code);
    }
    ExitCode::from(if is_usage(error) { 2 } else { 1 })
}

/// Whether other flags would help.
fn is_usage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<UsageMessage>()
            || cause.is::<TemplateError>()
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
                        | StoreError::QueryChanges
                        | StoreError::QueryCount { .. }
                        | StoreError::QueryTooLarge { .. }
                        | StoreError::Query { .. }
                )
            )
            || cause.downcast_ref().is_some_and(data_usage)
    })
}

fn network_usage(error: &NnError) -> bool {
    matches!(
        error,
        NnError::Model { .. }
            | NnError::Layer { .. }
            | NnError::LayerList(_)
            | NnError::InputKind { .. }
            | NnError::NeedsTokens { .. }
            | NnError::Loss { .. }
            | NnError::Setting { .. }
    )
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
