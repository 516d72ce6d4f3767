//! Runs the trials of one round, several at a time, each on its own thread.
//!
//! Left out: which trials (`strategy`), and how one trial runs (`state/execute`).

use crate::ask::target::Goals;
use crate::state::execute::execute;
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

/// A message from a worker to the study's thread.
enum Message {
    Started(usize),
    /// Whether this unfinished trial should go on.
    Asks(Box<TrialOutcome>, mpsc::SyncSender<bool>),
    Ended(usize, Box<TrialOutcome>),
}

/// Outcomes in the order of the plans. `goes_on` decides about unfinished trials whose plan asks. Trials that did not start because of the deadline or the
/// observer are left out.
pub(crate) fn run_all(
    workload: &dyn Workload,
    plans: &[TrialPlan],
    goals: &Goals,
    jobs: usize,
    deadline: Option<Instant>,
    goes_on: &mut dyn FnMut(&TrialOutcome) -> bool,
    observer: &mut dyn StudyObserver,
) -> Vec<TrialOutcome> {
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
                Ok(Message::Asks(outcome, answer)) => {
                    // A worker that no longer waits has been stopped.
                    let _ = answer.send(goes_on(&outcome));
                }
                Ok(Message::Ended(k, outcome)) => {
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
    outcomes.into_iter().flatten().collect()
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
        let mut ask = |outcome: &TrialOutcome| {
            let (answer, answered) = mpsc::sync_channel(1);
            let asked = sender.send(Message::Asks(Box::new(outcome.clone()), answer));
            asked.is_ok() && answered.recv().unwrap_or(false)
        };
        let outcome = execute(workload, plan, goals, stop, &mut ask);
        if sender.send(Message::Ended(k, Box::new(outcome))).is_err() {
            return;
        }
    }
}
