//! `generate`: a trained language model goes on with a text.

mod sampling;

use crate::args::Global;
use crate::args::others::GenerateArgs;
use crate::continuation::sampling::{Sampling, continued};
use crate::prepare::saved;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::{Batch, DataError, InputEncoding, Inputs, Vocabulary};
use batchwright_nn::Engine;
use batchwright_view::UsageMessage;
use serde_json::json;
use std::process::ExitCode;

pub(crate) fn run(args: &GenerateArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let sampling = sampling(args)?;
    let (path, model) = saved::load(&args.model, &global.runs, screen)?;
    let InputEncoding::Text { context, vocabulary } = &model.encoding.input else {
        return Err(UsageMessage::NoLanguageModel { model: args.model.clone() }.into());
    };
    let begun = args.prompt.clone().unwrap_or_else(|| beginning(vocabulary));
    let prompt = vocabulary
        .encode(&begun)
        .map_err(|character| DataError::UnknownCharacter { name: "--prompt".to_owned(), character })?;
    if prompt.is_empty() {
        return Err(UsageMessage::EmptyPrompt.into());
    }
    let mut engine = saved::engine(&model, args.threads.threads)?;
    let mut batch = Batch::with_capacity(1, model.encoding.sample_shape());
    batch.ids.push(0);
    let mut outputs = Vec::with_capacity(context * vocabulary.size());
    let mut predict = |window: &[u32], position: usize| {
        predicted(engine.as_mut(), &mut batch, window, &mut outputs)?;
        Ok(outputs[position * vocabulary.size()..][..vocabulary.size()].to_vec())
    };
    let written = continued(&prompt, *context, args.tokens, &sampling, &mut predict)?;

    let bytes = vocabulary.token_bytes();
    let text: Vec<u8> = written.iter().flat_map(|&token| bytes[token as usize].iter().copied()).collect();
    // Bytes that are cut within a character, or that no text begins with, are shown as U+FFFD.
    let text = String::from_utf8_lossy(&text);
    screen.say(&format!("{begun}{text}"));
    screen.object(&json!({
        "model": path.display().to_string(),
        "prompt": begun,
        "text": text,
        "tokens": written.len(),
    }))?;
    Ok(ExitCode::SUCCESS)
}

/// What a text begins with if nobody says it: a line end; of a model that knows none, the first
/// character that it knows.
fn beginning(vocabulary: &Vocabulary) -> String {
    let line_end = "\n".to_owned();
    if vocabulary.encode(&line_end).is_ok() {
        return line_end;
    }
    let first = vocabulary.token_bytes().into_iter().next().unwrap_or_default();
    String::from_utf8_lossy(&first).into_owned()
}

/// The logits of all positions of one window, `[context, vocabulary]`.
fn predicted(
    engine: &mut dyn Engine,
    batch: &mut Batch,
    window: &[u32],
    outputs: &mut Vec<f32>,
) -> Result<()> {
    if let Inputs::Tokens(tokens) = &mut batch.inputs {
        tokens.clear();
        tokens.extend_from_slice(window);
    }
    outputs.clear();
    Ok(engine.predict(batch, outputs)?)
}

fn sampling(args: &GenerateArgs) -> Result<Sampling> {
    let temperature = args.temperature;
    if !(temperature.is_finite() && temperature >= 0.0) {
        return Err(UsageMessage::BadTemperature { temperature }.into());
    }
    if args.top_k == Some(0) {
        return Err(UsageMessage::ZeroFlag { flag: "--top-k" }.into());
    }
    Ok(Sampling { temperature, top_k: args.top_k, seed: args.seed })
}
