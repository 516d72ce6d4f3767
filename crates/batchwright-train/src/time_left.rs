//! How long a run still takes, from what its steps and its evaluations have taken so far.
//!
//! Left out: how a clock is read. Whoever watches a run says at what second each event came.

use crate::config::RunEnd;

/// Steps at the beginning of a process that tell nothing: caches are cold, memory is touched for the
/// first time.
const COLD_STEPS: u64 = 2;
/// Share that what was measured before keeps at each evaluation, so that a rate that changes in mid-run (the
/// batch size, another program on the machine) is followed.
const KEPT: f64 = 0.7;

/// Sums that forget.
#[derive(Debug, Clone, Copy, Default)]
struct Rate {
    amount: f64,
    seconds: f64,
}

impl Rate {
    fn add(&mut self, amount: f64, seconds: f64) {
        self.amount = KEPT * self.amount + amount;
        self.seconds = KEPT * self.seconds + seconds;
    }
}

/// Estimates the rest of a run. Seconds are those of any clock that never goes back.
///
/// ```
/// use batchwright_train::{RunEnd, TimeLeft};
///
/// // 1,000 samples, evaluated every 500; a step of 10 samples takes 0.1 s, an evaluation 2 s.
/// let mut left = TimeLeft::new(RunEnd::Samples(1_000), 500);
/// left.begin(0, 0.0, 0.0);
/// left.row(0, 2.0);
/// for step in 1..=10 {
///     left.step(10 * step, 2.0 + 0.1 * step as f64);
/// }
/// // 90 steps, and the evaluations at 500 and 1,000.
/// assert!((left.seconds(3.0).unwrap() - 13.0).abs() < 0.01);
/// ```
#[derive(Debug, Clone)]
pub struct TimeLeft {
    end: RunEnd,
    /// Samples between two evaluations.
    eval_samples: u64,
    samples: u64,
    /// Samples at the last evaluation.
    evaluated: u64,
    /// Steps of this process.
    steps: u64,
    /// Samples, and seconds of training, with which this process began, and those of its cold steps.
    before: (u64, f64),
    /// Where the interval since the last evaluation begins: samples, time.
    since: (u64, f64),
    last_step: f64,
    training: Rate,
    evaluations: Rate,
    /// Seconds of training of this process up to the last evaluation.
    trained: f64,
    /// When the last evaluation ended.
    last_row: f64,
}

impl TimeLeft {
    /// Of a run with this end that is evaluated every `eval_samples` samples.
    #[must_use]
    pub fn new(end: RunEnd, eval_samples: u64) -> Self {
        Self {
            end,
            eval_samples: eval_samples.max(1),
            samples: 0,
            evaluated: 0,
            steps: 0,
            before: (0, 0.0),
            since: (0, 0.0),
            last_step: 0.0,
            training: Rate::default(),
            evaluations: Rate::default(),
            trained: 0.0,
            last_row: 0.0,
        }
    }

    /// A process begins, at `now`, with what earlier ones did: samples, and seconds of training.
    pub fn begin(&mut self, samples: u64, trained: f64, now: f64) {
        *self = Self {
            samples,
            evaluated: samples,
            before: (samples, trained),
            since: (samples, now),
            last_step: now,
            last_row: now,
            ..Self::new(self.end, self.eval_samples)
        };
    }

    /// A step was taken, which makes it so many samples.
    pub fn step(&mut self, samples: u64, now: f64) {
        (self.samples, self.last_step) = (samples, now);
        self.steps += 1;
        if self.steps == COLD_STEPS {
            self.since = (samples, now);
        }
    }

    /// The run was evaluated, after so many samples.
    pub fn row(&mut self, samples: u64, now: f64) {
        self.trained += self.last_step - self.last_row;
        self.evaluations.add(1.0, now - self.last_step);
        if self.steps > COLD_STEPS {
            let (from, began) = self.since;
            self.training.add(samples.saturating_sub(from) as f64, self.last_step - began);
        }
        (self.samples, self.evaluated) = (samples, samples);
        self.since = (samples, now);
        (self.last_step, self.last_row) = (now, now);
    }

    /// Training samples a second, as the steps so far went; `None` before it can be told.
    #[must_use]
    pub fn samples_a_second(&self) -> Option<f64> {
        let warm = self.steps > COLD_STEPS;
        let interval = |to: f64, from: f64| if warm { to - from } else { 0.0 };
        let amount = self.training.amount + interval(self.samples as f64, self.since.0 as f64);
        let seconds = self.training.seconds + interval(self.last_step, self.since.1);
        (amount > 0.0 && seconds > 0.0).then(|| amount / seconds)
    }

    /// Seconds of training so far, those of earlier processes included.
    #[must_use]
    pub fn trained(&self) -> f64 {
        self.before.1 + self.trained + (self.last_step - self.last_row)
    }

