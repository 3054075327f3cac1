//! Launches as one numbered graph: milestones, activities, and the points that open them.
//!
//! What a milestone needs opens its activities too; the launch phase opens when all of pre_launch is complete; a milestone
//! of another launch is a node like any other, so launches that need each other are reckoned together.

use std::collections::HashMap;

use super::{
    clock::WorkClock,
    network::{ANYTIME, Cycle, NEVER, Network, Node},
};
use crate::core::model::{
    Timestamp,
    activity::{Activity, CompleteWhen, Need},
    area::Phase,
    launch::Launch,
    milestone::Milestone,
    name::{Id, Name},
    state::{ActivityState, LaunchState},
    work::Work,
};

/// A launch with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub launch: &'a Launch,
    /// `None`: only what is written counts.
    pub state: Option<&'a LaunchState>,
}

/// What a number stands for; indices are those of the launch's own lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The launch phase opens here.
    Gate,
    /// The milestone's activities may begin here.
    Opening(u32),
    /// The milestone's own work, where it has activities beside.
    Work(u32),
    Milestone(u32),
    Activity(u32),
}

/// A member of a graph: which launch, and what of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub subject: u32,
    pub what: What,
}

/// The graph of some launches.
pub struct Nodes<'a> {
    pub subjects: Vec<Subject<'a>>,
    pub members: Vec<Member>,
    pub network: Network,
    pub clocks: Vec<WorkClock>,
    /// The node of each milestone and activity, launch by launch.
    pub milestones: Vec<Vec<u32>>,
    pub activities: Vec<Vec<u32>>,
    /// The milestone of each activity, by its place in the launch; `None` where it has none.
    pub homes: Vec<Vec<Option<u32>>>,
}

/// Members of a cycle, in order: each needs the next, and the last the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} wait for each other", members.iter().map(|(l, id)| format!("{l}/{id}")).collect::<Vec<_>>().join(" → "))]
pub struct Circle {
    pub members: Vec<(Name, Id)>,
}

/// A due date as the moment until which there is time: a bare date is the last second of its day, and work may fill it.
pub fn deadline(due: Timestamp) -> i64 {
    let due = due.timestamp();
    if due.rem_euclid(60) == 59 { due + 1 } else { due }
}

impl<'a> Nodes<'a> {
    /// The graph. With `now`, what nothing holds back begins as planned, and at `now` at the latest; without, nobody knows
    /// when it begins.
    ///
    /// # Errors
    /// Milestones or activities wait for each other.
    pub fn new(subjects: Vec<Subject<'a>>, now: Option<Timestamp>) -> Result<Self, Circle> {
        let mut build = Build::new(&subjects, now);
        for (at, subject) in (0..).zip(&subjects) {
            build.launch(at, subject);
        }
        for (at, subject) in (0..).zip(&subjects) {
            build.edges(at, subject);
        }
        let Build { members, nodes, edges, clocks, milestones, activities, homes, .. } = build;
        match Network::new(nodes, &edges) {
            Ok(network) => Ok(Self { subjects, members, network, clocks, milestones, activities, homes }),
            Err(cycle) => Err(circle(&subjects, &members, &cycle)),
        }
    }

    pub fn launch(&self, member: Member) -> &'a Launch {
        self.subjects[member.subject as usize].launch
    }

    /// The launch's name and the id, for a milestone or an activity.
    pub fn name(&self, node: u32) -> Option<(&'a Name, &'a Id)> {
        name(&self.subjects, self.members[node as usize])
    }
}

fn name<'a>(subjects: &[Subject<'a>], member: Member) -> Option<(&'a Name, &'a Id)> {
    let launch = subjects[member.subject as usize].launch;
    match member.what {
        What::Gate => None,
        What::Opening(m) | What::Work(m) | What::Milestone(m) => {
            Some((&launch.name, &launch.milestones[m as usize].id))
        }
        What::Activity(a) => Some((&launch.name, &launch.activities[a as usize].id)),
    }
}

