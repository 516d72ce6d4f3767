//! What would be read of a command, and what is missing. The English of findings is the one that they bring along.

use batchwright_command::read::{Coordinates, RecognisedSource, RowSource};
use batchwright_command::{CheckEnd, Checked, Finding};

use crate::lang::Lang;
use crate::number::{duration, grouped, significant};

impl Lang {
    /// Whether a study could run, in one sentence.
    pub(crate) fn check_answer(self, checked: &Checked) -> String {
        let metric = &checked.metric;
        let source = checked.source.map(|source| self.source(source)).unwrap_or_default();
        match (self, checked.could_run) {
            (Self::En, true) => format!("A study could run: it would read {metric} from: {source}."),
            (Self::Ja, true) => {
                format!("この実験は実行できます。{metric} は次の形式から読み取ります: {source}。")
            }
            (Self::En, false) => "A study could not run yet.".to_owned(),
            (Self::Ja, false) => "この実験はまだ実行できません。".to_owned(),
        }
    }

    /// What was tried. A rate and a seed that the program does not take are not those of the trial.
    pub(crate) fn check_request(self, checked: &Checked) -> String {
        let request = &checked.request;
        let lacks = |placeholder: &Finding| checked.findings.contains(placeholder);
        let (size, rate) = (grouped(request.batch_size), significant(request.learning_rate, 3));
        let size = match self {
            Self::En => format!("batch size {size} (the smallest)"),
            Self::Ja => format!("バッチサイズ {size} (最小)"),
        };
        let rate = (!lacks(&Finding::OneRate)).then(|| match self {
            Self::En => format!("learning rate {rate} (the middle of the range)"),
            Self::Ja => format!("学習率 {rate} (範囲の中央)"),
        });
        let seed = (!lacks(&Finding::NoSeed)).then(|| format!("{} {}", self.trial_seed(), request.seed));
        let what = [Some(size), rate, seed].into_iter().flatten().collect::<Vec<_>>().join(self.comma());
        match self {
            Self::En => format!("Run once, at {what}. Nothing is remembered of it."),
            Self::Ja => format!("{what} で 1 回だけ実行しました。結果は保存されません。"),
        }
    }

