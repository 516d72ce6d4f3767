//! What a check of a command misses: first what prevents a study, then what makes a study weaker.
//!
//! Left out: running it (`check`), words for it (`batchwright-view`).

use crate::check::checked::{CheckEnd, Finding};
use crate::process::end::ChildEnd;
use crate::process::template::Placeholder;
use crate::read::recognised::{Coordinates, Recognised};
use crate::read::source::RowSource;
use crate::settings::CommandSettings;
use crate::step_time::ARRIVAL_RESOLUTION;
use batchwright_find::{Suspicion, TrialRequest};
use std::collections::BTreeSet;

/// A run shorter than this, in seconds, does not show whether output is held back.
const LONG_RUN: f64 = 2.0;
/// Rows that came after this share of the run's time came at its end. A program may need some time
/// to exit.
const AT_END: f64 = 0.8;
/// If evaluations are at least this many times further apart than was asked for, the program uses
/// its own interval.
const OTHER_INTERVAL: f64 = 2.0;

/// When reports came, in seconds from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arrivals {
    /// How many reports there were.
    pub(crate) reports: u64,
    pub(crate) first: f64,
    pub(crate) last: f64,
}

/// Everything that the findings are derived from.
pub(crate) struct CheckEvidence<'a> {
    pub(crate) settings: &'a CommandSettings,
    pub(crate) request: &'a TrialRequest,
    pub(crate) recognised: &'a Recognised,
    /// The source from which the metric is read.
    pub(crate) source: Option<RowSource>,
    /// Why it was stopped, if it was.
    pub(crate) stopped: Option<CheckEnd>,
    pub(crate) end: Option<ChildEnd>,
    /// Whether it has trained as far as it was asked to: a study takes what it read.
    pub(crate) complete: bool,
    /// Files that could not be read, and why.
    pub(crate) problems: Vec<String>,
    pub(crate) arrivals: Option<Arrivals>,
    /// Seconds from the start to the end.
    pub(crate) seconds: f64,
    /// Number of reports of the metric.
    pub(crate) looks: u64,
    /// Whether one of them has a position.
    pub(crate) placed: bool,
    /// Why a study would not go on with this training.
    pub(crate) refused: Option<String>,
    /// What is doubtful about it.
    pub(crate) doubts: Vec<Suspicion>,
    /// Whether rows report no seconds.
    pub(crate) wall_clock: bool,
    /// Samples between two evaluations.
    pub(crate) between_looks: Option<f64>,
}

