//! TensorBoard event files (`events.out.tfevents.*`): the scalars of each event, read while the
//! file grows.
//!
//! An event has a step, a time, and values with tags (`val/loss`):
//! <https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto>. Plain numbers
//! (`simple_value`) are read, and tensors of one number, as TensorFlow 2 writes them.
//!
//! - The step is taken as it was written. Hugging Face writes the updates done; Lightning writes
//!   one less.
//! - Keras writes `epoch_loss` with the number of the epoch, from 0, instead of a step; it is read
//!   as epochs done.
//! - The split may be the name of the folder instead of a part of the tag (Keras: `train/`,
//!   `validation/`).
//! - One event is one row. Most programs write one event per metric, so several rows of one step
//!   follow each other.
//!
//! Left out: everything but numbers; compressed files. A file is read up to a wrong checksum, and
//! the error is reported.

pub(crate) mod protobuf;
pub(crate) mod record;

use crate::read::files::error::FileError;
use crate::read::files::tensorboard::protobuf::{Malformed, Wire, fields};
use crate::read::files::tensorboard::record::NextRecord;
use crate::read::names::{Split, words_of};
use crate::read::row::{Coordinate, RawRow};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Files with this in their names are event files.
pub(crate) const NAME_PART: &str = "tfevents";

/// One event file, and how far it was read.
#[derive(Debug)]
pub(crate) struct EventFile {
    path: PathBuf,
    /// The split that its folder is named after.
    split: Option<String>,
    /// Bytes that were read.
    at: u64,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SummaryEvent {
    /// Seconds since 1970.
    pub(crate) wall_time: f64,
    step: u64,
    /// Tags and values.
    scalars: Vec<(String, f64)>,
}

impl EventFile {
    pub(crate) fn new(path: &Path) -> Self {
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let split = folder.filter(|name| Split::named(&name.to_lowercase()).is_some()).map(str::to_owned);
        Self { path: path.to_owned(), split, at: 0 }
    }

