//! Networks that a configuration file lists layer by layer: with every command, and refused with the place
//! of what is wrong.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, number};
use serde_json::json;

/// The preset `cnn`, and a run.
const CNN: &str = r#"
[model]
layers = [
    "image",
    { conv2d = 32, kernel = 5, padding = "same" }, "relu", { max_pool = 2 },
    { conv2d = 64, kernel = 5, padding = "same" }, "relu", { max_pool = 2 },
    "flatten",
    { linear = 512 }, "relu",
    "linear",
]

[train]
lr = 0.01
"#;

/// A residual network, with a layer a table.
const RESIDUAL: &str = r#"
[model.describe]
batch-sizes = "8"

[[model.layers]]
layer = "image"

[[model.layers]]
conv2d = 8
kernel = 3
padding = "same"
bias = false

[[model.layers]]
residual = ["batch_norm", "relu", { conv2d = 16, kernel = [3, 3], stride = 2, padding = 1 }]
shortcut = [{ conv2d = 16, kernel = 1, stride = 2 }]

[[model.layers]]
layer = "global_avg_pool"

[[model.layers]]
layer = "flatten"

[[model.layers]]
dropout = 0.25

[[model.layers]]
layer = "linear"
"#;

fn folder(file: &str) -> Folder {
    let folder = Folder::new();
    folder.write("net.toml", file);
    folder
}

/// A list that says the same as a preset must train the same network, from the same weights.
#[test]
fn a_list_trains_as_the_preset_that_it_repeats() {
    let folder = folder(CNN);
    let listed = folder.object("train --config net.toml --max-steps 12 --name listed");
    let preset = folder.object("train --model cnn --lr 0.01 --max-steps 12 --name preset");
    for field in ["validation", "test", "parameters", "memory_bytes"] {
        assert_eq!(listed[field], preset[field], "{field}");
    }
    assert_eq!(number(&folder.object("eval listed"), "loss"), number(&listed, "test.loss"));
    let typed = folder.object("plan --config net.toml --model linear");
    assert_eq!(typed["parameters"], 650, "what is typed wins");
}

#[test]
fn a_list_of_blocks_is_described_trained_resumed_and_used() {
    let folder = folder(RESIDUAL);
    let described = folder.object("model describe --config net.toml");
    let places: Vec<&str> =
        described["layers"].as_array().unwrap().iter().map(|it| it["place"].as_str().unwrap()).collect();
    let within = ["2.body.0", "2.body.1", "2.body.2", "2.shortcut.0"];
    assert_eq!(places, [&["0", "1"][..], &within, &["2", "3", "4", "5", "6"]].concat());
    assert_eq!(described["layers"][6]["output"], json!([16, 4, 4]));
    let parameters = 9 * 8 + 2 * 8 + (9 * 8 * 16 + 16) + (8 * 16 + 16) + (16 * 10 + 10);
    assert_eq!(described["parameters"], parameters);
    assert_eq!(described["memory"].as_array().unwrap().len(), 1, "its flags are those of the command");

    let train = "train --config net.toml --limit-samples 200 --batch-size 32";
    let unbroken = folder.object(&format!("{train} --name a --max-steps 12"));
    assert_eq!(unbroken["parameters"], parameters);
    folder.run(&format!("{train} --name b --max-steps 5")).succeeded();
    // What it is stands in the run.
    std::fs::remove_file(folder.path("net.toml")).unwrap();
    let resumed = folder.object("resume b --duration 12st");
    assert_eq!((&resumed["test"], &resumed["validation"]), (&unbroken["test"], &unbroken["validation"]));
    assert_eq!(number(&folder.object("eval b"), "loss"), number(&unbroken, "test.loss"));
    let predicted = folder.run("predict b").succeeded().stdout;
    assert_eq!(predicted.lines().count(), 1 + 1797);
    assert_eq!(folder.object("model describe a --batch-sizes 8"), described);
}

#[test]
fn a_study_and_its_children_take_the_list() {
    let folder = folder(RESIDUAL);
    let study = folder.object(
        "find --config net.toml --batch-sizes 32,64 --lr 0.03..0.1 --target val_loss<2.2 --objective samples --margin 0.5 --budget 20s",
    );
    assert!(study["verdict"].is_object(), "{study:#}");
    let fit =
        folder.object("find --config net.toml --objective fit --memory-limit 40MiB --max-batch-size 64");
    assert!(fit["fit"]["largest_that_fits"].as_u64() > Some(0), "{fit:#}");
}

/// A file that several commands share must not break those that take no network.
#[test]
fn commands_without_a_network_pass_over_the_list() {
    let folder = folder(CNN);
    folder.run("train --model mlp:4 --max-steps 1 --name r").succeeded();
    for line in [
        "plan --config net.toml --samples 100",
        "eval r --config net.toml",
        "model describe r --config net.toml",
        "data describe --config net.toml",
        "runs list --config net.toml",
    ] {
        folder.run(line).succeeded();
    }
    let check = folder.run("find --config net.toml --check --json -- echo {batch_size}").ended_with(3);
    assert!(check.object()["command"].is_string(), "{}", check.stderr);
}

