//! What makes the reports of a training program doubtful, in words: in a check of a command and
//! beside the answer of a study.

use crate::lang::Lang;
use crate::number::{counted, duration, grouped, significant};
use batchwright_find::{EpochCause, SameAtSizes, Suspicion};

impl Lang {
    /// A doubt as sentences, with what to do about it.
    pub(crate) fn suspicion(self, suspicion: &Suspicion) -> String {
        match self {
            Self::En => english(suspicion),
            Self::Ja => japanese(suspicion),
        }
    }
}

fn english(suspicion: &Suspicion) -> String {
    match suspicion {
        Suspicion::AboveOne { metric, value, goal } => format!(
            "{metric} came to {}, and the target is {}: the program seems to print percent without the sign. Then the target is {}.",
            significant(*value, 4),
            significant(*goal, 4),
            significant(100.0 * goal, 4)
        ),
        Suspicion::NeverChanges { metric, value, rows } => format!(
            "{metric} was {} at each of {}: the program does not learn at all, or prints a number that is not measured anew.",
            significant(*value, 4),
            counted(&grouped(*rows), "look")
        ),
        Suspicion::NeverFinite { metric, rows } => format!(
            "{metric} was no finite number (NaN or infinite) at any of {}: see how the program computes it before blaming the learning rate.",
            counted(&grouped(*rows), "look")
        ),
        Suspicion::TwoValues { metric, step, values: [first, second] } => format!(
            "At one step {metric} has two values (at step {}: {}, then {}), and either may meet the target: does the program evaluate twice, on other data or with other weights? Name the one that is meant with --metric.",
            grouped(*step),
            significant(*first, 4),
            significant(*second, 4)
        ),
        Suspicion::RanOutOfMemory { batch_size, line } => format!(
            "At batch size {} the program said \"{line}\" and went on: where it makes its batches smaller, or leaves some out, this size is not what was trained.",
            grouped(*batch_size)
        ),
        Suspicion::MetAtFirstLook { metric, met, reached } => format!(
            "{} of {} that met the target had met it at the first look at {metric}: nothing is known of the way there. Choose a harder target, check its unit, or evaluate more often.",
            grouped(*met),
            counted(&grouped(*reached), "run")
        ),
        Suspicion::TrainingLoss { metric, samples } => format!(
            "The target is {metric}, the loss of the samples just used, averaged over {} at every size; the average says what was learnt only roughly. A validation loss is a firmer target.",
            counted(&grouped(*samples), "sample")
        ),
        Suspicion::BatchSizeUnused { sizes, same: SameAtSizes::StepsPerEpoch { steps } } => format!(
            "Does the batch size have an effect? At {} an epoch has the same {}: the program does not use the number that takes the place of {{batch_size}}, or its epochs are a fixed number of steps.",
            Lang::En.list(sizes),
            counted(&significant(*steps, 3), "step")
        ),
        Suspicion::BatchSizeUnused { sizes, same: SameAtSizes::Values { values } } => format!(
            "The batch size has no effect: at {} the same rate and seed gave the same {}, to the last digit. See whether the program uses the number that takes the place of {{batch_size}}.",
            Lang::En.list(sizes),
            counted(&grouped(*values), "value")
        ),
        Suspicion::OtherEpoch { batch_size, steps_per_epoch, samples, cause } => format!(
            "At batch size {} an epoch has about {}, where {} would make {}: {}",
            grouped(*batch_size),
            counted(&significant(*steps_per_epoch, 3), "step"),
            counted(&grouped(*samples), "sample"),
            significant(*samples as f64 / *batch_size as f64, 4),
            cause_in_english(*cause)
        ),
        Suspicion::StepsStand { step, rows } => format!(
            "The first {} all stand at step {}: let the program print the step that it has reached.",
            counted(&grouped(*rows), "evaluation"),
            grouped(*step)
        ),
        Suspicion::StepsFallBack { from, to } => format!(
            "After an evaluation at step {} one came at step {}, and was not counted: does the program train several times, or print from several processes?",
            grouped(*from),
            grouped(*to)
        ),
        Suspicion::SecondsFallBack { from, to } => format!(
            "The program's seconds went back from {} to {}, so the arrival of its rows counts. Let \"seconds\" count all training since the start.",
            duration(*from, Lang::En),
            duration(*to, Lang::En)
        ),
    }
}

fn cause_in_english(cause: EpochCause) -> String {
    match cause {
        EpochCause::LargerSteps { times } => format!(
            "a step seems to take {} batches (several devices, accumulation, or a size of the program's own).",
            grouped(times)
        ),
        EpochCause::SmallerSteps { parts } => {
            format!("a batch seems to be counted as {} steps (micro-batches).", grouped(parts))
        }
        EpochCause::OtherSamples { trained } => format!(
            "it seems to train on about {} (a part kept for validation?). Give --samples what it trains on.",
            counted(&grouped(trained), "sample")
        ),
    }
}

