//! What the threads of one child share: its lines until they are taken, whether it is to be
//! stopped, and in the end how it ended.
//!
//! Lines wait in a queue of about a mebibyte. While the queue is full the child's pipes are not
//! read, so that a child prints no faster than its lines are taken. If nobody takes a line for
//! [`FULL_WAIT`], the oldest lines are dropped and counted, until the next line is taken: a child
//! must not hang because nobody listens.

use crate::process::end::Ended;
use crate::process::limits::Snapshot;
use crate::process::line::OutputLine;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of text that may wait.
const QUEUE: usize = 1 << 20;
/// What a line costs beside its text.
const LINE: usize = size_of::<OutputLine>();
/// How long a full queue waits for someone to take a line.
const FULL_WAIT: Duration = Duration::from_secs(10);

/// What a child does next.
#[derive(Debug, Clone, PartialEq)]
pub enum ChildEvent {
    /// It printed a line.
    Line(OutputLine),
    /// It printed nothing within the time that was waited.
    Quiet {
        /// For how long it has been silent; since its start if it has never printed.
        silent_for: Duration,
        /// Whether it has ever printed.
        started: bool,
    },
    /// It has ended, and all its lines are taken.
    Ended(Ended),
}

/// The state that the threads of one child share.
#[derive(Debug)]
pub(crate) struct ChildChannel {
    started: Instant,
    full_wait: Duration,
    state: Mutex<State>,
    /// A line was added, or the child has ended.
    arrived: Condvar,
    /// A line was taken, or nobody will take one any more.
    space: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<OutputLine>,
    bytes: usize,
    /// Lines that were dropped.
    lost: u64,
    /// Nobody has taken a line for too long.
    overflowing: bool,
    /// Nobody will take a line any more.
    abandoned: bool,
    stop_requested: bool,
    first_output: Option<Duration>,
    last_output: Option<Duration>,
    process_ended: bool,
    ended: Option<Ended>,
}

impl ChildChannel {
    pub(crate) fn new() -> Self {
        Self::with_full_wait(FULL_WAIT)
    }

    fn with_full_wait(full_wait: Duration) -> Self {
        let (state, arrived, space) = Default::default();
        Self { started: Instant::now(), full_wait, state, arrived, space }
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No thread panics while it holds the lock; the state stays whole in any case.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the lines that bytes read at `at` have completed; none where they completed no line.
    pub(crate) fn send(&self, lines: Vec<OutputLine>, at: Duration) {
        let mut state = self.lock();
        // The reader of the other stream may have read later and still come first.
        state.first_output = Some(state.first_output.map_or(at, |first| first.min(at)));
        state.last_output = state.last_output.max(Some(at));
        let waited = self.space.wait_timeout_while(state, self.full_wait, |state| state.must_wait());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.overflowing |= state.must_wait();
        lines.into_iter().for_each(|line| state.push(line));
        self.arrived.notify_all();
    }

    /// The next line, and after the last one the end; waits at most so long.
    pub(crate) fn next(&self, timeout: Duration) -> ChildEvent {
        let nothing = |state: &mut State| state.lines.is_empty() && state.ended.is_none();
        let waited = self.arrived.wait_timeout_while(self.lock(), timeout, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = state.pop() {
            state.overflowing = false;
            self.space.notify_all();
            return ChildEvent::Line(line);
        }
        match &state.ended {
            Some(ended) => ChildEvent::Ended(ended.clone()),
            None => ChildEvent::Quiet {
                silent_for: self.now().saturating_sub(state.last_output.unwrap_or_default()),
                started: state.last_output.is_some(),
            },
        }
    }

    /// From now on the child is to end.
    pub(crate) fn request_stop(&self) {
        self.lock().stop_requested = true;
    }

    /// From now on nobody takes lines.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        (state.abandoned, state.lines, state.bytes) = (true, VecDeque::new(), 0);
        self.space.notify_all();
    }

    /// What the limits are checked against. A child that is not read because its lines are not
    /// taken does not count as silent.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let (now, state) = (self.now(), self.lock());
        let last_output = if state.bytes >= QUEUE { Some(now) } else { state.last_output };
        Snapshot { now, last_output, stop_requested: state.stop_requested }
    }

