//! From the flags of model, optimizer and memory to a network whose memory can be planned.

use crate::args::groups::{MemoryArgs, ModelArgs, OptimizerArgs};
use crate::args::values::OptimizerArg;
use crate::shell::failure::usage;
use anyhow::Result;
use batchwright_data::{Dataset, input_len};
use batchwright_nn::{CpuEngine, CpuOptions, MemoryPlan, Model, Optimizer, available_memory};

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
    let (others, name): (&[_], _) = match args.optimizer {
        OptimizerArg::Sgd => (&adamw_only, "sgd"),
        OptimizerArg::Adamw => (&sgd_only, "adamw"),
    };
    if let Some((flag, _)) = others.iter().find(|(_, given)| *given) {
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
    args.bytes().or_else(available_memory)
}

/// What training needs beside data: to plan its memory and to make its engine.
pub(crate) struct NetworkPlan<'a> {
    pub(crate) model: &'a Model,
    pub(crate) data: &'a dyn Dataset,
    pub(crate) options: CpuOptions,
}

impl NetworkPlan<'_> {
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

/// What the user must know of AdamW's beta2 at a batch size where its half-life cannot be held.
pub(crate) fn beta2_remark(optimizer: &Optimizer, batch_size: u64) -> Option<String> {
    optimizer.beta2_is_floored(batch_size).then(|| {
        format!("batch size {batch_size}: beta2 held as a half-life in samples would fall below beta1; it stays at beta1")
    })
}
