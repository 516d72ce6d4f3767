//! Starts the child of a trial: the values of its command line, its device, its hook, its limits.
//! No other file of the crate decides where and how a training runs.
//!
//! Left out: what is read from the child (`trial`), how a child is kept (`process`).

use crate::context::TrialContext;
use crate::devices::Lease;
use crate::process::child::Child;
use crate::process::quoting::shell_line;
use crate::process::shell::{HookError, run_shell};
use crate::process::spec::ChildSpec;
use crate::process::template::Values;
use crate::settings::CommandSettings;
use batchwright_find::{TrialError, TrialRequest};
use std::path::Path;

/// A training that is ready to start: its device is taken and its hook has run.
pub(crate) struct Launch<'a> {
    spec: ChildSpec,
    device: Option<Lease<'a>>,
}

/// A training that runs.
pub(crate) struct Launched<'a> {
    pub(crate) child: Child,
    /// Its command line, as a person would type it.
    pub(crate) command: String,
    /// Its device, for as long as this value lives.
    pub(crate) device: Option<Lease<'a>>,
}

impl<'a> Launch<'a> {
    /// Prepares a training that writes its files into `out`.
    pub(crate) fn prepare(
        context: &'a TrialContext,
        request: &TrialRequest,
        out: &Path,
    ) -> Result<Self, TrialError> {
        let device = context.devices.lease();
        let spec = child_spec(&context.settings, request, device.as_ref(), out);
        if let Some(line) = &context.settings.prepare {
            run_hook(line, &spec, &*context.settings.interrupted)?;
        }
        Ok(Self { spec, device })
    }

    pub(crate) fn start(self) -> Result<Launched<'a>, TrialError> {
        let child = self.spec.start().map_err(|error| TrialError::Failed(error.to_string()))?;
        Ok(Launched { child, command: shell_line(&self.spec.words), device: self.device })
    }
}

fn child_spec(
    settings: &CommandSettings,
    request: &TrialRequest,
    device: Option<&Lease>,
    out: &Path,
) -> ChildSpec {
    let variables = device.into_iter().flat_map(Lease::environment);
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    ChildSpec {
        words: settings.template.fill(&values(settings, request, out)),
        folder: settings.folder.clone(),
        environment: settings.environment.iter().cloned().chain(variables).collect(),
        pty: settings.pty,
        memory_limit: settings.memory_limit,
        log: Some(out.with_extension("log")),
        limits: settings.limits.clone(),
    }
}

fn values<'p>(settings: &CommandSettings, request: &TrialRequest, out: &'p Path) -> Values<'p> {
    let TrialRequest { batch_size, learning_rate, seed, max_samples, eval_samples } = *request;
    let micro_batch = settings.micro_batch(batch_size);
    // Programs take whole epochs. A training that is longer than asked for is stopped.
    let epochs = |samples: u64| (max_samples as f64 / samples as f64).ceil().max(1.0);
    Values {
        batch_size,
        learning_rate,
        seed,
        steps: max_samples.div_ceil(batch_size),
        epochs: settings.samples.map_or(1.0, epochs),
        samples: max_samples,
        eval_steps: ((eval_samples as f64 / batch_size as f64).round() as u64).max(1),
        micro_batch_size: micro_batch,
        grad_accum: batch_size / micro_batch,
        eval_batch_size: settings.eval_batch_size.unwrap_or(batch_size),
        out,
    }
}

/// Runs the hook before a training, in the same place as the training.
fn run_hook(line: &str, training: &ChildSpec, interrupted: &dyn Fn() -> bool) -> Result<(), TrialError> {
    run_shell(line, training, interrupted).map_err(|error| match error {
        HookError::Interrupted { .. } => TrialError::Interrupted,
        error => TrialError::Failed(format!("--prepare {error}")),
    })
}
