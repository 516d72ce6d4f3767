//! Activations: functions of one number.

use crate::layer::elementwise::GRAIN;
use crate::layer::{Backward, Forward, Layer, Pass};
use crate::math::{normal, sigmoid, tanh};
use serde::{Deserialize, Serialize};

/// The function between two dense layers, named as PyTorch names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x)
    #[default]
    Relu,
    /// x Phi(x), with the normal distribution itself: PyTorch's `gelu`.
    #[serde(rename = "gelu")]
    GeluExact,
    /// x Phi(x) in its tanh form: PyTorch's `gelu` with `approximate="tanh"`.
    GeluTanh,
    /// x sigmoid(x)
    Silu,
    /// tanh x
    Tanh,
}

/// How [`crate::Model`] has always written its activation. `gelu` is the tanh form there, because
/// it was the only one.
pub(crate) mod saved {
    use crate::layer::activation::Activation;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Saved {
        Relu,
        #[serde(alias = "gelu_tanh")]
        Gelu,
        GeluExact,
        Silu,
        Tanh,
    }

    pub(crate) fn serialize<S: Serializer>(activation: &Activation, to: S) -> Result<S::Ok, S::Error> {
        let saved = match activation {
            Activation::Relu => Saved::Relu,
            Activation::GeluTanh => Saved::Gelu,
            Activation::GeluExact => Saved::GeluExact,
            Activation::Silu => Saved::Silu,
            Activation::Tanh => Saved::Tanh,
        };
        saved.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activation, D::Error> {
        Ok(match Saved::deserialize(from)? {
            Saved::Relu => Activation::Relu,
            Saved::Gelu => Activation::GeluTanh,
            Saved::GeluExact => Activation::GeluExact,
            Saved::Silu => Activation::Silu,
            Saved::Tanh => Activation::Tanh,
        })
    }
}

/// An activation over `width` numbers per sample.
#[derive(Debug)]
pub(crate) struct Pointwise {
    pub(crate) activation: Activation,
    pub(crate) width: usize,
}

impl Layer for Pointwise {
    fn inputs(&self) -> usize {
        self.width
    }

    fn outputs(&self) -> usize {
        self.width
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { x, y, .. } = buffers;
        match self.activation {
            Activation::Relu => map(pass, x, y, |x| if x < 0.0 { 0.0 } else { x }),
            Activation::GeluExact => map(pass, x, y, |x| x * normal(x)[1]),
            Activation::GeluTanh => map(pass, x, y, gelu),
            Activation::Silu => map(pass, x, y, |x| x * sigmoid(x)),
            Activation::Tanh => map(pass, x, y, tanh),
        }
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Some(dx) = buffers.dx else { return };
        let (x, y, dy) = (buffers.x, buffers.y, buffers.dy);
        match self.activation {
            Activation::Relu => chain(pass, y, dy, dx, |y| if y > 0.0 { 1.0 } else { 0.0 }),
            Activation::GeluExact => chain(pass, x, dy, dx, |x| {
                let [density, below] = normal(x);
                below + x * density
            }),
            Activation::GeluTanh => chain(pass, x, dy, dx, gelu_slope),
            Activation::Silu => chain(pass, x, dy, dx, |x| {
                let share = sigmoid(x);
                share * (1.0 + x * (1.0 - share))
            }),
            Activation::Tanh => chain(pass, y, dy, dx, |y| 1.0 - y * y),
        }
    }
}

/// `y = f(x)`, number by number.
#[inline(always)]
fn map(pass: &Pass, x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32 + Sync) {
    pass.compute.rows(
        y.len(),
        GRAIN,
        [y],
        #[inline(always)]
        |first, [y]| {
            for (y, &x) in y.iter_mut().zip(&x[first..]) {
                *y = f(x);
            }
        },
    );
}

/// `dx = dy * slope(of)`, number by number.
#[inline(always)]
fn chain(pass: &Pass, of: &[f32], dy: &[f32], dx: &mut [f32], slope: impl Fn(f32) -> f32 + Sync) {
    pass.compute.rows(
        dx.len(),
        GRAIN,
        [dx],
        #[inline(always)]
        |first, [dx]| {
            for ((dx, &dy), &of) in dx.iter_mut().zip(&dy[first..]).zip(&of[first..]) {
                *dx = dy * slope(of);
            }
        },
    );
}

/// sqrt(2 / pi)
const ROOT: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

/// GELU in its tanh form (Hendrycks and Gimpel 2016), within 5e-4 of the exact function.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + tanh(ROOT * (x + CUBIC * x * x * x)))
}

#[inline(always)]
fn gelu_slope(x: f32) -> f32 {
    let t = tanh(ROOT * (x + CUBIC * x * x * x));
    0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * ROOT * (1.0 + 3.0 * CUBIC * x * x)
}

#[cfg(test)]
mod tests {
    use crate::model::Model;

    /// A model that was saved when `gelu` meant the tanh form must compute the same as then.
    #[test]
    fn the_activation_of_a_saved_model_is_what_it_was() {
        use crate::layer::activation::Activation::{self, GeluExact, GeluTanh, Relu, Silu, Tanh};
        for (activation, name) in
            [(Relu, "relu"), (GeluTanh, "gelu"), (GeluExact, "gelu_exact"), (Silu, "silu"), (Tanh, "tanh")]
        {
            let text = serde_json::to_string(&Model { activation, ..Model::mlp(&[4]) }).unwrap();
            assert!(text.contains(&format!("\"activation\":\"{name}\"")), "{text}");
            assert_eq!(serde_json::from_str::<Model>(&text).unwrap().activation, activation);
        }
        let named = |name| serde_json::from_str::<Activation>(name).unwrap();
        assert_eq!((named("\"gelu\""), named("\"gelu_tanh\"")), (GeluExact, GeluTanh));
    }
}
