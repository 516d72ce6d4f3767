//! How one run of a bed moves from one evaluation to the next.

use batchwright_data::RandomStream;
use batchwright_find::beds::{AdamStep, BedOptimizer, FastNormal};

use crate::bed::Bed;
use crate::jump::Jump;

/// One run's state: three slices `[dims]`, weights first. SGD uses two of them.
pub(crate) const PARTS: usize = 3;

pub(crate) enum Motion {
    /// Per direction.
    Sgd(Vec<Jump>),
    /// Step by step, because its steps are not linear. `scale`: standard deviation of the gradient;
    /// `noise`: that of the present step.
    Adam { step: AdamStep, every: u64, scale: Vec<f64>, noise: Vec<f64> },
}

impl Motion {
    pub(crate) fn new(bed: &Bed, h: &[f64], batch_size: u64, learning_rate: f64) -> Self {
        let every = bed.eval_every(batch_size);
        let rate = bed.law_rate(batch_size, learning_rate);
        let batch_size = bed.law_size(batch_size);
        let scale = |h: f64| (bed.noise * h / batch_size as f64).sqrt();
        match bed.optimizer {
            BedOptimizer::Sgd => {
                let jump = |&h: &f64| Jump::new(bed.step(h, rate), scale(h), every);
                Self::Sgd(h.iter().map(jump).collect())
            }
            BedOptimizer::Adam => Self::Adam {
                step: AdamStep::new(batch_size, rate),
                every,
                scale: h.iter().map(|&h| scale(h)).collect(),
                noise: vec![0.0; h.len()],
            },
        }
    }

    /// Moves a run to evaluation number `evaluation`, from 1.
    pub(crate) fn advance(
        &mut self,
        evaluation: u64,
        h: &[f64],
        state: [&mut [f64]; PARTS],
        (normal, stream): (&FastNormal, &mut RandomStream),
    ) {
        match self {
            Self::Sgd(jumps) => jump(state, jumps, || normal.draw(stream)),
            Self::Adam { step, every, scale, noise } => {
                let [w, mean, square] = state;
                for number in (evaluation - 1) * *every + 1..=evaluation * *every {
                    for (noise, scale) in noise.iter_mut().zip(&*scale) {
                        *noise = scale * normal.draw(stream);
                    }
                    step.apply(number, h, noise, [w, mean, square]);
                }
            }
        }
    }
}

fn jump([w, v, _]: [&mut [f64]; PARTS], jumps: &[Jump], mut normal: impl FnMut() -> f64) {
    for ((w, v), jump) in w.iter_mut().zip(v).zip(jumps) {
        let [of_w, of_v] = jump.matrix;
        let first = normal();
        let moved = of_w[0] * *w + of_w[1] * *v + jump.w_noise * first;
        // Without momentum w does not depend on v.
        if of_w[1] != 0.0 {
            // A jump of one step has a single noise. What it adds to w and to v is proportional.
            let second = if jump.v_noise[1] > 0.0 { normal() } else { 0.0 };
            *v = of_v[0] * *w + of_v[1] * *v + jump.v_noise[0] * first + jump.v_noise[1] * second;
        }
        *w = moved;
    }
}
