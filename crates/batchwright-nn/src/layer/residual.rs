//! A residual block: y = shortcut(x) + body(x), where the shortcut is the input itself or layers of
//! its own (He et al. 2016).

use crate::layer::elementwise::{add, copy};
use crate::layer::sequence::{Sequence, SequenceBackward, SequenceForward, SequenceInfer, within};
use crate::layer::take::{take, take_mut};
use crate::layer::weights::Weights;
use crate::layer::{Backward, Forward, Layer, Parameter, Pass, Squares};

/// y = shortcut(x) + body(x).
#[derive(Debug)]
pub(crate) struct Residual {
    pub(crate) body: Sequence,
    /// Where the input has another shape than the output; `None` is the input itself.
    pub(crate) shortcut: Option<Sequence>,
    /// Numbers per sample that come in.
    pub(crate) inputs: usize,
}

impl Residual {
    fn paths(&self) -> impl Iterator<Item = (&'static str, &Sequence)> {
        std::iter::once(("body", &self.body)).chain(self.shortcut.iter().map(|path| ("shortcut", path)))
    }

    /// The most that a path needs, because they run one after the other.
    fn most(&self, of: impl Fn(&Sequence) -> usize) -> usize {
        self.paths().map(|(_, path)| of(path)).max().unwrap_or(0)
    }

    fn sum(&self, of: impl Fn(&Sequence) -> usize) -> usize {
        self.paths().map(|(_, path)| of(path)).fold(0, usize::saturating_add)
    }

    /// Room for the gradients of a path's layers, which the block's own input may be wider than.
    fn slot(&self) -> usize {
        self.most(Sequence::widest).max(self.inputs)
    }

    /// Splits the working memory: two slots for the layers of a path, the gradient of the shortcut
    /// with respect to the input, and the layers' own working memory.
    fn room<'a>(&self, samples: usize, mut work: &'a mut [f32]) -> Room<'a> {
        let slot = samples * self.slot();
        Room {
            slots: [take_mut(&mut work, slot), take_mut(&mut work, slot)],
            slope: take_mut(&mut work, if self.shortcut.is_some() { samples * self.inputs } else { 0 }),
            work,
        }
    }
}

struct Room<'a> {
    slots: [&'a mut [f32]; 2],
    slope: &'a mut [f32],
    work: &'a mut [f32],
}

impl Layer for Residual {
    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.body.outputs()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        self.paths().for_each(|(name, path)| path.visit_parameters(&mut within(name, visit)));
    }

    fn visit_statistics(&self, visit: &mut dyn FnMut(Parameter)) {
        self.paths().for_each(|(name, path)| path.visit_statistics(&mut within(name, visit)));
    }

    fn kept(&self) -> usize {
        self.sum(Sequence::kept)
    }

    fn held(&self) -> usize {
        self.sum(Sequence::held)
    }

    fn work(&self) -> usize {
        let slope = if self.shortcut.is_some() { self.inputs } else { 0 };
        self.slot().saturating_mul(2).saturating_add(slope).saturating_add(self.most(Sequence::work))
    }

    fn scratch(&self, threads: usize) -> usize {
        self.most(|path| path.scratch(threads))
    }

    fn mixes_samples(&self) -> bool {
        self.paths().any(|(_, path)| path.mixes_samples())
    }

    fn squares_room(&self) -> usize {
        self.most(Sequence::squares_room)
    }

    /// Its layers do it.
    fn squares(&self, _pass: &mut Pass, _buffers: &mut Backward, _squares: &mut Squares) {}

    /// The fewest that a path takes.
    fn vocabulary(&self) -> Option<usize> {
        self.paths().filter_map(|(_, path)| path.vocabulary()).min()
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { mut parameters, mut statistics, x, mut kept, mut held, work, y } = buffers;
        let samples = pass.samples;
        let Room { slots: [first, second], work, .. } = self.room(samples, work);
        for (index, (_, path)) in self.paths().enumerate() {
            let parameters = take(&mut parameters, path.parameters() as usize);
            let statistics = take(&mut statistics, path.statistics() as usize);
            let output = if pass.training.is_some() {
                let kept = take_mut(&mut kept, samples * path.kept());
                let held = take_mut(&mut held, path.held());
                path.forward(pass, SequenceForward { parameters, statistics, x, kept, held, work })
            } else {
                let slots = [&mut *first, &mut *second];
                let [output, _] = path.infer(pass, SequenceInfer { parameters, statistics, x, slots, work });
                &output[..y.len()]
            };
            if index == 0 { copy(pass, output, y) } else { add(pass, output, y) }
        }
        if self.shortcut.is_none() {
            add(pass, x, y);
        }
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, kept, held, work, dy, mut dx, gradient, observed, add: adds, .. } =
            buffers;
        let samples = pass.samples;
        let Room { slots: [first, second], slope, work } = self.room(samples, work);
        let (mut parameters, mut kept, mut held) = (parameters, kept, held);
        let (mut gradient, mut observed) = (gradient, observed);
        for (index, (_, path)) in self.paths().enumerate() {
            copy(pass, dy, &mut first[..dy.len()]);
            let path_dx = match &mut dx {
                Some(dx) if index == 0 => Some(&mut **dx),
                Some(_) => Some(&mut *slope),
                None => None,
            };
            let numbers = path.parameters() as usize;
            path.backward(
                pass,
                SequenceBackward {
                    weights: Weights::Kept(take(&mut parameters, numbers)),
                    x,
                    kept: take(&mut kept, samples * path.kept()),
                    held: take(&mut held, path.held()),
                    slots: [first, second],
                    work,
                    dx: path_dx,
                    gradient: take_mut(&mut gradient, numbers),
                    observed: take_mut(&mut observed, path.statistics() as usize),
                    add: adds,
                },
            );
        }
        if let Some(dx) = dx {
            add(pass, if self.shortcut.is_some() { slope } else { dy }, dx);
        }
    }
}
