//! The race end to end. On test beds whose answer is known exactly, it must find it for a fraction
//! of the cost of the grid. On test beds that break its assumptions, it must notice, or still be
//! correct. Whatever trials do, it must end with what was learnt.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use batchwright_find::beds::{Form, Quadratic, Regression};
use batchwright_find::{
    BatchSizes, Grid, NoAnswer, Objective, Phase, Race, Rates, Remark, SizeResult, StepMeasurement, StepTime,
    StudyConfig, StudyEvent, StudyObserver, StudyResult, TargetSpec, Trial, TrialEnd, TrialError,
    TrialRecord, TrialRequest, TrialRow, VerdictKind, Why, Workload, run_study_with,
};

const GOAL: f64 = 0.01;

fn config() -> StudyConfig {
    StudyConfig {
        sizes: BatchSizes::parse("64,128,256,512,1024").unwrap(),
        rates: Rates::parse("0.05..2").unwrap(),
        target: TargetSpec::parse(&format!("val_loss<{GOAL}")).unwrap(),
        ..StudyConfig::default()
    }
}

fn race(workload: &dyn Workload, config: &StudyConfig) -> StudyResult {
    run_study_with(workload, config, &mut Race::default(), None, &mut ()).unwrap()
}

fn sampled() -> Quadratic {
    Quadratic { form: Form::Sampled, ..Quadratic::default() }
}

/// Steps to the goal, by exact moments; infinite above a limit that no good rate comes near.
fn exact_steps(batch_size: u64, learning_rate: f64) -> f64 {
    let max_samples = 20_000 * batch_size;
    let request = TrialRequest { batch_size, learning_rate, seed: 0, max_samples, eval_samples: 1 };
    let bed = Quadratic::default();
    let mut trial = bed.start(&request).unwrap();
    let mut rows = std::iter::from_fn(|| trial.next_row().unwrap());
    rows.find(|row| row.val_loss.unwrap() < GOAL || row.diverged() || row.step > 8000)
        .filter(|row| row.val_loss.unwrap() < GOAL)
        .map_or(f64::INFINITY, |row| row.step as f64)
}

fn exact_cost(objective: Objective, batch_size: u64, learning_rate: f64) -> f64 {
    let unit = match objective {
        Objective::Samples => batch_size as f64,
        Objective::Steps => 1.0,
        _ => Quadratic::default().step_seconds(batch_size),
    };
    exact_steps(batch_size, learning_rate) * unit
}

/// By what share a study's answer is worse than the best size at its best rate, of the sizes and
/// over rates 6% apart.
fn exact_regret(result: &StudyResult, sizes: &[u64]) -> f64 {
    let chosen = result.recommended.as_ref().unwrap();
    let rates = || (0..36).map(|k| 0.15 * 1.06f64.powi(k));
    let cost = |size| move |rate| exact_cost(result.objective, size, rate);
    let least = sizes.iter().flat_map(|&size| rates().map(cost(size))).fold(f64::INFINITY, f64::min);
    exact_cost(result.objective, chosen.batch_size, chosen.learning_rate) / least - 1.0
}

const SIZES: [u64; 5] = [64, 128, 256, 512, 1024];

/// The whole point: as good an answer for a fraction of the steps.
#[test]
fn it_finds_the_best_for_a_fraction_of_the_grids_steps() {
    let bed = Quadratic::default();
    let result = race(&bed, &config());
    let regret = exact_regret(&result, &SIZES);
    assert!(regret < 0.1, "{regret}: {:?}", result.verdict);
    assert!(matches!(result.verdict.kind, VerdictKind::Best | VerdictKind::Tie));
    let grid = run_study_with(&bed, &config(), &mut Grid::default(), None, &mut ()).unwrap();
    assert!(
        7 * result.cost.steps < grid.cost.steps,
        "{} steps, the grid {}",
        result.cost.steps,
        grid.cost.steps
    );
}

