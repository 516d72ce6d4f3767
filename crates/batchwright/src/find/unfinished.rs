//! Studies that were interrupted, by a signal or by the end of their process: which one is continued,
//! and with what budget.
//!
//! Left out: how a study goes on (`batchwright-find`), and what is remembered of finished studies
//! (`answer`).

use crate::find::recorder::journal;
use crate::find::session::{Earlier, Session};
use anyhow::Result;
use batchwright_find::{EarlierStudy, FindError, Journal, JournalProblem};
use batchwright_store::StoreError;
use batchwright_view::{Notice, interrupted_study_line};
use std::time::Duration;

/// What a study begins with.
pub(crate) enum Beginning {
    /// With nothing, or with an earlier study as evidence.
    New(Option<Box<EarlierStudy>>),
    /// With its own answers from before it was interrupted.
    Interrupted(Interrupted),
}

/// An interrupted study that this process owns now.
pub(crate) struct Interrupted {
    pub(crate) name: String,
    pub(crate) journal: Journal,
    /// The budget that was asked for when it began, in the words of the command line.
    asked: Option<String>,
}

impl Interrupted {
    /// Claims a study. `None` if it has no journal, so that nothing is known.
    pub(crate) fn claim(session: &Session, name: &str) -> Result<Option<Self>> {
        session.store.claim(name)?;
        match Self::read(session, name) {
            Ok(Some(study)) => Ok(Some(study)),
            nothing => {
                session.store.release(name)?;
                nothing
            }
        }
    }

    /// A study that this process owns. `None` if it has no journal.
    pub(crate) fn read(session: &Session, name: &str) -> Result<Option<Self>> {
        let Some(journal) = journal(session.store, name)? else { return Ok(None) };
        let asked = budget_words(&session.store.study(name)?.settings).map(str::to_owned);
        Ok(Some(Self { name: name.to_owned(), journal, asked }))
    }

    /// The budget of the whole study.
    pub(crate) fn budget(&self, session: &Session) -> Duration {
        let same = self.asked.as_deref() == budget_words(&session.question.settings);
        let before = self.journal.budget().filter(|_| same);
        whole_budget(before, self.journal.used(), session.question.budget_left())
    }

    /// Says what is continued.
    pub(crate) fn tell(&self, session: &Session) {
        let left = self.budget(session).saturating_sub(self.journal.used());
        let line = interrupted_study_line(
            &self.name,
            self.journal.trials(),
            left.as_secs_f64(),
            session.screen.style,
        );
        session.screen.tell(&line);
    }
}

/// What the budget was `before`, if the same is asked for, so that a study goes on as it would have;
/// otherwise what is asked for now. One that is used up begins anew.
fn whole_budget(before: Option<Duration>, used: Duration, now: Duration) -> Duration {
    match before {
        Some(before) if before > used => before,
        None if now > used => now,
        _ => used.saturating_add(now),
    }
}

fn budget_words(settings: &[(String, String)]) -> Option<&str> {
    settings.iter().find(|(key, _)| key == "budget").map(|(_, value)| value.as_str())
}

/// A study that was cut off and that this process owns now.
pub(crate) enum CutOff {
    /// It goes on.
    GoesOn(Interrupted),
    /// It was asked for by this name, but nothing is known of it, or what was written down cannot be
    /// read: it begins anew.
    BeginsAnew(String),
}

/// The newest interrupted study of a question, unless a newer one has ended. Studies on which another
/// process works are left alone. One that tells nothing begins anew if it was asked for by name, since
/// no other can have that name; otherwise it is passed over.
pub(crate) fn interrupted(session: &Session, newest: Option<&Earlier>) -> Result<Option<CutOff>> {
    if session.question.fresh {
        return Ok(None);
    }
    let since = newest.map_or(i64::MIN, |earlier| earlier.created);
    let mut names = session.store.lost_studies_of(&session.question.fingerprint)?;
    names.extend(newest.filter(|earlier| earlier.result.interrupted).map(|it| it.result.study.clone()));
    if let Some(wanted) = &session.question.name {
        names.retain(|name| name == wanted);
    }
    for name in names {
        if session.store.study(&name)?.created < since {
            continue;
        }
        match Interrupted::claim(session, &name) {
            Ok(Some(study)) => return Ok(Some(CutOff::GoesOn(study))),
            Ok(None) => {}
            Err(error) if is_owned(&error) => continue,
            // Nothing is removed that may be whole.
            Err(error) if session.question.name.is_some() && !is_damage(&error) => return Err(error),
            Err(error) => {
                let lang = session.screen.style.lang;
                let reason = lang.error_chain(error.chain());
                session.screen.note(&Notice::CannotContinue { study: name.clone(), reason }.text(lang));
            }
        }
        if session.question.name.is_some() {
            session.store.claim(&name)?;
            session.store.clear_events(&name)?;
            return Ok(Some(CutOff::BeginsAnew(name)));
        }
    }
    Ok(None)
}

/// Whether the journal itself is damaged, and not only out of reach or too new.
fn is_damage(error: &anyhow::Error) -> bool {
    let damaged = matches!(error.downcast_ref(), Some(StoreError::DamagedEvent { .. }));
    let unreadable = |problem: &JournalProblem| match problem {
        JournalProblem::NoBeginning | JournalProblem::Entry { .. } => true,
        JournalProblem::Newer { .. } | JournalProblem::Memory { .. } => false,
    };
    damaged || matches!(error.downcast_ref(), Some(FindError::Journal(problem)) if unreadable(problem))
}

pub(crate) fn is_owned(error: &anyhow::Error) -> bool {
    use StoreError::{Owned, OwnedElsewhere};
    matches!(error.downcast_ref(), Some(Owned { .. } | OwnedElsewhere { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else each kill gives a study a whole budget more, or one that is used up can never go on.
    #[test]
    fn the_budget_is_that_of_the_whole_study() {
        let whole = |before: Option<u64>, used, now| {
            let seconds = Duration::from_secs;
            whole_budget(before.map(seconds), seconds(used), seconds(now)).as_secs()
        };
        assert_eq!(whole(Some(44), 30, 45), 44, "as it was");
        assert_eq!(whole(None, 30, 60), 60, "another one");
        assert_eq!((whole(Some(44), 44, 45), whole(None, 50, 45)), (89, 95), "used up");
    }
}
