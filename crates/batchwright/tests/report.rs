//! `report`: a stored run, a study and several runs as Markdown and as pictures, and what is refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;

fn trained() -> Folder {
    let folder = Folder::new();
    for (name, size) in [("small", 16), ("large", 64)] {
        let line = format!("train --epochs 2 --model mlp:8 --name {name} --batch-size {size} --quiet");
        folder.run(&line).succeeded();
    }
    folder
}

/// Otherwise what is pasted into an issue lacks the command that would show the same again.
#[test]
fn markdown_has_the_answer_the_numbers_and_the_command() {
    let folder = trained();
    let text = folder.run("report small --format md").succeeded().stdout;
    for part in
        ["### Training run: small", "| batch size | 16 |", "--batch-size 16 --quiet", "| model | mlp:8 |"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    folder.run("report small large --format md --lang ja --output both.md").succeeded();
    let both = std::fs::read_to_string(folder.path("both.md")).unwrap();
    assert!(both.contains("| small |") && both.contains("検証の損失が最も小さいのは"), "{both}");
}

/// Otherwise a study's report has curves of a few points although its journal is there.
#[test]
fn the_curves_of_a_study_come_from_its_journal() {
    let folder = Folder::new();
    let find = "find --quiet --model mlp:8 --batch-sizes 16,64 --lr 0.01..0.3 --target val_loss<0.8 --max-samples 9000 --budget 20s --name study";
    folder.run(find);
    let json = folder.object("report study");
    folder.run("report study --format svg --output charts").succeeded();
    folder.run("report study --output study.html").succeeded();
    let page = std::fs::read_to_string(folder.path("study.html")).unwrap();
    let (_, curves) = page.split_once("id=\"curves\">").unwrap();
    let curves: serde_json::Value = serde_json::from_str(curves.split_once("</script>").unwrap().0).unwrap();
    let lines = curves["lines"].as_array().unwrap();
    let trials = json["trials"].as_array().unwrap();
    let points: usize = lines.iter().map(|line| line["value"].as_array().unwrap().len()).sum();
    let passed = |trial: &serde_json::Value| trial["trace"]["passed"].as_array().unwrap().len() + 1;
    assert!(points > trials.iter().map(passed).sum(), "{points} points");
    assert!(folder.path("charts/trials-by-samples.svg").exists() && folder.path("charts/rates.svg").exists());
    assert_eq!(json["judged_together"], json["surface"].is_object());
}

/// Otherwise a chart without its texts is written, or the scale is ignored.
#[test]
fn a_png_has_the_size_that_was_asked_for_or_says_what_font_is_missing() {
    let folder = trained();
    let ended = folder.run("report small --format png --chart loss-by-steps --scale 1.5 --output charts");
    if ended.code == 0 {
        let file = std::fs::File::open(folder.path("charts/loss-by-steps.png")).unwrap();
        let reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (720, 495));
        assert_eq!(std::fs::read_dir(folder.path("charts")).unwrap().count(), 1);
    } else {
        assert!(ended.stderr.contains("--format png") && ended.stderr.contains("font"), "{}", ended.stderr);
        assert!(!folder.path("charts").exists());
    }
}

/// Otherwise a flag is ignored, and its user believes what was not done.
#[test]
fn flags_that_say_nothing_about_the_format_are_refused() {
    let folder = trained();
    for (flags, said) in [
        ("--format md --chart loss-by-steps", "--chart goes with --format svg or png"),
        ("--format svg --scale 2", "--scale goes with --format png"),
        ("--format png --scale 0", "--scale is 0, expected 0.25 to 10"),
        ("--format png --scale NaN", "--scale is NaN"),
        ("--format png --chart loss", "there are loss-by-steps"),
    ] {
        let ended = folder.run(&format!("report small {flags}"));
        assert!(ended.code != 0 && ended.stderr.contains(said), "{flags}: {}", ended.stderr);
    }
}
