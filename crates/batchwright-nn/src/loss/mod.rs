//! The losses: softmax cross-entropy for classes and tokens, binary cross-entropy for two classes with
//! one output, squared error and its relatives for values.
//!
//! Losses and gradients are *sums* over samples; the engine, which knows how many samples a step
//! has, divides once. With a mean per micro-batch, the samples of a short micro-batch would have
//! too much weight.

pub(crate) mod training_loss;

use crate::compute::context::Compute;
use crate::error::NnError;
use crate::loss::training_loss::{TrainingLoss, ValueLoss};
use crate::math::exp;
use batchwright_data::{Targets, Task};
use std::sync::atomic::{AtomicU64, Ordering};

/// Loss over some samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossSum {
    /// Sum of the samples' losses.
    pub loss: f64,
    /// Predictions that were right: classes, or tokens; 0 for values.
    pub correct: u64,
    /// Predictions that are right or wrong: one a sample, or one for each token of a text; 0 for
    /// values.
    pub predictions: u64,
    /// Number of samples.
    pub samples: u64,
}

impl LossSum {
    /// Mean loss per sample. Samples of a text are equally long, so it is also the mean per token.
    pub fn mean(&self) -> f64 {
        self.loss / self.samples as f64
    }

    /// Share of right predictions, in 0..=1; NaN without predictions.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.predictions as f64
    }

    /// Adds the samples of `other`.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.predictions += other.predictions;
        self.samples += other.samples;
    }
}

/// Computes each sample's loss into `losses [b]` and the gradient of their sum with respect to the
/// network's output into `gradient [b, width]` (from `output`, same shape).
///
/// - Classes: cross-entropy in nats of the softmax; gradient softmax - one-hot.
/// - Two classes with one output, the logit z of the second: cross-entropy of the logits 0 and z;
///   gradient sigmoid(z) - target.
/// - Tokens: the mean over a sample's positions of the cross-entropy of each, from logits
///   `[b, positions, vocabulary]`; gradient (softmax - one-hot) / positions.
/// - Values: mean over the outputs of (output - target)^2; gradient 2 (output - target) / width.
///
/// `training` says what is different where the gradient is used ([`TrainingLoss`]); it was checked.
///
/// # Errors
/// [`NnError::Batch`] if the number or the range of the targets does not fit the output.
pub(crate) fn loss(
    compute: &Compute,
    (task, training): (Task, &TrainingLoss),
    output: &[f32],
    targets: &Targets,
    losses: &mut [f32],
    gradient: &mut [f32],
) -> Result<LossSum, NnError> {
    let samples = losses.len();
    let width = output.len().checked_div(samples).unwrap_or(0);
    // Positions of a sample, each with one prediction.
    let positions = width / training.outputs(task).max(1);
    check(targets, task.outputs(), samples, positions)?;
    let mut sum = LossSum { samples: samples as u64, ..LossSum::default() };
    match targets {
        Targets::Classes(labels) if training.binary => {
            sum.predictions = labels.len() as u64;
            for (((loss, slope), &logit), &label) in losses.iter_mut().zip(gradient).zip(output).zip(labels) {
                (*loss, *slope) = binary_cross_entropy(training, logit, label);
                // A logit of 0 is the first class, as among equal logits, and NaN is none.
                sum.correct += u64::from(if label == 1 { logit > 0.0 } else { logit <= 0.0 });
            }
        }
        Targets::Classes(labels) | Targets::Tokens(labels) => {
            sum.predictions = labels.len() as u64;
            let logits = Logits { output, labels, positions };
            sum.correct = cross_entropies(compute, training, &logits, losses, gradient);
        }
        Targets::Values(values) => {
            for (i, (loss, gradient)) in losses.iter_mut().zip(gradient.chunks_exact_mut(width)).enumerate() {
                let row = i * width..(i + 1) * width;
                *loss = value_loss(training.values, &output[row.clone()], &values[row], gradient);
            }
        }
    }
    sum.loss = losses.iter().map(|&loss| f64::from(loss)).sum();
    Ok(sum)
}

