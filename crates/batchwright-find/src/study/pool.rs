//! Runs the trials of one round, several at a time, each on its own thread.
//!
//! Left out: which trials (`strategy`), and how one trial runs (`state/execute`).

use crate::ask::target::Goals;
use crate::result::trial_record::TrialPosition;
use crate::state::execute::{Follower, execute};
use crate::state::outcome::TrialOutcome;
use crate::study::observer::{StudyEvent, StudyObserver};
use crate::trial::Workload;
use crate::trial::plan::TrialPlan;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// How often the clock and the observer are checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Least time between two rows of a trial that are told: it may have thousands a second.
const ROW_INTERVAL: Duration = Duration::from_millis(250);

/// A message from a worker to the study's thread.
enum Message {
    Started(usize),
    /// Where a trial is, and its best value so far.
    Row(usize, TrialPosition, f64),
    /// Whether this unfinished trial should go on.
    Asks(Box<TrialOutcome>, mpsc::SyncSender<bool>),
    Ended(usize, Box<TrialOutcome>),
}

/// The trials of one round.
pub(crate) struct Round<'a> {
    pub workload: &'a dyn Workload,
    pub plans: &'a [TrialPlan],
    pub goals: &'a Goals,
    /// Trials at a time.
    pub jobs: usize,
    pub deadline: Option<Instant>,
}

