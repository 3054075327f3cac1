//! What is said of a launch first, its critical path and how late it will be, is about what decides T.

use launchd::core::{
    manifest::resolve::load,
    model::{
        Timestamp,
        launch::{Launch, LaunchType, Policy},
        source::SourceFile,
        state::LaunchState,
    },
    portfolio::Outlook,
    schedule::forecast::{Forecast, forecast},
};

use crate::{
    cli::{launchd, repository},
    fixtures::id,
};

/// A launch of a shipped profile, with what its file says beside.
fn shipped(kind: LaunchType, more: &str) -> Launch {
    let text = format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: sample }}\nspec:\n  title: Sample\n  \
         launch_type: {}\n  target_date: 2027-03-16T09:00\n  timezone: America/New_York\n  owner: ana\n{more}",
        kind.as_str()
    );
    let file = SourceFile { path: "sample.yaml".into(), bytes: text.clone().into_bytes().into() };
    let loaded = load(&[file], &Policy::default());
    let launch = loaded.launches[0].launch.as_deref().cloned();
    launch.unwrap_or_else(|| panic!("{text}\n{:?}", loaded.all_diagnostics().collect::<Vec<_>>()))
}

fn seen(launch: &Launch, now: &str) -> Forecast {
    let now: Timestamp = now.parse().unwrap();
    forecast(launch, &LaunchState::default(), now, None).unwrap()
}

fn path(f: &Forecast) -> Vec<&str> {
    f.critical_path.iter().map(launchd::core::model::name::Id::as_str).collect()
}

const CHAIN: [&str; 4] = ["product_readiness", "marketing_campaign_ready", "sales_readiness", "launch_day"];
const TYPES: [LaunchType; 5] = [
    LaunchType::NewProduct,
    LaunchType::MajorRelease,
    LaunchType::FeatureUpdate,
    LaunchType::BetaLaunch,
    LaunchType::SoftLaunch,
];

#[test]
fn the_critical_path_of_each_shipped_profile_leads_through_readiness_to_launch_day() {
    for kind in TYPES {
        for now in ["2026-11-23T09:00:00Z", "2027-03-10T09:00:00Z"] {
            assert_eq!(path(&seen(&shipped(kind, ""), now)), CHAIN, "{kind:?} at {now}");
        }
    }
}

#[test]
fn each_shipped_profile_is_in_time_when_nothing_is_late() {
    for kind in TYPES {
        let f = seen(&shipped(kind, ""), "2026-11-23T09:00:00Z");
        let late: Vec<_> = f.milestones.iter().filter(|m| m.slack_seconds < 0 || m.at_risk_days > 0).collect();
        assert!(late.is_empty(), "{kind:?}: {late:#?}");
        let launch = shipped(kind, "");
        for activity in &launch.activities {
            let opens = activity.not_before.unwrap_or(launch.target - chrono::TimeDelta::weeks(52));
            assert!(opens < activity.due, "{kind:?}: {} opens when it is due", activity.id);
        }
    }
}

#[test]
fn the_headline_is_launch_day_s_own_delay_and_not_what_goes_on_a_week_later() {
    let work = "  milestones: { marketing_campaign_ready: { duration: 30d } }\n";
    // Thirty days from readiness, due on 2 March, are 1 April: sixteen days after T.
    let f = seen(&shipped(LaunchType::NewProduct, work), "2027-02-20T14:00:00Z");
    let day = f.milestone(&id("launch_day")).unwrap();
    let outlook = Outlook::of(&f).unwrap();
    assert_eq!((outlook.expected, outlook.late_days), (day.expected_finish, day.at_risk_days));
    assert_eq!((day.at_risk_days, path(&f).last()), (16, Some(&"launch_day")));
}

#[test]
fn windows_before_and_after_t_do_not_take_the_mark_from_the_readiness_chain() {
    let windows = "  support: { timeline: { launch_week: { start: T, end: T+1w, activities: [extra_shifts] } } }\n  \
                   sales: { timeline: { pre_launch: { activities: [train_sellers] } } }\n";
    for now in ["2026-11-23T09:00:00Z", "2027-03-05T09:00:00Z"] {
        let f = seen(&shipped(LaunchType::NewProduct, windows), now);
        assert!(f.milestone(&id("support_launch_week")).is_some() && f.milestone(&id("sales_pre_launch")).is_some());
        assert_eq!(path(&f), CHAIN, "at {now}");
    }
}

