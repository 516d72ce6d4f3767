//! `resume` of a run: its newest checkpoint that is whole, its settings with what is to change, and
//! on from there.

use crate::args::Global;
use crate::args::groups::OptimizerArgs;
use crate::args::resume::ResumeArgs;
use crate::args::train::TrainArgs;
use crate::args::values::OptimizerArg;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::auto;
use crate::train::carry_out;
use crate::train::job::{SIZE_FROM, UnsizedRun};
use crate::train::record::{StoredRun, content_of};
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_data::Dataset;
use batchwright_store::{RunSummary, Store};
use batchwright_train::{
    Checkpoint, CheckpointFolder, Duration, RunConfig, RunEnd, RunState, SizeChange, StoppedBy, TrainError,
};
use batchwright_view::{Notice, UsageMessage, continues_line, data_remarks};
use clap::ValueEnum;
use std::path::Path;
use std::process::ExitCode;

/// Goes on with the run `name`, which this process owns and which `typed` started; from `from`, or
/// else from its newest checkpoint.
pub(crate) fn resume(
    mut typed: TrainArgs,
    asked: &ResumeArgs,
    (name, from): (&str, Option<&Path>),
    global: &Global,
    screen: &Screen,
) -> Result<ExitCode> {
    let store = Store::open(&global.runs)?;
    let before = store.run_summary(name)?;
    let checkpoint = checkpoint(&store, &before, from, screen)?;
    let data =
        typed.network.data.data.as_ref().map_or("digits".to_owned(), |path| path.display().to_string());
    keep_optimizer(&mut typed.network.optimizer, &before.settings);
    let (run, _) = UnsizedRun::check(typed)?;
    let content = content_of(&run.network.data.splits);
    if checkpoint.as_ref().is_some_and(|checkpoint| content != checkpoint.about.data) {
        return Err(TrainError::DataChanged { run: name.to_owned(), data }.into());
    }
    let samples = run.network.data.splits.train.len() as u64;
    let (config, mut state) = match checkpoint {
        Some(Checkpoint { about, state }) => (about.config, state),
        None => (config_of_start(&run.config, &before)?, RunState::default()),
    };
    if asked.lr.is_some() {
        state.forget_retries();
    }
    let counted = asked.duration.map(|duration| duration.in_samples(run.network.tokens_per_sample()));
    let changed = changed(config, asked, counted.transpose()?, (&state, samples))?;
    let (config, dropped) = without_reached(changed, asked, &before);
    let remarks = data_remarks(run.source().remarks(), screen.style.lang);
    let origin = auto::of_start(&run, asked.lr.or(run.learning_rate), &before.settings, &store, screen.style);
    let mut job = run.with(config)?;
    job.settings.extend(before.settings.iter().find(|setting| setting.0 == SIZE_FROM).cloned());
    refuse_done(&before, asked, &state, job.run.end())?;
    let engine = job.engine()?;
    let signals = Signals::listen()?;
    if state.rows().is_empty() {
        // There is no end that could be lost.
        store.rewind_run(name, &job.settings, &job.shown_plan()?, &[])?;
    }
    let discarded = from.and_then(|_| discarded(&store, &before, &state).transpose()).transpose()?;
    discarded.iter().chain(&dropped).for_each(|notice| screen.note(&notice.text(screen.style.lang)));
    remarks.iter().for_each(|remark| screen.tell(remark));
    let epochs = state.samples() as f64 / job.run.batching().samples_per_epoch() as f64;
    screen.tell(&continues_line(name, epochs, state.steps(), state.samples(), screen.style));
    let stored = StoredRun { job: &job, name, store: &store, content };
    carry_out(engine, &stored, Some(state), origin.as_ref(), screen, &signals)
}

/// The optimizer that a run has had so far, where none was typed: which one is the default may have been
/// another when it was started.
fn keep_optimizer(typed: &mut OptimizerArgs, settings: &[(String, String)]) {
    let setting = settings.iter().find(|setting| setting.0 == "optimizer");
    let name = setting.and_then(|(_, value)| value.split(' ').next());
    let of_run = name.and_then(|name| OptimizerArg::from_str(name, false).ok());
    typed.optimizer = typed.optimizer.or(of_run);
}

/// Where it goes on. `None` for a run that was interrupted before its first checkpoint: it begins.
fn checkpoint(
    store: &Store,
    before: &RunSummary,
    from: Option<&Path>,
    screen: &Screen,
) -> Result<Option<Checkpoint>> {
    if let Some(path) = from {
        return Ok(Some(Checkpoint::read_within(path, available_memory())?));
    }
    let begun = before.result.is_some() || before.progress.is_some_and(|progress| progress.steps > 0);
    let newest =
        match CheckpointFolder::of_run(&store.folder(&before.name)?).newest_within(available_memory()) {
            Err(TrainError::NoCheckpoint { .. }) if !begun => return Ok(None),
            newest => newest?,
        };
    let lang = screen.style.lang;
    for error in &newest.passed_over {
        screen.note(&Notice::PassedOver { error: lang.error(error) }.text(lang));
    }
    Ok(Some(newest.checkpoint))
}

