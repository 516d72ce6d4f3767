//! How probable the observations are under a law.
//!
//! Everything that does not depend on the law's parameters (the covariances of the deviations, and
//! what runs that passed tell about runs that were stopped) is prepared once for all members of the
//! population.
//!
//! Left out: the population (`particles`).

use crate::strategy::race::law::{AtLevel, Law, SCALE, Theta, log_add, softplus};
use crate::strategy::race::normal::above;
use crate::strategy::race::observation::{Observations, Passage, Unpassed};
use crate::strategy::race::residual::{RUN, Scales, Spot};
use nalgebra::{Cholesky, DMatrix};

/// A deviation, in stretched ln steps, counts as at most this: one impossible run must not decide.
const MOST_DEVIATION: f64 = 6.0;
/// What is left of a run's own scatter where everything else is known, as a share of its variance.
const LEAST_LEFT: f64 = 0.3;
/// Added to every variance, so that factors exist.
const RIDGE: f64 = 1e-6;
/// Probability that a run diverges, or does not, against all reason.
const AGAINST_REASON: f64 = 0.02;

/// Observations, with all that is needed to judge a law by them.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub observations: Observations,
    /// By how much the law and runs deviate more than usual.
    pub scales: Scales,
    /// Inverse of the Cholesky factor of the passages' covariance.
    whitening: DMatrix<f64>,
    /// Inverse of that covariance.
    pub precision: DMatrix<f64>,
    /// `[unpassed, passages]`: what deviations of passages tell about those of stopped runs.
    regression: DMatrix<f64>,
    /// Standard deviation that is left to each stopped run.
    pub left: Vec<f64>,
}

/// Covariance of the deviations of passages.
fn covariance(passages: &[Passage], scales: Scales) -> DMatrix<f64> {
    DMatrix::from_fn(passages.len(), passages.len(), |i, j| {
        let (x, y) = (&passages[i], &passages[j]);
        let run = if x.run == y.run { scales.of_run(x.spot.l, y.spot.l) } else { 0.0 };
        let own = if i == j { x.variance + RIDGE } else { 0.0 };
        scales.of_law(&x.spot, &y.spot) + run + own
    })
}

fn cross(from: &[Spot], to: &[Passage], scales: Scales) -> DMatrix<f64> {
    DMatrix::from_fn(from.len(), to.len(), |i, j| scales.of_law(&from[i], &to[j].spot))
}

/// The factor of a covariance. A matrix that is not positive by rounding alone gets a larger ridge.
pub(crate) fn factor(mut covariance: DMatrix<f64>) -> DMatrix<f64> {
    let mut ridge = RIDGE;
    loop {
        if let Some(factor) = Cholesky::new(covariance.clone()) {
            return factor.unpack();
        }
        for k in 0..covariance.nrows() {
            covariance[(k, k)] += ridge;
        }
        ridge *= 10.0;
    }
}

/// Inverse of the factor of a covariance: its transpose times itself is the precision.
pub(crate) fn whitening(covariance: DMatrix<f64>) -> DMatrix<f64> {
    let identity = DMatrix::identity(covariance.nrows(), covariance.nrows());
    factor(covariance).solve_lower_triangular(&identity).unwrap_or(identity)
}

impl Prepared {
    pub(crate) fn new(observations: Observations, scales: Scales) -> Self {
        let passages = &observations.passages;
        let whitening = whitening(covariance(passages, scales));
        let precision = whitening.transpose() * &whitening;
        let spots: Vec<Spot> = observations.unpassed.iter().map(|run| run.spot).collect();
        let between = cross(&spots, passages, scales);
        let regression = &between * &precision;
        let left = |k: usize| {
            let spot = &spots[k];
            let alone = scales.of_law(spot, spot) + scales.of_run(spot.l, spot.l);
            let known: f64 = regression.row(k).dot(&between.row(k));
            (alone - known).max(LEAST_LEFT * RUN * RUN).sqrt()
        };
        let left = (0..spots.len()).map(left).collect();
        Self { observations, scales, whitening, precision, regression, left }
    }

