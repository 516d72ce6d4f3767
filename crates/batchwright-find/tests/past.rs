//! Promises about earlier studies, on test beds whose answer is known: earlier results count as if
//! they had been found now, and an answer is only repeated while it holds.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use std::collections::BTreeSet;

use batchwright_find::beds::{Quadratic, Regression};
use batchwright_find::*;

/// The bed, with steps that take another multiple of their time at some sizes.
struct Machine {
    bed: Quadratic,
    slower: fn(u64) -> f64,
}

impl Machine {
    fn as_it_was() -> Self {
        Self { bed: Quadratic::default(), slower: |_| 1.0 }
    }
}

impl Workload for Machine {
    fn samples(&self) -> Option<u64> {
        self.bed.samples()
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        self.bed.start(request)
    }

    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let mut measured = self.bed.measure_steps(batch_size, seconds)?;
        let factor = (self.slower)(batch_size);
        let StepTime { median, low, high } = measured.step_time;
        measured.step_time = StepTime { median: median * factor, low: low * factor, high: high * factor };
        Ok(measured)
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

fn config() -> StudyConfig {
    StudyConfig {
        name: "first".into(),
        sizes: BatchSizes::parse("64,256,1024").unwrap(),
        rates: Rates::parse("0.05..2").unwrap(),
        target: TargetSpec::parse("val_loss<0.01").unwrap(),
        ..StudyConfig::default()
    }
}

/// Stops a study after so many events of a kind.
struct StopAfter(u64, fn(&StudyEvent) -> bool);

impl StudyObserver for StopAfter {
    fn on_event(&mut self, event: &StudyEvent) {
        if (self.1)(event) {
            self.0 = self.0.saturating_sub(1);
        }
    }

