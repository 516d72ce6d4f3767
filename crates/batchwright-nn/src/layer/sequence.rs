//! Layers one after the other. A whole network is a sequence, and a layer that owns layers (a
//! residual block) keeps them in one.
//!
//! In training, the outputs of all layers, including the last, stay in `kept`, because the backward
//! pass needs them. In evaluation only the last output is needed, so the layers alternate between
//! two slots. The backward pass does the same with gradients. A slot has room for the widest
//! output, `[b, widest]`.
//!
//! A sequence is not a [`Layer`] itself. Its owner decides where its output and the gradient of the
//! output are stored; as a layer, it would cost the engine a copy.

use crate::compute::owners::Owners;
use crate::layer::squares;
use crate::layer::take::{take, take_end, take_end_mut, take_mut};
use crate::layer::weights::Weights;
use crate::layer::{Backward, Forward, Layer, Parameter, Pass};

/// Layers one after the other, at least one.
#[derive(Debug)]
pub(crate) struct Sequence {
    links: Vec<Link>,
    /// Numbers in all parameters, and in all statistics. A model that is too large for any memory
    /// has more than 64 bits can count.
    numbers: [u128; 2],
}

#[derive(Debug)]
struct Link {
    layer: Box<dyn Layer>,
    /// Numbers in all parameters of the layer.
    parameters: usize,
    /// Numbers in all statistics of the layer.
    statistics: usize,
    /// Who owns its parameters.
    owners: Owners,
}

/// Buffers of a forward pass in training through a sequence, as in [`Forward`].
pub(crate) struct SequenceForward<'a, 'k> {
    pub(crate) parameters: &'a [f32],
    pub(crate) statistics: &'a [f32],
    pub(crate) x: &'k [f32],
    pub(crate) kept: &'k mut [f32],
    pub(crate) held: &'a mut [f32],
    pub(crate) work: &'a mut [f32],
}

/// Buffers of a pass in evaluation through a sequence, as in [`Forward`].
pub(crate) struct SequenceInfer<'a, 's> {
    pub(crate) parameters: &'a [f32],
    pub(crate) statistics: &'a [f32],
    pub(crate) x: &'a [f32],
    pub(crate) slots: [&'s mut [f32]; 2],
    pub(crate) work: &'a mut [f32],
}

/// Buffers of a backward pass through a sequence, as in [`Backward`].
pub(crate) struct SequenceBackward<'a> {
    pub(crate) weights: Weights<'a>,
    pub(crate) x: &'a [f32],
    /// What the forward pass kept.
    pub(crate) kept: &'a [f32],
    /// What the forward pass held.
    pub(crate) held: &'a [f32],
    /// The first holds the gradient with respect to the output; both are overwritten.
    pub(crate) slots: [&'a mut [f32]; 2],
    pub(crate) work: &'a mut [f32],
    pub(crate) dx: Option<&'a mut [f32]>,
    pub(crate) gradient: &'a mut [f32],
    pub(crate) observed: &'a mut [f32],
    pub(crate) add: bool,
}

impl Sequence {
    /// Each layer's input is the output of the one before.
    pub(crate) fn new(layers: Vec<Box<dyn Layer>>) -> Self {
        let fits = |numbers: u128| usize::try_from(numbers).unwrap_or(usize::MAX);
        let mut total = [0u128; 2];
        let link = |layer: Box<dyn Layer>| {
            let parameters = numbers(&|visit| layer.visit_parameters(visit));
            let statistics = numbers(&|visit| layer.visit_statistics(visit));
            total = [total[0].saturating_add(parameters), total[1].saturating_add(statistics)];
            let owners = Owners::new(&mut |span| {
                layer.visit_parameters(&mut |tensor| span(fits(tensor.len()), fits(tensor.unit())));
            });
            Link { parameters: fits(parameters), statistics: fits(statistics), owners, layer }
        };
        Self { links: layers.into_iter().map(link).collect(), numbers: total }
    }

