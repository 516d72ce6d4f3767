//! `runs`: what is stored is listed, shown, compared, removed and handed on.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// Three short runs of different batch size.
fn trained() -> Folder {
    let folder = Folder::new();
    for (name, size) in [("small", 16), ("middle", 64), ("large", 256)] {
        let line = format!("train --epochs 2 --model mlp:8 --name {name} --batch-size {size} --quiet");
        folder.run(&line).succeeded();
    }
    folder
}

fn sql(folder: &Folder, statements: &str) {
    rusqlite::Connection::open(folder.path("runs/batchwright.db"))
        .unwrap()
        .execute_batch(statements)
        .unwrap();
}

fn names(list: &Value, kind: &str) -> Vec<String> {
    list[kind].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

/// Otherwise a user has to look into the database to know what there is.
#[test]
fn runs_are_listed_and_shown() {
    let folder = trained();
    let list = folder.object("runs list");
    assert_eq!(names(&list, "runs"), ["small", "middle", "large"]);
    let small = &list["runs"][0];
    assert_eq!(small["status"], "done");
    assert_eq!(
        (&small["batch_size"], &small["steps"], &small["epochs"]),
        (&16.into(), &182.into(), &2.0.into())
    );
    assert_eq!(small["best_validation_loss"], small["result"]["validation"]["best_loss"]);
    assert_eq!(small["settings"]["model"], "mlp:8");
    let text = folder.run("runs list").succeeded().stdout;
    for word in ["small", "middle", "large", "done", "182"] {
        assert!(text.contains(word), "{text}");
    }
    let shown = folder.object("runs show small");
    assert_eq!((&shown["kind"], &shown["status"]), (&"run".into(), &"done".into()));
    assert_eq!(shown["plan"]["steps"], 182);
    assert_eq!(shown["rows"].as_u64().unwrap() as usize, folder.rows("small").len());
    let line = shown["command_line"].as_str().unwrap();
    assert!(line.starts_with("batchwright ") && line.ends_with("--batch-size 16 --quiet"), "{line}");
    assert_eq!(
        Path::new(shown["folder"].as_str().unwrap()).canonicalize().unwrap(),
        folder.path(".").canonicalize().unwrap()
    );
    let files: Vec<&str> =
        shown["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert!(files.contains(&"model.safetensors") && files.contains(&"report.html"), "{files:?}");
    let page = folder.run("runs show small").succeeded().stdout;
    assert!(
        page.contains("182 steps") && page.contains("model.safetensors") && page.contains(line),
        "{page}"
    );
}

/// Otherwise a run whose process was killed is "running" for ever.
#[test]
fn a_run_whose_process_is_gone_is_lost() {
    let folder = trained();
    let mut child = folder.start("train --epochs 100000 --model mlp:8 --name killed");
    let status = |name: &str| {
        let list = folder.object("runs list");
        let run = list["runs"].as_array().unwrap().iter().find(|run| run["name"] == name).cloned();
        run.map(|run| run["status"].as_str().unwrap().to_owned())
    };
    while status("killed").is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it must not end by itself");
        std::thread::yield_now();
    }
    assert_eq!(status("killed").as_deref(), Some("running"));
    let refused = folder.run("runs rm killed --yes").ended_with(1).stderr;
    assert!(refused.contains(&format!("process {}", child.id())), "{refused}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status("killed").as_deref(), Some("lost"));
    assert!(folder.run("runs list").succeeded().stdout.contains("batchwright resume"));
    assert!(folder.run("runs show killed").succeeded().stdout.contains("lost"));
    folder.run("runs rm killed --yes").succeeded();
    assert_eq!(status("killed"), None);
    assert!(!folder.path("runs/killed").exists());
}

/// Otherwise runs are compared over an axis that was not asked for, or a study is taken for a run.
#[test]
fn runs_are_compared_over_any_axis() {
    let folder = trained();
    for (x, label) in
        [("step", "steps"), ("epoch", "epochs"), ("samples", "samples"), ("seconds", "training time")]
    {
        let text = folder.run(&format!("runs compare small middle large --x {x}")).succeeded().stdout;
        assert!(text.contains(label) && text.contains("Validation loss of each run"), "{text}");
        for sign in ['1', '2', '3'] {
            assert!(
                text.lines().filter(|line| line.contains('│') && line.contains(sign)).count() > 0,
                "{text}"
            );
        }
    }
    let text = folder.run("runs compare small large --metric accuracy").succeeded().stdout;
    assert!(text.contains("Validation accuracy"), "{text}");
    let compared = folder.object("runs compare small large small --x seconds");
    assert_eq!((&compared["x"], &compared["metric"]), (&"seconds".into(), &"loss".into()));
    assert_eq!(names(&compared, "runs"), ["small", "large"]);
    assert_eq!(compared["runs"][1]["rows"].as_array().unwrap().len(), folder.rows("large").len());
    folder.run("runs compare small smal").ended_with(2);
}

/// Otherwise nobody knows what to do where the format is left out of the program.
#[cfg(not(feature = "parquet"))]
#[test]
fn a_format_that_is_not_built_says_how_to_build_it() {
    let folder = trained();
    let line = "runs export small --format parquet --output rows.parquet";
    folder.run(line).refused(2, &["--features parquet", "csv"]);
    assert!(!folder.path("rows.parquet").exists());
}

/// Otherwise files are removed that nobody agreed to lose.
#[test]
fn removing_asks_and_takes_all_or_none() {
    let folder = trained();
    let refused = folder.run("runs rm small").ended_with(2).stderr;
    assert!(refused.contains("--yes"), "{refused}");
    folder.run("runs rm small no-such-run --yes").ended_with(2);
    assert!(folder.path("runs/small/model.safetensors").exists());
    let removed = folder.object("runs rm small middle small --yes");
    assert_eq!(removed["removed"], serde_json::json!(["small", "middle"]));
    assert_eq!(names(&folder.object("runs list"), "runs"), ["large"]);
    assert!(!folder.path("runs/small").exists() && folder.path("runs/large").exists());
    folder.run("runs rm large --yes --runs nowhere").ended_with(1);
    assert!(!folder.path("nowhere").exists(), "a mistyped folder is not made");
}

/// Otherwise an entry that is owned elsewhere can neither be resumed nor removed.
#[test]
fn an_entry_of_another_host_is_released_by_the_user() {
    let folder = trained();
    sql(
        &folder,
        r#"UPDATE runs SET owner = '{"process":7,"started":"1","boot":"b","namespace":"n","host":"far"}' WHERE name = 'small'"#,
    );
    let refused = folder.run("runs rm small --yes").ended_with(1).stderr;
    assert!(refused.contains("far") && refused.contains("runs release"), "{refused}");
    folder.run("runs release small").succeeded();
    folder.run("runs rm small --yes").succeeded();
}

/// Otherwise numbers change on their way into another program.
#[test]
fn rows_are_exported_as_they_are() {
    let folder = trained();
    let csv = folder.run("runs export small large").succeeded().stdout;
    let rows = [folder.rows("small"), folder.rows("large")].concat();
    let lines: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), rows.len());
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!(line[2].parse::<u64>().unwrap(), row["step"].as_u64().unwrap());
        assert_eq!(line[10].parse::<f64>().unwrap(), row["validation"]["loss"].as_f64().unwrap());
    }
    folder.run("runs export small --output rows.csv").succeeded();
    assert!(std::fs::read_to_string(folder.path("rows.csv")).unwrap().starts_with("run,batch_size,step,"));
    let json: Value =
        serde_json::from_str(&folder.run("runs export small --format json").succeeded().stdout).unwrap();
    assert_eq!(json[0], folder.remembered("small"));
    folder.run("runs export small --output no/such/folder.csv").ended_with(1);
}

