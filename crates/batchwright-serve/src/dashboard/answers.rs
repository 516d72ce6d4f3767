//! What pages are told of runs and studies, as JSON: sentences, cells and points. Numbers that are not
//! finite are `null`, as JSON has none.

use crate::dashboard::asked::{Asked, MOST_RUNS};
use crate::dashboard::curves::{Curve, Curves, Metric, Split};
use crate::dashboard::stores::Stores;
use batchwright_find::{Journal, from_json};
use batchwright_store::{EntryKind, EntryStatus, RunNow, RunSummary, Store, StoreError, StudyNow};
use batchwright_train::RunRecord;
use batchwright_view::{
    CurvePoint, CurveWindow, DashboardEntry, Lang, RunningStudy, comparison_part, entry_columns, run_entry,
    run_part, smooth_curve, study_entry, study_part, thin_curve, typed_command,
};
use serde_json::{Value, json};
use std::path::Path;

/// Columns of points that are sent for all lines of a chart together. Each still has its peaks where so
/// many lines share a chart that a column is wider than a pixel; a closer look asks for fewer lines, or for
/// a part of the axis.
const COLUMNS_OF_ALL: usize = 40_000;

/// A run in the list.
pub(crate) fn run_in_list(store: &Store, run: &RunSummary, lang: Lang) -> DashboardEntry {
    run_entry(run, run_now(store, run).as_ref(), lang)
}

/// What a run is doing now; `None` unless it runs and has told it.
fn run_now(store: &Store, run: &RunSummary) -> Option<RunNow> {
    (run.status == EntryStatus::Running).then(|| store.now_of(&run.name)).flatten()
}

/// All runs and studies, the newest first, or those of the names that were asked for.
pub(crate) fn entries(store: &Store, asked: &Asked) -> Result<Value, StoreError> {
    let (lang, mut damaged, mut found) = (asked.lang, Vec::new(), Vec::new());
    for run in store.runs()? {
        match run {
            Ok(run) => found.push((run.created, run_in_list(store, &run, lang))),
            Err(error) => damaged.push(lang.error(&error)),
        }
    }
    for study in store.studies()? {
        match study {
            Ok(study) => found.push((study.created, study_entry(&study, lang))),
            Err(error) => damaged.push(lang.error(&error)),
        }
    }
    found.reverse();
    // Of the same second, what was stored later stays first.
    found.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
    let wanted = |name: &String| asked.names.is_empty() || asked.names.contains(name);
    let entries: Vec<_> =
        found.into_iter().map(|(_, entry)| entry).filter(|entry| wanted(&entry.name)).collect();
    Ok(json!({ "columns": entry_columns(lang), "entries": entries, "notes": damaged }))
}

/// A run, with what stands above and below its curves.
pub(crate) fn run(store: &Store, runs: &Path, name: &str, lang: Lang) -> Result<Value, StoreError> {
    let summary = store.run_summary(name)?;
    let record = store.run(name)?;
    let now = run_now(store, &summary);
    let part = run_part(&summary, now.as_ref(), &record, lang);
    let mut answer = about(store, runs, name, summary.status)?;
    answer["above"] = part.above.into();
    answer["below"] = part.below.into();
    answer["alert"] = json!(run_entry(&summary, now.as_ref(), lang).alert);
    Ok(answer)
}

/// A study: its report, or what is known so far.
pub(crate) fn study(store: &Store, runs: &Path, name: &str, lang: Lang) -> Result<Value, StoreError> {
    let summary = store.study_summary(name)?;
    let record = store.study(name)?;
    let part = match &record.result {
        Some(result) if summary.status != EntryStatus::Running => {
            study_part(result, journal(store, name)?.as_ref(), &record.settings, lang)
        }
        _ => {
            let journal = journal(store, name)?;
            let (settings, running) = (&record.settings, summary.status == EntryStatus::Running);
            RunningStudy {
                journal: journal.as_ref(),
                settings,
                running,
                name,
                now: store.now_of::<StudyNow>(name).as_ref(),
            }
            .part(lang)
        }
    };
    let mut answer = about(store, runs, name, summary.status)?;
    answer["above"] = part.into();
    answer["alert"] = json!(study_entry(&summary, lang).alert);
    Ok(answer)
}

/// What runs and studies have in common: state, how it was started, how it goes on.
fn about(store: &Store, runs: &Path, name: &str, status: EntryStatus) -> Result<Value, StoreError> {
    let origin = store.origin(name)?;
    let goes_on = matches!(status, EntryStatus::Lost | EntryStatus::Stopped | EntryStatus::Failed);
    let resume = ["resume".into(), name.into(), "--runs".into(), runs.as_os_str().to_owned()];
    // A folder of its own is named only where it is not the usual one.
    let words = if runs == Path::new("runs") { &resume[..2] } else { &resume[..] };
    Ok(json!({
        "status": status,
        "command": origin.as_ref().map(|origin| typed_command(&origin.arguments)),
        "folder": origin.map(|origin| origin.folder.display().to_string()),
        "resume": goes_on.then(|| typed_command(words)),
    }))
}

