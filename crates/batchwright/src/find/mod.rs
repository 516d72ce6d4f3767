//! `find`: decide the batch size, show why, remember it.

pub(crate) mod answer;
pub(crate) mod budget;
pub(crate) mod check;
pub(crate) mod command;
pub(crate) mod command_settings;
pub(crate) mod export;
pub(crate) mod fingerprint;
pub(crate) mod fit_command;
pub(crate) mod fit_network;
pub(crate) mod hooks;
pub(crate) mod live;
pub(crate) mod question;
pub(crate) mod settings;
pub(crate) mod show;

use crate::args::Global;
use crate::args::find::FindArgs;
use crate::find::answer::Session;
use crate::find::budget::budget;
use crate::find::question::Inquiry;
use crate::find::settings::network;
use crate::find::show::show;
use crate::prepare;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_find::EnergyCounters;
use batchwright_store::Store;
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
        return crate::find::fit_network::run(args, started.checked_add(budget(args)?), screen);
    }
    let signals = Signals::listen()?;
    if !is_study {
        return crate::find::fit_command::run(args, started, screen, &signals);
    }
    if !args.command.command.is_empty() {
        return crate::find::command::run(args, started, global, screen, &signals);
    }
    let data = prepare::data::open_and_split(&args.data)?;
    let model = prepare::network::model(&args.model);
    let energy = EnergyCounters::open(&args.powercap);
    let network = network(args, &data, &model, &energy)?;
    let inquiry = Inquiry::about_network(args, started, &data, &network)?;
    let store = Store::open(&global.runs)?;
    let result = Session { store: &store, screen, signals: &signals }.answer(&inquiry)?;
    show(&result, args, screen, &signals)
}
