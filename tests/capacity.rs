//! What launches ask of teams, week by week, against what the teams have. The figures were computed by hand.

use std::{collections::BTreeMap, fmt::Write};

use launchd::{
    core::{
        manifest::{
            builtin::file_id,
            read::read,
            resolve::{Loaded, load_documents},
        },
        model::{
            launch::{Launch, Policy},
            source::SourceFile,
            team::team_of,
        },
        portfolio::{
            capacity::{Capacity, capacity, over_allocated},
            lints::lint,
        },
    },
    ui::{diagnostics::Report, render},
};

use crate::fixtures::{at, name};

const TEAMS: &str = "\
apiVersion: launchd/v1
kind: Team
metadata: { name: platform }
spec: { title: Platform Team, capacity: 5 }
---
apiVersion: launchd/v1
kind: Team
metadata: { name: studio }
spec:
  members: [ana, { name: ben, email: ben@example.com, capacity: 0.5, roles: [designers] }]
  roles: { writers: [ana] }
";

/// A launch whose T is 09:00 UTC of a day, with these resources and no others of the profile's.
fn plan(name: &str, target: &str, resources: &str) -> String {
    format!(
        "---\napiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: {name} }}\nspec:\n  launch_type: feature_update\n  \
         target_date: {target}T09:00\n  owner: launch-team\n  calendar: ours\n  profile: bare\n  \
         resources:\n{resources}"
    )
}

const CALENDAR: &str = "---\napiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: ours }\nspec:\n  holidays: [{ date: 2027-03-10, name: A holiday }]\n\
---\napiVersion: launchd/v1\nkind: Profile\nmetadata: { name: bare }\nspec: { milestones: { launch_day: { due: T } } }\n";

struct Files(Vec<SourceFile>);

impl Files {
    fn new(plans: &[String]) -> Self {
        let text = format!("{TEAMS}{CALENDAR}{}", plans.concat());
        Self(vec![SourceFile { path: "plans.yaml".into(), bytes: text.as_bytes().into() }])
    }

    fn loaded(&self) -> Loaded {
        let documents: Vec<_> = self.0.iter().enumerate().map(|(i, f)| read(f, file_id(i))).collect();
        let mut loaded = load_documents(&documents, &Policy::default());
        assert!(!loaded.has_errors(), "{:?}", loaded.all_diagnostics().next());
        loaded.diagnostics.extend(lint(&documents, &loaded));
        loaded
    }

    /// What `validate` says about the people.
    fn told(&self) -> String {
        let loaded = self.loaded();
        let found: Vec<_> = loaded.diagnostics.iter().collect();
        let text = str::from_utf8(&self.0[0].bytes).unwrap();
        Report::new(found).text("plans.yaml", text).human(false, 110)
    }
}

fn launches(loaded: &Loaded) -> impl Iterator<Item = &Launch> {
    loaded.launches.iter().filter_map(|l| l.launch.as_deref())
}

fn of(loaded: &Loaded) -> Capacity {
    capacity(launches(loaded), &loaded.teams)
}

/// `2027-W09 15/25 (a 15)`.
fn weeks(capacity: &Capacity, team: &str) -> Vec<String> {
    let team = capacity.teams.iter().find(|t| t.team == *team).unwrap();
    let week = |w: &launchd::core::portfolio::capacity::WeekLoad| {
        let mut text = format!("{} {}/{}", w.week, w.asked, w.there.unwrap());
        for by in &w.by {
            write!(text, " {}:{}", by.launch, by.asked).unwrap();
        }
        text
    };
    team.weeks.iter().map(week).collect()
}

#[test]
fn a_demand_ends_at_t_and_takes_whole_weeks_before_it() {
    // T is Thursday, 1 April: two weeks before it begin on Thursday, 18 March.
    let files = Files::new(&[plan("a", "2027-04-01", "    engineering: { people: 3, weeks: 2, team: platform }\n")]);
    let loaded = files.loaded();
    assert_eq!(
        weeks(&of(&loaded), "platform"),
        ["2027-W11 6/25 a:6", "2027-W12 15/25 a:15", "2027-W13 9/25 a:9"],
        "3 people on Thursday and Friday; on five days; on Monday to Wednesday"
    );
}

