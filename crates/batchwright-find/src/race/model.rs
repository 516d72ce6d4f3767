//! What the race believes about steps to the target: a parametric law over batch size and learning rate, with room to be wrong.
//!
//! With L(B) = ln(1 + B_c / B) and d = ln(rate / best rate of the size):
//!
//! ```text
//! ln best rate(B)    r(B) = r0 - (g - kappa) (L(B) - L(ref)) + wiggle_r(ln B)
//! sharpness(B)       k(B) = k_noise^(1 - w) k_wall^w,  w = B / (B + B_c)
//! ln steps at best   s(B) = s0 - (r(B) - r(ref)) + 1/k(B) - 1/k(ref) + kappa (L(B) - L(ref)) + wiggle_s(ln B)
//! ln steps           s(B) - d + (e^(k d) - 1) / k
//! spread of a run    sd(B, d) = sigma (k_noise / k)^0.7 e^(c k d), c = 0.6 below the best rate and 1 above, at most 1
//! never reaches      logistic in d with its middle at wall / k(B)
//! ```
//!
//! Why this shape: far below the best rate, training follows the gradient flow, so steps times rate do not depend on the size (kappa = 0, SGD), or do so
//! slowly (kappa = 1/2 where the optimizer divides by the gradient's noise). So one run at a low rate tells the level of all sizes, and the sizes differ in the rate that they
//! bear. Where noise limits the rate (B << B_c) steps rise smoothly beyond the best rate; where curvature does (B >> B_c) there is a wall. With
//! kappa = 0 and g = 1 the best steps are S_min (1 + B_c / B), McCandlish's law. The wiggles are linear between knots over ln B.
//!
//! Left out: how the parameters are inferred (`particles`), what follows for the choice (`belief`).

use batchwright_data::Stream;

/// Knots of each wiggle.
const KNOTS: usize = 4;
/// Parameters.
pub(crate) const DIMS: usize = 9 + 2 * KNOTS;
/// One set of parameters, in the order of [`Prior::centre`].
pub(crate) type Theta = [f64; DIMS];

const STEPS: usize = 0;
const RATE: usize = 1;
const CRITICAL: usize = 2;
const SLOPE: usize = 3;
const KAPPA: usize = 4;
const SHARPNESS: usize = 5;
const WALL_SHARPNESS: usize = 6;
const SIGMA: usize = 7;
const WALL: usize = 8;
const WIGGLES: usize = 9;

/// A run of another kind than the law knows (a crash that looks like divergence, a seed in a thousand) has this probability, so that none rules the truth out.
const OUTLIER: f64 = 0.01;
/// Spread of such a run's ln steps around the law.
const OUTLIER_SPREAD: f64 = 1.5;
/// No run is known better than this: evaluations come at intervals.
const LEAST_SPREAD: f64 = 0.02;

/// What is believed before any run: independent normals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prior {
    centre: Theta,
    spread: Theta,
}

impl Prior {
    /// `log_rate` with its spread is of the best rate at the reference size, `log_size` that size.
    pub(crate) fn new(log_size: f64, log_rate: f64, log_rate_spread: f64) -> Self {
        let mut centre = [0.0; DIMS];
        let mut spread = [0.0; DIMS];
        let known: [(f64, f64); WIGGLES] = [
            (500f64.ln(), 2.5),
            (log_rate, log_rate_spread),
            (log_size, 2.0),
            (1.0, 0.12),
            (0.05, 0.2),
            (4f64.ln(), 0.3),
            (4f64.ln(), 0.5),
            (0.13f64.ln(), 0.35),
            (1.8f64.ln(), 0.35),
        ];
        for (k, (mean, sd)) in known.into_iter().enumerate() {
            (centre[k], spread[k]) = (mean, sd);
        }
        spread[WIGGLES..WIGGLES + KNOTS].fill(0.12);
        spread[WIGGLES + KNOTS..].fill(0.08);
        Self { centre, spread }
    }

    pub(crate) fn draw(&self, random: &mut Stream) -> Theta {
        std::array::from_fn(|k| self.centre[k] + self.spread[k] * random.normal())
    }

    pub(crate) fn log_density(&self, theta: &Theta) -> f64 {
        let squares = (0..DIMS).map(|k| ((theta[k] - self.centre[k]) / self.spread[k]).powi(2));
        -0.5 * squares.sum::<f64>()
    }
}

/// A batch size as the law sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    log_size: f64,
    knot: usize,
    share: f64,
}

/// The law over one study's sizes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model {
    pub places: Vec<Place>,
    reference: f64,
    pub prior: Prior,
}

/// The law at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SizeLaw {
    /// ln of the median steps at the best rate.
    pub log_steps: f64,
    /// ln of the best rate.
    pub log_rate: f64,
    sharpness: f64,
    spread: f64,
    wall: f64,
}

/// What a run is expected to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// ln of the median steps.
    pub log_steps: f64,
    /// Spread of a run's ln steps around that (scale of a Student t with 4 degrees of freedom).
    pub spread: f64,
    /// Probability of never reaching the target.
    pub never: f64,
}

