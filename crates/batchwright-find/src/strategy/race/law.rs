//! The law of the race: steps to the target as a parametric function of batch size and learning
//! rate, with room for errors.
//!
//! ```text
//! steps(B, rate) = n_0 + exp(A(B) - ln rate + N^(k_n) / k_n + W^(k_w) / k_w)
//!     N = rate / r_n(B)     W = rate / r_w
//!     r_n(B) = r_w (B / B_c)^(g - kappa)
//!     A(B) = A + kappa ln(1 + B_c / B)
//! never reaches: logistic in ln P, P = N^(k_n) + W^(k_w)
//! spread of a run: sigma (k_n / k)^0.7 P^0.6, P^1 above the best rate
//! ```
//!
//! Why this shape. At a low rate training follows the gradient flow: steps times rate do not depend
//! on the size (kappa = 0, SGD), or only weakly (kappa = 1/2, if the optimizer divides by the noise
//! of the gradient). Two effects limit the rate from above. The noise of the gradient limits it at
//! a rate that grows with the size (N, a soft limit: k_n is about 3). The curvature limits it at a
//! rate that does not depend on the size (W, a hard limit: k_w is about 14). Each effect alone has
//! its best rate where the power of its term is 1; together it is where P = 1. So a run at a low
//! rate determines the level of all sizes, and the sizes differ in the highest rate that they
//! allow. Without W, steps at the best rate decrease as 1/B. Without N, they do not depend on B.
//! Together this is McCandlish's S_min (1 + B_c / B), with a free sharpness of the bend.
//!
//! n_0 steps are needed whatever the rate: momentum has to build up.
//!
//! A and the rates each have an additional error that is linear between knots over ln B.
//!
//! Left out: what a trial tells about the law (`observation`), how the parameters are inferred
//! (`particles`), what follows for the choice (`belief`).

use batchwright_data::RandomStream;

/// Knots of each additional error.
const KNOTS: usize = 4;
/// Number of parameters.
pub(crate) const DIMS: usize = WIGGLES + 2 * KNOTS;
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
const DELAY: usize = 9;
const WIGGLES: usize = 10;

/// Exponents are limited to this: beyond it a run is hopeless in any case.
const LARGEST_EXPONENT: f64 = 8.0;
/// Enough to find the root to 1e-6.
const NEWTON_STEPS: usize = 4;
/// The spread of a run is at least this, because evaluations come at intervals.
const LEAST_SPREAD: f64 = 0.02;

/// The prior: independent normal distributions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prior {
    centre: Theta,
    spread: Theta,
}

impl Prior {
    /// `log_rate` and its spread describe the best rate at the reference size; `log_size` is that
    /// size.
    pub(crate) fn new(log_size: f64, log_rate: f64, log_rate_spread: f64) -> Self {
        let mut centre = [0.0; DIMS];
        let mut spread = [0.0; DIMS];
        let known: [(f64, f64); WIGGLES] = [
            (500f64.ln(), 2.5),
            (log_rate, log_rate_spread),
            (log_size, 2.0),
            (1.0, 0.12),
            (0.05, 0.2),
            (3f64.ln(), 0.3),
            (14f64.ln(), 0.5),
            (0.13f64.ln(), 0.35),
            (1.5f64.ln(), 0.35),
            (4f64.ln(), 1.0),
        ];
        for (k, (mean, sd)) in known.into_iter().enumerate() {
            (centre[k], spread[k]) = (mean, sd);
        }
        spread[WIGGLES..WIGGLES + KNOTS].fill(0.12);
        spread[WIGGLES + KNOTS..].fill(0.08);
        Self { centre, spread }
    }

    pub(crate) fn draw(&self, random: &mut RandomStream) -> Theta {
        std::array::from_fn(|k| self.centre[k] + self.spread[k] * random.normal())
    }

    pub(crate) fn log_density(&self, theta: &Theta) -> f64 {
        let squares = (0..DIMS).map(|k| ((theta[k] - self.centre[k]) / self.spread[k]).powi(2));
        -0.5 * squares.sum::<f64>()
    }
}

/// One batch size of the law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    log_size: f64,
    knot: usize,
    share: f64,
}

/// The law for the sizes of one study.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RaceLaw {
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
    /// By how much ln r_n and ln r_w are above the ln of the best rate.
    above: Bounds,
    /// ln of the part of the steps at the best rate that depends on the rate.
    log_flow: f64,
    delay: f64,
    sharpness: Sharpness,
    spread: f64,
    never: f64,
}

/// ln r_n and ln r_w, relative to the same origin.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    noise: f64,
    wall: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Sharpness {
    noise: f64,
    wall: f64,
}

/// The two terms at a rate.
struct Terms {
    noise: f64,
    wall: f64,
}

