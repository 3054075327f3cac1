//! Launches become a graph.

use std::collections::{BTreeMap, HashSet};

use super::{Edge, End, Graph, Lane, Node, Part, Stage, implied};
use crate::{
    core::model::{
        Timestamp,
        activity::{Activity, EffectClass, Need},
        area::{Phase, Status},
        milestone::Milestone,
        name::{Id, Name},
    },
    ui::pictures::{
        subject::{Subject, Times, activities, critical_steps, named, title_of},
        text::clean,
    },
};

impl Graph {
    /// The graph of these launches, with their activities on request.
    pub fn of(subjects: &[Subject<'_>], activities: bool) -> Self {
        let mut making = Making { subjects, activities, ..Making::default() };
        for (lane, subject) in subjects.iter().enumerate() {
            making.lane(lane, subject);
        }
        for (lane, subject) in subjects.iter().enumerate() {
            making.needs(lane, subject);
            making.gates(subject);
        }
        let titles: Vec<String> = subjects.iter().map(|s| clean(&s.launch.title)).collect();
        let lanes = subjects.iter().map(|s| Lane {
            name: s.launch.name.clone(),
            title: clean(&s.launch.title),
            target: s.launch.target,
            zone: s.launch.timezone,
        });
        let mut graph = Self {
            key: subjects.first().map_or_else(|| "launches".to_owned(), |s| s.launch.name.to_string()),
            title: titles.join(", "),
            now: subjects.first().map_or_else(Timestamp::default, |s| s.plan.now),
            lanes: lanes.collect(),
            nodes: making.nodes,
            edges: making.edges,
        };
        graph.edges.sort_unstable();
        graph.edges.dedup_by_key(|e| (e.from, e.to));
        implied::mark(&mut graph);
        graph
    }
}

type Steps<'a> = HashSet<(&'a Id, &'a Id)>;

#[derive(Default)]
struct Making<'s, 'a> {
    subjects: &'s [Subject<'a>],
    activities: bool,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    milestones: BTreeMap<(&'a Name, &'a Id), usize>,
    parts: BTreeMap<(&'a Name, &'a Id), End>,
}

