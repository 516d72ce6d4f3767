//! Joins the modules of `assets/lesson/script/` into one script, since a page in one file cannot import.
//! Each module becomes a function with a scope of its own, which returns what the module exports; an
//! import becomes a reading of what an earlier one returned.
//!
//! Expected of a module: imports of the form `import { a, b } from "./module.js";` at its top, exports of
//! the form `export function name` or `export const name`, and a name that is a word.

/// A module, and those that it imports stand before it.
struct Module {
    name: &'static str,
    text: &'static str,
}

macro_rules! modules {
    ($($name:ident),* $(,)?) => {
        &[$(Module {
            name: stringify!($name),
            text: include_str!(concat!("../../assets/lesson/script/", stringify!($name), ".js")),
        }),*]
    };
}

const MODULES: &[Module] = modules![
    counting, random, text, numbers, page, controls, svg, chart, predict, boxes, odometers, order, gradients,
    costs, map, axes, replay, resume, curves, quiz, questions, bugs, main,
];

/// The whole script.
pub(crate) fn script() -> String {
    MODULES.iter().map(joined).collect()
}

fn joined(module: &Module) -> String {
    let (imports, body) = imports_and_body(module.text);
    let mut exports = Vec::new();
    let mut text = format!("const module_{} = (() => {{\n", module.name);
    for (names, from) in imports {
        text += &format!("const {{{names}}} = module_{from};\n");
    }
    for line in body.lines() {
        let inner = line.strip_prefix("export ");
        exports.extend(inner.and_then(exported_name));
        text += inner.unwrap_or(line);
        text.push('\n');
    }
    text + &format!("return {{ {} }};\n}})();\n", exports.join(", "))
}

/// The imports at the top, as names and module, and what follows the last of them.
fn imports_and_body(text: &str) -> (Vec<(&str, &str)>, &str) {
    let (mut imports, mut rest) = (Vec::new(), text);
    while let Some((_, after)) = rest.split_once("import {")
        && let Some((names, after)) = after.split_once("} from \"./")
        && let Some((from, after)) = after.split_once(".js\";\n")
    {
        imports.push((names, from));
        rest = after;
    }
    (imports, rest)
}

/// `name` of `function name(..` and of `const name = ..`.
fn exported_name(line: &str) -> Option<&str> {
    let name = line.strip_prefix("function ").or_else(|| line.strip_prefix("const "))?;
    name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_becomes_a_scope_that_returns_its_exports() {
        let module = Module {
            name: "b",
            text: "// About b.\nimport { one } from \"./a.js\";\n\nexport const two = 2 * one;\nfunction own() {}\nexport function three() {}\n",
        };
        let expected = "const module_b = (() => {\nconst { one } = module_a;\n\nconst two = 2 * one;\nfunction own() {}\nfunction three() {}\nreturn { two, three };\n})();\n";
        assert_eq!(joined(&module), expected);
    }

    /// Else a module would read what is not there yet.
    #[test]
    fn modules_stand_behind_what_they_import_and_all_files_are_there() {
        let mut before = Vec::new();
        for module in MODULES {
            for (_, from) in imports_and_body(module.text).0 {
                assert!(before.contains(&from), "{} imports {from}", module.name);
            }
            assert!(!imports_and_body(module.text).1.contains("\nimport "), "{}", module.name);
            before.push(module.name);
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/lesson/script");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), MODULES.len());
    }
}
