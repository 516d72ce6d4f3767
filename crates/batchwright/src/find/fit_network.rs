//! `find --objective fit`: finds the largest micro-batch that runs within a memory limit, by
//! running sizes in child processes.

use crate::find::question::about_network::NetworkFit;
use crate::prepare::data::tell_remarks;
use crate::probe::child::beside_the_plan;
use crate::probe::prober::Prober;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_find::{FitAnswer, FitEnd, FitSubject, MemoryModel, STUDY_VERSION, largest_that_runs};
use batchwright_view::{fit_summary, probe_line};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Ends at the deadline, if there is one, with what is known by then.
pub(crate) fn run(asked: NetworkFit, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    tell_remarks(&asked.network.data.source, screen);
    show(&answer(asked, screen, signals)?, screen, signals)
}

/// Shows an answer.
pub(crate) fn show(answer: &FitAnswer, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    screen.say(&fit_summary(answer, screen.style));
    screen.object(&object(answer)?)?;
    Ok(signals.exit_code().unwrap_or(match answer.search.end {
        FitEnd::Found => ExitCode::SUCCESS,
        FitEnd::NoneFits { .. } | FitEnd::NoStep { .. } => ExitCode::from(NO_ANSWER),
        FitEnd::Failed { .. } => ExitCode::FAILURE,
    }))
}

fn answer(asked: NetworkFit, screen: &Screen, signals: &Signals) -> Result<FitAnswer> {
    let NetworkFit { network, memory_limit, cap, child_flags, deadline } = asked;
    let plan = network.plan(network.options());
    let plan = plan.memory(1)?;
    let validation = network.data.splits.validation.len();
    let beside = beside_the_plan(&network.data.splits.train, validation, &plan);
    let start = plan.largest_micro_batch(memory_limit.saturating_sub(beside)).unwrap_or(1);
    let prober = Prober { flags: child_flags, deadline: deadline.at(), signals };
    let bar = screen.progress(None);
    let search = largest_that_runs(start, cap, &mut |size, length| {
        bar.set_message(probe_line(size, length, screen.style));
        bar.tick();
        prober.run(size, length)
    });
    bar.finish_and_clear();
    let samples = network.data.splits.train.len() as u64;
    let model = MemoryModel::fit(&search.peaks());
    Ok(FitAnswer {
        subject: FitSubject::Network { samples, memory_limit },
        cap,
        search,
        evaluation: None,
        model,
    })
}

/// Adds a field; an unknown value is left out.
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
    if let Some(evaluation) = &answer.evaluation {
        object["evaluation"] = json!({
            "largest_that_fits": evaluation.largest_that_fits,
            "smallest_that_failed": evaluation.smallest_that_failed,
            "end": evaluation.end,
            "probes": evaluation.probes,
        });
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
