//! Saves a file completely or not at all.
//!
//! The content goes into a temporary file in the same folder, is synced to the disk, and takes the
//! place of the old file by a rename; then the folder is synced.
//!
//! **When the process is killed** (SIGKILL, an abort, a full disk) at any moment, the path holds
//! either the whole old content or the whole new one. A kill may leave the temporary file behind,
//! with the name `.batchwright-XXXXXX.tmp`. Nothing reads it; whoever owns the folder may remove it
//! (see [`is_scratch`]).
//!
//! **When the power fails**, the same holds for file systems that keep the order of a sync and a
//! later rename (ext4, XFS, Btrfs, APFS), on a disk that confirms a write only after it has really
//! written. Once [`write_atomic`] has returned, both the new content and its name are on the disk.
//! Where folders cannot be synced (Windows, some network file systems), a power failure after the
//! return may bring back the old content, but never a part of the new.
//!
//! **Not promised**: that two writers of one path take turns (the last rename wins); that hard
//! links of the old file follow (they keep the old content); anything for a path that is not a
//! regular file (a device, a FIFO, a file below `/dev` or `/proc`). Such a path cannot be replaced,
//! so it is written directly.

use crate::disk::{Disk, OpenFile, RealDisk};
use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::Builder;

/// The name of a temporary file begins and ends so.
const PREFIX: &str = ".batchwright-";
const SUFFIX: &str = ".tmp";

/// A file that could not be saved. The old content of the path is still complete, unless the error
/// is from the last step, the sync of the folder.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot {action}: {source}", path.display())]
pub struct WriteError {
    /// The file that was to be saved, as it was given.
    pub path: PathBuf,
    /// The step that failed.
    pub action: &'static str,
    /// The error of the system.
    pub source: io::Error,
}

/// Saves `content` at `path` completely or not at all (the module's documentation lists exactly
/// what is promised).
///
/// A file that is replaced keeps its permissions; a new one gets those that the system gives to new
/// files. A symbolic link stays, and the file that it points to is replaced.
///
/// # Errors
/// [`WriteError`] with the path and the step that failed. No temporary file is left.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    write_atomic_on(&RealDisk, path, content)
}

/// [`write_atomic`] on a disk of the caller's.
///
/// # Errors
/// [`WriteError`] with the path and the step that failed. A temporary file is left only where
/// `disk` cannot remove it either.
pub fn write_atomic_on(disk: &dyn Disk, path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let failed = |action| move |source| WriteError { path: path.to_owned(), action, source };
    let Some(target) = Target::of(path).map_err(failed("find the file"))? else {
        let mut file = open_in_place(path).map_err(failed("open what is no regular file"))?;
        return disk.write(&mut file, content).map_err(failed("write into what is no regular file"));
    };
    let mut scratch = target.scratch(disk).map_err(failed("make a temporary file in its folder"))?;
    disk.write(&mut scratch.file, content).map_err(failed("write the content"))?;
    disk.sync(&scratch.file).map_err(failed("sync the content"))?;
    scratch.rename(&target.path).map_err(failed("rename the temporary file"))?;
    disk.sync_folder(target.folder()).map_err(failed("sync its folder"))
}

/// Finds out whether [`write_atomic`] could save something at `path`, without changing what is
/// there.
///
/// # Errors
/// [`WriteError`] as from [`write_atomic`], except for errors that occur only when the content is
/// written.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    let failed = |action| move |source| WriteError { path: path.to_owned(), action, source };
    match Target::of(path).map_err(failed("find the file"))? {
        Some(target) => {
            target.scratch(&RealDisk).map(drop).map_err(failed("make a temporary file in its folder"))
        }
        None => open_in_place(path).map(drop).map_err(failed("open what is no regular file")),
    }
}

/// Whether this is the name of a temporary file of [`write_atomic`]. Where nobody is saving, it was
/// left behind by a kill, and can be removed.
pub fn is_scratch(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Opens for writing a path that cannot be replaced.
fn open_in_place(path: &Path) -> io::Result<OpenFile> {
    Ok(OpenFile { file: File::options().append(true).open(path)?, path: path.to_owned() })
}

/// A temporary file, removed when it is dropped unless it has become the target.
struct Scratch<'a> {
    disk: &'a dyn Disk,
    file: OpenFile,
    renamed: bool,
}

