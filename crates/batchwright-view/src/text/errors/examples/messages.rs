//! Examples of the program's own messages.

use crate::text::examples::text;
use crate::text::messages::failures::FailureMessage;
use crate::text::messages::notices::Notice;
use crate::text::messages::usage::UsageMessage;

examples!(usages: UsageMessage {
    OutOfRange { flag: text("--threads"), found: 0, most: 9 },
    ZeroFlag { flag: "--max-steps" },
    BadEpochs { epochs: -1.0 },
    NoTime { flag: text("--budget"), found: text("3ep") },
    TimeTooLong { flag: text("--budget"), seconds: 1e99 },
    SizeOrAuto { text: text("x") },
    SizeTooLarge { text: text("1e99") },
    NoMemoryAmount { text: text("x") },
    TooMuchMemory { text: text("9TiB") },
    NoMemoryAtAll { text: text("0") },
    AutoIsForTrain,
    BudgetWithoutAuto,
    AccumulationWithAuto,
    ProductOverflows { micro: 8, accumulation: 9 },
    NotDivisible { batch_size: 8, accumulation: 3, micro: 4 },
    UnplannableDuration { duration: text("3s") },
    LossBelowZero { target: text("val_loss=0") },
    AccuracyAboveOne { target: text("val_accuracy=1") },
    AccuracyBelowZero { target: text("val_accuracy=0") },
    AccuracyOfNumbers,
    TargetOfRun,
    OtherOptimizer { flag: "--beta1", optimizer: "sgd" },
    StudyHasNoModel { name: text("a") },
    EmptySplit { split: "test" },
    ChartWithoutSvg,
    UnknownChart { name: text("x"), all: text("loss") },
    FitComparesNothing { flag: text("--export-csv") },
    MeaninglessForFit { flag: text("--reuse") },
    FitIsNoStudy,
    UnknownMemory,
    FitFromStdin,
    BadDelimiter,
    BadEncoding,
    CompareStudies { name: text("a") },
    ExportToStdout { flag: "--export-csv" },
    ExportTwice { flag: "--export-csv", path: text("a") },
    RatesNeeded,
    RatesUnused,
    RatesUnusedForFit,
    EpochsNeedSamples,
    LengthNeeded { placeholder: "steps" },
    QualityNeedsLength,
    MoreJobsThanDevices { jobs: 3, devices: 2 },
    OneLogFolder { jobs: 3 },
});

examples!(failures: FailureMessage {
    PrepareProbe,
    LimitProbe,
    Listen,
    WriteJson,
    WriteReport { path: text("a") },
    WriteExport { flag: "--export-csv", path: text("a") },
    SaveAnswer,
    WriteStdout,
    NoText,
    SaveRows { step: 7, model: text("a") },
    SaveRowsOrModel { step: 7, error: text("a") },
    NoResult { study: text("a") },
    MakeFolder { path: text("a") },
    MakeScratch,
    WhereWeAre,
    Hook { flag: "--setup" },
    HookTimedOut { flag: "--setup", line: text("sleep 9") },
});

examples!(notices: Notice {
    Beta2Floored { batch_size: 2048 },
    DigitsSource { citation: "UCI" },
    NothingRecommended { study: text("a"), reason: text("?") },
});
