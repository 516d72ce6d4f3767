//! The charts of a report as files, one a chart.

#[cfg(feature = "png")]
use crate::report::png::Painter;
use crate::report::subject::Subject;
use crate::shell::explain::Explain;
use crate::shell::save::save_report;
use anyhow::Result;
use batchwright_view::{FailureMessage, Lang, UsageMessage};
use std::path::{Path, PathBuf};

/// What a chart is written as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PictureKind {
    Svg,
    /// With so many pixels for each of the chart's 480 units of width.
    Png {
        scale: f64,
    },
}

/// Writes every chart, or only the one that was asked for, and returns the files.
pub(crate) fn write_pictures(
    subject: &Subject,
    only: Option<&str>,
    kind: PictureKind,
    folder: &Path,
    lang: Lang,
) -> Result<Vec<PathBuf>> {
    let all = subject.chart_names();
    let wanted = match only {
        Some(name) if all.iter().any(|known| known == name) => vec![name.to_owned()],
        Some(name) => {
            return Err(UsageMessage::UnknownChart { name: name.to_owned(), all: all.join(", ") }.into());
        }
        None => all,
    };
    let chart = |name: String| subject.chart(&name, lang).map(|svg| (name, svg));
    let charts: Vec<(String, String)> = wanted.into_iter().filter_map(chart).collect();
    let files = files(charts, kind, lang)?;
    std::fs::create_dir_all(folder)
        .explain(|| FailureMessage::MakeFolder { path: folder.display().to_string() })?;
    let mut written = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        save_report(&path, &content)?;
        written.push(path);
    }
    Ok(written)
}

/// Names and contents of the files.
fn files(charts: Vec<(String, String)>, kind: PictureKind, lang: Lang) -> Result<Vec<(String, Vec<u8>)>> {
    match kind {
        PictureKind::Svg => {
            Ok(charts.into_iter().map(|(name, svg)| (format!("{name}.svg"), svg.into_bytes())).collect())
        }
        PictureKind::Png { scale } => png_files(&charts, scale, lang),
    }
}

#[cfg(feature = "png")]
fn png_files(charts: &[(String, String)], scale: f64, lang: Lang) -> Result<Vec<(String, Vec<u8>)>> {
    let painter = Painter::new(lang, scale)?;
    let drawn = |(name, svg): &(String, String)| Ok((format!("{name}.png"), painter.png(name, svg)?));
    charts.iter().map(drawn).collect()
}

#[cfg(not(feature = "png"))]
fn png_files(_: &[(String, String)], _: f64, _: Lang) -> Result<Vec<(String, Vec<u8>)>> {
    Err(UsageMessage::BuiltWithoutPng.into())
}
