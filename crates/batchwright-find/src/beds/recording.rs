//! Trainings of a network as they were recorded: when each run passed which level of a metric.
//!
//! A recording is small because it keeps no curves. A curve is rebuilt from the steps at which it
//! passed the levels of a [`Ladder`]: see [`Recorded`](crate::beds::Recorded).

use crate::result::objective::Direction;
use crate::statistics::median::median;
use batchwright_data::{Domain, RandomStream};
use serde::{Deserialize, Serialize};

/// Part of the key of the draw of a run, so that it is independent of other beds.
const DRAW: u64 = 2 << 32;

/// Trainings of one network with one optimizer, at many sizes, rates and seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The network, e.g. `mlp:64`.
    pub model: String,
    /// The optimizer, e.g. `sgd`.
    pub optimizer: String,
    /// Samples in the training split.
    pub samples: u64,
    /// Samples between evaluations.
    pub eval_samples: u64,
    /// One a target.
    pub ladders: Vec<Ladder>,
    /// Ascending.
    pub sizes: Vec<RecordedSize>,
}

/// A target and easier levels of the same metric. A level is a multiple of the target's distance
/// from the perfect value: of the loss itself, or of the error rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// Name of the metric.
    pub metric: String,
    /// The target. It is reached by a value that is strictly better.
    pub goal: f64,
    /// The best value that there can be: a loss of 0, an accuracy of 1.
    pub perfect: f64,
    /// Where an untrained network is, as such a multiple.
    pub start: f64,
    /// Descending from below `start` to 1, the target itself.
    pub levels: Vec<f64>,
}

/// All runs of one batch size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedSize {
    /// The batch size.
    pub batch_size: u64,
    /// Median seconds of a step.
    pub step_seconds: f64,
    /// Runs were cut after these steps.
    pub limit: u64,
    /// Ascending, with a constant ratio.
    pub rates: Vec<RecordedRate>,
}

/// All runs of one batch size at one rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRate {
    /// The learning rate.
    pub learning_rate: f64,
    /// The runs that are replayed.
    pub runs: Vec<RecordedRun>,
    /// Per ladder: the steps in which other runs, of other seeds, reached the target. The truth must
    /// not come from the runs that a study sees, because the rate that is best among them is so by
    /// luck, too.
    pub truth: Vec<Vec<Option<u64>>>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRun {
    /// Its seed.
    pub seed: u64,
    /// How it ended.
    pub end: RecordedEnd,
    /// The step at which it ended.
    pub steps: u64,
    /// Per ladder: the levels that it passed, as the steps since the level before. The differences
    /// take half the space of the steps.
    pub passed: Vec<Vec<u64>>,
}

/// How a recorded run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedEnd {
    /// It reached all targets.
    Reached,
    /// Its loss or its gradient was no longer finite.
    Diverged,
    /// It took so long that it was cut.
    Limit,
}

/// What a size and rate are in a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found<'a> {
    /// The runs of the nearest rate, and how many times as long they take at the asked one: more
    /// than 1 below the lowest rate.
    Runs(&'a RecordedRate, f64),
    /// A rate above the highest: the run diverges.
    TooHigh,
}

impl Ladder {
    /// The value at a multiple of the target's distance from perfect.
    pub fn value(&self, level: f64) -> f64 {
        self.perfect + (self.goal - self.perfect) * level
    }

    /// Which way the metric improves.
    pub fn direction(&self) -> Direction {
        if self.goal < self.perfect { Direction::Above } else { Direction::Below }
    }

    /// How many of its levels this value has passed.
    pub fn passed(&self, value: f64) -> usize {
        let passed = |level: &&f64| self.direction().better(value, self.value(**level));
        self.levels.iter().take_while(passed).count()
    }
}

impl RecordedSize {
    /// The runs that stand for a rate. Rates count as the same up to half a step of the grid.
    pub(super) fn at(&self, learning_rate: f64) -> Option<Found<'_>> {
        let distance = |rate: &RecordedRate| (rate.learning_rate / learning_rate).ln().abs();
        let nearest = self.rates.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        let (lowest, highest) = (self.rates.first()?.learning_rate, self.rates.last()?.learning_rate);
        let half_step = self.half_step();
        Some(if learning_rate > highest * half_step {
            Found::TooHigh
        } else if learning_rate < lowest / half_step {
            Found::Runs(nearest, lowest / learning_rate)
        } else {
            Found::Runs(nearest, 1.0)
        })
    }

    fn half_step(&self) -> f64 {
        match self.rates.as_slice() {
            [first, second, ..] => (second.learning_rate / first.learning_rate).sqrt(),
            _ => 1.0,
        }
    }
}

impl RecordedRate {
    /// One of the runs at random. The same seed, size and rate give the same run.
    pub(super) fn draw(&self, seed: u64, batch_size: u64, learning_rate: f64) -> Option<&RecordedRun> {
        let mut random = RandomStream::new(seed, Domain::Bed, batch_size ^ DRAW, learning_rate.to_bits());
        self.runs.get(random.below(self.runs.len() as u32) as usize)
    }

    /// Median steps to a target over the runs that are never replayed; infinite if half of them or
    /// more missed it.
    pub fn true_steps(&self, target: usize) -> f64 {
        let steps = self.truth.get(target).map_or(&[][..], Vec::as_slice);
        let steps = steps.iter().map(|steps| steps.map_or(f64::INFINITY, |steps| steps as f64));
        median(steps.collect()).unwrap_or(f64::INFINITY)
    }
}

impl RecordedRun {
    /// The steps at which it passed the levels of a ladder, as many as it passed.
    pub fn steps_of(&self, ladder: usize) -> Vec<u64> {
        let gaps = self.passed.get(ladder).map_or(&[][..], Vec::as_slice);
        let sum = |steps: &mut u64, gap: &u64| {
            *steps += gap;
            Some(*steps)
        };
        gaps.iter().scan(0, sum).collect()
    }

    /// The step at which it reached the target of a ladder of this many levels.
    pub fn reached(&self, ladder: usize, levels: usize) -> Option<u64> {
        self.steps_of(ladder).get(levels.checked_sub(1)?).copied()
    }
}
