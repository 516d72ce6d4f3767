//! What is asked of a run, raw and checked. Only the checked form can be run.

use crate::duration::Duration;
use crate::error::TrainError;
use crate::plan::{Batching, Plan};
use crate::problem::ExpectedSetting;
use crate::record::SplitMetrics;
use crate::schedule::{Decay, Schedule};
use crate::sizes::{SizeChange, SizeStage, Sizes};
use batchwright_nn::{BETA2_BATCH_SIZE, Optimizer};
use serde::{Deserialize, Serialize};

/// Evaluations that a run has at least, so that its curve can be judged; where its end is given in
/// time, one an epoch.
const EVALUATIONS: u64 = 20;
/// As many are enough where evaluations are dear: windows of three in each third of the run.
const FEWER_EVALUATIONS: u64 = 10;
/// Samples that are trained for each that an evaluation looks at. An evaluation of a sample takes about
/// a third of its training, so evaluations take a seventh of a run's time.
const TRAINED_FOR_EVALUATED: u64 = 2;
/// An evaluation of so many samples is over before anybody notices.
const CHEAP: u64 = 1_000;

/// A value of a validation metric to reach; strictly better counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Validation loss below this.
    LossBelow(f64),
    /// Validation accuracy above this, in 0..1.
    AccuracyAbove(f64),
}

impl Goal {
    /// Whether `metrics` are past the goal. Never so for a metric that is absent or NaN.
    pub fn reached(self, metrics: &SplitMetrics) -> bool {
        match self {
            Self::LossBelow(goal) => metrics.loss < goal,
            Self::AccuracyAbove(goal) => metrics.accuracy.is_some_and(|accuracy| accuracy > goal),
        }
    }
}

/// The settings of a run.
///
/// | field | default | range |
/// |---|---|---|
/// | `batch_size` | 32 | at least 1 |
/// | `size_changes` | none | rising thresholds; none with `drop_last` |
/// | `micro_batch_size` | the largest batch | 1..= the largest batch |
/// | `drop_last` | false | |
/// | `duration` | 10 epochs | above 0 |
/// | `learning_rate` | 0.02 | finite, above 0 |
/// | `decay`, `warmup` | constant, none | |
/// | `seed` | 0 | |
/// | `eval_every` | an epoch or a twentieth of the run, whichever is shorter; up to a tenth where evaluations are dear ([`RunConfig::check_with`]) | above 0, not in time |
/// | `patience` | never | not in time |
/// | `min_delta` | 0 | finite, at least 0 |
/// | `goal` | none | |
/// | `retries` | 0 | |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// The effective batch size: samples per parameter update.
    pub batch_size: u64,
    /// Other sizes later in the run.
    pub size_changes: Vec<SizeChange>,
    /// Most samples per forward/backward pass.
    pub micro_batch_size: Option<u64>,
    /// Leave out a short last batch.
    pub drop_last: bool,
    /// How long.
    pub duration: Duration,
    /// The learning rate, before the schedule's factor.
    pub learning_rate: f64,
    /// What the rate does after the warm-up.
    pub decay: Decay,
    /// How long the rate rises from 0 to its full value.
    pub warmup: Option<Duration>,
    /// Fixes order, initial weights and dropout.
    pub seed: u64,
    /// How often the run is evaluated.
    pub eval_every: Option<Duration>,
    /// The run stops when the validation loss has not improved for this long.
    pub patience: Option<Duration>,
    /// What counts as an improvement for the patience: more than this.
    pub min_delta: f64,
    /// The run stops when this is reached.
    pub goal: Option<Goal>,
    /// How often the run goes back to its best weights, with half the rate, after a loss or gradient
    /// that is not finite.
    pub retries: u64,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            batch_size: 32,
            size_changes: Vec::new(),
            micro_batch_size: None,
            drop_last: false,
            duration: Duration::Epochs(10.0),
            learning_rate: 0.02,
            decay: Decay::Constant,
            warmup: None,
            seed: 0,
            eval_every: None,
            patience: None,
            min_delta: 0.0,
            goal: None,
            retries: 0,
        }
    }
}

/// When a run ends at the latest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RunEnd {
    /// At the first step at or past this many samples.
    Samples(u64),
    /// At the first step at or past this many seconds of training.
    Seconds(f64),
}

/// A run whose settings have been checked: all durations are in samples. Made by
/// [`RunConfig::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedRun {
    pub(crate) sizes: Sizes,
    pub(crate) end: RunEnd,
    pub(crate) plan: Option<Plan>,
    pub(crate) learning_rate: f64,
    pub(crate) schedule: Schedule,
    pub(crate) seed: u64,
    pub(crate) eval_samples: u64,
    pub(crate) patience: Option<u64>,
    pub(crate) min_delta: f64,
    pub(crate) goal: Option<Goal>,
    pub(crate) retries: u64,
}

impl CheckedRun {
    /// The batch arithmetic of the first size.
    pub fn batching(&self) -> Batching {
        self.sizes.first()
    }

