//! A folder of TensorBoard: a folder in it for each run, with event files.
//!
//! A process that begins or goes on with a run writes a file of its own, whose name comes after those
//! that are there: TensorBoard reads the files of a folder in the order of their names, and never
//! looks again at what it has read. A file names its run, so that a run of another time with the same
//! name is not taken for it: then the folder has the identity in its name.
//!
//! Every point is written at once: a kill loses none that was handed over.

use crate::shell::explain::{Explain, Failed};
use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun};
use crate::tracking::tensorboard::events;
use crate::tracking::tracker::Tracker;
use anyhow::Result;
use batchwright_data::{check_writable, write_atomic};
use batchwright_view::FailureMessage;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Event files have this in their names, before the seconds since 1970.
const PREFIX: &str = "events.out.tfevents.";
/// Digits of the identity of a run in the name of a file.
const DIGITS: usize = 8;

/// Where TensorBoard looks (`--logdir`).
pub(crate) struct EventFolder {
    root: PathBuf,
    /// The file of the run that is being written, with its path.
    open: Option<(File, PathBuf)>,
}

impl EventFolder {
    /// A folder that can be written to; it is made where it is missing.
    ///
    /// # Errors
    /// If it cannot be made or written to.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root)
            .explain(|| FailureMessage::MakeFolder { path: root.display().to_string() })?;
        check_writable(&root.join("events")).map_err(|error| failed(root, error.source))?;
        Ok(Self { root: root.to_owned(), open: None })
    }

    /// The folder of a run, and the seconds in the names of its files, in order.
    fn place(&self, run: &TrackedRun) -> io::Result<(PathBuf, Vec<u64>)> {
        let usual = self.root.join(run.full_name());
        let own = self.root.join(format!("{}-{}", run.full_name(), &run.id[..DIGITS]));
        let (of_run, of_others) = event_files(&usual, run)?;
        if own.is_dir() || (of_others && of_run.is_empty()) {
            let of_run = event_files(&own, run)?.0;
            return Ok((own, of_run));
        }
        Ok((usual, of_run))
    }

    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((file, path)) = &mut self.open else { return Ok(()) };
        file.write_all(bytes).map_err(|error| failed(path, error))
    }
}

fn failed(path: &Path, error: io::Error) -> anyhow::Error {
    Failed::new(FailureMessage::WriteLog { path: path.display().to_string() }, error).into()
}

/// The seconds in the names of the event files of a run, in order, and whether there are event files
/// of others.
fn event_files(folder: &Path, run: &TrackedRun) -> io::Result<(Vec<u64>, bool)> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), false)),
        entries => entries?,
    };
    let (mut of_run, mut of_others) = (Vec::new(), false);
    for entry in entries {
        let name = entry?.file_name();
        let Some((_, rest)) = name.to_str().and_then(|name| name.split_once(PREFIX)) else { continue };
        let seconds: Option<u64> = rest.strip_suffix(&suffix(run)).and_then(|seconds| seconds.parse().ok());
        of_others |= seconds.is_none();
        of_run.extend(seconds);
    }
    of_run.sort_unstable();
    Ok((of_run, of_others))
}

fn suffix(run: &TrackedRun) -> String {
    format!(".batchwright.{}", &run.id[..DIGITS])
}

fn file_name(run: &TrackedRun, seconds: u64) -> String {
    format!("{PREFIX}{seconds:010}{}", suffix(run))
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().as_ref().map_or(0.0, Duration::as_secs_f64)
}

impl Tracker for EventFolder {
    fn replace(&mut self, run: &TrackedRun, points: &[TrackedPoint], end: &TrackedEnd) -> Result<()> {
        let (folder, old) = self.place(run).map_err(|error| failed(&self.root, error))?;
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let mut content = events::opening(run.started);
        content.extend(events::hyperparameters(run, end.outcome));
        content.extend(events::settings(run, run.started, 0));
        points.iter().chain(&end.last).for_each(|point| content.extend(events::scalars(point)));
        content.extend(events::session_end(end).unwrap_or_default());
        let seconds = run.started as u64;
        let path = folder.join(file_name(run, seconds));
        write_atomic(&path, &content).map_err(|error| failed(&path, error.source))?;
        for other in old.into_iter().filter(|&other| other != seconds) {
            let path = folder.join(file_name(run, other));
            std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
        Ok(())
    }

    fn begin(&mut self, run: &TrackedRun, kept: &[TrackedPoint]) -> Result<()> {
        let (folder, old) = self.place(run).map_err(|error| failed(&self.root, error))?;
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let time = now();
        let seconds = old.last().map_or(time as u64, |last| (time as u64).max(last + 1));
        let path = folder.join(file_name(run, seconds));
        let file = File::options().append(true).create_new(true).open(&path);
        self.open = Some((file.map_err(|error| failed(&path, error))?, path));
        let mut content = events::opening(time);
        // Where the files before are gone, all points are missing. Otherwise the last one is taken back
        // and written again: by then a reader that does not know restarts drops what came after it.
        let missing = if old.is_empty() { kept } else { &kept[kept.len().saturating_sub(1)..] };
        let from = missing.first().map_or(0, |point| point.step);
        if old.is_empty() {
            content.extend(events::hyperparameters(run, None));
        } else {
            content.extend(events::restart(time, from));
        }
        content.extend(events::settings(run, time, from));
        for point in missing {
            // Not before what was logged before: the time at which it came is not known.
            let time = if old.is_empty() { point.time } else { time };
            content.extend(events::scalars(&TrackedPoint { time, ..point.clone() }));
        }
        self.add(&content)
    }

    fn append(&mut self, _run: &TrackedRun, points: &[TrackedPoint], _patience: Duration) -> Result<()> {
        let content: Vec<u8> = points.iter().flat_map(events::scalars).collect();
        self.add(&content)
    }

    fn end(&mut self, _run: &TrackedRun, end: &TrackedEnd) -> Result<()> {
        let mut content: Vec<u8> = end.last.iter().flat_map(events::scalars).collect();
        content.extend(events::session_end(end).unwrap_or_default());
        self.add(&content)?;
        self.open = None;
        Ok(())
    }
}
