//! The weights of a network by their names, each of which is used up once.

use crate::engine::Tensor;
use crate::error::NnError;
use crate::problem::TensorProblem;
use std::collections::HashMap;

/// Weights that are not yet in the graph.
#[derive(Debug)]
pub(crate) struct Weights(HashMap<String, Tensor>);

impl Weights {
    /// # Errors
    /// [`NnError::Tensor`] for a name that is given twice.
    pub(crate) fn new(tensors: Vec<Tensor>) -> Result<Self, NnError> {
        let mut weights = HashMap::new();
        for tensor in tensors {
            if let Some(twice) = weights.insert(tensor.name.clone(), tensor) {
                return Err(NnError::Tensor { name: twice.name, problem: TensorProblem::Unknown });
            }
        }
        Ok(Self(weights))
    }

    /// Takes out the tensor of this name, which must have this shape.
    ///
    /// # Errors
    /// [`NnError::Tensor`] if it is missing or is not like that.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, NnError> {
        let refuse = |problem| NnError::Tensor { name: name.to_owned(), problem };
        let tensor = self.0.remove(name).ok_or_else(|| refuse(TensorProblem::Missing))?;
        if tensor.shape != shape {
            let (found, expected) = (tensor.shape, shape.to_vec());
            return Err(refuse(TensorProblem::Shape { found, expected }));
        }
        let expected = shape.iter().product();
        if tensor.data.len() != expected {
            let found = tensor.data.len();
            return Err(refuse(TensorProblem::Count { found, shape: tensor.shape, expected }));
        }
        Ok(tensor)
    }

    /// # Errors
    /// [`NnError::Tensor`] if one is left, which the network does not have.
    pub(crate) fn finish(self) -> Result<(), NnError> {
        match self.0.into_keys().min() {
            Some(name) => Err(NnError::Tensor { name, problem: TensorProblem::Unknown }),
            None => Ok(()),
        }
    }
}
