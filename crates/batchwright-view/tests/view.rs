//! Promises of the view: every reader can parse the pictures, and pages stay valid whatever names
//! and values they are given.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use std::collections::HashSet;

use batchwright_find::{Passed, StepEnergy, StudyResult, TrialEnd, TrialPosition};
use batchwright_train::{RunRecord, RunVerdictKind, SplitOutcome};
use batchwright_view::*;
use common::*;

/// All charts as files, each with a name: of two runs, and of five studies. The fourth has no charts.
fn all_charts(lang: Lang) -> Vec<(String, String)> {
    let mut charts = Vec::new();
    for run in [overfitting_run(), diverged_run()] {
        let named = run_chart_names(&run)
            .into_iter()
            .map(|name| (format!("{name} of {:?}", run.name), run_chart(&name, &run, lang)));
        charts.extend(named.map(|(name, svg)| (name, svg.unwrap())));
    }
    for study in [study(), energy_study(), crowded_study(), empty_study(), curved_study()] {
        charts.extend(
            study_chart_names(&study, None)
                .into_iter()
                .map(|name| (name.to_string(), study_chart(&name, &study, None, lang).unwrap())),
        );
    }
    assert_eq!(charts.len(), (8 + 4) + (6 + 7 + 6 + 9), "a chart is missing");
    charts
}

/// How many charts each of [`all_pages`] has.
const CHARTS: [usize; 11] = [8, 4, 0, 0, 6, 7, 0, 9, 8, 0, 0];

/// All pages, with a name.
fn all_pages(lang: Lang) -> Vec<(&'static str, String)> {
    let settings = [(HOSTILE.to_string(), HOSTILE.to_string())];
    vec![
        ("overfitting run", run_report(&overfitting_run(), None, lang)),
        ("diverged run", run_report(&diverged_run(), None, lang)),
        ("unfinished run", run_report(&unfinished_run(), None, lang)),
        ("failed run", run_report(&unfinished_run(), Some(HOSTILE), lang)),
        ("study", study_report(&study(), None, &settings, lang)),
        ("energy study", study_report(&energy_study(), None, &settings, lang)),
        ("empty study", study_report(&empty_study(), None, &[], lang)),
        ("study with curves", study_report(&curved_study(), None, &settings, lang)),
        ("comparison", comparison_report(&two_runs(), lang)),
        ("data", data_report(&data_page(), lang)),
        ("table", data_report(&table_page(), lang)),
    ]
}

/// The pictures within a page.
fn pictures(page: &str) -> Vec<&str> {
    page.match_indices("<svg")
        .map(|(start, _)| &page[start..start + page[start..].find("</svg>").unwrap() + 6])
        .collect()
}

fn evaluated() -> SplitOutcome {
    SplitOutcome { samples: 180, tokens: None, loss: 0.0912, accuracy: Some(0.975), values: None }
}

/// Otherwise a change of wording, of columns or of alignment goes unnoticed.
#[test]
fn the_terminal_says_the_same_as_before() {
    for lang in LANGUAGES {
        let (style, run) = (style(lang), overfitting_run());
        let lines: Vec<String> = run.rows.iter().step_by(10).map(|row| row_line(row, style)).collect();
        let parts = [
            plan_banner(
                &plan(),
                &PlanFacts { parameters: Some(6570), memory_bytes: Some(331_776), ..PlanFacts::default() },
                style,
            ),
            plan_table(&[(plan(), Some(331_776)), (larger_than_data(), None)], style),
            format!("{}\n{}\n", row_heading(true, style), lines.join("\n")),
            run_summary(run.result.as_ref().unwrap(), style),
            study_summary(&study(), style),
            data_summary(&table_page(), style),
            evaluation_line(&evaluated(), "digits", "test", style),
        ];
        insta::assert_snapshot!(format!("terminal_{}", lang.code()), parts.join("\n"));
    }
}