/// An outcome a plan; `None` for trials that did not start because of the deadline or the observer.
/// `goes_on` decides about unfinished trials whose plan asks, `ended` hears of each outcome. Both are
/// called on this thread, while the other trials go on.
pub(crate) fn run_all(
    round: &Round,
    goes_on: &mut dyn FnMut(&TrialOutcome) -> bool,
    ended: &mut dyn FnMut(&TrialOutcome, &mut dyn StudyObserver),
    observer: &mut dyn StudyObserver,
) -> Vec<Option<TrialOutcome>> {
    let &Round { workload, plans, goals, jobs, deadline } = round;
    let (stop, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut outcomes: Vec<Option<TrialOutcome>> = plans.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..jobs.min(plans.len()) {
            let (sender, stop, next) = (sender.clone(), &stop, &next);
            scope.spawn(move || work(workload, plans, goals, stop, next, &sender));
        }
        drop(sender);
        loop {
            match receiver.recv_timeout(CHECK_INTERVAL) {
                Ok(Message::Started(k)) => {
                    let TrialPlan { request, phase, .. } = &plans[k];
                    observer.on_event(&StudyEvent::TrialStarted { request, phase: *phase });
                }
                Ok(Message::Row(k, at, best)) => {
                    observer.on_event(&StudyEvent::TrialRow { request: &plans[k].request, at, best });
                }
                Ok(Message::Asks(outcome, answer)) => {
                    // A worker that no longer waits has been stopped.
                    let _ = answer.send(goes_on(&outcome));
                }
                Ok(Message::Ended(k, outcome)) => {
                    ended(&outcome, observer);
                    observer.on_event(&StudyEvent::TrialEnded(&outcome.record(goals)));
                    outcomes[k] = Some(*outcome);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if observer.should_stop() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    outcomes
}

fn work(
    workload: &dyn Workload,
    plans: &[TrialPlan],
    goals: &Goals,
    stop: &AtomicBool,
    next: &AtomicUsize,
    sender: &mpsc::Sender<Message>,
) {
    while !stop.load(Ordering::Relaxed) {
        let k = next.fetch_add(1, Ordering::Relaxed);
        let Some(plan) = plans.get(k) else { return };
        // If the receiver is gone, nobody waits for the outcome.
        if sender.send(Message::Started(k)).is_err() {
            return;
        }
        let mut reporter = Reporter { trial: k, sender, told: Instant::now() };
        let outcome = execute(workload, plan, goals, stop, &mut reporter);
        if sender.send(Message::Ended(k, Box::new(outcome))).is_err() {
            return;
        }
    }
}

/// Tells the study's thread of a trial.
struct Reporter<'a> {
    trial: usize,
    sender: &'a mpsc::Sender<Message>,
    /// When a row was told last.
    told: Instant,
}

impl Follower for Reporter<'_> {
    fn row(&mut self, outcome: &TrialOutcome) {
        if let Some(best) = outcome.curve.best()
            && self.told.elapsed() >= ROW_INTERVAL
        {
            self.told = Instant::now();
            // If the receiver is gone, nobody watches.
            let _ = self.sender.send(Message::Row(self.trial, outcome.last, best));
        }
    }

    fn goes_on(&mut self, outcome: &TrialOutcome) -> bool {
        let (answer, answered) = mpsc::sync_channel(1);
        let asked = self.sender.send(Message::Asks(Box::new(outcome.clone()), answer));
        asked.is_ok() && answered.recv().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beds::quadratic::Quadratic;
    use crate::result::trial_record::TrialEnd;
    use crate::state::examples;
    use std::cell::Cell;

    /// Ends the study as soon as it is told to.
    struct Impatient<'a>(&'a Cell<bool>);

    impl StudyObserver for Impatient<'_> {
        fn on_event(&mut self, _event: &StudyEvent) {}
        fn should_stop(&self) -> bool {
            self.0.get()
        }
    }

    fn asking(learning_rate: f64, max_samples: u64) -> TrialPlan {
        let mut plan = examples::plan(64, learning_rate);
        (plan.ask_after, plan.request.max_samples) = (Some(640), max_samples);
        plan
    }

    /// An answer that went to another trial would end a good one.
    #[test]
    fn an_answer_ends_only_the_trial_that_was_asked_about() {
        let state = examples::state(&examples::config(), &[64]);
        let rates = [1e-5, 2e-5, 3e-5, 4e-5, 5e-5];
        let plans = rates.map(|rate| asking(rate, 6400));
        let mut goes_on = |run: &TrialOutcome| run.plan.request.learning_rate != rates[2];
        let bed = Quadratic::default();
        let round = Round { workload: &bed, plans: &plans, goals: &state.goals, jobs: 3, deadline: None };
        let outcomes = run_all(&round, &mut goes_on, &mut |_, _| {}, &mut ());
        let outcomes: Vec<TrialOutcome> = outcomes.into_iter().flatten().collect();
        let ended: Vec<_> = outcomes.iter().map(|o| (o.plan.request.learning_rate, o.end)).collect();
        let end = |k: usize| if k == 2 { TrialEnd::Lost } else { TrialEnd::Budget };
        assert_eq!(ended, (0..5).map(|k| (rates[k], end(k))).collect::<Vec<_>>());
        assert_eq!(outcomes[2].last.samples, 640);
    }

    /// Ctrl-C would hang where a worker waits for an answer that nobody gives any more, or be taken
    /// for the end of the trial.
    #[test]
    fn a_study_that_is_ended_while_it_is_asked_ends() {
        let state = examples::state(&examples::config(), &[64]);
        let stopped = Cell::new(false);
        let plans = [asking(1e-9, u64::MAX / 2), asking(2e-9, u64::MAX / 2), asking(3e-9, 64_000)];
        let mut goes_on = |_: &TrialOutcome| {
            stopped.set(true);
            true
        };
        let mut observer = Impatient(&stopped);
        let bed = Quadratic::default();
        let round = Round { workload: &bed, plans: &plans, goals: &state.goals, jobs: 2, deadline: None };
        let outcomes = run_all(&round, &mut goes_on, &mut |_, _| {}, &mut observer);
        let outcomes: Vec<TrialOutcome> = outcomes.into_iter().flatten().collect();
        assert!((1..=2).contains(&outcomes.len()), "the third was never started: {outcomes:?}");
        assert!(outcomes.iter().all(|outcome| outcome.interrupted && outcome.last.samples >= 64));
    }
}
