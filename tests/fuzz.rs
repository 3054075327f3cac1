//! The corpus of the fuzzers, without a fuzzer: what was once worth keeping stays without a finding.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::{collections::BTreeSet, fs, path::Path};

use launchd::edges::executors::simulated::Random;
use targets::TARGETS;

use crate::fixtures::seeds;

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

/// Pieces of the corpus cut, doubled, spliced and spoilt: what a fuzzer begins with, the same in each run. More of them:
/// `LAUNCHD_SEEDS=0..100000 cargo test --release --test suite spoilt_calendars`.
#[test]
fn spoilt_calendars_are_told_about_and_nothing_worse() {
    let (_, try_on) = TARGETS.iter().find(|(name, _)| *name == "ical").unwrap();
    let files: Vec<Vec<u8>> = corpus("ical").iter().map(|path| fs::read(path).unwrap()).collect();
    let (from, to) = seeds(200);
    for seed in from..to {
        let mut random = Random::new(seed);
        let mut bytes = random.pick(&files).unwrap().clone();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len() as u64 + 1) as usize;
            match random.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, random.below(256) as u8),
                2 => {
                    let other = random.pick(&files).unwrap();
                    let from = random.below(other.len() as u64 + 1) as usize;
                    bytes.splice(at..at, other[from..].iter().copied());
                }
                _ => {
                    let words =
                        [";", ":", "\n", "9", "-", "T", "RRULE:FREQ=YEARLY\n", "BEGIN:VEVENT\n", "2100", "\u{feff}"];
                    let word = random.pick(&words).unwrap();
                    bytes.splice(at..at, word.bytes());
                }
            }
        }
        let tried = std::panic::catch_unwind(|| try_on(&bytes));
        assert!(tried.is_ok(), "seed {seed} (LAUNCHD_SEEDS={seed}..{}): {}", seed + 1, String::from_utf8_lossy(&bytes));
    }
}
