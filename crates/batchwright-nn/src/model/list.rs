//! A network as a user lists it: a name for each layer, or a table in which the name of the layer
//! stands with its main number, and further settings beside it.
//!
//! ```json
//! ["image", {"conv2d": 32, "kernel": 5, "padding": "same"}, "relu", {"max_pool": 2}, "flatten", "linear"]
//! ```
//!
//! Left out: whether the layers fit each other and the samples (`build`).

use crate::layer::activation::Activation;
use crate::model::spec::LayerSpec;
use crate::problem::LayerListProblem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Tokens of a sample where a network of texts does not say how many.
const CONTEXT: usize = 64;
/// The key of the layer's name where all settings are written out.
const NAME: &str = "layer";
/// The name of a layer that is also a setting, of `attention`.
const ALSO_A_SETTING: &str = "dropout";
/// The settings that are lists of layers.
const LISTS: [&str; 2] = ["body", "shortcut"];

/// What an entry of the list may name.
struct Kind {
    name: &'static str,
    /// The setting that stands with the name; `None` for a layer that is its name.
    main: Option<&'static str>,
}

const fn plain(name: &'static str) -> Kind {
    Kind { name, main: None }
}

const fn with(name: &'static str, main: &'static str) -> Kind {
    Kind { name, main: Some(main) }
}

/// The layers, in the order in which messages name them. Activations are named by their function.
const KINDS: [Kind; 17] = [
    plain("image"),
    plain("flatten"),
    with("linear", "outputs"),
    with("conv2d", "outputs"),
    with("max_pool", "size"),
    with("avg_pool", "size"),
    plain("global_avg_pool"),
    plain("batch_norm"),
    with("group_norm", "groups"),
    with("dropout", "probability"),
    with("residual", "body"),
    with("embedding", "width"),
    plain("positions"),
    plain("layer_norm"),
    plain("rms_norm"),
    with("attention", "heads"),
    with("tied", "width"),
];

/// Layers that a user lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerList {
    /// Tokens of a sample; absent where the network does not begin with tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<usize>,
    /// At least one.
    pub(crate) layers: Vec<LayerSpec>,
}

impl LayerList {
    /// Tokens of a sample, where tokens come in.
    pub(crate) fn context(&self) -> Option<usize> {
        let takes_tokens =
            matches!(self.layers.first(), Some(LayerSpec::Embedding { .. } | LayerSpec::Tied { .. }));
        takes_tokens.then(|| self.context.unwrap_or(CONTEXT))
    }

    /// Whether there is no layer or no token.
    pub(crate) fn is_empty(&self) -> bool {
        self.layers.is_empty() || self.context == Some(0)
    }
}

impl std::str::FromStr for LayerList {
    type Err = LayerListProblem;

    /// Reads a list of entries as JSON, or `{"context": 128, "layers": [...]}`.
    fn from_str(text: &str) -> Result<Self, LayerListProblem> {
        let no_list = |why: String| LayerListProblem::NoList { why };
        let (context, layers) =
            match serde_json::from_str(text).map_err(|error| no_list(error.to_string()))? {
                Value::Object(mut object) => {
                    let context = object.remove("context").map(serde_json::from_value).transpose();
                    let context = context.map_err(|error| no_list(format!("context: {error}")))?;
                    let layers = object.remove("layers").unwrap_or(Value::Null);
                    if let Some(key) = object.keys().next() {
                        return Err(no_list(format!("it has a key `{key}`")));
                    }
                    (context, layers)
                }
                other => (None, other),
            };
        let Value::Array(entries) = layers else {
            return Err(no_list(format!("it is of type {}", type_of(&layers))));
        };
        let list = Self { context, layers: read_all(entries, "")? };
        match (context, list.context()) {
            (Some(context), None) => Err(LayerListProblem::ContextOfNumbers { context }),
            (_, context) => Ok(Self { context, ..list }),
        }
    }
}

impl fmt::Display for LayerList {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers: Vec<Value> =
            self.layers.iter().map(entry).collect::<Result<_, _>>().map_err(|_| fmt::Error)?;
        match self.context {
            Some(context) => {
                Value::from_iter([("context", Value::from(context)), ("layers", layers.into())]).fmt(f)
            }
            None => Value::from(layers).fmt(f),
        }
    }
}

