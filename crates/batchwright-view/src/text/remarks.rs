//! Remarks of a study: what a reader of the answer should know.

use crate::lang::Lang;
use crate::number::{counted, duration, grouped, percent, significant};
use crate::text::reported::in_japanese;
use batchwright_find::Remark;

impl Lang {
    /// A remark as one sentence or two.
    pub(crate) fn remark(self, remark: &Remark) -> String {
        match self {
            Self::En => english(remark),
            Self::Ja => japanese(remark),
        }
    }
}

fn english(remark: &Remark) -> String {
    let list = |sizes: &[u64]| Lang::En.list(sizes);
    match remark {
        Remark::LeftOut { samples, same_as, sizes } => format!(
            "Left out, for with {} they are the same training as {}, one step an epoch: {}.",
            counted(&grouped(*samples), "training sample"),
            grouped(*same_as),
            list(sizes)
        ),
        Remark::NotWorthMore { reuse } => format!(
            "A further run would cost more than a better answer could save in the next {}; with a larger --reuse the study goes on.",
            counted(&grouped(*reuse), "training")
        ),
        Remark::OneRate => "One rate, not tuned: the command takes no {lr}, so each size was run at the program's own rate, which favours the size that it suits.".to_owned(),
        Remark::UnevenLooks { least, largest } => format!(
            "The program evaluates after {} at some sizes and after {} at others: a noisy metric that is looked at more often passes earlier. Let it evaluate every {{eval_steps}} steps.",
            counted(&grouped(*least), "sample"),
            grouped(*largest)
        ),
        Remark::Suspicious { of } => Lang::En.suspicion(of),
        Remark::LooksAreDear { look_seconds, runs, seconds } => format!(
            "The budget is too small for this program: one look at the metric takes {}, so that about {} need {} at least.",
            duration(*look_seconds, Lang::En),
            counted(&grouped(*runs), "run"),
            duration(*seconds, Lang::En)
        ),
        Remark::WallClock => "The program tells no seconds, so those of its lines' arrival count: evaluations between two lines are in the step times. A program that holds its lines back must flush them, or print to a terminal (`--pty`).".to_owned(),
        Remark::StepTimeFailed { batch_size, error } => {
            format!("Step time of batch size {}: {error}.", grouped(*batch_size))
        }
        Remark::WentOnOtherwise { trials } => format!(
            "After the interruption the study asked for other trials than before, because its settings or the program changed. {trials} earlier {} count as evidence.",
            if *trials == 1 { "trial" } else { "trials" }
        ),
        Remark::StoppedEarly => "The study was stopped before it had run all that it wanted to.".to_owned(),
        Remark::RangeExtended { batch_size } => format!(
            "The best size seemed to lie at an end of the range, so {} was tried too.",
            grouped(*batch_size)
        ),
        Remark::TargetRelaxed { wanted, share } => format!(
            "Not every batch size reached the pilot's best loss plus {} of its fall; the target was relaxed to {}.",
            percent(*wanted),
            percent(*share)
        ),
        Remark::Accumulated { micro_batch_size, sizes } => format!(
            "Computed in micro-batches of {}, the same step, batch norm aside, with less memory: {}.",
            grouped(*micro_batch_size),
            list(sizes)
        ),
        Remark::DidNotFit { sizes } => format!("Did not fit: {}.", list(sizes)),
        Remark::RaceInVain { runs } => format!(
            "None of the first {} reached the target, so all sizes were tried at all rates, as far as the budget went.",
            counted(&grouped(*runs), "run")
        ),
        Remark::JudgedByLaw { sizes } => format!(
            "Judged by what other sizes show, for no run of their own reached the target: {}.",
            list(sizes)
        ),
        Remark::NotTuned { sizes } => format!("Not tuned, so no verdict rests on them: {}.", list(sizes)),
        Remark::MissedTarget { sizes } => format!("Missed the target at every rate: {}.", list(sizes)),
        Remark::AllFailed { sizes } => format!("Every trial failed: {}.", list(sizes)),
        Remark::TrialsFailed { failed, of, error } => {
            let (failed, of) = (grouped(*failed), counted(&grouped(*of), "trial"));
            format!("{failed} of {of} failed, and counted for nothing; the last: {error}.")
        }
        Remark::NoneEnded { sizes } => format!("No trial ended in time: {}.", list(sizes)),
        Remark::NoFreshSeed { sizes } => format!(
            "Judged by the trials that chose the rate, for no fresh seed was run: {}.",
            list(sizes)
        ),
        Remark::NoStepTime { sizes } => format!("Step time could not be measured: {}.", list(sizes)),
        Remark::NotTimed { sizes } => format!(
            "Steps were not timed, because the sizes beside them tell enough: {}.",
            list(sizes)
        ),
        Remark::StepTimesDiffer { sizes } => {
            format!("Step time differed by more than 10% between most passes: {}.", list(sizes))
        }
        Remark::Cliff { batch_size, times, excluded } => format!(
            "At batch size {} a sample takes {} times as long as at the best smaller size, as if memory were swapped or spilled{}.",
            grouped(*batch_size),
            significant(*times, 3),
            if *excluded { ": it is no candidate" } else { "" }
        ),
        Remark::NoStepEnergy { sizes } => format!(
            "The energy of a step could not be measured, so no verdict rests on them: {}.",
            list(sizes)
        ),
        Remark::NoStepTimeModel => "No model of the step time: a constant part and a part for each sample do not describe the measured times within 15%.".to_owned(),
        Remark::NoLaw => "No law was fitted: over these sizes steps fall as the batch grows, or stay, without a bend that would show a critical batch size.".to_owned(),
    }
}

