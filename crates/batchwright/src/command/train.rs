//! `train`: one run, with its live view, rows, model and report.

use crate::args::{BatchSize, Global, MicroBatch, TrainArgs};
use crate::command::auto;
use crate::command::auto::{BatchSizeFrom, WithOrigin};
use crate::failure::{NO_ANSWER, usage};
use crate::memory::Desk;
use crate::prepare::{Network, Prepared};
use crate::screen::Screen;
use crate::signals::Signals;
use crate::{failure, prepare};
use anyhow::{Context, Result};
use batchwright_data::{Dataset, Encoding, Task};
use batchwright_find::{Direction, TargetSpec};
use batchwright_nn::{CpuOptions, Engine, Model, Optimizer};
use batchwright_store::{NewName, RowWriter, Store};
use batchwright_train::{
    CheckedRun, End, Event, Goal, MonotonicClock, Observer, RunConfig, RunData, RunOutcome, RunResult,
    SavedModel, StoppedBy, starting_learning_rate, train,
};
use batchwright_view::{plan_banner, row_heading, row_line, run_report, run_summary};
use indicatif::ProgressBar;
use std::process::ExitCode;

pub(crate) fn run(args: &TrainArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let auto = auto::is_wanted(args)?;
    let data = prepare::data(&args.data)?;
    let signals = Signals::listen()?;
    if !auto {
        return run_with(args, None, &data, global, screen, &signals);
    }
    check_all_but_batch_size(args, &data)?;
    let store = Store::open(&global.runs)?;
    let study = auto::study(args, &data, &Desk { store: &store, screen, signals: &signals })?;
    if let Some(code) = signals.exit_code() {
        return Ok(code);
    }
    let Some((args, from)) = auto::decided(args, &study, screen.style) else {
        screen.note(&auto::nothing_recommended(&study));
        return Ok(ExitCode::from(NO_ANSWER));
    };
    run_with(&args, Some(&from), &data, global, screen, &signals)
}