impl CheckEvidence<'_> {
    /// All findings, the worst first.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        // If the program failed, that explains what it did not report.
        let first = self.failure().or_else(|| self.nothing()).or_else(|| self.metric_missing());
        findings.extend(first.or_else(|| self.no_position()).or_else(|| self.unplaced()));
        findings.extend(self.suspicious());
        findings.extend(self.problems.iter().map(|error| Finding::UnreadableFile { error: error.clone() }));
        let weak = [
            self.failed_at_end(),
            self.held_back(),
            self.one_look(),
            self.wall_clock.then_some(Finding::WallClock),
            self.interval(),
            self.lacks(Placeholder::LearningRate).then_some(Finding::OneRate),
            self.lacks(Placeholder::Seed).then_some(Finding::NoSeed),
        ];
        findings.extend(weak.into_iter().flatten());
        findings
    }

    fn metric(&self) -> String {
        self.settings.metric.clone()
    }

    fn lacks(&self, placeholder: Placeholder) -> bool {
        !self.settings.template.uses(placeholder)
    }

    fn failure(&self) -> Option<Finding> {
        match self.end.as_ref().filter(|_| self.stopped.is_none())? {
            ChildEnd::OutOfMemory { evidence, .. } => {
                Some(Finding::OutOfMemory { batch_size: self.request.batch_size, evidence: evidence.clone() })
            }
            ChildEnd::BadFlag { evidence } => Some(Finding::BadFlag { evidence: evidence.clone() }),
            ChildEnd::Crashed { .. } if self.complete => None,
            ChildEnd::Crashed { death, last_lines } => {
                Some(Finding::Crashed { death: death.to_string(), last_lines: last_lines.clone() })
            }
            ChildEnd::Finished | ChildEnd::Stopped | ChildEnd::Deadline { .. } | ChildEnd::Silent { .. } => {
                None
            }
        }
    }

    /// It failed when its training was over.
    fn failed_at_end(&self) -> Option<Finding> {
        let end = self.end.as_ref().filter(|_| self.stopped.is_none() && self.complete)?;
        let ChildEnd::Crashed { death, last_lines } = end else { return None };
        Some(Finding::FailedAtEnd { death: death.to_string(), last_lines: last_lines.clone() })
    }

    fn nothing(&self) -> Option<Finding> {
        let nothing = self.recognised.nothing()?;
        Some(match nothing.lines {
            0 => Finding::NothingPrinted { metric: self.metric() },
            lines => Finding::NothingRecognised {
                metric: self.metric(),
                lines,
                last_lines: nothing.last_lines,
                suggestion: self.recognised.suggestion(&self.settings.metric),
            },
        })
    }

    fn metric_missing(&self) -> Option<Finding> {
        let names = self.recognised.found.values().flat_map(|found| found.metrics.keys());
        let others: BTreeSet<&String> = names.collect();
        (!others.contains(&self.settings.metric)).then(|| Finding::MetricMissing {
            metric: self.metric(),
            others: others.into_iter().cloned().collect(),
            suggestion: self.recognised.suggestion(&self.settings.metric),
        })
    }

    /// Rows of the metric without a position count for nothing, as long as others have one: many
    /// programs evaluate once before their first step.
    fn no_position(&self) -> Option<Finding> {
        let coordinates = self.coordinates()?;
        let counts = coordinates.count_samples(self.settings.samples.is_some());
        match () {
            () if self.placed || self.settings.judged_at_end => None,
            () if counts => self.unplaced(),
            () if coordinates.epoch => Some(Finding::OnlyEpoch { metric: self.metric() }),
            () => Some(Finding::NoPosition {
                metric: self.metric(),
                suggestion: self.recognised.placing_suggestion(&self.settings.metric),
            }),
        }
    }

    fn unplaced(&self) -> Option<Finding> {
        self.refused.as_ref().map(|error| Finding::Unplaced { error: error.clone() })
    }

    fn suspicious(&self) -> impl Iterator<Item = Finding> {
        self.doubts.iter().map(|of| Finding::Suspicious { of: of.clone() })
    }

    /// The position that all rows of the metric give, in the chosen source. No source is chosen
    /// where none gives a position; then the best source is used.
    fn coordinates(&self) -> Option<Coordinates> {
        let counts = |source| self.source.is_none_or(|chosen| chosen == source);
        let mut found = self.recognised.found.iter().filter(|(source, _)| counts(**source));
        found.find_map(|(_, found)| Some(found.metrics.get(&self.settings.metric)?.coordinates))
    }

    /// A program that trains for longer than it prints. A program that prints to a terminal holds
    /// nothing back. A program that is judged by its final value has nothing to print before its
    /// end.
    fn held_back(&self) -> Option<Finding> {
        let Arrivals { reports, first, last } = self.arrivals?;
        let ended_itself = self.end == Some(ChildEnd::Finished) && self.stopped.is_none();
        // Rows of a fast training follow each other too, but not in one burst.
        let together = reports > 1 && last - first <= ARRIVAL_RESOLUTION;
        let at_end = self.seconds >= LONG_RUN && first >= AT_END * self.seconds;
        let may_be = ended_itself && !self.settings.pty && !self.settings.judged_at_end;
        (may_be && together && at_end).then_some(Finding::HeldBack { rows: reports, seconds: first })
    }

    fn one_look(&self) -> Option<Finding> {
        let whole = matches!(self.stopped, None | Some(CheckEnd::SeenEnough));
        (whole && self.looks == 1 && !self.settings.judged_at_end).then_some(Finding::OneLook)
    }

    fn interval(&self) -> Option<Finding> {
        if self.settings.judged_at_end {
            return None;
        }
        if self.lacks(Placeholder::EvalSteps) {
            return Some(Finding::OwnInterval);
        }
        let asked = self.request.eval_samples as f64;
        let other = self
            .between_looks
            .filter(|&between| between > OTHER_INTERVAL * asked || asked > OTHER_INTERVAL * between)?;
        Some(Finding::OtherInterval { asked: self.request.eval_samples, between: other as u64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::end::{Death, MemoryPlace};
    use crate::process::template::CommandTemplate;
    use crate::read::formats::metric::Metric;
    use crate::read::line_reader::LineReader;

    const ALL: &str = "{batch_size} {lr} {seed} {eval_steps}";
    const GOOD: &[&str] = &[r#"{"step": 10, "seconds": 1, "val_loss": 0.5}"#];

    fn settings(word: &str) -> CommandSettings {
        CommandSettings::new(CommandTemplate::parse(&["x".into(), word.into()]).unwrap())
    }

    fn recognised(lines: &[&str]) -> Recognised {
        let mut reader = LineReader::new(Vec::new(), "val_loss");
        lines.iter().for_each(|line| drop(reader.read(line)));
        reader.recognised().clone()
    }

    const REQUEST: TrialRequest =
        TrialRequest { batch_size: 8, learning_rate: 0.1, seed: 0, max_samples: 400, eval_samples: 80 };

    /// Findings for a run that ended without an error after these lines, with something changed.
    fn findings(
        settings: &CommandSettings,
        lines: &[&str],
        change: impl FnOnce(&mut CheckEvidence),
    ) -> Vec<Finding> {
        let recognised = recognised(lines);
        let mut evidence = CheckEvidence {
            settings,
            request: &REQUEST,
            source: recognised.found.keys().next().copied(),
            recognised: &recognised,
            stopped: None,
            end: Some(ChildEnd::Finished),
            complete: false,
            problems: Vec::new(),
            arrivals: None,
            seconds: 10.0,
            looks: 3,
            placed: recognised.found.values().any(|found| {
                found
                    .metrics
                    .get("val_loss")
                    .is_some_and(|it| it.coordinates.count_samples(settings.samples.is_some()))
            }),
            refused: None,
            doubts: Vec::new(),
            wall_clock: false,
            between_looks: Some(80.0),
        };
        change(&mut evidence);
        evidence.findings()
    }

    fn of_lines(lines: &[&str]) -> Vec<Finding> {
        findings(&settings(ALL), lines, |_| {})
    }

    /// A user who has followed all advice must not be told to follow it again.
    #[test]
    fn a_program_without_fault_has_no_findings() {
        assert_eq!(of_lines(GOOD), []);
    }

    /// A study must not start and spend its whole budget before it reports that it could read
    /// nothing.
    #[test]
    fn what_a_study_cannot_do_without_is_found() {
        let metric = || "val_loss".to_owned();
        let missing = Finding::MetricMissing {
            metric: metric(),
            others: vec!["train_loss".to_owned()],
            suggestion: None,
        };
        for (lines, finding) in [
            (&[][..], Finding::NothingPrinted { metric: metric() }),
            (
                &["hello"][..],
                Finding::NothingRecognised {
                    metric: metric(),
                    lines: 1,
                    last_lines: vec!["hello".to_owned()],
                    suggestion: None,
                },
            ),
            (&["step 3: train loss 0.5"], missing),
            (&["{'eval_loss': 0.5, 'epoch': 1.0}"], Finding::OnlyEpoch { metric: metric() }),
            (&["{'eval_loss': 0.5}"], Finding::NoPosition { metric: metric(), suggestion: None }),
        ] {
            assert!(finding.prevents_study());
            assert_eq!(of_lines(lines), [finding]);
        }
    }

    /// The user would have to write an expression for a line that is plain to see.
    #[test]
    fn the_line_that_looks_like_a_metric_comes_with_its_expression() {
        let lines =
            ["round 1 ~ heldout err 0.91", "round 2 ~ heldout err 0.52", "round 3 ~ heldout err 0.33"];
        let found = of_lines(&lines);
        let [Finding::NothingRecognised { suggestion: Some(suggestion), .. }] = &found[..] else {
            panic!("{found:?}")
        };
        let metric = Metric::parse(&suggestion.metric).unwrap();
        let mut reader = LineReader::new(vec![metric], "val_loss");
        let values: Vec<f64> =
            lines.iter().flat_map(|line| reader.read(line)).map(|row| row.metrics["val_loss"]).collect();
        assert_eq!(values, [0.91, 0.52, 0.33]);
    }

    /// Advice must not be shown again after the user followed it.
    #[test]
    fn samples_make_epochs_count_and_one_number_is_enough_for_quality() {
        let with_samples = CommandSettings { samples: Some(1000), ..settings(ALL) };
        assert_eq!(findings(&with_samples, &["{'eval_loss': 0.5, 'epoch': 1.0}"], |_| {}), []);
        let quality = CommandSettings { judged_at_end: true, ..settings("{batch_size} {lr} {seed} {steps}") };
        assert_eq!(findings(&quality, &["{'eval_loss': 0.5}"], |evidence| evidence.looks = 1), []);
    }

    /// The user must know before the study that its verdict would rest on one learning rate, one
    /// seed or uneven evaluations.
    #[test]
    fn placeholders_that_are_not_used_are_found() {
        use Finding::{NoSeed, OneRate, OwnInterval};
        for (word, expected) in [
            ("{batch_size}", vec![OwnInterval, OneRate, NoSeed]),
            ("{batch_size} {lr}", vec![OwnInterval, NoSeed]),
            ("{batch_size} {lr} {seed}", vec![OwnInterval]),
            ("{batch_size} {eval_steps} {seed}", vec![OneRate]),
        ] {
            let found = findings(&settings(word), GOOD, |_| {});
            assert!(!found.iter().any(Finding::prevents_study));
            assert_eq!(found, expected, "{word}");
        }
    }

    /// If `{eval_steps}` is in the wrong place, everything looks right without this finding.
    #[test]
    fn an_interval_that_is_not_kept_is_found() {
        for (between, other) in [(80, false), (79, false), (160, false), (161, true), (39, true)] {
            let found = findings(&settings(ALL), GOOD, |it| it.between_looks = Some(between as f64));
            let expected = Finding::OtherInterval { asked: 80, between };
            assert_eq!(found, if other { vec![expected] } else { vec![] });
        }
    }

    /// If all output comes at the end, every trial lasts to its end and every step time is wrong.
    #[test]
    fn output_that_is_held_back_is_found() {
        let held_back = |settings: &CommandSettings, seconds, first, last| {
            let found = findings(settings, GOOD, |it| {
                (it.seconds, it.arrivals) = (seconds, Some(Arrivals { reports: 3, first, last }));
            });
            found.iter().any(|finding| matches!(finding, Finding::HeldBack { .. }))
        };
        assert!(held_back(&settings(ALL), 10.0, 9.5, 9.505));
        // A start of 9.5 seconds, and a training of three quick epochs.
        assert!(!held_back(&settings(ALL), 10.0, 9.5, 9.55));
        assert!(!held_back(&settings(ALL), 10.0, 5.0, 9.5));
        assert!(!held_back(&settings(ALL), 10.0, 5.0, 5.01));
        assert!(!held_back(&settings(ALL), 0.1, 0.1, 0.1));
        assert!(!held_back(&CommandSettings { pty: true, ..settings(ALL) }, 10.0, 9.5, 9.55));
    }

    /// A crash after a good row must not look like a program that works. A program that we stopped
    /// must not look like one that crashed.
    #[test]
    fn a_failure_is_found_unless_it_is_ours() {
        let crash = ChildEnd::Crashed { death: Death::Code(3), last_lines: vec!["oops".to_owned()] };
        let memory = ChildEnd::OutOfMemory { place: MemoryPlace::Host, evidence: "MemoryError".to_owned() };
        let flag = ChildEnd::BadFlag { evidence: "unrecognized arguments: --x".to_owned() };
        let expected = [
            Finding::Crashed { death: "exit code 3".to_owned(), last_lines: vec!["oops".to_owned()] },
            Finding::OutOfMemory { batch_size: 8, evidence: "MemoryError".to_owned() },
            Finding::BadFlag { evidence: "unrecognized arguments: --x".to_owned() },
        ];
        for (end, finding) in [crash, memory, flag].into_iter().zip(expected) {
            assert!(finding.prevents_study());
            assert_eq!(findings(&settings(ALL), GOOD, |it| it.end = Some(end.clone())), [finding]);
            let stopped = findings(&settings(ALL), GOOD, |it| {
                (it.end, it.stopped) = (Some(end), Some(CheckEnd::SeenEnough));
            });
            assert_eq!(stopped, []);
        }
    }

    /// The study would use what the check refused: both take the rows of a training that was complete.
    #[test]
    fn a_failure_after_the_training_is_no_reason_to_refuse() {
        let last_lines = vec!["plot: no display".to_owned()];
        let end = ChildEnd::Crashed { death: Death::Code(1), last_lines: last_lines.clone() };
        let found = findings(&settings(ALL), GOOD, |it| (it.end, it.complete) = (Some(end), true));
        let expected = Finding::FailedAtEnd { death: "exit code 1".to_owned(), last_lines };
        assert!(!expected.prevents_study());
        assert_eq!(found, [expected]);
    }

    #[test]
    fn the_rest_is_found() {
        let found = findings(&settings(ALL), GOOD, |it| {
            (it.wall_clock, it.looks, it.problems) = (true, 1, vec!["a: damaged".to_owned()]);
        });
        let error = "a: damaged".to_owned();
        assert_eq!(found, [Finding::UnreadableFile { error }, Finding::OneLook, Finding::WallClock]);
    }
}
