//! A study on the bed: what must hold after each event and at its end, and going on after a kill.

use crate::simulation::bed::Bed;
use crate::simulation::dice::Dice;
use crate::simulation::{Plant, Tally};
use batchwright_find::{
    BatchSizes, Cost, Journal, JournalEntry, Judgement, Objective, Proposal, Rates, Recommendation, Strategy,
    StrategyKind, StudyConfig, StudyEvent, StudyObserver, StudyResult, StudyState, TargetSpec, TrialEnd,
    TrialOutcome, TrialRecord, TrialRequest, VerdictKind, resume_study, run_study_with,
};
use batchwright_store::{Fingerprint, NewName, Origin, Store};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// Adds up, but for rounding.
const ROUNDING: f64 = 1e-9;

/// Runs a study, and goes on with it from where a kill might have left it.
pub(crate) fn simulate(seed: u64, plant: Plant, tally: &mut Tally) -> Result<(), String> {
    let mut dice = Dice::new(seed, 2);
    let config = config(&mut dice);
    // The race costs a hundred times as much.
    let kind = if dice.once_in(40) { StrategyKind::Race } else { StrategyKind::Grid };
    let bed = Bed::new(seed, plant);
    let mut watch = Watch::new(&bed, Vec::new());
    let mut strategy = Wrapped { inner: kind.start(config.objective), plant };
    let result =
        run_study_with(&bed, &config, &mut strategy, None, &mut watch).map_err(|it| it.to_string())?;
    tally.study(result.trials.len() as u64);
    tally.sites(bed.sites());
    bed.fired().iter().for_each(|(fault, fired)| tally.fired(fault.name(), *fired));
    watch.broken.map_or(Ok(()), Err)?;
    check(&result, &bed.started(), watch.ended)?;
    if dice.once_in(10) {
        store_keeps(&result, &watch.journal)?;
    }
    // A study that was ended from outside is ended at another place the second time.
    let hung = bed.stop.load(Ordering::Relaxed);
    if !hung && dice.once_in(2) {
        tally.resumed();
        let cut = dice.between(1, watch.journal.len() as u64) as usize;
        goes_on(seed, plant, &config, kind, &watch.journal[..cut], &result)?;
    }
    Ok(())
}

fn config(dice: &mut Dice) -> StudyConfig {
    let sizes = dice.pick(&["4,8,16", "8..64", "1,2,4,8", "64", "16..256"]);
    let rates = dice.pick(&["0.025,0.05,0.1,0.2,0.4", "0.05..0.2", "0.1"]);
    let rates = Rates::parse(rates).unwrap();
    StudyConfig {
        sizes: BatchSizes::parse(sizes).unwrap(),
        rates: if dice.once_in(2) { rates.fixed() } else { rates },
        target: TargetSpec::parse(dice.pick(&["val_loss<1", "val_loss<0.05", "auto"])).unwrap(),
        objective: dice.pick(&[Objective::Time, Objective::Time, Objective::Samples, Objective::Quality]),
        seeds: dice.between(1, 3),
        max_seeds: dice.between(3, 6),
        seed: dice.below(100),
        jobs: dice.between(1, 2) as usize,
        max_samples: Some(dice.pick(&[500, 5_000, 20_000])),
        ..StudyConfig::default()
    }
}

/// A strategy with the planted bug.
struct Wrapped {
    inner: Box<dyn Strategy>,
    plant: Plant,
}

impl Strategy for Wrapped {
    fn needs_no_pilot(&self) -> bool {
        self.inner.needs_no_pilot()
    }

    fn judge(&mut self, state: &StudyState, goal: f64) -> Option<Judgement> {
        let mut judgement = self.inner.judge(state, goal)?;
        if self.plant == Plant::UntriedSize {
            judgement.recommended.batch_size *= 2;
        }
        Some(judgement)
    }

    fn goes_on(&mut self, state: &StudyState, run: &TrialOutcome) -> bool {
        self.inner.goes_on(state, run)
    }

    fn next(&mut self, state: &StudyState) -> Proposal {
        self.inner.next(state)
    }
}

/// Keeps the journal, and checks each event.
struct Watch<'a> {
    bed: &'a Bed,
    journal: Vec<String>,
    /// What an earlier process has run.
    known: Vec<TrialRequest>,
    ended: u64,
    broken: Option<String>,
}

impl<'a> Watch<'a> {
    fn new(bed: &'a Bed, known: Vec<TrialRequest>) -> Self {
        Self { bed, journal: Vec::new(), known, ended: 0, broken: None }
    }

    fn run(&self) -> Vec<TrialRequest> {
        [self.known.clone(), self.bed.started()].concat()
    }

    fn must(&mut self, checked: Result<(), String>) {
        if self.broken.is_none() {
            self.broken = checked.err();
        }
    }
}

