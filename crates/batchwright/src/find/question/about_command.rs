//! Questions about a training command: its best batch size, the largest that fits, and what a study
//! could read from it.

use crate::args::command::CommandArgs;
use crate::args::find::{FindArgs, ObjectiveArg};
use crate::find::deadline::Deadline;
use crate::find::export::Exports;
use crate::find::fingerprint::{command_workload, question};
use crate::find::hooks::Hooks;
use crate::find::question::study_question::{
    self, KnownSamples, StudyQuestion, no_time, refuse_no_size, study_config, study_settings,
};
use crate::find::show::ShowOptions;
use crate::prepare;
use crate::shell::explain::Explain;
use crate::shell::screen::echo;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::process::{
    ChildSpec, CommandTemplate, ConfigTemplate, Limits, Placeholder, Values, shell_line,
};
use batchwright_command::read::normal_name;
use batchwright_command::{CommandSettings, CommandWorkload};
use batchwright_find::{BatchSizes, Objective, Rates, StudyConfig, TargetSpec};
use batchwright_store::Fingerprint;
use batchwright_train::Duration;
use batchwright_view::{FailureMessage, UsageMessage};
use std::ffi::OsString;
use std::path::Path;
use tempfile::TempDir;

/// A training command with the shell lines around it.
pub(crate) struct PreparedCommand {
    pub(crate) workload: CommandWorkload,
    pub(crate) hooks: Hooks,
    /// Folder for what the command writes where no study keeps it. It is removed when the question
    /// is dropped.
    pub(crate) scratch: TempDir,
}

impl PreparedCommand {
    fn new(settings: CommandSettings, hooks: Hooks) -> Result<Self> {
        let scratch = tempfile::tempdir().explain(no_scratch)?;
        let workload = CommandWorkload::new(settings, scratch.path().to_owned());
        Ok(Self { workload, hooks, scratch })
    }

    /// Refuses a program that is not there. A study would only record that no trial could start.
    pub(crate) fn check_program(&self) -> Result<()> {
        let CommandSettings { template, folder, environment, .. } = self.workload.settings();
        let Some(program) = template.program() else { return Ok(()) };
        let spec = ChildSpec {
            folder: folder.clone(),
            environment: [environment.clone(), template.fill_variables(&Values::default())].concat(),
            ..ChildSpec::new(vec![program.into()])
        };
        Ok(spec.check()?)
    }
}

/// A temporary folder cannot be made: mostly because `TMPDIR` names a wrong one.
fn no_scratch() -> FailureMessage {
    match std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => FailureMessage::MakeScratchIn { folder: folder.to_string_lossy().into_owned() },
        None => FailureMessage::MakeScratch,
    }
}

/// Which batch size of a command is best.
pub(crate) struct CommandStudy {
    pub(crate) study: StudyQuestion,
    pub(crate) command: PreparedCommand,
    pub(crate) show: ShowOptions,
}

impl CommandStudy {
    pub(super) fn ask(mut args: FindArgs, deadline: Deadline, signals: &Signals) -> Result<Self> {
        let exports = Exports::open(std::mem::take(&mut args.export))?;
        let (config, settings) = study_parts(&args, deadline, signals)?;
        let fingerprint = Fingerprint {
            workload: command_workload(&settings, args.command.setup.as_deref()),
            question: question(&config, args.study.strategy.into()),
        };
        let words = settings_words(&args, &config, deadline);
        let made_name = format!("{} study", program_name(&args.command.command));
        let show_output = args.command.show_output;
        let command = PreparedCommand::new(settings, hooks(args.command, deadline, signals))?;
        config.check(&command.workload)?;
        let study = StudyQuestion {
            config,
            settings: words,
            fingerprint,
            name: args.name,
            made_name,
            strategy: args.study.strategy.into(),
            fresh: args.study.fresh,
            log_places: args.log_to,
            notices: Vec::new(),
            show_output,
            deadline,
            // The command's processes end with the budget, so no time needs to be left. But zero
            // would not be a valid budget.
            least_left: std::time::Duration::from_nanos(1),
        };
        Ok(Self { study, command, show: ShowOptions { explain: args.explain, exports } })
    }
}

/// What a study could read from a command.
pub(crate) struct CommandCheck {
    pub(crate) command: PreparedCommand,
    /// Ascending. The command is run at the smallest, and at one of the others.
    pub(crate) sizes: Vec<u64>,
    pub(crate) seed: u64,
    pub(crate) keep_outputs: bool,
    pub(crate) show_output: bool,
}

impl CommandCheck {
    pub(super) fn ask(args: FindArgs, deadline: Deadline, signals: &Signals) -> Result<Self> {
        let (config, settings) = study_parts(&args, deadline, signals)?;
        let CommandArgs { keep_outputs, show_output, .. } = args.command;
        let command = PreparedCommand::new(settings, hooks(args.command, deadline, signals))?;
        config.check(&command.workload)?;
        let sizes = config.sizes.sizes().to_vec();
        Ok(Self { command, sizes, seed: config.seed, keep_outputs, show_output })
    }
}

