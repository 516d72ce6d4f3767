//! Real child processes that misbehave. Times are generous limits, never measurements.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use batchwright_command::process::{
    ChildEnd, ChildEvent, ChildSpec, CommandTemplate, Death, Ended, Limits, OutputLine, OutputStream,
    StartError, Values,
};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longer than any of these children needs on a busy machine.
const LONG: Duration = Duration::from_secs(60);

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// A script for the shell, with a short grace.
fn sh(script: &str) -> ChildSpec {
    let limits = Limits { deadline: Some(LONG), grace: Duration::from_millis(50), ..Limits::default() };
    ChildSpec { limits, ..ChildSpec::new(words(&["sh", "-c", script])) }
}

fn after(spec: ChildSpec, deadline: Duration) -> ChildSpec {
    ChildSpec { limits: Limits { deadline: Some(deadline), ..spec.limits }, ..spec }
}

/// All lines, then the end.
fn run(spec: &ChildSpec) -> (Vec<OutputLine>, Ended) {
    let mut child = spec.start().unwrap();
    let mut lines = Vec::new();
    loop {
        match child.next(LONG) {
            ChildEvent::Line(line) => lines.push(line),
            ChildEvent::Ended(ended) => return (lines, ended),
            ChildEvent::Quiet { .. } => {}
        }
    }
}

fn texts(lines: &[OutputLine], stream: OutputStream) -> Vec<&str> {
    lines.iter().filter(|line| line.stream == stream).map(|line| line.text.as_str()).collect()
}

/// The state of a process in `/proc`: `S`, `R`, or `Z` for a dead process that is not reaped;
/// `None` if there is no such process.
fn state(id: &str) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn is_alive(id: &str) -> bool {
    state(id).is_some_and(|state| state != 'Z')
}

