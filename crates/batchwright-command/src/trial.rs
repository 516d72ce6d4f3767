//! One training by a command: a child, and its rows as they come.
//!
//! Left out: what the child does (`process`), what a line says (`report`).

use crate::devices::Lease;
use crate::process::child::{Child, ChildEvent};
use crate::process::end::{ChildEnd, Ended};
use crate::process::quoting::shell_line;
use crate::process::shell::{HookError, run_shell};
use crate::process::spec::ChildSpec;
use crate::process::template::{Placeholder, Values};
use crate::read::files::Folder;
use crate::read::files::error::FileError;
use crate::read::line_reader::LineReader;
use crate::read::recognised::Recognised;
use crate::read::row::Row;
use crate::rows::Rows;
use crate::settings::micro_batch_size;
use crate::workload::CommandWorkload;
use batchwright_find::{Trial, TrialError, TrialRequest, TrialRow};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a child is listened to before something else is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Between two looks at the files that it writes.
const FILES: Duration = Duration::from_millis(500);

/// A running training.
pub(crate) struct CommandTrial<'a> {
    workload: &'a CommandWorkload,
    request: TrialRequest,
    /// What was started, for display.
    command: String,
    /// `None` once it is known how it ended.
    child: Option<Child>,
    ended: Option<Ended>,
    reader: LineReader,
    folders: Vec<Folder>,
    started: Instant,
    looked: Instant,
    /// Rows that nobody has asked for, with the seconds from the start to their arrival.
    waiting: VecDeque<(Row, f64)>,
    out: PathBuf,
    rows: Rows,
    first_output: Option<Instant>,
    _device: Option<Lease<'a>>,
}

/// What listening once brought.
pub(crate) enum Heard {
    /// A row.
    Row(TrialRow),
    /// Nothing yet.
    Nothing,
    /// Its end; all rows were told before.
    End,
}

impl<'a> CommandTrial<'a> {
    pub(crate) fn start(workload: &'a CommandWorkload, request: &TrialRequest) -> Result<Self, TrialError> {
        let name = format!("{:04}-batch-size-{}", workload.number(), request.batch_size);
        let out = workload.outputs().join(name);
        std::fs::create_dir_all(&out).map_err(|error| failed(format!("{}: {error}", out.display())))?;
        Self::launch(workload, request, out.clone()).inspect_err(|_| remove(workload, &out))
    }

    fn launch(
        workload: &'a CommandWorkload,
        request: &TrialRequest,
        out: PathBuf,
    ) -> Result<Self, TrialError> {
        let settings = &workload.settings;
        let device = workload.devices.lease();
        let mut spec = ChildSpec::new(settings.template.fill(&values(workload, request, &out)));
        spec.folder.clone_from(&settings.folder);
        spec.environment.clone_from(&settings.environment);
        let variables = device.iter().flat_map(Lease::environment);
        spec.environment.extend(variables.map(|(name, value)| (name.into(), value.into())));
        (spec.pty, spec.memory_limit, spec.limits) =
            (settings.pty, settings.memory_limit, settings.limits.clone());
        spec.log = Some(out.with_extension("log"));
        if let Some(line) = &settings.prepare {
            prepare(line, &spec, &*settings.interrupted)?;
        }
        let watched = settings.template.uses(Placeholder::Out).then_some(&out);
        let folders =
            watched.into_iter().chain(&settings.watch).map(|folder| Folder::watch(folder)).collect();
        let child = spec.start().map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            workload,
            request: *request,
            command: shell_line(&spec.words),
            child: Some(child),
            ended: None,
            reader: LineReader::new(settings.metrics.clone(), &settings.metric),
            folders,
            started: Instant::now(),
            looked: Instant::now(),
            waiting: VecDeque::new(),
            out,
            rows: Rows::new(request, settings),
            first_output: None,
            _device: device,
        })
    }

    pub(crate) fn batch_size(&self) -> u64 {
        self.request.batch_size
    }

    /// What was started, as a person would type it.
    pub(crate) fn command(&self) -> &str {
        &self.command
    }

    /// What was understood of it so far.
    pub(crate) fn recognised(&self) -> Recognised {
        let all = self.reader.recognised().clone();
        self.folders.iter().fold(all, |all, folder| all.with(folder.recognised()))
    }

    /// Its next row, waited for a moment.
    ///
    /// # Errors
    /// [`TrialError::Interrupted`], or [`TrialError::Failed`] for a row of the metric that cannot be placed; what follows can still be heard.
    pub(crate) fn hear(&mut self) -> Result<Heard, TrialError> {
        while let Some((report, at)) = self.next_report() {
            if let Some(row) = self.row(&report, at)? {
                return Ok(Heard::Row(row));
            }
        }
        if self.ended.is_some() {
            return Ok(Heard::End);
        }
        if (self.workload.settings.interrupted)() {
            return Err(TrialError::Interrupted);
        }
        self.listen();
        Ok(Heard::Nothing)
    }

    /// How long ago it began to print.
    pub(crate) fn talks_for(&self) -> Option<Duration> {
        self.first_output.map(|first| first.elapsed())
    }

    /// What it wrote and nobody can read.
    pub(crate) fn problems(&self) -> impl Iterator<Item = &FileError> {
        self.folders.iter().flat_map(Folder::problems)
    }

    /// How it ended by itself, once it has and all that it reported is waiting.
    pub(crate) fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Stops it where it still runs.
    pub(crate) fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            self.ended = Some(child.into_end());
        }
    }

    /// The next report that is waiting, with the seconds from the start to its arrival.
    pub(crate) fn next_report(&mut self) -> Option<(Row, f64)> {
        self.waiting.pop_front()
    }

    /// Listens once. Whatever was reported is waiting then.
    pub(crate) fn listen(&mut self) {
        let Some(child) = &mut self.child else { return };
        match child.next(LOOK) {
            ChildEvent::Line(line) => {
                (self.workload.settings.on_line)(&line);
                self.first_output.get_or_insert_with(Instant::now);
                let report = self.reader.read(&line.text);
                self.waiting.extend(report.map(|report| (report, line.at.as_secs_f64())));
            }
            ChildEvent::Quiet { .. } => {}
            ChildEvent::Ended(ended) => {
                let at = ended.elapsed.as_secs_f64();
                self.ended = Some(ended);
                self.look_at_files(at);
                self.child = None;
            }
        }
        if self.looked.elapsed() >= FILES {
            let at = self.started.elapsed().as_secs_f64();
            self.look_at_files(at);
        }
    }

    fn look_at_files(&mut self, at: f64) {
        self.looked = Instant::now();
        let rows = self.folders.iter_mut().flat_map(Folder::poll);
        self.waiting.extend(rows.map(|report| (report, at)));
    }

    /// What a report says, where it says something about this training.
    pub(crate) fn row(&mut self, report: &Row, at: f64) -> Result<Option<TrialRow>, TrialError> {
        self.rows.take(report, at, self.workload.chosen_source())
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether it ended well, if it has ended.
    pub(crate) fn ended_well(&self) -> Result<(), TrialError> {
        match self.ended.as_ref().map(|ended| &ended.end) {
            None | Some(ChildEnd::Finished | ChildEnd::Stopped) => Ok(()),
            Some(end @ ChildEnd::OutOfMemory { .. }) => {
                Err(TrialError::DoesNotFit { batch_size: self.request.batch_size, reason: end.to_string() })
            }
            Some(end) => Err(failed(end.to_string())),
        }
    }

    fn told_what_was_asked(&self) -> Result<(), TrialError> {
        let metric = &self.workload.settings.metric;
        let recognised = self.recognised();
        if let Some(nothing) = recognised.nothing() {
            let seen = nothing.last_lines.join(" / ");
            let seen = if seen.is_empty() { seen } else { format!("; its last lines: {seen}") };
            let unread = self.problems().map(|problem| format!("; {problem}")).collect::<String>();
            return Err(failed(format!("{nothing}{seen}{unread}")));
        }
        let names: Vec<&str> =
            recognised.found.values().flat_map(|found| found.metrics.keys()).map(String::as_str).collect();
        if names.contains(&metric.as_str()) {
            return self.rows.nowhere().map_or(Ok(()), |error| Err(error.clone()));
        }
        let unread = self.problems().map(|problem| format!("; {problem}")).collect::<String>();
        Err(failed(format!("it never reported {metric}; it reported {}{unread}", names.join(", "))))
    }

    /// A program that talks without saying anything that is understood is stopped after a while.
    pub(crate) fn is_not_understood(&self) -> bool {
        let allowed = self.workload.settings.limits.start_timeout;
        let too_long = self.talks_for().zip(allowed).is_some_and(|(talks, allowed)| talks >= allowed);
        too_long && self.recognised().nothing().is_some()
    }
}

