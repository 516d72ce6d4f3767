//! `runs show`.

use crate::args::Global;
use crate::runs::entry::{Stored, shown, stored};
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::{EntryKind, EntryStatus, Store};
use batchwright_train::{Plan, RunRow};
use batchwright_view::{RunJson, ShownEntry, StudyJson, run_page, study_page};
use serde::Serialize;
use std::process::ExitCode;

pub(crate) fn run(name: &str, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let store = Store::open_existing(&global.runs)?;
    let stored = Stored::load(&store, name)?;
    let entry = shown(&store, &stored)?;
    match &stored {
        Stored::Run(_, record) => screen.say(&run_page(&entry, record, screen.style)),
        Stored::Study(study, result) => {
            let page = study_page(&entry, &study.settings, study.events, result.as_deref(), screen.style);
            screen.say(&page);
        }
    }
    screen.object(&Shown::new(&entry, &stored))?;
    Ok(ExitCode::SUCCESS)
}

/// The JSON of one run or study. The rows are in `runs export --format json`.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    kind: EntryKind,
    status: EntryStatus,
    /// Why it failed.
    reason: Option<&'a str>,
    /// Seconds since 1970.
    created: i64,
    /// The command line, as it can be typed.
    command_line: Option<&'a str>,
    /// The working folder of the command line.
    folder: Option<&'a str>,
    settings: stored::Settings<'a>,
    #[serde(flatten)]
    content: Content<'a>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Run { plan: &'a Plan, rows: usize, last_row: Option<&'a RunRow>, result: Option<RunJson<'a>> },
    Study { events: u64, result: Option<StudyJson<'a>> },
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    bytes: u64,
}

impl<'a> Shown<'a> {
    fn new(entry: &'a ShownEntry, stored: &'a Stored) -> Self {
        let (kind, settings, content) = match stored {
            Stored::Run(_, record) => (
                EntryKind::Run,
                &record.settings,
                Content::Run {
                    plan: &record.plan,
                    rows: record.rows.len(),
                    last_row: record.rows.last(),
                    result: record.result.as_ref().map(RunJson),
                },
            ),
            Stored::Study(study, result) => (
                EntryKind::Study,
                &study.settings,
                Content::Study { events: study.events, result: result.as_deref().map(StudyJson) },
            ),
        };
        Self {
            name: &entry.name,
            kind,
            status: entry.status,
            reason: entry.reason.as_deref(),
            created: entry.created,
            command_line: entry.command.as_deref(),
            folder: entry.folder.as_deref(),
            settings: stored::Settings(settings),
            content,
            files: entry.files.iter().map(|(path, bytes)| File { path, bytes: *bytes }).collect(),
        }
    }
}
