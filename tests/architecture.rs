//! Directories import only what stands left of them in the alphabet, and core imports nothing that reaches the world.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top-level module that a file under `src` belongs to.
fn module(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Every `crate::NAME` that a text mentions, outside of comments.
fn mentions(text: &str) -> Vec<String> {
    let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
    let mut found = Vec::new();
    for line in code {
        for part in line.split("crate::").skip(1) {
            if let Some(group) = part.strip_prefix('{') {
                let names = group.split(['{', '}']).next().unwrap_or_default();
                found.extend(names.split(',').map(|n| first_word(n.trim())));
            } else {
                found.push(first_word(part));
            }
        }
    }
    found.retain(|n| !n.is_empty());
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What each module may import, beside itself. `settings` knows core only.
fn allowed(module: &str) -> &'static [&'static str] {
    match module {
        "catalog" => &[],
        "core" => &["catalog"],
        "edges" => &["core"],
        "reconcile" => &["core", "edges"],
        "settings" => &["core"],
        "ui" => &["core", "reconcile", "settings", "edges"],
        "wiring" => &["catalog", "core", "edges", "reconcile", "settings", "ui"],
        _ => &["settings", "ui", "wiring"],
    }
}

#[test]
fn imports_go_from_right_to_left_only() {
    let mut wrong = Vec::new();
    for path in rust_files(Path::new("src")) {
        let own = module(&path);
        if own == "lib" {
            continue;
        }
        for name in mentions(&fs::read_to_string(&path).unwrap()) {
            if name != own && !allowed(&own).contains(&name.as_str()) {
                wrong.push(format!("{} imports crate::{name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn core_names_no_crate_that_reaches_the_world() {
    const WORLDLY: [&str; 8] =
        ["tokio", "reqwest", "rusqlite", "axum", "notify", "tracing", "std::env", "std::process"];
    for path in rust_files(Path::new("src/core")) {
        let text = fs::read_to_string(&path).unwrap();
        let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for name in WORLDLY {
            let used = code.contains(&format!("use {name}")) || code.contains(&format!("{name}::"));
            assert!(!used, "{} uses {name}", path.display());
        }
    }
}

#[test]
fn the_yaml_parser_is_named_in_one_place() {
    let naming: Vec<_> = rust_files(Path::new("src"))
        .into_iter()
        .filter(|p| fs::read_to_string(p).unwrap().contains("granit_parser"))
        .filter(|p| !p.starts_with("src/core/manifest/yaml"))
        .collect();
    assert!(naming.is_empty(), "{naming:?}");
}

#[test]
fn every_file_of_tests_belongs_to_the_suite() {
    let suite = fs::read_to_string("tests/suite.rs").unwrap();
    for entry in fs::read_dir("tests").unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_module = path.extension().is_some_and(|e| e == "rs") || path.join("mod.rs").exists();
        if is_module && stem != "suite" {
            assert!(suite.contains(&format!("mod {stem};")), "tests/{stem} is not part of tests/suite.rs");
        }
    }
}

#[test]
fn what_is_safe_on_a_strangers_pull_request_reaches_no_executor() {
    // `validate` and `render` have no way to the network, a credential or a program: their files name none.
    for file in ["validate.rs", "render.rs", "base.rs"] {
        let text = fs::read_to_string(Path::new("src/ui/cli").join(file)).unwrap();
        for way in ["workbench", "Desk", "executors", "secrets", "reqwest", "Command"] {
            let named = text
                .lines()
                .filter(|l| !l.trim_start().starts_with("//"))
                .any(|l| l.contains(way) && !l.contains("CommandResult"));
            assert!(!named, "{file} names {way}");
        }
    }
}

#[test]
fn the_tests_that_the_readme_names_exist() {
    let readme = fs::read_to_string("README.md").unwrap();
    let named = readme.split('`').skip(1).step_by(2).filter_map(|code| code.rsplit_once("::"));
    let mut found = 0;
    for (module, test) in named.filter(|(_, test)| test.contains('_')) {
        let module = module.replace("::", "/");
        let text = [".rs", "/mod.rs"].iter().find_map(|end| fs::read_to_string(format!("tests/{module}{end}")).ok());
        assert!(text.unwrap_or_default().contains(&format!("fn {test}(")), "tests/{module} has no {test}");
        found += 1;
    }
    assert!(found > 6);
}
