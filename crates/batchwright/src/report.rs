//! `report`: shows a stored run or study, or several runs side by side, as a page, as JSON, or as one SVG per chart.

use crate::args::Global;
use crate::args::others::ReportArgs;
use crate::args::values::FormatArg;
use crate::shell::explain::Explain;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_find::StudyResult;
use batchwright_store::{EntryKind, Store};
use batchwright_train::RunRecord;
use batchwright_view::{
    FailureMessage, Lang, RunRecordJson, StudyJson, UsageMessage, comparison_report, overlay_chart,
    overlay_chart_names, run_chart, run_chart_names, run_report, study_chart, study_chart_names,
    study_report,
};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(args: &ReportArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let store = Store::open_existing(&global.runs)?;
    let subject = Subject::load(&args.names, &store)?;
    let lang = screen.style.lang;
    let format = args.format.unwrap_or(if global.json { FormatArg::Json } else { FormatArg::Html });
    if args.chart.is_some() && format != FormatArg::Svg {
        return Err(UsageMessage::ChartWithoutSvg.into());
    }
    match format {
        FormatArg::Json => match &args.output {
            None => screen.print_object(&subject.json()?)?,
            Some(path) => save_report(path, &serde_json::to_string_pretty(&subject.json()?)?)?,
        },
        FormatArg::Html => {
            let path = match (&args.output, args.names.as_slice()) {
                (Some(path), _) => path.clone(),
                (None, [name]) => store.folder(name)?.join("report.html"),
                (None, _) => global.runs.join("comparison.html"),
            };
            save_report(&path, &subject.html(lang))?;
            screen.say(&path.display().to_string());
        }
        FormatArg::Svg => {
            let folder = match (&args.output, args.names.as_slice()) {
                (Some(path), _) => path.clone(),
                (None, [name]) => store.folder(name)?,
                (None, _) => global.runs.join("comparison"),
            };
            for path in charts(&subject, args, &folder, lang)? {
                screen.say(&path.display().to_string());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the report is about.
enum Subject {
    /// A run, with the reason if it failed.
    Run(Box<RunRecord>, Option<String>),
    Study(Box<StudyResult>, Vec<(String, String)>),
    /// Several runs, to be compared.
    Runs(Vec<RunRecord>),
}

impl Subject {
    fn load(names: &[String], store: &Store) -> Result<Self> {
        let run = |name: &String| match store.kind_of(name)? {
            EntryKind::Run => Ok(store.run(name)?),
            EntryKind::Study => Err(UsageMessage::CompareStudies { name: name.clone() }.into()),
        };
        match names {
            [name] => Self::load_one(name, store),
            names => Ok(Self::Runs(names.iter().map(run).collect::<Result<_>>()?)),
        }
    }

    fn load_one(name: &str, store: &Store) -> Result<Self> {
        match store.kind_of(name)? {
            EntryKind::Run => Ok(Self::Run(Box::new(store.run(name)?), store.run_summary(name)?.reason)),
            EntryKind::Study => {
                let study = store.study(name)?;
                let result =
                    study.result.ok_or_else(|| FailureMessage::NoResult { study: name.to_owned() })?;
                Ok(Self::Study(Box::new(result), study.settings))
            }
        }
    }

    fn json(&self) -> Result<serde_json::Value> {
        Ok(match self {
            Self::Run(record, _) => serde_json::to_value(RunRecordJson(record))?,
            Self::Study(result, _) => serde_json::to_value(StudyJson(result))?,
            Self::Runs(records) => {
                serde_json::to_value(records.iter().map(RunRecordJson).collect::<Vec<_>>())?
            }
        })
    }

    fn html(&self, lang: Lang) -> String {
        match self {
            Self::Run(record, failure) => run_report(record, failure.as_deref(), lang),
            Self::Study(result, settings) => study_report(result, settings, lang),
            Self::Runs(records) => comparison_report(records, lang),
        }
    }

    fn chart_names(&self) -> Vec<String> {
        match self {
            Self::Run(record, _) => run_chart_names(record),
            Self::Runs(records) => overlay_chart_names(records),
            Self::Study(result, _) => study_chart_names(result).into_iter().map(str::to_owned).collect(),
        }
    }

    fn chart(&self, name: &str, lang: Lang) -> Option<String> {
        match self {
            Self::Run(record, _) => run_chart(name, record, lang),
            Self::Runs(records) => overlay_chart(name, records, lang),
            Self::Study(result, _) => study_chart(name, result, lang),
        }
    }
}

/// Writes one SVG per chart, or only the chart that was asked for.
fn charts(subject: &Subject, args: &ReportArgs, folder: &Path, lang: Lang) -> Result<Vec<PathBuf>> {
    let all = subject.chart_names();
    let wanted = match &args.chart {
        Some(name) if all.contains(name) => vec![name.clone()],
        Some(name) => {
            return Err(UsageMessage::UnknownChart { name: name.clone(), all: all.join(", ") }.into());
        }
        None => all,
    };
    std::fs::create_dir_all(folder)
        .explain(|| FailureMessage::MakeFolder { path: folder.display().to_string() })?;
    let mut written = Vec::new();
    for name in wanted {
        if let Some(svg) = subject.chart(&name, lang) {
            let path = folder.join(format!("{name}.svg"));
            save_report(&path, &svg)?;
            written.push(path);
        }
    }
    Ok(written)
}
