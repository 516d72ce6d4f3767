//! TODO

use crate::args::find::FindArgs;
use crate::args::groups::MemoryArgs;
use crate::args::memory_size::MemorySize;
use crate::find::MOST_SEEDS;
use crate::find::budget::budget;
use crate::prepare;
use crate::prepare::data::Prepared;
use crate::shell::failure::usage;
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_find::{EnergyCounters, EnergyError, Network, Rates, StudyConfig};
use batchwright_nn::Model;

pub(crate) fn network<'a>(
    args: &FindArgs,
    data: &'a Prepared,
    model: &'a Model,
    energy: &'a Result<EnergyCounters, EnergyError>,
) -> Result<Network<'a>> {
    let jobs = prepare::batch::threads(args.jobs, "--jobs")?;
    Ok(Network {
        engines: prepare::network::engines(),
        model,
        train: &data.splits.train,
        validation: &data.splits.validation,
        optimizer: prepare::network::optimizer(&args.optimizer)?,
        clip_norm: args.optimizer.clip_norm,
        micro_batch_size: args.micro_batch_size,
        drop_last: args.drop_last,
        threads: prepare::batch::threads(args.threads, "--threads")?,
        memory_limit: memory_limit(args.memory, jobs),
        energy,
    })
}

/// Bytes of one training: as many run at a time as there are jobs, and together they get what is available.
pub(crate) fn memory_limit(args: MemoryArgs, jobs: usize) -> Option<u64> {
    let share = available_memory().map(|bytes| bytes / jobs as u64);
    let given = args.memory_limit.map(MemorySize::bytes);
    [share, given].into_iter().flatten().min()
}

pub(crate) fn config(args: &FindArgs) -> Result<StudyConfig> {
    prepare::batch::check_target(&args.target)?;
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
        jobs: prepare::batch::threads(args.jobs, "--jobs")?,
        max_samples: args.max_samples,
        reuse: args.reuse,
        ..StudyConfig::default()
    })
}

pub(crate) fn network_settings(
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
        ("target", prepare::batch::target_text(&args.target)),
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