fn check(targets: &Targets, outputs: usize, samples: usize, positions: usize) -> Result<(), NnError> {
    let range = |labels: &[u32], what| match labels.iter().find(|&&label| label as usize >= outputs) {
        Some(&found) => Err(NnError::Batch { what, found: found as usize, expected: outputs }),
        None => Ok(()),
    };
    let (what, found, expected) = match targets {
        Targets::Classes(classes) => {
            range(classes, "as a class number")?;
            ("targets", classes.len(), samples)
        }
        Targets::Tokens(tokens) => {
            range(tokens, "as a token id")?;
            ("target tokens", tokens.len(), samples * positions)
        }
        Targets::Values(values) => ("target values", values.len(), samples * outputs),
    };
    if found == expected { Ok(()) } else { Err(NnError::Batch { what, found, expected }) }
}

/// Logits, and which of them should be the largest.
struct Logits<'a> {
    /// `[b, positions, outputs]`
    output: &'a [f32],
    /// `[b, positions]`
    labels: &'a [u32],
    positions: usize,
}

/// Each sample's mean cross-entropy over its positions, and the gradient of their sum. Returns how
/// many predictions are right.
fn cross_entropies(
    compute: &Compute,
    training: &TrainingLoss,
    logits: &Logits,
    losses: &mut [f32],
    gradient: &mut [f32],
) -> u64 {
    let plain = training.label_smoothing == 0.0 && training.class_weights.is_empty();
    let Logits { output, labels, positions } = *logits;
    let (samples, width) = (losses.len(), output.len() / losses.len().max(1));
    let outputs = width / positions.max(1);
    // A sum of whole numbers does not depend on the order of the threads.
    let correct = AtomicU64::new(0);
    compute.rows(
        samples,
        (256 / positions.max(1)).max(1),
        [losses, gradient],
        #[inline(always)]
        |first, [losses, gradient]| {
            let mut right = 0;
            for (i, (loss, gradient)) in losses.iter_mut().zip(gradient.chunks_exact_mut(width)).enumerate() {
                let logits = output[(first + i) * width..][..width].chunks_exact(outputs);
                let labels = &labels[(first + i) * positions..][..positions];
                let mut total = 0.0;
                for ((logits, &label), gradient) in logits.zip(labels).zip(gradient.chunks_exact_mut(outputs))
                {
                    let label = label as usize;
                    total += if plain {
                        cross_entropy(logits, label, gradient)
                    } else {
                        spread_cross_entropy(training, logits, label, gradient)
                    };
                    right += u64::from(is_argmax(logits, label));
                }
                *loss = total;
                if positions > 1 {
                    *loss /= positions as f32;
                    gradient.iter_mut().for_each(|slope| *slope /= positions as f32);
                }
            }
            correct.fetch_add(right, Ordering::Relaxed);
        },
    );
    correct.into_inner()
}

/// -log softmax(logits)[class], and its gradient.
#[inline(always)]
fn cross_entropy(logits: &[f32], class: usize, gradient: &mut [f32]) -> f32 {
    let log_total = softmax(logits, gradient);
    gradient[class] -= 1.0;
    log_total - logits[class]
}

/// Writes the softmax; returns the logarithm of the sum of the exponentials.
#[inline(always)]
fn softmax(logits: &[f32], shares: &mut [f32]) -> f32 {
    // Subtracting the largest logit does not change the softmax, and keeps every exponential at
    // most 1.
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for (share, &logit) in shares.iter_mut().zip(logits) {
        *share = exp(logit - largest);
        total += *share;
    }
    for share in shares.iter_mut() {
        *share /= total;
    }
    total.ln() + largest
}

/// The cross-entropy against a target that is spread over the classes, with a weight for each:
/// sum over c of w_c t_c (-log p_c), where t is 1 - smoothing more at `class` than smoothing /
/// classes, which it is everywhere. Its gradient: p sum(w t) - w t.
#[inline(always)]
fn spread_cross_entropy(loss: &TrainingLoss, logits: &[f32], class: usize, gradient: &mut [f32]) -> f32 {
    let log_total = softmax(logits, gradient);
    let smoothing = loss.label_smoothing as f32;
    let everywhere = smoothing / logits.len() as f32;
    let target = |c: usize| {
        let weight = loss.class_weights.get(c).copied().unwrap_or(1.0);
        weight * if c == class { 1.0 - smoothing + everywhere } else { everywhere }
    };
    let (mut sum, mut total) = (0.0, 0.0);
    for (c, &logit) in logits.iter().enumerate() {
        sum += target(c);
        // Without smoothing, what another class costs is nothing, not 0 times infinity.
        if target(c) > 0.0 {
            total += target(c) * (log_total - logit);
        }
    }
    for (c, slope) in gradient.iter_mut().enumerate() {
        *slope = *slope * sum - target(c);
    }
    total
}

