//! Batchwright trains deep networks by mini-batch and decides the batch size by experiment.
//!
//! This library is the main entry point: it re-exports the crates of which the program consists. If
//! you need only one layer, use its crate alone. A library needs no command line:
//! `batchwright = { version = "0.1", default-features = false }`.
//!
//! ```
//! use batchwright::data::{Dataset, OpenOptions, SplitOptions, Splits, open, sample_shape};
//! use batchwright::nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
//! use batchwright::train::{Duration, MonotonicClock, RunConfig, RunData, Silent, train};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let digits = open(None, &OpenOptions::default())?; // embedded; a path opens images or a table
//! let splits = Splits::new(&digits, &SplitOptions::default())?;
//! let (samples, validation, test) = (&splits.train, &splits.validation, &splits.test);
//!
//! let config = RunConfig { batch_size: 32, duration: Duration::Epochs(5.0), learning_rate: 0.1, ..Default::default() };
//! let options = EngineOptions { micro_batch: 32, ..Default::default() };
//! let mut engine = CpuEngineFactory.build(&Model::mlp(&[64]), sample_shape(samples), &options)?;
//! let data = RunData { validation, test, ..RunData::same(samples) };
//! let run = config.check(samples.len() as u64)?;
//! let outcome = train(engine.as_mut(), data, &run, &MonotonicClock::default(), &mut Silent)?;
//! assert!(outcome.validation.best_loss < 0.5);
//! # Ok(()) }
//! ```
//!
//! - [`data`]: reading samples
//! - [`nn`]: the network
//! - [`train`]: one run
//! - [`find`]: the experiment
//! - [`command`]: any training program as a workload
//! - [`store`]: what is remembered
//! - [`view`]: what is shown
//! - [`serve`]: pages that a browser plays

#![forbid(unsafe_code)]

pub use batchwright_command as command;
pub use batchwright_data as data;
pub use batchwright_find as find;
pub use batchwright_nn as nn;
pub use batchwright_serve as serve;
pub use batchwright_store as store;
pub use batchwright_train as train;
pub use batchwright_view as view;
