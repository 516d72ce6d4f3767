//! The workload that trains our own networks in this process: trials on one thread each, step times
//! with all of them.
//!
//! Results do not depend on the number of threads, so that steps can be counted on one core a trial
//! while the step time is that of a training which has the machine for itself.

pub(crate) mod instruments;

use crate::network::instruments::{PowerMeter, TimedDataset, median_with_interval};
use crate::trial::energy::{EnergyCounters, EnergyError};
use crate::trial::step_cost::{StepMeasurement, StepTime};
use crate::trial::{Trial, TrialError, TrialRequest, TrialRow, Workload};
use batchwright_data::{Dataset, Task, sample_shape};
use batchwright_nn::{
    BETA2_BATCH_SIZE, Engine, EngineFactory, EngineOptions, MemoryPlan, Model, NnError, Optimizer, Update,
};
use batchwright_train::{
    Batching, Clock, Evaluator, MonotonicClock, Stepper, TrainError, micro_batch_size, starting_learning_rate,
};
use std::time::Duration;

/// Steps before the clock starts: caches, page faults, frequency.
const WARMUP_STEPS: usize = 3;
/// Fewest steps that are timed, however slow.
const TIMED_STEPS: usize = 5;
/// Most steps that are timed: the median is certain enough.
const MOST_TIMED_STEPS: usize = 20_000;

/// A network and its data, to be trained at any batch size.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// Plans and builds the engines that it is trained on.
    pub engines: &'a dyn EngineFactory,
    /// The network.
    pub model: &'a Model,
    /// What is trained on.
    pub train: &'a dyn Dataset,
    /// What the metrics are taken on.
    pub validation: &'a dyn Dataset,
    /// Optimizer, meant at batch size 32 (see [`Optimizer::for_batch_size`]).
    pub optimizer: Optimizer,
    /// Longest gradient that is applied as it is.
    pub clip_norm: Option<f64>,
    /// Most samples per forward/backward pass; larger batches accumulate.
    pub micro_batch_size: Option<u64>,
    /// Leave out a short last batch.
    pub drop_last: bool,
    /// Threads of the training that the step time is measured for.
    pub threads: usize,
    /// Bytes that a training may take.
    pub memory_limit: Option<u64>,
    /// Counters of the machine's energy, or why there are none.
    pub energy: &'a Result<EnergyCounters, EnergyError>,
}

impl Network<'_> {
    fn batching(&self, batch_size: u64) -> Result<Batching, TrialError> {
        let samples = self.train.len() as u64;
        let given = self.micro_batch_size.map(|micro| micro.min(batch_size));
        let micro = micro_batch_size(samples, batch_size, given, self.largest_micro_batch());
        Batching::new(samples, batch_size, Some(micro), self.drop_last).map_err(failed)
    }

    /// The largest micro-batch within the memory limit; `None` without a limit, and where not even
    /// one sample fits.
    fn largest_micro_batch(&self) -> Option<u64> {
        let limit = self.memory_limit?;
        // Planned for all threads, so that trials and the measurement of step times divide a batch
        // alike.
        let options =
            EngineOptions { optimizer: self.optimizer, threads: self.threads, ..EngineOptions::default() };
        self.plan(&options)?.largest_micro_batch(limit)
    }

    /// Memory of an engine; `None` where model and options do not belong together.
    fn plan(&self, options: &EngineOptions) -> Option<MemoryPlan> {
        self.engines.plan(self.model, sample_shape(self.train), options).ok()
    }

    /// Optimizer settings that must not favour a size: beta2 and AdamW's decay are held in samples.
    fn options(
        &self,
        batch_size: u64,
        learning_rate: f64,
        seed: u64,
        threads: usize,
    ) -> Result<EngineOptions, TrialError> {
        let reference = self.starting_learning_rate(BETA2_BATCH_SIZE);
        let optimizer = self.optimizer.for_batch_size(batch_size);
        Ok(EngineOptions {
            micro_batch: self.batching(batch_size)?.micro_batch_size as usize,
            optimizer: optimizer.with_decay_in_samples(batch_size, learning_rate, reference),
            clip_norm: self.clip_norm,
            seed,
            threads,
            memory_limit: self.memory_limit,
        })
    }

    fn engine(
        &self,
        batch_size: u64,
        learning_rate: f64,
        seed: u64,
        threads: usize,
    ) -> Result<Box<dyn Engine>, TrialError> {
        let options = self.options(batch_size, learning_rate, seed, threads)?;
        self.engines.build(self.model, sample_shape(self.train), &options).map_err(|error| match error {
            NnError::DoesNotFit { needed, available, .. } => TrialError::DoesNotFit {
                batch_size,
                reason: format!("it needs {needed} bytes, {available} are available"),
            },
            other => failed(other.into()),
        })
    }
}

