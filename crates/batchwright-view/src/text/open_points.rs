//! Open points: why the verdict of a study is not final.

use crate::lang::Lang;
use crate::number::{counted, grouped, percent};
use batchwright_find::OpenPoint;

impl Lang {
    /// The open points of a verdict in one sentence. It begins with a space in languages that put
    /// one between sentences. Empty where there are no open points.
    pub(crate) fn open_points(self, points: &[OpenPoint]) -> String {
        if points.is_empty() {
            return String::new();
        }
        let clauses: Vec<String> = points.iter().map(|point| self.open_point(point)).collect();
        match self {
            Self::En => format!(" Still open: {}.", clauses.join("; ")),
            Self::Ja => format!("未解決の点: {}。", clauses.join("。")),
        }
    }

    /// An open point as a clause without a full stop.
    pub(crate) fn open_point(self, point: &OpenPoint) -> String {
        match self {
            Self::En => english(point),
            Self::Ja => japanese(point),
        }
    }
}

fn english(point: &OpenPoint) -> String {
    let above = |regret: &f64, margin: &f64| {
        format!("its expected regret of {} is above the margin of {}", percent(*regret), percent(*margin))
    };
    match point {
        OpenPoint::MoreRuns { regret, margin, runs } => {
            format!("{}; about {} would decide", above(regret, margin), counted(&grouped(*runs), "more run"))
        }
        OpenPoint::SteadierStepTimes { regret, margin } => format!(
            "{}, and step times differ between passes: a quiet machine would decide sooner than more runs",
            above(regret, margin)
        ),
        OpenPoint::Doubtful { probability, limit } => format!(
            "with a probability of {} it is more than {} worse than the best",
            percent(*probability),
            percent(*limit)
        ),
        OpenPoint::NoRateTuned => {
            "no size's learning rate is tuned: its best lies at the end of the rates that were tried"
                .to_owned()
        }
        OpenPoint::TooFewSeeds { needed, sizes } => {
            let seeds = counted(&grouped(*needed), "fresh seed");
            format!("fewer than {seeds} were run at {}", Lang::En.list(sizes))
        }
        OpenPoint::MetAtFirstLook { reached } => format!(
            "{} that met the target met it at the first look, so that the sizes were not told apart: choose a harder target, check its unit, or evaluate more often",
            counted_all(*reached)
        ),
        OpenPoint::NotJudged { sizes } => {
            let noun = if sizes.len() == 1 { "size" } else { "sizes" };
            format!("{noun} {} may be as good but could not be judged", Lang::En.list(sizes))
        }
    }
}

/// "all 9 runs"; at least two.
fn counted_all(runs: u64) -> String {
    format!("all {}", counted(&grouped(runs), "run"))
}

fn japanese(point: &OpenPoint) -> String {
    let above = |regret: &f64, margin: &f64| {
        format!("期待リグレット {} が許容幅 {} を超えています", percent(*regret), percent(*margin))
    };
    match point {
        OpenPoint::MoreRuns { regret, margin, runs } => {
            format!("{} (あと約 {} 回の試行で決着する見込みです)", above(regret, margin), grouped(*runs))
        }
        OpenPoint::SteadierStepTimes { regret, margin } => format!(
            "{} (ステップ時間が測定のたびに変動しているため、試行を増やすよりも、ほかの処理を止めて測り直すほうが早く決着します)",
            above(regret, margin)
        ),
        OpenPoint::Doubtful { probability, limit } => format!(
            "最良のサイズより {} を超えて劣る確率が {} あります",
            percent(*limit),
            percent(*probability)
        ),
        OpenPoint::NoRateTuned => {
            "どのサイズの学習率も未調整です (最良の値が、試した範囲の端にあります)".into()
        }
        OpenPoint::TooFewSeeds { needed, sizes } => format!(
            "バッチサイズ {} では、新しいシードでの試行が {} 回に達していません",
            Lang::Ja.list(sizes),
            grouped(*needed)
        ),
        OpenPoint::MetAtFirstLook { reached } => format!(
            "目標に到達した {} 回の試行がすべて最初の評価で到達したため、サイズの違いを区別できません (目標を厳しくするか、単位を確かめるか、もっと頻繁に評価させてください)",
            grouped(*reached)
        ),
        OpenPoint::NotJudged { sizes } => format!(
            "バッチサイズ {} は同じくらい良い可能性がありますが、評価できませんでした",
            Lang::Ja.list(sizes)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, open_points};

    /// Otherwise a Japanese page contains English, or two open points have the same text.
    #[test]
    fn every_open_point_exists_in_both_languages() {
        let texts = |lang: Lang| open_points().iter().map(|point| lang.open_point(point)).collect();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }

    /// Otherwise only one language tells the numbers that decide.
    #[test]
    fn both_languages_tell_the_same_numbers() {
        let point = OpenPoint::MoreRuns { regret: 0.08, margin: 0.05, runs: 40 };
        assert_eq!(
            Lang::En.open_points(std::slice::from_ref(&point)),
            " Still open: its expected regret of 8% is above the margin of 5%; about 40 more runs would decide."
        );
        assert_eq!(
            Lang::Ja.open_points(&[point]),
            "未解決の点: 期待リグレット 8% が許容幅 5% を超えています (あと約 40 回の試行で決着する見込みです)。"
        );
        assert_eq!(Lang::Ja.open_points(&[]), "");
    }

    #[test]
    fn one_size_is_singular() {
        let text = |sizes: &[u64]| Lang::En.open_point(&OpenPoint::NotJudged { sizes: sizes.to_vec() });
        assert_eq!(text(&[8]), "size 8 may be as good but could not be judged");
        assert_eq!(text(&[8, 16]), "sizes 8 and 16 may be as good but could not be judged");
    }
}
