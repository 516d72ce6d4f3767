//! `find` on the embedded digits, small: the object is the contract, whatever the verdict.

mod common;

use common::{Folder, assert_fields, number};
use serde_json::{Value, json};

/// A study small enough for a test; two sizes, few runs.
const SMALL: &str = "find --batch-sizes 16,64 --model mlp:8 --seeds 3 --budget 4s";

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|size| size.as_u64().unwrap()).collect()
}

/// The code that scripts branch on must say what the object says.
fn expected_code(study: &Value) -> i32 {
    match study["verdict"]["kind"].as_str().unwrap() {
        "best" | "tie" => 0,
        "undecided" | "unreachable" => 3,
        other => panic!("no such kind: {other}"),
    }
}

/// A field that is lost or renamed, or parts that contradict each other, mislead every program that reads the verdict.
#[test]
fn the_object_is_the_contract_and_agrees_with_itself() {
    let folder = Folder::new();
    let ended = folder.run(&format!("{SMALL} --name s --json"));
    let study = ended.object();
    assert_eq!(ended.code, expected_code(&study), "{study:#}");
    assert_fields(
        &study,
        "version study objective target.metric target.goal target.direction target.how sizes fit.largest_that_fits \
         best_set verdict.reason recommended cost.trials cost.steps cost.seconds cost.wall_seconds report",
    );
    let sizes = study["sizes"].as_array().unwrap();
    assert_eq!(
        sizes.iter().map(|size| size["batch_size"].clone()).collect::<Vec<_>>(),
        [json!(16), json!(64)]
    );
    for size in sizes {
        assert_fields(
            size,
            "fits memory_bytes step_seconds.median step_seconds.low step_seconds.high learning_rate.best \
             learning_rate.tuned runs steps_to_target.censored samples_to_target seconds_to_target p_best",
        );
    }
    let p_best = |size: u64| {
        let found = sizes.iter().find(|found| found["batch_size"] == size);
        number(found.unwrap(), "p_best")
    };
    let best_set = numbers(&study["best_set"]);
    assert!(best_set.iter().map(|&size| p_best(size)).sum::<f64>() >= 0.9, "{study:#}");
    assert!((p_best(16) + p_best(64) - 1.0).abs() < 1e-9, "{study:#}");
    let tied_with = numbers(&study["recommended"]["tied_with"]);
    assert!(!tied_with.contains(&(number(&study, "recommended.batch_size") as u64)));
    assert!(number(&study, "cost.trials") >= 6.0);

    assert_eq!(folder.remembered("s"), study);
    let charts = folder.run("report s --format svg --output charts").succeeded().stdout;
    for path in charts.lines() {
        assert!(std::fs::read_to_string(folder.path(path)).unwrap().starts_with("<svg"), "{path}");
    }
    let first = std::fs::read_to_string(folder.path("runs/s/report.html")).unwrap();
    folder.run("report s --format html --output again.html").succeeded();
    assert_eq!(std::fs::read_to_string(folder.path("again.html")).unwrap(), first);
}

/// Where no size reaches the target, to recommend one all the same would be a guess that looks like evidence.
#[test]
fn a_target_that_no_size_reaches_gives_no_recommendation() {
    let ended = Folder::new()
        .run("find --batch-sizes 16,64 --model mlp:8 --target val_loss=1e-9 --max-samples 3000 --budget 3s --json")
        .ended_with(3);
    let study = ended.object();
    assert_eq!(
        (&study["verdict"]["kind"], &study["recommended"]),
        (&json!("unreachable"), &Value::Null),
        "{study:#}"
    );
    assert_eq!(study["best_set"], json!([]));
    for size in study["sizes"].as_array().unwrap() {
        assert_eq!(size["steps_to_target"]["median"], Value::Null, "censored runs have no median: {size:#}");
    }
}

/// A size that cannot run must be told from one that is slow.
#[test]
fn a_model_that_fits_at_no_size_is_said_not_to_fit() {
    let ended = Folder::new()
        .run("find --batch-sizes 8,16 --model mlp:999999999,999999999 --budget 2s --json")
        .ended_with(3);
    let study = ended.object();
    assert_eq!(study["recommended"], Value::Null);
    for size in study["sizes"].as_array().unwrap() {
        assert_eq!((&size["fits"], &size["runs"]), (&json!(false), &json!(0)));
    }
    assert!(ended.stderr.contains("does not fit"), "{}", ended.stderr);
}

/// Other objectives rest on other figures; a verdict must not need step times that it does not use.
#[test]
fn each_objective_gives_a_verdict() {
    for objective in ["samples", "steps", "quality"] {
        let line =
            format!("find --batch-sizes 16,64 --model mlp:8 --objective {objective} --budget 3s --json");
        let ended = Folder::new().run(&line);
        let study = ended.object();
        assert_eq!(ended.code, expected_code(&study), "{study:#}");
        assert_eq!(study["objective"], objective);
    }
}

/// Seconds of a person who waits: the budget must hold however many sizes are asked for.
#[test]
fn a_study_of_a_regression_table_runs_too() {
    let folder = Folder::new();
    let rows: String = (0..200).map(|x| format!("{x},{}\n", x * x % 97)).collect();
    folder.write("t.csv", format!("x,y\n{rows}"));
    let ended = folder
        .run("find --data t.csv --label y --task regress --batch-sizes 4,8 --model mlp:4 --budget 2s --json");
    assert_eq!(ended.code, expected_code(&ended.object()));
    folder
        .run("find --data t.csv --label y --task regress --target val_accuracy=0.9 --budget 2s")
        .refused(2, &["val_accuracy", "val_loss"]);
}