/// Otherwise a change in the text on earlier studies and on origins goes unnoticed, in either
/// language.
#[test]
fn origins_are_explained_as_before() {
    for lang in LANGUAGES {
        let style = style(lang);
        let changes = changes().map(|change| {
            study_explanation(&continued_study(change), style).lines().take(8).collect::<Vec<_>>().join("\n")
        });
        let parts = [
            study_explanation(&continued_study(None), style),
            changes.collect::<Vec<_>>().join("\n\n"),
            study_explanation(&raced_study(), style),
            batch_size_origin(&reused_study(), None, true, style),
            batch_size_origin(&reused_study(), Some(0.5), true, style),
            earlier_study_line("first", 1_700_000_000, true, style),
            earlier_study_line("first", 1_700_000_000, false, style),
        ];
        insta::assert_snapshot!(format!("explanation_{}", lang.code()), parts.join("\n"));
    }
}

/// Otherwise a change of names, columns or wording breaks a script or a README that reads an
/// export.
#[test]
fn exports_are_as_before() {
    insta::assert_snapshot!("study_csv", study_csv(&study()) + "\n" + &study_csv(&energy_study()));
    for lang in LANGUAGES {
        let parts = [study(), energy_study(), empty_study()].map(|study| study_markdown(&study, lang));
        insta::assert_snapshot!(format!("study_markdown_{}", lang.code()), parts.join("\n"));
    }
}

/// Otherwise a spreadsheet shifts a row, or reads another number than the JSON holds.
#[test]
fn every_row_of_a_csv_has_all_cells_and_the_numbers_of_the_study() {
    for study in [study(), energy_study(), crowded_study(), empty_study()] {
        let csv = study_csv(&study);
        let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let names = lines.next().unwrap();
        assert_eq!(lines.clone().count(), study.sizes.len());
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        let column = |name| names.iter().position(|&it| it == name).unwrap();
        for (size, row) in study.sizes.iter().zip(lines) {
            let number = |name| row[column(name)].parse::<f64>().ok();
            assert_eq!(row.len(), names.len());
            assert_eq!(number("batch_size"), Some(size.batch_size as f64));
            assert_eq!(number("seconds_to_target_low"), size.seconds_to_target.and_then(|time| time.low));
            assert_eq!(number("step_seconds_median"), size.step_seconds.map(|time| time.median));
            let choice = study.recommended.as_ref();
            let recommended = choice.is_some_and(|choice| choice.batch_size == size.batch_size);
            assert_eq!(row[column("recommended")], recommended.to_string());
        }
    }
}

/// Otherwise the explanation fails for a study that has no answer or has a hostile name in it.
#[test]
fn whatever_a_study_holds_can_be_explained() {
    for lang in LANGUAGES {
        for mut study in [study(), energy_study(), crowded_study(), empty_study(), reused_study()] {
            study.continued = continued_study(None).continued;
            study.continued.as_mut().unwrap().study = HOSTILE.into();
            let said =
                study_explanation(&study, style(lang)) + &batch_size_origin(&study, None, true, style(lang));
            assert!(!said.trim().is_empty() && !said.contains('\u{1b}'), "{said:?}");
        }
    }
}

/// Otherwise a change of the picture goes unnoticed.
#[test]
fn a_chart_is_drawn_as_before() {
    insta::assert_snapshot!("steps_svg", study_chart("steps", &study(), None, Lang::En).unwrap());
}

/// Otherwise colours reach a file or a pipe, or are missing where they are wanted. Or a name sends
/// escape codes to the terminal.
#[test]
fn escape_codes_are_ours_only_and_only_where_asked_for() {
    let mut result = diverged_run().result.unwrap();
    result.run = HOSTILE.into();
    for colour in [false, true] {
        let style = Style { colour, ..Style::default() };
        let text =
            [run_summary(&result, style), study_summary(&empty_study(), style), study_table(&study(), style)]
                .concat();
        assert_eq!(text.contains('\u{1b}'), colour);
        assert!(!text.contains("\u{1b}[2J"));
    }
}

