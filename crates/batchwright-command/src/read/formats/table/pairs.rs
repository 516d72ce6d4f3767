//! Boxes of names and numbers between two lines of dashes, as programs of reinforcement learning
//! print them:
//!
//! ```text
//! -------------------------------
//! | eval/              |        |
//! |    mean_reward     | 12.5   |
//! | time/              |        |
//! |    total_timesteps | 2000   |
//! -------------------------------
//! ```
//!
//! The box is one row. It must name its place.

use crate::read::formats::table::columns::place;
use crate::read::number::number;
use crate::read::row::RawRow;

/// The most lines of a box.
const MOST: usize = 512;
/// Fewer dashes are no edge.
const EDGE: usize = 8;

/// The box that is being read.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    section: String,
    /// `None` outside a box.
    row: Option<RawRow>,
}

impl Pairs {
    /// The row of a box, at its lower edge.
    pub(crate) fn read(&mut self, line: &str) -> Option<RawRow> {
        let line = line.trim();
        if line.len() >= EDGE && line.bytes().all(|byte| byte == b'-') {
            self.section.clear();
            let row = self.row.replace(RawRow::default())?;
            return (row.has_position() && !row.metrics.is_empty()).then_some(row);
        }
        if self.pair(line).is_none() {
            self.row = None;
        }
        None
    }

    fn pair(&mut self, line: &str) -> Option<()> {
        let row = self.row.as_mut().filter(|row| row.metrics.len() < MOST)?;
        let inner = line.strip_prefix('|')?.strip_suffix('|')?;
        let (name, value) = inner.split_once('|').filter(|(_, value)| !value.contains('|'))?;
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            self.section = name.trim_end_matches('/').to_owned();
        } else if let Some(value) = number(value) {
            match place(name) {
                Some(coordinate) => row.set(coordinate, value),
                None if self.section == "time" => {}
                None => row.put(&format!("{}/{name}", self.section), value),
            }
        }
        Some(())
    }
}
