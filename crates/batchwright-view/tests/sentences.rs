//! Promises of the sentences: each case has its own sentence, in both languages, with numbers that
//! mean what the sentence says.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;
#[allow(dead_code, reason = "some are for the tests beside the texts")]
#[macro_use]
#[path = "../src/text/examples.rs"]
mod examples;

use std::collections::HashSet;

use batchwright_find::{
    FitAnswer, FitEnd, FitSearch, FitSubject, MemoryModel, MemoryModelError, ProbeLength, ProbeOutcome,
    ProbeRecord, Ran, Remark, RunEvidence, VerdictKind,
};
use batchwright_train::{Batching, Plan, RunVerdictKind, VerdictCause};
use batchwright_view::*;
use common::*;

examples!(verdict_kinds: VerdictKind { Best, Tie, Undecided, Unreachable });
examples!(run_verdict_kinds: RunVerdictKind { Converged, Improving, Overfitting, Underfitting, Diverged, Unclear });

/// Otherwise a plan is explained wrongly in the very cases that are easily misread: short batches,
/// dropped batches, a batch larger than the data.
#[test]
fn a_plan_says_what_is_special_about_it() {
    let says = |plan: &Plan| plan_banner(plan, &PlanFacts::default(), style(Lang::En)).replace('\n', " ");
    assert!(says(&larger_than_data()).contains("an epoch is one step with all 40 samples"));
    let dropped = Plan {
        batching: Batching { drop_last: true, ..plan().batching },
        steps_per_epoch: 15,
        last_batch: 64,
        ..plan()
    };
    assert!(says(&dropped).contains("leaves out the 40 samples"));
    let even = Plan {
        batching: Batching { samples: 640, ..plan().batching },
        steps_per_epoch: 10,
        last_batch: 64,
        ..plan()
    };
    assert!(!says(&even).contains("last batch"));
    let uneven = Plan { batching: Batching { batch_size: 70, ..plan().batching }, accumulation: 3, ..plan() };
    assert!(says(&uneven).contains("(2 × 32 + 6 = 70)"));
    assert!(says(&uneven).contains("70 = 2 × 32 + 6 (micro-batch)"), "3 × 32 are 96");
}

/// Otherwise a verdict on a language model says how long to train only in samples of some length.
#[test]
fn a_verdict_on_texts_counts_tokens() {
    let of_text = batchwright_find::StudyResult { tokens_per_sample: Some(64), ..study() };
    let said = |study: &batchwright_find::StudyResult, lang| study_verdict_line(study, style(lang));
    // 9,515.3 samples.
    let tokens = said(&of_text, Lang::En).replace('\n', " ");
    assert!(tokens.contains("297 steps (608,980 tokens)"), "{tokens}");
    assert!(said(&of_text, Lang::Ja).replace('\n', "").contains("297 ステップ (608,980 トークン)で"));
    assert!(LANGUAGES.iter().all(|&lang| !said(&study(), lang).contains("608,980")));
}

/// Otherwise the banner of a run whose batch size changes names the first one alone.
#[test]
fn a_plan_names_every_batch_size() {
    let banner = |lang| {
        plan_banner(&plan(), &PlanFacts { later: vec![256, 1024], ..PlanFacts::default() }, style(lang))
    };
    assert!(banner(Lang::En).contains("(micro-batch), then 256, then 1,024"), "{}", banner(Lang::En));
    assert!(banner(Lang::Ja).contains("、その後 256、その後 1,024"), "{}", banner(Lang::Ja));
}

/// Otherwise the banner of a run of ninety seconds announces one epoch, because its plan covers
/// only one.
#[test]
fn a_run_in_time_promises_no_steps() {
    for lang in LANGUAGES {
        let banner =
            plan_banner(&plan(), &PlanFacts { seconds: Some(90.0), ..PlanFacts::default() }, style(lang));
        assert!(!banner.contains("480") && !banner.contains("30,000"), "{banner}");
        assert!(banner.contains(lang_text(lang, "1 min 30 s", "1 分 30 秒")), "{banner}");
    }
}

