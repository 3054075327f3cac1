//! All launches on one time line: who collides with whom, and where each could go instead.

use launchd::{
    core::{
        model::{
            Timestamp,
            activity::{KeySupport, Need},
            approval::Gate,
            area::Phase,
            event::EventKind,
            launch::{Freeze, Launch, LaunchType},
            name::Actor,
            observed::Observed,
            resources::Demand,
            state::LaunchState,
            team::{Team, Teams},
        },
        plan::{Desired, Plan, plan},
        portfolio::{
            Break, Collision, Filter, Known, Overview, Reason, Setting,
            clashes::{self, Changed},
            overview,
        },
        schedule::between::Dependent,
    },
    ui::{
        api, documents,
        render::{View, portfolio, timeline::Scale},
    },
};
use serde_json::json;

use crate::fixtures::{approval, at, empty_launch, id, milestone, name, once, state};

fn now() -> Timestamp {
    at("2027-02-10T12:00")
}

/// A launch with preparation, its day and a review, all by T.
fn launch(text: &str, target: &str) -> Launch {
    let mut launch = empty_launch(text);
    launch.target = at(target);
    let days = |n: i64| (launch.target + chrono::TimeDelta::days(n)).format("%Y-%m-%dT%H:%M").to_string();
    launch.milestones = vec![
        milestone("readiness", Phase::PreLaunch, &days(-14), &[]),
        milestone("launch_day", Phase::Launch, &days(0), &["readiness"]),
        milestone("review", Phase::PostLaunch, &days(14), &["launch_day"]),
    ];
    launch.milestones[0].start = Some(launch.target - chrono::TimeDelta::days(28));
    launch
}

fn audience(mut launch: Launch, audiences: &[&str], channels: &[&str]) -> Launch {
    launch.areas.insert("marketing".into(), json!({ "audiences": audiences, "channels": channels }));
    launch
}

struct World {
    launches: Vec<Launch>,
    states: Vec<LaunchState>,
    plans: Vec<Plan>,
    teams: Teams,
}

impl World {
    fn of(launches: Vec<Launch>) -> Self {
        let states = launches.iter().map(|_| LaunchState::default()).collect();
        Self::with(launches, states)
    }

    fn with(launches: Vec<Launch>, states: Vec<LaunchState>) -> Self {
        let plans = launches
            .iter()
            .zip(&states)
            .map(|(launch, state)| {
                let observed = Observed { state: state.clone(), ..Observed::default() };
                plan(Desired::Launch { launch, revision: &launch.revision() }, &observed, now())
            })
            .collect();
        Self { launches, states, plans, teams: Teams::new() }
    }

    fn look(&self, filter: &Filter) -> Overview {
        let parts = self.launches.iter().zip(&self.states).zip(&self.plans);
        let known: Vec<_> = parts.map(|((launch, state), plan)| Known { launch, state, plan }).collect();
        overview(&known, filter, 40, Setting { now: now(), learned: None, teams: &self.teams })
    }

    fn collisions(&self) -> Vec<Collision> {
        self.look(&Filter::default()).collisions
    }
}

fn day_of(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "nowhere".to_owned(), |at| at.format("%a %Y-%m-%d %H:%M").to_string())
}

#[test]
fn launches_weeks_apart_do_not_collide() {
    let world = World::of(vec![launch("a", "2027-04-02T09:00"), launch("b", "2027-04-05T09:00")]);
    assert_eq!(world.collisions(), []);
}

#[test]
fn the_smaller_of_two_launches_in_one_week_goes_to_the_nearest_working_day_of_a_free_week() {
    let mut big = launch("big", "2027-04-01T09:00");
    big.launch_type = LaunchType::NewProduct;
    let mut small = launch("small", "2027-03-30T09:00");
    small.launch_type = LaunchType::BetaLaunch;
    let found = World::of(vec![big, small]).collisions();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reasons, [Reason::Week]);
    assert_eq!(found[0].launches, [name("small"), name("big")]);
    let one = &found[0].moves[0];
    // Tuesday: Friday before is four days away, Monday after six.
    assert_eq!((one.launch.as_str(), day_of(one.to), one.days), ("small", "Fri 2027-03-26 09:00".into(), -4));
    assert!(one.breaks.is_empty() && one.alone);
}

