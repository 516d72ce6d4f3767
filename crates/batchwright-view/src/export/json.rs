//! A study or a run as JSON: the result as it is stored, and in its verdict the English sentence
//! that people read.
//!
//! The sentence is made here and nowhere kept, so that JSON and screen cannot differ. It is English
//! in every language of the interface, as programs may search in it.

use crate::lang::Lang;
use batchwright_find::StudyResult;
use batchwright_train::{RunRecord, RunResult};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A study as JSON, with `verdict.reason`.
#[derive(Debug, Clone, Copy)]
pub struct StudyJson<'a>(pub &'a StudyResult);

impl Serialize for StudyJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = value(self.0)?;
        json["verdict"]["reason"] = Lang::En.study_verdict(self.0).into();
        json.serialize(serializer)
    }
}

/// The result of a run as JSON, with `verdict.reason`.
#[derive(Debug, Clone, Copy)]
pub struct RunJson<'a>(pub &'a RunResult);

impl Serialize for RunJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = value(self.0)?;
        json["verdict"]["reason"] = Lang::En.verdict(self.0).into();
        json.serialize(serializer)
    }
}

/// A run with its rows as JSON, with `result.verdict.reason` where it has a result.
#[derive(Debug, Clone, Copy)]
pub struct RunRecordJson<'a>(pub &'a RunRecord);

impl Serialize for RunRecordJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = value(self.0)?;
        if let Some(result) = &self.0.result {
            json["result"] = value(&RunJson(result))?;
        }
        json.serialize(serializer)
    }
}

fn value<E: Error>(of: &impl Serialize) -> Result<Value, E> {
    serde_json::to_value(of).map_err(E::custom)
}