impl fmt::Display for LayerSpec {
    /// `conv2d 32, kernel 5, padding same`: the layer and its settings, without the layers within it
    /// and without the scale of initial weights.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Activation { function } = self {
            return f.write_str(&name_of(*function).map_err(|_| fmt::Error)?);
        }
        let mut settings = settings_of(self).map_err(|_| fmt::Error)?;
        settings.retain(|key, value| {
            !LISTS.contains(&key.as_str()) && !key.ends_with("deviation") && !value.is_null()
        });
        f.write_str(self.kind())?;
        let main = main_of(self.kind()).and_then(|main| settings.remove(main));
        let show = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some(main) = main {
            write!(f, " {}", show(main))?;
        }
        settings.into_iter().try_for_each(|(key, value)| write!(f, ", {key} {}", show(value)))
    }
}

impl LayerSpec {
    /// As an entry of a list that a user writes.
    ///
    /// # Errors
    /// None that is known: every layer can be written as JSON.
    pub fn entry(&self) -> Result<Value, serde_json::Error> {
        entry(self)
    }
}

fn entry(spec: &LayerSpec) -> Result<Value, serde_json::Error> {
    if let LayerSpec::Activation { function } = spec {
        return name_of(*function).map(Value::String);
    }
    let mut settings = settings_of(spec)?;
    let (body, shortcut): (&[LayerSpec], &[LayerSpec]) = match spec {
        LayerSpec::Residual { body, shortcut } => (body, shortcut),
        LayerSpec::Tied { body, .. } => (body, &[]),
        _ => (&[], &[]),
    };
    for (key, layers) in LISTS.into_iter().zip([body, shortcut]).filter(|(_, layers)| !layers.is_empty()) {
        let entries: Vec<Value> = layers.iter().map(entry).collect::<Result<_, _>>()?;
        settings.insert(key.to_owned(), entries.into());
    }
    let main = main_of(spec.kind()).and_then(|main| settings.remove(main));
    Ok(match main {
        Some(main) => {
            settings.insert(spec.kind().to_owned(), main);
            Value::from_iter(settings)
        }
        None if settings.is_empty() => spec.kind().into(),
        None => {
            settings.insert(NAME.to_owned(), spec.kind().into());
            Value::from_iter(settings)
        }
    })
}

/// All settings of a layer, without its name, in alphabetical order.
fn settings_of(spec: &LayerSpec) -> Result<BTreeMap<String, Value>, serde_json::Error> {
    let mut settings: BTreeMap<String, Value> =
        serde_json::to_value(spec).and_then(serde_json::from_value)?;
    settings.remove(NAME);
    Ok(settings)
}

fn name_of(function: Activation) -> Result<String, serde_json::Error> {
    serde_json::to_value(function).and_then(serde_json::from_value)
}

fn main_of(name: &str) -> Option<&'static str> {
    KINDS.iter().find(|kind| kind.name == name).and_then(|kind| kind.main)
}

/// The entries of a list; `place` is the name of the block that it is in, with a point after it.
fn read_all(entries: Vec<Value>, place: &str) -> Result<Vec<LayerSpec>, LayerListProblem> {
    let read = |(index, entry)| read(entry, &format!("{place}{index}"));
    entries.into_iter().enumerate().map(read).collect()
}

fn read(entry: Value, place: &str) -> Result<LayerSpec, LayerListProblem> {
    match entry {
        Value::String(name) => named(&name, Map::new(), place),
        Value::Object(settings) => table(settings, place),
        other => Err(LayerListProblem::NoEntry { place: place.to_owned(), found: type_of(&other) }),
    }
}

/// An entry with settings.
fn table(mut settings: Map<String, Value>, place: &str) -> Result<LayerSpec, LayerListProblem> {
    if let Some(Value::String(name)) = settings.get(NAME).cloned() {
        settings.remove(NAME);
        return named(&name, settings, place);
    }
    let is_name = |key: &&String| main_of(key).is_some();
    let mut names: Vec<String> = settings.keys().filter(is_name).cloned().collect();
    if names.len() > 1 {
        names.retain(|name| name != ALSO_A_SETTING);
    }
    let ([name], Some(main)) = (&names[..], names.first().and_then(|name| main_of(name))) else {
        let keys: Vec<String> = settings.keys().map(|key| format!("`{key}`")).collect();
        return Err(LayerListProblem::NotOneLayer {
            place: place.to_owned(),
            keys: keys.join(" "),
            known: known(),
        });
    };
    let value = settings.remove(name).unwrap_or(Value::Null);
    if settings.contains_key(main) {
        let why = format!("`{main}` is given twice: it stands with the name");
        return Err(LayerListProblem::Settings { place: place.to_owned(), layer: name.clone(), why });
    }
    settings.insert(main.to_owned(), value);
    named(name, settings, place)
}

