//! What every study asks, whatever it trains: sizes, rates, target, budget, and its name.

use crate::args::find::{ObjectiveArg, StudyArgs};
use crate::args::groups::MemoryArgs;
use crate::find::deadline::Deadline;
use crate::prepare;
use crate::shell::screen::Screen;
use crate::tracking::place::LogPlace;
use anyhow::Result;
use batchwright_find::{Rates, StrategyKind, StudyConfig};
use batchwright_store::Fingerprint;
use batchwright_train::Duration;
use batchwright_view::{Notice, UsageMessage};

/// Largest number of fresh seeds at a size.
const MOST_SEEDS: u64 = 400;
/// Wall-clock seconds of a study on the embedded data, and on other data.
const DEFAULT_BUDGETS: (f64, f64) = (45.0, 600.0);

/// What a study asks. What it trains is stored separately.
pub(crate) struct StudyQuestion {
    pub(crate) config: StudyConfig,
    /// What was asked, in the words of the command line.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) fingerprint: Fingerprint,
    /// The name that was asked for.
    pub(crate) name: Option<String>,
    /// The name is made from this if none was asked for.
    pub(crate) made_name: String,
    pub(crate) strategy: StrategyKind,
    /// Whether earlier studies are ignored.
    pub(crate) fresh: bool,
    /// Where its trials are logged.
    pub(crate) log_places: Vec<LogPlace>,
    /// Messages that are shown before a study.
    pub(crate) notices: Vec<Notice>,
    /// Whether the output of a command is shown. No live line is drawn then.
    pub(crate) show_output: bool,
    pub(crate) deadline: Deadline,
    /// The part of the budget that a study gets at least, however much is already used up when it
    /// starts.
    pub(super) least_left: std::time::Duration,
}

impl StudyQuestion {
    /// The budget of the command includes opening the data and checking an earlier answer.
    pub(crate) fn budget_left(&self) -> std::time::Duration {
        self.deadline.left().max(self.least_left)
    }

    pub(crate) fn tell_notices(&self, screen: &Screen) {
        self.notices.iter().for_each(|notice| screen.tell(&notice.text(screen.style.lang)));
    }
}

/// Wall-clock time for the whole command.
pub(super) fn budget(given: Option<Duration>, embedded: bool) -> Result<std::time::Duration> {
    let seconds = match given {
        Some(Duration::Seconds(seconds)) => seconds,
        Some(other) => return Err(no_time("--budget", other)),
        None if embedded => DEFAULT_BUDGETS.0,
        None => DEFAULT_BUDGETS.1,
    };
    time("--budget", seconds)
}

/// A duration that is not given in time.
pub(super) fn no_time(flag: &str, duration: Duration) -> anyhow::Error {
    UsageMessage::NoTime { flag: flag.to_owned(), found: duration.to_string() }.into()
}

/// A time, unless it is beyond what the clock counts.
pub(super) fn time(flag: &str, seconds: f64) -> Result<std::time::Duration> {
    let too_long = |_| UsageMessage::TimeTooLong { flag: flag.to_owned(), seconds }.into();
    std::time::Duration::try_from_secs_f64(seconds).map_err(too_long)
}

/// Most samples of a trial.
fn max_samples(args: &StudyArgs, tokens_per_sample: Option<u64>) -> Result<Option<u64>> {
    let Some(most) = args.max_samples else { return Ok(None) };
    match most.in_samples(tokens_per_sample) {
        Ok(Duration::Samples(samples)) => Ok(Some(samples)),
        _ => Err(UsageMessage::TokensWithoutText { flag: "--max-samples", found: most.to_string() }.into()),
    }
}

/// What is known of the training samples before a study.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownSamples {
    pub samples: Option<u64>,
    /// Tokens of each, of a text.
    pub tokens: Option<u64>,
}

