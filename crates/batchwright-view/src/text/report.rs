//! What reports say besides: titles and legends of the charts of trials, the headings of a Markdown
//! report, and what is left out of a page.

use crate::chart::trials::EndMark;
use crate::lang::Lang;
use crate::number::{grouped, significant};
use crate::trial_line::TrialLine;

impl Lang {
    /// The title of the learning curves of all trials.
    pub(crate) fn trials_chart(self) -> &'static str {
        self.pick("Learning curves of all trials", "すべての試行の学習曲線")
    }

    /// The heading of these curves.
    pub(crate) fn trial_curves(self) -> &'static str {
        self.pick("Learning curves", "学習曲線")
    }

    /// What the curves of trials show and how they are to be read.
    pub(crate) fn trial_curves_note(self) -> &'static str {
        self.pick(
            "Each line is a trial: its best value so far, since a study keeps no other rows. Its colour tells the batch size, the mark at its end how it ended. Compare sizes over samples or time, not over steps.",
            "1 本の線が 1 回の試行で、それまでの最良の値を表します (実験はほかの値を残しません)。色はバッチサイズ、終わりの印は終わり方を示します。サイズどうしは、ステップ数ではなくサンプル数か時間で比べてください。",
        )
    }

    /// The vertical axis of the curves of trials.
    pub(crate) fn best_of_metric(self, metric: &str) -> String {
        match self {
            Self::En => format!("{metric}, best so far"),
            Self::Ja => format!("{metric} (それまでの最良)"),
        }
    }

    /// How a trial ended, in a word or two.
    pub(crate) fn end_mark(self, mark: EndMark) -> &'static str {
        match mark {
            EndMark::Reached => self.pick("reached the target", "目標に到達"),
            EndMark::Missed => self.pick("missed it", "届かず"),
            EndMark::Lost => self.pick("stopped early", "途中で中止"),
            EndMark::Diverged => self.pick("diverged", "発散"),
            EndMark::Running => self.pick("running", "実行中"),
        }
    }

    /// A trial that was ended with its study.
    pub(crate) fn interrupted_mark(self) -> &'static str {
        self.pick("cut off", "中断")
    }

    /// The curves of trials in words.
    pub(crate) fn trials_described(self, lines: usize, axis: &str, counts: &[String]) -> String {
        let (lines, counts) = (grouped(lines as u64), counts.join(self.comma()));
        match self {
            Self::En => format!("A line chart over {axis}, a line a trial, {lines} in all: {counts}."),
            Self::Ja => {
                format!("{axis}に対して描いた折れ線グラフ (1 本が 1 つの試行、全部で {lines} 本)。{counts}。")
            }
        }
    }

    /// A trial at the cursor of a chart.
    pub(crate) fn trial_line(self, line: &TrialLine) -> String {
        let (size, rate) = (grouped(line.batch_size), significant(line.learning_rate, 3));
        let end = match line.interrupted {
            true => self.interrupted_mark(),
            false => self.end_mark(EndMark::of(line)),
        };
        match self {
            Self::En => format!("size {size}, rate {rate}, seed {}, {end}:", line.seed),
            Self::Ja => format!("サイズ {size}、学習率 {rate}、シード {}、{end}:", line.seed),
        }
    }

    pub(crate) fn surface_of_time(self) -> &'static str {
        self.pick("Batch size × learning rate: time to target", "バッチサイズ × 学習率: 目標までの時間")
    }

    pub(crate) fn surface_of_energy(self) -> &'static str {
        self.pick(
            "Batch size × learning rate: energy to target",
            "バッチサイズ × 学習率: 目標までのエネルギー",
        )
    }

    pub(crate) fn surface_of_steps(self) -> &'static str {
        self.pick(
            "Batch size × learning rate: steps to target",
            "バッチサイズ × 学習率: 目標までのステップ数",
        )
    }

    /// What the shading of the map means.
    pub(crate) fn expected_by_law(self, best: &str) -> String {
        match self {
            Self::En => format!("Shaded: the law's forecast, over its best ({best})"),
            Self::Ja => format!("塗り: 法則の予測、最良 ({best}) の何倍か"),
        }
    }

    pub(crate) fn measured_reached(self) -> &'static str {
        self.pick("measured: reached", "測定: 目標に到達")
    }

    pub(crate) fn measured_missed(self) -> &'static str {
        self.pick("missed or stopped", "届かず・中止")
    }

    /// The map in words.
    pub(crate) fn surface_described(self, best: &str, sizes: &[String]) -> String {
        let sizes = sizes.join(self.pick("; ", "、"));
        match self {
            Self::En => format!(
                "A map of batch sizes and learning rates. The law expects {best} at the best; at each size, with the best rate: {sizes}."
            ),
            Self::Ja => format!(
                "バッチサイズと学習率の図。法則による最良の予測は {best} です。各サイズの予測と、そのときの学習率: {sizes}。"
            ),
        }
    }

    /// That a page holds the record without a part of it.
    pub(crate) fn record_in_short(self, command: &str) -> String {
        match self {
            Self::En => format!(
                "The same as JSON is embedded in this page, without the rows, which are too many; `{command}` has them."
            ),
            Self::Ja => format!(
                "同じ内容の JSON がこのページに埋め込まれています。行は多すぎるので含みません。`{command}` で得られます。"
            ),
        }
    }

    /// That a table shows a part of the rows.
    pub(crate) fn rows_shown(self, shown: usize, all: usize) -> String {
        let (shown, all) = (grouped(shown as u64), grouped(all as u64));
        match self {
            Self::En => format!(
                "{shown} of {all} evaluations are shown, among them the first, the best and the last."
            ),
            Self::Ja => {
                format!("評価 {all} 回のうち {shown} 回を表示しています (最初・最良・最後を含みます)。")
            }
        }
    }

    pub(crate) fn quantity(self) -> &'static str {
        self.pick("quantity", "項目")
    }

    pub(crate) fn value(self) -> &'static str {
        self.pick("value", "値")
    }

    /// How something was started.
    pub(crate) fn started_with(self) -> &'static str {
        self.pick("Started with", "開始したコマンド")
    }
}