/// Median seconds to the goal over sampled runs, looked at as often as a study looks; infinite
/// where most miss it.
fn sampled_seconds(batch_size: u64, learning_rate: f64, eval_samples: u64) -> f64 {
    let bed = sampled();
    let steps = |seed: u64| {
        let (seed, max_samples) = ((1 << 40) + seed, 1000 * batch_size);
        let request = TrialRequest { batch_size, learning_rate, seed, max_samples, eval_samples };
        let mut trial = bed.start(&request).unwrap();
        let mut rows = std::iter::from_fn(|| trial.next_row().unwrap());
        rows.find(|row| row.val_loss.unwrap() < GOAL).map_or(f64::INFINITY, |row| row.step as f64)
    };
    let mut steps: Vec<f64> = (0..9).map(steps).collect();
    steps.sort_by(f64::total_cmp);
    steps[4] * bed.step_seconds(batch_size)
}

/// Noise must not lead it astray. The truth is the median of sampled runs, which cross the goal by
/// luck where their expectation does not.
#[test]
fn it_finds_the_best_by_noisy_runs() {
    let answers = (0..5).map(|seed| {
        let result = race(&sampled(), &StudyConfig { seed: 1000 * seed, ..config() });
        (result.recommended.unwrap(), result.trials.last().unwrap().request.eval_samples)
    });
    let answers: Vec<_> = answers.collect();
    let looks = answers[0].1;
    let rates = || (0..7).map(|k| 0.3 * 1.3f64.powi(k));
    let seconds = |size| move |rate| sampled_seconds(size, rate, looks);
    let least = [128, 256, 512].into_iter().flat_map(|size| rates().map(seconds(size)));
    let least = least.fold(f64::INFINITY, f64::min);
    let regret = |(answer, looks): &(batchwright_find::Recommendation, u64)| {
        sampled_seconds(answer.batch_size, answer.learning_rate, *looks) / least - 1.0
    };
    let regrets: Vec<f64> = answers.iter().map(regret).collect();
    // Nine runs know a median to about 5%, and the least of many such medians is a lucky one.
    assert!(regrets.iter().filter(|regret| **regret < 0.2).count() >= 4, "{regrets:?} {answers:?}");
}

/// An objective would be taken for another one.
#[test]
fn samples_and_steps_are_objectives_too() {
    for (objective, best) in [(Objective::Samples, 64), (Objective::Steps, 1024)] {
        let result = race(&Quadratic::default(), &StudyConfig { objective, ..config() });
        let regret = exact_regret(&result, &SIZES);
        assert!(regret < 0.1, "{objective:?} {regret}: {:?}", result.verdict);
        let row = result.sizes.iter().max_by(|a, b| a.p_best.total_cmp(&b.p_best)).unwrap();
        assert_eq!(row.batch_size, best, "{objective:?}");
    }
}

/// Reports would not say why a run was made, or the answer would rest on runs that were chosen for
/// looking good.
#[test]
fn every_run_has_a_reason_and_the_answer_is_tried_afresh() {
    let result = race(&sampled(), &config());
    assert!(result.trials.iter().all(|trial| trial.why.is_some()));
    let chosen = result.recommended.unwrap();
    let mut seeds: Vec<u64> = Vec::new();
    for trial in result.trials.iter().filter(|trial| trial.phase != Phase::Pilot) {
        assert!(!seeds.contains(&trial.request.seed), "every run has a seed of its own");
        seeds.push(trial.request.seed);
    }
    // At its rate, or at the rate next to it.
    let of_answer = |trial: &&TrialRecord| {
        let TrialRequest { batch_size, learning_rate, .. } = trial.request;
        let off = (learning_rate / chosen.learning_rate).ln().abs();
        trial.end == TrialEnd::Target && batch_size == chosen.batch_size && off < 0.1
    };
    let reached = result.trials.iter().filter(of_answer).count();
    assert!(reached >= 2, "{reached}");
    assert!(result.trials.iter().any(
        |trial| matches!(trial.why, Some(Why::WorthMost { gain, seconds }) if gain > 0.0 && seconds > 0.0)
    ));
}

/// A result that nobody can reproduce: which of two threads is faster must not matter.
#[test]
fn the_same_seed_gives_the_same_study() {
    let study = || {
        let mut result = race(&sampled(), &StudyConfig { jobs: 2, seed: 5, ..config() });
        (result.cost.wall_seconds, result.cost.seconds) = (0.0, 0.0);
        result
    };
    assert_eq!(study(), study());
}

