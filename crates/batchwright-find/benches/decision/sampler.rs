//! The median number of steps that sampled runs need to reach the target: many runs of one size and
//! rate side by side, evaluation by evaluation.

use batchwright_data::{Domain, RandomStream};
use batchwright_find::beds::FastNormal;

use crate::bed::Bed;
use crate::motion::{Motion, PARTS};

/// A run has diverged at this loss.
const DIVERGED: f64 = 1e6;
/// Runs that tell how many are needed, and the most.
const PILOT: usize = 32;
const MOST_RUNS: usize = 1024;
/// Part of the key of these streams. Trials of studies have 0 there, so no run is both.
const STREAM: u64 = 1;

/// Draws the runs of one bed.
pub(crate) struct Sampler<'a> {
    bed: &'a Bed,
    h: Vec<f64>,
    normal: FastNormal,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(bed: &'a Bed) -> Self {
        Self { bed, h: bed.curvatures(), normal: FastNormal::new() }
    }

    /// Median of the steps to the target of `runs` runs of at most `limit` steps; infinite if half
    /// of them or more miss it. The same `key` gives the same runs.
    pub(crate) fn median_steps(
        &self,
        batch_size: u64,
        learning_rate: f64,
        runs: usize,
        limit: u64,
        key: u64,
    ) -> f64 {
        let mut group = Group::new(self, batch_size, learning_rate, runs, key);
        group.run(self, limit);
        group.median()
    }

    /// The same, but between two evaluations by the share of the runs that arrive at the later one.
    /// For comparing rates: where evaluations are rare, the medians of many rates are equal.
    pub(crate) fn smooth_steps(
        &self,
        batch_size: u64,
        learning_rate: f64,
        runs: usize,
        limit: u64,
        key: u64,
    ) -> f64 {
        let mut group = Group::new(self, batch_size, learning_rate, runs, key);
        group.run(self, limit);
        group.smooth_median()
    }

    /// The number of runs whose median has about this standard error, as a share; judged from a few
    /// runs, and within `PILOT` and [`MOST_RUNS`].
    pub(crate) fn runs_for(
        &self,
        batch_size: u64,
        learning_rate: f64,
        error: f64,
        limit: u64,
        key: u64,
    ) -> usize {
        let mut group = Group::new(self, batch_size, learning_rate, PILOT, key);
        group.run(self, limit);
        // The standard error of the median of n normal values is 1.25 of their deviation over the
        // root of n.
        let runs = (1.25 * group.spread() / error).powi(2);
        if runs < MOST_RUNS as f64 { (runs as usize).max(PILOT) } else { MOST_RUNS }
    }

    /// The rate whose runs are the first to reach the target, with about the median of their steps;
    /// all rates at the same time. So no rate takes longer than the best, which for rates that
    /// never arrive and never diverge saves most of the work. `None` if none arrives in `limit`
    /// steps.
    ///
    /// `rates` ascend. Neighbours count together: alone, the few runs of a rate that is too high
    /// often pass the target early by luck.
    pub(crate) fn first(
        &self,
        batch_size: u64,
        rates: &[f64],
        runs: usize,
        limit: u64,
        key: u64,
    ) -> Option<(f64, f64)> {
        let group = |&rate: &f64| Group::new(self, batch_size, rate, runs, key);
        let mut groups: Vec<Group> = rates.iter().map(group).collect();
        let every = self.bed.eval_every(batch_size);
        for evaluation in 1..=limit / every {
            groups.iter_mut().filter(|group| !group.is_lost()).for_each(|group| group.advance(self));
            let arrived = |&k: &usize| arrived_share(&groups[k.saturating_sub(1)..groups.len().min(k + 2)]);
            let first = (0..groups.len()).max_by(|a, b| arrived(a).total_cmp(&arrived(b)))?;
            if arrived(&first) > 0.5 {
                return Some((rates[first], (evaluation * every) as f64));
            }
        }
        None
    }
}

fn arrived_share(groups: &[Group]) -> f64 {
    let runs: usize = groups.iter().map(|group| group.runs).sum();
    groups.iter().map(|group| group.hits.len()).sum::<usize>() as f64 / runs as f64
}

