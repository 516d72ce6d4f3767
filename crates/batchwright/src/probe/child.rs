//! `probe`, a hidden command: trains one micro-batch size for some steps within a memory limit, and
//! prints the outcome as one JSON object. `find --objective fit` starts it as a child process.
//!
//! The limit is set after the data is open, because the limit is for what a training takes in
//! addition to its data. A run tries the hardest order. First it allocates everything that a
//! training needs: weights, gradient, optimizer state, and a copy of the best weights. Then it
//! trains on the largest sample, then evaluates, then makes several steps, then evaluates again.
//! All samples of our data sets have the same size, so any sample is the largest.

use crate::args::others::ProbeArgs;
use crate::prepare::data::Prepared;
use crate::prepare::network::NetworkPlan;
use crate::prepare::prepared_network::PreparedNetwork;
use crate::probe::limits::{be_expendable, limit_growth};
use crate::shell::explain::Explain;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_command::system::resident_memory;
use batchwright_data::{Dataset, sample_shape};
use batchwright_find::{ProbeLength, ProbeOutcome, Ran, RunEvidence};
use batchwright_nn::{Engine, EngineOptions, MemoryPlan, NnError, Optimizer};
use batchwright_train::{
    Batching, Clock, Evaluator, MonotonicClock, Stepper, TrainError, starting_learning_rate,
};
use batchwright_view::FailureMessage;
use std::process::ExitCode;

/// Steps of a short run.
const SHORT: u64 = 3;
/// Steps of a long run: the maximum, and the minimum before it may end because of its time.
const LONG: (u64, u64) = (60, 10);
/// A long run may end early after this many seconds.
const LONG_SECONDS: f64 = 10.0;
/// Bytes of a thread's stack, as the standard library reserves it.
const STACK: u64 = 2 << 20;
/// Bytes for what the plan does not count: rounding to pages, names, output.
const BOOKKEEPING: u64 = 4 << 20;

pub(crate) fn run(args: &ProbeArgs, screen: &Screen) -> Result<ExitCode> {
    be_expendable().explain(|| FailureMessage::PrepareProbe)?;
    let prepared = PreparedNetwork::open(&args.network, Some(args.threads))?;
    let options = EngineOptions {
        optimizer: prepared.optimizer.for_batch_size(args.micro_batch_size),
        memory_limit: Some(args.memory_limit.bytes()),
        ..prepared.options()
    };
    let network = prepared.plan(options);
    let outcome = outcome(args, &network, &prepared.data, &prepared.optimizer)?;
    screen.print_object(&outcome)?;
    Ok(ExitCode::SUCCESS)
}

/// A size that the plan refuses does not fit; no run is needed to know that.
fn outcome(
    args: &ProbeArgs,
    network: &NetworkPlan,
    data: &Prepared,
    optimizer: &Optimizer,
) -> Result<ProbeOutcome> {
    let limit = args.memory_limit.bytes();
    let plan = network.memory(args.micro_batch_size)?;
    if let Err(NnError::DoesNotFit { needed, available, .. }) = plan.check(limit) {
        let reason = format!("it needs {needed} bytes, {available} may be taken");
        return Ok(ProbeOutcome::DoesNotFit { reason });
    }
    let before = resident_memory();
    let beside = beside_the_plan(network.data, data.splits.validation.len(), &plan);
    let stacks = STACK * network.options.threads as u64;
    limit_growth(limit.saturating_add(beside + stacks + BOOKKEEPING))
        .explain(|| FailureMessage::LimitProbe)?;
    let ran = train(args, network, data, optimizer)?;
    // Nothing is freed before the end, so the memory held at the end is the peak.
    let peak = before.zip(ran.held).map(|(before, after)| after.saturating_sub(before));
    // The plan leaves something out, so that a size within the plan may still exceed the limit.
    if let Some(taken) = peak.filter(|&taken| taken > limit) {
        let reason = format!("it took {taken} bytes, {limit} may be taken");
        return Ok(ProbeOutcome::DoesNotFit { reason });
    }
    Ok(ProbeOutcome::Runs(Ran {
        planned_bytes: Some(u64::try_from(plan.bytes()).unwrap_or(u64::MAX)),
        peak_bytes: peak,
        card_bytes: None,
        steps: ran.steps,
        evidence: RunEvidence::Steps,
        seconds_per_sample: Some(ran.fastest),
        resolution_per_sample: None,
    }))
}

/// Bytes that a training holds but the plan does not count: the order of the samples, and batch and
/// losses of an evaluation.
pub(crate) fn beside_the_plan(train: &dyn Dataset, validation: usize, plan: &MemoryPlan) -> u64 {
    let shape = sample_shape(train);
    let sample = shape.inputs + shape.targets() + 1;
    let evaluation = plan.evaluation_batch as usize * sample;
    4 * (train.len() + evaluation + 2 * validation) as u64
}

/// What a run showed.
struct Shown {
    steps: u64,
    /// Seconds per sample in the fastest step.
    fastest: f64,
    /// Bytes held at the end.
    held: Option<u64>,
}

fn train(args: &ProbeArgs, network: &NetworkPlan, data: &Prepared, optimizer: &Optimizer) -> Result<Shown> {
    let (train, size) = (&data.splits.train, args.micro_batch_size);
    let batching = Batching::new(train.len() as u64, size, Some(size), false)?;
    let mut engine = network.engine(size)?;
    let mut best_weights = Vec::new();
    engine.copy_weights(&mut best_weights);
    let mut stepper = Stepper::new(batching, 0, train, engine.as_ref())?;
    let mut evaluator = Evaluator::new(data.splits.validation.len(), train, engine.as_ref());
    // A small rate keeps the numbers in the normal range: denormal numbers are slow.
    let learning_rate = 1e-3 * starting_learning_rate(optimizer, size);
    let (clock, mut fastest) = (MonotonicClock::default(), f64::INFINITY);
    let mut step = |engine: &mut dyn Engine| -> Result<u64, TrainError> {
        let (before, samples) = (clock.now(), stepper.samples());
        stepper.step(engine, train, learning_rate)?;
        let seconds = (clock.now() - before).as_secs_f64();
        fastest = fastest.min(seconds / (stepper.samples() - samples) as f64);
        Ok(stepper.steps())
    };
    step(engine.as_mut())?;
    evaluator.evaluate(engine.as_mut(), &data.splits.validation)?;
    while !enough(args.length.into(), step(engine.as_mut())?, clock.now().as_secs_f64()) {}
    evaluator.evaluate(engine.as_mut(), &data.splits.validation)?;
    engine.copy_weights(&mut best_weights);
    // A run saves its state: a copy of it, and the bytes that are written.
    let state = engine.state();
    let numbers = state.weights.len() * (2 + state.moments.len());
    let buffer = std::hint::black_box(vec![1_u8; 4 * numbers]);
    let held = resident_memory();
    drop((state, buffer));
    Ok(Shown { steps: stepper.steps(), fastest, held })
}

/// Whether a run has made enough steps.
fn enough(length: ProbeLength, steps: u64, seconds: f64) -> bool {
    match length {
        ProbeLength::Short => steps >= SHORT,
        ProbeLength::Long => steps >= LONG.0 || steps >= LONG.1 && seconds >= LONG_SECONDS,
    }
}
