//! Everything that a run needs to go on as if it had never stopped.
//!
//! The sample order, the dropout masks and the learning rate are pure functions of the seed, the
//! epoch and the samples so far, so that a position and a few counters stand for all of them. Left
//! out: the settings of the run and the file (`checkpoint`).

use crate::codec::{Decoder, Encoder, Undecodable};
use crate::plan::OrderPosition;
use crate::record::{RunRow, SplitMetrics};
use crate::verdict::window::Windows;
use batchwright_nn::{EngineState, LossSum};

/// The state of a run between two steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunState {
    /// Weights, moments, updates.
    pub(crate) engine: EngineState,
    pub(crate) progress: Progress,
    pub(crate) watch: WatchState,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Progress {
    /// Where the next batch starts.
    pub(crate) position: OrderPosition,
    pub(crate) steps: u64,
    pub(crate) samples: u64,
    /// Seconds of training, evaluation left out.
    pub(crate) seconds: f64,
    /// Of the last step.
    pub(crate) learning_rate: f64,
    /// How often it went back to its best weights after a number that was not finite.
    pub(crate) retries: u64,
}

/// What a run has seen of its own curve.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WatchState {
    pub(crate) rows: Vec<RunRow>,
    /// Losses of the steps since the last row.
    pub(crate) step_loss: LossSum,
    /// Weights of the lowest validation loss; empty until one is finite.
    pub(crate) best_weights: Vec<f32>,
    pub(crate) windows: Windows,
    /// Loss and samples at the last improvement by more than `min_delta`.
    pub(crate) improved: (f64, u64),
}

impl Default for WatchState {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            step_loss: LossSum::default(),
            best_weights: Vec::new(),
            windows: Windows::default(),
            improved: (f64::INFINITY, 0),
        }
    }
}

impl RunState {
    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.progress.steps
    }

    /// Samples so far.
    pub fn samples(&self) -> u64 {
        self.progress.samples
    }

    /// Seconds of training so far, evaluation left out.
    pub fn seconds(&self) -> f64 {
        self.progress.seconds
    }

    /// Where the next batch starts.
    pub fn position(&self) -> OrderPosition {
        self.progress.position
    }

    /// Every evaluation so far.
    pub fn rows(&self) -> &[RunRow] {
        &self.watch.rows
    }

    /// Weights of the lowest validation loss, in the engine's own order; empty until one was finite.
    pub fn best_weights(&self) -> &[f32] {
        &self.watch.best_weights
    }

    /// Forgets that the run went back to its best weights: it goes on at the whole rate, and may go
    /// back as often as at the start.
    pub fn forget_retries(&mut self) {
        self.progress.retries = 0;
    }

    /// Appends all of it.
    pub(crate) fn encode(&self, encoder: &mut Encoder) {
        let Self { engine, progress, watch } = self;
        let Progress { position, steps, samples, seconds, learning_rate, retries } = progress;
        for count in [position.epoch, position.consumed, *steps, *samples, *retries, engine.updates] {
            encoder.u64(count);
        }
        encoder.f64(*seconds);
        encoder.f64(*learning_rate);
        encoder.f32s(&engine.weights);
        encoder.u64(engine.moments.len() as u64);
        engine.moments.iter().for_each(|moments| encoder.f32s(moments));
        watch.encode(encoder);
    }

    pub(crate) fn decode(decoder: &mut Decoder) -> Result<Self, Undecodable> {
        let position = OrderPosition { epoch: decoder.u64()?, consumed: decoder.u64()? };
        let (steps, samples, retries) = (decoder.u64()?, decoder.u64()?, decoder.u64()?);
        let updates = decoder.u64()?;
        let (seconds, learning_rate) = (decoder.f64()?, decoder.f64()?);
        let weights = decoder.f32s()?;
        let moments = (0..decoder.length(8)?).map(|_| decoder.f32s()).collect::<Result<_, _>>()?;
        Ok(Self {
            engine: EngineState { weights, moments, updates },
            progress: Progress { position, steps, samples, seconds, learning_rate, retries },
            watch: WatchState::decode(decoder)?,
        })
    }
}

impl WatchState {
    fn encode(&self, encoder: &mut Encoder) {
        let Self { rows, step_loss, best_weights, windows, improved } = self;
        encoder.u64(rows.len() as u64);
        rows.iter().for_each(|row| encode_row(row, encoder));
        encoder.f64(step_loss.loss);
        for count in [step_loss.correct, step_loss.predictions, step_loss.samples, improved.1] {
            encoder.u64(count);
        }
        encoder.f64(improved.0);
        encoder.f32s(best_weights);
        windows.encode(encoder);
    }

    fn decode(decoder: &mut Decoder) -> Result<Self, Undecodable> {
        let rows = (0..decoder.length(8)?).map(|_| decode_row(decoder)).collect::<Result<_, _>>()?;
        let loss = decoder.f64()?;
        let (correct, predictions) = (decoder.u64()?, decoder.u64()?);
        let (samples, improved_at) = (decoder.u64()?, decoder.u64()?);
        Ok(Self {
            rows,
            step_loss: LossSum { loss, correct, predictions, samples },
            improved: (decoder.f64()?, improved_at),
            best_weights: decoder.f32s()?,
            windows: Windows::decode(decoder)?,
        })
    }
}

fn encode_row(row: &RunRow, encoder: &mut Encoder) {
    let RunRow { step, epoch, samples, seconds, learning_rate, step_loss, train, validation } = row;
    encoder.u64(*step);
    encoder.u64(*samples);
    for value in [*epoch, *seconds, *learning_rate, train.loss, validation.loss] {
        encoder.f64(value);
    }
    for value in [*step_loss, train.accuracy, validation.accuracy] {
        encoder.optional(value);
    }
}

fn decode_row(decoder: &mut Decoder) -> Result<RunRow, Undecodable> {
    let (step, samples) = (decoder.u64()?, decoder.u64()?);
    let (epoch, seconds, learning_rate) = (decoder.f64()?, decoder.f64()?, decoder.f64()?);
    let (train_loss, validation_loss) = (decoder.f64()?, decoder.f64()?);
    let step_loss = decoder.optional()?;
    let train = SplitMetrics { loss: train_loss, accuracy: decoder.optional()? };
    let validation = SplitMetrics { loss: validation_loss, accuracy: decoder.optional()? };
    Ok(RunRow { step, epoch, samples, seconds, learning_rate, step_loss, train, validation })
}
