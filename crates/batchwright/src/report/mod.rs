//! `report`: shows a stored run or study, or several runs side by side, as a page, as JSON, as Markdown, or
//! as a picture a chart.
//!
//! - `subject`: what the report is about
//! - `pictures`: a file a chart, as SVG or PNG
//! - `png`: from SVG to PNG, with the fonts of the machine

mod pictures;
#[cfg(feature = "png")]
mod png;
mod subject;

use crate::args::Global;
use crate::args::others::ReportArgs;
use crate::args::values::FormatArg;
use crate::report::pictures::{PictureKind, write_pictures};
use crate::report::subject::Subject;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::Store;
use batchwright_view::UsageMessage;
use std::path::PathBuf;
use std::process::ExitCode;

/// Scale of a PNG where none is given: as sharp as most screens.
const SCALE: f64 = 2.0;
/// Smallest and largest scale.
const SCALES: (f64, f64) = (0.25, 10.0);

pub(crate) fn run(args: &ReportArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let format = args.format.unwrap_or(if global.json { FormatArg::Json } else { FormatArg::Html });
    check(args, format)?;
    let store = Store::open_existing(&global.runs)?;
    let subject = Subject::load(&args.names, &store, screen)?;
    let lang = screen.style.lang;
    // Below the folder of the one entry, or of all.
    let place = |of_one: &str, of_many: &str| -> Result<PathBuf> {
        Ok(match (&args.output, args.names.as_slice()) {
            (Some(path), _) => path.clone(),
            (None, [name]) => store.folder(name)?.join(of_one),
            (None, _) => global.runs.join(of_many),
        })
    };
    match format {
        FormatArg::Json => match &args.output {
            None => screen.print_object(&subject.json()?)?,
            Some(path) => save_report(path, &serde_json::to_string_pretty(&subject.json()?)?)?,
        },
        FormatArg::Md => match &args.output {
            None => screen.print(&subject.markdown(lang)),
            Some(path) => save_report(path, &subject.markdown(lang))?,
        },
        FormatArg::Html => {
            let path = place("report.html", "comparison.html")?;
            save_report(&path, &subject.html(lang))?;
            screen.say(&path.display().to_string());
        }
        FormatArg::Svg | FormatArg::Png => {
            let kind = match format {
                FormatArg::Png => PictureKind::Png { scale: args.scale.unwrap_or(SCALE) },
                _ => PictureKind::Svg,
            };
            let folder = place("", "comparison")?;
            for path in write_pictures(&subject, args.chart.as_deref(), kind, &folder, lang)? {
                screen.say(&path.display().to_string());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses flags that say nothing about this format.
fn check(args: &ReportArgs, format: FormatArg) -> Result<(), UsageMessage> {
    if args.chart.is_some() && !matches!(format, FormatArg::Svg | FormatArg::Png) {
        return Err(UsageMessage::ChartWithoutPicture);
    }
    match args.scale {
        Some(_) if format != FormatArg::Png => Err(UsageMessage::ScaleWithoutPng),
        Some(scale) if !(SCALES.0..=SCALES.1).contains(&scale) => {
            Err(UsageMessage::BadScale { scale, least: SCALES.0, most: SCALES.1 })
        }
        _ => Ok(()),
    }
}