fn japanese(suspicion: &Suspicion) -> String {
    match suspicion {
        Suspicion::AboveOne { metric, value, goal } => format!(
            "{metric} の値は {} ですが、目標は {} です。プログラムは % 記号なしでパーセントを出力しているようです。その場合の目標は {} です。",
            significant(*value, 4),
            significant(*goal, 4),
            significant(100.0 * goal, 4)
        ),
        Suspicion::NeverChanges { metric, value, rows } => format!(
            "{metric} は {} 回の評価のすべてで {} でした。まったく学習していないか、測り直していない値を出力しています。",
            grouped(*rows),
            significant(*value, 4)
        ),
        Suspicion::NeverFinite { metric, rows } => format!(
            "{metric} は {} 回の評価のどれでも有限の数ではありませんでした (NaN または無限大)。学習率を疑う前に、プログラムでの計算方法を確認してください。",
            grouped(*rows)
        ),
        Suspicion::TwoValues { metric, step, values: [first, second] } => format!(
            "1 つのステップに {metric} の値が 2 つあり (ステップ {}: {} と {})、どちらでも目標に届いたとみなされます。別のデータや別の重みでも評価していないか確認し、使うほうを --metric で指定してください。",
            grouped(*step),
            significant(*first, 4),
            significant(*second, 4)
        ),
        Suspicion::RanOutOfMemory { batch_size, line } => format!(
            "バッチサイズ {} でプログラムは「{line}」と出力し、そのまま続けました。バッチを小さくしたり飛ばしたりしているなら、このサイズで学習したことになりません。",
            grouped(*batch_size)
        ),
        Suspicion::MetAtFirstLook { metric, met, reached } => format!(
            "目標に到達した {} 回の試行のうち {} 回は、最初に {metric} を評価した時点ですでに到達しており、そこまでの経過がわかりません。目標を厳しくするか、単位を確かめるか、もっと頻繁に評価させてください。",
            grouped(*reached),
            grouped(*met)
        ),
        Suspicion::TrainingLoss { metric, samples } => format!(
            "目標の {metric} は、使ったばかりのサンプルに対する損失です。どのサイズでも {} サンプルごとに平均していますが、学習の進み具合は大まかにしかわかりません。検証損失のほうが確かな目標になります。",
            grouped(*samples)
        ),
        Suspicion::BatchSizeUnused { sizes, same: SameAtSizes::StepsPerEpoch { steps } } => format!(
            "バッチサイズが効いていない可能性があります。{} のどれでも 1 エポックが {} ステップです。プログラムが {{batch_size}} に入る値を使っていないか、1 エポックのステップ数が固定されています。",
            Lang::Ja.list(sizes),
            significant(*steps, 3)
        ),
        Suspicion::BatchSizeUnused { sizes, same: SameAtSizes::Values { values } } => format!(
            "バッチサイズが効いていません。{} で、同じ学習率とシードの {} 個の値が最後の桁まで一致しました。プログラムが {{batch_size}} に入る値を使っているか確認してください。",
            Lang::Ja.list(sizes),
            grouped(*values)
        ),
        Suspicion::OtherEpoch { batch_size, steps_per_epoch, samples, cause } => format!(
            "バッチサイズ {} では 1 エポックが約 {} ステップですが、{} サンプルなら {} ステップになるはずです。{}",
            grouped(*batch_size),
            significant(*steps_per_epoch, 3),
            grouped(*samples),
            significant(*samples as f64 / *batch_size as f64, 4),
            cause_in_japanese(*cause)
        ),
        Suspicion::StepsStand { step, rows } => format!(
            "最初の {} 回の評価がすべてステップ {} になっています。到達したステップを出力させてください。",
            grouped(*rows),
            grouped(*step)
        ),
        Suspicion::StepsFallBack { from, to } => format!(
            "ステップ {} の評価の後にステップ {} の評価が届いたため、数えませんでした。学習を何度も繰り返しているか、複数のプロセスが出力していないか確認してください。",
            grouped(*from),
            grouped(*to)
        ),
        Suspicion::SecondsFallBack { from, to } => format!(
            "プログラムの秒数が {} から {} に戻ったため、行が届いた時刻で測りました。\"seconds\" には開始からの学習時間の合計を出力させてください。",
            duration(*from, Lang::Ja),
            duration(*to, Lang::Ja)
        ),
    }
}

fn cause_in_japanese(cause: EpochCause) -> String {
    match cause {
        EpochCause::LargerSteps { times } => format!(
            "1 ステップで {} バッチ分を使っているようです (複数のデバイス、勾配の累積、またはプログラム自身の固定値)。",
            grouped(times)
        ),
        EpochCause::SmallerSteps { parts } => {
            format!("1 つのバッチを {} ステップと数えているようです (マイクロバッチ)。", grouped(parts))
        }
        EpochCause::OtherSamples { trained } => format!(
            "約 {} サンプルで学習しているようです (一部を検証に使っている可能性があります)。--samples には実際に学習に使う数を指定してください。",
            grouped(trained)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, suspicions};

    /// Otherwise a Japanese page contains English, or two doubts have the same text.
    #[test]
    fn every_doubt_exists_in_both_languages() {
        let all = || suspicions().into_iter().chain(causes()).collect::<Vec<_>>();
        let texts = |lang: Lang| all().iter().map(|suspicion| lang.suspicion(suspicion)).collect();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }

    /// The causes and the evidence that the examples do not hold.
    fn causes() -> Vec<Suspicion> {
        let other =
            |cause| Suspicion::OtherEpoch { batch_size: 64, steps_per_epoch: 23.0, samples: 6000, cause };
        let same = SameAtSizes::Values { values: 12 };
        vec![
            other(EpochCause::SmallerSteps { parts: 2 }),
            other(EpochCause::OtherSamples { trained: 5376 }),
            Suspicion::BatchSizeUnused { sizes: vec![16, 64], same },
        ]
    }
}
