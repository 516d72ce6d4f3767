//! The law of the race: how many steps a run takes to pass any level of the metric, by batch size
//! and learning rate.
//!
//! Everything is in natural logarithms: `b` of the size (about the mean of the study's sizes), `r` of
//! the rate, `l` of a level over the target (0 at the target, `start` before the first step).
//!
//! ```text
//! flow(l) = A + wall - r + slope b + ln X(start - l) / X(start)       X(u) = (e^(a u) - 1) / a
//! floor   = exp(kf (r - wall - q - gamma b)) / level                  the noise floor over the level
//! l'      = l + ln(sf softplus((1 - floor) / sf)), at most l          the level that the flow must reach
//! ln n    = ln(exp(flow(l') + W^kw / kw) + warm-up) + softplus(40 (r - wall - 0.05))       W = rate / wall
//!
//! (Below the floor, from l to l', the flow counts with at least a = 0.3.)
//! ```
//!
//! Why this shape. At low rates a step moves along the gradient flow in proportion to its rate, so
//! steps times rate is one number for all rates and sizes, and the flow alone says how it grows
//! towards easier levels. `a > 0` is a power law, as sums of exponentials look; `a < 0` is a run whose
//! steps have a fixed length (Adam); `a = 0` is an exponential. Two things bound the rate. The noise
//! of the gradient holds the loss above a floor that grows with the rate and falls with the size: so
//! the flow has to reach a lower level than the one that is passed. Below the floor only fluctuations
//! pass (`sf`). Curvature bounds the rate whatever the size (`wall`). Momentum needs a warm-up of its
//! own, whatever the rate.
//!
//! Left out: how far runs scatter about the law (`residual`), how its parameters are inferred
//! (`particles`), what follows for the choice (`forecast`).

use batchwright_data::RandomStream;

/// Number of parameters.
pub(crate) const DIMS: usize = 11;
/// One set of parameters, in the order of the constants below.
pub(crate) type Theta = [f64; DIMS];

const STEPS: usize = 0;
pub(crate) const WALL: usize = 1;
const FLOOR: usize = 2;
const GAMMA: usize = 3;
const FLUCTUATION: usize = 4;
const WALL_SHARPNESS: usize = 5;
const WARM_UP: usize = 6;
const SLOPE: usize = 7;
const BEND: usize = 8;
const FLOOR_POWER: usize = 9;
/// ln of the scale of all scatter about the law.
pub(crate) const SCALE: usize = 10;

/// How steeply steps grow beyond the wall, and the ln rate beyond it at which that begins.
const BEYOND_WALL: f64 = 40.0;
const WALL_MARGIN: f64 = 0.05;
/// The lowest ln n minus ln of the flow alone that counts as far from pure flow.
const MOST_EXCESS: f64 = 3.0;
/// Share of the warm-up that the easiest levels need too.
const WARM_UP_AT_ONCE: f64 = 0.25;
/// No ln of steps is larger.
const LARGEST: f64 = 60.0;
/// Largest steps over the warm-up.
const MOST_STEPS: f64 = 1e26;
/// A bend nearer to 0 than this is an exponential.
const STRAIGHT: f64 = 1e-3;
/// Below the floor steps grow with at least this power, also where the flow alone would end (a < 0).
const LEAST_POWER: f64 = 0.3;
/// Floors over a level are cut there; below `NO_FLOOR` there is none.
const HIGHEST_FLOOR: f64 = 150.0;
const NO_FLOOR: f64 = 1e-5;
/// A level counts as at least this far below the start.
const LEAST_FALL: f64 = 0.02;

/// Prior of SGD: mean and standard deviation of each parameter but the wall.
const SGD: [(f64, f64); DIMS] = [
    (4.8, 1.6),
    (0.0, 1.0),
    (-1.2, 2.2),
    (0.9, 0.3),
    (-2.0, 0.6),
    (2.0, 1.3),
    (-1.0, 1.8),
    (0.0, 0.15),
    (0.5, 0.4),
    (1.1, 0.25),
    (0.0, 0.2),
];
/// Prior of optimizers that divide by the size of the gradient.
const ADAM: [(f64, f64); DIMS] = [
    (4.8, 1.6),
    (0.0, 1.0),
    (-1.2, 2.2),
    (0.55, 0.25),
    (-2.0, 0.6),
    (2.0, 1.3),
    (-1.0, 1.8),
    (-0.2, 0.25),
    (-0.4, 0.4),
    (1.3, 0.4),
    (0.0, 0.2),
];
/// The wall lies anywhere in the range of rates, or up to this far above it.
const ABOVE_RANGE: f64 = 0.7;
/// Standard deviation of how far beyond that it may be.
const OUTSIDE: f64 = 0.3;

