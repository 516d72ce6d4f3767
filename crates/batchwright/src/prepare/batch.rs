//! Converts flags to batch size, duration, threads and target.

use crate::args::groups::{BatchArgs, LengthArgs};
use crate::args::values::{BatchSize, MicroBatch};
use anyhow::Result;
use batchwright_find::{Direction, TargetSpec};
use batchwright_train::{Duration, Plan, RunConfig, SizeChange, default_duration};
use batchwright_view::UsageMessage;

/// No machine that this program runs on has more cores, and each thread takes its own memory.
const MOST_THREADS: usize = 1_024;

/// The number of threads that was asked for, otherwise all cores.
pub(crate) fn threads(asked: Option<usize>, flag: &str) -> Result<usize> {
    match asked {
        Some(threads) if !(1..=MOST_THREADS).contains(&threads) => {
            Err(UsageMessage::OutOfRange { flag: flag.to_owned(), found: threads, most: MOST_THREADS }.into())
        }
        Some(threads) => Ok(threads),
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// `--max-steps`, otherwise `--epochs`, otherwise `--duration`, otherwise the default for this
/// number of training samples. Tokens are counted in samples.
pub(crate) fn duration(args: &LengthArgs, samples: u64, tokens_per_sample: Option<u64>) -> Result<Duration> {
    if args.max_steps == Some(0) {
        return Err(UsageMessage::ZeroFlag { flag: "--max-steps" }.into());
    }
    if let Some(epochs) = args.epochs.filter(|epochs| !(epochs.is_finite() && *epochs > 0.0)) {
        return Err(UsageMessage::BadEpochs { epochs }.into());
    }
    let steps = args.max_steps.map(Duration::Steps);
    let epochs = args.epochs.map(Duration::Epochs);
    let given = args.duration.map(|duration| duration.in_samples(tokens_per_sample)).transpose()?;
    Ok(steps.or(epochs).or(given).unwrap_or_else(|| default_duration(samples)))
}

/// Refuses a target that cannot be reached: a loss is never below 0, and an accuracy is always
/// within 0 to 1.
pub(crate) fn check_target(target: &TargetSpec) -> Result<()> {
    let TargetSpec::Given { metric, goal, direction } = target else { return Ok(()) };
    let target = format!("{metric}={goal}");
    let refusal = match (metric.as_str(), direction) {
        ("val_loss", Direction::Below) if *goal <= 0.0 => UsageMessage::LossBelowZero { target },
        ("val_accuracy", Direction::Above) if *goal >= 1.0 => UsageMessage::AccuracyAboveOne { target },
        ("val_accuracy", Direction::Below) if *goal <= 0.0 => UsageMessage::AccuracyBelowZero { target },
        _ => return Ok(()),
    };
    Err(refusal.into())
}

/// Batch size and micro-batch size (`None`: automatic).
pub(crate) fn batch(args: &BatchArgs) -> Result<(u64, Option<u64>)> {
    let micro = match args.micro_batch_size {
        MicroBatch::Auto => None,
        MicroBatch::Samples(samples) => Some(samples),
    };
    let given = match args.batch_size {
        Some(BatchSize::Auto) => {
            return Err(UsageMessage::AutoIsForTrain.into());
        }
        Some(BatchSize::Samples(samples)) => Some(samples),
        Some(BatchSize::Schedule(_)) if args.grad_accum.is_some() => {
            return Err(UsageMessage::AccumulationWithSchedule.into());
        }
        Some(BatchSize::Schedule(ref schedule)) => Some(schedule.first),
        None => None,
    };
    let default = RunConfig::default().batch_size;
    let Some(accumulation) = args.grad_accum else {
        return Ok((given.unwrap_or(default), micro));
    };
    if accumulation == 0 {
        return Err(UsageMessage::ZeroFlag { flag: "--grad-accum" }.into());
    }
    match (given, micro) {
        (None, Some(micro)) => {
            let batch_size = micro.checked_mul(accumulation);
            let batch_size = batch_size.ok_or(UsageMessage::ProductOverflows { micro, accumulation })?;
            Ok((batch_size, Some(micro)))
        }
        (batch_size, micro) => {
            let batch_size = batch_size.unwrap_or(default);
            let micro = micro.unwrap_or(batch_size.div_ceil(accumulation));
            if micro == 0 || batch_size.div_ceil(micro) != accumulation {
                return Err(UsageMessage::NotDivisible { batch_size, accumulation, micro }.into());
            }
            Ok((batch_size, Some(micro)))
        }
    }
}

/// The sizes after the first one.
pub(crate) fn size_changes(args: &BatchArgs) -> Vec<SizeChange> {
    match &args.batch_size {
        Some(BatchSize::Schedule(schedule)) => schedule.changes.clone(),
        _ => Vec::new(),
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

/// The plan of one epoch. It is all that is known beforehand about a run whose end is given in
/// time.
pub(crate) fn epoch_plan(batching: &batchwright_train::Batching) -> Result<Plan> {
    Ok(batching.plan(batching.samples_per_epoch())?)
}
