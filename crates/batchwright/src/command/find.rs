//! `find`: decide the batch size, show why, remember it.

use crate::args::{FindArgs, Global, MemoryArgs};
use crate::command::foreign::{settings, study_config};
use crate::failure::{NO_ANSWER, usage};
use crate::fingerprint::{fingerprint, of_command};
use crate::memory::Desk;
use crate::memory_size::MemorySize;
use crate::prepare::Prepared;
use crate::screen::Screen;
use crate::signals::Signals;
use crate::{export, prepare};
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_find::command::CommandWorkload;
use batchwright_find::{
    EnergyCounters, EnergyError, Network, Rates, Recommendation, StrategyKind, StudyConfig, StudyEvent,
    StudyObserver, StudyResult, VerdictKind, Workload,
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
    export::check(&args.export, args.objective)?;
    let is_study = args.objective.of_study().is_some();
    if !is_study && args.command.command.is_empty() {
        return crate::command::fit::run(args, started.checked_add(budget(args)?), screen);
    }
    let signals = Signals::listen()?;
    if !is_study {
        return crate::command::foreign_fit::run(args, started, screen, &signals);
    }
    if !args.command.command.is_empty() {
        return crate::command::foreign::run(args, started, global, screen, &signals);
    }
    let data = prepare::data(&args.data)?;
    let model = prepare::model(&args.model);
    let energy = EnergyCounters::open(&args.powercap);
    let network = network(args, &data, &model, &energy)?;
    let inquiry = Inquiry::about_network(args, started, &data, &network)?;
    let store = Store::open(&global.runs)?;
    let result = Desk { store: &store, screen, signals: &signals }.answer(&inquiry)?;
    show(&result, args, screen, &signals)
}

/// Shows an answer.
pub(crate) fn show(
    result: &StudyResult,
    args: &FindArgs,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    screen.say(&study_summary(result, screen.style));
    if args.explain {
        screen.say(&study_explanation(result, screen.style));
    }
    screen.object(result)?;
    export::write(&args.export, result, screen.style.lang)?;
    Ok(signals.exit_code().unwrap_or(match result.verdict.kind {
        VerdictKind::Best | VerdictKind::Tie => ExitCode::SUCCESS,
        VerdictKind::Undecided | VerdictKind::Unreachable => ExitCode::from(NO_ANSWER),
    }))
}

/// What is asked, checked: everything that is settled before something runs.
pub(crate) struct Inquiry<'a> {
    pub(crate) workload: &'a dyn Workload,
    /// The same, where a command is trained.
    pub(crate) command: Option<&'a CommandWorkload>,
    pub(crate) config: StudyConfig,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) fingerprint: Fingerprint,
    /// The name that was asked for, and one that is made where none was.
    pub(crate) name: Option<String>,
    pub(crate) made_name: String,
    pub(crate) strategy: StrategyKind,
    /// Whether earlier studies are left aside.
    pub(crate) fresh: bool,
    /// Said before a study.
    notices: Vec<String>,
    /// Whether what a command prints is shown, so that no live line may stand in its way.
    show_output: bool,
    started: Instant,
    /// Wall-clock time of the whole command.
    budget: std::time::Duration,
}

impl<'a> Inquiry<'a> {
    pub(crate) fn about_network(
        args: &FindArgs,
        started: Instant,
        data: &Prepared,
        network: &'a Network<'a>,
    ) -> Result<Self> {
        let config = config(args)?;
        config.check(network)?;
        for &size in config.sizes.sizes() {
            Batching::new(data.splits.train.len() as u64, size, None, args.drop_last)?;
        }
        let beta2 = |&size: &u64| prepare::beta2_remark(&network.optimizer, size);
        let limit = args.memory.memory_limit.map(MemorySize::bytes);
        Ok(Self {
            notices: config.sizes.sizes().iter().filter_map(beta2).collect(),
            settings: network_settings(args, &config, network)?,
            fingerprint: fingerprint(data, network, limit, &config, args.strategy.into()),
            made_name: format!("{} {} study", prepare::short_name(&data.source), network.model.architecture),
            ..Self::about(args, started, network, config)?
        })
    }

