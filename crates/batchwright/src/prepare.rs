//! From flags to checked things: data and splits, model, optimizer, batch size and how it is divided.

use crate::args::{
    BatchArgs, BatchSize, DataArgs, LengthArgs, MemoryArgs, MicroBatch, ModelArgs, OptimizerArg,
    OptimizerArgs,
};
use crate::failure::usage;
use crate::memory_size::MemorySize;
use anyhow::Result;
use batchwright_data::{Dataset, OpenOptions, Source, SplitOptions, Splits, Subset, input_len, open};
use batchwright_find::{Direction, TargetSpec};
use batchwright_nn::{CpuEngine, CpuOptions, MemoryPlan, Model, Optimizer, available_memory};
use batchwright_train::{Duration, Plan, RunConfig, default_duration};
use std::path::Path;

/// A data set, opened and split.
pub(crate) struct Prepared {
    pub(crate) source: Source,
    pub(crate) splits: Splits,
    /// A fixed part of the training split, of min(training, validation) samples.
    pub(crate) train_subset: Subset,
}

/// Opens and splits the data.
pub(crate) fn data(args: &DataArgs) -> Result<Prepared> {
    let source = source(args)?;
    let options = SplitOptions {
        seed: args.split_seed,
        limit_samples: args.limit_samples,
        label_noise: args.label_noise,
    };
    let splits = Splits::new(&source, &options)?;
    let train_subset = splits.train.first(splits.validation.len());
    Ok(Prepared { source, splits, train_subset })
}

/// Opens the data.
pub(crate) fn source(args: &DataArgs) -> Result<Source> {
    let options = OpenOptions {
        label: args.label.clone(),
        task: args.task.map(Into::into),
        ignore_columns: args.ignore_columns.clone(),
    };
    Ok(open(args.data.as_deref(), &options)?)
}

