//! `train`, and its results that `eval`, `predict` and `report` read, on the embedded digits.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use batchwright::data::{Labels, OpenOptions, open};
use batchwright::nn::compute::Isa;
use common::{Ended, Folder, assert_fields, number};
use serde_json::Value;

/// A field that is lost or renamed would break every program that reads the result.
#[test]
fn the_object_and_the_files_are_the_contract() {
    let folder = Folder::new();
    let run = folder.object("train --epochs 3");
    assert_fields(
        &run,
        "run samples parameters batch_size micro_batch_size steps_per_epoch steps epochs samples_seen seconds \
         memory_bytes stopped_by train.loss validation.loss validation.accuracy validation.best_loss \
         validation.best_step test.loss test.accuracy verdict.kind verdict.since_step verdict.reason model report",
    );
    assert_eq!(
        (number(&run, "samples"), number(&run, "steps"), number(&run, "epochs")),
        (1455.0, 138.0, 3.0)
    );
    assert_eq!(run["stopped_by"], "duration");
    assert!(number(&run, "test.accuracy") > 0.85, "{run:#}");
    for file in
        ["runs/digits-mlp64-1/model.safetensors", "runs/digits-mlp64-1/report.html", "runs/batchwright.db"]
    {
        assert!(folder.path(file).is_file(), "{file}");
    }
    assert_eq!(run["model"], "runs/digits-mlp64-1/model.safetensors");
}

/// Without determinism, a difference between two runs means nothing. Threads share the work and
/// must not change sums.
#[test]
fn the_same_seed_gives_the_same_rows_on_any_number_of_threads() {
    let folder = Folder::new();
    for (name, flags) in [
        ("first", "--seed 7"),
        ("again", "--seed 7"),
        ("one", "--seed 7 --threads 1"),
        ("two", "--seed 7 --threads 2"),
        ("other", "--seed 8"),
    ] {
        let line =
            format!("train --name {name} {flags} --epochs 2 --model mlp:48,24 --dropout 0.1 --batch-size 64");
        folder.run(&line).succeeded();
    }
    let first = folder.rows("first");
    assert!(first.len() >= 20);
    for name in ["again", "one", "two"] {
        assert_eq!(folder.rows(name), first, "{name}");
    }
    assert_ne!(folder.rows("other"), first);
}