/// The prior of the parameters: half of it is for SGD, half for Adam, since a command does not say
/// which of them it uses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prior {
    low: f64,
    high: f64,
}

impl Prior {
    /// `low` and `high`: ln of the range of rates.
    pub(crate) fn new(low: f64, high: f64) -> Self {
        Self { low, high: high + ABOVE_RANGE }
    }

    pub(crate) fn draw(&self, random: &mut RandomStream) -> Theta {
        let table = if random.below(2) == 0 { SGD } else { ADAM };
        let mut theta: Theta = std::array::from_fn(|k| table[k].0 + table[k].1 * random.normal());
        theta[WALL] = self.low + (self.high - self.low) * random.unit_f64();
        theta
    }

    pub(crate) fn log_density(&self, theta: &Theta) -> f64 {
        let of = |table: &[(f64, f64); DIMS]| {
            let term = |k: usize| {
                let (mean, sd) = table[k];
                -0.5 * ((theta[k] - mean) / sd).powi(2) - sd.ln()
            };
            (0..DIMS).filter(|&k| k != WALL).map(term).sum::<f64>()
        };
        let outside = (self.low - theta[WALL]).max(theta[WALL] - self.high).max(0.0);
        log_add(of(&SGD), of(&ADAM)) - 0.5 * (outside / OUTSIDE).powi(2)
    }
}

/// ln(e^x + e^y).
pub(crate) fn log_add(x: f64, y: f64) -> f64 {
    x.max(y) + (1.0 + (-(x - y).abs()).exp()).ln()
}

/// ln(1 + e^x).
pub(crate) fn softplus(x: f64) -> f64 {
    log_add(0.0, x)
}

/// What the law says of passing a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// ln of the median of the steps.
    pub log_steps: f64,
    /// By how much more than a run in pure flow a run scatters there, at least 1.
    pub stretch: f64,
}

/// The law with one set of parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Law<'a> {
    theta: &'a Theta,
    start: f64,
    fluctuation: f64,
    sharpness: f64,
    /// The bend, not exactly 0.
    bend: f64,
    /// ln X(start).
    log_whole: f64,
}

/// What the law says of one level, whatever the size and rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtLevel {
    /// X(start - l).
    flow: f64,
    /// Its derivative.
    growth: f64,
    /// ln of the warm-up, and 1 over the warm-up.
    log_warm_up: f64,
    per_warm_up: f64,
    /// 1 / level.
    inverse: f64,
    /// Stretch for an excess of 1.
    stretch: f64,
}

/// The law at one size and rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtSetting {
    fluctuation: f64,
    /// Power with which steps grow below the floor.
    power: f64,
    /// ln of the fluctuation.
    log_fluctuation: f64,
    /// The steps of the flow, without their dependence on the level.
    base: f64,
    /// By what the wall multiplies them, and what it adds to ln of all steps.
    wall: f64,
    beyond: f64,
    /// The noise floor over the target.
    floor: f64,
}

impl<'a> Law<'a> {
    pub(crate) fn new(theta: &'a Theta, start: f64) -> Self {
        let bend = if theta[BEND].abs() < STRAIGHT { STRAIGHT } else { theta[BEND] };
        let (fluctuation, sharpness) = (theta[FLUCTUATION].exp(), theta[WALL_SHARPNESS].exp());
        let log_whole = (((bend * start).min(LARGEST)).exp_m1() / bend).ln();
        Self { theta, start, fluctuation, sharpness, bend, log_whole }
    }