/// The last part of the data's path without its ending, for names.
pub(crate) fn short_name(source: &Source) -> String {
    let stem = Path::new(source.name()).file_stem();
    stem.map_or_else(|| "data".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// The network.
pub(crate) fn model(args: &ModelArgs) -> Model {
    Model { architecture: args.model.clone(), activation: args.activation.into(), dropout: args.dropout }
}

/// The optimizer, as it is meant at batch size 32.
pub(crate) fn optimizer(args: &OptimizerArgs) -> Result<Optimizer> {
    let weight_decay = args.weight_decay;
    let sgd_only = [("--momentum", args.momentum.is_some()), ("--nesterov", args.nesterov)];
    let adamw_only = [
        ("--beta1", args.beta1.is_some()),
        ("--beta2", args.beta2.is_some()),
        ("--epsilon", args.epsilon.is_some()),
    ];
    let (foreign, name): (&[_], _) = match args.optimizer {
        OptimizerArg::Sgd => (&adamw_only, "sgd"),
        OptimizerArg::Adamw => (&sgd_only, "adamw"),
    };
    if let Some((flag, _)) = foreign.iter().find(|(_, given)| *given) {
        return Err(usage(format!("{flag} has no meaning with --optimizer {name}; leave it out")));
    }
    let optimizer = match args.optimizer {
        OptimizerArg::Sgd => {
            Optimizer::Sgd { momentum: args.momentum.unwrap_or(0.9), nesterov: args.nesterov, weight_decay }
        }
        OptimizerArg::Adamw => Optimizer::AdamW {
            beta1: args.beta1.unwrap_or(0.9),
            beta2: args.beta2.unwrap_or(0.999),
            epsilon: args.epsilon.unwrap_or(1e-8),
            weight_decay,
        },
    };
    optimizer.check()?;
    Ok(optimizer)
}

/// Bytes that a training may take: what was asked for, else what is available. `None` where neither is known.
pub(crate) fn memory_limit(args: MemoryArgs) -> Option<u64> {
    args.memory_limit.map(MemorySize::bytes).or_else(available_memory)
}

/// More than any machine that this runs on has; each takes memory of its own.
const MOST_THREADS: usize = 1_024;

/// All cores, or what was asked for.
pub(crate) fn threads(asked: Option<usize>, flag: &str) -> Result<usize> {
    match asked {
        Some(threads) if !(1..=MOST_THREADS).contains(&threads) => {
            Err(usage(format!("{flag} is {threads}, expected 1 to {MOST_THREADS}")))
        }
        Some(threads) => Ok(threads),
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// `--max-steps`, else `--epochs`, else `--duration`, else the default for so many training samples.
pub(crate) fn duration(args: &LengthArgs, samples: u64) -> Result<Duration> {
    if args.max_steps == Some(0) {
        return Err(usage("--max-steps is 0, expected at least 1"));
    }
    if let Some(epochs) = args.epochs.filter(|epochs| !(epochs.is_finite() && *epochs > 0.0)) {
        return Err(usage(format!("--epochs is {epochs}, expected a finite number above 0")));
    }
    let steps = args.max_steps.map(Duration::Steps);
    let epochs = args.epochs.map(Duration::Epochs);
    Ok(steps.or(epochs).or(args.duration).unwrap_or_else(|| default_duration(samples)))
}

/// Refuses a target that nothing reaches: a loss is never below 0, and an accuracy stays within 0 to 1.
pub(crate) fn check_target(target: &TargetSpec) -> Result<()> {
    let TargetSpec::Given { metric, goal, direction } = target else { return Ok(()) };
    let problem = match (metric.as_str(), direction) {
        ("val_loss", Direction::Below) if *goal <= 0.0 => "no loss is below 0; give a value above 0",
        ("val_accuracy", Direction::Above) if *goal >= 1.0 => "no accuracy is above 1; give a value below 1",
        ("val_accuracy", Direction::Below) if *goal <= 0.0 => "no accuracy is below 0; give a value above 0",
        _ => return Ok(()),
    };
    Err(usage(format!("--target {metric}={goal} cannot be reached: {problem}")))
}

/// Batch size and micro-batch size (`None`: automatic).
pub(crate) fn batch(args: &BatchArgs) -> Result<(u64, Option<u64>)> {
    let micro = match args.micro_batch_size {
        MicroBatch::Auto => None,
        MicroBatch::Samples(samples) => Some(samples),
    };
    let given = match args.batch_size {
        Some(BatchSize::Auto) => {
            return Err(usage(
                "--batch-size auto is for `train`, and there not with --grad-accum; give a number",
            ));
        }
        Some(BatchSize::Samples(samples)) => Some(samples),
        None => None,
    };
    let default = RunConfig::default().batch_size;
    let Some(accumulation) = args.grad_accum else {
        return Ok((given.unwrap_or(default), micro));
    };
    if accumulation == 0 {
        return Err(usage("--grad-accum is 0, expected at least 1"));
    }
    match (given, micro) {
        (None, Some(micro)) => {
            let batch_size = micro.checked_mul(accumulation);
            let batch_size = batch_size.ok_or_else(|| {
                usage(format!("--micro-batch-size {micro} times --grad-accum {accumulation} overflows"))
            })?;
            Ok((batch_size, Some(micro)))
        }
        (batch_size, micro) => {
            let batch_size = batch_size.unwrap_or(default);
            let micro = micro.unwrap_or(batch_size.div_ceil(accumulation));
            if micro == 0 || batch_size.div_ceil(micro) != accumulation {
                return Err(usage(format!(
                    "--batch-size {batch_size} cannot be divided into --grad-accum {accumulation} passes of {micro} samples; give two of --batch-size, --micro-batch-size and --grad-accum"
                )));
            }
            Ok((batch_size, Some(micro)))
        }
    }
}

/// A target as it is typed.
pub(crate) fn target_text(target: &TargetSpec) -> String {
    match target {
        TargetSpec::Auto => "auto".to_owned(),
        TargetSpec::Given { metric, goal, direction: Direction::Below } => format!("{metric}<{goal}"),
        TargetSpec::Given { metric, goal, direction: Direction::Above } => format!("{metric}>{goal}"),
    }
}

/// What training needs beside data: to plan its memory and to make its engine.
pub(crate) struct Network<'a> {
    pub(crate) model: &'a Model,
    pub(crate) data: &'a dyn Dataset,
    pub(crate) options: CpuOptions,
}

impl Network<'_> {
    /// Memory of a run at a micro-batch size: the engine's, and one more copy of the weights, the best so far.
    pub(crate) fn memory(&self, micro_batch: u64) -> Result<MemoryPlan> {
        let options = CpuOptions { micro_batch: micro_batch.min(usize::MAX as u64) as usize, ..self.options };
        let mut plan = CpuEngine::plan(self.model, input_len(self.data), self.data.task(), &options)?;
        plan.copies += 1;
        Ok(plan)
    }

    /// The given micro-batch size, or the largest that fits: the batch where it does. Refuses what does not fit.
    pub(crate) fn micro_batch(&self, batch_size: u64, given: Option<u64>) -> Result<u64> {
        let available = self.options.memory_limit.unwrap_or(u64::MAX);
        let whole = batch_size.min(self.data.len() as u64).max(1);
        if let Some(micro) = given {
            self.memory(micro)?.check(available)?;
            return Ok(micro);
        }
        let plan = self.memory(whole)?;
        if plan.check(available).is_ok() {
            return Ok(whole);
        }
        self.memory(1)?.check(available)?;
        Ok(plan.largest_micro_batch(available).unwrap_or(1).min(whole))
    }

    /// The engine.
    pub(crate) fn engine(&self, micro_batch: u64) -> Result<CpuEngine> {
        let options = CpuOptions { micro_batch: micro_batch as usize, ..self.options };
        Ok(CpuEngine::new(self.model, input_len(self.data), self.data.task(), options)?)
    }
}

/// What was asked of data, model and optimizer, in the words of the command line.
pub(crate) fn settings(
    data: &DataArgs,
    model: &Model,
    optimizer: &Optimizer,
    clip_norm: Option<f64>,
) -> Vec<(String, String)> {
    let path =
        data.data.as_ref().map_or_else(|| "digits (embedded)".to_owned(), |path| path.display().to_string());
    let mut settings = vec![("data", path)];
    settings.extend(data.label.clone().map(|label| ("label", label)));
    settings.extend(data.limit_samples.map(|limit| ("limit-samples", limit.to_string())));
    if data.label_noise > 0.0 {
        settings.push(("label-noise", data.label_noise.to_string()));
    }
    settings.push(("split-seed", data.split_seed.to_string()));
    settings.push(("model", model.architecture.to_string()));
    settings.push(("activation", format!("{:?}", model.activation).to_lowercase()));
    if model.dropout > 0.0 {
        settings.push(("dropout", model.dropout.to_string()));
    }
    match *optimizer {
        Optimizer::Sgd { momentum, nesterov, weight_decay } => {
            settings.push(("optimizer", format!("sgd{}", if nesterov { " (nesterov)" } else { "" })));
            settings.push(("momentum", momentum.to_string()));
            settings.push(("weight-decay", weight_decay.to_string()));
        }
        Optimizer::AdamW { beta1, beta2, epsilon, weight_decay } => {
            settings.push(("optimizer", "adamw".to_owned()));
            settings
                .push(("beta1, beta2 (at batch size 32), epsilon", format!("{beta1}, {beta2}, {epsilon}")));
            settings.push(("weight-decay", weight_decay.to_string()));
        }
    }
    settings.extend(clip_norm.map(|clip| ("clip-norm", clip.to_string())));
    settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What must be said of AdamW's beta2 at a batch size where its half-life cannot be held.
pub(crate) fn beta2_remark(optimizer: &Optimizer, batch_size: u64) -> Option<String> {
    optimizer.beta2_is_floored(batch_size).then(|| {
        format!("batch size {batch_size}: beta2 held as a half-life in samples would fall below beta1; it stays at beta1")
    })
}

/// The plan of one epoch: what can be said of a run whose end is given in time.
pub(crate) fn epoch_plan(batching: &batchwright_train::Batching) -> Result<Plan> {
    Ok(batching.plan(batching.samples_per_epoch())?)
}