/// Otherwise a browser draws nothing, and an XML reader refuses the file.
#[test]
fn every_picture_is_well_formed_and_has_finite_coordinates() {
    for lang in LANGUAGES {
        for (name, svg) in &all_charts(lang) {
            let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(shapes(&document) > 0, "{name}: nothing is drawn");
            for attribute in document.descendants().flat_map(|node| node.attributes()) {
                assert!(
                    !attribute.value().contains("NaN") && !attribute.value().contains("inf"),
                    "{name}: {attribute:?}"
                );
            }
            assert!(!svg.contains("var("), "{name}: a file has no page to take colours from");
        }
        for ((name, page), charts) in all_pages(lang).iter().zip(CHARTS) {
            let pictures = pictures(page);
            assert_eq!(pictures.len(), charts, "{name}: charts");
            for svg in pictures {
                let document =
                    roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(shapes(&document) > 0, "{name}: nothing is drawn");
            }
        }
    }
}

/// Counts the curves, points and cells of a chart: everything that is drawn except its axes, its
/// texts and its background.
fn shapes(document: &roxmltree::Document) -> usize {
    let drawn = |node: &roxmltree::Node| {
        ["path", "circle"].contains(&node.tag_name().name()) || node.has_attribute("fill-opacity")
    };
    document.descendants().filter(drawn).count()
}

/// The box around a text: left, right, baseline, text. Latin letters of the usual fonts are about
/// half as wide as high.
fn text_boxes(svg: &str) -> Vec<(f64, f64, f64, String)> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let text_box = |node: roxmltree::Node| {
        let number = |name| node.attribute(name).and_then(|value| value.parse::<f64>().ok());
        let (x, y, size) = (number("x").unwrap(), number("y").unwrap(), number("font-size").unwrap_or(13.0));
        let text = node.text().unwrap_or_default().to_string();
        let width = size * text.chars().map(|c| if c.is_ascii() { 0.53 } else { 1.0 }).sum::<f64>();
        let left = match node.attribute("text-anchor") {
            Some("middle") => x - width / 2.0,
            Some("end") => x - width,
            _ => x,
        };
        (left, left + width, y, text)
    };
    texts.map(text_box).collect()
}

/// Otherwise labels are printed over each other, or cut off at the edge.
#[test]
fn texts_of_a_chart_do_not_overlap_and_stay_inside() {
    for lang in LANGUAGES {
        for (name, svg) in all_charts(lang) {
            let boxes = text_boxes(&svg);
            assert!(boxes.len() > 4, "{name}: title and labels are missing: {boxes:?}");
            for (index, a) in boxes.iter().enumerate() {
                assert!(a.0 >= -1.0 && a.1 <= 481.0, "{name}: {a:?} is cut off");
                for b in &boxes[index + 1..] {
                    let apart = a.1 <= b.0 || b.1 <= a.0 || (a.2 - b.2).abs() >= 10.0;
                    assert!(apart, "{name}: {a:?} and {b:?} overlap");
                }
            }
        }
    }
}

/// Otherwise a study that compares quality shows charts of steps that it did not count.
#[test]
fn a_study_of_quality_shows_quality() {
    let mut study = study();
    study.objective = batchwright_find::Objective::Quality;
    study.target = None;
    for (index, size) in study.sizes.iter_mut().enumerate() {
        let value = 0.2 + 0.01 * index as f64;
        size.quality = Some(batchwright_find::Estimate {
            median: Some(value),
            low: Some(value - 0.01),
            high: None,
            censored: 0,
        });
        (size.steps_to_target, size.samples_to_target, size.seconds_to_target) = (None, None, None);
    }
    study.law = None;
    assert_eq!(study_chart_names(&study, None), ["step-time", "quality"]);
    assert!(study_table(&study, style(Lang::En)).contains("best validation value"));
    let page = study_report(&study, None, &[], Lang::Ja);
    let (head, _) = page.split_once("</thead>").unwrap();
    assert!(head.contains("検証の最良値は 0.22 です"), "the sentence that decides has the value");
    let (size, value) = (head.find(">バッチサイズ</th>"), head.find(">検証の最良値</th>"));
    assert!(size < value && value < head.find(">学習率</th>"), "the value stands beside the size");
    assert!(!head.contains(">目標までのステップ数</th>"), "nothing was counted");
}

