//! One training by a command: a child, and its rows as they arrive.
//!
//! Left out: how the child is started (`launch`), how its lines are read (`read`), and where a row
//! stands in the training (`rows`).

use crate::context::{TrialContext, without_numbers};
use crate::devices::Lease;
use crate::launch::{Launch, Launched};
use crate::process::channel::ChildEvent;
use crate::process::child::Child;
use crate::process::end::{ChildEnd, Ended};
use crate::process::lack_of_memory::tells_of_a_lack_of_memory;
use crate::process::template::Placeholder;
use crate::read::files::Folder;
use crate::read::files::error::FileError;
use crate::read::line_reader::LineReader;
use crate::read::recognised::Recognised;
use crate::read::row::Row;
use crate::rows::Rows;
use crate::settings::CommandSettings;
use batchwright_find::{Trial, TrialError, TrialRequest, TrialRow};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a child is waited for before anything else is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Kinds of lines about memory that are kept.
const MOST_LINES: usize = 16;
/// Time between two reads of the files that it writes.
const FILES_INTERVAL: Duration = Duration::from_millis(500);

/// A running training.
pub(crate) struct CommandTrial<'a> {
    context: &'a TrialContext,
    request: TrialRequest,
    /// What was started, for display.
    command: String,
    /// `None` once it has ended.
    child: Option<Child>,
    ended: Option<Ended>,
    reader: LineReader,
    folders: Vec<Folder>,
    started: Instant,
    files_read: Instant,
    /// Rows that were read and not yet handed out.
    waiting: VecDeque<Arrival>,
    out: PathBuf,
    rows: Rows,
    first_output: Option<Instant>,
    /// Lines that tell of a lack of memory, and how many of them came before the last row.
    lacks_of_memory: Vec<String>,
    before_last_row: usize,
    _device: Option<Lease<'a>>,
}

/// A row that the program reported.
pub(crate) struct Arrival {
    pub(crate) row: Row,
    /// Seconds from the program's start to its arrival.
    pub(crate) at: f64,
}

/// Where a row stands in the training; `Ok(None)` where it does not count.
pub(crate) type Placed = Result<Option<TrialRow>, TrialError>;

/// Why [`CommandTrial::read_until`] returned.
pub(crate) enum ReadEnd<T> {
    /// The caller has what it needs.
    Enough(T),
    /// The program has ended, and all its rows were handed out.
    Ended,
    /// Everything should end.
    Interrupted,
}

impl<'a> CommandTrial<'a> {
    pub(crate) fn start(context: &'a TrialContext, request: &TrialRequest) -> Result<Self, TrialError> {
        Self::start_evaluating(context, request, None)
    }

    /// Starts a training that evaluates with so many samples at a time.
    pub(crate) fn start_evaluating(
        context: &'a TrialContext,
        request: &TrialRequest,
        eval_batch_size: Option<u64>,
    ) -> Result<Self, TrialError> {
        let out = context.output_folder(request.batch_size);
        std::fs::create_dir_all(&out)
            .map_err(|error| TrialError::Failed(format!("{}: {error}", out.display())))?;
        Self::start_in(context, request, eval_batch_size, &out)
            .inspect_err(|_| remove(&context.settings, &out))
    }

    fn start_in(
        context: &'a TrialContext,
        request: &TrialRequest,
        eval_batch_size: Option<u64>,
        out: &Path,
    ) -> Result<Self, TrialError> {
        let settings = &context.settings;
        let launch = Launch::prepare(context, request, eval_batch_size, out)?;
        // Between the hook and the start: files of the hook are old, all files of the training are
        // new.
        let folders = watched(settings, out);
        let Launched { child, command, device } = launch.start()?;
        let now = Instant::now();
        Ok(Self {
            context,
            request: *request,
            command,
            child: Some(child),
            ended: None,
            reader: LineReader::new(settings.metrics.clone(), &settings.metric),
            folders,
            started: now,
            files_read: now,
            waiting: VecDeque::new(),
            out: out.to_owned(),
            rows: Rows::new(request, settings, context.believes_seconds()),
            first_output: None,
            lacks_of_memory: Vec::new(),
            before_last_row: 0,
            _device: device,
        })
    }

