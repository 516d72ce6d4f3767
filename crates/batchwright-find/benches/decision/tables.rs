//! Summaries as tables of text.

use crate::called::Called;
use crate::summary::{CurvePoint, Summary};

/// Width of the names of families and beds.
const NAMES: usize = 22;

/// A column: its head, its width, and its cell of a summary.
type Column = (&'static str, usize, fn(&Summary) -> String);

const ANSWERS: [Column; 10] = [
    ("studies", 8, |it| it.studies.to_string()),
    ("<=10%", 7, |it| percent(it.regret.within_10_percent)),
    ("regret", 8, |it| format!("{:.3}", it.regret.median)),
    ("p90", 8, |it| format!("{:.3}", it.regret.p90)),
    ("claimed", 9, |it| optional(it.mean_regret.as_ref().map(|mean| format!("{:.3}", mean.claimed)))),
    ("true", 7, |it| optional(it.mean_regret.as_ref().map(|mean| format!("{:.3}", mean.actual)))),
    ("cost", 8, |it| format!("{:.1}", it.cost.mean)),
    ("median", 8, |it| format!("{:.1}", it.cost.median)),
    ("p90", 7, |it| format!("{:.1}", it.cost.p90)),
    ("steps", 7, |it| format!("{:.2}", it.cost.step_times)),
];

const HONESTY: [Column; 11] = [
    ("holds", 7, |it| percent(it.holds_best)),
    ("close", 7, |it| percent(it.holds_close)),
    ("best", 6, |it| it.kinds.best.to_string()),
    ("tie", 5, |it| it.kinds.tie.to_string()),
    ("open", 6, |it| it.kinds.undecided.to_string()),
    ("unreach", 9, |it| it.kinds.unreachable.to_string()),
    ("sure", 6, |it| optional(it.final_right.map(percent))),
    ("tied >25%", 12, |it| called(it.slow_tied)),
    ("tied <=5%", 12, |it| called(it.close_tied)),
    ("stopped", 9, |it| it.stopped.to_string()),
    ("trials", 8, |it| format!("{:.1}", it.trials)),
];

const TIES: [Column; 4] = [
    ("studies", 8, |it| it.studies.to_string()),
    ("all three", 11, |it| it.equal_tied.all.to_string()),
    ("two or more", 13, |it| it.equal_tied.two.to_string()),
    ("none", 6, |it| it.equal_tied.none.to_string()),
];

/// Regret and cost. `claimed` and `true` are mean regrets, `steps` is the part of the mean cost for
/// step times.
pub(crate) fn answers(summaries: &[Summary]) -> String {
    table(&ANSWERS, summaries)
}

/// What the studies say of their own answers.
pub(crate) fn honesty(summaries: &[Summary]) -> String {
    table(&HONESTY, summaries)
}

/// Of beds with three equal sizes.
pub(crate) fn ties(summaries: &[Summary]) -> String {
    table(&TIES, summaries)
}

fn table(columns: &[Column], summaries: &[Summary]) -> String {
    let row = |name: &str, cell: &dyn Fn(&Column) -> String| {
        let cells = columns.iter().map(|column| format!("{:>1$}", cell(column), column.1));
        format!("{name:<NAMES$}{}\n", cells.collect::<String>())
    };
    let heads = row("", &|column| column.0.to_owned());
    let rows = summaries.iter().map(|summary| row(&summary.of, &|column| (column.2)(summary)));
    std::iter::once(heads).chain(rows).collect()
}

fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

fn optional(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "-".to_owned())
}

fn called(Called { tied, of }: Called) -> String {
    format!("{tied}/{of}")
}

/// Regret against cost, per family and of all.
pub(crate) fn curves(summaries: &[Summary]) -> String {
    summaries.iter().filter(|summary| !summary.per_bed).map(curve).collect()
}

fn curve(summary: &Summary) -> String {
    let mut text = format!("{:>6} {:>6} {:>8} {:>8}   ({})\n", "cost", "<=10%", "median", "p90", summary.of);
    for CurvePoint { cost, regret } in &summary.curve {
        let share = 100.0 * regret.within_10_percent;
        text += &format!("{cost:>6} {share:>6.0} {:>8.3} {:>8.3}\n", regret.median, regret.p90);
    }
    text
}