#[test]
fn a_holiday_is_neither_asked_for_nor_there() {
    // The week of Monday, 8 March, has the holiday on Wednesday.
    let files = Files::new(&[plan("a", "2027-03-15", "    engineering: { people: 5, weeks: 1, team: platform }\n")]);
    let loaded = files.loaded();
    assert_eq!(weeks(&of(&loaded), "platform"), ["2027-W10 20/20 a:20"]);
    assert_eq!(over_allocated(launches(&loaded), &loaded.teams, &BTreeMap::new()), []);
}

#[test]
fn a_week_across_new_year_and_a_day_of_daylight_saving_are_weeks_like_others() {
    let start = "    engineering: { people: 1, weeks: 1, team: platform, start: 2026-12-28 }\n    \
                 design: { people: 1, weeks: 1, team: platform, start: 2027-03-22 }\n";
    let files = Files::new(&[plan("a", "2027-06-01", start)]);
    let loaded = files.loaded();
    assert_eq!(weeks(&of(&loaded), "platform"), ["2026-W53 5/25 a:5", "2027-W12 5/25 a:5"]);
}

#[test]
fn capacities_of_members_add_up_and_teams_are_found_by_name_title_member_address_and_role() {
    let files = Files::new(&[]);
    let loaded = files.loaded();
    assert_eq!(loaded.teams["studio"].capacity.unwrap().to_string(), "1.5");
    let found = |text: &str| team_of(&loaded.teams, text).map(|t| t.name.to_string());
    for (text, team) in [
        ("platform", Some("platform")),
        ("Platform Team", Some("platform")),
        ("ana", Some("studio")),
        ("ben@example.com", Some("studio")),
        ("designers", Some("studio")),
        ("writers", Some("studio")),
        ("nobody", None),
    ] {
        assert_eq!(found(text).as_deref(), team, "{text}");
    }
}

#[test]
fn a_demand_without_a_team_is_known_as_such_and_too_much_for_nobody() {
    let files = Files::new(&[plan("a", "2027-04-01", "    engineering: { people: 30, weeks: 2 }\n")]);
    let loaded = files.loaded();
    let capacity = of(&loaded);
    assert_eq!(capacity.teams, []);
    assert_eq!(capacity.unassigned[0].team.as_deref(), Some("engineering-team"));
}

fn crowded() -> Files {
    let two = |people| format!("    engineering: {{ people: {people}, weeks: 2, team: platform }}\n");
    Files::new(&[
        plan("first", "2027-04-05", &two(4)),
        plan("second", "2027-04-12", &two(2)),
        plan("third", "2027-06-07", &two(5)),
    ])
}

#[test]
fn too_much_is_named_with_its_weeks_its_launches_and_who_could_give_way() {
    let loaded = crowded().loaded();
    let over = over_allocated(launches(&loaded), &loaded.teams, &BTreeMap::new());
    let [over] = &over[..] else { panic!("{over:?}") };
    // `first` works from 22 March to 4 April, `second` from 29 March to 11 April: one week in common.
    assert_eq!((over.first.to_string().as_str(), over.first), ("2027-W13", over.last));
    assert_eq!((over.asked, over.excess), (6.into(), 1.into()));
    let way = over.gives_way.as_ref().unwrap();
    assert_eq!((&way.launch, way.start.to_string().as_str()), (&name("second"), "2027-03-29"));
    assert_eq!(way.later.unwrap().to_string(), "2027-04-05");
    assert_eq!(way.earlier.unwrap().to_string(), "2027-03-08");
    // Whoever has the most slack goes first, where it is known.
    let slack = BTreeMap::from([(name("first"), 3 * 86_400), (name("second"), -86_400)]);
    let over = over_allocated(launches(&loaded), &loaded.teams, &slack);
    assert_eq!(over[0].gives_way.as_ref().unwrap().launch, name("first"));
}

#[test]
fn validate_tells_it_at_the_demand_that_could_give_way() {
    insta::assert_snapshot!("over_allocated", crowded().told());
}

#[test]
fn one_launch_that_asks_for_too_much_alone_is_told_how_long_fewer_people_would_need() {
    let files = Files::new(&[plan("a", "2027-04-01", "    engineering: { people: 7, weeks: 2, team: platform }\n")]);
    insta::assert_snapshot!("over_allocated_alone", files.told());
}

