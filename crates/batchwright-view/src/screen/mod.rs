//! A run or a study that fills a terminal while it goes on. Its functions draw into the cells of a buffer;
//! the program owns the terminal.
//!
//! - `run`: progress, ledger, verdict so far, curves, last evaluations
//! - `study`: time left, sizes with their probabilities, the map of sizes and rates, trials
//! - `plot`: curves with axes; `map`: the map; `paint`: lines of text, bars and colours
//! - `controls`: what the keys change
//!
//! Everything is told by words and signs too, so it is complete without colours.

pub(crate) mod controls;
mod map;
mod paint;
mod plot;
pub(crate) mod run;
pub(crate) mod study;

pub use crate::screen::controls::{ScreenControls, WatchedFrom};
pub use crate::screen::run::{RunScreen, ScreenVerdict};
pub use crate::screen::study::StudyScreen;
