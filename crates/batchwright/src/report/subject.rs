//! What a report is about, with everything that is stored of it.

use crate::find::recorder::journal;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_find::{Journal, StudyResult};
use batchwright_store::{EntryKind, Store};
use batchwright_train::RunRecord;
use batchwright_view::{
    FailureMessage, Lang, Notice, RunRecordJson, StudyJson, UsageMessage, comparison_markdown,
    comparison_report, overlay_chart, overlay_chart_names, run_chart, run_chart_names, run_markdown,
    run_report, study_chart, study_chart_names, study_report, study_report_markdown, typed_command,
};

/// A run, a study, or several runs to be compared.
pub(crate) enum Subject {
    /// A run, with the reason if it failed, and the command that started it.
    Run { record: Box<RunRecord>, failure: Option<String>, command: Option<String> },
    /// A study, with its journal, where that is there, and the command that started it.
    Study {
        result: Box<StudyResult>,
        journal: Option<Journal>,
        settings: Vec<(String, String)>,
        command: Option<String>,
    },
    /// Several runs.
    Runs(Vec<RunRecord>),
}

impl Subject {
    pub(crate) fn load(names: &[String], store: &Store, screen: &Screen) -> Result<Self> {
        let run = |name: &String| match store.kind_of(name)? {
            EntryKind::Run => Ok(store.run(name)?),
            EntryKind::Study => Err(UsageMessage::CompareStudies { name: name.clone() }.into()),
        };
        match names {
            [name] => Self::load_one(name, store, screen),
            names => Ok(Self::Runs(names.iter().map(run).collect::<Result<_>>()?)),
        }
    }

    fn load_one(name: &str, store: &Store, screen: &Screen) -> Result<Self> {
        let command = store.origin(name)?.map(|origin| typed_command(&origin.arguments));
        if store.kind_of(name)? == EntryKind::Run {
            let failure = store.run_summary(name)?.reason;
            return Ok(Self::Run { record: Box::new(store.run(name)?), failure, command });
        }
        let study = store.study(name)?;
        let result = study.result.ok_or_else(|| FailureMessage::NoResult { study: name.to_owned() })?;
        let journal = readable_journal(store, name, screen);
        Ok(Self::Study { result: Box::new(result), journal, settings: study.settings, command })
    }

    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        Ok(match self {
            Self::Run { record, .. } => serde_json::to_value(RunRecordJson(record))?,
            Self::Study { result, .. } => serde_json::to_value(StudyJson(result))?,
            Self::Runs(records) => {
                serde_json::to_value(records.iter().map(RunRecordJson).collect::<Vec<_>>())?
            }
        })
    }

    pub(crate) fn html(&self, lang: Lang) -> String {
        match self {
            Self::Run { record, failure, .. } => run_report(record, failure.as_deref(), lang),
            Self::Study { result, journal, settings, .. } => {
                study_report(result, journal.as_ref(), settings, lang)
            }
            Self::Runs(records) => comparison_report(records, lang),
        }
    }

    pub(crate) fn markdown(&self, lang: Lang) -> String {
        match self {
            Self::Run { record, failure, command } => {
                run_markdown(record, failure.as_deref(), command.as_deref(), lang)
            }
            Self::Study { result, settings, command, .. } => {
                study_report_markdown(result, settings, command.as_deref(), lang)
            }
            Self::Runs(records) => comparison_markdown(records, lang),
        }
    }

    pub(crate) fn chart_names(&self) -> Vec<String> {
        match self {
            Self::Run { record, .. } => run_chart_names(record),
            Self::Runs(records) => overlay_chart_names(records),
            Self::Study { result, journal, .. } => study_chart_names(result, journal.as_ref()),
        }
    }

    pub(crate) fn chart(&self, name: &str, lang: Lang) -> Option<String> {
        match self {
            Self::Run { record, .. } => run_chart(name, record, lang),
            Self::Runs(records) => overlay_chart(name, records, lang),
            Self::Study { result, journal, .. } => study_chart(name, result, journal.as_ref(), lang),
        }
    }
}

/// The journal of a study. Without it curves have fewer points, so a damaged one is only told.
fn readable_journal(store: &Store, name: &str, screen: &Screen) -> Option<Journal> {
    journal(store, name).unwrap_or_else(|error| {
        let lang = screen.style.lang;
        let error = lang.error_chain(error.chain());
        screen.tell(&Notice::EntryLeftOut { error }.text(lang));
        None
    })
}
