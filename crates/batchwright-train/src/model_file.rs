//! A trained model in one file: weights, what the network looks like, and how raw data becomes its
//! input. One file, so that the parts cannot disagree.
//!
//! The format is safetensors; weights are named and shaped as PyTorch's `nn.Sequential` would, the
//! rest is JSON in the header's metadata under `batchwright`. Not here: optimizer state and
//! position, which resuming needs.

use crate::error::TrainError;
use crate::problem::ModelFileProblem;
use batchwright_data::{Encoding, SampleShape, write_atomic};
use batchwright_nn::{Engine, EngineFactory, EngineOptions, Model, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// Key of our part of the metadata.
const KEY: &str = "batchwright";
/// Version of the metadata.
const VERSION: u32 = 1;

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
    /// Its weights.
    pub tensors: Vec<Tensor>,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    version: u32,
    model: Model,
    encoding: Encoding,
    split_seed: u64,
}

impl SavedModel {
    /// The weights of `engine` at this moment, with what is needed to use them.
    pub fn of(engine: &dyn Engine, model: &Model, encoding: &Encoding, split_seed: u64) -> Self {
        Self { model: model.clone(), encoding: encoding.clone(), split_seed, tensors: engine.tensors() }
    }

    /// Saves the model at `path`: after a kill or a full disk, `path` holds the old file or the new
    /// one (see [`write_atomic`]).
    ///
    /// # Errors
    /// [`TrainError::File`] naming the path.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        write_atomic(path, &self.to_bytes(path)?).map_err(|error| TrainError::File {
            path: error.path,
            action: "write the model",
            source: error.source,
        })
    }

    fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, TrainError> {
        let refuse = |problem| TrainError::Model { path: path.to_owned(), problem };
        let metadata = Metadata {
            version: VERSION,
            model: self.model.clone(),
            encoding: self.encoding.clone(),
            split_seed: self.split_seed,
        };
        let metadata = serde_json::to_string(&metadata)
            .map_err(|error| refuse(ModelFileProblem::Metadata(error.to_string())))?;
        let bytes: Vec<Vec<u8>> = self
            .tensors
            .iter()
            .map(|tensor| tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let views = self.tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
            view.map(|view| (tensor.name.as_str(), view))
                .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))
        });
        let views: Vec<_> = views.collect::<Result<_, _>>()?;
        let metadata = HashMap::from([(KEY.to_owned(), metadata)]);
        safetensors::serialize(views, Some(metadata))
            .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`TrainError::File`] if it cannot be read, [`TrainError::Model`] if it is damaged or was
    /// written by another program.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let failed = |source| TrainError::File { path: path.to_owned(), action: "read the model", source };
        let refuse = |problem| TrainError::Model { path: path.to_owned(), problem };
        let about = std::fs::metadata(path).map_err(failed)?;
        if !about.is_file() {
            // A pipe or a device would be read for ever.
            return Err(refuse(ModelFileProblem::NotAFile));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let file = SafeTensors::deserialize(&bytes)
            .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))?;
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| refuse(ModelFileProblem::Damaged(error.to_string())))?;
        let ours = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let ours = ours.ok_or_else(|| refuse(ModelFileProblem::Foreign { key: KEY }))?;
        let metadata: Metadata = serde_json::from_str(ours)
            .map_err(|error| refuse(ModelFileProblem::Metadata(error.to_string())))?;
        if metadata.version != VERSION {
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
        Ok(Self {
            model: metadata.model,
            encoding: metadata.encoding,
            split_seed: metadata.split_seed,
            tensors: tensors.collect::<Result<_, _>>()?,
        })
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
        let inputs = self.encoding.input_shape().iter().product();
        let shape = SampleShape::numbers(inputs, self.encoding.task());
        let mut engine = engines.build(&self.model, shape, options)?;
        engine.load_tensors(&self.tensors)?;
        Ok(engine)
    }
}

fn tensor(name: &str, view: &TensorView) -> Tensor {
    let number = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    Tensor {
        name: name.to_owned(),
        shape: view.shape().to_vec(),
        data: view.data().chunks_exact(4).map(number).collect(),
    }
}
