//! `resume` of a run: its newest checkpoint that is whole, its settings with what is to change, and
//! on from there.

use crate::args::Global;
use crate::args::resume::ResumeArgs;
use crate::args::train::TrainArgs;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::carry_out;
use crate::train::job::{SIZE_FROM, UnsizedRun};
use crate::train::record::{StoredRun, content_of};
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_store::Store;
use batchwright_train::{
    Checkpoint, CheckpointFolder, Duration, RunConfig, RunEnd, RunState, SizeChange, StoppedBy, TrainError,
};
use batchwright_view::{Notice, UsageMessage, continues_line, data_remarks};
use std::path::Path;
use std::process::ExitCode;

/// Goes on with the run `name`, which this process owns and which `typed` started; from `from`, or
/// else from its newest checkpoint.
pub(crate) fn resume(
    typed: TrainArgs,
    asked: &ResumeArgs,
    (name, from): (&str, Option<&Path>),
    global: &Global,
    screen: &Screen,
) -> Result<ExitCode> {
    let store = Store::open(&global.runs)?;
    let Checkpoint { about, state } = checkpoint(&store, name, from, screen)?;
    let data = typed.data.data.as_ref().map_or("digits".to_owned(), |path| path.display().to_string());
    let (run, _) = UnsizedRun::check(typed)?;
    let content = content_of(&run.network.data.splits);
    if content != about.data {
        return Err(TrainError::DataChanged { run: name.to_owned(), data }.into());
    }
    let samples = run.network.data.splits.train.len() as u64;
    let config = changed(about.config, asked, &state, samples)?;
    let remarks = data_remarks(run.source().remarks(), screen.style.lang);
    let mut job = run.with(config)?;
    job.settings.extend(size_from_study(&store, name));
    refuse_done(&store, name, asked, &state, job.run.end())?;
    let engine = job.engine()?;
    let signals = Signals::listen()?;
    store.rewind_run(name, &job.settings, &job.shown_plan()?, state.rows())?;
    remarks.iter().for_each(|remark| screen.tell(remark));
    let epochs = state.samples() as f64 / job.run.batching().samples_per_epoch() as f64;
    screen.tell(&continues_line(name, epochs, state.steps(), state.samples(), screen.style));
    let stored = StoredRun { job: &job, name, store: &store, content };
    carry_out(engine, &stored, Some(state), None, screen, &signals)
}

/// Where the batch size came from, which the run remembers and its settings do not tell.
fn size_from_study(store: &Store, name: &str) -> Option<(String, String)> {
    store.run(name).ok()?.settings.into_iter().find(|setting| setting.0 == SIZE_FROM)
}

fn checkpoint(store: &Store, name: &str, from: Option<&Path>, screen: &Screen) -> Result<Checkpoint> {
    if let Some(path) = from {
        return Ok(Checkpoint::read(path)?);
    }
    let newest = CheckpointFolder::of_run(&store.folder(name)?).newest()?;
    let lang = screen.style.lang;
    for error in &newest.passed_over {
        screen.note(&Notice::PassedOver { error: lang.error(error) }.text(lang));
    }
    Ok(newest.checkpoint)
}

/// The settings in force from here on, for a run on so many samples.
fn changed(mut config: RunConfig, asked: &ResumeArgs, state: &RunState, samples: u64) -> Result<RunConfig> {
    if let Some(epochs) = asked.epochs.filter(|epochs| !(epochs.is_finite() && *epochs > 0.0)) {
        return Err(UsageMessage::BadEpochs { epochs }.into());
    }
    if let Some(batch_size) = asked.batch_size {
        let stages = config.check(samples)?.stages_of(state.samples())?;
        let so_far = stages.iter().map(|stage| (stage.from_samples, stage.batch_size));
        // Before the first step there is no stage: the new size is the first.
        let mut sizes = so_far.chain([(state.samples(), batch_size)]);
        config.batch_size = sizes.next().map_or(batch_size, |first| first.1);
        let change = |(from, batch_size)| SizeChange { from: Duration::Samples(from), batch_size };
        config.size_changes = sizes.map(change).collect();
        // As much as fits at the new size.
        config.micro_batch_size = None;
    }
    config.duration = asked.epochs.map(Duration::Epochs).or(asked.duration).unwrap_or(config.duration);
    config.learning_rate = asked.lr.unwrap_or(config.learning_rate);
    Ok(config)
}

/// Refuses a run that has nothing left to do.
fn refuse_done(store: &Store, name: &str, asked: &ResumeArgs, state: &RunState, end: RunEnd) -> Result<()> {
    let (run, samples) = (name.to_owned(), state.samples());
    let longer = asked.epochs.is_some() || asked.duration.is_some();
    if let (true, RunEnd::Samples(wanted)) = (longer, end)
        && wanted <= samples
    {
        return Err(UsageMessage::AlreadyLonger { run, samples, wanted }.into());
    }
    let result = store.run_summary(name)?.result;
    match result {
        Some(result) if !longer && !goes_on(result.stopped_by) => {
            Err(UsageMessage::RunIsDone { run, samples }.into())
        }
        _ => Ok(()),
    }
}

/// Whether a run that ended so has something left to do. One that diverged may do better at a lower
/// rate.
fn goes_on(stopped_by: StoppedBy) -> bool {
    match stopped_by {
        StoppedBy::Signal | StoppedBy::Diverged => true,
        StoppedBy::Duration | StoppedBy::Target | StoppedBy::Patience => false,
    }
}
