//! The learning curves of the trials of a study: of each trial the rows that set a new best value, which
//! is all that a study keeps of its curves.
//!
//! They come from the journal of the study where the store has it. A trial that the study took over from
//! an earlier one, or whose journal is gone, has only the rows at which it passed certain levels.
//!
//! Left out: drawing (`chart/trials`).

use batchwright_find::{
    Journal, JournalEntry, Passed, StudyResult, TrialEnd, TrialOutcome, TrialPosition, TrialRecord,
    TrialRequest,
};
use batchwright_store::RunningTrial;

use crate::chart::curves::Horizontal;

/// The curve of one trial.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrialLine {
    pub(crate) batch_size: u64,
    pub(crate) learning_rate: f64,
    pub(crate) seed: u64,
    /// `None` while it runs.
    pub(crate) end: Option<TrialEnd>,
    /// Whether the study's clock or its user ended it.
    pub(crate) interrupted: bool,
    /// Whether it is one of the recommended size.
    pub(crate) recommended: bool,
    /// Positions and best values so far, at least one. The last is where it ended.
    pub(crate) points: Vec<TrialPoint>,
}

/// Where a trial was, and the best value so far.
pub(crate) type TrialPoint = (TrialPosition, f64);

impl TrialLine {
    fn new(request: &TrialRequest, end: Option<TrialEnd>, points: Vec<TrialPoint>) -> Self {
        let &TrialRequest { batch_size, learning_rate, seed, .. } = request;
        Self { batch_size, learning_rate, seed, end, interrupted: false, recommended: false, points }
    }

    /// Place and value of each point on an axis.
    pub(crate) fn on(&self, horizontal: Horizontal) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().map(move |(at, value)| (place(at, horizontal), *value))
    }
}

fn place(at: &TrialPosition, horizontal: Horizontal) -> f64 {
    match horizontal {
        Horizontal::Steps => at.step as f64,
        // A study knows no epochs: its trials are counted in samples.
        Horizontal::Samples | Horizontal::Epochs => at.samples as f64,
        Horizontal::Seconds => at.seconds,
    }
}

/// Most points of all lines together.
const MOST_POINTS: usize = 3_000;
/// Fewest and most points of one line.
const POINTS_OF_A_LINE: (usize, usize) = (8, 60);

/// The curves of the trials of a study that has no result yet: of those that have ended, and of those that
/// run.
pub(crate) fn lines_so_far(entries: &[JournalEntry], running: &[RunningTrial]) -> Vec<TrialLine> {
    let ended: Vec<&TrialOutcome> = entries.iter().filter_map(ended).collect();
    let most = points_of_each(ended.len() + running.len());
    let ended = ended.into_iter().map(|outcome| {
        let points = with_end(outcome.curve.records(), outcome.last, outcome.curve.best());
        TrialLine {
            interrupted: outcome.interrupted,
            ..TrialLine::new(&outcome.plan.request, Some(outcome.end), thinned(points, most))
        }
    });
    let running = running.iter().map(|trial| TrialLine::new(&trial.request, None, trial.rows.clone()));
    ended.chain(running).filter(|line| !line.points.is_empty()).collect()
}

/// The curves of all trials that were ever evaluated, in the order of the trials; none where only their ends
/// are known.
pub(crate) fn trial_lines(study: &StudyResult, journal: Option<&Journal>) -> Vec<TrialLine> {
    let outcomes: Vec<&TrialOutcome> =
        journal.map_or(&[][..], Journal::entries).iter().filter_map(ended).collect();
    let points = points_of_each(study.trials.len());
    let recommended = study.recommended.as_ref().map(|choice| choice.batch_size);
    let line = |trial: &TrialRecord| {
        let outcome = outcomes.iter().find(|outcome| is_of(outcome, trial));
        let rows = match (outcome, &trial.trace) {
            (Some(outcome), _) => outcome.curve.records(),
            (None, Some(trace)) => &trace.passed,
            (None, None) => &[],
        };
        let last = trial.trace.as_ref().map_or(position(trial), |trace| trace.last);
        let points = thinned(with_end(rows, last, trial.best_metric), points);
        (!points.is_empty()).then(|| TrialLine {
            interrupted: trial.was_interrupted(),
            recommended: recommended == Some(trial.request.batch_size),
            ..TrialLine::new(&trial.request, Some(trial.end), points)
        })
    };
    let lines: Vec<TrialLine> = study.trials.iter().filter_map(line).collect();
    // Ends alone are no curves: an old result keeps no more.
    if lines.iter().any(|line| line.points.len() > 1) { lines } else { Vec::new() }
}

/// Most points of each of so many lines.
fn points_of_each(lines: usize) -> usize {
    let (least, most) = POINTS_OF_A_LINE;
    (MOST_POINTS / lines.max(1)).clamp(least, most)
}

fn ended(entry: &JournalEntry) -> Option<&TrialOutcome> {
    match entry {
        JournalEntry::Ended { outcome, .. } => Some(outcome),
        _ => None,
    }
}

