//! A checked run. First everything that does not depend on the batch size is checked, then the
//! batch size.
//!
//! There are two parts because with `--batch-size auto` a study decides the batch size. That study
//! must not start for a run that would be refused at any size.

use crate::args::groups::{BatchArgs, MemoryArgs};
use crate::args::train::TrainArgs;
use crate::args::values::{BatchSize, MicroBatch};
use crate::prepare;
use crate::prepare::prepared_network::PreparedNetwork;
use crate::tracking::place::{LOG_SETTING, LogPlace};
use anyhow::Result;
use batchwright_data::{Dataset, Source, Task, check_writable};
use batchwright_find::{Direction, TargetSpec};
use batchwright_nn::{Engine, EngineOptions};
use batchwright_train::{CheckedRun, Duration, Goal, Plan, RunConfig, largest_size, starting_learning_rate};
use batchwright_view::{Notice, UsageMessage};
use std::path::PathBuf;

/// The setting that names the study which decided the batch size.
pub(crate) const SIZE_FROM: &str = "batch-size from";

/// What decides the batch size of a run. Micro-batch sizes are used as given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BatchChoice {
    Given {
        batch_size: u64,
        micro_batch_size: Option<u64>,
    },
    /// A study, within this budget.
    Auto {
        micro_batch_size: Option<u64>,
        budget: Option<Duration>,
    },
}

impl BatchChoice {
    /// Refuses flags that need `auto` where it is missing, and flags that cannot be used with it.
    fn new(args: &BatchArgs, budget: Option<Duration>) -> Result<Self> {
        let auto = args.batch_size == Some(BatchSize::Auto);
        if budget.is_some() && !auto {
            return Err(UsageMessage::BudgetWithoutAuto.into());
        }
        if !auto {
            let (batch_size, micro_batch_size) = prepare::batch::batch(args)?;
            return Ok(Self::Given { batch_size, micro_batch_size });
        }
        if args.grad_accum.is_some() {
            return Err(UsageMessage::AccumulationWithAuto.into());
        }
        let micro_batch_size = match args.micro_batch_size {
            MicroBatch::Auto => None,
            MicroBatch::Samples(samples) => Some(samples),
        };
        Ok(Self::Auto { micro_batch_size, budget })
    }
}

/// A run whose batch size is not decided yet. Everything else is checked.
pub(crate) struct UnsizedRun {
    pub(crate) network: PreparedNetwork,
    pub(crate) memory: MemoryArgs,
    /// The rate that was given.
    pub(crate) learning_rate: Option<f64>,
    /// With batch size 1 and a default rate, until both are decided.
    pub(crate) config: RunConfig,
    target: Option<TargetSpec>,
    name: Option<String>,
    checkpoints: CheckpointSettings,
    save_model: Option<PathBuf>,
    log_places: Vec<LogPlace>,
}

/// How the state of a run is saved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckpointSettings {
    /// At most this much training is lost.
    pub(crate) every: Duration,
    /// How many are kept.
    pub(crate) keep: usize,
}

/// A checked run.
pub(crate) struct RunJob {
    pub(crate) network: PreparedNetwork,
    pub(crate) options: EngineOptions,
    /// The settings that `run` was checked from.
    pub(crate) config: RunConfig,
    pub(crate) run: CheckedRun,
    pub(crate) checkpoints: CheckpointSettings,
    /// Bytes that the whole run needs.
    pub(crate) memory_bytes: u64,
    pub(crate) settings: Vec<(String, String)>,
    /// Messages for the user before the run.
    pub(crate) remarks: Vec<Notice>,
    /// Whether the run has failed if it does not reach its target.
    pub(crate) has_target: bool,
    /// A second place for the model.
    pub(crate) save_model: Option<PathBuf>,
    /// The name that was asked for.
    pub(crate) name: Option<String>,
    /// Where it is logged while it trains.
    pub(crate) log_places: Vec<LogPlace>,
}