    fn should_stop(&self) -> bool {
        self.0 == 0
    }
}

/// Between two rounds, where nothing is half done.
fn rounds(event: &StudyEvent) -> bool {
    matches!(event, StudyEvent::BestSoFar(_))
}

/// Anywhere, in the midst of a round.
fn ended_trials(event: &StudyEvent) -> bool {
    matches!(event, StudyEvent::TrialEnded(_))
}

/// With the plain strategy, whose next trials follow from what is known alone.
fn run_grid(
    workload: &dyn Workload,
    config: &StudyConfig,
    observer: &mut dyn StudyObserver,
) -> Result<StudyResult, FindError> {
    run_study_with(workload, config, &mut Grid::default(), None, observer)
}

fn first(config: &StudyConfig) -> StudyResult {
    run_grid(&Machine::as_it_was(), config, &mut ()).unwrap()
}

fn go_on(workload: &dyn Workload, config: &StudyConfig, past: &EarlierStudy) -> StudyResult {
    run_study_with(workload, config, &mut Grid::default(), Some(past), &mut ()).unwrap()
}

/// Through the text that a store keeps.
fn remembered(result: &StudyResult) -> StudyResult {
    serde_json::from_str(&serde_json::to_string(result).unwrap()).unwrap()
}

/// What was trained, and what for.
fn questions(result: &StudyResult) -> BTreeSet<String> {
    let question = |trial: &TrialRecord| {
        let TrialRequest { batch_size, learning_rate, seed, .. } = trial.request;
        format!("{batch_size} {learning_rate} {seed} {:?}", trial.phase)
    };
    result.trials.iter().map(question).collect()
}

/// What a verdict rests on, without the clock.
fn answer(result: &StudyResult) -> String {
    let StudyResult { sizes, recommended, best_set, verdict, target, sensitivity, .. } = result;
    format!("{sizes:?} {recommended:?} {best_set:?} {verdict:?} {target:?} {sensitivity:?}")
}

/// Else trials are repeated, or what they taught is lost: after whatever round a study was broken
/// off, going on comes to exactly what it would have come to.
#[test]
fn going_on_equals_not_having_been_interrupted() {
    for target in ["val_loss<0.01", "auto"] {
        let target = TargetSpec::parse(target).unwrap();
        let config = StudyConfig { target, objective: Objective::Samples, ..config() };
        let whole = first(&config);
        let mut gone_on = 0;
        for stop in 1..8 {
            let part = run_grid(&Machine::as_it_was(), &config, &mut StopAfter(stop, rounds)).unwrap();
            if part.trials.len() == whole.trials.len() {
                break;
            }
            gone_on += 1;
            let rest = go_on(&Machine::as_it_was(), &config, &EarlierStudy::of(&remembered(&part)).unwrap());
            assert_eq!(questions(&rest), questions(&whole), "{stop}");
            assert_eq!(rest.trials.len(), whole.trials.len(), "a trial was repeated");
            assert_eq!(answer(&rest), answer(&whole), "{stop}");
            let continued = rest.continued.clone().unwrap();
            assert_eq!(continued.study, "first");
            assert_eq!(continued.trials + rest.cost.trials, rest.trials.len() as u64);
            assert_eq!(continued.cost_in_all, part.cost.plus(rest.cost));
        }
        assert!(gone_on > 2, "{gone_on}");
    }
}

/// In the midst of a round the rates that are tried next may differ from those of the whole study,
/// but nothing may be repeated, lost, or answered otherwise.
#[test]
fn a_round_that_was_cut_off_is_made_up_for() {
    let config = StudyConfig { objective: Objective::Samples, ..config() };
    let whole = first(&config);
    for stop in [6, 9, 12, 20] {
        let part = run_grid(&Machine::as_it_was(), &config, &mut StopAfter(stop, ended_trials)).unwrap();
        let Some(past) = EarlierStudy::of(&remembered(&part)) else { continue };
        let rest = go_on(&Machine::as_it_was(), &config, &past);
        assert_eq!(questions(&rest).len(), rest.trials.len(), "a trial was repeated");
        let kept =
            part.trials.iter().filter(|trial| trial.trace.as_ref().is_some_and(|t| !t.interrupted)).count();
        assert!(rest.continued.clone().unwrap().trials >= kept as u64);
        let choice = |study: &StudyResult| study.recommended.clone().unwrap().batch_size;
        assert_eq!(choice(&rest), choice(&whole), "{stop}");
    }
}

/// Trials end in any order: where one of a round was cut off and a later one was not, the seed of
/// the later one must not come again.
#[test]
fn a_gap_in_the_seeds_is_filled() {
    let config = StudyConfig { objective: Objective::Samples, ..config() };
    let whole = first(&config);
    let mut part = whole.clone();
    let middle =
        part.trials.iter_mut().find(|trial| trial.phase == Phase::Confirm && trial.request.seed == 1001);
    let middle = middle.unwrap();
    middle.end = TrialEnd::Budget;
    let trace = middle.trace.as_mut().unwrap();
    trace.interrupted = true;
    trace.passed.clear();
    let rest = go_on(&Machine::as_it_was(), &config, &EarlierStudy::of(&part).unwrap());
    assert_eq!(questions(&rest), questions(&whole));
    assert_eq!((rest.trials.len(), rest.cost.trials), (whole.trials.len(), 1));
}

/// Else a verdict changes by being remembered: at every goal that an automatic target may be moved
/// to, what was kept says the same.
#[test]
fn a_finished_study_that_is_gone_on_from_is_finished() {
    let config = StudyConfig { target: TargetSpec::Auto, objective: Objective::Samples, ..config() };
    let whole = first(&config);
    assert!(!whole.sensitivity.is_empty());
    let again = go_on(&Machine::as_it_was(), &config, &EarlierStudy::of(&remembered(&whole)).unwrap());
    assert_eq!(again.cost.trials, 0);
    assert_eq!(answer(&again), answer(&whole));
    let twice = go_on(&Machine::as_it_was(), &config, &EarlierStudy::of(&remembered(&again)).unwrap());
    assert_eq!(answer(&twice), answer(&whole), "and once more");
    let in_all = twice.continued.unwrap().cost_in_all;
    assert_eq!(in_all.trials, whole.cost.trials, "no cost is counted twice or lost");
}

/// Else a smaller margin is answered from too few runs, or from none of the earlier ones.
#[test]
fn a_smaller_margin_takes_up_the_earlier_trials() {
    let loose = StudyConfig { margin: 0.3, objective: Objective::Samples, ..config() };
    let strict = StudyConfig { margin: 0.01, max_seeds: 6, ..loose.clone() };
    let past = EarlierStudy::of(&first(&loose)).unwrap();
    let seeds = questions(&first(&loose));
    let more = go_on(&Machine::as_it_was(), &strict, &past);
    assert!(seeds.is_subset(&questions(&more)));
    assert_eq!(questions(&more).len(), more.trials.len(), "no seed was used twice");
}

/// Trials towards one goal say nothing about another.
#[test]
fn another_target_is_refused() {
    let past = EarlierStudy::of(&first(&config())).unwrap();
    let other = StudyConfig { target: TargetSpec::parse("val_loss<0.02").unwrap(), ..config() };
    let error = run_study_with(&Machine::as_it_was(), &other, &mut Grid::default(), Some(&past), &mut ());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("\"first\"") && error.contains("0.01") && error.contains("0.02"), "{error}");
}

