//! Texts of a check: what a study would read from the output of a command. The texts on what is
//! missing are in `findings`.

use crate::lang::Lang;
use crate::number::{counted, duration, grouped, significant};
use batchwright_command::read::{Coordinates, RecognisedSource, RowSource};
use batchwright_command::{CheckEnd, Checked, Finding};
use batchwright_find::RUNS_OF_A_STUDY;

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

    /// What was tried: batch size, learning rate and seed. A rate or seed that the program does not
    /// take is left out, as the trial did not use it.
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
        let second = checked.sizes.get(1).map(|second| grouped(second.batch_size));
        match (self, second) {
            (Self::En, Some(second)) => format!(
                "Run at {what}, and for a moment at batch size {second}. Nothing is remembered of it."
            ),
            (Self::En, None) => format!("Run once, at {what}. Nothing is remembered of it."),
            (Self::Ja, Some(second)) => format!(
                "{what} で 1 回実行し、続いてバッチサイズ {second} でも短く実行しました。結果は保存されません。"
            ),
            (Self::Ja, None) => format!("{what} で 1 回だけ実行しました。結果は保存されません。"),
        }
    }

    /// What a study costs at least, from the cost of one look.
    pub(crate) fn least_study(self, seconds: f64) -> String {
        let (runs, time) = (grouped(RUNS_OF_A_STUDY), duration(seconds, self));
        match self {
            Self::En => format!("{time} at least: about {runs} runs of one look or more"),
            Self::Ja => format!("少なくとも {time} (1 回以上評価する試行が約 {runs} 回)"),
        }
    }

    /// The live line while the check runs.
    pub(crate) fn checking(self) -> &'static str {
        self.pick(
            "one or two short trials; Ctrl-C shows what was read so far",
            "短い試行を実行中 (Ctrl-C でここまでに読み取った内容を表示)",
        )
    }

    /// How the check ended.
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

    /// The name of a format from which metrics are read.
    pub(crate) fn source(self, source: RowSource) -> String {
        let japanese = match source {
            RowSource::Json => "JSON の行",
            RowSource::Table => "見出しのある表",
            RowSource::File => "ファイル内の表または JSON の行",
            RowSource::TensorBoard => "TensorBoard のイベントファイル",
            RowSource::Bar => "プログレスバー",
            RowSource::Plain => "行に書かれた名前と数値",
            RowSource::Log => "ログファイルの行",
            // Names that are the same in both languages.
            RowSource::Metric | RowSource::HuggingFace | RowSource::Sklearn => return source.to_string(),
        };
        self.pick(source.to_string(), japanese.to_owned())
    }

    /// The coordinates that a metric's rows give beside its value: step, epoch, samples, seconds.
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

    /// The number of samples between two evaluations.
    pub(crate) fn samples_apart(self, samples: f64) -> String {
        let samples = grouped(samples.max(0.0) as u64);
        match self {
            Self::En => counted(&samples, "sample"),
            Self::Ja => format!("{samples} サンプル"),
        }
    }
}