    /// Adds the new events to `events`, up to an error.
    pub(crate) fn poll(&mut self, events: &mut Vec<SummaryEvent>) -> Result<(), FileError> {
        let unreadable =
            |error: std::io::Error| FileError::Unreadable { file: self.path.clone(), kind: error.kind() };
        let file = File::open(&self.path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut file = BufReader::new(file);
        loop {
            match record::next(&mut file, self.at, length).map_err(unreadable)? {
                NextRecord::Record(bytes, next) => {
                    events.push(event(&bytes).map_err(|_| self.damaged())?);
                    self.at = next;
                }
                NextRecord::Long(next) => self.at = next,
                NextRecord::Incomplete => return Ok(()),
                NextRecord::Damaged => return Err(self.damaged()),
            }
        }
    }

    fn damaged(&self) -> FileError {
        FileError::Damaged { file: self.path.clone(), at: self.at }
    }

    /// The row of an event; its seconds count from `start`.
    pub(crate) fn row(&self, event: SummaryEvent, start: f64) -> Option<RawRow> {
        let by_epoch = event.scalars.iter().any(|(tag, _)| tag.starts_with("epoch_"));
        let position = event.step as f64;
        let (step, epoch) = if by_epoch { (None, Some(position + 1.0)) } else { (Some(position), None) };
        let mut row = RawRow { step, epoch, ..RawRow::default() };
        row.set(Coordinate::Seconds, event.wall_time - start);
        let scalars = event.scalars.iter().filter(|(tag, _)| tag != "epoch" && !tag.ends_with("/epoch"));
        scalars.for_each(|(tag, value)| row.put(&self.name(tag), *value));
        (!row.metrics.is_empty()).then_some(row)
    }

    fn name(&self, tag: &str) -> String {
        let has_split = words_of(tag).iter().any(|word| Split::named(word).is_some());
        match &self.split {
            Some(split) if !has_split => format!("{split}/{}", tag.strip_prefix("epoch_").unwrap_or(tag)),
            _ => tag.to_owned(),
        }
    }
}

fn event(bytes: &[u8]) -> Result<SummaryEvent, Malformed> {
    let mut event = SummaryEvent::default();
    for field in fields(bytes) {
        match field? {
            (1, Wire::Fixed64(bytes)) => event.wall_time = f64::from_le_bytes(bytes),
            (2, Wire::Varint(step)) => event.step = step,
            (5, Wire::Bytes(summary)) => event.scalars = summary_scalars(summary)?,
            _ => {}
        }
    }
    Ok(event)
}

fn summary_scalars(summary: &[u8]) -> Result<Vec<(String, f64)>, Malformed> {
    let mut scalars = Vec::new();
    for field in fields(summary) {
        if let (1, Wire::Bytes(value)) = field? {
            scalars.extend(scalar(value)?);
        }
    }
    Ok(scalars)
}

/// A tag and its number; `None` for pictures and other content.
fn scalar(bytes: &[u8]) -> Result<Option<(String, f64)>, Malformed> {
    let (mut tag, mut number) = (String::new(), None);
    for field in fields(bytes) {
        match field? {
            (1, Wire::Bytes(name)) => tag = String::from_utf8_lossy(name).into_owned(),
            (2, Wire::Fixed32(bytes)) => number = Some(f64::from(f32::from_le_bytes(bytes))),
            (8, Wire::Bytes(tensor)) => number = tensor_number(tensor)?,
            _ => {}
        }
    }
    Ok(number.map(|number| (tag, number)))
}

/// The number of a tensor of one 32-bit or 64-bit float: its raw content, or a list of one number.
fn tensor_number(tensor: &[u8]) -> Result<Option<f64>, Malformed> {
    const FLOAT: u64 = 1;
    const DOUBLE: u64 = 2;
    let (mut kind, mut content) = (0, &[][..]);
    let mut list = None;
    for field in fields(tensor) {
        match field? {
            (1, Wire::Varint(number)) => kind = number,
            (4..=6, Wire::Bytes(bytes)) => content = bytes,
            (5, Wire::Fixed32(bytes)) => list = Some(f64::from(f32::from_le_bytes(bytes))),
            (6, Wire::Fixed64(bytes)) => list = Some(f64::from_le_bytes(bytes)),
            _ => {}
        }
    }
    let raw = match kind {
        FLOAT => content.try_into().ok().map(|bytes| f64::from(f32::from_le_bytes(bytes))),
        DOUBLE => content.try_into().ok().map(f64::from_le_bytes),
        _ => None,
    };
    Ok(raw.or(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A tensor as TensorFlow 2 writes a scalar: raw content, or a list of one, packed or not.
    #[test]
    fn tensors_of_one_number_are_read() {
        let half = 0.5_f32.to_le_bytes();
        for (field, bytes) in [
            (4 << 3 | 2, &[&[4], &half[..]].concat()),
            (5 << 3 | 2, &[&[4], &half[..]].concat()),
            (5 << 3 | 5, &half.to_vec()),
        ] {
            assert_eq!(tensor_number(&[&[1 << 3, 1, field], &bytes[..]].concat()), Ok(Some(0.5)));
        }
        let double = [&[1 << 3, 2, 4 << 3 | 2, 8][..], &f64::NEG_INFINITY.to_le_bytes()].concat();
        assert_eq!(tensor_number(&double), Ok(Some(f64::NEG_INFINITY)));
        let two = [&[1 << 3, 1, 4 << 3 | 2, 8][..], &[0; 8]].concat();
        assert_eq!(tensor_number(&two), Ok(None));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0_u8..50], 0..64)) {
            let scalars = summary_scalars(&bytes).unwrap_or_default();
            prop_assert!(scalars.len() <= bytes.len());
            let (event, number) = (event(&bytes), tensor_number(&bytes));
            prop_assert!(!bytes.is_empty() || (event.is_ok() && number == Ok(None)));
        }
    }
}
