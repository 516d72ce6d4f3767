//! `train`: one run, with its live view, rows, model and report.

pub(crate) mod auto;
pub(crate) mod job;
pub(crate) mod record;

use crate::args::Global;
use crate::args::train::TrainArgs;
use crate::find::answer::Session;
use crate::prepare;
use crate::prepare::data::Prepared;
use crate::shell::failure;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::auto::{BatchSizeFrom, WithOrigin};
use crate::train::job::{RunJob, check_all_but_batch_size};
use crate::train::record::{finish, train_and_record};
use anyhow::Result;
use batchwright_store::{NewName, Store};
use batchwright_train::{RunEnd, RunResult, StoppedBy};
use batchwright_view::{RunJson, plan_banner, row_heading, run_summary};
use std::process::ExitCode;

pub(crate) fn run(args: &TrainArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let auto = auto::is_wanted(args)?;
    let data = prepare::data::open_and_split(&args.data)?;
    let signals = Signals::listen()?;
    if !auto {
        return run_with(args, None, &data, global, screen, &signals);
    }
    check_all_but_batch_size(args, &data)?;
    let store = Store::open(&global.runs)?;
    let study = auto::study(args, &data, &Session { store: &store, screen, signals: &signals })?;
    if let Some(code) = signals.exit_code() {
        return Ok(code);
    }
    let Some((args, from)) = auto::decided(args, &study, screen.style) else {
        screen.note(&auto::nothing_recommended(&study));
        return Ok(ExitCode::from(NO_ANSWER));
    };
    run_with(&args, Some(&from), &data, global, screen, &signals)
}

/// Trains; `from` says where batch size and rate come from, if from a study.
fn run_with(
    args: &TrainArgs,
    from: Option<&BatchSizeFrom>,
    data: &Prepared,
    global: &Global,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    let mut job = RunJob::check(args, data)?;
    job.settings.extend(from.map(|from| ("batch-size from".to_owned(), format!("study {}", from.study))));
    let mut engine = job.network(data).engine(job.run.batching().micro_batch_size)?;

    let store = Store::open(&global.runs)?;
    let plan = job.run.plan().copied().map_or_else(|| prepare::batch::epoch_plan(&job.run.batching()), Ok)?;
    let made = format!("{} {}", prepare::data::short_name(&data.source), job.model.architecture);
    let wanted = args.name.as_deref().map_or(NewName::Numbered(&made), NewName::Exactly);
    let name = store.create_run(&wanted, &job.settings, &plan)?;

    let seconds = match job.run.end() {
        RunEnd::Seconds(seconds) => Some(seconds),
        RunEnd::Samples(_) => None,
    };
    screen.tell(&plan_banner(
        &plan,
        seconds,
        Some(engine.parameters()),
        Some(job.memory_bytes),
        screen.style,
    ));
    if let Some(remark) = &job.remark {
        screen.tell(remark);
    }
    if let Some(from) = from {
        screen.tell(&from.said);
    }
    screen.tell(&row_heading(screen.style));
    let outcome = train_and_record(engine.as_mut(), data, &job, &name, &store, screen, signals);
    let finished = outcome.and_then(|outcome| {
        finish(outcome, engine.as_ref(), &job, &data.splits.encoding, &name, &store, screen)
    });
    let result = match finished {
        Ok(result) => result,
        Err(error) => {
            // The run's own error is the one to report, whether or not it could be noted.
            let _ = store.fail_run(&name, &failure::message(&error));
            return Err(error);
        }
    };
    screen.say(&run_summary(&result, screen.style));
    screen.object(&WithOrigin { result: RunJson(&result), batch_size_from: from })?;
    Ok(exit_code(args, &result, signals))
}

fn exit_code(args: &TrainArgs, result: &RunResult, signals: &Signals) -> ExitCode {
    match result.stopped_by {
        StoppedBy::Signal => signals.exit_code().unwrap_or(ExitCode::FAILURE),
        StoppedBy::Diverged => ExitCode::FAILURE,
        StoppedBy::Target => ExitCode::SUCCESS,
        StoppedBy::Duration | StoppedBy::Patience if args.target.is_some() => ExitCode::from(NO_ANSWER),
        StoppedBy::Duration | StoppedBy::Patience => ExitCode::SUCCESS,
    }
}
