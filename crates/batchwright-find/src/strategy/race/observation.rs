//! What the trials of a study tell the race: when they passed which levels, which level they had not
//! passed when they were stopped, and which diverged.
//!
//! Left out: how probable that is under a law (`likelihood`).

use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::state::levels::{LevelScale, ladder};
use crate::state::outcome::TrialOutcome;
use crate::strategy::race::residual::Spot;

/// Levels beyond this are of no use once a run has passed [`NEAR`]: they say more about the start of
/// the training than about the target.
const FAR: f64 = 2.09;
const NEAR: f64 = 0.7;
/// ln of the level of the start, as long as no run has shown it.
const UNKNOWN_START: f64 = 3.0;
/// A level of the start below this tells nothing apart.
const LEAST_START: f64 = 0.1;
/// Probability that a run that was stopped says nothing about how it would have gone on.
const ESCAPE: f64 = 0.02;
/// The same for a run of less than [`SHORT`] of the time of the fastest training so far: many runs
/// look lost at their start.
const ESCAPE_OF_SHORT: f64 = 0.25;
const SHORT: f64 = 0.2;
/// As long as there is no such training, the same for a run of fewer steps than this: momentum builds
/// up, and may overshoot, for some multiple of 1 / (1 - momentum) steps.
const FEW_STEPS: f64 = 100.0;
/// A run below this share of the ln of the start has moved, and is past that.
const MOVED: f64 = 0.7;

/// A run passed a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Passage {
    pub spot: Spot,
    /// ln of the steps.
    pub log_steps: f64,
    /// Variance of that, because it was looked at only now and then.
    pub variance: f64,
    /// Position of its level on the ladder.
    pub rung: usize,
    pub run: usize,
}

/// The first steps of a run do not follow any flow: its passages are off by about this many steps.
const OFF: f64 = 2.0;

/// A run had not passed a level when it was stopped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unpassed {
    pub spot: Spot,
    /// ln of its steps.
    pub log_steps: f64,
    /// Probability that this says nothing.
    pub escape: f64,
    /// Position of its level on the ladder.
    pub rung: usize,
}

impl Unpassed {
    /// Whether it counts as a sure sign.
    pub(crate) fn is_sure(&self) -> bool {
        self.escape <= ESCAPE
    }
}

/// A run diverged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Divergence {
    pub b: f64,
    pub r: f64,
    /// ln of steps that would not be better: for predictions it counts as slower than that.
    pub log_steps: f64,
}

/// Everything that was observed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Observations {
    pub passages: Vec<Passage>,
    pub unpassed: Vec<Unpassed>,
    pub diverged: Vec<Divergence>,
    /// ln of the level before the first step.
    pub start: f64,
    /// ln of the levels, from the target (0) on.
    pub levels: Vec<f64>,
}

impl Observations {
    /// No observation at all.
    pub(crate) fn none() -> Self {
        Self { start: UNKNOWN_START, levels: ladder(UNKNOWN_START), ..Self::default() }
    }
}

/// What turns trials into observations.
pub(crate) struct Reader<'a> {
    pub state: &'a StudyState,
    pub goal: f64,
    /// Mean ln size.
    pub centre: f64,
    /// Seconds of the fastest training so far; infinite if there is none.
    pub fastest: f64,
    /// Seconds of a step of a size.
    pub step_seconds: &'a dyn Fn(u64) -> f64,
}

impl Reader<'_> {
    /// The observations of these trials.
    pub(crate) fn read<'o>(&self, outcomes: impl Iterator<Item = &'o TrialOutcome> + Clone) -> Observations {
        let firsts = outcomes.clone().filter_map(|o| o.first);
        let scale = LevelScale::new(self.state.goals.direction, self.goal, firsts);
        let start = start(&scale, outcomes.clone());
        let mut all = Observations { start, levels: ladder(start), ..Observations::default() };
        for (run, outcome) in outcomes.enumerate() {
            self.add(&mut all, run, outcome, &scale);
        }
        all
    }

    fn add(&self, all: &mut Observations, run: usize, outcome: &TrialOutcome, scale: &LevelScale) {
        if matches!(outcome.end, TrialEnd::Failed | TrialEnd::DoesNotFit) && !outcome.interrupted {
            return;
        }
        let size = outcome.plan.request.batch_size;
        let b = (self.state.effective(size) as f64).ln() - self.centre;
        let r = outcome.plan.request.learning_rate.ln();
        let passages = passages(outcome, scale, &all.levels);
        let nearest = passages.first().map_or(all.levels.len(), |passage| passage.0);
        let near = all.levels.get(nearest).is_some_and(|level| *level < NEAR);
        for (rung, log_steps, variance) in passages {
            let l = all.levels[rung];
            if !near || l <= FAR {
                all.passages.push(Passage { spot: Spot { b, r, l }, log_steps, variance, rung, run });
            }
        }
        let Some(rung) = nearest.checked_sub(1) else { return };
        let step_seconds = (self.step_seconds)(size);
        if outcome.end == TrialEnd::Diverged {
            let worse = if self.fastest.is_finite() { self.fastest / step_seconds } else { 300.0 };
            all.diverged.push(Divergence { b, r, log_steps: (3.0 * worse).ln() });
            return;
        }
        let steps = outcome.last.step as f64;
        if steps < 1.0 {
            return;
        }
        let l = all.levels[rung];
        let short = if self.fastest.is_finite() {
            steps * step_seconds < SHORT * self.fastest
        } else {
            steps < FEW_STEPS && l > MOVED * all.start
        };
        let escape = if short { ESCAPE_OF_SHORT } else { ESCAPE };
        all.unpassed.push(Unpassed { spot: Spot { b, r, l }, log_steps: steps.ln(), escape, rung });
    }
}

