//! Texts from end to end: described, planned, trained on, resumed, evaluated, predicted, studied and
//! gone on with.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, number};
use serde_json::json;

/// The smallest network that learns the text below.
const GPT: &str = "--model gpt:layers=1,heads=2,width=16,context=8 --optimizer adamw --lr 0.01";
/// The same for commands that train nothing.
const PLANNED: &str = "--model gpt:layers=1,heads=2,width=16,context=8";

/// Words in an order that is easy to learn: after each letter only one can follow.
fn text() -> String {
    "abcdefgh ".repeat(300)
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("t.txt", text());
    folder
}

#[test]
fn a_text_is_described_and_planned_in_tokens() {
    let folder = folder();
    let described = folder.object("data describe --data t.txt --report t.html");
    let expected = json!({ "kind": "characters", "tokens": 2700, "vocabulary": 9, "context": 64 });
    assert_eq!(described["text"], expected);
    // Of 2,700 tokens 270 are for the test, 243 for validation.
    assert_eq!(described["splits"], json!({ "train": 33, "validation": 3, "test": 4 }));
    let plan = folder.object(&format!("plan --data t.txt {PLANNED} --batch-size 10 --duration 8000tok"));
    // 2,187 tokens are 272 windows of 8 at any offset; 8,000 tokens are 1,000 of them.
    assert_eq!((&plan["samples"], &plan["tokens_per_sample"]), (&json!(272), &json!(8)));
    let steps = 3 * 28 + 19;
    assert_eq!((&plan["steps"], &plan["samples_seen"]), (&json!(steps), &json!(3 * 272 + 190)));
    assert_eq!(plan["tokens_seen"], json!(8 * (3 * 272 + 190)));
    folder.run("plan --duration 8000tok").refused(2, &["8000tok", "no text"]);
}

#[test]
fn a_language_model_is_trained_evaluated_and_goes_on_with_a_text() {
    let folder = folder();
    let run = folder.object(&format!("train --data t.txt --name r {GPT} --batch-size 16 --epochs 12"));
    assert!(number(&run, "test.accuracy") > 0.8, "{run:#}");
    assert_eq!(number(&run, "test.tokens"), 8.0 * number(&run, "test.samples"));
    assert_eq!(number(&run, "tokens_seen"), 8.0 * number(&run, "samples_seen"));

    let eval = folder.object("eval r --data t.txt");
    assert_eq!((&eval["split"], &eval["trained_on_this_text"]), (&json!("test"), &json!(true)));
    assert_eq!(number(&eval, "loss"), number(&run, "test.loss"));
    assert_eq!(number(&eval, "tokens"), number(&run, "test.tokens"));
    folder.write("other.txt", "abcdefgh ".repeat(10));
    let other = folder.object("eval r --data other.txt");
    assert_eq!((&other["split"], number(&other, "samples")), (&json!("all"), 11.0));
    folder.write("foreign.txt", "abcdefghijk ".repeat(10));
    folder.run("eval r --data foreign.txt").refused(1, &["'i'", "--tokens bytes"]);
    folder.run("eval r").refused(1, &["images", "a text"]);

    let csv = folder.run("predict r --data other.txt").succeeded().stdout;
    assert_eq!(csv.lines().count(), 1 + 8 * 11);
    assert!(csv.starts_with("row,prediction,probability\n1,"), "{csv}");

    let written = folder.object("generate r --prompt abcd --tokens 30 --temperature 0");
    assert_eq!(written["text"], text()[4..34]);
    let drawn = || folder.run("generate r --prompt ab --tokens 50 --seed 3 --top-k 3").succeeded().stdout;
    assert!(drawn().starts_with("ab") && drawn().trim_end().len() <= 52);
    assert_eq!(drawn(), drawn());
    let unasked = folder.object("generate r --tokens 3");
    assert_eq!(unasked["prompt"], " ", "the text has no line end: {unasked:#}");
    folder.run("generate r --prompt xyz").refused(1, &["'x'"]);
    folder.run("generate r --prompt=").refused(2, &["--prompt is empty"]);
    folder.run("generate r --prompt a --temperature -1").refused(2, &["--temperature is -1"]);
    folder.run("generate r --prompt a --top-k 0").refused(2, &["--top-k is 0"]);
}

/// The offset of an epoch is a function of seed and epoch: what goes on sees the same windows.
#[test]
fn a_longer_run_is_that_of_one_go() {
    let folder = folder();
    let train = format!("train --data t.txt --tokens bytes {GPT} --batch-size 16");
    folder.run(&format!("{train} --name whole --epochs 4")).succeeded();
    folder.run(&format!("{train} --name r --duration 2ep --eval-every 1ep")).succeeded();
    folder.run(&format!("{train} --name once --epochs 4 --eval-every 1ep")).succeeded();
    folder.run("resume r --epochs 4").succeeded();
    let weights = |name: &str| {
        let path = folder.path(&format!("runs/{name}/model.safetensors"));
        std::fs::read(path).unwrap()
    };
    assert_eq!(weights("r"), weights("once"));
}