/// A study that was stopped in its pilot, or stored by an older program, has nothing to go on from.
#[test]
fn a_study_without_a_search_is_no_past() {
    let part = run_grid(&Machine::as_it_was(), &config(), &mut StopAfter(1, ended_trials)).unwrap();
    assert_eq!(EarlierStudy::of(&part), None);
    let mut old = first(&config());
    old.scale = None;
    assert_eq!(EarlierStudy::of(&old), None);
    assert_eq!(revalidate(&Machine::as_it_was(), &config(), &old, &mut ()), Ok(None));
}

fn check(workload: &dyn Workload, earlier: &StudyResult) -> Revalidation {
    revalidate(workload, &config(), earlier, &mut ()).unwrap().unwrap()
}

/// Else the study is repeated for nothing; or the answer is given without having looked; or a
/// second check asks the seed of the first.
#[test]
fn an_answer_that_holds_is_given_again() {
    let earlier = remembered(&first(&config()));
    let found = check(&Machine::as_it_was(), &earlier);
    assert_eq!(found.change, None);
    assert_eq!((found.cost.trials, found.step_times.is_empty()), (1, false));
    let again = found.answer(&earlier, 1_700_000_000, "second").unwrap();
    assert_eq!(answer(&again), answer(&earlier));
    let reused = again.reused.clone().unwrap();
    assert_eq!(
        (reused.study.as_str(), reused.created, again.study.as_str()),
        ("first", 1_700_000_000, "second")
    );
    assert_eq!(again.trials.len(), earlier.trials.len() + 1);
    assert!(earlier.trials.iter().all(|trial| trial.request.seed != reused.run.seed), "a fresh seed");

    let third = check(&Machine::as_it_was(), &again).answer(&again, 1_800_000_000, "third").unwrap();
    let once_more = third.reused.clone().unwrap();
    assert_eq!(
        (once_more.study.as_str(), once_more.created),
        ("first", 1_700_000_000),
        "who found it, not who checked it"
    );
    assert_ne!(once_more.run.seed, reused.run.seed);
    assert_eq!(third.cost_in_all().trials, earlier.cost.trials + 2);
}

/// Else the answer of another machine is given: of one that is slower throughout, and of one that
/// is slower at the recommended size.
#[test]
fn other_step_times_open_the_choice_again() {
    let earlier = first(&config());
    let recommended = earlier.recommended.clone().unwrap().batch_size;
    assert_eq!(recommended, 256);
    let slower = Machine { slower: |_| 1.3, ..Machine::as_it_was() };
    assert!(matches!(check(&slower, &earlier).change, Some(Change::StepTime { .. })));

    let worse = Machine { slower: |size| if size == 256 { 20.0 } else { 1.0 }, ..Machine::as_it_was() };
    let found = check(&worse, &earlier);
    let Some(change @ Change::StepTime { batch_size: 256, .. }) = found.change.clone() else {
        panic!("{:?}", found.change)
    };
    assert_eq!(found.answer(&earlier, 0, "x"), None);
    let past = EarlierStudy::of(&earlier).unwrap().refuted(found, change.clone());
    let again = go_on(&worse, &config(), &past);
    assert_ne!(again.recommended.as_ref().unwrap().batch_size, 256, "{:?}", again.verdict);
    let fresh = run_grid(&worse, &config(), &mut ()).unwrap();
    assert_eq!(again.recommended.unwrap().batch_size, fresh.recommended.unwrap().batch_size);
    assert_eq!(again.continued.unwrap().because, Some(change));
    assert!(again.cost.trials < fresh.cost.trials, "{} {}", again.cost.trials, fresh.cost.trials);
}

