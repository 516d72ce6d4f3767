//! `model describe`: the layers of a network, their costs, and the memory of its training, as users and
//! programs read them.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder};
use serde_json::{Value, json};

/// One field of all layers.
fn column(object: &Value, field: &str) -> Vec<Value> {
    object["layers"].as_array().unwrap().iter().map(|layer| layer[field].clone()).collect()
}

/// The embedded digits have 8 x 8 pixels: the convolutions see 64 and 16 positions, and the dense layer
/// 4 x 64 numbers.
#[test]
fn the_counts_of_a_cnn_are_those_made_by_hand() {
    let described = Folder::new().object("model describe --model cnn");
    let kinds = [
        "image",
        "conv2d",
        "activation",
        "max_pool",
        "conv2d",
        "activation",
        "max_pool",
        "flatten",
        "linear",
        "activation",
        "linear",
    ];
    assert_eq!(column(&described, "kind"), kinds);
    let first = json!({"conv2d": 32, "kernel": 5, "padding": "same"});
    assert_eq!(
        (&described["layers"][1]["layer"], &described["layers"][2]["layer"]),
        (&first, &json!("relu"))
    );
    assert_eq!(described["layers"][10]["layer"], json!({"linear": 10}));
    let flop =
        [0, 64 * 25 * 32, 0, 0, 16 * 25 * 32 * 64, 0, 0, 0, 256 * 512, 0, 512 * 10].map(|count| 2 * count);
    assert_eq!(column(&described, "flop"), flop);
    let parameters = [0, 832, 0, 0, 51_264, 0, 0, 0, 131_584, 0, 5_130];
    assert_eq!(column(&described, "parameters"), parameters);
    let kept = [64, 2048, 2048, 512, 1024, 1024, 256, 256, 512, 512, 10].map(|numbers| 4 * numbers);
    assert_eq!(column(&described, "kept_bytes"), kept);
    assert_eq!(described["layers"][4]["output"], json!([64, 4, 4]));
    for (field, expected) in [
        ("parameters", parameters.iter().sum::<u64>()),
        ("flop_per_sample", flop.iter().sum()),
        ("training_flop_per_sample", 3 * flop.iter().sum::<u64>()),
        ("kept_bytes_per_sample", kept.iter().sum()),
    ] {
        assert_eq!(described[field], expected, "{field}");
    }
    assert_eq!((&described["model"], &described["input"]), (&json!("cnn"), &json!([1, 8, 8])));
    let sizes: Vec<&Value> =
        described["memory"].as_array().unwrap().iter().map(|row| &row["batch_size"]).collect();
    assert_eq!(sizes, [1, 8, 32, 128, 512]);
}

/// Memory that is told here and in the plan of a run must not differ.
#[test]
fn memory_is_that_of_the_plan() {
    let folder = Folder::new();
    folder.write("t.txt", "so it goes on and on. ".repeat(40));
    for model in [
        "--model mlp:16 --optimizer adamw",
        "--model resnet:8 --dropout 0.1",
        "--data t.txt --model gpt:layers=1,width=8,heads=2,context=8",
    ] {
        let described = folder.object(&format!("model describe {model} --batch-sizes 8,32"));
        let planned = folder.object(&format!("plan {model} --batch-sizes 8,32"));
        for row in [0, 1] {
            let [described, planned] = [&described["memory"][row], &planned["plans"][row]];
            assert_eq!(described["memory_bytes"], planned["memory_bytes"], "{model}");
        }
        assert_eq!(described["parameters"], planned["plans"][0]["parameters"], "{model}");
    }
}

#[test]
fn a_saved_model_is_described_without_its_data() {
    let folder = Folder::new();
    folder.write("t.csv", "a,b,y\n1,2,x\n3,4,z\n".repeat(20));
    folder.run("train --data t.csv --label y --model mlp:5 --max-steps 2 --name r").succeeded();
    let asked = folder.object("model describe --data t.csv --label y --model mlp:5 --batch-sizes 4");
    std::fs::remove_file(folder.path("t.csv")).unwrap();
    for saved in ["r", "runs/r/model.safetensors"] {
        assert_eq!(folder.object(&format!("model describe {saved} --batch-sizes 4")), asked, "{saved}");
    }
    for flags in ["--model cnn", "--data x.csv", "--no-header", "--dropout 0.1", "--label-smoothing 0.1"] {
        folder.run(&format!("model describe r {flags}")).refused(2, &["[MODEL]", "cannot be used with"]);
    }
    folder.run("model describe nobody").refused(2, &["nobody"]);
}

#[test]
fn a_network_that_does_not_suit_the_data_is_refused() {
    let folder = Folder::new();
    folder.run("model describe --model lenet").refused(1, &["`lenet`", "at least 12 x 12"]);
    folder.run("model describe --model gpt").refused(2, &["takes the tokens of a text"]);
}

/// A change of wording, or of the columns, must be noticed.
#[test]
fn the_text_for_people_is_the_same_as_before() {
    let folder = Folder::new();
    folder.write("t.txt", "so it goes on and on. ".repeat(40));
    for lang in ["en", "ja"] {
        let say = |line: &str| {
            let arguments: Vec<&str> = line.split_whitespace().chain(["--lang", lang]).collect();
            let said = Ended::new(folder.command(&arguments).output().unwrap()).succeeded().stdout;
            // Facts, layers, memory, notes; memory depends on the number of cores.
            let parts: Vec<&str> = said.split("\n\n").collect();
            let [facts, layers, memory, notes] = parts[..] else { panic!("{said}") };
            assert!(memory.lines().count() > 4 && memory.contains("MiB"), "{memory}");
            [facts, layers, notes].join("\n\n")
        };
        let parts = [
            say("model describe --model cnn"),
            say(
                "model describe --data t.txt --model gpt:layers=1,width=8,heads=2,context=8,tied=true --batch-sizes 4..16",
            ),
        ];
        insta::assert_snapshot!(format!("model_{lang}"), parts.join("\n"));
    }
}