impl StudyObserver for Watch<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        match event {
            StudyEvent::TrialEnded(record) => {
                self.ended += 1;
                self.must(check_trial(record));
            }
            StudyEvent::TrialKnown(record) => self.must(check_trial(record)),
            StudyEvent::BestSoFar(Some(best)) => {
                let run = self.run();
                self.must(check_recommendation(best, &run));
            }
            StudyEvent::Learnt(entry) => match batchwright_store::to_json(entry) {
                Ok(text) => self.journal.push(text),
                Err(error) => self.must(Err(format!("an entry that cannot be written: {error}"))),
            },
            _ => {}
        }
    }

    fn should_stop(&self) -> bool {
        self.bed.stop.load(Ordering::Relaxed)
    }
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// The ledger of a trial: samples are steps times the size.
fn check_trial(record: &TrialRecord) -> Result<(), String> {
    let size = record.request.batch_size;
    let places = [
        Some((record.step, record.samples)),
        record.trace.as_ref().map(|it| (it.last.step, it.last.samples)),
    ];
    for (step, samples) in places.into_iter().flatten() {
        must(samples == step * size, || {
            format!("{step} steps of {size} are not {samples} samples: {record:?}")
        })?;
    }
    must(record.end != TrialEnd::Target || record.best_metric.is_some(), || {
        format!("reached nothing: {record:?}")
    })
}

fn check_recommendation(best: &Recommendation, started: &[TrialRequest]) -> Result<(), String> {
    let Recommendation { batch_size, learning_rate, expected_regret, tied_with } = best;
    let ran = started.iter().any(|request| request.batch_size == *batch_size);
    must(ran, || {
        let sizes: BTreeSet<u64> = started.iter().map(|request| request.batch_size).collect();
        format!("size {batch_size} is returned, and was never run: {sizes:?} were")
    })?;
    must(learning_rate.is_finite() && *learning_rate > 0.0, || format!("rate {learning_rate}"))?;
    must(expected_regret.is_finite() && *expected_regret >= -ROUNDING, || {
        format!("regret {expected_regret}")
    })?;
    let ascending = tied_with.windows(2).all(|pair| pair[0] < pair[1]);
    must(ascending && !tied_with.contains(batch_size), || format!("{batch_size} is tied with {tied_with:?}"))
}

/// What must hold at the end.
fn check(result: &StudyResult, started: &[TrialRequest], ended: u64) -> Result<(), String> {
    result.trials.iter().try_for_each(check_trial)?;
    check_cost(result, ended)?;
    check_sets(result)?;
    if let Some(best) = &result.recommended {
        check_recommendation(best, started)
            .map_err(|it| format!("{it}, at the end: {:?}", result.verdict))?;
        let trained = |trial: &TrialRecord| {
            let by_itself = !matches!(trial.end, TrialEnd::Failed | TrialEnd::DoesNotFit);
            trial.request.batch_size == best.batch_size && trial.step > 0 && by_itself
        };
        must(result.trials.iter().any(trained), || {
            format!("size {} is returned, and no trial trained at it: {:?}", best.batch_size, result.trials)
        })?;
    }
    check_verdict(result)
}

/// Everything that was done is in the cost, and nothing else.
fn check_cost(result: &StudyResult, ended: u64) -> Result<(), String> {
    let Cost { trials, steps, seconds, .. } = result.cost;
    must(trials == result.trials.len() as u64 && trials == ended, || {
        format!("{trials} trials, {ended} ended")
    })?;
    let traced = || result.trials.iter().filter_map(|trial| trial.trace.as_ref());
    must(traced().count() as u64 == trials, || "a trial without its trace".to_owned())?;
    let sum: u64 = traced().map(|trace| trace.last.step).sum();
    must(sum == steps, || format!("{steps} steps, its trials have {sum}"))?;
    let own: f64 = traced().map(|trace| trace.last.seconds).sum();
    must(seconds.is_finite() && seconds >= own - ROUNDING * own.abs(), || {
        format!("{seconds} s, trials {own} s")
    })?;
    for size in &result.sizes {
        let runs =
            result.trials.iter().filter(|trial| trial.request.batch_size == size.batch_size).count() as u64;
        must(runs == size.runs, || {
            format!("size {} has {} runs, and {runs} trials", size.batch_size, size.runs)
        })?;
    }
    let listed: u64 = result.sizes.iter().map(|size| size.runs).sum();
    must(listed == trials, || format!("{trials} trials, sizes have {listed}"))
}

