//! Promises about a study whose process is killed: it goes on from its journal, no trial that ended is
//! run again, and the result is that of the study that nobody killed.
//!
//! A kill leaves a prefix of the journal, whatever the study was doing then. So these tests run a study
//! once, and go on from prefixes: the shortest, the whole, and some between, drawn with a fixed seed.
#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use std::collections::BTreeSet;
use std::sync::Mutex;

use batchwright_data::{Domain, RandomStream};
use batchwright_find::beds::{Form, Quadratic, Regression};
use batchwright_find::*;

/// A workload that remembers what it was asked for.
struct Watched<'a> {
    bed: &'a dyn Workload,
    started: Mutex<Vec<String>>,
    measured: Mutex<usize>,
    /// Trials from this one on fail.
    fails_from: usize,
}

impl<'a> Watched<'a> {
    fn new(bed: &'a dyn Workload) -> Self {
        Self { bed, started: Mutex::default(), measured: Mutex::default(), fails_from: usize::MAX }
    }

    /// Every request that was started, and whether one was started twice.
    fn started(&self) -> BTreeSet<String> {
        let started = self.started.lock().unwrap();
        let different: BTreeSet<String> = started.iter().cloned().collect();
        assert_eq!(different.len(), started.len(), "a request was started twice: {started:?}");
        different
    }
}

impl Workload for Watched<'_> {
    fn samples(&self) -> Option<u64> {
        self.bed.samples()
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let mut started = self.started.lock().unwrap();
        started.push(key(request));
        if started.len() > self.fails_from {
            return Err(TrialError::Failed("ended by signal 15".to_owned()));
        }
        self.bed.start(request)
    }

    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        *self.measured.lock().unwrap() += 1;
        self.bed.measure_steps(batch_size, seconds)
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        self.bed.memory_bytes(batch_size)
    }

    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        self.bed.starting_learning_rate(batch_size)
    }

    fn metrics(&self) -> Vec<String> {
        self.bed.metrics()
    }
}

fn key(request: &TrialRequest) -> String {
    format!("{request:?}")
}

/// Keeps the entries of the journal as the texts that a store would keep.
#[derive(Default)]
struct Journalist(Vec<String>);

impl StudyObserver for Journalist {
    fn on_event(&mut self, event: &StudyEvent) {
        if let StudyEvent::Learnt(entry) = event {
            self.0.push(to_json(entry).unwrap());
        }
    }
}

fn journal(texts: &[String]) -> Journal {
    let entries = texts.iter().map(|text| from_json(text).unwrap()).collect();
    Journal::new(entries).unwrap()
}

/// The requests whose trials have ended in a journal.
fn ended(journal: &Journal) -> BTreeSet<String> {
    let request = |entry: &JournalEntry| match entry {
        JournalEntry::Ended { outcome, .. } => Some(key(&outcome.plan.request)),
        _ => None,
    };
    journal.entries().iter().filter_map(request).collect()
}

/// The whole result but for what the clock says.
fn timeless(result: &StudyResult) -> String {
    let cost = Cost { seconds: 0.0, wall_seconds: 0.0, ..result.cost };
    let continued = result.continued.clone().map(|it| Continued { cost_in_all: Cost::default(), ..it });
    serde_json::to_string_pretty(&StudyResult { cost, continued, ..result.clone() }).unwrap()
}

/// What is studied, and how.
struct Case {
    bed: Box<dyn Workload>,
    config: StudyConfig,
    strategy: StrategyKind,
    earlier: Option<EarlierStudy>,
}

impl Case {
    fn new(bed: impl Workload + 'static, target: &str, strategy: StrategyKind, jobs: usize) -> Self {
        let config = StudyConfig {
            sizes: BatchSizes::parse("64,256,1024").unwrap(),
            rates: Rates::parse("0.05..2").unwrap(),
            target: TargetSpec::parse(target).unwrap(),
            jobs,
            ..StudyConfig::default()
        };
        Self { bed: Box::new(bed), config, strategy, earlier: None }
    }

    /// The result, and the journal.
    fn run(&self) -> (StudyResult, Vec<String>) {
        let (workload, mut journal) = (Watched::new(self.bed.as_ref()), Journalist::default());
        let mut strategy = self.strategy.start(self.config.objective);
        let earlier = self.earlier.as_ref();
        let result = run_study_with(&workload, &self.config, strategy.as_mut(), earlier, &mut journal);
        workload.started();
        (result.unwrap(), journal.0)
    }

    /// Goes on from a journal, whose new entries are added.
    fn resume(&self, texts: &mut Vec<String>) -> StudyResult {
        let (workload, known) = (Watched::new(self.bed.as_ref()), journal(texts));
        let mut strategy = self.strategy.start(self.config.objective);
        let mut more = Journalist::default();
        let result = resume_study(&workload, &self.config, strategy.as_mut(), &known, &mut more).unwrap();
        let again: Vec<String> = workload.started().intersection(&ended(&known)).cloned().collect();
        assert_eq!(again, Vec::<String>::new(), "had ended before the interruption");
        texts.extend(more.0);
        result
    }