    pub(crate) fn at_level(&self, level: f64) -> AtLevel {
        let t = self.theta;
        let fall = (self.start - level).max(LEAST_FALL);
        let growth = (self.bend * fall).min(LARGEST).exp();
        let share = WARM_UP_AT_ONCE + (1.0 - WARM_UP_AT_ONCE) * (self.start - level).max(0.0) / self.start;
        let log_warm_up = t[STEPS] + t[WARM_UP] + share.ln();
        AtLevel {
            flow: (growth - 1.0) / self.bend,
            growth,
            log_warm_up,
            per_warm_up: (-log_warm_up).exp(),
            inverse: (-level).exp(),
            stretch: 1.5 + 2.0 * (-level / 0.1).exp(),
        }
    }

    pub(crate) fn at(&self, b: f64, r: f64) -> AtSetting {
        let t = self.theta;
        let over = r - t[WALL];
        AtSetting {
            fluctuation: self.fluctuation,
            power: self.bend.max(LEAST_POWER),
            log_fluctuation: t[FLUCTUATION],
            base: (t[STEPS] - over + t[SLOPE] * b - self.log_whole).clamp(-LARGEST, LARGEST).exp(),
            wall: ((self.sharpness * over).min(6.0).exp() / self.sharpness).min(LARGEST).exp(),
            beyond: softplus(BEYOND_WALL * (over - WALL_MARGIN)),
            floor: (t[FLOOR_POWER] * (over - t[FLOOR] - t[GAMMA] * b)).min(40.0).exp(),
        }
    }

    /// ln of the odds that a run diverges.
    pub(crate) fn log_odds_of_divergence(&self, b: f64, r: f64) -> f64 {
        let t = self.theta;
        let over = r - t[WALL];
        let by_noise = over - t[FLOOR] - t[GAMMA] * b - self.start - 1.0;
        BEYOND_WALL * (over - WALL_MARGIN).max(by_noise)
    }
}

impl AtSetting {
    pub(crate) fn expected(&self, level: &AtLevel) -> Expected {
        let floor = (self.floor * level.inverse).min(HIGHEST_FLOOR);
        let below = if floor < NO_FLOOR { 0.0 } else { level.growth * self.below_floor(floor) };
        // Steps over the warm-up.
        let scale = self.base * level.per_warm_up;
        let all = (1.0 + scale * self.wall * (level.flow + below)).min(MOST_STEPS);
        let excess = (all / (1.0 + scale * level.flow)).ln().clamp(0.0, MOST_EXCESS);
        Expected {
            log_steps: level.log_warm_up + all.ln() + self.beyond,
            stretch: 1.0 + level.stretch * excess,
        }
    }

