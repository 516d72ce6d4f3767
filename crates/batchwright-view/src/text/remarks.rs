//! Remarks of a study and the open points of its verdict. Their English is the one that they bring along.

use batchwright_find::{OpenPoint, Remark};

use crate::lang::Lang;
use crate::number::{grouped, percent, significant};

impl Lang {
    /// A remark as a sentence.
    pub(crate) fn remark(self, remark: &Remark) -> String {
        match self {
            Self::En => remark.to_string(),
            Self::Ja => japanese_remark(remark),
        }
    }

    /// An open point as a clause without a full stop.
    pub(crate) fn open_point(self, point: &OpenPoint) -> String {
        match self {
            Self::En => point.to_string(),
            Self::Ja => japanese_point(point),
        }
    }

    /// What keeps a verdict open, in one sentence with a space before it where the language has one; empty where nothing is named.
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
}

fn japanese_remark(remark: &Remark) -> String {
    let list = |sizes: &[u64]| Lang::Ja.list(sizes);
    match remark {
        Remark::LeftOut { samples, same_as, sizes } => format!(
            "学習サンプルは {} 個なので、バッチサイズ {} は {} と同じ学習 (1 エポックが 1 ステップ) になるため、省きました。",
            grouped(*samples),
            list(sizes),
            grouped(*same_as)
        ),
        Remark::NotWorthMore { reuse } => format!(
            "これ以上の試行は、今後 {} 回の学習で節約できる分よりも高くつくため、行いませんでした。--reuse を大きくすると続けられます。",
            grouped(*reuse)
        ),
        Remark::OneRate => "コマンドが {lr} を受け取らないため、学習率は調整されていません。どのバッチサイズもプログラム自身の学習率で学習したので、その値に合うサイズが有利です。".to_owned(),
        Remark::UnevenLooks { least, largest } => format!(
            "評価の間隔がバッチサイズによって {least} サンプルから {largest} サンプルまで異なります。評価の回数が多いほど、ばらつく指標は早く目標を超えます。{{eval_steps}} ステップごとに評価させてください。"
        ),
        Remark::WallClock => "プログラムが秒数を出力しないため、行が届いた時刻で測りました。行の間に行われた評価の時間もステップ時間に含まれます。".to_owned(),
        Remark::StepTimeFailed { batch_size, error } => format!(
            "バッチサイズ {} のステップ時間の測定でエラーが発生しました: {error}",
            grouped(*batch_size)
        ),
        Remark::StoppedEarly => "予定していた試行がすべて終わる前に、実験は終了しました。".into(),
        Remark::RangeExtended { batch_size } => format!(
            "最良のサイズが範囲の端にあるように見えたため、バッチサイズ {} も試しました。",
            grouped(*batch_size)
        ),
        Remark::TargetRelaxed { wanted, share } => format!(
            "「予備実験の最良値 + 低下幅の {}」に届かないバッチサイズがあったため、目標を {} にゆるめました。",
            percent(*wanted),
            percent(*share)
        ),
        Remark::Accumulated { micro_batch_size, sizes } => format!(
            "{} サンプルずつのマイクロバッチに分けて計算したバッチサイズ (少ないメモリで同じステップになります): {}。",
            grouped(*micro_batch_size),
            list(sizes)
        ),
        Remark::DidNotFit { sizes } => {
            format!("メモリに収まらなかったバッチサイズ: {}。", list(sizes))
        }
        Remark::RaceInVain { runs } => format!(
            "最初の {} 回の試行がどれも目標に届かなかったため、予算の許す限り、すべてのサイズをすべての学習率で試しました。",
            grouped(*runs)
        ),
        Remark::LawContradicted { runs, of } => format!(
            "サイズどうしを比べるための法則と合わない試行が {} 回中およそ {} 回あったため、予算の許す限り、各サイズを個別に試しました。",
            grouped(*of),
            grouped(*runs)
        ),
        Remark::JudgedByLaw { sizes } => format!(
            "目標に届いた試行がなく、ほかのサイズの結果から推定したバッチサイズ: {}。",
            list(sizes)
        ),
        Remark::NotTuned { sizes } => {
            format!("学習率が未調整のため、判定には使わないバッチサイズ: {}。", list(sizes))
        }
        Remark::MissedTarget { sizes } => {
            format!("どの学習率でも目標に届かなかったバッチサイズ: {}。", list(sizes))
        }
        Remark::AllFailed { sizes } => format!("すべての試行が失敗したバッチサイズ: {}。", list(sizes)),
        Remark::TrialsFailed { failed, of, error } => format!(
            "{} 回の試行のうち {} 回でエラーが発生しました (結果には含めていません)。最後のエラー: {error}",
            grouped(*of),
            grouped(*failed)
        ),
        Remark::NoneEnded { sizes } => {
            format!("時間内に終わった試行がないバッチサイズ: {}。", list(sizes))
        }
        Remark::NoFreshSeed { sizes } => format!(
            "新しいシードでの試行がなく、学習率を選んだ試行だけで評価したバッチサイズ: {}。",
            list(sizes)
        ),
        Remark::NoStepTime { sizes } => {
            format!("ステップ時間を測定できなかったバッチサイズ: {}。", list(sizes))
        }
        Remark::StepTimesDiffer { sizes } => {
            format!("ステップ時間の測定値が 10% を超えてばらついたバッチサイズ: {}。", list(sizes))
        }
        Remark::Cliff { batch_size, times, excluded } => format!(
            "バッチサイズ {} では、1 サンプルあたりの時間が、より小さい最良のサイズの {} 倍かかります (メモリのスワップなどが考えられます)。{}",
            grouped(*batch_size),
            significant(*times, 3),
            if *excluded { "推奨の候補から外しました。" } else { "" }
        ),
        Remark::NoStepEnergy { sizes } => format!(
            "1 ステップのエネルギーを測定できず、判定に使わないバッチサイズ: {}。",
            list(sizes)
        ),
        Remark::NoStepTimeModel => {
            "ステップ時間のモデルは当てはめていません。「一定の時間 + 1 サンプルあたりの時間」では、測定値とのずれが 15% を超えます。".into()
        }
        Remark::NoLaw => {
            "法則は当てはめていません。試したサイズの範囲では、臨界バッチサイズを示す曲がり目が現れていません。"
                .into()
        }
    }
}

