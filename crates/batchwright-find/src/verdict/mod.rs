//! Forms the answer from what is known: the table of sizes, the law, the recommendation, and what
//! keeps the verdict open.
//!
//! No verdict uses a size whose rate is not tuned while a tuned size exists. No verdict uses runs
//! that chose their own rate while runs on fresh seeds exist.

pub(crate) mod evidence;
pub(crate) mod judgement;

use crate::models::steps_law::{FEWEST_POINTS, fit_law, law_of_curves};
use crate::remark::{OpenPoint, Remark};
use crate::result::objective::Objective;
use crate::result::trial_record::TrialEnd;
use crate::result::{Law, Recommendation, SizeResult, StudyVerdict, VerdictKind};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::state::scores::Score;
use crate::statistics::arm::{Arm, Spread, pooled_spread};
use crate::statistics::decision::{Decision, decide};
use crate::verdict::evidence::{SizeEvidence, evidence, judged, row};
use crate::verdict::judgement::Judgement;

/// Fresh seeds that every judged size needs before a verdict is final.
const FINAL_SEEDS: usize = 3;

/// The answer at this point of the study.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assessment {
    pub sizes: Vec<SizeResult>,
    pub law: Option<Law>,
    pub best_set: Vec<u64>,
    pub verdict: StudyVerdict,
    pub recommended: Option<Recommendation>,
    /// Whether more runs at the chosen rates, or more step times, would help to make the answer
    /// final.
    pub open: bool,
    /// Whether the open points depend more on step times than on steps.
    pub hangs_on_step_times: bool,
    /// The size with the least expected regret, regardless of how much memory it needs.
    pub leader: Option<u64>,
    /// Sizes between which the verdict is open.
    pub contenders: Vec<u64>,
    pub remarks: Vec<Remark>,
}

/// Computes the answer for a goal (`None`: quality) at the rates chosen for the current goal. Uses
/// a strategy's judgement about that goal where there is one.
pub(crate) fn assess(known: &StudyState, goal: Option<f64>, judgement: Option<&Judgement>) -> Assessment {
    let of_size = |(&size, facts)| match judgement.and_then(|judgement| judgement.of(size)) {
        Some(own) => judged(known, own, facts),
        None => evidence(known, goal, size, facts),
    };
    let all: Vec<SizeEvidence> = known.sizes.iter().map(of_size).collect();
    let candidates = candidates(&all, judgement.is_some());
    let arms: Vec<Arm> = candidates.iter().map(|e| e.arm.clone()).collect();
    let config = known.config();
    let decision = match judgement {
        Some(judgement) => Some(adopted(judgement, &candidates)),
        None => decide(&arms, config.margin, config.seed),
    };
    let pooled = pooled_spread(&all.iter().map(|e| e.arm.clone()).collect::<Vec<_>>());
    let sizes = all
        .iter()
        .map(|e| row(known, e, pooled, probability(e.size, &candidates, decision.as_ref())))
        .collect();
    let case = Case { known, goal, judgement, all: &all, candidates: &candidates, pooled };
    case.answer(sizes, decision.as_ref())
}

/// The sizes that a verdict may be based on: the judged sizes; otherwise the tuned ones; otherwise
/// all that can be judged.
fn candidates<'e, 'a>(all: &'e [SizeEvidence<'a>], by_judgement: bool) -> Vec<&'e SizeEvidence<'a>> {
    if by_judgement {
        return all.iter().filter(|e| e.judged).collect();
    }
    let judgeable = || all.iter().filter(|e| e.judgeable());
    let tuned: Vec<_> = judgeable().filter(|e| e.choice.tuned).collect();
    if tuned.is_empty() { judgeable().collect() } else { tuned }
}

/// Converts a strategy's judgement to the form of a decision from arms. Positions are positions in
/// the candidates.
fn adopted(judgement: &Judgement, candidates: &[&SizeEvidence]) -> Decision {
    let position = |size: &u64| candidates.iter().position(|e| e.size == *size);
    let recommended = position(&judgement.recommended.batch_size).unwrap_or(0);
    let regret = |k: usize| (k == recommended).then_some(judgement.recommended.expected_regret);
    Decision {
        p_best: judgement.sizes.iter().map(|size| size.p_best).collect(),
        regret: (0..candidates.len()).map(regret).collect(),
        recommended,
        tied_with: judgement.recommended.tied_with.iter().filter_map(position).collect(),
        unresolved: judgement.unresolved.iter().filter_map(position).collect(),
        best_set: judgement.best_set.iter().filter_map(position).collect(),
    }
}

