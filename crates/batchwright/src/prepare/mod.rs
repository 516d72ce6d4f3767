//! From flags to checked things: data and splits, model, optimizer, batch size and how it is
//! divided.

pub(crate) mod batch;
pub(crate) mod data;
pub(crate) mod network;
pub(crate) mod saved;

use crate::args::groups::DataArgs;
use batchwright_nn::{Model, Optimizer};

/// What was asked of data, model and optimizer, in the words of the command line.
pub(crate) fn settings(
    data: &DataArgs,
    model: &Model,
    optimizer: &Optimizer,
    clip_norm: Option<f64>,
) -> Vec<(String, String)> {
    let path =
        data.data.as_ref().map_or_else(|| "digits (embedded)".to_owned(), |path| path.display().to_string());
    let mut settings = vec![("data", path)];
    settings.extend(data.label.clone().map(|label| ("label", label)));
    settings.extend(data.limit_samples.map(|limit| ("limit-samples", limit.to_string())));
    if data.label_noise > 0.0 {
        settings.push(("label-noise", data.label_noise.to_string()));
    }
    settings.push(("split-seed", data.split_seed.to_string()));
    settings.push(("model", model.architecture.to_string()));
    settings.push(("activation", format!("{:?}", model.activation).to_lowercase()));
    if model.dropout > 0.0 {
        settings.push(("dropout", model.dropout.to_string()));
    }
    match *optimizer {
        Optimizer::Sgd { momentum, nesterov, weight_decay } => {
            settings.push(("optimizer", format!("sgd{}", if nesterov { " (nesterov)" } else { "" })));
            settings.push(("momentum", momentum.to_string()));
            settings.push(("weight-decay", weight_decay.to_string()));
        }
        Optimizer::AdamW { beta1, beta2, epsilon, weight_decay } => {
            settings.push(("optimizer", "adamw".to_owned()));
            settings
                .push(("beta1, beta2 (at batch size 32), epsilon", format!("{beta1}, {beta2}, {epsilon}")));
            settings.push(("weight-decay", weight_decay.to_string()));
        }
    }
    settings.extend(clip_norm.map(|clip| ("clip-norm", clip.to_string())));
    settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
