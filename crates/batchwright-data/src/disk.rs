//! The operations on a disk that saving a file consists of, so that a test can let each of them
//! fail.
//!
//! [`RealDisk`] passes them on to the system. With the feature `testkit` there is also
//! `testkit::FaultyDisk`, which fails at a chosen one. Left out: reading, which changes nothing and
//! needs no seam, and everything that [`write_atomic_on`](crate::write_atomic_on) and a keeper of
//! checkpoints do not need.

use std::fs::{File, Permissions};
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file that is open for writing, and where it lies.
#[derive(Debug)]
pub struct OpenFile {
    /// What the system opened.
    pub file: File,
    /// The path by which it was opened.
    pub path: PathBuf,
}

/// What a file is saved on. Every change of a disk that must survive a kill goes through one of
/// these operations.
pub trait Disk: std::fmt::Debug + Send + Sync {
    /// Makes a new, empty file, with the permissions of the system for new files, or these.
    ///
    /// # Errors
    /// Those of the system; one is that something of this name exists.
    fn create(&self, path: &Path, permissions: Option<&Permissions>) -> io::Result<OpenFile>;

    /// Writes all `bytes` where the last write ended.
    ///
    /// # Errors
    /// Those of the system. A part of the bytes may have been written.
    fn write(&self, file: &mut OpenFile, bytes: &[u8]) -> io::Result<()>;

    /// Returns once what was written is on the disk.
    ///
    /// # Errors
    /// Those of the system. Nothing is known then about the content.
    fn sync(&self, file: &OpenFile) -> io::Result<()>;

    /// Gives a file another name, in the place of a file that has it already.
    ///
    /// # Errors
    /// Those of the system. Both names are then as before.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Returns once the names in a folder are on the disk.
    ///
    /// # Errors
    /// Those of the system, but for that it cannot do this at all (see [`crate::write_atomic`]).
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Those of the system.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path, permissions: Option<&Permissions>) -> io::Result<OpenFile> {
        let file = File::create_new(path)?;
        if let Some(permissions) = permissions
            && let Err(error) = file.set_permissions(permissions.clone())
        {
            // Whoever gets an error does not know that there is a file to be removed.
            std::fs::remove_file(path)?;
            return Err(error);
        }
        Ok(OpenFile { file, path: path.to_owned() })
    }

    fn write(&self, file: &mut OpenFile, bytes: &[u8]) -> io::Result<()> {
        file.file.write_all(bytes)
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        file.file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if cfg!(not(unix)) {
            return Ok(());
        }
        match File::open(folder)?.sync_all() {
            // A system that cannot sync a folder returns one of these two.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
            {
                Ok(())
            }
            result => result,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}