/// A layer with all its settings.
fn named(name: &str, mut settings: Map<String, Value>, place: &str) -> Result<LayerSpec, LayerListProblem> {
    let refuse =
        |why: String| LayerListProblem::Settings { place: place.to_owned(), layer: name.to_owned(), why };
    let function = serde_json::from_value::<Activation>(name.into()).ok();
    if let (Some(function), true) = (function, settings.is_empty()) {
        return Ok(LayerSpec::Activation { function });
    }
    let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
        let (place, found) = (place.to_owned(), name.to_owned());
        return Err(LayerListProblem::UnknownLayer { place, found, known: known() });
    };
    for key in LISTS {
        if let Some(Value::Array(entries)) = settings.get_mut(key) {
            let layers = read_all(std::mem::take(entries), &format!("{place}.{key}."))?;
            let layers = serde_json::to_value(layers).map_err(|error| refuse(error.to_string()))?;
            settings.insert(key.to_owned(), layers);
        }
    }
    settings.insert(NAME.to_owned(), kind.name.into());
    let given = settings.len();
    let spec: LayerSpec =
        serde_json::from_value(settings.into()).map_err(|error| refuse(error.to_string()))?;
    // serde passes over the settings of a layer that has none.
    let has_settings = kind.main.is_some() || matches!(spec, LayerSpec::Positions { .. });
    if !has_settings && given > 1 {
        return Err(refuse("it has no settings".to_owned()));
    }
    Ok(spec)
}

/// The names of all layers, for messages.
fn known() -> String {
    let names: Vec<String> = KINDS.iter().map(|kind| format!("`{}`", kind.name)).collect();
    format!("{}, and the functions `relu`, `gelu`, `gelu_tanh`, `silu`, `tanh`", names.join(", "))
}

