//! Examples of the errors of `batchwright-nn` and `batchwright-train`.

use crate::text::examples::text;
use batchwright_nn::{
    AllowedValue, Flow, GradientNormProblem, LayerListProblem, LayerProblem, LossProblem, ModelProblem,
    ModelValue, NnError, TensorProblem,
};
use batchwright_train::{CheckpointProblem, ExpectedSetting, ModelFileProblem, TooManySteps, TrainError};
use std::io;

examples!(variants: NnError {
    Model { model: text("conv"), problem: ModelProblem::NoWidths },
    LayerList { 0: LayerListProblem::ContextOfNumbers { context: 8 } },
    Layer { model: text("layers"), place: text("0"), layer: "linear", problem: Box::new(LayerProblem::Empty) },
    Image { model: text("cnn"), found: Some([3, 8]), least: 4 },
    InputKind { model: text("mlp:8") },
    Loss { name: "--loss", problem: LossProblem::ForNumbers },
    NeedsTokens { model: text("gpt") },
    Setting { name: "--dropout", value: 2.0, expected: AllowedValue::Probability },
    DoesNotFit { micro_batch: 1, needed: 2048, available: 1024 },
    Batch { what: "samples", found: 2, expected: 1 },
    State { found: vec![2], expected: vec![1] },
    OnnxSize { bytes: 9, most: 8 },
    GradientNorms { problem: GradientNormProblem::MixedSamples },
    Tensor { name: text("0.weight"), problem: TensorProblem::Missing },
});

examples!(models: ModelProblem {
    BadWidth { width: text("x") },
    BadDepth { depth: text("9") },
    NoWidths,
    UnknownKey { key: text("depth"), known: "`layers`" },
    RepeatedKey { key: text("width") },
    BadValue { key: text("tied"), value: text("x"), expected: ModelValue::Switch },
    Context { found: 32, expected: 64 },
    OwnActivation,
    OwnDropout,
    UnknownKind,
    EmptyLayer { inputs: 0, outputs: 3 },
});

examples!(lists: LayerListProblem {
    NoList { why: text("x") },
    NoEntry { place: text("1"), found: "number" },
    UnknownLayer { place: text("1"), found: text("conv"), known: text("`linear`") },
    NotOneLayer { place: text("1"), keys: text("`conv`"), known: text("`linear`") },
    Settings { place: text("1"), layer: text("conv2d"), why: text("x") },
    ContextOfNumbers { context: 9 },
});

examples!(model_values: ModelValue {
    Count,
    Switch,
    Positions,
});

const FLOW: Flow = Flow::Sequence { length: 4, width: 7 };

examples!(layers: LayerProblem {
    Empty,
    NoImage,
    NotFlat { found: FLOW },
    Tokens,
    NotImage { found: FLOW },
    Groups { groups: 2, channels: 3, outputs: 8 },
    ZeroSize,
    SameWithStride,
    PoolPadding { size: [3, 3], padding: [2, 1] },
    WindowTooLarge { size: [5, 7], dilation: [1, 2], input: [3, 6], padding: [1, 0] },
    NotTokens { found: FLOW },
    NotSequence { found: Flow::Vector { width: 7 } },
    NoVocabulary,
    Vocabulary { found: 9, most: 8 },
    Heads { width: 9, heads: 2 },
    OddHead { head: 3 },
    Deviation { found: -1.0 },
    Body { found: FLOW, expected: FLOW },
    Sum { body: FLOW, shortcut: FLOW },
    Outputs { found: FLOW, expected: 9 },
});

examples!(losses: LossProblem {
    ForClasses,
    ForClassesAlone,
    ForTwoClasses,
    ForNumbers,
    WeightCount { found: 2, expected: 3 },
    AllZero,
});

examples!(allowed: AllowedValue {
    AtLeastOne,
    Positive,
    NotNegative,
    BelowOne,
    Probability,
    PositiveWithNesterov,
});

examples!(gradient_norms: GradientNormProblem {
    MixedSamples,
    NotPlanned,
    NoneHere,
});

examples!(tensors: TensorProblem {
    Unknown,
    Missing,
    Shape { found: vec![1], expected: vec![2] },
    Count { found: 1, shape: vec![2], expected: 2 },
    Total { found: 1, expected: 2 },
});

