//! Files that the answer of a study is written into: `--export-json`, `--export-csv`,
//! `--export-markdown`.
//!
//! The content of an earlier export is kept until there is new content to replace it.
//!
//! Left out: what is written into them (`batchwright-view`).

use crate::args::find::ExportArgs;
use crate::shell::failure::usage;
use anyhow::{Context, Result};
use batchwright_data::{WriteError, check_writable, write_atomic};
use batchwright_find::StudyResult;
use batchwright_view::{Lang, StudyJson, study_csv, study_markdown};
use std::io;
use std::path::{Path, PathBuf};

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{flag} {}: cannot write the file: {source}", path.display())]
pub(crate) struct ExportError {
    flag: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl ExportError {
    fn new(flag: &'static str, error: WriteError) -> Self {
        Self { flag, path: error.path, source: error.source }
    }
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
                json.context("cannot write the result as JSON")? + "\n"
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
                return Err(usage(format!(
                    "{flag} -: stdout shows the study; give a file, or use --json to have the object there"
                )));
            }
            if files.iter().any(|(_, other)| *other == path) {
                return Err(usage(format!(
                    "{flag} {}: another export goes into that file; give each its own",
                    path.display()
                )));
            }
            check_writable(&path).map_err(|error| ExportError::new(flag, error))?;
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
    Ok(written.map_err(|error| ExportError::new(format.flag(), error))?)
}

fn wanted(args: ExportArgs) -> impl Iterator<Item = (Format, PathBuf)> {
    let ExportArgs { export_json, export_csv, export_markdown } = args;
    let files = [(Format::Json, export_json), (Format::Csv, export_csv), (Format::Markdown, export_markdown)];
    files.into_iter().filter_map(|(format, path)| Some((format, path?)))
}
