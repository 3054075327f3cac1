//! Reading what changed since the last reading says the same as reading everything, also beside files with errors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
    time::Duration,
};

use launchd::{
    core::model::{launch::Policy, name::Name},
    edges::{executors::simulated::Random, sources::directory::DirectorySource},
    reconcile::{Files, Intake},
};

/// More than are read on one thread.
const LAUNCHES: u64 = 34;

fn launch(name: u64, title: u64, more: &str) -> String {
    format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: launch-{name} }}\nspec:\n  title: Title {title}\n  \
         launch_type: feature_update\n  profile: own\n  target_date: 2047-04-01T09:00\n  timezone: UTC\n  owner: team\n  \
         milestones:\n    ready:\n      due: T-30d\n{more}"
    )
}

fn profile(title: u64, more: &str) -> String {
    format!(
        "apiVersion: launchd/v1\nkind: Profile\nmetadata: {{ name: own }}\nextends: feature-update\nspec:\n  \
         description: Text {title}\n{more}"
    )
}

/// What a reading says, whichever way it came to it.
#[derive(Debug, PartialEq)]
struct Said {
    good: BTreeSet<Name>,
    /// Those that have errors now or had them before, and are as before.
    bad: BTreeMap<Name, String>,
    is_whole: bool,
    empty: BTreeSet<String>,
    problems: Vec<String>,
}

/// One who reads again and again.
struct Follower {
    files: Files,
    bad: BTreeMap<Name, String>,
}

impl Follower {
    fn new(dir: &Path) -> Self {
        let source = Arc::new(DirectorySource::new(dir, Duration::from_secs(60)));
        Self { files: Files::new(source, Policy::default(), None), bad: BTreeMap::new() }
    }

    fn read(&mut self) -> Said {
        let intake = self.files.reread().unwrap();
        let Intake { unchanged, good, bad, incomplete, empty, .. } = intake;
        self.bad.retain(|name, _| unchanged.contains(name));
        self.bad.extend(bad);
        let mut good: BTreeSet<Name> = good.into_keys().collect();
        good.extend(unchanged.into_iter().filter(|name| !self.bad.contains_key(name)));
        let problems = self.files.diagnostics().iter().map(|d| format!("{d:?}")).collect();
        Said { good, bad: self.bad.clone(), is_whole: incomplete.is_none(), empty, problems }
    }
}

#[test]
fn over_random_edits_good_and_bad_it_says_the_same() {
    for seed in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let file = |n: u64| dir.path().join(format!("{n}.yaml"));
        for n in 0..LAUNCHES {
            fs::write(file(n), launch(n, 0, "")).unwrap();
        }
        fs::write(dir.path().join("profile.yaml"), profile(0, "")).unwrap();
        let (mut random, mut follower) = (Random::new(seed), Follower::new(dir.path()));
        for turn in 1..36 {
            let n = random.below(LAUNCHES);
            let other = (n + 1) % LAUNCHES;
            let needs = format!("      needs: [launch-{other}/ready]\n");
            match random.below(18) {
                0 => drop(fs::remove_file(file(n))),
                1 => fs::write(file(n), "kind: Launch\n  broken").unwrap(),
                2 => fs::write(file(n), launch(n, turn, "  x: [\n")).unwrap(),
                3 => fs::write(file(n), launch(n, turn, "      nonsense: 1\n")).unwrap(),
                4 => fs::write(file(n), launch(n, turn, "      needs: [nobody]\n")).unwrap(),
                5 => fs::write(file(n), launch(n, turn, &needs)).unwrap(),
                6 => fs::write(file(n), launch(n, turn, &format!("{needs}      nonsense: 1\n"))).unwrap(),
                7 => fs::write(file(n), launch(other, 0, "")).unwrap(),
                8 => fs::write(file(n), "# nothing yet\n").unwrap(),
                9 => fs::write(dir.path().join("profile.yaml"), profile(turn, "")).unwrap(),
                10 => fs::write(dir.path().join("profile.yaml"), profile(turn, "  nonsense: 1\n")).unwrap(),
                11 => fs::write(
                    dir.path().join("profile.yaml"),
                    profile(turn, "  milestones:\n    ready:\n      needs: [launch-3/ready]\n"),
                )
                .unwrap(),
                12 => (0..LAUNCHES).for_each(|n| fs::write(file(n), launch(n, 0, "")).unwrap()),
                _ => fs::write(file(n), launch(n, turn, "")).unwrap(),
            }
            let (again, anew) = (follower.read(), Follower::new(dir.path()).read());
            assert_eq!(again, anew, "seed {seed}, turn {turn}");
            let rest = follower.read();
            assert_eq!(rest, anew, "seed {seed}, turn {turn}, once more");
        }
    }
}
