//! The source files of the workspace: what each defines, what it brings into scope, and every path
//! in it that leads somewhere in its own crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A path within a crate from its root, e.g. `[a, b, Item]` of `crate::a::b::Item`.
pub(crate) type CratePath = Vec<String>;

/// One source file, without what is compiled for tests only.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Folder of its crate.
    pub(crate) of_crate: String,
    /// Its path below `src/`.
    pub(crate) path: String,
    /// Its module's path.
    pub(crate) module: CratePath,
    /// Names of its own items, child modules of other files left out.
    pub(crate) items: BTreeSet<String>,
    /// Names of its unrestricted public types.
    pub(crate) public_types: Vec<String>,
    /// What its `use` lines bring into scope, by name.
    pub(crate) in_scope: BTreeMap<String, CratePath>,
    /// Paths into its own crate that it names, in `use` lines and in code, but not to re-export.
    pub(crate) named: BTreeSet<CratePath>,
    /// Paths that it re-exports.
    pub(crate) re_exported: BTreeSet<CratePath>,
    /// Whether a line `use crate::{..}` stands in it.
    pub(crate) has_grouped_crate_import: bool,
}

impl SourceFile {
    pub(crate) fn parse(of_crate: &str, path: &str, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{of_crate}/{path}: {error}"));
        let mut module: CratePath = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        let children = parsed.items.iter().filter_map(|item| match item {
            Item::Mod(ItemMod { ident, content: None, .. }) => Some(ident.to_string()),
            _ => None,
        });
        let children = children.map(|name| (name.clone(), [module.clone(), vec![name]].concat())).collect();
        let file = Self {
            of_crate: of_crate.to_owned(),
            path: path.to_owned(),
            module: module.clone(),
            items: BTreeSet::new(),
            public_types: Vec::new(),
            in_scope: children,
            named: BTreeSet::new(),
            re_exported: BTreeSet::new(),
            has_grouped_crate_import: false,
        };
        let mut reader = Reader { file, scope: module, depth: 0 };
        parsed.items.iter().for_each(|item| reader.visit_item(item));
        reader.file.expand_names_in_scope();
        reader.file
    }

    /// A path in code may begin with a module that a `use` line brought into scope.
    fn expand_names_in_scope(&mut self) {
        let expand = |path: &CratePath| match path.first().and_then(|first| first.strip_prefix('?')) {
            Some(first) => {
                let start = self.in_scope.get(first)?;
                Some([start.as_slice(), &path[1..]].concat())
            }
            None => Some(path.clone()),
        };
        self.named = self.named.iter().filter_map(expand).collect();
    }
}

/// Reads one file. Paths that begin with a plain name are kept with a `?` before it until all `use`
/// lines are known.
struct Reader {
    file: SourceFile,
    /// Module of what is being read: the file's own or one inside it.
    scope: CratePath,
    /// How many modules inside the file's own.
    depth: usize,
}