#[test]
fn what_two_launches_share_is_one_collision_with_every_reason() {
    let mut a =
        audience(launch("a", "2027-04-01T09:00"), &["enterprise", "teams"], &["email_marketing", "pr_relations"]);
    let mut b = audience(launch("b", "2027-04-01T15:00"), &["enterprise"], &["email_marketing"]);
    (a.owner, b.owner) = (Some("ana".into()), Some("ana".into()));
    let found = World::of(vec![a, b]).collisions();
    let day = "2027-04-01".parse().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].reasons,
        [
            Reason::Audience { audience: "enterprise".into() },
            Reason::Owner { owner: "ana".into() },
            Reason::Channel { channel: "email_marketing".into(), day },
            Reason::Week,
        ]
    );
    assert_eq!(
        portfolio::sentence(&found[0]),
        "the same audience (enterprise), the same owner (ana) and the same channel (email_marketing) on 1 April \
         in the week of 29 March 2027"
    );
}

#[test]
fn a_channel_collides_on_the_same_day_only_and_a_once_activity_speaks_on_its_own_day() {
    let mut a = launch("a", "2027-04-01T09:00");
    a.activities = vec![once("announce", "launch_day", KeySupport::Opaque)];
    a.activities[0].not_before = Some(at("2027-04-06T09:00"));
    let mut b = launch("b", "2027-04-06T09:00");
    b.activities = vec![once("announce", "launch_day", KeySupport::Opaque)];
    b.activities[0].not_before = Some(at("2027-04-06T15:00"));
    let reasons = |world: World| world.collisions().into_iter().flat_map(|c| c.reasons).collect::<Vec<_>>();
    let mailer = Reason::Channel { channel: "mailer".into(), day: "2027-04-06".parse().unwrap() };
    assert_eq!(reasons(World::of(vec![a.clone(), b.clone()])), [mailer]);
    b.activities[0].not_before = Some(at("2027-04-07T09:00"));
    assert_eq!(reasons(World::of(vec![a, b])), []);
}

#[test]
fn a_launch_in_a_freeze_moves_out_of_it_with_its_once_activities() {
    let mut a = launch("a", "2027-04-01T09:00");
    a.freezes = vec![Freeze {
        calendar: None,
        name: "Quarter end".into(),
        from: at("2027-03-31"),
        until: at("2027-04-03"),
        except: vec![id("tell")],
    }];
    let mut tell = once("tell", "launch_day", KeySupport::Opaque);
    tell.not_before = Some(a.target);
    let mut late = once("late", "launch_day", KeySupport::Opaque);
    late.not_before = Some(at("2027-04-02T09:00"));
    a.activities = vec![tell, late];
    let found = World::of(vec![a.clone()]).collisions();
    assert!(matches!(&found[0].reasons[0], Reason::Freeze { name, .. } if name == "Quarter end"));
    // Two days earlier, `late` would still fall into the freeze; three days earlier it is a Monday.
    assert_eq!(day_of(found[0].moves[0].to), "Mon 2027-03-29 09:00");
    // What goes on in a freeze does not collide with it.
    a.target = at("2027-03-30T09:00");
    a.activities[1].not_before = Some(at("2027-04-05T09:00"));
    a.activities[0].not_before = Some(at("2027-04-01T09:00"));
    assert_eq!(World::of(vec![a]).collisions(), []);
}

