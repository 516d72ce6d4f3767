//! `plan`: arithmetic only.

use crate::args::train::PlanArgs;
use crate::prepare;
use crate::prepare::prepared_network::PreparedNetwork;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_nn::EngineOptions;
use batchwright_train::{Batching, Plan};
use batchwright_view::{UsageMessage, plan_banner, plan_table};
use serde_json::json;
use std::process::ExitCode;

pub(crate) fn run(args: &PlanArgs, screen: &Screen) -> Result<ExitCode> {
    let planner = Planner::new(args)?;
    if let Some(network) = &planner.network {
        prepare::data::tell_remarks(&network.data.source, screen);
    }
    match &args.batch_sizes {
        None => one(args, &planner, screen)?,
        Some(sizes) => table(sizes.sizes(), &planner, screen)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One batch size: a banner, or the plan as JSON.
fn one(args: &PlanArgs, planner: &Planner, screen: &Screen) -> Result<()> {
    let (batch_size, micro) = prepare::batch::batch(&args.batch)?;
    let (plan, memory) = planner.plan(batch_size, micro)?;
    screen.say(&plan_banner(
        &plan,
        None,
        memory.map(|memory| memory.parameters),
        memory.map(|memory| memory.bytes),
        screen.style,
    ));
    screen.object(&object(&plan, memory)?)
}

/// The plan as JSON, with what is known of memory.
fn object(plan: &Plan, memory: Option<Memory>) -> Result<serde_json::Value> {
    let mut object = serde_json::to_value(plan)?;
    if let Some(memory) = memory {
        object["parameters"] = json!(memory.parameters);
        object["memory_bytes"] = json!(memory.bytes);
    }
    Ok(object)
}

/// Several batch sizes side by side.
fn table(sizes: &[u64], planner: &Planner, screen: &Screen) -> Result<()> {
    let plans = sizes.iter().map(|&size| planner.plan(size, None)).collect::<Result<Vec<_>>>()?;
    let rows: Vec<(Plan, Option<u64>)> =
        plans.iter().map(|(plan, memory)| (*plan, memory.map(|memory| memory.bytes))).collect();
    screen.say(&plan_table(&rows, screen.style));
    let objects = plans.iter().map(|(plan, memory)| object(plan, *memory)).collect::<Result<Vec<_>>>()?;
    screen.object(&json!({ "plans": objects }))
}

/// Parameters of the model and bytes of its training.
#[derive(Clone, Copy)]
struct Memory {
    parameters: u64,
    bytes: u64,
}

/// Everything but the batch size.
struct Planner<'a> {
    args: &'a PlanArgs,
    samples: u64,
    /// Absent with `--samples`: then the shapes are not known, and memory cannot be planned.
    network: Option<PreparedNetwork>,
}

impl<'a> Planner<'a> {
    fn new(args: &'a PlanArgs) -> Result<Self> {
        if let Some(samples) = args.samples {
            return Ok(Self { args, samples, network: None });
        }
        let network = PreparedNetwork::open(&args.data, &args.model, &args.optimizer, None)?;
        Ok(Self { args, samples: network.data.splits.train.len() as u64, network: Some(network) })
    }

    fn plan(&self, batch_size: u64, micro: Option<u64>) -> Result<(Plan, Option<Memory>)> {
        let drop_last = self.args.batch.drop_last;
        // This check comes before any planning for the size.
        Batching::new(self.samples, batch_size, micro, drop_last)?;
        let memory = self.network.as_ref();
        let memory = memory.map(|network| self.memory(network, batch_size, micro)).transpose()?;
        let micro = memory.map(|(micro, _)| micro).or(micro);
        let batching = Batching::new(self.samples, batch_size, micro, drop_last)?;
        let duration = prepare::batch::duration(&self.args.length, self.samples)?;
        let checked = batchwright_train::RunConfig {
            batch_size,
            micro_batch_size: micro,
            drop_last,
            duration,
            ..Default::default()
        }
        .check(batching.samples)?;
        let Some(plan) = checked.plan() else {
            return Err(UsageMessage::UnplannableDuration { duration: duration.to_string() }.into());
        };
        Ok((*plan, memory.map(|(_, memory)| memory)))
    }

    fn memory(
        &self,
        network: &PreparedNetwork,
        batch_size: u64,
        micro: Option<u64>,
    ) -> Result<(u64, Memory)> {
        let memory_limit = prepare::network::memory_limit(self.args.batch.memory);
        let options = EngineOptions { memory_limit, ..network.options() };
        let network = network.plan(options);
        let micro = network.micro_batch(batch_size, micro)?;
        let plan = network.memory(micro)?;
        plan.check(options.memory_limit.unwrap_or(u64::MAX))?;
        Ok((micro, Memory { parameters: plan.parameters as u64, bytes: plan.bytes() as u64 }))
    }
}
