//! The workload that trains our own networks in this process. Trials run on one thread each; step
//! times are measured with all threads.
//!
//! - this file: [`Network`] and its trials
//! - `step_timing`: measuring steps
//! - `instruments`: input time and power of the measured steps
//!
//! Results do not depend on the number of threads. So steps can be counted with one core per trial,
//! while the step time is that of a training that uses the whole machine.

pub(crate) mod instruments;
pub(crate) mod step_timing;

use crate::trial::energy::{EnergyCounters, EnergyError};
use crate::trial::step_cost::StepMeasurement;
use crate::trial::{Trial, TrialError, TrialRequest, TrialRow, Workload};
use batchwright_data::{Augmentation, Augmented, Dataset, sample_shape};
use batchwright_nn::{
    BETA2_BATCH_SIZE, Engine, EngineFactory, EngineOptions, MemoryPlan, Model, NnError, Optimizer, Precision,
    Update,
};
use batchwright_train::{
    Batching, Clock, Evaluator, MonotonicClock, Stepper, TrainError, micro_batch_size,
    starting_learning_rate, tokens_per_sample,
};

/// A network and its data, to be trained at any batch size.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// Plans and builds the engines that it is trained on.
    pub engines: &'a dyn EngineFactory,
    /// The network.
    pub model: &'a Model,
    /// The training data.
    pub train: &'a dyn Dataset,
    /// How training images are changed each time they are drawn.
    pub augmentation: Option<Augmentation>,
    /// The data for the metrics.
    pub validation: &'a dyn Dataset,
    /// Optimizer settings for batch size 32 (see [`Optimizer::for_batch_size`]).
    pub optimizer: Optimizer,
    /// Longest gradient that is applied unchanged; a longer one is clipped.
    pub clip_norm: Option<f64>,
    /// What the factors of products are rounded to in training.
    pub precision: Precision,
    /// Most samples per forward/backward pass. Larger batches accumulate gradients.
    pub micro_batch_size: Option<u64>,
    /// Leave out the last batch of an epoch if it is short.
    pub drop_last: bool,
    /// Threads of the training for which the step time is measured.
    pub threads: usize,
    /// Bytes that a training may use.
    pub memory_limit: Option<u64>,
    /// Energy counters of the machine, or why there are none.
    pub energy: &'a Result<EnergyCounters, EnergyError>,
}

impl Network<'_> {
    /// The training data as a run with this seed draws them.
    fn drawn(&self, seed: u64) -> Augmented<'_> {
        Augmented::new(self.train, self.augmentation, seed)
    }

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
        // Planned for all threads, so that trials and step time measurements divide a batch in the
        // same way.
        let options =
            EngineOptions { optimizer: self.optimizer, threads: self.threads, ..EngineOptions::default() };
        self.plan(&options)?.largest_micro_batch(limit)
    }

    /// Memory of an engine; `None` where model and options do not belong together.
    fn plan(&self, options: &EngineOptions) -> Option<MemoryPlan> {
        self.engines.plan(self.model, sample_shape(self.train), options).ok()
    }

    /// Optimizer settings that must not favour a size: beta2 and the decay of AdamW are kept
    /// constant in samples.
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
            isa: None,
            precision: self.precision,
            gradient_norms: false,
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

    fn tokens_per_sample(&self) -> Option<u64> {
        tokens_per_sample(self.train)
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

    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        self.measure_alone(batch_size, seconds)
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
        let accuracy = self.train.task().has_accuracy().then(|| "val_accuracy".to_owned());
        std::iter::once("val_loss".to_owned()).chain(accuracy).collect()
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
        let train = self.network.drawn(self.request.seed);
        while !self.over && self.stepper.samples() < next {
            let step = self
                .stepper
                .step(self.engine.as_mut(), &train, self.request.learning_rate)
                .map_err(failed)?;
            diverged = step.update == Update::NotFinite;
            self.over = diverged || self.stepper.samples() >= self.request.max_samples;
        }
        self.seconds += clock.now().as_secs_f64();
        let validation =
            self.evaluator.evaluate(self.engine.as_mut(), self.network.validation).map_err(failed)?;
        self.over |= !validation.loss.is_finite();
        let has_accuracy = self.network.train.task().has_accuracy();
        Ok(Some(TrialRow {
            step: self.stepper.steps(),
            epoch: Some(self.stepper.samples() as f64 / self.network.train.len() as f64),
            samples: self.stepper.samples(),
            seconds: self.seconds,
            val_loss: Some(if diverged { f64::NAN } else { validation.mean() }),
            val_accuracy: has_accuracy.then(|| validation.accuracy()),
            own: None,
        }))
    }

    fn can_pause(&self) -> bool {
        true
    }
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
            augmentation: None,
            validation: &splits.validation,
            optimizer: Optimizer::default(),
            clip_norm: None,
            precision: Precision::F32,
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

    /// A trial must be the same training as a run of `train`. Otherwise `find` would decide about
    /// another training.
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
            unit: 1.0,
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

    /// Otherwise a size beyond the limit would be lost to the study, or would train differently
    /// from one that fits.
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
        assert!(tight.measure_steps(250, 0.0).is_ok());
        assert_eq!(tight.memory_bytes(250), free.memory_bytes(100));
    }

    /// `--micro-batch-size` has priority: it is refused if it does not fit, and never reduced
    /// without an error.
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
    fn a_measurement_orders_its_interval_and_tells_input_apart() {
        let (splits, model) = (digits(), Model::mlp(&[16]));
        // Many full steps an epoch; three, the last one short; a short one alone.
        for size in [32, 500, 5000] {
            let measured = network(&splits, &model).measure_steps(size, 0.0).unwrap();
            let time = measured.step_time;
            assert!(0.0 < time.low && time.low <= time.median && time.median <= time.high);
            assert!(measured.input_share.is_some_and(|share| 0.0 < share && share < 1.0), "{measured:?}");
            assert_eq!(measured.power, None);
        }
    }
}
