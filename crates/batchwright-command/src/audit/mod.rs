//! An audit of a command: a few short runs that show what a trainer does with batch size,
//! micro-batches, epochs, evaluation, schedule and seed. Nothing is stored.
//!
//! ```text
//! audited    answers, as values            observed   what one run showed; two runs compared
//! setting    which runs are possible       inquiry    the runs that were made, each once
//! equality, epochs, horizon                the questions: from runs to answers
//! run        runs of a command         two_epochs the runs that show the steps of an epoch
//! ```
//!
//! Every question is answered from the difference of two runs that should be alike. What is alike is
//! not guessed: the same command run twice shows the rounding, another seed shows the chance.
//!
//! Left out: words for the answers (`batchwright-view`).

pub(crate) mod audited;
mod epochs;
mod equality;
mod horizon;
mod inquiry;
mod observed;
mod run;
mod setting;
#[cfg(test)]
mod simulated;
mod two_epochs;
