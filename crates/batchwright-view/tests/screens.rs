//! Pictures of runs and studies in terminals of many sizes, in both languages, with and without colours.
//! Nothing is drawn on a terminal here: what is looked at are the cells.
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use batchwright_find::beds::{Form, Quadratic};
use batchwright_find::{
    BatchSizes, JournalEntry, Stage, StudyConfig, StudyEvent, StudyObserver, TargetSpec, run_study, testkit,
};
use batchwright_store::{EntryStatus, RunningTrial};
use batchwright_train::testkit::{plan, result, row, verdict};
use batchwright_train::{RunRow, RunVerdictKind, SplitMetrics, Verdict};
use batchwright_view::{
    Lang, RunProgress, RunScreen, ScreenControls, ScreenVerdict, StudyScreen, StudySoFar, Style, WatchedFrom,
};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

/// The lines of what is drawn, without the space at their ends.
fn drawn(width: u16, height: u16, draw: impl FnOnce(&mut Buffer)) -> String {
    let buffer = cells(width, height, draw);
    let line = |y: u16| -> String {
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line += symbol;
            // The second column of a wide sign holds nothing of its own.
            x += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
        }
        line.trim_end().to_owned()
    };
    (0..height).map(|y| line(y) + "\n").collect()
}

fn cells(width: u16, height: u16, draw: impl FnOnce(&mut Buffer)) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(&mut buffer);
    buffer
}

fn style(lang: Lang) -> Style {
    Style { colour: false, width: 80, lang }
}

/// Losses that fall, the validation loss until it rises again.
fn rows(count: u64) -> Vec<RunRow> {
    let loss = |nth: u64, floor: f64| floor + 2.0 * (-(nth as f64) / 6.0).exp();
    let metrics = |loss: f64| SplitMetrics { loss, accuracy: Some(1.0 - loss / 3.0) };
    let at = |nth: u64| RunRow {
        train: metrics(loss(nth, 0.02)),
        validation: metrics(loss(nth, 0.2) + 0.002 * nth as f64),
        ..row(16 * nth, 1.0)
    };
    (0..count).map(at).collect()
}

fn progress(rows: &[RunRow]) -> Option<RunProgress> {
    let last = rows.last()?;
    Some(RunProgress {
        epochs: (last.epoch, Some(30.0)),
        steps: (last.step, Some(480)),
        samples: last.samples,
        elapsed: 12.5,
        done: last.epoch / 30.0,
        left: Some(17.5),
        samples_a_second: Some(15_400.0),
        loss: 0.123,
    })
}

fn run_screen<'a>(
    rows: &'a [RunRow],
    verdict: &'a Verdict,
    plan: &'a batchwright_train::Plan,
) -> RunScreen<'a> {
    RunScreen {
        name: "digits-mlp64-1",
        status: EntryStatus::Running,
        plan,
        rows,
        now: progress(rows),
        since: 0.0,
        memory_bytes: Some(3_500_000),
        verdict: Some(ScreenVerdict::SoFar(verdict)),
        notices: &[],
    }
}

#[test]
fn a_run_in_three_terminals_and_two_languages() {
    let (rows, plan) = (rows(12), plan());
    let mut verdict = verdict(RunVerdictKind::Improving);
    verdict.evidence.fall_percent = 12.5;
    let screen = run_screen(&rows, &verdict, &plan);
    let controls = ScreenControls::new(WatchedFrom::Within);
    for (width, height) in [(60, 20), (80, 24), (140, 40)] {
        for lang in [Lang::En, Lang::Ja] {
            let text = drawn(width, height, |buffer| screen.draw(buffer, controls, style(lang)));
            let name = format!("run_{width}x{height}_{lang:?}").to_lowercase();
            insta::assert_snapshot!(name, text);
        }
    }
}

#[test]
fn keys_change_what_is_drawn() {
    let (rows, plan, verdict) = (rows(12), plan(), verdict(RunVerdictKind::Unclear));
    let screen = run_screen(&rows, &verdict, &plan);
    let mut controls = ScreenControls::new(WatchedFrom::Outside);
    let mut seen = vec![drawn(80, 24, |buffer| screen.draw(buffer, controls, style(Lang::En)))];
    for key in "xxxms".chars() {
        controls.press(key);
        let text = drawn(80, 24, |buffer| screen.draw(buffer, controls, style(Lang::En)));
        assert!(!seen.contains(&text), "{key}");
        seen.push(text);
    }
    assert!(seen[1].contains("epochs") && seen[2].contains("samples") && seen[3].contains("training time"));
    assert!(seen[4].contains("accuracy") && seen[5].contains("smoothed"));
}

/// Else the first look at a run, or one of a run that ended, shows nothing or ends the program.
#[test]
fn a_run_without_rows_and_one_that_ended_are_told_too() {
    let (plan, none) = (plan(), verdict(RunVerdictKind::Unclear));
    let controls = ScreenControls::new(WatchedFrom::Outside);
    let empty = RunScreen { now: None, verdict: None, ..run_screen(&[], &none, &plan) };
    let text = drawn(80, 24, |buffer| empty.draw(buffer, controls, style(Lang::En)));
    assert!(text.contains("digits-mlp64-1") && text.contains("after the first evaluations"), "{text}");
    let (rows, ended) = (rows(31), result("digits-mlp64-1", 0.25));
    let done = RunScreen {
        status: EntryStatus::Done,
        verdict: Some(ScreenVerdict::Final(&ended)),
        ..run_screen(&rows, &none, &plan)
    };
    let text = drawn(80, 24, |buffer| done.draw(buffer, controls, style(Lang::En)));
    assert!(text.contains("done") && !text.contains("left") && !text.contains("so far"), "{text}");
}