impl Bounds {
    fn terms(self, k: Sharpness, log_rate: f64) -> Terms {
        let term = |k: f64, bound: f64| (k * (log_rate - bound)).min(LARGEST_EXPONENT).exp();
        Terms { noise: term(k.noise, self.noise), wall: term(k.wall, self.wall) }
    }

    /// ln of the rate at which P = 1, by Newton's method on ln P. This function is convex, and the
    /// start is above the root.
    fn best(self, k: Sharpness) -> f64 {
        let mut log_rate = self.noise.min(self.wall);
        for _ in 0..NEWTON_STEPS {
            let terms = self.terms(k, log_rate);
            log_rate -= terms.power().ln() / terms.slope(k);
        }
        log_rate
    }
}

impl Terms {
    fn power(&self) -> f64 {
        self.noise + self.wall
    }

    /// d ln P / d ln rate: between k_n and k_w.
    fn slope(&self, k: Sharpness) -> f64 {
        (k.noise * self.noise + k.wall * self.wall) / self.power()
    }

    /// What both limits add to the ln of steps.
    fn penalty(&self, k: Sharpness) -> f64 {
        self.noise / k.noise + self.wall / k.wall
    }
}

/// The prediction for one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// ln of the median steps.
    pub log_steps: f64,
    /// Spread of a run's ln steps around the median (scale of a Student t with 4 degrees of
    /// freedom).
    pub spread: f64,
    /// Probability of never reaching the target.
    pub never: f64,
}

impl RaceLaw {
    /// `sizes` are effective batch sizes, ascending. `log_rate` is as in [`Prior::new`], at the
    /// middle of the sizes.
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
        let Place { log_size, knot, share } = self.places[place];
        let k = Sharpness { noise: theta[SHARPNESS].exp(), wall: theta[WALL_SHARPNESS].exp() };
        // Rates relative to r_w, which follows from the best rate at the reference size.
        let bounds = |log_size: f64| Bounds {
            noise: (theta[SLOPE] - theta[KAPPA]) * (log_size - theta[CRITICAL]),
            wall: 0.0,
        };
        let (own, reference) = (bounds(log_size), bounds(self.reference));
        let (own_best, reference_best) = (own.best(k), reference.best(k));
        let (terms, reference_terms) = (own.terms(k, own_best), reference.terms(k, reference_best));
        let wiggle =
            |first: usize| theta[first + knot] + share * (theta[first + knot + 1] - theta[first + knot]);
        let rate_change = own_best - reference_best + wiggle(WIGGLES);
        let bend = |log_size: f64| (theta[CRITICAL] - log_size).exp().ln_1p();
        let level = terms.penalty(k) - reference_terms.penalty(k)
            + theta[KAPPA] * (bend(log_size) - bend(self.reference))
            + wiggle(WIGGLES + KNOTS);
        let (log_flow, delay) = (theta[STEPS] - rate_change + level, theta[DELAY].exp());
        SizeLaw {
            log_steps: (log_flow.exp() + delay).ln(),
            log_flow,
            delay,
            log_rate: theta[RATE] + rate_change,
            above: Bounds { noise: own.noise - own_best, wall: own.wall - own_best },
            sharpness: k,
            spread: (theta[SIGMA] + 0.7 * (k.noise / terms.slope(k)).ln()).exp(),
            never: theta[WALL].exp(),
        }
    }
}

