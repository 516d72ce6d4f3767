//! What is replayed: beds with their truths, from any source.

use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::arguments::{Arguments, Source};
use crate::bed::Bed;
use crate::truth::Truth;
use crate::{families, growth, law_breaking, measure, parallel, random, tie};

/// The search for random beds ends after this many draws more than wanted.
const MOST_DRAWS: u64 = 50;

/// A bed and its truth.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub bed: Bed,
    pub truth: Truth,
}

/// All but recorded trainings: those have no law.
pub(crate) fn subjects(arguments: &Arguments) -> Result<Vec<Subject>, Box<dyn Error>> {
    if arguments.only_networks() {
        return Ok(Vec::new());
    }
    let mut subjects = match arguments.source {
        Source::Given => given(arguments)?,
        Source::Subjects => stored(arguments)?,
        Source::Random { count } => drawn(arguments, count),
        Source::LawBreaking => measured(arguments, named(arguments, law_breaking::beds())),
        Source::Growth => measured(arguments, named(arguments, growth::beds())),
    };
    if arguments.tie {
        subjects = subjects.iter().map(tie::subject).collect();
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

/// One subject a line, as `--list` prints them.
fn stored(arguments: &Arguments) -> Result<Vec<Subject>, Box<dyn Error>> {
    let mut subjects = Vec::new();
    for path in &arguments.subjects {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        for (line, text) in text.lines().enumerate() {
            let subject: Result<Subject, _> = serde_json::from_str(text);
            let subject =
                subject.map_err(|error| format!("{}, line {}: {error}", path.display(), line + 1))?;
            subjects.push(subject);
        }
    }
    subjects.retain(|it| arguments.only.as_ref().is_none_or(|name| *name == it.bed.name));
    Ok(subjects)
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

/// The first `count` draws that count.
fn drawn(arguments: &Arguments, count: u64) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for from in (0..MOST_DRAWS * count).step_by(arguments.jobs) {
        let numbers: Vec<u64> = (from..from + arguments.jobs as u64).collect();
        let draw = |&number: &u64| draw(arguments, number);
        subjects.extend(parallel::map(arguments.jobs, &numbers, draw).into_iter().flatten());
        eprintln!("drawn: {}, of these count: {}", from + arguments.jobs as u64, subjects.len());
        if subjects.len() as u64 >= count {
            break;
        }
    }
    subjects.truncate(count as usize);
    subjects
}

fn draw(arguments: &Arguments, number: u64) -> Option<Subject> {
    match arguments.family {
        Some(family) => families::subject(family, arguments.random_seed, number),
        None => random::subject(arguments.random_seed, number),
    }
}