/// Otherwise the report of a run that its patience ended shows the planned steps as if they had
/// been made.
#[test]
fn a_report_tells_what_was_done() {
    let mut run = overfitting_run();
    let result = run.result.as_mut().unwrap();
    (result.steps, result.samples_seen, result.epochs) = (240, 15_000, 15.0);
    result.stopped_by = batchwright_train::StoppedBy::Patience;
    let page = run_report(&run, None, Lang::En);
    assert!(page.contains("15 epochs = 240 steps (parameter updates) = 15,000 samples; then"));
    assert!(!page.contains("30 epochs"));
}

/// Otherwise a reader stumbles over "1 samples", and wonders what else is wrong.
#[test]
fn one_thing_is_told_in_the_singular() {
    let style = Style { width: 10_000, ..style(Lang::En) };
    let plan = |samples, size, drop_last| {
        let plan = Batching::new(samples, size, None, drop_last).ok()?.plan(samples).ok()?;
        Some(plan_banner(&plan, &PlanFacts::default(), style))
    };
    let small = (1..6).flat_map(|samples| (1..6).map(move |size| (samples, size)));
    let plans = small.flat_map(|(samples, size)| [plan(samples, size, false), plan(samples, size, true)]);
    let mut study = study();
    (study.cost.trials, study.cost.steps) = (1, 1);
    study.remarks = vec![
        Remark::LeftOut { samples: 1, same_as: 1, sizes: vec![1] },
        Remark::NotWorthMore { reuse: 1 },
        Remark::UnevenLooks { least: 1, largest: 1 },
        Remark::RaceInVain { runs: 1 },
        Remark::TrialsFailed { failed: 1, of: 1, error: String::new() },
    ];
    let texts: String = plans.flatten().chain([study_summary(&study, style)]).collect();
    for line in texts.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "1") {
            let noun = pair[1].trim_end_matches(|c: char| !c.is_alphabetic());
            let plurals = ["samples", "steps", "epochs", "runs", "trials", "trainings"];
            assert!(!plurals.contains(&noun), "{pair:?} in {line}");
        }
    }
}

/// Otherwise every line of a table of plans is broken in a terminal of the usual width.
#[test]
fn plans_fit_into_eighty_columns() {
    use unicode_width::UnicodeWidthStr;
    for lang in LANGUAGES {
        let table = plan_table(&[(plan(), Some(331_776))], Style { width: 80, ..style(lang) });
        assert!(table.lines().all(|line| line.width() <= 80), "{table}");
    }
}

/// Otherwise the end of the terminal cuts off the time left and the best size so far.
#[test]
fn a_live_line_begins_with_what_matters() {
    let study = study();
    let line = trial_line(7, &study.trials[0].request, study.recommended.as_ref(), 12.0, style(Lang::En));
    assert!(line.starts_with("12 s left · best so far 32 · "), "{line}");
}

/// Otherwise a user who made a study by hand has to search for its report.
#[test]
fn a_study_says_where_its_report_is() {
    let study = batchwright_find::StudyResult { report: Some("runs/x/report.html".into()), ..study() };
    let text = study_summary(&study, style(Lang::En));
    assert!(text.contains("digits-mlp64-study-1") && text.contains("runs/x/report.html"), "{text}");
}

/// Otherwise a chart shows 0.589 and the sentence above it 0.611, and both call it the lowest.
#[test]
fn means_are_not_told_as_single_evaluations() {
    let mut result = overfitting_run().result.unwrap();
    result.verdict.evidence.best_loss = 0.3456;
    let says = |kind, result: &mut batchwright_train::RunResult| {
        result.verdict.kind = kind;
        run_summary(result, Style { width: 10_000, ..style(Lang::En) }).lines().next().unwrap().to_owned()
    };
    let overfitting = says(RunVerdictKind::Overfitting, &mut result);
    assert!(overfitting.contains("rose from 0.333 to 0.415, while the training loss fell"), "{overfitting}");
    assert!(
        overfitting.contains("interval of the rise 0.061–0.14, in means of 3 evaluations"),
        "{overfitting}"
    );
    for kind in [RunVerdictKind::Converged, RunVerdictKind::Unclear] {
        let text = says(kind, &mut result);
        assert!(text.contains("0.333 at step 192") && !text.contains("0.346"), "{text}");
    }
}

