//! `resume`: finds what is to go on, makes this process its owner, and goes the way of the command
//! that started it, in the folder and with the words of that time.

use crate::args::groups::DataArgs;
use crate::args::resume::ResumeArgs;
use crate::args::{Cli, Command, Global};
use crate::find;
use crate::prepare::data::is_standard_input;
use crate::runs::entry::{LAST, entries};
use crate::shell::explain::Explain;
use crate::shell::screen::Screen;
use crate::train;
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_store::{EntryKind, Origin, Store};
use batchwright_train::Checkpoint;
use batchwright_view::{FailureMessage, Notice, UsageMessage};
use std::ffi::OsString;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(args: &ResumeArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let found = Found::new(&args.name, &global.runs, screen)?;
    // A folder without a store is an error, and none is made in it.
    drop(Store::open_existing(&found.runs)?);
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
                refuse_missing_input(&typed.network.data, &found.name)?;
                store.release(&found.name)?;
                train::run(*typed, &started.global, screen)
            }
            Command::Train(typed) => {
                refuse_missing_input(&typed.network.data, &found.name)?;
                let from = (found.name.as_str(), found.checkpoint.as_deref());
                train::resume::resume(*typed, args, from, &started.global, screen)
            }
            Command::Find(typed) => {
                refuse_flags_of_runs(args, &found.name)?;
                refuse_missing_input(&typed.network.data, &found.name)?;
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
    /// A name that the store knows; otherwise the path of a run or of a checkpoint.
    fn new(wanted: &str, runs: &Path, screen: &Screen) -> Result<Self> {
        let (path, store) = (Path::new(wanted), Store::open_existing(runs));
        let runs = absolute(runs)?;
        // First, so that a file that happens to be here does not hide the run of its name.
        if let Ok(store) = &store
            && let Some(name) = stored_name(store, wanted, screen)?
        {
            return Ok(Self { runs, name, checkpoint: None });
        }
        if path.is_file() {
            let checkpoint = absolute(path)?;
            let name = Checkpoint::read_within(&checkpoint, available_memory())?.about.run;
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
        // Neither: the error names those that look like it.
        store?.kind_of(wanted)?;
        Ok(Self { runs, name: wanted.to_owned(), checkpoint: None })
    }
}

/// The run or study that is meant, where the store knows it.
fn stored_name(store: &Store, wanted: &str, screen: &Screen) -> Result<Option<String>> {
    match store.kind_of(wanted) {
        Ok(_) => Ok(Some(wanted.to_owned())),
        Err(_) if wanted == LAST => newest(store, screen).map(Some),
        Err(_) => Ok(None),
    }
}

/// The run or study that was started last.
fn newest(store: &Store, screen: &Screen) -> Result<String> {
    let newest = entries(store, screen)?.into_iter().max_by_key(|entry| entry.created);
    newest.map(|entry| entry.name).ok_or_else(|| UsageMessage::NothingToResume.into())
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
        // Relative paths among the words belong there. Where it is gone, the project was moved: the
        // content of the data tells whether they lead to the same from here.
        if std::env::set_current_dir(&origin.folder).is_err() {
            let folder = origin.folder.display().to_string();
            screen.note(&Notice::FolderLeftBehind { folder }.text(screen.style.lang));
        }
        runs.to_owned()
    };
    // How it is shown is as it is asked now.
    started.global.runs = runs;
    started.global.json = global.json;
    started.global.quiet = global.quiet;
    Ok(started)
}

/// Refuses to go on without the data that came from standard input, and is nowhere else.
fn refuse_missing_input(data: &DataArgs, name: &str) -> Result<()> {
    let given = || {
        let mut input = std::io::stdin().lock();
        // What has been looked at here is still there for whoever reads next.
        !input.is_terminal() && input.fill_buf().is_ok_and(|bytes| !bytes.is_empty())
    };
    if is_standard_input(data) && !given() {
        return Err(UsageMessage::GiveInputAgain { name: name.to_owned() }.into());
    }
    Ok(())
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
