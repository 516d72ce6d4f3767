//! The log of a run while it trains, in all the places that were asked for.
//!
//! A log is never worth a training: where one cannot be written, that is told once, and the run goes on
//! without it. It begins with the first row, or where a run goes on, so that a run that could not start
//! leaves nothing. Rows for a database are written together about once a second; one that another
//! program has locked gets them with the next ones.

use crate::tracking::database::{PATIENCE, is_locked};
use crate::tracking::open::open;
use crate::tracking::place::{LogPlace, TrackingProgram};
use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun, TrackedState};
use crate::tracking::tracker::Tracker;
use anyhow::Result;
use batchwright_train::{RunResult, RunRow};
use std::time::{Duration, Instant, SystemTime};

/// The longest time that a row for a database waits.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long the training waits for a database.
const SHORT: Duration = Duration::from_millis(200);

/// A log that is given up.
#[derive(Debug)]
pub(crate) struct LogLost {
    pub(crate) place: LogPlace,
    pub(crate) error: anyhow::Error,
}

/// Opens every place, and makes a log of it. Returns the logs, and those that cannot be opened.
pub(crate) fn open_logs<L>(
    places: &[LogPlace],
    log: impl Fn(LogPlace, Box<dyn Tracker>) -> L,
) -> (Vec<L>, Vec<LogLost>) {
    let (mut logs, mut lost) = (Vec::new(), Vec::new());
    for place in places.iter().cloned() {
        match open(&place) {
            Ok(tracker) => logs.push(log(place, tracker)),
            Err(error) => lost.push(LogLost { place, error }),
        }
    }
    (logs, lost)
}

/// Does something with each log, and gives up those with which it fails.
pub(crate) fn with_each<L>(
    logs: &mut Vec<L>,
    place: impl Fn(&L) -> &LogPlace,
    mut work: impl FnMut(&mut L) -> Result<()>,
) -> Vec<LogLost> {
    let mut lost = Vec::new();
    logs.retain_mut(|log| {
        let done = work(log);
        done.map_err(|error| lost.push(LogLost { place: place(log).clone(), error })).is_ok()
    });
    lost
}

/// A run in all its logs.
pub(crate) struct RunLog {
    run: TrackedRun,
    logs: Vec<OpenLog>,
    begun: bool,
}

struct OpenLog {
    place: LogPlace,
    tracker: Box<dyn Tracker>,
    interval: Duration,
    waiting: Vec<TrackedPoint>,
    written: Instant,
}

impl OpenLog {
    fn new(place: LogPlace, tracker: Box<dyn Tracker>) -> Self {
        let interval = match place.program {
            TrackingProgram::Tensorboard => Duration::ZERO,
            TrackingProgram::Mlflow | TrackingProgram::Trackio => INTERVAL,
        };
        Self { place, tracker, interval, waiting: Vec::new(), written: Instant::now() }
    }

    fn push(&mut self, run: &TrackedRun, point: &TrackedPoint) -> Result<()> {
        self.waiting.push(point.clone());
        if self.written.elapsed() < self.interval {
            return Ok(());
        }
        self.written = Instant::now();
        match self.write(run, SHORT) {
            Err(error) if is_locked(&error) => Ok(()),
            written => written,
        }
    }

    fn write(&mut self, run: &TrackedRun, patience: Duration) -> Result<()> {
        self.tracker.append(run, &self.waiting, patience)?;
        self.waiting.clear();
        Ok(())
    }

    fn end(&mut self, run: &TrackedRun, end: &TrackedEnd) -> Result<()> {
        self.write(run, PATIENCE)?;
        self.tracker.end(run, end)
    }
}

impl RunLog {
    /// The logs of a run, and those that cannot be opened.
    pub(crate) fn open(places: &[LogPlace], run: TrackedRun) -> (Self, Vec<LogLost>) {
        let (logs, lost) = open_logs(places, OpenLog::new);
        (Self { run, logs, begun: false }, lost)
    }

    /// Where it is logged.
    pub(crate) fn places(&self) -> impl Iterator<Item = &LogPlace> {
        self.logs.iter().map(|log| &log.place)
    }

    /// The run goes on after these rows: what was logged after them counts no more.
    pub(crate) fn resumed(&mut self, rows: &[RunRow]) -> Vec<LogLost> {
        self.begun = true;
        if self.logs.is_empty() {
            return Vec::new();
        }
        let kept = TrackedPoint::of_rows(rows, self.run.started);
        self.each(|log, run| log.tracker.begin(run, &kept))
    }

    /// The run was evaluated.
    pub(crate) fn row(&mut self, row: &RunRow) -> Vec<LogLost> {
        let mut lost = if self.begun { Vec::new() } else { self.resumed(&[]) };
        let point = TrackedPoint::of_row(row, now());
        lost.extend(self.each(|log, run| log.push(run, &point)));
        lost
    }

