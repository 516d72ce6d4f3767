//! The losses: softmax cross-entropy for classes, squared error for values.
//!
//! Losses and gradients are *sums* over samples; the engine, which knows how many samples a step
//! has, divides once. With a mean per micro-batch, the samples of a short micro-batch would have
//! too much weight.

use crate::compute::context::Compute;
use crate::error::NnError;
use crate::math::exp;
use batchwright_data::Targets;

/// Loss over some samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossSum {
    /// Sum of the samples' losses.
    pub loss: f64,
    /// Samples whose class was predicted correctly; 0 for values.
    pub correct: u64,
    /// Number of samples.
    pub samples: u64,
}

impl LossSum {
    /// Mean loss per sample.
    pub fn mean(&self) -> f64 {
        self.loss / self.samples as f64
    }

    /// Share of samples predicted correctly, in 0..=1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples as f64
    }

    /// Adds the samples of `other`.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.samples += other.samples;
    }
}

/// Computes each sample's loss into `losses [b]` and the gradient of their sum with respect to the
/// network's output into `gradient [b, width]` (from `output`, same shape).
///
/// - Classes: cross-entropy in nats of the softmax; gradient softmax - one-hot.
/// - Values: mean over the outputs of (output - target)^2; gradient 2 (output - target) / width.
///
/// # Errors
/// [`NnError::Batch`] if the number or the range of the targets does not fit the output.
pub(crate) fn loss(
    compute: &Compute,
    output: &[f32],
    targets: &Targets,
    losses: &mut [f32],
    gradient: &mut [f32],
) -> Result<LossSum, NnError> {
    let samples = losses.len();
    let width = output.len().checked_div(samples).unwrap_or(0);
    check(targets, samples, width)?;
    let mut sum = LossSum { samples: samples as u64, ..LossSum::default() };
    match targets {
        Targets::Classes(classes) => {
            compute.rows(samples, 256, [losses, gradient], |first, [losses, gradient]| {
                for (i, (loss, gradient)) in
                    losses.iter_mut().zip(gradient.chunks_exact_mut(width)).enumerate()
                {
                    let logits = &output[(first + i) * width..][..width];
                    *loss = cross_entropy(logits, classes[first + i] as usize, gradient);
                }
            });
            let rows = output.chunks_exact(width).zip(classes);
            sum.correct =
                rows.filter(|(logits, class)| argmax(logits) == Some(**class as usize)).count() as u64;
        }
        Targets::Values(values) => {
            for (i, (loss, gradient)) in losses.iter_mut().zip(gradient.chunks_exact_mut(width)).enumerate() {
                let row = i * width..(i + 1) * width;
                *loss = squared_error(&output[row.clone()], &values[row], gradient);
            }
        }
    }
    sum.loss = losses.iter().map(|&loss| f64::from(loss)).sum();
    Ok(sum)
}

fn check(targets: &Targets, samples: usize, width: usize) -> Result<(), NnError> {
    let (what, found, expected) = match targets {
        Targets::Classes(classes) => {
            if let Some(&class) = classes.iter().find(|&&class| class as usize >= width) {
                ("as a class number", class as usize, width)
            } else {
                ("targets", classes.len(), samples)
            }
        }
        Targets::Values(values) => ("target values", values.len(), samples * width),
    };
    if found == expected && what != "as a class number" {
        Ok(())
    } else {
        Err(NnError::Batch { what, found, expected })
    }
}

/// -log softmax(logits)[class], and its gradient.
#[inline(always)]
fn cross_entropy(logits: &[f32], class: usize, gradient: &mut [f32]) -> f32 {
    // Subtracting the largest logit does not change the softmax, and keeps every exponential at
    // most 1.
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for (share, &logit) in gradient.iter_mut().zip(logits) {
        *share = exp(logit - largest);
        total += *share;
    }
    for share in gradient.iter_mut() {
        *share /= total;
    }
    gradient[class] -= 1.0;
    total.ln() + largest - logits[class]
}

#[inline(always)]
fn squared_error(output: &[f32], target: &[f32], gradient: &mut [f32]) -> f32 {
    let width = output.len() as f32;
    let mut sum = 0.0;
    for ((slope, &output), &target) in gradient.iter_mut().zip(output).zip(target) {
        let error = output - target;
        *slope = 2.0 * error / width;
        sum += error * error;
    }
    sum / width
}

/// Position of the largest value, or of the first one if several are equal; `None` if a value is
/// NaN.
pub fn argmax(values: &[f32]) -> Option<usize> {
    let mut best = None;
    for (i, &value) in values.iter().enumerate() {
        if value.is_nan() {
            return None;
        }
        if best.is_none_or(|b: usize| value > values[b]) {
            best = Some(i);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(output: &[f32], targets: &Targets, samples: usize) -> (LossSum, Vec<f32>) {
        let (mut losses, mut gradient) = (vec![0.0; samples], vec![0.0; output.len()]);
        let sum = loss(&Compute::new(1), output, targets, &mut losses, &mut gradient).unwrap();
        (sum, gradient)
    }

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_number_of_classes() {
        let (sum, gradient) = run(&[5.0, 5.0, 5.0, 5.0], &Targets::Classes(vec![2]), 1);
        assert!((sum.loss - 4f64.ln()).abs() < 1e-6);
        assert_eq!(gradient, [0.25, 0.25, -0.75, 0.25]);
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let (sum, gradient) = run(&[1e30, -1e30], &Targets::Classes(vec![0]), 1);
        assert_eq!((sum.loss, sum.correct), (0.0, 1));
        assert!(gradient.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn a_poisoned_logit_poisons_the_loss_and_is_never_right() {
        let (sum, _) = run(&[f32::NAN, 1.0], &Targets::Classes(vec![1]), 1);
        assert!(sum.loss.is_nan());
        assert_eq!(sum.correct, 0);
    }

    #[test]
    fn squared_error_is_averaged_over_outputs_and_summed_over_samples() {
        let (sum, gradient) = run(&[1.0, 2.0, 3.0, 4.0], &Targets::Values(vec![0.0, 2.0, 1.0, 0.0]), 2);
        assert_eq!(sum.loss, 0.5 * 1.0 + 0.5 * (4.0 + 16.0));
        assert_eq!(gradient, [1.0, 0.0, 2.0, 4.0]);
    }

    #[test]
    fn a_class_out_of_range_is_an_error_not_a_panic() {
        let error =
            loss(&Compute::new(1), &[0.0, 0.0], &Targets::Classes(vec![2]), &mut [0.0], &mut [0.0, 0.0]);
        assert!(matches!(error, Err(NnError::Batch { found: 2, expected: 2, .. })));
    }
}
