//! Whether the kernel killed processes because memory ran out, by its counters before and after.
//! Linux only; elsewhere nothing is known.

use crate::system::{oom_kills_of_group, oom_kills_of_machine};

/// The counters at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OomKills {
    machine: Option<u64>,
    group: Option<u64>,
}

impl OomKills {
    /// The counters now.
    pub(crate) fn read() -> Self {
        Self { machine: oom_kills_of_machine(), group: oom_kills_of_group() }
    }

    /// Which counter moved since an earlier reading, as a text; `None` where none did. It tells
    /// that some process was killed, not which one.
    pub(crate) fn since(self, before: Self) -> Option<&'static str> {
        let moved =
            |now: Option<u64>, before: Option<u64>| now.zip(before).is_some_and(|(now, before)| now > before);
        if moved(self.group, before.group) {
            Some("the control group's oom_kill counter moved meanwhile")
        } else if moved(self.machine, before.machine) {
            Some("the kernel's oom_kill counter moved meanwhile")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter that cannot be read would count as one that moved.
    #[test]
    fn only_a_counter_that_moved_tells() {
        let kills = |machine, group| OomKills { machine, group };
        let since = |now: OomKills, before| now.since(before);
        assert_eq!(since(kills(Some(2), Some(0)), kills(Some(2), Some(0))), None);
        assert_eq!(since(kills(Some(2), None), kills(None, Some(0))), None);
        assert!(since(kills(Some(3), None), kills(Some(2), None)).unwrap().starts_with("the kernel"));
        assert!(since(kills(Some(3), Some(1)), kills(Some(2), Some(0))).unwrap().starts_with("the control"));
    }
}
