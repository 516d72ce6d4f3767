//! The race: the strategy that shares what it learns over sizes and rates. See `docs/RACE.md` for how it works and what it assumes.

mod belief;
mod model;
mod particles;
mod probe;

use batchwright_data::{Domain, Stream};

use crate::known::Known;
use crate::{Objective, Outcome, Phase, Step, Strategy, TrialEnd, TrialPlan, TrialRequest};
use belief::{Answer, Belief, Unit, on_grid};
use model::{Model, Observation, Said};
use particles::Particles;
use probe::Probe;

/// A run is cut off at this many times the objective of the best that is known.
const CUT: f64 = 1.4;
/// An unfinished run is known to need no more than this many times the samples that it used, whatever its curve looks like.
const MOST_FORESIGHT: f64 = 30.0;
const SEED_RANGE: u64 = 1 << 31;
/// Runs of an answer on seeds of its own before it is given.
const CONFIRMATIONS: usize = 2;

/// The strategy; see the module.
#[derive(Default)]
pub struct Race {
    probe: Probe,
    state: Option<State>,
    runs: u64,
}

struct State {
    sizes: Vec<u64>,
    model: Model,
    particles: Particles,
    observations: Vec<Observation>,
    taken: usize,
}

/// The answer as the race sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct RaceAnswer {
    /// Batch size.
    pub batch_size: u64,
    /// Rate.
    pub learning_rate: f64,
    /// Expected regret.
    pub regret: f64,
    /// By size.
    pub p_best: Vec<(u64, f64)>,
    /// Others.
    pub tied_with: Vec<u64>,
}

impl RaceAnswer {
    pub(crate) fn recommendation(&self) -> crate::Recommendation {
        crate::Recommendation {
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            expected_regret: self.regret,
            tied_with: self.tied_with.clone(),
        }
    }
    pub(crate) fn best_set(&self) -> Vec<u64> {
        let mut p = self.p_best.clone();
        p.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut sum = 0.0;
        let mut set: Vec<u64> = p
            .into_iter()
            .take_while(|x| {
                let go = sum < 0.9;
                sum += x.1;
                go
            })
            .map(|x| x.0)
            .collect();
        set.sort_unstable();
        set
    }
}

impl Strategy for Race {
    fn judge(&mut self, known: &Known) -> Option<RaceAnswer> {
        self.answer(known)
    }

    fn scouts(&self) -> bool {
        true
    }

    fn next(&mut self, known: &Known) -> Step {
        let Some((belief, mut random)) = self.belief(known) else { return Step::Done };
        let place = belief.cheapest_place();
        let state = self.state.as_ref().unwrap();
        let size = state.sizes[place];
        if let Some(rate) = self.probe.next(known, size) {
            return Step::Trials(vec![self.probe.plan(known, size, rate)]);
        }
        let Some((belief, _)) = self.belief(known) else { return Step::Done };
        match self.choose(known, &belief, &mut random) {
            Some((place, log_rate, phase)) => {
                Step::Trials(vec![self.plan(known, &belief, place, log_rate, phase)])
            }
            None => Step::Done,
        }
    }
}

impl Race {
    fn belief(&mut self, known: &Known) -> Option<(Belief, Stream)> {
        let sizes: Vec<u64> = known.sizes.keys().copied().collect();
        if known.live_sizes().is_empty() {
            return None;
        }
        if self.state.as_ref().is_none_or(|state| state.sizes != sizes) {
            let effective: Vec<u64> = sizes.iter().map(|&size| known.effective(size)).collect();
            let middle = sizes[sizes.len() / 2];
            let (centre, spread) = known.config().rates.prior(known.sizes[&middle].starting_rate);
            let model = Model::new(&effective, centre, spread);
            let particles = Particles::new(&model, known.config().seed);
            self.state = Some(State { sizes, model, particles, observations: Vec::new(), taken: 0 });
        }
        let state = self.state.as_mut()?;
        for outcome in &known.outcomes[state.taken..] {
            state.observations.extend(observation(known, &state.sizes, outcome));
        }
        state.taken = known.outcomes.len();
        if let Some((size, rate)) = self.probe.fastest_start() {
            let place = state.sizes.iter().position(|s| *s == size)?;
            state.observations.push(Observation { place, log_rate: rate.ln(), said: Said::FastestStart });
            self.probe.tell();
        }
        state.particles.learn(&state.model, &state.observations);
        let mut random = Stream::new(known.config().seed, Domain::Bootstrap, 1, known.outcomes.len() as u64);
        let units: Vec<Unit> = state.sizes.iter().map(|&size| unit(known, size)).collect();
        let belief = Belief::new(&state.model, &state.particles, &units, &mut random);
        Some((belief, random))
    }

    /// The answer as of now.
    pub fn answer(&mut self, known: &Known) -> Option<RaceAnswer> {
        let (belief, _) = self.belief(known)?;
        let sizes = &self.state.as_ref()?.sizes;
        let margin = known.config().margin;
        let answer = recommended(&belief, margin)?;
        let tied = (answer.place + 1..sizes.len()).filter(|&place| {
            belief.safest_at(place).is_some_and(|other| belief.regret_against(other, answer) <= margin)
        });
        Some(RaceAnswer {
            batch_size: sizes[answer.place],
            learning_rate: answer.log_rate.exp(),
            regret: answer.regret,
            p_best: sizes.iter().copied().zip(belief.p_best()).collect(),
            tied_with: tied.map(|place| sizes[place]).collect(),
        })
    }

