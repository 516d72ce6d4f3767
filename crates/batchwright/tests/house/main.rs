//! How the workspace is laid out, as tests: crates in one line, no circle of files, imports that
//! name the defining module, one meaning per public type name.
//!
//! Code under `#[cfg(test)]` is left out: a test may use whatever its crate has.

#![allow(clippy::unwrap_used, reason = "a workspace that cannot be read fails the test")]

mod files;
mod findings;

use files::{SourceFile, workspace};
use findings::{circles, front_door_imports, grouped_crate_imports, names_defined_twice};
use std::collections::BTreeSet;
use std::path::Path;

/// The crates, lowest first. Each uses only crates to its left.
const LINE: [&str; 9] = ["data", "nn", "train", "find", "command", "store", "view", "serve", "batchwright"];

/// Files that import each other cannot be read, moved or understood alone.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let of_crate = |files: &Vec<SourceFile>| (files[0].of_crate.clone(), circles(files));
    let found: Vec<_> = workspace().iter().map(of_crate).filter(|(_, circles)| !circles.is_empty()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// An import through lib.rs or another re-export hides which file it comes from, and with it a
/// circle.
#[test]
fn imports_name_the_module_that_defines() {
    let wrong = |files: &Vec<SourceFile>| [front_door_imports(files), grouped_crate_imports(files)].concat();
    let found: Vec<String> = workspace().iter().flat_map(wrong).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// A reader who meets a name in two crates must not have to ask which of the two is meant.
#[test]
fn no_public_type_name_has_two_meanings() {
    let all: Vec<SourceFile> = workspace().into_iter().flatten().collect();
    assert_eq!(names_defined_twice(&all), Vec::<String>::new());
}

/// A crate that uses one above it makes both one crate.
#[test]
fn crates_stand_in_one_line() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let found: BTreeSet<String> = std::fs::read_dir(crates)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.strip_prefix("batchwright-").unwrap_or(&name).to_owned())
        .collect();
    assert_eq!(found, LINE.map(str::to_owned).into(), "the line names every crate");
    for (place, name) in LINE.into_iter().enumerate() {
        let folder = if name == "batchwright" { name.to_owned() } else { format!("batchwright-{name}") };
        let manifest = std::fs::read_to_string(crates.join(folder).join("Cargo.toml")).unwrap();
        for above in LINE[place + 1..].iter().filter(|above| **above != "batchwright") {
            // `batchwright-x.workspace = true` or `batchwright-x = { .. }`.
            let line = format!("batchwright-{above}");
            let uses = manifest.lines().any(|found| found.split(['.', ' ']).next() == Some(line.as_str()));
            assert!(!uses, "{name} uses {above}, which is not below it");
        }
    }
}

/// The rules above are worth nothing if they find nothing.
mod planted_faults {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> Vec<SourceFile> {
        files.iter().map(|(path, text)| SourceFile::parse("planted", path, text)).collect()
    }

    #[test]
    fn a_circle_of_two_files_is_found() {
        let files = crate_of(&[
            ("lib.rs", "mod a; mod b; pub use crate::a::A;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "use crate::a::A; pub struct B; fn f(_: A) {}"),
        ]);
        assert_eq!(circles(&files), [["a.rs", "b.rs"]]);
    }

    #[test]
    fn a_circle_by_paths_in_code_and_in_macros_is_found() {
        for text in [
            "pub struct B; fn f() { crate::a::f(); }",
            "pub struct B; fn f() { super::a::f(); }",
            "use crate::a; pub struct B; fn f() { a::f(); }",
            "pub struct B; fn f() { assert!(crate::a::f()); }",
            "pub struct B; mod inner { use super::super::a::f; }",
        ] {
            let a = ("a.rs", "use crate::b::B; pub fn f() -> bool { true }");
            let files = crate_of(&[("lib.rs", "mod a; mod b;"), a, ("b.rs", text)]);
            assert_eq!(circles(&files), [["a.rs", "b.rs"]], "{text}");
        }
    }

    /// A parent that uses its child, whose child uses the parent, is a circle too.
    #[test]
    fn a_circle_of_parent_and_child_is_found() {
        let files = crate_of(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod b; use crate::a::b::B; pub struct A(B);"),
            ("a/b.rs", "use super::A; pub struct B; fn f(_: A) {}"),
        ]);
        assert_eq!(circles(&files), [["a/b.rs", "a/mod.rs"]]);
    }

    #[test]
    fn what_tests_use_closes_no_circle() {
        let files = crate_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "pub struct B; #[cfg(test)] mod tests { use super::*; use crate::a::A; }"),
        ]);
        assert_eq!(circles(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn an_inside_import_through_a_re_export_is_found() {
        let files = crate_of(&[
            ("lib.rs", "mod a; mod c; mod d; pub use crate::a::b::B;"),
            ("a/mod.rs", "pub(crate) mod b; pub use crate::a::b::B;"),
            ("a/b.rs", "pub struct B;"),
            ("c.rs", "use crate::B; use crate::a::B as Other;"),
            ("d.rs", "use crate::a::b::B; fn f(_: crate::B) {}"),
        ]);
        let found = front_door_imports(&files);
        assert_eq!(found, ["c.rs: crate::B", "c.rs: crate::a::B", "d.rs: crate::B"]);
    }

    #[test]
    fn an_inside_import_through_a_door_for_the_crate_alone_is_found() {
        let files = crate_of(&[
            ("lib.rs", "mod a; mod c;"),
            ("a/mod.rs", "pub(crate) mod b; pub(crate) use crate::a::b::B;"),
            ("a/b.rs", "pub struct B;"),
            ("c.rs", "use crate::a::B;"),
        ]);
        assert_eq!(front_door_imports(&files), ["c.rs: crate::a::B"]);
    }

    #[test]
    fn an_import_of_several_modules_at_once_is_found() {
        let files = crate_of(&[("lib.rs", "mod a;"), ("a.rs", "use crate::{b::B, c::C};")]);
        assert_eq!(grouped_crate_imports(&files), ["a.rs: use crate::{..}"]);
    }

    #[test]
    fn a_name_of_two_public_types_is_found() {
        let files =
            crate_of(&[("a.rs", "pub struct Position;"), ("b.rs", "pub enum Position {} struct Own;")]);
        assert_eq!(names_defined_twice(&files), ["Position: planted/a.rs, planted/b.rs"]);
    }
}