    /// The process has ended: only what is in its pipes is still to come.
    pub(crate) fn process_ends(&self) {
        self.lock().process_ended = true;
        self.space.notify_all();
    }

    pub(crate) fn process_has_ended(&self) -> bool {
        self.lock().process_ended
    }

    /// When the first output came, and how many lines were lost.
    pub(crate) fn output(&self) -> (Option<Duration>, u64) {
        let state = self.lock();
        (state.first_output, state.lost)
    }

    /// Tells the end, after which nothing comes.
    pub(crate) fn end(&self, ended: Ended) {
        self.lock().ended = Some(ended);
        self.arrived.notify_all();
    }
}

impl State {
    fn must_wait(&self) -> bool {
        self.bytes >= QUEUE && !(self.overflowing || self.abandoned || self.process_ended)
    }

    fn push(&mut self, line: OutputLine) {
        if self.abandoned {
            return;
        }
        while self.overflowing && self.bytes >= QUEUE && self.pop().is_some() {
            self.lost += 1;
        }
        self.bytes += line.text.len() + LINE;
        self.lines.push_back(line);
    }

    fn pop(&mut self) -> Option<OutputLine> {
        let line = self.lines.pop_front()?;
        self.bytes -= line.text.len() + LINE;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::line::OutputStream;

    fn line(number: usize) -> OutputLine {
        let text = format!("{number:>1024}");
        OutputLine { stream: OutputStream::Stdout, text, at: Duration::ZERO, cut: false }
    }

    fn taken(channel: &ChildChannel) -> Vec<usize> {
        let next = || match channel.next(Duration::ZERO) {
            ChildEvent::Line(line) => Some(line.text.trim().parse().unwrap()),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    /// A child whose lines nobody takes would be blocked forever, or its lines would fill memory.
    #[test]
    fn a_queue_that_nobody_takes_from_keeps_the_newest_lines_and_counts_the_others() {
        let channel = ChildChannel::with_full_wait(Duration::ZERO);
        (0..5000).for_each(|number| channel.send(vec![line(number)], Duration::ZERO));
        let (_, lost) = channel.output();
        let numbers = taken(&channel);
        assert_eq!(numbers.last(), Some(&4999));
        assert_eq!(numbers.len() + lost as usize, 5000);
        assert!((QUEUE / 2048..QUEUE / 1024).contains(&numbers.len()), "{}", numbers.len());
        channel.send(vec![line(0)], Duration::ZERO);
        assert_eq!(
            (taken(&channel), channel.output().1),
            (vec![0], lost),
            "one who comes back loses no more"
        );
    }

    /// A slow reader would lose rows of a fast program.
    #[test]
    fn a_full_queue_is_waited_for_and_nothing_is_lost() {
        let channel = ChildChannel::with_full_wait(Duration::from_secs(600));
        let numbers = std::thread::scope(|scope| {
            let sender =
                scope.spawn(|| (0..5000).for_each(|number| channel.send(vec![line(number)], Duration::ZERO)));
            let mut numbers = Vec::new();
            while !sender.is_finished() {
                numbers.extend(taken(&channel));
            }
            numbers
        });
        let numbers = [numbers, taken(&channel)].concat();
        assert_eq!((numbers, channel.output().1), ((0..5000).collect(), 0));
    }

    /// A trial would be ended as silent although it is its reader that is slow.
    #[test]
    fn a_child_that_is_not_read_is_not_silent() {
        let channel = ChildChannel::with_full_wait(Duration::ZERO);
        channel.send(vec![line(0)], Duration::ZERO);
        assert_eq!(channel.snapshot().last_output, Some(Duration::ZERO));
        (0..2000).for_each(|number| channel.send(vec![line(number)], Duration::ZERO));
        let snapshot = channel.snapshot();
        assert_eq!(snapshot.last_output, Some(snapshot.now));
    }

    #[test]
    fn what_nobody_will_take_is_not_kept() {
        let channel = ChildChannel::with_full_wait(Duration::from_secs(600));
        (0..900).for_each(|number| channel.send(vec![line(number)], Duration::ZERO));
        channel.abandon();
        (0..5000).for_each(|number| channel.send(vec![line(number)], Duration::ZERO));
        assert_eq!(taken(&channel), [0; 0]);
    }
}