#[test]
fn people_see_a_row_a_team_and_a_column_a_week() {
    let loaded = crowded().loaded();
    for width in [80, 120] {
        let view = render::View { width, colour: false, all: false, brief: false, now: at("2027-03-01") };
        insta::assert_snapshot!(format!("capacity_{width}"), render::capacity::render(&of(&loaded), &view));
    }
}

#[test]
fn a_page_says_where_too_much_is_asked_and_who_could_give_way() {
    let loaded = crowded().loaded();
    let over = over_allocated(launches(&loaded), &loaded.teams, &BTreeMap::new());
    for width in [60, 80, 120] {
        let view = render::View { width, colour: false, all: false, brief: false, now: at("2027-03-01") };
        insta::assert_snapshot!(format!("capacity_page_{width}"), render::capacity::page(&of(&loaded), &over, &view));
    }
}

/// The files of a test as a repository that the binary runs in.
fn home(files: &Files) -> tempfile::TempDir {
    let text = str::from_utf8(&files.0[0].bytes).unwrap();
    crate::cli::repository(&[("launches/plans.yaml", text)])
}

#[test]
fn the_portfolio_tells_programs_who_is_asked_for_how_much_and_checks_it() {
    let home = home(&crowded());
    let (code, out, err) = crate::cli::launchd(home.path(), &["portfolio", "--capacity", "-o", "json"]);
    assert_eq!(code, 0, "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&document["version"], &document["kind"]), (&1.into(), &"Capacity".into()));
    let over = &document["over_allocated"];
    assert_eq!(over.as_array().map(Vec::len), Some(1), "{over:#}");
    assert_eq!(
        (&over[0]["team"], &over[0]["from"], &over[0]["asked"]),
        (&"platform".into(), &"2027-03-29".into(), &"6".into())
    );
    assert_eq!(over[0]["by"][0]["people"], "4");
    let weeks = document["teams"][0]["weeks"].as_array().unwrap();
    assert!(weeks.iter().any(|w| w["week"] == "2027-W13" && w["asked"] == "30" && w["there"] == "25"), "{weeks:?}");
    let check = |args: &[&str]| crate::cli::launchd(home.path(), args).0;
    assert_eq!(check(&["portfolio", "--capacity", "--check"]), 1);
    assert_eq!(check(&["portfolio", "--capacity", "--check", "--team", "studio"]), 0);
    assert_eq!(check(&["portfolio", "--capacity", "--check", "--from", "2027-05-01"]), 0);
    let (code, _, err) = crate::cli::launchd(home.path(), &["portfolio", "--capacity", "--team", "platfrom"]);
    assert!(code == 2 && err.contains("did you mean `platform`?"), "{err}");
}

#[test]
fn any_demands_at_all_are_added_up_without_a_loss() {
    use proptest::prelude::*;
    let demand = (1u32..40, 1u32..12, 0u32..300);
    proptest!(ProptestConfig::with_cases(32), |(demands in proptest::collection::vec(demand, 1..8))| {
        let plans: Vec<_> = demands.iter().enumerate().map(|(i, (tenths, weeks, day))| {
            let start = chrono::NaiveDate::from_ymd_opt(2027, 4, 1).unwrap() + chrono::Days::new(u64::from(*day));
            let people = format!("{}.{}", tenths / 10, tenths % 10);
            plan(&format!("l{i}"), "2027-12-01", &format!("    engineering: {{ people: {people}, weeks: {weeks}, team: platform, start: {start} }}\n"))
        }).collect();
        let files = Files::new(&plans);
        let loaded = files.loaded();
        // No holiday lies in these months: five working days a week, whatever the day on which it starts.
        let expected: u32 = demands.iter().map(|(tenths, weeks, _)| tenths * weeks * 5).sum();
        let asked: rust_decimal::Decimal = of(&loaded).teams[0].weeks.iter().map(|w| w.asked).sum();
        prop_assert_eq!(asked, rust_decimal::Decimal::new(expected.into(), 1));
    });
}

#[test]
fn a_target_date_in_the_past_is_noted_and_no_launch_is_held_for_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("launches")).unwrap();
    let plan = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: old }\nspec: { launch_type: beta_launch, target_date: 2026-11-20T09:00, owner: ana }\n";
    std::fs::write(folder.path().join("launches/old.yaml"), plan).unwrap();
    let (code, told, _) = crate::cli::launchd(folder.path(), &["validate", "--strict"]);
    assert_eq!(code, 0, "{told}");
    insta::assert_snapshot!("target_passed", told);
}
