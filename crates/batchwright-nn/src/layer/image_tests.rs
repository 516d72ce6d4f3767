//! The layers of images against their definitions, written as plain loops in double precision, at
//! random sizes. Unlike finite differences, this finds a wrong place under the window whatever the
//! numbers are.

use crate::compute::context::Compute;
use crate::compute::gemm::gemm_scratch;
use crate::compute::precision::Precision;
use crate::layer::conv::Conv;
use crate::layer::depthwise::Depthwise;
use crate::layer::pool::{Kind, Pool};
use crate::layer::window::Window;
use crate::layer::winograd::Winograd;
use crate::layer::{Backward, Draw, Forward, Layer, Pass};
use proptest::prelude::*;

/// Deterministic numbers in -1..1.
fn numbers(len: usize, salt: u32) -> Vec<f32> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(salt) >> 8) as f32 / 8_388_608.0 - 1.0)
        .collect()
}

/// What a layer puts out, and the gradients for a given gradient of the output.
#[derive(Debug, PartialEq)]
struct Passed {
    y: Vec<f32>,
    dx: Vec<f32>,
    gradient: Vec<f32>,
}

/// A forward pass, and two backward passes, of which the second adds to the gradient.
fn pass(
    layer: &dyn Layer,
    threads: usize,
    samples: usize,
    parameters: &[f32],
    x: &[f32],
    dy: &[f32],
) -> Passed {
    let compute = Compute::new(threads);
    let mut scratch = vec![f32::NAN; gemm_scratch(threads).max(layer.scratch(threads))];
    let ids: Vec<u32> = (0..samples as u32).collect();
    let training = Some(Draw { seed: 0, epoch: 0, ids: &ids });
    let mut pass = Pass {
        compute: &compute,
        precision: Precision::F32,
        scratch: &mut scratch,
        samples,
        training,
        squares: None,
    };
    let mut kept = vec![f32::NAN; samples * layer.kept()];
    let mut work = vec![f32::NAN; samples * layer.work()];
    let mut y = vec![f32::NAN; samples * layer.outputs()];
    let forward = Forward {
        parameters,
        statistics: &[],
        x,
        kept: &mut kept,
        held: &mut [],
        work: &mut work,
        y: &mut y,
    };
    layer.forward(&mut pass, forward);
    let (mut dx, mut gradient) = (vec![f32::NAN; x.len()], vec![f32::NAN; parameters.len()]);
    for add in [false, true] {
        let backward = Backward {
            parameters,
            x,
            y: &y,
            kept: &kept,
            held: &[],
            work: &mut work,
            dy,
            dx: Some(&mut dx),
            gradient: &mut gradient,
            observed: &mut [],
            add,
        };
        layer.backward(&mut pass, backward);
    }
    Passed { y, dx, gradient }
}

/// One product of a convolution's sum: indices of output, input and weight.
struct Term {
    y: usize,
    x: usize,
    w: usize,
}

/// All products, by the definition.
fn terms(conv: &Conv, samples: usize) -> Vec<Term> {
    let Window { input, output, size, stride, padding, dilation } = conv.window;
    let (per_group, outputs) = (conv.channels / conv.groups, conv.outputs / conv.groups);
    let mut terms = Vec::new();
    let pairs = |[height, width]: [usize; 2]| (0..height).flat_map(move |y| (0..width).map(move |x| [y, x]));
    for sample in 0..samples {
        for at in pairs(output) {
            for tap in pairs(size) {
                let from = [0, 1].map(|axis| {
                    (at[axis] * stride[axis] + tap[axis] * dilation[axis]) as isize - padding[axis] as isize
                });
                if (0..2).any(|axis| from[axis] < 0 || from[axis] >= input[axis] as isize) {
                    continue;
                }
                for out in 0..conv.outputs {
                    for channel in 0..per_group {
                        let pixel = (sample * input[0] + from[0] as usize) * input[1] + from[1] as usize;
                        terms.push(Term {
                            y: ((sample * output[0] + at[0]) * output[1] + at[1]) * conv.outputs + out,
                            x: pixel * conv.channels + out / outputs * per_group + channel,
                            w: ((tap[0] * size[1] + tap[1]) * per_group + channel) * conv.outputs + out,
                        });
                    }
                }
            }
        }
    }
    terms
}