fn japanese(remark: &Remark) -> String {
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
            "評価の間隔がバッチサイズによって {} サンプルから {} サンプルまで異なります。評価の回数が多いほど、ばらつく指標は早く目標を超えます。{{eval_steps}} ステップごとに評価させてください。",
            grouped(*least),
            grouped(*largest)
        ),
        Remark::Suspicious { of } => Lang::Ja.suspicion(of),
        Remark::LooksAreDear { look_seconds, runs, seconds } => format!(
            "このプログラムには予算が足りません。指標を 1 回評価するまでに {} かかるため、約 {} 回の試行には少なくとも {} 必要です。",
            duration(*look_seconds, Lang::Ja),
            grouped(*runs),
            duration(*seconds, Lang::Ja)
        ),
        Remark::WallClock => "プログラムが秒数を出力しないため、行が届いた時刻で測りました。行の間に行われた評価の時間もステップ時間に含まれます。出力をためるプログラムでは、行ごとに書き出させる (flush) か、`--pty` を付けてください。".to_owned(),
        Remark::StepTimeFailed { batch_size, error } => format!(
            "バッチサイズ {} のステップ時間の測定でエラーが発生しました: {}",
            grouped(*batch_size),
            in_japanese(error)
        ),
        Remark::WentOnOtherwise { trials } => format!(
            "設定かプログラムが変わったため、中断後の実験は以前とは別の試行を選びました。以前の試行のうち {trials} 件は証拠として数えます。"
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
            "{} サンプルずつのマイクロバッチに分けて計算したバッチサイズ (バッチ正規化を除き、少ないメモリで同じステップになります): {}。",
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
            "{} 回の試行のうち {} 回でエラーが発生しました (結果には含めていません)。最後のエラー: {}",
            grouped(*of),
            grouped(*failed),
            in_japanese(error)
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
        Remark::NotTimed { sizes } => {
            format!("前後のサイズから十分にわかるため、ステップ時間を測っていません: {}。", list(sizes))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, remarks};

    /// Otherwise a Japanese page contains English, or two remarks have the same text.
    #[test]
    fn every_remark_exists_in_both_languages() {
        let spared = Remark::Cliff { batch_size: 2048, times: 4.0, excluded: false };
        let all = [remarks(), vec![spared]].concat();
        let texts = |lang: Lang| all.iter().map(|remark| lang.remark(remark)).collect();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }

    /// Otherwise a remark shows its numbers in another form than the sentences around it.
    #[test]
    fn numbers_are_those_of_all_sentences() {
        let sizes = vec![16, 2048];
        for (remark, english) in [
            (Remark::DidNotFit { sizes }, "Did not fit: 16 and 2,048."),
            (
                Remark::TargetRelaxed { wanted: 0.1, share: 0.125 },
                "Not every batch size reached the pilot's best loss plus 10% of its fall; the target was relaxed to 12.5%.",
            ),
            (
                Remark::Cliff { batch_size: 2048, times: 20.049, excluded: true },
                "At batch size 2,048 a sample takes 20 times as long as at the best smaller size, as if memory were swapped or spilled: it is no candidate.",
            ),
        ] {
            assert_eq!(Lang::En.remark(&remark), english);
        }
    }
}
