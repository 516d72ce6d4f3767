//! Which learning rates a study tries at a batch size: a sorted list of rates (a ladder), which may
//! be extended at both ends.
//!
//! Left out: which of them are run (`strategy`).

use crate::ask::error::FindError;
use crate::ask::problem::RatesProblem;

/// Neighbouring rates of a ladder differ by about this factor. This alone is too coarse: on a noisy
/// quadratic at batch size 64 the best rate of such a ladder needs 36% more steps than the best
/// rate. So the strategy adds rates around the best one.
const FACTOR: f64 = 2.0;

/// All ladders are powers of two times this rate, so that they share their rungs.
const BASE: f64 = 0.1;

/// Rungs on each side of the starting rate if no range is given.
const SIDE: i32 = 2;

/// The learning rates that a study starts from.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Ascending. Empty means "around the workload's starting rate of each size".
    ladder: Vec<f64>,
    fixed: bool,
}

/// The rates, as they can be typed: `0.1,0.2`; `auto` for those around the start of each size.
impl std::fmt::Display for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.ladder.is_empty() {
            return f.write_str("auto");
        }
        let rates: Vec<String> = self.ladder.iter().map(ToString::to_string).collect();
        f.write_str(&rates.join(","))
    }
}

impl Rates {
    /// Around the workload's own starting rate of each batch size. Extended if the best rate is at
    /// an end.
    pub fn around_start() -> Self {
        Self { ladder: Vec::new(), fixed: false }
    }

    /// Reads `1e-4..1` (a geometric ladder with both ends) or `0.01,0.03,0.1` (exactly these). Both
    /// may be extended unless [fixed](Rates::fixed).
    ///
    /// # Errors
    /// [`FindError::Rates`] for a rate that is not positive and finite, a reversed range, or an
    /// empty list.
    pub fn parse(text: &str) -> Result<Self, FindError> {
        let refuse = |problem| FindError::Rates { value: text.to_owned(), problem };
        let ladder = match text.split_once("..") {
            Some((low, high)) => rate(low).and_then(|low| geometric(low, rate(high)?)),
            None => text.split(',').map(rate).collect(),
        };
        Self::exactly(ladder.map_err(refuse)?)
    }

    /// Starts from exactly these rates. They are sorted, and duplicates are removed.
    ///
    /// # Errors
    /// [`FindError::Rates`] if the list is empty, or a rate is not positive and finite.
    pub fn exactly(mut ladder: Vec<f64>) -> Result<Self, FindError> {
        let refuse = |problem| FindError::Rates { value: format!("{ladder:?}"), problem };
        if ladder.is_empty() {
            return Err(refuse(RatesProblem::None));
        }
        if ladder.iter().any(|rate| !(rate.is_finite() && *rate > 0.0)) {
            return Err(refuse(RatesProblem::NotPositive));
        }
        ladder.sort_by(f64::total_cmp);
        ladder.dedup();
        Ok(Self { ladder, fixed: false })
    }

    /// The same rates, never extended.
    #[must_use]
    pub fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    /// Whether extending the range is forbidden.
    pub fn is_fixed(&self) -> bool {
        self.fixed
    }

    /// Whether each size starts around the workload's own rate.
    pub(crate) fn is_around_start(&self) -> bool {
        self.ladder.is_empty()
    }

    /// The lowest and the highest rate to start from; `None` if each size starts around the
    /// workload's own rate.
    pub fn ends(&self) -> Option<(f64, f64)> {
        Some((*self.ladder.first()?, *self.ladder.last()?))
    }

    /// The ladder of one size whose own starting rate is `start`, ascending. A starting rate that
    /// is not positive and finite is replaced by 0.1, since it only centres the ladder. All sizes
    /// share the rungs 0.1 x 2^k, so that their rates can be compared one by one.
    pub(crate) fn ladder(&self, start: f64) -> Vec<f64> {
        if !self.ladder.is_empty() {
            return self.ladder.clone();
        }
        let start = if start.is_normal() && start > 0.0 { start } else { 0.1 };
        let centre = ((start / BASE).ln() / FACTOR.ln()).round() as i32;
        (-SIDE..=SIDE).map(|rung| BASE * FACTOR.powi(centre + rung)).filter(|rate| rate.is_normal()).collect()
    }

    /// The rate one rung beyond an end of a ladder; `None` if it is not a normal number.
    pub(crate) fn beyond(end: f64, upwards: bool) -> Option<f64> {
        Some(if upwards { end * FACTOR } else { end / FACTOR }).filter(|rate| rate.is_normal())
    }
}

fn rate(text: &str) -> Result<f64, RatesProblem> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        Ok(rate) => Err(RatesProblem::RateNotPositive { rate }),
        Err(_) => Err(RatesProblem::NotANumber { text: text.trim().to_owned() }),
    }
}

/// Rates from `low` to `high` in equal ratios, as close to [`FACTOR`] as both ends allow.
fn geometric(low: f64, high: f64) -> Result<Vec<f64>, RatesProblem> {
    if low > high {
        return Err(RatesProblem::Reversed { low, high });
    }
    let span = high.ln() - low.ln();
    let rungs = (span / FACTOR.ln()).round().max(f64::from(u8::from(span > 0.0))) as u32;
    let inner = (1..rungs).map(|rung| (low.ln() + span * f64::from(rung) / f64::from(rungs)).exp());
    Ok(std::iter::once(low).chain(inner).chain([high]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rate of 0, an infinite rate or a reversed range would start trials that can only fail.
    #[test]
    fn rates_are_shown_as_they_can_be_typed() {
        assert_eq!(Rates::parse("0.3,0.01").unwrap().to_string(), "0.01,0.3");
        assert_eq!(Rates::around_start().to_string(), "auto");
    }

    #[test]
    fn bad_rates_are_refused() {
        for (text, what) in [
            ("", "not a number"),
            ("0", "not positive"),
            ("-1..1", "not positive"),
            ("1..inf", "not positive"),
            ("nan", "not positive"),
            ("1..1e-4", "reversed"),
            ("0.1,", "not a number"),
        ] {
            match Rates::parse(text) {
                Err(FindError::Rates { problem, .. }) => {
                    assert!(problem.to_string().contains(what), "{text}: {problem}")
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    /// The ends that a user gave must be in the ladder, and it must not be so coarse that it misses
    /// the best rate.
    #[test]
    fn a_range_is_geometric_with_both_ends() {
        let ladder = Rates::parse("1e-4..1").unwrap().ladder(9.0);
        assert_eq!((ladder[0], ladder[ladder.len() - 1], ladder.len()), (1e-4, 1.0, 14));
        let ratio = ladder[1] / ladder[0];
        assert!((1.8..2.2).contains(&ratio));
        assert!(ladder.windows(2).all(|w| (w[1] / w[0] / ratio - 1.0).abs() < 1e-9));
        assert_eq!(Rates::parse("0.1..0.1").unwrap().ladder(9.0), [0.1]);
        assert_eq!(Rates::parse("1..1.1").unwrap().ladder(9.0), [1.0, 1.1]);
    }

    #[test]
    fn without_a_range_the_ladder_is_centred_on_the_start() {
        assert_eq!(Rates::around_start().ladder(0.5), [0.1, 0.2, 0.4, 0.8, 1.6]);
        assert_eq!(Rates::around_start().ladder(f64::NAN)[2], 0.1);
        assert_eq!(Rates::beyond(f64::MAX, true), None);
        assert_eq!(Rates::beyond(f64::MIN_POSITIVE, false), None);
    }
}