/// Otherwise a question damages what it asks about, or the terminal acts on what is stored.
#[test]
fn queries_read_and_nothing_else() {
    let folder = trained();
    let query = |words: &[&str]| folder.run_words(&[&["runs", "query"], words].concat());
    let count = "SELECT name, count(*) AS n FROM rows JOIN runs ON id = run_id GROUP BY id ORDER BY id";
    let csv = query(&[count, "--format", "csv"]).succeeded().stdout;
    assert!(csv.starts_with("name,n\nsmall,"), "{csv}");
    let json = query(&[count, "--json"]).succeeded().object();
    assert_eq!(json["columns"], serde_json::json!(["name", "n"]));
    assert_eq!(json["rows"].as_array().unwrap().len(), 3);
    assert!(query(&[count]).succeeded().stdout.ends_with("3 rows\n"));
    assert!(query(&["SELECT name FROM runs WHERE 0"]).succeeded().stdout.starts_with("name\n"));
    for refused in ["DELETE FROM runs", "ATTACH 'x.db' AS x", "SELECT 1; SELECT 2", "SELECT nothing", ""] {
        query(&[refused]).ended_with(2);
    }
    assert!(!folder.path("x.db").exists());
    let table = query(&["SELECT char(27) || '[2J' AS a, 'x' || char(10) || 'y' AS b"]).succeeded().stdout;
    assert!(!table.contains('\u{1b}') && table.lines().count() == 5, "{table:?}");
    assert_eq!(names(&folder.object("runs list"), "runs").len(), 3);
}

/// Otherwise one damaged run hides all the others, or is shown as if it were whole.
#[test]
fn a_damaged_run_is_named_beside_the_others() {
    let folder = trained();
    sql(
        &folder,
        "UPDATE runs SET reason = 'odd' WHERE name = 'middle'; UPDATE rows SET val_loss = 0.5 WHERE run_id = 1 AND step = 0",
    );
    let list = folder.run("runs list").ended_with(1);
    assert!(list.stdout.contains("small") && list.stdout.contains("large"), "{}", list.stdout);
    assert!(list.stderr.contains("\"middle\" is damaged"), "{}", list.stderr);
    let shown = folder.run("runs show small").ended_with(1).stderr;
    assert!(shown.contains("\"small\" at step 0 is damaged"), "{shown}");
    folder.run("runs rm middle small --yes").succeeded();
    folder.run("runs list").succeeded();
}

/// Otherwise `| head -1` ends with an error, or with a panic in the terminal.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = trained();
    for line in [
        "list",
        "list --json",
        "show small",
        "show small --json",
        "compare small large",
        "compare small large --json",
        "export small",
        "export small --format json",
        "query 'SELECT * FROM rows'",
        "release small",
        "rm small --yes",
    ] {
        let program = env!("CARGO_BIN_EXE_batchwright");
        let script = format!("{{ '{program}' runs {line}; echo $? >&2; }} | head -1");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(folder.path(".")).stdin(Stdio::null());
        let output = shell.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr.trim(), "0", "{line}");
    }
}

/// Otherwise a folder without runs is an empty list with exit code 0, and the typing error unseen.
#[test]
fn a_folder_without_runs_is_an_error() {
    let folder = Folder::new();
    for line in ["list", "show a", "compare a b", "rm a --yes", "release a", "export a", "query SELECT"] {
        let stderr = folder.run(&format!("runs {line}")).ended_with(1).stderr;
        assert!(stderr.contains("no runs in"), "{line}: {stderr}");
    }
    assert!(!folder.path("runs").exists());
}
