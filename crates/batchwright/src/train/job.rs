//! TODO

use crate::args::train::TrainArgs;
use crate::args::values::{BatchSize, MicroBatch};
use crate::prepare;
use crate::prepare::data::Prepared;
use crate::prepare::network::NetworkPlan;
use crate::shell::failure::usage;
use anyhow::Result;
use batchwright_data::{Dataset, Task};
use batchwright_find::{Direction, TargetSpec};
use batchwright_nn::{EngineOptions, Model, Optimizer};
use batchwright_train::{CheckedRun, Goal, RunConfig, starting_learning_rate};

/// Refuses what would be refused at any batch size, before a study is run for it.
pub(crate) fn check_all_but_batch_size(args: &TrainArgs, data: &Prepared) -> Result<()> {
    let mut one = args.clone();
    one.batch.batch_size = Some(BatchSize::Samples(1));
    one.batch.micro_batch_size = MicroBatch::Auto;
    RunJob::check(&one, data).map(|_| ())
}

/// A run, checked.
pub(crate) struct RunJob {
    pub(crate) model: Model,
    pub(crate) options: EngineOptions,
    pub(crate) run: CheckedRun,
    /// Kept with the model: which samples it has not seen.
    pub(crate) split_seed: u64,
    /// Bytes of the whole run.
    pub(crate) memory_bytes: u64,
    pub(crate) settings: Vec<(String, String)>,
    /// Something that the user should know beforehand.
    pub(crate) remark: Option<String>,
}

impl RunJob {
    pub(crate) fn check(args: &TrainArgs, data: &Prepared) -> Result<Self> {
        let model = prepare::network::model(&args.model);
        let optimizer = prepare::network::optimizer(&args.optimizer)?;
        let (batch_size, micro) = prepare::batch::batch(&args.batch)?;
        let mut config = config(args, batch_size, &optimizer, &data.splits.train)?;
        config.micro_batch_size = micro;
        // Checked before memory is planned for it.
        config.check(data.splits.train.len() as u64)?;
        let options = EngineOptions {
            micro_batch: 1,
            optimizer: optimizer.for_batch_size(batch_size),
            clip_norm: args.optimizer.clip_norm,
            seed: args.seed,
            threads: prepare::batch::threads(args.threads, "--threads")?,
            memory_limit: prepare::network::memory_limit(args.batch.memory),
        };
        let network = NetworkPlan { model: &model, data: &data.splits.train, options };
        let micro = network.micro_batch(batch_size, micro)?;
        let memory_bytes = network.memory(micro)?.bytes() as u64;
        config.micro_batch_size = Some(micro);
        let run = config.check(data.splits.train.len() as u64)?;
        let mut settings = prepare::settings(&args.data, &model, &optimizer, args.optimizer.clip_norm);
        settings.extend(run_settings(args, &config));
        let remark = prepare::network::beta2_remark(&optimizer, batch_size);
        Ok(Self { model, options, run, split_seed: args.data.split_seed, memory_bytes, settings, remark })
    }

    pub(crate) fn network<'a>(&'a self, data: &'a Prepared) -> NetworkPlan<'a> {
        NetworkPlan { model: &self.model, data: &data.splits.train, options: self.options }
    }
}

pub(crate) fn config(
    args: &TrainArgs,
    batch_size: u64,
    optimizer: &Optimizer,
    data: &dyn Dataset,
) -> Result<RunConfig> {
    Ok(RunConfig {
        batch_size,
        micro_batch_size: None,
        drop_last: args.batch.drop_last,
        duration: prepare::batch::duration(&args.length, data.len() as u64)?,
        learning_rate: args.lr.unwrap_or_else(|| starting_learning_rate(optimizer, batch_size)),
        decay: args.schedule.into(),
        warmup: args.warmup,
        seed: args.seed,
        eval_every: args.eval_every,
        patience: args.patience,
        min_delta: args.min_delta,
        goal: args.target.as_ref().map(|target| goal(target, data.task())).transpose()?,
    })
}

/// The goal of a run; a study's `auto` means nothing here.
pub(crate) fn goal(target: &TargetSpec, task: Task) -> Result<Goal> {
    prepare::batch::check_target(target)?;
    match target {
        TargetSpec::Given { metric, goal, direction: Direction::Below } if metric == "val_loss" => {
            Ok(Goal::LossBelow(*goal))
        }
        TargetSpec::Given { metric, goal, direction: Direction::Above } if metric == "val_accuracy" => {
            if matches!(task, Task::Regress { .. }) {
                return Err(usage(
                    "--target val_accuracy is for classes; give val_loss=VALUE where a number is predicted",
                ));
            }
            Ok(Goal::AccuracyAbove(*goal))
        }
        _ => Err(usage(
            "--target of a run is val_loss=VALUE (lower is better) or val_accuracy=VALUE (higher is better)",
        )),
    }
}

pub(crate) fn run_settings(args: &TrainArgs, config: &RunConfig) -> Vec<(String, String)> {
    let mut settings = vec![
        ("batch-size", config.batch_size.to_string()),
        ("micro-batch-size", config.micro_batch_size.unwrap_or(config.batch_size).to_string()),
        ("duration", config.duration.to_string()),
        ("lr", config.learning_rate.to_string()),
        ("schedule", format!("{:?}", config.decay).to_lowercase()),
        ("seed", config.seed.to_string()),
    ];
    settings.extend(config.warmup.map(|warmup| ("warmup", warmup.to_string())));
    settings.extend(config.eval_every.map(|every| ("eval-every", every.to_string())));
    settings.extend(config.patience.map(|patience| ("patience", patience.to_string())));
    settings.extend(config.patience.map(|_| ("min-delta", config.min_delta.to_string())));
    settings.extend(args.target.as_ref().map(|target| ("target", prepare::batch::target_text(target))));
    settings.extend(args.batch.drop_last.then(|| ("drop-last", "yes".to_owned())));
    settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