    /// The run ended.
    pub(crate) fn finish(&mut self, result: &RunResult) -> Vec<LogLost> {
        self.end(&TrackedEnd::of_result(result, now()))
    }

    /// The run ended with an error.
    pub(crate) fn fail(&mut self) -> Vec<LogLost> {
        self.end(&TrackedEnd { state: TrackedState::Failed, outcome: None, time: now(), last: None })
    }

    fn end(&mut self, end: &TrackedEnd) -> Vec<LogLost> {
        if self.begun { self.each(|log, run| log.end(run, end)) } else { Vec::new() }
    }

    fn each(&mut self, mut work: impl FnMut(&mut OpenLog, &TrackedRun) -> Result<()>) -> Vec<LogLost> {
        let run = &self.run;
        with_each(&mut self.logs, |log| &log.place, |log| work(log, run))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().as_ref().map_or(0.0, Duration::as_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_train::testkit;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Writes down what it is asked, and fails from the `fails`th call on.
    struct Written {
        calls: Rc<RefCell<Vec<String>>>,
        fails: usize,
    }

    impl Written {
        fn call(&self, what: String) -> Result<()> {
            self.calls.borrow_mut().push(what);
            if self.calls.borrow().len() >= self.fails { anyhow::bail!("the disk is full") } else { Ok(()) }
        }
    }

    impl Tracker for Written {
        fn replace(&mut self, _: &TrackedRun, _: &[TrackedPoint], _: &TrackedEnd) -> Result<()> {
            unreachable!("no export")
        }
        fn begin(&mut self, _: &TrackedRun, kept: &[TrackedPoint]) -> Result<()> {
            self.call(format!("begin {:?}", steps(kept)))
        }
        fn append(&mut self, _: &TrackedRun, points: &[TrackedPoint], _: Duration) -> Result<()> {
            self.call(format!("append {:?}", steps(points)))
        }
        fn end(&mut self, _: &TrackedRun, end: &TrackedEnd) -> Result<()> {
            self.call(format!("end {:?}", end.state))
        }
    }

    fn steps(points: &[TrackedPoint]) -> Vec<u64> {
        points.iter().map(|point| point.step).collect()
    }

    fn log(place: &str, fails: usize) -> (RunLog, Rc<RefCell<Vec<String>>>) {
        let calls = Rc::new(RefCell::new(Vec::new()));
        let tracker = Box::new(Written { calls: Rc::clone(&calls), fails });
        let run = TrackedRun {
            id: "0".repeat(32),
            name: "a".to_owned(),
            study: None,
            started: 0.0,
            parameters: Vec::new(),
        };
        let logs = vec![OpenLog::new(place.parse().unwrap(), tracker)];
        (RunLog { run, logs, begun: false }, calls)
    }

    /// A run that trains for a week must not say at each evaluation that its log is lost, let alone end.
    #[test]
    fn a_log_that_fails_is_told_once_and_left() {
        let (mut log, calls) = log("tensorboard:x", 3);
        assert!(log.row(&testkit::row(0, 1.0)).is_empty());
        let lost = log.row(&testkit::row(1, 1.0));
        assert_eq!((lost.len(), lost[0].error.to_string().as_str()), (1, "the disk is full"));
        assert!(
            log.row(&testkit::row(2, 1.0)).is_empty() && log.finish(&testkit::result("a", 1.0)).is_empty()
        );
        assert_eq!(*calls.borrow(), ["begin []", "append [0]", "append [1]"]);
    }

    /// A run that ended before its first row, for want of memory, has no log.
    #[test]
    fn what_never_began_has_no_end() {
        let (mut log, calls) = log("tensorboard:x", 9);
        assert!(log.fail().is_empty() && calls.borrow().is_empty());
    }

    /// Rows of a fast run come by the thousand a second; each in its own transaction would slow it down.
    #[test]
    fn rows_for_a_database_wait_for_each_other() {
        let (mut log, calls) = log("mlflow:x", 9);
        log.resumed(&[testkit::row(1, 1.0), testkit::row(2, 1.0)]);
        (3..6).for_each(|step| drop(log.row(&testkit::row(step, 1.0))));
        log.finish(&testkit::result("a", 1.0));
        let calls = calls.borrow();
        assert_eq!(calls[0], "begin [1, 2]");
        assert_eq!(calls[calls.len() - 1], "end Finished");
        let appended: Vec<&String> = calls[1..calls.len() - 1].iter().collect();
        assert!(!appended.is_empty() && appended.iter().all(|call| call.starts_with("append ")));
    }
}