impl UnsizedRun {
    /// Checks the flags and opens the data.
    pub(crate) fn check(args: TrainArgs) -> Result<(Self, BatchChoice)> {
        let choice = BatchChoice::new(&args.batch, args.budget)?;
        let network = PreparedNetwork::open(&args.network, args.threads.threads)?;
        if args.keep == 0 {
            return Err(UsageMessage::ZeroFlag { flag: "--keep" }.into());
        }
        if let Some(path) = &args.save_model {
            check_writable(path)?;
        }
        let run = Self {
            checkpoints: CheckpointSettings {
                every: args.checkpoint_every.in_samples(network.tokens_per_sample())?,
                keep: args.keep,
            },
            config: config(&args, &network)?,
            network,
            memory: args.batch.memory,
            learning_rate: args.lr,
            target: args.target,
            name: args.name,
            save_model: args.save_model,
            log_places: args.log_to,
        };
        Ok((run, choice))
    }

    /// Refuses what would be refused at any batch size, before a study is run.
    pub(crate) fn check_at_any_size(&self) -> Result<()> {
        let learning_rate = self.rate_at(1, None);
        RunConfig { learning_rate, ..self.config.clone() }
            .check_with(self.samples(), self.network.evaluated())?;
        self.network.plan(self.options(1)).micro_batch(1, None).map(|_| ())
    }

    /// The run at a batch size. `recommended` is the rate that a study recommends; a rate that the
    /// user gave has priority.
    pub(crate) fn at(self, batch_size: u64, micro: Option<u64>, recommended: Option<f64>) -> Result<RunJob> {
        let learning_rate = self.rate_at(batch_size, recommended);
        let config = RunConfig { batch_size, micro_batch_size: micro, learning_rate, ..self.config.clone() };
        self.with(config)
    }

    /// The run with these settings, in the place of those that the flags give.
    pub(crate) fn with(self, mut config: RunConfig) -> Result<RunJob> {
        // This check comes before memory is planned for the size.
        config.check_with(self.samples(), self.network.evaluated())?;
        let batch_size = config.batch_size;
        let options = self.options(batch_size);
        let plan = self.network.plan(options);
        let largest = largest_size(batch_size, &config.size_changes);
        let micro = plan.micro_batch(largest, config.micro_batch_size)?;
        let memory_bytes = plan.memory(micro)?.bytes() as u64;
        config.micro_batch_size = Some(micro);
        let run = config.check_with(self.samples(), self.network.evaluated())?;
        let mut settings = self.network.settings();
        // A run that is made longer may go on without its target.
        let target = self.target.as_ref().filter(|_| config.goal.is_some());
        settings.extend(run_settings(&config, target));
        settings.extend(self.log_places.iter().map(|place| (LOG_SETTING.to_owned(), place.to_string())));
        let beta2 = prepare::network::beta2_remark(&self.network.optimizer, batch_size);
        let PreparedNetwork { model, data, .. } = &self.network;
        let batch_norm = prepare::network::batch_norm_remark(model, &data.splits.train, batch_size, micro);
        let precision = prepare::network::precision_remark(self.network.precision);
        let remarks = precision.into_iter().chain(beta2).chain(batch_norm).collect();
        Ok(RunJob {
            options,
            has_target: config.goal.is_some(),
            config,
            run,
            checkpoints: self.checkpoints,
            memory_bytes,
            settings,
            remarks,
            name: self.name,
            save_model: self.save_model,
            log_places: self.log_places,
            network: self.network,
        })
    }

    /// Where it is to be logged.
    pub(crate) fn log_places(&self) -> &[LogPlace] {
        &self.log_places
    }

    /// The data that it trains on.
    pub(crate) fn source(&self) -> &Source {
        &self.network.data.source
    }

    fn samples(&self) -> u64 {
        self.network.data.splits.train.len() as u64
    }

    fn rate_at(&self, batch_size: u64, recommended: Option<f64>) -> f64 {
        let start = || starting_learning_rate(&self.network.optimizer, batch_size);
        self.learning_rate.or(recommended).unwrap_or_else(start)
    }

