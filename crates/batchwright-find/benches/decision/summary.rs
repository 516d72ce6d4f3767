//! From replays to tables: one row per bed and one for all, and regret as a curve against cost.

use batchwright_find::VerdictKind;
use serde::Serialize;

use crate::replay::{CURVE_COSTS, Replay};

/// An answer with at most this regret is correct.
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
    /// Share of the verdicts `best` and `tie` whose regret is within [`RIGHT`]; null if there are
    /// none.
    pub final_right: Option<f64>,
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

/// One summary per bed, in the order of the replays, then one of all if there are several.
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
            kinds: Kinds::new(replays),
            final_right: final_right(replays),
            stopped: count(&|replay| replay.stopped),
            trials: mean(&values(|replay| replay.trials as f64)),
            curve: CURVE_COSTS.into_iter().enumerate().map(point).collect(),
        }
    }
}

impl Kinds {
    fn new(replays: &[Replay]) -> Self {
        let count = |kind| replays.iter().filter(|replay| replay.kind == kind).count();
        Self {
            best: count(VerdictKind::Best),
            tie: count(VerdictKind::Tie),
            undecided: count(VerdictKind::Undecided),
            unreachable: count(VerdictKind::Unreachable),
        }
    }
}

fn final_right(replays: &[Replay]) -> Option<f64> {
    let is_final = |replay: &&Replay| matches!(replay.kind, VerdictKind::Best | VerdictKind::Tie);
    let regrets: Vec<f64> = replays.iter().filter(is_final).map(|replay| replay.regret).collect();
    (!regrets.is_empty()).then(|| Regret::new(regrets).within_10_percent)
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

/// Quantile by linear interpolation between the two nearest values. `values` is not empty.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = share * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// Names of the columns, and their widths.
const COLUMNS: [(&str, usize); 16] = [
    ("studies", 7),
    ("regret", 8),
    ("p90", 7),
    ("<=10%", 6),
    ("cost", 8),
    ("median", 7),
    ("p90", 7),
    ("holds", 7),
    ("close", 6),
    ("best", 6),
    ("tie", 4),
    ("open", 5),
    ("unreach", 8),
    ("sure", 5),
    ("stopped", 8),
    ("trials", 7),
];
/// Width of the names of beds.
const NAMES: usize = 22;

/// One row per bed.
pub(crate) fn table(summaries: &[Summary]) -> String {
    let heads = COLUMNS.map(|column| column.0.to_owned());
    let rows = summaries.iter().map(|summary| row(&summary.bed, &cells(summary)));
    std::iter::once(row("bed", &heads)).chain(rows).collect()
}

fn row(name: &str, cells: &[String; COLUMNS.len()]) -> String {
    let cells = cells.iter().zip(COLUMNS).map(|(cell, (_, width))| format!("{cell:>width$}"));
    format!("{name:<NAMES$}{}\n", cells.collect::<String>())
}

fn cells(summary: &Summary) -> [String; COLUMNS.len()] {
    let Summary {
        studies, regret, cost, holds_best, holds_close, kinds, final_right, stopped, trials, ..
    } = summary;
    let percent = |share: f64| format!("{:.0}", 100.0 * share);
    [
        studies.to_string(),
        format!("{:.3}", regret.median),
        format!("{:.3}", regret.p90),
        percent(regret.within_10_percent),
        format!("{:.1}", cost.mean),
        format!("{:.1}", cost.median),
        format!("{:.1}", cost.p90),
        percent(*holds_best),
        percent(*holds_close),
        kinds.best.to_string(),
        kinds.tie.to_string(),
        kinds.undecided.to_string(),
        kinds.unreachable.to_string(),
        final_right.map_or("-".to_owned(), percent),
        stopped.to_string(),
        format!("{trials:.1}"),
    ]
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