fn circle(subjects: &[Subject<'_>], members: &[Member], cycle: &Cycle) -> Circle {
    let named = cycle.members.iter().filter_map(|node| name(subjects, members[*node as usize]));
    let mut members: Vec<(Name, Id)> = named.map(|(launch, id)| (launch.clone(), id.clone())).collect();
    members.dedup();
    if members.len() > 1 && members.first() == members.last() {
        members.pop();
    }
    Circle { members }
}

/// When the work for a milestone is meant to begin: as written; else so that it is done when due; else when the last of
/// what it needs is due; else when it is due itself.
pub fn planned_start(launch: &Launch, milestone: &Milestone, clock: &WorkClock, dues: &Dues<'_>) -> Timestamp {
    let moment = |at: i64| Timestamp::from_timestamp(at, 0).unwrap_or(milestone.due);
    match (milestone.start, milestone.duration) {
        (Some(start), _) => start,
        (None, Some(work)) => moment(clock.before(deadline(milestone.due), work)),
        (None, None) => {
            let needs = milestone.needs.iter().filter_map(|need| dues.of(&launch.name, need)).max();
            needs.map_or(milestone.due, |due| due.min(milestone.due))
        }
    }
}

/// Due dates of what milestones need.
pub struct Dues<'a> {
    found: HashMap<(&'a Name, &'a Id), Timestamp>,
}

impl<'a> Dues<'a> {
    pub fn new(subjects: &[Subject<'a>]) -> Self {
        let mut found = HashMap::new();
        for Subject { launch, .. } in subjects {
            found.extend(launch.activities.iter().map(|a| ((&launch.name, &a.id), a.due)));
            found.extend(launch.milestones.iter().map(|m| ((&launch.name, &m.id), m.due)));
        }
        Self { found }
    }

    fn of(&self, launch: &Name, need: &Need) -> Option<Timestamp> {
        let key = match need {
            Need::Activity(id) | Need::Milestone(id) => (launch, id),
            Need::Foreign { launch, milestone } => (launch, milestone),
        };
        self.found.get(&key).copied()
    }
}

struct Build<'a> {
    now: Option<i64>,
    dues: Dues<'a>,
    members: Vec<Member>,
    nodes: Vec<Node>,
    edges: Vec<(u32, u32)>,
    clocks: Vec<WorkClock>,
    milestones: Vec<Vec<u32>>,
    activities: Vec<Vec<u32>>,
    homes: Vec<Vec<Option<u32>>>,
    openings: Vec<Vec<u32>>,
    found: HashMap<(&'a Name, &'a Id), u32>,
}