/// Otherwise the text says only "too short or too noisy", whatever the cause is. A run that was
/// stored before causes were recorded has no cause.
#[test]
fn every_cause_of_no_verdict_is_named() {
    let mut seen = HashSet::new();
    let causes = unclear_causes().into_iter().map(Some).chain([None]);
    for (lang, cause) in causes.flat_map(|cause| LANGUAGES.map(|lang| (lang, cause))) {
        let mut result = overfitting_run().result.unwrap();
        (result.verdict.kind, result.verdict.cause) = (RunVerdictKind::Unclear, cause);
        let text = run_summary(&result, Style { width: 10_000, ..style(lang) });
        assert!(seen.insert(text.lines().next().unwrap().replace(|c: char| c.is_numeric(), "")), "{text}");
    }
    assert_eq!(seen.len(), 2 * 6);
}

/// The least that each cause of no verdict needs.
fn unclear_causes() -> [VerdictCause; 5] {
    [
        VerdictCause::NoFiniteEvaluation,
        VerdictCause::TooFewEvaluations { evaluations: 2, needed: 6 },
        VerdictCause::NoBetterThanUntrained { untrained_loss: 2.3 },
        VerdictCause::TrainingLossDidNotFall,
        VerdictCause::TooFewSamples,
    ]
}

/// Otherwise a failed run looks as if it were still training.
#[test]
fn a_failed_run_tells_why() {
    let page = run_report(&unfinished_run(), Some("disk on fire"), Lang::En);
    assert!(page.contains("This run failed: disk on fire") && !page.contains("still trains"));
}

fn lang_text<'a>(lang: Lang, en: &'a str, ja: &'a str) -> &'a str {
    if lang == Lang::En { en } else { ja }
}

/// Otherwise a verdict is missing, empty, or the same in both languages.
#[test]
fn every_verdict_is_said_in_both_languages() {
    let mut seen = HashSet::new();
    for kind in run_verdict_kinds() {
        for lang in LANGUAGES {
            let mut result = overfitting_run().result.unwrap();
            result.verdict.kind = kind;
            let sentence = run_summary(&result, style(lang)).lines().next().unwrap().to_string();
            let japanese = sentence.contains(|c: char| c >= '\u{3000}');
            assert_eq!(japanese, lang == Lang::Ja, "{sentence}");
            assert!(seen.insert(sentence));
        }
    }
}

/// Otherwise the answer of a study that has none, or is not sure, reads like a sure one.
#[test]
fn every_answer_of_a_study_has_its_own_sentence() {
    use batchwright_find::VerdictKind::*;
    for (kind, words) in [
        (
            Best,
            "It is the best guess, with an expected regret of 2.1%; by luck of the seeds 64 may be better.",
        ),
        (Tie, "Equally good within 10%: 64;"),
        (
            Undecided,
            "among 32 and 64 with 90% probability. Still open: fewer than 3 fresh seeds were run at 32.",
        ),
    ] {
        let mut study = study();
        study.verdict.kind = kind;
        study.verdict.open = vec![batchwright_find::OpenPoint::TooFewSeeds { needed: 3, sizes: vec![32] }];
        let text = study_summary(&study, Style { width: 10_000, ..style(Lang::En) });
        assert!(text.contains(words), "{kind:?}: {text}");
    }
    let mut alone = study();
    (alone.verdict.kind, alone.best_set) = (Best, vec![32]);
    let text = study_summary(&alone, Style { width: 10_000, ..style(Lang::En) });
    assert!(text.contains("No other size comes within 10%"), "{text}");
}