    /// Index of the first layer that has parameters or statistics; the number of layers if none has.
    fn first_trained(&self) -> usize {
        let trained = |link: &Link| link.parameters > 0 || link.statistics > 0;
        self.links.iter().position(trained).unwrap_or(self.links.len())
    }

    fn layers(&self) -> impl Iterator<Item = &dyn Layer> {
        self.links.iter().map(|link| link.layer.as_ref())
    }

    /// Numbers in all parameters.
    pub(crate) fn parameters(&self) -> u128 {
        self.numbers[0]
    }

    /// Numbers in all statistics.
    pub(crate) fn statistics(&self) -> u128 {
        self.numbers[1]
    }

    /// Calls `visit` for every parameter tensor. Its name starts with the position of its layer,
    /// from 0.
    pub(crate) fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        for (index, layer) in self.layers().enumerate() {
            layer.visit_parameters(&mut within(&index.to_string(), visit));
        }
    }

    /// Calls `visit` for every tensor of statistics, named in the same way.
    pub(crate) fn visit_statistics(&self, visit: &mut dyn FnMut(Parameter)) {
        for (index, layer) in self.layers().enumerate() {
            layer.visit_statistics(&mut within(&index.to_string(), visit));
        }
    }

    /// How many tokens there are, if token ids come in.
    pub(crate) fn vocabulary(&self) -> Option<usize> {
        self.layers().next().and_then(Layer::vocabulary)
    }

    /// Numbers per sample of the output.
    pub(crate) fn outputs(&self) -> usize {
        self.layers().last().map_or(0, Layer::outputs)
    }

    /// Numbers per sample of the widest layer's output.
    pub(crate) fn widest(&self) -> usize {
        self.layers().map(Layer::outputs).max().unwrap_or(0)
    }

    /// Numbers per sample that stay between a forward and a backward pass.
    pub(crate) fn kept(&self) -> usize {
        let kept = |layer: &dyn Layer| layer.kept().saturating_add(layer.outputs());
        self.layers().map(kept).fold(0, usize::saturating_add)
    }

    /// Numbers that stay between a forward and a backward pass, whatever the number of samples.
    pub(crate) fn held(&self) -> usize {
        self.layers().map(Layer::held).fold(0, usize::saturating_add)
    }

    /// Numbers per sample that the layers need while they run, one at a time.
    pub(crate) fn work(&self) -> usize {
        self.layers().map(Layer::work).max().unwrap_or(0)
    }

    /// Numbers of scratch that the layers need on `threads` threads, one at a time.
    pub(crate) fn scratch(&self, threads: usize) -> usize {
        self.layers().map(|layer| layer.scratch(threads)).max().unwrap_or(0)
    }

    /// Numbers of room that the samples' squares need, one layer at a time.
    pub(crate) fn squares_room(&self) -> usize {
        self.layers().map(Layer::squares_room).max().unwrap_or(0)
    }

    /// Whether a layer makes a sample's loss depend on the other samples of its micro-batch.
    pub(crate) fn mixes_samples(&self) -> bool {
        self.layers().any(Layer::mixes_samples)
    }

    /// Forward pass in training. Returns the output, which is in `kept`.
    pub(crate) fn forward<'k>(&self, pass: &mut Pass, buffers: SequenceForward<'_, 'k>) -> &'k [f32] {
        let SequenceForward { mut parameters, mut statistics, mut x, mut kept, mut held, work } = buffers;
        let samples = pass.samples;
        for Link { layer, parameters: numbers, statistics: numbers_of_statistics, .. } in &self.links {
            let layer_kept = take_mut(&mut kept, samples * layer.kept());
            let y = take_mut(&mut kept, samples * layer.outputs());
            let forward = Forward {
                parameters: take(&mut parameters, *numbers),
                statistics: take(&mut statistics, *numbers_of_statistics),
                x,
                kept: layer_kept,
                held: take_mut(&mut held, layer.held()),
                work: &mut work[..samples * layer.work()],
                y,
            };
            layer.forward(pass, forward);
            x = y;
        }
        x
    }

