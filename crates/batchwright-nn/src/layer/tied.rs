//! An embedding whose table is also the matrix of the output: y = body(table[tokens]) table^T (Press
//! and Wolf 2017). One layer, because both uses share the parameter: its gradient is their sum.

use crate::compute::matrix::{Matrix, MatrixMut};
use crate::layer::embedding::Embedding;
use crate::layer::sequence::{Sequence, SequenceBackward, SequenceForward, SequenceInfer, within};
use crate::layer::squares::{Products, add_rows_of_tokens};
use crate::layer::take::take_mut;
use crate::layer::weights::Weights;
use crate::layer::{Backward, Forward, Layer, Parameter, Pass, Squares};

/// Embedding, layers, and the output with the embedding's table.
#[derive(Debug)]
pub(crate) struct Tied {
    pub(crate) embedding: Embedding,
    /// From the embedding's shape to the same shape.
    pub(crate) body: Sequence,
}

impl Tied {
    /// Numbers in the table.
    fn table(&self) -> usize {
        self.embedding.vocabulary * self.embedding.width
    }

    /// Numbers per sample that the body takes and puts out.
    fn hidden(&self) -> usize {
        self.embedding.outputs()
    }

    /// Room for the gradients of the body's layers.
    fn slot(&self) -> usize {
        self.body.widest().max(self.hidden())
    }

    /// The product of the body's output with the table.
    fn project(&self, pass: &mut Pass, table: &[f32], hidden: &[f32], y: &mut [f32]) {
        let Embedding { length, vocabulary, width, .. } = self.embedding;
        let hidden = Matrix::new(hidden, pass.samples * length, width);
        let table = Matrix::new(table, vocabulary, width);
        let y = MatrixMut::new(y, pass.samples * length, vocabulary);
        pass.gemm(hidden, table.transposed(), y, false);
    }

    /// Adds the squares of the table's gradient, which is a sum: that of the output, dy^T hidden, and
    /// that of the rows that the tokens took, `slope`. So it is both squares, and twice their product.
    fn table_squares(&self, pass: &mut Pass, [dy, hidden, slope, ids]: [&[f32]; 4], squares: &mut Squares) {
        let Embedding { length, vocabulary, width, .. } = self.embedding;
        let output =
            Products { x: hidden, dy, positions: length, inputs: width, outputs: vocabulary, bias: false };
        output.add(pass, squares);
        add_rows_of_tokens(ids, slope, length, width, squares);
        let likeness = &mut squares.room[..length * length];
        let samples = dy.chunks_exact(length * vocabulary).zip(ids.chunks_exact(length));
        let states = hidden.chunks_exact(length * width).zip(slope.chunks_exact(length * width));
        for (((dy, ids), (hidden, slope)), total) in samples.zip(states).zip(squares.totals.iter_mut()) {
            let [hidden, slope] = [hidden, slope].map(|numbers| Matrix::new(numbers, length, width));
            let products = MatrixMut::new(&mut *likeness, length, length);
            pass.gemm(hidden, slope.transposed(), products, false);
            for (dy, likeness) in dy.chunks_exact(vocabulary).zip(likeness.chunks_exact(length)) {
                let products = ids.iter().zip(likeness);
                *total += products.map(|(&id, like)| 2.0 * f64::from(dy[id as usize] * like)).sum::<f64>();
            }
        }
    }

    /// Two slots for the body's layers, the embedded tokens or their slopes, and the layers' own
    /// working memory.
    fn room<'a>(&self, samples: usize, mut work: &'a mut [f32]) -> Room<'a> {
        let slot = samples * self.slot();
        Room {
            slots: [take_mut(&mut work, slot), take_mut(&mut work, slot)],
            embedded: take_mut(&mut work, samples * self.hidden()),
            work,
        }
    }
}

struct Room<'a> {
    slots: [&'a mut [f32]; 2],
    embedded: &'a mut [f32],
    work: &'a mut [f32],
}

impl Layer for Tied {
    fn inputs(&self) -> usize {
        self.embedding.inputs()
    }

