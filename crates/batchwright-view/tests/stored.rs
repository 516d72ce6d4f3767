//! Stored runs and studies in the terminal, in both languages, and whatever was stored.

mod common;

use batchwright_find::VerdictKind;
use batchwright_store::{
    EntryStatus, QueryResult, QueryValue, RunExtent, RunNow, RunSummary, StudyAnswer, StudySummary,
};
use batchwright_train::RunRecord;
use batchwright_view::*;
use common::*;

fn summary(name: &str, status: EntryStatus, record: RunRecord) -> RunSummary {
    let progress = RunExtent { steps: 12, epochs: 0.75, best_loss: None };
    RunSummary {
        name: name.into(),
        created: 1_764_300_000,
        status,
        reason: None,
        settings: vec![("data".into(), "/some/where/digits.csv".into()), ("model".into(), "mlp:64".into())],
        plan: record.plan,
        progress: record.result.is_none().then_some(progress),
        result: record.result,
    }
}

fn summaries() -> Vec<RunSummary> {
    vec![
        summary("first", EntryStatus::Done, overfitting_run()),
        summary("second", EntryStatus::Running, unfinished_run()),
        summary("third", EntryStatus::Lost, unfinished_run()),
        summary("fourth", EntryStatus::Stopped, diverged_run()),
        RunSummary {
            progress: None,
            settings: Vec::new(),
            ..summary("fifth", EntryStatus::Failed, unfinished_run())
        },
    ]
}

fn studies() -> Vec<StudySummary> {
    let answer = |verdict, batch_size: Option<u64>| StudyAnswer {
        verdict,
        batch_size,
        learning_rate: batch_size.map(|_| 0.0123),
    };
    let study = |name: &str, answer: Option<StudyAnswer>| StudySummary {
        name: name.into(),
        created: 1_764_300_000,
        status: if answer.is_some() { EntryStatus::Done } else { EntryStatus::Lost },
        settings: vec![("command".into(), "python train.py --batch-size {batch_size} --lr {lr}".into())],
        answer,
        events: 7,
    };
    vec![
        study("best", Some(answer(VerdictKind::Best, Some(1_024)))),
        study("tie", Some(answer(VerdictKind::Tie, Some(16)))),
        study("open", Some(answer(VerdictKind::Undecided, Some(32)))),
        study("none", Some(answer(VerdictKind::Unreachable, None))),
        study("cut off", None),
    ]
}

fn entry(status: EntryStatus) -> ShownEntry {
    ShownEntry {
        name: "first".into(),
        status,
        reason: Some("no space left".into()),
        created: 1_764_300_000,
        command: Some("batchwright train --batch-size 64".into()),
        folder: Some("/home/someone".into()),
        files: (0..33).map(|nth| (format!("trials/{nth}.json"), 1000 + nth)).collect(),
    }
}

fn query() -> QueryResult {
    QueryResult {
        columns: vec!["name".into(), "loss".into(), "empty".into()],
        rows: vec![
            vec![QueryValue::Text("a,\"b\"".into()), QueryValue::Real(0.1 + 0.2), QueryValue::Null],
            vec![QueryValue::Bytes(vec![0, 255]), QueryValue::Integer(-7), QueryValue::Null],
        ],
    }
}

/// Everything that is shown of stored entries.
fn shown(lang: Lang) -> Vec<String> {
    let style = style(lang);
    let compared = [overfitting_run(), diverged_run(), unfinished_run()];
    vec![
        entry_list(&summaries(), &studies(), style),
        entry_list(&[], &[], style),
        run_page(&entry(EntryStatus::Done), &overfitting_run(), style),
        run_page(&entry(EntryStatus::Failed), &unfinished_run(), style),
        study_page(&entry(EntryStatus::Lost), &[("seed".into(), "1".into())], 7, None, style),
        comparison(&compared, CurveLine::Loss, Horizontal::Samples, style),
        comparison(&compared, CurveLine::Accuracy, Horizontal::Seconds, style),
        query_table(&query(), style),
    ]
}

/// Otherwise a change of wording, of columns or of a chart goes unnoticed.
#[test]
fn stored_entries_look_as_before() {
    for lang in LANGUAGES {
        insta::assert_snapshot!(format!("stored_{}", lang.code()), shown(lang).join("\n=====\n"));
    }
    insta::assert_snapshot!("query_csv", query_csv(&query()));
}

