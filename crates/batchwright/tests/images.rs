//! Folders of images and CIFAR files from end to end: described, trained on with augmentation,
//! evaluated, resumed, compared and predicted.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use batchwright_data::testkit::{jpeg_file, png_file};
use common::{Folder, number};

/// A picture of 8 x 8 pixels in colour: noise with a bright part, left for one class, right for the
/// other.
fn picture(class: usize, nth: usize) -> Vec<u8> {
    let pixel = |place: usize| {
        let bright = if (place % 8 < 4) == (class == 0) { 120 } else { 0 };
        [0, 1, 2].map(|channel| (bright + (nth * 31 + place * 17 + channel * 53) % 100) as u8)
    };
    (0..64).flat_map(pixel).collect()
}

/// `count` pictures of each class below `part`, PNG and JPEG in turn.
fn pictures(folder: &Folder, part: &str, count: usize) {
    for (class, name) in ["left", "right"].into_iter().enumerate() {
        for nth in 0..count {
            let values = picture(class, nth);
            let (ending, bytes) = if nth % 2 == 0 {
                ("png", png_file(8, 8, &values))
            } else {
                ("jpg", jpeg_file(8, 8, &values, nth % 4 == 1, None))
            };
            folder.write(&format!("{part}/{name}/{nth:03}.{ending}"), bytes);
        }
    }
}

#[test]
fn a_folder_of_images_is_described_trained_on_evaluated_and_predicted() {
    let folder = Folder::new();
    pictures(&folder, "d/train", 60);
    pictures(&folder, "d/test", 10);
    folder.write("d/readme.txt", "?");
    let described = folder.object("data describe --data d --report d.html");
    assert_eq!(described["input_shape"], serde_json::json!([3, 8, 8]));
    assert_eq!(described["classes"][1], serde_json::json!({ "name": "right", "count": 70 }));
    assert_eq!(described["splits"], serde_json::json!({ "train": 108, "validation": 12, "test": 20 }));
    assert_eq!(described["remarks"][0], "No image of a class, so not read: d/readme.txt.");

    let run = folder.object("train --data d --name r --model mlp:16 --epochs 20 --batch-size 16");
    assert!(number(&run, "test.accuracy") > 0.95, "{run:#}");
    let eval = folder.object("eval r --data d");
    assert_eq!((&eval["split"], number(&eval, "samples")), (&"test".into(), 20.0));
    assert_eq!(number(&eval, "loss"), number(&run, "test.loss"));

    // Without class folders, each prediction stands beside its file.
    for (name, class) in [("x/b, 2.png", 1), ("x/a.png", 0)] {
        folder.write(name, png_file(8, 8, &picture(class, 77)));
    }
    let csv = folder.run("predict r --data x").succeeded().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "row,file,prediction,probability");
    assert!(lines[1].starts_with("1,a.png,left,") && lines[2].starts_with("2,\"b, 2.png\",right,"), "{csv}");
    let predicted = folder.object("predict r --data x");
    assert_eq!(predicted["predictions"][0]["file"], "a.png");
}

/// A photograph of any size is read by a model that was trained on resized ones.
#[test]
fn sizes_that_differ_are_resized_on_request_and_by_the_model() {
    let folder = Folder::new();
    pictures(&folder, "d", 30);
    folder.write("d/left/large.png", png_file(16, 24, &[90; 16 * 24 * 3]));
    let refused = folder.run("train --data d --max-steps 2");
    refused.refused(1, &["large.png", "is 16x24", "8x8", "--image-size"]);
    folder.run("train --data d --image-size 4x6 --name r --max-steps 2").succeeded();
    folder.write("x/one.jpg", jpeg_file(31, 17, &[50; 31 * 17], false, None));
    let csv = folder.run("predict r --data x").succeeded().stdout;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    folder.run("data describe --data d --image-size 0").refused(2, &["--image-size"]);
}

