//! From replays to numbers: one summary per family of beds and one of all, and regret as a curve
//! against cost.

use batchwright_find::VerdictKind;
use serde::Serialize;

use crate::called::Called;
use crate::family::Family;
use crate::replay::{CURVE_COSTS, Replay};

/// An answer with at most this regret is correct.
const RIGHT: f64 = 0.1;
/// Most that one study counts in a mean regret.
const MOST_REGRET: f64 = 3.0;

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// A family, `all`, or a bed.
    pub of: String,
    pub per_bed: bool,
    pub studies: usize,
    pub regret: Regret,
    /// Null without any recommendation.
    pub mean_regret: Option<MeanRegret>,
    pub cost: Costs,
    /// Shares of studies.
    pub holds_best: f64,
    pub holds_close: f64,
    pub kinds: Kinds,
    /// Share of the verdicts `best` and `tie` whose regret is within [`RIGHT`]; null if there are
    /// none.
    pub final_right: Option<f64>,
    /// Sizes that were called tied with the recommendation, see `CalledTied`.
    pub slow_tied: Called,
    pub close_tied: Called,
    pub equal_tied: EqualTied,
    /// Ended because of their cost.
    pub stopped: usize,
    /// Mean.
    pub trials: f64,
    pub curve: Vec<CurvePoint>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Regret {
    pub median: f64,
    pub p90: f64,
    /// Share of studies within [`RIGHT`].
    pub within_10_percent: f64,
}

/// Over the studies that recommend something, each at most [`MOST_REGRET`].
#[derive(Debug, Serialize)]
pub(crate) struct MeanRegret {
    /// As the recommendation says itself.
    pub claimed: f64,
    #[serde(rename = "true")]
    pub actual: f64,
}

/// In trainings at the best size and rate.
#[derive(Debug, Serialize)]
pub(crate) struct Costs {
    pub mean: f64,
    pub median: f64,
    pub p90: f64,
    /// Mean of the part for step times.
    pub step_times: f64,
}

/// Numbers of studies.
#[derive(Debug, Serialize)]
pub(crate) struct Kinds {
    pub best: usize,
    pub tie: usize,
    pub undecided: usize,
    pub unreachable: usize,
}

/// Numbers of studies of a bed with equal sizes, by how many of these are the recommendation or
/// called tied with it: all of them, at least two (so that all count here too), at most one.
#[derive(Debug, Serialize)]
pub(crate) struct EqualTied {
    pub all: usize,
    pub two: usize,
    pub none: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct CurvePoint {
    pub cost: f64,
    #[serde(flatten)]
    pub regret: Regret,
}

/// One summary per bed if wanted, in the order of the replays; then one per family; then one of all
/// if there are several families, in which families count alike.
pub(crate) fn summaries(replays: &[Replay], per_bed: bool) -> Vec<Summary> {
    let all: Vec<&Replay> = replays.iter().collect();
    let beds = all.chunk_by(|a, b| a.bed == b.bed).filter(|_| per_bed);
    let beds = beds.map(|of| Summary { per_bed: true, ..Summary::new(&of[0].bed, of) });
    let of = |family: Family| {
        let of: Vec<&Replay> = all.iter().copied().filter(|replay| replay.family == family).collect();
        (!of.is_empty()).then(|| Summary::new(&family.to_string(), &of))
    };
    let families: Vec<Summary> = Family::ALL.into_iter().filter_map(of).collect();
    let total = (families.len() > 1).then(|| Summary::mean("all", &families));
    beds.chain(families).chain(total).collect()
}

impl Summary {
    fn new(of: &str, replays: &[&Replay]) -> Self {
        let values = |of: fn(&Replay) -> f64| replays.iter().map(|it| of(it)).collect::<Vec<f64>>();
        let count = |is: &dyn Fn(&Replay) -> bool| replays.iter().filter(|it| is(it)).count();
        let share = |is: &dyn Fn(&Replay) -> bool| count(is) as f64 / replays.len() as f64;
        let called = |of: fn(&Replay) -> Called| Called::sum(replays.iter().map(|it| of(it)));
        let point = |(k, cost): (usize, f64)| {
            let regrets = replays.iter().map(|replay| replay.curve[k]).collect();
            CurvePoint { cost, regret: Regret::new(regrets) }
        };
        Self {
            of: of.to_owned(),
            per_bed: false,
            studies: replays.len(),
            regret: Regret::new(values(|replay| replay.regret)),
            mean_regret: MeanRegret::new(replays),
            cost: Costs::new(values(|replay| replay.cost), &values(|replay| replay.step_times_cost)),
            holds_best: share(&|replay| replay.holds_best),
            holds_close: share(&|replay| replay.holds_close),
            kinds: Kinds::new(replays),
            final_right: final_right(replays),
            slow_tied: called(|replay| replay.called_tied.slow),
            close_tied: called(|replay| replay.called_tied.close),
            equal_tied: EqualTied::new(replays),
            stopped: count(&|replay| replay.stopped),
            trials: mean(&values(|replay| replay.trials as f64)),
            curve: CURVE_COSTS.into_iter().enumerate().map(point).collect(),
        }
    }