/// Refuses what would be refused at any batch size, before a study is run for it.
fn check_all_but_batch_size(args: &TrainArgs, data: &Prepared) -> Result<()> {
    let mut one = args.clone();
    one.batch.batch_size = Some(BatchSize::Samples(1));
    one.batch.micro_batch_size = MicroBatch::Auto;
    Job::check(&one, data).map(|_| ())
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
    let mut job = Job::check(args, data)?;
    job.settings.extend(from.map(|from| ("batch-size from".to_owned(), format!("study {}", from.study))));
    let mut engine = job.network(data).engine(job.run.batching().micro_batch_size)?;

    let store = Store::open(&global.runs)?;
    let plan = job.run.plan().copied().map_or_else(|| prepare::epoch_plan(&job.run.batching()), Ok)?;
    let made = format!("{} {}", prepare::short_name(&data.source), job.model.architecture);
    let wanted = args.name.as_deref().map_or(NewName::Numbered(&made), NewName::Exactly);
    let name = store.create_run(&wanted, &job.settings, &plan)?;

    let seconds = match job.run.end() {
        End::Seconds(seconds) => Some(seconds),
        End::Samples(_) => None,
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
    let outcome = train_and_record(&mut engine, data, &job, &name, &store, screen, signals);
    let finished = outcome
        .and_then(|outcome| finish(outcome, &engine, &job, &data.splits.encoding, &name, &store, screen));
    let result = match finished {
        Ok(result) => result,
        Err(error) => {
            // The run's own error is the one to report, whether or not it could be noted.
            let _ = store.fail_run(&name, &failure::message(&error));
            return Err(error);
        }
    };
    screen.say(&run_summary(&result, screen.style));
    screen.object(&WithOrigin { result: &result, batch_size_from: from })?;
    Ok(exit_code(args, &result, signals))
}

/// A run, checked.
struct Job {
    model: Model,
    options: CpuOptions,
    run: CheckedRun,
    /// Kept with the model: which samples it has not seen.
    split_seed: u64,
    /// Bytes of the whole run.
    memory_bytes: u64,
    settings: Vec<(String, String)>,
    /// Something that the user should know beforehand.
    remark: Option<String>,
}

impl Job {
    fn check(args: &TrainArgs, data: &Prepared) -> Result<Self> {
        let model = prepare::model(&args.model);
        let optimizer = prepare::optimizer(&args.optimizer)?;
        let (batch_size, micro) = prepare::batch(&args.batch)?;
        let mut config = config(args, batch_size, &optimizer, &data.splits.train)?;
        config.micro_batch_size = micro;
        // Checked before memory is planned for it.
        config.check(data.splits.train.len() as u64)?;
        let options = CpuOptions {
            micro_batch: 1,
            optimizer: optimizer.for_batch_size(batch_size),
            clip_norm: args.optimizer.clip_norm,
            seed: args.seed,
            threads: prepare::threads(args.threads, "--threads")?,
            memory_limit: prepare::memory_limit(args.batch.memory),
        };
        let network = Network { model: &model, data: &data.splits.train, options };
        let micro = network.micro_batch(batch_size, micro)?;
        let memory_bytes = network.memory(micro)?.bytes() as u64;
        config.micro_batch_size = Some(micro);
        let run = config.check(data.splits.train.len() as u64)?;
        let mut settings = prepare::settings(&args.data, &model, &optimizer, args.optimizer.clip_norm);
        settings.extend(run_settings(args, &config));
        let remark = prepare::beta2_remark(&optimizer, batch_size);
        Ok(Self { model, options, run, split_seed: args.data.split_seed, memory_bytes, settings, remark })
    }

    fn network<'a>(&'a self, data: &'a Prepared) -> Network<'a> {
        Network { model: &self.model, data: &data.splits.train, options: self.options }
    }
}

fn config(args: &TrainArgs, batch_size: u64, optimizer: &Optimizer, data: &dyn Dataset) -> Result<RunConfig> {
    Ok(RunConfig {
        batch_size,
        micro_batch_size: None,
        drop_last: args.batch.drop_last,
        duration: prepare::duration(&args.length, data.len() as u64)?,
        learning_rate: args.lr.unwrap_or_else(|| starting_learning_rate(optimizer, batch_size)),
        decay: args.schedule.into(),
        warmup: args.warmup,
        seed: args.seed,
        eval_every: args.eval_every,
        patience: args.patience,
        min_delta: args.min_delta,
        goal: args.target.as_ref().map(|target| goal(target, data.task())).transpose()?,
    })
}

/// The goal of a run; a study's `auto` means nothing here.
fn goal(target: &TargetSpec, task: Task) -> Result<Goal> {
    prepare::check_target(target)?;
    match target {
        TargetSpec::Given { metric, goal, direction: Direction::Below } if metric == "val_loss" => {
            Ok(Goal::LossBelow(*goal))
        }
        TargetSpec::Given { metric, goal, direction: Direction::Above } if metric == "val_accuracy" => {
            if matches!(task, Task::Regress { .. }) {
                return Err(usage(
                    "--target val_accuracy is for classes; give val_loss=VALUE where a number is predicted",
                ));
            }
            Ok(Goal::AccuracyAbove(*goal))
        }
        _ => Err(usage(
            "--target of a run is val_loss=VALUE (lower is better) or val_accuracy=VALUE (higher is better)",
        )),
    }
}

fn run_settings(args: &TrainArgs, config: &RunConfig) -> Vec<(String, String)> {
    let mut settings = vec![
        ("batch-size", config.batch_size.to_string()),
        ("micro-batch-size", config.micro_batch_size.unwrap_or(config.batch_size).to_string()),
        ("duration", config.duration.to_string()),
        ("lr", config.learning_rate.to_string()),
        ("schedule", format!("{:?}", config.decay).to_lowercase()),
        ("seed", config.seed.to_string()),
    ];
    settings.extend(config.warmup.map(|warmup| ("warmup", warmup.to_string())));
    settings.extend(config.eval_every.map(|every| ("eval-every", every.to_string())));
    settings.extend(config.patience.map(|patience| ("patience", patience.to_string())));
    settings.extend(config.patience.map(|_| ("min-delta", config.min_delta.to_string())));
    settings.extend(args.target.as_ref().map(|target| ("target", prepare::target_text(target))));
    settings.extend(args.batch.drop_last.then(|| ("drop-last", "yes".to_owned())));
    settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn train_and_record(
    engine: &mut dyn Engine,
    data: &Prepared,
    job: &Job,
    name: &str,
    store: &Store,
    screen: &Screen,
    signals: &Signals,
) -> Result<RunOutcome> {
    let splits = &data.splits;
    let samples = RunData {
        train: &splits.train,
        train_subset: &data.train_subset,
        validation: &splits.validation,
        test: &splits.test,
    };
    let mut live = Live {
        rows: RowWriter::new(store, name),
        bar: screen.progress(job.run.plan().map(|plan| plan.steps)),
        screen,
        signals,
        failed: None,
    };
    let outcome = train(engine, samples, &job.run, &MonotonicClock::default(), &mut live);
    live.bar.finish_and_clear();
    match live.failed {
        Some(error) => return Err(error).context("the run was stopped because its rows could not be saved"),
        None => live.rows.finish()?,
    }
    Ok(outcome?)
}

/// Shows and saves a run while it trains.
struct Live<'a> {
    rows: RowWriter<'a>,
    bar: ProgressBar,
    screen: &'a Screen,
    signals: &'a Signals,
    /// Why rows cannot be saved; stops the run.
    failed: Option<batchwright_store::StoreError>,
}

impl Observer for Live<'_> {
    fn event(&mut self, event: Event) {
        match event {
            Event::Started { .. } => {}
            Event::Step { step, loss, .. } => {
                // Drawing is limited by the bar; the text need not be made anew for each of a million steps a minute.
                if step % 16 == 0 {
                    self.bar.set_message(format!("loss {loss:.4}"));
                }
                self.bar.set_position(step);
            }
            Event::Row(row) => {
                self.screen.tell_above(&self.bar, &row_line(row, self.screen.style));
                if let Err(error) = self.rows.push(*row) {
                    self.failed.get_or_insert(error);
                }
            }
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came() || self.failed.is_some()
    }
}

/// Saves model, result and report.
fn finish(
    outcome: RunOutcome,
    engine: &dyn Engine,
    job: &Job,
    encoding: &Encoding,
    name: &str,
    store: &Store,
    screen: &Screen,
) -> Result<RunResult> {
    let folder = store.folder(name)?;
    let (model, report) = (folder.join("model.safetensors"), folder.join("report.html"));
    SavedModel::of(engine, &job.model, encoding, job.split_seed).save(&model)?;
    let batching = job.run.batching();
    let result = RunResult {
        run: name.to_owned(),
        samples: batching.samples,
        parameters: engine.parameters(),
        batch_size: batching.batch_size,
        micro_batch_size: batching.micro_batch_size,
        steps_per_epoch: batching.steps_per_epoch(),
        steps: outcome.steps,
        epochs: outcome.epochs,
        samples_seen: outcome.samples_seen,
        seconds: outcome.seconds,
        memory_bytes: job.memory_bytes,
        stopped_by: outcome.stopped_by,
        train: outcome.train,
        validation: outcome.validation,
        test: outcome.test,
        verdict: outcome.verdict,
        model: Some(model.display().to_string()),
        report: Some(report.display().to_string()),
    };
    store.finish_run(name, &result)?;
    let page = run_report(&store.run(name)?, None, screen.style.lang);
    std::fs::write(&report, page)
        .with_context(|| format!("{}: cannot write the report", report.display()))?;
    Ok(result)
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
