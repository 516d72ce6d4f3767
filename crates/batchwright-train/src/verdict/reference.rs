//! What a training loss is compared with, so that "high" has a meaning: a constant answer, and the
//! labels of the most similar training samples. Neither needs training.
//!
//! A loss of 0.7 is good where classes overlap, and poor where similar samples have the same label.

use batchwright_data::{Batch, Dataset, InputKind, Targets, Task, sample_shape};

/// Most training samples that are looked at for a constant answer.
const MOST_FOR_CONSTANT: usize = 20_000;
/// Most training samples among which neighbours are searched, and most samples whose neighbours
/// are.
const MOST_NEIGHBOURS: usize = 2_000;
const MOST_JUDGED: usize = 500;
/// Most input numbers that are held at once for the search.
const MOST_NUMBERS: usize = 4_000_000;
/// Samples that are gathered at once where only their targets are wanted.
const GATHERED: usize = 64;
/// Numbers of neighbours that are tried; the best counts.
const COUNTS: [usize; 4] = [1, 3, 7, 15];

/// How good the answers of nearest neighbours are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NeighbourScore {
    /// Share of right answers, and the samples that it was counted on.
    Accuracy(f64, u64),
    /// Mean squared error.
    Loss(f64),
}

/// Mean loss, over `judged`, of the constant answer that is best on `train`: the frequencies of its
/// classes or tokens, or its mean. 0 without samples.
pub(crate) fn constant_loss(train: &dyn Dataset, judged: &dyn Dataset) -> f64 {
    let (known, judged) = (targets(train, MOST_FOR_CONSTANT), targets(judged, MOST_FOR_CONSTANT));
    match (known, judged) {
        (Targets::Classes(known), Targets::Classes(judged))
        | (Targets::Tokens(known), Targets::Tokens(judged)) => mean(&cross_entropies(&known, &judged)),
        (Targets::Values(known), Targets::Values(judged)) => {
            squared_errors(&known, &judged, train.task().outputs())
        }
        _ => 0.0,
    }
}

fn cross_entropies(train: &[u32], judged: &[u32]) -> Vec<f64> {
    let classes = train.iter().chain(judged).max().map_or(0, |&largest| largest as usize + 1);
    let mut counts = vec![0.0; classes];
    train.iter().for_each(|&class| counts[class as usize] += 1.0);
    // A class that the training samples lack would cost an infinite loss: it counts as half a
    // sample.
    let share = |class: u32| f64::max(counts[class as usize], 0.5) / train.len().max(1) as f64;
    judged.iter().map(|&class| -share(class).ln()).collect()
}