impl Workload for Network<'_> {
    fn samples(&self) -> Option<u64> {
        Some(self.train.len() as u64)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let engine = self.engine(request.batch_size, request.learning_rate, request.seed, 1)?;
        let stepper =
            Stepper::new(self.batching(request.batch_size)?, request.seed, self.train, engine.as_ref())
                .map_err(failed)?;
        Ok(Box::new(NetworkTrial {
            network: *self,
            request: *request,
            evaluator: Evaluator::new(self.validation.len(), self.train, engine.as_ref()),
            stepper,
            engine,
            seconds: 0.0,
            over: false,
        }))
    }

    fn pace(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        // The rate changes no time, as long as the numbers stay ordinary.
        let learning_rate = 1e-3 * self.starting_learning_rate(batch_size);
        let mut engine = self.engine(batch_size, learning_rate, 0, self.threads)?;
        let data = TimedDataset::new(self.train);
        let mut stepper =
            Stepper::new(self.batching(batch_size)?, 0, &data, engine.as_ref()).map_err(failed)?;
        // A size fits when it has been run: several steps, and an evaluation.
        let mut evaluator = Evaluator::new(self.validation.len(), self.train, engine.as_ref());
        evaluator.evaluate(engine.as_mut(), self.validation).map_err(failed)?;
        for _ in 0..WARMUP_STEPS {
            stepper.step(engine.as_mut(), &data, learning_rate).map_err(failed)?;
        }
        let gathered_before = data.seconds();
        let clock = MonotonicClock::default();
        let mut meter = PowerMeter::start(self.energy.as_ref().ok(), Duration::ZERO);
        let (mut full, mut short, mut before) = (Vec::new(), Vec::new(), Duration::ZERO);
        let enough = |timed: usize, spent: Duration| {
            timed >= MOST_TIMED_STEPS || (timed >= TIMED_STEPS && spent.as_secs_f64() >= seconds)
        };
        while meter.needs_more() || !enough(full.len() + short.len(), before) {
            let samples = stepper.next_samples() - stepper.samples();
            stepper.step(engine.as_mut(), &data, learning_rate).map_err(failed)?;
            let now = clock.now();
            let times = if samples < batch_size { &mut short } else { &mut full };
            times.push((now - before).as_secs_f64());
            before = if meter.step_ended(now) { clock.now() } else { now };
        }
        let stepped: f64 = full.iter().chain(&short).sum();
        let input_share = (data.seconds() - gathered_before) / stepped;
        let steps_per_epoch = self.batching(batch_size)?.steps_per_epoch();
        let mean = mean_step(median(&mut full), median(&mut short), steps_per_epoch);
        let step_time = mean.ok_or_else(|| TrialError::Failed("no step was timed".to_owned()))?;
        let input_share = input_share.is_finite().then_some(input_share);
        Ok(StepMeasurement { step_time, power: meter.finish(), input_share, own_seconds: None })
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        let options =
            self.options(batch_size, self.starting_learning_rate(batch_size), 0, self.threads).ok()?;
        u64::try_from(self.plan(&options)?.bytes()).ok()
    }

    fn micro_batch_size(&self, batch_size: u64) -> Option<u64> {
        let micro_batch = self.batching(batch_size).ok()?.micro_batch_size;
        (micro_batch < batch_size.min(self.train.len() as u64)).then_some(micro_batch)
    }

    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        starting_learning_rate(&self.optimizer, batch_size)
    }

    fn metrics(&self) -> Vec<String> {
        match self.train.task() {
            Task::Classify { .. } => vec!["val_loss".to_owned(), "val_accuracy".to_owned()],
            Task::Regress { .. } => vec!["val_loss".to_owned()],
        }
    }

    fn measures_energy(&self) -> Result<(), EnergyError> {
        self.energy.as_ref().map(|_| ()).map_err(Clone::clone)
    }
}

/// One training of a network.
struct NetworkTrial<'a> {
    network: Network<'a>,
    request: TrialRequest,
    engine: Box<dyn Engine>,
    stepper: Stepper,
    evaluator: Evaluator,
    seconds: f64,
    over: bool,
}

