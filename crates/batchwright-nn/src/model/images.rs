//! Layers of images from their description: the window's sizes, and what does not fit.

use crate::layer::Layer;
use crate::layer::batch_norm::BatchNorm;
use crate::layer::conv::Conv;
use crate::layer::depthwise::Depthwise;
use crate::layer::group_norm::GroupNorm;
use crate::layer::pool::{Kind, Pool};
use crate::layer::window::Window;
use crate::layer::winograd::Winograd;
use crate::model::extent::{Convolution, Extent, NamedPadding, Padding, PoolWindow};
use crate::model::flow::Flow;
use crate::problem::LayerProblem;

type Built = Result<(Box<dyn Layer>, Flow), LayerProblem>;

/// A convolution, its weights with variance `gain` / numbers under the window.
pub(crate) fn conv(flow: Flow, spec: &Convolution, gain: f64) -> Built {
    let Image { channels, size } = image(flow)?;
    let Convolution { outputs, groups, bias, .. } = *spec;
    let (kernel, stride, dilation) = (spec.kernel.pair(), spec.stride.pair(), spec.dilation.pair());
    if outputs == 0 {
        return Err(LayerProblem::Empty);
    }
    if groups == 0 || !channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return Err(LayerProblem::Groups { groups, channels, outputs });
    }
    // All pixels between the first and the last tap, and both.
    let span = [0, 1].map(|axis| (kernel[axis].saturating_sub(1)).saturating_mul(dilation[axis]));
    let (padding, both_sides) = match spec.padding {
        Padding::Pixels(padding) => (padding.pair(), padding.pair().map(|pixels| pixels.saturating_mul(2))),
        Padding::Named(NamedPadding::Same) if stride != [1, 1] => return Err(LayerProblem::SameWithStride),
        Padding::Named(NamedPadding::Same) => (span.map(|span| span / 2), span),
    };
    let window = window(size, kernel, stride, dilation, padding, both_sides)?;
    let inputs = window.taps().saturating_mul(channels / groups);
    let deviation = (gain / inputs as f64).sqrt();
    let next = Flow::Image { channels: outputs, height: window.output[0], width: window.output[1] };
    if groups == channels && channels == outputs {
        return Ok((Box::new(Depthwise { window, channels, bias, deviation }), next));
    }
    let conv = Conv { window, channels, outputs, groups, bias, deviation };
    match Winograd::of(&conv) {
        Some(winograd) => Ok((Box::new(winograd), next)),
        None => Ok((Box::new(conv), next)),
    }
}

/// A maximum or a mean under a window.
pub(crate) fn pool(flow: Flow, kind: Kind, spec: &PoolWindow) -> Built {
    let Image { channels, size } = image(flow)?;
    let (taps, padding) = (spec.size.pair(), spec.padding.pair());
    if (0..2).any(|axis| padding[axis] > taps[axis] / 2) {
        return Err(LayerProblem::PoolPadding { size: taps, padding });
    }
    let stride = spec.stride.map_or(taps, Extent::pair);
    let both_sides = padding.map(|pixels| pixels.saturating_mul(2));
    let window = window(size, taps, stride, [1, 1], padding, both_sides)?;
    let next = Flow::Image { channels, height: window.output[0], width: window.output[1] };
    Ok((Box::new(Pool { kind, window, channels }), next))
}

/// The mean of each channel, as an image of one pixel.
pub(crate) fn global_pool(flow: Flow) -> Built {
    let Image { channels, size } = image(flow)?;
    let window = window(size, size, [1, 1], [1, 1], [0, 0], [0, 0])?;
    Ok((Box::new(Pool { kind: Kind::Mean, window, channels }), Flow::Image { channels, height: 1, width: 1 }))
}

/// A batch norm of an image's channels, or of a vector's numbers.
pub(crate) fn batch_norm(flow: Flow) -> Built {
    let (channels, positions) = features(flow)?;
    Ok((Box::new(BatchNorm { channels, positions }), flow))
}

/// A group norm of an image's channels, or of a vector's numbers.
pub(crate) fn group_norm(flow: Flow, groups: usize) -> Built {
    let (channels, positions) = features(flow)?;
    if groups == 0 || !channels.is_multiple_of(groups) {
        return Err(LayerProblem::Groups { groups, channels, outputs: channels });
    }
    Ok((Box::new(GroupNorm { channels, positions, groups }), flow))
}

struct Image {
    channels: usize,
    /// Height and width.
    size: [usize; 2],
}

fn image(flow: Flow) -> Result<Image, LayerProblem> {
    match flow {
        Flow::Image { channels, height, width } => Ok(Image { channels, size: [height, width] }),
        _ => Err(LayerProblem::NotImage { found: flow }),
    }
}

/// Channels, and positions of each.
fn features(flow: Flow) -> Result<(usize, usize), LayerProblem> {
    match flow {
        Flow::Image { channels, height, width } => Ok((channels, height.saturating_mul(width))),
        Flow::Vector { width } => Ok((width, 1)),
        _ => Err(LayerProblem::NotImage { found: flow }),
    }
}

/// The window over images of `input`, padded by `padding` above and to the left, and by
/// `both_sides` in all.
fn window(
    input: [usize; 2],
    size: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: [usize; 2],
    both_sides: [usize; 2],
) -> Result<Window, LayerProblem> {
    if [size, stride, dilation].iter().any(|pair| pair.contains(&0)) {
        return Err(LayerProblem::ZeroSize);
    }
    let mut output = [0; 2];
    for axis in 0..2 {
        let span = (size[axis] - 1).saturating_mul(dilation[axis]).saturating_add(1);
        let padded = input[axis].saturating_add(both_sides[axis]);
        if span > padded || padded == usize::MAX {
            return Err(LayerProblem::WindowTooLarge { size, dilation, input, padding: both_sides });
        }
        output[axis] = (padded - span) / stride[axis] + 1;
    }
    Ok(Window { input, output, size, stride, padding, dilation })
}