fn squared_errors(train: &[f32], judged: &[f32], outputs: usize) -> f64 {
    let of_output = |output: usize| {
        let column = |values: &[f32]| -> Vec<f64> {
            values.iter().skip(output).step_by(outputs).map(|&value| f64::from(value)).collect()
        };
        let centre = mean(&column(train));
        mean(&column(judged).iter().map(|value| (value - centre).powi(2)).collect::<Vec<f64>>())
    };
    mean(&(0..outputs).map(of_output).collect::<Vec<f64>>())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// How well the samples of `judged` are predicted by those of `train` that are most like them, for
/// the best of a few numbers of neighbours; `None` where inputs are no numbers or samples are too
/// few.
pub(crate) fn neighbours(train: &dyn Dataset, judged: &dyn Dataset) -> Option<NeighbourScore> {
    let numbers = train.input_kind() == InputKind::Numbers;
    let several = matches!(train.task(), Task::Regress { outputs } if outputs > 1);
    if !numbers || several || train.is_empty() || judged.is_empty() {
        return None;
    }
    let width = sample_shape(train).inputs;
    let (known, asked) = (samples(train, MOST_NEIGHBOURS), samples(judged, MOST_JUDGED));
    let (inputs, questions) = (known.inputs.numbers()?, asked.inputs.numbers()?);
    let nearest: Vec<Vec<usize>> =
        questions.chunks_exact(width).map(|question| nearest(question, inputs, width)).collect();
    let counts = COUNTS.into_iter().filter(|&count| count <= known.len());
    match (&known.targets, &asked.targets) {
        (Targets::Classes(labels), Targets::Classes(truth)) => {
            let accuracy = |count| {
                let right =
                    nearest.iter().zip(truth).filter(|(near, class)| vote(&near[..count], labels) == **class);
                right.count() as f64 / truth.len() as f64
            };
            let best = counts.map(accuracy).max_by(f64::total_cmp)?;
            Some(NeighbourScore::Accuracy(best, truth.len() as u64))
        }
        (Targets::Values(labels), Targets::Values(truth)) => {
            let loss = |count: usize| {
                let error = |(near, value): (&Vec<usize>, &f32)| {
                    let answer =
                        near[..count].iter().map(|&i| f64::from(labels[i])).sum::<f64>() / count as f64;
                    (answer - f64::from(*value)).powi(2)
                };
                mean(&nearest.iter().zip(truth).map(error).collect::<Vec<f64>>())
            };
            counts.map(loss).min_by(f64::total_cmp).map(NeighbourScore::Loss)
        }
        _ => None,
    }
}

/// The positions of the nearest rows of `inputs` `[.., width]`, nearest first.
fn nearest(question: &[f32], inputs: &[f32], width: usize) -> Vec<usize> {
    let distance = |row: &[f32]| row.iter().zip(question).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let mut by_distance: Vec<(f32, usize)> =
        inputs.chunks_exact(width).enumerate().map(|(i, row)| (distance(row), i)).collect();
    let most = COUNTS[COUNTS.len() - 1].min(by_distance.len());
    by_distance.select_nth_unstable_by(most - 1, |a, b| a.0.total_cmp(&b.0));
    by_distance.truncate(most);
    by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
    by_distance.into_iter().map(|(_, i)| i).collect()
}

/// The most frequent class; of equals the one whose first sample is nearest.
fn vote(near: &[usize], labels: &[u32]) -> u32 {
    let votes = |class: u32| near.iter().filter(|&&i| labels[i] == class).count();
    let best = near.iter().rev().max_by_key(|&&i| votes(labels[i]));
    best.map_or(0, |&i| labels[i])
}

/// At most `most` samples, spread evenly over the data set: a program's own arrays may be sorted.
fn spread(data: &dyn Dataset, most: usize) -> Vec<u32> {
    let count = data.len().min(most);
    (0..count).map(|i| (i * data.len() / count) as u32).collect()
}

/// Some samples as one batch, fewer where they are wide.
fn samples(data: &dyn Dataset, most: usize) -> Batch {
    let shape = sample_shape(data);
    let indices = spread(data, most.min(MOST_NUMBERS / shape.inputs.max(1)).max(1));
    let mut batch = Batch::with_capacity(indices.len(), shape);
    data.gather(&indices, 0, &mut batch);
    batch
}

/// The targets of some samples, gathered through a small batch.
pub(crate) fn targets(data: &dyn Dataset, most: usize) -> Targets {
    let shape = sample_shape(data);
    let mut batch = Batch::with_capacity(GATHERED, shape);
    let mut all = Targets::with_capacity(0, shape);
    for indices in spread(data, most).chunks(GATHERED) {
        data.gather(indices, 0, &mut batch);
        match (&mut all, &batch.targets) {
            (Targets::Classes(all), Targets::Classes(some))
            | (Targets::Tokens(all), Targets::Tokens(some)) => all.extend_from_slice(some),
            (Targets::Values(all), Targets::Values(some)) => all.extend_from_slice(some),
            _ => unreachable!("a data set has targets of the kind of its task"),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::Arrays;

    #[test]
    fn a_constant_answer_costs_the_entropy_or_the_variance() {
        let inputs = [0.0; 8];
        let classes = Arrays::classify(&inputs, 1, &[0, 0, 0, 0, 1, 1, 2, 3], 4).unwrap();
        // Entropy of (1/2, 1/4, 1/8, 1/8).
        assert!((constant_loss(&classes, &classes) - 1.75 * 2f64.ln()).abs() < 1e-12);
        let values = Arrays::regress(&inputs[..4], 1, &[1.0, 2.0, 3.0, 6.0], 1).unwrap();
        assert_eq!(constant_loss(&values, &values), 3.5);
        let pairs = Arrays::regress(&inputs[..2], 1, &[1.0, 10.0, 3.0, 14.0], 2).unwrap();
        assert_eq!(constant_loss(&pairs, &pairs), (1.0 + 4.0) / 2.0);
    }

    /// The training subset is compared with a constant answer on the same few samples.
    #[test]
    fn the_constant_is_of_the_training_split_and_the_loss_of_the_judged_samples() {
        let train = Arrays::regress(&[0.0; 2], 1, &[0.0, 2.0], 1).unwrap();
        let judged = Arrays::regress(&[0.0; 1], 1, &[4.0], 1).unwrap();
        assert_eq!(constant_loss(&train, &judged), 9.0);
        let train = Arrays::classify(&[0.0; 4], 1, &[0, 0, 0, 1], 3).unwrap();
        let judged = Arrays::classify(&[0.0; 2], 1, &[1, 2], 3).unwrap();
        let expected = (4f64.ln() + 8f64.ln()) / 2.0;
        assert!((constant_loss(&train, &judged) - expected).abs() < 1e-12);
    }

    /// Corners of a square, labelled by exclusive or: neighbours know it, no constant does.
    #[test]
    fn neighbours_know_what_a_line_cannot_separate() {
        let inputs: Vec<f32> =
            (0..40).flat_map(|i| [(i % 2) as f32 + 0.01 * i as f32, (i / 2 % 2) as f32]).collect();
        let labels: Vec<u32> = (0..40).map(|i| (i % 2) ^ (i / 2 % 2)).collect();
        let data = Arrays::classify(&inputs, 2, &labels, 2).unwrap();
        assert_eq!(neighbours(&data, &data), Some(NeighbourScore::Accuracy(1.0, 40)));
        let values: Vec<f32> = labels.iter().map(|&label| label as f32).collect();
        let data = Arrays::regress(&inputs, 2, &values, 1).unwrap();
        assert_eq!(neighbours(&data, &data), Some(NeighbourScore::Loss(0.0)));
    }

    #[test]
    fn one_sample_has_one_neighbour() {
        let data = Arrays::classify(&[0.5], 1, &[1], 2).unwrap();
        assert_eq!(neighbours(&data, &data), Some(NeighbourScore::Accuracy(1.0, 1)));
    }
}
