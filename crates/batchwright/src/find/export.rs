//! Files that the answer of a study is written into: `--export-json`, `--export-csv`,
//! `--export-markdown`.
//!
//! The content of an earlier export is kept until there is new content to replace it.
//!
//! Left out: what is written into them (`batchwright-view`).

use crate::args::find::ExportArgs;
use crate::shell::explain::{Explain, Failed};
use anyhow::Result;
use batchwright_data::{WriteError, check_writable, write_atomic};
use batchwright_find::StudyResult;
use batchwright_view::{FailureMessage, Lang, StudyJson, UsageMessage, study_csv, study_markdown};
use std::path::{Path, PathBuf};

/// A file that cannot be written.
fn failed(flag: &'static str, error: WriteError) -> anyhow::Error {
    let path = error.path.display().to_string();
    Failed::new(FailureMessage::WriteExport { flag, path }, error.source).into()
}

/// How an answer is written.
#[derive(Debug, Clone, Copy)]
enum Format {
    Json,
    Csv,
    Markdown,
}

impl Format {
    fn flag(self) -> &'static str {
        match self {
            Self::Json => "--export-json",
            Self::Csv => "--export-csv",
            Self::Markdown => "--export-markdown",
        }
    }

    fn text(self, study: &StudyResult, lang: Lang) -> Result<String> {
        Ok(match self {
            Self::Json => {
                let json = serde_json::to_string_pretty(&StudyJson(study));
                json.explain(|| FailureMessage::WriteJson)? + "\n"
            }
            Self::Csv => study_csv(study),
            Self::Markdown => study_markdown(study, lang),
        })
    }
}

/// The files that were asked for. All of them can be written.
#[derive(Debug)]
pub(crate) struct Exports(Vec<(Format, PathBuf)>);

impl Exports {
    /// Checks before a study that its answer can be written. A study of an hour must not fail at
    /// the end because a file cannot be created.
    pub(crate) fn open(args: ExportArgs) -> Result<Self> {
        let mut files: Vec<(Format, PathBuf)> = Vec::new();
        for (format, path) in wanted(args) {
            let flag = format.flag();
            if path == Path::new("-") {
                return Err(UsageMessage::ExportToStdout { flag }.into());
            }
            if files.iter().any(|(_, other)| *other == path) {
                return Err(UsageMessage::ExportTwice { flag, path: path.display().to_string() }.into());
            }
            check_writable(&path).map_err(|error| failed(flag, error))?;
            files.push((format, path));
        }
        Ok(Self(files))
    }

    /// Writes an answer into all files, also where one of them cannot be written. Returns the first
    /// error.
    pub(crate) fn write(&self, study: &StudyResult, lang: Lang) -> Result<()> {
        let files = self.0.iter();
        let written: Vec<_> = files.map(|(format, path)| write(*format, path, study, lang)).collect();
        written.into_iter().collect()
    }
}

fn write(format: Format, path: &Path, study: &StudyResult, lang: Lang) -> Result<()> {
    let written = write_atomic(path, format.text(study, lang)?.as_bytes());
    written.map_err(|error| failed(format.flag(), error))
}

fn wanted(args: ExportArgs) -> impl Iterator<Item = (Format, PathBuf)> {
    let ExportArgs { export_json, export_csv, export_markdown } = args;
    let files = [(Format::Json, export_json), (Format::Csv, export_csv), (Format::Markdown, export_markdown)];
    files.into_iter().filter_map(|(format, path)| Some((format, path?)))
}
