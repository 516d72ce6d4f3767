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

use crate::layer::{Backward, Forward, Layer, Parameter, Pass};

/// Layers one after the other, at least one.
#[derive(Debug)]
pub(crate) struct Sequence {
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    layer: Box<dyn Layer>,
    /// Numbers in all parameters of the sequence.
    parameters: usize,
}

/// Buffers of a backward pass through a sequence, as in [`Backward`].
pub(crate) struct SequenceBackward<'a> {
    pub(crate) parameters: &'a [f32],
    pub(crate) x: &'a [f32],
    /// What the forward pass kept.
    pub(crate) kept: &'a [f32],
    /// The first holds the gradient with respect to the output; both are overwritten.
    pub(crate) slots: [&'a mut [f32]; 2],
    pub(crate) work: &'a mut [f32],
    pub(crate) dx: Option<&'a mut [f32]>,
    pub(crate) gradient: &'a mut [f32],
    pub(crate) add: bool,
}

impl Sequence {
    /// Each layer's input is the output of the one before.
    pub(crate) fn new(layers: Vec<Box<dyn Layer>>) -> Self {
        let link = |layer: Box<dyn Layer>| Link {
            parameters: usize::try_from(numbers(layer.as_ref())).unwrap_or(usize::MAX),
            layer,
        };
        Self { links: layers.into_iter().map(link).collect() }
    }

    fn layers(&self) -> impl Iterator<Item = &dyn Layer> {
        self.links.iter().map(|link| link.layer.as_ref())
    }

    /// Numbers in all parameters.
    pub(crate) fn parameters(&self) -> u128 {
        self.layers().map(numbers).fold(0, u128::saturating_add)
    }

    /// Calls `visit` for every parameter tensor. Its name starts with the position of its layer,
    /// from 0.
    pub(crate) fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        for (index, layer) in self.layers().enumerate() {
            layer.visit_parameters(&mut |parameter| {
                let name = format!("{index}.{}", parameter.name);
                visit(Parameter { name: &name, ..parameter });
            });
        }
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

    /// Numbers per sample that the layers need while they run, one at a time.
    pub(crate) fn work(&self) -> usize {
        self.layers().map(Layer::work).max().unwrap_or(0)
    }

    /// Forward pass in training. Returns the output, which is in `kept`.
    pub(crate) fn forward<'a>(
        &self,
        pass: &mut Pass,
        mut parameters: &[f32],
        mut x: &'a [f32],
        mut kept: &'a mut [f32],
        work: &mut [f32],
    ) -> &'a [f32] {
        let samples = pass.samples;
        for Link { layer, parameters: count } in &self.links {
            let (own, rest) = parameters.split_at(*count);
            parameters = rest;
            let (layer_kept, rest) = kept.split_at_mut(samples * layer.kept());
            let (y, rest) = rest.split_at_mut(samples * layer.outputs());
            kept = rest;
            let work = &mut work[..samples * layer.work()];
            layer.forward(pass, Forward { parameters: own, x, kept: layer_kept, work, y });
            x = y;
        }
        x
    }

    /// Forward pass in evaluation. Returns the two slots; the first holds the output.
    pub(crate) fn infer<'a>(
        &self,
        pass: &mut Pass,
        mut parameters: &[f32],
        x: &[f32],
        slots: [&'a mut [f32]; 2],
        work: &mut [f32],
    ) -> [&'a mut [f32]; 2] {
        let samples = pass.samples;
        let [mut to, mut from] = slots;
        for (index, Link { layer, parameters: count }) in self.links.iter().enumerate() {
            let (own, rest) = parameters.split_at(*count);
            parameters = rest;
            let x = if index == 0 { x } else { &from[..samples * layer.inputs()] };
            let y = &mut to[..samples * layer.outputs()];
            let work = &mut work[..samples * layer.work()];
            layer.forward(pass, Forward { parameters: own, x, kept: &mut [], work, y });
            std::mem::swap(&mut to, &mut from);
        }
        [from, to]
    }

    /// Backward pass: from the gradient of the output to the gradients of all parameters and of the
    /// input.
    pub(crate) fn backward(&self, pass: &mut Pass, buffers: SequenceBackward) {
        let SequenceBackward { mut parameters, x, mut kept, slots, work, mut dx, mut gradient, add } =
            buffers;
        let samples = pass.samples;
        let [mut dy, mut other] = slots;
        for (index, Link { layer, parameters: count }) in self.links.iter().enumerate().rev() {
            let own = split_end(&mut parameters, *count);
            let y = split_end(&mut kept, samples * layer.outputs());
            let layer_kept = split_end(&mut kept, samples * layer.kept());
            let inputs = samples * layer.inputs();
            let (rest, own_gradient) = gradient.split_at_mut(gradient.len() - count);
            gradient = rest;
            layer.backward(
                pass,
                Backward {
                    parameters: own,
                    // The rest of `kept` ends with the output of the layer before.
                    x: if index == 0 { x } else { &kept[kept.len() - inputs..] },
                    y,
                    kept: layer_kept,
                    work: &mut work[..samples * layer.work()],
                    dy: &dy[..samples * layer.outputs()],
                    dx: if index == 0 { dx.take() } else { Some(&mut other[..inputs]) },
                    gradient: own_gradient,
                    add,
                },
            );
            std::mem::swap(&mut dy, &mut other);
        }
    }
}

/// Numbers in all parameters of a layer.
fn numbers(layer: &dyn Layer) -> u128 {
    let mut sum = 0u128;
    layer.visit_parameters(&mut |parameter| sum = sum.saturating_add(parameter.len()));
    sum
}

/// Removes the last `len` numbers and returns them.
fn split_end<'a>(numbers: &mut &'a [f32], len: usize) -> &'a [f32] {
    let (rest, end) = numbers.split_at(numbers.len() - len);
    *numbers = rest;
    end
}