impl Reader {
    /// From the crate's root; `None` where it leads to another crate.
    fn rooted(&self, segments: &[String]) -> Option<CratePath> {
        let (first, rest) = segments.split_first()?;
        let up = segments.iter().take_while(|segment| *segment == "super").count();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([self.scope.as_slice(), rest].concat()),
            "super" => {
                let kept = self.scope.len().checked_sub(up)?;
                Some([&self.scope[..kept], &segments[up..]].concat())
            }
            _ => None,
        }
    }

    fn name(&mut self, segments: &[String]) {
        let absolute = self.rooted(segments);
        let relative = || {
            (segments.len() > 1).then(|| {
                let first = format!("?{}", segments[0]);
                [&[first], &segments[1..]].concat()
            })
        };
        self.file.named.extend(absolute.or_else(relative));
    }

    fn import(&mut self, tree: &UseTree, before: &[String], re_exports: bool) {
        match tree {
            UseTree::Path(path) => {
                let before = [before, &[path.ident.to_string()]].concat();
                self.import(&path.tree, &before, re_exports);
            }
            UseTree::Group(group) => {
                self.file.has_grouped_crate_import |= before == ["crate"];
                group.items.iter().for_each(|item| self.import(item, before, re_exports));
            }
            UseTree::Glob(_) => self.bring(before, None, re_exports),
            UseTree::Name(name) if name.ident == "self" => self.bring(before, before.last(), re_exports),
            UseTree::Name(name) => {
                let path = [before, &[name.ident.to_string()]].concat();
                self.bring(&path, path.last(), re_exports);
            }
            UseTree::Rename(rename) => {
                let path = [before, &[rename.ident.to_string()]].concat();
                self.bring(&path, Some(&rename.rename.to_string()), re_exports);
            }
        }
    }

    fn bring(&mut self, path: &[String], name: Option<&String>, re_exports: bool) {
        let child = |first: &String| self.file.in_scope.get(first).cloned();
        let of_child =
            || path.split_first().and_then(|(first, rest)| Some([child(first)?, rest.to_vec()].concat()));
        let Some(path) = self.rooted(path).or_else(of_child) else { return };
        if let Some(name) = name.filter(|_| self.depth == 0) {
            self.file.in_scope.insert(name.clone(), path.clone());
        }
        if re_exports {
            self.file.re_exported.insert(path)
        } else {
            self.file.named.insert(path)
        };
    }

    fn define(&mut self, item: &Item) {
        let (name, public_type) = match item {
            Item::Const(item) => (&item.ident, false),
            Item::Enum(item) => (&item.ident, is_public(&item.vis)),
            Item::Fn(item) => (&item.sig.ident, false),
            Item::Mod(item) if item.content.is_some() => (&item.ident, false),
            Item::Static(item) => (&item.ident, false),
            Item::Struct(item) => (&item.ident, is_public(&item.vis)),
            Item::Trait(item) => (&item.ident, is_public(&item.vis)),
            Item::Type(item) => (&item.ident, is_public(&item.vis)),
            Item::Union(item) => (&item.ident, is_public(&item.vis)),
            _ => return,
        };
        self.file.items.insert(name.to_string());
        if public_type {
            self.file.public_types.push(name.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).iter().any(is_test_only) {
            return;
        }
        if self.depth == 0 {
            self.define(item);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.scope.push(module.ident.to_string());
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
        self.scope.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        // `pub(crate) use` is a second door too.
        let re_exports = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], re_exports);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(&segments);
        visit::visit_path(self, path);
    }

    /// A macro's words are not parsed: whatever looks like a path into the crate counts as one.
    fn visit_macro(&mut self, of: &'ast Macro) {
        let text = of.tokens.to_string().replace(" :: ", "::");
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for word in text.split(|c| !is_word(c)).filter(|word| word.contains("::")) {
            let segments: Vec<String> = word.trim_matches(':').split("::").map(str::to_owned).collect();
            self.name(&segments);
        }
        visit::visit_macro(self, of);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_test_only(attribute: &Attribute) -> bool {
    let is = |name: &str| attribute.path().is_ident(name);
    let words = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
    is("test") || (is("cfg") && words.split(|c: char| !c.is_alphanumeric()).any(|word| word == "test"))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The files of every crate.
pub(crate) fn workspace() -> Vec<Vec<SourceFile>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<_> = std::fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let all: Vec<Vec<SourceFile>> = folders.iter().map(|folder| files_of(folder)).collect();
    assert!(all.len() > 5 && all.iter().all(|files| files.len() > 3), "the workspace was not found");
    all
}

/// A program's `lib.rs` is left out: it only re-exports other crates, and `main.rs` is the root.
fn files_of(folder: &Path) -> Vec<SourceFile> {
    let (source, name) = (folder.join("src"), folder.file_name().unwrap().to_str().unwrap());
    let mut paths = Vec::new();
    collect(&source, &mut paths);
    paths.sort();
    let path = |file: &Path| file.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
    let is_root_of_a_program = source.join("main.rs").exists();
    paths
        .iter()
        .filter(|file| !(is_root_of_a_program && path(file) == "lib.rs"))
        .map(|file| SourceFile::parse(name, &path(file), &std::fs::read_to_string(file).unwrap()))
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
