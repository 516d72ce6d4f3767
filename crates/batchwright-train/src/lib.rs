//! One training run.

mod clock;
mod config;
mod duration;
mod error;
mod model_file;
mod observer;
mod plan;
mod record;
mod run;
mod schedule;
mod stepper;
mod verdict;

pub use clock::{Clock, MonotonicClock};
pub use config::{CheckedRun, End, Goal, RunConfig, starting_learning_rate};
pub use duration::Duration;
pub use error::TrainError;
pub use model_file::SavedModel;
pub use observer::{Event, Observer, Silent};
pub use plan::{Batching, Plan, Position};
pub use record::*;
pub use run::{RunData, RunOutcome, train};
pub use schedule::{Decay, Schedule};
pub use stepper::{Evaluator, Step, Stepper};