fn conv() -> impl Strategy<Value = Conv> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    let sizes = (pair(1..9), pair(1..4), pair(1..4), pair(0..3), pair(1..3));
    let channels = (prop_oneof![Just([1, 1]), Just([3, 2]), Just([1, 20])], 1usize..4);
    (sizes, channels, any::<bool>(), any::<bool>()).prop_filter_map(
        "the window must fit",
        |((input, size, stride, padding, dilation), ([channels, outputs], groups), bias, depthwise)| {
            let mut output = [0; 2];
            for axis in 0..2 {
                let room =
                    (input[axis] + 2 * padding[axis]).checked_sub((size[axis] - 1) * dilation[axis] + 1)?;
                output[axis] = room / stride[axis] + 1;
            }
            let window = Window { input, output, size, stride, padding, dilation };
            let groups = if depthwise { 17 } else { groups };
            let [channels, outputs] =
                if depthwise { [17, 17] } else { [channels * groups, outputs * groups] };
            Some(Conv { window, channels, outputs, groups, bias, deviation: 1.0 })
        },
    )
}

/// Whether numbers are right to `tolerance`, and to a tenth of it on average, times their root mean
/// square where that is above 1.
fn close(ours: &[f32], expected: &[f64], tolerance: f64, what: &str) -> Result<(), TestCaseError> {
    let mean = |squares: f64| (squares / expected.len().max(1) as f64).sqrt();
    let size = mean(expected.iter().map(|number| number * number).sum()).max(1.0);
    let mut squares = 0.0;
    for (index, (&ours, &expected)) in ours.iter().zip(expected).enumerate() {
        let error = (f64::from(ours) - expected).abs();
        prop_assert!(error < tolerance * size, "{what} {index}: {ours}, by the definition {expected}");
        squares += error * error;
    }
    prop_assert!(mean(squares) < 0.1 * tolerance * size, "{what}: errors of {} in {size}", mean(squares));
    Ok(())
}