    /// The live line while it runs.
    pub(crate) fn checking(self) -> &'static str {
        self.pick(
            "one short trial; Ctrl-C shows what was read so far",
            "短い試行を 1 回実行中 (Ctrl-C でここまでに読み取った内容を表示)",
        )
    }

    /// How it ended.
    pub(crate) fn check_end(self, checked: &Checked) -> String {
        let time = duration(checked.seconds, self);
        let end = match checked.end {
            CheckEnd::Finished => self.pick("it finished", "正常に終了"),
            CheckEnd::SeenEnough => self.pick("stopped: enough was seen", "十分に読み取れたため停止"),
            CheckEnd::Interrupted => {
                self.pick("stopped: by you, or by --budget", "中断または --budget により停止")
            }
            CheckEnd::NotUnderstood => self.pick(
                "stopped: nothing was understood within --start-timeout",
                "--start-timeout までに何も認識できなかったため停止",
            ),
            CheckEnd::Deadline => self.pick("stopped: at --trial-timeout", "--trial-timeout により停止"),
            CheckEnd::Silent => self.pick(
                "stopped: silent for longer than is allowed (--start-timeout, --silence-timeout)",
                "出力が途絶えたため停止 (--start-timeout、--silence-timeout)",
            ),
            CheckEnd::OutOfMemory => self.pick("out of memory", "メモリ不足"),
            CheckEnd::BadFlag => self.pick("it does not take its flags", "引数を受け付けずに終了"),
            CheckEnd::Crashed => self.pick("it failed", "異常終了"),
        };
        match self {
            Self::En => format!("{end}, after {time}"),
            Self::Ja => format!("{end} ({time})"),
        }
    }

    /// A format that metrics are read from.
    pub(crate) fn source(self, source: RowSource) -> String {
        let japanese = match source {
            RowSource::Json => "JSON の行",
            RowSource::Keras => "Keras のプログレスバー",
            RowSource::Fastai => "fastai の表",
            RowSource::Lightning => "Lightning の metrics.csv",
            RowSource::TensorBoard => "TensorBoard のイベントファイル",
            RowSource::Plain => "行に書かれた名前と数値",
            // Names that are the same in both languages.
            RowSource::Metric | RowSource::HuggingFace | RowSource::Sklearn => return source.to_string(),
        };
        self.pick(source.to_string(), japanese.to_owned())
    }

    /// What the rows of a metric say beside it.
    pub(crate) fn coordinates(self, coordinates: Coordinates) -> String {
        let Coordinates { step, epoch, samples, seconds } = coordinates;
        let told = [(step, "step"), (epoch, "epoch"), (samples, "samples"), (seconds, "seconds")];
        told.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect::<Vec<_>>().join(self.comma())
    }

    /// The first row of a source, as it was printed.
    pub(crate) fn example(self, source: RowSource, found: &RecognisedSource) -> String {
        let (source, example) = (self.source(source), found.example.trim());
        match self {
            Self::En => format!("{source}, e.g. {example}"),
            Self::Ja => format!("{source}の例: {example}"),
        }
    }

    /// Samples between two looks.
    pub(crate) fn samples_apart(self, samples: f64) -> String {
        let samples = grouped(samples.max(0.0) as u64);
        match self {
            Self::En => format!("{samples} samples"),
            Self::Ja => format!("{samples} サンプル"),
        }
    }

    /// A finding as sentences.
    pub(crate) fn finding(self, finding: &Finding) -> String {
        match self {
            Self::En => capitalised(&finding.to_string()),
            Self::Ja => japanese(finding),
        }
    }
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn japanese(finding: &Finding) -> String {
    match finding {
        Finding::OutOfMemory { batch_size, evidence } => format!(
            "バッチサイズ {} でメモリが不足しました: {evidence}。--batch-sizes をより小さい値から始めてください。",
            grouped(*batch_size)
        ),
        Finding::BadFlag { evidence } => format!("プログラムが引数を受け付けませんでした: {evidence}"),
        Finding::Crashed { death, .. } => {
            format!("プログラムが異常終了しました ({death})。最後の出力を下に示します。")
        }
        Finding::NothingPrinted { metric } => format!(
            "何も出力されませんでした。評価のたびに {{\"step\": 10, \"{metric}\": 0.3}} のような行を出力させてください。端末にだけ出力するプログラムには --pty を指定してください。"
        ),
        Finding::NothingRecognised { metric, lines, .. } => format!(
            "出力された {} 行から指標を認識できませんでした。{{\"step\": 10, \"{metric}\": 0.3}} のような行を出力させるか、--metric '{metric}=validation: (\\S+)' のように出力の形を指定してください。",
            grouped(*lines)
        ),
        Finding::MetricMissing { metric, others } => format!(
            "{metric} は出力されませんでした (出力された指標: {})。そのどれかを --target に指定するか、もっと早く評価させるか、--metric '{metric}=正規表現' で {metric} の出力の形を指定してください。",
            others.join("、")
        ),
        Finding::OnlyEpoch { metric } => format!(
            "{metric} の行にはエポックしか書かれておらず、サンプル数を数えられません。--samples N で学習サンプル数を指定してください。"
        ),
        Finding::NoPosition { metric } => format!(
            "{metric} の行から、学習のどの時点かがわかりません。step (または samples、epoch) を一緒に出力させてください。最後に 1 回だけ出力する場合は --objective quality を指定してください。"
        ),
        Finding::UnreadableFile { error } => format!("読み取れないファイルがあります: {error}"),
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
    use std::collections::BTreeSet;

    fn findings() -> Vec<Finding> {
        let metric = || "val_loss".to_owned();
        let evidence = || "line".to_owned();
        vec![
            Finding::OutOfMemory { batch_size: 8192, evidence: evidence() },
            Finding::BadFlag { evidence: evidence() },
            Finding::Crashed { death: "exit code 3".to_owned(), last_lines: vec![] },
            Finding::NothingPrinted { metric: metric() },
            Finding::NothingRecognised { metric: metric(), lines: 7, last_lines: vec![] },
            Finding::MetricMissing { metric: metric(), others: vec!["a".to_owned(), "b".to_owned()] },
            Finding::OnlyEpoch { metric: metric() },
            Finding::NoPosition { metric: metric() },
            Finding::UnreadableFile { error: "a.csv: damaged".to_owned() },
            Finding::HeldBack { rows: 3, seconds: 9.5 },
            Finding::OneLook,
            Finding::WallClock,
            Finding::OwnInterval,
            Finding::OtherInterval { asked: 80, between: 500 },
            Finding::OneRate,
            Finding::NoSeed,
        ]
    }

    /// Else a Japanese check has English in it, or the flag to give is named in one language only.
    #[test]
    fn every_finding_is_said_in_both_languages_with_the_same_flags() {
        fn flags(text: &str) -> BTreeSet<&str> {
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_{}".contains(c)));
            words.filter(|word| word.starts_with("--") || word.starts_with('{')).collect()
        }
        for finding in findings() {
            let (english, japanese) = (Lang::En.finding(&finding), Lang::Ja.finding(&finding));
            assert!(english.is_ascii() && japanese.contains(|c| c >= '\u{3000}'), "{english} {japanese}");
            assert_eq!(flags(&english), flags(&japanese));
        }
    }
}
