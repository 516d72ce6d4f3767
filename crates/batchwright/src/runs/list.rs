//! `runs list`.

use crate::args::Global;
use crate::runs::entry::stored;
use crate::shell::failure;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::{EntryStatus, RunExtent, RunSummary, Store, StoreError, StudyAnswer, StudySummary};
use batchwright_view::{RunJson, entry_list};
use serde::Serialize;
use std::process::ExitCode;

/// Lists what can be read, then tells of each entry that cannot.
pub(crate) fn run(global: &Global, screen: &Screen) -> Result<ExitCode> {
    let store = Store::open_existing(&global.runs)?;
    let (runs, damaged_runs) = separated(store.runs()?);
    let (studies, damaged_studies) = separated(store.studies()?);
    screen.say(&entry_list(&runs, &studies, screen.style));
    let damaged: Vec<StoreError> = damaged_runs.into_iter().chain(damaged_studies).collect();
    screen.object(&Listed {
        runs: runs.iter().map(ListedRun::new).collect(),
        studies: studies.iter().map(ListedStudy::new).collect(),
        damaged: damaged.iter().map(ToString::to_string).collect(),
    })?;
    let failed = !damaged.is_empty();
    for error in damaged {
        screen.note(&failure::message(&error.into(), screen.style.lang));
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn separated<T>(entries: Vec<Result<T, StoreError>>) -> (Vec<T>, Vec<StoreError>) {
    let (mut read, mut damaged) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Ok(entry) => read.push(entry),
            Err(error) => damaged.push(error),
        }
    }
    (read, damaged)
}

/// The JSON of the list.
#[derive(Serialize)]
struct Listed<'a> {
    runs: Vec<ListedRun<'a>>,
    studies: Vec<ListedStudy<'a>>,
    /// Entries that cannot be read, as sentences.
    damaged: Vec<String>,
}

#[derive(Serialize)]
struct ListedRun<'a> {
    name: &'a str,
    status: EntryStatus,
    /// Seconds since 1970.
    created: i64,
    settings: stored::Settings<'a>,
    batch_size: u64,
    /// Steps and epochs that were taken, so far where there is no result.
    steps: Option<u64>,
    epochs: Option<f64>,
    best_validation_loss: Option<f64>,
    /// Why it failed.
    reason: Option<&'a str>,
    result: Option<RunJson<'a>>,
}

impl<'a> ListedRun<'a> {
    fn new(run: &'a RunSummary) -> Self {
        let reached = run.progress.unwrap_or(RunExtent { steps: 0, epochs: 0.0, best_loss: None });
        let result = run.result.as_ref();
        let begun = result.is_some() || run.progress.is_some();
        Self {
            name: &run.name,
            status: run.status,
            created: run.created,
            settings: stored::Settings(&run.settings),
            batch_size: run.plan.batching.batch_size,
            steps: begun.then(|| result.map_or(reached.steps, |result| result.steps)),
            epochs: begun.then(|| result.map_or(reached.epochs, |result| result.epochs)),
            best_validation_loss: result.map_or(reached.best_loss, |it| Some(it.validation.best_loss)),
            reason: run.reason.as_deref(),
            result: result.map(RunJson),
        }
    }
}

#[derive(Serialize)]
struct ListedStudy<'a> {
    name: &'a str,
    status: EntryStatus,
    /// Seconds since 1970.
    created: i64,
    settings: stored::Settings<'a>,
    #[serde(flatten)]
    answer: Option<StudyAnswer>,
    /// Entries in its journal.
    events: u64,
}

impl<'a> ListedStudy<'a> {
    fn new(study: &'a StudySummary) -> Self {
        Self {
            name: &study.name,
            status: study.status,
            created: study.created,
            settings: stored::Settings(&study.settings),
            answer: study.answer,
            events: study.events,
        }
    }
}
