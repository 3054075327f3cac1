//! The scheduler against a slow and obvious one, on graphs nobody thought of.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use launchd::core::{
    model::work::Work,
    schedule::{
        WorkCalendar,
        clock::WorkClock,
        network::{ANYTIME, Cycle, NEVER, Network, Node},
        zone,
    },
};
use proptest::prelude::*;

/// Counts working days one by one.
struct Slow {
    calendar: WorkCalendar,
    zone: Tz,
}

impl Slow {
    fn wall(&self, at: i64) -> NaiveDateTime {
        self.zone.timestamp_opt(at, 0).unwrap().naive_local()
    }

    fn next(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days().skip(1).find(|d| self.calendar.is_working_day(*d)).unwrap()
    }

    fn previous(&self, mut day: NaiveDate) -> NaiveDate {
        loop {
            day = day - Days::new(1);
            if self.calendar.is_working_day(day) {
                return day;
            }
        }
    }

    fn instant(&self, wall: NaiveDateTime) -> i64 {
        zone::resolve(wall, self.zone).unwrap().at.timestamp()
    }

    fn after(&self, at: i64, work: Work) -> i64 {
        let days = match work {
            Work::Elapsed(seconds) => return at + i64::try_from(seconds).unwrap(),
            Work::BusinessDays(0) => return at,
            Work::BusinessDays(days) => days,
        };
        let mut wall = self.wall(at);
        if !self.calendar.is_working_day(wall.date()) {
            wall = self.next(wall.date()).and_time(NaiveTime::MIN);
        }
        let fills_days = wall.time() == NaiveTime::MIN;
        let mut day = wall.date();
        for _ in 0..days - u32::from(fills_days) {
            day = self.next(day);
        }
        if fills_days {
            self.instant((day + Days::new(1)).and_time(NaiveTime::MIN))
        } else {
            self.instant(day.and_time(wall.time()))
        }
    }

    fn before(&self, at: i64, work: Work) -> i64 {
        let days = match work {
            Work::Elapsed(seconds) => return at - i64::try_from(seconds).unwrap(),
            Work::BusinessDays(0) => return at,
            Work::BusinessDays(days) => days,
        };
        let wall = self.wall(at);
        let inside = self.calendar.is_working_day(wall.date());
        let time = if inside { wall.time() } else { NaiveTime::MIN };
        let mut day = wall.date();
        for _ in 0..days {
            day = self.previous(day);
        }
        match self.zone.from_local_datetime(&day.and_time(time)) {
            chrono::LocalResult::Single(one) | chrono::LocalResult::Ambiguous(_, one) => one.timestamp(),
            // The clocks jump an hour ahead; an hour less on the wall is surely before.
            chrono::LocalResult::None => self.instant(day.and_time(time)) - 3600,
        }
    }
}

/// Repeats every rule until nothing changes any more.
fn slow_earliest(nodes: &[Node], edges: &[(u32, u32)], clocks: &[Slow], floor: i64) -> Vec<(i64, i64)> {
    let mut found = vec![(ANYTIME, ANYTIME); nodes.len()];
    loop {
        let mut next = found.clone();
        for (i, node) in nodes.iter().enumerate() {
            let needed = edges.iter().filter(|(from, _)| *from as usize == i).map(|(_, to)| found[*to as usize].1);
            let begin = needed.chain([node.begin]).max().unwrap();
            let worked = if begin == ANYTIME { ANYTIME } else { clocks[node.clock as usize].after(begin, node.work) };
            next[i] = (begin, node.done.unwrap_or(worked.max(node.end).max(floor)));
        }
        if next == found {
            return found;
        }
        found = next;
    }
}

fn slow_latest(nodes: &[Node], edges: &[(u32, u32)], clocks: &[Slow]) -> Vec<i64> {
    let mut found: Vec<i64> = nodes.iter().map(|n| n.due).collect();
    loop {
        let mut next = found.clone();
        for (from, to) in edges {
            let (node, end) = (&nodes[*from as usize], found[*from as usize]);
            if node.done.is_none() && end != NEVER {
                let begin = clocks[node.clock as usize].before(end, node.work);
                next[*to as usize] = next[*to as usize].min(begin);
            }
        }
        if next == found {
            return found;
        }
        found = next;
    }
}

/// Instants of 2027, in steps of a quarter of an hour.
fn instant() -> impl Strategy<Value = i64> {
    let first = "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap().timestamp();
    (0..365 * 96_i64).prop_map(move |quarter| first + quarter * 900)
}