/// The cross-entropy of two classes from the logit of the second, against a target that is spread over
/// both, with a weight for each; and its slope. With e^-|z| no exponential overflows, and a small
/// probability keeps its digits.
#[inline(always)]
fn binary_cross_entropy(loss: &TrainingLoss, logit: f32, label: u32) -> (f32, f32) {
    let smoothing = loss.label_smoothing as f32;
    let target = |class: u32| {
        let weight = loss.class_weights.get(class as usize).copied().unwrap_or(1.0);
        weight * (smoothing / 2.0 + if class == label { 1.0 - smoothing } else { 0.0 })
    };
    let small = exp(-logit.abs());
    let (second, first) = if logit < 0.0 { (small, 1.0) } else { (1.0, small) };
    let [second, first] = [second, first].map(|share| share / (1.0 + small));
    // -log of the share of each class.
    let rest = small.ln_1p();
    let costs = [rest + logit.max(0.0), rest + (-logit).max(0.0)];
    let cost = |class: usize, target: f32| if target > 0.0 { target * costs[class] } else { 0.0 };
    let targets = [target(0), target(1)];
    (cost(0, targets[0]) + cost(1, targets[1]), targets[0] * second - targets[1] * first)
}

/// Mean over the outputs of what each error costs, and its gradient.
#[inline(always)]
fn value_loss(loss: ValueLoss, output: &[f32], target: &[f32], gradient: &mut [f32]) -> f32 {
    let width = output.len() as f32;
    let mut sum = 0.0;
    for ((slope, &output), &target) in gradient.iter_mut().zip(output).zip(target) {
        let error = output - target;
        let (cost, derivative) = match loss {
            ValueLoss::Squared => (error * error, 2.0 * error),
            ValueLoss::Absolute => (error.abs(), sign(error)),
            ValueLoss::Huber { delta } => {
                let delta = delta as f32;
                if error.abs() <= delta {
                    (0.5 * error * error, error)
                } else {
                    (delta * (error.abs() - 0.5 * delta), delta * sign(error))
                }
            }
        };
        *slope = derivative / width;
        sum += cost;
    }
    sum / width
}

/// -1, 0 or 1; NaN for NaN. As in PyTorch, the slope of |e| at 0 is 0.
fn sign(error: f32) -> f32 {
    if error == 0.0 { 0.0 } else { error.signum() }
}

