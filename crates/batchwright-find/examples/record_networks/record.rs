//! Which runs are made: a few everywhere, many near the best rate of each size, and none much
//! longer than the best of its size.

use batchwright_find::beds::{Ladder, RecordedEnd, RecordedRate, RecordedRun, RecordedSize, Recording};
use batchwright_find::{Network, TrialError, Workload, upper_median};
use std::collections::BTreeSet;
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
/// A rate whose median steps to a target are at most this many times the best of its size has more
/// runs than others.
const NEAR: f64 = 2.5;
/// It has the most runs if its steps are at most this many times the best of its size, and its size
/// at most this many times as slow as the best: there the truth must be exact.
const BEST_RATES: f64 = 1.4;
const BEST_SIZES: f64 = 1.6;
/// Step times are measured so often. The least median counts: what disturbs a measurement makes it
/// longer.
const ROUNDS: usize = 9;

/// How many runs each rate has, and how long step times are measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Far from the best.
    pub few: u64,
    /// Near the best of its size.
    pub near: u64,
    /// At the best rates of the best sizes.
    pub best: u64,
    pub seconds: f64,
}

impl Default for Extent {
    fn default() -> Self {
        Self { few: 6, near: 32, best: 192, seconds: 0.3 }
    }
}

pub(crate) fn record(prepared: &Prepared, entry: Entry, extent: &Extent) -> Result<Recording, TrialError> {
    let model = entry.model();
    let network = prepared.workload(&entry, &model);
    let step_seconds = step_seconds(&network, extent)?;
    let mut recording = Recording {
        model: model.architecture.to_string(),
        optimizer: entry.optimizer_name().to_owned(),
        samples: network.train.len() as u64,
        eval_samples: EVAL_SAMPLES,
        ladders: entry.ladders(),
        sizes: Vec::new(),
    };
    for (batch_size, step_seconds) in SIZES.into_iter().zip(step_seconds) {
        let begin = Instant::now();
        let size = size(&network, &recording.ladders, entry, (batch_size, step_seconds), extent)?;
        eprintln!("{} {batch_size}: {:.1} s", entry.name(), begin.elapsed().as_secs_f64());
        recording.sizes.push(size);
    }
    refine(prepared, entry, recording, extent)
}

/// Adds the runs at the best rates of the best sizes.
pub(crate) fn refine(
    prepared: &Prepared,
    entry: Entry,
    mut recording: Recording,
    extent: &Extent,
) -> Result<Recording, TrialError> {
    let model = entry.model();
    let network = prepared.workload(&entry, &model);
    for (size, rate) in best(&recording) {
        let size = &mut recording.sizes[size];
        let setting = Setting {
            batch_size: size.batch_size,
            learning_rate: size.rates[rate].learning_rate,
            limit: size.limit,
        };
        extend(&network, &recording.ladders, &setting, &mut size.rates[rate], extent.best)?;
    }
    Ok(recording)
}

/// Size and rate by their place.
fn best(recording: &Recording) -> BTreeSet<(usize, usize)> {
    let ladders = &recording.ladders;
    let mut all = BTreeSet::new();
    for target in 0..ladders.len() {
        let seconds = |size: &RecordedSize| fastest(&size.rates, ladders, target) * size.step_seconds;
        let least = recording.sizes.iter().map(seconds).fold(f64::INFINITY, f64::min);
        for (place, size) in recording.sizes.iter().enumerate() {
            if seconds(size) <= BEST_SIZES * least {
                let rates = near(&size.rates, ladders, target, BEST_RATES);
                all.extend(rates.into_iter().map(|rate| (place, rate)));
            }
        }
    }
    all
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

fn size(
    network: &Network,
    ladders: &[Ladder],
    entry: Entry,
    (batch_size, step_seconds): (u64, f64),
    extent: &Extent,
) -> Result<RecordedSize, TrialError> {
    let limit = LIMIT * scout(network, ladders, entry, batch_size)?;
    let extend = |rate: &mut RecordedRate, runs: u64| {
        let setting = Setting { batch_size, learning_rate: rate.learning_rate, limit };
        extend(network, ladders, &setting, rate, runs)
    };
    let mut rates = Vec::new();
    for learning_rate in entry.rates() {
        let truth = vec![Vec::new(); ladders.len()];
        let mut rate = RecordedRate { learning_rate, runs: Vec::new(), truth };
        extend(&mut rate, extent.few)?;
        rates.push(rate);
    }
    let near = (0..ladders.len()).flat_map(|target| near(&rates, ladders, target, NEAR));
    for rate in near.collect::<BTreeSet<usize>>() {
        extend(&mut rates[rate], extent.near)?;
    }
    Ok(RecordedSize { batch_size, step_seconds, limit, rates })
}

/// Makes runs until there are `until`: even seeds are for replays, odd ones for the truth.
fn extend(
    network: &Network,
    ladders: &[Ladder],
    setting: &Setting,
    rate: &mut RecordedRate,
    until: u64,
) -> Result<(), TrialError> {
    let made = rate.runs.len() + rate.truth.first().map_or(0, Vec::len);
    for seed in made as u64..until {
        let run = run(network, ladders, setting, seed)?;
        if seed % 2 == 0 {
            rate.runs.push(run);
            continue;
        }
        for (target, (truth, ladder)) in rate.truth.iter_mut().zip(ladders).enumerate() {
            truth.push(run.reached(target, ladder.levels.len()));
        }
    }
    Ok(())
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

/// The rates whose steps are at most `times` the best.
fn near(rates: &[RecordedRate], ladders: &[Ladder], target: usize, times: f64) -> Vec<usize> {
    let best = fastest(rates, ladders, target);
    let is_near = |rate: &RecordedRate| {
        let steps = median_steps(rate, ladders, target);
        steps.is_finite() && steps <= times * best
    };
    (0..rates.len()).filter(|&at| is_near(&rates[at])).collect()
}

/// Median steps at the best rate.
fn fastest(rates: &[RecordedRate], ladders: &[Ladder], target: usize) -> f64 {
    rates.iter().map(|rate| median_steps(rate, ladders, target)).fold(f64::INFINITY, f64::min)
}

/// Median steps to a target over all runs, replayed or not; infinite if half of them or more missed
/// it.
pub(crate) fn median_steps(rate: &RecordedRate, ladders: &[Ladder], target: usize) -> f64 {
    let levels = ladders[target].levels.len();
    let replayed = rate.runs.iter().map(|run| run.reached(target, levels));
    let steps = replayed.chain(rate.truth[target].iter().copied());
    let steps = steps.map(|steps| steps.map_or(f64::INFINITY, |steps| steps as f64));
    upper_median(steps.collect()).unwrap_or(f64::INFINITY)
}
