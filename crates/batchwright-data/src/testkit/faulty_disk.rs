//! A disk that fails at a chosen operation, and that can lose its power.
//!
//! It works on real files, and remembers what a power failure would take: content that was not
//! synced, and names that were not synced in their folder. So a save that forgets a sync, or syncs
//! after the rename, is found out, which no kill of a process shows.
//!
//! Left out: a disk that lies about having written, and bits that change by themselves (a
//! checksum's subject).

use crate::disk::{Disk, OpenFile, RealDisk};
use std::fs::{File, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This operation fails with an error of this kind, and does nothing. The others work.
    Error(io::ErrorKind),
    /// From here on nothing more can be made or written. A write gets half-way.
    Full,
    /// The process is gone: a write gets half-way, and everything later is refused.
    Kill,
    /// As [`Fault::Kill`], and what was not synced is lost.
    PowerLoss(Names),
}

/// What a power failure does to names that were not synced. A file system may do either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// They had reached the disk already.
    Kept,
    /// They are as at the last sync of their folder.
    Lost,
}

/// A change of names that a power failure may undo.
#[derive(Debug)]
enum Undo {
    Created(PathBuf),
    /// What the second path held before.
    Renamed(PathBuf, PathBuf, Option<Vec<u8>>),
    Removed(PathBuf, Vec<u8>),
}

impl Undo {
    /// The path whose folder must be synced to make it last.
    fn path(&self) -> &Path {
        match self {
            Self::Created(path) | Self::Renamed(_, path, _) | Self::Removed(path, _) => path,
        }
    }

    fn apply(self) -> io::Result<()> {
        match self {
            Self::Created(path) => std::fs::remove_file(path),
            Self::Renamed(from, to, old) => {
                std::fs::rename(&to, from)?;
                old.map_or(Ok(()), |content| std::fs::write(to, content))
            }
            Self::Removed(path, content) => std::fs::write(path, content),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    /// Operations so far, by name.
    operations: Vec<&'static str>,
    fired: bool,
    /// Nothing works any more.
    gone: bool,
    /// Files whose content is not on the disk.
    unsynced: Vec<PathBuf>,
    names: Vec<Undo>,
}

/// A disk that fails at its nth operation, counted from 0.
#[derive(Debug)]
pub struct FaultyDisk {
    site: usize,
    fault: Fault,
    state: Mutex<State>,
}

/// How an operation goes.
enum Course {
    Works,
    /// Only a write can do a part.
    HalfWay(io::Error),
    Fails(io::Error),
}

impl FaultyDisk {
    /// A disk on which `fault` happens at operation `site`.
    #[must_use]
    pub fn new(site: usize, fault: Fault) -> Self {
        Self { site, fault, state: Mutex::default() }
    }

    /// A disk without a fault, that counts.
    #[must_use]
    pub fn sound() -> Self {
        Self::new(usize::MAX, Fault::Kill)
    }

    /// Whether the fault has happened. A test goes from site to site until it has not.
    #[must_use]
    pub fn fired(&self) -> bool {
        self.state().fired
    }

    /// The operations so far, by the name of the function.
    #[must_use]
    pub fn operations(&self) -> Vec<&'static str> {
        self.state().operations.clone()
    }

    /// Lets the power fail now: leaves the files as they are found after the machine has started
    /// again.
    ///
    /// # Errors
    /// Those of the real disk.
    pub fn lose_power(&self, names: Names) -> io::Result<()> {
        self.state().lose_power(names)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn course(&self, state: &mut State, operation: &'static str) -> io::Result<Course> {
        if state.gone {
            return Ok(Course::Fails(io::Error::other("the process is gone")));
        }
        let here = state.operations.len() == self.site;
        state.operations.push(operation);
        state.fired |= here;
        let needs_room = matches!(operation, "create" | "write");
        Ok(match self.fault {
            Fault::Error(kind) if here => Course::Fails(kind.into()),
            Fault::Full if here => Course::HalfWay(io::ErrorKind::StorageFull.into()),
            Fault::Full if state.fired && needs_room => Course::Fails(io::ErrorKind::StorageFull.into()),
            Fault::Kill | Fault::PowerLoss(_) if here => {
                state.gone = true;
                Course::HalfWay(io::Error::other("killed here"))
            }
            _ => Course::Works,
        })
    }

    /// Runs an operation, and notes with `note` what it leaves unsynced.
    fn run<T>(
        &self,
        operation: &'static str,
        run: impl FnOnce(Option<io::Error>) -> io::Result<T>,
        note: impl FnOnce(&mut State),
    ) -> io::Result<T> {
        let state = &mut *self.state();
        let (result, happened) = match self.course(state, operation)? {
            Course::Works => {
                let result = run(None);
                let happened = result.is_ok();
                (result, happened)
            }
            Course::HalfWay(error) if operation == "write" => (run(Some(error)), true),
            Course::HalfWay(error) | Course::Fails(error) => (Err(error), false),
        };
        if happened {
            note(state);
        }
        if let Fault::PowerLoss(names) = self.fault
            && state.gone
        {
            state.lose_power(names)?;
        }
        result
    }
}

impl State {
    fn lose_power(&mut self, names: Names) -> io::Result<()> {
        for path in self.unsynced.drain(..) {
            let file = File::options().write(true).open(path)?;
            file.set_len(file.metadata()?.len() / 2)?;
        }
        let undone = std::mem::take(&mut self.names);
        match names {
            Names::Kept => Ok(()),
            Names::Lost => undone.into_iter().rev().try_for_each(Undo::apply),
        }
    }
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path, permissions: Option<&Permissions>) -> io::Result<OpenFile> {
        let create = |_| RealDisk.create(path, permissions);
        self.run("create", create, |state| state.names.push(Undo::Created(path.to_owned())))
    }

    fn write(&self, file: &mut OpenFile, bytes: &[u8]) -> io::Result<()> {
        let path = file.path.clone();
        let write = |stopped: Option<io::Error>| match stopped {
            None => RealDisk.write(file, bytes),
            Some(error) => RealDisk.write(file, &bytes[..bytes.len() / 2]).and(Err(error)),
        };
        self.run("write", write, |state| state.unsynced.push(path))
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        // Not passed on: nothing here outlives the machine, and a real sync takes milliseconds.
        self.run("sync", |_| Ok(()), |state| state.unsynced.retain(|path| *path != file.path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let old = std::fs::read(to).ok();
        let note = |state: &mut State| {
            state.names.push(Undo::Renamed(from.to_owned(), to.to_owned(), old));
            state.unsynced.retain(|path| path != to);
            for path in state.unsynced.iter_mut().filter(|path| *path == from) {
                to.clone_into(path);
            }
        };
        self.run("rename", |_| RealDisk.rename(from, to), note)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let inside = |undo: &Undo| undo.path().parent() == Some(folder);
        self.run("sync_folder", |_| Ok(()), |state| state.names.retain(|undo| !inside(undo)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let old = std::fs::read(path).unwrap_or_default();
        let note = |state: &mut State| {
            state.names.push(Undo::Removed(path.to_owned(), old));
            state.unsynced.retain(|unsynced| unsynced != path);
        };
        self.run("remove", |_| RealDisk.remove(path), note)
    }
}
