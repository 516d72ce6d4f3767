//! `plan`: arithmetic only.

use crate::args::train::PlanArgs;
use crate::prepare;
use crate::prepare::prepared_network::PreparedNetwork;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_nn::EngineOptions;
use batchwright_train::{Batching, Plan, SizeChange, SizeStage, largest_size};
use batchwright_view::{PlanFacts, UsageMessage, plan_banner, plan_table, size_stages};
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
    let changes = prepare::batch::size_changes(&args.batch);
    let later: Vec<u64> = changes.iter().map(|change| change.batch_size).collect();
    let Planned { plan, memory, stages } = planner.plan(batch_size, changes, micro)?;
    let facts = PlanFacts {
        later,
        seconds: None,
        tokens_per_sample: planner.tokens_per_sample(),
        optimizer: memory.map(|memory| memory.optimizer),
        parameters: memory.map(|memory| memory.parameters),
        memory_bytes: memory.map(|memory| memory.bytes),
    };
    screen.say(&plan_banner(&plan, &facts, screen.style));
    if let Some(text) = size_stages(&stages, screen.style) {
        screen.say(&text);
    }
    screen.object(&object(&plan, memory, &stages, planner.tokens_per_sample())?)
}

/// The plan as JSON, with what is known of memory.
fn object(
    plan: &Plan,
    memory: Option<Memory>,
    stages: &[SizeStage],
    tokens_per_sample: Option<u64>,
) -> Result<serde_json::Value> {
    let mut object = serde_json::to_value(plan)?;
    if let Some(tokens) = tokens_per_sample {
        object["tokens_per_sample"] = json!(tokens);
        object["tokens_seen"] = json!(plan.samples_seen.saturating_mul(tokens));
    }
    if stages.len() > 1 {
        object["batch_sizes"] = json!(stages);
    }
    if let Some(memory) = memory {
        object["optimizer"] = json!(memory.optimizer);
        object["parameters"] = json!(memory.parameters);
        object["memory_bytes"] = json!(memory.bytes);
    }
    Ok(object)
}

/// Several batch sizes side by side.
fn table(sizes: &[u64], planner: &Planner, screen: &Screen) -> Result<()> {
    let plans = sizes.iter().map(|&size| planner.plan(size, Vec::new(), None)).collect::<Result<Vec<_>>>()?;
    let rows: Vec<(Plan, Option<u64>)> =
        plans.iter().map(|planned| (planned.plan, planned.memory.map(|memory| memory.bytes))).collect();
    screen.say(&plan_table(&rows, screen.style));
    let tokens = planner.tokens_per_sample();
    let objects = plans.iter().map(|planned| object(&planned.plan, planned.memory, &planned.stages, tokens));
    let objects = objects.collect::<Result<Vec<_>>>()?;
    screen.object(&json!({ "plans": objects }))
}

/// Parameters of the model, what updates them, and bytes of its training.
#[derive(Clone, Copy)]
struct Memory {
    optimizer: &'static str,
    parameters: u64,
    bytes: u64,
}

/// What a run would be.
struct Planned {
    plan: Plan,
    memory: Option<Memory>,
    /// One where the batch size does not change.
    stages: Vec<SizeStage>,
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
        let network = PreparedNetwork::open(&args.network, None)?;
        Ok(Self { args, samples: network.data.splits.train.len() as u64, network: Some(network) })
    }

    fn tokens_per_sample(&self) -> Option<u64> {
        self.network.as_ref().and_then(PreparedNetwork::tokens_per_sample)
    }

    fn plan(&self, batch_size: u64, size_changes: Vec<SizeChange>, micro: Option<u64>) -> Result<Planned> {
        let drop_last = self.args.batch.drop_last;
        let largest = largest_size(batch_size, &size_changes);
        // This check comes before any planning for the size.
        Batching::new(self.samples, largest, micro, drop_last)?;
        let memory = self.network.as_ref();
        let memory = memory.map(|network| self.memory(network, largest, micro)).transpose()?;
        let micro = memory.map(|(micro, _)| micro).or(micro);
        let duration = prepare::batch::duration(&self.args.length, self.samples, self.tokens_per_sample())?;
        let checked = batchwright_train::RunConfig {
            batch_size,
            size_changes,
            micro_batch_size: micro,
            drop_last,
            duration,
            ..Default::default()
        }
        .check(self.samples)?;
        let (Some(plan), Some(stages)) = (checked.plan(), checked.stages()?) else {
            return Err(UsageMessage::UnplannableDuration { duration: duration.to_string() }.into());
        };
        Ok(Planned { plan: *plan, memory: memory.map(|(_, memory)| memory), stages })
    }

    fn memory(
        &self,
        network: &PreparedNetwork,
        batch_size: u64,
        micro: Option<u64>,
    ) -> Result<(u64, Memory)> {
        let memory_limit = prepare::network::memory_limit(self.args.batch.memory);
        let options = EngineOptions { memory_limit, ..network.options() };
        let optimizer = network.optimizer.name();
        let network = network.plan(options);
        let micro = network.micro_batch(batch_size, micro)?;
        let plan = network.memory(micro)?;
        plan.check(options.memory_limit.unwrap_or(u64::MAX))?;
        let (parameters, bytes) = (plan.parameters as u64, plan.bytes() as u64);
        Ok((micro, Memory { optimizer, parameters, bytes }))
    }
}