    /// Kills the study at its first entry, at its last, and in each of so many parts between; goes on,
    /// and kills it once more on the way. The result of the study that nobody killed.
    fn survives_kills(&self, parts: usize) -> StudyResult {
        let (whole, texts) = self.run();
        assert!(texts.len() > 3, "{}", texts.len());
        for kill in moments(texts.len(), parts) {
            let mut first = texts[..kill].to_vec();
            let once = self.resume(&mut first);
            assert_eq!(timeless(&once), timeless(&whole), "killed after {kill} of {}", texts.len());
            let second_kill = kill + (first.len() - kill) / 2;
            let mut second = first[..second_kill].to_vec();
            let twice = self.resume(&mut second);
            assert_eq!(timeless(&twice), timeless(&whole), "killed after {kill} and {second_kill}");
        }
        whole
    }
}

/// The first and the last of the numbers 1 to `last`, and one of each of the equal parts between.
fn moments(last: usize, parts: usize) -> BTreeSet<usize> {
    let mut random = RandomStream::new(7, Domain::Search, last as u64, parts as u64);
    let part = last.div_ceil(parts);
    let within = |k: usize| (k * part + random.below(part as u32) as usize).clamp(1, last);
    (0..parts).map(within).chain([1, last]).collect()
}

fn sampled() -> Quadratic {
    Quadratic { form: Form::Sampled, eval_noise: 0.02, ..Quadratic::default() }
}

#[test]
fn a_grid_survives_kills() {
    for jobs in [1, 2] {
        Case::new(sampled(), "val_loss<0.02", StrategyKind::Grid, jobs).survives_kills(8);
        Case::new(Quadratic::default(), "auto", StrategyKind::Grid, jobs).survives_kills(8);
    }
}

#[test]
fn a_race_survives_kills() {
    Case::new(sampled(), "val_loss<0.02", StrategyKind::Race, 1).survives_kills(1);
    Case::new(Quadratic::default(), "auto", StrategyKind::Race, 2).survives_kills(1);
}

/// Another bed, whose data are few, and whose range is extended.
#[test]
fn a_study_that_extends_its_range_survives_kills() {
    let mut case = Case::new(Regression::default(), "auto", StrategyKind::Grid, 2);
    case.config.sizes = BatchSizes::parse("32..64").unwrap();
    case.config.objective = Objective::Samples;
    let whole = case.survives_kills(3);
    let extended = |remark: &Remark| matches!(remark, Remark::RangeExtended { .. });
    assert!(whole.remarks.iter().any(extended), "{:?}", whole.remarks);
}

/// A size that does not fit, found by a trial or by a measurement, is no answer to ask for again.
#[test]
fn a_size_that_does_not_fit_survives_kills() {
    let bed = Quadratic { cap: 300, ..sampled() };
    Case::new(bed, "val_loss<0.02", StrategyKind::Race, 1).survives_kills(1);
}

/// Without a target no trial ends early, and no pilot sets a goal.
#[test]
fn the_objective_quality_survives_kills() {
    for jobs in [1, 2] {
        let mut case = Case::new(sampled(), "auto", StrategyKind::Grid, jobs);
        case.config.objective = Objective::Quality;
        case.config.max_samples = Some(20_000);
        case.survives_kills(8);
    }
}

/// Its journal holds what the earlier study knew.
#[test]
fn a_study_that_continues_another_survives_kills() {
    for (strategy, parts) in [(StrategyKind::Grid, 6), (StrategyKind::Race, 1)] {
        let mut case = Case::new(sampled(), "val_loss<0.02", strategy, 1);
        case.config.sizes = BatchSizes::parse("64,256").unwrap();
        let (whole, _) = case.run();
        case.earlier = EarlierStudy::of(&whole);
        case.config.margin = 0.02;
        assert!(case.earlier.is_some());
        assert!(case.survives_kills(parts).continued.is_some());
    }
}

/// Another number of jobs makes a race ask for other trials. What it knew must neither be lost nor
/// run again, and a second kill changes nothing.
#[test]
fn a_study_that_goes_on_otherwise_uses_what_it_knew() {
    let before = Case::new(sampled(), "val_loss<0.02", StrategyKind::Race, 1);
    let after = Case::new(sampled(), "val_loss<0.02", StrategyKind::Race, 2);
    let (whole, texts) = before.run();
    let mut otherwise = 0;
    for kill in moments(texts.len() - 1, 3) {
        let mut first = texts[..kill].to_vec();
        let known = journal(&first).trials();
        let once = after.resume(&mut first);
        let recorded: BTreeSet<String> = once.trials.iter().map(|trial| key(&trial.request)).collect();
        assert!(recorded.is_superset(&ended(&journal(&texts[..kill]))), "a known trial was lost");
        assert!(once.cost.trials >= known);
        let changed = once.remarks.iter().any(|remark| matches!(remark, Remark::WentOnOtherwise { .. }));
        otherwise += usize::from(changed);
        for second_kill in [kill + 1, usize::midpoint(kill, first.len())] {
            let mut second = first[..second_kill.min(first.len())].to_vec();
            assert_eq!(timeless(&after.resume(&mut second)), timeless(&once), "{kill}, {second_kill}");
        }
    }
    assert!(otherwise > 1, "two jobs never asked for anything else than one: {:?}", whole.cost);
}

