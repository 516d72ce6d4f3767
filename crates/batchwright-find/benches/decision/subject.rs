//! What is replayed: beds with their truths, from any source.

use std::error::Error;
use std::path::Path;

use serde::Serialize;

use crate::arguments::{Arguments, Source};
use crate::bed::Bed;
use crate::truth::Truth;
use crate::{growth, law_breaking, measure, parallel, random, tie};

/// The search for random beds ends after this many draws more than wanted.
const MOST_DRAWS: u64 = 50;

/// A bed and its truth.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Subject {
    pub bed: Bed,
    pub truth: Truth,
}

pub(crate) fn subjects(arguments: &Arguments) -> Result<Vec<Subject>, Box<dyn Error>> {
    let subjects = match arguments.source {
        Source::Given => given(arguments)?,
        Source::Random { count } => drawn(arguments, count),
        Source::LawBreaking => measured(arguments, named(arguments, law_breaking::beds())),
        Source::Growth => measured(arguments, named(arguments, growth::beds())),
        Source::Tie => ties(arguments)?,
        // They have no law, so they are no such subjects.
        Source::Networks => Vec::new(),
    };
    if subjects.is_empty() {
        return Err("there is no bed (of that name) whose target is ever reached".into());
    }
    Ok(subjects)
}

/// The beds of the file, with the truths of the other file. The truths are measured if there is
/// none.
fn given(arguments: &Arguments) -> Result<Vec<Subject>, Box<dyn Error>> {
    let path = arguments.beds.as_deref().ok_or("--beds FILE is missing; see --help")?;
    let beds = named(arguments, Bed::read(path)?);
    match &arguments.truth {
        Some(path) => with_truths(beds, path),
        None => Ok(measured(arguments, beds)),
    }
}

fn with_truths(beds: Vec<Bed>, path: &Path) -> Result<Vec<Subject>, Box<dyn Error>> {
    let truths = Truth::read(path)?;
    let of = |bed: Bed| {
        let truth = truths.iter().find(|truth| truth.name == bed.name).cloned();
        let truth = truth.ok_or_else(|| format!("{}: nothing on bed {:?}", path.display(), bed.name))?;
        Ok(Subject { bed, truth })
    };
    beds.into_iter().map(of).collect()
}

fn named(arguments: &Arguments, beds: Vec<Bed>) -> Vec<Bed> {
    let wanted = |bed: &Bed| arguments.only.as_ref().is_none_or(|name| *name == bed.name);
    beds.into_iter().filter(wanted).collect()
}

/// Without the beds whose target is never reached.
pub(crate) fn measured(arguments: &Arguments, beds: Vec<Bed>) -> Vec<Subject> {
    let truth = |bed: &Bed| {
        eprintln!("measuring {}", bed.name);
        measure::truth(bed)
    };
    let truths = parallel::map(arguments.jobs, &beds, truth);
    beds.into_iter().zip(truths).filter_map(|(bed, truth)| Some(Subject { bed, truth: truth? })).collect()
}

fn ties(arguments: &Arguments) -> Result<Vec<Subject>, Box<dyn Error>> {
    let tie = |it: &Subject| {
        eprintln!("measuring two sizes of {}", it.bed.name);
        tie::subject(&it.bed, &it.truth)
    };
    Ok(parallel::map(arguments.jobs, &given(arguments)?, tie).into_iter().flatten().collect())
}

/// The first `count` draws that count.
fn drawn(arguments: &Arguments, count: u64) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for from in (0..MOST_DRAWS * count).step_by(arguments.jobs) {
        let numbers: Vec<u64> = (from..from + arguments.jobs as u64).collect();
        let draw = |&number: &u64| random::subject(arguments.random_seed, number);
        subjects.extend(parallel::map(arguments.jobs, &numbers, draw).into_iter().flatten());
        eprintln!("drawn: {}, of these count: {}", from + arguments.jobs as u64, subjects.len());
        if subjects.len() as u64 >= count {
            break;
        }
    }
    subjects.truncate(count as usize);
    subjects
}
