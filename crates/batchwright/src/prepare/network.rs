//! Converts the flags of model, optimizer and memory to a network whose memory can be planned, and
//! to the engine that trains it. This is the only place in the program that names a kind of engine.

use crate::args::groups::{LossArgs, MemoryArgs, ModelArgs, OptimizerArgs};
use crate::args::loss::{ClassWeights, LossArg};
use crate::args::values::OptimizerArg;
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_data::{Dataset, SampleShape, Subset, sample_shape};
use batchwright_nn::compute::Isa;
use batchwright_nn::{
    CpuEngineFactory, Engine, EngineFactory, EngineOptions, LossProblem, MemoryPlan, Model, NnError,
    Optimizer, Precision, TrainingLoss, ValueLoss, class_weights,
};
use batchwright_train::{copies_of_saving, micro_batch_size};
use batchwright_view::{Notice, UsageMessage};

/// The factory that plans and builds all engines of the program.
pub(crate) fn engines() -> &'static dyn EngineFactory {
    &CpuEngineFactory
}

/// The network, still without its loss, which depends on the data ([`loss`]).
pub(crate) fn model(args: &ModelArgs) -> Model {
    Model {
        architecture: args.model.clone(),
        activation: args.activation.into(),
        dropout: args.dropout,
        loss: TrainingLoss::default(),
    }
}

/// The loss to train on.
pub(crate) fn loss(args: &LossArgs, train: &Subset) -> Result<TrainingLoss> {
    let class_weights = match (&args.class_weights, train.classes()) {
        (None, _) => Vec::new(),
        (Some(_), None) => {
            let problem = LossProblem::ForClassesAlone;
            return Err(NnError::Loss { name: "--class-weights", problem }.into());
        }
        (Some(ClassWeights::Balanced), Some(classes)) => {
            class_weights(None, &counts(classes, train.task().outputs()))
        }
        (Some(ClassWeights::Given(factors)), Some(classes)) => {
            class_weights(Some(factors), &counts(classes, train.task().outputs()))
        }
    };
    let (values, binary) = match args.loss {
        LossArg::Values(values) => (values, false),
        LossArg::Binary => (ValueLoss::default(), true),
    };
    let loss = TrainingLoss { label_smoothing: args.label_smoothing, class_weights, values, binary };
    loss.check(train.task())?;
    Ok(loss)
}

/// How often each class occurs.
fn counts(classes: &[u32], count: usize) -> Vec<u64> {
    let mut counts = vec![0; count];
    classes.iter().for_each(|&class| counts[class as usize] += 1);
    counts
}

/// The optimizer, with its settings as they apply at batch size 32. Where none was asked for, networks
/// of texts get AdamW: with SGD a transformer learns many times more slowly.
pub(crate) fn optimizer(args: &OptimizerArgs, model: &Model) -> Result<Optimizer> {
    let is_of_texts = model.architecture.context().is_some();
    let asked = args.optimizer.unwrap_or(if is_of_texts { OptimizerArg::Adamw } else { OptimizerArg::Sgd });
    let weight_decay = args.weight_decay;
    let sgd_only = [("--momentum", args.momentum.is_some()), ("--nesterov", args.nesterov)];
    let adamw_only = [
        ("--beta1", args.beta1.is_some()),
        ("--beta2", args.beta2.is_some()),
        ("--epsilon", args.epsilon.is_some()),
    ];
    let (others, name): (&[_], _) = match asked {
        OptimizerArg::Sgd => (&adamw_only, "sgd"),
        OptimizerArg::Adamw => (&sgd_only, "adamw"),
    };
    if let Some((flag, _)) = others.iter().find(|(_, given)| *given) {
        return Err(UsageMessage::OtherOptimizer { flag, optimizer: name }.into());
    }
    let optimizer = match asked {
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

/// Bytes that a training may take: the limit that was given, otherwise the available memory. `None`
/// where neither is known.
pub(crate) fn memory_limit(args: MemoryArgs) -> Option<u64> {
    args.bytes().or_else(available_memory)
}

/// Memory of a run at a micro-batch size: that of the engine, one more copy of the weights for the
/// best weights so far, and what saving the state takes.
pub(crate) fn memory(
    model: &Model,
    shape: SampleShape,
    options: &EngineOptions,
    micro_batch: u64,
) -> Result<MemoryPlan> {
    let options = EngineOptions { micro_batch: micro_batch.min(usize::MAX as u64) as usize, ..*options };
    let mut plan = engines().plan(model, shape, &options)?;
    plan.copies += 1 + copies_of_saving(plan.copies);
    Ok(plan)
}

/// What training needs in addition to data, to plan its memory and to create its engine.
pub(crate) struct NetworkPlan<'a> {
    pub(crate) model: &'a Model,
    pub(crate) data: &'a dyn Dataset,
    pub(crate) options: EngineOptions,
}

impl NetworkPlan<'_> {
    /// Memory of a run at a micro-batch size.
    pub(crate) fn memory(&self, micro_batch: u64) -> Result<MemoryPlan> {
        memory(self.model, sample_shape(self.data), &self.options, micro_batch)
    }

    /// The given micro-batch size, otherwise the largest that fits, which is the whole batch if it
    /// fits. Refuses a size that does not fit.
    pub(crate) fn micro_batch(&self, batch_size: u64, given: Option<u64>) -> Result<u64> {
        let available = self.options.memory_limit.unwrap_or(u64::MAX);
        // If not even one sample fits, the error reports micro-batch size 1.
        let largest = self.memory(1)?.largest_micro_batch(available).unwrap_or(1);
        let micro = micro_batch_size(self.data.len() as u64, batch_size, given, Some(largest));
        self.memory(micro)?.check(available)?;
        Ok(micro)
    }

    /// The engine.
    pub(crate) fn engine(&self, micro_batch: u64) -> Result<Box<dyn Engine>> {
        let options = EngineOptions { micro_batch: micro_batch as usize, ..self.options };
        Ok(engines().build(self.model, sample_shape(self.data), &options)?)
    }
}

/// A message for the user if batch norm does not see the whole batch, or only one sample.
pub(crate) fn batch_norm_remark(
    model: &Model,
    data: &dyn Dataset,
    batch_size: u64,
    micro_batch: u64,
) -> Option<Notice> {
    if micro_batch >= batch_size && batch_size > 1 || !model.has_batch_norm(sample_shape(data)) {
        return None;
    }
    Some(match micro_batch {
        0 | 1 => Notice::BatchNormOfOne { batch_size },
        _ => Notice::BatchNormOverMicroBatch { batch_size, micro_batch },
    })
}

/// A message for the user if this processor multiplies in f32 what it has rounded.
pub(crate) fn precision_remark(precision: Precision) -> Option<Notice> {
    (precision == Precision::Bf16 && !Isa::detect().has_fast_bf16()).then_some(Notice::NoFastBf16)
}

/// A message for the user if AdamW's beta2 cannot keep its half-life at this batch size.
pub(crate) fn beta2_remark(optimizer: &Optimizer, batch_size: u64) -> Option<Notice> {
    optimizer.beta2_is_floored(batch_size).then_some(Notice::Beta2Floored { batch_size })
}
