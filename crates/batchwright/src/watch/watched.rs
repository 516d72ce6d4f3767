//! What `watch` needs of what it watches, a run or a study.

use crate::shell::full_screen::Picture;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::{EntryStatus, Store};

/// What is watched: it reads the store, and tells what it found.
pub(super) trait Watched {
    type Picture: Picture;

    /// Where it is stored.
    fn store(&self) -> &Store;

    /// Reads what is new. Returns the state.
    fn look(&mut self) -> Result<EntryStatus>;

    /// The picture as it is known so far.
    fn picture(&mut self) -> Self::Picture;

    /// Tells the picture what is new.
    fn paint(&mut self, picture: &mut Self::Picture);

    /// Prints what is new as lines; its end, once it has ended.
    fn print(&mut self, screen: &Screen);
}
