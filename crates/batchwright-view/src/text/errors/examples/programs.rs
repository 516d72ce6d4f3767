//! Examples of the errors of `batchwright-command`.

use crate::text::examples::text;
use batchwright_command::process::{
    ChildEnd, Death, HookError, LogError, MemoryPlace, NotFoundHint, StartError, TemplateError,
};
use batchwright_command::read::{FileError, MetricError, NothingRecognised, PositionError};
use std::io;
use std::time::Duration;

examples!(template_errors: TemplateError {
    Empty,
    NotUtf8 { position: 2, word: text("x") },
    Unknown { name: text("size"), word: text("{size}") },
    NoBatchSize { line: text("sh t.sh") },
    Assignment { word: text("BS={batch_size}"), rest: text("sh t.sh") },
    NoVariable { value: text("BATCH") },
    ConfigNotUtf8 { path: "c.yaml".into() },
    ConfigPlain { path: "c.yaml".into() },
    ConfigUnused { line: text("sh t.sh") },
    NoConfig,
});

examples!(metric_errors: MetricError {
    NoName { value: text("x") },
    Expression { value: text("a=("), problem: text("odd") },
    NoGroup { value: text("a=b") },
});

examples!(start_variants: StartError {
    Empty,
    Folder { folder: "f".into() },
    NotFound { program: text("x"), hint: NotFoundHint::NoFile },
    NotExecutable { program: text("x"), source: io::ErrorKind::PermissionDenied.into() },
    Log { path: "l".into(), source: io::ErrorKind::StorageFull.into() },
    MemoryLimit { program: text("x"), source: io::ErrorKind::InvalidInput.into() },
    System { program: text("x"), source: io::ErrorKind::OutOfMemory.into() },
});

examples!(hints: NotFoundHint { NoInterpreter, NoFile, NotInPath });

pub(crate) fn start_errors() -> Vec<StartError> {
    let hints = hints().into_iter().map(|hint| StartError::NotFound { program: text("other"), hint });
    start_variants().into_iter().chain(hints).collect()
}

examples!(hook_variants: HookError {
    Start { line: text("x"), source: StartError::Empty },
    Failed { line: text("x"), end: ChildEnd::Finished },
    Interrupted { line: text("x") },
});

examples!(ends: ChildEnd {
    Finished,
    Stopped,
    Deadline { limit: Duration::from_secs(3) },
    Silent { limit: Duration::from_secs(3), started: true },
    OutOfMemory { place: MemoryPlace::Gpu, evidence: text("odd") },
    BadFlag { evidence: text("odd") },
    Crashed { death: Death::Code(3), last_lines: vec![] },
});

pub(crate) fn hook_errors() -> Vec<HookError> {
    let crashed = |death| ChildEnd::Crashed { death, last_lines: vec![text("odd")] };
    let more = [
        ChildEnd::Silent { limit: Duration::from_secs(3), started: false },
        ChildEnd::OutOfMemory { place: MemoryPlace::Host, evidence: text("odd") },
        crashed(Death::Signal(9)),
        crashed(Death::Unknown),
    ];
    let ends = ends().into_iter().chain(more).map(|end| HookError::Failed { line: text("other"), end });
    hook_variants().into_iter().chain(ends).collect()
}

examples!(position_errors: PositionError {
    SamplesUnknown { epoch: 2.0 },
    Impossible { coordinate: "step", value: 1e300 },
    Nowhere,
});

examples!(file_errors: FileError {
    Unreadable { file: "f".into(), kind: io::ErrorKind::NotFound },
    Damaged { file: "f".into(), at: 8 },
    TooLarge { file: "f".into(), bytes: 9, limit: 8 },
    TooMany { folder: "f".into(), limit: 8 },
});

pub(crate) fn other_errors() -> Vec<NothingRecognised> {
    vec![NothingRecognised { lines: 7, last_lines: vec![] }]
}

pub(crate) fn log_errors() -> Vec<LogError> {
    vec![LogError { path: "l".into(), problem: text("full") }]
}