#[test]
fn of_several_milestones_at_t_the_one_that_can_end_last_is_the_end_and_without_one_the_first_of_its_phase() {
    let two = "  milestones:\n    doors: { due: T, phase: launch, duration: 200d }\n";
    assert_eq!(path(&seen(&shipped(LaunchType::NewProduct, two), "2027-03-01T09:00:00Z")).last(), Some(&"doors"));
    let later = "  milestones:\n    launch_day: { due: T+1d }\n    party: { due: T+2d, phase: launch }\n";
    assert_eq!(
        path(&seen(&shipped(LaunchType::NewProduct, later), "2027-03-01T09:00:00Z")).last(),
        Some(&"launch_day")
    );
}

#[test]
fn a_target_date_without_a_time_ends_with_its_day() {
    let bare = "  marketing: { timeline: { launch_week: { start: T, end: T } } }\n";
    let text = shipped(LaunchType::NewProduct, bare);
    let launch = Launch { target: text.target - chrono::TimeDelta::hours(9), ..text };
    let mut launch = launch;
    for milestone in launch.milestones.iter_mut().filter(|m| m.id == *"launch_day") {
        milestone.due = "2027-03-17T03:59:59Z".parse().unwrap();
    }
    assert_eq!(path(&seen(&launch, "2027-03-01T09:00:00Z")).last(), Some(&"launch_day"));
}

#[test]
fn a_window_that_opens_when_its_milestone_is_due_is_warned_of() {
    let plan = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas }\nspec:\n  title: Atlas\n  \
                launch_type: feature_update\n  target_date: 2027-04-01T09:00\n  owner: ana\n  marketing:\n    \
                timeline: { pre_launch: { milestone: marketing_campaign_ready } }\n  milestones:\n    \
                product_readiness: { activities: { check: { start: T-2w } } }\n";
    let home = repository(&[("launches/atlas.yaml", plan)]);
    let (code, out, err) = launchd(home.path(), &["validate"]);
    let text = out + &err;
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("lint/opens-when-due").count(), 2, "{text}");
    assert!(text.contains("`marketing.pre_launch` opens 2027-03-25 09:00 UTC"), "{text}");
    assert!(text.contains("`check` may begin Thu 2027-03-18 09:00"), "{text}");
}

const OWN: &str = "\
apiVersion: launchd/v1
kind: Profile
metadata: { name: own }
spec:
  milestones:
    launch_day: { due: T, owner: ana, phase: launch }
";

const LATE: &str = "\
apiVersion: launchd/v1
kind: Launch
metadata: { name: atlas }
spec:
  title: Atlas
  launch_type: feature_update
  profile: own
  target_date: 2026-11-02T09:00
  owner: ana
  goals: [{ name: teams, title: Twenty teams use it, by: T+1w }]
";

#[test]
fn the_review_says_when_it_really_launched_and_an_edited_profile_does_not_change_it() {
    let home = repository(&[("launches/own.yaml", OWN), ("launches/atlas.yaml", LATE)]);
    for args in [
        &["apply", "--yes"][..],
        &["done", "atlas", "launch_day.complete", "--evidence", "it is out"],
        &["done", "atlas", "goal.teams", "--evidence", "twenty-two"],
        &["apply", "--yes"],
    ] {
        let (code, out, err) = launchd(home.path(), args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
    }
    let review = || {
        let (code, out, err) = launchd(home.path(), &["report", "atlas", "--kind", "post-launch", "-o", "markdown"]);
        assert_eq!(code, 0, "{err}");
        out
    };
    let status = || {
        let (code, out, err) = launchd(home.path(), &["status", "atlas"]);
        assert_eq!(code, 0, "{err}");
        out
    };
    let (first, stood) = (review(), status());
    assert!(stood.contains("launched  2026-11-23 09:00 UTC (now), 21 days late"), "{stood}");
    // T was 2 November; the clock stands at 23 November.
    assert!(first.contains("It launched on Mon 23 November 2026, 09:00 UTC (today), 21 days late"), "{first}");
    let judged = first.lines().find(|l| l.contains("Twenty teams use it")).unwrap();
    assert!(judged.contains("23 November") && !judged.contains("9 November"), "{judged}");
    std::fs::write(home.path().join("launches/own.yaml"), OWN.replace("due: T,", "due: T+3w, title: Another day,"))
        .unwrap();
    assert_eq!((review(), status()), (first, stood));
}

#[test]
fn a_day_that_passed_without_a_launch_is_not_said_to_be_one() {
    let home = repository(&[("launches/own.yaml", OWN), ("launches/atlas.yaml", LATE)]);
    let (code, out, err) = launchd(home.path(), &["status", "atlas"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("was due") && out.contains("and has not launched"), "{out}");
    assert!(!out.contains("  launched"), "{out}");
}
