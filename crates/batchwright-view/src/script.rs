//! Joins modules into one script, since a page in one file cannot import. Each module becomes a function
//! with a scope of its own, which returns what the module exports; an import becomes a reading of what an
//! earlier one returned.
//!
//! Expected of a module: imports of the form `import { a, b } from "./module.js";` at its top, exports of
//! the form `export function name`, `export class Name` or `export const name`, and a name that is a word.

/// A module of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptModule {
    /// Its name in imports, without `.js`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// One script of all modules; those that one imports stand before it.
#[must_use]
pub fn joined_modules(modules: &[ScriptModule]) -> String {
    modules.iter().map(joined).collect()
}

fn joined(module: &ScriptModule) -> String {
    let (imports, body) = module.imports_and_body();
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

impl ScriptModule {
    /// The imports at its top, as names and module, and what follows the last of them.
    #[must_use]
    pub fn imports_and_body(&self) -> (Vec<(&'static str, &'static str)>, &'static str) {
        let (mut imports, mut rest) = (Vec::new(), self.text);
        while let Some((_, after)) = rest.split_once("import {")
            && let Some((names, after)) = after.split_once("} from \"./")
            && let Some((from, after)) = after.split_once(".js\";\n")
        {
            imports.push((names, from));
            rest = after;
        }
        (imports, rest)
    }
}

/// `name` of `function name(..`, of `class name ..` and of `const name = ..`.
fn exported_name(line: &str) -> Option<&str> {
    let name = ["function ", "class ", "const "].iter().find_map(|kind| line.strip_prefix(kind))?;
    name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_becomes_a_scope_that_returns_its_exports() {
        let module = ScriptModule {
            name: "b",
            text: "// About b.\nimport { one } from \"./a.js\";\n\nexport const two = 2 * one;\nfunction own() {}\nexport function three() {}\nexport class Four {}\n",
        };
        let expected = "const module_b = (() => {\nconst { one } = module_a;\n\nconst two = 2 * one;\nfunction own() {}\nfunction three() {}\nclass Four {}\nreturn { two, three, Four };\n})();\n";
        assert_eq!(joined(&module), expected);
    }
}
