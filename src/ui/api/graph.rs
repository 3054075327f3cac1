//! The dependency graph and the Gantt chart as JSON.

use serde::Serialize;

use super::Document;
use crate::{
    core::model::{Timestamp, area::Status},
    ui::pictures::{
        Gantt, Graph, Limits,
        graph::{End, Stage},
    },
};

#[derive(Debug, Serialize)]
struct GraphBody<'a> {
    now: Timestamp,
    launches: Vec<Launch<'a>>,
    milestones: Vec<Milestone<'a>>,
    needs: Vec<Need<'a>>,
}

#[derive(Debug, Serialize)]
struct Launch<'a> {
    name: &'a str,
    title: &'a str,
    target_date: Timestamp,
    timezone: String,
}

#[derive(Debug, Serialize)]
struct Milestone<'a> {
    id: &'a str,
    launch: &'a str,
    phase: Option<&'static str>,
    title: &'a str,
    owner: Option<&'a str>,
    due: Option<Timestamp>,
    status: Option<Status>,
    critical: bool,
    done: u32,
    total: u32,
    at_risk_days: i64,
    /// Earliest and latest dates, slack, and what finished launches teach.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Limits>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    activities: Vec<Activity<'a>>,
}

#[derive(Debug, Serialize)]
struct Activity<'a> {
    id: &'a str,
    title: &'a str,
    owner: Option<&'a str>,
    due: Timestamp,
    status: Status,
    once: bool,
}

/// `needs` waits for `needed`.
#[derive(Debug, Serialize)]
struct Need<'a> {
    needed: &'a str,
    needed_by: &'a str,
    other_launch: bool,
    critical: bool,
    implied: bool,
}

/// The graph: milestones (of other launches too, then without phase and due date) and needs.
pub fn graph(graph: &Graph) -> String {
    let launches = graph.lanes.iter().map(|l| Launch {
        name: l.name.as_str(),
        title: &l.title,
        target_date: l.target,
        timezone: l.zone.to_string(),
    });
    let id = |end: End| match end.part {
        Some(part) => graph.nodes[end.node].parts[part].id.as_str(),
        None => graph.nodes[end.node].id.as_str(),
    };
    let needs = graph.edges.iter().filter(|e| !e.gate).map(|e| Need {
        needed: id(e.from),
        needed_by: id(e.to),
        other_launch: e.foreign,
        critical: e.critical,
        implied: e.implied,
    });
    let body = GraphBody {
        now: graph.now,
        launches: launches.collect(),
        milestones: (0..graph.nodes.len()).map(|at| milestone(graph, at)).collect(),
        needs: needs.collect(),
    };
    Document::new("graph", body).pretty()
}

fn milestone(graph: &Graph, at: usize) -> Milestone<'_> {
    let node = &graph.nodes[at];
    let elsewhere = node.is_elsewhere();
    let activities = node.parts.iter().map(|p| Activity {
        id: &p.id,
        title: &p.title,
        owner: p.owner.as_deref(),
        due: p.due,
        status: p.status,
        once: p.once,
    });
    Milestone {
        id: &node.id,
        launch: if elsewhere {
            node.owner.as_deref().unwrap_or_default()
        } else {
            graph.lanes[node.lane].name.as_str()
        },
        phase: match node.stage {
            Stage::Elsewhere => None,
            Stage::Before => Some("pre_launch"),
            Stage::Launch => Some("launch"),
            Stage::After => Some("post_launch"),
        },
        title: &node.title,
        owner: node.owner.as_deref().filter(|_| !elsewhere),
        due: node.due,
        status: node.status,
        critical: node.critical,
        done: node.done,
        total: node.total,
        at_risk_days: node.late_days,
        limits: node.limits,
        activities: activities.collect(),
    }
}

#[derive(Debug, Serialize)]
struct GanttBody<'a> {
    now: Timestamp,
    timezone: String,
    rows: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    group: &'a str,
    title: &'a str,
    owner: Option<&'a str>,
    status: Status,
    start: Timestamp,
    due: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_start: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_due: Option<Timestamp>,
    expected_finish: Timestamp,
    at_risk_days: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Limits>,
    critical: bool,
    percent: u32,
    activity: bool,
}

/// The rows of a chart with their dates.
pub fn gantt(gantt: &Gantt) -> String {
    let rows = gantt.groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)));
    let rows = rows.map(|(group, row)| Row {
        id: &row.id,
        group: &group.title,
        title: &row.title,
        owner: row.owner.as_deref(),
        status: row.status,
        start: row.start,
        due: row.due,
        baseline_start: row.baseline.map(|b| b.0),
        baseline_due: row.baseline.map(|b| b.1),
        expected_finish: row.expected,
        at_risk_days: row.late_days,
        limits: row.limits,
        critical: row.critical,
        percent: row.percent(),
        activity: row.is_part,
    });
    let body = GanttBody { now: gantt.now, timezone: gantt.zone.to_string(), rows: rows.collect() };
    Document::new("gantt", body).pretty()
}