/// Ends the study at once.
struct Impatient;

impl StudyObserver for Impatient {
    fn on_event(&mut self, _event: &StudyEvent) {}
    fn should_stop(&self) -> bool {
        true
    }
}

/// Ctrl-C while known answers are given again must not give an answer that rests on a part of them.
#[test]
fn an_answer_that_is_asked_for_at_once_rests_on_everything_known() {
    let case = Case::new(sampled(), "val_loss<0.02", StrategyKind::Grid, 1);
    let (_, texts) = case.run();
    let known = journal(&texts[..texts.len() - 3]);
    let mut strategy = case.strategy.start(case.config.objective);
    let result =
        resume_study(case.bed.as_ref(), &case.config, strategy.as_mut(), &known, &mut Impatient).unwrap();
    assert_eq!(result.trials.len() as u64, known.trials());
    assert!(result.interrupted && known.trials() > 5);
}

/// Ends the study once a third trial has begun.
struct Stopped<'a>(&'a Watched<'a>, Journalist);

impl StudyObserver for Stopped<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        self.1.on_event(event);
    }
    fn should_stop(&self) -> bool {
        self.0.started.lock().unwrap().len() > 2
    }
}

/// Else a size counts as one that crashes because the machine was shut down.
#[test]
fn a_trial_that_gets_the_same_signal_as_the_study_is_run_again() {
    let case = Case::new(sampled(), "val_loss<0.02", StrategyKind::Grid, 1);
    let (whole, _) = case.run();
    // A machine that shuts down: every trial from the third on gets the signal too. How many begin before
    // the study hears of it does not matter.
    let workload = Watched { fails_from: 2, ..Watched::new(case.bed.as_ref()) };
    let mut observer = Stopped(&workload, Journalist::default());
    let mut strategy = case.strategy.start(case.config.objective);
    let stopped = run_study_with(&workload, &case.config, strategy.as_mut(), None, &mut observer).unwrap();
    assert!(stopped.interrupted && stopped.trials.last().unwrap().end == TrialEnd::Failed);
    let mut texts = observer.1.0;
    assert_eq!(journal(&texts).trials(), 2);
    assert_eq!(timeless(&case.resume(&mut texts)), timeless(&whole));
}

/// The budget is that of the whole study: one that is used up must not begin anew at each kill, and
/// its answer rests on everything that is known.
#[test]
fn time_that_was_used_counts() {
    let mut case = Case::new(sampled(), "val_loss<0.02", StrategyKind::Grid, 1);
    let (_, texts) = case.run();
    let mut entries = journal(&texts).entries().to_vec();
    entries.truncate(entries.len() - 2);
    for entry in &mut entries {
        if let JournalEntry::Ended { at, .. } = entry {
            at.seconds = 3600.0;
        }
    }
    let known = Journal::new(entries).unwrap();
    assert_eq!(known.used().as_secs(), 3600);
    case.config.budget = Some(std::time::Duration::from_secs(3599));
    let workload = Watched::new(case.bed.as_ref());
    let mut strategy = case.strategy.start(case.config.objective);
    let result = resume_study(&workload, &case.config, strategy.as_mut(), &known, &mut ()).unwrap();
    assert_eq!(workload.started(), BTreeSet::new());
    assert_eq!(result.trials.len() as u64, known.trials());
    assert!(result.remarks.contains(&Remark::StoppedEarly) && !result.interrupted);
    assert!(result.cost.wall_seconds >= 3600.0);
}

/// Else a journal of another kind is taken for one that knows nothing, and everything is run again.
#[test]
fn a_journal_that_cannot_be_used_is_refused() {
    assert_eq!(Journal::new(Vec::new()), Err(JournalProblem::NoBeginning));
    let began = |version| JournalEntry::Began { version, budget: None, earlier: None };
    let newer = Journal::new(vec![began(1), began(JOURNAL_VERSION + 1)]).unwrap_err();
    assert_eq!(newer, JournalProblem::Newer { found: JOURNAL_VERSION + 1, known: JOURNAL_VERSION });
    assert!(Journal::new(vec![JournalEntry::TakenAsEvidence { round: 1, entries: vec![9] }]).is_err());
}
