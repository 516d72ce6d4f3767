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

/// A prediction, and the file that it is for where each sample is one.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(flatten)]
    prediction: Prediction,
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
    let names = names(&model.encoding);
    let mut files = source.sample_names().unwrap_or_default().iter();
    let predictions: Vec<Row> = outputs
        .chunks_exact(model.model.outputs(data.task()))
        .map(|output| Row {
            file: files.next().cloned(),
            prediction: prediction(output, &model.encoding, &names),
        })
        .collect();

    screen.say(&csv(&predictions, data.task(), source.sample_names().is_some()));
    screen.object(
        &json!({ "model": path.display().to_string(), "data": source.name(), "predictions": predictions }),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The names of classes or tokens, in the order of the outputs; empty for a number.
fn names(encoding: &Encoding) -> Vec<String> {
    match encoding.vocabulary() {
        Some(vocabulary) => vocabulary.token_names(),
        None => encoding.class_names().to_vec(),
    }
}

fn prediction(output: &[f32], encoding: &Encoding, names: &[String]) -> Prediction {
    if names.is_empty() {
        return Prediction::Value { prediction: f64::from(encoding.inverse_target(output[0])) };
    }
    // One output is the logit of the second of two classes.
    let pair = [0.0, output[0]];
    let output = if output.len() == 1 { &pair } else { output };
    let best = argmax(output);
    let name = best.and_then(|best| names.get(best));
    // Outputs that are NaN have no largest value. The prediction is then NaN, not an arbitrary
    // class.
    let probability = best.map_or(f64::NAN, |best| {
        let total: f64 = output.iter().map(|&logit| f64::from(logit - output[best]).exp()).sum();
        1.0 / total
    });
    Prediction::Class { prediction: name.cloned().unwrap_or_else(|| "NaN".to_owned()), probability }
}

fn csv(rows: &[Row], task: Task, has_files: bool) -> String {
    let names = match task {
        Task::Classify { .. } | Task::NextToken { .. } => "prediction,probability",
        Task::Regress { .. } => "prediction",
    };
    let header = format!("row,{}{names}", if has_files { "file," } else { "" });
    let line = |(row, Row { file, prediction }): (usize, &Row)| {
        let file = file.as_ref().map_or_else(String::new, |file| format!("{},", quoted(file)));
        match prediction {
            Prediction::Class { prediction, probability } => {
                format!("{},{file}{},{probability:.4}", row + 1, quoted(prediction))
            }
            Prediction::Value { prediction } => format!("{},{file}{prediction}", row + 1),
        }
    };
    std::iter::once(header).chain(rows.iter().enumerate().map(line)).collect::<Vec<_>>().join("\n")
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
        let class = || Prediction::Class { prediction: "a,\"b\"".to_owned(), probability: 0.5 };
        let rows = [Row { file: None, prediction: class() }];
        assert_eq!(
            csv(&rows, Task::Classify { classes: 2 }, false),
            "row,prediction,probability\n1,\"a,\"\"b\"\"\",0.5000"
        );
        let rows =
            [Row { file: Some("x, y.png".to_owned()), prediction: Prediction::Value { prediction: 2.5 } }];
        assert_eq!(csv(&rows, Task::Regress { outputs: 1 }, true), "row,file,prediction\n1,\"x, y.png\",2.5");
    }
}
