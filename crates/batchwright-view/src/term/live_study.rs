//! The sizes of a study as a small table that fills in while the study runs.

use batchwright_find::{TrialEnd, TrialRecord};

use crate::lang::Lang;
use crate::number::{count, duration, grouped, significant};
use crate::term::style::Style;
use crate::term::table::{TermColumn, render};

/// A batch size while its study runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveSize {
    batch_size: u64,
    step_seconds: Option<f64>,
    trials: u64,
    running: u64,
    /// Steps and learning rate of the run that reached the target in the fewest steps.
    reached: Option<(u64, f64)>,
    fits: bool,
}

impl LiveSize {
    /// A size of which nothing is known yet.
    #[must_use]
    pub fn new(batch_size: u64) -> Self {
        Self { batch_size, step_seconds: None, trials: 0, running: 0, reached: None, fits: true }
    }

    /// The size.
    #[must_use]
    pub fn batch_size(&self) -> u64 {
        self.batch_size
    }

    /// Its step time was measured.
    pub fn step_time(&mut self, seconds: f64) {
        self.step_seconds = Some(seconds);
        self.fits = true;
    }

    /// It does not run.
    pub fn does_not_fit(&mut self) {
        self.fits = false;
    }

    /// A trial began.
    pub fn started(&mut self) {
        self.running += 1;
    }

    /// A trial ended.
    pub fn ended(&mut self, trial: &TrialRecord) {
        self.running = self.running.saturating_sub(1);
        self.trials += 1;
        self.fits &= trial.end != TrialEnd::DoesNotFit;
        let fewest = self.reached.map_or(u64::MAX, |(steps, _)| steps);
        if trial.end == TrialEnd::Target && trial.step < fewest {
            self.reached = Some((trial.step, trial.request.learning_rate));
        }
    }

    fn state(&self, best: bool, lang: Lang) -> &'static str {
        match self {
            Self { fits: false, .. } => lang.no_memory(),
            Self { running: 1.., .. } => lang.runs_now(),
            _ if best => lang.best_so_far(),
            _ => "",
        }
    }
}

/// A line a size: step time, trials so far, the fewest steps in which a trial reached the target
/// and its rate, what is running or best. `best` is the size that would be recommended now.
#[must_use]
pub fn live_sizes(sizes: &[LiveSize], best: Option<u64>, style: Style) -> String {
    let lang = style.lang;
    let column = |cell: &dyn Fn(&LiveSize) -> String| sizes.iter().map(cell).collect::<Vec<_>>();
    let is_best = |size: &LiveSize| best == Some(size.batch_size);
    let seconds = |size: &LiveSize| size.step_seconds.map(|time| duration(time, lang)).unwrap_or_default();
    let steps = |size: &LiveSize| size.reached.map(|(steps, _)| count(steps as f64)).unwrap_or_default();
    let rate = |size: &LiveSize| size.reached.map(|(_, rate)| significant(rate, 3)).unwrap_or_default();
    let columns = vec![
        TermColumn::right(lang.batch_size(), column(&|size| grouped(size.batch_size))),
        TermColumn::right(lang.step_time(), column(&seconds)).optional(),
        TermColumn::right(lang.trials_so_far(), column(&|size| grouped(size.trials))),
        TermColumn::right(lang.steps_to_target(), column(&steps)),
        TermColumn::right(lang.learning_rate(), column(&rate)).optional(),
        TermColumn::left("", column(&|size| size.state(is_best(size), lang).to_owned())),
    ];
    render(columns, style, |row| sizes.get(row).is_some_and(is_best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_find::testkit;

    #[test]
    fn the_table_fills_in() {
        let mut sizes = vec![LiveSize::new(16), LiveSize::new(2048)];
        let trial = |end, step| TrialRecord { step, ..testkit::trial(testkit::request(16, 0.1), end, 64) };
        sizes[0].step_time(0.002);
        sizes[0].started();
        assert!(live_sizes(&sizes, None, Style::default()).contains("running"));
        for (end, step) in [(TrialEnd::Target, 300), (TrialEnd::Budget, 10), (TrialEnd::Target, 1_200)] {
            sizes[0].ended(&trial(end, step));
        }
        sizes[1].does_not_fit();
        let table = live_sizes(&sizes, Some(16), Style::default());
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = table.lines().map(words).collect();
        assert_eq!(lines[0], "batch size step time trials steps to target learning rate");
        assert_eq!(lines[2..], ["16 2 ms 3 300 0.1 best so far", "2,048 0 does not fit"]);
    }

    #[test]
    fn a_narrow_terminal_holds_it_in_both_languages() {
        let mut sizes = [LiveSize::new(8), LiveSize::new(16_384)];
        for size in &mut sizes {
            size.step_time(0.0123);
            size.ended(&TrialRecord {
                step: 123_456,
                ..testkit::trial(testkit::request(8, 0.000_123), TrialEnd::Target, 8)
            });
        }
        sizes[1].does_not_fit();
        for lang in [Lang::En, Lang::Ja] {
            let table = live_sizes(&sizes, None, Style { width: 60, lang, colour: false });
            assert!(table.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 60), "{table}");
        }
    }
}
