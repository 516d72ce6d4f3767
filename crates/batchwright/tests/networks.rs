//! Convolutional and residual networks from end to end on the embedded digits, which are images of
//! 8 x 8: trained, planned, evaluated, predicted, resumed and studied.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, number};

#[test]
fn a_network_is_trained_evaluated_and_predicted() {
    for (model, flags, least, parameters) in [
        ("cnn", "--epochs 2 --lr 0.02", 0.9, 832.0 + 51_264.0 + 131_584.0 + 5_130.0),
        ("resnet:8", "--epochs 2 --lr 0.1", 0.6, 77_754.0),
    ] {
        let folder = Folder::new();
        let run = folder.object(&format!("train --model {model} --name r --batch-size 32 {flags}"));
        assert_eq!(number(&run, "parameters"), parameters);
        assert!(number(&run, "test.accuracy") > least, "{model}: {run:#}");
        // What is loaded is what was trained, the running statistics of batch norm included.
        assert_eq!(number(&folder.object("eval r"), "loss"), number(&run, "test.loss"), "{model}");
        let plan = folder.object(&format!("plan --model {model} --batch-sizes 32"));
        assert_eq!(plan["plans"][0]["memory_bytes"], run["memory_bytes"], "{model}");
    }
}

#[test]
fn threads_change_no_bit_and_a_resumed_run_ends_as_the_unbroken_one() {
    let train = "train --model resnet:8 --name r --limit-samples 200 --batch-size 32 --micro-batch-size 16";
    let model = |commands: &[&str]| {
        let folder = Folder::new();
        for command in commands {
            folder.run(command).succeeded();
        }
        std::fs::read(folder.path("runs/r/model.safetensors")).unwrap()
    };
    let unbroken = model(&[&format!("{train} --epochs 2 --threads 1")]);
    assert!(unbroken == model(&[&format!("{train} --epochs 2 --threads 2")]), "threads");
    let broken = [&format!("{train} --max-steps 5 --threads 1"), "resume r --epochs 2"];
    assert!(unbroken == model(&broken), "resumed");
}

#[test]
fn a_study_finds_a_batch_size_for_it() {
    let folder = Folder::new();
    let line = "find --model cnn --batch-sizes 32,64 --lr 0.03..0.1 --target val_loss<1 --objective samples --margin 0.5 --budget 60s";
    let study = folder.object(line);
    assert!(study["verdict"].is_object(), "{study:#}");
}

/// Batch norm sees micro-batches; who divides a batch must know.
#[test]
fn batch_norm_over_less_than_the_batch_is_said() {
    let folder = Folder::new();
    let said = |flags: &str| {
        let line = format!("train --max-steps 2 --limit-samples 64 {flags}");
        folder.run(&line).succeeded().stdout
    };
    let resnet = "--model resnet:8 --batch-size 8";
    assert!(said(&format!("{resnet} --micro-batch-size 4")).contains("micro-batches of 4 samples"));
    assert!(said(&format!("{resnet} --micro-batch-size 1")).contains("one sample at a time"));
    assert!(!said(resnet).contains("batch norm takes"));
    assert!(!said("--model cnn --batch-size 8 --micro-batch-size 4").contains("batch norm takes"));
    // Without it, a divided batch is the same step.
    assert!(
        said(&format!("{resnet} --micro-batch-size 4"))
            .replace('\n', " ")
            .contains("the same step, batch norm aside")
    );
}

#[test]
fn images_that_are_too_small_or_none_are_refused_with_the_least_size() {
    let folder = Folder::new();
    folder.run("train --model lenet").refused(1, &["`lenet`", "at least 12 x 12", "these are 8 x 8"]);
    folder.write("t.csv", "a,b,y\n1,2,x\n3,4,z\n".repeat(20));
    let table = "train --data t.csv --label y --model cnn";
    folder.run(table).refused(1, &["`cnn`", "at least 4 x 4", "no images"]);
    let japanese = folder.run(&format!("{table} --lang ja")).ended_with(1).stderr;
    assert!(japanese.contains("4 x 4 画素以上") && japanese.contains("画像ではありません"), "{japanese}");
    folder.run("train --model resnet:9").refused(2, &["resnet:9", "6n + 2"]);
}

/// What runs the file elsewhere is checked where it is made; here, what a user gives and gets.
#[test]
fn a_model_is_exported_by_name_or_path_and_never_to_stdout() {
    let folder = Folder::new();
    folder.run("train --model cnn --name r --max-steps 2 --batch-size 8").succeeded();
    let exported = folder.object("export r --format onnx --output m.onnx");
    let file = std::fs::read(folder.path("m.onnx")).unwrap();
    assert_eq!(number(&exported, "bytes"), file.len() as f64);
    assert_eq!(exported["inputs"][0]["name"], "pixels");
    assert_eq!(exported["inputs"][0]["shape"], serde_json::json!([null, 1, 8, 8]));
    assert_eq!(exported["outputs"][0]["shape"], serde_json::json!([null, 10]));
    // All weights are in it, and how the input is scaled.
    assert!(file.len() as f64 > 4.0 * (832.0 + 51_264.0 + 131_584.0 + 5_130.0));
    let holds = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
    assert!(holds(b"batchwright_encoding") && holds(b"input_offsets") && holds(b"4.weight"));

    let said = folder.run("export runs/r/model.safetensors -o n.onnx --lang ja").succeeded().stdout;
    assert!(said.contains("pixels [サンプル数, 1, 8, 8]"), "{said}");
    assert!(file == std::fs::read(folder.path("n.onnx")).unwrap());
    folder.run("export r -o -").refused(2, &["--output -", "a model is written to a file"]);
    folder.run("export r").refused(2, &["--output"]);
    folder.run("export r --format torch -o x").refused(2, &["torch", "onnx"]);
    folder.run("export missing -o x").refused(2, &["missing"]);
}