    /// How much more of the flow a floor of this height over the level makes necessary.
    fn below_floor(&self, floor: f64) -> f64 {
        let room = (1.0 - floor) / self.fluctuation;
        // ln softplus, exact where softplus would underflow.
        let log_softplus = if room < -20.0 { room } else { softplus(room).ln() };
        let lowered = (self.log_fluctuation + log_softplus).min(0.0);
        (-self.power * lowered).min(LARGEST).exp_m1() / self.power
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::Domain;
    use proptest::prelude::*;

    const START: f64 = 4.0;

    /// SGD with a floor that begins far above the rates of the tests, and a short warm-up.
    fn plain() -> Theta {
        let mut theta: Theta = std::array::from_fn(|k| SGD[k].0);
        theta[WALL] = 0.0;
        (theta[WARM_UP], theta[SLOPE]) = (-9.0, 0.0);
        theta
    }

    fn steps(theta: &Theta, b: f64, r: f64, level: f64) -> f64 {
        let law = Law::new(theta, START);
        law.at(b, r).expected(&law.at_level(level)).log_steps
    }

    fn drawn(seed: u64) -> Theta {
        Prior::new(-7.0, 1.0).draw(&mut RandomStream::new(seed, Domain::Search, 9, 0))
    }

    /// This is why one run at a low rate tells about all sizes.
    #[test]
    fn at_low_rates_steps_times_rate_is_one_number() {
        let theta = plain();
        let low = steps(&theta, 0.0, -12.0, 0.0) - 12.0;
        assert!((steps(&theta, 3.0, -13.0, 0.0) - 13.0 - low).abs() < 0.01);
        // And the steps themselves are those of the first parameter, at the wall.
        assert!((low - theta[STEPS]).abs() < 0.01, "{low}");
    }

    /// The flow of a power law, of an exponential and of steps of fixed length, against the closed
    /// forms: loss = start / (1 + t)^(1/a), start e^-t, start (1 - t)^(1/|a|).
    #[test]
    fn levels_are_passed_as_the_flow_says() {
        let share = |bend: f64| {
            let mut theta = plain();
            theta[BEND] = bend;
            (steps(&theta, 0.0, -12.0, 1.0) - steps(&theta, 0.0, -12.0, 0.0)).exp()
        };
        assert!((share(1.0) - (3f64.exp() - 1.0) / (4f64.exp() - 1.0)).abs() < 1e-3);
        assert!((share(0.0) - 0.75).abs() < 2e-3);
        assert!((share(-1.0) - (1.0 - (-3f64).exp()) / (1.0 - (-4f64).exp())).abs() < 1e-3);
    }

    /// Momentum would be taken for a wall.
    #[test]
    fn the_warm_up_is_needed_at_any_rate() {
        let mut theta = plain();
        theta[WARM_UP] = -1.0;
        let warm_up = theta[STEPS] + theta[WARM_UP];
        assert!((-8..=0).all(|r| steps(&theta, 0.0, f64::from(r), 0.0) > warm_up));
    }

    /// Larger sizes bear higher rates, and no rate beyond the wall is any good.
    #[test]
    fn noise_bounds_the_rate_of_small_sizes_and_curvature_that_of_all() {
        let mut theta = plain();
        theta[FLOOR] = -1.0;
        let best = |b: f64| {
            let rates = (-80..=10).map(|k| f64::from(k) / 10.0);
            rates.min_by(|x, y| steps(&theta, b, *x, 0.0).total_cmp(&steps(&theta, b, *y, 0.0))).unwrap()
        };
        let rates = [-4.0, -2.0, 0.0, 2.0, 4.0].map(best);
        assert!(rates.windows(2).all(|pair| pair[0] <= pair[1]), "{rates:?}");
        assert!(rates[1] - rates[0] > 1.0 && rates[4] <= 0.05, "{rates:?}");
        assert!(steps(&theta, 4.0, 0.5, 0.0) > steps(&theta, 4.0, rates[4], 0.0) + 3.0);
    }

    /// A run in pure flow is known best; near the best rate runs scatter more.
    #[test]
    fn runs_scatter_with_their_excess_over_the_flow() {
        let theta = plain();
        let law = Law::new(&theta, START);
        let stretch = |r: f64| law.at(-2.0, r).expected(&law.at_level(0.0)).stretch;
        assert!((stretch(-12.0) - 1.0).abs() < 0.01);
        assert!(stretch(-3.0) < stretch(-2.0) && stretch(0.5) <= 1.0 + 3.5 * MOST_EXCESS);
    }

    proptest! {
        /// Easier levels are passed earlier, or the data of a stopped run would contradict itself.
        #[test]
        fn easier_levels_come_first(seed: u64, b in -5.0..5f64, r in -12.0..2f64, l in 0.0..3.5f64, more in 0.01..0.5f64) {
            let theta = drawn(seed);
            // Steps without end are all alike: there the law's own caps tell.
            let steps = |l: f64| steps(&theta, b, r, l).min(40.0);
            prop_assert!(steps(l) >= steps(l + more) - 1e-9);
        }

        /// One NaN among the members would make every comparison of them false.
        #[test]
        fn expectations_are_numbers_at_any_setting(seed: u64, b in -20.0..20f64, r in -60.0..60f64, l in 0.0..9f64) {
            let theta = drawn(seed);
            let law = Law::new(&theta, START);
            let expected = law.at(b, r).expected(&law.at_level(l));
            prop_assert!(expected.log_steps.is_finite() && expected.stretch.is_finite());
            prop_assert!(expected.stretch >= 1.0 && law.log_odds_of_divergence(b, r).is_finite());
            prop_assert!(Prior::new(-7.0, 1.0).log_density(&theta).is_finite());
        }
    }
}
