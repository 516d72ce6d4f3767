//! What `find` is asked: the flags, checked once, as one of five questions.
//!
//! This folder is the only place beside the command line itself that knows the flags of `find`.
//! Everything below it gets checked values.
//!
//! Left out: how a question is answered and shown.

pub(crate) mod about_command;
pub(crate) mod about_network;
pub(crate) mod study_question;

use crate::args::find::{FindArgs, ObjectiveArg};
use crate::args::meaning::{FLAGS, FindFlag, Meaning, QuestionKind};
use crate::find::deadline::Deadline;
use crate::find::question::about_command::{CommandCheck, CommandFit, CommandStudy};
use crate::find::question::about_network::{NetworkFit, NetworkStudy};
use crate::find::question::study_question::budget;
use crate::shell::failure::usage;
use crate::shell::signals::Signals;
use anyhow::Result;
use std::time::Instant;

/// What is asked, checked: nothing about it is settled later.
pub(crate) enum Question {
    NetworkStudy(Box<NetworkStudy>),
    CommandStudy(Box<CommandStudy>),
    NetworkFit(Box<NetworkFit>),
    CommandFit(Box<CommandFit>),
    CommandCheck(Box<CommandCheck>),
}

impl Question {
    /// Checks the flags. The command began at `started`; a signal ends a training command.
    pub(crate) fn ask(args: FindArgs, started: Instant, signals: &Signals) -> Result<Self> {
        let kind = kind(&args);
        refuse_what_has_no_meaning(kind, &args.typed)?;
        let embedded = args.data.data.is_none() && args.command.command.is_empty();
        let deadline = Deadline::new(started, budget(args.study.budget, embedded)?);
        Ok(match kind {
            QuestionKind::NetworkStudy => Self::NetworkStudy(NetworkStudy::ask(args, deadline)?.into()),
            QuestionKind::NetworkFit => Self::NetworkFit(NetworkFit::ask(args, deadline)?.into()),
            QuestionKind::CommandStudy => {
                Self::CommandStudy(CommandStudy::ask(args, deadline, signals)?.into())
            }
            QuestionKind::CommandFit => Self::CommandFit(CommandFit::ask(args, deadline, signals)?.into()),
            QuestionKind::CommandCheck => {
                Self::CommandCheck(CommandCheck::ask(args, deadline, signals)?.into())
            }
        })
    }
}

fn kind(args: &FindArgs) -> QuestionKind {
    let fits = args.study.objective == ObjectiveArg::Fit;
    match (args.command.command.is_empty(), fits) {
        (true, true) => QuestionKind::NetworkFit,
        (true, false) => QuestionKind::NetworkStudy,
        (false, true) => QuestionKind::CommandFit,
        (false, false) if args.command.check => QuestionKind::CommandCheck,
        (false, false) => QuestionKind::CommandStudy,
    }
}

/// Refuses flags that would be ignored in silence. What does not go with a command or with
/// `--check` is refused by clap, so that these are flags of a study where nothing is compared.
fn refuse_what_has_no_meaning(kind: QuestionKind, typed: &[&str]) -> Result<()> {
    let refused = |flag: &&FindFlag| typed.contains(&flag.id) && flag.meaning(kind) == Meaning::Refused;
    let Some(flag) = FLAGS.iter().find(refused) else { return Ok(()) };
    let instead = match flag.id {
        "export_json" | "export_csv" | "export_markdown" => {
            ", which compares nothing; --json prints its answer"
        }
        _ => "; leave it out",
    };
    Err(usage(format!("{} has no meaning with --objective fit{instead}", flag.typed())))
}