/// A user's rates would be left.
#[test]
fn fixed_rates_are_never_left() {
    let rates = Rates::parse("0.1..0.25").unwrap().fixed();
    let result = race(&Quadratic::default(), &StudyConfig { rates, ..config() });
    let within = |rate: f64| (0.1 - 1e-9..=0.25 + 1e-9).contains(&rate);
    for trial in &result.trials {
        assert!(within(trial.request.learning_rate), "{:?}", trial.request);
    }
    assert!(within(result.recommended.unwrap().learning_rate));
}

/// A size that does not fit would be tried again and again, or recommended by the law.
#[test]
fn sizes_that_do_not_fit_are_neither_run_nor_recommended() {
    let bed = Quadratic { cap: 200, ..Quadratic::default() };
    let result = race(&bed, &config());
    assert!(result.trials.iter().all(|trial| trial.request.batch_size <= 200));
    assert!(result.recommended.as_ref().unwrap().batch_size <= 200);
    assert!(result.sizes.iter().filter(|size| size.batch_size > 200).all(|size| size.p_best == 0.0));
    let regret = exact_regret(&result, &[64, 128]);
    assert!(regret < 0.1, "{regret}");
    let none = race(&Quadratic { cap: 1, ..bed }, &config());
    assert_eq!((none.recommended, none.cost.trials), (None, 0));
}

/// An endless search for what is not there, or an answer that nothing supports.
#[test]
fn a_target_out_of_reach_ends_with_what_was_reached() {
    let config = StudyConfig {
        target: TargetSpec::parse("val_loss<1e-9").unwrap(),
        max_samples: Some(40_000),
        ..config()
    };
    let result = race(&Quadratic::default(), &config);
    assert_eq!(result.recommended, None);
    assert_eq!(result.verdict.kind, VerdictKind::Unreachable, "{:?}", result.verdict);
    let nearest = match result.recommendation() {
        Err(NoAnswer::Missed { nearest, .. }) => nearest.map(|nearest| nearest.value),
        other => panic!("{other:?}"),
    };
    assert!(nearest.is_some_and(|value| value > 1e-9), "{nearest:?}");
    assert!(result.remarks.iter().any(|remark| matches!(remark, Remark::RaceInVain { runs } if *runs > 0)));
}

/// A bed behind something that breaks it: its rate is multiplied, its trials fail or lose their
/// numbers, its steps take longer.
struct Broken {
    bed: Quadratic,
    rate_factor: fn(u64) -> f64,
    fails: fn(u64) -> bool,
    loses_numbers: fn(u64) -> bool,
    slowdown: fn(u64) -> f64,
    /// Seconds of each start.
    start_up: f64,
}

impl Default for Broken {
    fn default() -> Self {
        Self {
            bed: Quadratic::default(),
            rate_factor: |_| 1.0,
            fails: |_| false,
            loses_numbers: |_| false,
            slowdown: |_| 1.0,
            start_up: 0.0,
        }
    }
}

/// Its loss is NaN from the third row on.
struct Losing<'a>(Box<dyn Trial + Send + 'a>, usize);

impl Trial for Losing<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        self.1 += 1;
        let poisoned = |row: TrialRow| TrialRow { val_loss: Some(f64::NAN), ..row };
        let row = self.0.next_row()?;
        Ok(if self.1 > 2 { row.map(poisoned) } else { row })
    }

    fn can_pause(&self) -> bool {
        true
    }
}

impl Workload for Broken {
    fn samples(&self) -> Option<u64> {
        self.bed.samples()
    }
    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        if (self.fails)(request.batch_size) {
            return Err(TrialError::Failed("the power went off".to_owned()));
        }
        let learning_rate = request.learning_rate * (self.rate_factor)(request.batch_size);
        let trial = self.bed.start(&TrialRequest { learning_rate, ..*request })?;
        Ok(if (self.loses_numbers)(request.batch_size) { Box::new(Losing(trial, 0)) } else { trial })
    }
    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        let median = self.bed.step_seconds(batch_size) * (self.slowdown)(batch_size);
        Ok(StepTime { median, low: median, high: median }.into())
    }
    fn start_up_seconds(&self) -> f64 {
        self.start_up
    }
    fn memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }
    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        self.bed.starting_learning_rate(batch_size)
    }
    fn metrics(&self) -> Vec<String> {
        self.bed.metrics()
    }
}