    /// Most samples of a micro-batch at any of the sizes: what the engine must have room for.
    pub fn micro_batch_size(&self) -> u64 {
        self.sizes.micro_batch_size()
    }

    /// The sizes one after the other, with their steps; one where the size never changes. None for
    /// a run whose end is given in time.
    ///
    /// # Errors
    /// [`TrainError::Overflow`] beyond 64 bits.
    pub fn stages(&self) -> Result<Option<Vec<SizeStage>>, TrainError> {
        self.plan.map(|plan| self.sizes.stages(plan.samples_seen)).transpose()
    }

    /// The sizes of its first so many samples, which end with a whole step.
    ///
    /// # Errors
    /// As [`CheckedRun::stages`].
    pub fn stages_of(&self, samples: u64) -> Result<Vec<SizeStage>, TrainError> {
        self.sizes.stages(samples)
    }

    /// Steps, epochs and samples; none for a run whose end is given in time.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// When it ends at the latest.
    pub fn end(&self) -> RunEnd {
        self.end
    }

    /// Samples between evaluations.
    pub fn eval_samples(&self) -> u64 {
        self.eval_samples
    }
}

impl RunConfig {
    /// Checks the settings against each other and against the number of training samples.
    ///
    /// # Errors
    /// [`TrainError::Setting`] naming the flag, [`TrainError::Overflow`].
    pub fn check(&self, samples: u64) -> Result<CheckedRun, TrainError> {
        self.check_with(samples, 0)
    }

    /// As [`RunConfig::check`], where an evaluation looks at `evaluated` samples. Where it was not said
    /// how often to evaluate, more than 1,000 are so many that twice as many are trained between two
    /// evaluations, as long as the run still has ten.
    ///
    /// # Errors
    /// As [`RunConfig::check`].
    pub fn check_with(&self, samples: u64, evaluated: u64) -> Result<CheckedRun, TrainError> {
        let (size, micro) = (self.batch_size, self.micro_batch_size);
        let sizes = Sizes::new(samples, size, &self.size_changes, micro, self.drop_last)?;
        let batching = sizes.first();
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(TrainError::setting("--lr", self.learning_rate, ExpectedSetting::Positive));
        }
        if !(self.min_delta.is_finite() && self.min_delta >= 0.0) {
            return Err(TrainError::setting("--min-delta", self.min_delta, ExpectedSetting::NotNegative));
        }
        let (end, plan) = self.end(&sizes)?;
        let horizon = plan.map_or(u64::MAX, |plan| plan.samples_seen);
        if plan.is_none() && self.decay != Decay::Constant {
            let expected = ExpectedSetting::CountedForDecay;
            return Err(TrainError::setting("--duration", self.duration, expected));
        }
        let in_samples =
            |name, duration: Option<Duration>| duration.map(|d| samples_of(&batching, name, d)).transpose();
        let schedule = Schedule {
            decay: self.decay,
            warmup: in_samples("--warmup", self.warmup)?.unwrap_or(0),
            horizon,
        };
        schedule.check()?;
        let affordable = if evaluated > CHEAP { evaluated.saturating_mul(TRAINED_FOR_EVALUATED) } else { 0 };
        let longest = batching.samples_per_epoch().min(horizon.div_ceil(FEWER_EVALUATIONS));
        let often = batching.samples_per_epoch().min(horizon.div_ceil(EVALUATIONS));
        let often = often.max(affordable.min(longest));
        Ok(CheckedRun {
            sizes,
            end,
            plan,
            learning_rate: self.learning_rate,
            schedule,
            seed: self.seed,
            eval_samples: in_samples("--eval-every", self.eval_every)?.unwrap_or(often),
            patience: in_samples("--patience", self.patience)?,
            min_delta: self.min_delta,
            goal: self.goal,
            retries: self.retries,
        })
    }

    fn end(&self, sizes: &Sizes) -> Result<(RunEnd, Option<Plan>), TrainError> {
        let refuse =
            || Err(TrainError::setting("--duration", self.duration, ExpectedSetting::PositiveDuration));
        match self.duration {
            Duration::Epochs(value) | Duration::Seconds(value) if !(value.is_finite() && value > 0.0) => {
                return refuse();
            }
            Duration::Steps(0) | Duration::Samples(0) | Duration::Tokens(0) => return refuse(),
            Duration::Seconds(seconds) => return Ok((RunEnd::Seconds(seconds), None)),
            _ => {}
        }
        let budget = sizes.budget(self.duration)?.unwrap_or(u64::MAX);
        Ok((RunEnd::Samples(budget), Some(sizes.plan(budget)?)))
    }
}

/// How long to train where no length was given: 20 epochs, fewer for large data: as many whole ones
/// as are 200,000 samples, at least 3. Long enough for small MLPs to level off on 1,500 digits,
/// short enough not to overfit on 54,000 (measured on these two; assumption elsewhere).
pub fn default_duration(samples: u64) -> Duration {
    Duration::Epochs((200_000 / samples.max(1)).clamp(3, 20) as f64)
}

