//! One pass over the graph with what bounds each end, and why an end is where it is.

use std::cell::OnceCell;

use super::{
    cause::{Bound, Cause, Why},
    learned::Delay,
    network::{ANYTIME, Stretch, slack},
    nodes::{Nodes, What, deadline},
    window::next_free,
};
use crate::core::model::{Timestamp, launch::Freeze, work::Work};

/// Links of a chain that are told from its beginning; the last one is always told.
const MOST_LINKS: usize = 8;

/// From what ends are reckoned.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'d> {
    /// From what is written alone.
    Written,
    /// As early as can be at an instant: what is not done cannot have ended before.
    Earliest { now: Timestamp },
    /// As is to be expected: nobody is done before the due date, and finished launches count, by node.
    Expected { now: Timestamp, delays: &'d [Option<Delay>], late: bool },
}

/// The stretches of one pass.
pub struct Look<'n, 'a, 'd> {
    nodes: &'n Nodes<'a>,
    basis: Basis<'d>,
    pub stretches: Vec<Stretch>,
    roots: OnceCell<Vec<(u32, u32)>>,
}

impl<'n, 'a, 'd> Look<'n, 'a, 'd> {
    pub fn new(nodes: &'n Nodes<'a>, basis: Basis<'d>) -> Self {
        let stretches = nodes.network.earliest(&nodes.clocks, |node, begin| floor(nodes, basis, node, begin));
        Self { nodes, basis, stretches, roots: OnceCell::new() }
    }

    /// Why a node ends when it does: link by link down to something that gives no further reason.
    pub fn chain(&self, node: u32) -> Vec<Cause> {
        let own = self.nodes.members[node as usize].subject;
        let mut chain = Vec::new();
        let mut at = node;
        loop {
            let (root, links) = self.root(at);
            if chain.len() == MOST_LINKS && links > 1 {
                let cause = self.cause(own, root, None);
                chain.push(Cause { why: Why::Between { links }, ..cause.clone() });
                chain.push(cause);
                return chain;
            }
            let next = self.driver(at);
            chain.push(self.cause(own, at, next));
            match next {
                Some(next) => at = next,
                None => return chain,
            }
        }
    }

    /// Where the chain of a node ends, and how many links lead there.
    pub fn root(&self, node: u32) -> (u32, u32) {
        let roots = self.roots.get_or_init(|| {
            let mut roots: Vec<(u32, u32)> = (0..).take(self.stretches.len()).map(|node| (node, 0)).collect();
            for &node in self.nodes.network.order() {
                if let Some(driver) = self.driver(node) {
                    let (root, links) = roots[driver as usize];
                    roots[node as usize] = (root, links + 1);
                }
            }
            roots
        });
        roots[node as usize]
    }

    /// The milestone or activity whose end decides this one's, if one does; it may be reached through points between.
    pub fn driver(&self, node: u32) -> Option<u32> {
        let mut at = node;
        loop {
            let own = self.nodes.network.nodes()[at as usize];
            if own.done.is_some() || self.is_bounded_itself(at) {
                return None;
            }
            let begin = self.stretches[at as usize].begin;
            if begin == ANYTIME || begin == own.begin {
                return None;
            }
            let needs = self.nodes.network.needs(at).iter().copied();
            at = needs
                .filter(|need| self.stretches[*need as usize].end == begin)
                .max_by_key(|need| self.weight(*need))?;
            if matches!(self.nodes.members[at as usize].what, What::Milestone(_) | What::Activity(_)) {
                return Some(at);
            }
        }
    }

    /// Of needs that end together, the one that is told: a milestone before its activities, then as written.
    fn weight(&self, node: u32) -> (bool, std::cmp::Reverse<u32>) {
        (matches!(self.nodes.members[node as usize].what, What::Milestone(_)), std::cmp::Reverse(node))
    }

    /// Its own bound, and not what it needs, decides when it ends.
    fn is_bounded_itself(&self, node: u32) -> bool {
        let own = self.nodes.network.nodes()[node as usize];
        let bound = own.end.max(floor(self.nodes, self.basis, node, self.stretches[node as usize].begin));
        bound != ANYTIME && self.stretches[node as usize].end == bound
    }

    fn cause(&self, own: u32, node: u32, next: Option<u32>) -> Cause {
        let member = self.nodes.members[node as usize];
        let (launch, item) = self.nodes.name(node).expect("a link is a milestone or an activity");
        let end = self.stretches[node as usize].end;
        let work = match member.what {
            What::Milestone(m) => self.nodes.launch(member).milestones[m as usize].duration,
            What::Activity(a) => self.nodes.launch(member).activities[a as usize].duration,
            _ => None,
        };
        let bound =
            if matches!(self.basis, Basis::Expected { .. }) { Bound::ExpectedToEnd } else { Bound::CannotEndBefore };
        let foreign = |subject: u32, name: &crate::core::model::name::Name| (subject != own).then(|| name.clone());
        let why = match next.and_then(|next| Some((next, self.nodes.name(next)?))) {
            Some((next, (launch, item))) => {
                let launch = foreign(self.nodes.members[next as usize].subject, launch);
                Why::Needs { launch, item: item.clone() }
            }
            None => self.reason(node),
        };
        Cause {
            launch: foreign(member.subject, launch),
            item: item.clone(),
            bound,
            at: self.moment(node, end),
            work: work.filter(|work| !matches!(work, Work::Elapsed(0) | Work::BusinessDays(0))),
            why,
        }
    }