#[test]
fn what_fits_no_text_or_no_model_is_refused() {
    let folder = folder();
    folder.run("train --data t.txt").refused(2, &["mlp:64", "tokens"]);
    folder.run(&format!("train {GPT}")).refused(2, &["gpt"]);
    folder.run(&format!("train --data t.txt {GPT} --label x")).refused(2, &["--label", "texts"]);
    folder.run("train --tokens bytes").refused(2, &["--tokens", "texts"]);
    folder
        .run(&format!("train --data t.txt {GPT} --class-weights balanced"))
        .refused(2, &["--class-weights"]);
    folder.write("short.txt", "abcdefgh");
    folder.run(&format!("train --data short.txt {GPT}")).refused(1, &["short.txt", "windows of 8 tokens"]);
    folder.write("empty.txt", "");
    folder.run(&format!("train --data empty.txt {GPT}")).refused(1, &["empty.txt", "is empty"]);
    folder.run("train --name digits --epochs 1").succeeded();
    folder.run("generate digits").refused(2, &["no language model"]);
}

/// Tokens are what the length of a language model's training is counted in.
#[test]
fn a_study_decides_the_batch_size_of_a_language_model() {
    let folder = folder();
    let study = folder.object(&format!(
        "find --data t.txt {} --batch-sizes 16,32 --lr 0.01 --target val_loss<1.5 --objective samples --margin 0.5 --seeds 2 --budget 60s --jobs 1 --max-samples 200001tok --name s",
        GPT.replace(" --lr 0.01", "")
    ));
    assert!(study["sizes"].as_array().is_some_and(|sizes| !sizes.is_empty()), "{study:#}");
    assert_eq!(study["tokens_per_sample"], 8);
    assert!(study["verdict"]["reason"].as_str().is_some_and(|said| said.contains(" tokens)")), "{study:#}");
    let settings = folder.run("runs show s").succeeded().stdout;
    let most = settings.lines().find(|line| line.starts_with("max-samples"));
    assert!(most.is_some_and(|line| line.ends_with(" 25001")), "{settings}");
    for (flags, said) in [
        ("--max-samples 9tok", "--max-samples 9tok counts tokens"),
        ("--max-samples 9tok -- sh {batch_size}", "--max-samples 9tok counts tokens"),
        ("--max-samples 9s", "`9s` is no number of samples"),
        ("--max-samples 0", "--max-samples"),
    ] {
        folder.run(&format!("find {flags}")).refused(2, &[said]);
    }
}

/// With SGD a transformer learns many times more slowly; who wants it says so.
#[test]
fn a_language_model_has_adamw_unless_another_is_asked_for() {
    let folder = folder();
    let gpt = "--data t.txt --model gpt:layers=1,heads=2,width=16,context=8";
    let optimizer = |line: &str| folder.object(line)["optimizer"].clone();
    assert_eq!(optimizer(&format!("plan {gpt}")), "adamw");
    assert_eq!(optimizer(&format!("plan {gpt} --optimizer sgd")), "sgd");
    assert_eq!(optimizer("plan --model mlp:4"), "sgd");
    assert_eq!(optimizer(&format!("model describe {gpt}")), "adamw");
    let banner = folder.run(&format!("train {gpt} --max-steps 3 --name r")).succeeded().stdout;
    assert!(banner.contains("optimizer") && banner.contains("adamw"), "{banner}");
    folder.run("resume r --duration 5st").succeeded();
    folder.run(&format!("plan {gpt} --momentum 0.5")).refused(2, &["--momentum", "adamw"]);
    let find =
        format!("find {gpt} --batch-sizes 16 --lr 0.01..0.02 --target val_loss<9 --budget 5s --name s");
    // Whether it decides in its time depends on the machine.
    assert!([0, 3].contains(&folder.run(&find).code));
    let settings = folder.run("runs show s").succeeded().stdout;
    assert!(settings.contains("adamw"), "{settings}");
}

/// Smoothing and weights change what is trained on, not what is shown.
#[test]
fn losses_of_training_train() {
    let folder = Folder::new();
    let loss = |flags: &str| number(&folder.object(&format!("train --epochs 3 {flags}")), "test.loss");
    let plain = loss("");
    assert_ne!(loss("--label-smoothing 0.1"), plain);
    assert_ne!(loss("--class-weights balanced"), plain);
    assert_eq!(loss("--class-weights 1,1,1,1,1,1,1,1,1,1"), plain);
    folder.run("train --loss l1").refused(2, &["--loss", "numbers to predict"]);
    folder.run("train --class-weights 1,2").refused(2, &["2 weights for 10 classes"]);
    folder.run("train --label-smoothing 1").refused(2, &["--label-smoothing is 1"]);
}