    /// ln of the levels that some run passed.
    fn levels(&self) -> impl Iterator<Item = f64> {
        let passages = self.observations.passages.iter();
        let highest = passages.map(|passage| passage.rung + 1).max().unwrap_or(0);
        self.observations.levels.iter().copied().take(highest)
    }

    /// `[passages, members]`: by how much each run deviates from each law, in stretched ln steps; and
    /// per member the sum of ln stretches.
    pub(crate) fn deviations(&self, members: &[Theta]) -> (DMatrix<f64>, Vec<f64>) {
        let passages = &self.observations.passages;
        let mut deviations = DMatrix::zeros(passages.len(), members.len());
        let mut stretches = vec![0.0; members.len()];
        for (k, theta) in members.iter().enumerate() {
            let law = Law::new(theta, self.observations.start);
            let levels: Vec<AtLevel> = self.levels().map(|level| law.at_level(level)).collect();
            let mut column = deviations.column_mut(k);
            let mut j = 0;
            for of_run in passages.chunk_by(|x, y| x.run == y.run) {
                let at = law.at(of_run[0].spot.b, of_run[0].spot.r);
                for passage in of_run {
                    let expected = at.expected(&levels[passage.rung]);
                    let off = (passage.log_steps - expected.log_steps).clamp(-MOST_DEVIATION, MOST_DEVIATION);
                    column[j] = off / expected.stretch;
                    stretches[k] += expected.stretch.ln();
                    j += 1;
                }
            }
        }
        (deviations, stretches)
    }

    /// What is expected of the stopped runs, given the deviations of the others: per run and member
    /// ln steps and the standard deviation of that.
    pub(crate) fn of_stopped(&self, members: &[Theta], deviations: &DMatrix<f64>) -> Vec<Vec<(f64, f64)>> {
        let told = &self.regression * deviations;
        let of_run = |(j, run): (usize, &Unpassed)| {
            let of_member = |(k, theta): (usize, &Theta)| {
                let law = Law::new(theta, self.observations.start);
                let expected = law.at(run.spot.b, run.spot.r).expected(&law.at_level(run.spot.l));
                let sd = expected.stretch * theta[SCALE].exp() * self.left[j];
                (expected.log_steps + expected.stretch * told[(j, k)], sd)
            };
            members.iter().enumerate().map(of_member).collect()
        };
        self.observations.unpassed.iter().enumerate().map(of_run).collect()
    }

    /// ln of the likelihood of each member. It is comparable between scales, so it has the volume of the
    /// covariance in it: without that more scatter always seems more likely.
    pub(crate) fn log_likelihoods(&self, members: &[Theta]) -> Vec<f64> {
        let (deviations, stretches) = self.deviations(members);
        let count = deviations.nrows() as f64;
        let white = &self.whitening * &deviations;
        let volume: f64 = self.whitening.diagonal().iter().map(|of_one| of_one.ln()).sum();
        let mut logs: Vec<f64> = members
            .iter()
            .enumerate()
            .map(|(k, theta)| {
                let squares = white.column(k).norm_squared();
                volume - count * theta[SCALE] - 0.5 * squares * (-2.0 * theta[SCALE]).exp() - stretches[k]
            })
            .collect();
        if !self.observations.unpassed.is_empty() {
            let of_stopped = self.of_stopped(members, &deviations);
            for (run, of_members) in self.observations.unpassed.iter().zip(of_stopped) {
                for (log, (expected, sd)) in logs.iter_mut().zip(of_members) {
                    let later = above((run.log_steps - expected) / sd);
                    *log += ((1.0 - run.escape) * later + run.escape).ln();
                }
            }
        }
        for divergence in &self.observations.diverged {
            for (log, theta) in logs.iter_mut().zip(members) {
                let law = Law::new(theta, self.observations.start);
                let odds = law.log_odds_of_divergence(divergence.b, divergence.r);
                *log += log_add((1.0 - AGAINST_REASON).ln() - softplus(-odds), AGAINST_REASON.ln());
            }
        }
        logs
    }
}