#[test]
fn a_proposal_never_passes_a_fixed_date_and_says_what_it_breaks() {
    let mut fair = launch("fair", "2027-04-01T09:00");
    fair.launch_type = LaunchType::SoftLaunch;
    // The fair is on a date of its own, before the launch: the launch cannot go before it.
    fair.milestones[0].due = at("2027-03-31T12:00");
    fair.milestones[0].fixed = true;
    fair.milestones[1].approvals = vec![approval("go", 1, Gate::Start)];
    let grant = {
        let members: Vec<&_> = fair.activities_of(&fair.milestones[1].id).collect();
        launchd::core::model::approval::Grant {
            by: Actor("ben".into()),
            at: now(),
            fingerprint: fair.milestones[1].fingerprint(&members),
            revision: None,
            granted: true,
            comment: None,
        }
    };
    let answered = EventKind::ApprovalAnswered { milestone: id("launch_day"), approval: id("go"), grant };
    let known = state(&fair, now() - chrono::TimeDelta::hours(1), vec![answered]);
    let mut waiting = launch("waiting", "2027-06-01T09:00");
    waiting.milestones[0].due = at("2027-04-02T09:00");
    waiting.milestones[0].needs = vec![Need::Foreign { launch: name("fair"), milestone: id("launch_day") }];
    let other = launch("other", "2027-03-30T09:00");
    let world = World::with(vec![fair, waiting, other], vec![known, LaunchState::default(), LaunchState::default()]);
    let found = world.collisions();
    let one = &found[0].moves[0];
    assert_eq!((one.launch.as_str(), day_of(one.to)), ("fair", "Mon 2027-04-05 09:00".into()));
    assert_eq!(
        one.breaks,
        [
            Break::FixedDate { milestone: id("readiness"), due: at("2027-03-31T12:00") },
            Break::Approval { milestone: id("launch_day"), approval: id("go"), people: vec![Actor("ben".into())] },
            Break::Dependent(Dependent {
                launch: name("waiting"),
                milestone: id("readiness"),
                due: at("2027-04-02T09:00"),
                on: name("fair"),
                needs: id("launch_day"),
                then: at("2027-04-05T09:00"),
            }),
        ]
    );
}

#[test]
fn what_is_over_or_launched_collides_with_nothing() {
    let world = World::of(vec![launch("a", "2027-02-09T09:00"), launch("b", "2027-02-11T09:00")]);
    assert_eq!(world.collisions(), []);
}

#[test]
fn taking_every_proposal_leaves_no_collision() {
    // Deterministic, and crowded: 60 launches on 40 days, two owners, three audiences.
    let mut launches: Vec<Launch> = (0..60)
        .map(|n: i64| {
            let target = at("2027-04-01T09:00") + chrono::TimeDelta::days((n * 7919) % 40 * 7);
            let mut one = launch(&format!("l{n}"), &target.format("%Y-%m-%dT%H:%M").to_string());
            one.owner = Some(format!("owner-{}", n % 31));
            one.launch_type = LaunchType::ALL[usize::try_from(n % 5).unwrap()];
            audience(one, &[["a", "b", "c"][usize::try_from(n % 3).unwrap()]], &["email"])
        })
        .collect();
    let before = World::of(launches.clone()).collisions();
    assert!(before.len() > 10);
    let mut stuck = Vec::new();
    for one in before.iter().flat_map(|c| &c.moves) {
        let launch = launches.iter_mut().find(|l| l.name == one.launch).unwrap();
        match one.to {
            Some(to) => launch.target = to,
            None => stuck.push(one.launch.clone()),
        }
    }
    for left in World::of(launches).collisions() {
        let only_week = left.reasons == [Reason::Week];
        assert!(only_week || left.launches.iter().any(|l| stuck.contains(l)), "{left:?}");
    }
}

#[test]
fn filters_choose_launches_and_hide_no_collision_of_theirs() {
    let mut a = launch("a", "2027-04-01T09:00");
    a.labels.insert("tier".into(), "1".into());
    a.milestones[0].owner = Some("platform".into());
    let b = launch("b", "2027-03-30T09:00");
    let c = launch("c", "2027-06-01T09:00");
    let world = World::of(vec![a, b, c]);
    let names = |filter: Filter| {
        let seen = world.look(&filter);
        (seen.entries.iter().map(|e| e.launch.to_string()).collect::<Vec<_>>(), seen.collisions.len())
    };
    let strings = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    assert_eq!(names(Filter::default()), (strings(&["b", "a", "c"]), 1));
    let tier = [("tier".to_owned(), "1".to_owned())].into();
    assert_eq!(names(Filter { labels: tier, ..Filter::default() }), (strings(&["a"]), 1));
    assert_eq!(names(Filter { team: Some("platform".into()), ..Filter::default() }).0, strings(&["a"]));
    let from = Some("2027-04-01".parse().unwrap());
    assert_eq!(names(Filter { from, ..Filter::default() }).0, strings(&["a", "c"]));
    assert_eq!(names(Filter { from, until: from, ..Filter::default() }).0, strings(&["a"]));
}

