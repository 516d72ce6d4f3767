//! `find`: decide the batch size, show why, remember it.

use crate::args::{FindArgs, Global};
use crate::failure::{NO_ANSWER, usage};
use crate::prepare::{self, Prepared};
use crate::screen::Screen;
use crate::signals::Signals;
use anyhow::{Context, Result};
use batchwright_find::{
    Network, Rates, Stage, StudyConfig, StudyEvent, StudyObserver, StudyResult, VerdictKind, run_study,
};
use batchwright_nn::{Model, available_memory};
use batchwright_store::{NewName, Store};
use batchwright_train::Duration;
use batchwright_view::{study_report, study_summary, study_table};
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Instant;

/// Wall-clock seconds of a study on the embedded data, and on other data.
const DEFAULT_BUDGETS: (f64, f64) = (45.0, 600.0);

pub(crate) fn run(args: &FindArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let started = Instant::now();
    let budget = budget(args)?;
    let data = prepare::data(&args.data)?;
    let model = prepare::model(&args.model);
    let network = network(args, &data, &model)?;
    let mut config = config(args, budget)?;
    config.check(&network)?;
    let signals = Signals::listen()?;

    let store = Store::open(&global.runs)?;
    let settings = settings(args, &model, &network, budget);
    let made = format!("{} {} study", prepare::short_name(&data.source), model.architecture);
    let wanted = args.name.as_deref().map_or(NewName::Numbered(&made), NewName::Exactly);
    config.name = store.create_study(&wanted, &settings)?;
    // What opening the data took is part of the command's budget, but never all of it.
    config.budget = Some(std::time::Duration::from_secs_f64(
        (budget - started.elapsed().as_secs_f64()).max(0.2 * budget),
    ));

    let mut live = Live {
        bar: screen.progress(None),
        screen,
        signals: &signals,
        started,
        budget,
        trials: 0,
        best: String::new(),
    };
    let result = run_study(&network, &config, &mut live);
    live.bar.finish_and_clear();
    let result = finish(result?, &settings, &store, screen)?;
    screen.say(&study_table(&result, screen.style));
    screen.say(&study_summary(&result, screen.style));
    screen.object(&result)?;
    Ok(signals.exit_code().unwrap_or(match result.verdict.kind {
        VerdictKind::Best | VerdictKind::Tie => ExitCode::SUCCESS,
        VerdictKind::Undecided | VerdictKind::Unreachable => ExitCode::from(NO_ANSWER),
    }))
}

/// The budget in seconds of wall-clock time.
fn budget(args: &FindArgs) -> Result<f64> {
    match args.budget {
        Some(Duration::Seconds(seconds)) => Ok(seconds),
        Some(other) => Err(usage(format!("--budget {other} is no time; give e.g. 60s or 5min"))),
        None if args.data.data.is_none() => Ok(DEFAULT_BUDGETS.0),
        None => Ok(DEFAULT_BUDGETS.1),
    }
}

fn network<'a>(args: &FindArgs, data: &'a Prepared, model: &'a Model) -> Result<Network<'a>> {
    Ok(Network {
        model,
        train: &data.splits.train,
        validation: &data.splits.validation,
        optimizer: prepare::optimizer(&args.optimizer)?,
        clip_norm: args.optimizer.clip_norm,
        micro_batch_size: args.micro_batch_size,
        drop_last: args.drop_last,
        threads: prepare::threads(args.threads, "--threads")?,
        memory_limit: available_memory(),
    })
}

fn config(args: &FindArgs, budget: f64) -> Result<StudyConfig> {
    let rates = args.lr.clone().unwrap_or_else(Rates::around_start);
    Ok(StudyConfig {
        objective: args.objective.into(),
        sizes: args.batch_sizes.clone(),
        rates: if args.lr_fixed { rates.fixed() } else { rates },
        target: args.target.clone(),
        seeds: args.seeds,
        max_seeds: StudyConfig::default().max_seeds.max(args.seeds),
        seed: args.seed,
        margin: args.margin,
        budget: Some(std::time::Duration::from_secs_f64(budget)),
        jobs: prepare::threads(args.jobs, "--jobs")?,
        max_samples: args.max_samples,
        ..StudyConfig::default()
    })
}

fn settings(args: &FindArgs, model: &Model, network: &Network, budget: f64) -> Vec<(String, String)> {
    let mut settings = prepare::settings(&args.data, model, &network.optimizer, network.clip_norm);
    let sizes: Vec<String> = args.batch_sizes.sizes().iter().map(ToString::to_string).collect();
    let more = [
        ("batch-sizes", sizes.join(",")),
        ("budget", format!("{budget}s")),
        ("seed", args.seed.to_string()),
        ("threads", network.threads.to_string()),
    ];
    settings.extend(more.map(|(key, value)| (key.to_owned(), value)));
    settings
}

/// Saves the result and its report.
fn finish(
    mut result: StudyResult,
    settings: &[(String, String)],
    store: &Store,
    screen: &Screen,
) -> Result<StudyResult> {
    let report = store.folder(&result.study)?.join("report.html");
    result.report = Some(report.display().to_string());
    store.finish_study(&result.study, &result)?;
    let page = study_report(&result, settings, screen.style.lang);
    std::fs::write(&report, page)
        .with_context(|| format!("{}: cannot write the report", report.display()))?;
    Ok(result)
}

/// One live line: what runs, what is best so far, and how much time is left.
struct Live<'a> {
    bar: ProgressBar,
    screen: &'a Screen,
    signals: &'a Signals,
    started: Instant,
    budget: f64,
    trials: u64,
    best: String,
}

impl Live<'_> {
    fn show(&self, what: &str) {
        let left = (self.budget - self.started.elapsed().as_secs_f64()).max(0.0);
        self.bar.set_message(format!("{what}  {}  {left:.0} s left", self.best));
        self.bar.tick();
    }
}

impl StudyObserver for Live<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        match event {
            StudyEvent::Stage(stage) => {
                let what = match stage {
                    Stage::Pace => "step times, measured alone",
                    Stage::Pilot => "pilot: a few rates at one size",
                    Stage::Search => "trials: sizes x learning rates x seeds",
                };
                if self.bar.is_hidden() {
                    self.screen.tell(what);
                }
                self.show(what);
            }
            StudyEvent::PaceMeasured { batch_size, step_time } => {
                self.show(&format!("step time at batch size {batch_size}: {:.3} ms", 1e3 * step_time.median));
            }
            StudyEvent::DoesNotFit { reason, .. } => self.screen.tell_above(&self.bar, reason),
            StudyEvent::TrialStarted { request, .. } => {
                self.show(&format!(
                    "trial {}: batch size {}, lr {:.4}",
                    self.trials + 1,
                    request.batch_size,
                    request.learning_rate
                ));
            }
            StudyEvent::TrialEnded(_) => self.trials += 1,
            StudyEvent::TargetChosen(target) => {
                self.screen.tell_above(&self.bar, &format!("target: {} {:.4}", target.metric, target.goal));
            }
            StudyEvent::BestSoFar(best) => {
                self.best = best.map_or_else(String::new, |best| format!("best so far {}", best.batch_size));
            }
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came()
    }
}
