//! `--config`: flags from a file, as a user meets them.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::Folder;

/// Few enough that a run takes a moment.
const SMALL: &str = "limit-samples = 100\nmodel = \"linear\"\nmax-steps = 3\n";

#[test]
fn a_file_and_the_same_flags_are_the_same_run() {
    let folder = Folder::new();
    folder.write(
        "run.toml",
        format!("quiet = true\n[train]\n{SMALL}lr = 5e-2\nbatch-size = 16\nnesterov = true\n"),
    );
    folder.run("train --config run.toml --name file").succeeded();
    folder
        .run("train --quiet --name typed --limit-samples 100 --model linear --max-steps 3 --lr 5e-2 --batch-size 16 --nesterov")
        .succeeded();
    assert_eq!(folder.rows("file").len(), folder.rows("typed").len());
    assert_eq!(folder.rows("file"), folder.rows("typed"));
    assert!(!folder.rows("file").is_empty());
}

/// What is typed wins, also where the flag is typed before the command or behind the file.
#[test]
fn flags_win_over_the_commands_table_and_this_over_the_top() {
    let folder = Folder::new();
    folder.write(
        "a.toml",
        "lang = \"ja\"\n[plan]\nlang = \"en\"\nsamples = 1000\nbatch-size = 64\nepochs = 3\n",
    );
    let steps = |line: &str| folder.object(line)["steps"].as_u64().unwrap();
    assert_eq!(steps("plan --config a.toml"), 48);
    assert_eq!(steps("plan --config a.toml --batch-size 100"), 30);
    assert_eq!(steps("plan --batch-size=100 --config=a.toml --epochs 1"), 10);
    let command = folder.command(&["--config", "a.toml", "plan"]).output().unwrap();
    assert!(String::from_utf8(command.stdout).unwrap().contains("steps"), "the table's language");
    let japanese = folder.command(&["--lang", "ja", "plan", "--config", "a.toml"]).output().unwrap();
    assert!(String::from_utf8(japanese.stdout).unwrap().contains("ステップ"));
}

/// A list is the flag several times; what stands behind `--` belongs to the command.
#[test]
fn a_study_of_a_command_takes_its_flags_from_a_file() {
    let folder = Folder::new();
    folder.write(
        "find.toml",
        "[find]\nenv = [\"A=one, two\", \"B=-2\"]\nbatch-sizes = \"4,8\"\ncheck = true\n",
    );
    let script = "echo \"$A|$B\" > seen; echo step=1 val_loss=0.5 \"$@\"";
    let words =
        ["find", "--config", "find.toml", "--", "sh", "-c", script, "x", "{batch_size}", "--config", "y"];
    folder.run_words(&words);
    assert_eq!(std::fs::read_to_string(folder.path("seen")).unwrap(), "one, two|-2\n");
}