fn japanese_point(point: &OpenPoint) -> String {
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
        OpenPoint::NotJudged { sizes } => format!(
            "バッチサイズ {} は同じくらい良い可能性がありますが、評価できませんでした",
            Lang::Ja.list(sizes)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks() -> Vec<Remark> {
        let sizes = || vec![16, 2048];
        vec![
            Remark::LeftOut { samples: 1294, same_as: 2048, sizes: vec![4096, 8192] },
            Remark::NotWorthMore { reuse: 100 },
            Remark::OneRate,
            Remark::UnevenLooks { least: 64, largest: 4096 },
            Remark::WallClock,
            Remark::StepTimeFailed { batch_size: 16, error: "no clock".into() },
            Remark::StoppedEarly,
            Remark::RangeExtended { batch_size: 2048 },
            Remark::TargetRelaxed { wanted: 0.1, share: 0.2 },
            Remark::DidNotFit { sizes: sizes() },
            Remark::RaceInVain { runs: 12 },
            Remark::LawContradicted { runs: 4, of: 15 },
            Remark::JudgedByLaw { sizes: sizes() },
            Remark::NotTuned { sizes: sizes() },
            Remark::MissedTarget { sizes: sizes() },
            Remark::AllFailed { sizes: sizes() },
            Remark::TrialsFailed { failed: 2, of: 15, error: "no disk".into() },
            Remark::NoneEnded { sizes: sizes() },
            Remark::NoFreshSeed { sizes: sizes() },
            Remark::NoStepTime { sizes: sizes() },
            Remark::StepTimesDiffer { sizes: sizes() },
            Remark::Cliff { batch_size: 2048, times: 20.0, excluded: true },
            Remark::Cliff { batch_size: 2048, times: 4.0, excluded: false },
            Remark::NoStepEnergy { sizes: sizes() },
            Remark::NoStepTimeModel,
            Remark::NoLaw,
        ]
    }

    fn points() -> Vec<OpenPoint> {
        vec![
            OpenPoint::MoreRuns { regret: 0.08, margin: 0.05, runs: 40 },
            OpenPoint::SteadierStepTimes { regret: 0.08, margin: 0.05 },
            OpenPoint::Doubtful { probability: 0.2, limit: 0.1 },
            OpenPoint::NoRateTuned,
            OpenPoint::TooFewSeeds { needed: 3, sizes: vec![16] },
            OpenPoint::NotJudged { sizes: vec![16, 2048] },
        ]
    }

    fn are_two_languages(english: Vec<String>, japanese: Vec<String>) {
        assert!(english.iter().all(|text| text.is_ascii()), "{english:?}");
        assert!(japanese.iter().all(|text| text.contains(|c| c >= '\u{3000}')), "{japanese:?}");
        let distinct: std::collections::HashSet<&String> = english.iter().chain(&japanese).collect();
        assert_eq!(distinct.len(), english.len() + japanese.len());
    }

    /// Else a Japanese page has English in it, or two remarks say the same.
    #[test]
    fn every_remark_and_open_point_is_said_in_both_languages() {
        let said = |lang: Lang| remarks().iter().map(|remark| lang.remark(remark)).collect();
        are_two_languages(said(Lang::En), said(Lang::Ja));
        let said = |lang: Lang| points().iter().map(|point| lang.open_point(point)).collect();
        are_two_languages(said(Lang::En), said(Lang::Ja));
    }

    /// Else a number that decides is told in one language only.
    #[test]
    fn both_languages_tell_the_same_numbers() {
        let point = OpenPoint::MoreRuns { regret: 0.08, margin: 0.05, runs: 40 };
        assert_eq!(
            Lang::En.open_points(std::slice::from_ref(&point)),
            " Still open: its expected regret of 8.0% is above the margin of 5.0%; about 40 more runs would decide."
        );
        assert_eq!(
            Lang::Ja.open_points(&[point]),
            "未解決の点: 期待リグレット 8% が許容幅 5% を超えています (あと約 40 回の試行で決着する見込みです)。"
        );
        assert_eq!(Lang::Ja.open_points(&[]), "");
    }
}