/// The journal of a study; `None` before its first entry.
fn journal(store: &Store, name: &str) -> Result<Option<Journal>, StoreError> {
    let unreadable = |reason: String| StoreError::Content { what: "journal", name: name.to_owned(), reason };
    let texts = store.events(name)?;
    let entries = texts.iter().map(|text| from_json(text).map_err(|error| unreadable(error.to_string())));
    let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    if entries.is_empty() {
        return Ok(None);
    }
    Journal::new(entries).map(Some).map_err(|problem| unreadable(problem.to_string()))
}

/// The curves that were asked for, each with as many points as its pixels can show.
pub(crate) fn series(stores: &Stores, curves: &Curves, asked: &Asked) -> Result<Value, StoreError> {
    let (mut read, mut missing, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let names = &asked.names[..asked.names.len().min(MOST_RUNS)];
    for (name, curve) in names.iter().zip(curves.read_all(stores, names)?) {
        match curve {
            Ok(curve) => read.push((name, curve)),
            Err(StoreError::UnknownName { .. }) => missing.push(name),
            Err(error @ StoreError::DamagedRow { .. }) => notes.push(asked.lang.error(&error)),
            Err(error) => return Err(error),
        }
    }
    let range = range(read.iter().map(|(_, curve)| curve), asked);
    let window = CurveWindow {
        from: asked.from.unwrap_or(range.0),
        to: asked.to.unwrap_or(range.1),
        pixels: asked.pixels.min(COLUMNS_OF_ALL / (read.len() * asked.splits.len()).max(1)).max(1),
    };
    let accuracy = read.iter().any(|(_, curve)| curve.has(Metric::Accuracy));
    let mut lines = Vec::new();
    for (name, curve) in &read {
        let splits =
            if asked.metric == Metric::LearningRate { &asked.splits[..1] } else { &asked.splits[..] };
        lines.extend(splits.iter().map(|&split| line(name, curve, split, window, asked)));
    }
    Ok(json!({
        "from": window.from,
        "to": window.to,
        "range": range,
        "accuracy": accuracy,
        "lines": lines,
        "missing": missing,
        "left_out": asked.names.len().saturating_sub(MOST_RUNS),
        "notes": notes,
    }))
}

/// One line: its points, and the smoothed ones where smoothing was asked for.
fn line(name: &str, curve: &Curve, split: Split, window: CurveWindow, asked: &Asked) -> Value {
    let points = || curve.points(asked.axis, asked.metric, split);
    let smoothed =
        (asked.smoothing > 0.0).then(|| pairs(&thin_curve(smooth_curve(points(), asked.smoothing), window)));
    json!({
        "name": name,
        "split": match split { Split::Train => "train", Split::Validation => "validation" },
        "points": pairs(&thin_curve(points(), window)),
        "smooth": smoothed,
    })
}

/// Places and values as one flat list, which is shorter than a list of pairs. A value is written with as
/// many digits as single precision has.
fn pairs(points: &[CurvePoint]) -> Value {
    let value = |value: f64| -> Value { if value.is_finite() { json!(value as f32) } else { Value::Null } };
    points.iter().flat_map(|&(x, y)| [json!(x), value(y)]).collect()
}

/// The range of all curves on the axis; a curve without rows has none.
fn range<'a>(curves: impl Iterator<Item = &'a Curve>, asked: &Asked) -> (f64, f64) {
    let ranges = curves.filter_map(|curve| curve.range(asked.axis));
    let (low, high) = ranges
        .filter(|(low, high)| low.is_finite() && high.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (from, to)| (low.min(from), high.max(to)));
    if low < high { (low.min(0.0), high) } else { (0.0, if low.is_finite() { low.max(1.0) } else { 1.0 }) }
}

/// What is said of several runs above their curves.
pub(crate) fn comparison(store: &Store, asked: &Asked) -> Result<Value, StoreError> {
    let mut records = Vec::new();
    for name in asked.names.iter().take(MOST_RUNS) {
        if store.kind_of(name).ok() == Some(EntryKind::Run) {
            let run = store.run_summary(name)?;
            let (name, settings, plan) = (run.name, run.settings, run.plan);
            records.push(RunRecord { name, settings, plan, rows: Vec::new(), result: run.result });
        }
    }
    Ok(json!({ "above": comparison_part(&records, asked.lang) }))
}