/// What a command does with batch size, micro-batches, epochs, evaluation, schedule and seed.
pub(crate) struct CommandAudit {
    pub(crate) command: PreparedCommand,
    /// The smallest and the largest batch size that may be used.
    pub(crate) sizes: [u64; 2],
    pub(crate) seed: u64,
    pub(crate) keep_outputs: bool,
    pub(crate) show_output: bool,
}

impl CommandAudit {
    pub(super) fn ask(args: FindArgs, deadline: Deadline, signals: &Signals) -> Result<Self> {
        let (config, settings) = study_parts(&args, deadline, signals)?;
        // No forward/backward pass of the audit is larger than --micro-batch-size.
        let caps = [args.study.max_batch_size, args.micro_batch_size];
        let CommandArgs { keep_outputs, show_output, .. } = args.command;
        let command = PreparedCommand::new(settings, hooks(args.command, deadline, signals))?;
        config.check(&command.workload)?;
        let sizes = || config.sizes.sizes().iter().copied();
        let high = sizes().max().into_iter().chain(caps.into_iter().flatten()).min().unwrap_or(1).max(1);
        let low = sizes().min().unwrap_or(1);
        Ok(Self { command, sizes: [low.min(high), high], seed: config.seed, keep_outputs, show_output })
    }
}

/// The largest batch size of a command that fits.
pub(crate) struct CommandFit {
    pub(crate) command: PreparedCommand,
    pub(crate) sizes: BatchSizes,
    pub(crate) memory_limit: Option<u64>,
    pub(crate) show_output: bool,
    pub(crate) deadline: Deadline,
}

impl CommandFit {
    pub(super) fn ask(args: FindArgs, deadline: Deadline, signals: &Signals) -> Result<Self> {
        refuse_no_size(&args.study)?;
        let template = template(&args.command)?;
        refuse_contradictions_of_fit(&args, &template)?;
        let sizes = match args.study.max_batch_size {
            Some(cap) => args.study.batch_sizes.clone().capped(cap)?,
            None => args.study.batch_sizes.clone(),
        };
        let base = base_settings(&args, template, deadline, signals)?;
        // Every training runs at one rate, the lowest that was given, because it does not matter
        // whether the training learns.
        let rates = args.study.lr.as_ref().and_then(Rates::ends).unwrap_or(base.rates);
        let settings = CommandSettings { rates, ..base };
        let (memory_limit, show_output) = (args.memory.bytes(), args.command.show_output);
        let command = PreparedCommand::new(settings, hooks(args.command, deadline, signals))?;
        Ok(Self { command, sizes, memory_limit, show_output, deadline })
    }
}

fn template(args: &CommandArgs) -> Result<CommandTemplate> {
    let config = args.template.as_deref().map(config_template).transpose()?;
    Ok(CommandTemplate::with(&args.command, args.env.clone(), config)?)
}

fn config_template(path: &Path) -> Result<ConfigTemplate> {
    let content =
        std::fs::read(path).explain(|| FailureMessage::ReadTemplate { path: path.display().to_string() })?;
    Ok(ConfigTemplate::parse(path, content)?)
}

fn hooks(args: CommandArgs, deadline: Deadline, signals: &Signals) -> Hooks {
    Hooks { setup: args.setup, cleanup: args.cleanup, signals: signals.clone(), deadline }
}

/// The settings of a study of a command, and those of the command in it.
fn study_parts(
    args: &FindArgs,
    deadline: Deadline,
    signals: &Signals,
) -> Result<(StudyConfig, CommandSettings)> {
    let template = template(&args.command)?;
    let jobs = jobs(args)?;
    refuse_contradictions(args, &template, jobs)?;
    let config = command_study_config(args, deadline, jobs)?;
    let samples = args.command.samples;
    let settings = CommandSettings {
        judged_at_end: config.objective == Objective::Quality,
        max_samples: config.max_samples,
        eval_samples: config.eval_samples.or(samples.map(|samples| (samples / 16).max(1))),
        rates: config.rates.ends().unwrap_or((1.0, 1.0)),
        alone: config.jobs == 1,
        ..base_settings(args, template, deadline, signals)?
    };
    Ok((config, settings))
}

/// Number of trials at a time. A training program uses the whole machine, unless each trial has its
/// own accelerator.
fn jobs(args: &FindArgs) -> Result<usize> {
    let devices = args.command.devices.len().max(1);
    args.study.jobs.map_or(Ok(devices), |jobs| prepare::batch::threads(Some(jobs), "--jobs"))
}

fn command_study_config(args: &FindArgs, deadline: Deadline, jobs: usize) -> Result<StudyConfig> {
    let known = KnownSamples { samples: args.command.samples, tokens: None };
    let base = study_config(&args.study, deadline, known)?;
    let rates = match &args.study.lr {
        Some(_) => base.rates,
        // The program has its own rate, which is not known: all trials run at 1 times that rate.
        None => Rates::exactly(vec![1.0])?.fixed(),
    };
    let target = match base.target {
        TargetSpec::Given { metric, goal, direction } => {
            TargetSpec::Given { metric: normal_name(&metric), goal, direction }
        }
        TargetSpec::Auto => TargetSpec::Auto,
    };
    Ok(StudyConfig { rates, target, eval_samples: args.command.eval_samples, jobs, ..base })
}