impl Model {
    /// `sizes` are effective batch sizes, ascending; `log_rate` as in [`Prior::new`], at their middle.
    pub(crate) fn new(sizes: &[u64], log_rate: f64, log_rate_spread: f64) -> Self {
        let logs: Vec<f64> = sizes.iter().map(|&size| (size as f64).ln()).collect();
        let (low, high) = (logs[0], logs[logs.len() - 1]);
        let place = |log_size: f64| {
            let position = (KNOTS - 1) as f64 * (log_size - low) / (high - low).max(1e-9);
            let knot = (position as usize).min(KNOTS - 2);
            Place { log_size, knot, share: position - knot as f64 }
        };
        let reference = f64::midpoint(low, high);
        Self {
            places: logs.iter().map(|&log_size| place(log_size)).collect(),
            reference,
            prior: Prior::new(reference, log_rate, log_rate_spread),
        }
    }

    pub(crate) fn at(&self, theta: &Theta, place: usize) -> SizeLaw {
        let place = &self.places[place];
        let critical = theta[CRITICAL].exp();
        let bend = |log_size: f64| (critical / log_size.exp()).ln_1p();
        let log_sharpness = |log_size: f64| {
            let share = 1.0 / (1.0 + critical / log_size.exp());
            theta[SHARPNESS] + share * theta[WALL_SHARPNESS].max(0.0)
        };
        let wiggle = |first: usize| {
            let knot = first + place.knot;
            theta[knot] + place.share * (theta[knot + 1] - theta[knot])
        };
        let bent = bend(place.log_size) - bend(self.reference);
        let rate_change = wiggle(WIGGLES) - (theta[SLOPE] - theta[KAPPA]) * bent;
        let (sharpness, reference) =
            (log_sharpness(place.log_size).exp(), log_sharpness(self.reference).exp());
        let level = 1.0 / sharpness - 1.0 / reference + theta[KAPPA] * bent + wiggle(WIGGLES + KNOTS);
        SizeLaw {
            log_steps: theta[STEPS] - rate_change + level,
            log_rate: theta[RATE] + rate_change,
            sharpness,
            spread: (theta[SIGMA] + 0.7 * (theta[SHARPNESS] - sharpness.ln())).exp(),
            wall: theta[WALL].exp() / sharpness,
        }
    }
}

impl SizeLaw {
    pub(crate) fn expected(&self, log_rate: f64) -> Expected {
        let (k, d) = (self.sharpness, log_rate - self.log_rate);
        let steepness = if d < 0.0 { 0.6 } else { 1.0 };
        let width = 0.25 * self.wall + 0.01;
        Expected {
            log_steps: self.log_steps - d + (k * d).min(8.0).exp_m1() / k,
            spread: LEAST_SPREAD + (self.spread * (steepness * k * d).min(8.0).exp()).min(1.0),
            never: 1.0 / (1.0 + ((self.wall - d) / width).exp()),
        }
    }
}

/// What a trial said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Said {
    /// It reached the target, after this ln of steps.
    Reached(f64),
    /// It was not there after this ln of steps.
    MoreThan(f64),
    /// It diverged.
    Diverged,
    /// Of short runs, one at this rate came furthest: in the long run the best rate is hardly higher, but may be lower.
    FastestStart,
}

/// One trial as the law sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Observation {
    pub place: usize,
    pub log_rate: f64,
    pub said: Said,
}

impl Observation {
    /// ln of its probability (density) at a law.
    pub(crate) fn log_likelihood(&self, law: &SizeLaw) -> f64 {
        let expected = law.expected(self.log_rate);
        let proper = match self.said {
            Said::Reached(log_steps) => {
                (1.0 - expected.never) * density(log_steps - expected.log_steps, expected.spread)
            }
            Said::MoreThan(log_steps) => {
                expected.never
                    + (1.0 - expected.never) * above(log_steps - expected.log_steps, expected.spread)
            }
            Said::Diverged => expected.never,
            Said::FastestStart => return fastest_start(self.log_rate - law.log_rate),
        };
        let outlier = match self.said {
            Said::Reached(log_steps) => density(log_steps - law.log_steps, OUTLIER_SPREAD),
            _ => 0.5,
        };
        ((1.0 - OUTLIER) * proper + OUTLIER * outlier).ln()
    }
}

/// `above` is by how much the rate of the fastest start lies above the best rate.
fn fastest_start(above: f64) -> f64 {
    if above > 0.0 { -above / 1.2 } else { -0.5 * (above / 0.3).powi(2) }
}

/// Student t with 4 degrees of freedom.
pub(crate) fn density(difference: f64, scale: f64) -> f64 {
    let t = difference / scale;
    0.375 * (1.0 + t * t / 4.0).powf(-2.5) / scale
}

/// Probability of exceeding it.
pub(crate) fn above(difference: f64, scale: f64) -> f64 {
    let t = difference / scale;
    let share = t * t / (4.0 + t * t);
    let centred = 0.75 * t / (4.0 + t * t).sqrt() * (1.0 - share / 3.0);
    (0.5 - centred).max(0.0)
}