    fn choose(&self, known: &Known, belief: &Belief, random: &mut Stream) -> Option<(usize, f64, Phase)> {
        let margin = known.config().margin;
        let answer = recommended(belief, margin)?;
        let state = self.state.as_ref()?;
        let size = state.sizes[answer.place];
        let hits = known.outcomes.iter().filter(|o| {
            o.plan.request.batch_size == size
                && (o.plan.request.learning_rate.ln() - answer.log_rate).abs() < 0.12
                && known.goals.goal().is_some_and(|g| o.curve.crossing(g).is_some())
        });
        let stop: f64 = std::env::var("STOP").ok().and_then(|s| s.parse().ok()).unwrap_or(0.6);
        if answer.regret <= stop * margin {
            if hits.count() >= CONFIRMATIONS {
                return None;
            }
            return Some((answer.place, answer.log_rate, Phase::Confirm));
        }
        let best = answer_objective(belief, answer);
        let reached =
            known.goals.goal().is_some_and(|g| known.outcomes.iter().any(|o| o.curve.crossing(g).is_some()));
        if !reached {
            let all = belief
                .in_play()
                .into_iter()
                .flat_map(|place| belief.trial_rates(place).into_iter().map(move |rate| (place, rate)));
            let wait = |&(place, rate): &(usize, f64)| belief.mean_log_wait(place, rate);
            return all
                .min_by(|a, b| wait(a).total_cmp(&wait(b)))
                .map(|(place, rate)| (place, rate, Phase::Tune));
        }
        let mut candidates: Vec<(f64, usize, f64)> = Vec::new();
        for place in belief.in_play() {
            for rate in belief.trial_rates(place) {
                let log_most = self.log_most(belief, best, place);
                let (worth, cost) = belief.worth(place, rate, log_most, random);
                candidates.push((worth.max(1e-4) / cost, place, rate));
            }
        }
        if std::env::var_os("TRACE").is_some() {
            eprintln!(
                "   rec {} {:.3} regret {:.3} p {:?}",
                size,
                answer.log_rate.exp(),
                answer.regret,
                belief.p_best().iter().map(|p| (p * 100.0).round()).collect::<Vec<_>>()
            );
        }
        candidates
            .into_iter()
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, place, rate)| (place, rate, Phase::Tune))
    }

    /// ln of the steps after which a run of this size is lost: where its objective is [`CUT`] times the best's.
    fn log_most(&self, belief: &Belief, log_best: f64, place: usize) -> f64 {
        let own = belief.log_objective(place, 0.5).min(log_best);
        let _ = own;
        log_best + CUT.ln() - belief.unit(place).log_step
    }

    fn plan(
        &mut self,
        known: &Known,
        belief: &Belief,
        place: usize,
        log_rate: f64,
        phase: Phase,
    ) -> TrialPlan {
        let size = self.state.as_ref().map_or(1, |state| state.sizes[place]);
        self.runs += 1;
        let answer = recommended(belief, known.config().margin);
        let best = answer.map(|answer| answer_objective(belief, answer));
        let reached =
            known.goals.goal().is_some_and(|g| known.outcomes.iter().any(|o| o.curve.crossing(g).is_some()));
        let steps = best.filter(|_| reached).map(|best| self.log_most(belief, best, place).exp());
        let request = TrialRequest {
            batch_size: size,
            learning_rate: on_grid(log_rate).exp(),
            seed: known.config().seed.wrapping_add(self.runs) % SEED_RANGE,
            max_samples: u64::MAX >> 8,
            eval_samples: known.scale.eval_samples,
        };
        let slack = if phase == Phase::Confirm { 2.0 } else { 1.0 };
        TrialPlan {
            request,
            phase,
            give_up_after: steps.map(|s| (slack * s) as u64 * known.effective(size)),
            foresight: true,
        }
    }
}

fn answer_objective(belief: &Belief, answer: &Answer) -> f64 {
    belief.log_objective_of(answer)
}

/// The smallest size whose answer is within the margin of the best and of the safest.
fn recommended(belief: &Belief, margin: f64) -> Option<&Answer> {
    let safest = belief.safest()?;
    let tie = std::env::var_os("NOTIE").is_none();
    let ok = |answer: &&Answer| answer.regret <= margin && belief.regret_against(answer, safest) <= margin;
    (0..=safest.place).filter_map(|place| belief.safest_at(place)).find(|a| tie && ok(a)).or(Some(safest))
}

fn unit(known: &Known, size: u64) -> Unit {
    let facts = &known.sizes[&size];
    let time = facts.step_time();
    let seconds = time.map_or(0.0, |t| t.median.ln());
    let (log_step, sd) = match known.config().objective {
        Objective::Samples => ((known.effective(size) as f64).ln(), 0.0),
        Objective::Time => (seconds, time.map_or(0.0, |t| (t.high / t.low).ln() / 3.92)),
        _ => (0.0, 0.0),
    };
    let live = facts.fits != Some(false) && (known.config().objective != Objective::Time || time.is_some());
    Unit { log_step, log_step_sd: sd, log_seconds: seconds, live }
}

fn observation(known: &Known, sizes: &[u64], outcome: &Outcome) -> Option<Observation> {
    let request = &outcome.plan.request;
    let place = sizes.iter().position(|size| *size == request.batch_size)?;
    let log_rate = request.learning_rate.ln();
    let crossing = known.goals.goal().and_then(|goal| outcome.curve.crossing(goal));
    let said = match (crossing, outcome.end) {
        (Some(at), _) => Said::Reached((at.step as f64).ln()),
        (_, TrialEnd::Diverged) => Said::Diverged,
        (_, TrialEnd::Failed | TrialEnd::DoesNotFit) => return None,
        _ => {
            let factor = outcome.foresight.clamp(1.0, MOST_FORESIGHT);
            Said::MoreThan((outcome.last.step.max(1) as f64 * factor).ln())
        }
    };
    Some(Observation { place, log_rate, said })
}
