//! One example of every remark, open point, finding and cause, for the tests of both languages.
//!
//! The compiler completes these lists: a variant without an example does not compile.

use batchwright_command::{AuditEvidence, AuditNeed, CurveGap, Finding, PairedGap};
use batchwright_data::{ColumnNames, DataRemark, NumberForm};
use batchwright_find::{
    Direction, EpochCause, NearestTrial, NoAnswer, OpenPoint, Remark, SameAtSizes, Suspicion, Target,
};
use batchwright_train::VerdictCause;
use std::collections::HashSet;

/// A function that returns one example of each variant of an enum. The match has no wildcard: a new
/// variant does not compile until it has a line here. Each line makes an example of the variant
/// that it names.
macro_rules! examples {
    ($name:ident: $type:ident { $($variant:ident $({ $($fields:tt)* })?),+ $(,)? }) => {
        pub(crate) fn $name() -> Vec<$type> {
            // Never called: it only has to compile.
            let _every_variant_has_an_example = |value: &$type| match value {
                $($type::$variant { .. } => (),)+
            };
            vec![$($type::$variant $({ $($fields)* })?),+]
        }
    };
}

fn sizes() -> Vec<u64> {
    vec![16, 2048]
}

pub(crate) fn text(text: &str) -> String {
    text.to_owned()
}

fn target() -> Target {
    Target { metric: text("val_loss"), goal: 0.25, direction: Direction::Below, how: text("given") }
}

examples!(remarks: Remark {
    LeftOut { samples: 1294, same_as: 2048, sizes: vec![4096, 8192] },
    NotWorthMore { reuse: 100 },
    OneRate,
    UnevenLooks { least: 64, largest: 4096 },
    Suspicious { of: Suspicion::StepsFallBack { from: 30, to: 10 } },
    LooksAreDear { look_seconds: 336.0, runs: 12, seconds: 4032.0 },
    WallClock,
    StepTimeFailed { batch_size: 16, error: text("no clock") },
    StoppedEarly,
    WentOnOtherwise { trials: 3 },
    RangeExtended { batch_size: 2048 },
    TargetRelaxed { wanted: 0.1, share: 0.2 },
    Accumulated { micro_batch_size: 512, sizes: sizes() },
    DidNotFit { sizes: sizes() },
    RaceInVain { runs: 12 },
    JudgedByLaw { sizes: sizes() },
    NotTuned { sizes: sizes() },
    MissedTarget { sizes: sizes() },
    AllFailed { sizes: sizes() },
    TrialsFailed { failed: 2, of: 15, error: text("no disk") },
    NoneEnded { sizes: sizes() },
    NoFreshSeed { sizes: sizes() },
    NoStepTime { sizes: sizes() },
    NotTimed { sizes: sizes() },
    StepTimesDiffer { sizes: sizes() },
    Cliff { batch_size: 2048, times: 20.0, excluded: true },
    NoStepEnergy { sizes: sizes() },
    NoStepTimeModel,
    NoLaw,
});

fn columns() -> ColumnNames {
    ColumnNames { first: vec![text("a"), text("b")], count: 40 }
}

examples!(data_remarks: DataRemark {
    ReadAs { encoding: "Shift_JIS", delimiter: ';', decimal_comma: true },
    Comments { lines: 2 },
    HeaderOfNumbers,
    NamesMade { columns: columns() },
    NamesNumbered { columns: columns() },
    Thousands { columns: columns() },
    Dates { columns: columns(), form: NumberForm::DayFirst },
    ConstantColumns { columns: columns() },
    IdColumns { columns: columns() },
    TextReadAs { encodings: vec!["Shift_JIS", "windows-1252"] },
    LineEnds { count: 3 },
    UnknownCharacters { characters: text("xy"), count: 7 },
    SkippedFiles { count: 3, first: text("a/notes.txt") },
    GreyAsColour { images: 7 },
    Transparent { images: 8 },
    SixteenBits { images: 9 },
    Turned { images: 10 },
});