/// Otherwise nobody would see that a flag had no effect, or an effect on what is evaluated.
#[test]
fn augmentation_changes_the_training_and_nothing_else() {
    let folder = Folder::new();
    pictures(&folder, "d", 60);
    let line = "train --data d --model mlp:8 --epochs 2 --batch-size 16 --eval-every 1ep";
    folder.run(&format!("{line} --name plain")).succeeded();
    folder.run(&format!("{line} --name changed --augment flip,shift:2")).succeeded();
    folder.run(&format!("{line} --name same --augment shift:2,flip")).succeeded();
    folder.run(&format!("{line} --name other --augment shift:2,flip --seed 1")).succeeded();
    let rows = ["plain", "changed", "same", "other"].map(|name| folder.rows(name));
    // Before the first step only the images that are evaluated count.
    assert_eq!(rows[0][0], rows[1][0]);
    assert_ne!(rows[0][1..], rows[1][1..]);
    assert_eq!(rows[1], rows[2]);
    assert_ne!(rows[1], rows[3]);
    let settings = &folder.remembered("changed")["settings"];
    assert!(settings.to_string().contains("flip,shift:2"), "{settings}");
}

/// A run that goes on must see the images that it would have seen.
#[test]
fn a_resumed_run_sees_the_same_changes() {
    let folder = Folder::new();
    pictures(&folder, "d", 40);
    let line = "train --data d --model mlp:8 --batch-size 16 --augment shift:1 --eval-every 1ep";
    folder.run(&format!("{line} --epochs 4 --name whole")).succeeded();
    folder.run(&format!("{line} --epochs 2 --name halved")).succeeded();
    folder.run("resume halved --epochs 4").succeeded();
    assert_eq!(folder.rows("whole"), folder.rows("halved"));
}

#[test]
fn augmentation_of_what_is_no_image_is_refused() {
    let folder = Folder::new();
    let rows: String = (0..60).map(|row| format!("{row},{}\n", row % 2)).collect();
    folder.write("t.csv", format!("x,y\n{rows}"));
    folder.run("train --data t.csv --label y --augment flip").refused(2, &["--augment flip", "for images"]);
    folder.run("train --augment shift:8").refused(2, &["--augment shift:8", "out of sight"]);
    folder.run("train --augment turn").refused(2, &["--augment", "flip, shift:PIXELS"]);
    folder.run("find --data t.csv --label y --augment flip").refused(2, &["--augment flip", "for images"]);
    folder.run("train --image-size 9").refused(2, &["--image-size 9x9", "PNG or JPEG"]);
}

#[test]
fn cifar_files_are_trained_on() {
    let folder = Folder::new();
    let record = |nth: usize| {
        let class = nth % 10;
        let bright = move |value: usize| (value % 97 + if value / 307 == class { 150 } else { 0 }) as u8;
        std::iter::once(class as u8).chain((0..3072).map(move |value| bright(value + nth)))
    };
    let batch = |count| (0..count).flat_map(record).collect::<Vec<u8>>();
    for nth in 1..=5 {
        folder.write(&format!("c/data_batch_{nth}.bin"), batch(40));
    }
    folder.write("c/test_batch.bin", batch(20));
    let described = folder.object("data describe --data c");
    assert_eq!(described["input_shape"], serde_json::json!([3, 32, 32]));
    assert_eq!(described["splits"], serde_json::json!({ "train": 180, "validation": 20, "test": 20 }));
    let run = folder.object("train --data c --model mlp:16 --epochs 10 --batch-size 16 --augment crop:1");
    assert!(number(&run, "test.accuracy") > 0.9, "{run:#}");
    folder.write("c/data_batch_2.bin", &batch(40)[1..]);
    folder.run("train --data c").refused(1, &["data_batch_2.bin", "3073"]);
}

/// A study that trains on other images than `train` would answer another question. (Of one size: with
/// several, where a study begins depends on step times.)
#[test]
fn the_trials_of_a_study_are_augmented() {
    let folder = Folder::new();
    pictures(&folder, "d", 40);
    let line = "find --data d --model mlp:4 --batch-sizes 8 --objective samples --budget 3s --max-samples 400 --target val_loss<0.6";
    folder.run(&format!("{line} --name plain"));
    folder.run(&format!("{line} --name changed --augment flip"));
    let first = |name: &str| folder.remembered(name)["trials"][0].clone();
    let (plain, changed) = (first("plain"), first("changed"));
    assert_eq!(plain["request"], changed["request"]);
    assert_ne!(number(&plain, "trace.first"), number(&changed, "trace.first"));
}
