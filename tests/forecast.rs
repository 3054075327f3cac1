//! Schedules and forecasts against cases worked out by hand. Days are those of March and April 2027, which begin with a
//! Monday and a Thursday; T is Thursday 1 April, 09:00 in UTC.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{NaiveDate, Timelike};
use launchd::core::{
    model::{
        Timestamp,
        activity::Need,
        area::Phase,
        calendar::WorkCalendar,
        event::{Event, EventKind},
        launch::{Launch, LaunchType},
        milestone::Milestone,
        name::Actor,
        state::LaunchState,
        work::Work,
    },
    schedule::{
        cause::sentence,
        forecast::{Forecast, forecast, forecasts},
        learned::{FEWEST, Learned, percentile},
        nodes::Subject,
        parse_work,
        stuck::Stuck,
    },
};

use crate::fixtures::{activity, at, empty_launch, id, milestone, name};

/// `2027-03-12` is the end of that day, as in a plan file.
fn due(text: &str) -> Timestamp {
    if text.len() == 10 { format!("{text}T23:59:59Z").parse().unwrap() } else { at(text) }
}

fn step(text: &str, phase: Phase, on: &str, work: &str, needs: &[&str]) -> Milestone {
    let duration = if work.is_empty() { None } else { Some(parse_work(work).unwrap()) };
    Milestone { due: due(on), duration, ..milestone(text, phase, "2027-04-01", needs) }
}

fn launch(milestones: Vec<Milestone>) -> Launch {
    let off = ["2027-03-26", "2027-03-29"].map(|d| (d.parse::<NaiveDate>().unwrap(), "Easter".to_owned()));
    let week = WorkCalendar::default();
    let days = [0, 1, 2, 3, 4].map(|n| chrono::Weekday::try_from(n).unwrap());
    assert!(days.iter().all(|d| week.works_on(*d)));
    let calendar = WorkCalendar::new(days, BTreeMap::from(off)).unwrap();
    Launch { milestones, calendar: Arc::new(calendar), ..empty_launch("atlas") }
}

/// Draft, review, and the day itself.
fn atlas() -> Launch {
    use Phase::{Launch, PreLaunch};
    launch(vec![
        step("draft", PreLaunch, "2027-03-12", "5bd", &[]),
        step("review", PreLaunch, "2027-03-19", "5bd", &["draft"]),
        step("launch_day", Launch, "2027-04-01T09:00", "", &["review"]),
    ])
}

/// What is known after these events.
fn events(happened: &[(Timestamp, EventKind)]) -> LaunchState {
    let mut state = LaunchState::default();
    for (seq, (at, kind)) in (1..).zip(happened) {
        let (launch, actor) = (name("atlas"), Actor("ana".into()));
        state.fold(&Event { seq, at: *at, launch, actor, kind: kind.clone() });
    }
    state
}

fn seen(launch: &Launch, state: &LaunchState, now: &str) -> Forecast {
    forecast(launch, state, at(now), None).unwrap()
}

/// `03-12 09:00`, or `03-12` for the end of a day.
fn short(at: Timestamp) -> String {
    let format = if at.second() == 59 { "%m-%d" } else { "%m-%d %H:%M" };
    at.format(format).to_string()
}

fn earliest(f: &Forecast, m: &str) -> String {
    short(f.milestone(&id(m)).unwrap().earliest_finish)
}

fn latest(f: &Forecast, m: &str) -> String {
    short(f.milestone(&id(m)).unwrap().latest_finish)
}

fn expected(f: &Forecast, m: &str) -> (String, i64) {
    let m = f.milestone(&id(m)).unwrap();
    (short(m.expected_finish), m.at_risk_days)
}

fn slack(f: &Forecast, m: &str) -> i64 {
    f.milestone(&id(m)).unwrap().slack_seconds
}

fn path(f: &Forecast) -> Vec<&str> {
    f.critical_path.iter().map(launchd::core::model::name::Id::as_str).collect()
}