/// A killed process does not end at once.
fn dies(id: &str) -> bool {
    let end = Instant::now() + LONG;
    while is_alive(id) {
        if Instant::now() > end {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// A value could run as a program, or become two arguments.
#[test]
fn words_arrive_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let odd = ["; touch X", "$(id)", "`id`", "a b", "-n", "--", "", "line\nbreak", "*", "'\"\\", "{}", "é"];
    let mut command =
        vec!["sh", "-c", "for word; do printf '%s\\0' \"$word\"; done > out", "sh", "{batch_size}"];
    command.extend(odd);
    let out = OsString::from_vec(b"/odd \xff; touch Y".to_vec());
    command.push("{out}");
    let values = Values { batch_size: 8, out: Path::new(&out), ..Values::default() };
    let command = CommandTemplate::parse(&words(&command)).unwrap().fill(&values);
    let (_, ended) = run(&ChildSpec { folder: Some(folder.path().to_owned()), ..ChildSpec::new(command) });
    assert_eq!(ended.end, ChildEnd::Finished);
    let arrived = std::fs::read(folder.path().join("out")).unwrap();
    let arrived: Vec<&[u8]> = arrived.split(|byte| *byte == 0).collect();
    assert_eq!(arrived[0], b"8");
    assert_eq!(arrived[1..=odd.len()], odd.map(str::as_bytes));
    assert_eq!(arrived[odd.len() + 1], b"/odd \xff; touch Y");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but `out` was made");
}

/// The worst trial: it forks, ignores SIGTERM and prints without end on both streams. The study
/// would hang, or memory and disk would fill.
#[test]
fn a_child_that_does_everything_wrong_ends_at_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let script = "trap '' TERM; line=$(printf '%08000d' 0); \
        (trap '' TERM; while :; do echo \"$line\" >&2; done) & echo $!; while :; do echo \"$line\"; done";
    let spec = ChildSpec { log: Some(log.clone()), ..after(sh(script), Duration::from_secs(1)) };
    let (lines, ended) = run(&spec);
    assert_eq!(ended.end, ChildEnd::Deadline { limit: Duration::from_secs(1) });
    assert!(dies(&lines.iter().find(|line| line.text.len() < 20).unwrap().text));
    assert!(
        texts(&lines, OutputStream::Stderr).len() > 100 && texts(&lines, OutputStream::Stdout).len() > 100
    );
    assert!(std::fs::metadata(&log).unwrap().len() < 3 << 20, "the log is capped");
    assert_eq!(ended.last_stdout.len(), Ended::LAST_LINES);
}

/// A hundred megabytes that are read: all lines arrive. Endless output that nobody reads: the child
/// still ends, and its output fills no memory.
#[test]
fn much_output_neither_stalls_nor_fills_memory() {
    let print = "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 50000";
    let (lines, ended) = run(&sh(print));
    assert_eq!((lines.len(), ended.lost_lines, ended.end), (2000, 0, ChildEnd::Finished));
    let endless = sh(&print.replace("head -c 100000000 /dev/zero", "cat /dev/zero")).start().unwrap();
    assert_eq!(endless.into_end().end, ChildEnd::Stopped);
}

/// A line of a gigabyte would be kept in memory.
#[test]
fn a_line_without_end_is_cut() {
    let (lines, ended) = run(&sh("head -c 30000000 /dev/zero | tr '\\0' x; echo; printf last"));
    assert_eq!(ended.end, ChildEnd::Finished);
    assert_eq!(
        lines.iter().map(|line| (line.text.len(), line.cut)).collect::<Vec<_>>(),
        [(65536, true), (4, false)]
    );
}

/// Reading would go on as long as the grandchild lives.
#[test]
fn a_grandchild_that_keeps_the_pipe_is_not_waited_for() {
    let (lines, ended) = run(&sh("sleep 1000 & echo $!; exit 3"));
    assert!(matches!(ended.end, ChildEnd::Crashed { death: Death::Code(3), .. }), "{:?}", ended.end);
    assert!(dies(&lines[0].text), "it was in the group");
}

/// Launchers start their workers in sessions of their own; these would continue to train.
#[test]
fn a_descendant_that_left_the_group_is_killed_too() {
    let script = "setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait";
    let mut child = sh(script).start().unwrap();
    let ChildEvent::Line(line) = child.next(LONG) else { panic!("no line") };
    // It is found through its parent.
    drop(child);
    assert!(dies(&line.text));
}

/// A process that is neither in the group nor found in time keeps the pipes open and prints
/// forever: the end would never come.
#[test]
fn who_escapes_does_not_hold_up_the_end() {
    let (lines, ended) = run(&sh("setsid sh -c 'while :; do echo $$; done' & exit 0"));
    assert_eq!(ended.end, ChildEnd::Finished);
    assert!(lines.is_empty() || dies(&lines[0].text), "killed, or by what it printed to nobody");
}

#[test]
fn dropping_stops_a_child_that_ignores_it() {
    let mut child = sh("trap '' TERM; echo $$; while :; do sleep 1; done").start().unwrap();
    let ChildEvent::Line(line) = child.next(LONG) else { panic!("no line") };
    assert_eq!(line.text, child.id().to_string());
    drop(child);
    assert!(!is_alive(&line.text), "it is gone when the handle is");
}

/// A child could not save its state.
#[test]
fn a_child_is_asked_before_it_is_killed() {
    let limits = Limits { grace: LONG, ..Limits::default() };
    let script = "trap 'echo saved; exit 0' TERM; echo ready; while :; do :; done";
    let mut child = ChildSpec { limits, ..sh(script) }.start().unwrap();
    assert!(matches!(child.next(LONG), ChildEvent::Line(line) if line.text == "ready"));
    child.stop();
    assert!(matches!(child.next(LONG), ChildEvent::Line(line) if line.text == "saved"));
    let ChildEvent::Ended(ended) = child.next(LONG) else { panic!("no end") };
    assert_eq!(ended.end, ChildEnd::Stopped);
    assert_eq!(child.next(Duration::ZERO), ChildEvent::Ended(ended), "an end stays the end");
}

/// Zombies would fill the process table in a long study.
#[test]
fn no_child_is_left_unreaped() {
    let ids: Vec<u32> = (0..20)
        .map(|number| {
            let child = sh("exit 1").start().unwrap();
            let id = child.id();
            if number % 2 == 0 {
                drop(child)
            } else {
                drop(child.into_end())
            }
            id
        })
        .collect();
    assert_eq!(ids.iter().map(|id| state(&id.to_string())).collect::<Vec<_>>(), [None; 20]);
}

/// The cause of an end could be lost, or confused with another one.
#[test]
fn deaths_are_told_apart() {
    let end = |script: &str| run(&sh(script)).1.end;
    let crashed = |death, words: &[&str]| {
        let last_lines = words.iter().copied().map(str::to_owned).collect();
        ChildEnd::Crashed { death, last_lines }
    };
    assert_eq!(end("echo error: no problem >&2; echo CUDA error: out of memory >&2"), ChildEnd::Finished);
    assert_eq!(end("echo why >&2; echo 1; exit 3"), crashed(Death::Code(3), &["why"]));
    assert_eq!(end("echo 1; exit 3"), crashed(Death::Code(3), &["1"]));
    assert_eq!(end("kill -9 $$"), crashed(Death::Signal(9), &[]));
    assert_eq!(end("kill -SEGV $$"), crashed(Death::Signal(11), &[]));
    let memory =
        end("echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.' >&2; exit 1");
    assert!(memory.to_string().starts_with("out of accelerator memory: torch.OutOfMemoryError"));
    let flag =
        end("echo 'usage: t.py [-h]' >&2; echo 't.py: error: unrecognized arguments: --lr' >&2; exit 2");
    assert_eq!(flag.to_string(), "it does not take its flags: t.py: error: unrecognized arguments: --lr");
}

/// A program that hangs would block the study.
#[test]
fn silence_ends_a_child_and_is_told_with_whether_it_ever_spoke() {
    let short = Duration::from_millis(50);
    let silent = |script: &str| {
        let limits = Limits { silence: Some(short), start_timeout: Some(short), ..sh("").limits };
        run(&ChildSpec { limits, ..sh(script) }).1.end
    };
    assert_eq!(silent("exec sleep 1000"), ChildEnd::Silent { limit: short, started: false });
    let limits = Limits { silence: Some(short), start_timeout: Some(LONG), ..sh("").limits };
    let (lines, ended) = run(&ChildSpec { limits, ..sh("echo 1; exec sleep 1000") });
    assert_eq!((lines.len(), ended.end), (1, ChildEnd::Silent { limit: short, started: true }));
}

/// A reader that only waits would not know that a child hangs.
#[test]
fn a_reader_is_told_that_it_is_quiet() {
    let mut child = sh("read line < /dev/null; exec sleep 1000").start().unwrap();
    let ChildEvent::Quiet { started, .. } = child.next(Duration::from_millis(1)) else { panic!("not quiet") };
    assert!(!started);
}

/// Progress bars, colours, and bytes that are not UTF-8.
#[test]
fn output_is_lines_of_text_with_their_times() {
    let (lines, ended) = run(&sh(r"printf ' 10%%\r 20%%\r\n\033[31mred\033[0m\n\377\n'; printf err >&2"));
    assert_eq!(texts(&lines, OutputStream::Stdout), [" 10%", " 20%", "red", "\u{fffd}"]);
    assert_eq!(texts(&lines, OutputStream::Stderr), ["err"]);
    assert!(lines.iter().all(|line| line.at >= ended.first_output.unwrap()));
    assert_eq!(run(&sh("exit 0")).1.first_output, None);
}

/// Programs check whether they print to a terminal.
#[test]
fn a_terminal_is_one_only_where_it_was_asked_for() {
    let script =
        "test -t 1 && echo terminal || echo pipe; test -t 0 || echo no input; test -t 2 || echo pipe >&2";
    let terminal = run(&ChildSpec { pty: true, ..sh(script) });
    assert_eq!(texts(&terminal.0, OutputStream::Stdout), ["terminal", "no input"]);
    assert_eq!(
        (texts(&terminal.0, OutputStream::Stderr), terminal.1.end),
        (vec!["pipe"], ChildEnd::Finished)
    );
    assert_eq!(texts(&run(&sh(script)).0, OutputStream::Stdout), ["pipe", "no input"]);
    let (lines, ended) = run(&ChildSpec { pty: true, ..sh("sleep 1000 & exit 3") });
    assert!(lines.is_empty() && matches!(ended.end, ChildEnd::Crashed { death: Death::Code(3), .. }));
}

/// Python would buffer its lines until its end.
#[test]
fn surroundings_are_as_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo $PYTHONUNBUFFERED$X; test . -ef \"$1\" && echo here";
    let mut spec = ChildSpec { folder: Some(folder.path().to_owned()), ..sh(script) };
    spec.words.extend(["sh".into(), folder.path().into()]);
    spec.environment = vec![("X".into(), "x".into())];
    assert_eq!(texts(&run(&spec).0, OutputStream::Stdout), ["1x", "here"]);
    spec.environment = vec![("PYTHONUNBUFFERED".into(), "0".into())];
    assert_eq!(texts(&run(&spec).0, OutputStream::Stdout), ["0", "here"]);
}