/// Otherwise the name of a run or column acts as code in the page, or ends the embedded record.
#[test]
fn whatever_a_name_holds_is_text() {
    for lang in LANGUAGES {
        for (name, page) in all_pages(lang) {
            assert!(!page.contains("<script>") && !page.contains('\u{1b}'), "{name}");
            let curves = page.contains("class=\"curves\"");
            assert_eq!(page.matches("</script>").count(), if curves { 4 } else { 1 }, "{name}");
            assert_eq!(page.matches("<script").count(), page.matches("</script>").count(), "{name}");
        }
    }
}

/// Otherwise a report shows nothing without a network, or tells a server who reads it.
#[test]
fn a_page_needs_nothing_else() {
    for (name, page) in all_pages(Lang::En) {
        // A name of a language, and a part of the same page.
        let elsewhere = page.replace("http://www.w3.org/2000/svg", "").replace("url(#plot)", "");
        for forbidden in ["http:", "https:", "@import", "url(", "<link", " src=\"/"] {
            assert!(!elsewhere.contains(forbidden), "{name}: {forbidden}");
        }
    }
}

/// Otherwise a screen reader reads the wrong title, or reads Japanese with an English voice.
#[test]
fn a_page_has_its_language_and_unique_ids() {
    for lang in LANGUAGES {
        for (name, page) in all_pages(lang) {
            assert!(page.contains(&format!("<html lang=\"{}\">", lang.code())), "{name}");
            let ids: Vec<&str> =
                page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(ids.contains(&"record"), "{name}: {ids:?}");
            let unique: HashSet<&&str> = ids.iter().collect();
            assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        }
    }
}