/// Otherwise a program that reads the JSON gets another reason or another number than the person at
/// the terminal, or gets the reason in Japanese.
#[test]
fn the_reason_in_the_json_is_the_english_sentence_of_the_screen() {
    let wide = Style { width: 10_000, ..style(Lang::En) };
    let first_line = |text: String| text.lines().next().unwrap().to_owned();
    for kind in verdict_kinds() {
        let mut study = study();
        study.verdict.kind = kind;
        if kind == VerdictKind::Unreachable {
            study.recommended = None;
        }
        let json = serde_json::to_value(StudyJson(&study)).unwrap();
        assert_eq!(json["verdict"]["reason"], first_line(study_summary(&study, wide)));
        let mut plain = json.clone();
        plain["verdict"].as_object_mut().unwrap().remove("reason");
        assert_eq!(plain, serde_json::to_value(&study).unwrap());
        for lang in LANGUAGES {
            assert_eq!(embedded(&study_report(&study, None, &[], lang)), json);
        }
    }
    for kind in run_verdict_kinds() {
        let mut record = overfitting_run();
        record.result.as_mut().unwrap().verdict.kind = kind;
        let result = record.result.as_ref().unwrap();
        let json = serde_json::to_value(RunRecordJson(&record)).unwrap();
        assert_eq!(json["result"], serde_json::to_value(RunJson(result)).unwrap());
        assert_eq!(json["result"]["verdict"]["reason"], first_line(run_summary(result, wide)));
        for lang in LANGUAGES {
            assert_eq!(embedded(&run_report(&record, None, lang)), json);
        }
    }
    let unfinished = serde_json::to_value(RunRecordJson(&unfinished_run())).unwrap();
    assert!(unfinished["result"].is_null(), "{unfinished}");
}

/// The JSON within a page.
fn embedded(page: &str) -> serde_json::Value {
    let (_, json) = page.split_once("id=\"record\">").unwrap();
    serde_json::from_str(json.split_once("</script>").unwrap().0).unwrap()
}

/// Otherwise the fields of the object have another order than in the documentation, or a number is
/// written differently.
#[test]
fn json_keeps_the_order_of_the_fields() {
    let study = study();
    let json = serde_json::to_string(&StudyJson(&study)).unwrap();
    let reason = serde_json::to_value(StudyJson(&study)).unwrap()["verdict"]["reason"].to_string();
    assert_eq!(
        json.replacen(&format!(",\"reason\":{reason}"), "", 1),
        serde_json::to_string(&study).unwrap()
    );
}

/// Otherwise the Japanese page or terminal shows remarks and open points in English, or not at all.
#[test]
fn remarks_and_open_points_are_told_in_the_language_of_the_page() {
    let mut study = study();
    study.verdict.kind = batchwright_find::VerdictKind::Undecided;
    study.verdict.open = vec![batchwright_find::OpenPoint::NotJudged { sizes: vec![512] }];
    for (lang, remark, point) in [
        (Lang::En, "No trial ended in time: 512.", "Still open: size 512 may be as good"),
        (
            Lang::Ja,
            "時間内に終わった試行がないバッチサイズ: 512。",
            "未解決の点: バッチサイズ 512 は同じくらい良い",
        ),
    ] {
        let terminal = study_summary(&study, Style { width: 10_000, ..style(lang) });
        for text in [terminal, study_report(&study, None, &[], lang)] {
            assert!(text.contains(remark) && text.contains(point), "{text}");
        }
    }
}