/// Otherwise what a command printed, or a setting, acts on the terminal.
#[test]
fn nothing_that_is_stored_reaches_the_terminal_as_a_code() {
    let hostile = || HOSTILE.to_owned();
    let settings = || vec![("data".to_owned(), hostile()), ("command".to_owned(), hostile())];
    let run = RunSummary {
        name: hostile(),
        settings: settings(),
        ..summary("a", EntryStatus::Done, overfitting_run())
    };
    let study = StudySummary { name: hostile(), settings: settings(), ..studies()[0].clone() };
    let entry = ShownEntry {
        name: hostile(),
        reason: Some(hostile()),
        command: Some(hostile()),
        folder: Some(hostile()),
        files: vec![(hostile(), 1)],
        ..entry(EntryStatus::Failed)
    };
    let record = RunRecord { name: hostile(), settings: settings(), ..overfitting_run() };
    let query = QueryResult { columns: vec![hostile()], rows: vec![vec![QueryValue::Text(hostile())]] };
    for lang in LANGUAGES {
        let style = style(lang);
        let lost = ShownEntry { status: EntryStatus::Lost, ..entry.clone() };
        for text in [
            entry_list(std::slice::from_ref(&run), std::slice::from_ref(&study), style),
            run_page(&entry, &record, style),
            study_page(&entry, &record.settings, 7, None, style),
            study_page(&lost, &record.settings, 7, None, style),
            comparison(&[record.clone(), record.clone()], CurveLine::Loss, Horizontal::Steps, style),
            query_table(&query, style),
        ] {
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
    }
}

/// Otherwise a list of a thousand runs, or a comparison of a hundred, is not shown in a moment; or
/// a narrow terminal, or a run without a finite row, ends the program.
#[test]
fn many_runs_and_odd_runs_are_shown() {
    let runs: Vec<RunSummary> = (0..1_000).map(|_| summaries()[0].clone()).collect();
    for width in [1, 20, 80, 500] {
        let style = Style { width, ..Style::default() };
        assert_eq!(entry_list(&runs, &[], style).lines().count(), 1_003);
        let records: Vec<RunRecord> = (0..100).map(|_| overfitting_run()).collect();
        for x in [Horizontal::Steps, Horizontal::Epochs, Horizontal::Samples, Horizontal::Seconds] {
            assert!(comparison(&records, CurveLine::Loss, x, style).lines().count() > 100);
        }
        let mut odd = overfitting_run();
        for row in &mut odd.rows {
            row.validation.loss = f64::NAN;
            row.seconds = f64::INFINITY;
        }
        let shown = |run: &RunRecord| {
            let records = [run.clone(), unfinished_run()];
            comparison(&records, CurveLine::Loss, Horizontal::Seconds, style)
        };
        assert!(!shown(&odd).contains('│'), "nothing to draw");
        odd.rows[0].validation.loss = 1e308;
        odd.rows[1].validation.loss = -1e308;
        odd.rows[1].seconds = 1e308;
        assert!(shown(&odd).contains('│'));
    }
}

/// Else a run that overfits is told of only when it has trained to its end; or every other verdict so far is.
#[test]
fn a_run_that_overfits_is_told_of_while_it_runs() {
    let RunRecord { result, .. } = overfitting_run();
    let overfits = RunNow { verdict: result.unwrap().verdict };
    let run = summary("a", EntryStatus::Running, unfinished_run());
    for (lang, word) in [(Lang::En, "so far: overfitting"), (Lang::Ja, "これまで: 過学習")] {
        let entry = run_entry(&run, Some(&overfits), lang);
        assert!(entry.cells.iter().any(|cell| cell.text == word), "{:?}", entry.cells);
        let alert = entry.alert.unwrap();
        assert_eq!(alert.kind, DashboardAlert::SO_FAR);
        assert!(alert.text.starts_with(&format!("a: {word}")), "{}", alert.text);
        let part = run_part(&run, Some(&overfits), &unfinished_run(), lang);
        assert!(part.above.contains(word), "{}", part.above);
        // What was told last is no news of a run that has ended.
        let ended = summary("a", EntryStatus::Lost, unfinished_run());
        assert_eq!(run_entry(&ended, Some(&overfits), lang).alert.unwrap().kind, "lost");
    }
    let RunRecord { result, .. } = diverged_run();
    let other = RunNow { verdict: result.unwrap().verdict };
    assert_eq!(run_entry(&run, Some(&other), Lang::En).alert, None);
    assert_eq!(run_entry(&run, None, Lang::En).alert, None);
}