/// The settings with which a run was started: those of its flags, with the size and the rate that
/// were decided then, by a study perhaps.
fn config_of_start(flags: &RunConfig, run: &RunSummary) -> Result<RunConfig> {
    let text = |key| run.settings.iter().find(|setting| setting.0 == key).map(|setting| setting.1.as_str());
    let count = |key| text(key).and_then(|text| text.parse::<u64>().ok());
    let rate = text("lr").and_then(|text| text.parse::<f64>().ok());
    match (count("batch-size"), count("micro-batch-size"), rate) {
        (Some(batch_size), micro_batch_size @ Some(_), Some(learning_rate)) => {
            Ok(RunConfig { batch_size, micro_batch_size, learning_rate, ..flags.clone() })
        }
        _ => Err(UsageMessage::NoOrigin { name: run.name.clone() }.into()),
    }
}

/// What a run did after `state`, where it did anything.
fn discarded(store: &Store, before: &RunSummary, state: &RunState) -> Result<Option<Notice>> {
    let files = CheckpointFolder::of_run(&store.folder(&before.name)?).list()?;
    let steps = before.result.as_ref().map(|result| result.steps);
    let steps = steps.or(before.progress.map(|progress| progress.steps));
    let newest = steps.into_iter().chain(files.first().map(|file| file.0)).max();
    let newest = newest.filter(|&newest| newest > state.steps());
    let notice = |newest| Notice::GoesBack { run: before.name.clone(), step: state.steps(), newest };
    Ok(newest.map(notice))
}

/// A run that ended by its target or its patience, and is to be longer, goes on without what would
/// end it again.
fn without_reached(
    mut config: RunConfig,
    asked: &ResumeArgs,
    before: &RunSummary,
) -> (RunConfig, Option<Notice>) {
    let run = before.name.clone();
    let stopped_by = before.result.as_ref().map(|result| result.stopped_by);
    let dropped = match stopped_by.filter(|_| is_longer(asked)) {
        Some(StoppedBy::Target) => {
            config.goal = None;
            Some(Notice::WithoutTarget { run })
        }
        Some(StoppedBy::Patience) => {
            config.patience = None;
            Some(Notice::WithoutPatience { run })
        }
        _ => None,
    };
    (config, dropped)
}

/// Whether a length is asked for.
fn is_longer(asked: &ResumeArgs) -> bool {
    asked.epochs.is_some() || asked.duration.is_some()
}

/// The settings in force from here on, for a run on so many samples; `duration` is that which is
/// asked for, tokens counted in samples.
fn changed(
    mut config: RunConfig,
    asked: &ResumeArgs,
    duration: Option<Duration>,
    (state, samples): (&RunState, u64),
) -> Result<RunConfig> {
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
    config.duration = asked.epochs.map(Duration::Epochs).or(duration).unwrap_or(config.duration);
    config.learning_rate = asked.lr.unwrap_or(config.learning_rate);
    Ok(config)
}

/// Refuses a run that has nothing left to do, also where an older state of it is given.
fn refuse_done(before: &RunSummary, asked: &ResumeArgs, state: &RunState, end: RunEnd) -> Result<()> {
    let run = before.name.clone();
    let done = before.result.as_ref().filter(|result| !goes_on(result.stopped_by));
    let samples = done.map_or(0, |result| result.samples_seen).max(state.samples());
    let longer = is_longer(asked);
    if let (true, RunEnd::Samples(wanted)) = (longer, end)
        && wanted <= samples
    {
        return Err(UsageMessage::AlreadyLonger { run, samples, wanted }.into());
    }
    match done {
        Some(_) if !longer => Err(UsageMessage::RunIsDone { run, samples }.into()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        optimizer: OptimizerArgs,
    }

    /// A run of a text that was started when SGD was the default for texts too has a state that AdamW
    /// cannot go on with.
    #[test]
    fn a_run_keeps_its_optimizer() {
        let kept = |typed: &str, of_run: &str| {
            let mut args = Line::parse_from(["x"].into_iter().chain(typed.split_whitespace())).optimizer;
            keep_optimizer(&mut args, &[("optimizer".to_owned(), of_run.to_owned())]);
            args.optimizer
        };
        assert_eq!(kept("", "sgd"), Some(OptimizerArg::Sgd));
        assert_eq!(kept("", "sgd (nesterov)"), Some(OptimizerArg::Sgd));
        assert_eq!(kept("", "adamw"), Some(OptimizerArg::Adamw));
        assert_eq!(kept("--optimizer adamw", "adamw"), Some(OptimizerArg::Adamw));
    }
}
