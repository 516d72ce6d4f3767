//! A checked network with its data: what `train`, `find` and `plan` have in common.
//!
//! Left out: batch size, duration, memory limit and seed, which differ between them.

use crate::args::groups::NetworkArgs;
use crate::args::loss::{LossArg, loss_word};
use crate::prepare;
use crate::prepare::data::Prepared;
use crate::prepare::network::NetworkPlan;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_nn::{EngineOptions, Model, Optimizer, Precision, TrainingLoss, ValueLoss};
use batchwright_train::tokens_per_sample;

/// A network, its data, and how its parameters are updated.
pub(crate) struct PreparedNetwork {
    pub(crate) data: Prepared,
    pub(crate) model: Model,
    /// With its settings as they apply at batch size 32.
    pub(crate) optimizer: Optimizer,
    pub(crate) clip_norm: Option<f64>,
    pub(crate) precision: Precision,
    pub(crate) threads: usize,
}

impl PreparedNetwork {
    /// Checks the flags and opens the data. `threads` is the number of cores if none is given.
    pub(crate) fn open(
        NetworkArgs { data, model, optimizer }: &NetworkArgs,
        threads: Option<usize>,
    ) -> Result<Self> {
        let (asked, mut model) = (&model.loss, prepare::network::model(model));
        let data = prepare::data::open_and_split(data, model.architecture.context())?;
        model.loss = prepare::network::loss(asked, &data.splits.train)?;
        Ok(Self {
            optimizer: prepare::network::optimizer(optimizer, &model)?,
            data,
            model,
            clip_norm: optimizer.clip_norm,
            precision: optimizer.precision.into(),
            threads: prepare::batch::threads(threads, "--threads")?,
        })
    }

    /// The options of an engine, without a memory limit.
    pub(crate) fn options(&self) -> EngineOptions {
        EngineOptions {
            optimizer: self.optimizer,
            clip_norm: self.clip_norm,
            precision: self.precision,
            threads: self.threads,
            ..EngineOptions::default()
        }
    }

    /// Samples that an evaluation looks at: all of validation, and as many of training.
    pub(crate) fn evaluated(&self) -> u64 {
        (self.data.splits.validation.len() + self.data.train_subset.len()) as u64
    }

    pub(crate) fn plan(&self, options: EngineOptions) -> NetworkPlan<'_> {
        NetworkPlan { model: &self.model, data: &self.data.splits.train, options }
    }

    /// Tokens of a sample of a text; `None` for other data.
    pub(crate) fn tokens_per_sample(&self) -> Option<u64> {
        tokens_per_sample(&self.data.splits.train)
    }

    /// The base for names of its runs and studies if no name is given.
    pub(crate) fn short_name(&self) -> String {
        format!("{} {}", prepare::data::short_name(&self.data.source), self.model.architecture.short_name())
    }

    /// What was asked of data, model and optimizer, in the words of the command line.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let mut settings = self.data.settings.clone();
        settings.extend(model_settings(&self.model));
        settings.extend(optimizer_settings(&self.optimizer));
        settings.extend(self.clip_norm.map(|clip| ("clip-norm", clip.to_string())));
        settings.push(("precision", self.precision.to_string()));
        settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

fn model_settings(model: &Model) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("model", model.architecture.to_string()),
        ("activation", format!("{:?}", model.activation).to_lowercase()),
    ];
    if model.dropout > 0.0 {
        settings.push(("dropout", model.dropout.to_string()));
    }
    let TrainingLoss { label_smoothing, class_weights, values, binary } = &model.loss;
    let loss = if *binary { LossArg::Binary } else { LossArg::Values(*values) };
    if loss != LossArg::Values(ValueLoss::default()) {
        settings.push(("loss", loss_word(loss)));
    }
    if *label_smoothing > 0.0 {
        settings.push(("label-smoothing", label_smoothing.to_string()));
    }
    if !class_weights.is_empty() {
        let weights: Vec<String> = class_weights.iter().map(ToString::to_string).collect();
        settings.push(("class weights", weights.join(", ")));
    }
    settings
}

fn optimizer_settings(optimizer: &Optimizer) -> [(&'static str, String); 3] {
    match *optimizer {
        Optimizer::Sgd { momentum, nesterov, weight_decay } => [
            ("optimizer", format!("sgd{}", if nesterov { " (nesterov)" } else { "" })),
            ("momentum", momentum.to_string()),
            ("weight-decay", weight_decay.to_string()),
        ],
        Optimizer::AdamW { beta1, beta2, epsilon, weight_decay } => [
            ("optimizer", "adamw".to_owned()),
            ("beta1, beta2 (at batch size 32), epsilon", format!("{beta1}, {beta2}, {epsilon}")),
            ("weight-decay", weight_decay.to_string()),
        ],
    }
}
