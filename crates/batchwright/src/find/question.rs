//! TODO

use crate::args::find::FindArgs;
use crate::args::memory_size::MemorySize;
use crate::find::budget::budget;
use crate::find::command_settings::{settings, study_config};
use crate::find::fingerprint::{fingerprint, of_command};
use crate::find::settings::{config, network_settings};
use crate::prepare;
use crate::prepare::data::Prepared;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_command::CommandWorkload;
use batchwright_data::Dataset;
use batchwright_find::{Network, StrategyKind, StudyConfig, Workload};
use batchwright_store::Fingerprint;
use batchwright_train::Batching;
use std::time::Instant;

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
    pub(crate) notices: Vec<String>,
    /// Whether what a command prints is shown, so that no live line may stand in its way.
    pub(crate) show_output: bool,
    pub(crate) started: Instant,
    /// Wall-clock time of the whole command.
    pub(crate) budget: std::time::Duration,
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
        let beta2 = |&size: &u64| prepare::network::beta2_remark(&network.optimizer, size);
        let limit = args.memory.memory_limit.map(MemorySize::bytes);
        Ok(Self {
            notices: config.sizes.sizes().iter().filter_map(beta2).collect(),
            settings: network_settings(args, &config, network)?,
            fingerprint: fingerprint(data, network, limit, &config, args.strategy.into()),
            made_name: format!(
                "{} {} study",
                prepare::data::short_name(&data.source),
                network.model.architecture
            ),
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
    pub(crate) fn about(
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
