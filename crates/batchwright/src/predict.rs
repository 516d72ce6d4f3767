//! `predict`: the predictions of a saved model, as CSV or JSON.

use crate::args::Global;
use crate::args::others::PredictArgs;
use crate::prepare;
use crate::prepare::saved;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::{Dataset, Encoding, Subset, Task, open_unlabelled};
use batchwright_nn::argmax;
use batchwright_view::data_remarks;
use serde::Serialize;
use serde_json::json;
use std::process::ExitCode;

/// One prediction.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Prediction {
    Class { prediction: String, probability: f64 },
    Value { prediction: f64 },
}

pub(crate) fn run(args: &PredictArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let (path, model) = saved::load(&args.saved.model, &global.runs, screen)?;
    let source = open_unlabelled(
        args.saved.data.as_deref(),
        &model.encoding,
        &prepare::data::file_options(&args.saved.format),
    )?;
    // Standard output is for the predictions.
    for remark in data_remarks(source.remarks(), screen.style.lang) {
        screen.warn(&remark);
    }
    let data = Subset::with_encoding(&source, &model.encoding)?;
    let mut engine = saved::engine(&model, args.threads.threads)?;

    let indices: Vec<u32> = (0..data.len() as u32).collect();
    let mut outputs = Vec::new();
    saved::for_each_batch(engine.as_mut(), &data, &indices, |engine, batch| {
        Ok(engine.predict(batch, &mut outputs)?)
    })?;
    let predictions: Vec<Prediction> = outputs
        .chunks_exact(data.task().outputs())
        .map(|output| prediction(output, &model.encoding))
        .collect();

    screen.say(&csv(&predictions, data.task()));
    screen.object(
        &json!({ "model": path.display().to_string(), "data": source.name(), "predictions": predictions }),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn prediction(output: &[f32], encoding: &Encoding) -> Prediction {
    if encoding.class_names().is_empty() {
        return Prediction::Value { prediction: f64::from(encoding.inverse_target(output[0])) };
    }
    let best = argmax(output);
    let name = best.and_then(|best| encoding.class_names().get(best));
    // Outputs that are NaN have no largest value. The prediction is then NaN, not an arbitrary
    // class.
    let probability = best.map_or(f64::NAN, |best| {
        let total: f64 = output.iter().map(|&logit| f64::from(logit - output[best]).exp()).sum();
        1.0 / total
    });
    Prediction::Class { prediction: name.cloned().unwrap_or_else(|| "NaN".to_owned()), probability }
}

fn csv(predictions: &[Prediction], task: Task) -> String {
    let mut lines = vec![match task {
        Task::Classify { .. } | Task::NextToken { .. } => "row,prediction,probability".to_owned(),
        Task::Regress { .. } => "row,prediction".to_owned(),
    }];
    lines.extend(predictions.iter().enumerate().map(|(row, prediction)| match prediction {
        Prediction::Class { prediction, probability } => {
            format!("{},{},{probability:.4}", row + 1, quoted(prediction))
        }
        Prediction::Value { prediction } => format!("{},{prediction}", row + 1),
    }));
    lines.join("\n")
}

/// A CSV field, quoted where RFC 4180 requires it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_cannot_break_the_csv() {
        let predictions = [Prediction::Class { prediction: "a,\"b\"".to_owned(), probability: 0.5 }];
        assert_eq!(
            csv(&predictions, Task::Classify { classes: 2 }),
            "row,prediction,probability\n1,\"a,\"\"b\"\"\",0.5000"
        );
    }
}
