//! The chart of rooms in docs/design.md is what the source's paths say: who uses whom, and nobody in a circle.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the source fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Files of the folder `store` that are a room together, the lowest.
const STORE_GROUND: [&str; 17] = [
    "calendar", "decimal", "error", "id", "instead", "iso", "json", "members", "parallel", "progress", "room", "stop",
    "text", "types", "uuid", "value", "wide",
];

/// All source files: their modules, "python::record::make", and their code without comments and tests.
fn sources() -> BTreeMap<String, String> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let source = |file: PathBuf| {
        let module = file.strip_prefix(&root).unwrap().with_extension("");
        let mut parts: Vec<&str> = module.iter().map(|part| part.to_str().unwrap()).collect();
        parts.pop_if(|last| *last == "mod");
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().map(|line| line.split("//").next().unwrap_or_default());
        (parts.join("::"), code.collect::<Vec<_>>().join("\n"))
    };
    // The two tables of contents use everything.
    files.into_iter().map(source).filter(|(module, _)| module != "lib" && module != "python").collect()
}

/// Which modules a module's code names: every path that begins with `crate::`.
fn uses(code: &str, modules: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // `pub(in crate::store)` uses nothing.
        if code[..at].ends_with("pub(in ") {
            continue;
        }
        let path: String = code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect();
        // `a::{b::C, d}`
        let group = code[at + 7 + path.len()..].strip_prefix('{').and_then(|rest| rest.split('}').next());
        for member in group.unwrap_or_default().split(',') {
            let whole = format!("{path}{}", member.trim());
            let mut parts: Vec<&str> = whole.split("::").collect();
            while !parts.is_empty() && !modules.contains_key(&parts.join("::")) {
                parts.pop();
            }
            used.insert(parts.join("::"));
        }
    }
    used.remove("");
    used
}

fn graph(edges: impl IntoIterator<Item = (String, String)>) -> Graph {
    let mut graph = Graph::new();
    for (from, to) in edges.into_iter().filter(|(from, to)| from != to) {
        graph.entry(from).or_default().insert(to);
    }
    graph
}

fn reaches(graph: &Graph, from: &str, to: &str, but: Option<(&str, &str)>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(node) = open.pop() {
        for next in graph.get(node).into_iter().flatten().filter(|next| but != Some((node, *next))) {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

/// The room of a module, as the chart calls it.
fn room(module: &str) -> String {
    let parts: Vec<&str> = module.split("::").collect();
    match *parts {
        ["store", file, ..] if STORE_GROUND.contains(&file) => "store_ground".to_owned(),
        ["store"] | ["store", "transaction"] => "store_door".to_owned(),
        ["python", _] if module != "python::store" && !Path::new("src/python").join(parts[1]).is_dir() => {
            "python_ground".to_owned()
        }
        ["store" | "python", folder, ..] => format!("{}_{folder}", parts[0]),
        [wing, ..] => wing.to_owned(),
        [] => String::new(),
    }
}

fn files() -> Graph {
    let sources = sources();
    let edges = sources
        .iter()
        .flat_map(|(module, code)| uses(code, &sources).into_iter().map(move |used| (module.clone(), used)));
    graph(edges)
}

fn circles(graph: &Graph) -> Vec<&String> {
    graph.keys().filter(|node| reaches(graph, node, node, None)).collect()
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    assert_eq!(circles(&files()), Vec::<&String>::new());
}

#[test]
fn the_chart_shows_who_uses_whom() {
    let files = files();
    let rooms = graph(files.iter().flat_map(|(from, used)| used.iter().map(|to| (room(from), room(to)))));
    assert_eq!(circles(&rooms), Vec::<&String>::new());
    // Without the arrows that others imply.
    let shown: BTreeSet<String> = rooms
        .iter()
        .flat_map(|(from, used)| used.iter().map(move |to| (from, to)))
        .filter(|(from, to)| !reaches(&rooms, from, to, Some((from, to))))
        .map(|(from, to)| format!("{from} --> {to}"))
        .collect();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/design.md")).unwrap();
    let chart = page.split("```mermaid").nth(1).and_then(|rest| rest.split("```").next()).expect("a chart");
    let chart: BTreeSet<String> =
        chart.lines().map(str::trim).filter(|line| line.contains("-->")).map(str::to_owned).collect();
    assert_eq!(chart, shown, "left: docs/design.md, right: what src/ says");
}

#[test]
fn what_is_called_is_what_is_imported() {
    let sources = sources();
    for (module, code) in &sources {
        assert!(!code.replace("pub(super)", "").contains("super::"), "{module}: paths begin with `crate::`");
        let children =
            code.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
        for child in children.filter(|child| !code.contains(&format!("::{{self, {child}"))) {
            let named = code.match_indices(&format!("{child}::")).any(|(at, _)| {
                let before = code[..at].chars().next_back().unwrap_or(' ');
                before != ':' && !before.is_alphanumeric() && before != '_'
            });
            assert!(!named, "{module}: {child}:: begins with `crate::`, too");
        }
    }
    // A method of a type of another room would be called without being imported; methods for Python nobody calls.
    let definitions: BTreeMap<&str, String> = sources
        .iter()
        .filter(|(module, _)| module.starts_with("python::"))
        .flat_map(|(module, code)| code.lines().map(move |line| (module, line)))
        .filter_map(|(module, line)| {
            Some((line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "))?, module))
        })
        .map(|(rest, module)| (rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default(), room(module)))
        .collect();
    for (module, code) in sources.iter().filter(|(module, _)| module.starts_with("python::")) {
        for (before, line) in code.lines().zip(code.lines().skip(1)).filter(|(_, line)| line.starts_with("impl")) {
            let name = line.split_whitespace().nth(1).unwrap_or_default();
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let home = definitions.get(name).filter(|_| !line.contains(" for ") && before != "#[pymethods]");
            assert!(home.is_none_or(|home| *home == room(module)), "{module}: `{line}` belongs into {home:?}");
        }
    }
}