    /// Reads the training until `enough` returns something, the program ends, or everything should
    /// end.
    ///
    /// `enough` is called with each row and where it stands in the training (`Ok(None)` where the
    /// row does not count), and with `None` whenever no row is waiting.
    pub(crate) fn read_until<T>(
        &mut self,
        mut enough: impl FnMut(&Self, Option<(Arrival, Placed)>) -> Option<T>,
    ) -> ReadEnd<T> {
        loop {
            while let Some(arrival) = self.waiting.pop_front() {
                let placed = self.rows.place(&arrival.row, arrival.at, &self.context.source);
                if let Ok(Some(_)) = placed {
                    self.before_last_row = self.lacks_of_memory.len();
                }
                if let Some(result) = enough(self, Some((arrival, placed))) {
                    return ReadEnd::Enough(result);
                }
            }
            if self.ended.is_some() {
                return ReadEnd::Ended;
            }
            if (self.context.settings.interrupted)() {
                return ReadEnd::Interrupted;
            }
            if let Some(result) = enough(self, None) {
                return ReadEnd::Enough(result);
            }
            self.poll();
        }
    }

    /// Waits for the child for a moment. Its new rows are waiting afterwards.
    fn poll(&mut self) {
        let Some(child) = &mut self.child else { return };
        match child.next(POLL_INTERVAL) {
            ChildEvent::Line(line) => {
                (self.context.settings.on_line)(&line);
                self.first_output.get_or_insert_with(Instant::now);
                if tells_of_a_lack_of_memory(&line.text) {
                    add_kind(&mut self.lacks_of_memory, line.text.trim());
                }
                let rows = self.reader.read(&line.text).into_iter();
                self.waiting.extend(rows.map(|row| Arrival { row, at: line.at.as_secs_f64() }));
            }
            ChildEvent::Quiet { .. } => {}
            ChildEvent::Ended(ended) => {
                let at = ended.elapsed.as_secs_f64();
                self.waiting.extend(self.reader.finish().into_iter().map(|row| Arrival { row, at }));
                self.read_files(at);
                self.ended = Some(ended);
                self.child = None;
            }
        }
        if self.files_read.elapsed() >= FILES_INTERVAL {
            self.read_files(self.started.elapsed().as_secs_f64());
        }
    }

    fn read_files(&mut self, at: f64) {
        self.files_read = Instant::now();
        let rows = self.folders.iter_mut().flat_map(Folder::poll);
        self.waiting.extend(rows.map(|row| Arrival { row, at }));
    }

