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
use crate::process::template::{ConfigTemplate, Values};
use crate::read::position::batching;
use crate::settings::CommandSettings;
use batchwright_find::{TrialError, TrialRequest};
use std::ffi::OsString;
use std::path::Path;

/// A training that is ready to start: its device is taken and its hook has run.
pub(crate) struct Launch<'a> {
    spec: ChildSpec,
    /// Its command line, as a person would type it.
    command: String,
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
    /// Prepares a training that writes its files into `out`, and evaluates with `eval_batch_size`
    /// samples at a time; by default with as many as it trains with.
    pub(crate) fn prepare(
        context: &'a TrialContext,
        request: &TrialRequest,
        eval_batch_size: Option<u64>,
        out: &Path,
    ) -> Result<Self, TrialError> {
        let device = context.devices.lease();
        let settings = &context.settings;
        let config = out.join(settings.template.config().map_or(Path::new(""), ConfigTemplate::name));
        let first_look = context.first_look(request.batch_size);
        let values =
            Values { config: &config, ..values(settings, request, first_look, eval_batch_size, out) };
        write_config(settings, &values)?;
        let spec = child_spec(&context.settings, &values, device.as_ref());
        if let Some(line) = &context.settings.prepare {
            run_hook(line, &spec, &*context.settings.interrupted)?;
        }
        let command = typed(&settings.template.fill_variables(&values), &spec.words);
        Ok(Self { spec, command, device })
    }

    pub(crate) fn start(self) -> Result<Launched<'a>, TrialError> {
        let child = self.spec.start().map_err(|error| TrialError::Failed(error.to_string()))?;
        Ok(Launched { child, command: self.command, device: self.device })
    }
}

/// The command as a person would type it, with the variables that were asked for.
fn typed(variables: &[(OsString, OsString)], words: &[OsString]) -> String {
    let assigned = variables.iter().map(|(name, value)| {
        let mut word = name.clone();
        word.push("=");
        word.push(value);
        word
    });
    let env = (!variables.is_empty()).then(|| "env".into());
    shell_line(&env.into_iter().chain(assigned).chain(words.iter().cloned()).collect::<Vec<_>>())
}

fn child_spec(settings: &CommandSettings, values: &Values, device: Option<&Lease>) -> ChildSpec {
    let device = device.into_iter().flat_map(Lease::environment);
    let device = device.map(|(name, value)| (name.into(), value.into()));
    let variables = settings.template.fill_variables(values).into_iter().chain(device);
    ChildSpec {
        words: settings.template.fill(values),
        folder: settings.folder.clone(),
        environment: settings.environment.iter().cloned().chain(variables).collect(),
        pty: settings.pty,
        memory_limit: settings.memory_limit,
        log: Some(values.out.with_extension("log")),
        limits: settings.limits.clone(),
    }
}

/// Programs count steps and epochs in 32 bits.
const MOST_COUNTED: u64 = i32::MAX as u64;

/// The values of the placeholders. `first_look`: steps to the first evaluation, as far as earlier
/// trainings have shown: a program that evaluates rarely is told a length that reaches it.
fn values<'p>(
    settings: &CommandSettings,
    request: &TrialRequest,
    first_look: Option<u64>,
    eval_batch_size: Option<u64>,
    out: &'p Path,
) -> Values<'p> {
    let TrialRequest { batch_size, learning_rate, seed, max_samples, eval_samples } = *request;
    let micro_batch = settings.micro_batch(batch_size);
    let batching = batching(batch_size, settings.samples, false);
    let steps = batching.map_or_else(|| max_samples.div_ceil(batch_size), |it| it.steps_for(max_samples));
    let eval_steps = (eval_samples as f64 / batch_size as f64).round() as u64;
    // Programs take whole epochs. A training that is longer than asked for is stopped.
    let epochs = settings.samples.map_or(1, |samples| max_samples.div_ceil(samples.max(1)));
    Values {
        batch_size,
        learning_rate,
        seed,
        steps: steps.max(first_look.unwrap_or(0)).min(MOST_COUNTED),
        epochs: epochs.clamp(1, MOST_COUNTED) as f64,
        samples: max_samples,
        eval_steps: eval_steps.clamp(1, MOST_COUNTED),
        micro_batch_size: micro_batch,
        config: out,
        grad_accum: batch_size / micro_batch,
        eval_batch_size: eval_batch_size.unwrap_or(micro_batch),
        out,
    }
}

/// Writes the trial's copy of the configuration file.
fn write_config(settings: &CommandSettings, values: &Values) -> Result<(), TrialError> {
    let Some(config) = settings.template.config() else { return Ok(()) };
    let written = std::fs::write(values.config, config.fill(values).as_encoded_bytes());
    written.map_err(|error| TrialError::Failed(format!("{}: {error}", values.config.display())))
}

/// Runs the hook before a training, in the same place as the training.
fn run_hook(line: &str, training: &ChildSpec, interrupted: &dyn Fn() -> bool) -> Result<(), TrialError> {
    run_shell(line, training, interrupted).map_err(|error| match error {
        HookError::Interrupted { .. } => TrialError::Interrupted,
        error => TrialError::Failed(format!("--prepare {error}")),
    })
}
