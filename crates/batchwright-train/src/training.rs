//! One run from its first step, or from where it was interrupted, to its verdict: steps, evaluations,
//! saved states, retries.
//!
//! Left out: what is made of an evaluation (`watch`), how a state is saved (`checkpoint/`).

use crate::clock::Clock;
use crate::config::{CheckedRun, RunEnd};
use crate::error::TrainError;
use crate::observer::{Observer, RunEvent};
use crate::record::StoppedBy;
use crate::run::{RunData, RunOutcome};
use crate::saver::{SavePoint, Saver, Unsaved};
use crate::state::RunState;
use crate::stepper::Stepper;
use crate::watch::Watch;
use batchwright_nn::{Engine, EngineState, Update};

/// Trains `engine` by the settings of `run`. It ends with the best weights (lowest validation loss
/// at an evaluation) in the engine.
///
/// # Errors
/// [`TrainError`] where data, engine and run do not belong together. Divergence is an outcome, not
/// an error.
pub fn train(
    engine: &mut dyn Engine,
    data: RunData,
    run: &CheckedRun,
    clock: &dyn Clock,
    observer: &mut dyn Observer,
) -> Result<RunOutcome, TrainError> {
    train_saved(engine, data, run, None, &mut Unsaved, clock, observer)
}

/// As [`train`], from `start` on if it is given, with its state saved by `saver`. From any state of
/// a run, the rest is what it would have been without the interruption, bit for bit, but for
/// seconds; the observer is told only of what is new.
///
/// # Errors
/// As [`train`]; [`TrainError::Network`] also if `start` is of another network or optimizer; and the
/// error of the first save.
pub fn train_saved(
    engine: &mut dyn Engine,
    data: RunData,
    run: &CheckedRun,
    start: Option<RunState>,
    saver: &mut dyn Saver,
    clock: &dyn Clock,
    observer: &mut dyn Observer,
) -> Result<RunOutcome, TrainError> {
    observer.event(RunEvent::Started { plan: run.plan() });
    let mut training = Training::new(engine, data, run, start)?;
    let resumed = !training.state.watch.rows.is_empty();
    if !resumed {
        training.evaluate(observer)?;
    }
    training.save(SavePoint::Start, saver)?;
    if resumed {
        observer.event(RunEvent::Resumed(&training.state));
    }
    let stopped_by = match training.ended_before()? {
        Some(stopped_by) => stopped_by,
        None => training.train(saver, clock, observer)?,
    };
    training.watch.finish(training.engine, &training.state, stopped_by)
}

/// A run under way.
struct Training<'a> {
    engine: &'a mut dyn Engine,
    data: RunData<'a>,
    run: &'a CheckedRun,
    stepper: Stepper,
    watch: Watch<'a>,
    /// The engine's part of it is as old as the last save.
    state: RunState,
}

impl<'a> Training<'a> {
    fn new(
        engine: &'a mut dyn Engine,
        data: RunData<'a>,
        run: &'a CheckedRun,
        start: Option<RunState>,
    ) -> Result<Self, TrainError> {
        // With room for every size.
        let mut stepper = Stepper::new(run.sizes.largest(), run.seed, data.train, engine)?;
        let watch = Watch::new(data, run, engine);
        let state = start.unwrap_or_default();
        if !state.watch.rows.is_empty() {
            engine.load_state(&state.engine)?;
            stepper.go_to(state.progress.position, state.progress.steps, state.progress.samples)?;
        }
        Ok(Self { engine, data, run, stepper, watch, state })
    }

    fn evaluate(&mut self, observer: &mut dyn Observer) -> Result<(), TrainError> {
        self.watch.evaluate(self.engine, &self.state.progress, &mut self.state.watch)?;
        if let Some(row) = self.state.watch.rows.last() {
            observer.event(RunEvent::Row(row));
        }
        if observer.wants_verdicts() {
            let verdict = self.watch.verdict_so_far(&self.state.watch);
            observer.event(RunEvent::VerdictSoFar(&verdict));
        }
        Ok(())
    }

    fn save(&mut self, point: SavePoint, saver: &mut dyn Saver) -> Result<(), TrainError> {
        self.engine.copy_state(&mut self.state.engine);
        saver.save(point, &self.state, self.engine)
    }

    /// Why the run had ended when its state was saved: at the last evaluation.
    fn ended_before(&mut self) -> Result<Option<StoppedBy>, TrainError> {
        // Of a state between two evaluations the last one tells nothing new, one before the first
        // step ends nothing, and a run that went back after one that was not finite goes on.
        let at = self.state.watch.rows.last().map(|row| row.step).filter(|&step| step > 0);
        if at != Some(self.state.progress.steps) {
            return Ok(None);
        }
        let early = || self.watch.stopped_by(&self.state.watch).filter(|&by| by != StoppedBy::Diverged);
        let stopped_by = self.is_over().then_some(StoppedBy::Duration).or_else(early);
        if stopped_by.is_some() {
            self.watch.evaluate_again(self.engine)?;
        }
        Ok(stopped_by)
    }