impl Scratch<'_> {
    /// Puts it in the place of `target`.
    fn rename(mut self, target: &Path) -> io::Result<()> {
        self.disk.rename(&self.file.path, target)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // The error that led here is the one to be told; a file of this name is never read.
            let _ = self.disk.remove(&self.file.path);
        }
    }
}

/// A regular file that is to be replaced or created.
struct Target {
    /// Its real path, after following links.
    path: PathBuf,
    /// Permissions of the existing file.
    permissions: Option<Permissions>,
}

impl Target {
    /// `None` for what cannot be replaced, but can be written to.
    fn of(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !is_replaceable(path, &metadata) => Ok(None),
            Ok(metadata) => {
                let path = path.canonicalize()?;
                writable(&path)?;
                Ok(Some(Self { path, permissions: Some(metadata.permissions()) }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Some(Self { path: end_of_links(path)?, permissions: None }))
            }
            Err(error) => Err(error),
        }
    }

    fn folder(&self) -> &Path {
        // The parent of a bare file name is the empty path, which no system call accepts as a
        // folder.
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new("."))
    }

    /// A temporary file in the target's folder, with the permissions that the target will have.
    fn scratch<'a>(&self, disk: &'a dyn Disk) -> io::Result<Scratch<'a>> {
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // `tempfile` only finds the name. Opened by it, only the owner could read the file, and its
        // errors would name it, which tells a user nothing.
        let made = builder.make_in(self.folder(), |path| disk.create(path, self.permissions.as_ref()))?;
        let (file, path) = made.keep()?;
        Ok(Scratch { disk, file: OpenFile { path, ..file }, renamed: false })
    }
}

/// Whether a rename may put another file at this path. A path below `/dev` or `/proc` (such as
/// `/dev/stdout`) refers to something that is already open.
fn is_replaceable(path: &Path, metadata: &Metadata) -> bool {
    metadata.is_file() && !path.starts_with("/dev") && !path.starts_with("/proc")
}

/// Refuses a file that is write-protected: a rename would replace it in spite of that.
fn writable(path: &Path) -> io::Result<()> {
    File::options().append(true).open(path).map(drop)
}

