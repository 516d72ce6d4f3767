//! What all trials of one workload share: settings, devices, the folder for outputs, the source of
//! rows, and what earlier trials have measured.
//!
//! Left out: running a trial (`trial`), answering for the study (`workload`).

use crate::counting::StepsPerEpoch;
use crate::devices::Devices;
use crate::doubts::{AtTarget, add_once, effect_of_batch_size};
use crate::process::end::Ended;
use crate::process::template::Placeholder;
use crate::read::source::RowSource;
use crate::rows::{ChosenSource, Rows};
use crate::settings::CommandSettings;
use batchwright_find::{StepTime, Suspicion, from_json, to_json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Intervals between rows from which on the steps of a trial count as a measurement.
pub(crate) const MEASURED_INTERVALS: usize = 6;

/// What all trials of one workload share.
pub(crate) struct TrialContext {
    pub(crate) settings: CommandSettings,
    pub(crate) devices: Devices,
    /// The source whose rows count.
    pub(crate) source: ChosenSource,
    /// A folder of its own for logs and for `{out}`.
    outputs: Mutex<PathBuf>,
    started: AtomicU64,
    measured: Mutex<Measured>,
}

/// What trials have shown beside their curves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Step times of trials that ran alone, until they are used.
    pub(crate) step_times: BTreeMap<u64, Vec<StepTime>>,
    /// Peak memory by batch size, in bytes.
    pub(crate) peaks: BTreeMap<u64, u64>,
    /// The same on graphics cards.
    #[serde(default)]
    pub(crate) card_peaks: BTreeMap<u64, u64>,
    /// Samples between the last two evaluations of the latest trial, by batch size.
    pub(crate) evaluation_intervals: BTreeMap<u64, f64>,
    /// Seconds that trials took before their first step.
    pub(crate) start_ups: Vec<f64>,
    /// Whether the rows of a trial had no seconds.
    pub(crate) wall_clock: bool,
    /// Steps to the first evaluation of the latest trial, by batch size.
    pub(crate) first_looks: BTreeMap<u64, u64>,
    /// Seconds from a start to the first evaluation: the most of all trials.
    pub(crate) look_seconds: f64,
    /// Steps of an epoch as the program reports them, by batch size.
    pub(crate) steps_per_epoch: BTreeMap<u64, StepsPerEpoch>,
    /// Sizes at which a training ended or was ended.
    #[serde(default)]
    pub(crate) ran: BTreeSet<u64>,
    /// Lines that told of a lack of memory and after which training went on, by what they are but for
    /// their numbers: the smallest size at which each came, and the line there.
    #[serde(default)]
    pub(crate) lacks_of_memory: BTreeMap<String, (u64, String)>,
    /// What was doubtful about trials, one of each kind.
    pub(crate) suspicions: Vec<Suspicion>,
    /// How trials stand to the target.
    pub(crate) at_target: AtTarget,
}

/// Everything that the next trials of a study depend on.
#[derive(Serialize, Deserialize)]
struct Memory {
    source: Option<RowSource>,
    measured: Measured,
}

impl Measured {
    /// Everything that is doubtful about the program so far, the worst first.
    pub(crate) fn doubts(&self, settings: &CommandSettings) -> Vec<Suspicion> {
        let own_interval = !settings.template.uses(Placeholder::EvalSteps);
        let effect = effect_of_batch_size(&self.steps_per_epoch, settings.samples, own_interval);
        let target = self.at_target.suspicions(&settings.metric, settings.goal);
        let memory = self.lacks_of_memory.values().find(|(size, _)| self.has_run_below(*size)).map(
            |(batch_size, line)| Suspicion::RanOutOfMemory { batch_size: *batch_size, line: line.clone() },
        );
        effect.into_iter().chain(memory).chain(target).chain(self.suspicions.iter().cloned()).collect()
    }

    fn has_run_below(&self, batch_size: u64) -> bool {
        self.ran.first().is_some_and(|&smallest| smallest < batch_size)
    }

    /// Whether a line at this size tells that memory ran out: it did not come at a smaller size. One that
    /// comes at every size is a setting, or advice.
    pub(crate) fn tells_of_memory(&self, batch_size: u64, line: &str) -> bool {
        let least = self.lacks_of_memory.get(&without_numbers(line)).map_or(batch_size, |known| known.0);
        self.has_run_below(least.min(batch_size))
    }
}