    /// Trains until the run is over, and saves its last state.
    fn train(
        &mut self,
        saver: &mut dyn Saver,
        clock: &dyn Clock,
        observer: &mut dyn Observer,
    ) -> Result<StoppedBy, TrainError> {
        loop {
            let stopped_by = self.train_until_evaluation(saver, clock, observer)?;
            if matches!(stopped_by, Some(StoppedBy::Duration | StoppedBy::Signal)) {
                self.save_end(saver, observer);
            }
            self.evaluate(observer)?;
            match stopped_by.or_else(|| self.watch.stopped_by(&self.state.watch)) {
                Some(StoppedBy::Diverged) if self.retry(observer)? => {}
                Some(stopped_by) => {
                    match stopped_by {
                        StoppedBy::Duration | StoppedBy::Signal => {}
                        StoppedBy::Target | StoppedBy::Patience => self.save_end(saver, observer),
                        // Its weights may not be finite: the checkpoint before stays the last.
                        StoppedBy::Diverged => report(saver.finish(), observer),
                    }
                    return Ok(stopped_by);
                }
                None => {}
            }
        }
    }

    fn save_end(&mut self, saver: &mut dyn Saver, observer: &mut dyn Observer) {
        report(saver.finish(), observer);
        report(self.save(SavePoint::End, saver), observer);
    }

    /// Trains to the next evaluation, or until the run is over: then why.
    fn train_until_evaluation(
        &mut self,
        saver: &mut dyn Saver,
        clock: &dyn Clock,
        observer: &mut dyn Observer,
    ) -> Result<Option<StoppedBy>, TrainError> {
        let (started, seconds_before) = (clock.now(), self.state.progress.seconds);
        let evaluated = self.state.watch.rows.last().map_or(0, |row| row.samples);
        let next = (evaluated / self.run.eval_samples + 1).saturating_mul(self.run.eval_samples);
        // A state may have been saved after the last step of all.
        let mut stopped_by = self.is_over().then_some(StoppedBy::Duration);
        while stopped_by.is_none() && self.stepper.samples() < next {
            let update = self.step(observer, &|| seconds_before + (clock.now() - started).as_secs_f64())?;
            stopped_by = if update == Update::NotFinite {
                Some(StoppedBy::Diverged)
            } else if self.is_over() {
                Some(StoppedBy::Duration)
            } else {
                observer.should_stop().then_some(StoppedBy::Signal)
            };
            if stopped_by.is_none() && saver.is_due(&self.state) {
                report(self.save(SavePoint::Between, saver), observer);
            }
            if let Some(error) = saver.failure() {
                observer.event(RunEvent::Unsaved(&error));
            }
        }
        Ok(stopped_by)
    }

    fn step(&mut self, observer: &mut dyn Observer, seconds: &dyn Fn() -> f64) -> Result<Update, TrainError> {
        let Self { stepper, run, state, .. } = self;
        stepper.use_batching(run.sizes.at(stepper.samples()));
        let factor = run.schedule.step_factor(stepper.samples(), stepper.next_samples());
        // Halved at each retry; exact, as it is a power of two.
        let halved = 0.5f64.powi(i32::try_from(state.progress.retries).unwrap_or(i32::MAX));
        let learning_rate = run.learning_rate * factor * halved;
        let step = stepper.step(self.engine, self.data.train, learning_rate)?;
        state.watch.step_loss.add(step.loss);
        state.progress.learning_rate = learning_rate;
        state.progress.position = stepper.position();
        state.progress.steps = stepper.steps();
        state.progress.samples = stepper.samples();
        state.progress.seconds = seconds();
        observer.event(RunEvent::Step {
            step: stepper.steps(),
            samples: stepper.samples(),
            loss: step.loss.mean(),
        });
        Ok(step.update)
    }

    fn is_over(&self) -> bool {
        match self.run.end {
            RunEnd::Samples(samples) => self.stepper.samples() >= samples,
            RunEnd::Seconds(seconds) => self.state.progress.seconds >= seconds,
        }
    }

    /// After a number that is not finite: the best weights again, a fresh optimizer, half the rate.
    /// The order of the samples goes on. `false` where no retry is left or no weights are good.
    fn retry(&mut self, observer: &mut dyn Observer) -> Result<bool, TrainError> {
        let best = &self.state.watch.best_weights;
        if self.state.progress.retries >= self.run.retries || best.is_empty() || self.is_over() {
            return Ok(false);
        }
        self.engine.copy_state(&mut self.state.engine);
        let EngineState { weights, moments, updates } = &mut self.state.engine;
        weights.clone_from(best);
        moments.iter_mut().for_each(|moments| moments.fill(0.0));
        *updates = 0;
        self.engine.load_state(&self.state.engine)?;
        self.state.progress.retries += 1;
        observer.event(RunEvent::Retried {
            step: self.state.progress.steps,
            retry: self.state.progress.retries,
            of: self.run.retries,
        });
        Ok(true)
    }
}

fn report(saved: Result<(), TrainError>, observer: &mut dyn Observer) {
    if let Err(error) = saved {
        observer.event(RunEvent::Unsaved(&error));
    }
}