/// Keeps the journal of a study.
#[derive(Default)]
struct Kept(Vec<JournalEntry>);

impl StudyObserver for Kept {
    fn on_event(&mut self, event: &StudyEvent) {
        if let StudyEvent::Learnt(entry) = event {
            self.0.push((*entry).clone());
        }
    }
}

/// The journal of a study of a bed, which takes the same course each time.
fn journal() -> Vec<JournalEntry> {
    let bed = Quadratic { form: Form::Moments, ..Quadratic::default() };
    let config = StudyConfig {
        sizes: BatchSizes::parse("8..256").unwrap(),
        target: TargetSpec::parse("val_loss<0.3").unwrap(),
        ..StudyConfig::default()
    };
    let mut kept = Kept::default();
    run_study(&bed, &config, &mut kept).unwrap();
    kept.0
}

fn study_screen<'a>(so_far: &'a StudySoFar, running: &'a [RunningTrial]) -> StudyScreen<'a> {
    StudyScreen {
        name: "digits-mlp64-study-1",
        status: EntryStatus::Running,
        stage: Some(Stage::Search),
        target: Some("val_loss below 0.3"),
        so_far,
        running,
        best: None,
        used: 12.0,
        budget: Some(45.0),
        verdict: None,
        notices: &[],
    }
}

#[test]
fn a_study_in_three_terminals_and_two_languages() {
    let entries = journal();
    let so_far = StudySoFar::new(&entries, &[("objective".into(), "time".into())]);
    let running = [RunningTrial::new(testkit::request(32, 0.5))];
    let screen = study_screen(&so_far, &running);
    let controls = ScreenControls::new(WatchedFrom::Within);
    for (width, height) in [(60, 20), (80, 24), (140, 40)] {
        for lang in [Lang::En, Lang::Ja] {
            let text = drawn(width, height, |buffer| screen.draw(buffer, controls, style(lang)));
            let name = format!("study_{width}x{height}_{lang:?}").to_lowercase();
            insta::assert_snapshot!(name, text);
        }
    }
    let mut page = controls;
    for (has, has_not) in [(" 1.0 ", "p(best)"), ("reached the target", " 1.0 ")] {
        page.press('v');
        let text = drawn(60, 20, |buffer| screen.draw(buffer, page, style(Lang::En)));
        assert!(text.contains(has) && !text.contains(has_not), "{text}");
    }
}

/// Else a terminal that is made small ends the program, or text stands where there is no cell.
#[test]
fn any_size_of_a_terminal_will_do() {
    let (rows, plan, verdict) = (rows(40), plan(), verdict(RunVerdictKind::Overfitting));
    let notices = ["step 7: a loss or gradient was not finite".repeat(5)];
    let run = RunScreen { notices: &notices, ..run_screen(&rows, &verdict, &plan) };
    let entries = journal();
    let so_far = StudySoFar::new(&entries, &[]);
    let running = vec![RunningTrial::new(testkit::request(16_384, 1e-7)); 5];
    let study = StudyScreen { notices: &notices, verdict: Some("best"), ..study_screen(&so_far, &running) };
    let mut controls = ScreenControls::new(WatchedFrom::Within);
    for lang in [Lang::En, Lang::Ja] {
        for width in (0..60).chain([61, 79, 119, 120, 121, 200, 400]) {
            for height in (0..12).chain([20, 29, 30, 31, 60, 120]) {
                controls.press(['x', 'm', 's', 'v'][usize::from(width + height) % 4]);
                drawn(width, height, |buffer| run.draw(buffer, controls, style(lang)));
                drawn(width, height, |buffer| study.draw(buffer, controls, style(lang)));
            }
        }
    }
}

/// Else names of runs, which anyone may choose, act on the terminal.
#[test]
fn a_name_does_nothing_to_the_terminal() {
    let (rows, plan, verdict) = (rows(5), plan(), verdict(RunVerdictKind::Unclear));
    let run = RunScreen { name: "a\u{1b}[2Jb\u{7}", ..run_screen(&rows, &verdict, &plan) };
    let text =
        drawn(80, 24, |buffer| run.draw(buffer, ScreenControls::new(WatchedFrom::Within), style(Lang::En)));
    assert!(text.starts_with("a\u{fffd}[2Jb\u{fffd}") && !text.contains('\u{1b}'), "{text}");
}

/// Colours are for who wants them; without them nothing may be missing.
#[test]
fn colours_add_nothing_that_words_do_not_say() {
    let (rows, plan, verdict) = (rows(12), plan(), verdict(RunVerdictKind::Diverged));
    let screen = run_screen(&rows, &verdict, &plan);
    let controls = ScreenControls::new(WatchedFrom::Within);
    let coloured = |colour| {
        let style = Style { colour, ..style(Lang::En) };
        let buffer = cells(80, 24, |buffer| screen.draw(buffer, controls, style));
        buffer.content.iter().any(|cell| cell.fg != ratatui_core::style::Color::Reset)
    };
    assert!(coloured(true) && !coloured(false));
}
