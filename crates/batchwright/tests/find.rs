//! `find` on the embedded digits, with small settings. The JSON object is the contract, whatever
//! the verdict.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, assert_fields, number};
use serde_json::{Value, json};

/// A small study that decides quickly, because differences of up to a half count as a tie.
const SMALL: &str = "find --batch-sizes 8,32,128 --model mlp:8 --margin 0.5 --budget 30s";

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|size| size.as_u64().unwrap()).collect()
}

/// Asserts that the study has an answer, by its JSON object and its exit code.
fn answered(ended: Ended) -> Value {
    let study = ended.succeeded().object();
    let kind = study["verdict"]["kind"].as_str().unwrap();
    assert!(["best", "tie"].contains(&kind), "{study:#}");
    study
}

/// A field that is lost or renamed, or parts that contradict each other, would mislead every
/// program that reads the verdict.
#[test]
fn the_object_is_the_contract_and_agrees_with_itself() {
    let folder = Folder::new();
    // On a busy machine measured step times may leave it undecided; the object is the same.
    let study = folder.run(&format!("{SMALL} --name s --json")).object();
    assert_fields(
        &study,
        "version study objective target.metric target.goal target.direction target.how sizes \
         fit.largest_that_fits best_set verdict.reason recommended.batch_size recommended.learning_rate \
         recommended.tied_with cost.trials cost.steps cost.seconds cost.wall_seconds report",
    );
    // Steps that fall as 1/B over all sizes have no bend. Then it is said that there is no law.
    match &study["law"] {
        Value::Null => assert!(study["remarks"].to_string().contains("no_law"), "{study:#}"),
        law => assert_fields(
            law,
            "s_min critical_batch_size.value critical_batch_size.low critical_batch_size.high",
        ),
    }
    let sizes = study["sizes"].as_array().unwrap();
    assert_eq!(
        sizes.iter().map(|size| size["batch_size"].as_u64().unwrap()).collect::<Vec<_>>(),
        [8, 32, 128]
    );
    for size in sizes {
        assert_fields(
            size,
            "fits memory_bytes step_seconds.median step_seconds.low step_seconds.high learning_rate.best \
             learning_rate.tuned runs p_best",
        );
    }
    let chosen = sizes.iter().find(|size| size["batch_size"] == study["recommended"]["batch_size"]).unwrap();
    // For a size that was judged from other sizes, nothing was measured.
    assert_fields(chosen, "steps_to_target.censored samples_to_target.median seconds_to_target.median");
    let p_best = |wanted: &dyn Fn(u64) -> bool| -> f64 {
        let wanted = sizes.iter().filter(|size| wanted(size["batch_size"].as_u64().unwrap()));
        wanted.map(|size| number(size, "p_best")).sum()
    };
    let best_set = numbers(&study["best_set"]);
    assert!(p_best(&|size| best_set.contains(&size)) >= 0.9, "{study:#}");
    assert!((p_best(&|_| true) - 1.0).abs() < 1e-9, "{study:#}");
    let tied_with = numbers(&study["recommended"]["tied_with"]);
    let recommended = number(&study, "recommended.batch_size") as u64;
    assert!(tied_with.iter().all(|&other| other > recommended), "the smallest of a tie: {study:#}");
    match study["verdict"]["kind"].as_str().unwrap() {
        "best" => assert!(tied_with.is_empty(), "{study:#}"),
        "tie" => assert!(!tied_with.is_empty(), "{study:#}"),
        kind => assert_eq!(kind, "undecided", "{study:#}"),
    }
    let runs: f64 = sizes.iter().map(|size| number(size, "runs")).sum();
    assert_eq!(number(&study, "cost.trials"), runs);
}

