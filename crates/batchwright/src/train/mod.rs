//! `train`: one run, with its live view, rows, model and report.

pub(crate) mod auto;
pub(crate) mod job;
pub(crate) mod lines;
pub(crate) mod live;
pub(crate) mod logged;
pub(crate) mod logs;
pub(crate) mod record;
pub(crate) mod resume;
pub(crate) mod teller;

use crate::args::Global;
use crate::args::train::TrainArgs;
use crate::prepare;
use crate::shell::failure;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::tracking::open::check_places;
use crate::train::auto::{BatchSizeFrom, WithOrigin};
use crate::train::job::{BatchChoice, RunJob, UnsizedRun};
use crate::train::logs::{open_log, tell_lost};
use crate::train::record::{StoredRun, content_of, finish, train_and_record};
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_nn::Engine;
use batchwright_store::{NewName, Store};
use batchwright_train::{RunEnd, RunResult, RunState, StoppedBy};
use batchwright_view::{PlanFacts, RunJson, plan_banner, row_heading, run_summary, size_stages};
use std::process::ExitCode;

pub(crate) fn run(args: TrainArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let (run, choice) = UnsizedRun::check(args)?;
    prepare::data::tell_remarks(run.source(), screen);
    check_places(run.log_places())?;
    let signals = Signals::listen()?;
    let (micro, budget) = match choice {
        BatchChoice::Given { batch_size, micro_batch_size } => {
            let job = run.at(batch_size, micro_batch_size, None)?;
            return train_job(job, None, global, screen, &signals);
        }
        BatchChoice::Auto { micro_batch_size, budget } => (micro_batch_size, budget),
    };
    run.check_at_any_size()?;
    let store = Store::open(&global.runs)?;
    let origin = global.origin()?;
    let study = auto::study(&run, micro, budget, &origin, &store, screen, &signals)?.saved()?;
    if let Some(code) = signals.exit_code() {
        return Ok(code);
    }
    let Some(from) = auto::decided(&run, run.learning_rate, &study, screen.style) else {
        screen.note(&auto::nothing_recommended(&study, screen.style));
        return Ok(ExitCode::from(NO_ANSWER));
    };
    let micro = micro.map(|micro| micro.min(from.batch_size));
    let mut job = run.at(from.batch_size, micro, Some(from.learning_rate))?;
    job.settings.push(from.setting());
    train_job(job, Some(&from), global, screen, &signals)
}

/// Trains a new run. `from` is the source of batch size and rate, if they come from a study.
fn train_job(
    job: RunJob,
    from: Option<&BatchSizeFrom>,
    global: &Global,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    let engine = job.engine()?;
    let store = Store::open(&global.runs)?;
    let made = job.network.short_name();
    let wanted = job.name.as_deref().map_or(NewName::Numbered(&made), NewName::Exactly);
    let name = store.create_run(&wanted, &job.settings, &job.shown_plan()?, &global.origin()?)?;
    let content = content_of(&job.network.data.splits);
    let stored = StoredRun { job: &job, name: &name, store: &store, content };
    carry_out(engine, &stored, None, from, screen, signals)
}

/// Trains a run that is in the store, from `start` on if it is given, and shows it.
fn carry_out(
    mut engine: Box<dyn Engine>,
    stored: &StoredRun,
    start: Option<RunState>,
    from: Option<&BatchSizeFrom>,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    let StoredRun { job, name, store, .. } = *stored;
    tell_plan(job, engine.as_ref(), from, screen)?;
    let mut log = open_log(stored, screen)?;
    let outcome = train_and_record(engine.as_mut(), stored, start, &mut log, screen, signals);
    // A run that could not go on is what it was before.
    let as_before = outcome.is_err() && store.run_summary(name).is_ok_and(|run| run.result.is_some());
    let finished = outcome.and_then(|trained| finish(trained, engine.as_ref(), stored, screen));
    let lost = match &finished {
        Ok(result) => log.finish(result),
        Err(_) => log.fail(),
    };
    tell_lost(&lost, name, screen);
    let result = match finished {
        Ok(result) => result,
        Err(error) => {
            if !as_before {
                // The error of the run is the one to report, even if it could not be stored.
                let _ = store.fail_run(name, &failure::message(&error, screen.style.lang));
            }
            return Err(error);
        }
    };
    screen.say(&run_summary(&result, screen.style));
    screen.object(&WithOrigin { result: RunJson(&result), batch_size_from: from })?;
    Ok(exit_code(job.has_target, &result, signals))
}

fn tell_plan(job: &RunJob, engine: &dyn Engine, from: Option<&BatchSizeFrom>, screen: &Screen) -> Result<()> {
    let seconds = match job.run.end() {
        RunEnd::Seconds(seconds) => Some(seconds),
        RunEnd::Samples(_) => None,
    };
    let later: Vec<u64> = job.config.size_changes.iter().map(|change| change.batch_size).collect();
    let (plan, memory) = (job.shown_plan()?, Some(job.memory_bytes));
    let facts = PlanFacts {
        later,
        seconds,
        tokens_per_sample: job.network.tokens_per_sample(),
        optimizer: Some(job.network.optimizer.name()),
        parameters: Some(engine.parameters()),
        memory_bytes: memory,
    };
    screen.tell(&plan_banner(&plan, &facts, screen.style));
    if let Some(text) = size_stages(&job.run.stages()?.unwrap_or_default(), screen.style) {
        screen.tell(&text);
    }
    for remark in &job.remarks {
        screen.tell(&remark.text(screen.style.lang));
    }
    if let Some(from) = from {
        screen.tell(&from.text);
    }
    let has_accuracy = job.network.data.splits.train.task().has_accuracy();
    screen.tell(&row_heading(has_accuracy, screen.style));
    Ok(())
}

fn exit_code(has_target: bool, result: &RunResult, signals: &Signals) -> ExitCode {
    match result.stopped_by {
        StoppedBy::Signal => signals.exit_code().unwrap_or(ExitCode::FAILURE),
        StoppedBy::Diverged => ExitCode::FAILURE,
        StoppedBy::Target => ExitCode::SUCCESS,
        StoppedBy::Duration | StoppedBy::Patience if has_target => ExitCode::from(NO_ANSWER),
        StoppedBy::Duration | StoppedBy::Patience => ExitCode::SUCCESS,
    }
}