/// Otherwise a study of energy or money is decided by a number that its answer does not show.
#[test]
fn energy_and_money_are_told_in_their_unit() {
    use batchwright_find::{Objective, StudyResult};
    let wide = |lang| Style { width: 10_000, ..style(lang) };
    let money = StudyResult { objective: Objective::Money, ..energy_study() };
    for (lang, joules, price) in [
        (Lang::En, " 0.2134 with 393 mJ (338–468 mJ) in 18 ms", "at a price of 7.58e-6 ("),
        (Lang::Ja, "エネルギー 393 mJ (338〜468 mJ)、18 ms", "費用 7.58e-6 ("),
    ] {
        for (study, words) in [(energy_study(), joules), (money.clone(), price)] {
            let (text, page) = (study_summary(&study, wide(lang)), study_report(&study, None, &[], lang));
            assert!(text.contains(words) && page.contains(words), "{text}");
        }
    }
    let text = study_summary(&energy_study(), wide(Lang::En));
    assert!(
        text.contains("energy to target") && text.contains("At batch size 512 a sample takes 20 times"),
        "{text}"
    );
    let row = text.lines().find(|line| line.trim_start().starts_with("512 "));
    assert!(row.is_some_and(|row| row.ends_with("cliff in step time")), "{text}");
    let page = study_report(&energy_study(), None, &[], Lang::En);
    for column in ["energy to target", "money to target", "energy per step", "input share"] {
        assert!(page.contains(&format!(">{column}</th>")), "{column}");
    }
    let mut unmeasured = study();
    (unmeasured.objective, unmeasured.recommended) = (Objective::Energy, None);
    unmeasured.verdict.kind = batchwright_find::VerdictKind::Undecided;
    let text = study_summary(&unmeasured, wide(Lang::En));
    assert!(text.contains("could not be measured at any size") && !text.contains("larger budget"), "{text}");
}

/// Otherwise the ratio is upside down, or a trade-off is shown where there is none.
#[test]
fn the_frontier_says_what_is_paid_for_what() {
    let says = |study: &batchwright_find::StudyResult| {
        study_summary(study, Style { width: 10_000, ..style(Lang::En) })
    };
    let study = study();
    let median = |size: usize, time: bool| {
        let size = &study.sizes[size];
        let estimate = if time { size.seconds_to_target } else { size.samples_to_target };
        estimate.and_then(|estimate| estimate.median).unwrap()
    };
    let (faster, more) = (median(0, true) / median(3, true), median(3, false) / median(0, false));
    let words =
        format!("8, 16, 32 and 64. From 8 to 64: {faster:.2} times faster for {more:.2} times the samples.");
    assert!(faster > 1.0 && more > 1.0 && says(&study).contains(&words), "{}", says(&study));
    assert!(says(&study).contains(
        "Fastest as measured: 64 (17 ms); as predicted from the law and the step times: 40 (17 ms)."
    ));
    assert!(
        says(&crowded_study()).contains("Batch size 8 needs both the least time and the fewest samples.")
    );
    let unfitted =
        batchwright_find::StudyResult { predicted_best: None, step_time_model: None, ..study.clone() };
    assert!(!says(&unfitted).contains("predicted"), "{}", says(&unfitted));
}

/// Otherwise the text advises an easier target although the cause was memory, time or a typing
/// error in the rates.
#[test]
fn a_study_without_an_answer_says_why() {
    use batchwright_find::TrialEnd::*;
    let says = |change: &dyn Fn(&mut batchwright_find::StudyResult)| {
        let mut study = study();
        study.recommended = None;
        study.verdict.kind = batchwright_find::VerdictKind::Unreachable;
        change(&mut study);
        let text = |lang| study_summary(&study, Style { width: 10_000, ..style(lang) });
        assert!(!text(Lang::Ja).lines().next().unwrap().contains("目標 に"));
        text(Lang::En).lines().next().unwrap().to_owned()
    };
    let memory = says(&|study| study.sizes.iter_mut().for_each(|size| size.fits = Some(false)));
    assert!(memory.contains("even the smallest, 8, does not fit"), "{memory}");
    let broken = says(&|study| {
        study.trials.iter_mut().for_each(|trial| (trial.end, trial.error) = (Failed, Some("no GPU".into())));
    });
    assert!(broken.contains("none of 56 trials could be used; the last error: no GPU"), "{broken}");
    let diverged = says(&|study| study.trials.iter_mut().for_each(|trial| trial.end = Diverged));
    assert!(diverged.contains("all 56 trials diverged"), "{diverged}");
    let missed = says(&|study| {
        study.trials.iter_mut().for_each(|trial| (trial.end, trial.best_metric) = (Budget, Some(0.3)));
        study.trials[9].best_metric = Some(0.25);
    });
    assert!(missed.contains("reached val_loss < 0.2134; the nearest trial came to 0.25 (batch size 16"));
    let undecided = batchwright_find::VerdictKind::Undecided;
    let early = says(&|study| (study.verdict.kind, study.trials) = (undecided, vec![]));
    assert!(early.contains("ended before its first trial did"), "{early}");
    let rarely = says(&|study| study.verdict.kind = undecided);
    assert!(rarely.contains("was reached, but no size reached it in at least half of its runs"), "{rarely}");
}

