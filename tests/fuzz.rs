//! The corpus of the fuzzers, without a fuzzer: what was once worth keeping stays without a finding.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::{collections::BTreeSet, fs, path::Path};

use targets::TARGETS;

fn corpus(target: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(Path::new("fuzz/corpus").join(target)).unwrap_or_else(|e| panic!("{target}: {e}"));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_has_a_corpus_a_binary_and_nothing_to_complain_of() {
    let names: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let folders = fs::read_dir("fuzz/corpus").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), names);
    let manifest = fs::read_to_string("fuzz/Cargo.toml").unwrap();
    for (name, try_on) in TARGETS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} has no binary");
        let files = corpus(name);
        assert!(files.len() > 5, "{name}: a corpus of {}", files.len());
        for file in files {
            eprintln!("{}", file.display());
            try_on(&fs::read(&file).unwrap());
        }
    }
}
