//! Findings of a check: what prevents a study of a command or makes it weaker, and what to do about
//! it.

use crate::lang::Lang;
use crate::number::{counted, duration, grouped};
use crate::text::reported::in_japanese;
use batchwright_command::Finding;
use batchwright_command::process::shell_line;
use batchwright_command::read::Suggestion;
use std::ffi::OsString;

impl Lang {
    /// A finding as sentences.
    pub(crate) fn finding(self, finding: &Finding) -> String {
        match self {
            Self::En => english(finding),
            Self::Ja => japanese(finding),
        }
    }
}

fn english(finding: &Finding) -> String {
    match finding {
        Finding::OutOfMemory { batch_size, evidence } => format!(
            "Out of memory at batch size {}: {evidence}. Give smaller --batch-sizes.",
            grouped(*batch_size)
        ),
        Finding::BadFlag { evidence } => format!("The program does not take its flags: {evidence}"),
        Finding::Crashed { death, .. } => {
            format!("The program failed with {death}. See its last lines below.")
        }
        Finding::NothingPrinted { metric } => format!(
            "It printed nothing. Let it print a line like {{\"step\": 10, \"{metric}\": 0.3}} after each evaluation; if it prints to a terminal only, give --pty."
        ),
        Finding::NothingRecognised { lines, suggestion: Some(suggestion), .. } => format!(
            "No metric was recognised in {}. This one looks most like it: {} Read it with {}. A program that draws a bar on a terminal needs --pty.",
            counted(&grouped(*lines), "line"),
            suggestion.line.trim(),
            flag(suggestion)
        ),
        Finding::MetricMissing { metric, others, suggestion: Some(suggestion) } => format!(
            "It did not report {metric}, but {}. This line looks most like it: {} Read it with {}, or give one of the others as --target.",
            others.join(", "),
            suggestion.line.trim(),
            flag(suggestion)
        ),
        Finding::NothingRecognised { metric, lines, .. } => format!(
            "No metric was recognised in {}. Let it print a line like {{\"step\": 10, \"{metric}\": 0.3}}, or say how it prints one: --metric '{metric}=validation: (\\S+)'.",
            counted(&grouped(*lines), "line")
        ),
        Finding::MetricMissing { metric, others, .. } => format!(
            "It did not report {metric}, but {}. Give one of them as --target, evaluate earlier, or say how {metric} is printed: --metric '{metric}=REGEX'.",
            others.join(", ")
        ),
        Finding::OnlyEpoch { metric } => format!(
            "The rows of {metric} say only the epoch, which counts no samples. Give --samples N, the number of training samples."
        ),
        Finding::NoPosition { metric, suggestion: Some(suggestion) } => format!(
            "The rows of {metric} do not say where training was, unless this line does: {} If so, read it with {}; otherwise let the program print step (or samples, or epoch) beside it.",
            suggestion.line.trim(),
            flag(suggestion)
        ),
        Finding::NoPosition { metric, .. } => format!(
            "The rows of {metric} do not say where training was. Let the program print step (or samples, or epoch) beside it; if it is told once, at the end, give --objective quality."
        ),
        Finding::Unplaced { error } => format!("No row of the metric could be counted: {error}."),
        Finding::Suspicious { of } => Lang::En.suspicion(of),
        Finding::UnreadableFile { error } => error.clone(),
        Finding::FailedAtEnd { death, .. } => format!(
            "The program failed with {death} after its training. A study takes the rows that it had printed; see its last lines below."
        ),
        Finding::HeldBack { rows: 1, seconds } => format!(
            "The only row came at the end, after {}: the output seems to be held back. Let the program flush after each row, or try --pty.",
            duration(*seconds, Lang::En)
        ),
        Finding::HeldBack { rows, seconds } => format!(
            "All {} rows came together at the end, after {}: the output seems to be held back. Let the program flush after each row, or try --pty.",
            grouped(*rows),
            duration(*seconds, Lang::En)
        ),
        Finding::OneLook => "The metric came only once before the program ended. A study sees no earlier than at a look that the target is reached: evaluate more often.".to_owned(),
        Finding::WallClock => "It prints no seconds, so rows are timed by their arrival, and evaluations between two rows count as steps. Print \"seconds\" (of training alone) to leave them out.".to_owned(),
        Finding::OwnInterval => "It does not take {eval_steps}, so that small and large sizes are looked at after different numbers of samples. Add it where the program takes its interval.".to_owned(),
        Finding::OtherInterval { asked, between } => format!(
            "It was asked to evaluate every {} and did so every {}. See whether {{eval_steps}} is where the program takes its interval.",
            counted(&grouped(*asked), "sample"),
            grouped(*between)
        ),
        Finding::OneRate => "It does not take {lr}: each size would be run at the program's own rate (one rate, not tuned), which favours the size that this rate suits.".to_owned(),
        Finding::NoSeed => "It does not take {seed}: all runs of one size and rate may be the same, and the intervals would say nothing about luck.".to_owned(),
    }
}

/// The flag that reads a line, as it is typed into a shell.
fn flag(suggestion: &Suggestion) -> String {
    format!("--metric {}", shell_line(&[OsString::from(&suggestion.metric)]))
}

