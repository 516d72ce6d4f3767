//! The form of a place, opened: whether it can be written there is known from then on.

use crate::tracking::mlflow::MlflowDatabase;
use crate::tracking::place::{LogPlace, TrackingProgram};
use crate::tracking::tensorboard::folder::EventFolder;
use crate::tracking::tracker::Tracker;
use crate::tracking::trackio::{TrackioDatabase, foreign_neighbour};
use anyhow::Result;
use batchwright_view::UsageMessage;

/// Refuses places that cannot be written, or in which a program would not find what was written.
///
/// # Errors
/// As [`open`]; [`UsageMessage::TrackioNeighbour`].
pub(crate) fn check_places(places: &[LogPlace]) -> Result<()> {
    for place in places {
        refuse_neighbour(place)?;
        open(place)?;
    }
    // Now all are there, and may be in the way of each other.
    places.iter().try_for_each(refuse_neighbour)
}

fn refuse_neighbour(place: &LogPlace) -> Result<()> {
    if place.program == TrackingProgram::Trackio
        && let Some(other) = foreign_neighbour(&place.path)
    {
        let [database, other] = [&place.path, &other].map(|path| path.display().to_string());
        return Err(UsageMessage::TrackioNeighbour { database, other }.into());
    }
    Ok(())
}

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
