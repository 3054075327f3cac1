//! A diff that reads only what changed says the same as one that reads everything.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use launchd::{
    core::model::{event::EventKind, name::Actor},
    edges::store::{NewEvent, Store, sqlite::SqliteStore},
};

/// A small generator of numbers, the same each time (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

fn plan(n: usize, title: usize, needs: Option<usize>) -> String {
    let needs = needs.map(|other| format!("          needs: [launch-{other}/ready]\n")).unwrap_or_default();
    format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: launch-{n} }}\nspec:\n  title: Title {title}\n  launch_type: feature_update\n  profile: own\n  \
         target_date: 2047-04-01T09:00\n  timezone: America/New_York\n  owner: team\n  milestones:\n    ready:\n      due: T-30d\n      \
         activities:\n        ticket:\n          uses: jira/issue\n          start: T-60d\n{needs}          with: {{ project: ATL, issue_type: Task, summary: s }}\n"
    )
}

fn profile(title: usize) -> String {
    format!(
        "apiVersion: launchd/v1\nkind: Profile\nmetadata: {{ name: own }}\nextends: feature-update\nspec:\n  description: Text {title}\n"
    )
}

/// What `diff` prints and how it ends.
fn diff(dir: &Path, refresh: &str) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
    command.args(["diff", "--refresh", refresh]).current_dir(dir).env_clear();
    command.env("LAUNCHD_ACTOR", "test").env("LAUNCHD_CLOCK", "2026-11-23T09:00:00Z");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[tokio::test]
async fn a_warm_diff_equals_a_cold_one_over_random_edits() {
    // Now more than what is listed one by one, and now, with some files gone, fewer.
    const LAUNCHES: usize = 22;
    let dir = tempfile::tempdir().unwrap();
    let (launches, index) = (dir.path().join("launches"), dir.path().join(".launchd/cache/files.index"));
    fs::create_dir(&launches).unwrap();
    let file = |n: usize| launches.join(format!("{n}.yaml"));
    for n in 0..LAUNCHES {
        fs::write(file(n), plan(n, 0, None)).unwrap();
    }
    fs::write(launches.join("profile.yaml"), profile(0)).unwrap();
    let store = SqliteStore::open(&dir.path().join(".launchd/state.db")).unwrap();
    let at = "2026-11-01T09:00:00Z".parse().unwrap();
    let record = async |n: usize, kind| {
        let launch = format!("launch-{n}").parse().unwrap();
        store.append(None, vec![NewEvent { at, launch, actor: Actor::daemon(), kind }]).await.unwrap();
    };
    // The others wait for their time.
    for n in 0..LAUNCHES / 2 {
        record(n, EventKind::Cancelled { reason: None }).await;
    }
    let (mut numbers, mut quiet) = (Numbers(7), 0);
    for turn in 1..40 {
        let n = numbers.below(LAUNCHES);
        match numbers.below(14) {
            0 => drop(fs::remove_file(file(n))),
            1 => fs::write(file(n), "kind: Launch\n  broken").unwrap(),
            2 => fs::write(launches.join("profile.yaml"), profile(turn)).unwrap(),
            3 => fs::write(file(n), plan(n, 0, Some((n + 1) % LAUNCHES))).unwrap(),
            4 => record(n, EventKind::Paused { reason: None }).await,
            5 => record(n, EventKind::Resumed { reason: None }).await,
            6 => fs::write(file(n), plan((n + 1) % LAUNCHES, 0, None)).unwrap(),
            // Mends what an earlier turn broke.
            7..=10 => (0..LAUNCHES).for_each(|n| fs::write(file(n), plan(n, 0, None)).unwrap()),
            11 => {}
            _ => fs::write(file(n), plan(n, turn, None)).unwrap(),
        }
        // Nothing was made yet that a vendor could be asked about.
        let refresh = ["none", "all", "due"][numbers.below(3)];
        let (warm, again) = (diff(dir.path(), "none"), diff(dir.path(), refresh));
        let kept = fs::read(&index).unwrap_or_default();
        let counts = String::from_utf8_lossy(&kept).lines().nth(1).unwrap_or_default().to_owned();
        quiet += usize::from(counts.contains(" quiet, ") && !counts.contains(" 0 quiet, "));
        _ = fs::remove_file(&index);
        let cold = diff(dir.path(), refresh);
        assert_eq!(warm, cold, "turn {turn}");
        assert_eq!(again, cold, "turn {turn}, a second time");
    }
    assert!(quiet > 13, "the index was of use in {quiet} turns only");
}