impl Trial for NetworkTrial<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        if self.over {
            return Ok(None);
        }
        let clock = MonotonicClock::default();
        let next = (self.stepper.samples() / self.request.eval_samples.max(1) + 1)
            .saturating_mul(self.request.eval_samples.max(1));
        let mut diverged = false;
        while !self.over && self.stepper.samples() < next {
            let step = self
                .stepper
                .step(self.engine.as_mut(), self.network.train, self.request.learning_rate)
                .map_err(failed)?;
            diverged = step.update == Update::NotFinite;
            self.over = diverged || self.stepper.samples() >= self.request.max_samples;
        }
        self.seconds += clock.now().as_secs_f64();
        let validation =
            self.evaluator.evaluate(self.engine.as_mut(), self.network.validation).map_err(failed)?;
        self.over |= !validation.loss.is_finite();
        let classes = matches!(self.network.train.task(), Task::Classify { .. });
        Ok(Some(TrialRow {
            step: self.stepper.steps(),
            epoch: Some(self.stepper.samples() as f64 / self.network.train.len() as f64),
            samples: self.stepper.samples(),
            seconds: self.seconds,
            val_loss: Some(if diverged { f64::NAN } else { validation.mean() }),
            val_accuracy: classes.then(|| validation.accuracy()),
            own: None,
        }))
    }

    fn can_pause(&self) -> bool {
        true
    }
}

/// The mean over an epoch, whose last step alone is short: a median over both kinds would be the
/// time of one of them. The ends of the interval are added as the medians are, for what disturbs
/// one kind disturbs both. A short step that was never met is taken to be as long as a full one.
fn mean_step(full: Option<StepTime>, short: Option<StepTime>, steps_per_epoch: u64) -> Option<StepTime> {
    let (Some(full), Some(short)) = (full, short) else {
        return full.or(short);
    };
    let mean = |full: f64, short: f64| full + (short - full) / steps_per_epoch as f64;
    Some(StepTime {
        median: mean(full.median, short.median),
        low: mean(full.low, short.low),
        high: mean(full.high, short.high),
    })
}

/// Median with its interval. `None` without times.
fn median(times: &mut [f64]) -> Option<StepTime> {
    median_with_interval(times).map(|[low, median, high]| StepTime { median, low, high })
}