/// Runs of one size and rate.
struct Group {
    motion: Motion,
    stream: RandomStream,
    every: u64,
    /// Evaluations so far.
    evaluation: u64,
    /// `[runs, PARTS, dims]`
    states: Vec<f64>,
    /// Runs that have neither arrived nor diverged.
    live: Vec<usize>,
    /// Steps to the target, ascending.
    hits: Vec<f64>,
    runs: usize,
}

impl Group {
    fn new(sampler: &Sampler, batch_size: u64, learning_rate: f64, runs: usize, key: u64) -> Self {
        let (bed, dims) = (sampler.bed, sampler.h.len());
        let weights = std::iter::repeat_n(bed.start.sqrt(), dims);
        let state: Vec<f64> = weights.chain(vec![0.0; (PARTS - 1) * dims]).collect();
        Self {
            motion: Motion::new(bed, &sampler.h, batch_size, learning_rate),
            stream: RandomStream::new(key ^ learning_rate.to_bits(), Domain::Bed, batch_size, STREAM),
            every: bed.eval_every(batch_size),
            evaluation: 0,
            states: state.repeat(runs),
            live: (0..runs).collect(),
            hits: Vec::new(),
            runs,
        }
    }

    /// Until the median is decided, or for `limit` steps.
    fn run(&mut self, sampler: &Sampler, limit: u64) {
        for _ in 0..limit / self.every {
            self.advance(sampler);
            if self.has_reached() || self.is_lost() {
                break;
            }
        }
    }

    /// Moves all live runs to the next evaluation.
    fn advance(&mut self, sampler: &Sampler) {
        let Sampler { bed, h, normal } = sampler;
        self.evaluation += 1;
        self.live.retain(|&run| {
            let (w, rest) = self.states[run * PARTS * h.len()..][..PARTS * h.len()].split_at_mut(h.len());
            let (second, third) = rest.split_at_mut(h.len());
            self.motion.advance(self.evaluation, h, [w, second, third], (normal, &mut self.stream));
            let twice: f64 = h.iter().zip(&*w).map(|(h, w)| h * w * w).sum();
            let loss = match bed.eval_noise {
                0.0 => twice / 2.0,
                sd => twice / 2.0 * (sd * normal.draw(&mut self.stream)).exp(),
            };
            if loss < bed.target {
                self.hits.push((self.evaluation * self.every) as f64);
            }
            loss >= bed.target && loss < DIVERGED
        });
    }

    fn enough(&self) -> usize {
        self.runs / 2 + 1
    }

    /// Whether the median is known.
    fn has_reached(&self) -> bool {
        self.hits.len() >= self.enough()
    }

    /// Whether the median can no longer be finite.
    fn is_lost(&self) -> bool {
        self.hits.len() + self.live.len() < self.enough()
    }

    /// The median of all runs. Those that have not arrived are infinite or larger.
    fn median(&self) -> f64 {
        let at = |k: usize| self.hits.get(k).copied().unwrap_or(f64::INFINITY);
        (at((self.runs - 1) / 2) + at(self.runs / 2)) / 2.0
    }

    fn smooth_median(&self) -> f64 {
        let Some(&last) = self.hits.last().filter(|_| self.has_reached()) else {
            return f64::INFINITY;
        };
        let before = self.hits.iter().filter(|&&steps| steps < last).count() as f64;
        let share = (self.runs as f64 / 2.0 - before) / (self.hits.len() as f64 - before);
        last - (1.0 - share) * self.every as f64
    }

    /// Standard deviation of the steps over their median, from the lower half of the runs: the
    /// quartile of normal values is 0.674 deviations below the median. Infinite without a median.
    fn spread(&self) -> f64 {
        if !self.has_reached() {
            return f64::INFINITY;
        }
        let below = self.median() - self.hits[self.runs / 4];
        // Where all arrive at the same evaluation, they do so somewhere before it.
        (below / 0.674).max(self.every as f64 / 12f64.sqrt()) / self.median()
    }
}