    /// About a training command, by the name of its program.
    pub(crate) fn about_command(
        args: &FindArgs,
        started: Instant,
        command: &'a CommandWorkload,
        name: &str,
    ) -> Result<Self> {
        let config = study_config(args)?;
        config.check(command)?;
        Ok(Self {
            command: Some(command),
            settings: settings(args, &config)?,
            fingerprint: of_command(command.settings(), &config, args.strategy.into()),
            made_name: format!("{name} study"),
            show_output: args.command.show_output,
            ..Self::about(args, started, command, config)?
        })
    }

    /// What does not depend on what is trained.
    fn about(
        args: &FindArgs,
        started: Instant,
        workload: &'a dyn Workload,
        config: StudyConfig,
    ) -> Result<Self> {
        Ok(Self {
            workload,
            command: None,
            config,
            settings: Vec::new(),
            fingerprint: Fingerprint::default(),
            name: args.name.clone(),
            made_name: String::new(),
            strategy: args.strategy.into(),
            fresh: args.fresh,
            notices: Vec::new(),
            show_output: false,
            started,
            budget: budget(args)?,
        })
    }

    /// What opening the data and checking an earlier answer took is part of the command's budget, but never all of it. A training command's children
    /// end with the budget, so that there nothing may be left: never zero, which is no budget.
    pub(crate) fn budget_left(&self) -> std::time::Duration {
        let least = if self.command.is_some() { std::time::Duration::from_nanos(1) } else { self.budget / 5 };
        self.budget.saturating_sub(self.started.elapsed()).max(least)
    }

    pub(crate) fn tell_notices(&self, screen: &Screen) {
        self.notices.iter().for_each(|notice| screen.tell(notice));
    }
}

/// Wall-clock time of the whole command.
pub(crate) fn budget(args: &FindArgs) -> Result<std::time::Duration> {
    let embedded = args.data.data.is_none() && args.command.command.is_empty();
    let seconds = match args.budget {
        Some(Duration::Seconds(seconds)) => seconds,
        Some(other) => return Err(usage(format!("--budget {other} is no time; give e.g. 60s or 5min"))),
        None if embedded => DEFAULT_BUDGETS.0,
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
) -> Result<Network<'a>> {
    let jobs = prepare::threads(args.jobs, "--jobs")?;
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

fn config(args: &FindArgs) -> Result<StudyConfig> {
    prepare::check_target(&args.target)?;
    base_config(args)
}

/// The settings of a study, whatever it trains.
pub(crate) fn base_config(args: &FindArgs) -> Result<StudyConfig> {
    let rates = args.lr.clone().unwrap_or_else(Rates::around_start);
    Ok(StudyConfig {
        objective: args.objective.of_study().ok_or_else(|| usage("--objective fit is no study"))?,
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
        budget: Some(budget(args)?),
        jobs: prepare::threads(args.jobs, "--jobs")?,
        max_samples: args.max_samples,
        reuse: args.reuse,
        ..StudyConfig::default()
    })
}

fn network_settings(
    args: &FindArgs,
    config: &StudyConfig,
    network: &Network,
) -> Result<Vec<(String, String)>> {
    let mut settings = prepare::settings(&args.data, network.model, &network.optimizer, network.clip_norm);
    settings.extend(study_settings(args, config)?);
    settings.push(("threads".to_owned(), network.threads.to_string()));
    Ok(settings)
}

/// What was asked, whatever is trained, in the words of the command line.
pub(crate) fn study_settings(args: &FindArgs, config: &StudyConfig) -> Result<Vec<(String, String)>> {
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
        ("budget", format!("{}s", budget(args)?.as_secs_f64())),
        ("reuse", args.reuse.to_string()),
        ("seed", args.seed.to_string()),
    ];
    let given = [
        ("max-samples", args.max_samples),
        ("micro-batch-size", args.micro_batch_size),
        ("max-batch-size", args.max_batch_size),
        ("memory-limit", args.memory.memory_limit.map(MemorySize::bytes)),
    ];
    let given = given.into_iter().filter_map(|(key, value)| Some((key, value?.to_string())));
    let price = args.price_per_hour.map(|price| ("price-per-hour", price.to_string()));
    let all = more.into_iter().chain(given).chain(price);
    Ok(all.map(|(key, value)| (key.to_owned(), value)).collect())
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
        let bar = if inquiry.show_output { ProgressBar::hidden() } else { screen.progress(None) };
        Self { bar, screen, signals, started, budget, trials: 0, best: None }
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