impl Prepared {
    /// Covariance of the deviations of the passages and of runs that ended early, each of which has
    /// some scatter of its own beside.
    pub(crate) fn covariance_with(&self, ended: &[Unpassed], extra: &[f64]) -> DMatrix<f64> {
        let passages = &self.observations.passages;
        let count = passages.len();
        let of_passages = covariance(passages, self.scales);
        DMatrix::from_fn(count + ended.len(), count + ended.len(), |i, j| match (i < count, j < count) {
            (true, true) => of_passages[(i, j)],
            (false, true) => self.scales.of_law(&ended[i - count].spot, &passages[j].spot),
            (true, false) => self.scales.of_law(&passages[i].spot, &ended[j - count].spot),
            (false, false) => {
                let (x, y) = (&ended[i - count], &ended[j - count]);
                let run = || self.scales.of_run(x.spot.l, x.spot.l);
                let own = if i == j { run() + extra[i - count].powi(2) + RIDGE } else { 0.0 };
                self.scales.of_law(&x.spot, &y.spot) + own
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::race::law::{Prior, WALL};
    use crate::strategy::race::observation::Divergence;
    use batchwright_data::{Domain, RandomStream};
    use statrs::distribution::{ContinuousCDF, Normal};

    const START: f64 = 4.0;
    const SCALES: Scales = Scales { law: 0.8, runs: 1.3 };

    fn members() -> Vec<Theta> {
        let mut random = RandomStream::new(3, Domain::Search, 9, 0);
        let prior = Prior::new(-6.0, 0.0);
        let mut members: Vec<Theta> = (0..6).map(|_| prior.draw(&mut random)).collect();
        members.iter_mut().for_each(|member| member[WALL] = 0.0);
        members
    }

    /// (ln steps, stretch) that a law expects at a spot.
    fn expected(theta: &Theta, spot: &Spot) -> (f64, f64) {
        let law = Law::new(theta, START);
        let expected = law.at(spot.b, spot.r).expected(&law.at_level(spot.l));
        (expected.log_steps, expected.stretch)
    }

    /// Two runs with two and three passages, as the first of the members nearly expects them.
    fn passages() -> Vec<Passage> {
        let levels = [0.0, 1.0, 2.0];
        let at = |run: usize, rung: usize, off: f64| {
            let spot = Spot { b: run as f64, r: -4.0 + 0.5 * run as f64, l: levels[rung] };
            let log_steps = expected(&members()[0], &spot).0 + off;
            Passage { spot, log_steps, variance: 0.001 * (1.0 + rung as f64), rung, run }
        };
        vec![at(0, 1, 0.1), at(0, 2, -0.2), at(1, 0, 0.05), at(1, 1, 0.3), at(1, 2, 0.0)]
    }

    fn observations(unpassed: Vec<Unpassed>, diverged: Vec<Divergence>) -> Observations {
        let levels = vec![0.0, 1.0, 2.0];
        Observations { passages: passages(), unpassed, diverged, start: START, levels }
    }

    fn prepared(unpassed: Vec<Unpassed>, diverged: Vec<Divergence>) -> Prepared {
        Prepared::new(observations(unpassed, diverged), SCALES)
    }

    /// Covariance of the ln steps of passages, then of other runs at other spots, under one member.
    fn full_covariance(theta: &Theta, scales: Scales, others: &[Spot]) -> DMatrix<f64> {
        let passages = passages();
        let spots: Vec<Spot> = passages.iter().map(|it| it.spot).chain(others.iter().copied()).collect();
        let run = |i: usize| passages.get(i).map_or(100 + i, |it| it.run);
        let sd = |i: usize| expected(theta, &spots[i]).1 * theta[SCALE].exp();
        DMatrix::from_fn(spots.len(), spots.len(), |i, j| {
            let same = if run(i) == run(j) { scales.of_run(spots[i].l, spots[j].l) } else { 0.0 };
            let own = if i == j { passages.get(i).map_or(0.0, |it| it.variance + RIDGE) } else { 0.0 };
            sd(i) * sd(j) * (scales.of_law(&spots[i], &spots[j]) + same + own)
        })
    }

    fn off(theta: &Theta) -> DMatrix<f64> {
        let passages = passages();
        DMatrix::from_fn(passages.len(), 1, |i, _| {
            let mean = expected(theta, &passages[i].spot).0;
            (passages[i].log_steps - mean).clamp(-MOST_DEVIATION, MOST_DEVIATION)
        })
    }

    /// The whole density, by determinant and inverse, of every member and at several scales: a part that
    /// depends on the scales and is left out decides which of them seem likely.
    #[test]
    fn passages_have_the_density_of_a_multivariate_normal_distribution() {
        let members = members();
        for scales in [SCALES, Scales::USUAL, Scales { law: 2.0, runs: 0.5 }] {
            let logs = Prepared::new(observations(Vec::new(), Vec::new()), scales).log_likelihoods(&members);
            for (theta, log) in members.iter().zip(logs) {
                let (covariance, off) = (full_covariance(theta, scales, &[]), off(theta));
                let inverse = covariance.clone().try_inverse().unwrap();
                let exact =
                    -0.5 * (covariance.determinant().ln() + (off.transpose() * inverse * off)[(0, 0)]);
                assert!((log - exact).abs() < 1e-6 * exact.abs().max(1.0), "{scales:?}: {log} {exact}");
            }
        }
    }

    /// A run that was stopped is later than that, given all that passed: by the conditional
    /// distribution from the inverse of the whole covariance, and the tail of a library.
    #[test]
    fn stopped_runs_have_the_tail_of_the_conditional_distribution() {
        let members = members();
        let spot = Spot { b: 0.5, r: -3.8, l: 0.0 };
        let log_steps = expected(&members[0], &spot).0 + 0.1;
        let run = Unpassed { spot, log_steps, escape: 0.02, rung: 0 };
        let logs = prepared(vec![run], Vec::new()).log_likelihoods(&members);
        let without = prepared(Vec::new(), Vec::new()).log_likelihoods(&members);
        for (k, theta) in members.iter().enumerate() {
            let precision = full_covariance(theta, SCALES, &[spot]).try_inverse().unwrap();
            let last = precision.nrows() - 1;
            let told: f64 = (0..last).map(|i| precision[(last, i)] * off(theta)[i]).sum();
            let mean = expected(theta, &spot).0 - told / precision[(last, last)];
            let later = Normal::new(mean, precision[(last, last)].powf(-0.5)).unwrap().sf(log_steps);
            let exact = (0.98 * later + 0.02).ln();
            assert!((logs[k] - without[k] - exact).abs() < 1e-5, "{k}: {} {exact}", logs[k] - without[k]);
        }
    }

    /// Far below the wall a divergence is against all reason, far above it is certain.
    #[test]
    fn a_divergence_bounds_the_wall() {
        let mut members = members();
        for (k, member) in members.iter_mut().enumerate() {
            member[WALL] = k as f64 - 3.0;
        }
        let diverged = Divergence { b: 0.0, r: -0.5, log_steps: 5.0 };
        let with = prepared(Vec::new(), vec![diverged]).log_likelihoods(&members);
        let without = prepared(Vec::new(), Vec::new()).log_likelihoods(&members);
        let told: Vec<f64> = with.iter().zip(without).map(|(with, without)| with - without).collect();
        assert!(told[..2].iter().all(|log| log.abs() < 1e-6), "{told:?}");
        let laws =
            members[4..].iter().map(|member| Law::new(member, START).log_odds_of_divergence(0.0, -0.5));
        for (log, odds) in told[4..].iter().zip(laws) {
            let exact = (AGAINST_REASON + (1.0 - AGAINST_REASON) / (1.0 + (-odds).exp())).ln();
            assert!((log - exact).abs() < 1e-9, "{told:?}");
        }
    }
}
