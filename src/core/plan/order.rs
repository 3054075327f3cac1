//! The one graph of a launch and the order in which it is walked.

use std::{cmp::Reverse, collections::BinaryHeap};

use foldhash::{HashMap, HashMapExt};

use crate::core::model::{
    activity::{Activity, Need},
    area::Phase,
    check::Check,
    launch::Launch,
    milestone::Milestone,
    name::Id,
};

/// One step of the walk. `Start` stands for everything that opens a milestone's activities, and `Phase` for everything
/// that opens the launch phase: every milestone of that phase would wait for every one before it otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'a> {
    Phase,
    Start(&'a Milestone),
    Activity(&'a Activity),
    Check(&'a Milestone, &'a Check),
    Complete(&'a Milestone),
}

/// Every node after all that it waits for; ties by milestone, then as written. Total: members of a cycle
/// (which `manifest` refuses) come last, as written.
pub(super) fn order(launch: &Launch) -> Vec<Node<'_>> {
    let graph = Graph::new(launch);
    walk(&graph, &graph.followers()).into_iter().map(|node| graph.nodes[node]).collect()
}

/// The same backwards: every node before all that it waits for, with the places in this list of those that wait for it.
pub(super) fn backwards(launch: &Launch) -> Vec<(Node<'_>, Vec<usize>)> {
    let graph = Graph::new(launch);
    let followers = graph.followers();
    let mut order = walk(&graph, &followers);
    order.reverse();
    let mut place = vec![0; order.len()];
    for (at, &node) in order.iter().enumerate() {
        place[node] = at;
    }
    order.iter().map(|&node| (graph.nodes[node], followers[node].iter().map(|&f| place[f]).collect())).collect()
}

/// Where [`Node::Phase`] stands in the graph.
const PHASE: usize = 0;

fn walk(graph: &Graph<'_>, followers: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = graph.before.iter().map(Vec::len).collect();
    let mut free: BinaryHeap<Reverse<(usize, usize)>> = BinaryHeap::new();
    for (node, &count) in waiting.iter().enumerate() {
        if count == 0 {
            free.push(Reverse((graph.rank[node], node)));
        }
    }
    let mut walked = vec![false; graph.nodes.len()];
    let mut order = Vec::with_capacity(graph.nodes.len());
    while let Some(Reverse((_, node))) = free.pop() {
        walked[node] = true;
        order.push(node);
        for &follower in &followers[node] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                free.push(Reverse((graph.rank[follower], follower)));
            }
        }
    }
    order.extend((0..graph.nodes.len()).filter(|node| !walked[*node]));
    order
}

struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    before: Vec<Vec<usize>>,
    /// The milestone's index, so that a milestone's nodes stay together where needs allow it.
    rank: Vec<usize>,
}

impl<'a> Graph<'a> {
    fn new(launch: &'a Launch) -> Self {
        let mut graph = Self { nodes: Vec::new(), before: Vec::new(), rank: Vec::new() };
        // The first of all, so that it is walked as soon as it is free.
        graph.add(Node::Phase, 0, Vec::new());
        let index: HashMap<&Id, usize> = launch.milestones.iter().enumerate().map(|(i, m)| (&m.id, i)).collect();
        let mut own: Vec<Vec<&Activity>> = vec![Vec::new(); launch.milestones.len()];
        for activity in &launch.activities {
            if let Some(&milestone) = index.get(&activity.milestone) {
                own[milestone].push(activity);
            }
        }
        let (mut starts, mut completes) = (Vec::new(), Vec::new());
        let mut activities: HashMap<&Id, usize> = HashMap::new();
        for (i, milestone) in launch.milestones.iter().enumerate() {
            let start = graph.add(Node::Start(milestone), i, Vec::new());
            let mut members = vec![start];
            for activity in &own[i] {
                let node = graph.add(Node::Activity(activity), i, vec![start]);
                activities.insert(&activity.id, node);
                members.push(node);
            }
            let done = members.clone();
            for check in &milestone.checks {
                members.push(graph.add(Node::Check(milestone, check), i, done.clone()));
            }
            starts.push(start);
            completes.push(graph.add(Node::Complete(milestone), i, members));
        }
        graph.connect(launch, &index, &activities, &starts, &completes);
        graph
    }

    /// By node: who waits for it.
    fn followers(&self) -> Vec<Vec<usize>> {
        let mut followers = vec![Vec::new(); self.nodes.len()];
        for (node, before) in self.before.iter().enumerate() {
            for &b in before {
                followers[b].push(node);
            }
        }
        followers
    }

    fn add(&mut self, node: Node<'a>, rank: usize, before: Vec<usize>) -> usize {
        self.nodes.push(node);
        self.before.push(before);
        self.rank.push(rank);
        self.nodes.len() - 1
    }

    fn connect(
        &mut self,
        launch: &Launch,
        milestones: &HashMap<&Id, usize>,
        activities: &HashMap<&Id, usize>,
        starts: &[usize],
        completes: &[usize],
    ) {
        let target = |need: &Need| match need {
            Need::Activity(id) => activities.get(id).copied(),
            Need::Milestone(id) => milestones.get(id).map(|&m| completes[m]),
            Need::Foreign { .. } => None,
        };
        for (i, milestone) in launch.milestones.iter().enumerate() {
            self.before[starts[i]].extend(milestone.needs.iter().filter_map(target));
            match milestone.phase {
                Phase::PreLaunch => self.before[PHASE].push(completes[i]),
                Phase::Launch => self.before[starts[i]].push(PHASE),
                Phase::PostLaunch => {}
            }
        }
        for activity in &launch.activities {
            if let Some(&node) = activities.get(&activity.id) {
                self.before[node].extend(activity.needs.iter().filter_map(target).filter(|&t| t != node));
            }
        }
    }
}
