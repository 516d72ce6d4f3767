//! The weights of the CPU engine as one list of numbers, all parameters and after them all
//! statistics: where each tensor is in it, its initial values, and how it is written to files and
//! read back.

use crate::compute::matrix::{panel_places, turned_panel_places};
use crate::compute::owners::Owners;
use crate::engine::Tensor;
use crate::error::NnError;
use crate::layer::sequence::Sequence;
use crate::layer::{Init, Parameter, Stored};
use crate::problem::TensorProblem;
use batchwright_data::{Domain, RandomStream};
use std::ops::Range;

/// One tensor among all numbers.
struct Place {
    /// As in files: position of the layer, then the parameter.
    name: String,
    /// Shape in memory.
    shape: Vec<usize>,
    /// For each dimension in files, which dimension in memory it is.
    order: Vec<usize>,
    /// Whether it is a matrix in panels.
    panels: bool,
    init: Init,
    range: Range<usize>,
}

impl Place {
    /// Shape in files.
    fn file_shape(&self) -> Vec<usize> {
        self.order.iter().map(|&dimension| self.shape[dimension]).collect()
    }

    /// Where each number of a file is in memory, in the order of the file.
    fn positions(&self) -> Box<dyn Iterator<Item = usize>> {
        if let (true, &[rows, cols]) = (self.panels, self.shape.as_slice()) {
            return Box::new(turned_panel_places(rows, cols));
        }
        let mut strides = vec![1; self.shape.len()];
        for dimension in (1..strides.len()).rev() {
            strides[dimension - 1] = strides[dimension] * self.shape[dimension];
        }
        let dimensions: Vec<[usize; 2]> =
            self.order.iter().rev().map(|&dimension| [self.shape[dimension], strides[dimension]]).collect();
        Box::new((0..self.range.len()).map(move |number| {
            let (mut rest, mut position) = (number, 0);
            for [len, stride] in &dimensions {
                position += rest % len * stride;
                rest /= len;
            }
            position
        }))
    }

    /// Where each number is in memory, in the order of `shape`.
    fn in_memory(&self) -> Box<dyn Iterator<Item = usize>> {
        match self.shape.as_slice() {
            &[rows, cols] if self.panels => Box::new(panel_places(rows, cols)),
            _ => Box::new(0..self.range.len()),
        }
    }
}

/// Every tensor, in order.
fn places(network: &Sequence) -> Vec<Place> {
    let (mut places, mut end) = (Vec::new(), 0);
    let mut place = |parameter: Parameter| {
        let shape = parameter.shape.to_vec();
        let start = end;
        end += shape.iter().product::<usize>();
        places.push(Place {
            name: parameter.name.to_owned(),
            shape,
            order: match parameter.stored {
                Stored::RowMajor(order) => order.to_vec(),
                Stored::Panels => vec![1, 0],
            },
            panels: parameter.stored == Stored::Panels,
            init: parameter.init,
            range: start..end,
        });
    };
    network.visit_parameters(&mut place);
    network.visit_statistics(&mut place);
    places
}

/// Who owns the parameters, and how many numbers are summed together.
pub(crate) fn owners(network: &Sequence) -> Owners {
    Owners::new(&mut |span| {
        network.visit_parameters(&mut |tensor| span(tensor.len() as usize, tensor.unit() as usize));
    })
}

/// Draws the initial weights. Each tensor has its own random stream, so that one layer's width does
/// not change another layer's initial weights.
pub(crate) fn initialise(network: &Sequence, seed: u64, weights: &mut [f32]) {
    for (index, place) in places(network).into_iter().enumerate() {
        let weights = &mut weights[place.range.clone()];
        match place.init {
            Init::Zero => weights.fill(0.0),
            Init::One => weights.fill(1.0),
            Init::Normal(deviation) => {
                let mut stream = RandomStream::new(seed, Domain::Init, index as u64, 0);
                // In an order that does not depend on how the weights are stored.
                place.in_memory().for_each(|at| weights[at] = (stream.normal() * deviation) as f32);
            }
        }
    }
}

/// The weights as they are written to files.
pub(crate) fn to_tensors(network: &Sequence, weights: &[f32]) -> Vec<Tensor> {
    let tensor = |place: Place| {
        let numbers = &weights[place.range.clone()];
        // An iterator that does not know its length would have the list grow by doubling.
        let mut data = Vec::with_capacity(numbers.len());
        data.extend(place.positions().map(|position| numbers[position]));
        Tensor { data, shape: place.file_shape(), name: place.name }
    };
    places(network).into_iter().map(tensor).collect()
}

/// The weights from these tensors, which may be in any order.
///
/// # Errors
/// [`NnError::Tensor`] for a tensor that is missing, unknown, given twice or of another shape.
pub(crate) fn from_tensors(network: &Sequence, tensors: &[Tensor]) -> Result<Vec<f32>, NnError> {
    let mut missing = places(network);
    let mut weights = vec![0.0; missing.last().map_or(0, |place| place.range.end)];
    for tensor in tensors {
        let Some(position) = missing.iter().position(|place| place.name == tensor.name) else {
            return refuse(&tensor.name, TensorProblem::Unknown);
        };
        let place = missing.remove(position);
        let shape = place.file_shape();
        if tensor.shape != shape {
            return refuse(
                &place.name,
                TensorProblem::Shape { found: tensor.shape.clone(), expected: shape },
            );
        }
        if tensor.data.len() != place.range.len() {
            let (found, expected) = (tensor.data.len(), place.range.len());
            return refuse(&place.name, TensorProblem::Count { found, shape, expected });
        }
        let weights = &mut weights[place.range.clone()];
        for (position, &number) in place.positions().zip(&tensor.data) {
            weights[position] = number;
        }
    }
    match missing.first() {
        Some(place) => refuse(&place.name, TensorProblem::Missing),
        None => Ok(weights),
    }
}

fn refuse<T>(name: &str, problem: TensorProblem) -> Result<T, NnError> {
    Err(NnError::Tensor { name: name.to_owned(), problem })
}
