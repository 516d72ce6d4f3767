//! Texts on the models of a study: the step time, the predicted best size, and the frontier of time
//! against samples. The text on the law is in `study`.

use batchwright_find::{Objective, SizeResult, StepTimeModel, StudyResult, time_against_samples};

use crate::cells;
use crate::lang::Lang;
use crate::number::{counted, duration, grouped, percent, significant};

/// Times below this, in seconds, are shown as 0.
const NOTHING: f64 = 1e-10;

impl Lang {
    /// The model of the step time in a sentence.
    pub(crate) fn step_time_model(self, model: &StepTimeModel) -> String {
        let seconds = |value: f64| duration(if value < NOTHING { 0.0 } else { value }, self);
        let (every, sample) = (seconds(model.alpha), seconds(model.beta));
        let off = percent(model.worst_log_residual.exp_m1());
        let flat = (model.flat > 0.0).then(|| grouped(model.flat.round() as u64));
        match (self, flat) {
            (Self::En, None) => {
                format!("A step takes {every}, and {sample} more for each sample (off by up to {off}).")
            }
            (Self::En, Some(flat)) => format!(
                "A step takes {every}, and {sample} more for each sample; below {} it takes as long as with {flat} (off by up to {off}).",
                counted(&flat, "sample")
            ),
            (Self::Ja, None) => {
                format!(
                    "1 ステップの時間は {every} に 1 サンプルあたり {sample} を加えたものです (ずれは最大 {off})。"
                )
            }
            (Self::Ja, Some(flat)) => format!(
                "1 ステップの時間は {every} に 1 サンプルあたり {sample} を加えたものです。{flat} サンプル未満では {flat} サンプルのときと同じ時間がかかります (ずれは最大 {off})。"
            ),
        }
    }

    /// The fastest size, as measured and as predicted. `None` where one of the two is unknown.
    pub(crate) fn predicted_best(self, study: &StudyResult) -> Option<String> {
        let measured = time_against_samples(&study.sizes).into_iter().min_by(|a, b| a.2.total_cmp(&b.2))?;
        let (size, time) = (grouped(measured.0), duration(measured.2, self));
        let predicted = study.predicted_best?;
        let (other, other_time) = (grouped(predicted.batch_size), duration(predicted.seconds, self));
        Some(match self {
            Self::En => format!(
                "Fastest as measured: {size} ({time}); as predicted from the law and the step times: {other} ({other_time})."
            ),
            Self::Ja => format!(
                "最速のバッチサイズは、実測では {size} ({time})、法則とステップ時間からの予測では {other} ({other_time}) です。"
            ),
        })
    }

    /// Which sizes lie on the frontier of time against samples, and how many more samples the
    /// fastest of them needs. `None` where fewer than two sizes were measured.
    pub(crate) fn frontier(self, study: &StudyResult) -> Option<String> {
        let mut points = time_against_samples(&study.sizes);
        if points.len() < 2 {
            return None;
        }
        points.retain(|point| study.frontier.contains(&point.0));
        points.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (frugal, fast) = (points.first()?, points.last()?);
        let (sizes, from, to) = (self.list(&study.frontier), grouped(frugal.0), grouped(fast.0));
        let (faster, more) = (significant(frugal.2 / fast.2, 3), significant(fast.1 / frugal.1, 3));
        Some(match (self, frugal.0 == fast.0) {
            (Self::En, true) => {
                format!("Batch size {from} needs both the least time and the fewest samples.")
            }
            (Self::En, false) => format!(
                "On the frontier of time against samples: {sizes}. From {from} to {to}: {faster} times faster for {more} times the samples."
            ),
            (Self::Ja, true) => format!("バッチサイズ {from} は、時間もサンプル数も最少です。"),
            (Self::Ja, false) => format!(
                "時間とサンプル数のフロンティアにあるバッチサイズ: {sizes}。{from} から {to} にすると、サンプル数は {more} 倍必要ですが、{faster} 倍速くなります。"
            ),
        })
    }

    /// What the objective counts: "at a price of 0.12 (0.11–0.13)", "with 35 J". `None` unless the
    /// objective is money or energy.
    pub(crate) fn cost_of(self, objective: Objective, size: &SizeResult) -> Option<String> {
        let estimate = cells::estimate(objective, size)?;
        let value = self.with_interval(estimate, |value| cells::show(objective, value, self))?;
        match objective {
            Objective::Money => Some(match self {
                Self::En => format!("at a price of {value}"),
                Self::Ja => format!("費用 {value}"),
            }),
            Objective::Energy => Some(match self {
                Self::En => format!("with {value}"),
                Self::Ja => format!("エネルギー {value}"),
            }),
            Objective::Time | Objective::Samples | Objective::Steps | Objective::Quality => None,
        }
    }
}