/// Whether an outcome of the journal is that of a trial. A size and a rate may be run with one seed more
/// than once, for longer each time.
fn is_of(outcome: &TrialOutcome, trial: &TrialRecord) -> bool {
    let last = trial.trace.as_ref().map(|trace| trace.last);
    outcome.plan.request == trial.request
        && outcome.plan.phase == trial.phase
        && last.is_none_or(|last| last.step == outcome.last.step)
}

fn position(trial: &TrialRecord) -> TrialPosition {
    TrialPosition { step: trial.step, samples: trial.samples, seconds: trial.seconds }
}

/// The rows as points, and where the trial ended with the best value that it had.
fn with_end(rows: &[Passed], last: TrialPosition, best: Option<f64>) -> Vec<TrialPoint> {
    let mut points: Vec<TrialPoint> = rows.iter().map(|row| (row.at, row.value)).collect();
    let value = best.or(points.last().map(|point| point.1)).filter(|value| value.is_finite());
    if let Some(value) = value
        && points.last().is_none_or(|(at, _)| at.step < last.step)
    {
        points.push((last, value));
    }
    points
}

/// At most so many points: the first, the last, and between them those that are farthest apart in value.
fn thinned(points: Vec<TrialPoint>, most: usize) -> Vec<TrialPoint> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return points };
    if points.len() <= most {
        return points;
    }
    // Equal shares of the whole fall, in its logarithm where it has one, so that a steep beginning and a
    // long tail both keep their shape.
    let fall = |value: f64| if first.1 > 0.0 && last.1 > 0.0 { value.ln() } else { value };
    let (from, to) = (fall(first.1), fall(last.1));
    let mut kept: Vec<TrialPoint> = vec![*first];
    let mut next = 1.0;
    for point in &points[1..points.len() - 1] {
        let share = (fall(point.1) - from) / (to - from) * (most - 1) as f64;
        if share >= next {
            kept.push(*point);
            next = share.floor() + 1.0;
        }
    }
    kept.push(*last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_find::testkit;

    fn passed(step: u64, value: f64) -> Passed {
        let at = TrialPosition { step, samples: 8 * step, seconds: step as f64 };
        Passed { value, at, before: step.saturating_sub(1) }
    }

    fn study(rows: Vec<Passed>, last: u64, best: Option<f64>) -> StudyResult {
        let last = passed(last, 0.0).at;
        let trace = batchwright_find::Trace { passed: rows, ..testkit::trace(TrialEnd::Lost, last) };
        let trial = testkit::trial(testkit::request(8, 0.1), TrialEnd::Lost, 8 * last.step);
        let trial = TrialRecord { trace: Some(trace), best_metric: best, ..trial };
        StudyResult { trials: vec![trial], ..testkit::study("a") }
    }

    /// Else a trial that was stopped seems to have ended where it was last at its best.
    #[test]
    fn a_line_goes_on_to_where_the_trial_ended() {
        let lines = trial_lines(&study(vec![passed(1, 2.0), passed(4, 1.0)], 9, Some(0.9)), None);
        let points: Vec<_> = lines[0].on(Horizontal::Samples).collect();
        assert_eq!(points, [(8.0, 2.0), (32.0, 1.0), (72.0, 0.9)]);
        assert_eq!(lines[0].on(Horizontal::Seconds).last(), Some((9.0, 0.9)));
        assert!(trial_lines(&study(Vec::new(), 9, None), None).is_empty());
    }

    /// Else the page of a study that runs lacks what has ended, or what goes on.
    #[test]
    fn a_study_that_runs_has_the_curves_of_all_its_trials() {
        let request = |size| testkit::request(size, 0.1);
        let at = |step| TrialPosition { step, samples: 8 * step, seconds: step as f64 };
        let rows = vec![(at(1), 2.0), (at(5), 1.5)];
        let running =
            [RunningTrial { rows, ..RunningTrial::new(request(8)) }, RunningTrial::new(request(16))];
        let lines = lines_so_far(&[], &running);
        assert_eq!(lines.len(), 1, "one has not been evaluated");
        assert_eq!((lines[0].batch_size, lines[0].end), (8, None));
        assert_eq!(lines[0].on(Horizontal::Steps).last(), Some((5.0, 1.5)));
    }

    /// Else a report of hundreds of trials is too large to send, or a thinned curve loses its ends or its
    /// shape.
    #[test]
    fn many_rows_become_few_with_both_ends_and_in_order() {
        let rows: Vec<Passed> =
            (0..5_000).map(|step| passed(step, 3.0 * (-(step as f64) / 700.0).exp())).collect();
        let whole = trial_lines(&study(rows.clone(), 4_999, None), None);
        let points = &whole[0].points;
        assert!((30..=POINTS_OF_A_LINE.1).contains(&points.len()), "{}", points.len());
        assert_eq!((points[0].1, points[points.len() - 1].0), (3.0, rows[4_999].at));
        assert!(points.windows(2).all(|pair| pair[0].0.step < pair[1].0.step && pair[0].1 > pair[1].1));
        let steps: Vec<u64> = points.iter().map(|point| point.0.step).collect();
        assert!(steps.windows(2).all(|pair| pair[1] - pair[0] < 200), "{steps:?}");
    }
}