fn small_world() -> World {
    let mut launches = vec![
        audience(launch("orbit-beta", "2027-03-02T10:00"), &["developers"], &["email_marketing"]),
        audience(launch("atlas-2", "2027-04-01T09:00"), &["teams", "enterprise"], &["email_marketing", "pr_relations"]),
        audience(launch("relay-update", "2027-03-31T09:00"), &["enterprise"], &["email_marketing"]),
        launch("a-name-that-is-much-longer-than-its-column", "2027-05-20T09:00"),
    ];
    launches[0].launch_type = LaunchType::BetaLaunch;
    launches[2].launch_type = LaunchType::FeatureUpdate;
    for one in &mut launches {
        one.owner = Some("product-operations".into());
        one.milestones[1].due = one.target + chrono::TimeDelta::days(7);
    }
    launches[1].owner = None;
    launches[3].freezes = vec![Freeze {
        calendar: None,
        name: "Release freeze".into(),
        from: at("2027-05-10"),
        until: at("2027-05-24"),
        except: vec![],
    }];
    World::of(launches)
}

fn view(width: usize) -> View {
    View { width, colour: false, all: false, brief: false, now: now() }
}

#[test]
fn the_time_line_reads_well_at_every_width() {
    let seen = small_world().look(&Filter::default());
    for width in [60, 80, 120, 160] {
        let text = portfolio::human(&seen, 40, &view(width));
        for line in text.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{width}: {line}");
        }
        insta::assert_snapshot!(format!("portfolio_{width}"), text);
    }
    let coloured = portfolio::human(&seen, 40, &View { colour: true, ..view(80) });
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), portfolio::human(&seen, 40, &view(80)));
}

#[test]
fn the_portfolio_is_a_table_for_a_wiki_and_a_document_for_programs() {
    let mut world = small_world();
    world.launches[1].title = "<b>Atlas</b> | [x](javascript:alert(1))".into();
    let seen = world.look(&Filter::default());
    let text = documents::portfolio::markdown(&seen, 3);
    assert!(!text.contains("<b>") && !text.contains("](java") && text.contains("and 1 more"), "{text}");
    insta::assert_snapshot!("portfolio_markdown", text);
    insta::assert_snapshot!("portfolio_json", api::portfolio::document(&seen).pretty());
}

#[test]
fn ten_thousand_launches_are_counted_beyond_the_limit() {
    let launches: Vec<Launch> = (0..10_000)
        .map(|n: i64| {
            let target = at("2027-04-01T09:00") + chrono::TimeDelta::hours(n);
            launch(&format!("l{n}"), &target.format("%Y-%m-%dT%H:%M").to_string())
        })
        .collect();
    let seen = World::of(launches).look(&Filter::default());
    let text = portfolio::human(&seen, 40, &view(80));
    assert!(text.contains("… and 9960 more"), "{text}");
    assert!(text.lines().count() < 120, "{text}");
    insta::assert_snapshot!(
        "portfolio_of_nothing",
        portfolio::human(&World::of(vec![]).look(&Filter::default()), 40, &view(80))
    );
}

#[test]
fn a_scale_has_whole_weeks_and_never_more_columns_than_there_is_room() {
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    for (first, last, width, columns) in [
        ("2027-01-04", "2027-01-10", 50, 3),
        ("2027-01-06", "2027-02-10", 50, 18),
        ("2027-01-01", "2027-12-31", 50, 27),
        ("2027-01-01", "2036-12-31", 50, 48),
        ("2027-06-01", "2027-01-01", 50, 3),
    ] {
        let scale = Scale::fit(day(first), day(last), width);
        assert_eq!(scale.width(), columns, "{first} {last}");
        assert!(scale.axis().iter().all(|row| row.chars().count() <= columns), "{:?}", scale.axis());
    }
}

/// A team of so many people.
fn team(people: u32) -> Teams {
    let team = Team {
        name: name("platform"),
        title: "Platform Team".into(),
        members: vec![],
        capacity: Some(people.into()),
        contact: None,
        roles: Default::default(),
        at: empty_launch("x").source,
    };
    [(name("platform"), std::sync::Arc::new(team))].into()
}

