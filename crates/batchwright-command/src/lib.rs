//! What is trained by a command of the user's: any program in any language.
//!
//! ```text
//! process/   the command line, the child, its streams, its end      knows nothing of metrics
//! report/    from lines and files to rows                           knows nothing of processes
//! workload   the workload: what is run, and where                   trial      one training: rows until its end
//! rows       where a row stands, and by which clock
//! step_time  the time of a step, from rows                          fit        the largest size that runs
//! devices    which trial runs on which accelerator                  check      what would be read of a command
//! checked    what a check showed, as values                         findings   what keeps a study from it, or makes it weaker
//! ```
//!
//! Left out: everything about choosing (`strategy`, `verdict`); a command is a workload like any other.

#[cfg(unix)]
mod check;
#[cfg(unix)]
mod devices;
#[cfg(unix)]
mod probe;
#[cfg(unix)]
pub mod process;
pub mod read;
#[cfg(unix)]
mod rows;
mod settings;
#[cfg(unix)]
mod step_time;
#[cfg(unix)]
mod trial;
#[cfg(unix)]
mod workload;

pub use crate::check::checked::{CheckEnd, Checked, Finding};
#[cfg(unix)]
pub use crate::settings::CommandSettings;
#[cfg(unix)]
pub use crate::workload::CommandWorkload;