/// ln of the highest level that a run had at its first look, nearest to the one before its first
/// step.
fn start<'o>(scale: &LevelScale, outcomes: impl Iterator<Item = &'o TrialOutcome>) -> f64 {
    let first = |o: &TrialOutcome| Some(scale.log_level(o.first.filter(|_| o.end != TrialEnd::Diverged)?));
    let highest = outcomes.filter_map(first).fold(f64::NEG_INFINITY, f64::max);
    if highest.is_finite() { highest.max(LEAST_START) } else { UNKNOWN_START }
}

/// How an unfinished run moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// It is on the second half of its way, and has passed a level not long ago.
    Arrives,
    /// It has passed no level for most of its steps.
    Stands,
    /// Neither.
    Open,
}

/// A run has passed a level not long ago if it was after this share of its steps.
const LATELY: f64 = 0.6;
/// It stands if the last level was before this share, and it has taken this many steps.
const LONG_AGO: f64 = 0.25;
const LONG_RUN: u64 = 60;
/// The second half of the way, in ln of the level.
const HALF: f64 = 0.5;

/// How a run moves towards a goal.
pub(crate) fn motion(state: &StudyState, goal: f64, run: &TrialOutcome) -> Motion {
    let firsts = state.outcomes.iter().chain([run]).filter_map(|o| o.first);
    let scale = LevelScale::new(state.goals.direction, goal, firsts);
    let start = start(&scale, state.outcomes.iter().chain([run]));
    let levels = ladder(start);
    let nearest = passages(run, &scale, &levels).into_iter().next();
    let (level, at) = nearest.map_or((start, 0.0), |(rung, log_steps, _)| (levels[rung], log_steps.exp()));
    let share = at / run.last.step as f64;
    if share < LONG_AGO && run.last.step >= LONG_RUN {
        Motion::Stands
    } else if share > LATELY && level < HALF * start {
        Motion::Arrives
    } else {
        Motion::Open
    }
}

