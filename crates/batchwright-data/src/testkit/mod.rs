//! What tests of this crate and of those above it share. Only with the feature `testkit`.

mod faulty_disk;
mod image_files;

pub use faulty_disk::{Fault, FaultyDisk, Names};
pub use image_files::{jpeg_file, png_file, png_file_of};