    /// Seconds until the last evaluation of the run has ended; `None` before it can be told.
    #[must_use]
    pub fn seconds(&self, now: f64) -> Option<f64> {
        let rate = self.samples_a_second()?;
        let evaluation = match self.evaluations {
            Rate { amount, seconds } if amount > 0.0 => seconds / amount,
            _ => 0.0,
        };
        let (samples, training) = match self.end {
            RunEnd::Samples(end) => {
                let left = end.saturating_sub(self.samples) as f64;
                (left, left / rate)
            }
            RunEnd::Seconds(end) => {
                let left = (end - self.trained()).max(0.0);
                (left * rate, left)
            }
        };
        if samples <= 0.0 && self.evaluated >= self.samples {
            return Some(0.0);
        }
        // One at each multiple that is passed, and one at the end where that is none.
        let every = self.eval_samples as f64;
        let evaluations =
            ((self.samples as f64 + samples) / every).ceil() - (self.evaluated as f64 / every).floor();
        Some((training + evaluations * evaluation - (now - self.last_step)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Plays a run: `step(n)` are the seconds of step n, 50 samples each, from `from` samples on; asks after
    /// each step, and returns pairs of estimate and truth by step of the process.
    fn play(
        end: u64,
        every: u64,
        from: u64,
        step: impl Fn(u64) -> f64,
        evaluation: f64,
    ) -> Vec<(Option<f64>, f64)> {
        let mut left = TimeLeft::new(RunEnd::Samples(end), every);
        let (mut now, mut samples, mut asked) = (7.0, from, Vec::new());
        left.begin(from, 11.0, now);
        if from == 0 {
            now += evaluation;
            left.row(0, now);
        }
        for nth in 0.. {
            if samples >= end {
                break;
            }
            now += step(nth);
            samples += 50;
            left.step(samples, now);
            asked.push((left.seconds(now), now));
            if samples % every < 50 || samples >= end {
                now += evaluation;
                left.row(samples, now);
            }
        }
        assert_eq!(left.seconds(now), Some(0.0));
        asked.into_iter().map(|(estimate, at)| (estimate, now - at)).collect()
    }

    /// Else a beginner waits for an hour that was said to be a minute.
    #[test]
    fn it_is_right_after_ten_steps() {
        let cold = |nth| if nth < 2 { 1.0 } else { 0.01 };
        for (from, evaluation) in [(0, 0.0), (0, 3.0), (25_000, 0.0)] {
            let asked = play(50_000, 5_000, from, cold, evaluation);
            assert_eq!(asked[1].0, None, "two cold steps tell nothing");
            for (estimate, truth) in asked.iter().skip(9) {
                let estimate = estimate.unwrap();
                assert!((estimate - truth).abs() <= 0.02 * truth + 1e-9, "{estimate} {truth} {evaluation}");
            }
        }
    }

    /// A process that goes on has made no evaluation of its own before its first steps.
    #[test]
    fn after_a_resume_evaluations_count_from_the_first_one_on() {
        let asked = play(50_000, 5_000, 27_500, |_| 0.01, 3.0);
        let (estimate, truth) = asked[60];
        assert!((estimate.unwrap() - truth).abs() < 0.02 * truth);
    }

    #[test]
    fn a_rate_that_changes_is_followed() {
        let asked = play(200_000, 5_000, 0, |nth| if nth < 1_000 { 0.01 } else { 0.03 }, 0.1);
        let (estimate, truth) = asked[2_500];
        assert!((estimate.unwrap() - truth).abs() < 0.1 * truth, "{estimate:?} {truth}");
    }

    #[test]
    fn a_run_for_a_time_ends_after_that_time_of_training() {
        let mut left = TimeLeft::new(RunEnd::Seconds(60.0), 1_000);
        left.begin(500, 20.0, 100.0);
        for nth in 1..=10 {
            left.step(500 + 50 * nth, 100.0 + nth as f64);
        }
        assert_eq!(left.trained(), 30.0);
        assert_eq!(left.seconds(110.0), Some(30.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

        /// Else a page shows NaN or a negative time.
        #[test]
        fn it_is_a_time_whatever_happens(events in proptest::collection::vec((any::<bool>(), 0_u64..200, 0.0_f64..5.0), 0..60), end in 1_u64..5_000, timed: bool) {
            let end = if timed { RunEnd::Seconds(end as f64) } else { RunEnd::Samples(end) };
            let mut left = TimeLeft::new(end, 100);
            let (mut samples, mut now) = (0, 0.0);
            left.begin(0, 0.0, now);
            for (step, more, seconds) in events {
                now += seconds;
                if step {
                    samples += more;
                    left.step(samples, now);
                } else {
                    left.row(samples, now);
                }
                prop_assert!(left.seconds(now).is_none_or(|left| left.is_finite() && left >= 0.0));
            }
        }
    }
}
