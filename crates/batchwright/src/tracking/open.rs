//! The form of a place, opened: whether it can be written there is known from then on.

use crate::tracking::mlflow::MlflowDatabase;
use crate::tracking::place::{LogPlace, TrackingProgram};
use crate::tracking::tensorboard::folder::EventFolder;
use crate::tracking::tracker::Tracker;
use crate::tracking::trackio::TrackioDatabase;
use anyhow::Result;

/// Opens a place, and makes it where it is missing.
///
/// # Errors
/// If it cannot be written, or holds something of another program.
pub(crate) fn open(place: &LogPlace) -> Result<Box<dyn Tracker>> {
    Ok(match place.program {
        TrackingProgram::Tensorboard => Box::new(EventFolder::open(&place.path)?),
        TrackingProgram::Mlflow => Box::new(MlflowDatabase::open(&place.path)?),
        TrackingProgram::Trackio => Box::new(TrackioDatabase::open(&place.path)?),
    })
}