/// A report must be reproducible, with the same content the second time.
#[test]
fn a_study_is_remembered_with_its_report_and_charts() {
    let folder = Folder::new();
    let ended = folder.run("find --batch-sizes 16,64 --model mlp:8 --margin 0.5 --budget 3s --name s --json");
    assert_eq!(folder.remembered("s"), ended.object());
    let charts = folder.run("report s --format svg --output charts").succeeded().stdout;
    assert!(charts.lines().count() >= 2, "{charts}");
    for path in charts.lines() {
        assert!(std::fs::read_to_string(folder.path(path)).unwrap().starts_with("<svg"), "{path}");
    }
    let first = std::fs::read_to_string(folder.path("runs/s/report.html")).unwrap();
    folder.run("report s --format html --output again.html").succeeded();
    assert_eq!(std::fs::read_to_string(folder.path("again.html")).unwrap(), first);
}

/// The question of those who have an hour: every training takes the same time, and the best result counts.
#[test]
fn trainings_of_one_time_are_compared_by_their_results() {
    let folder = Folder::new();
    let study =
        "find --objective quality --batch-sizes 4,64 --model mlp:8 --lr 0.1..0.4 --lr-fixed --budget 20s";
    // How the machine's speed wavers decides whether the answer becomes final.
    let ended = folder.run(&format!("{study} --within 0.003s --json"));
    assert!([0, 3].contains(&ended.code), "{ended:?}");
    let result = ended.object();
    assert_eq!((&result["within_seconds"], &result["target"]), (&json!(0.003), &Value::Null), "{result:#}");
    let trials = result["trials"].as_array().unwrap();
    let most = |size: u64| {
        let of_size = trials.iter().filter(|trial| trial["request"]["batch_size"] == size);
        of_size.map(|trial| trial["request"]["max_samples"].as_u64().unwrap()).max().unwrap()
    };
    assert!(most(4) < most(64), "steps of 64 samples take less than 16 times as long: {result:#}");
    let reason = result["verdict"]["reason"].as_str().unwrap();
    assert!(reason.contains(" in 3 ms of training"), "{reason}");
    // The same samples instead: two epochs of 1,455.
    let result = folder.run(&format!("{study} --within 2ep --json --fresh")).object();
    let trials = result["trials"].as_array().unwrap();
    assert!(trials.iter().all(|trial| trial["request"]["max_samples"] == 2910), "{result:#}");
    assert_eq!(result["within_seconds"], Value::Null);
}

/// A length without a meaning must be refused before anything is trained.
#[test]
fn a_length_of_trainings_is_for_quality_and_no_number_of_steps() {
    for (line, says) in [
        ("find --within 5s", "give --objective quality"),
        ("find --objective quality --within 500st", "60s"),
        ("find --objective quality --within 1e6tok", "--within"),
        ("find --objective quality --within 5s --max-samples 9", "cannot be used with"),
        (
            "find --objective quality --within 2ep --lr 0.1..1 -- sh -c : {batch_size} {lr} {steps}",
            "--samples",
        ),
    ] {
        Folder::new().run(line).refused(2, &[says]);
    }
}

/// If no size reaches the target, a recommendation would be a guess that looks like evidence.
#[test]
fn a_target_that_no_size_reaches_gives_no_recommendation() {
    let ended = Folder::new()
        .run("find --batch-sizes 16,64 --model mlp:8 --target val_loss=1e-9 --max-samples 3000 --budget 20s --json")
        .ended_with(3);
    let study = ended.object();
    assert_eq!(
        (&study["verdict"]["kind"], &study["recommended"]),
        (&json!("unreachable"), &Value::Null),
        "{study:#}"
    );
    assert_eq!(study["best_set"], json!([]));
    assert_eq!(study["sizes"].as_array().unwrap().len(), 2);
    for size in study["sizes"].as_array().unwrap() {
        assert_eq!(size["steps_to_target"]["median"], Value::Null, "censored runs have no median: {size:#}");
    }
}