pub(crate) fn errors() -> Vec<NnError> {
    let values = model_values().into_iter().map(|expected| ModelProblem::BadValue {
        key: text("width"),
        value: text("y"),
        expected,
    });
    let models =
        models().into_iter().chain(values).map(|problem| NnError::Model { model: text("other"), problem });
    let layers = layers().into_iter().map(|problem| NnError::Layer {
        model: text("other"),
        place: text("1.body.0"),
        layer: "flatten",
        problem: Box::new(problem),
    });
    let allowed =
        allowed().into_iter().map(|expected| NnError::Setting { name: "--beta1", value: 7.0, expected });
    let tensors = tensors().into_iter().map(|problem| NnError::Tensor { name: text("other"), problem });
    // The first is among the variants.
    let norms = gradient_norms().into_iter().skip(1).map(|problem| NnError::GradientNorms { problem });
    let losses = losses().into_iter().map(|problem| NnError::Loss { name: "--class-weights", problem });
    let lists = lists().into_iter().map(NnError::LayerList);
    variants()
        .into_iter()
        .chain(models)
        .chain(lists)
        .chain(layers)
        .chain(losses)
        .chain(norms)
        .chain(allowed)
        .chain(tensors)
        .collect()
}

examples!(run_variants: TrainError {
    Setting { name: "duration", value: text("0ep"), expected: ExpectedSetting::DurationWithUnit },
    Overflow { 0: TooManySteps::Steps { steps: 7, batch_size: 8 } },
    Network { 0: NnError::InputKind { model: text("mlp:9") } },
    File { path: "m".into(), action: "read the model", source: io::ErrorKind::NotFound.into() },
    Model { path: "m".into(), problem: ModelFileProblem::NotAFile },
    Checkpoint { path: "c".into(), problem: CheckpointProblem::NotAFile },
    NoCheckpoint { folder: "f".into() },
    DataChanged { run: text("a"), data: text("d") },
});

examples!(expected: ExpectedSetting {
    TrainingSamples,
    AtLeastOne,
    Positive,
    NotNegative,
    UpToBatchSize { batch_size: 8 },
    UpToSamples { samples: 9 },
    DurationWithUnit,
    TokensOfText,
    PositiveDuration,
    CountedDuration,
    CountedForDecay,
    ShorterThanRun { samples: 9 },
    SizeSchedule,
    RisingThresholds,
    OneSizeWithDropLast,
    SamplesOfData { samples: 9 },
    UpToEngine { most: 4 },
});

examples!(counts: TooManySteps {
    Steps { steps: 2, batch_size: 8 },
    Epochs { epochs: 2.0, samples: 9 },
});

examples!(files: ModelFileProblem {
    NotAFile,
    Damaged { 0: text("odd") },
    Length { found: 9, expected: 10 },
    TooLarge { needed: 9, available: 8 },
    Foreign { key: "batchwright" },
    Metadata { 0: text("odd") },
    Version { found: 2, known: 1 },
    NoChecksum,
    Checksum,
    NotFinite { tensor: text("0.weight") },
    NumberType { tensor: text("0.weight"), found: text("F16") },
});

examples!(checkpoints: CheckpointProblem {
    NotAFile,
    Foreign,
    TooLarge { needed: 9, available: 8 },
    Version { found: 2, known: 1 },
    Length { found: 7, expected: 8 },
    Damaged,
    Content,
    Settings { 0: text("odd") },
});

/// What can be tried with a file of a run.
const ACTIONS: [&str; 8] = [
    "write the model",
    "read the model",
    "write the checkpoint",
    "read the checkpoint",
    "make the folder",
    "look for checkpoints",
    "remove the old checkpoint",
    "start the writer of checkpoints",
];

pub(crate) fn run_errors() -> Vec<TrainError> {
    let expected = expected().into_iter().map(|expected| TrainError::Setting {
        name: "--lr",
        value: text("7"),
        expected,
    });
    let counts = counts().into_iter().map(TrainError::Overflow);
    let files = files().into_iter().map(|problem| TrainError::Model { path: "other".into(), problem });
    let checkpoints =
        checkpoints().into_iter().map(|problem| TrainError::Checkpoint { path: "other".into(), problem });
    let actions = ACTIONS.map(|action| TrainError::File {
        path: "other".into(),
        action,
        source: io::ErrorKind::NotFound.into(),
    });
    let all = run_variants().into_iter().chain(expected).chain(counts).chain(files);
    all.chain(checkpoints).chain(actions).collect()
}
