//! `export`: a saved model for other programs.

use crate::args::Global;
use crate::args::others::ExportArgs;
use crate::args::values::ModelFormatArg;
use crate::prepare::saved;
use crate::shell::explain::Explain;
use crate::shell::save::save_output;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_nn::{OnnxPort, onnx_model};
use batchwright_view::{FailureMessage, UsageMessage, exported_model};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Where the file keeps how its input and output are meant.
const ENCODING: &str = "batchwright_encoding";

pub(crate) fn run(args: &ExportArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let (path, saved) = saved::load(&args.model, &global.runs, screen)?;
    let ModelFormatArg::Onnx = args.format;
    let encoding = serde_json::to_string(&saved.encoding).explain(|| FailureMessage::WriteJson)?;
    let metadata = vec![(ENCODING.to_owned(), encoding)];
    let exported = onnx_model(&saved.model, &saved.encoding, saved.tensors, metadata)?;
    save_output(&args.output, &exported.bytes, UsageMessage::ModelToStdout)?;
    let output = args.output.display().to_string();
    screen.say(&exported_model(&output, &exported, screen.style.lang));
    screen.object(&json!({
        "model": path.display().to_string(),
        "output": output,
        "bytes": exported.bytes.len(),
        "operators": exported.operators,
        "inputs": [port(&exported.input)],
        "outputs": [port(&exported.output)],
    }))?;
    Ok(ExitCode::SUCCESS)
}

/// Name and shape; the number of samples, which may be any, is null.
fn port(port: &OnnxPort) -> Value {
    let shape: Vec<Option<usize>> =
        std::iter::once(None).chain(port.shape.iter().copied().map(Some)).collect();
    json!({ "name": port.name, "type": if port.integers { "int64" } else { "float32" }, "shape": shape })
}
