//! A trained model in one file: weights, what the network looks like, and how raw data becomes its
//! input. One file, so that the parts cannot disagree.
//!
//! The format is safetensors; weights are named and shaped as PyTorch's `nn.Sequential` would, the
//! rest is JSON in the header's metadata under `batchwright`. It begins with a checksum: the CRC-32
//! of the whole file with eight zeros in its place, so that every flipped byte is noticed, in the
//! header too. There is no time, path or host in the file: equal trainings give equal files. Not
//! here: optimizer state and position, which resuming needs (`checkpoint/`).

use crate::error::TrainError;
use crate::problem::ModelFileProblem;
use crate::whole_file::read_rest;
use batchwright_data::{Encoding, write_atomic};
use batchwright_nn::{Engine, EngineFactory, EngineOptions, Model, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

/// Key of our part of the metadata.
const KEY: &str = "batchwright";
/// Version of the metadata. Files of version 1 have no checksum.
const VERSION: u32 = 2;
/// What the checksum is while it is being computed.
const NO_CHECKSUM: &str = "00000000";
/// What stands before the checksum in the file: JSON within JSON.
const BEFORE_CHECKSUM: &[u8] = br#"\"checksum\":\""#;

/// A model as it is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedModel {
    /// What the network looks like.
    pub model: Model,
    /// How raw data becomes its input, and its output an answer.
    pub encoding: Encoding,
    /// Seed of the split that it was trained on, so that an evaluation knows which samples it has
    /// not seen.
    pub split_seed: u64,
    /// Its weights, all finite.
    pub tensors: Vec<Tensor>,
    /// Whether a checksum has shown that it is as it was written. Not so for a file of version 1.
    pub verified: bool,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    /// First, so that no text of a user's comes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
    version: u32,
    model: Model,
    encoding: Encoding,
    split_seed: u64,
}

impl SavedModel {
    /// The weights of `engine` at this moment, with what is needed to use them.
    pub fn of(engine: &dyn Engine, model: &Model, encoding: &Encoding, split_seed: u64) -> Self {
        let (model, encoding) = (model.clone(), encoding.clone());
        Self { model, encoding, split_seed, tensors: engine.tensors(), verified: true }
    }

    /// Saves the model at `path`: after a kill or a full disk, `path` holds the old file or the new
    /// one (see [`write_atomic`]).
    ///
    /// # Errors
    /// [`TrainError::File`] naming the path; [`TrainError::Model`] for weights that are not finite.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        write_atomic(path, &self.clone().into_bytes(path)?).map_err(|error| TrainError::File {
            path: error.path,
            action: "write the model",
            source: error.source,
        })
    }

    /// The bytes of the file; `path` is for the error. At no time there are more than two copies of the
    /// weights, this one included.
    pub(crate) fn into_bytes(self, path: &Path) -> Result<Vec<u8>, TrainError> {
        let refuse = |problem| TrainError::Model { path: path.to_owned(), problem };
        self.refuse_not_finite().map_err(refuse)?;
        let metadata = Metadata {
            checksum: Some(NO_CHECKSUM.to_owned()),
            version: VERSION,
            model: self.model,
            encoding: self.encoding,
            split_seed: self.split_seed,
        };
        let metadata = serde_json::to_string(&metadata)
            .map_err(|error| refuse(ModelFileProblem::Metadata(error.to_string())))?;
        let tensors: Vec<_> = self.tensors.into_iter().map(as_bytes).collect();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
            view.map(|view| (name.as_str(), view))
                .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))
        });
        let views: Vec<_> = views.collect::<Result<_, _>>()?;
        let metadata = HashMap::from([(KEY.to_owned(), metadata)]);
        let mut bytes = safetensors::serialize(views, Some(metadata))
            .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))?;
        let place = place_of_checksum(&bytes).ok_or_else(|| refuse(ModelFileProblem::NoChecksum))?;
        let checksum = checksum(&bytes);
        bytes[place].copy_from_slice(checksum.as_bytes());
        Ok(bytes)
    }

    fn refuse_not_finite(&self) -> Result<(), ModelFileProblem> {
        let not_finite = |tensor: &&Tensor| !tensor.data.iter().all(|value| value.is_finite());
        match self.tensors.iter().find(not_finite) {
            Some(tensor) => Err(ModelFileProblem::NotFinite { tensor: tensor.name.clone() }),
            None => Ok(()),
        }
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`TrainError::File`] if it cannot be read, [`TrainError::Model`] if it is damaged or was
    /// written by another program.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        Self::load_within(path, None)
    }

    /// [`SavedModel::load`] within so many bytes of memory, where that is known. The header is looked
    /// at before the weights are read.
    ///
    /// # Errors
    /// As [`SavedModel::load`].
    pub fn load_within(path: &Path, memory: Option<u64>) -> Result<Self, TrainError> {
        let failed = |source| TrainError::File { path: path.to_owned(), action: "read the model", source };
        let refuse = |problem| TrainError::Model { path: path.to_owned(), problem };
        let about = std::fs::metadata(path).map_err(failed)?;
        if !about.is_file() {
            // A pipe or a device would be read for ever.
            return Err(refuse(ModelFileProblem::NotAFile));
        }
        let mut file = File::open(path).map_err(failed)?;
        let start = read_header(&mut file, about.len()).map_err(failed)?;
        check_header(&start, about.len(), memory).map_err(refuse)?;
        let bytes = read_rest(&mut file, start, about.len()).map_err(failed)?;
        let file = SafeTensors::deserialize(&bytes)
            .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))?;
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))?;
        let ours = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let ours = ours.ok_or_else(|| refuse(ModelFileProblem::Foreign { key: KEY }))?;
        let metadata: Metadata = serde_json::from_str(ours)
            .map_err(|error| refuse(ModelFileProblem::Metadata(error.to_string())))?;
        let verified = match &metadata.checksum {
            Some(checksum) => verify(&bytes, checksum).map_err(refuse)?,
            None if metadata.version == 1 => false,
            None => return Err(refuse(ModelFileProblem::NoChecksum)),
        };
        if !(1..=VERSION).contains(&metadata.version) {
            return Err(refuse(ModelFileProblem::Version {
                found: metadata.version.into(),
                known: VERSION.into(),
            }));
        }
        let tensors = file.iter().map(|(name, view)| match view.dtype() {
            Dtype::F32 => Ok(tensor(name, &view)),
            other => Err(refuse(ModelFileProblem::NumberType {
                tensor: name.to_owned(),
                found: format!("{other:?}"),
            })),
        });
        let loaded = Self {
            model: metadata.model,
            encoding: metadata.encoding,
            split_seed: metadata.split_seed,
            tensors: tensors.collect::<Result<_, _>>()?,
            verified,
        };
        loaded.refuse_not_finite().map_err(refuse)?;
        Ok(loaded)
    }

    /// An engine with these weights, for evaluation and prediction.
    ///
    /// # Errors
    /// [`TrainError::Network`] if weights and description do not belong together, or the model does
    /// not fit into memory.
    pub fn engine(
        &self,
        engines: &dyn EngineFactory,
        options: &EngineOptions,
    ) -> Result<Box<dyn Engine>, TrainError> {
        let mut engine = engines.build(&self.model, self.encoding.sample_shape(), options)?;
        engine.load_tensors(&self.tensors)?;
        Ok(engine)
    }
}

