//! `find`: decide the batch size, show why, remember it.

use crate::args::{FindArgs, Global, MemoryArgs};
use crate::failure::{NO_ANSWER, usage};
use crate::fingerprint::fingerprint;
use crate::memory::Desk;
use crate::memory_size::MemorySize;
use crate::prepare::{self, Prepared};
use crate::screen::Screen;
use crate::signals::Signals;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_find::{
    EnergyCounters, EnergyError, Network, Objective, Rates, Recommendation, StrategyKind, StudyConfig,
    StudyEvent, StudyObserver, VerdictKind,
};
use batchwright_nn::{Model, available_memory};
use batchwright_store::{Fingerprint, Store};
use batchwright_train::{Batching, Duration};
use batchwright_view::{pace_line, stage_line, study_explanation, study_summary, target_line, trial_line};
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Instant;

/// Most fresh seeds at a size.
const MOST_SEEDS: u64 = 400;
/// Wall-clock seconds of a study on the embedded data, and on other data.
const DEFAULT_BUDGETS: (f64, f64) = (45.0, 600.0);

pub(crate) fn run(args: &FindArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let started = Instant::now();
    if args.objective.of_study().is_none() {
        return super::fit::run(args, started.checked_add(budget(args)?), screen);
    }
    let data = prepare::data(&args.data)?;
    let model = prepare::model(&args.model);
    let energy = EnergyCounters::open(&args.powercap);
    let inquiry = Inquiry::new(args, started, &data, &model, &energy)?;
    let signals = Signals::listen()?;
    let store = Store::open(&global.runs)?;
    let result = Desk { store: &store, screen, signals: &signals }.answer(&inquiry)?;
    screen.say(&study_summary(&result, screen.style));
    if args.explain {
        screen.say(&study_explanation(&result, screen.style));
    }
    screen.object(&result)?;
    Ok(signals.exit_code().unwrap_or(match result.verdict.kind {
        VerdictKind::Best | VerdictKind::Tie => ExitCode::SUCCESS,
        VerdictKind::Undecided | VerdictKind::Unreachable => ExitCode::from(NO_ANSWER),
    }))
}

/// What is asked, checked: everything that is settled before something runs.
pub(crate) struct Inquiry<'a> {
    pub(crate) network: Network<'a>,
    pub(crate) config: StudyConfig,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) fingerprint: Fingerprint,
    /// The name that was asked for, and one that is made where none was.
    pub(crate) name: Option<String>,
    pub(crate) made_name: String,
    pub(crate) strategy: StrategyKind,
    /// Whether earlier studies are left aside.
    pub(crate) fresh: bool,
    started: Instant,
    /// Wall-clock time of the whole command.
    budget: std::time::Duration,
}

impl<'a> Inquiry<'a> {
    pub(crate) fn new(
        args: &FindArgs,
        started: Instant,
        data: &'a Prepared,
        model: &'a Model,
        energy: &'a Result<EnergyCounters, EnergyError>,
    ) -> Result<Self> {
        let budget = budget(args)?;
        let objective = args.objective.of_study().ok_or_else(|| usage("--objective fit is no study"))?;
        let config = config(args, objective, budget)?;
        let network = network(args, data, model, energy, config.jobs)?;
        config.check(&network)?;
        for &size in config.sizes.sizes() {
            Batching::new(data.splits.train.len() as u64, size, None, args.drop_last)?;
        }
        let limit = args.memory.memory_limit.map(MemorySize::bytes);
        Ok(Self {
            settings: settings(args, &config, model, &network, budget),
            fingerprint: fingerprint(data, &network, limit, &config, args.strategy.into()),
            name: args.name.clone(),
            made_name: format!("{} {} study", prepare::short_name(&data.source), model.architecture),
            strategy: args.strategy.into(),
            fresh: args.fresh,
            network,
            config,
            started,
            budget,
        })
    }

    /// What opening the data and checking an earlier answer took is part of the command's budget, but never all of it.
    pub(crate) fn budget_left(&self) -> std::time::Duration {
        self.budget.saturating_sub(self.started.elapsed()).max(self.budget / 5)
    }

    pub(crate) fn tell_remarks(&self, screen: &Screen) {
        for &size in self.config.sizes.sizes() {
            if let Some(remark) = prepare::beta2_remark(&self.network.optimizer, size) {
                screen.tell(&remark);
            }
        }
    }
}

/// Wall-clock time of the whole command.
fn budget(args: &FindArgs) -> Result<std::time::Duration> {
    let seconds = match args.budget {
        Some(Duration::Seconds(seconds)) => seconds,
        Some(other) => return Err(usage(format!("--budget {other} is no time; give e.g. 60s or 5min"))),
        None if args.data.data.is_none() => DEFAULT_BUDGETS.0,
        None => DEFAULT_BUDGETS.1,
    };
    let budget = std::time::Duration::try_from_secs_f64(seconds);
    budget.map_err(|_| {
        usage(format!("--budget of {seconds:e} s is longer than any clock counts; give e.g. 60s or 5min"))
    })
}