impl TrialContext {
    /// Takes the devices out of the settings.
    pub(crate) fn new(mut settings: CommandSettings, outputs: PathBuf) -> Self {
        let devices = Devices::new(std::mem::take(&mut settings.devices));
        let (source, started, measured) = Default::default();
        Self { settings, devices, source, outputs: Mutex::new(outputs), started, measured }
    }

    /// Changes the folder for logs and `{out}`, from now on.
    pub(crate) fn write_into(&self, outputs: PathBuf) {
        *self.outputs.lock().unwrap_or_else(PoisonError::into_inner) = outputs;
    }

    /// A new folder for the next trial. Its log gets the same name with `.log`. Folders that a killed
    /// process has left keep what is in them.
    pub(crate) fn output_folder(&self, batch_size: u64) -> PathBuf {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
            let folder = outputs.join(format!("{number:04}-batch-size-{batch_size}"));
            if !folder.exists() && !folder.with_extension("log").exists() {
                return folder;
            }
        }
    }

    /// What trials have shown, as JSON.
    pub(crate) fn memory(&self) -> Option<String> {
        let memory = Memory { source: self.source.get(), measured: self.measured().clone() };
        to_json(&memory).ok()
    }

    /// Takes over what trials have shown to another process.
    pub(crate) fn remember(&self, memory: &str) -> Result<(), String> {
        // Only where a number is not finite is the slower reader needed.
        let read: Result<Memory, _> = serde_json::from_str(memory).or_else(|_| from_json(memory));
        let Memory { source, measured } = read.map_err(|error| error.to_string())?;
        self.source.set(source);
        *self.measured() = measured;
        Ok(())
    }

    pub(crate) fn measured(&self) -> MutexGuard<'_, Measured> {
        // Each value is written at once, so that a panic leaves none of them half written.
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a trial that has ended gave rows.
    pub(crate) fn has_rows(&self) -> bool {
        !self.measured().start_ups.is_empty()
    }

    /// Whether the seconds of the program can be believed.
    pub(crate) fn believes_seconds(&self) -> bool {
        let fell_back = |it: &Suspicion| matches!(it, Suspicion::SecondsFallBack { .. });
        !self.measured().suspicions.iter().any(fell_back)
    }

    /// Steps to the first evaluation at a size, as the trial at the nearest size has shown, for a
    /// program that decides itself when it evaluates: after so many steps, or after so many samples.
    pub(crate) fn first_look(&self, batch_size: u64) -> Option<u64> {
        if self.settings.template.uses(Placeholder::EvalSteps) {
            return None;
        }
        let measured = self.measured();
        let distance = |size: &u64| (*size as f64 / batch_size as f64).ln().abs();
        let nearest = measured.first_looks.iter().min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
        nearest.map(|(size, steps)| (*steps).max(steps.saturating_mul(*size).div_ceil(batch_size)))
    }

    /// Keeps what a trial that has ended has shown. `lacks`: the lines that told of a lack of memory,
    /// after which it went on.
    pub(crate) fn record(&self, batch_size: u64, rows: &Rows, ended: Option<&Ended>, lacks: &[String]) {
        let mut measured = self.measured();
        raise(&mut measured.peaks, batch_size, ended.and_then(|ended| ended.peak_memory_bytes));
        raise(&mut measured.card_peaks, batch_size, ended.and_then(|ended| ended.peak_card_memory_bytes));
        measured.start_ups.extend(rows.start_up_seconds());
        measured.evaluation_intervals.extend(rows.evaluation_interval().map(|samples| (batch_size, samples)));
        measured.wall_clock |= rows.uses_wall_clock();
        measured.first_looks.extend(rows.first_look().map(|step| (batch_size, step)));
        measured.look_seconds = rows.first_look_seconds().unwrap_or(0.0).max(measured.look_seconds);
        measured.steps_per_epoch.extend(rows.steps_per_epoch().map(|steps| (batch_size, steps)));
        measured.ran.insert(batch_size);
        for line in lacks {
            let known = measured.lacks_of_memory.entry(without_numbers(line));
            let least = known.or_insert_with(|| (batch_size, line.clone()));
            if batch_size < least.0 {
                *least = (batch_size, line.clone());
            }
        }
        for suspicion in rows.suspicions() {
            add_once(&mut measured.suspicions, suspicion);
        }
        measured.at_target.add(rows.values(), &self.settings.metric, self.settings.goal);
        if self.settings.alone && rows.timer().intervals() >= MEASURED_INTERVALS {
            let step_time = rows.timer().step_time();
            measured.step_times.entry(batch_size).or_default().extend(step_time);
        }
    }
}

