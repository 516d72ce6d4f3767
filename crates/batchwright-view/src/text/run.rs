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