/// Whether layers compute what `conv` is by definition, on any number of threads.
fn computes(
    conv: &Conv,
    layers: &[Box<dyn Layer>],
    samples: usize,
    tolerance: f64,
) -> Result<(), TestCaseError> {
    let weights = conv.window.taps() * (conv.channels / conv.groups) * conv.outputs;
    let parameters = numbers(weights + if conv.bias { conv.outputs } else { 0 }, 1);
    let (x, dy) = (numbers(samples * conv.inputs(), 2), numbers(samples * conv.outputs(), 3));
    let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
    let mut gradient = vec![0.0; parameters.len()];
    let wide = |numbers: &[f32], at: usize| f64::from(numbers[at]);
    for Term { y: out, x: from, w } in terms(conv, samples) {
        y[out] += wide(&x, from) * wide(&parameters, w);
        dx[from] += wide(&dy, out) * wide(&parameters, w);
        gradient[w] += 2.0 * wide(&dy, out) * wide(&x, from);
    }
    if conv.bias {
        for (out, y) in y.iter_mut().enumerate() {
            *y += wide(&parameters, weights + out % conv.outputs);
            gradient[weights + out % conv.outputs] += 2.0 * wide(&dy, out);
        }
    }
    for layer in layers {
        let ours = pass(&**layer, 1, samples, &parameters, &x, &dy);
        close(&ours.y, &y, tolerance, "output")?;
        close(&ours.dx, &dx, tolerance, "gradient of input")?;
        close(&ours.gradient, &gradient, tolerance, "gradient of parameter")?;
        prop_assert_eq!(&ours, &pass(&**layer, 3, samples, &parameters, &x, &dy));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn a_convolution_is_its_definition(conv in conv(), samples in 1usize..4) {
        let mut layers: Vec<Box<dyn Layer>> = vec![Box::new(conv.clone())];
        let Conv { window, channels, outputs, groups, bias, deviation } = conv;
        if groups == channels && channels == outputs {
            layers.push(Box::new(Depthwise { window, channels, bias, deviation }));
        }
        computes(&conv, &layers, samples, 1e-4)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_convolution_at_points_is_its_definition(
        output in [4usize..13, 4..13],
        size in prop_oneof![Just(3), Just(5)],
        padding in [0usize..3, 0..3],
        (channels, outputs) in prop_oneof![Just((16, 16)), Just((16, 48)), Just((32, 16))],
        bias in any::<bool>(),
        samples in 1usize..40,
    ) {
        let input = [0, 1].map(|axis| (output[axis] + size - 1).saturating_sub(2 * padding[axis]).max(1));
        let window =
            Window { input, output, size: [size; 2], stride: [1, 1], padding, dilation: [1, 1] };
        let samples = (samples * 64 / (output[0] * output[1])).clamp(1, samples);
        let conv = Conv { window, channels, outputs, groups: 1, bias, deviation: 1.0 };
        match Winograd::of(&conv) {
            Some(winograd) => computes(&conv, &[Box::new(winograd)], samples, 5e-4)?,
            None => prop_assert!(output[0] % 4 == 1 || output[1] % 4 == 1, "{output:?}"),
        }
    }
}

/// So large that the work is divided among threads and the positions into blocks.
#[test]
fn a_large_convolution_has_the_same_bits_on_any_number_of_threads() {
    for (size, groups, padding) in
        [([5, 5], 1, [2, 2]), ([1, 1], 1, [0, 0]), ([3, 3], 2, [1, 1]), ([3, 3], 32, [1, 1])]
    {
        let window =
            Window { input: [20, 19], output: [20, 19], size, stride: [1, 1], padding, dilation: [1, 1] };
        let outputs = if groups == 32 { 32 } else { 48 };
        let conv = Conv { window, channels: 32, outputs, groups, bias: true, deviation: 1.0 };
        let parameters = numbers(window.taps() * 32 / groups * outputs + outputs, 1);
        let (x, dy) = (numbers(5 * conv.inputs(), 2), numbers(5 * conv.outputs(), 3));
        let one = pass(&conv, 1, 5, &parameters, &x, &dy);
        for threads in [2, 3] {
            assert_eq!(one, pass(&conv, threads, 5, &parameters, &x, &dy), "{threads} threads");
        }
    }
}

#[test]
fn pools_by_hand() {
    // Two channels; the second is the first with the sign turned. 3 x 3, windows of 2 x 2, stride 1, one
    // row and column of padding: 4 x 4 positions.
    let first = [1.0, 2.0, 3.0, 4.0, 4.0, 6.0, -7.0, 8.0, 9.0f32];
    let x: Vec<f32> = first.iter().flat_map(|&x| [x, -x]).collect();
    let window = Window {
        input: [3, 3],
        output: [4, 4],
        size: [2, 2],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
    };
    let dy: Vec<f32> = (0..16).flat_map(|position| [position as f32, 1.0]).collect();
    let max = pass(&Pool { kind: Kind::Max, window, channels: 2 }, 1, 1, &[], &x, &dy);
    let channel =
        |numbers: &[f32], at: usize| numbers.iter().skip(at).step_by(2).copied().collect::<Vec<_>>();
    let largest = [1., 2., 3., 3., 4., 4., 6., 6., 4., 8., 9., 9., -7., 8., 9., 9.];
    assert_eq!(channel(&max.y, 0), largest);
    assert_eq!(channel(&max.y, 1)[..6], [-1., -1., -2., -3., -1., -1.]);
    // The 4 of the first column is the first of two maxima at position 5.
    assert_eq!(channel(&max.dx, 0), [0., 1., 5., 17., 0., 13., 12., 22., 50.]);
    let mean = pass(&Pool { kind: Kind::Mean, window, channels: 2 }, 1, 1, &[], &x, &dy);
    assert_eq!(channel(&mean.y, 0)[..6], [0.25, 0.75, 1.25, 0.75, 1.25, 2.75]);
    assert_eq!(channel(&mean.dx, 0)[0], (0. + 1. + 4. + 5.) / 4.);
    assert_eq!(channel(&mean.dx, 1), [1.0; 9]);
}

/// A number that is none must reach the loss.
#[test]
fn a_maximum_does_not_hide_what_is_no_number() {
    let window = Window {
        input: [1, 3],
        output: [1, 1],
        size: [1, 3],
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
    };
    let pool = Pool { kind: Kind::Max, window, channels: 1 };
    for at in 0..3 {
        let mut x = [1.0, 3.0, 2.0];
        x[at] = f32::NAN;
        assert!(pass(&pool, 1, 1, &[], &x, &[1.0]).y[0].is_nan());
    }
}