/// The result must show the difference between a size that cannot run and a size that is slow.
#[test]
fn a_model_that_fits_at_no_size_is_said_not_to_fit() {
    let ended = Folder::new()
        .run("find --batch-sizes 8,16 --model mlp:999999999,999999999 --budget 2s --json")
        .ended_with(3);
    let study = ended.object();
    assert_eq!(study["recommended"], Value::Null);
    let [smallest, larger] = study["sizes"].as_array().unwrap().as_slice() else { panic!("{study:#}") };
    assert_eq!((&smallest["fits"], &smallest["runs"]), (&json!(false), &json!(0)));
    // If the smallest size does not fit, no larger size is tried.
    assert_eq!((&larger["fits"], &larger["runs"]), (&Value::Null, &json!(0)));
    assert!(ended.stderr.contains("does not fit"), "{}", ended.stderr);
}

/// Other objectives use other numbers. A verdict must not need step times that it does not use.
#[test]
fn each_objective_gives_a_verdict() {
    for objective in ["samples", "steps", "quality"] {
        let line = format!(
            "find --batch-sizes 16,64 --model mlp:8 --objective {objective} --margin 0.5 --budget 30s --json"
        );
        let study = answered(Folder::new().run(&line));
        assert_eq!(study["objective"], objective);
    }
}

/// A script must not continue with a size that was not decided.
#[test]
fn a_study_that_has_not_decided_says_so_by_its_code() {
    let strict =
        "find --batch-sizes 8,16,32 --model mlp:8 --objective samples --margin 0.001 --budget 1s --json";
    let study = Folder::new().run(strict).ended_with(3).object();
    assert_eq!(study["verdict"]["kind"], "undecided", "{study:#}");
}

/// If a machine cannot measure energy, or if the price is missing, the user must be told before the
/// study, not after it. If the machine has energy counters, they must be read.
#[test]
fn money_and_energy_need_a_price_and_counters() {
    let folder = Folder::new();
    let small = "find --batch-sizes 16,64 --model mlp:8 --budget 2s --json";
    folder.run(&format!("{small} --objective money")).refused(2, &["--price-per-hour"]);
    folder.run(&format!("{small} --price-per-hour -1")).refused(2, &["--price-per-hour", "1e-12 to 1e12"]);
    folder.run(&format!("{small} --objective energy --powercap nowhere")).refused(
        2,
        &[
            "nowhere/intel-rapl:N",
            "objectives that need no energy counters: time, money, samples, steps, quality\n",
        ],
    );
    for (file, text) in [("name", "package-0"), ("energy_uj", "17"), ("max_energy_range_uj", "1000")] {
        folder.write(&format!("counters/intel-rapl:0/{file}"), text);
    }
    let still = folder.run(&format!("{small} --objective energy --powercap counters")).ended_with(3);
    assert!(still.object()["remarks"].to_string().contains("no_step_energy"), "{}", still.stdout);
    let decides = small.replace("--budget 2s", "--budget 30s --margin 0.5");
    let study = answered(folder.run(&format!("{decides} --objective money --price-per-hour 3600")));
    assert_eq!(study["sizes"].as_array().unwrap().len(), 2);
    for size in study["sizes"].as_array().unwrap() {
        assert_eq!(size["money_to_target"], size["seconds_to_target"], "one a second: {size:#}");
        assert!(number(size, "input_share") < 1.0);
    }
}

/// Code that assumes an accuracy breaks where a number is predicted.
#[test]
fn a_study_of_a_table_without_classes_runs_too() {
    let folder = Folder::new();
    let rows: String = (0..200).map(|x| format!("{x},{}\n", x * x % 97)).collect();
    folder.write("t.csv", format!("x,y\n{rows}"));
    let line = "find --data t.csv --label y --task regress --batch-sizes 4,8 --model mlp:4 --margin 0.9 --budget 30s --json";
    answered(folder.run(line));
    folder
        .run("find --data t.csv --label y --task regress --target val_accuracy=0.9 --budget 2s")
        .refused(2, &["val_accuracy", "val_loss"]);
}
