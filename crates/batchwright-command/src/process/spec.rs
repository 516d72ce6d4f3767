//! What is started: a command line, its folder, its variables, its limits. And why a start can
//! fail.

use crate::process::child::Child;
use crate::process::limits::Limits;
use crate::process::log::CappedLog;
use crate::process::pty::terminal;
use crate::process::supervise::Streams;
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{io, process};

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
        let (mut command, streams) = self.command(log).map_err(system)?;
        let adopt = Child::prepare(streams, self.limits.clone()).map_err(system)?;
        let mut child = command.spawn().map_err(|error| refused(error, &program))?;
        if let Err(source) = self.limit_memory(&child) {
            kill(&mut child);
            return Err(StartError::MemoryLimit { program, source });
        }
        Ok(adopt(child))
    }

    /// The command, and our ends of its streams. The command holds the other ends, which close only
    /// when it is dropped.
    fn command(&self, log: CappedLog) -> io::Result<(Command, Streams)> {
        let (stdout, their_stdout) = if self.pty { terminal()? } else { pipe()? };
        let (stderr, their_stderr) = pipe()?;
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).process_group(0);
        command.stdin(Stdio::null()).stdout(their_stdout).stderr(their_stderr);
        if std::env::var_os("PYTHONUNBUFFERED").is_none() {
            command.env("PYTHONUNBUFFERED", "1");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        Ok((command, Streams { stdout, stderr, log }))
    }

    #[cfg(target_os = "linux")]
    fn limit_memory(&self, child: &process::Child) -> io::Result<()> {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let Some(limit) = self.memory_limit else { return Ok(()) };
        // The child inherits our own limit, which must not be raised.
        let old = getrlimit(Resource::Data);
        let least = |old: Option<u64>| Some(old.map_or(limit, |old| old.min(limit)));
        let new = Rlimit { current: least(old.current), maximum: least(old.maximum) };
        prlimit(Some(Pid::from_child(child)), Resource::Data, new)?;
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn limit_memory(&self, _child: &process::Child) -> io::Result<()> {
        self.memory_limit.map_or(Ok(()), |_| Err(ErrorKind::Unsupported.into()))
    }
}

/// A pipe: our end and the child's.
fn pipe() -> io::Result<(File, OwnedFd)> {
    let (ours, theirs) = io::pipe()?;
    Ok((OwnedFd::from(ours).into(), theirs.into()))
}

fn kill(child: &mut process::Child) {
    // It may already have ended. It is reaped in any case.
    let _ = child.kill();
    let _ = child.wait();
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