/// Where the learning rate may start at a batch size, for a search to centre on: 0.02 at batch size
/// 32 for SGD with momentum 0.9, scaled linearly (Goyal et al. 2017) and bent at 512, beyond which
/// large rates diverge; 0.001 for AdamW, scaled by the square root (Malladi et al. 2022). The
/// constants are ours, for normalised inputs: assumption, not studied.
pub fn starting_learning_rate(optimizer: &Optimizer, batch_size: u64) -> f64 {
    let ratio = batch_size.max(1) as f64 / BETA2_BATCH_SIZE as f64;
    let rate = match *optimizer {
        // Momentum multiplies the step by 1 / (1 - momentum).
        Optimizer::Sgd { momentum, .. } => {
            0.2 * (1.0 - momentum) * ratio / (1.0 + ratio / 16.0) * (1.0 + 1.0 / 16.0)
        }
        Optimizer::AdamW { .. } => 0.001 * ratio.sqrt(),
    };
    // Two digits are more than is known, and can be typed again.
    let unit = 10f64.powi(1 - rate.log10().floor() as i32);
    (rate * unit).round() / unit
}

fn samples_of(batching: &Batching, name: &'static str, duration: Duration) -> Result<u64, TrainError> {
    match batching.budget(duration)? {
        Some(samples) if samples > 0 => Ok(samples),
        _ => Err(TrainError::setting(name, duration, ExpectedSetting::CountedDuration)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(config: &RunConfig) -> &'static str {
        match config.check(100) {
            Err(TrainError::Setting { name, .. }) => name,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_bad_setting_is_named() {
        let default = RunConfig::default;
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refused(&RunConfig { learning_rate: rate, ..default() }), "--lr");
        }
        assert_eq!(refused(&RunConfig { batch_size: 0, ..default() }), "--batch-size");
        assert_eq!(refused(&RunConfig { min_delta: -1.0, ..default() }), "--min-delta");
        assert_eq!(refused(&RunConfig { duration: Duration::Epochs(f64::NAN), ..default() }), "--duration");
        assert_eq!(refused(&RunConfig { duration: Duration::Steps(0), ..default() }), "--duration");
        let timed = RunConfig { duration: Duration::Seconds(1.0), decay: Decay::Cosine, ..default() };
        assert_eq!(refused(&timed), "--duration");
        let patience = RunConfig { patience: Some(Duration::Seconds(1.0)), ..default() };
        assert_eq!(refused(&patience), "--patience");
    }

    #[test]
    fn a_run_is_evaluated_each_epoch_and_at_least_twenty_times() {
        let run = |epochs| {
            RunConfig { duration: Duration::Epochs(epochs), ..RunConfig::default() }.check(1_000).unwrap()
        };
        assert_eq!(run(100.0).eval_samples(), 1_000);
        assert_eq!(run(2.0).eval_samples(), 100);
    }

    /// 54,000 images, of which 6,000 are validated on: twenty evaluations would look at more samples
    /// than three epochs train.
    #[test]
    fn evaluations_of_many_samples_are_fewer() {
        let run = |epochs, samples, evaluated| {
            let config = RunConfig { duration: Duration::Epochs(epochs), ..RunConfig::default() };
            config.check_with(samples, evaluated).unwrap().eval_samples()
        };
        assert_eq!(run(3.0, 54_000, 12_000), 16_200, "ten, though that is less than twice the samples");
        assert_eq!(run(8.0, 54_000, 12_000), 24_000, "twice the samples");
        assert_eq!(run(20.0, 54_000, 12_000), 54_000, "as ever");
        assert_eq!(run(3.0, 1_455, 324), run(3.0, 1_455, 0), "small data as ever");
        assert_eq!(run(3.0, 20_000, 1_000), 3_000);
        let given = RunConfig { eval_every: Some(Duration::Samples(100)), ..RunConfig::default() };
        assert_eq!(given.check_with(54_000, 12_000).unwrap().eval_samples(), 100);
        let timed = RunConfig { duration: Duration::Seconds(9.0), ..RunConfig::default() };
        assert_eq!(timed.check_with(1_500, 3_000).unwrap().eval_samples(), 1_500, "an epoch");
    }

    #[test]
    fn starting_rates_grow_with_the_batch_and_have_two_digits() {
        let sgd = |size| starting_learning_rate(&Optimizer::default(), size);
        assert_eq!([1, 8, 32, 128, 1024].map(sgd), [0.00066, 0.0052, 0.02, 0.068, 0.23]);
        assert_eq!(starting_learning_rate(&Optimizer::adamw(), 128), 0.002);
    }

    #[test]
    fn goals_are_strict_and_nan_reaches_none() {
        let metrics = |loss, accuracy| SplitMetrics { loss, accuracy: Some(accuracy) };
        assert!(
            !Goal::LossBelow(0.5).reached(&metrics(0.5, 0.0))
                && Goal::LossBelow(0.5).reached(&metrics(0.4, 0.0))
        );
        assert!(!Goal::AccuracyAbove(0.9).reached(&metrics(0.0, 0.9)));
        assert!(!Goal::LossBelow(0.5).reached(&metrics(f64::NAN, 0.0)));
    }
}
