//! What is started: a command line, its folder, its variables, its limits. And why a start can
//! fail.

use crate::process::card_memory::CardMemory;
use crate::process::child::Child;
use crate::process::limits::Limits;
use crate::process::log::CappedLog;
use crate::process::pty::terminal;
use crate::process::running::Running;
use crate::process::supervise::Streams;
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the system looks for programs if there is no `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// A program with everything that its start needs. It can be started any number of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildSpec {
    /// The program and its arguments. A program without a slash is searched for in `PATH`.
    pub words: Vec<OsString>,
    /// The folder that it runs in; `None`: our own. Give a program with a relative path no folder.
    pub folder: Option<PathBuf>,
    /// Variables that are added to our own. `PYTHONUNBUFFERED` is 1 unless it is set here or in our
    /// own.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether standard output is a terminal, for programs that buffer their output otherwise.
    pub pty: bool,
    /// Bytes of private writable memory that each of its processes may take (`RLIMIT_DATA`); a
    /// larger allocation fails. It is not a limit of the address space, of which allocators reserve
    /// much more than they use. It is set right after the start: memory that is taken before
    /// counts, but is not refused. Linux only.
    pub memory_limit: Option<u64>,
    /// A file for the first and the last mebibyte of its output.
    pub log: Option<PathBuf>,
    /// When it is made to end.
    pub limits: Limits,
}

/// Why a program may not have been found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFoundHint {
    /// The script is there, its interpreter is not.
    #[error("the file is there, but not the interpreter that its first line (#!) names")]
    NoInterpreter,
    /// There is no such file.
    #[error("there is no such file")]
    NoFile,
    /// No folder of `PATH` has it.
    #[error("it is not in PATH: is its environment active? A file needs its path (./NAME)")]
    NotInPath,
}

impl NotFoundHint {
    /// A script whose interpreter is missing counts as not found although the script exists.
    fn of(program: &str) -> Self {
        match Path::new(program).is_file() {
            true => Self::NoInterpreter,
            false if program.contains('/') => Self::NoFile,
            false => Self::NotInPath,
        }
    }
}

/// Why a program could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There are no words.
    #[error("no command was given")]
    Empty,
    /// The folder to run in does not exist.
    #[error("{}: no such folder to run the command in", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
    },
    /// The program was not found.
    #[error("`{program}`: command not found; {hint}")]
    NotFound {
        /// The first word.
        program: String,
        /// What may be the reason.
        hint: NotFoundHint,
    },
    /// The program was found but cannot be executed.
    #[error(
        "`{program}` cannot be executed ({source}); put its interpreter before it (e.g. python {program}) or make it executable (chmod +x)"
    )]
    NotExecutable {
        /// The first word.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// The log cannot be created.
    #[error("{}: cannot write the log: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The system has no such limit, or refused it.
    #[error("cannot limit the memory of `{program}`: {source}; run without a memory limit")]
    MemoryLimit {
        /// The first word.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// Any other error: too many processes, an argument with a zero byte, no terminal.
    #[error("`{program}` cannot be started: {source}")]
    System {
        /// The first word.
        program: String,
        /// The system's error.
        source: io::Error,
    },
}

impl ChildSpec {
    /// A program with its arguments, and defaults for the rest: our folder, pipes, and
    /// [`Limits::default`].
    pub fn new(words: Vec<OsString>) -> Self {
        let (environment, limits) = Default::default();
        Self { words, folder: None, environment, pty: false, memory_limit: None, log: None, limits }
    }

    /// Checks that the program is there, without starting it.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn check(&self) -> Result<(), StartError> {
        let word = self.words.first().ok_or(StartError::Empty)?;
        let program = word.to_string_lossy().into_owned();
        if let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::Folder { folder: folder.clone() });
        }
        let files: Vec<PathBuf> =
            self.candidates(word).into_iter().filter(|candidate| candidate.is_file()).collect();
        if files.iter().any(|file| access(file, Access::EXEC_OK).is_ok()) {
            Ok(())
        } else if files.is_empty() {
            Err(StartError::NotFound { hint: NotFoundHint::of(&program), program })
        } else {
            Err(StartError::NotExecutable { program, source: ErrorKind::PermissionDenied.into() })
        }
    }

    /// The files that may be meant by a program's name. A folder of `PATH` that may not be read has
    /// none of them.
    fn candidates(&self, program: &OsStr) -> Vec<PathBuf> {
        if program.as_encoded_bytes().contains(&b'/') {
            return vec![self.folder.as_deref().unwrap_or(Path::new("")).join(program)];
        }
        std::env::split_paths(&self.variable("PATH").unwrap_or_else(|| DEFAULT_PATH.into()))
            .map(|folder| folder.join(program))
            .collect()
    }

    /// A variable as the program sees it.
    fn variable(&self, name: &str) -> Option<OsString> {
        let given = self.environment.iter().rev().find(|(given, _)| given == name);
        given.map(|(_, value)| value.clone()).or_else(|| std::env::var_os(name))
    }

    /// Why the system refused to start the program. Where a folder of `PATH` may not be read, it
    /// says "permission denied" of a program that is nowhere.
    fn refused(&self, source: io::Error, program: &str) -> StartError {
        match source.kind() {
            ErrorKind::PermissionDenied => match self.check() {
                Err(error @ StartError::NotFound { .. }) => error,
                _ => refused(source, program),
            },
            _ => refused(source, program),
        }
    }

    /// Starts it in a process group of its own, with no input.
    ///
    /// # Errors
    /// [`StartError`]; then no process is left.
    pub fn start(&self) -> Result<Child, StartError> {
        let program = self.words.first().ok_or(StartError::Empty)?.to_string_lossy().into_owned();
        if let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::Folder { folder: folder.clone() });
        }
        let log = self.log.as_ref().map_or(Ok(CappedLog::default()), |path| {
            CappedLog::create(path).map_err(|source| StartError::Log { path: path.clone(), source })
        })?;
        let system = |source| StartError::System { program: program.clone(), source };
        let (stdout, their_stdout) = if self.pty { terminal() } else { pipe() }.map_err(system)?;
        let (stderr, their_stderr) = pipe().map_err(system)?;
        let streams = Streams { stdout, stderr, log };
        let cards = CardMemory::watch(self.variable("CUDA_VISIBLE_DEVICES").as_deref());
        let adopt = Child::prepare(streams, self.limits.clone(), cards).map_err(system)?;
        let prepare = |command: &mut Command| {
            command.stdout(their_stdout).stderr(their_stderr);
            self.surround(command);
        };
        let child = Running::start(&self.words, prepare).map_err(|error| self.refused(error, &program))?;
        if let Err(source) = self.limit_memory(&child) {
            child.kill();
            return Err(StartError::MemoryLimit { program, source });
        }
        Ok(adopt(child))
    }

    /// Gives a command its variables and its folder.
    fn surround(&self, command: &mut Command) {
        if std::env::var_os("PYTHONUNBUFFERED").is_none() {
            command.env("PYTHONUNBUFFERED", "1");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
    }

    #[cfg(target_os = "linux")]
    fn limit_memory(&self, child: &Running) -> io::Result<()> {
        use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
        let Some(limit) = self.memory_limit else { return Ok(()) };
        // The child inherits our own limit, which must not be raised.
        let old = getrlimit(Resource::Data);
        let least = |old: Option<u64>| Some(old.map_or(limit, |old| old.min(limit)));
        let new = Rlimit { current: least(old.current), maximum: least(old.maximum) };
        match prlimit(Some(child.leader()), Resource::Data, new) {
            // It has already ended, and the guardian has reaped it: its end says what happened.
            Ok(_) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn limit_memory(&self, _child: &Running) -> io::Result<()> {
        self.memory_limit.map_or(Ok(()), |_| Err(ErrorKind::Unsupported.into()))
    }
}

/// A pipe: our end and the child's.
fn pipe() -> io::Result<(File, OwnedFd)> {
    let (ours, theirs) = io::pipe()?;
    Ok((OwnedFd::from(ours).into(), theirs.into()))
}

fn refused(source: io::Error, program: &str) -> StartError {
    let program = program.to_owned();
    let no_program_format = source.raw_os_error() == Some(Errno::NOEXEC.raw_os_error());
    match source.kind() {
        ErrorKind::NotFound => StartError::NotFound { hint: NotFoundHint::of(&program), program },
        ErrorKind::PermissionDenied => StartError::NotExecutable { program, source },
        _ if no_program_format => StartError::NotExecutable { program, source },
        _ => StartError::System { program, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// A misspelt program would be one that "cannot be executed" for everybody whose `PATH` has a
    /// folder of somebody else. The error is made here: the superuser may read every folder.
    #[test]
    fn what_is_nowhere_is_not_found_whatever_the_system_says() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plain"), "").unwrap();
        let spec = |program: &str| ChildSpec {
            environment: vec![("PATH".into(), folder.path().into())],
            ..ChildSpec::new(vec![program.into()])
        };
        let refused = |program| spec(program).refused(ErrorKind::PermissionDenied.into(), program);
        assert!(matches!(refused("nosuch"), StartError::NotFound { hint: NotFoundHint::NotInPath, .. }));
        assert!(matches!(refused("plain"), StartError::NotExecutable { .. }));
        let other = spec("plain").refused(ErrorKind::OutOfMemory.into(), "plain");
        assert!(matches!(other, StartError::System { .. }));
    }

    /// A study of a misspelt program would leave a record of nothing.
    #[test]
    fn a_program_can_be_checked_without_starting_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("train");
        let spec = |word: &str| ChildSpec {
            folder: Some(folder.path().to_owned()),
            ..ChildSpec::new(vec![word.into()])
        };
        assert!(matches!(
            spec("./train").check(),
            Err(StartError::NotFound { hint: NotFoundHint::NoFile, .. })
        ));
        fs::write(&file, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(spec("./train").check(), Err(StartError::NotExecutable { .. })));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(spec("./train").check().is_ok() && spec("sh").check().is_ok());
        assert!(matches!(spec("no such program").check(), Err(StartError::NotFound { .. })));
    }
}
