//! From replays to tables: one row a bed and one for all, and regret as a curve against cost.

use batchwright_find::VerdictKind;
use serde::Serialize;

use crate::replay::{CURVE_COSTS, Replay};

/// Within this regret an answer is right.
const RIGHT: f64 = 0.1;

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub bed: String,
    pub studies: usize,
    pub regret: Regret,
    pub cost: Costs,
    /// Shares of studies.
    pub holds_best: f64,
    pub holds_close: f64,
    pub kinds: Kinds,
    /// Ended for their cost.
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

/// In trainings at the best size and rate.
#[derive(Debug, Serialize)]
pub(crate) struct Costs {
    pub mean: f64,
    pub median: f64,
    pub p90: f64,
}

/// Numbers of studies.
#[derive(Debug, Serialize)]
pub(crate) struct Kinds {
    pub best: usize,
    pub tie: usize,
    pub undecided: usize,
    pub unreachable: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct CurvePoint {
    pub cost: f64,
    #[serde(flatten)]
    pub regret: Regret,
}

/// One summary a bed, in the order of the replays, then one of all where there are several.
pub(crate) fn summaries(replays: &[Replay]) -> Vec<Summary> {
    let beds = replays.chunk_by(|a, b| a.bed == b.bed).map(|of| Summary::new(&of[0].bed, of));
    let mut summaries: Vec<Summary> = beds.collect();
    if summaries.len() > 1 {
        summaries.push(Summary::new("all", replays));
    }
    summaries
}

impl Summary {
    fn new(bed: &str, replays: &[Replay]) -> Self {
        let values = |of: fn(&Replay) -> f64| replays.iter().map(of).collect::<Vec<f64>>();
        let count = |is: &dyn Fn(&Replay) -> bool| replays.iter().filter(|replay| is(replay)).count();
        let share = |is: &dyn Fn(&Replay) -> bool| count(is) as f64 / replays.len() as f64;
        let kind = |kind: VerdictKind| count(&|replay| replay.kind == kind);
        let cost = values(|replay| replay.cost);
        let point = |(k, cost): (usize, f64)| {
            let regrets = replays.iter().map(|replay| replay.curve[k]).collect();
            CurvePoint { cost, regret: Regret::new(regrets) }
        };
        Self {
            bed: bed.to_owned(),
            studies: replays.len(),
            regret: Regret::new(values(|replay| replay.regret)),
            cost: Costs { mean: mean(&cost), median: quantile(cost.clone(), 0.5), p90: quantile(cost, 0.9) },
            holds_best: share(&|replay| replay.holds_best),
            holds_close: share(&|replay| replay.holds_close),
            kinds: Kinds {
                best: kind(VerdictKind::Best),
                tie: kind(VerdictKind::Tie),
                undecided: kind(VerdictKind::Undecided),
                unreachable: kind(VerdictKind::Unreachable),
            },
            stopped: count(&|replay| replay.stopped),
            trials: mean(&values(|replay| replay.trials as f64)),
            curve: CURVE_COSTS.into_iter().enumerate().map(point).collect(),
        }
    }
}

impl Regret {
    fn new(regrets: Vec<f64>) -> Self {
        let within = regrets.iter().filter(|&&regret| regret <= RIGHT).count();
        Self {
            within_10_percent: within as f64 / regrets.len() as f64,
            median: quantile(regrets.clone(), 0.5),
            p90: quantile(regrets, 0.9),
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Between the two nearest values, linearly. `values` is not empty.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = share * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// A row a bed.
pub(crate) fn table(summaries: &[Summary]) -> String {
    let mut text = format!(
        "{:<24} {:>7}  {:>7} {:>7} {:>5}  {:>6} {:>6} {:>6}  {:>5} {:>5}  {:>5} {:>4} {:>5} {:>6} {:>7}  {:>6}\n",
        "bed",
        "studies",
        "regret",
        "p90",
        "<=10%",
        "cost",
        "median",
        "p90",
        "holds",
        "close",
        "best",
        "tie",
        "open",
        "unreac",
        "stopped",
        "trials"
    );
    for Summary { bed, studies, regret, cost, holds_best, holds_close, kinds, stopped, trials, .. } in
        summaries
    {
        text += &format!(
            "{bed:<24} {studies:>7}  {:>7.3} {:>7.3} {:>5.0}  {:>6.1} {:>6.1} {:>6.1}  {:>5.0} {:>5.0}  {:>5} {:>4} {:>5} {:>6} {stopped:>7}  {trials:>6.1}\n",
            regret.median,
            regret.p90,
            100.0 * regret.within_10_percent,
            cost.mean,
            cost.median,
            cost.p90,
            100.0 * holds_best,
            100.0 * holds_close,
            kinds.best,
            kinds.tie,
            kinds.undecided,
            kinds.unreachable,
        );
    }
    text
}

/// Regret against cost, of one summary.
pub(crate) fn curve_table(summary: &Summary) -> String {
    let mut text = format!("{:>6} {:>6} {:>8} {:>8}   ({})\n", "cost", "<=10%", "median", "p90", summary.bed);
    for CurvePoint { cost, regret } in &summary.curve {
        let share = 100.0 * regret.within_10_percent;
        text += &format!("{cost:>6} {share:>6.0} {:>8.3} {:>8.3}\n", regret.median, regret.p90);
    }
    text
}
