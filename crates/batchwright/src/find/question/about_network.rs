//! Questions about a network of ours: its best batch size, and the largest that fits.

use crate::args::find::{FindArgs, StudyArgs};
use crate::args::groups::MemoryArgs;
use crate::args::words::Flags;
use crate::find::deadline::Deadline;
use crate::find::export::Exports;
use crate::find::fingerprint::{network_workload, question};
use crate::find::question::study_question::{
    KnownSamples, StudyQuestion, budget, refuse_no_size, study_config, study_settings,
};
use crate::find::show::ShowOptions;
use crate::prepare;
use crate::prepare::prepared_network::PreparedNetwork;
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_data::Dataset;
use batchwright_find::{EnergyCounters, EnergyError, Network};
use batchwright_store::Fingerprint;
use batchwright_train::{Batching, Duration};
use batchwright_view::UsageMessage;
use std::path::PathBuf;
use std::time::Instant;

/// Which batch size of a network is best.
pub(crate) struct NetworkStudy {
    pub(crate) study: StudyQuestion,
    pub(crate) network: PreparedNetwork,
    pub(crate) trials: TrialSettings,
    pub(crate) show: ShowOptions,
}

impl NetworkStudy {
    pub(super) fn ask(args: FindArgs, deadline: Deadline) -> Result<Self> {
        let FindArgs { study, threads, micro_batch_size, memory, drop_last, name, explain, log_to, .. } =
            args;
        let exports = Exports::open(args.export)?;
        let network = PreparedNetwork::open(&args.network, threads.threads)?;
        let trials = TrialSettings::new(micro_batch_size, memory, drop_last, &study)?;
        let question = StudyQuestion {
            name,
            log_places: log_to,
            ..study_question(&study, &network, &trials, deadline)?
        };
        Ok(Self { study: question, network, trials, show: ShowOptions { explain, exports } })
    }
}

/// How the trials of a study train its network.
pub(crate) struct TrialSettings {
    micro_batch_size: Option<u64>,
    memory: MemoryArgs,
    /// Bytes for one training: the available memory is shared by as many trainings as there are
    /// jobs.
    memory_limit: Option<u64>,
    drop_last: bool,
    powercap: PathBuf,
    energy: Result<EnergyCounters, EnergyError>,
}

impl TrialSettings {
    fn new(
        micro_batch_size: Option<u64>,
        memory: MemoryArgs,
        drop_last: bool,
        study: &StudyArgs,
    ) -> Result<Self> {
        let jobs = prepare::batch::threads(study.jobs, "--jobs")?;
        let share = available_memory().map(|bytes| bytes / jobs as u64);
        Ok(Self {
            micro_batch_size,
            memory,
            memory_limit: [share, memory.bytes()].into_iter().flatten().min(),
            drop_last,
            energy: EnergyCounters::open(&study.powercap),
            powercap: study.powercap.clone(),
        })
    }

    /// The workload of the study.
    pub(crate) fn network<'a>(&'a self, network: &'a PreparedNetwork) -> Network<'a> {
        Network {
            engines: prepare::network::engines(),
            model: &network.model,
            train: &network.data.splits.train,
            augmentation: network.data.augmentation,
            validation: &network.data.splits.validation,
            optimizer: network.optimizer,
            clip_norm: network.clip_norm,
            precision: network.precision,
            micro_batch_size: self.micro_batch_size,
            drop_last: self.drop_last,
            threads: network.threads,
            memory_limit: self.memory_limit,
            energy: &self.energy,
        }
    }
}

/// The study of `train --batch-size auto`: it trains the same network and asks with the defaults of
/// `find`.
pub(crate) fn study_for_training(
    network: &PreparedNetwork,
    micro_batch_size: Option<u64>,
    memory: MemoryArgs,
    drop_last: bool,
    given_budget: Option<Duration>,
) -> Result<(TrialSettings, StudyQuestion)> {
    let started = Instant::now();
    let defaults = FindArgs::from_words(std::iter::empty())?.study;
    let study = StudyArgs { budget: given_budget, ..defaults };
    let deadline = Deadline::new(started, budget(study.budget, network.data.embedded)?);
    let trials = TrialSettings::new(micro_batch_size, memory, drop_last, &study)?;
    let question = study_question(&study, network, &trials, deadline)?;
    Ok((trials, question))
}

/// The question, without a name.
fn study_question(
    args: &StudyArgs,
    prepared: &PreparedNetwork,
    trials: &TrialSettings,
    deadline: Deadline,
) -> Result<StudyQuestion> {
    prepare::batch::check_target(&args.target)?;
    let network = trials.network(prepared);
    let samples = Some(network.train.len() as u64);
    let config =
        study_config(args, deadline, KnownSamples { samples, tokens: prepared.tokens_per_sample() })?;
    config.check(&network)?;
    for &size in config.sizes.sizes() {
        Batching::new(network.train.len() as u64, size, None, trials.drop_last)?;
    }
    let mut settings = prepared.settings();
    settings.extend(study_settings(args, &config, deadline, trials.micro_batch_size, trials.memory));
    settings.push(("threads".to_owned(), network.threads.to_string()));
    let remarks = |&size: &u64| {
        // Without a given size, whole batches where they fit.
        let micro_batch = trials.micro_batch_size.unwrap_or(size).min(size);
        let beta2 = prepare::network::beta2_remark(&network.optimizer, size);
        let batch_norm =
            prepare::network::batch_norm_remark(&prepared.model, network.train, size, micro_batch);
        beta2.into_iter().chain(batch_norm)
    };
    let precision = prepare::network::precision_remark(prepared.precision);
    Ok(StudyQuestion {
        notices: precision.into_iter().chain(config.sizes.sizes().iter().flat_map(remarks)).collect(),
        settings,
        fingerprint: Fingerprint {
            workload: network_workload(&network, trials.memory.bytes(), &trials.powercap),
            question: question(&config, args.strategy.into()),
        },
        name: None,
        made_name: format!("{} study", prepared.short_name()),
        strategy: args.strategy.into(),
        fresh: args.fresh,
        log_places: Vec::new(),
        show_output: false,
        deadline,
        // Opening the data takes time; some of the budget must be left for the study.
        least_left: deadline.budget() / 5,
        config,
    })
}

/// The largest micro-batch of a network that fits.
pub(crate) struct NetworkFit {
    pub(crate) network: PreparedNetwork,
    pub(crate) memory_limit: u64,
    /// No larger size is tried.
    pub(crate) cap: u64,
    /// Flags that every child gets.
    pub(crate) child_flags: Flags,
    pub(crate) deadline: Deadline,
}

impl NetworkFit {
    pub(super) fn ask(args: FindArgs, deadline: Deadline) -> Result<Self> {
        refuse_no_size(&args.study)?;
        if prepare::data::is_standard_input(&args.network.data) {
            return Err(UsageMessage::FitFromStdin.into());
        }
        let network = PreparedNetwork::open(&args.network, args.threads.threads)?;
        let Some(memory_limit) = prepare::network::memory_limit(args.memory) else {
            return Err(UsageMessage::UnknownMemory.into());
        };
        let samples = network.data.splits.train.len() as u64;
        let cap = args.study.max_batch_size.unwrap_or(samples).min(samples);
        let child_flags = child_flags(&args, memory_limit, network.threads);
        Ok(Self { network, memory_limit, cap, child_flags, deadline })
    }
}

fn child_flags(args: &FindArgs, memory_limit: u64, threads: usize) -> Flags {
    let mut flags = Flags::default();
    flags.value("memory-limit", memory_limit);
    flags.value("threads", threads);
    flags.network(&args.network);
    flags
}
