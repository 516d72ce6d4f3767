//! What the browser gets besides pages and data: modules and style.

use batchwright_view::{chart_modules, chart_style, page_style};

const STYLE: &str = include_str!("../../assets/dashboard/style.css");

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../assets/dashboard/script/", $name, ".js")))),*]
    };
}

/// The dashboard's own modules by name.
const SCRIPTS: &[(&str, &str)] =
    scripts!["page", "server", "notices", "curves", "table", "about", "list", "run", "compare", "study"];

/// A file by the last part of its path: its type and its text.
pub(crate) fn asset(name: &str) -> Option<(&'static str, String)> {
    if name == "style.css" {
        return Some(("text/css; charset=utf-8", [page_style(), chart_style(), STYLE].concat()));
    }
    let name = name.strip_suffix(".js")?;
    let (_, text) = scripts().find(|(found, _)| *found == name)?;
    Some(("text/javascript; charset=utf-8", text.to_owned()))
}

/// All modules by name: the dashboard's own, and those of charts.
pub(crate) fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    SCRIPTS.iter().copied().chain(chart_modules().iter().map(|module| (module.name, module.text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_and_whatever_it_imports_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/dashboard/script");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), SCRIPTS.len());
        for (name, text) in scripts() {
            for rest in text.split("from \"./").skip(1) {
                let imported = rest.split('"').next().unwrap();
                assert!(asset(imported).is_some(), "{name} imports {imported}");
            }
        }
        assert!(asset("style.css").is_some() && asset("../page.js").is_none() && asset("page").is_none());
    }
}