fn failed(error: TrainError) -> TrialError {
    TrialError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::{OpenOptions, SplitOptions, Splits, open};
    use batchwright_nn::CpuEngineFactory;
    use batchwright_train::{Goal, RunConfig, RunData, Silent, train};

    fn digits() -> Splits {
        Splits::new(&open(None, &OpenOptions::default()).unwrap(), &SplitOptions::default()).unwrap()
    }

    fn network<'a>(splits: &'a Splits, model: &'a Model) -> Network<'a> {
        Network {
            engines: &CpuEngineFactory,
            model,
            train: &splits.train,
            validation: &splits.validation,
            optimizer: Optimizer::default(),
            clip_norm: None,
            micro_batch_size: None,
            drop_last: false,
            threads: 1,
            memory_limit: None,
            energy: &Err(EnergyError::NotMeasured),
        }
    }

    const REQUEST: TrialRequest =
        TrialRequest { batch_size: 100, learning_rate: 0.05, seed: 3, max_samples: 4_000, eval_samples: 640 };

    fn rows(workload: &Network, request: &TrialRequest) -> Vec<TrialRow> {
        let mut trial = workload.start(request).unwrap();
        std::iter::from_fn(|| trial.next_row().unwrap()).collect()
    }

    /// A trial is the same training as a run: otherwise `find` would decide about something that
    /// `train` does not do.
    #[test]
    fn a_trial_sees_what_a_run_with_the_same_settings_sees() {
        let (splits, model) = (digits(), Model::mlp(&[16]));
        let workload = network(&splits, &model);
        let mut engine = workload.engine(100, 0.05, 3, 2).unwrap();
        let config = RunConfig {
            batch_size: 100,
            duration: batchwright_train::Duration::Samples(4_000),
            learning_rate: 0.05,
            seed: 3,
            eval_every: Some(batchwright_train::Duration::Samples(640)),
            goal: Some(Goal::LossBelow(0.0)),
            ..RunConfig::default()
        };
        let data = RunData {
            train: &splits.train,
            train_subset: &splits.validation,
            validation: &splits.validation,
            test: &splits.test,
        };
        let run = config.check(splits.train.len() as u64).unwrap();
        let outcome = train(engine.as_mut(), data, &run, &MonotonicClock::default(), &mut Silent).unwrap();
        let trial = rows(&workload, &REQUEST);
        let of_run: Vec<_> =
            outcome.rows[1..].iter().map(|row| (row.step, row.samples, row.validation.loss)).collect();
        let of_trial: Vec<_> =
            trial.iter().map(|row| (row.step, row.samples, row.val_loss.unwrap())).collect();
        assert_eq!(of_trial, of_run);
    }

    #[test]
    fn a_hopeless_rate_ends_in_a_row_that_is_not_finite() {
        let (splits, model) = (digits(), Model::mlp(&[16]));
        let trial = rows(&network(&splits, &model), &TrialRequest { learning_rate: 1e30, ..REQUEST });
        assert!(trial.last().is_some_and(TrialRow::diverged));
        assert!(trial.iter().rev().skip(1).all(|row| !row.diverged()));
    }

    /// Else a size beyond the limit is lost to the study, or trains otherwise than one that fits.
    #[test]
    fn a_size_beyond_the_memory_limit_is_reached_by_micro_batches_with_the_same_curve() {
        let (splits, model) = (digits(), Model::mlp(&[64]));
        let free = network(&splits, &model);
        let tight = Network { memory_limit: free.memory_bytes(100), ..free };
        assert_eq!((tight.micro_batch_size(100), tight.micro_batch_size(101)), (None, Some(100)));
        let request = TrialRequest { batch_size: 250, ..REQUEST };
        let (whole, divided) = (rows(&free, &request), rows(&tight, &request));
        assert_eq!(whole.len(), divided.len());
        for (whole, divided) in whole.iter().zip(&divided) {
            assert_eq!((whole.step, whole.samples), (divided.step, divided.samples));
            assert!(
                (whole.val_loss.unwrap() / divided.val_loss.unwrap() - 1.0).abs() < 1e-4,
                "{whole:?} {divided:?}"
            );
        }
        assert!(tight.pace(250, 0.0).is_ok());
        assert_eq!(tight.memory_bytes(250), free.memory_bytes(100));
    }

    /// `--micro-batch-size` wins: it is refused where it does not fit, and not made smaller in
    /// silence.
    #[test]
    fn a_given_micro_batch_beyond_the_memory_limit_does_not_fit() {
        let (splits, model) = (digits(), Model::mlp(&[64]));
        let free = network(&splits, &model);
        let limit = free.memory_bytes(256).unwrap();
        let tight = Network { memory_limit: Some(limit), micro_batch_size: Some(1_000), ..free };
        assert!(tight.start(&TrialRequest { batch_size: 256, ..REQUEST }).is_ok());
        let refused = tight.start(&TrialRequest { batch_size: 257, ..REQUEST }).map(|_| ());
        assert!(
            matches!(&refused, Err(TrialError::DoesNotFit { batch_size: 257, reason }) if reason.ends_with(&format!(" {limit} are available")))
        );
    }

    #[test]
    fn pace_orders_its_interval_and_tells_input_apart() {
        let (splits, model) = (digits(), Model::mlp(&[16]));
        // Many full steps an epoch; three, the last one short; a short one alone.
        for size in [32, 500, 5000] {
            let pace = network(&splits, &model).pace(size, 0.0).unwrap();
            let time = pace.step_time;
            assert!(0.0 < time.low && time.low <= time.median && time.median <= time.high);
            assert!(pace.input_share.is_some_and(|share| 0.0 < share && share < 1.0), "{pace:?}");
            assert_eq!(pace.power, None);
        }
    }

    /// Two full steps of 10 ms and a short one of 1 ms an epoch: with the median, 10 ms, steps x
    /// step time would be 43% too long.
    #[test]
    fn short_steps_count_by_their_number() {
        let time = |median: f64| Some(StepTime { median, low: 0.9 * median, high: 1.2 * median });
        let mean = mean_step(time(10.0), time(1.0), 3).unwrap();
        assert!((mean.median - 7.0).abs() < 1e-12 && (mean.low - 6.3).abs() < 1e-12, "{mean:?}");
        assert!((mean.high - 8.4).abs() < 1e-12, "{mean:?}");
        assert_eq!((mean_step(time(10.0), None, 9), mean_step(None, time(1.0), 1)), (time(10.0), time(1.0)));
        assert_eq!(median(&mut [3.0, 1.0, 2.0]).map(|time| time.median), Some(2.0));
        assert_eq!(median(&mut []), None);
    }
}
