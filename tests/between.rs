//! Launches that need each other: what `validate`, `shift` and `diff` say when dates of two of them contradict.

use std::{fs, path::Path};

use crate::cli::{copy, launchd, repository};

/// A copy of the samples.
fn samples() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    copy(Path::new("launches"), &home.path().join("launches"));
    fs::copy("launchd.yaml", home.path().join("launchd.yaml")).unwrap();
    home
}

fn edit(home: &Path, from: &str, to: &str) {
    let path = home.join("launches/atlas-2.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(&path, text.replace(from, to)).unwrap();
}

const BROKEN: &str = "relay-update/product_readiness is due Tue 2027-04-06 09:00, and needs atlas-2/launch_day, due \
                      Thu 2027-04-15 09:00";

/// Text without the breaks of its lines.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn moving_a_launch_names_the_launch_that_waits_for_it() {
    let home = samples();
    let (code, out, err) = launchd(home.path(), &["shift", "atlas-2", "--by", "2w"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(flat(&out).contains(BROKEN), "{out}");
    assert_eq!(out.matches("atlas-2/launch_day").count(), 1, "it is told once: {out}");
    let (code, out, _) = launchd(home.path(), &["shift", "atlas-2", "--by", "-1w"]);
    assert!(code == 0 && !out.contains("Breaks:"), "{out}");
    // The other way round: what waits moves before what it waits for.
    let (code, out, _) = launchd(home.path(), &["shift", "relay-update", "--by", "-2w"]);
    assert_eq!(code, 1, "{out}");
    assert!(
        flat(&out).contains("relay-update/product_readiness is due Tue 2027-03-23 09:00, and needs atlas-2/launch_day")
    );
}

#[test]
fn a_date_before_what_it_needs_of_another_launch_is_warned_of_with_both_dates_and_why() {
    let home = samples();
    let (code, out, err) = launchd(home.path(), &["validate"]);
    assert_eq!(code, 0);
    assert!(!(out + &err).contains("lint/due-before-other-launch"));
    edit(home.path(), "target_date: 2027-04-01T09:00", "target_date: 2027-04-15T09:00");
    let (code, out, err) = launchd(home.path(), &["validate"]);
    let text = flat(&(out + &err).replace(['│', '|'], " "));
    assert_eq!(code, 0, "{text}");
    for part in [
        "lint/due-before-other-launch",
        "`relay-update/product_readiness` is due Tue 2027-04-06 09:00",
        "`atlas-2/launch_day`, which it needs, Thu 2027-04-15 09:00",
        "`launch_day` needs `sales_readiness`, due Thu 2027-04-15 09:00",
        "`marketing_campaign_ready` counts from the target date of `atlas-2`, Thu 2027-04-15 09:00",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn a_diff_previews_moved_dates_as_shift_does_in_every_form() {
    let home = samples();
    let (code, out, err) = launchd(home.path(), &["apply", "--yes", "--refresh", "none"]);
    assert!(code < 2, "{out}{err}");
    let git = |args: &[&str]| {
        let done = std::process::Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(home.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "launches", "launchd.yaml"]);
    git(&["commit", "--quiet", "--message", "samples"]);
    edit(home.path(), "target_date: 2027-04-01T09:00", "target_date: 2027-04-15T09:00");
    for form in [
        &["diff", "--refresh", "none"][..],
        &["diff", "atlas-2", "--refresh", "none"],
        &["diff", "--refresh", "none", "-o", "markdown"],
        &["diff", "--base", "HEAD"],
        &["diff", "--base", "HEAD", "-o", "markdown"],
    ] {
        let (_, out, err) = launchd(home.path(), form);
        let text = flat(&out);
        assert!(
            text.contains("atlas-2: T moves Thu 2027-04-01 → Thu 2027-04-15, 2 weeks later"),
            "{form:?}: {out}{err}"
        );
        assert!(text.contains("product_readiness Thu 2027-03-18 → Thu 2027-04-01"), "{form:?}: {out}{err}");
        assert!(text.contains(BROKEN), "{form:?}: {out}{err}");
    }
    let (_, out, _) = launchd(home.path(), &["diff", "--base", "HEAD", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let dates = &document["launches"][0]["dates"];
    assert_eq!(dates["milestones"][0]["id"], "product_readiness");
    assert_eq!(dates["dependents"][0]["launch"], "relay-update");
}

const FAIR: &str = "\
apiVersion: launchd/v1
kind: Launch
metadata: { name: atlas }
spec:
  title: Atlas
  launch_type: feature_update
  target_date: 2027-04-15T09:00
  owner: ana
  milestones:
    fair: { due: 2027-04-10, phase: pre_launch, owner: ana }
";

#[test]
fn a_fixed_date_before_the_launch_that_comes_to_lie_after_it_breaks() {
    let home = repository(&[("launches/atlas.yaml", FAIR)]);
    let (code, out, err) = launchd(home.path(), &["validate"]);
    assert!(code == 0 && !(out.clone() + &err).contains("pre-launch-after-target"), "{out}{err}");
    let (code, out, _) = launchd(home.path(), &["shift", "atlas", "--to", "2027-04-08"]);
    assert_eq!(code, 1, "{out}");
    assert!(flat(&out).contains("Breaks: ! fair is due Sat 2027-04-10, after the launch, which waits for it"), "{out}");
    fs::write(home.path().join("launches/atlas.yaml"), FAIR.replace("2027-04-15", "2027-04-08")).unwrap();
    let (_, out, err) = launchd(home.path(), &["validate"]);
    let text = out + &err;
    assert!(text.contains("lint/pre-launch-after-target") && text.contains("launches/atlas.yaml:10"), "{text}");
}

#[test]
fn people_who_are_asked_twice_by_a_move_are_named() {
    let team = "apiVersion: launchd/v1\nkind: Team\nmetadata: { name: crew }\nspec: { title: The crew, capacity: 2 }\n";
    let launch = |name: &str, day: &str| {
        format!(
            "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: {name} }}\nspec:\n  title: {name}\n  launch_type: \
             feature_update\n  target_date: {day}T09:00\n  owner: crew\n  resources:\n    engineering: {{ people: 2, \
             weeks: 1, team: crew }}\n"
        )
    };
    let (a, b) = (launch("alpha", "2027-04-15"), launch("beta", "2027-06-17"));
    let home = repository(&[("launches/crew.yaml", team), ("launches/a.yaml", &a), ("launches/b.yaml", &b)]);
    let (_, out, err) = launchd(home.path(), &["shift", "beta", "--to", "2027-04-15"]);
    let text = flat(&out);
    assert!(
        text.contains("The crew has 2, and 2.4 are asked of it from 2027-04-12 to 2027-04-18: alpha 1.2 and beta 1.2"),
        "{out}{err}"
    );
}

#[test]
fn a_shift_by_nothing_says_that_nothing_moves() {
    let home = repository(&[("launches/atlas.yaml", FAIR)]);
    let (code, out, _) = launchd(home.path(), &["shift", "atlas", "--by", "0d"]);
    assert_eq!((code, out.as_str()), (0, "atlas: nothing moves; its target date is 2027-04-15T09:00 already.\n"));
}

#[test]
fn a_long_preview_beside_a_plan_is_shortened_with_a_count() {
    let many: String = (0..30).map(|n| format!("    step_{n:02}: {{ due: T-{}d, owner: ana }}\n", n + 1)).collect();
    let plan = format!("{}{many}", FAIR.replace("    fair: { due: 2027-04-10, phase: pre_launch, owner: ana }\n", ""));
    let home = repository(&[("launches/atlas.yaml", &plan)]);
    let (code, out, err) = launchd(home.path(), &["apply", "--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    fs::write(home.path().join("launches/atlas.yaml"), plan.replace("2027-04-15", "2027-04-22")).unwrap();
    let (_, out, _) = launchd(home.path(), &["diff", "--refresh", "none"]);
    assert!(out.contains("more; --all shows them"), "{out}");
    let (_, all, _) = launchd(home.path(), &["diff", "--refresh", "none", "--all"]);
    assert!(all.contains("step_29") && !all.contains("more; --all shows them"), "{all}");
}