/// Half precision is another training of the same network in the same memory; what is saved and shown of
/// it is f32, and it is said where the processor gains nothing by it.
#[test]
fn bf16_trains_what_f32_does() {
    let folder = Folder::new();
    let line =
        |precision: &str| format!("train --name {precision} --epochs 3 --precision {precision} --seed 3");
    let [single, half] = ["f32", "bf16"].map(|precision| folder.object(&line(precision)));
    assert_eq!(single["memory_bytes"], half["memory_bytes"]);
    let [losses, accuracies] =
        ["test.loss", "test.accuracy"].map(|field| [&single, &half].map(|run| number(run, field)));
    assert!(losses[0] != losses[1] && (losses[0] - losses[1]).abs() < 0.02, "{losses:?}");
    assert!((accuracies[0] - accuracies[1]).abs() < 0.02, "{accuracies:?}");
    for precision in ["f32", "bf16"] {
        let settings = folder.remembered(precision)["settings"].to_string();
        assert!(settings.contains(&format!(r#"["precision","{precision}"]"#)), "{settings}");
    }
    let evaluated = folder.object("eval bf16 --split validation");
    let shown = number(&half, "validation.best_loss");
    assert!((number(&evaluated, "loss") - shown).abs() < 1e-6, "{evaluated:#} {shown}");

    let remarks = |lang: &str| {
        let words = ["--lang", lang, "train", "--epochs", "1", "--precision", "bf16"];
        let ended = Ended::new(folder.command(&words).output().unwrap()).succeeded();
        ended.stdout + &ended.stderr
    };
    let said = [("en", "slower than --precision f32"), ("ja", "--precision f32 より遅くなります")];
    for (lang, sentence) in said {
        assert_eq!(remarks(lang).contains(sentence), !Isa::detect().has_fast_bf16(), "{lang}");
    }
    assert!(!folder.run("train --epochs 1").succeeded().stdout.contains("bf16"));
}

/// If accumulated gradients are summed instead of averaged, or weighted wrongly in the short last
/// batch, another network is trained.
#[test]
fn micro_batches_change_nothing_but_rounding() {
    let folder = Folder::new();
    folder.run("train --name whole --epochs 2").succeeded();
    folder.run("train --name parts --epochs 2 --micro-batch-size 8").succeeded();
    let (whole, parts) = (folder.rows("whole"), folder.rows("parts"));
    assert!(whole.len() >= 20);
    assert_eq!(whole.len(), parts.len());
    for (whole, parts) in whole.iter().zip(&parts) {
        assert_eq!(whole["step"], parts["step"]);
        for field in ["train.loss", "validation.loss"] {
            let (whole, parts) = (number(whole, field), number(parts, field));
            assert!((whole - parts).abs() < 1e-3 * whole, "{field}: {whole} and {parts}");
        }
    }
}

/// A model that is saved with other weights, or loaded with another normalisation or another split,
/// gets another score.
#[test]
fn eval_finds_again_what_the_run_reported() {
    let folder = Folder::new();
    let run = folder.object("train --name r --limit-samples 300 --epochs 20 --split-seed 3");
    for (split, field) in [("test", "test.loss"), ("validation", "validation.best_loss")] {
        let found = folder.object(&format!("eval r --split {split} --split-seed 3"));
        assert_eq!(number(&found, "loss"), number(&run, field), "{split}");
    }
    let by_path = folder.object("eval runs/r/model.safetensors --split-seed 3");
    assert_eq!(number(&by_path, "accuracy"), number(&run, "test.accuracy"));
    assert_eq!(by_path["split"], "test");
    assert_eq!(number(&folder.object("eval r --split all"), "samples"), 1797.0);
}

/// Predictions in another order than the samples are useless, even from a good model.
#[test]
fn predict_answers_for_each_sample_in_order() {
    let folder = Folder::new();
    folder.run("train --name r --epochs 10").succeeded();
    let csv = folder.run("predict r").succeeded().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines[0], lines.len()), ("row,prediction,probability", 1 + 1797));
    let source = open(None, &OpenOptions::default()).unwrap();
    let Labels::Classes { codes, .. } = source.labels() else { panic!("digits have classes") };
    let right = lines[1..].iter().zip(codes.iter()).enumerate().filter(|(index, (line, label))| {
        let start = format!("{},{label},", index + 1);
        line.starts_with(&start)
    });
    let right = right.count();
    let accuracy = number(&folder.object("eval r --split all"), "accuracy");
    assert_eq!(right, (1797.0 * accuracy).round() as usize);
    assert!(right > 1700, "{right}");
}

/// Training samples that are silently dropped, or used although they should be dropped, change
/// every count.
#[test]
fn drop_last_leaves_out_the_short_batch() {
    let run = Folder::new().object("train --epochs 2 --batch-size 100 --drop-last");
    assert_eq!((number(&run, "steps_per_epoch"), number(&run, "samples_seen")), (14.0, 2.0 * 1400.0));
}

/// No sample may be skipped or repeated where the batch size does not divide the data.
#[test]
fn each_sample_is_used_once_an_epoch_at_any_batch_size() {
    let folder = Folder::new();
    for (batch_size, steps) in [(1, 10), (3, 4), (10, 1), (11, 1)] {
        let run = folder.object(&format!("train --limit-samples 10 --epochs 3 --batch-size {batch_size}"));
        let counts =
            ["samples", "steps_per_epoch", "steps", "samples_seen"].map(|field| number(&run, field) as u64);
        assert_eq!(counts, [10, steps, 3 * steps, 30], "batch size {batch_size}");
    }
}

#[test]
fn max_steps_wins() {
    let run = Folder::new().object("train --epochs 3 --max-steps 5");
    assert_eq!((number(&run, "steps"), number(&run, "samples_seen")), (5.0, 160.0));
}

#[test]
fn a_duration_in_time_ends_a_run_too() {
    let run = Folder::new().object("train --duration 0.05s");
    assert_eq!(run["stopped_by"], "duration");
    assert!(number(&run, "seconds") >= 0.05);
}

/// A run that continues when nothing improves wastes time. A run that stops at once learns nothing.
#[test]
fn patience_ends_a_run_that_no_longer_improves() {
    let folder = Folder::new();
    let line = "train --limit-samples 100 --label-noise 0.4 --lr 0.2 --epochs 400 --patience 10ep";
    let run = folder.object(line);
    assert_eq!(run["stopped_by"], "patience", "{run:#}");
    let waited = number(&run, "steps") - number(&run, "validation.best_step");
    // 100 samples at batch size 32 are 4 steps per epoch.
    assert!(waited >= 40.0 && number(&run, "steps") < 1600.0, "{run:#}");
}

/// A script that asks for a target must learn from the exit code whether the target was reached.
#[test]
fn a_target_ends_the_run_and_decides_the_exit_code() {
    let folder = Folder::new();
    let reached = folder.object("train --target val_accuracy=0.8 --epochs 50");
    assert_eq!(reached["stopped_by"], "target");
    assert!(number(&reached, "validation.accuracy") > 0.8 && number(&reached, "epochs") < 50.0);

    let missed =
        folder.run("train --name missed --target val_loss<0.001 --epochs 1 --json").ended_with(3).object();
    assert_eq!(missed["stopped_by"], "duration");
    folder.run("eval missed").succeeded();
}

/// A run must not train on NaN for hours, must not save NaN as the best model, and must not report
/// success.
#[test]
fn a_run_that_diverges_stops_fails_and_keeps_its_best_weights() {
    let folder = Folder::new();
    let ended = folder.run("train --name far --lr 1e30 --epochs 1000 --json").ended_with(1);
    let run = ended.object();
    assert_eq!((&run["stopped_by"], &run["verdict"]["kind"]), (&"diverged".into(), &"diverged".into()));
    assert!(number(&run, "steps") < 100.0);
    assert!(number(&folder.object("eval far"), "loss").is_finite());
    assert_eq!(
        folder.remembered("far")["result"],
        run,
        "what is not finite is stored and read back as it is printed"
    );
    folder.run("report far").succeeded();
}

/// A report must be reproducible, with the same content the second time.
#[test]
fn a_report_is_made_again_as_page_charts_and_json() {
    let folder = Folder::new();
    let run = folder.object("train --name r --epochs 2");
    let first = std::fs::read_to_string(folder.path("runs/r/report.html")).unwrap();
    folder.run("report r --output again.html").succeeded();
    assert_eq!(std::fs::read_to_string(folder.path("again.html")).unwrap(), first);
    assert_eq!(folder.remembered("r")["result"], run);

    let charts = folder.run("report r --format svg --output charts").succeeded().stdout;
    assert!(charts.lines().count() >= 2);
    for path in charts.lines() {
        let chart = std::fs::read_to_string(folder.path(path)).unwrap();
        assert!(chart.starts_with("<svg") && chart.trim_end().ends_with("</svg>"), "{path}");
    }
    folder.run("report r --format svg --chart nosuch").refused(2, &["--chart nosuch", "there are"]);
}

/// If two runs had the same name, the second would overwrite the model of the first.
#[test]
fn runs_get_names_of_their_own() {
    let folder = Folder::new();
    let name = |ended: Ended| ended.succeeded().object()["run"].clone();
    let train = || folder.run("train --max-steps 3 --json");
    assert_eq!(
        [name(train()), name(train())],
        [Value::from("digits-mlp64-1"), Value::from("digits-mlp64-2")]
    );
    folder.run("train --max-steps 3 --name mine").succeeded();
    folder.run("train --max-steps 3 --name mine").refused(2, &["\"mine\" is taken"]);
}

/// Runs at the same time in one folder must not lock each other out or get the same name.
#[test]
fn several_runs_at_once_share_a_folder() {
    let folder = Folder::new();
    let children: Vec<_> = (0..4).map(|_| folder.start("train --epochs 2 --json")).collect();
    let runs =
        children.into_iter().map(|child| Ended::new(child.wait_with_output().unwrap()).succeeded().object());
    let names: std::collections::HashSet<String> = runs.map(|run| run["run"].to_string()).collect();
    assert_eq!(names.len(), 4);
}