/// Otherwise one outcome of the search for what fits is told in the words of another, in the other
/// language, or without its numbers.
#[test]
fn each_end_of_a_fit_has_its_own_words() {
    let ran = |peak_bytes| Ran {
        steps: 60,
        planned_bytes: Some(300 << 20),
        peak_bytes,
        seconds_per_sample: Some(6e-5),
        ..Ran::default()
    };
    let record =
        |micro_batch_size, outcome| ProbeRecord { micro_batch_size, length: ProbeLength::Long, outcome };
    let refused = || ProbeOutcome::DoesNotFit { reason: "REASON".into() };
    let fit = |largest, failed, end, probes| FitAnswer {
        subject: FitSubject::Network { samples: 54_000, memory_limit: 300 << 20 },
        cap: 54_000,
        search: FitSearch { largest_that_fits: largest, smallest_that_failed: failed, end, probes },
        evaluation: None,
        model: MemoryModel::fit(&[(1_000, 20 << 20), (2_000, 30 << 20), (4_000, 50 << 20)]),
    };
    let failed = FitEnd::Failed { micro_batch_size: 22_607, reason: "REASON".into() };
    let runs = || record(22_607, ProbeOutcome::Runs(ran(Some(302 << 20))));
    let answers = [
        (fit(Some(22_607), Some(22_608), FitEnd::Found, vec![record(22_608, refused()), runs()]), "22,608"),
        (fit(Some(22_607), None, FitEnd::Found, vec![runs()]), "22,607"),
        (
            fit(None, Some(1), FitEnd::NoneFits { reason: "REASON".into() }, vec![record(1, refused())]),
            "REASON",
        ),
        (fit(None, None, failed, vec![]), "REASON"),
        (
            fit(None, None, FitEnd::NoStep { micro_batch_size: 77 }, vec![record(77, ProbeOutcome::NoStep)]),
            "77",
        ),
    ];
    for lang in LANGUAGES {
        let said: Vec<String> = answers.iter().map(|(answer, _)| fit_summary(answer, style(lang))).collect();
        let first: HashSet<&str> = said.iter().map(|text| text.split("\n\n").next().unwrap()).collect();
        assert_eq!(first.len(), answers.len());
        for (text, (_, number)) in said.iter().zip(&answers) {
            assert!(text.replace('\n', " ").contains(number), "{text}");
            assert_eq!(lang == Lang::Ja, text.contains("プロセス"), "{text}");
        }
        assert!(
            said[0].contains("302 MiB") && said[0].contains("+0.7%") && said[0].contains("REASON"),
            "{}",
            said[0]
        );
        assert!(said[0].contains("10.2 KiB"), "bytes a sample: {}", said[0]);
    }
}