    fn options(&self, batch_size: u64) -> EngineOptions {
        EngineOptions {
            micro_batch: 1,
            optimizer: self.network.optimizer.for_batch_size(batch_size),
            seed: self.config.seed,
            memory_limit: prepare::network::memory_limit(self.memory),
            ..self.network.options()
        }
    }
}

impl RunJob {
    /// Its engine, with room for the largest of its batch sizes.
    pub(crate) fn engine(&self) -> Result<Box<dyn Engine>> {
        self.network.plan(self.options).engine(self.run.micro_batch_size())
    }

    /// The plan of the run, or that of one epoch where its end is given in time.
    pub(crate) fn shown_plan(&self) -> Result<Plan> {
        self.run.plan().copied().map_or_else(|| prepare::batch::epoch_plan(&self.run.batching()), Ok)
    }
}

/// The settings of a run that do not depend on its batch size.
fn config(args: &TrainArgs, network: &PreparedNetwork) -> Result<RunConfig> {
    let (data, tokens) = (&network.data.splits.train, network.tokens_per_sample());
    let counted = |duration: Option<Duration>| duration.map(|d| d.in_samples(tokens)).transpose();
    Ok(RunConfig {
        batch_size: 1,
        size_changes: prepare::batch::size_changes(&args.batch),
        micro_batch_size: None,
        drop_last: args.batch.drop_last,
        duration: prepare::batch::duration(&args.length, data.len() as u64, tokens)?,
        decay: args.schedule.into(),
        warmup: counted(args.warmup)?,
        seed: args.seed,
        eval_every: counted(args.eval_every)?,
        patience: counted(args.patience)?,
        min_delta: args.min_delta,
        retries: args.retries,
        goal: args.target.as_ref().map(|target| goal(target, data.task())).transpose()?,
        ..RunConfig::default()
    })
}

/// The goal of a run. The target `auto` exists only for studies.
fn goal(target: &TargetSpec, task: Task) -> Result<Goal> {
    prepare::batch::check_target(target)?;
    match target {
        TargetSpec::Given { metric, goal, direction: Direction::Below } if metric == "val_loss" => {
            Ok(Goal::LossBelow(*goal))
        }
        TargetSpec::Given { metric, goal, direction: Direction::Above } if metric == "val_accuracy" => {
            if !task.has_accuracy() {
                return Err(UsageMessage::AccuracyOfNumbers.into());
            }
            Ok(Goal::AccuracyAbove(*goal))
        }
        _ => Err(UsageMessage::TargetOfRun.into()),
    }
}

/// What was asked of the run, in the words of the command line.
fn run_settings(config: &RunConfig, target: Option<&TargetSpec>) -> Vec<(String, String)> {
    let mut settings = vec![
        ("batch-size", config.batch_size.to_string()),
        ("micro-batch-size", config.micro_batch_size.unwrap_or(config.batch_size).to_string()),
        ("duration", config.duration.to_string()),
        ("lr", config.learning_rate.to_string()),
        ("schedule", format!("{:?}", config.decay).to_lowercase()),
        ("seed", config.seed.to_string()),
    ];
    settings.extend(
        config
            .size_changes
            .iter()
            .map(|change| ("batch-size changes", format!("{}: {}", change.from, change.batch_size))),
    );
    settings.extend((config.retries > 0).then(|| ("retries", config.retries.to_string())));
    settings.extend(config.warmup.map(|warmup| ("warmup", warmup.to_string())));
    settings.extend(config.eval_every.map(|every| ("eval-every", every.to_string())));
    settings.extend(config.patience.map(|patience| ("patience", patience.to_string())));
    settings.extend(config.patience.map(|_| ("min-delta", config.min_delta.to_string())));
    settings.extend(target.map(|target| ("target", prepare::batch::target_text(target))));
    settings.extend(config.drop_last.then(|| ("drop-last", "yes".to_owned())));
    settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
