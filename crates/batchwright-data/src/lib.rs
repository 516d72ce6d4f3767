//! Reads samples from a file, or from the data set that comes with the crate, and makes normalised
//! mini-batches of them in an exact order.
//!
//! It opens images (folders of PNG and JPEG files, CIFAR and IDX files) and tables (CSV and its
//! relatives), splits them from a seed, fits the normalisation on the training split only, changes
//! training images at random if asked to, and fills reused batches without allocating. It is not for
//! data that does not fit into memory, or for fetching anything from the network.
//!
//! ```
//! use batchwright_data::{Batch, Dataset, OpenOptions, SampleOrder, SplitOptions, Splits, open, sample_shape};
//!
//! let source = open(None, &OpenOptions::default())?; // the embedded digits; a path opens images or a table
//! let splits = Splits::new(&source, &SplitOptions { seed: 1, ..Default::default() })?;
//! let train = &splits.train;
//! assert_eq!((train.len(), splits.validation.len(), splits.test.len()), (1455, 162, 180));
//!
//! let mut order = SampleOrder::new(1, train.len() as u32);
//! let mut batch = Batch::with_capacity(100, sample_shape(train));
//! let mut steps = 0;
//! for indices in order.epoch(0).chunks(100) {
//!     train.gather(indices, 0, &mut batch); // inputs [B, 64], targets [B]
//!     steps += 1;
//! }
//! assert_eq!((steps, batch.len()), (15, 55)); // the last batch is shorter
//! # Ok::<(), batchwright_data::DataError>(())
//! ```
//!
//! The files, in the order in which data flows:
//!
//! ```text
//! open.rs             path -> Source              error.rs   what can be wrong with data
//!   images/digits.rs    embedded digits           remark.rs  what was assumed and left out
//!   images/idx.rs       folders of IDX files                 regular_file.rs  reading regular files only
//!   images/cifar.rs     folders of CIFAR files
//!   images/image_folder.rs  folders of PNG and JPEG files: class_folders.rs which files there are,
//!                       image_file.rs one file, picture.rs and resize.rs what is done to it
//!   text/               any encoding -> UTF-8     write.rs   saving a file whole or not at all
//!   csv/file.rs         layout, names, rows       random.rs  counter-based random numbers
//!                                               folder.rs  making a folder that stays
//!   csv/schema.rs       first pass: what each     options.rs how a table is to be read
//!                       column holds              task.rs    classes or numbers
//!   csv/read_table.rs   second pass: typed columns          disk.rs    the operations that this takes
//! source.rs           a whole data set, raw (images/mod.rs, table.rs)
//! describe.rs         counts, balance, missing values, contact sheet
//! split.rs            Source -> training, validation, test
//! encode/mod.rs       raw -> network input, fitted on training, saved with the model
//! subset.rs           samples as the network sees them (encode/encoder.rs: the inner loop)
//! augment.rs          training images, changed by (seed, sample, epoch)
//! order.rs            (seed, epoch) -> order of the samples
//! dataset.rs          Dataset and Batch: what training asks of data
//! arrays.rs           a dataset over slices in memory, for programs that bring their own
//! testkit/            a disk that fails, for tests, with the feature of this name
//! ```

#![forbid(unsafe_code)]

mod arrays;
mod augment;
mod column_names;
mod csv;
mod dataset;
mod delimiter;
mod describe;
mod disk;
mod encode;
mod error;
mod folder;
mod image_size;
mod images;
mod open;
mod options;
mod order;
mod problem;
mod random;
mod regular_file;
mod remark;
mod source;
mod split;
mod subset;
mod table;
mod task;
#[cfg(feature = "testkit")]
pub mod testkit;
mod text;
mod write;

pub use crate::arrays::Arrays;
pub use crate::augment::{Augmentation, AugmentationError, Augmented};
pub use crate::column_names::ColumnNames;
pub use crate::csv::number::NumberForm;
pub use crate::dataset::{Batch, Dataset, ImageShape, InputKind, Inputs, SampleShape, Targets, sample_shape};
pub use crate::delimiter::Delimiter;
pub use crate::describe::{
    ClassCount, ColumnContent, ColumnDescription, Description, Image, Range, contact_sheet, describe,
};
pub use crate::disk::{Disk, OpenFile, RealDisk};
pub use crate::encode::pixel_scale::PixelScale;
pub use crate::encode::scale::ColumnScale;
pub use crate::encode::{ColumnEncoding, ColumnKind, Encoding, InputEncoding, TargetEncoding};
pub use crate::error::DataError;
pub use crate::folder::create_folder;
pub use crate::image_size::{ImageSize, ImageSizeError};
pub use crate::images::Images;
pub use crate::images::digits::DIGITS_NOTICE;
pub use crate::open::{STANDARD_INPUT, open, open_labelled, open_to_describe, open_unlabelled};
pub use crate::options::{FileOptions, OpenOptions};
pub use crate::order::SampleOrder;
pub use crate::problem::{ColumnRemedy, DimensionProblem, SettingProblem};
pub use crate::random::{Domain, RandomStream};
pub use crate::remark::DataRemark;
pub use crate::source::{Labels, RawInputs, Source};
pub use crate::split::{SplitOptions, Splits};
pub use crate::subset::Subset;
pub use crate::table::{Column, ColumnValues, NO_CATEGORY, Table};
pub use crate::task::{Task, TaskKind};
pub use crate::text::encoding::TextEncoding;
pub use crate::write::{WriteError, check_writable, is_scratch, write_atomic, write_atomic_on};
