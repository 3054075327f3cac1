//! Plan files to desired launches: the samples, the figures of the launch domain, and what is wrong with bad plans.

use std::path::Path;

use launchd::core::{
    manifest::resolve::{Loaded, load},
    model::{launch::Policy, source::SourceFile},
};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), bytes: text.as_bytes().into() }
}

fn samples() -> Vec<SourceFile> {
    let mut files: Vec<_> = std::fs::read_dir(Path::new("launches"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .map(|p| file(p.to_str().unwrap(), &std::fs::read_to_string(&p).unwrap()))
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Every diagnostic as one text.
fn told(loaded: &Loaded) -> String {
    let mut text = String::new();
    for d in loaded.all_diagnostics() {
        let at = d.at.as_ref().map(|a| format!("{}:{}:{}", a.file, a.line, a.column)).unwrap_or_default();
        text.push_str(&format!("{at}: {:?} {}: {}\n    {}\n", d.severity, d.code, d.summary, d.detail));
        if let Some(hint) = &d.hint {
            text.push_str(&format!("    {hint}\n"));
        }
        for r in &d.related {
            text.push_str(&format!("    {}:{}:{}: {}\n", r.at.file, r.at.line, r.at.column, r.message));
        }
    }
    text
}

#[test]
fn the_samples_validate_without_a_word() {
    let loaded = load(&samples(), &Policy::default());
    assert_eq!(told(&loaded), "");
    assert_eq!(loaded.launches.len(), 3);
    assert!(loaded.launches.iter().all(|l| l.launch.is_some()));
}
