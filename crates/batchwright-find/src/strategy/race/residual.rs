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
const LONG: (f64, f64, f64) = (0.035, 2.0, 1.5);
/// The same over short distances, and its distance in level.
const SHORT: (f64, f64, f64, f64) = (0.035, 0.8, 0.6, 1.0);
/// What is wrong with the shape of curves, alike for all sizes and rates; and not alike.
const SHAPE: f64 = 0.1;
const OWN_SHAPE: (f64, f64, f64) = (0.08, 1.5, 0.8);
/// Distance in level over which the shape is shared.
const SHAPE_LEVELS: f64 = 0.6;
/// The shape is measured from the target: at these ln levels and beyond it is as uncertain as it gets.
const FULL_SHAPE: f64 = 2.0;
/// Standard deviation of a run in pure flow about the others of its setting.
pub(crate) const RUN: f64 = 0.032;
/// The part of it that all levels of a run share, and the distance over which the rest is shared.
const WHOLE_RUN: f64 = 0.07;
const RUN_LEVELS: f64 = 0.17;

fn bell(difference: f64, length: f64) -> f64 {
    let z = difference / length;
    -0.5 * z * z
}

/// Covariance of what is wrong with the law at two spots.
pub(crate) fn of_law(x: &Spot, y: &Spot) -> f64 {
    let (b, r, l) = (x.b - y.b, x.r - y.r, x.l - y.l);
    let long = tune(0, LONG.0).powi(2) * (bell(b, tune(1, LONG.1)) + bell(r, tune(2, LONG.2))).exp();
    let short = tune(3, SHORT.0).powi(2) * (bell(b, tune(4, SHORT.1)) + bell(r, tune(5, SHORT.2)) + bell(l, SHORT.3)).exp();
    let own = tune(6, OWN_SHAPE.0).powi(2) * (bell(b, tune(7, OWN_SHAPE.1)) + bell(r, tune(8, OWN_SHAPE.2))).exp();
    let full = tune(11, FULL_SHAPE);
    let from_target = x.l.min(full) * y.l.min(full) / (full * full);
    long + short + (tune(10, SHAPE).powi(2) + own) * from_target * bell(l, tune(9, SHAPE_LEVELS)).exp()
}

/// Covariance of what is peculiar to one run at two of its levels.
pub(crate) fn of_run(l: f64, other: f64) -> f64 {
    RUN * RUN * (WHOLE_RUN + (1.0 - WHOLE_RUN) * (-(l - other).abs() / RUN_LEVELS).exp())
}

pub(crate) fn tune(k: usize, default: f64) -> f64 {
    static T: std::sync::OnceLock<Vec<Option<f64>>> = std::sync::OnceLock::new();
    T.get_or_init(|| (0..40).map(|k| std::env::var(format!("P{k}")).ok().and_then(|v| v.parse().ok())).collect())[k].unwrap_or(default)
}