/// The length of the header, which the format puts before it.
const LENGTH_OF_HEADER: u64 = 8;
/// The longest header. The format allows no longer one.
const LONGEST_HEADER: u64 = 100_000_000;

/// The first bytes of a file of `length` bytes: with its header, if that can be one.
fn read_header(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(LENGTH_OF_HEADER).read_to_end(&mut start)?;
    let header = start.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    if header <= LONGEST_HEADER.min(length) {
        file.take(header).read_to_end(&mut start)?;
    }
    Ok(start)
}

/// Whether a file of `length` bytes is as long as its header says, and fits into memory: once as it
/// is read, and once as the weights that are made of it.
fn check_header(start: &[u8], length: u64, memory: Option<u64>) -> Result<(), ModelFileProblem> {
    let damaged = |error: String| ModelFileProblem::Damaged(error);
    let header = start.get(LENGTH_OF_HEADER as usize..).unwrap_or_default();
    let said = start.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes));
    if said != header.len() as u64 {
        return Err(damaged(format!("its header cannot have {said} bytes")));
    }
    let header: safetensors::tensor::Metadata =
        serde_json::from_slice(header).map_err(|error| damaged(error.to_string()))?;
    let expected = (start.len() as u64).saturating_add(header.data_len() as u64);
    if length != expected {
        return Err(ModelFileProblem::Length { found: length, expected });
    }
    let needed = length.saturating_mul(2);
    match memory.filter(|&available| available < needed) {
        Some(available) => Err(ModelFileProblem::TooLarge { needed, available }),
        None => Ok(()),
    }
}

/// Name, shape and bytes of a tensor, whose numbers are given up.
fn as_bytes(tensor: Tensor) -> (String, Vec<usize>, Vec<u8>) {
    let mut bytes = Vec::with_capacity(4 * tensor.data.len());
    tensor.data.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
    (tensor.name, tensor.shape, bytes)
}

fn tensor(name: &str, view: &TensorView) -> Tensor {
    let number = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    Tensor {
        name: name.to_owned(),
        shape: view.shape().to_vec(),
        data: view.data().chunks_exact(4).map(number).collect(),
    }
}

/// Where the digits of the checksum are.
fn place_of_checksum(bytes: &[u8]) -> Option<Range<usize>> {
    let start = bytes.windows(BEFORE_CHECKSUM.len()).position(|window| window == BEFORE_CHECKSUM)?;
    let start = start + BEFORE_CHECKSUM.len();
    (start + NO_CHECKSUM.len() <= bytes.len()).then(|| start..start + NO_CHECKSUM.len())
}

/// The checksum of a file that has zeros in its place.
fn checksum(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}

/// `true` where the checksum is that of the file.
fn verify(bytes: &[u8], found: &str) -> Result<bool, ModelFileProblem> {
    let place = place_of_checksum(bytes).ok_or(ModelFileProblem::NoChecksum)?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..place.start]);
    hasher.update(NO_CHECKSUM.as_bytes());
    hasher.update(&bytes[place.end..]);
    let expected = format!("{:08x}", hasher.finalize());
    if found == expected { Ok(true) } else { Err(ModelFileProblem::Checksum) }
}