/// A rival that drew ahead within the tolerance of the step times would go unnoticed.
#[test]
fn a_rival_that_overtakes_opens_the_choice_again() {
    let mut earlier = first(&config());
    // A rival just behind, by less than the tolerance of both step times and the margin together.
    let recommended = earlier.sizes.iter().position(|size| size.batch_size == 256).unwrap();
    let time = earlier.sizes[recommended].seconds_to_target.unwrap();
    let rival = earlier.sizes.iter_mut().find(|size| size.batch_size == 64).unwrap();
    rival.seconds_to_target = Some(Estimate { median: time.median.map(|median| median * 1.001), ..time });
    earlier.best_set = vec![64, 256];
    assert_eq!(check(&Machine::as_it_was(), &earlier).change, None);
    let turned = Machine {
        slower: |size| match size {
            64 => 0.95,
            256 => 1.05,
            _ => 1.0,
        },
        ..Machine::as_it_was()
    };
    let change = check(&turned, &earlier).change;
    assert_eq!(change, Some(Change::Order { better: 64, recommended: 256 }));
}

/// Step times that no objective rests on would open the choice for nothing.
#[test]
fn a_count_of_samples_does_not_hang_on_step_times() {
    let config = StudyConfig { objective: Objective::Samples, ..config() };
    let earlier = first(&config);
    let slower = Machine { slower: |_| 5.0, ..Machine::as_it_was() };
    let found = revalidate(&slower, &config, &earlier, &mut ()).unwrap().unwrap();
    assert_eq!((found.change, found.step_times), (None, vec![]));
}

/// Else a training that has become harder (or easier) in a way that no fingerprint shows is
/// answered as before.
#[test]
fn a_run_that_is_not_as_predicted_opens_the_choice_again() {
    let mut earlier = first(&config());
    for size in &mut earlier.sizes {
        let thrice = |value: Option<f64>| value.map(|value| 3.0 * value);
        let steps = size.steps_to_target.unwrap();
        let (median, low, high) = (thrice(steps.median), thrice(steps.low), thrice(steps.high));
        size.steps_to_target = Some(Estimate { median, low, high, ..steps });
    }
    let found = check(&Machine::as_it_was(), &earlier);
    let Some(Change::Run(run)) = found.change else { panic!("{:?}", found.change) };
    assert!(run.found.unwrap() < run.low, "{run:?}");
}

/// A user who stops the check must not be told that the answer holds.
#[test]
fn a_check_that_is_stopped_confirms_nothing() {
    let earlier = first(&config());
    let found =
        revalidate(&Machine::as_it_was(), &config(), &earlier, &mut StopAfter(0, rounds)).unwrap().unwrap();
    assert_eq!(found.change, Some(Change::Interrupted));
    assert_eq!(found.answer(&earlier, 0, "x"), None);
}

/// Of 40 checks of noisy runs, with three fresh seeds a size to predict from, how many hold; the
/// study ran at 7 dimensions, the check at `dims`, where steps grow with dims + 1.
fn checks_that_hold(dims: usize) -> usize {
    let bed = |dims| Regression { dims, alpha: 1.0, beta: 1.0, samples: 4000 };
    let holds = |seed: &u64| {
        let config = StudyConfig {
            sizes: BatchSizes::parse("2,8").unwrap(),
            target: TargetSpec::parse("val_loss<1e-7").unwrap(),
            seed: seed * 7919,
            max_seeds: 3,
            margin: 0.5,
            ..StudyConfig::default()
        };
        let earlier = run_grid(&bed(7), &config, &mut ()).unwrap();
        revalidate(&bed(dims), &config, &earlier, &mut ()).unwrap().unwrap().change.is_none()
    };
    (0..40).filter(holds).count()
}

/// Else a check refuses what holds more often than it says (one in twenty), or notices nothing.
#[test]
fn a_check_is_as_sure_as_it_says() {
    let (same, harder) = (checks_that_hold(7), checks_that_hold(15));
    assert!(same >= 36, "{same} of 40 where nothing has changed");
    assert!(harder <= 4, "{harder} of 40 where the training takes twice the steps");
}