/// What was asked, in the words of the command line.
fn settings_words(args: &FindArgs, config: &StudyConfig, deadline: Deadline) -> Vec<(String, String)> {
    let mut words = vec![("command".to_owned(), shell_line(&args.command.command))];
    words.extend(args.command.env.iter().map(|variable| ("env".to_owned(), variable.to_string())));
    let template = args.command.template.as_ref();
    words.extend(template.map(|path| ("template".to_owned(), path.display().to_string())));
    words.extend(args.command.samples.map(|samples| ("samples".to_owned(), samples.to_string())));
    words.extend(study_settings(&args.study, config, deadline, args.micro_batch_size, args.memory));
    words
}

/// The settings that do not depend on the objective.
fn base_settings(
    args: &FindArgs,
    template: CommandTemplate,
    deadline: Deadline,
    signals: &Signals,
) -> Result<CommandSettings> {
    let command = &args.command;
    let (signals, show) = (signals.clone(), command.show_output);
    Ok(CommandSettings {
        pty: command.pty,
        memory_limit: args.memory.bytes(),
        limits: limits(command)?,
        metrics: command.metric.clone(),
        metric: normal_name(args.study.target.metric()),
        goal: args.study.target.given(),
        samples: command.samples,
        micro_batch_size: args.micro_batch_size,
        prepare: command.prepare.clone(),
        devices: command.devices.clone(),
        keep_outputs: command.keep_outputs,
        watch: command.log_dir.clone(),
        on_line: Box::new(move |line| {
            if show {
                echo(&line.text);
            }
        }),
        interrupted: Box::new(move || signals.came() || deadline.is_over()),
        ..CommandSettings::new(template)
    })
}

fn limits(args: &CommandArgs) -> Result<Limits> {
    Ok(Limits {
        deadline: args.trial_timeout.map(|it| time(it, "--trial-timeout")).transpose()?,
        start_timeout: Some(time(args.start_timeout, "--start-timeout")?),
        silence: args.silence_timeout.map(|it| time(it, "--silence-timeout")).transpose()?,
        ..Limits::default()
    })
}

fn time(duration: Duration, flag: &str) -> Result<std::time::Duration> {
    let Duration::Seconds(seconds) = duration else {
        return Err(no_time(flag, duration));
    };
    study_question::time(flag, seconds)
}

/// Flags and placeholders that contradict each other in a study.
fn refuse_contradictions(args: &FindArgs, template: &CommandTemplate, jobs: usize) -> Result<()> {
    let uses = |placeholder| template.uses(placeholder);
    let samples = args.command.samples;
    let bounded = samples.is_some() || args.study.max_samples.is_some() || args.study.within.is_some();
    let length =
        [Placeholder::Steps, Placeholder::Samples, Placeholder::Epochs].into_iter().find(|&it| uses(it));
    let quality = args.study.objective == ObjectiveArg::Quality;
    let devices = &args.command.devices;
    let refusal = match length {
        _ if template.has_learning_rate() && args.study.lr.is_none() => UsageMessage::RatesNeeded,
        _ if !template.has_learning_rate() && args.study.lr.is_some() => UsageMessage::RatesUnused,
        Some(Placeholder::Epochs) if samples.is_none() => UsageMessage::EpochsNeedSamples,
        Some(length) if !bounded => UsageMessage::LengthNeeded { placeholder: length.name() },
        None if quality => UsageMessage::QualityNeedsLength,
        _ if samples == Some(0) => UsageMessage::ZeroFlag { flag: "--samples" },
        _ if !devices.is_empty() && jobs > devices.len() => {
            UsageMessage::MoreJobsThanDevices { jobs, devices: devices.len() }
        }
        _ if jobs > 1 && args.command.log_dir.is_some() => UsageMessage::OneLogFolder { jobs },
        _ => return Ok(()),
    };
    Err(refusal.into())
}

/// Flags and placeholders that contradict each other where only memory is asked about.
fn refuse_contradictions_of_fit(args: &FindArgs, template: &CommandTemplate) -> Result<()> {
    let samples = args.command.samples;
    Err(if args.study.lr.is_some() && !template.has_learning_rate() {
        UsageMessage::RatesUnusedForFit
    } else if template.uses(Placeholder::Epochs) && samples.is_none() {
        UsageMessage::EpochsNeedSamples
    } else if samples == Some(0) {
        UsageMessage::ZeroFlag { flag: "--samples" }
    } else {
        return Ok(());
    }
    .into())
}

/// The name of the study if none is given: that of the script, or that of the program.
fn program_name(command: &[OsString]) -> String {
    let words = command.iter().map(|word| word.to_string_lossy().into_owned());
    let mut names: Vec<String> =
        words.take_while(|word| !word.starts_with('-') && !word.contains('{')).collect();
    let last = names.pop().unwrap_or_default();
    Path::new(&last).file_stem().map_or(last.clone(), |stem| stem.to_string_lossy().into_owned())
}