examples!(open_points: OpenPoint {
    MoreRuns { regret: 0.08, margin: 0.05, runs: 40 },
    SteadierStepTimes { regret: 0.08, margin: 0.05 },
    Doubtful { probability: 0.2, limit: 0.1 },
    NoRateTuned,
    TooFewSeeds { needed: 3, sizes: vec![16] },
    MetAtFirstLook { reached: 9 },
    NotJudged { sizes: sizes() },
});

examples!(suspicions: Suspicion {
    AboveOne { metric: text("val_accuracy"), value: 37.14, goal: 0.95 },
    NeverChanges { metric: text("val_loss"), value: 0.7, rows: 12 },
    NeverFinite { metric: text("val_loss"), rows: 12 },
    TwoValues { metric: text("val_loss"), step: 125, values: [0.5, 0.75] },
    RanOutOfMemory { batch_size: 256, line: text("CUDA out of memory; retrying with 128") },
    MetAtFirstLook { metric: text("val_loss"), met: 3, reached: 5 },
    TrainingLoss { metric: text("train_loss"), samples: 2048 },
    BatchSizeUnused { sizes: sizes(), same: SameAtSizes::StepsPerEpoch { steps: 422.0 } },
    OtherEpoch {
        batch_size: 16,
        steps_per_epoch: 94.0,
        samples: 6000,
        cause: EpochCause::LargerSteps { times: 4 },
    },
    StepsStand { step: 0, rows: 5 },
    StepsFallBack { from: 30, to: 10 },
    SecondsFallBack { from: 5.0, to: 2.0 },
});

examples!(no_answers: NoAnswer {
    NothingFits { smallest: 8 },
    AllFailed { trials: 56, error: text("no disk") },
    AllDiverged { trials: 56 },
    Missed {
        target: target(),
        nearest: Some(NearestTrial { value: 0.3, batch_size: 16, learning_rate: 0.1 }),
    },
    NoStepEnergy,
    ReachedTooRarely { target: target() },
    MetricDoubtful { metric: text("val_loss") },
    TooEarly { trials: 2, nearest: None },
});

examples!(verdict_causes: VerdictCause {
    SlowStart,
    NearConstant,
    NeighboursDoBetter { neighbours: 0.95, network: 0.6, accuracy: true },
    WorseThanGuessing { constant_loss: 2.3 },
    NotFinite,
    WorseThanUntrained,
    WorseThanConstant,
    FellBackToConstant,
    LostWhatItLearnt,
    NoFiniteEvaluation,
    TooFewEvaluations { evaluations: 2, needed: 6 },
    NoBetterThanUntrained { untrained_loss: 2.3 },
    TrainingLossDidNotFall,
    TooFewSamples,
});

examples!(findings: Finding {
    OutOfMemory { batch_size: 8192, evidence: text("line") },
    BadFlag { evidence: text("line") },
    Crashed { death: text("exit code 3"), last_lines: vec![] },
    NothingPrinted { metric: text("val_loss") },
    NothingRecognised { metric: text("val_loss"), lines: 7, last_lines: vec![], suggestion: None },
    MetricMissing { metric: text("val_loss"), others: vec![text("a"), text("b")], suggestion: None },
    OnlyEpoch { metric: text("val_loss") },
    NoPosition { metric: text("val_loss"), suggestion: None },
    Unplaced { error: text("no such step") },
    Suspicious { of: Suspicion::StepsStand { step: 7, rows: 5 } },
    UnreadableFile { error: text("a.csv: damaged") },
    FailedAtEnd { death: text("exit code 3"), last_lines: vec![] },
    HeldBack { rows: 3, seconds: 9.5 },
    OneLook,
    WallClock,
    OwnInterval,
    OtherInterval { asked: 80, between: 500 },
    OneRate,
    NoSeed,
});

fn curve_gap() -> CurveGap {
    CurveGap { rows: 12, samples: 640, first: 0.5, second: 0.625, relative: 0.2 }
}