fn probability(size: u64, candidates: &[&SizeEvidence], decision: Option<&Decision>) -> f64 {
    let position = candidates.iter().position(|e| e.size == size);
    position.zip(decision).map_or(0.0, |(position, decision)| decision.p_best[position])
}

/// What the answer is formed from.
struct Case<'e, 'a> {
    known: &'e StudyState,
    /// The goal that is judged by; `None`: quality.
    goal: Option<f64>,
    judgement: Option<&'e Judgement>,
    all: &'e [SizeEvidence<'a>],
    candidates: &'e [&'e SizeEvidence<'a>],
    pooled: Spread,
}

impl Case<'_, '_> {
    fn answer(&self, sizes: Vec<SizeResult>, decision: Option<&Decision>) -> Assessment {
        let law = self.law();
        let Some(decision) = decision else {
            return Assessment {
                sizes,
                best_set: Vec::new(),
                verdict: StudyVerdict { kind: self.kind_without_decision(), open: Vec::new() },
                recommended: None,
                open: self.reached().next().is_some(),
                hangs_on_step_times: false,
                leader: None,
                contenders: self.reached().map(|e| e.size).collect(),
                remarks: self.remarks(law.as_ref()),
                law,
            };
        };
        let size = |&position: &usize| self.candidates[position].size;
        let recommended = self.recommendation(decision);
        let mut points = self.open_points(decision);
        points.extend(self.goal.and_then(|goal| self.known.met_at_first_look(goal)));
        let kind = match (points.is_empty(), recommended.tied_with.is_empty()) {
            (false, _) => VerdictKind::Undecided,
            (true, true) => VerdictKind::Best,
            (true, false) => VerdictKind::Tie,
        };
        let regret = |position: &usize| decision.regret[*position].unwrap_or(f64::INFINITY);
        let leader = (0..self.candidates.len()).min_by(|a, b| regret(a).total_cmp(&regret(b)));
        let contenders = self.contenders(decision);
        Assessment {
            sizes,
            best_set: decision.best_set.iter().map(size).collect(),
            verdict: StudyVerdict { kind, open: points },
            open: regret(&decision.recommended) > self.known.config().margin
                || !decision.unresolved.is_empty()
                || self.candidates.iter().any(|e| e.fresh < FINAL_SEEDS),
            leader: leader.as_ref().map(size),
            hangs_on_step_times: self.hang_on_step_times(&contenders),
            contenders,
            recommended: Some(recommended),
            remarks: self.remarks(law.as_ref()),
            law,
        }
    }

