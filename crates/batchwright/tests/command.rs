//! `find -- COMMAND`: studies of programs that the tests write, in sh and awk.
//!
//! The law of these programs: at its best rate, a training of batch size B needs 23 (1 + 32 / B)
//! steps to the target, and a step takes 32 + B ms, so 32 is the best size by a factor of 2.5.
//! Seeds differ by 2%. The programs use a virtual clock: a trial takes milliseconds.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Ended, Folder, assert_fields, number};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Command;

const LAW: &str = r#"
BEGIN {
    share = lr * (1 + 32 / batch_size) / 0.4
    progress = 0.1 / (1 + 32 / batch_size) * share * (2 - share) * (1 + 0.004 * ((seed * 7919) % 11 - 5))
    loss = 1
    for (step = 1; step <= 2000; step++) {
        loss *= 1 - progress
        if (step % eval_steps) continue
        seconds = step * (0.032 + 0.001 * batch_size)
        printf "{\"step\": %d, \"seconds\": %.6f, \"val_loss\": %s}\n", step, seconds, loss < 1000 ? loss : "NaN"
        if (loss >= 1000) exit
    }
}
"#;
const TRAIN: &str = r#"exec awk -v batch_size="$1" -v lr="$2" -v seed="$3" -v eval_steps="$4" -f law.awk"#;
const STUDY: &str = "find --batch-sizes 4,32,256 --lr 0.01..1 --target val_loss<0.1 --eval-samples 256 --budget 60s --name s --json";
const COMMAND: &str = "-- sh train.sh {batch_size} {lr} {seed} {eval_steps}";

/// A folder with a program that first runs `first` (with the arguments batch size, rate, seed, and
/// steps between evaluations) and then trains.
fn bed(first: &str) -> Folder {
    let folder = Folder::new();
    folder.write("law.awk", LAW);
    folder.write("train.sh", format!("{first}\n{TRAIN}\n"));
    folder
}

fn study(folder: &Folder, flags: &str) -> Ended {
    run(folder, &format!("{STUDY} {flags} {COMMAND}"))
}

/// Nothing may follow the command, so the language flag comes first. The JSON object does not
/// depend on the language.
fn run(folder: &Folder, line: &str) -> Ended {
    run_words(folder, &line.split_whitespace().collect::<Vec<_>>())
}

fn run_words(folder: &Folder, words: &[&str]) -> Ended {
    Ended::new(folder.command(&["--lang", "en"]).args(words).output().unwrap())
}

fn remarks(study: &Value) -> String {
    study["remarks"].to_string()
}

fn size(study: &Value, batch_size: u64) -> &Value {
    study["sizes"].as_array().unwrap().iter().find(|size| size["batch_size"] == batch_size).unwrap()
}