#[test]
fn a_list_for_texts_has_a_context() {
    let file = |context: &str| {
        format!(
            "[model]\n{context}\nlayers = [{{ embedding = 8 }}, \"positions\", {{ residual = [\"layer_norm\", {{ attention = 2, dropout = 0.1 }}] }}, \"layer_norm\", \"linear\"]\n"
        )
    };
    let folder = folder(&file("context = 16"));
    folder.write("t.txt", "so it goes on and on. ".repeat(60));
    let plan = folder.object("plan --config net.toml --data t.txt");
    assert_eq!((&plan["tokens_per_sample"], &plan["optimizer"]), (&json!(16), &json!("adamw")));
    folder.run("train --config net.toml --data t.txt --max-steps 3 --name r").succeeded();
    folder.run("generate r --prompt so --tokens 5").succeeded();
    folder.write("net.toml", file(""));
    let plan = folder.object("plan --config net.toml --data t.txt");
    assert_eq!(plan["tokens_per_sample"], 64);
    folder
        .run("plan --config net.toml")
        .refused(2, &["`layers` takes the tokens", "--model is from net.toml:3"]);
}

/// The lines around the layer that is wrong.
fn with_layer(layer: &str) -> String {
    format!("[model]\nlayers = [\n    \"image\",\n    {layer},\n    \"flatten\",\n    \"linear\",\n]\n")
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_place() {
    for (file, said) in [
        (
            with_layer("{ conv3d = 4, kernel = 3 }"),
            "net.toml:4: `[model]` cannot be used: layer 1 has the keys `conv3d` `kernel`",
        ),
        (
            with_layer("{ conv2d = 4, kernal = 3 }"),
            "net.toml:4: `[model]` cannot be used: layer 1 (conv2d): unknown field `kernal`, expected one of `outputs`, `kernel`, `stride`",
        ),
        (with_layer("{ conv2d = 4 }"), "layer 1 (conv2d): missing field `kernel`"),
        (
            with_layer("\"rellu\""),
            "net.toml:4: `[model]` cannot be used: layer 1: there is no layer `rellu`; layers are `image`, `flatten`",
        ),
        (
            with_layer("{ residual = [\"relu\", 3] }"),
            "net.toml:4: `[model]` cannot be used: layer 1.body.1 is of type number",
        ),
        (
            with_layer("{ dropout = \"much\" }"),
            "layer 1 (dropout): invalid type: string \"much\", expected f64",
        ),
        (with_layer("{ dropout = inf }"), "layer 1 (dropout): invalid type: string \"inf\""),
        (with_layer("1979-05-27"), "layer 1"),
        (
            "[model]\nlayers = \"cnn\"\n".to_owned(),
            "net.toml:2: `[model]` cannot be used: it is no list of layers: it is of type string",
        ),
        ("[model]\ncontext = 8\nlayers = [\"linear\"]\n".to_owned(), "a context of 8"),
        ("[model]\ncontext = 1.5\nlayers = [\"linear\"]\n".to_owned(), "context"),
        ("[model]\ncontext = 8\n".to_owned(), "net.toml:2: `context` is no flag"),
        (
            "[model]\nlayer = [\"linear\"]\n".to_owned(),
            "net.toml:2: `layer` is no flag; do you mean `layers`?",
        ),
        ("[train.model]\nlayers = [\"linear\"]\n".to_owned(), "net.toml:1: there is no command `model`"),
    ] {
        for command in ["train", "plan", "runs list"] {
            folder(&file).run(&format!("{command} --config net.toml")).refused(2, &[said]);
        }
    }
}

/// What only the data shows is told with the place of the list.
#[test]
fn a_list_that_does_not_suit_the_data_is_refused_with_its_place() {
    for (layer, said) in [
        ("{ linear = 4 }", "layer 1 (linear): 1x8x8 comes in, it takes a vector; put `flatten` before it"),
        ("{ conv2d = 4, kernel = 9 }", "layer 1 (conv2d): its window of [9, 9] pixels"),
        ("{ dropout = 1.5 }", "--dropout is 1.5"),
    ] {
        folder(&with_layer(layer)).run("train --config net.toml").refused(2, &[said]);
    }
    let layer = folder(&with_layer("{ conv2d = 4, kernel = 9 }"));
    layer.run("train --config net.toml").refused(2, &["model `layers`", "--model is from net.toml:2"]);
    let list = folder("[model]\nlayers = [{ linear = 4 }]\n");
    list.run("train --config net.toml").refused(2, &["layer 0 (linear): 4 comes out, 10 are predicted"]);
    list.run("train --config net.toml --dropout 0.5").refused(2, &["its dropout is part of it"]);
    list.run("train --config net.toml --activation tanh").refused(2, &["its activation is part of it"]);
    folder("[model]\nlayers = []\n").run("train --config net.toml").refused(2, &["model `layers`"]);
    let japanese = layer.run("train --config net.toml --lang ja").ended_with(2).stderr;
    assert!(
        japanese.contains("モデル `layers` の層 1 (conv2d)") && japanese.contains("net.toml:2"),
        "{japanese}"
    );
}
