//! How runs deviate from the law: what is wrong with the law itself, smooth over size and rate, and
//! what differs from run to run.
//!
//! Where something was run the deviation is known, and near it almost; where nothing was run it is as
//! wide as laws like this one were found to be wrong. All covariances are of the deviation of ln
//! steps divided by the stretch of the law and by the scale of the study.
//!
//! Left out: the law (`law`), and what follows from the deviations (`likelihood`, `forecast`).

/// A place of a deviation: ln size, ln rate, ln level over the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    pub b: f64,
    pub r: f64,
    pub l: f64,
}

/// Standard deviation of what is wrong with the law over long distances, and these distances.
const LONG: (f64, f64, f64) = (0.05, 2.0, 1.5);
/// The same over short distances, and its distance in level.
const SHORT: (f64, f64, f64, f64) = (0.05, 0.8, 0.6, 1.0);
/// What is wrong with the shape of curves, alike for all sizes and rates; and not alike.
const SHAPE: f64 = 0.1;
const OWN_SHAPE: (f64, f64, f64) = (0.12, 1.5, 0.8);
/// Distance in level over which the shape is shared.
const SHAPE_LEVELS: f64 = 0.4;
/// The shape is measured from the target: it is so uncertain at this ln level, and more so up to that.
const FULL_SHAPE: f64 = 2.0;
const FARTHEST_SHAPE: f64 = 4.0;
/// Standard deviation of a run in pure flow about the others of its setting (1,540 groups of such runs in 49
/// studies of drawn beds; ln of this has a standard deviation of 0.4 between studies).
pub(crate) const RUN: f64 = 0.048;
/// The part of it that all levels of a run share, and the distance over which the rest is shared.
const WHOLE_RUN: f64 = 0.07;
const RUN_LEVELS: f64 = 0.17;

fn bell(difference: f64, length: f64) -> f64 {
    let z = difference / length;
    -0.5 * z * z
}

/// How much wider the deviations of a study are than usual, as factors of their standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scales {
    pub law: f64,
    pub runs: f64,
}

impl Scales {
    pub(crate) const USUAL: Self = Self { law: 1.0, runs: 1.0 };

    /// Covariance of what is wrong with the law at two spots.
    pub(crate) fn of_law(&self, x: &Spot, y: &Spot) -> f64 {
        self.law * self.law * of_law(x, y)
    }

    /// Covariance of what is peculiar to one run at two of its levels.
    pub(crate) fn of_run(&self, l: f64, other: f64) -> f64 {
        self.runs * self.runs * of_run(l, other)
    }
}

fn of_law(x: &Spot, y: &Spot) -> f64 {
    let (b, r, l) = (x.b - y.b, x.r - y.r, x.l - y.l);
    let long = LONG.0.powi(2) * (bell(b, LONG.1) + bell(r, LONG.2)).exp();
    let short = SHORT.0.powi(2) * (bell(b, SHORT.1) + bell(r, SHORT.2) + bell(l, SHORT.3)).exp();
    let own = OWN_SHAPE.0.powi(2) * (bell(b, OWN_SHAPE.1) + bell(r, OWN_SHAPE.2)).exp();
    let from_target = x.l.min(FARTHEST_SHAPE) * y.l.min(FARTHEST_SHAPE) / (FULL_SHAPE * FULL_SHAPE);
    long + short + (SHAPE.powi(2) + own) * from_target * bell(l, SHAPE_LEVELS).exp()
}

fn of_run(l: f64, other: f64) -> f64 {
    RUN * RUN * (WHOLE_RUN + (1.0 - WHOLE_RUN) * (-(l - other).abs() / RUN_LEVELS).exp())
}