pub(crate) fn network<'a>(
    args: &FindArgs,
    data: &'a Prepared,
    model: &'a Model,
    energy: &'a Result<EnergyCounters, EnergyError>,
    jobs: usize,
) -> Result<Network<'a>> {
    Ok(Network {
        model,
        train: &data.splits.train,
        validation: &data.splits.validation,
        optimizer: prepare::optimizer(&args.optimizer)?,
        clip_norm: args.optimizer.clip_norm,
        micro_batch_size: args.micro_batch_size,
        drop_last: args.drop_last,
        threads: prepare::threads(args.threads, "--threads")?,
        memory_limit: memory_limit(args.memory, jobs),
        energy,
    })
}

/// Bytes of one training: as many run at a time as there are jobs, and together they get what is available.
fn memory_limit(args: MemoryArgs, jobs: usize) -> Option<u64> {
    let share = available_memory().map(|bytes| bytes / jobs as u64);
    let given = args.memory_limit.map(MemorySize::bytes);
    [share, given].into_iter().flatten().min()
}

fn config(args: &FindArgs, objective: Objective, budget: std::time::Duration) -> Result<StudyConfig> {
    prepare::check_target(&args.target)?;
    let rates = args.lr.clone().unwrap_or_else(Rates::around_start);
    Ok(StudyConfig {
        objective,
        price_per_hour: args.price_per_hour,
        sizes: match args.max_batch_size {
            Some(cap) => args.batch_sizes.clone().capped(cap)?,
            None => args.batch_sizes.clone(),
        },
        rates: if args.lr_fixed { rates.fixed() } else { rates },
        target: args.target.clone(),
        seeds: args.seeds,
        // The budget is what bounds the study.
        max_seeds: MOST_SEEDS.max(args.seeds),
        seed: args.seed,
        margin: args.margin,
        budget: Some(budget),
        jobs: prepare::threads(args.jobs, "--jobs")?,
        max_samples: args.max_samples,
        reuse: args.reuse,
        ..StudyConfig::default()
    })
}

fn settings(
    args: &FindArgs,
    config: &StudyConfig,
    model: &Model,
    network: &Network,
    budget: std::time::Duration,
) -> Vec<(String, String)> {
    let mut settings = prepare::settings(&args.data, model, &network.optimizer, network.clip_norm);
    let sizes: Vec<String> = config.sizes.sizes().iter().map(ToString::to_string).collect();
    let rates = args.lr.as_ref().map_or("around a start for each size", |_| "given");
    let more = [
        ("objective", format!("{:?}", args.objective).to_lowercase()),
        ("strategy", format!("{:?}", args.strategy).to_lowercase()),
        ("target", prepare::target_text(&args.target)),
        ("batch-sizes", sizes.join(",")),
        ("lr", if args.lr_fixed { "given, fixed".to_owned() } else { rates.to_owned() }),
        ("margin", args.margin.to_string()),
        ("seeds", args.seeds.to_string()),
        ("budget", format!("{}s", budget.as_secs_f64())),
        ("reuse", args.reuse.to_string()),
        ("seed", args.seed.to_string()),
        ("threads", network.threads.to_string()),
    ];
    settings.extend(args.price_per_hour.map(|price| ("price-per-hour".to_owned(), price.to_string())));
    settings.extend(more.map(|(key, value)| (key.to_owned(), value)));
    let given = [
        ("max-samples", args.max_samples),
        ("micro-batch-size", args.micro_batch_size),
        ("max-batch-size", args.max_batch_size),
        ("memory-limit", args.memory.memory_limit.map(MemorySize::bytes)),
    ];
    let given = given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_string())));
    settings.extend(given);
    settings
}

/// One live line: what runs, what is best so far, and how much time is left.
pub(crate) struct Live<'a> {
    bar: ProgressBar,
    screen: &'a Screen,
    signals: &'a Signals,
    started: Instant,
    budget: std::time::Duration,
    trials: u64,
    best: Option<Recommendation>,
}

impl<'a> Live<'a> {
    pub(crate) fn new(desk: &Desk<'a>, inquiry: &Inquiry) -> Self {
        let Desk { screen, signals, .. } = *desk;
        let (started, budget) = (inquiry.started, inquiry.budget);
        Self { bar: screen.progress(None), screen, signals, started, budget, trials: 0, best: None }
    }

    /// Removes the line.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl StudyObserver for Live<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        let style = self.screen.style;
        match event {
            StudyEvent::Stage(stage) => self.screen.tell_above(&self.bar, &stage_line(*stage, style)),
            StudyEvent::PaceMeasured { batch_size, step_time } => {
                self.bar.set_message(pace_line(*batch_size, step_time, style));
            }
            StudyEvent::DoesNotFit { reason, .. } => self.screen.tell_above(&self.bar, reason),
            StudyEvent::TrialStarted { request, .. } => {
                self.trials += 1;
                let left = self.budget.saturating_sub(self.started.elapsed()).as_secs_f64();
                self.bar.set_message(trial_line(self.trials, request, self.best.as_ref(), left, style));
            }
            StudyEvent::TrialEnded(_) => self.bar.tick(),
            StudyEvent::TargetChosen(target) => {
                self.screen.tell_above(&self.bar, &target_line(target, style))
            }
            StudyEvent::BestSoFar(best) => self.best = best.cloned(),
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came()
    }
}
