//! Where a training command has its batch size somewhere else than among its arguments: in a
//! variable, or in a configuration file.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use serde_json::json;

/// Trains at the batch size that the file has, and tells where the file is.
const BY_FILE: &str = r#"
    size=$(sed -n 's/.*"batch": \([0-9]*\).*/\1/p' "$1")
    [ "$size" -le 37 ] || { echo "MemoryError: Unable to allocate 3 GiB" >&2; exit 1; }
    grep -q '"names": {{"{x}"}}' "$1" && cp "$1" "last-config" && printf %s "$1" > last-path
    echo '{"step": 1, "val_loss": 1}'"#;
const CONFIG: &str = "{\"train\": {\"batch\": {batch_size}, \"seed\": {seed}},\n \"names\": {{\"{x}\"}}}\n";

/// A batch size in a file would be the same in all trials, or the file would be broken by escapes
/// that it does not have.
#[test]
fn a_configuration_file_is_filled_for_each_trial() {
    let folder = Folder::new();
    folder.write("conf/train.json", CONFIG);
    folder.write("train.sh", BY_FILE);
    let line =
        "find --objective fit --batch-sizes 1..64 --json --template conf/train.json -- sh train.sh {config}";
    let answer = folder.run(line).succeeded().object();
    assert_eq!(answer["fit"]["largest_that_fits"], 37, "{answer:#}");
    let last = std::fs::read_to_string(folder.path("last-config")).unwrap();
    assert_eq!(last, CONFIG.replace("{batch_size}", "37").replace("{seed}", "0"));
    let path = std::fs::read_to_string(folder.path("last-path")).unwrap();
    assert!(path.ends_with("batch-size-37/train.json"), "{path}");
    assert!(!std::path::Path::new(&path).exists(), "it goes with the trial's folder");
    assert_eq!(std::fs::read_to_string(folder.path("conf/train.json")).unwrap(), CONFIG);
}

/// Each trial must have the variables of its own sizes, and the hook before it the same.
#[test]
fn variables_are_filled_for_each_trial() {
    let folder = Folder::new();
    let script = r#"[ "$MODE" = "a b" ] && [ "$(cat seen)" = "$BATCH" ] || exit 9
        [ "$BATCH" -le 5 ] || { echo "MemoryError" >&2; exit 1; }
        echo '{"step": 1, "val_loss": 1}'"#;
    let words =
        ["find", "--objective", "fit", "--batch-sizes", "1..8", "--json", "--env", "BATCH={batch_size}"];
    let more = ["--env", "MODE=a b", "--prepare", "echo $BATCH > seen", "--", "sh", "-c", script];
    let answer = folder.run_words(&[&words[..], &more].concat()).succeeded().object();
    assert_eq!(answer["fit"], {
        let mut fit = json!({"largest_that_fits": 5, "smallest_that_failed": 6});
        fit["peak_bytes"] = answer["fit"]["peak_bytes"].clone();
        fit
    });
    let words =
        ["find", "--check", "--env", "BATCH={batch_size}", "--env", "MODE=a b", "--", "sh", "-c", ":"];
    let text = folder.run_words(&words).ended_with(3).stdout.replace('\n', " ");
    assert!(text.contains("env BATCH=8 'MODE=a b' sh -c :"), "it can be copied into a shell: {text}");
}

/// A changed configuration is another program: the old answer must not be given for it.
#[test]
fn a_study_remembers_its_configuration() {
    let folder = Folder::new();
    folder.write("c.yaml", "batch: {batch_size}\n");
    let words =
        "find --batch-sizes 4,8 --budget 2s --json --template c.yaml --env DEPTH=2 --max-samples 64 -- sh -c";
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.extend([r#"echo "{\"step\": 1, \"val_loss\": 1}""#, "{config}"]);
    folder.run_words(&words);
    let name = folder.path("runs").read_dir().unwrap().filter_map(|entry| {
        let entry = entry.unwrap();
        entry.path().is_dir().then(|| entry.file_name().into_string().unwrap())
    });
    let report = folder.path("runs").join(name.last().unwrap()).join("report.html");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("DEPTH=2") && report.contains("c.yaml"), "{report}");
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_do() {
    let folder = Folder::new();
    folder.write("plain.yaml", "batch: 8\n");
    folder.write("c.yaml", "batch: {batch_size}\n");
    folder.write("latin.yaml", b"name: \xe9 {batch_size}\n");
    for (line, code, says) in [
        ("-- BS={batch_size} python train.py", 2, "--env BS={batch_size} -- python train.py"),
        ("--env BATCH -- python train.py {batch_size}", 2, "NAME=VALUE"),
        ("--env BATCH={size} -- python train.py", 2, "unknown placeholder {size}"),
        ("--env BATCH=8 -- python train.py", 2, "has no {batch_size}"),
        ("--template c.yaml -- python train.py", 2, "has no {config}"),
        ("--template plain.yaml -- python {config}", 2, "holds no placeholder"),
        ("--template latin.yaml -- python {config}", 2, "not UTF-8"),
        ("--template none.yaml -- python {config}", 1, "none.yaml: it cannot be read"),
        ("-- python {config} {batch_size}", 2, "--template"),
    ] {
        folder.run(&format!("find {line}")).refused(code, &[says]);
    }
    folder.run("find --env A=1").refused(2, &["<COMMAND>"]);
}