/// Otherwise a program that reads the page gets other values than those that were measured.
#[test]
fn the_embedded_record_is_the_record() {
    let page = run_report(&overfitting_run(), None, Lang::Ja);
    let (_, rest) = page.split_once("id=\"record\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    let record: batchwright_train::RunRecord = serde_json::from_str(json).unwrap();
    assert_eq!(record.result.map(|result| result.steps), Some(480));
    assert_eq!((record.name.as_str(), record.rows.len()), ("digits-mlp64-32-1", 31));
}

/// Otherwise a chart's name leads to another chart, or a wrong name causes a panic.
#[test]
fn charts_are_found_by_name_only() {
    let run = overfitting_run();
    assert_eq!(run_chart_names(&run).len(), 8);
    assert_eq!(run_chart_names(&diverged_run()).len(), 4, "a run that predicts a number has no accuracy");
    assert!(run_chart_names(&unfinished_run()).is_empty());
    for name in ["", "loss", "loss-by-", "-by-steps", "loss-by-miles", "accuracy"] {
        assert_eq!(run_chart(name, &run, Lang::En), None, "{name}");
    }
    assert_eq!(
        study_chart_names(&study(), None),
        ["steps", "time", "samples", "step-time", "frontier", "rates"]
    );
    assert!(study_chart_names(&energy_study(), None).contains(&"energy".to_owned()));
    assert!(study_chart_names(&empty_study(), None).is_empty());
    assert_eq!(study_chart("colours", &study(), None, Lang::En), None);
}

/// Otherwise the chart does not show from which point on training did harm.
#[test]
fn overfitting_is_marked_only_where_it_is() {
    let run = overfitting_run();
    let chart = |run| run_chart("loss-by-epochs", run, Lang::En).unwrap();
    assert!(chart(&run).contains(">overfitting<") && chart(&run).contains(">best 0.333 at step 192<"));
    let mut converged = run.clone();
    converged.result.as_mut().unwrap().verdict.kind = RunVerdictKind::Converged;
    assert!(!chart(&converged).contains(">overfitting<"));
}

/// Two runs of different batch size, the second with a name that is no HTML.
fn two_runs() -> Vec<RunRecord> {
    let mut second = overfitting_run();
    second.name = "</script><b>".to_owned();
    second.plan.batching.batch_size = 512;
    vec![overfitting_run(), second]
}

/// Otherwise two runs in one chart cannot be told apart, or one of them is missing.
#[test]
fn several_runs_are_compared_on_each_axis() {
    let runs = two_runs();
    let names = overlay_chart_names(&runs);
    assert_eq!(names, run_chart_names(&runs[0]));
    for (lang, name) in LANGUAGES.iter().flat_map(|lang| names.iter().map(move |name| (*lang, name))) {
        let svg = overlay_chart(name, &runs, lang).unwrap();
        assert!(
            svg.contains("1  digits-mlp64-32-1") && svg.contains("2  &lt;/script&gt;&lt;b&gt;"),
            "{name}"
        );
    }
    assert_eq!(overlay_chart("loss-by-miles", &runs, Lang::En), None);
    let page = comparison_report(&runs, Lang::En);
    assert!(page.contains("Of 2 runs, digits-mlp64-32-1 has the lowest validation loss, 0.333."));
    assert!(!page.contains("<b>") && page.contains("data-label=\"batch size\""));
    let mut elsewhere = two_runs();
    elsewhere[1].settings = vec![("data".to_owned(), "other.csv".to_owned())];
    assert!(comparison_report(&elsewhere, Lang::En).contains("cannot be compared"));
    assert!(comparison_report(&[unfinished_run()], Lang::Ja).contains("結果はまだありません"));
}

/// A reader who cannot see a chart hears what is in it, and not the same of each.
#[test]
fn each_chart_describes_itself() {
    let study = study();
    let described =
        |svg: String| svg.split("<desc").nth(1).unwrap().split("</desc>").next().unwrap().to_owned();
    let of_study = study_chart_names(&study, None)
        .into_iter()
        .map(|name| study_chart(&name, &study, None, Lang::En).unwrap());
    let run = overfitting_run();
    let names = run_chart_names(&run);
    let of_run = names.iter().map(|name| run_chart(name, &run, Lang::En).unwrap());
    let texts: Vec<String> = of_study.chain(of_run).map(described).collect();
    let distinct: HashSet<&String> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len(), "{texts:?}");
}

/// The distances on a logarithmic axis mislead who does not know that it is one.
#[test]
fn a_logarithmic_axis_says_so() {
    let run = overfitting_run();
    assert!(run_chart("loss-by-steps", &run, Lang::En).unwrap().contains("loss (log scale)"));
    assert!(run_chart("loss-by-steps", &run, Lang::Ja).unwrap().contains("損失 (対数目盛)"));
    assert!(!run_chart("accuracy-by-steps", &run, Lang::En).unwrap().contains("log scale"));
}

/// Otherwise a report is too large for a mail, however long its runs or however many its trials were.
#[test]
fn no_report_is_larger_than_half_a_megabyte() {
    let many = |count| {
        let mut study = curved_study();
        study.trials = study.trials.iter().cycle().take(count).cloned().collect();
        for trial in &mut study.trials {
            let last = trial.trace.as_ref().unwrap().last;
            let at = |step: u64| TrialPosition { step, samples: 37 * step, seconds: step as f64 / 7.0e3 };
            let row = |step: u64| Passed { value: 2.3 / (1.0 + step as f64 / 17.0), at: at(step), before: 0 };
            trial.trace.as_mut().unwrap().passed = (1..last.step.min(100)).map(row).collect();
        }
        study
    };
    let row = |step: u64| batchwright_train::testkit::row(step, 1.0 + (step as f64).sin() / 100.0);
    let long = RunRecord { rows: (0..20_000).map(row).collect(), ..overfitting_run() };
    for lang in LANGUAGES {
        let pages = [
            ("100 trials", study_report(&many(100), None, &[], lang)),
            ("300 trials", study_report(&many(300), None, &[], lang)),
            ("a long run", run_report(&long, None, lang)),
            ("20 long runs", comparison_report(&vec![long.clone(); 20], lang)),
        ];
        for (name, page) in pages {
            println!("{name} ({}): {} bytes", lang.code(), page.len());
            assert!(page.len() < 500_000, "{name}: {} bytes", page.len());
            assert!(page.contains("--format json"), "{name}: it is said that rows are left out");
        }
    }
}