/// How long trials are whose quality is compared: a time, or samples.
fn within(args: &StudyArgs, known: KnownSamples) -> Result<(Option<std::time::Duration>, Option<u64>)> {
    let Some(within) = args.within else { return Ok((None, None)) };
    if args.objective != ObjectiveArg::Quality {
        return Err(UsageMessage::WithinIsForQuality.into());
    }
    match within.in_samples(known.tokens) {
        Ok(Duration::Seconds(seconds)) => Ok((Some(time("--within", seconds)?), None)),
        Ok(Duration::Samples(samples)) => Ok((None, Some(samples))),
        Ok(Duration::Epochs(epochs)) => {
            let samples = known.samples.ok_or(UsageMessage::WithinEpochsNeedSamples)?;
            Ok((None, Some(((epochs * samples as f64).round() as u64).max(1))))
        }
        Ok(_) => Err(UsageMessage::NoLength { found: within.to_string() }.into()),
        Err(_) => Err(UsageMessage::TokensWithoutText { flag: "--within", found: within.to_string() }.into()),
    }
}

/// The settings that all studies share.
pub(super) fn study_config(args: &StudyArgs, deadline: Deadline, known: KnownSamples) -> Result<StudyConfig> {
    let (within, samples_within) = within(args, known)?;
    let rates = args.lr.clone().unwrap_or_else(Rates::around_start);
    Ok(StudyConfig {
        objective: args.objective.of_study().ok_or(UsageMessage::FitIsNoStudy)?,
        price_per_hour: args.price_per_hour,
        sizes: match args.max_batch_size {
            Some(cap) => args.batch_sizes.clone().capped(cap)?,
            None => args.batch_sizes.clone(),
        },
        rates: if args.lr_fixed { rates.fixed() } else { rates },
        target: args.target.clone(),
        seeds: args.seeds,
        // The study is limited by the budget.
        max_seeds: MOST_SEEDS.max(args.seeds),
        seed: args.seed,
        margin: args.margin,
        budget: Some(deadline.budget()),
        jobs: prepare::batch::threads(args.jobs, "--jobs")?,
        max_samples: samples_within.or(max_samples(args, known.tokens)?),
        within,
        reuse: args.reuse,
        ..StudyConfig::default()
    })
}

/// What every study asks, in the words of the command line.
pub(super) fn study_settings(
    args: &StudyArgs,
    config: &StudyConfig,
    deadline: Deadline,
    micro_batch_size: Option<u64>,
    memory: MemoryArgs,
) -> Vec<(String, String)> {
    let sizes: Vec<String> = config.sizes.sizes().iter().map(ToString::to_string).collect();
    let rates = args.lr.as_ref().map_or_else(|| "auto".to_owned(), ToString::to_string);
    let more = [
        ("objective", format!("{:?}", args.objective).to_lowercase()),
        ("strategy", format!("{:?}", args.strategy).to_lowercase()),
        ("target", prepare::batch::target_text(&args.target)),
        ("batch-sizes", sizes.join(",")),
        ("lr", rates),
        ("margin", args.margin.to_string()),
        ("seeds", args.seeds.to_string()),
        ("budget", format!("{}s", deadline.budget().as_secs_f64())),
        ("reuse", args.reuse.to_string()),
        ("seed", args.seed.to_string()),
    ];
    let given = [
        ("max-samples", config.max_samples),
        ("micro-batch-size", micro_batch_size),
        ("max-batch-size", args.max_batch_size),
        ("memory-limit", memory.bytes()),
    ];
    let given = given.into_iter().filter_map(|(key, value)| Some((key, value?.to_string())));
    let within = args.within.map(|within| ("within", within.to_string()));
    let price = args.price_per_hour.map(|price| ("price-per-hour", price.to_string()));
    let fixed = args.lr_fixed.then(|| ("lr-fixed", "yes".to_owned()));
    let all = more.into_iter().chain(fixed).chain(given).chain(within).chain(price);
    all.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A cap of 0 would leave no size to try.
pub(super) fn refuse_no_size(args: &StudyArgs) -> Result<()> {
    match args.max_batch_size {
        Some(0) => Err(UsageMessage::ZeroFlag { flag: "--max-batch-size" }.into()),
        _ => Ok(()),
    }
}
