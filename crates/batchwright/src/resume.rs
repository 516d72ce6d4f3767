//! `resume`: finds what is to go on, makes this process its owner, and goes the way of the command
//! that started it, in the folder and with the words of that time.

use crate::args::resume::ResumeArgs;
use crate::args::{Cli, Command, Global};
use crate::find;
use crate::shell::explain::Explain;
use crate::shell::screen::Screen;
use crate::train;
use anyhow::Result;
use batchwright_store::{EntryKind, Origin, Store};
use batchwright_train::Checkpoint;
use batchwright_view::{FailureMessage, UsageMessage};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Stands for the newest run or study.
const LAST: &str = "last";

pub(crate) fn run(args: &ResumeArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let found = Found::new(&args.name, &global.runs)?;
    let store = Store::open(&found.runs)?;
    let claim = store.claim(&found.name)?;
    let without_origin = || UsageMessage::NoOrigin { name: found.name.clone() }.into();
    let of_study = claim.kind == EntryKind::Study;
    let ended = claim.origin.ok_or_else(without_origin).and_then(|origin| {
        let started = as_started(&origin, global, &found.runs, screen)?;
        match started.command {
            // The study of `--batch-size auto` goes on, and the training begins after it.
            Command::Train(typed) if of_study => {
                refuse_flags_of_runs(args, &found.name)?;
                store.release(&found.name)?;
                train::run(typed, &started.global, screen)
            }
            Command::Train(typed) => {
                let from = (found.name.as_str(), found.checkpoint.as_deref());
                train::resume::resume(typed, args, from, &started.global, screen)
            }
            Command::Find(typed) => {
                refuse_flags_of_runs(args, &found.name)?;
                find::resume(*typed, &found.name, &started.global, screen)
            }
            _ => Err(UsageMessage::NoOrigin { name: found.name.clone() }.into()),
        }
    });
    if ended.is_err() {
        // The error of the work is the one to report.
        let _ = store.release(&found.name);
    }
    ended
}

/// What is to go on.
pub(crate) struct Found {
    /// The folder of runs and studies.
    pub(crate) runs: PathBuf,
    pub(crate) name: String,
    /// The checkpoint that was asked for; otherwise it is the newest.
    pub(crate) checkpoint: Option<PathBuf>,
}

impl Found {
    fn new(wanted: &str, runs: &Path) -> Result<Self> {
        let (path, given) = (Path::new(wanted), runs);
        let runs = absolute(given)?;
        if path.is_file() {
            let checkpoint = absolute(path)?;
            let name = Checkpoint::read(&checkpoint)?.about.run;
            // FOLDER/NAME/checkpoints/FILE, wherever --runs points; or a copy from elsewhere.
            let lies_in = checkpoint.ancestors().nth(2).filter(|folder| folder.ends_with(&name));
            let runs = lies_in.and_then(Path::parent).map_or(runs, Path::to_owned);
            return Ok(Self { runs, name, checkpoint: Some(checkpoint) });
        }
        if path.is_dir() && path.components().count() > 1 {
            let folder = absolute(path)?;
            if let (Some(runs), Some(name)) = (folder.parent(), folder.file_name()) {
                let name = name.to_string_lossy().into_owned();
                return Ok(Self { runs: runs.to_owned(), name, checkpoint: None });
            }
        }
        let store = Store::open_existing(given)?;
        let name = match wanted {
            LAST if store.kind_of(LAST).is_err() => newest(&store)?,
            name => name.to_owned(),
        };
        Ok(Self { runs, name, checkpoint: None })
    }
}

/// The run or study that was started last.
fn newest(store: &Store) -> Result<String> {
    // Where one is damaged, it is not known whether it is the newest.
    let runs = store.runs()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let studies = store.studies()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let runs = runs.into_iter().map(|run| (run.created, run.name));
    let studies = studies.into_iter().map(|study| (study.created, study.name));
    // Of those of one second, the run that came last.
    let newest = studies.chain(runs).max_by_key(|entry| entry.0);
    newest.map(|(_, name)| name).ok_or_else(|| UsageMessage::NothingToResume.into())
}

/// The command line that started it, read again in its folder.
fn as_started(origin: &Origin, global: &Global, runs: &Path, screen: &Screen) -> Result<Cli> {
    let words = std::iter::once(OsString::from("batchwright")).chain(origin.arguments.iter().cloned());
    let mut started = Cli::read(words.collect(), screen.style)
        .explain(|| FailureMessage::ReadArguments { words: format!("{:?}", origin.arguments) })?;
    let here = std::env::current_dir().explain(|| FailureMessage::WhereWeAre)?;
    let runs = if here == origin.folder && absolute(&global.runs)? == runs {
        // The paths that are shown and stored stay those of the start.
        global.runs.clone()
    } else {
        let folder = origin.folder.display().to_string();
        // Relative paths among the words belong there.
        std::env::set_current_dir(&origin.folder).explain(|| FailureMessage::EnterFolder { folder })?;
        runs.to_owned()
    };
    // How it is shown is as it is asked now.
    started.global.runs = runs;
    started.global.json = global.json;
    started.global.quiet = global.quiet;
    Ok(started)
}

fn refuse_flags_of_runs(args: &ResumeArgs, study: &str) -> Result<()> {
    let flags = [
        ("--batch-size", args.batch_size.is_some()),
        ("--epochs", args.epochs.is_some()),
        ("--duration", args.duration.is_some()),
        ("--lr", args.lr.is_some()),
    ];
    match flags.into_iter().find(|flag| flag.1) {
        Some((flag, _)) => Err(UsageMessage::ResumesAsItIs { flag, study: study.to_owned() }.into()),
        None => Ok(()),
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).explain(|| FailureMessage::WhereWeAre)
}
