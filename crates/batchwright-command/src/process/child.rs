//! The handle of a running child: its lines, and then its end.

use crate::process::channel::{ChildChannel, News};
use crate::process::end::Ended;
use crate::process::limits::Limits;
use crate::process::line::OutputLine;
use crate::process::supervise::{Streams, Supervisor};
use std::sync::{Arc, mpsc};
use std::thread::Thread;
use std::time::Duration;
use std::{io, process, thread};

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

/// A running program. Dropping it stops it, which takes up to the grace of its [`Limits`].
#[derive(Debug)]
pub struct Child {
    shared: Arc<ChildChannel>,
    supervisor: Thread,
    id: u32,
}

impl Child {
    /// Makes all that a child needs beside itself, so that nothing can fail once it runs; the answer takes it over.
    pub(crate) fn prepare(
        streams: Streams,
        limits: Limits,
    ) -> io::Result<impl FnOnce(process::Child) -> Self> {
        let shared = Arc::new(ChildChannel::new());
        let supervisor = Supervisor::new(streams, limits, &shared)?;
        let (hand_over, taken) = mpsc::channel();
        let run = move || taken.recv().map_or((), |child| supervisor.run(child));
        let supervisor = thread::Builder::new().spawn(run)?.thread().clone();
        Ok(move |child: process::Child| {
            let id = child.id();
            // The other side waits for this.
            let _ = hand_over.send(child);
            Self { shared, supervisor, id }
        })
    }

    /// Its process id, which is also that of its group.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The next event, waited for at most so long. After the end, the end again.
    pub fn next(&mut self, timeout: Duration) -> ChildEvent {
        match self.shared.next(timeout) {
            News::Line(line) => ChildEvent::Line(line),
            News::Ended(ended) => ChildEvent::Ended(ended),
            News::Nothing(heard) => {
                let silent_for = self.shared.now().saturating_sub(heard.unwrap_or_default());
                ChildEvent::Quiet { silent_for, started: heard.is_some() }
            }
        }
    }

    /// Asks it to end: SIGTERM now, SIGKILL after its grace. Its lines go on to come, then its end.
    pub fn stop(&self) {
        self.shared.unwanted();
        self.supervisor.unpark();
    }

    /// Waits for its own end; lines that were not taken are dropped.
    pub fn wait(mut self) -> Ended {
        loop {
            if let ChildEvent::Ended(ended) = self.next(Duration::MAX) {
                return ended;
            }
        }
    }

    /// Stops it and waits for its end; lines that were not taken are dropped.
    pub fn into_end(self) -> Ended {
        self.stop();
        self.shared.abandon();
        self.wait()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
        self.shared.abandon();
        while !matches!(self.shared.next(Duration::MAX), News::Ended(_)) {}
    }
}