/// The memory of an earlier, larger child, or of this process, would count as that of this child.
#[test]
fn peak_memory_is_the_childs_own() {
    let folder = tempfile::tempdir().unwrap();
    run(&ChildSpec { folder: Some(folder.path().to_owned()), ..sh("mkfifo pipe") });
    let holding = |megabytes: usize| {
        let script =
            format!("x=$(head -c {} /dev/zero | tr '\\0' x); echo ${{#x}}; read y < pipe", megabytes << 20);
        let spec = ChildSpec { folder: Some(folder.path().to_owned()), ..sh(&script) };
        let mut child = spec.start().unwrap();
        let ChildEvent::Line(line) = child.next(LONG) else { panic!("no line") };
        assert_eq!(line.text, (megabytes << 20).to_string());
        // It waits, and is scanned once more before it is stopped.
        child.into_end().peak_memory_bytes.unwrap() >> 20
    };
    let ours = std::hint::black_box(vec![1u8; 100 << 20]);
    let (large, small) = (holding(60), holding(1));
    assert!((60..400).contains(&large), "{large} MiB");
    assert!(small < 40, "{small} MiB, while this process holds {}", ours.len());
}

/// A size that does not fit would use up the memory of the machine.
#[test]
fn a_memory_limit_makes_allocations_fail() {
    let script = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}";
    let (lines, ended) = run(&ChildSpec { memory_limit: Some(100 << 20), ..sh(script) });
    assert_eq!(texts(&lines, OutputStream::Stdout), [""; 0]);
    assert!(!matches!(ended.end, ChildEnd::Finished), "{ended:?}");
    assert_eq!(run(&ChildSpec { memory_limit: Some(1 << 40), ..sh("echo 1") }).1.end, ChildEnd::Finished);
}

