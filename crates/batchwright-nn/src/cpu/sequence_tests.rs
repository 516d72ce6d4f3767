//! Networks of sequences in an engine: every layer's gradient against finite differences, attention
//! against its definition, and what holds for all of them: causality, any number of threads,
//! micro-batches that add up, an exact plan.

use crate::cpu::CpuEngine;
use crate::cpu::differences::{check_gradient, loss, slope};
use crate::engine::{Engine, EngineOptions, Update};
use crate::error::NnError;
use crate::layer::activation::Activation;
use crate::model::build::network_of;
use crate::model::gpt::Gpt;
use crate::model::spec::LayerSpec;
use batchwright_data::{Batch, Domain, Inputs, RandomStream, SampleShape, Targets, Task};

const VOCABULARY: usize = 7;

/// An engine whose weights are far from their start, where some gradients vanish.
fn engine(specs: &[LayerSpec], shape: SampleShape, options: EngineOptions) -> CpuEngine {
    let network = network_of(specs, shape).unwrap();
    let mut engine = CpuEngine::new(network, shape, options).unwrap();
    let mut stream = RandomStream::new(2, Domain::Bed, 0, 0);
    engine.weights.iter_mut().for_each(|weight| *weight += 0.3 * stream.normal() as f32);
    engine
}

/// The samples `ids`, each a function of its id.
fn texts(ids: std::ops::Range<u32>, shape: SampleShape) -> Batch {
    let mut batch = Batch::with_capacity(ids.len(), shape);
    let Task::NextToken { vocabulary } = shape.task else { unreachable!("a text") };
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for id in ids {
        let mut stream = RandomStream::new(5, Domain::Bed, u64::from(id), 1);
        for _ in 0..shape.inputs {
            inputs.push(stream.below(vocabulary as u32));
            targets.push(stream.below(vocabulary as u32));
        }
        batch.ids.push(id);
    }
    (batch.inputs, batch.targets) = (Inputs::Tokens(inputs), Targets::Tokens(targets));
    batch
}

fn embedding(width: usize) -> LayerSpec {
    LayerSpec::Embedding { width, vocabulary: None, deviation: Some(0.5) }
}

fn attention(heads: usize, rotary: bool, dropout: f64) -> LayerSpec {
    LayerSpec::Attention { heads, rotary, dropout, deviation: None, output_deviation: None }
}

fn small_gpt() -> Gpt {
    Gpt { layers: 2, heads: 2, width: 8, context: 5, ..Gpt::default() }
}

/// Layers between an embedding of six numbers and the logits, each list with another of them, then
/// whole models.
fn networks() -> Vec<Vec<LayerSpec>> {
    let activation = |function| LayerSpec::Activation { function };
    let inner = [
        vec![],
        vec![LayerSpec::Positions { deviation: None }],
        vec![LayerSpec::LayerNorm],
        vec![LayerSpec::RmsNorm],
        vec![attention(2, false, 0.0)],
        vec![attention(3, true, 0.0)],
        vec![LayerSpec::linear(6), activation(Activation::GeluExact)],
        vec![LayerSpec::linear(6), activation(Activation::Silu)],
        vec![attention(1, true, 0.4), LayerSpec::Dropout { probability: 0.3 }],
    ];
    let end = LayerSpec::linear(VOCABULARY);
    let whole = |layers: Vec<LayerSpec>| [vec![embedding(6)], layers, vec![end.clone()]].concat();
    let gpts = [(false, false, 0.0), (false, true, 0.0), (true, false, 0.2), (true, true, 0.2)]
        .map(|(rotary, tied, dropout)| Gpt { rotary, tied, ..small_gpt() }.specs(VOCABULARY, dropout));
    inner.into_iter().map(whole).chain(gpts).collect()
}

#[test]
fn every_gradient_agrees_with_finite_differences() {
    let shape = SampleShape::text(5, VOCABULARY);
    for specs in networks() {
        check_gradient(&mut engine(&specs, shape, EngineOptions::default()), &texts(0..4, shape), 1e-3);
    }
}

