//! Examples of the errors of `batchwright-find` and `batchwright-store`.

use crate::text::examples::text;
use batchwright_find::{
    AcceptedRange, EnergyError, FindError, JournalProblem, MemoryModelError, RatesProblem, SizesProblem,
    TargetProblem, TrialError,
};
use batchwright_store::{NameProblem, StoreError};
use std::io::ErrorKind;

examples!(variants: FindError {
    BatchSizes { value: text("0"), problem: SizesProblem::Zero },
    Rates { value: text("0"), problem: RatesProblem::NotPositive },
    Target { value: text("x"), problem: TargetProblem::NoSign },
    UnknownMetric { metric: text("f1"), reported: vec![text("val_loss")] },
    NoPrice,
    NoEnergy { 0: EnergyError::NotMeasured },
    OtherTarget { study: text("a"), past: text("val_loss < 1"), asked: text("val_loss < 2") },
    Journal { 0: JournalProblem::Entry { nth: 5, reason: text("cut off") } },
    Setting { setting: "--seeds", found: text("0"), expected: AcceptedRange::ToThousand },
});

examples!(journals: JournalProblem {
    NoBeginning,
    Newer { found: 2, known: 1 },
    Entry { nth: 3, reason: text("odd") },
    Memory { reason: text("odd") },
});

examples!(sizes: SizesProblem {
    None,
    Zero,
    NotANumber { text: text("x") },
    Reversed { low: 3, high: 1 },
    AboveCap { cap: 4 },
});

examples!(rates: RatesProblem {
    None,
    NotPositive,
    NotANumber { text: text("x") },
    RateNotPositive { rate: -1.0 },
    Reversed { low: 3.0, high: 1.0 },
});

examples!(targets: TargetProblem { NoSign, NoName, NotANumber { text: text("x") } });

examples!(ranges: AcceptedRange { ToThousand, FromSeeds, Fraction, AtLeastOne, Positive, Price });

pub(crate) fn errors() -> Vec<FindError> {
    let value = || text("other");
    let sizes = sizes().into_iter().map(|problem| FindError::BatchSizes { value: value(), problem });
    let rates = rates().into_iter().map(|problem| FindError::Rates { value: value(), problem });
    let targets = targets().into_iter().map(|problem| FindError::Target { value: value(), problem });
    let ranges = ranges().into_iter().map(|expected| FindError::Setting {
        setting: "--margin",
        found: text("7"),
        expected,
    });
    let journals = journals().into_iter().map(FindError::Journal);
    variants().into_iter().chain(journals).chain(sizes).chain(rates).chain(targets).chain(ranges).collect()
}

examples!(energy_variants: EnergyError {
    NoCounters { root: "r".into() },
    Unreadable { file: "f".into(), kind: ErrorKind::PermissionDenied },
    NotANumber { file: "f".into(), found: text("x") },
    NotMeasured,
});

pub(crate) fn energy_errors() -> Vec<EnergyError> {
    let other = EnergyError::Unreadable { file: "f".into(), kind: ErrorKind::NotFound };
    energy_variants().into_iter().chain([other]).collect()
}

examples!(memory_model_errors: MemoryModelError {
    TooFewSizes { found: 2 },
    NoLine { micro_batch_size: 8, measured: 3e6, modelled: 2e6 },
});

examples!(trial_errors: TrialError {
    DoesNotFit { batch_size: 8, reason: text("killed") },
    Interrupted,
    Failed { 0: text("oops") },
});

examples!(store_variants: StoreError {
    Unwritable { path: "p".into(), reason: text("full") },
    Unreadable { path: "p".into(), reason: text("denied") },
    NotAFile { path: "p".into() },
    Missing { path: "p".into() },
    Corrupt { path: "p".into(), reason: text("odd") },
    Newer { path: "p".into(), found: 3, known: 2 },
    Locked { path: "p".into() },
    BadName { name: text("a/b"), reason: NameProblem::Dots },
    NameTaken { name: text("a") },
    UnknownName { name: text("a"), near: vec![text("b")] },
    Content { what: "plan", name: text("a"), reason: text("odd") },
    DamagedRow { name: text("a"), step: 3, path: "p".into() },
    DamagedEntry { name: text("a"), path: "p".into() },
    DamagedEvent { name: text("a"), nth: 3, path: "p".into() },
    EventOrder { name: text("a"), found: 3, expected: 2 },
    Owned { name: text("a"), process: 7 },
    OwnedElsewhere { name: text("a"), process: 7, host: text("h") },
    OwnerUnreadable { name: text("a"), reason: text("odd") },
    FolderLeft { name: text("a"), path: "p".into(), reason: text("denied") },
    QueryChanges,
    QueryCount { several: true },
    QueryTooLarge { most_mib: 9 },
    Query { reason: text("odd") },
    Database { path: "p".into(), source: rusqlite::Error::InvalidQuery },
});

examples!(bad_names: NameProblem {
    Empty,
    TooLong { most: 9 },
    Character { character: '/', marks: "-_" },
    Ends,
    Dots,
    Database,
});

pub(crate) fn store_errors() -> Vec<StoreError> {
    let names = bad_names().into_iter().map(|reason| StoreError::BadName { name: text("other"), reason });
    let unknown = StoreError::UnknownName { name: text("a"), near: Vec::new() };
    let none = StoreError::QueryCount { several: false };
    store_variants().into_iter().chain(names).chain([unknown, none]).collect()
}