/// Sizes whose steps were timed before the first trial, and the whole result.
fn timed_first(workload: &dyn Workload) -> (Vec<u64>, StudyResult) {
    struct First(Vec<u64>, bool);
    impl StudyObserver for First {
        fn on_event(&mut self, event: &StudyEvent) {
            match event {
                StudyEvent::StepTimeMeasured { batch_size, .. } if !self.1 => self.0.push(*batch_size),
                StudyEvent::TrialStarted { .. } => self.1 = true,
                _ => {}
            }
        }
    }
    let mut first = First(Vec::new(), false);
    let config = StudyConfig { sizes: BatchSizes::parse("8..2048").unwrap(), ..config() };
    let result = run_study_with(workload, &config, &mut Race::default(), None, &mut first).unwrap();
    (first.0, result)
}

/// With seconds for each start, timing nine sizes would take a short study's budget. The size that is
/// recommended is timed in any case, and what was not is said.
#[test]
fn where_starts_are_dear_only_sizes_that_may_win_are_timed() {
    let (timed, result) = timed_first(&Broken { start_up: 5.0, ..Broken::default() });
    assert_eq!(timed, [8, 128, 2048]);
    let regret = exact_regret(&result, &SIZES);
    assert!(regret < 0.1, "{regret}: {:?}", result.verdict);
    let chosen = result.recommended.unwrap().batch_size;
    let untimed = |size: &&SizeResult| size.step_seconds.is_none();
    let sizes: Vec<u64> = result.sizes.iter().filter(untimed).map(|size| size.batch_size).collect();
    assert!(!sizes.is_empty() && !sizes.contains(&chosen), "{sizes:?}");
    assert!(result.sizes.iter().filter(untimed).all(|size| size.p_best < 0.05), "{:?}", result.sizes);
    assert!(result.remarks.contains(&Remark::NotTimed { sizes }), "{:?}", result.remarks);

    let cheap = Broken { start_up: 0.01, ..Broken::default() };
    assert_eq!(timed_first(&cheap).0.len(), 9);
    // Beyond a cliff nothing can be told of what lies between.
    let cliff = |size: u64| if size >= 512 { 20.0 } else { 1.0 };
    let spilling = Broken { start_up: 5.0, slowdown: cliff, ..Broken::default() };
    let mut timed = timed_first(&spilling).0;
    timed.sort_unstable();
    timed.dedup();
    assert_eq!(timed.len(), 9);
}

/// The law shares rates between sizes; where there is nothing to share, it must be given up, or the
/// answer be right all the same.
#[test]
fn a_workload_that_breaks_the_law_is_noticed() {
    let jumps = |size: u64| if size.trailing_zeros().is_multiple_of(2) { 30.0 } else { 1.0 / 30.0 };
    let broken = Broken { rate_factor: jumps, ..Broken::default() };
    let result = race(&broken, &StudyConfig { rates: Rates::parse("1e-3..100").unwrap(), ..config() });
    let noticed = result.remarks.iter().any(|remark| matches!(remark, Remark::RaceInVain { .. }));
    let mut unscaled = result.clone();
    if let Some(chosen) = &mut unscaled.recommended {
        chosen.learning_rate *= jumps(chosen.batch_size);
    }
    let regret = unscaled.recommended.is_some().then(|| exact_regret(&unscaled, &SIZES));
    assert!(noticed || regret.is_some_and(|regret| regret < 0.2), "{regret:?}: {:?}", result.verdict);
}

