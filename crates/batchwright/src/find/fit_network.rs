//! `find --objective fit`: the largest micro-batch that runs within a memory limit, found by running sizes in child processes.

use crate::args::find::FindArgs;
use crate::args::words::Flags;
use crate::prepare;
use crate::prepare::network::NetworkPlan;
use crate::probe::prober::Prober;
use crate::shell::failure::{NO_ANSWER, usage};
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_find::{FitAnswer, FitEnd, FitSubject, MemoryModel, STUDY_VERSION, largest_that_runs};
use batchwright_nn::EngineOptions;
use batchwright_view::{fit_summary, probe_line};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Instant;

/// Ends at the deadline, if there is one, whatever is known by then.
pub(crate) fn run(args: &FindArgs, deadline: Option<Instant>, screen: &Screen) -> Result<ExitCode> {
    refuse_what_has_no_meaning(args)?;
    let signals = Signals::listen()?;
    show(&answer(args, deadline, screen, &signals)?, screen, &signals)
}

/// Shows an answer.
pub(crate) fn show(answer: &FitAnswer, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    screen.say(&fit_summary(answer, screen.style));
    screen.object(&object(answer)?)?;
    Ok(signals.exit_code().unwrap_or(match answer.search.end {
        FitEnd::Found => ExitCode::SUCCESS,
        FitEnd::NoneFits { .. } => ExitCode::from(NO_ANSWER),
        FitEnd::Failed { .. } => ExitCode::FAILURE,
    }))
}

/// Flags of a study would be ignored in silence.
pub(crate) fn refuse_what_has_no_meaning(args: &FindArgs) -> Result<()> {
    let given = [
        // A command may need one to run at all.
        ("--lr", args.lr.is_some() && args.command.command.is_empty()),
        ("--eval-samples", args.command.eval_samples.is_some()),
        ("--micro-batch-size", args.micro_batch_size.is_some()),
        ("--max-samples", args.max_samples.is_some()),
        ("--jobs", args.jobs.is_some()),
        ("--name", args.name.is_some()),
        ("--fresh", args.fresh),
        ("--explain", args.explain),
        ("--lr-fixed", args.lr_fixed),
        ("--price-per-hour", args.price_per_hour.is_some()),
        ("--drop-last", args.drop_last),
        ("--check", args.command.check),
        ("--keep-outputs", args.command.keep_outputs),
    ];
    let typed = args.typed.iter().map(|flag| format!("--{flag}"));
    let given = given.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag.to_owned());
    match given.chain(typed).next() {
        Some(flag) => Err(usage(format!("{flag} has no meaning with --objective fit; leave it out"))),
        None if args.max_batch_size == Some(0) => Err(usage("--max-batch-size is 0, expected at least 1")),
        None => Ok(()),
    }
}

fn answer(
    args: &FindArgs,
    deadline: Option<Instant>,
    screen: &Screen,
    signals: &Signals,
) -> Result<FitAnswer> {
    let data = prepare::data::open_and_split(&args.data)?;
    let model = prepare::network::model(&args.model);
    let Some(memory_limit) = prepare::network::memory_limit(args.memory) else {
        return Err(usage("how much memory is available is not known here; give --memory-limit, e.g. 2GiB"));
    };
    let threads = prepare::batch::threads(args.threads, "--threads")?;
    let options = EngineOptions {
        optimizer: prepare::network::optimizer(&args.optimizer)?,
        clip_norm: args.optimizer.clip_norm,
        threads,
        ..EngineOptions::default()
    };
    let network = NetworkPlan { model: &model, data: &data.splits.train, options };
    let samples = data.splits.train.len() as u64;
    let cap = args.max_batch_size.unwrap_or(samples).min(samples);
    let start = network.memory(1)?.largest_micro_batch(memory_limit).unwrap_or(1);
    let prober = Prober { flags: child_flags(args, memory_limit, threads), deadline, signals };
    let bar = screen.progress(None);
    let search = largest_that_runs(start, cap, &mut |size, length| {
        bar.set_message(probe_line(size, length, screen.style));
        bar.tick();
        prober.run(size, length)
    });
    bar.finish_and_clear();
    let model = MemoryModel::fit(&search.peaks());
    Ok(FitAnswer { subject: FitSubject::Network { samples, memory_limit }, cap, search, model })
}

/// What every child is told.
fn child_flags(args: &FindArgs, memory_limit: u64, threads: usize) -> Flags {
    let mut flags = Flags::default();
    flags.value("memory-limit", memory_limit);
    flags.value("threads", threads);
    flags.data(&args.data);
    flags.model(&args.model);
    flags.optimizer(&args.optimizer);
    flags
}

/// A field of what is not known is absent.
fn note(object: &mut Value, name: &str, value: Option<u64>) {
    if let Some(value) = value {
        object[name] = json!(value);
    }
}

/// The answer as JSON.
fn object(answer: &FitAnswer) -> Result<Value> {
    let search = &answer.search;
    let mut object = json!({
        "version": STUDY_VERSION,
        "objective": "fit",
        "max_batch_size": answer.cap,
        "fit": {
            "largest_that_fits": search.largest_that_fits,
            "smallest_that_failed": search.smallest_that_failed,
        },
        "end": search.end,
        "probes": search.probes,
    });
    if let Some(ran) = search.confirmed() {
        object["fit"]["peak_bytes"] = json!(ran.peak_bytes);
    }
    let planned = search.confirmed().and_then(|ran| ran.planned_bytes);
    let (samples, memory_limit) = match answer.subject {
        FitSubject::Network { samples, memory_limit } => (Some(samples), Some(memory_limit)),
        FitSubject::Command { memory_limit } => (None, memory_limit),
    };
    note(&mut object, "samples", samples);
    note(&mut object, "memory_limit_bytes", memory_limit);
    note(&mut object["fit"], "planned_bytes", planned);
    match &answer.model {
        Ok(model) => object["memory_model"] = serde_json::to_value(model)?,
        Err(error) => object["memory_model_refused"] = json!(error.to_string()),
    }
    Ok(object)
}