/// All of these would give the same "No such file or directory".
#[test]
fn what_cannot_be_started_is_refused_with_its_name_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    // Another process makes the files: a file that this process has open for writing, while another
    // test starts a child, is busy.
    let make = "echo '#!/no/such/interpreter' > orphan; chmod 755 orphan; echo 'print(1)' > train.py";
    run(&ChildSpec { folder: Some(folder.path().to_owned()), ..sh(make) });
    let file = |name| folder.path().join(name).into_os_string();
    let refused = |word: OsString| ChildSpec::new(vec![word]).start().unwrap_err();
    for (word, says) in [
        ("no-such-program-here".into(), "`no-such-program-here`: command not found; it is not in PATH"),
        ("/no/such/program".into(), "`/no/such/program`: command not found; there is no such file"),
        (file("orphan"), "but not the interpreter"),
        (file("train.py"), "cannot be executed"),
        (OsString::from("a\0b"), "cannot be started"),
    ] {
        let error = refused(word).to_string();
        assert!(error.contains(says), "{error}");
    }
    assert!(matches!(ChildSpec::new(Vec::new()).start(), Err(StartError::Empty)));
    let nowhere = ChildSpec { folder: Some("/no/such/folder".into()), ..sh("exit 0") };
    assert!(nowhere.start().unwrap_err().to_string().starts_with("/no/such/folder: no such folder"));
    let log = ChildSpec { log: Some("/no/such/log".into()), ..sh("exit 0") };
    assert!(
        log.start().unwrap_err().to_string().starts_with("/no/such/log: cannot write the log: No such file")
    );
}
