//! Sentences about one run, its verdict aside (`run_verdict`).

use crate::lang::Lang;
use crate::number::grouped;

impl Lang {
    /// Why a run has no result.
    pub(crate) fn no_result(self, failure: Option<&str>) -> String {
        match (self, failure) {
            (Self::En, Some(reason)) => format!("This run failed: {reason}"),
            (Self::Ja, Some(reason)) => format!("この学習は失敗しました: {reason}"),
            (_, None) => self.no_result_yet().into(),
        }
    }

    /// What the loss of a number to predict is measured in.
    pub(crate) fn standardised(self) -> &'static str {
        self.pick(
            "The loss is that of the standardised label (mean 0, standard deviation 1): 1 is what always answering the mean costs. RMSE and MAE are in the label's own unit.",
            "損失は、標準化したラベル (平均 0、標準偏差 1) の 2 乗誤差です。常に平均を答えると 1 になります。RMSE と MAE はラベル本来の単位です。",
        )
    }

    /// The samples that a model was evaluated on.
    pub(crate) fn samples_of(self, samples: u64, name: &str, split: &str) -> String {
        let count = grouped(samples);
        match self {
            Self::En if samples == 1 => format!("1 sample of {name} ({split})"),
            Self::En => format!("{count} samples of {name} ({split})"),
            Self::Ja => format!("{name} ({split}) のサンプル {count} 個"),
        }
    }

    /// `epoch 3.2 of 20`.
    pub(crate) fn epoch_of(self, epoch: &str, of: Option<&str>) -> String {
        match (self, of) {
            (Self::En, Some(of)) => format!("epoch {epoch} of {of}"),
            (Self::En, None) => format!("epoch {epoch}"),
            (Self::Ja, Some(of)) => format!("エポック {epoch} / {of}"),
            (Self::Ja, None) => format!("エポック {epoch}"),
        }
    }

    /// `150 of 920 steps`.
    pub(crate) fn steps_of(self, step: &str, of: Option<&str>) -> String {
        match (self, of) {
            (Self::En, Some(of)) => format!("{step} of {of} steps"),
            (Self::En, None) => format!("step {step}"),
            (Self::Ja, Some(of)) => format!("ステップ {step} / {of}"),
            (Self::Ja, None) => format!("ステップ {step}"),
        }
    }

    /// A rate of samples.
    pub(crate) fn samples_a_second(self, rate: &str) -> String {
        match self {
            Self::En => format!("{rate} samples/s"),
            Self::Ja => format!("{rate} サンプル/秒"),
        }
    }

    /// Time since the start.
    pub(crate) fn elapsed(self, time: &str) -> String {
        match self {
            Self::En => format!("{time} elapsed"),
            Self::Ja => format!("経過 {time}"),
        }
    }

    /// A learning curve in words.
    pub(crate) fn curves_described(
        self,
        metric: &str,
        axis: &str,
        [train, train_last]: [String; 2],
        [validation, validation_last]: [String; 2],
        best: Option<String>,
    ) -> String {
        let best = best.map(|best| match self {
            Self::En => format!("; {best} where the validation loss is lowest"),
            Self::Ja => format!("。検証の損失が最小のとき {best}"),
        });
        let best = best.unwrap_or_default();
        match self {
            Self::En => format!(
                "A line chart of {metric} over {axis}. Training goes from {train} to {train_last}, validation from {validation} to {validation_last}{best}."
            ),
            Self::Ja => format!(
                "{metric}を{axis}に対して描いた折れ線グラフ。学習は {train} から {train_last}、検証は {validation} から {validation_last}{best}。"
            ),
        }
    }

    /// The title of an axis whose scale is logarithmic.
    pub(crate) fn log_scale(self, title: &str) -> String {
        match self {
            Self::En => format!("{title} (log scale)"),
            Self::Ja => format!("{title} (対数目盛)"),
        }
    }

    /// The best value of a curve and its step.
    pub(crate) fn best_at(self, value: &str, step: u64) -> String {
        let step = grouped(step);
        match self {
            Self::En => format!("best {value} at step {step}"),
            Self::Ja => format!("最良 {value} (ステップ {step})"),
        }
    }

    /// A value at the step of the best loss.
    pub(crate) fn at_step(self, value: &str, step: u64) -> String {
        let step = grouped(step);
        match self {
            Self::En => format!("{value} at step {step}"),
            Self::Ja => format!("{value} (ステップ {step})"),
        }
    }
}
