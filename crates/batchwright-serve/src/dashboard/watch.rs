//! Notices that something was stored, by one cheap question a moment, for however many pages.

use crate::dashboard::stores::{Reader, Stores};
use batchwright_store::StoreChanges;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// Looks at the store until it is dropped. While nobody listens it sleeps.
#[derive(Debug)]
pub(crate) struct Watch {
    revision: watch::Sender<u64>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(crate) fn start(stores: Arc<Stores>) -> Self {
        let (revision, _) = watch::channel(0);
        let ended = Arc::new(AtomicBool::new(false));
        let (sender, stop) = (revision.clone(), Arc::clone(&ended));
        let thread = std::thread::spawn(move || look(&stores, &sender, &stop));
        Self { revision, ended, thread: Some(thread) }
    }

    /// A number that grows whenever something may have changed.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Pages that listen.
    pub(crate) fn listeners(&self) -> usize {
        self.revision.receiver_count()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

fn look(stores: &Stores, revision: &watch::Sender<u64>, ended: &AtomicBool) {
    let mut reader: Option<Reader> = None;
    let mut changes = StoreChanges::default();
    while !ended.load(Ordering::Relaxed) {
        if revision.receiver_count() > 0 {
            if !reader.as_ref().is_some_and(|reader| stores.is_current(reader)) {
                // Where there is no store yet, it may come. What a new connection knows of its past is
                // nothing, so pages look anew.
                (reader, changes) = (stores.open().ok(), StoreChanges::default());
            }
            if changes.came(reader.as_ref().map(|reader| &reader.store)) {
                revision.send_modify(|revision| *revision += 1);
            }
        }
        std::thread::park_timeout(INTERVAL);
    }
}