impl SizeLaw {
    pub(crate) fn expected(&self, log_rate: f64) -> Expected {
        let (k, d) = (self.sharpness, log_rate - self.log_rate);
        let terms = self.above.terms(k, d);
        let log_power = terms.power().ln();
        let steepness = if d < 0.0 { 0.6 } else { 1.0 };
        let best = self.above.terms(k, 0.0).penalty(k);
        let width = 0.25 * self.never;
        Expected {
            log_steps: ((self.log_flow - d + terms.penalty(k) - best).exp() + self.delay).ln(),
            spread: LEAST_SPREAD
                + (self.spread * (steepness * log_power).min(LARGEST_EXPONENT).exp()).min(1.0),
            never: 1.0 / (1.0 + ((self.never - log_power) / width).exp()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::race::observation::{Observation, Observed};
    use batchwright_data::Domain;
    use proptest::prelude::*;

    /// Far below and far above the critical size of [`plain`].
    const SIZES: [u64; 6] = [1, 2, 4, 1 << 40, 1 << 41, 1 << 42];

    fn model() -> RaceLaw {
        RaceLaw::new(&SIZES, 0.1f64.ln(), 2.0)
    }

    /// Plain SGD without additional errors and without n_0. The critical size is 2^20.
    fn plain() -> Theta {
        let mut theta = model().prior.centre;
        (theta[CRITICAL], theta[SLOPE], theta[KAPPA], theta[DELAY]) =
            (20.0 * 2f64.ln(), 1.0, 0.0, f64::NEG_INFINITY);
        theta
    }

    fn drawn(model: &RaceLaw, seed: u64) -> Theta {
        model.prior.draw(&mut RandomStream::new(seed, Domain::Search, 9, 0))
    }

    /// At low rates only steps times rate matter. This is why a run at one size gives information
    /// about all others.
    #[test]
    fn at_low_rates_training_follows_the_gradient_flow() {
        let (model, theta) = (model(), plain());
        let laws: Vec<SizeLaw> = (0..SIZES.len()).map(|place| model.at(&theta, place)).collect();
        // A low rate also for the size that allows the lowest rates.
        let low = laws.iter().map(|law| law.log_rate).fold(f64::INFINITY, f64::min) - 5.0;
        let flow = |law: &SizeLaw| law.expected(low).log_steps + low;
        assert!(laws.iter().all(|law| (flow(law) - flow(&laws[0])).abs() < 1e-6));
        // With kappa the small sizes need more, by the factor (1 + B_c / B)^kappa.
        let mut adaptive = plain();
        adaptive[KAPPA] = 0.5;
        let at = |place| model.at(&adaptive, place).expected(-60.0).log_steps;
        assert!((at(0) - at(1) - 0.5 * 2f64.ln()).abs() < 1e-5, "{} {}", at(0), at(1));
    }

    /// McCandlish's limits: twice the size halves the steps where noise limits the rate, and
    /// changes nothing where curvature does.
    #[test]
    fn steps_at_the_best_rate_fall_as_one_over_the_size_until_they_are_constant() {
        let (model, theta) = (model(), plain());
        let laws: Vec<SizeLaw> = (0..SIZES.len()).map(|place| model.at(&theta, place)).collect();
        let falls = |a: usize, b: usize| laws[a].log_steps - laws[b].log_steps;
        for (a, b) in [(0, 1), (1, 2)] {
            assert!((falls(a, b) - 2f64.ln()).abs() < 1e-4, "{}", falls(a, b));
            assert!((laws[b].log_rate - laws[a].log_rate - 2f64.ln()).abs() < 1e-4);
        }
        for (a, b) in [(3, 4), (4, 5)] {
            assert!(falls(a, b).abs() < 1e-4 && (laws[a].log_rate - laws[b].log_rate).abs() < 1e-4);
        }
        // Both asymptotes meet near the critical size: 20 doublings of 1/B lie between.
        assert!((falls(0, 3) - 20.0 * 2f64.ln()).abs() < 0.5, "{}", falls(0, 3));
    }

    proptest! {
        /// Otherwise the rate of an answer would not be the best one even under the law itself.
        #[test]
        fn the_best_rate_needs_the_fewest_steps(seed: u64, place in 0..7usize) {
            let model = RaceLaw::new(&[8, 16, 32, 64, 128, 256, 512], 0.1f64.ln(), 2.0);
            let law = model.at(&drawn(&model, seed), place);
            let best = law.expected(law.log_rate);
            prop_assert!((best.log_steps - law.log_steps).abs() < 1e-9);
            for k in -60..=60 {
                let other = law.expected(law.log_rate + f64::from(k) / 10.0);
                prop_assert!(other.log_steps >= best.log_steps - 1e-5, "{} {}", k, other.log_steps - best.log_steps);
            }
        }

        /// Otherwise a rate that is far too high could count as one that may still reach the
        /// target, and NaN would spread.
        #[test]
        fn expectations_are_sane_at_any_rate(seed: u64, place in 0..7usize, off in -300.0..300f64) {
            let model = RaceLaw::new(&[8, 16, 32, 64, 128, 256, 512], 0.1f64.ln(), 2.0);
            let law = model.at(&drawn(&model, seed), place);
            let (here, above) = (law.expected(law.log_rate + off), law.expected(law.log_rate + off + 0.5));
            prop_assert!(!here.log_steps.is_nan() && here.spread > 0.0 && here.spread.is_finite());
            prop_assert!((0.0..=1.0).contains(&here.never) && here.never <= above.never);
            let log_rate = law.log_rate + off;
            for observed in [Observed::Reached(3.0), Observed::MoreThan(3.0), Observed::Diverged, Observed::Stuck, Observed::FastestStart] {
                let log = Observation { place, log_rate, observed }.log_likelihood(&law);
                prop_assert!(log.is_finite(), "{:?}: {}", observed, log);
            }
        }

        /// A size between knots, and a single size, must have a place too.
        #[test]
        fn any_sizes_have_a_law(first in 1u64..1000, more in proptest::collection::vec(1u64..100_000, 0..5), seed: u64) {
            let mut size = first;
            let sizes: Vec<u64> = std::iter::once(first).chain(more.into_iter().map(|by| { size += by; size })).collect();
            let model = RaceLaw::new(&sizes, 0.1f64.ln(), 2.0);
            for place in 0..sizes.len() {
                let law = model.at(&drawn(&model, seed), place);
                prop_assert!(law.log_steps.is_finite() && law.log_rate.is_finite());
            }
        }
    }
}
