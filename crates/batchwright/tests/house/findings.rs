//! What is wrong with the layout of source files.

use crate::files::SourceFile;
use std::collections::{BTreeMap, BTreeSet};

/// Groups of files of one crate that import each other, directly or not. `lib.rs` and `main.rs`,
/// the front doors, are left out: nothing inside may import from them.
pub(crate) fn circles(files: &[SourceFile]) -> Vec<Vec<String>> {
    let edges: BTreeMap<&str, BTreeSet<&str>> = files
        .iter()
        .filter(|file| !file.module.is_empty())
        .map(|file| (file.path.as_str(), imported_files(file, files)))
        .collect();
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|&file| (file, reachable(file, &edges))).collect();
    let mut groups = BTreeSet::new();
    for (&file, reached) in &reach {
        if reached.contains(file) {
            let mutual = |other: &&&str| reach[**other].contains(file);
            groups.insert(reached.iter().filter(mutual).map(|&other| other.to_owned()).collect());
        }
    }
    groups.into_iter().collect()
}

/// Paths into the own crate that lead to a re-export instead of the module that defines.
pub(crate) fn front_door_imports(files: &[SourceFile]) -> Vec<String> {
    let through = |file: &SourceFile, path: &[String]| {
        let (door, rest) = deepest(path, files)?;
        let name = rest.first()?;
        let re_exports = door.re_exported.iter().any(|path| path.last() == Some(name));
        let is_door = door.path != file.path && !door.items.contains(name) && re_exports;
        is_door.then(|| format!("{}: crate::{}", file.path, path.join("::")))
    };
    let of = |file| move |path: &Vec<String>| through(file, path);
    let inside = files.iter().filter(|file| !file.module.is_empty());
    inside.flat_map(|file| file.named.iter().filter_map(of(file)).collect::<Vec<_>>()).collect()
}

/// Files with a line `use crate::{..}`, which hides how many modules it names.
pub(crate) fn grouped_crate_imports(files: &[SourceFile]) -> Vec<String> {
    let grouped = files.iter().filter(|file| file.has_grouped_crate_import);
    grouped.map(|file| format!("{}: use crate::{{..}}", file.path)).collect()
}

/// Names of public types that more than one file defines.
pub(crate) fn names_defined_twice(files: &[SourceFile]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        for name in &file.public_types {
            places.entry(name).or_default().push(format!("{}/{}", file.of_crate, file.path));
        }
    }
    let twice = places.into_iter().filter(|(_, files)| files.len() > 1);
    twice.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect()
}

fn imported_files<'a>(file: &SourceFile, files: &'a [SourceFile]) -> BTreeSet<&'a str> {
    let paths = file.named.iter().chain(&file.re_exported);
    let targets = paths.filter_map(|path| deepest(path, files)).filter(|(target, rest)| {
        // A path that is a module and nothing more imports nothing of it yet; its uses are paths
        // too.
        !rest.is_empty() && !target.module.is_empty() && target.path != file.path
    });
    targets.map(|(target, _)| target.path.as_str()).collect()
}

/// The file of the deepest module that a path leads through, and the rest of the path.
fn deepest<'a, 'p>(path: &'p [String], files: &'a [SourceFile]) -> Option<(&'a SourceFile, &'p [String])> {
    let leads_through = |file: &&SourceFile| path.starts_with(&file.module);
    let file = files.iter().filter(leads_through).max_by_key(|file| file.module.len())?;
    Some((file, &path[file.module.len()..]))
}

fn reachable<'a>(from: &str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = edges[from].iter().copied().collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(edges.get(file).into_iter().flatten());
        }
    }
    reached
}
