//! A run or a study in the list of the dashboard: its cells, by what each is sorted, and what a reader
//! should be told at once.

use batchwright_find::VerdictKind;
use batchwright_store::{EntryKind, EntryStatus, RunNow, RunSummary, StudySummary};
use batchwright_train::{RunVerdictKind, Verdict};
use serde::Serialize;

use crate::lang::Lang;
use crate::list_cells::{best, epochs, steps, study_size, study_verdict, trained, verdict};
use crate::number::{date, grouped, significant};
use crate::term::style::harmless;

/// A run or a study in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DashboardEntry {
    /// Its name, as it is stored.
    pub name: String,
    /// Run or study.
    pub kind: EntryKind,
    /// Its state.
    pub status: EntryStatus,
    /// One for each of [`entry_columns`].
    pub cells: Vec<DashboardCell>,
    /// What a reader should be told; absent where there is nothing.
    pub alert: Option<DashboardAlert>,
}

/// A cell of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DashboardCell {
    /// What it shows.
    pub text: String,
    /// By what it is sorted; absent where it is sorted by its text, or is empty.
    pub number: Option<f64>,
}

/// Something that has happened to a run or a study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DashboardAlert {
    /// `diverged`, `overfitting`, `overfitting_so_far`, `failed`, `lost` or `verdict`.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
}

impl DashboardAlert {
    /// What a run tells before it ends. Its curve may waver, so it is told once.
    pub const SO_FAR: &str = "overfitting_so_far";
}

/// The headings of the columns, each with whether its cells are numbers.
#[must_use]
pub fn entry_columns(lang: Lang) -> [(&'static str, bool); 10] {
    [
        (lang.name(), false),
        (lang.kind(), false),
        (lang.status(), false),
        (lang.batch_size(), true),
        (lang.steps(), true),
        (lang.epochs(), true),
        (lang.best_loss(), true),
        (lang.verdict_label(), false),
        (lang.created(), false),
        (lang.what_is_trained(), false),
    ]
}

fn words(text: impl Into<String>) -> DashboardCell {
    DashboardCell { text: text.into(), number: None }
}

fn number(text: String, number: Option<f64>) -> DashboardCell {
    DashboardCell { text, number: number.filter(|number| number.is_finite()) }
}

/// A run in the list. `now` is what it told last, which counts while it runs.
#[must_use]
pub fn run_entry(run: &RunSummary, now: Option<&RunNow>, lang: Lang) -> DashboardEntry {
    let so_far = now.filter(|_| run.status == EntryStatus::Running).map(|now| &now.verdict);
    let size = run.plan.batching.batch_size;
    let (result, progress) = (run.result.as_ref(), run.progress);
    let reached = result.map(|result| result.steps).or(progress.map(|progress| progress.steps));
    let passes = result.map(|result| result.epochs).or(progress.map(|progress| progress.epochs));
    let loss = result.map(|result| result.validation.best_loss);
    let loss = loss.or(progress.and_then(|progress| progress.best_loss));
    let cells = vec![
        words(harmless(&run.name)),
        words(lang.run_kind()),
        words(lang.status_word(run.status)),
        number(grouped(size), Some(size as f64)),
        number(steps(run), reached.map(|steps| steps as f64)),
        number(epochs(run), passes),
        number(best(run), loss),
        words(so_far.map_or_else(|| verdict(run, lang).to_owned(), |so_far| lang.word_so_far(so_far))),
        number(date(run.created), Some(run.created as f64)),
        words(trained(&run.settings)),
    ];
    let alert = run_alert(run, so_far, lang);
    DashboardEntry { name: run.name.clone(), kind: EntryKind::Run, status: run.status, cells, alert }
}

/// A study in the list.
#[must_use]
pub fn study_entry(study: &StudySummary, lang: Lang) -> DashboardEntry {
    let size = study.answer.and_then(|answer| answer.batch_size);
    let cells = vec![
        words(harmless(&study.name)),
        words(lang.study_kind()),
        words(lang.status_word(study.status)),
        number(study_size(study), size.map(|size| size as f64)),
        words(""),
        words(""),
        words(""),
        words(study_verdict(study, lang)),
        number(date(study.created), Some(study.created as f64)),
        words(trained(&study.settings)),
    ];
    let alert = study_alert(study, lang);
    DashboardEntry { name: study.name.clone(), kind: EntryKind::Study, status: study.status, cells, alert }
}

fn run_alert(run: &RunSummary, so_far: Option<&Verdict>, lang: Lang) -> Option<DashboardAlert> {
    let name = harmless(&run.name);
    let alert = |kind, text: String| Some(DashboardAlert { kind, text: format!("{name}: {text}") });
    match (run.status, &run.result) {
        (EntryStatus::Lost, _) => alert("lost", lang.process_gone(&name)),
        (EntryStatus::Failed, _) => alert("failed", lang.no_result(run.reason.as_deref())),
        // A run that is made longer has its earlier result. What it does now is worth a word where it is worth
        // an end: any other verdict waits for it.
        (EntryStatus::Running, _) => {
            let overfits = so_far.filter(|so_far| so_far.kind == RunVerdictKind::Overfitting)?;
            alert(DashboardAlert::SO_FAR, lang.sentence_so_far(overfits))
        }
        (_, None) => None,
        (_, Some(result)) => match result.verdict.kind {
            RunVerdictKind::Diverged => alert("diverged", lang.verdict(result)),
            RunVerdictKind::Overfitting => alert("overfitting", lang.verdict(result)),
            _ => alert("verdict", lang.verdict(result)),
        },
    }
}

fn study_alert(study: &StudySummary, lang: Lang) -> Option<DashboardAlert> {
    let name = harmless(&study.name);
    if study.status == EntryStatus::Lost {
        return Some(DashboardAlert { kind: "lost", text: format!("{name}: {}", lang.process_gone(&name)) });
    }
    let answer = study.answer.filter(|_| study.status != EntryStatus::Running)?;
    let mut said = vec![format!("{name}: {}", lang.study_verdict_word(answer.verdict))];
    if answer.verdict != VerdictKind::Unreachable {
        said.extend(answer.batch_size.map(|size| format!("{} {}", lang.batch_size(), grouped(size))));
        said.extend(
            answer.learning_rate.map(|rate| format!("{} {}", lang.learning_rate(), significant(rate, 3))),
        );
    }
    Some(DashboardAlert { kind: "verdict", text: said.join(lang.comma()) })
}