/// Each with the line, what was found, and what to do, in both languages.
#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    let folder = Folder::new();
    let long = format!("# {}\n", "x".repeat(1 << 20));
    let table: &[(&[u8], &str)] = &[
        (b"[train]\nepoch = 3\n", "c.toml:2: `epoch` is no flag; do you mean `epochs`?"),
        (b"[train]\nbatch_size = 3\n", "c.toml:2: `batch_size` is no flag; do you mean `batch-size`?"),
        (b"[train]\nquantum = 3\n", "c.toml:2: `quantum` is no flag"),
        (b"[find]\nfrsh = true\n", "c.toml:2: `frsh` is no flag; do you mean `fresh`?"),
        (b"\nepochs = 3\n", "c.toml:2: `epochs` is no flag here; it belongs below [plan] [resume] [train]"),
        (b"[trian]\n", "c.toml:1: there is no command `trian`; do you mean `train`?"),
        (b"[probe]\n", "c.toml:1: there is no command `probe`"),
        (b"[train.more]\nlr = 1\n", "c.toml:1: there is no command `more`"),
        (b"config = \"other.toml\"\n", "c.toml:1: `config` is no flag"),
        (b"help = true\n", "c.toml:1: `help` is no flag"),
        (b"json = 1\n", "c.toml:1: `json` is of type string or number; give true or false"),
        (b"runs = true\n", "c.toml:1: `runs` is of type boolean; give a string or a number"),
        (b"[train]\nlr = [0.1]\n", "c.toml:2: `lr` is of type array; give a string or a number"),
        (b"[train]\nname = 1979-05-27\n", "c.toml:2: `name` is of type datetime"),
        (b"[find]\nenv = [[\"a\"]]\n", "c.toml:2: `env` is of type array of other than strings and numbers"),
        (b"[train]\nlr = 1\nlr = 2\n", "c.toml:3: it is no TOML: duplicate key"),
        (b"[train\n", "c.toml:1: it is no TOML"),
        (b"[train]\nname = \"\xff\"\n", "c.toml:2: it is no UTF-8"),
        (long.as_bytes(), "--config c.toml: it has more than 1048576 bytes"),
    ];
    for (content, says) in table {
        folder.write("c.toml", content);
        let ended = folder.run("train --config c.toml").ended_with(2);
        assert!(ended.stderr.contains(says), "{says}\n{}", ended.stderr);
        let japanese = folder.command(&["--lang", "ja", "train", "--config", "c.toml"]).output().unwrap();
        let stderr = String::from_utf8(japanese.stderr).unwrap();
        assert_eq!(japanese.status.code(), Some(2));
        assert!(stderr.contains("c.toml") && !stderr.is_ascii(), "{stderr}");
        assert!(!folder.path("runs").exists(), "nothing is begun: {says}");
    }
}

/// What clap refuses keeps clap's words, and says where it stands.
#[test]
fn a_value_that_is_refused_names_the_line_that_it_is_from() {
    let folder = Folder::new();
    folder.write("c.toml", "[train]\nlr = 0.1\nbatch-size = \"many\"\n");
    let ended = folder.run("train --config c.toml").ended_with(2);
    assert!(ended.stderr.contains("--batch-size"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--batch-size is from c.toml:3"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--lr is from"), "{}", ended.stderr);
    // A contradiction names the side that is in the file.
    folder.write("c.toml", "[plan]\nbatch-size = 8\n");
    let ended = folder.run("plan --samples 100 --config c.toml --batch-sizes 1..8").ended_with(2);
    assert!(ended.stderr.contains("--batch-size is from c.toml:2"), "{}", ended.stderr);
    // So does Japanese.
    let japanese =
        folder.command(&["--lang=ja", "plan", "--config=c.toml", "--batch-sizes=1..8"]).output().unwrap();
    assert!(String::from_utf8(japanese.stderr).unwrap().contains("--batch-size は c.toml:2 で指定"));
}

#[test]
fn what_is_no_file_is_refused_and_read_from_nowhere() {
    let folder = Folder::new();
    let missing = folder.run("train --config none.toml").ended_with(1);
    assert!(missing.stderr.contains("--config none.toml: it cannot be read"), "{}", missing.stderr);
    std::fs::create_dir(folder.path("folder")).unwrap();
    for path in ["folder", "/dev/zero"] {
        let ended = folder.run(&format!("train --config {path}")).ended_with(2);
        assert!(ended.stderr.contains("no regular file"), "{}", ended.stderr);
    }
}

/// A line that clap answers itself is answered, whatever the file is.
#[test]
fn help_and_mistakes_in_the_line_come_first() {
    let folder = Folder::new();
    folder.run("train --config none.toml --help").succeeded();
    folder.run("--config").ended_with(2);
    let ended = folder.run("--config none.toml").ended_with(2);
    assert!(ended.stderr.contains("Usage") || ended.stderr.contains("requires"), "{}", ended.stderr);
    let ended = folder.run("train --config a.toml --config b.toml").ended_with(2);
    assert!(ended.stderr.contains("cannot be used multiple times"), "{}", ended.stderr);
}