    /// Sizes at which some rate reached the target.
    fn reached(&self) -> impl Iterator<Item = &SizeEvidence<'_>> {
        self.all.iter().filter(|e| e.choice.best.is_some())
    }

    /// Whether step times add more uncertainty than steps: the least certain step time of these
    /// sizes is compared with their least certain number of steps.
    fn hang_on_step_times(&self, sizes: &[u64]) -> bool {
        let most = |error: &dyn Fn(&SizeEvidence) -> f64| {
            let contenders = self.candidates.iter().filter(|e| sizes.contains(&e.size));
            contenders.map(|e| error(e)).fold(0.0, f64::max)
        };
        most(&|e| e.arm.shift_sd) > most(&|e| e.arm.error_of_size(self.pooled))
    }

    fn recommendation(&self, decision: &Decision) -> Recommendation {
        let chosen = self.candidates[decision.recommended];
        Recommendation {
            batch_size: chosen.size,
            learning_rate: chosen.choice.best.unwrap_or(f64::NAN),
            expected_regret: decision.regret[decision.recommended].unwrap_or(f64::INFINITY),
            tied_with: decision.tied_with.iter().map(|&k| self.candidates[k].size).collect(),
        }
    }

    /// Everything that keeps the verdict from being final.
    fn open_points(&self, decision: &Decision) -> Vec<OpenPoint> {
        if let Some(judgement) = self.judgement {
            return self.open_points_of(judgement, decision);
        }
        let few: Vec<u64> =
            self.candidates.iter().filter(|e| e.fresh < FINAL_SEEDS).map(|e| e.size).collect();
        let rivals: Vec<u64> = self.rivals(decision).collect();
        let untuned = self.candidates.iter().all(|e| !e.choice.tuned);
        let points = [
            self.regret_above_margin(decision),
            untuned.then_some(OpenPoint::NoRateTuned),
            (!few.is_empty()).then_some(OpenPoint::TooFewSeeds { needed: FINAL_SEEDS as u64, sizes: few }),
            (!rivals.is_empty()).then_some(OpenPoint::NotJudged { sizes: rivals }),
        ];
        points.into_iter().flatten().collect()
    }

    /// The same where the verdict comes from a strategy's judgement.
    fn open_points_of(&self, judgement: &Judgement, decision: &Decision) -> Vec<OpenPoint> {
        let Judgement { doubt, most_doubt, confirmations, wanted_confirmations, recommended, .. } = judgement;
        let limit = self.known.config().margin;
        let doubtful = OpenPoint::Doubtful { probability: *doubt, limit };
        let sizes = vec![recommended.batch_size];
        let unconfirmed = OpenPoint::TooFewSeeds { needed: *wanted_confirmations, sizes };
        let regret = self.regret_above_margin(decision);
        let points = [
            (doubt > most_doubt && regret.is_none()).then_some(doubtful),
            (confirmations < wanted_confirmations).then_some(unconfirmed),
        ];
        regret.into_iter().chain(points.into_iter().flatten()).collect()
    }

    fn regret_above_margin(&self, decision: &Decision) -> Option<OpenPoint> {
        let margin = self.known.config().margin;
        let regret = decision.regret[decision.recommended].unwrap_or(f64::INFINITY);
        if regret <= margin {
            return None;
        }
        Some(if self.hang_on_step_times(&self.contenders(decision)) {
            OpenPoint::SteadierStepTimes { regret, margin }
        } else {
            OpenPoint::MoreRuns { regret, margin, runs: self.runs_to_decide(regret / margin) }
        })
    }

    /// The uncertainty of a median falls with the square root of the runs.
    fn runs_to_decide(&self, excess: f64) -> u64 {
        let runs: usize = self.candidates.iter().map(|e| e.arm.values.len()).sum();
        ((excess * excess - 1.0) * runs as f64).ceil().max(1.0) as u64
    }

    /// Sizes that run but are not candidates (untuned, cut short, failed, or missed by at least
    /// half of their runs), and for which it is not known that they are worse than the recommended
    /// size.
    fn rivals(&self, decision: &Decision) -> impl Iterator<Item = u64> {
        let limit = self.candidates[decision.recommended].arm.log_objective();
        let candidate = |size| self.candidates.iter().any(|e| e.size == size);
        let runs = |e: &&SizeEvidence| !self.known.is_too_large(e.size) && !e.beyond_cliff;
        let rivals = self.all.iter().filter(runs).filter(move |e| !candidate(e.size));
        rivals
            .filter(move |e| e.least_log_objective().is_none_or(|least| Some(least) <= limit))
            .map(|e| e.size)
    }

    /// Sizes whose next run may change the answer. Sizes that a settled choice has already ruled
    /// out are not included.
    fn contenders(&self, decision: &Decision) -> Vec<u64> {
        let settled =
            decision.regret[decision.recommended].is_some_and(|regret| regret <= self.known.config().margin);
        let few = self.candidates.iter().any(|e| e.fresh < FINAL_SEEDS);
        let open = |k: usize| {
            let in_the_running = decision.best_set.contains(&k) || decision.tied_with.contains(&k);
            k == decision.recommended
                || decision.unresolved.contains(&k)
                || ((few || !settled) && in_the_running)
        };
        (0..self.candidates.len()).filter(|&k| open(k)).map(|k| self.candidates[k].size).collect()
    }

    /// The law over the tuned sizes with a median, or over all sizes by a strategy's judgement.
    /// `None` for quality, which has no steps to the target.
    fn law(&self) -> Option<Law> {
        match self.judgement {
            Some(judgement) => law_of_curves(&judgement.curves),
            None => fit_law(&self.law_points()),
        }
    }

    fn law_points(&self) -> Vec<(u64, f64)> {
        let tuned = self.all.iter().filter(|e| e.choice.tuned && !e.unmeasured());
        tuned.filter_map(|e| Some((self.known.effective(e.size), e.steps()?.median()?))).collect()
    }

    /// "Unreachable" only where every size was tried until its samples were used up: a study that
    /// was cut short has shown nothing.
    fn kind_without_decision(&self) -> VerdictKind {
        let reached = self.reached().next().is_some();
        let untried = |e: &SizeEvidence| {
            !self.known.is_too_large(e.size) && !e.beyond_cliff && self.known.best(e.size).is_none()
        };
        if reached || self.all.iter().any(untried) {
            VerdictKind::Undecided
        } else {
            VerdictKind::Unreachable
        }
    }

    /// What is unusual about single sizes, and about the law.
    fn remarks(&self, law: Option<&Law>) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut name = |remark: fn(Vec<u64>) -> Remark, applies: &dyn Fn(&SizeEvidence) -> bool| {
            let sizes: Vec<u64> = self.all.iter().filter(|e| applies(e)).map(|e| e.size).collect();
            if !sizes.is_empty() {
                remarks.push(remark(sizes));
            }
        };
        let runs = |e: &SizeEvidence| !self.known.is_too_large(e.size);
        name(|sizes| Remark::DidNotFit { sizes }, &|e| e.facts.fits == Some(false));
        let untuned = |e: &SizeEvidence| !e.judged && e.choice.best.is_some() && !e.choice.tuned;
        name(|sizes| Remark::NotTuned { sizes }, &untuned);
        name(|sizes| Remark::JudgedByLaw { sizes }, &|e| e.unmeasured());
        name(|sizes| Remark::MissedTarget { sizes }, &|e| runs(e) && !e.judged && self.missed(e.size));
        let failed = |e: &SizeEvidence| self.best_score(e.size) == Some(Score::Failed);
        name(|sizes| Remark::AllFailed { sizes }, &|e| runs(e) && failed(e));
        // A size without a step time is not even tried where the time of a step counts.
        let tried = |e: &SizeEvidence| e.measured;
        name(|sizes| Remark::NoneEnded { sizes }, &|e| {
            runs(e) && tried(e) && !e.judged && !e.beyond_cliff && self.best_score(e.size).is_none()
        });
        name(|sizes| Remark::NoFreshSeed { sizes }, &|e| !e.judged && e.judgeable() && e.fresh == 0);
        let untimed = |e: &SizeEvidence| runs(e) && e.facts.measurements.is_empty();
        name(|sizes| Remark::NoStepTime { sizes }, &|e| untimed(e) && !e.facts.left_untimed);
        name(|sizes| Remark::NotTimed { sizes }, &|e| untimed(e) && e.facts.left_untimed);
        let energy = self.known.config().objective == Objective::Energy;
        let no_energy = |e: &SizeEvidence| energy && !e.facts.measurements.is_empty() && !e.measured;
        name(|sizes| Remark::NoStepEnergy { sizes }, &no_energy);
        name(|sizes| Remark::StepTimesDiffer { sizes }, &|e| e.facts.drift() > 1.1);
        remarks.extend(self.known.cliffs().into_iter().map(Remark::from));
        remarks.extend(self.trials_failed());
        let points =
            self.judgement.map_or_else(|| self.law_points().len(), |judgement| judgement.sizes.len());
        if law.is_none() && points >= FEWEST_POINTS {
            remarks.push(Remark::NoLaw);
        }
        remarks
    }

    /// Reported only where other trials trained. Otherwise the failure is the verdict itself.
    fn trials_failed(&self) -> Option<Remark> {
        let ended: Vec<&TrialOutcome> = self.known.outcomes.iter().filter(|o| !o.interrupted).collect();
        let failed: Vec<&&TrialOutcome> = ended.iter().filter(|o| o.end == TrialEnd::Failed).collect();
        let error = failed.last()?.error.clone().unwrap_or_default();
        let (failed, of) = (failed.len() as u64, ended.len() as u64);
        (failed < of).then_some(Remark::TrialsFailed { failed, of, error })
    }

    fn best_score(&self, size: u64) -> Option<Score> {
        self.known.best(size).map(|best| best.1)
    }

    fn missed(&self, size: u64) -> bool {
        matches!(self.best_score(size), Some(Score::Missed(_) | Score::Diverged(_)))
    }
}