/// A length of several blocks of queries, and widths at which products are divided: per tensor, the
/// derivative along its gradient must be the gradient's length.
#[test]
fn long_sequences_along_the_gradient_of_each_tensor() {
    let shape = SampleShape::text(70, 30);
    let gpt = Gpt { layers: 1, heads: 2, width: 24, context: 70, rotary: true, tied: true };
    let options = EngineOptions { micro_batch: 6, threads: 2, ..EngineOptions::default() };
    let mut engine = engine(&gpt.specs(30, 0.1), shape, options);
    let batch = texts(0..6, shape);
    loss(&mut engine, &batch);
    let gradient = engine.gradient.clone();
    let mut first = 0;
    for tensor in engine.tensors() {
        let part = first..first + tensor.data.len();
        first = part.end;
        let length = gradient[part.clone()].iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        let direction: Vec<(usize, f32)> =
            part.map(|at| (at, (f64::from(gradient[at]) / length) as f32)).collect();
        let expected = slope(&mut engine, &batch, &direction);
        assert!((length / expected - 1.0).abs() < 2e-3, "{}: {length} {expected}", tensor.name);
    }
    assert_eq!(first, gradient.len());
}

/// Attention as it is defined, in double precision: for each query a softmax over all earlier keys.
/// `x [length, width]`; weights and biases as in files.
fn reference(x: &[f64], heads: usize, rotary: bool, tensors: &[Vec<f64>], width: usize) -> Vec<f64> {
    let dense = |x: &[f64], weight: &[f64], bias: &[f64]| -> Vec<f64> {
        let row = |row: &[f64]| -> Vec<f64> {
            let dot = |w: &[f64]| w.iter().zip(row).map(|(w, x)| w * x).sum::<f64>();
            weight.chunks(width).zip(bias).map(|(w, b)| b + dot(w)).collect()
        };
        x.chunks(width).flat_map(row).collect()
    };
    let (length, head) = (x.len() / width, width / heads);
    let qkv = dense(x, &tensors[0], &tensors[1]);
    let part = |position: usize, part: usize, at: usize| -> Vec<f64> {
        let numbers = &qkv[position * 3 * width + part * width + at * head..][..head];
        if !rotary || part == 2 {
            return numbers.to_vec();
        }
        let half = head / 2;
        let turn = |i: usize| {
            let angle = position as f64 / 10_000f64.powf((i % half) as f64 / half as f64);
            let sign = if i < half { -1.0 } else { 1.0 };
            numbers[i] * angle.cos() + sign * numbers[(i + half) % head] * angle.sin()
        };
        (0..head).map(turn).collect()
    };
    let mut attended = vec![0.0; length * width];
    for at in 0..heads {
        for query in 0..length {
            let q = part(query, 0, at);
            let score = |key: usize| {
                let dot: f64 = part(key, 1, at).iter().zip(&q).map(|(k, q)| k * q).sum();
                (dot / (head as f64).sqrt()).exp()
            };
            let scores: Vec<f64> = (0..=query).map(score).collect();
            let total: f64 = scores.iter().sum();
            for (key, score) in scores.iter().enumerate() {
                let to = &mut attended[query * width + at * head..][..head];
                to.iter_mut().zip(part(key, 2, at)).for_each(|(to, v)| *to += score / total * v);
            }
        }
    }
    dense(&attended, &tensors[2], &tensors[3])
}