/// Otherwise the answer for a training command uses the words for the built-in networks, or does
/// not tell what it rests on.
#[test]
fn each_end_of_a_fit_of_a_command_has_its_own_words() {
    let record =
        |micro_batch_size, outcome| ProbeRecord { micro_batch_size, length: ProbeLength::Long, outcome };
    let runs = |evidence| {
        let ran = Ran { evidence, peak_bytes: Some(302 << 20), ..Ran::default() };
        record(1_000, ProbeOutcome::Runs(ran))
    };
    let refused = |size| record(size, ProbeOutcome::DoesNotFit { reason: "REASON".into() });
    let answer = |memory_limit, largest, failed, end, probes| FitAnswer {
        subject: FitSubject::Command { memory_limit },
        cap: 2_000,
        search: FitSearch { largest_that_fits: largest, smallest_that_failed: failed, end, probes },
        evaluation: None,
        model: Err(MemoryModelError::TooFewSizes { found: 1 }),
    };
    let (some, next) = (Some(1_000), Some(1_001));
    let none = FitEnd::NoneFits { reason: "REASON".into() };
    let failed = FitEnd::Failed { micro_batch_size: 1_001, reason: "REASON".into() };
    let spills = record(1_001, ProbeOutcome::Spills { slowdown: 20.0 });
    let found = || FitEnd::Found;
    let evaluation = answer(None, Some(1_003), Some(1_004), found(), vec![]).search;
    let answers = [
        answer(None, some, next, found(), vec![refused(1_001), runs(RunEvidence::Steps)]),
        answer(Some(300 << 20), some, next, found(), vec![spills, runs(RunEvidence::Lived)]),
        answer(None, some, None, found(), vec![runs(RunEvidence::Lived)]),
        answer(None, None, next, none, vec![refused(1_001)]),
        answer(None, None, None, failed, vec![]),
        answer(None, None, None, FitEnd::NoStep { micro_batch_size: 1_002 }, vec![]),
        FitAnswer { evaluation: Some(evaluation), ..answer(Some(1 << 20), some, next, found(), vec![]) },
    ];
    for lang in LANGUAGES {
        let said: Vec<String> =
            answers.iter().map(|answer| fit_summary(answer, style(lang)).replace('\n', " ")).collect();
        let first: HashSet<&str> = said.iter().map(|text| text.split("  ").next().unwrap()).collect();
        assert_eq!(first.len(), answers.len());
        for text in &said {
            assert!(text.contains("1,00"), "the size: {text}");
            assert_eq!(lang == Lang::Ja, text.contains("プロセス"), "{text}");
            assert!(!text.contains(lang_text(lang, "micro-batch", "マイクロバッチ")), "{text}");
        }
        for (text, part) in [
            (0, "302 MiB"),
            (0, "REASON"),
            (1, "300 MiB"),
            (1, "20"),
            (3, "REASON"),
            (4, "REASON"),
            (6, "1,003"),
            (6, "{eval_batch_size}"),
        ] {
            assert!(said[text].contains(part), "{part}: {}", said[text]);
        }
        let rests = |text: usize| said[text].contains("--metric");
        assert_eq!([0, 1, 2, 3, 5].map(rests), [false, true, true, false, true]);
    }
}

/// Otherwise a refused memory model is missing without an explanation.
#[test]
fn a_refused_memory_model_says_why() {
    for error in [
        MemoryModelError::TooFewSizes { found: 2 },
        MemoryModelError::NoLine { micro_batch_size: 77, measured: 2e9, modelled: 1e9 },
    ] {
        let number = if matches!(error, MemoryModelError::NoLine { .. }) { "77" } else { "2" };
        let ran = Ran { steps: 3, planned_bytes: Some(1), ..Ran::default() };
        let probe =
            ProbeRecord { micro_batch_size: 8, length: ProbeLength::Long, outcome: ProbeOutcome::Runs(ran) };
        let search = FitSearch {
            largest_that_fits: Some(8),
            smallest_that_failed: None,
            end: FitEnd::Found,
            probes: vec![probe],
        };
        let answer = FitAnswer {
            subject: FitSubject::Network { samples: 8, memory_limit: 1 << 20 },
            cap: 8,
            search,
            evaluation: None,
            model: Err(error),
        };
        for lang in LANGUAGES {
            let text = fit_summary(&answer, style(lang)).replace('\n', " ");
            assert!(
                text.contains(lang_text(lang, "How memory grows", "メモリ")) && text.contains(number),
                "{text}"
            );
        }
    }
}
