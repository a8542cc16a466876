//! Files of the core do not import each other in circles, neither across rooms nor within `broker`.
//!
//! An arrow leads from a file to the file that defines what it names by `crate::`, `super::` or `self::`. A name that a
//! module only passes on (`pub use`) counts for the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path below the crate, such as `["broker", "requests"]`; the crate itself has none.
type Module = Vec<String>;

/// The core's files by module, and what each passes on.
struct Core {
    files: BTreeMap<Module, PathBuf>,
    /// By module and name: the path that a `pub use` gives, as written.
    passed_on: BTreeMap<(Module, String), Vec<String>>,
}

#[test]
fn no_circle_crosses_rooms_and_none_lies_within_the_broker() {
    let core = Core::read();
    let arrows = core.arrows();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 500, "the walk saw only {count} arrows: it looks in the wrong place");
    let bad: Vec<String> = circles(&arrows).into_iter().filter(is_bad).map(|circle| shown(&circle)).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn a_circle_through_super_is_seen() {
    let module = |name: &str| vec!["broker".to_owned(), name.to_owned()];
    let arrows = BTreeMap::from([
        (module("a"), BTreeSet::from([module("b")])),
        (module("b"), BTreeSet::from([module("c")])),
        (module("c"), BTreeSet::from([module("a")])),
        (module("d"), BTreeSet::from([module("a")])),
    ]);
    let found = circles(&arrows);
    assert_eq!(found, [BTreeSet::from([module("a"), module("b"), module("c")])]);
    assert_eq!(paths_in("use super::{a::B, c::{self, D}};"), ["super::a::B", "super::c::self", "super::c::D"]);
}

fn is_bad(circle: &BTreeSet<Module>) -> bool {
    let rooms: BTreeSet<&String> = circle.iter().filter_map(|module| module.first()).collect();
    rooms.len() > 1 || rooms.iter().any(|room| *room == "broker")
}

fn shown(circle: &BTreeSet<Module>) -> String {
    circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" <-> ")
}

impl Core {
    fn read() -> Core {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").join("core/src");
        let mut core = Core { files: BTreeMap::new(), passed_on: BTreeMap::new() };
        core.walk(&root, &mut Vec::new());
        for (module, path) in core.files.clone() {
            for path in uses(&code_of(&path), true) {
                let name = path.rsplit("::").next().unwrap_or_default().to_owned();
                core.passed_on.insert((module.clone(), name), segments(&path));
            }
        }
        core
    }

    fn walk(&mut self, folder: &Path, module: &mut Module) {
        for entry in fs::read_dir(folder).expect("the core's folders can be read").flatten() {
            let path = entry.path();
            let name = path.file_stem().expect("has a name").to_string_lossy().into_owned();
            if name == "tests" || name == "generated" || name == "lib" {
                continue;
            }
            if path.is_dir() {
                module.push(name);
                self.walk(&path, module);
                module.pop();
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let mut own = module.clone();
                own.extend((name != "mod").then_some(name));
                self.files.insert(own, path);
            }
        }
    }

    fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut arrows = BTreeMap::new();
        for (module, path) in &self.files {
            let code = code_of(path);
            let mut named: Vec<String> = uses(&code, false);
            named.extend(inline_paths(&code));
            let targets = named.iter().filter_map(|path| self.resolve(module, &segments(path), 0));
            arrows.insert(module.clone(), targets.filter(|target| target != module).collect());
        }
        arrows
    }

    /// The module whose file defines what a path names, as seen from `from`.
    fn resolve(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let mut at = from.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => {
                at.clear();
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|part| part == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            // A path that begins with a child module, as in `pub use child::Name`.
            Some(first) if self.files.contains_key(&child(&at, first)) => {}
            _ => return None,
        }
        while let Some(part) = rest.first() {
            let next = child(&at, part);
            if self.files.contains_key(&next) {
                at = next;
                rest = &rest[1..];
                continue;
            }
            if depth < 8
                && let Some(passed) = self.passed_on.get(&(at.clone(), part.clone()))
            {
                return self.resolve(&at, passed, depth + 1);
            }
            break;
        }
        self.files.contains_key(&at).then_some(at)
    }
}

fn child(module: &Module, name: &str) -> Module {
    let mut child = module.clone();
    child.push(name.to_owned());
    child
}

/// Groups of files that reach each other, each with more than one file.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<BTreeSet<Module>> {
    let reach: BTreeMap<&Module, BTreeSet<Module>> =
        arrows.keys().map(|module| (module, reachable(module, arrows))).collect();
    let mut found: Vec<BTreeSet<Module>> = Vec::new();
    for module in arrows.keys() {
        if found.iter().any(|circle| circle.contains(module)) {
            continue;
        }
        let back = |other: &&Module| reach.get(*other).is_some_and(|reached| reached.contains(module));
        let circle: BTreeSet<Module> = reach[module].iter().filter(back).cloned().collect();
        if circle.len() > 1 {
            found.push(circle);
        }
    }
    found
}

fn reachable(from: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.clone()];
    while let Some(module) = open.pop() {
        for next in arrows.get(&module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reached
}

/// A file's code without comments and without its tests, which stand last.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    // What is visible up to where is no import.
    let code = code.join("\n").replace("pub(in crate::", "pub(in ").replace("pub(in super::", "pub(in ");
    code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

/// The paths of a file's `use` declarations: those that pass names on, or the others.
fn uses(code: &str, passing_on: bool) -> Vec<String> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ").filter(|at| begins_a_word(statement, *at)) else { continue };
        let passes_on = statement[..at].trim_end().lines().last().is_some_and(|line| line.trim().starts_with("pub"));
        if passes_on == passing_on {
            found.extend(paths_in(&statement[at..]));
        }
    }
    found
}

fn begins_a_word(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(char::is_whitespace)
}

/// Every path of one `use` declaration, its groups taken apart.
fn paths_in(statement: &str) -> Vec<String> {
    let tree: String =
        statement.trim().trim_start_matches("use ").chars().filter(|char| !char.is_whitespace()).collect();
    expand(tree.trim_end_matches(';'))
}

fn expand(tree: &str) -> Vec<String> {
    let Some(open) = tree.find('{') else { return vec![tree.split("as").next().unwrap_or_default().to_owned()] };
    let (prefix, inner) = (&tree[..open], tree[open + 1..].trim_end_matches('}'));
    let inner = if tree.ends_with('}') { &tree[open + 1..tree.len() - 1] } else { inner };
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, char) in inner.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[from..]);
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.flat_map(expand).map(|part| format!("{prefix}{part}")).collect()
}

/// Paths that begin with `crate::` or `super::` anywhere in the code.
fn inline_paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let path = code[at..].chars().take_while(|char| char.is_alphanumeric() || matches!(char, '_' | ':'));
            found.push(path.collect::<String>().trim_end_matches(':').to_owned());
        }
    }
    found.retain(|path| path.contains("::"));
    found
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").filter(|part| !part.is_empty() && *part != "self" && *part != "*").map(str::to_owned).collect()
}