    /// Why a node ends when it does, where no other decides it.
    fn reason(&self, node: u32) -> Why {
        let own = self.nodes.network.nodes()[node as usize];
        let end = self.stretches[node as usize].end;
        if own.done.is_some() {
            return Why::Done;
        }
        if own.end == end {
            return Why::Target;
        }
        let begin = self.stretches[node as usize].begin;
        if let Some((until, freeze)) = frozen(self.nodes, self.basis, node, begin)
            && end == until
        {
            return Why::Frozen { freeze: freeze.name.clone() };
        }
        match self.basis {
            Basis::Expected { delays, .. } if self.is_bounded_itself(node) => match delays[node as usize] {
                Some(delay) if end != own.due && end == own.due.saturating_add(learned(delay, self.basis)) => {
                    Why::Learned { seconds: learned(delay, self.basis), samples: delay.samples }
                }
                _ if end == own.due => Why::Due,
                _ => Why::Overdue { due: self.moment(node, own.due) },
            },
            Basis::Earliest { .. } if self.is_bounded_itself(node) => {
                Why::Begins { at: self.start(node).unwrap_or_default() }
            }
            _ => {
                let written = self.written_start(node);
                match written {
                    Some(at) => Why::Starts { at },
                    None => Why::Begins { at: self.start(node).unwrap_or_default() },
                }
            }
        }
    }

    fn written_start(&self, node: u32) -> Option<Timestamp> {
        let member = self.nodes.members[node as usize];
        let launch = self.nodes.launch(member);
        match member.what {
            What::Milestone(m) => launch.milestones[m as usize].start,
            What::Activity(a) => {
                let activity = &launch.activities[a as usize];
                let home = launch.milestone(&activity.milestone).and_then(|m| m.start);
                activity.not_before.max(home)
            }
            _ => None,
        }
    }

    /// When a node begins at the earliest: of a milestone, when its activities may.
    pub fn start(&self, node: u32) -> Option<Timestamp> {
        let mut begin = self.stretches[node as usize].begin;
        if let What::Milestone(m) = self.nodes.members[node as usize].what {
            let is_own = |need: &&u32| {
                let what = self.nodes.members[**need as usize].what;
                what == What::Opening(m) || what == What::Work(m)
            };
            if let Some(inner) = self.nodes.network.needs(node).iter().find(is_own) {
                begin = self.stretches[*inner as usize].begin;
            }
        }
        (begin != ANYTIME).then(|| Timestamp::from_timestamp(begin, 0)).flatten()
    }

    /// An end as an instant that reads as an end: the last second of a day, not the first of the next.
    pub fn moment(&self, node: u32, end: i64) -> Timestamp {
        let member = self.nodes.members[node as usize];
        let launch = self.nodes.launch(member);
        let due = match member.what {
            What::Milestone(m) => Some(launch.milestones[m as usize].due),
            What::Activity(a) => Some(launch.activities[a as usize].due),
            _ => None,
        };
        if let Some(due) = due.filter(|due| deadline(*due) == end) {
            return due;
        }
        ending(end, launch.timezone)
    }

    /// Seconds that a node may end later without harm.
    pub fn slack(&self, node: u32, latest: &[i64]) -> i64 {
        slack(self.stretches[node as usize].end, latest[node as usize])
    }
}

/// An end as an instant; midnight belongs to the day before.
pub fn ending(end: i64, zone: chrono_tz::Tz) -> Timestamp {
    use chrono::Timelike;
    let at = Timestamp::from_timestamp(end, 0).unwrap_or_default();
    let midnight = at.with_timezone(&zone).num_seconds_from_midnight() == 0;
    if midnight { at - chrono::TimeDelta::seconds(1) } else { at }
}

fn learned(delay: Delay, basis: Basis<'_>) -> i64 {
    match basis {
        Basis::Expected { late: true, .. } => delay.p90_seconds.max(0),
        _ => delay.p50_seconds.max(0),
    }
}

/// The freeze that covers the moment in which something that begins then would be done, and when it ends.
fn frozen<'a>(nodes: &Nodes<'a>, basis: Basis<'_>, node: u32, begin: i64) -> Option<(i64, &'a Freeze)> {
    let (Basis::Earliest { now } | Basis::Expected { now, .. }) = basis else { return None };
    let member = nodes.members[node as usize];
    let What::Activity(a) = member.what else { return None };
    let launch = nodes.launch(member);
    let activity = &launch.activities[a as usize];
    if launch.freezes.is_empty() || activity.uses.is_human() {
        return None;
    }
    let at = Timestamp::from_timestamp(begin, 0).map_or(now, |begin| begin.max(now));
    let (until, freeze) = next_free(at, launch.freezes.iter().filter(|f| !f.except.contains(&activity.id)));
    Some((until.timestamp(), freeze?))
}

fn floor(nodes: &Nodes<'_>, basis: Basis<'_>, node: u32, begin: i64) -> i64 {
    let told = matches!(nodes.members[node as usize].what, What::Milestone(_) | What::Activity(_));
    let free = frozen(nodes, basis, node, begin).map_or(ANYTIME, |(until, _)| until);
    match basis {
        _ if !told => ANYTIME,
        Basis::Written => ANYTIME,
        Basis::Earliest { now } => now.timestamp().max(free),
        Basis::Expected { now, delays, .. } => {
            let due = nodes.network.nodes()[node as usize].due;
            let delay = delays[node as usize].map_or(0, |delay| learned(delay, basis));
            due.saturating_add(delay).max(now.timestamp()).max(free)
        }
    }
}