    /// The mean over other summaries, which count alike however many studies they have. Numbers of
    /// studies and sizes are summed.
    fn mean(of: &str, all: &[Self]) -> Self {
        let mean = |value: fn(&Self) -> f64| mean(&all.iter().map(value).collect::<Vec<f64>>());
        let sum = |value: fn(&Self) -> usize| all.iter().map(value).sum();
        let called = |value: fn(&Self) -> Called| Called::sum(all.iter().map(value));
        let point = |(k, cost): (usize, f64)| CurvePoint {
            cost,
            regret: Regret::mean(all.iter().map(|it| &it.curve[k].regret)),
        };
        Self {
            of: of.to_owned(),
            per_bed: false,
            studies: sum(|it| it.studies),
            regret: Regret::mean(all.iter().map(|it| &it.regret)),
            mean_regret: MeanRegret::mean(all.iter().filter_map(|it| it.mean_regret.as_ref())),
            cost: Costs {
                mean: mean(|it| it.cost.mean),
                median: mean(|it| it.cost.median),
                p90: mean(|it| it.cost.p90),
                step_times: mean(|it| it.cost.step_times),
            },
            holds_best: mean(|it| it.holds_best),
            holds_close: mean(|it| it.holds_close),
            kinds: Kinds {
                best: sum(|it| it.kinds.best),
                tie: sum(|it| it.kinds.tie),
                undecided: sum(|it| it.kinds.undecided),
                unreachable: sum(|it| it.kinds.unreachable),
            },
            final_right: mean_of_some(all.iter().filter_map(|it| it.final_right)),
            slow_tied: called(|it| it.slow_tied),
            close_tied: called(|it| it.close_tied),
            equal_tied: EqualTied {
                all: sum(|it| it.equal_tied.all),
                two: sum(|it| it.equal_tied.two),
                none: sum(|it| it.equal_tied.none),
            },
            stopped: sum(|it| it.stopped),
            trials: mean(|it| it.trials),
            curve: CURVE_COSTS.into_iter().enumerate().map(point).collect(),
        }
    }
}

impl MeanRegret {
    fn mean<'a>(all: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let (claimed, actual): (Vec<f64>, Vec<f64>) = all.map(|it| (it.claimed, it.actual)).unzip();
        (!claimed.is_empty()).then(|| Self { claimed: mean(&claimed), actual: mean(&actual) })
    }

    fn new(replays: &[&Replay]) -> Option<Self> {
        let of = |replay: &&Replay| {
            let claimed = replay.recommended.as_ref()?.expected_regret;
            Some((claimed.min(MOST_REGRET), replay.regret.min(MOST_REGRET)))
        };
        let (claimed, actual): (Vec<f64>, Vec<f64>) = replays.iter().filter_map(of).unzip();
        (!claimed.is_empty()).then(|| Self { claimed: mean(&claimed), actual: mean(&actual) })
    }
}

impl Costs {
    fn new(costs: Vec<f64>, step_times: &[f64]) -> Self {
        Self {
            mean: mean(&costs),
            median: quantile(costs.clone(), 0.5),
            p90: quantile(costs, 0.9),
            step_times: mean(step_times),
        }
    }
}

impl Kinds {
    fn new(replays: &[&Replay]) -> Self {
        let count = |kind| replays.iter().filter(|replay| replay.kind == kind).count();
        Self {
            best: count(VerdictKind::Best),
            tie: count(VerdictKind::Tie),
            undecided: count(VerdictKind::Undecided),
            unreachable: count(VerdictKind::Unreachable),
        }
    }
}

impl EqualTied {
    fn new(replays: &[&Replay]) -> Self {
        let equal: Vec<Called> =
            replays.iter().map(|it| it.called_tied.equal).filter(|it| it.of > 0).collect();
        let count = |is: fn(&Called) -> bool| equal.iter().filter(|called| is(called)).count();
        Self {
            all: count(|called| called.tied == called.of),
            two: count(|called| called.tied >= 2),
            none: count(|called| called.tied < 2),
        }
    }
}

fn final_right(replays: &[&Replay]) -> Option<f64> {
    let is_final = |replay: &&&Replay| matches!(replay.kind, VerdictKind::Best | VerdictKind::Tie);
    let regrets: Vec<f64> = replays.iter().filter(is_final).map(|replay| replay.regret).collect();
    (!regrets.is_empty()).then(|| Regret::new(regrets).within_10_percent)
}

impl Regret {
    fn mean<'a>(all: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let mean = |value: fn(&Self) -> f64| mean(&all.clone().map(value).collect::<Vec<f64>>());
        Self {
            median: mean(|it| it.median),
            p90: mean(|it| it.p90),
            within_10_percent: mean(|it| it.within_10_percent),
        }
    }

    fn new(regrets: Vec<f64>) -> Self {
        let within = regrets.iter().filter(|&&regret| regret <= RIGHT).count();
        Self {
            within_10_percent: within as f64 / regrets.len() as f64,
            median: quantile(regrets.clone(), 0.5),
            p90: quantile(regrets, 0.9),
        }
    }
}

fn mean_of_some(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| mean(&values))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Quantile by linear interpolation between the two nearest values. `values` is not empty.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = share * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