impl Trial for CommandTrial<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        loop {
            if self.rows.is_over() {
                return Ok(None);
            }
            match self.hear()? {
                Heard::Row(row) => return Ok(Some(row)),
                Heard::End => {
                    self.ended_well()?;
                    if let Some(row) = self.rows.take_last() {
                        return Ok(Some(row));
                    }
                    return self.told_what_was_asked().map(|()| None);
                }
                Heard::Nothing if self.is_not_understood() => {
                    return self.told_what_was_asked().map(|()| None);
                }
                Heard::Nothing => {}
            }
        }
    }

    fn can_pause(&self) -> bool {
        false
    }
}

impl Drop for CommandTrial<'_> {
    fn drop(&mut self) {
        let child = self.child.take();
        let ended = self.ended.take().or_else(|| child.map(Child::into_end));
        self.workload.note(self, ended.and_then(|ended| ended.peak_memory_bytes));
        remove(self.workload, &self.out);
    }
}

/// Removes what a training wrote, unless that is wanted.
fn remove(workload: &CommandWorkload, out: &Path) {
    if !workload.settings.keep_outputs {
        // What cannot be removed takes room and does no other harm.
        let _ = std::fs::remove_dir_all(out);
    }
}

fn values<'p>(workload: &CommandWorkload, request: &TrialRequest, out: &'p Path) -> Values<'p> {
    let TrialRequest { batch_size, learning_rate, seed, max_samples, eval_samples } = *request;
    let micro_batch =
        workload.settings.micro_batch_size.map_or(batch_size, |most| micro_batch_size(batch_size, most));
    // Programs take whole epochs. One that trains for longer than it is asked about is stopped.
    let epochs = |samples: u64| (max_samples as f64 / samples as f64).ceil().max(1.0);
    Values {
        batch_size,
        learning_rate,
        seed,
        steps: max_samples.div_ceil(batch_size),
        epochs: workload.settings.samples.map_or(1.0, epochs),
        samples: max_samples,
        eval_steps: ((eval_samples as f64 / batch_size as f64).round() as u64).max(1),
        micro_batch_size: micro_batch,
        grad_accum: batch_size / micro_batch,
        out,
    }
}

/// Runs what comes before a training, where that runs.
fn prepare(line: &str, training: &ChildSpec, interrupted: &dyn Fn() -> bool) -> Result<(), TrialError> {
    run_shell(line, training, interrupted).map_err(|error| match error {
        HookError::Interrupted { .. } => TrialError::Interrupted,
        error => failed(format!("--prepare {error}")),
    })
}

fn failed(what: String) -> TrialError {
    TrialError::Failed(what)
}
