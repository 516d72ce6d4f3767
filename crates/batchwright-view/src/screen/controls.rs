//! What the keys of a live view change.

use crate::chart::curves::{CurveLine, Horizontal};
use crate::lang::Lang;

/// Who shows a live view, which decides what its keys say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchedFrom {
    /// The process that trains: leaving the view goes on in lines, Ctrl-C stops the training.
    Within,
    /// Another process: leaving ends that alone.
    Outside,
}

/// What is shown of a study below its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StudyPage {
    /// Sizes, and whatever else there is room for.
    All,
    Map,
    Trials,
}

/// What a live view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenControls {
    pub(crate) horizontal: Horizontal,
    pub(crate) curve: CurveLine,
    pub(crate) smooth: bool,
    pub(crate) page: StudyPage,
    pub(crate) from: WatchedFrom,
}

impl ScreenControls {
    /// Loss over steps; of a study the sizes.
    #[must_use]
    pub fn new(from: WatchedFrom) -> Self {
        Self {
            horizontal: Horizontal::Steps,
            curve: CurveLine::Loss,
            smooth: false,
            page: StudyPage::All,
            from,
        }
    }

    /// A key was pressed. Keys that mean nothing change nothing.
    pub fn press(&mut self, key: char) {
        match key.to_ascii_lowercase() {
            'x' => self.horizontal = next(&Horizontal::ALL, self.horizontal),
            'm' => self.curve = next(&[CurveLine::Loss, CurveLine::Accuracy], self.curve),
            's' => self.smooth = !self.smooth,
            'v' => self.page = next(&[StudyPage::All, StudyPage::Map, StudyPage::Trials], self.page),
            _ => {}
        }
    }

    /// The keys of the view of a run, each with what it does.
    pub(crate) fn keys_of_run(self, lang: Lang) -> Vec<(&'static str, &'static str)> {
        let own = [("x", lang.key_axis()), ("m", lang.key_metric()), ("s", lang.key_smoothing())];
        own.into_iter().chain(self.keys_of_end(lang)).collect()
    }

    /// The keys of the view of a study.
    pub(crate) fn keys_of_study(self, lang: Lang) -> Vec<(&'static str, &'static str)> {
        [("v", lang.key_sizes_map_trials())].into_iter().chain(self.keys_of_end(lang)).collect()
    }

    fn keys_of_end(self, lang: Lang) -> Vec<(&'static str, &'static str)> {
        match self.from {
            WatchedFrom::Within => vec![("q", lang.key_lines()), ("Ctrl-C", lang.key_stop())],
            WatchedFrom::Outside => vec![("q", lang.key_leave())],
        }
    }
}

/// The one behind `current`, or the first.
fn next<T: Copy + PartialEq>(all: &[T], current: T) -> T {
    let place = all.iter().position(|one| *one == current).unwrap_or(0);
    all[(place + 1) % all.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_goes_round_and_others_change_nothing() {
        let start = ScreenControls::new(WatchedFrom::Outside);
        for (key, times) in [('x', 4), ('m', 2), ('s', 2), ('V', 3)] {
            let mut controls = start;
            for _ in 0..times {
                let before = controls;
                controls.press(key);
                assert_ne!(controls, before, "{key}");
            }
            assert_eq!(controls, start, "{key}");
        }
        let mut controls = start;
        "q1 \u{1b}語".chars().for_each(|key| controls.press(key));
        assert_eq!(controls, start);
    }
}
