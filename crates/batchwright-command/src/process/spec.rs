//! What is started: a command line and its surroundings. And how it is refused.

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

/// A program that can be started, any number of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildSpec {
    /// The program and its arguments. A program without a slash is looked for in `PATH`.
    pub words: Vec<OsString>,
    /// Where it runs; `None`: where we do. A program with a relative path is best given with `None`.
    pub folder: Option<PathBuf>,
    /// Variables beside our own. `PYTHONUNBUFFERED` is 1 unless it is set here or already.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether standard output is a terminal, for programs that hold it back otherwise.
    pub pty: bool,
    /// Bytes of private writable memory that each of its processes may take (`RLIMIT_DATA`); an allocation beyond fails. Not the address space, of which
    /// allocators reserve much more than they use. Set right after the start: what is taken before counts, but is not refused. Linux only.
    pub memory_limit: Option<u64>,
    /// A file for its output: the first and the last mebibyte.
    pub log: Option<PathBuf>,
    /// When it is made to end.
    pub limits: Limits,
}

/// A program that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No words.
    #[error("no command was given")]
    Empty,
    /// The working folder is none.
    #[error("{}: no such folder to run the command in", folder.display())]
    Folder {
        /// What was asked for.
        folder: PathBuf,
    },
    /// The program is not there.
    #[error("`{program}`: command not found{}", not_found_hint(program))]
    NotFound {
        /// The first word.
        program: String,
    },
    /// The program is there but cannot be run.
    #[error(
        "`{program}` cannot be executed ({source}); put its interpreter before it (e.g. python {program}) or make it executable (chmod +x)"
    )]
    NotExecutable {
        /// The first word.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The log cannot be made.
    #[error("{}: cannot write the log: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A limit was asked for where there is none, or the system refused it.
    #[error("cannot limit the memory of `{program}`: {source}; run without a memory limit")]
    MemoryLimit {
        /// The first word.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else: too many processes, an argument with a zero byte, no terminal.
    #[error("`{program}` cannot be started: {source}")]
    System {
        /// The first word.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A script whose interpreter is missing is not found either, though it is there.
fn not_found_hint(program: &str) -> &'static str {
    if Path::new(program).is_file() {
        "; the file is there, but not the interpreter that its first line (#!) names"
    } else if program.contains('/') {
        "; there is no such file"
    } else {
        "; it is not in PATH: is its environment active? A file needs its path (./NAME)"
    }
}

impl ChildSpec {
    /// A program with its arguments, as it is started by default: in our folder, with pipes, without limits but those of [`Limits::default`].
    pub fn new(words: Vec<OsString>) -> Self {
        let (environment, limits) = Default::default();
        Self { words, folder: None, environment, pty: false, memory_limit: None, log: None, limits }
    }

    /// Starts it, in a process group of its own, without input.
    ///
    /// # Errors
    /// [`StartError`]; then nothing runs.
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

    /// The command, and our ends of its streams. The command holds the others: they close only when it is dropped too.
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
        // What we may take ourselves is what the child was started with.
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

/// Our end and the child's.
fn pipe() -> io::Result<(File, OwnedFd)> {
    let (ours, theirs) = io::pipe()?;
    Ok((OwnedFd::from(ours).into(), theirs.into()))
}

fn kill(child: &mut process::Child) {
    // It may have ended by itself; it is reaped in any case.
    let _ = child.kill();
    let _ = child.wait();
}

fn refused(source: io::Error, program: &str) -> StartError {
    let program = program.to_owned();
    let no_program_format = source.raw_os_error() == Some(Errno::NOEXEC.raw_os_error());
    match source.kind() {
        ErrorKind::NotFound => StartError::NotFound { program },
        ErrorKind::PermissionDenied => StartError::NotExecutable { program, source },
        _ if no_program_format => StartError::NotExecutable { program, source },
        _ => StartError::System { program, source },
    }
}