/// Whether [`argmax`] is `position`, which most often shows after a few values.
#[inline(always)]
fn is_argmax(values: &[f32], position: usize) -> bool {
    let (before, from) = values.split_at(position);
    let largest = from[0];
    // Neither comparison holds for NaN.
    before.iter().all(|&value| value < largest) && from.iter().all(|&value| value <= largest)
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
        let outputs = output.len() / samples;
        let task = match targets {
            Targets::Classes(_) => Task::Classify { classes: outputs },
            Targets::Values(_) => Task::Regress { outputs },
            Targets::Tokens(tokens) => Task::NextToken { vocabulary: output.len() / tokens.len() },
        };
        let (mut losses, mut gradient) = (vec![0.0; samples], vec![0.0; output.len()]);
        let sum = loss(
            &Compute::new(1),
            (task, &TrainingLoss::default()),
            output,
            targets,
            &mut losses,
            &mut gradient,
        )
        .unwrap();
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
    fn targets_that_do_not_fit_are_an_error_not_a_panic() {
        let refused = |task, targets| {
            let error = loss(
                &Compute::new(1),
                (task, &TrainingLoss::default()),
                &[0.0; 4],
                &targets,
                &mut [0.0],
                &mut [0.0; 4],
            );
            matches!(error, Err(NnError::Batch { .. }))
        };
        let classes = Task::Classify { classes: 4 };
        assert!(refused(classes, Targets::Classes(vec![4])));
        assert!(refused(classes, Targets::Classes(vec![0, 0])));
        assert!(!refused(classes, Targets::Classes(vec![3])));
        let tokens = Task::NextToken { vocabulary: 2 };
        assert!(refused(tokens, Targets::Tokens(vec![0, 2])));
        for count in [0, 1, 3, 4] {
            assert!(refused(tokens, Targets::Tokens(vec![0; count])), "{count}");
        }
        assert!(!refused(tokens, Targets::Tokens(vec![0, 1])));
    }

    #[test]
    fn a_prediction_is_right_where_it_is_the_first_of_the_largest() {
        let values = [-1.0, 0.0, 2.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        for code in 0..values.len().pow(3) {
            let logits = [values[code % 6], values[code / 6 % 6], values[code / 36]];
            for position in 0..3 {
                let expected = argmax(&logits) == Some(position);
                assert_eq!(is_argmax(&logits, position), expected, "{logits:?} {position}");
            }
        }
    }

    /// Two windows of two tokens cost as much as their four tokens as classes: half of the sum.
    #[test]
    fn a_window_costs_the_mean_of_its_tokens() {
        let logits = [0.0, 1.0, 2.0, -1.0, 0.5, 0.5, 3.0, -3.0, 0.25, 1.0, 1.5, 2.0];
        let labels = vec![2, 0, 0, 1];
        let (classes, class_gradient) = run(&logits, &Targets::Classes(labels.clone()), 4);
        let (tokens, gradient) = run(&logits, &Targets::Tokens(labels), 2);
        assert!((tokens.loss - classes.loss / 2.0).abs() < 1e-6);
        assert_eq!((tokens.samples, tokens.predictions, tokens.correct), (2, 4, classes.correct));
        assert_eq!((classes.samples, classes.predictions, classes.correct), (4, 4, 2));
        assert_eq!(tokens.accuracy(), 0.5);
        assert!(gradient.iter().zip(class_gradient).all(|(token, class)| *token == class / 2.0));
    }

    #[test]
    fn tokens_cost_the_same_bits_for_any_number_of_threads() {
        let (samples, positions, vocabulary) = (37, 16, 5);
        let logits: Vec<f32> =
            (0..samples * positions * vocabulary).map(|i| (i * 7919 % 1009) as f32 / 200.0).collect();
        let tokens = Targets::Tokens((0..samples * positions).map(|i| (i * 31 % 5) as u32).collect());
        let run = |threads| {
            let (mut losses, mut gradient) = (vec![0.0; samples], vec![0.0; logits.len()]);
            let plain = (Task::NextToken { vocabulary }, &TrainingLoss::default());
            let compute = Compute::new(threads);
            let sum = loss(&compute, plain, &logits, &tokens, &mut losses, &mut gradient).unwrap();
            (sum, losses, gradient)
        };
        assert_eq!(run(1), run(3));
    }

    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        loss: TrainingLoss,
        outputs: usize,
        output: Vec<f32>,
        classes: Option<Vec<u32>>,
        tokens: Option<Vec<u32>>,
        values: Option<Vec<f32>>,
        losses: Vec<f64>,
        gradient: Vec<f64>,
    }

    /// PyTorch computes each sample's loss and the gradient of their sum.
    #[test]
    fn losses_and_gradients_are_those_of_pytorch() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/golden/losses.json")).unwrap();
        assert!(cases.len() > 10);
        for case in cases {
            let (task, targets) = match (case.classes, case.tokens, case.values) {
                (Some(classes), None, None) if case.loss.binary => {
                    (Task::Classify { classes: 2 }, Targets::Classes(classes))
                }
                (Some(classes), None, None) => {
                    (Task::Classify { classes: case.outputs }, Targets::Classes(classes))
                }
                (None, Some(tokens), None) => {
                    (Task::NextToken { vocabulary: case.outputs }, Targets::Tokens(tokens))
                }
                (None, None, Some(values)) => {
                    (Task::Regress { outputs: case.outputs }, Targets::Values(values))
                }
                _ => panic!("{}: one kind of targets", case.name),
            };
            case.loss.check(task).unwrap();
            let (mut losses, mut gradient) = (vec![0.0; case.losses.len()], vec![0.0; case.output.len()]);
            let compute = Compute::new(1);
            let of = (task, &case.loss);
            let sum = loss(&compute, of, &case.output, &targets, &mut losses, &mut gradient).unwrap();
            let close = |found: f32, expected: f64| {
                (f64::from(found) - expected).abs() <= 2e-6 * expected.abs().max(1.0)
            };
            for (found, expected) in
                losses.iter().zip(&case.losses).chain(gradient.iter().zip(&case.gradient))
            {
                assert!(close(*found, *expected), "{}: {found}, PyTorch {expected}", case.name);
            }
            assert!((sum.loss - case.losses.iter().sum::<f64>()).abs() < 1e-5, "{}", case.name);
        }
    }

    /// One logit costs, and is right, as the two logits 0 and it, whatever the loss.
    #[test]
    fn one_logit_is_worth_two_of_which_the_first_is_zero() {
        let task = Task::Classify { classes: 2 };
        let logits = [-90.0, -20.0, -1.5, -1e-4, 0.0, 0.25, 3.0, 15.0, 80.0];
        for (label_smoothing, class_weights) in
            [(0.0, vec![]), (0.25, vec![]), (0.25, vec![0.5, 2.0]), (0.0, vec![0.0, 3.0])]
        {
            let pair = TrainingLoss { label_smoothing, class_weights, ..TrainingLoss::default() };
            let one = TrainingLoss { binary: true, ..pair.clone() };
            for label in [0, 1] {
                let targets = Targets::Classes(vec![label; logits.len()]);
                let of = |training: &TrainingLoss, output: &[f32]| {
                    let (mut losses, mut gradient) = (vec![0.0; logits.len()], vec![0.0; output.len()]);
                    let compute = Compute::new(1);
                    let sum = loss(&compute, (task, training), output, &targets, &mut losses, &mut gradient);
                    (sum.unwrap(), losses, gradient)
                };
                let two: Vec<f32> = logits.iter().flat_map(|&logit| [0.0, logit]).collect();
                let (expected, expected_losses, expected_gradient) = of(&pair, &two);
                let (sum, losses, gradient) = of(&one, &logits);
                assert_eq!((sum.correct, sum.predictions), (expected.correct, expected.predictions));
                let second = expected_gradient.chunks_exact(2).map(|pair| pair[1]);
                for (found, expected) in losses.iter().zip(expected_losses).chain(gradient.iter().zip(second))
                {
                    assert!(
                        (found - expected).abs() <= 2e-6 * expected.abs().max(1.0),
                        "{label} {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_binary_loss_keeps_small_numbers_and_shows_poisoned_ones() {
        let one = TrainingLoss { binary: true, ..TrainingLoss::default() };
        // -ln(1 - e^-30 / (1 + e^-30)) is e^-30: 1 - p would have lost it.
        let (cost, slope) = binary_cross_entropy(&one, -30.0, 0);
        assert!((f64::from(cost) / (-30f64).exp() - 1.0).abs() < 1e-5, "{cost}");
        assert!((f64::from(slope) / (-30f64).exp() - 1.0).abs() < 1e-5, "{slope}");
        assert_eq!(binary_cross_entropy(&one, 1e30, 0), (1e30, 1.0));
        let (cost, slope) = binary_cross_entropy(&one, f32::NAN, 1);
        assert!(cost.is_nan() && slope.is_nan());
    }

    /// A class of weight 0 costs nothing, also where its logit is as low as can be.
    #[test]
    fn a_spread_target_does_not_multiply_nothing_by_infinity() {
        let training = TrainingLoss { class_weights: vec![0.0, 1.0], ..TrainingLoss::default() };
        let of = (Task::Classify { classes: 2 }, &training);
        let (mut losses, mut gradient) = ([0.0], [0.0; 2]);
        let logits = [f32::NEG_INFINITY, 0.0];
        let targets = Targets::Classes(vec![1]);
        let sum = loss(&Compute::new(1), of, &logits, &targets, &mut losses, &mut gradient).unwrap();
        assert_eq!(sum.loss, 0.0);
        // The exponential never falls below 1.6e-38.
        assert!(gradient.iter().all(|slope| slope.abs() < 1e-37), "{gradient:?}");
    }
}
