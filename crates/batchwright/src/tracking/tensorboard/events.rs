//! What is said of a run in an event file, as bytes: records of one event each.
//!
//! Numbers are 32-bit floats, as all programs write them that TensorBoard shows. Settings are there
//! twice: as hyperparameters, which TensorBoard sorts and filters runs by, and as a text.

use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun, TrackedState, number};
use crate::tracking::tensorboard::messages::{
    EventMessage, HyperparametersMessage, JsonValue, PluginData, SessionEnd, SessionLogMessage, SessionStart,
    SummaryMessage, SummaryMetadata, SummaryValue, TensorMessage, TensorShape,
};
use batchwright_command::read::framed_record;
use prost::Message;

/// The version of the format, which every file begins with.
const VERSION: &str = "brain.Event:2";

fn record(event: &EventMessage) -> Vec<u8> {
    framed_record(&event.encode_to_vec())
}

/// The first record of a file.
pub(crate) fn opening(time: f64) -> Vec<u8> {
    record(&EventMessage { wall_time: time, file_version: Some(VERSION.to_owned()), ..Default::default() })
}

/// A run goes on: everything from `step` on in earlier files of its folder counts no more.
pub(crate) fn restart(time: f64, step: u64) -> Vec<u8> {
    let session_log = Some(SessionLogMessage { status: 1 });
    record(&EventMessage { wall_time: time, step: step.cast_signed(), session_log, ..Default::default() })
}

/// The numbers of a point.
pub(crate) fn scalars(point: &TrackedPoint) -> Vec<u8> {
    let scalar = |(name, value): &(String, f64)| SummaryValue {
        tag: name.clone(),
        simple_value: Some(*value as f32),
        ..Default::default()
    };
    summary(point.time, point.step, point.values.iter().map(scalar).collect())
}

/// The parameters of a run as a table of text, in force from `step` on.
pub(crate) fn settings(run: &TrackedRun, time: f64, step: u64) -> Vec<u8> {
    let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
    let line = |(key, value): &(String, String)| format!("| {} | {} |\n", cell(key), cell(value));
    let table: String = run.parameters.iter().map(line).collect();
    let text = format!("| setting | value |\n|---|---|\n{table}");
    let tensor = TensorMessage {
        dtype: 7,
        tensor_shape: Some(TensorShape {}),
        string_val: vec![text.into_bytes()],
        ..Default::default()
    };
    summary(time, step, vec![of_plugin("settings/text_summary", "text", Vec::new(), tensor)])
}

/// The parameters of a run as hyperparameters, with how it ended where that is known.
pub(crate) fn hyperparameters(run: &TrackedRun, outcome: Option<&str>) -> Vec<u8> {
    let text = |text: &str| JsonValue { string_value: Some(text.to_owned()), ..Default::default() };
    let value = |value: &str| match number(value) {
        Some(number) => JsonValue { number_value: Some(number), ..Default::default() },
        None => text(value),
    };
    let mut hparams: std::collections::BTreeMap<_, _> =
        run.parameters.iter().map(|(key, of)| (key.clone(), value(of))).collect();
    hparams.extend(outcome.map(|outcome| ("outcome".to_owned(), text(outcome))));
    let start = SessionStart { hparams, group_name: run.full_name(), start_time_secs: run.started };
    let content = HyperparametersMessage { session_start_info: Some(start), ..Default::default() };
    session("_hparams_/session_start_info", &content, run.started)
}

/// The end of a run; `None` for one that may go on.
pub(crate) fn session_end(end: &TrackedEnd) -> Option<Vec<u8>> {
    let status = match end.state {
        TrackedState::Finished => 1,
        TrackedState::Failed => 2,
        TrackedState::Running | TrackedState::Stopped => return None,
    };
    let ended = SessionEnd { status, end_time_secs: end.time };
    let content = HyperparametersMessage { session_end_info: Some(ended), ..Default::default() };
    Some(session("_hparams_/session_end_info", &content, end.time))
}

fn session(tag: &str, content: &HyperparametersMessage, time: f64) -> Vec<u8> {
    // The plugin reads the content; a summary without a value is not kept.
    let nothing = TensorMessage {
        dtype: 1,
        tensor_shape: Some(TensorShape {}),
        float_val: vec![0.0],
        ..Default::default()
    };
    summary(time, 0, vec![of_plugin(tag, "hparams", content.encode_to_vec(), nothing)])
}

fn of_plugin(tag: &str, plugin: &str, content: Vec<u8>, tensor: TensorMessage) -> SummaryValue {
    let plugin_data = Some(PluginData { plugin_name: plugin.to_owned(), content });
    SummaryValue {
        tag: tag.to_owned(),
        tensor: Some(tensor),
        metadata: Some(SummaryMetadata { plugin_data, data_class: 2 }),
        ..Default::default()
    }
}

fn summary(time: f64, step: u64, value: Vec<SummaryValue>) -> Vec<u8> {
    let summary = Some(SummaryMessage { value });
    record(&EventMessage { wall_time: time, step: step.cast_signed(), summary, ..Default::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by TensorBoard's own messages and writer: `tests/tracking/make_golden.py`.
    const GOLDEN: &[u8] = include_bytes!("../../../tests/tracking/golden.tfevents");

    /// Otherwise a field of another number or kind would be read by nobody, and nothing would say so.
    #[test]
    fn the_bytes_are_those_of_tensorboard() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let run = TrackedRun {
            id: "0".repeat(32),
            name: "digits".to_owned(),
            study: None,
            started: 1.5,
            parameters: vec![pair("model", "mlp:64"), pair("lr", "0.1")],
        };
        let values = vec![("loss/val".to_owned(), 0.1), ("progress/epoch".to_owned(), f64::NAN)];
        let end = TrackedEnd { state: TrackedState::Failed, outcome: None, time: 4.0, last: None };
        let written = [
            opening(1.5),
            hyperparameters(&run, Some("target")),
            settings(&run, 2.5, 7),
            restart(2.5, 7),
            scalars(&TrackedPoint { step: 300, time: 3.25, values }),
            session_end(&end).unwrap(),
        ];
        assert_eq!(written.concat(), GOLDEN);
    }

    /// A line break or a bar in a value would end the table of settings.
    #[test]
    fn a_setting_stays_in_its_cell() {
        let parameters = vec![("a|b".to_owned(), "c\nd".to_owned())];
        let run =
            TrackedRun { id: String::new(), name: String::new(), study: None, started: 0.0, parameters };
        let bytes = settings(&run, 0.0, 0);
        assert!(bytes.windows(15).any(|part| part == b"| a\\|b | c d |\n"));
    }
}