/// The path at the end of a chain of links whose file does not exist. Without a link: `path`
/// itself.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // The system refuses a loop of links before this is called, so the chain has an end.
    while path.is_symlink() {
        let link = path.read_link()?;
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names in a folder, sorted.
    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_made_and_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        for content in [&b"first"[..], b"", b"a longer second"] {
            write_atomic(&path, content).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), content);
        }
        assert_eq!(names(folder.path()), ["model"]);
    }

    /// A reader sees either the old or the new content, never a part. A plain write shows an empty
    /// file in between.
    #[test]
    fn a_reader_never_sees_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let contents = [vec![b'a'; 300_000], vec![b'b'; 500_000]];
        write_atomic(&path, &contents[0]).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for at in 0..40 {
                    write_atomic(&path, &contents[at % 2]).unwrap();
                }
                done.store(true, std::sync::atomic::Ordering::Relaxed);
            });
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let read = std::fs::read(&path).unwrap();
                assert!(contents.contains(&read), "{} bytes", read.len());
            }
        });
    }

    /// The error names the path that was given, not the temporary file.
    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/report.html");
        for error in [write_atomic(&path, b"x").unwrap_err(), check_writable(&path).unwrap_err()] {
            assert_eq!((&error.path, error.source.kind()), (&path, io::ErrorKind::NotFound));
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
            assert!(!error.to_string().contains(".batchwright-"), "{error}");
        }
        assert!(names(folder.path()).is_empty());
    }

    /// The temporary name must not be longer than the file's own, which may use up the limit.
    #[test]
    fn the_longest_file_name_can_be_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x".repeat(255));
        write_atomic(&path, b"x").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn a_folder_in_the_place_of_the_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomic(folder.path(), b"x").unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::IsADirectory);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_check_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        check_writable(&path).unwrap();
        assert!(names(folder.path()).is_empty());
        std::fs::write(&path, "old").unwrap();
        check_writable(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        fn mode(path: &Path) -> u32 {
            path.metadata().unwrap().permissions().mode() & 0o777
        }

        fn set_mode(path: &Path, mode: u32) {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }

        /// Makes a folder writable again so that it can be removed, also if an assertion fails.
        struct ReadOnly<'a>(&'a Path);

        impl<'a> ReadOnly<'a> {
            fn new(folder: &'a Path) -> Self {
                set_mode(folder, 0o555);
                Self(folder)
            }

            /// Whether the protection has an effect. Root may write everywhere, and then nothing
            /// here can fail.
            fn binds(&self) -> bool {
                let probe = self.0.join("probe");
                let written = std::fs::write(&probe, "").is_ok();
                if written {
                    std::fs::remove_file(probe).unwrap();
                }
                !written
            }
        }

        impl Drop for ReadOnly<'_> {
            fn drop(&mut self) {
                set_mode(self.0, 0o755);
            }
        }

        /// If nothing new can be written, the old content must stay complete.
        #[test]
        fn a_folder_without_write_permission_keeps_its_file() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("report.html");
            std::fs::write(&path, "old").unwrap();
            let locked = ReadOnly::new(folder.path());
            if locked.binds() {
                let error = write_atomic(&path, b"new").unwrap_err();
                assert_eq!((&error.path, error.source.kind()), (&path, io::ErrorKind::PermissionDenied));
                assert!(check_writable(&path).is_err());
            }
            assert_eq!(std::fs::read(&path).unwrap(), b"old");
            assert_eq!(names(folder.path()), ["report.html"]);
        }

        /// A device that is always full, reached by a link.
        #[test]
        fn a_full_device_is_an_error() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("full");
            symlink("/dev/full", &path).unwrap();
            if path.exists() {
                let error = write_atomic(&path, b"new").unwrap_err();
                assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
            }
            assert_eq!(names(folder.path()), ["full"]);
        }

        /// Only its owner can read a temporary file. This must not become true for a report.
        #[test]
        fn permissions_are_those_of_the_old_file_or_of_any_new_one() {
            let folder = tempfile::tempdir().unwrap();
            let (plain, path) = (folder.path().join("plain"), folder.path().join("saved"));
            std::fs::write(&plain, "").unwrap();
            write_atomic(&path, b"x").unwrap();
            assert_eq!(mode(&path), mode(&plain));
            set_mode(&path, 0o640);
            write_atomic(&path, b"y").unwrap();
            assert_eq!(mode(&path), 0o640);
        }

        #[test]
        fn a_write_protected_file_is_not_replaced() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("kept");
            std::fs::write(&path, "old").unwrap();
            set_mode(&path, 0o444);
            // Root may write to a protected file.
            if File::options().append(true).open(&path).is_err() {
                let error = write_atomic(&path, b"new").unwrap_err();
                assert_eq!(error.source.kind(), io::ErrorKind::PermissionDenied);
                assert_eq!(std::fs::read(&path).unwrap(), b"old");
            }
        }

        /// A rename onto the link would not change the file that it points to.
        #[test]
        fn links_stay_and_what_they_point_to_is_replaced() {
            let folder = tempfile::tempdir().unwrap();
            let other = folder.path().join("other");
            std::fs::create_dir(&other).unwrap();
            let (link, dangling) = (folder.path().join("link"), folder.path().join("dangling"));
            std::fs::write(other.join("file"), "old").unwrap();
            symlink("other/file", &link).unwrap();
            symlink("other/made", &dangling).unwrap();
            for (path, file) in [(&link, "file"), (&dangling, "made")] {
                write_atomic(path, b"new").unwrap();
                assert!(path.is_symlink());
                assert_eq!(std::fs::read(other.join(file)).unwrap(), b"new");
            }
            assert_eq!(names(&other), ["file", "made"]);
        }

        #[test]
        fn a_loop_of_links_is_an_error() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("loop");
            symlink("loop", &path).unwrap();
            assert!(write_atomic(&path, b"x").is_err());
        }

        #[test]
        fn a_device_is_written_to_and_stays() {
            write_atomic(Path::new("/dev/null"), b"x").unwrap();
            check_writable(Path::new("/dev/null")).unwrap();
            assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
        }
    }
}