#[test]
fn attention_is_its_definition() {
    const WIDTH: usize = 8;
    for (length, heads, rotary) in [(1, 2, false), (33, 2, true), (70, 1, false)] {
        let shape = SampleShape::text(length, WIDTH);
        let specs = [embedding(WIDTH), attention(heads, rotary, 0.0)];
        let mut engine = engine(&specs, shape, EngineOptions::default());
        let batch = texts(0..2, shape);
        let mut outputs = Vec::new();
        engine.predict(&batch, &mut outputs).unwrap();
        let tensors: Vec<Vec<f64>> = engine
            .tensors()
            .into_iter()
            .map(|tensor| tensor.data.into_iter().map(f64::from).collect())
            .collect();
        let Inputs::Tokens(tokens) = &batch.inputs else { unreachable!() };
        for (tokens, outputs) in tokens.chunks(length).zip(outputs.chunks(length * WIDTH)) {
            let row = |&token: &u32| tensors[0][token as usize * WIDTH..][..WIDTH].to_vec();
            let x: Vec<f64> = tokens.iter().flat_map(row).collect();
            let expected = reference(&x, heads, rotary, &tensors[1..], WIDTH);
            for (ours, expected) in outputs.iter().zip(expected) {
                assert!((f64::from(*ours) - expected).abs() < 2e-6, "{length}: {ours} {expected}");
            }
        }
    }
}

/// A model that sees the token that it is to predict learns to copy it and nothing else.
#[test]
fn a_later_token_changes_no_earlier_output() {
    let shape = SampleShape::text(40, VOCABULARY);
    for (rotary, tied) in [(false, false), (true, true)] {
        let gpt = Gpt { context: 40, rotary, tied, ..small_gpt() };
        let mut engine = engine(&gpt.specs(VOCABULARY, 0.0), shape, EngineOptions::default());
        let mut outputs = |tokens: Vec<u32>| {
            let batch = Batch { inputs: Inputs::Tokens(tokens), ..texts(0..1, shape) };
            let mut outputs = Vec::new();
            engine.predict(&batch, &mut outputs).unwrap();
            outputs
        };
        let Inputs::Tokens(tokens) = texts(0..1, shape).inputs else { unreachable!() };
        let before = outputs(tokens.clone());
        for changed in [0, 17, 31, 32, 39] {
            let mut tokens = tokens.clone();
            tokens[changed] = (tokens[changed] + 1) % VOCABULARY as u32;
            let after = outputs(tokens);
            assert_eq!(before[..changed * VOCABULARY], after[..changed * VOCABULARY]);
            let later = before[changed * VOCABULARY..].chunks(VOCABULARY);
            assert!(later.zip(after[changed * VOCABULARY..].chunks(VOCABULARY)).all(|(a, b)| a != b));
        }
    }
}

#[test]
fn neither_threads_nor_a_step_in_one_call_change_a_bit() {
    let shape = SampleShape::text(40, 90);
    for tied in [false, true] {
        let gpt = Gpt { layers: 1, heads: 3, width: 66, context: 40, rotary: tied, tied };
        let run = |threads| {
            let options = EngineOptions { threads, ..EngineOptions::default() };
            let mut engine = engine(&gpt.specs(90, 0.1), shape, options);
            for step in 0..2 {
                let batch = texts(step * 9..step * 9 + 9, shape);
                if threads == 3 {
                    engine.step(&batch, 0.1).unwrap();
                } else {
                    engine.gradient(&batch).unwrap();
                    assert!(matches!(engine.update(0.1), Update::Applied { .. }));
                }
            }
            let mut losses = Vec::new();
            engine.evaluate(&texts(0..5, shape), &mut losses).unwrap();
            (engine.weights, losses)
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3), "tied: {tied}");
    }
}

#[test]
fn micro_batches_add_up_to_the_whole_batch() {
    let shape = SampleShape::text(5, VOCABULARY);
    for specs in networks() {
        let new = || engine(&specs, shape, EngineOptions::default());
        let (mut whole, mut divided) = (new(), new());
        whole.gradient(&texts(0..9, shape)).unwrap();
        for part in [0..4, 4..9] {
            divided.gradient(&texts(part, shape)).unwrap();
        }
        let largest = whole.gradient.iter().fold(0.0f32, |most, g| most.max(g.abs()));
        for (whole, divided) in whole.gradient.iter().zip(divided.gradient.iter()) {
            assert!((whole - divided).abs() < 3e-6 * largest, "{specs:?}: {whole} {divided}");
        }
    }
}