/// One broken size must neither end the study nor win by what the law foresees of it.
#[test]
fn sizes_whose_trials_break_do_not_win_and_do_not_end_the_study() {
    // 256 would be best, and is where a study without it starts.
    let at_best: fn(u64) -> bool = |size| size == 256;
    for broken in [
        Broken { fails: at_best, ..Broken::default() },
        Broken { loses_numbers: at_best, ..Broken::default() },
    ] {
        let result = race(&broken, &config());
        let chosen = result.recommended.as_ref().unwrap();
        assert_ne!(chosen.batch_size, 256, "{:?}", result.verdict);
        let regret = exact_regret(&result, &[64, 128, 512, 1024]);
        assert!(regret < 0.2, "{regret}: {:?}", result.verdict);
    }
    let all = race(&Broken { fails: |_| true, ..Broken::default() }, &config());
    let no_answer = all.recommendation();
    assert!(
        matches!(&no_answer, Err(NoAnswer::AllFailed { error, .. }) if error.contains("the power went off")),
        "{no_answer:?}"
    );
}

/// Steps that swap would be run for hours, or the size recommended for its few steps.
#[test]
fn a_size_beyond_a_cliff_is_no_candidate() {
    let broken = Broken { slowdown: |size| if size >= 512 { 20.0 } else { 1.0 }, ..Broken::default() };
    let result = race(&broken, &config());
    assert!(result.recommended.as_ref().unwrap().batch_size < 512);
    assert!(result.trials.iter().all(|trial| trial.request.batch_size < 512));
    let cliff = |remark: &Remark| matches!(remark, Remark::Cliff { batch_size: 512, excluded: true, .. });
    assert!(result.remarks.iter().any(cliff), "{:?}", result.remarks);
}

/// As in the replays of the grid: few dimensions, a step takes 1 + B seconds, and steps at the best
/// rates are 120, 64, 45, 36 and 21 at sizes 1, 2, 3, 4 and 8. So 3 and 4 are equal, and of 1, 2, 4
/// and 8 the best is 4, by 7%.
fn replay(sizes: &str, seed: u64) -> StudyResult {
    let bed = Regression { dims: 7, alpha: 1.0, beta: 1.0, samples: 4000 };
    let config = StudyConfig {
        sizes: BatchSizes::parse(sizes).unwrap(),
        target: TargetSpec::parse("val_loss<1e-7").unwrap(),
        eval_samples: Some(1),
        seed: seed * 7919,
        budget: Some(std::time::Duration::from_secs(600)),
        ..StudyConfig::default()
    };
    race(&bed, &config)
}

/// Replays of which this holds; on two threads.
fn count(replays: u64, holds: impl Fn(u64) -> bool + Sync) -> u64 {
    let half = |first: u64| (first..replays).step_by(2).filter(|&seed| holds(seed)).count() as u64;
    std::thread::scope(|scope| {
        let odd = scope.spawn(|| half(1));
        half(0) + odd.join().unwrap()
    })
}

/// With a budget a study goes on until its answer is final. Where there is nothing to choose between,
/// the race must end with either, at a good rate, and
/// without a claim that excludes the other for sure.
#[test]
fn of_two_equal_sizes_either_is_a_final_answer() {
    let fine = |seed| {
        let result = replay("3,4", seed);
        let chosen = result.recommended.unwrap();
        let best = Regression { dims: 7, ..Regression::default() }.best_rate(chosen.batch_size);
        let off = (chosen.learning_rate / best).ln().abs();
        let least = result.sizes.iter().map(|size| size.p_best).fold(1.0, f64::min);
        matches!(result.verdict.kind, VerdictKind::Best | VerdictKind::Tie) && off < 0.4 && least > 0.01
    };
    let fine = count(4, fine);
    assert!(fine >= 3, "{fine} of 4");
}

/// Stated odds over whole studies, of which each stops when it likes what it sees. By the law alone
/// the set held the best in 49 of 60 replays here, where 2 and 8 are only 5% to 7% worse: it must
/// allow for what no smooth law says of a single size.
#[test]
#[ignore = "takes a minute and a half"]
fn the_best_set_of_a_study_holds_the_best_size() {
    let held = count(60, |seed| replay("1,2,4,8", seed).best_set.contains(&4));
    assert!(100 * held >= 88 * 60, "{held} of 60");
}