/// A launch that takes so many people of the platform team in the two weeks before T.
fn asking(text: &str, target: &str, people: u32) -> Launch {
    let mut launch = launch(text, target);
    launch.demands = vec![Demand {
        discipline: id("engineering"),
        people: people.into(),
        weeks: 2.into(),
        team: Some("platform".into()),
        start: launch.target - chrono::TimeDelta::days(14),
        end: launch.target,
    }];
    launch
}

#[test]
fn a_proposed_date_spares_a_team_where_another_date_is_near_and_says_so_where_none_is() {
    // `small` collides with `big`. The nearest free week is the one before; there `busy`, whose T is later, asks for all.
    let mut big = launch("big", "2027-04-01T09:00");
    big.launch_type = LaunchType::NewProduct;
    let mut small = asking("small", "2027-03-30T09:00", 3);
    small.launch_type = LaunchType::BetaLaunch;
    let free = World { teams: team(5), ..World::of(vec![big.clone(), small.clone()]) };
    assert_eq!(day_of(free.collisions()[0].moves[0].to), "Fri 2027-03-26 09:00");
    let mut busy = asking("busy", "2027-05-20T09:00", 5);
    (busy.demands[0].start, busy.demands[0].end) = (at("2027-03-22"), at("2027-03-27"));
    let crowded = World { teams: team(5), ..World::of(vec![big.clone(), small.clone(), busy.clone()]) };
    let one = crowded.collisions()[0].moves[0].clone();
    // On 22 March its two weeks are over when the full one begins; on 5 April they would still begin with that.
    assert_eq!(day_of(one.to), "Mon 2027-03-22 09:00", "{one:?}");
    assert_eq!(one.breaks, []);
    // With the team asked for everything for months, the nearest date is proposed, with its price.
    (busy.demands[0].start, busy.demands[0].end) = (at("2027-01-04"), at("2027-08-01"));
    let full = World { teams: team(5), ..World::of(vec![big, small, busy]) };
    let one = full.collisions()[0].moves[0].clone();
    assert_eq!(day_of(one.to), "Fri 2027-03-26 09:00");
    assert!(matches!(&one.breaks[..], [Break::Overload { title, .. }] if title == "Platform Team"), "{one:?}");
}

fn changes(launches: &[Launch], before: &Launch, after: &Launch) -> Changed {
    let mut old = clashes::World::of(launches.iter().chain([before]), now());
    let mut new = clashes::World::of(launches.iter().chain([after]), now());
    clashes::changed((before, &mut old), (after, &mut new))
}

#[test]
fn a_move_is_told_which_collisions_it_makes_and_which_it_resolves() {
    let others = [
        audience(launch("april", "2027-04-01T09:00"), &["customers"], &[]),
        audience(launch("may", "2027-05-05T09:00"), &["customers", "press"], &[]),
    ];
    let with = |target: &str| audience(launch("mine", target), &["customers"], &[]);
    let moved = changes(&others, &with("2027-03-30T09:00"), &with("2027-05-04T09:00"));
    let told = |clashes: &[clashes::Clash]| -> Vec<(String, String)> {
        clashes.iter().map(|c| (c.with.as_ref().unwrap().to_string(), portfolio::clash(c))).collect()
    };
    let made = "the same audience (customers) in the week of 3 May 2027";
    let resolved = "the same audience (customers) in the week of 29 March 2027";
    assert_eq!(told(&moved.made), [("may".to_owned(), made.to_owned())]);
    assert_eq!(told(&moved.resolved), [("april".to_owned(), resolved.to_owned())]);
    // Within the same week nothing changes.
    assert_eq!(changes(&others, &with("2027-03-30T09:00"), &with("2027-03-31T09:00")), Changed::default());
}

#[test]
fn a_move_into_a_freeze_is_a_collision_that_it_makes() {
    let mut before = launch("mine", "2027-03-30T09:00");
    before.freezes = vec![Freeze {
        calendar: None,
        name: "spring".into(),
        from: at("2027-05-03"),
        until: at("2027-05-10"),
        except: vec![],
    }];
    let after = Launch { target: at("2027-05-05T09:00"), ..before.clone() };
    let moved = changes(&[], &before, &after);
    assert_eq!((moved.made.len(), moved.made[0].with.as_ref(), moved.resolved.len()), (1, None, 0));
    assert!(portfolio::clash(&moved.made[0]).starts_with("falls into the freeze spring"));
}
