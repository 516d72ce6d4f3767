//! Which runs are made: a few everywhere, many near the best rate of each size, and none much
//! longer than the best of its size.

use batchwright_find::beds::{Ladder, RecordedEnd, RecordedRate, RecordedRun, RecordedSize, Recording};
use batchwright_find::{Network, TrialError, Workload, upper_median};
use std::time::Instant;

use crate::networks::{EVAL_SAMPLES, Entry, Prepared, SIZES};
use crate::run::{Setting, run};

/// A run is cut after this many times the steps of the best rate of its size.
const LIMIT: u64 = 7;
/// The best is first looked for with these seeds, which are not recorded, within so many samples.
const SCOUT_SEEDS: [u64; 3] = [1 << 20, (1 << 20) + 1, (1 << 20) + 2];
const SCOUT_SAMPLES: u64 = 90_000;
/// While it is looked for, a run is cut after this many times the best so far.
const SCOUT_LIMIT: u64 = 2;
/// A rate whose median steps to a target are at most this many times the best has the full number
/// of runs.
const NEAR: f64 = 2.5;
/// Step times are measured so often. The least median counts: what disturbs a measurement makes it
/// longer.
const ROUNDS: usize = 9;

/// How many runs, and how long step times are measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub seeds: u64,
    pub few: u64,
    pub seconds: f64,
}

impl Default for Extent {
    fn default() -> Self {
        Self { seeds: 32, few: 6, seconds: 0.3 }
    }
}

pub(crate) fn record(prepared: &Prepared, entry: Entry, extent: &Extent) -> Result<Recording, TrialError> {
    let model = entry.model();
    let network = prepared.workload(&entry, &model);
    let step_seconds = step_seconds(&network, extent)?;
    let ladders = entry.ladders();
    let mut sizes = Vec::new();
    for (batch_size, step_seconds) in SIZES.into_iter().zip(step_seconds) {
        let begin = Instant::now();
        let rates = rates(&network, &ladders, entry, batch_size, extent)?;
        eprintln!("{} {batch_size}: {:.1} s", entry.name(), begin.elapsed().as_secs_f64());
        sizes.push(RecordedSize { batch_size, step_seconds, rates });
    }
    Ok(Recording {
        model: model.architecture.to_string(),
        optimizer: entry.optimizer_name().to_owned(),
        samples: network.train.len() as u64,
        eval_samples: EVAL_SAMPLES,
        ladders,
        sizes,
    })
}

/// Of every size. All sizes are measured in each round, so that a disturbance does not hit only one
/// of them.
fn step_seconds(network: &Network, extent: &Extent) -> Result<Vec<f64>, TrialError> {
    let mut least = vec![f64::INFINITY; SIZES.len()];
    for _ in 0..ROUNDS {
        for (batch_size, least) in SIZES.into_iter().zip(&mut least) {
            *least = least.min(network.measure_steps(batch_size, extent.seconds)?.step_time.median);
        }
    }
    Ok(least)
}

fn rates(
    network: &Network,
    ladders: &[Ladder],
    entry: Entry,
    batch_size: u64,
    extent: &Extent,
) -> Result<Vec<RecordedRate>, TrialError> {
    let limit = LIMIT * scout(network, ladders, entry, batch_size)?;
    let mut rates = Vec::new();
    let extend = |rate: &mut RecordedRate, until: u64| {
        let setting = Setting { batch_size, learning_rate: rate.learning_rate, limit };
        for seed in rate.runs.len() as u64..until {
            rate.runs.push(run(network, ladders, &setting, seed)?);
        }
        Ok(())
    };
    for learning_rate in entry.rates() {
        let mut rate = RecordedRate { learning_rate, runs: Vec::new() };
        extend(&mut rate, extent.few)?;
        rates.push(rate);
    }
    for k in near(&rates, ladders) {
        extend(&mut rates[k], extent.seeds)?;
    }
    Ok(rates)
}

/// Steps in which the best rate reaches all targets, about: the median of a few runs a rate, from a
/// likely rate outwards.
fn scout(network: &Network, ladders: &[Ladder], entry: Entry, batch_size: u64) -> Result<u64, TrialError> {
    let mut best = SCOUT_SAMPLES / batch_size;
    let mut rates: Vec<f64> = entry.rates().collect();
    let middle = network.starting_learning_rate(batch_size).ln();
    rates.sort_by(|a, b| (a.ln() - middle).abs().total_cmp(&(b.ln() - middle).abs()));
    for learning_rate in rates {
        let limit = (SCOUT_LIMIT * best).min(SCOUT_SAMPLES / batch_size);
        let setting = Setting { batch_size, learning_rate, limit };
        let runs = SCOUT_SEEDS.map(|seed| run(network, ladders, &setting, seed));
        let runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
        let steps = |run: &RecordedRun| match run.end {
            RecordedEnd::Reached => run.steps,
            _ => u64::MAX,
        };
        let mut steps: Vec<u64> = runs.iter().map(steps).collect();
        steps.sort_unstable();
        best = best.min(steps[steps.len() / 2]);
    }
    Ok(best)
}

/// The rates that are near the best one for some target.
fn near(rates: &[RecordedRate], ladders: &[Ladder]) -> Vec<usize> {
    let medians: Vec<Vec<f64>> =
        (0..ladders.len()).map(|k| rates.iter().map(|rate| median(rate, ladders, k)).collect()).collect();
    let is_near = |of: &Vec<f64>, at: usize| {
        let best = of.iter().copied().fold(f64::INFINITY, f64::min);
        of[at].is_finite() && of[at] <= NEAR * best
    };
    (0..rates.len()).filter(|&at| medians.iter().any(|of| is_near(of, at))).collect()
}

/// Median steps to a target; infinite if half of the runs or more missed it.
pub(crate) fn median(rate: &RecordedRate, ladders: &[Ladder], target: usize) -> f64 {
    let levels = ladders[target].levels.len();
    let steps = |run: &RecordedRun| run.reached(target, levels).map_or(f64::INFINITY, |steps| steps as f64);
    upper_median(rate.runs.iter().map(steps).collect()).unwrap_or(f64::INFINITY)
}
