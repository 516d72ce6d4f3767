//! `model describe`: the layers of a network and what they cost, without training it.

use crate::args::Global;
use crate::args::model::{DescribeArgs, ModelCommand, ModelSubcommand};
use crate::prepare;
use crate::prepare::prepared_network::PreparedNetwork;
use crate::prepare::saved;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::{Dataset, SampleShape, sample_shape};
use batchwright_nn::{EngineOptions, Flow, LayerSummary, Model, Totals, summarise};
use batchwright_view::{ModelPage, model_summary};
use serde_json::{Value, json};
use std::process::ExitCode;

pub(crate) fn run(command: &ModelCommand, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let ModelSubcommand::Describe(args) = &command.command;
    let network = Network::open(args, global, screen)?;
    let layers = summarise(&network.model, network.shape)?;
    let memory = args.batch_sizes.sizes().iter().map(|&size| Ok((size, network.memory(size)?)));
    let memory = memory.collect::<Result<Vec<_>>>()?;
    let page = ModelPage {
        name: network.model.architecture.to_string(),
        input: Flow::of(network.shape).to_string(),
        optimizer: network.options.optimizer.name(),
        layers: &layers,
        memory: &memory,
    };
    screen.say(&model_summary(&page, screen.style));
    screen.object(&object(&page, network.shape)?)?;
    Ok(ExitCode::SUCCESS)
}

/// A network that is not built.
struct Network {
    model: Model,
    shape: SampleShape,
    options: EngineOptions,
    /// Of the training data, where there is any: no micro-batch has more.
    samples: u64,
}

impl Network {
    fn open(args: &DescribeArgs, global: &Global, screen: &Screen) -> Result<Self> {
        if let Some(name) = &args.saved {
            let (_, saved) = saved::load(name, &global.runs, screen)?;
            let optimizer = prepare::network::optimizer(&args.network.optimizer, &saved.model)?;
            let threads = prepare::batch::threads(None, "--threads")?;
            let options = EngineOptions { optimizer, threads, ..EngineOptions::default() };
            let shape = saved.encoding.sample_shape();
            return Ok(Self { model: saved.model, shape, options, samples: u64::MAX });
        }
        let network = PreparedNetwork::open(&args.network, None)?;
        prepare::data::tell_remarks(&network.data.source, screen);
        let (train, options) = (&network.data.splits.train, network.options());
        let (shape, samples) = (sample_shape(train), train.len() as u64);
        Ok(Self { model: network.model, shape, options, samples })
    }

    /// Bytes of a training with the batch in one pass.
    fn memory(&self, batch_size: u64) -> Result<u64> {
        let micro_batch = batch_size.min(self.samples);
        let plan = prepare::network::memory(&self.model, self.shape, &self.options, micro_batch)?;
        Ok(narrow(plan.bytes()))
    }
}

/// What `--json` prints.
fn object(page: &ModelPage, shape: SampleShape) -> Result<Value> {
    let totals = Totals::of(page.layers);
    let layers = page.layers.iter().map(layer).collect::<Result<Vec<_>>>()?;
    let memory = page.memory.iter().map(|(size, bytes)| json!({ "batch_size": size, "memory_bytes": bytes }));
    Ok(json!({
        "model": page.name,
        "input": Flow::of(shape).dimensions(),
        "optimizer": page.optimizer,
        "parameters": narrow(totals.parameters),
        "flop_per_sample": narrow(totals.flop()),
        "training_flop_per_sample": narrow(totals.training_flop()),
        "kept_bytes_per_sample": narrow(totals.kept_bytes()),
        "layers": layers,
        "memory": memory.collect::<Vec<_>>(),
    }))
}

fn layer(layer: &LayerSummary) -> Result<Value> {
    Ok(json!({
        "place": layer.place,
        "kind": layer.spec.kind(),
        "layer": layer.spec.entry()?,
        "output": layer.output.dimensions(),
        "parameters": narrow(layer.parameters),
        "flop": narrow(layer.flop()),
        "kept_bytes": narrow(layer.kept_bytes()),
    }))
}

/// A count, as far as 64 bits go; no machine trains more.
fn narrow(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
