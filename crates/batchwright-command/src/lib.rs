//! Any training program in any language as a workload of a study: it is run as a child process, and
//! its rows are read from what it prints and writes.
//!
//! ```text
//! system     what /proc and control groups tell
//! process/   command line, child, lines, end      knows nothing of metrics
//! read/      from lines and files to rows         knows nothing of processes
//!
//! settings   how a command is run and read        step_time  the time of a step, from rows
//! devices    which trial runs on which device     time_of_day  seconds of a clock that shows it
//! counting   samples, steps and epochs of rows
//! averaging  a training loss over equal samples   doubts     what is doubtful about a program
//! rows       which rows count, and by which clock  context    what all trials of a workload share
//! launch     starts the child of a trial          trial      one training: rows until its end
//! workload   the workload of a study              probe      whether a size runs
//! check/     what could be read of a command
//! audit/     what a command does with batch size, micro-batches, epochs and seed
//! ```
//!
//! A file imports only from lines above its own, or from its left. Left out: everything about
//! choosing (strategies, the verdict); a command is a workload like any other.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod audit;
#[cfg(unix)]
mod averaging;
#[cfg(unix)]
mod check;
#[cfg(unix)]
mod context;
#[cfg(unix)]
mod counting;
#[cfg(unix)]
mod devices;
#[cfg(unix)]
mod doubts;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod probe;
#[cfg(unix)]
pub mod process;
pub mod read;
#[cfg(unix)]
mod rows;
#[cfg(unix)]
mod settings;
#[cfg(unix)]
mod step_time;
pub mod system;
#[cfg(unix)]
mod time_of_day;
#[cfg(unix)]
mod trial;
#[cfg(unix)]
mod workload;

#[cfg(unix)]
pub use crate::audit::audited::{
    AuditAnswer, AuditEvidence, AuditJudgement, AuditNeed, AuditQuestion, AuditRun, Audited, CurveGap,
    PairedGap,
};
#[cfg(unix)]
pub use crate::check::checked::{CheckEnd, Checked, CheckedSize, Finding};
#[cfg(unix)]
pub use crate::probe::ProbeSizes;
#[cfg(unix)]
pub use crate::settings::CommandSettings;
#[cfg(unix)]
pub use crate::workload::CommandWorkload;
