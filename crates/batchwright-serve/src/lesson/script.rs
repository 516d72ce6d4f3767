//! The script of the lesson: its modules of `assets/lesson/script/`, joined.

use batchwright_view::{ScriptModule, joined_modules};

macro_rules! modules {
    ($($name:ident),* $(,)?) => {
        &[$(ScriptModule {
            name: stringify!($name),
            text: include_str!(concat!("../../assets/lesson/script/", stringify!($name), ".js")),
        }),*]
    };
}

const MODULES: &[ScriptModule] = modules![
    counting, random, text, numbers, page, controls, svg, chart, predict, boxes, odometers, order, gradients,
    costs, map, axes, replay, resume, curves, quiz, questions, bugs, main,
];

/// The whole script.
pub(crate) fn script() -> String {
    joined_modules(MODULES)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a module would read what is not there yet.
    #[test]
    fn modules_stand_behind_what_they_import_and_all_files_are_there() {
        let mut before = Vec::new();
        for module in MODULES {
            let (imports, body) = module.imports_and_body();
            for (_, from) in imports {
                assert!(before.contains(&from), "{} imports {from}", module.name);
            }
            assert!(!body.contains("\nimport "), "{}", module.name);
            before.push(module.name);
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/lesson/script");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), MODULES.len());
    }
}