fn why(f: &Forecast, m: &str) -> String {
    sentence(&f.milestone(&id(m)).unwrap().why, chrono_tz::UTC)
}

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

#[test]
fn work_that_nothing_holds_back_can_begin_now() {
    let f = seen(&atlas(), &LaunchState::default(), "2027-03-01T09:00");
    // Monday 1 at 09:00 and five business days: Monday 8 at 09:00; five more: Monday 15.
    assert_eq!(earliest(&f, "draft"), "03-08 09:00");
    assert_eq!(earliest(&f, "review"), "03-15 09:00");
    // The launch phase is complete at T and not before.
    assert_eq!(earliest(&f, "launch_day"), "04-01 09:00");
}

#[test]
fn work_is_planned_so_that_it_is_done_when_due() {
    let f = seen(&atlas(), &LaunchState::default(), "2027-03-01T09:00");
    // Five whole days before the end of Friday 12: from the beginning of Monday 8.
    assert_eq!(short(f.milestone(&id("draft")).unwrap().planned_start), "03-08 00:00");
    assert_eq!(short(f.milestone(&id("review")).unwrap().planned_start), "03-15 00:00");
    // Without a duration: when the last of what it needs is due.
    assert_eq!(short(f.milestone(&id("launch_day")).unwrap().planned_start), "03-19");
}

#[test]
fn slack_is_what_lies_between_the_earliest_end_and_the_latest() {
    let f = seen(&atlas(), &LaunchState::default(), "2027-03-01T09:00");
    // Its own due date, Friday 12, comes before the Monday 15 with which the review has to begin.
    assert_eq!(latest(&f, "draft"), "03-12");
    assert_eq!(latest(&f, "review"), "03-19");
    // From Monday 09:00 to the end of Friday: 4 days and 15 hours, for both.
    assert_eq!(slack(&f, "draft"), 4 * DAY + 15 * HOUR);
    assert_eq!(slack(&f, "review"), 4 * DAY + 15 * HOUR);
    assert_eq!(slack(&f, "launch_day"), 0);
}

#[test]
fn what_is_needed_must_end_before_the_next_has_to_begin() {
    let mut launch = atlas();
    // The review takes eight business days: from the end of Friday 19 back to the beginning of Wednesday 10.
    launch.milestones[1].duration = Some(Work::BusinessDays(8));
    let f = seen(&launch, &LaunchState::default(), "2027-03-01T09:00");
    assert_eq!(latest(&f, "draft"), "03-09");
    // Monday 8 at 09:00 to the end of Tuesday 9.
    assert_eq!(slack(&f, "draft"), DAY + 15 * HOUR);
}

#[test]
fn a_holiday_makes_work_longer_both_ways() {
    let mut launch = atlas();
    launch.milestones[1].due = due("2027-03-31");
    let f = seen(&launch, &LaunchState::default(), "2027-03-22T09:00");
    // The draft began as planned on Monday 8, and is not done: now.
    assert_eq!(earliest(&f, "draft"), "03-22 09:00");
    // 23, 24, 25, 30, 31: the Friday and Monday of Easter are off.
    assert_eq!(earliest(&f, "review"), "03-31 09:00");
    // Five whole days to the end of Wednesday 31 are 31, 30, 25, 24, 23: what it needs must end with Monday 22.
    launch.milestones[0].due = due("2027-03-30");
    let f = seen(&launch, &LaunchState::default(), "2027-03-22T09:00");
    assert_eq!(latest(&f, "draft"), "03-22");
}

#[test]
fn elapsed_time_counts_weekends() {
    let mut launch = atlas();
    launch.milestones[0].duration = Some(parse_work("1w").unwrap());
    let f = seen(&launch, &LaunchState::default(), "2027-03-05T12:00");
    // The week to the end of Friday 12 was to begin with Saturday 6; it begins now, on Friday 5.
    assert_eq!(earliest(&f, "draft"), "03-12 12:00");
    // Friday 12 at noon and five business days: Friday 19 at noon.
    assert_eq!(earliest(&f, "review"), "03-19 12:00");
}