impl<'a> Build<'a> {
    fn new(subjects: &[Subject<'a>], now: Option<Timestamp>) -> Self {
        let clocks = subjects.iter().map(|s| WorkClock::new(&s.launch.calendar, s.launch.timezone)).collect();
        let size = subjects.iter().map(|s| s.launch.milestones.len() * 2 + s.launch.activities.len() + 1).sum();
        Self {
            now: now.map(|at| at.timestamp()),
            dues: Dues::new(subjects),
            members: Vec::with_capacity(size),
            nodes: Vec::with_capacity(size),
            edges: Vec::with_capacity(size * 2),
            clocks,
            milestones: Vec::new(),
            activities: Vec::new(),
            homes: Vec::new(),
            openings: Vec::new(),
            found: HashMap::with_capacity(size),
        }
    }

    fn add(&mut self, subject: u32, what: What, node: Node) -> u32 {
        let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.members.push(Member { subject, what });
        self.nodes.push(node);
        at
    }

    /// The nodes of a launch: first the gate, then milestones with what opens them, then activities.
    fn launch(&mut self, at: u32, subject: &Subject<'a>) {
        let launch = subject.launch;
        let gate = self.add(at, What::Gate, Node::point(at));
        let mut busy: HashMap<&Id, bool> = launch.milestones.iter().map(|m| (&m.id, false)).collect();
        for activity in &launch.activities {
            busy.insert(&activity.milestone, true);
        }
        let (mut ends, mut openings) = (Vec::new(), Vec::new());
        for (i, milestone) in (0..).zip(&launch.milestones) {
            let node = Self::milestone(at, subject, milestone);
            let (end, opening) = if busy[&milestone.id] {
                let opening = Node { begin: node.begin, ..Node::point(at) };
                let opening = self.add(at, What::Opening(i), opening);
                let end = Node { begin: ANYTIME, work: Work::Elapsed(0), ..node };
                let inner = milestone.duration.map(|work| {
                    let work = Node { work, done: node.done, ..Node::point(at) };
                    self.add(at, What::Work(i), work)
                });
                let end = self.add(at, What::Milestone(i), end);
                self.edges.push((end, inner.unwrap_or(opening)));
                self.edges.extend(inner.map(|inner| (inner, opening)));
                (end, opening)
            } else {
                let end = self.add(at, What::Milestone(i), node);
                (end, end)
            };
            match milestone.phase {
                Phase::PreLaunch => self.edges.push((gate, end)),
                Phase::Launch => self.edges.push((opening, gate)),
                Phase::PostLaunch => {}
            }
            self.found.insert((&launch.name, &milestone.id), end);
            ends.push(end);
            openings.push(opening);
        }
        let mut doing = Vec::with_capacity(launch.activities.len());
        for (i, activity) in (0..).zip(&launch.activities) {
            let node = Node {
                work: activity.duration.unwrap_or(Work::Elapsed(0)),
                begin: activity.not_before.map_or(ANYTIME, |at| at.timestamp()),
                due: deadline(activity.due),
                done: subject.state.and_then(|state| finished(activity, state)).map(|at| at.timestamp()),
                ..Node::point(at)
            };
            let node = self.add(at, What::Activity(i), node);
            self.found.insert((&launch.name, &activity.id), node);
            doing.push(node);
        }
        self.milestones.push(ends);
        self.activities.push(doing);
        self.openings.push(openings);
    }

    fn milestone(at: u32, subject: &Subject<'a>, milestone: &'a Milestone) -> Node {
        let launch = subject.launch;
        let state = subject.state.and_then(|s| s.milestones.get(&milestone.id));
        Node {
            clock: at,
            work: milestone.duration.unwrap_or(Work::Elapsed(0)),
            begin: milestone.start.map_or(ANYTIME, |at| at.timestamp()),
            // The launch phase is not complete before the launch.
            end: if milestone.phase == Phase::Launch { launch.target.timestamp() } else { ANYTIME },
            due: deadline(milestone.due),
            done: state.and_then(|s| s.completed.as_ref()).map(|mark| mark.at.timestamp()),
        }
    }

    fn edges(&mut self, at: u32, subject: &Subject<'a>) {
        let launch = subject.launch;
        let index: HashMap<&Id, u32> = (0..).zip(&launch.milestones).map(|(i, m)| (&m.id, i)).collect();
        for (i, milestone) in launch.milestones.iter().enumerate() {
            let opening = self.openings[at as usize][i];
            let bound = self.edges.len();
            self.needs(launch, opening, &milestone.needs);
            if let Some(now) = self.now
                && self.edges.len() == bound
                && milestone.start.is_none()
            {
                let planned = planned_start(launch, milestone, &self.clocks[at as usize], &self.dues);
                self.nodes[opening as usize].begin = planned.timestamp().min(now);
            }
        }
        let mut homes = Vec::with_capacity(launch.activities.len());
        for (i, activity) in launch.activities.iter().enumerate() {
            let node = self.activities[at as usize][i];
            self.needs(launch, node, &activity.needs);
            let home = index.get(&activity.milestone).copied();
            if let Some(home) = home.map(|home| home as usize) {
                self.edges.push((node, self.openings[at as usize][home]));
                self.edges.push((self.milestones[at as usize][home], node));
            }
            homes.push(home);
        }
        self.homes.push(homes);
    }

    fn needs(&mut self, launch: &'a Launch, node: u32, needs: &'a [Need]) {
        for need in needs {
            let key = match need {
                Need::Activity(id) | Need::Milestone(id) => (&launch.name, id),
                Need::Foreign { launch, milestone } => (launch, milestone),
            };
            // A launch that is not looked at holds nothing back here.
            self.edges.extend(self.found.get(&key).map(|need| (node, *need)));
        }
    }
}

/// When an activity was there as asked, if it is: with its milestone at the latest.
pub fn finished(activity: &Activity, state: &LaunchState) -> Option<Timestamp> {
    let own = state.activities.get(&activity.id).and_then(|known| converged(activity, known));
    let whole = state.milestones.get(&activity.milestone).and_then(|m| m.completed.as_ref()).map(|mark| mark.at);
    match (own, whole) {
        (Some(own), Some(whole)) => Some(own.min(whole)),
        (own, whole) => own.or(whole),
    }
}

fn converged(activity: &Activity, known: &ActivityState) -> Option<Timestamp> {
    if let Some(mark) = &known.done {
        return Some(mark.at);
    }
    let object = known.object.as_ref().filter(|_| known.missing_since.is_none() && known.ended.is_none())?;
    match activity.complete_when {
        CompleteWhen::Exists => known.applied.as_ref().map(|applied| applied.at).or(known.seen_at),
        CompleteWhen::Done => known.seen_at.filter(|_| object.done),
    }
}

/// Whether the bound is a date at all.
pub fn is_date(at: i64) -> bool {
    at != ANYTIME && at != NEVER
}