/// (position of the level, ln steps, variance) of the levels that a run passed, from the target on. Of several
/// that were passed at one look only the nearest to the target counts.
fn passages(outcome: &TrialOutcome, scale: &LevelScale, levels: &[f64]) -> Vec<(usize, f64, f64)> {
    let mut passages = Vec::new();
    let mut last = u64::MAX;
    for (rung, &level) in levels.iter().enumerate() {
        let Some((before, at)) = outcome.curve.passed_between(scale.value(level)) else { continue };
        if at == last {
            continue;
        }
        last = at;
        let (before, at) = (before as f64, at as f64);
        let middle = ((before + at + 1.0) / 2.0).max(0.5);
        let seen = ((at - before) / at).powi(2) / 12.0;
        passages.push((rung, middle.ln(), seen + (OFF / middle).powi(2)));
    }
    passages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;

    /// Trials of size 64 at a rate of 0.1. `fastest`: seconds of the fastest training, of 1 ms steps.
    fn read(outcomes: &[TrialOutcome], fastest: f64) -> Observations {
        let state = examples::state(&examples::config(), &[64, 128]);
        let reader = Reader { state: &state, goal: 0.1, centre: 4.5, fastest, step_seconds: &|_| 1e-3 };
        reader.read(outcomes.iter())
    }

    fn run(end: TrialEnd, rows: &[(u64, f64)]) -> TrialOutcome {
        examples::trial(64, 0.1, end, rows)
    }

    const FALLING: [(u64, f64); 4] = [(10, 3.2), (20, 1.0), (30, 0.25), (40, 0.09)];

    /// The target, and 3 times it: 8 and 4 times were passed at the same look as 3 times, and 16 times
    /// is too far from a target that was reached. A level was passed between two looks, anywhere.
    #[test]
    fn of_levels_passed_at_one_look_only_the_nearest_counts() {
        let seen = read(&[run(TrialEnd::Target, &FALLING)], f64::INFINITY);
        assert!((seen.start - 32f64.ln()).abs() < 1e-12);
        let [target, three] = seen.passages[..] else { panic!("{seen:?}") };
        assert!((target.spot.l, target.rung) == (0.0, 0) && (three.spot.l - 3f64.ln()).abs() < 1e-12);
        assert_eq!((target.spot.b, target.spot.r), (64f64.ln() - 4.5, 0.1f64.ln()));
        assert!(
            (target.log_steps - 35.5f64.ln()).abs() < 1e-12 && (three.log_steps - 25.5f64.ln()).abs() < 1e-12
        );
        // A uniform value between 30 and 40 varies by (10 / 40)^2 / 12, relative to the later look.
        let variance = 0.25f64.powi(2) / 12.0 + (OFF / 35.5).powi(2);
        assert!((target.variance - variance).abs() < 1e-12);
        assert!(seen.unpassed.is_empty() && seen.diverged.is_empty());
    }

    /// A run that has not come near the target tells of its start; one that was stopped tells of the
    /// next level too.
    #[test]
    fn a_stopped_run_has_not_passed_the_level_after_its_last() {
        let rows = [(10, 3.2), (20, 1.0), (150, 0.25)];
        let seen = read(&[run(TrialEnd::Lost, &rows)], f64::INFINITY);
        let levels: Vec<f64> = seen.passages.iter().map(|passage| passage.spot.l.exp().round()).collect();
        assert_eq!(levels, [3.0, 16.0]);
        let [stopped] = seen.unpassed[..] else { panic!("{seen:?}") };
        assert!((stopped.spot.l - 2f64.ln()).abs() < 1e-12 && stopped.rung + 1 == seen.passages[0].rung);
        assert!((stopped.log_steps - 150f64.ln()).abs() < 1e-12 && stopped.is_sure());
        // The same if its user stopped it.
        let interrupted = TrialOutcome { interrupted: true, ..run(TrialEnd::Budget, &rows) };
        assert_eq!(read(&[interrupted], f64::INFINITY), seen);
    }

    /// Most runs look lost at their start.
    #[test]
    fn a_short_run_is_no_sure_sign() {
        let sure = |steps: u64, fastest: f64| {
            read(&[run(TrialEnd::Lost, &[(steps, 3.2)])], fastest).unpassed[0].is_sure()
        };
        assert!(!sure(99, f64::INFINITY) && sure(100, f64::INFINITY));
        assert!(!sure(199, 1.0) && sure(201, 1.0));
    }

    /// A run that diverged passed levels before, but says nothing of how long the next would take. Its
    /// first value may be high because it diverges, so it is not the start.
    #[test]
    fn a_diverged_run_is_no_slow_run() {
        let rows = [(10, 3.2), (20, 1.5), (30, 50.0), (40, f64::INFINITY)];
        let seen = read(&[run(TrialEnd::Diverged, &rows)], f64::INFINITY);
        assert!((seen.start - UNKNOWN_START).abs() < 1e-12 && seen.unpassed.is_empty());
        assert_eq!(seen.diverged.len(), 1);
        assert!((seen.diverged[0].r - 0.1f64.ln()).abs() < 1e-12 && !seen.passages.is_empty());
        // It counts as slower than the fastest training.
        let seen = read(&[run(TrialEnd::Diverged, &[(1, f64::NAN)])], 2.0);
        assert!((seen.diverged[0].log_steps - 6000f64.ln()).abs() < 1e-12);
    }

    /// An error is no bad rate, and a run that never began no slow one.
    #[test]
    fn failed_trials_and_those_without_a_step_say_nothing() {
        let mut crossed = run(TrialEnd::Failed, &FALLING);
        crossed.error = Some("the power went off".to_owned());
        let none = TrialOutcome { interrupted: true, ..run(TrialEnd::Budget, &[]) };
        for outcome in [crossed, run(TrialEnd::DoesNotFit, &[]), run(TrialEnd::Lost, &[]), none] {
            let seen = read(&[outcome], f64::INFINITY);
            assert!(seen.passages.is_empty() && seen.unpassed.is_empty() && seen.diverged.is_empty());
        }
        assert_eq!(read(&[], f64::INFINITY), Observations::none());
    }
}