#[test]
fn a_written_start_is_not_anticipated() {
    let mut launch = atlas();
    launch.milestones[0].start = Some(at("2027-03-10T09:00"));
    let f = seen(&launch, &LaunchState::default(), "2027-03-01T09:00");
    // Wednesday 10 and five business days: Wednesday 17; due Friday 12.
    assert_eq!(earliest(&f, "draft"), "03-17 09:00");
    assert_eq!(slack(&f, "draft"), -(4 * DAY + 9 * HOUR));
    assert_eq!(short(f.milestone(&id("draft")).unwrap().planned_start), "03-10 09:00");
}

#[test]
fn what_is_done_ended_when_it_did() {
    let launch = atlas();
    let done = EventKind::MilestoneCompleted { milestone: id("draft") };
    let state = events(&[(at("2027-03-04T15:00"), done)]);
    let f = seen(&launch, &state, "2027-03-05T12:00");
    let draft = f.milestone(&id("draft")).unwrap();
    assert_eq!(draft.actual_finish, Some(at("2027-03-04T15:00")));
    assert_eq!(draft.expected_finish, at("2027-03-04T15:00"));
    // The review can begin at once: Thursday 4 at 15:00 and five business days.
    assert_eq!(earliest(&f, "review"), "03-11 15:00");
    // Promised is promised: it is expected when due.
    assert_eq!(expected(&f, "review"), ("03-19".into(), 0));
}

#[test]
fn what_is_overdue_is_expected_now_at_best_and_pushes_what_needs_it() {
    let f = seen(&atlas(), &LaunchState::default(), "2027-03-18T12:00");
    assert_eq!(expected(&f, "draft"), ("03-18 12:00".into(), 6));
    // Thursday 18 at noon and five business days: Thursday 25 at noon, due Friday 19.
    assert_eq!(expected(&f, "review"), ("03-25 12:00".into(), 6));
    assert_eq!(expected(&f, "launch_day"), ("04-01 09:00".into(), 0));
    assert_eq!(why(&f, "draft"), "`draft` was due Fri 2027-03-12 and is not done yet");
    assert_eq!(
        why(&f, "review"),
        "`review` is expected Thu 2027-03-25 12:00, because it needs `draft` and takes 5 business days; \
         `draft` was due Fri 2027-03-12 and is not done yet"
    );
}

#[test]
fn a_delay_reaches_the_launch_when_the_slack_is_used_up() {
    let f = seen(&atlas(), &LaunchState::default(), "2027-03-24T12:00");
    // Wednesday 24 at noon: 25, 30, 31 March, 1 and 2 April.
    assert_eq!(expected(&f, "review"), ("04-02 12:00".into(), 14));
    assert_eq!(expected(&f, "launch_day"), ("04-02 12:00".into(), 1));
    assert_eq!(
        why(&f, "launch_day"),
        "`launch_day` is expected Fri 2027-04-02 12:00, because it needs `review`; `review` is expected \
         Fri 2027-04-02 12:00, because it needs `draft` and takes 5 business days; `draft` was due Fri 2027-03-12 and is \
         not done yet"
    );
}

#[test]
fn the_critical_path_is_one_chain_through_the_least_slack() {
    use Phase::{Launch, PreLaunch};
    let launch = launch(vec![
        step("draft", PreLaunch, "2027-03-31", "5bd", &[]),
        step("build", PreLaunch, "2027-03-31", "10bd", &[]),
        step("review", PreLaunch, "2027-03-31", "3bd", &["draft"]),
        step("test", PreLaunch, "2027-03-31", "5bd", &["build"]),
        step("launch_day", Launch, "2027-04-01T09:00", "", &["review", "test"]),
    ]);
    let f = seen(&launch, &LaunchState::default(), "2027-03-01T09:00");
    // draft, review: 8 business days to Thursday 11. build, test: 15 to Monday 22.
    assert_eq!((earliest(&f, "review"), earliest(&f, "test")), ("03-11 09:00".into(), "03-22 09:00".into()));
    assert_eq!(path(&f), ["build", "test", "launch_day"]);
    assert_eq!(slack(&f, "test"), 9 * DAY + 15 * HOUR);
    // Five whole days to the end of 31 March are 31, 30, 25, 24, 23: the build must end with Monday 22, and can with Monday 15 at 09:00.
    assert_eq!((latest(&f, "build"), slack(&f, "build")), ("03-22".into(), 7 * DAY + 15 * HOUR));
    let critical: Vec<_> = f.milestones.iter().filter(|m| m.critical).map(|m| m.id.as_str()).collect();
    assert_eq!(critical, path(&f));
}