/// Otherwise the map shows measured cells only, or shades what the law does not expect to end.
#[test]
fn the_map_shades_what_the_law_expects_behind_what_was_measured() {
    let study = curved_study();
    let map = study_chart("rates", &study, None, Lang::En).unwrap();
    let document = roxmltree::Document::parse(&map).unwrap();
    let bands: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("path") && node.has_attribute("fill-opacity"))
        .collect();
    assert!((4..=6).contains(&bands.len()), "{}", bands.len());
    assert!(map.contains("forecast, over its best (18 ms)"), "{map}");
    assert!(map.contains("Batch size × learning rate: time to target"));
    let without = StudyResult { surface: None, ..study.clone() };
    assert!(study_chart("rates", &without, None, Lang::En).unwrap().contains("samples to target"));
    let mut energy = StudyResult { objective: batchwright_find::Objective::Energy, ..study.clone() };
    let of_step = |step: f64| StepEnergy { median: step, low: 0.9 * step, high: 1.1 * step };
    for size in &mut energy.sizes {
        size.energy_per_step_joules = Some(of_step(1e-6 * size.batch_size as f64));
    }
    let chart = study_chart("rates", &energy, None, Lang::En).unwrap();
    assert!(chart.contains("energy to target") && chart.contains(" mJ)"), "{chart}");
    energy.sizes[0].energy_per_step_joules = None;
    assert!(study_chart("rates", &energy, None, Lang::En).unwrap().contains("samples to target"));
    let steps = StudyResult { objective: batchwright_find::Objective::Steps, ..study };
    assert!(study_chart("rates", &steps, None, Lang::Ja).unwrap().contains("目標までのステップ数"));
}

/// Otherwise a trial is missing among the curves, or one that diverged looks like one that arrived.
#[test]
fn every_trial_has_its_curve_and_its_end() {
    let study = curved_study();
    let page = study_report(&study, None, &[], Lang::En);
    let (_, rest) = page.split_once("id=\"curves\">").unwrap();
    let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    let lines = data["lines"].as_array().unwrap();
    assert_eq!(lines.len(), study.trials.len());
    for (line, trial) in lines.iter().zip(&study.trials) {
        let end = match trial.end {
            TrialEnd::Target => "reached",
            TrialEnd::Diverged => "diverged",
            TrialEnd::Lost => "lost",
            _ => "missed",
        };
        assert_eq!(line["end"], end);
        assert_eq!(
            line["samples"].as_array().unwrap().last(),
            Some(&trial.trace.as_ref().unwrap().last.samples.into())
        );
        assert_eq!(line["look"]["wide"], trial.request.batch_size == 32);
    }
    assert_eq!(data["level"]["value"], 0.2134);
}

/// Otherwise what is pasted into an issue is not what the report says, or runs code there.
#[test]
fn reports_as_markdown_say_the_same() {
    let settings = [("--data".to_owned(), HOSTILE.to_owned())];
    let command = Some("batchwright train --name 'a`b'");
    for lang in LANGUAGES {
        let parts = [
            study_report_markdown(&curved_study(), &settings, command, lang),
            study_report_markdown(&empty_study(), &[], None, lang),
            run_markdown(&overfitting_run(), None, command, lang),
            run_markdown(&unfinished_run(), Some(HOSTILE), None, lang),
            comparison_markdown(&two_runs(), lang),
        ];
        for part in &parts {
            assert!(
                !part.contains('\u{1b}') && !part.contains("](") && !part.replace("\\<", "").contains("<s"),
                "{part}"
            );
        }
        insta::assert_snapshot!(format!("report_markdown_{}", lang.code()), parts.join("\n"));
    }
}