/// Probabilities add up, and the set contains the likeliest size.
fn check_sets(result: &StudyResult) -> Result<(), String> {
    let ascending = result.sizes.windows(2).all(|pair| pair[0].batch_size < pair[1].batch_size);
    must(ascending, || "sizes are not ascending".to_owned())?;
    let p = |size: u64| result.sizes.iter().find(|it| it.batch_size == size).map(|it| it.p_best);
    let sum: f64 = result.sizes.iter().map(|size| size.p_best).sum();
    must(sum.abs() < ROUNDING || (sum - 1.0).abs() < 1e-6, || format!("p_best sums to {sum}"))?;
    let set = &result.best_set;
    must(set.windows(2).all(|pair| pair[0] < pair[1]), || format!("best set {set:?}"))?;
    if sum > 0.5 {
        let held: f64 = set.iter().filter_map(|size| p(*size)).sum();
        must(held >= 0.9 - 1e-6, || format!("best set {set:?} has {held}"))?;
        let most =
            result.sizes.iter().max_by(|a, b| a.p_best.total_cmp(&b.p_best)).map(|size| size.batch_size);
        must(most.is_some_and(|size| set.contains(&size)), || format!("{most:?} is not in {set:?}"))?;
    }
    let fit = result.fit;
    let apart = fit.largest_that_fits.is_none_or(|size| p(size).is_some());
    must(apart, || format!("{fit:?} names a size that is not listed"))
}

fn check_verdict(result: &StudyResult) -> Result<(), String> {
    let wrong = || format!("{:?} with {:?}", result.verdict, result.recommended);
    match (result.verdict.kind, &result.recommended) {
        (VerdictKind::Best, Some(best)) => must(best.tied_with.is_empty(), wrong),
        (VerdictKind::Tie, Some(best)) => must(!best.tied_with.is_empty(), wrong),
        (VerdictKind::Best | VerdictKind::Tie, None) => Err(wrong()),
        (VerdictKind::Unreachable, recommended) => must(recommended.is_none(), wrong),
        (VerdictKind::Undecided, _) => Ok(()),
    }
}

/// What was stored comes back.
fn store_keeps(result: &StudyResult, journal: &[String]) -> Result<(), String> {
    let said = |error: batchwright_store::StoreError| error.to_string();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    {
        let store = Store::open(folder.path()).map_err(said)?;
        let origin = Origin { arguments: Vec::new(), folder: folder.path().into() };
        let about = Fingerprint { workload: "bed".to_owned(), question: "q".to_owned() };
        store.create_study(&NewName::Exactly("s"), &[], &about, &origin).map_err(said)?;
        for (nth, entry) in journal.iter().enumerate() {
            store.append_event("s", nth as u64, entry).map_err(said)?;
        }
        store.finish_study("s", result).map_err(said)?;
    }
    let store = Store::open_existing(folder.path()).map_err(said)?;
    must(store.events("s").map_err(said)? == journal, || "the journal came back otherwise".to_owned())?;
    let back = store.study("s").map_err(said)?.result;
    let (back, written) = (format!("{back:?}"), format!("{:?}", Some(result)));
    must(back == written, || format!("the study came back otherwise: {back}\n{written}"))
}

/// From the journal as a kill left it: nothing is run twice, and the answer is the same.
fn goes_on(
    seed: u64,
    plant: Plant,
    config: &StudyConfig,
    kind: StrategyKind,
    texts: &[String],
    unbroken: &StudyResult,
) -> Result<(), String> {
    let entries: Result<Vec<JournalEntry>, _> =
        texts.iter().map(|text| batchwright_store::from_json(text)).collect();
    let journal =
        Journal::new(entries.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    for (entry, text) in journal.entries().iter().zip(texts) {
        let again = batchwright_store::to_json(entry).map_err(|error| error.to_string())?;
        must(again == *text, || format!("an entry that is not as it was: {text}"))?;
    }
    let known: Vec<TrialRequest> = journal.entries().iter().filter_map(ended).collect();
    let bed = Bed::new(seed, plant);
    let mut watch = Watch::new(&bed, known.clone());
    let mut strategy = Wrapped { inner: kind.start(config.objective), plant };
    let result =
        resume_study(&bed, config, &mut strategy, &journal, &mut watch).map_err(|error| error.to_string())?;
    watch.broken.map_or(Ok(()), Err)?;
    let started = bed.started();
    // A study may itself ask for the very request of its pilot once more.
    let count = |of: &[TrialRequest], request| of.iter().filter(|it| *it == request).count();
    let asked: Vec<TrialRequest> = unbroken.trials.iter().map(|trial| trial.request).collect();
    let again = known
        .iter()
        .find(|&request| count(&known, request) + count(&started, request) > count(&asked, request).max(1));
    must(again.is_none(), || format!("run again: {again:?}"))?;
    // With several jobs the race hears of outcomes in the order of the clock.
    if kind == StrategyKind::Grid || config.jobs == 1 {
        let (got, wanted) = (timeless(&result), timeless(unbroken));
        must(got == wanted, || {
            format!("after {} of its entries it answers\n{got}\nnot\n{wanted}", texts.len())
        })?;
    }
    Ok(())
}

fn ended(entry: &JournalEntry) -> Option<TrialRequest> {
    match entry {
        JournalEntry::Ended { outcome, .. } => Some(outcome.plan.request),
        _ => None,
    }
}

/// Without what is measured by a real clock.
fn timeless(result: &StudyResult) -> String {
    let cost = Cost { wall_seconds: 0.0, seconds: 0.0, ..result.cost };
    format!("{:?}", StudyResult { cost, ..result.clone() })
}