#[test]
fn the_launch_phase_waits_for_all_of_pre_launch_without_being_told() {
    use Phase::{Launch, PreLaunch};
    let launch = launch(vec![
        step("legal", PreLaunch, "2027-03-31", "20bd", &[]),
        step("launch_day", Launch, "2027-04-01T09:00", "", &[]),
    ]);
    let f = seen(&launch, &LaunchState::default(), "2027-03-22T09:00");
    // Twenty whole days to 31 March: 23 to 31 without Easter are 5, 8 to 22 are 11, and 2 to 5 are 4. It began then.
    assert_eq!(short(f.milestone(&id("legal")).unwrap().planned_start), "03-02 00:00");
    assert_eq!(expected(&f, "legal"), ("03-31".into(), 0));
    assert_eq!(path(&f), ["legal", "launch_day"]);
    let late = seen(&launch, &LaunchState::default(), "2027-04-03T09:00");
    assert_eq!(expected(&late, "launch_day"), ("04-03 09:00".into(), 2));
}

#[test]
fn a_milestone_is_no_earlier_than_its_activities() {
    let mut launch = atlas();
    let work = Some(Work::BusinessDays(4));
    let text = activity("text", "review", serde_json::json!({}));
    let print = activity("print", "review", serde_json::json!({}));
    let print = launchd::core::model::activity::Activity { needs: vec![Need::Activity(id("text"))], ..print };
    for one in [text, print] {
        let one = launchd::core::model::activity::Activity { duration: work, due: due("2027-03-19"), ..one };
        launch.activities.push(one);
    }
    let f = seen(&launch, &LaunchState::default(), "2027-03-01T09:00");
    // Both begin after the draft, on Monday 8 at 09:00: text to Friday 12, print to Thursday 18; the review's own five
    // days beside them end on Monday 15.
    assert_eq!(short(f.activities[0].earliest_finish), "03-12 09:00");
    assert_eq!(short(f.activities[1].earliest_finish), "03-18 09:00");
    assert_eq!(earliest(&f, "review"), "03-18 09:00");
    // Four days to the end of Friday 19 begin with Tuesday 16; four before that with Wednesday 10, before the own due date.
    assert_eq!(short(f.activities[0].latest_finish), "03-15");
    assert_eq!(latest(&f, "draft"), "03-09");
}

#[test]
fn launches_that_need_each_other_are_reckoned_together() {
    use Phase::PreLaunch;
    let (mut one, mut other) = (atlas(), launch(vec![step("api", PreLaunch, "2027-03-05", "3bd", &[])]));
    other.name = name("platform");
    let need = Need::Foreign { launch: name("platform"), milestone: id("api") };
    one.milestones[0].needs.push(need);
    let both = |now: &str| {
        let subjects = [&one, &other].map(|launch| Subject { launch, state: None }).to_vec();
        forecasts(subjects, at(now), None).unwrap()
    };
    // Monday 1 and three business days: Thursday 4; five more: Thursday 11.
    let all = both("2027-03-01T09:00");
    assert_eq!(earliest(&all[0], "draft"), "03-11 09:00");
    // The api is needed with the end of Friday 5, its own date; the draft's last beginning, Monday 8, leaves it that.
    assert_eq!(latest(&all[1], "api"), "03-05");
    assert_eq!(all[0].critical_from, Some((name("platform"), id("api"))));
    // On Wednesday 10 it is still not there: five business days from then are Wednesday 17.
    let all = both("2027-03-10T09:00");
    assert_eq!(expected(&all[0], "draft"), ("03-17 09:00".into(), 5));
    assert_eq!(
        why(&all[0], "draft"),
        "`draft` is expected Wed 2027-03-17 09:00, because it needs `platform/api` and takes 5 business days; \
         `platform/api` was due Fri 2027-03-05 and is not done yet"
    );
}

