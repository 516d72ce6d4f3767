//! What the threads of one child share: lines on their way to whoever takes them, whether the child is still wanted, and in the end what became of it.
//!
//! Lines wait in a queue of about a mebibyte. While it is full the child is not read, so that a child prints no faster than it is understood. Whoever
//! takes no line at all for [`PATIENCE`] loses the oldest ones from then on (their number is told), until the next is taken: a child must not hang because
//! nobody listens.

use crate::process::end::Ended;
use crate::process::limits::Moment;
use crate::process::line::OutputLine;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of text that may wait.
const QUEUE: usize = 1 << 20;
/// What a line costs beside its text.
const LINE: usize = size_of::<OutputLine>();
/// How long a full queue is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The threads' common ground.
#[derive(Debug)]
pub(crate) struct ChildChannel {
    started: Instant,
    patience: Duration,
    state: Mutex<State>,
    /// A line came, or the end.
    news: Condvar,
    /// A line was taken, or none will be any more.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<OutputLine>,
    bytes: usize,
    lost: u64,
    /// Nobody has taken a line for too long.
    unheard: bool,
    /// Nobody ever will.
    abandoned: bool,
    unwanted: bool,
    first_output: Option<Duration>,
    last_output: Option<Duration>,
    child_has_ended: bool,
    ended: Option<Ended>,
}

/// What came first.
pub(crate) enum News {
    Line(OutputLine),
    Ended(Ended),
    /// Nothing within the time. Since when there was no output, if there ever was.
    Nothing(Option<Duration>),
}

impl ChildChannel {
    pub(crate) fn new() -> Self {
        Self::with_patience(PATIENCE)
    }

    fn with_patience(patience: Duration) -> Self {
        let (state, news, room) = Default::default();
        Self { started: Instant::now(), patience, state, news, room }
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No thread panics while it holds the lock; what is inside stays whole in any case.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands over lines that were printed by `at`; none where the bytes ended no line.
    pub(crate) fn give(&self, lines: Vec<OutputLine>, at: Duration) {
        let mut state = self.lock();
        // The other stream's reader may have been later and yet come first.
        state.first_output = Some(state.first_output.map_or(at, |first| first.min(at)));
        state.last_output = state.last_output.max(Some(at));
        let waited = self.room.wait_timeout_while(state, self.patience, |state| state.must_wait());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.unheard |= state.must_wait();
        lines.into_iter().for_each(|line| state.push(line));
        self.news.notify_all();
    }

    /// The next line, then the end; waits at most so long.
    pub(crate) fn next(&self, timeout: Duration) -> News {
        let nothing = |state: &mut State| state.lines.is_empty() && state.ended.is_none();
        let waited = self.news.wait_timeout_while(self.lock(), timeout, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = state.pop() {
            state.unheard = false;
            self.room.notify_all();
            return News::Line(line);
        }
        match &state.ended {
            Some(ended) => News::Ended(ended.clone()),
            None => News::Nothing(state.last_output),
        }
    }

    /// From now on the child is to end.
    pub(crate) fn unwanted(&self) {
        self.lock().unwanted = true;
    }

    /// From now on nobody takes lines.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        (state.abandoned, state.lines, state.bytes) = (true, VecDeque::new(), 0);
        self.room.notify_all();
    }

    /// How it stands. A child that is not read because its lines are not taken is not silent.
    pub(crate) fn moment(&self) -> Moment {
        let (now, state) = (self.now(), self.lock());
        let heard = if state.bytes >= QUEUE { Some(now) } else { state.last_output };
        Moment { now, heard, unwanted: state.unwanted }
    }

    /// The child has ended: its pipes hold its last words.
    pub(crate) fn child_ends(&self) {
        self.lock().child_has_ended = true;
        self.room.notify_all();
    }

    pub(crate) fn child_has_ended(&self) -> bool {
        self.lock().child_has_ended
    }

    /// When the first output came, and how many lines were lost.
    pub(crate) fn output(&self) -> (Option<Duration>, u64) {
        let state = self.lock();
        (state.first_output, state.lost)
    }

    /// All is over.
    pub(crate) fn end(&self, ended: Ended) {
        self.lock().ended = Some(ended);
        self.news.notify_all();
    }
}

impl State {
    fn must_wait(&self) -> bool {
        self.bytes >= QUEUE && !(self.unheard || self.abandoned || self.child_has_ended)
    }

    fn push(&mut self, line: OutputLine) {
        if self.abandoned {
            return;
        }
        while self.unheard && self.bytes >= QUEUE && self.pop().is_some() {
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

    fn taken(shared: &ChildChannel) -> Vec<usize> {
        let next = || match shared.next(Duration::ZERO) {
            News::Line(line) => Some(line.text.trim().parse().unwrap()),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    /// A reader who never comes would stall the child for ever, or memory would grow with all that it prints.
    #[test]
    fn a_queue_that_nobody_takes_from_keeps_the_newest_lines_and_counts_the_others() {
        let shared = ChildChannel::with_patience(Duration::ZERO);
        (0..5000).for_each(|number| shared.give(vec![line(number)], Duration::ZERO));
        let (_, lost) = shared.output();
        let numbers = taken(&shared);
        assert_eq!(numbers.last(), Some(&4999));
        assert_eq!(numbers.len() + lost as usize, 5000);
        assert!((QUEUE / 2048..QUEUE / 1024).contains(&numbers.len()), "{}", numbers.len());
        shared.give(vec![line(0)], Duration::ZERO);
        assert_eq!((taken(&shared), shared.output().1), (vec![0], lost), "one who comes back loses no more");
    }

    /// A slow reader would lose rows of a fast program.
    #[test]
    fn a_full_queue_is_waited_for_and_nothing_is_lost() {
        let shared = ChildChannel::with_patience(Duration::from_secs(600));
        let numbers = std::thread::scope(|scope| {
            let giver =
                scope.spawn(|| (0..5000).for_each(|number| shared.give(vec![line(number)], Duration::ZERO)));
            let mut numbers = Vec::new();
            while !giver.is_finished() {
                numbers.extend(taken(&shared));
            }
            numbers
        });
        let numbers = [numbers, taken(&shared)].concat();
        assert_eq!((numbers, shared.output().1), ((0..5000).collect(), 0));
    }

    /// A trial would be ended for a silence that is its reader's.
    #[test]
    fn a_child_that_is_not_read_is_not_silent() {
        let shared = ChildChannel::with_patience(Duration::ZERO);
        shared.give(vec![line(0)], Duration::ZERO);
        assert_eq!(shared.moment().heard, Some(Duration::ZERO));
        (0..2000).for_each(|number| shared.give(vec![line(number)], Duration::ZERO));
        let moment = shared.moment();
        assert_eq!(moment.heard, Some(moment.now));
    }

    #[test]
    fn what_nobody_will_take_is_not_kept() {
        let shared = ChildChannel::with_patience(Duration::from_secs(600));
        (0..900).for_each(|number| shared.give(vec![line(number)], Duration::ZERO));
        shared.abandon();
        (0..5000).for_each(|number| shared.give(vec![line(number)], Duration::ZERO));
        assert_eq!(taken(&shared), [0; 0]);
    }
}