fn work() -> impl Strategy<Value = Work> {
    prop_oneof![
        Just(Work::Elapsed(0)),
        (0..30 * 24_u64).prop_map(|hours| Work::Elapsed(hours * 3600)),
        (0..30_u32).prop_map(Work::BusinessDays),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let begin = prop_oneof![2 => Just(ANYTIME), 1 => instant()];
    let end = prop_oneof![4 => Just(ANYTIME), 1 => instant()];
    let due = prop_oneof![1 => Just(NEVER), 3 => instant()];
    let done = prop_oneof![5 => Just(None), 1 => instant().prop_map(Some)];
    (0..2_u32, work(), begin, end, due, done).prop_map(|(clock, work, begin, end, due, done)| Node {
        clock,
        work,
        begin,
        end,
        due,
        done,
    })
}

fn calendar() -> impl Strategy<Value = WorkCalendar> {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let week = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];
    let days = proptest::sample::subsequence(week.to_vec(), 1..=7);
    let off = proptest::collection::btree_set(0..500_u64, 0..25);
    (days, off).prop_map(|(days, off)| {
        let first = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        let off: BTreeMap<_, _> = off.into_iter().map(|n| (first + Days::new(n), String::new())).collect();
        WorkCalendar::new(days, off).unwrap()
    })
}

fn zone_of() -> impl Strategy<Value = Tz> {
    proptest::sample::select(vec![
        Tz::UTC,
        Tz::America__New_York,
        Tz::Europe__Berlin,
        Tz::Asia__Kolkata,
        Tz::Pacific__Auckland,
    ])
}

/// Nodes, and needs that lead to a lower rank; who has which rank is shuffled.
fn graph() -> impl Strategy<Value = (Vec<Node>, Vec<(u32, u32)>)> {
    proptest::collection::vec(node(), 1..25).prop_flat_map(|nodes| {
        let count = u32::try_from(nodes.len()).unwrap();
        let edges = proptest::collection::vec((0..count, 0..count), 0..50);
        let ranks = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        (Just(nodes), edges, ranks).prop_map(|(nodes, edges, ranks)| {
            let down = |(a, b): (u32, u32)| {
                let (high, low) = (a.max(b), a.min(b));
                (high != low).then(|| (ranks[high as usize], ranks[low as usize]))
            };
            (nodes, edges.into_iter().filter_map(down).collect())
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_scheduler_agrees_with_a_slow_and_obvious_one(
        (nodes, edges) in graph(),
        (one, other) in (calendar(), calendar()),
        zones in (zone_of(), zone_of()),
        floor in prop_oneof![Just(ANYTIME), instant()],
    ) {
        let clocks = [WorkClock::new(&one, zones.0), WorkClock::new(&other, zones.1)];
        let slow = [Slow { calendar: one, zone: zones.0 }, Slow { calendar: other, zone: zones.1 }];
        let network = Network::new(nodes.clone(), &edges).unwrap();
        let earliest: Vec<_> = network.earliest(&clocks, |_, _| floor).iter().map(|s| (s.begin, s.end)).collect();
        prop_assert_eq!(earliest, slow_earliest(&nodes, &edges, &slow, floor));
        prop_assert_eq!(network.latest(&clocks), slow_latest(&nodes, &edges, &slow));
    }

    #[test]
    fn the_latest_beginning_still_ends_in_time_and_a_later_one_does_not(
        calendar in calendar(), at in instant(), days in 1..40_u32,
    ) {
        let (clock, work) = (WorkClock::new(&calendar, Tz::UTC), Work::BusinessDays(days));
        let begin = clock.before(at, work);
        prop_assert!(clock.after(begin, work) <= at);
        prop_assert!(clock.after(begin + 1, work) > at);
    }

    #[test]
    fn a_cycle_is_found_exactly_where_there_is_one_and_is_one(
        edges in proptest::collection::vec((0..12_u32, 0..12_u32), 0..18),
    ) {
        let nodes = vec![Node::point(0); 12];
        // Whoever can be taken away again and again because nothing it needs is left, is in no cycle.
        let mut left: BTreeSet<u32> = (0..12).collect();
        while let Some(free) = left.iter().copied().find(|n| !edges.iter().any(|(a, b)| a == n && left.contains(b))) {
            left.remove(&free);
        }
        match Network::new(nodes, &edges) {
            Ok(_) => prop_assert!(left.is_empty()),
            Err(Cycle { members }) => {
                prop_assert!(!members.is_empty());
                for (i, member) in members.iter().enumerate() {
                    prop_assert!(edges.contains(&(*member, members[(i + 1) % members.len()])));
                }
                let different: BTreeSet<_> = members.iter().collect();
                prop_assert_eq!(different.len(), members.len());
            }
        }
    }
}