    /// Stops it if it still runs.
    pub(crate) fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            self.ended = Some(child.into_end());
        }
    }

    /// What was started, as a person would type it.
    pub(crate) fn command(&self) -> &str {
        &self.command
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// What was recognised in its output so far.
    pub(crate) fn recognised(&self) -> Recognised {
        let all = self.reader.recognised().clone();
        self.folders.iter().fold(all, |all, folder| all.with(folder.recognised()))
    }

    /// The files of metrics that cannot be read.
    pub(crate) fn problems(&self) -> impl Iterator<Item = &FileError> {
        self.folders.iter().flat_map(Folder::problems)
    }

    /// The time since its first output.
    pub(crate) fn printing_for(&self) -> Option<Duration> {
        self.first_output.map(|first| first.elapsed())
    }

    /// Whether it has printed for the start timeout without anything being recognised.
    pub(crate) fn is_not_understood(&self) -> bool {
        let allowed = self.context.settings.limits.start_timeout;
        let too_long =
            self.printing_for().zip(allowed).is_some_and(|(printing, allowed)| printing >= allowed);
        too_long && self.recognised().nothing().is_some()
    }

    /// The lines that told of a lack of memory, where the program trained on after them.
    pub(crate) fn survived_lacks_of_memory(&self) -> &[String] {
        &self.lacks_of_memory[..self.before_last_row]
    }

    /// Whether it has trained and was evaluated as far as it was asked to. What fails after that (a
    /// plot, a last checkpoint) takes nothing from its rows.
    pub(crate) fn is_complete(&self) -> bool {
        self.rows.is_complete() && self.check_metric().is_ok()
    }

    /// An error where the program failed before its training was complete.
    pub(crate) fn check_end(&self) -> Result<(), TrialError> {
        match self.ended.as_ref().map(|ended| &ended.end) {
            None | Some(ChildEnd::Finished | ChildEnd::Stopped) => Ok(()),
            Some(ChildEnd::Crashed { .. }) if self.is_complete() => Ok(()),
            Some(end @ ChildEnd::OutOfMemory { .. }) => {
                Err(TrialError::DoesNotFit { batch_size: self.request.batch_size, reason: end.to_string() })
            }
            Some(end) => Err(TrialError::Failed(end.to_string())),
        }
    }

    /// An error where the metric was not reported, or nowhere with a position.
    pub(crate) fn check_metric(&self) -> Result<(), TrialError> {
        let metric = &self.context.settings.metric;
        let recognised = self.recognised();
        let unread = self.problems().map(|problem| format!("; {problem}")).collect::<String>();
        if let Some(nothing) = recognised.nothing() {
            let lines = nothing.last_lines.join(" / ");
            let lines = if lines.is_empty() { lines } else { format!("; its last lines: {lines}") };
            return Err(TrialError::Failed(format!("{nothing}{lines}{unread}")));
        }
        let names: Vec<&str> =
            recognised.found.values().flat_map(|found| found.metrics.keys()).map(String::as_str).collect();
        if names.contains(&metric.as_str()) {
            return self.rows.placement_error().map_or(Ok(()), |error| Err(error.clone()));
        }
        if self.context.source.get().is_some() {
            // Another trial has reported it: this one had no time to be evaluated.
            return Ok(());
        }
        let names = names.join(", ");
        let step = self.rows.last_step();
        Err(TrialError::Failed(format!(
            "it never reported {metric}; it reported {names}, up to step {step}{unread}"
        )))
    }

    /// The last row of a training that ended well.
    fn last_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        self.check_end()?;
        match self.rows.place_at_end() {
            Some(row) => Ok(Some(row)),
            None => self.check_metric().map(|()| None),
        }
    }
}

impl Trial for CommandTrial<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        if self.rows.is_over() {
            return self.check_metric().map(|()| None);
        }
        let read = self.read_until(|trial, arrival| match arrival {
            Some((_, placed)) => placed.transpose().map(|row| row.map(Some)),
            None => trial.is_not_understood().then(|| trial.check_metric().map(|()| None)),
        });
        match read {
            ReadEnd::Enough(row) => row,
            ReadEnd::Ended => self.last_row(),
            ReadEnd::Interrupted => Err(TrialError::Interrupted),
        }
    }

    fn can_pause(&self) -> bool {
        false
    }
}

impl Drop for CommandTrial<'_> {
    fn drop(&mut self) {
        self.stop();
        let (batch_size, ended) = (self.request.batch_size, self.ended.as_ref());
        self.context.record(batch_size, &self.rows, ended, self.survived_lacks_of_memory());
        remove(&self.context.settings, &self.out);
    }
}

/// Adds a line, unless it differs from one that is there in its numbers only, or there are many.
fn add_kind(lines: &mut Vec<String>, line: &str) {
    let kind = without_numbers(line);
    if lines.len() < MOST_LINES && lines.iter().all(|known| without_numbers(known) != kind) {
        lines.push(line.to_owned());
    }
}

/// The folders that a training writes metrics into, watched from now on.
fn watched(settings: &CommandSettings, out: &Path) -> Vec<Folder> {
    let out = settings.template.uses(Placeholder::Out).then_some(out);
    let folders = out.into_iter().chain(settings.watch.as_deref());
    folders.map(|folder| Folder::watch(folder, &settings.metric)).collect()
}

/// Removes the files that a training wrote, unless they are to be kept.
fn remove(settings: &CommandSettings, out: &Path) {
    if !settings.keep_outputs {
        // Files that cannot be removed take space and do no other harm.
        let _ = std::fs::remove_dir_all(out);
    }
}