    fn outputs(&self) -> usize {
        self.embedding.length.saturating_mul(self.embedding.vocabulary)
    }

    fn vocabulary(&self) -> Option<usize> {
        self.embedding.vocabulary()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        self.embedding.visit_parameters(&mut within("embedding", visit));
        self.body.visit_parameters(&mut within("body", visit));
    }

    fn visit_statistics(&self, visit: &mut dyn FnMut(Parameter)) {
        self.body.visit_statistics(&mut within("body", visit));
    }

    fn kept(&self) -> usize {
        self.hidden().saturating_add(self.body.kept())
    }

    fn held(&self) -> usize {
        self.body.held()
    }

    fn work(&self) -> usize {
        self.slot().saturating_mul(2).saturating_add(self.hidden()).saturating_add(self.body.work())
    }

    fn multiply_adds(&self) -> u128 {
        self.outputs() as u128 * self.embedding.width as u128
    }

    fn mixes_samples(&self) -> bool {
        self.body.mixes_samples()
    }

    fn squares_room(&self) -> usize {
        let Embedding { length, vocabulary, width, .. } = self.embedding;
        let table = Products::room(length, width, vocabulary).max(width).max(length.saturating_mul(length));
        table.max(self.body.squares_room())
    }

    /// The backward pass does it.
    fn squares(&self, _pass: &mut Pass, _buffers: &mut Backward, _squares: &mut Squares) {}

    fn scratch(&self, threads: usize) -> usize {
        self.body.scratch(threads)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, statistics, x, mut kept, held, work, y } = buffers;
        let samples = pass.samples;
        let (table, parameters) = parameters.split_at(self.table());
        let Room { slots, embedded, work } = self.room(samples, work);
        if pass.training.is_some() {
            let embedded = take_mut(&mut kept, samples * self.hidden());
            self.embedding.forward(pass, Forward::stateless(table, x, embedded));
            let forward = SequenceForward { parameters, statistics, x: embedded, kept, held, work };
            let hidden = self.body.forward(pass, forward);
            self.project(pass, table, hidden, y);
        } else {
            self.embedding.forward(pass, Forward::stateless(table, x, embedded));
            let infer = SequenceInfer { parameters, statistics, x: embedded, slots, work };
            let [hidden, _] = self.body.infer(pass, infer);
            self.project(pass, table, &hidden[..samples * self.hidden()], y);
        }
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x: ids, kept, held, work, dy, dx, gradient, observed, add, .. } = buffers;
        let Embedding { length, vocabulary, width, .. } = self.embedding;
        let (rows, numbers) = (pass.samples * length, pass.samples * self.hidden());
        let (table, parameters) = parameters.split_at(self.table());
        let (table_gradient, gradient) = gradient.split_at_mut(self.table());
        let (embedded, kept) = kept.split_at(numbers);
        let Room { slots: [first, second], embedded: slope, work } = self.room(pass.samples, work);
        let slopes = Matrix::new(dy, rows, vocabulary);
        // What the body keeps ends with its output.
        let hidden_numbers = &kept[kept.len() - numbers..];
        let hidden = Matrix::new(hidden_numbers, rows, width);
        let dw = MatrixMut::new(&mut *table_gradient, vocabulary, width);
        pass.gemm(slopes.transposed(), hidden, dw, add);
        let table = Matrix::new(table, vocabulary, width);
        let slope_of_hidden = MatrixMut::new(&mut first[..numbers], rows, width);
        pass.gemm(slopes, table, slope_of_hidden, false);
        self.body.backward(
            pass,
            SequenceBackward {
                weights: Weights::Kept(parameters),
                x: embedded,
                kept,
                held,
                slots: [first, second],
                work,
                dx: Some(&mut *slope),
                gradient,
                observed,
                add,
            },
        );
        if let Some(mut squares) = pass.squares.take() {
            self.table_squares(pass, [dy, hidden_numbers, slope, ids], &mut squares);
            pass.squares = Some(squares);
        }
        self.embedding.scatter(pass, ids, slope, table_gradient, true);
        if let Some(dx) = dx {
            dx.fill(0.0);
        }
    }
}
