//! Sentences about several runs side by side.

use crate::lang::Lang;
use crate::number::{grouped, significant};
use batchwright_train::RunRecord;

impl Lang {
    /// The heading of a comparison.
    pub(crate) fn comparison(self) -> &'static str {
        self.pick("comparison of runs", "学習の比較")
    }

    /// Which run has the lowest validation loss, if they are measured on the same samples.
    pub(crate) fn compared(self, records: &[RunRecord]) -> String {
        let count = records.len();
        let first = records.first().map(measured_on);
        if records.iter().any(|record| Some(measured_on(record)) != first) {
            return match self {
                Self::En => {
                    format!("{count} runs on different data or splits: their losses cannot be compared.")
                }
                Self::Ja => {
                    format!("データか分割の異なる {count} 件の学習です。損失は互いに比べられません。")
                }
            };
        }
        let best = records
            .iter()
            .filter_map(|record| Some((record, record.result.as_ref()?.validation.best_loss)))
            .filter(|(_, loss)| loss.is_finite())
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((record, loss)) = best else {
            return match self {
                Self::En => format!("{count} runs; none of them has a result with a finite loss yet."),
                Self::Ja => format!("{count} 件の学習。損失が有限の結果はまだありません。"),
            };
        };
        let (name, loss) = (&record.name, significant(loss, 3));
        match self {
            Self::En => format!("Of {count} runs, {name} has the lowest validation loss, {loss}."),
            Self::Ja => format!("{count} 件の学習のうち、検証の損失が最も小さいのは {name} の {loss} です。"),
        }
    }

    /// Why samples are the axis that is shown first.
    pub(crate) fn compare_by_samples(self) -> &'static str {
        self.pick(
            "Compare runs of different batch size over samples or time: one step of batch size 512 uses 16 times the samples of a step of 32. The best validation loss of one run each also differs by chance; other seeds tell.",
            "バッチサイズの違う学習は、サンプル数か時間で比べてください。バッチサイズ 512 の 1 ステップは、32 の 1 ステップの 16 倍のサンプルを使います。1 回ずつの学習では偶然の差もあるので、シードを変えて確かめてください。",
        )
    }

    /// The title of a chart of several runs.
    pub(crate) fn overlay_chart(self, loss: bool) -> &'static str {
        if loss {
            self.pick("Validation loss of each run", "各学習の検証の損失")
        } else {
            self.pick("Validation accuracy of each run", "各学習の検証の正解率")
        }
    }

    /// A run in the legend: its number in the chart, its name, its batch size.
    pub(crate) fn numbered_run(self, number: usize, record: &RunRecord) -> String {
        let size = grouped(record.plan.batching.batch_size);
        format!("{number}  {} ({} {size})", record.name, self.batch_size())
    }

    /// A chart of several runs in words.
    pub(crate) fn overlay_described(self, axis: &str, runs: &[String]) -> String {
        let runs = runs.join(self.pick("; ", "、"));
        match self {
            Self::En => format!("A line chart over {axis}, a line a run. At the end: {runs}."),
            Self::Ja => format!("{axis}に対して描いた折れ線グラフ (1 本が 1 つの学習)。終了時: {runs}。"),
        }
    }
}

/// The settings that decide which samples a validation loss is measured on.
fn measured_on(record: &RunRecord) -> Vec<&(String, String)> {
    let decide = ["data", "label", "task", "split-seed"];
    record.settings.iter().filter(|(key, _)| decide.contains(&key.as_str())).collect()
}