/// A line without its digits.
pub(crate) fn without_numbers(line: &str) -> String {
    line.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Keeps the most of what trials at a size held.
fn raise(peaks: &mut BTreeMap<u64, u64>, batch_size: u64, peak: Option<u64>) {
    if let Some(peak) = peak {
        let most = peaks.entry(batch_size).or_default();
        *most = peak.max(*most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubts::Values;
    use crate::process::template::CommandTemplate;
    use batchwright_find::Direction;

    fn context(outputs: PathBuf) -> TrialContext {
        let template = CommandTemplate::parse(&["x".into(), "{batch_size}".into()]).unwrap();
        TrialContext::new(CommandSettings::new(template), outputs)
    }

    /// Every field has another value than at the start.
    fn shown() -> Measured {
        let mut at_target = AtTarget::default();
        let values = Values { first: 1.0, least: 0.05, most: 1.0, rows: 2, not_finite: 0 };
        at_target.add(Some(values), "val_loss", Some((Direction::Below, 0.1)));
        Measured {
            step_times: [(8, vec![StepTime { median: 0.1 + 0.2, low: 0.1, high: 1e-320 }])].into(),
            peaks: [(8, 1 << 20)].into(),
            card_peaks: [(8, 1 << 30)].into(),
            evaluation_intervals: [(8, 64.5)].into(),
            start_ups: vec![0.7, 0.1],
            wall_clock: true,
            first_looks: [(16, 3)].into(),
            look_seconds: 1.5,
            steps_per_epoch: [(8, StepsPerEpoch::exactly(12.5))].into(),
            ran: [8].into(),
            lacks_of_memory: [("OOM".to_owned(), (8, "OOM 3".to_owned()))].into(),
            suspicions: vec![Suspicion::StepsStand { step: 3, rows: 4 }],
            at_target,
        }
    }

    /// Else a study that goes on after an interruption reckons with other start-up times, says less
    /// about the program, or reads it from another source.
    #[test]
    fn what_trials_have_shown_is_taken_over_whole() {
        let (before, after) = (context(PathBuf::new()), context(PathBuf::new()));
        let nothing = after.memory().unwrap();
        before.source.set(Some(RowSource::Table));
        *before.measured() = shown();
        after.remember(&before.memory().unwrap()).unwrap();
        assert_eq!((&*after.measured(), after.source.get()), (&shown(), Some(RowSource::Table)));
        assert!(after.remember(r#"{"source": null}"#).is_err());
        assert_eq!(*after.measured(), shown(), "what cannot be read changes nothing");
        after.remember(&nothing).unwrap();
        assert_eq!((&*after.measured(), after.source.get()), (&Measured::default(), None));
    }

    /// Else one number that diverged makes a study that cannot go on.
    #[test]
    fn numbers_that_are_not_finite_can_be_taken_over() {
        let (before, after) = (context(PathBuf::new()), context(PathBuf::new()));
        let endless = Measured { start_ups: vec![f64::NAN, 0.5], look_seconds: f64::INFINITY, ..shown() };
        *before.measured() = endless;
        after.remember(&before.memory().unwrap()).unwrap();
        let Measured { start_ups, look_seconds, .. } = after.measured().clone();
        assert!(start_ups[0].is_nan() && start_ups[1..] == [0.5] && look_seconds == f64::INFINITY);
    }

    /// Else a trial reads the files of one that was killed, or writes over the log of one that is
    /// known.
    #[test]
    fn a_folder_or_log_that_is_there_is_not_used_again() {
        let outputs = tempfile::tempdir().unwrap();
        std::fs::create_dir(outputs.path().join("0001-batch-size-8")).unwrap();
        std::fs::write(outputs.path().join("0002-batch-size-8.log"), "").unwrap();
        let context = context(outputs.path().to_owned());
        assert_eq!(context.output_folder(8), outputs.path().join("0003-batch-size-8"));
        assert_eq!(context.output_folder(8), outputs.path().join("0004-batch-size-8"));
    }
}