/// Evaluation uses other buffers than training. Without dropout, it must give the same loss.
#[test]
fn evaluation_agrees_with_training_and_a_gpt_learns() {
    let shape = SampleShape::text(5, VOCABULARY);
    for (rotary, tied) in [(false, false), (true, true)] {
        let specs = Gpt { rotary, tied, ..small_gpt() }.specs(VOCABULARY, 0.0);
        let mut engine = engine(&specs, shape, EngineOptions::default());
        let batch = texts(0..6, shape);
        let before = loss(&mut engine, &batch) / 6.0;
        assert_eq!(engine.evaluate(&batch, &mut Vec::new()).unwrap().mean(), before);
        for _ in 0..150 {
            engine.gradient(&batch).unwrap();
            assert!(matches!(engine.update(0.03), Update::Applied { .. }));
        }
        let after = engine.evaluate(&batch, &mut Vec::new()).unwrap();
        assert!(after.mean() < 0.3 * before && after.correct > 25, "{before} {after:?}");
    }
}

/// Bytes that an engine allocates in addition to the numbers of its plan.
fn beside_the_plan(gpt: Gpt, vocabulary: usize, micro_batch: usize) -> u64 {
    let shape = SampleShape::text(gpt.context, vocabulary);
    let specs = gpt.specs(vocabulary, 0.1);
    let options = EngineOptions { micro_batch, ..EngineOptions::default() };
    let network = || network_of(&specs, shape).unwrap();
    let plan = CpuEngine::new(network(), shape, options).unwrap().plan;
    let batch = 4 * (micro_batch * (shape.inputs + shape.targets() + 1)) as u64;
    let network = network();
    let allocated = allocation_counter::measure(|| drop(CpuEngine::new(network, shape, options)));
    allocated.bytes_total - (plan.bytes() as u64 - batch)
}

/// What is allocated in addition to the plan is the same for any size, to the byte.
#[test]
fn the_plan_is_exact() {
    for tied in [false, true] {
        let gpt = Gpt { tied, rotary: tied, ..small_gpt() };
        let least = beside_the_plan(Gpt { heads: 1, width: 2, context: 1, ..gpt }, 2, 1);
        for (width, context, vocabulary, micro_batch) in [(8, 5, 7, 1), (16, 40, 50, 33), (40, 9, 300, 12)] {
            assert_eq!(beside_the_plan(Gpt { width, context, ..gpt }, vocabulary, micro_batch), least);
        }
    }
}

#[test]
fn a_step_and_an_evaluation_allocate_nothing() {
    let shape = SampleShape::text(5, VOCABULARY);
    let batch = texts(0..12, shape);
    for specs in networks() {
        let mut engine = engine(&specs, shape, EngineOptions::default());
        let (mut losses, mut outputs) = (Vec::with_capacity(12), Vec::with_capacity(12 * 5 * VOCABULARY));
        let allocated = allocation_counter::measure(|| {
            for _ in 0..3 {
                engine.gradient(&batch).unwrap();
                engine.update(0.001);
            }
            engine.evaluate(&batch, &mut losses).unwrap();
            engine.predict(&batch, &mut outputs).unwrap();
        });
        assert_eq!(allocated.count_total, 0, "{specs:?}");
        assert_eq!((losses.len(), outputs.len()), (12, 12 * 5 * VOCABULARY));
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let shape = SampleShape::text(5, VOCABULARY);
    let mut engine = engine(&small_gpt().specs(VOCABULARY, 0.0), shape, EngineOptions::default());
    let mut refused = |inputs| {
        let batch = Batch { inputs, ..texts(0..1, shape) };
        matches!(engine.gradient(&batch), Err(NnError::Batch { .. }))
            && matches!(engine.predict(&batch, &mut Vec::new()), Err(NnError::Batch { .. }))
    };
    assert!(!refused(Inputs::Tokens(vec![0, 1, 2, 3, 6])));
    assert!(refused(Inputs::Tokens(vec![0, 1, 2, 3, 7])));
    assert!(refused(Inputs::Tokens(vec![0, 1, 2, 3, u32::MAX])));
    assert!(refused(Inputs::Tokens(vec![0, 1, 2, 3])));
    assert!(refused(Inputs::Numbers(vec![0.0; 5])));
}