#[test]
fn launches_that_wait_for_each_other_are_an_error_that_names_them() {
    use Phase::PreLaunch;
    let (mut one, mut other) = (atlas(), launch(vec![step("api", PreLaunch, "2027-03-05", "", &[])]));
    other.name = name("platform");
    one.milestones[0].needs.push(Need::Foreign { launch: name("platform"), milestone: id("api") });
    other.milestones[0].needs.push(Need::Foreign { launch: name("atlas"), milestone: id("review") });
    let subjects = [&one, &other].map(|launch| Subject { launch, state: None }).to_vec();
    let circle = forecasts(subjects, at("2027-03-01T09:00"), None).unwrap_err();
    assert_eq!(circle.to_string(), "atlas/draft → platform/api → atlas/review wait for each other");
}

#[test]
fn what_is_stopped_is_at_risk_although_its_date_lies_ahead() {
    let blocked = EventKind::MilestoneBlocked { milestone: id("review"), reason: "no reviewer".into() };
    let state = events(&[(at("2027-03-01T10:00"), blocked)]);
    let f = seen(&atlas(), &state, "2027-03-02T09:00");
    let at_risk: Vec<_> = f.at_risk().map(|m| m.id.as_str()).collect();
    assert_eq!(at_risk, ["review"]);
    let review = f.milestone(&id("review")).unwrap();
    assert!(matches!(&review.stuck[..], [Stuck::Blocked { reason: Some(why), .. }] if why == "no reviewer"));
}

#[test]
fn percentiles_lie_between_the_nearest_values_in_proportion() {
    // Number 1 + (n − 1) × p ÷ 100 of n.
    assert_eq!(percentile(&[10, 20, 30, 40, 50], 50), Some(30));
    // 1 + 4 × 0.9 = 4.6: six tenths of the way from 40 to 50.
    assert_eq!(percentile(&[10, 20, 30, 40, 50], 90), Some(46));
    assert_eq!(percentile(&[10, 20], 50), Some(15));
    assert_eq!(percentile(&[-7], 90), Some(-7));
    assert_eq!(percentile(&[10, 20, 30], 100), Some(30));
    assert_eq!(percentile(&[], 50), None);
}

#[test]
fn finished_launches_teach_when_there_are_enough_of_them() {
    let late_by = |days: &[i64]| {
        let mut learned = Learned::default();
        for day in days {
            let promised = at("2026-01-05");
            learned.add(LaunchType::NewProduct, &id("draft"), promised, promised + chrono::TimeDelta::days(*day));
        }
        learned
    };
    let look =
        |learned: &Learned| forecast(&atlas(), &LaunchState::default(), at("2027-03-01T09:00"), Some(learned)).unwrap();
    let few = look(&late_by(&[2; FEWEST - 1]));
    assert_eq!(expected(&few, "draft"), ("03-12".into(), 0));
    assert!(few.milestones[0].learned.is_none() && few.milestones[0].late_finish.is_none());
    // 0, 1, 3, 4, 10 days: half were 3 days late or more; nine in ten at most 4 + 0.6 × 6 = 7.6.
    let f = look(&late_by(&[4, 0, 10, 1, 3]));
    assert_eq!(expected(&f, "draft"), ("03-15".into(), 3));
    assert_eq!(short(f.milestones[0].late_finish.unwrap()), "03-20 14:24");
    assert_eq!(f.milestones[0].learned.unwrap().samples, 5);
    // Five business days from the end of Monday 15: Monday 22, due Friday 19.
    assert_eq!(expected(&f, "review"), ("03-22".into(), 3));
    assert_eq!(
        why(&f, "draft"),
        "`draft` is expected Mon 2027-03-15, because half of 5 finished launches were 3 days late or more here"
    );
    // What was early on the whole does not make a promise earlier.
    assert_eq!(expected(&look(&late_by(&[-5; 6])), "draft"), ("03-12".into(), 0));
}