fn lines(folder: &Folder, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Logs of the trials of study `s`.
fn logs(folder: &Folder) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.path("runs/s/trials")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Whether a process runs, according to `/proc`. A dead process that waits to be reaped does not
/// count.
fn runs(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The central test: for a program that was never seen before, the answer has its best size and
/// rate and everything that scripts read.
#[test]
fn the_best_size_of_an_unknown_program_is_found() {
    let folder = bed("");
    let exports = "--export-json a.json --export-csv a.csv --export-markdown a.md";
    let ended = study(&folder, exports).ended_with(0);
    let answer = ended.object();
    assert_eq!(
        (&answer["verdict"]["kind"], &answer["recommended"]["batch_size"]),
        (&"best".into(), &32.into())
    );
    let rate = number(&answer, "recommended.learning_rate");
    assert!((0.14..0.28).contains(&rate), "its best rate is 0.2: {rate}");
    assert_fields(
        &answer,
        "version study objective target.metric target.goal target.direction target.how sizes \
         fit.largest_that_fits best_set verdict.reason recommended.tied_with cost.trials cost.steps cost.seconds \
         cost.wall_seconds report",
    );
    let best = size(&answer, 32);
    assert_fields(
        best,
        "fits memory_bytes step_seconds.median step_seconds.low step_seconds.high learning_rate.best \
         learning_rate.tuned runs steps_to_target.censored samples_to_target.median seconds_to_target.median p_best",
    );
    assert!((number(best, "step_seconds.median") - 0.064).abs() < 1e-6, "seconds are those of the program");
    assert!(!remarks(&answer).contains("uneven_looks"), "{}", remarks(&answer));

    let exported: Value = serde_json::from_slice(&std::fs::read(folder.path("a.json")).unwrap()).unwrap();
    assert_eq!(exported, answer);
    let csv = lines(&folder, "a.csv");
    assert!(
        csv.len() == 4 && csv[0].starts_with("batch_size,fits,") && csv[2].starts_with("32,true,"),
        "{csv:?}"
    );
    let markdown = lines(&folder, "a.md");
    assert!(markdown[0].starts_with("Use batch size 32 ") && markdown[2].starts_with("| batch size | "));

    assert!(logs(&folder).len() > 5 && logs(&folder).iter().all(|log| log.is_file()), "only logs stay");
}

/// A known answer must not cost an hour of training again. An answer that no longer holds must not
/// be given again without a check.
#[test]
fn a_second_call_checks_the_earlier_answer() {
    let folder = bed("");
    let call = STUDY.replace("--name s", "");
    let first = run(&folder, &format!("{call} {COMMAND}")).ended_with(0).object();
    let second = run(&folder, &format!("{call} {COMMAND}")).ended_with(0).object();
    assert_eq!(second["recommended"], first["recommended"]);
    assert_eq!(second["reused"]["study"], first["study"]);
    assert_eq!(first["study"], "train-study-1", "it has the name of the program");
    assert_eq!(number(&second, "cost.trials"), 1.0);
    let devices = run(&folder, &format!("{call} --devices 0 {COMMAND}")).ended_with(0).object();
    assert!(devices["reused"].is_null() && devices["continued"].is_null(), "it runs elsewhere");
}

/// A study must not end at the first size that does not fit, and must not try all larger sizes
/// either.
#[test]
fn sizes_beyond_memory_are_left_out() {
    let oom = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.";
    let folder = bed(&format!("echo $1 >> sizes; [ $1 -lt 32 ] || {{ echo '{oom}' >&2; exit 1; }}"));
    let answer = study(&folder, "").ended_with(0).object();
    assert_eq!(size(&answer, 32)["fits"], false);
    assert_eq!(answer["recommended"]["batch_size"], 4);
    assert!(!lines(&folder, "sizes").contains(&"256".to_owned()), "what is larger does not fit either");
}

/// A search without any size left to try must end and say why.
#[test]
fn a_program_too_large_for_any_size_ends_with_the_reason() {
    let folder = bed("echo x >> runs.txt; echo 'RuntimeError: CUDA error: out of memory' >&2; exit 1");
    let answer = study(&folder, "").ended_with(3).object();
    assert!(answer["verdict"]["reason"].as_str().unwrap().contains("does not fit"));
    assert_eq!(lines(&folder, "runs.txt").len(), 1);
}

/// A value must not be run by a shell, split, or read as a flag.
#[test]
fn arguments_arrive_as_they_are() {
    let folder = bed("printf '%s|' \"$5\" \"$6\" \"$7\" \"$8\" \"$9\" > arguments");
    let strange = ["; touch touched", "$(id)", "two  words", "-rf", "new\nline"];
    let flags: Vec<&str> = STUDY.split_whitespace().chain(["--max-samples", "99999"]).collect();
    let command = COMMAND.split_whitespace();
    let words: Vec<&str> = flags.into_iter().chain(command).chain(strange).collect();
    run_words(&folder, &words).ended_with(0);
    let arrived = std::fs::read_to_string(folder.path("arguments")).unwrap();
    assert_eq!(arrived, strange.map(|word| format!("{word}|")).concat());
    assert!(!folder.path("touched").exists());
}

/// A program that forks, ignores SIGTERM and prints without end must not run longer than the budget
/// or leave processes behind.
#[test]
fn the_budget_holds_whatever_a_program_does() {
    let folder = bed(
        "trap '' TERM; echo $$ >> pids; (trap '' TERM; echo $$; while :; do echo noise >&2; done) & echo $! >> pids; while :; do echo noise; done",
    );
    let ended = run(&folder, &format!("{} {COMMAND}", STUDY.replace("60s", "1s"))).ended_with(3);
    assert!(number(&ended.object(), "cost.wall_seconds") < 30.0);
    let ids = lines(&folder, "pids");
    assert!(ids.len() >= 2 && !ids.iter().any(|id| runs(id)), "{ids:?}");
}

/// One seed that crashes, one that is killed, one that hangs and one that prints nothing must not
/// end the study, and must not count as bad rates.
#[test]
fn trials_that_fail_are_told_and_the_study_goes_on() {
    let folder = bed(
        "case $3 in 0) ;; *3) echo 'ZeroDivisionError: division' >&2; exit 3;; *5) kill -9 $$;; *7) echo x; exec sleep 60;; *9) exit 0;; esac",
    );
    let answer = study(&folder, "--silence-timeout 0.1s").ended_with(0).object();
    assert_eq!(answer["recommended"]["batch_size"], 32);
    let errors: Vec<&str> =
        answer["trials"].as_array().unwrap().iter().filter_map(|trial| trial["error"].as_str()).collect();
    assert!(
        errors.iter().any(|error| error.contains("exit code 3: ZeroDivisionError: division")),
        "{errors:?}"
    );
    assert!(remarks(&answer).contains("trials_failed"), "{}", remarks(&answer));
}

/// A program that cannot run at all must not be started again and again until the budget ends.
#[test]
fn a_program_that_always_fails_ends_the_study_with_its_last_words() {
    let folder = bed("echo x >> runs.txt; echo 'ModuleNotFoundError: torch' >&2; exit 1");
    let answer = study(&folder, "").ended_with(3).object();
    assert!(
        answer["verdict"]["reason"].as_str().unwrap().contains("exit code 1: ModuleNotFoundError: torch")
    );
    assert!(answer["recommended"].is_null());
    assert!(lines(&folder, "runs.txt").len() <= 9, "a step time for each size, and six trials");
}

/// A crash shows nothing about the law. Rates that crash, here the best ones, must not be tried for
/// ever.
#[test]
fn rates_that_crash_are_left() {
    let folder = bed("case $2 in 0.0*) ;; *) echo 'loss is NaN' >&2; exit 1;; esac");
    let answer = study(&folder, "").object();
    assert_eq!(answer["recommended"]["batch_size"], 32);
    assert!(number(&answer, "recommended.learning_rate") < 0.1);
    assert!(number(&answer, "cost.trials") < 60.0, "{:#}", answer["cost"]);
}

/// A warning must not turn a healthy trial into a failed one.
#[test]
fn a_warning_that_says_error_is_no_error() {
    let folder = bed("echo 'Error: no GPU, out of memory? (only a warning)' >&2");
    let answer = study(&folder, "").ended_with(0).object();
    assert_eq!(answer["recommended"]["batch_size"], 32);
    assert!(!remarks(&answer).contains("failed"), "{}", remarks(&answer));
}

/// The program's own rate favours the size that it suits. A reader of the verdict must know this.
#[test]
fn without_a_rate_it_is_said_that_none_was_tuned() {
    let folder = bed("set -- $1 0.2 $2 $3");
    let call = STUDY.replace("--lr 0.01..1", "").replace("--json", "");
    let said = run(&folder, &format!("{call} -- sh train.sh {{batch_size}} {{seed}} {{eval_steps}}")).stdout;
    assert!(said.contains("Use batch size 32"), "{said}");
    assert!(said.replace('\n', " ").contains("not tuned"), "{said}");
}

/// A typing error must be reported at once, not after hours or never.
#[test]
fn a_command_that_cannot_work_is_refused() {
    let folder = bed("");
    let refused = |line: &str, code, what: &[&str]| run(&folder, line).refused(code, what);
    refused("find --lr 0.1..1 -- sh train.sh {batchsize} {lr}", 2, &["{batchsize}"]);
    refused("find --lr 0.1..1 -- sh train.sh {lr}", 2, &["{batch_size}"]);
    refused("find -- sh train.sh {batch_size} {lr}", 2, &["--lr"]);
    refused("find --lr 0.1..1 -- sh train.sh {batch_size}", 2, &["{lr}"]);
    let nowhere =
        "find --lr 0.1..1 --target val_loss<0.1 --export-csv nowhere/a.csv -- sh train.sh {batch_size} {lr}";
    refused(nowhere, 1, &["--export-csv nowhere/a.csv", "No such file"]);
    let of = |flags| format!("find {flags} -- sh train.sh {{batch_size}}");
    refused(&of("--devices 0,1 --jobs 4"), 2, &["--jobs 4", "the 2 of --devices"]);
    refused(&of("--devices 0,,1"), 2, &["--devices"]);
    refused(&of("--log-dir logs --jobs 2"), 2, &["--log-dir", "let the command write into {out}"]);
    refused(&of("--log-dir logs --devices 0,1"), 2, &["--log-dir", "2 trials at a time"]);
    refused(&nowhere.replace("nowhere/a.csv", "-"), 2, &["--export-csv -", "--json"]);
    refused(&nowhere.replace("nowhere/a.csv", "a --export-json a"), 2, &["each its own"]);
    assert!(!folder.path("runs").exists(), "nothing has run");
    let missing = run(&folder, "find --lr 0.1..1 --target val_loss<0.1 -- no-such-program {batch_size} {lr}");
    assert!(missing.code != 0 && (missing.stdout + &missing.stderr).contains("no-such-program"));
}

/// A user who stops a study with Ctrl-C wants the results so far, and no process may continue to
/// train.
#[test]
fn sigint_gives_the_verdict_so_far_and_leaves_no_child() {
    let folder = bed("echo $$ > pid; case $3 in 0) ;; *) echo training >&2; exec sleep 600;; esac");
    let line = format!("{STUDY} --show-output {COMMAND}");
    let mut child = folder.command(&line.split_whitespace().collect::<Vec<_>>()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.ends_with("training\n") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    stderr.read_to_string(&mut said).unwrap();
    let answer = Ended::new(child.wait_with_output().unwrap()).ended_with(130).object();
    assert!(!answer["verdict"]["reason"].as_str().unwrap().is_empty());
    assert!(!runs(&lines(&folder, "pid")[0]));
    assert!(said.contains("\"val_loss\""), "--show-output shows what the program prints: {said}");
}

/// If a check has used up the budget, no trainings may be started only to be killed one after the
/// other. An answer that was not disproved must not be reported as one that does not run.
#[test]
fn nothing_is_started_once_the_budget_is_over() {
    let folder = bed("echo x >> starts; [ ! -e hang ] || exec sleep 600");
    let call = STUDY.replace("--name s", "");
    run(&folder, &format!("{call} {COMMAND}")).ended_with(0);
    folder.write("hang", "");
    let before = lines(&folder, "starts").len();
    let answer = run(&folder, &format!("{} {COMMAND}", call.replace("60s", "0.5s"))).object();
    assert_eq!(lines(&folder, "starts").len(), before + 1, "the check's");
    assert_eq!(answer["continued"]["because"]["kind"], "interrupted");
    assert!(!remarks(&answer).contains("step_time_failed"), "{}", remarks(&answer));
}

/// A download that hangs must not delay Ctrl-C or the end of the budget.
#[test]
fn hooks_end_with_the_budget_and_with_ctrl_c() {
    let folder = bed("");
    let study = |budget, flags: &[&str]| {
        let line = STUDY.replace("60s", budget).replace("--json", "");
        let words: Vec<&str> = line.split_whitespace().collect();
        run_words(&folder, &[&words[..], flags, &COMMAND.split_whitespace().collect::<Vec<_>>()].concat())
    };
    study("0.3s", &["--setup", "exec sleep 600"]).refused(1, &["--setup: `exec sleep 600`", "--budget"]);
    study("60s", &["--setup", "kill -INT $PPID; exec sleep 600"])
        .refused(130, &["--setup", "it was interrupted"]);
    let cleanup = study("60s", &["--cleanup", "kill -INT $PPID; exec sleep 600"]).ended_with(130);
    assert!(cleanup.stderr.contains("--cleanup: `kill"), "{}", cleanup.stderr);
    assert!(cleanup.stdout.contains("Use batch size 32"), "the answer is not lost: {}", cleanup.stdout);
}

/// Every measurement would be spoiled if a cache were dropped only once instead of before each
/// trial, or if all trials shared one folder.
#[test]
fn hooks_run_when_they_should_and_each_trial_has_its_own_folder() {
    let folder = bed("echo $5 >> outs; [ -z \"$(ls \"$5\")\" ] || echo used >> shared; echo $$ > \"$5/id\"");
    let hooks =
        ["setup", "prepare", "cleanup"].map(|hook| [format!("--{hook}"), format!("echo x >> {hook}")]);
    let hooks: Vec<&str> = hooks.iter().flatten().map(String::as_str).collect();
    let flags: Vec<&str> = STUDY.split_whitespace().chain(hooks).collect();
    let words: Vec<&str> = flags.into_iter().chain(COMMAND.split_whitespace()).chain(["{out}"]).collect();
    run_words(&folder, &words).ended_with(0);
    let outs = lines(&folder, "outs");
    assert_eq!((lines(&folder, "setup").len(), lines(&folder, "cleanup").len()), (1, 1));
    assert!(outs.len() > 3, "{outs:?}");
    assert_eq!(lines(&folder, "prepare").len(), outs.len());
    assert!(outs.iter().all(|out| Path::new(out).is_absolute()), "a program may change its folder: {outs:?}");
    let distinct: std::collections::HashSet<&String> = outs.iter().collect();
    assert_eq!(distinct.len(), outs.len());
    assert!(!folder.path("shared").exists() && !outs.iter().any(|out| folder.path(out).exists()));
    assert_eq!(logs(&folder).len() + outs.iter().filter(|out| !out.contains("trials")).count(), outs.len());
}
