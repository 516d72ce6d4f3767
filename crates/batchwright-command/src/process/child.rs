//! The handle of a running child: its lines, and then its end.

use crate::process::card_memory::CardMemory;
use crate::process::channel::{ChildChannel, ChildEvent};
use crate::process::end::Ended;
use crate::process::limits::Limits;
use crate::process::running::Running;
use crate::process::supervise::{Streams, Supervisor};
use std::sync::{Arc, mpsc};
use std::thread::Thread;
use std::time::Duration;
use std::{io, thread};

/// A running program. Dropping it stops it, which takes up to the grace of its [`Limits`].
#[derive(Debug)]
pub struct Child {
    channel: Arc<ChildChannel>,
    supervisor: Thread,
    id: u32,
}

impl Child {
    /// Makes everything that a child needs beside its process, so that nothing can fail once the
    /// process runs. The returned function takes over the process.
    pub(crate) fn prepare(
        streams: Streams,
        limits: Limits,
        cards: CardMemory,
    ) -> io::Result<impl FnOnce(Running) -> Self> {
        let channel = Arc::new(ChildChannel::new());
        let supervisor = Supervisor::new(streams, limits, &channel)?;
        let (hand_over, taken) = mpsc::channel();
        let run = move || taken.recv().map_or((), |child| supervisor.run(child, cards));
        let supervisor = thread::Builder::new().spawn(run)?.thread().clone();
        Ok(move |child: Running| {
            let id = child.leader().as_raw_pid().unsigned_abs();
            // The supervisor's thread waits for this, so it cannot fail.
            let _ = hand_over.send(child);
            Self { channel, supervisor, id }
        })
    }

    /// Its process id, which is also that of its group.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The next event; waits at most so long. After the end it gives the end again.
    pub fn next(&mut self, timeout: Duration) -> ChildEvent {
        self.channel.next(timeout)
    }

    /// Asks it to end: SIGTERM now, SIGKILL after its grace. Its remaining lines and its end can
    /// still be taken.
    pub fn stop(&self) {
        self.channel.request_stop();
        self.supervisor.unpark();
    }

    /// Waits until it ends by itself; lines that were not taken are dropped.
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
        self.channel.abandon();
        self.wait()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
        self.channel.abandon();
        while !matches!(self.channel.next(Duration::MAX), ChildEvent::Ended(_)) {}
    }
}
