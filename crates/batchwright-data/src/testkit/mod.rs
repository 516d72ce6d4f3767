//! What tests of this crate and of those above it share. Only with the feature `testkit`.

mod faulty_disk;

pub use faulty_disk::{Fault, FaultyDisk, Names};