    /// Forward pass in evaluation. Returns the two slots; the first holds the output.
    pub(crate) fn infer<'s>(&self, pass: &mut Pass, buffers: SequenceInfer<'_, 's>) -> [&'s mut [f32]; 2] {
        let SequenceInfer { mut parameters, mut statistics, x, slots, work } = buffers;
        let samples = pass.samples;
        let [mut to, mut from] = slots;
        for (index, link) in self.links.iter().enumerate() {
            let layer = &link.layer;
            let forward = Forward {
                parameters: take(&mut parameters, link.parameters),
                statistics: take(&mut statistics, link.statistics),
                x: if index == 0 { x } else { &from[..samples * layer.inputs()] },
                kept: &mut [],
                held: &mut [],
                work: &mut work[..samples * layer.work()],
                y: &mut to[..samples * layer.outputs()],
            };
            layer.forward(pass, forward);
            std::mem::swap(&mut to, &mut from);
        }
        [from, to]
    }

    /// Backward pass: from the gradient of the output to the gradients of all parameters and of the
    /// input.
    pub(crate) fn backward(&self, pass: &mut Pass, buffers: SequenceBackward) {
        let SequenceBackward {
            mut weights,
            x,
            mut kept,
            mut held,
            slots,
            work,
            mut dx,
            mut gradient,
            mut observed,
            add,
        } = buffers;
        let samples = pass.samples;
        let [mut dy, mut other] = slots;
        // Where nobody wants the gradient of the input, nothing below the first parameters needs one.
        let needed = if dx.is_some() { 0 } else { self.first_trained() };
        for (index, link) in self.links.iter().enumerate().skip(needed).rev() {
            let layer = &link.layer;
            let y = take_end(&mut kept, samples * layer.outputs());
            let layer_kept = take_end(&mut kept, samples * layer.kept());
            let inputs = samples * layer.inputs();
            let backward = Backward {
                parameters: &[],
                // The rest of `kept` ends with the output of the layer before.
                x: if index == 0 { x } else { &kept[kept.len() - inputs..] },
                y,
                kept: layer_kept,
                held: take_end(&mut held, layer.held()),
                work: &mut work[..samples * layer.work()],
                dy: &dy[..samples * layer.outputs()],
                dx: match index {
                    0 => dx.take(),
                    _ if index == needed => None,
                    _ => Some(&mut other[..inputs]),
                },
                gradient: take_end_mut(&mut gradient, link.parameters),
                observed: take_end_mut(&mut observed, link.statistics),
                add,
            };
            match weights.take_end(link.parameters, link.owners.units()) {
                Weights::Kept(parameters) => {
                    squares::backward(layer.as_ref(), pass, Backward { parameters, ..backward });
                }
                Weights::Updated(updated) => {
                    layer.backward_and_update(pass, backward, updated, &link.owners);
                }
            }
            std::mem::swap(&mut dy, &mut other);
        }
    }
}

/// Calls what it is given for every tensor.
type Visit<'a> = dyn Fn(&mut dyn FnMut(Parameter)) + 'a;

/// Passes tensors on with `place.` before their names.
pub(crate) fn within<'a>(
    place: &'a str,
    visit: &'a mut dyn FnMut(Parameter),
) -> impl FnMut(Parameter<'_>) + use<'a> {
    move |parameter| {
        let name = format!("{place}.{}", parameter.name);
        visit(Parameter { name: &name, ..parameter });
    }
}

/// Numbers in all tensors that `tensors` visits.
fn numbers(tensors: &Visit) -> u128 {
    let mut sum = 0u128;
    tensors(&mut |tensor| sum = sum.saturating_add(tensor.len()));
    sum
}