fn paired_gap() -> PairedGap {
    PairedGap { pairs: 5, mean: 0.25, margin: 0.015 }
}

examples!(audit_evidence: AuditEvidence {
    RunRepeats { gap: CurveGap { relative: 0.0, ..curve_gap() } },
    RunDiffers { gap: curve_gap() },
    SeedMatters { gap: curve_gap() },
    SeedIgnored { seeds: [0, 1], rows: 12 },
    AccumulationSame { micro_batch_size: 16, accumulation: 4, gap: curve_gap() },
    AccumulationSameOnAverage { micro_batch_size: 16, accumulation: 4, paired: paired_gap() },
    AccumulationSummed { micro_batch_size: 16, accumulation: 4, gap: curve_gap(), at_larger_rate: curve_gap() },
    AccumulationMultiplies { batch_size: 64, accumulation: 4, samples_of_step: 250.0 },
    AccumulationChangesRate { micro_batch_size: 16, accumulation: 4, samples: 640, rates: [0.1, 0.05] },
    AccumulationDiffers { micro_batch_size: 16, accumulation: 4, gap: curve_gap(), paired: paired_gap() },
    AccumulationUnclear { micro_batch_size: 16, accumulation: 4, gap: curve_gap() },
    LastBatchKept { samples: 1000, batch_size: 64, steps: 16 },
    LastBatchDropped { samples: 1000, batch_size: 64, steps: 15 },
    EpochHasOtherSteps { samples: 1000, batch_size: 64, steps: 31.5 },
    LastWindowSame { steps: 16, gap: curve_gap() },
    LastWindowDropped { steps: 15.0, expected: 16, lost: 2 },
    LastWindowLeaks { steps: 15.5, expected: 16, gap: Some(curve_gap()), faster: Some(paired_gap()) },
    LastWindowKeptAlone { steps: 16.0, expected: 15 },
    LastWindowWeighted { before: curve_gap(), gap: curve_gap(), paired: Some(paired_gap()) },
    LastWindowUnclear { paired: paired_gap() },
    EvaluationSame { sizes: [64, 31], gap: curve_gap() },
    EvaluationDepends { sizes: [64, 31], gap: curve_gap() },
    RateConstant { sizes: [64, 32], samples: 2000 },
    HorizonFollows { sizes: [64, 32], samples: 2000 },
    HorizonUnclear { sizes: [64, 32], samples: 2000 },
    HorizonFixed { sizes: [64, 32], samples: 2000, shares: [0.5, 0.25] },
    NotChecked { need: AuditNeed::Samples },
});

examples!(audit_needs: AuditNeed {
    Placeholders { names: vec![text("micro_batch_size"), text("grad_accum")] },
    Samples,
    BatchSize { range: [1, 2] },
    RatesInRows,
    StepsInRows,
    CommonRows { metric: text("val_loss") },
    RunThatRepeats,
    SameAccumulation,
    HealthyRun { command: text("python train.py"), error: text("it ended with exit code 3: oops") },
    Time,
});

/// Checks that no text is missing, that no two are the same, and that none is in the other
/// language.
pub(crate) fn are_two_languages(english: Vec<String>, japanese: Vec<String>) {
    assert!(!english.is_empty());
    assert!(english.iter().all(|text| !text.is_empty() && text.is_ascii()), "{english:?}");
    // Only kana count as Japanese: in a Japanese sentence, the comma of a list is always Japanese.
    let kana = |text: &String| text.contains(|c| ('\u{3040}'..='\u{30ff}').contains(&c));
    assert!(japanese.iter().all(kana), "{japanese:?}");
    assert_eq!(japanese.iter().find(|text| has_english(text)), None);
    let distinct: HashSet<&String> = english.iter().chain(&japanese).collect();
    assert_eq!(distinct.len(), english.len() + japanese.len(), "{english:?} {japanese:?}");
}

/// Whether a text has three English words in a row. Flags, names and commands are no sentences.
fn has_english(text: &str) -> bool {
    let word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(3).any(|three| three.iter().all(|it| word(it)))
}