fn japanese(finding: &Finding) -> String {
    match finding {
        Finding::OutOfMemory { batch_size, evidence } => format!(
            "バッチサイズ {} でメモリが不足しました: {evidence}。--batch-sizes をより小さい値から始めてください。",
            grouped(*batch_size)
        ),
        Finding::BadFlag { evidence } => format!("プログラムが引数を受け付けませんでした: {evidence}"),
        Finding::Crashed { death, .. } => {
            format!("プログラムが異常終了しました ({})。最後の出力を下に示します。", in_japanese(death))
        }
        Finding::NothingPrinted { metric } => format!(
            "何も出力されませんでした。評価のたびに {{\"step\": 10, \"{metric}\": 0.3}} のような行を出力させてください。端末にだけ出力するプログラムには --pty を指定してください。"
        ),
        Finding::NothingRecognised { lines, suggestion: Some(suggestion), .. } => format!(
            "出力された {} 行から指標を認識できませんでした。最も指標らしいのは次の行です: {} この行は {} で読み取れます。端末にバーを描くプログラムには --pty を指定してください。",
            grouped(*lines),
            suggestion.line.trim(),
            flag(suggestion)
        ),
        Finding::MetricMissing { metric, others, suggestion: Some(suggestion) } => format!(
            "{metric} は出力されませんでした (出力された指標: {})。最もそれらしいのは次の行です: {} この行は {} で読み取れます。ほかの指標を --target に指定することもできます。",
            others.join("、"),
            suggestion.line.trim(),
            flag(suggestion)
        ),
        Finding::NothingRecognised { metric, lines, .. } => format!(
            "出力された {} 行から指標を認識できませんでした。{{\"step\": 10, \"{metric}\": 0.3}} のような行を出力させるか、--metric '{metric}=validation: (\\S+)' のように出力の形を指定してください。",
            grouped(*lines)
        ),
        Finding::MetricMissing { metric, others, .. } => format!(
            "{metric} は出力されませんでした (出力された指標: {})。そのどれかを --target に指定するか、もっと早く評価させるか、--metric '{metric}=正規表現' で {metric} の出力の形を指定してください。",
            others.join("、")
        ),
        Finding::OnlyEpoch { metric } => format!(
            "{metric} の行にはエポックしか書かれておらず、サンプル数を数えられません。--samples N で学習サンプル数を指定してください。"
        ),
        Finding::NoPosition { metric, suggestion: Some(suggestion) } => format!(
            "{metric} の行から、学習のどの時点かがわかりません。次の行の数値がそれを表しているなら: {} {} で読み取れます。そうでなければ、step (または samples、epoch) を一緒に出力させてください。",
            suggestion.line.trim(),
            flag(suggestion)
        ),
        Finding::NoPosition { metric, .. } => format!(
            "{metric} の行から、学習のどの時点かがわかりません。step (または samples、epoch) を一緒に出力させてください。最後に 1 回だけ出力する場合は --objective quality を指定してください。"
        ),
        Finding::Unplaced { error } => {
            format!("指標の行を数えられませんでした: {}。", in_japanese(error))
        }
        Finding::Suspicious { of } => Lang::Ja.suspicion(of),
        Finding::UnreadableFile { error } => format!("読み取れないファイルがあります: {error}"),
        Finding::FailedAtEnd { death, .. } => format!(
            "プログラムは学習を終えた後に失敗しました ({})。実験では、それまでに出力された行を使います。下の最後の出力を確認してください。",
            in_japanese(death)
        ),
        Finding::HeldBack { rows, seconds } => format!(
            "{} 行すべてが、開始から {} 後の終了間際にまとめて届きました。出力がバッファに溜められているようです。行ごとにフラッシュさせるか、--pty を試してください。",
            grouped(*rows),
            duration(*seconds, Lang::Ja)
        ),
        Finding::OneLook => "指標は 1 回しか出力されませんでした。目標に届いたことは評価の時点でしかわからないため、もっと頻繁に評価させてください。".to_owned(),
        Finding::WallClock => "秒数が出力されないため、行が届いた時刻で測ります。行の間に行われた評価の時間もステップ時間に含まれます。除くには、学習だけにかかった時間を \"seconds\" として出力させてください。".to_owned(),
        Finding::OwnInterval => "コマンドが {eval_steps} を受け取らないため、評価までのサンプル数がバッチサイズによって異なります。評価の間隔を指定する引数に {eval_steps} を渡してください。".to_owned(),
        Finding::OtherInterval { asked, between } => format!(
            "{} サンプルごとの評価を指定しましたが、実際の間隔は {} サンプルでした。{{eval_steps}} を渡す引数を確認してください。",
            grouped(*asked),
            grouped(*between)
        ),
        Finding::OneRate => "コマンドが {lr} を受け取らないため、学習率は調整されません。どのバッチサイズもプログラム自身の学習率で学習するので、その値に合うサイズが有利になります。".to_owned(),
        Finding::NoSeed => "コマンドが {seed} を受け取らないため、同じサイズと学習率の試行はすべて同じ結果になる可能性があり、区間にはシードによるばらつきが反映されません。".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, findings};
    use std::collections::BTreeSet;

    /// Otherwise a Japanese check contains English, or only one language names the flag to use.
    #[test]
    fn every_finding_exists_in_both_languages_with_the_same_flags() {
        fn flags(text: &str) -> BTreeSet<&str> {
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_{}".contains(c)));
            words.filter(|word| word.starts_with("--") || word.starts_with('{')).collect()
        }
        let texts = |lang: Lang| findings().iter().map(|finding| lang.finding(finding)).collect();
        let (english, japanese): (Vec<String>, Vec<String>) = (texts(Lang::En), texts(Lang::Ja));
        for (english, japanese) in english.iter().zip(&japanese) {
            assert_eq!(flags(english), flags(japanese));
        }
        are_two_languages(english, japanese);
    }
}
