//! What a picture on the terminal shows of a run or a study: what was told of it so far. `train`, `find` and
//! `watch` fill it; `batchwright-view` draws it.

pub(crate) mod run;
pub(crate) mod study;