impl<'a> Making<'_, 'a> {
    fn lane(&mut self, lane: usize, subject: &Subject<'a>) {
        let times = subject.times();
        let members = if self.activities { activities(subject) } else { Default::default() };
        let name = &subject.launch.name;
        for milestone in &subject.launch.milestones {
            let Some(times) = times.get(&milestone.id) else { continue };
            let node = self.nodes.len();
            self.milestones.insert((name, &milestone.id), node);
            let mut own = self.milestone(lane, subject, milestone, times);
            for (activity, status) in members.get(&milestone.id).into_iter().flatten() {
                self.parts.insert((name, &activity.id), End { node, part: Some(own.parts.len()) });
                own.parts.push(self.part(subject, activity, *status));
            }
            self.nodes.push(own);
        }
    }

    fn key(&self, launch: &Name, id: &Id) -> String {
        if self.subjects.len() > 1 { format!("{launch}/{id}") } else { id.to_string() }
    }

    fn milestone(&self, lane: usize, subject: &Subject<'_>, milestone: &Milestone, times: &Times) -> Node {
        Node {
            id: self.key(&subject.launch.name, &milestone.id),
            lane,
            stage: match milestone.phase {
                Phase::PreLaunch => Stage::Before,
                Phase::Launch => Stage::Launch,
                Phase::PostLaunch => Stage::After,
            },
            title: named(&milestone.title, &milestone.id),
            owner: milestone.owner.as_deref().map(clean).filter(|o| !o.is_empty()),
            due: Some(milestone.due),
            status: Some(times.status),
            critical: times.critical,
            fixed: milestone.fixed,
            done: times.done,
            total: times.total,
            late_days: times.late_days,
            slack_days: times.slack_days,
            why: times.why.as_deref().map(clean),
            limits: times.limits,
            parts: Vec::new(),
        }
    }

    fn part(&self, subject: &Subject<'_>, activity: &Activity, status: Status) -> Part {
        Part {
            id: self.key(&subject.launch.name, &activity.id),
            title: title_of(activity),
            owner: activity.owner.as_deref().map(clean).filter(|o| !o.is_empty()),
            due: activity.due,
            status,
            once: activity.effect == EffectClass::Once,
        }
    }

    fn needs(&mut self, lane: usize, subject: &Subject<'a>) {
        let name = &subject.launch.name;
        let steps = critical_steps(subject);
        for milestone in &subject.launch.milestones {
            let to = End { node: self.milestones[&(name, &milestone.id)], part: None };
            for need in &milestone.needs {
                self.need((lane, subject, &steps), need, to, Some(&milestone.id));
            }
        }
        if self.activities {
            for activity in &subject.launch.activities {
                let Some(to) = self.parts.get(&(name, &activity.id)).copied() else { continue };
                for need in &activity.needs {
                    self.need((lane, subject, &steps), need, to, None);
                }
            }
        }
    }

    /// Steps of the critical path that no need says: into the launch phase.
    fn gates(&mut self, subject: &Subject<'a>) {
        let path = subject.forecast.map(|f| f.critical_path.as_slice()).unwrap_or_default();
        let node = |id: &Id| self.milestones.get(&(&subject.launch.name, id)).copied();
        let known: HashSet<(End, End)> = self.edges.iter().map(|e| (e.from, e.to)).collect();
        for (from, to) in path.windows(2).filter_map(|pair| Some((node(&pair[0])?, node(&pair[1])?))) {
            let [from, to] = [from, to].map(|node| End { node, part: None });
            if !known.contains(&(from, to)) {
                self.edges.push(Edge { from, to, foreign: false, critical: true, implied: false, gate: true });
            }
        }
    }

    /// `milestone` is the milestone that needs it, where it is no activity.
    fn need(
        &mut self,
        (lane, subject, steps): (usize, &Subject<'a>, &Steps<'a>),
        need: &'a Need,
        to: End,
        milestone: Option<&Id>,
    ) {
        let name = &subject.launch.name;
        let (launch, id) = match need {
            Need::Milestone(id) => (name, id),
            Need::Foreign { launch, milestone } => (launch, milestone),
            Need::Activity(id) => {
                let milestone = || subject.launch.activity(id).and_then(|a| self.milestones.get(&(name, &a.milestone)));
                let whole = || milestone().map(|node| End { node: *node, part: None });
                if let Some(from) = self.parts.get(&(name, id)).copied().or_else(whole).filter(|f| *f != to) {
                    self.edges.push(Edge { from, to, foreign: false, critical: false, implied: false, gate: false });
                }
                return;
            }
        };
        let foreign = launch != name;
        let from = match self.milestones.get(&(launch, id)) {
            Some(node) => *node,
            None if foreign => self.elsewhere(lane, subject, launch, id),
            None => return,
        };
        let critical = milestone.is_some_and(|to| Self::is_critical(subject, steps, id, foreign, to));
        self.edges.push(Edge {
            from: End { node: from, part: None },
            to,
            foreign,
            critical,
            implied: false,
            gate: false,
        });
    }

    /// Whether the critical path goes this way.
    fn is_critical(subject: &Subject<'_>, steps: &Steps<'_>, from: &Id, foreign: bool, to: &Id) -> bool {
        let Some(forecast) = subject.forecast else { return false };
        let path = &forecast.critical_path;
        match foreign {
            true => forecast.critical_from.as_ref().is_some_and(|(_, id)| id == from) && path.first() == Some(to),
            false => steps.contains(&(from, to)),
        }
    }

    /// A milestone of a launch that is not drawn: known is only whether it is complete.
    fn elsewhere(&mut self, lane: usize, subject: &Subject<'a>, launch: &'a Name, id: &'a Id) -> usize {
        let node = self.nodes.len();
        self.milestones.insert((launch, id), node);
        let done = subject.foreign.is_some_and(|f| f.contains_key(&(launch.clone(), id.clone())));
        self.nodes.push(Node {
            id: format!("{launch}/{id}"),
            lane,
            stage: Stage::Elsewhere,
            title: id.to_string().replace('_', " "),
            owner: Some(launch.to_string()),
            due: None,
            status: done.then_some(Status::Completed),
            critical: false,
            fixed: false,
            done: 0,
            total: 0,
            late_days: 0,
            slack_days: None,
            why: None,
            limits: None,
            parts: Vec::new(),
        });
        node
    }
}