/// What a value is, as TOML and JSON both call it.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::Activation;
    use crate::model::Model;
    use crate::model::architecture::Architecture;
    use crate::model::gpt::Gpt;
    use batchwright_data::{InputKind, SampleShape, Task};

    const CNN: &str = r#"["image", {"conv2d": 32, "kernel": 5, "padding": "same"}, "relu", {"max_pool": 2},
        {"conv2d": 64, "kernel": 5, "padding": "same"}, "relu", {"max_pool": 2}, "flatten", {"linear": 512}, "relu", "linear"]"#;

    fn shape() -> SampleShape {
        SampleShape::of(InputKind::Numbers, &[1, 28, 28], Task::Classify { classes: 10 })
    }

    fn preset(architecture: Architecture, shape: SampleShape) -> Vec<LayerSpec> {
        Model { architecture, ..Model::mlp(&[1]) }.layers(shape)
    }

    #[test]
    fn a_list_is_the_layers_that_a_preset_stands_for() {
        let mut preset = preset(Architecture::Cnn, shape());
        *preset.last_mut().unwrap() = LayerSpec::Linear { outputs: None, bias: true, deviation: None };
        assert_eq!(CNN.parse::<LayerList>().unwrap().layers, preset);
    }

    /// A child process and a resumed run read what is written here.
    #[test]
    fn every_layer_is_read_as_it_was_written() {
        let text = SampleShape::text(8, 5);
        let gpt = Gpt { layers: 1, heads: 2, width: 8, context: 8, tied: true, rotary: true };
        for layers in [
            preset(Architecture::Lenet, shape()),
            preset(Architecture::Resnet { depth: 14 }, shape()),
            Model { dropout: 0.25, ..Model { architecture: Architecture::Gpt(gpt), ..Model::mlp(&[1]) } }
                .layers(text),
            Architecture::Gpt(Gpt { tied: false, rotary: false, ..gpt }).layers(text, Activation::Relu, 0.1),
            CNN.parse::<LayerList>().unwrap().layers,
        ] {
            let list = LayerList { context: None, layers };
            let list = LayerList { context: list.context(), ..list };
            assert_eq!(list.to_string().parse::<LayerList>().as_ref(), Ok(&list), "{list}");
            let saved = serde_json::to_string(&list).unwrap();
            assert_eq!(serde_json::from_str::<LayerList>(&saved).unwrap(), list, "{saved}");
        }
        let written = r#"{"context":16,"layers":[{"embedding":8},{"residual":[{"heads":2,"layer":"attention","rotary":true}]},"linear"]}"#;
        assert_eq!(
            written.parse::<LayerList>().unwrap().to_string(),
            written.replace(r#""heads":2,"layer":"attention","#, r#""attention":2,"#)
        );
    }

    #[test]
    fn a_layer_is_shown_with_its_settings() {
        let shown: Vec<String> =
            CNN.parse::<LayerList>().unwrap().layers.iter().map(ToString::to_string).collect();
        assert_eq!(shown[1], "conv2d 32, kernel 5, padding same");
        assert_eq!(
            (shown[2].as_str(), shown[3].as_str(), shown[10].as_str()),
            ("relu", "max_pool 2", "linear")
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_with_what_is_allowed() {
        for (list, place, said) in [
            ("[", None, "EOF"),
            ("3", None, "type number"),
            (r#"{"context": 8, "layers": ["linear"]}"#, None, "a context of 8"),
            (r#"{"context": "x", "layers": ["linear"]}"#, None, "context"),
            (r#"{"layer": []}"#, None, "`layer`"),
            (r#"["linear", 4]"#, Some(1), "layer 1 is of type number"),
            (r#"["conv3d"]"#, Some(0), "there is no layer `conv3d`; layers are `image`"),
            (r#"["flatten", {"conv3d": 4, "kernel": 5}]"#, Some(1), "the keys `conv3d` `kernel`"),
            (r#"[{"linear": 4, "max_pool": 2}]"#, Some(0), "the keys `linear` `max_pool`"),
            (
                r#"[{"linear": 4, "dropout": 0.5}]"#,
                Some(0),
                "unknown field `dropout`, expected one of `outputs`",
            ),
            (r#"[{"linear": 4, "outputs": 5}]"#, Some(0), "`outputs` is given twice"),
            (r#"[{"linear": 4, "width": 5}]"#, Some(0), "unknown field `width`, expected one of `outputs`"),
            (r#"[{"linear": -4}]"#, Some(0), "layer 0 (linear): invalid value: integer `-4`"),
            (r#"[{"conv2d": 4}]"#, Some(0), "missing field `kernel`"),
            (r#"[{"conv2d": 4, "kernel": "5"}]"#, Some(0), "expected a number of pixels, or [height, width]"),
            (r#"[{"conv2d": 4, "kernel": 5, "padding": "valid"}]"#, Some(0), "expected \"same\""),
            (r#"[{"layer": "flatten", "width": 4}]"#, Some(0), "layer 0 (flatten): it has no settings"),
            (r#"[{"layer": "relu", "width": 4}]"#, Some(0), "there is no layer `relu`"),
            (
                r#"["relu", {"residual": ["relu", {"residual": ["relu", "x"]}]}]"#,
                Some(1),
                "layer 1.body.1.body.1: there is no layer `x`",
            ),
            (
                r#"[{"residual": ["relu"], "shortcut": [{"linear": true}]}]"#,
                Some(0),
                "layer 0.shortcut.0 (linear): invalid type",
            ),
        ] {
            let problem = list.parse::<LayerList>().unwrap_err();
            assert_eq!(problem.entry(), place, "{problem}");
            assert!(problem.to_string().contains(said), "{list}: {problem}");
        }
    }

    #[test]
    fn tokens_come_in_where_the_list_begins_with_them() {
        let context = |list: &str| list.parse::<LayerList>().unwrap().context();
        assert_eq!(context(r#"[{"embedding": 8}, "linear"]"#), Some(64));
        assert_eq!(context(r#"{"context": 5, "layers": [{"tied": 8, "body": ["layer_norm"]}]}"#), Some(5));
        assert_eq!(context(r#"["linear"]"#), None);
    }
}