#[test]
fn the_headline_says_what_finished_launches_make_likely_and_what_one_in_ten_made_of_it() {
    let mut learned = Learned::default();
    for days in [4, 0, 10, 1, 3] {
        let promised = at("2026-01-05");
        learned.add(LaunchType::NewProduct, &id("review"), promised, promised + chrono::TimeDelta::days(days));
    }
    let mut launch = atlas();
    launch.milestones[1].due = due("2027-03-31");
    let f = forecast(&launch, &LaunchState::default(), at("2027-03-01T09:00"), Some(&learned)).unwrap();
    let outlook = launchd::core::portfolio::Outlook::of(&f).unwrap();
    // The review is likely three days after 31 March, at worst 7.6 days; launch day waits for it, T or not.
    assert_eq!((short(outlook.expected), outlook.late_days), ("04-03".into(), 2));
    assert_eq!(outlook.late.map(short), Some("04-08 14:24".into()));
    assert_eq!(outlook.samples, Some(5));
    let silent =
        launchd::core::portfolio::Outlook::of(&seen(&launch, &LaunchState::default(), "2027-03-01T09:00")).unwrap();
    assert_eq!((silent.late, silent.samples), (None, None));
}

#[test]
fn a_milestone_is_judged_by_launches_of_its_type_where_there_are_enough() {
    let mut learned = Learned::default();
    let promised = at("2026-01-05");
    let mut add = |kind, days: i64, times| {
        for _ in 0..times {
            learned.add(kind, &id("draft"), promised, promised + chrono::TimeDelta::days(days));
        }
    };
    add(LaunchType::FeatureUpdate, 20, 6);
    add(LaunchType::NewProduct, 2, 4);
    let all = learned.delay(LaunchType::NewProduct, &id("draft")).unwrap();
    assert_eq!((all.samples, all.same_type, all.p50_seconds), (10, false, 20 * DAY));
    let own = learned.delay(LaunchType::FeatureUpdate, &id("draft")).unwrap();
    assert_eq!((own.samples, own.same_type, own.p50_seconds), (6, true, 20 * DAY));
    assert_eq!(learned.delay(LaunchType::NewProduct, &id("review")), None);
}

#[test]
fn what_a_program_does_in_a_freeze_is_expected_when_the_freeze_ends() {
    use launchd::core::model::launch::Freeze;
    let mut launch = atlas();
    let post = |uses: &str| {
        let mut post = activity("post", "launch_day", serde_json::json!({}));
        (post.uses, post.not_before, post.due) =
            (crate::fixtures::uses(uses), Some(at("2027-04-01T09:00")), at("2027-04-01T09:00"));
        post
    };
    launch.activities = vec![post("tracker/issue")];
    launch.freezes = vec![Freeze {
        calendar: None,
        name: "quarter end".into(),
        from: at("2027-03-30"),
        until: at("2027-04-06"),
        except: Vec::new(),
    }];
    let day = |launch: &Launch| {
        let forecast = seen(launch, &LaunchState::default(), "2027-03-01");
        let day = forecast.milestone(&id("launch_day")).unwrap();
        (day.at_risk_days, sentence(&day.why, launch.timezone))
    };
    let (days, why) = day(&launch);
    assert_eq!(days, 4);
    assert!(
        why.ends_with(
            "`post` is expected Mon 2027-04-05, because nothing is changed before the freeze \"quarter end\" ends"
        ),
        "{why}"
    );
    // People go on in a freeze, and so does what is excepted.
    launch.activities = vec![post("human/task")];
    assert_eq!(day(&launch).0, 0);
    launch.activities = vec![post("tracker/issue")];
    launch.freezes[0].except = vec![id("post")];
    assert_eq!(day(&launch).0, 0);
}
