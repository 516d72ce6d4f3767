//! Runs in the form of the programs in which people look at trainings: event files of TensorBoard,
//! the databases of MLflow and of trackio; for a stored run as a whole, or row by row while it trains.
//!
//! ```text
//! place        where a log goes: a program and a path
//! run          a run as these programs know it: parameters, points, an end
//! trials       the trials of a study as such runs
//! tracker      what each form can do: take a run whole, or row by row
//! tensorboard/ event files       database  what both databases have in common
//! mlflow       its database      trackio   its database
//! open         the form of a place
//! log          the log of a run that trains, which never ends the training
//! study_log    the log of a study, trial by trial
//! texts        what is told of logs
//! ```
//!
//! A file imports only from lines above its own. What these forms promise is in `docs/EXPORT.md`.
//! Left out: reading them (`batchwright-command` reads event files of other programs).

pub(crate) mod database;
pub(crate) mod log;
pub(crate) mod mlflow;
pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod run;
pub(crate) mod study_log;
pub(crate) mod tensorboard;
pub(crate) mod texts;
pub(crate) mod tracker;
pub(crate) mod trackio;
pub(crate) mod trials;
