//! A launch as it was resolved: profile merged, templates rendered, every date an instant of the launch's zone.

mod fields;
mod places;

use chrono_tz::Tz;
use serde_json::{Value, json};

use self::{
    fields::Fields,
    places::{find, join},
};
use super::{
    View,
    text::{Line, Page, Role},
    yaml::{self, Field, Remark, Tree, field},
};
use crate::core::{
    manifest::{
        node::{Node, Span},
        place::pointer_steps,
    },
    model::{
        Timestamp,
        activity::{Activity, Compensation, Inputs, Manage, Removal, Retry},
        approval::Approval,
        check::{Check, Question},
        goal::Goal,
        launch::Launch,
        milestone::Milestone,
        risk::{Risk, Trigger},
    },
    schedule::{format_duration, format_work},
};

/// Where values came from, for `--explain`.
pub struct Sources<'a> {
    /// The merged spec; each node knows its file.
    pub tree: &'a Node<'a>,
    /// `launches/atlas-2.yaml:12`.
    pub label: &'a dyn Fn(Span) -> String,
    /// Where a parameter got its value: in the launch, else the default in a profile.
    pub parameter: &'a dyn Fn(&str) -> Option<Span>,
}

/// The parameters that a template names, each once.
fn parameters(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for rest in text.split("parameters.").skip(1) {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if !names.contains(&&rest[..end]) {
            names.push(&rest[..end]);
        }
    }
    names
}

/// All of it as YAML. Without `sources`, values stand for themselves.
pub fn render(launch: &Launch, sources: Option<&Sources<'_>>, view: &View) -> String {
    let writer = Writer { launch, sources };
    let mut page = Page::new();
    let place = format!("{}:{}", launch.source.file, launch.source.line);
    page.push(Line::new().hang(2).add(Role::Dim, format!("# {} as it was resolved, from {place}.", launch.name)));
    let revision = launch.revision();
    page.push(Line::new().hang(2).add(Role::Dim, format!("# Revision {}. T is target_date.", revision.short())));
    yaml::write(&writer.launch(), &mut page);
    page.render(view)
}

/// As people write it: `40`, not `40.0`.
fn number(figure: f64) -> Value {
    figure.to_string().parse().map_or_else(|_| json!(figure), Value::Number)
}

struct Writer<'a> {
    launch: &'a Launch,
    sources: Option<&'a Sources<'a>>,
}

impl Writer<'_> {
    fn find<'s>(&self, path: impl Iterator<Item = &'s str>) -> Option<String> {
        let sources = self.sources?;
        let (span, node) = find(sources.tree, path)?;
        let mut place = (sources.label)(span);
        for name in node.as_str().map(parameters).unwrap_or_default() {
            if let Some(given) = (sources.parameter)(name) {
                place += &format!(", with {name} of {}", (sources.label)(given));
            }
        }
        Some(place)
    }

    fn said(&self, found: Option<String>, otherwise: &str) -> Remark {
        match self.sources {
            None => Remark::new(),
            Some(_) => found.unwrap_or_else(|| otherwise.to_owned()),
        }
    }

    fn zone(&self) -> Tz {
        self.launch.timezone
    }

    /// With the offset of that day.
    fn instant(&self, at: Timestamp) -> Tree {
        let local = at.with_timezone(&self.zone());
        let is_even = at.timestamp() % 60 == 0;
        Tree::text(local.format(if is_even { "%Y-%m-%dT%H:%M%:z" } else { "%Y-%m-%dT%H:%M:%S%:z" }).to_string())
    }

    /// The weekday and the days from T.
    fn day(&self, at: Timestamp, from: Remark) -> Remark {
        let day = |at: Timestamp| at.with_timezone(&self.zone()).date_naive();
        let (weekday, days) = (day(at).format("%a"), (day(at) - day(self.launch.target)).num_days());
        let distance = match days {
            0 => "T".to_owned(),
            days => format!("T{days:+}d"),
        };
        format!("{weekday} {distance:<6}  {from}").trim_end().to_owned()
    }

    fn launch(&self) -> Vec<Field> {
        let launch = self.launch;
        let mut f = Fields::at(self, vec![Vec::new()]);
        let document = format!("{}:{}", launch.source.file, launch.source.line);
        f.put("name", &launch.name, &document);
        if !launch.labels.is_empty() {
            f.put("labels", &launch.labels, &document);
        }
        f.put("title", &launch.title, "default");
        f.some("description", launch.description.as_ref());
        f.put("launch_type", launch.launch_type, "default");
        f.some("profile", self.sources.and_then(|s| s.tree.get("profile")?.as_str()));
        f.date("target_date", "target_date", Some(launch.target), "default");
        f.put("timezone", launch.timezone, "default");
        f.some("owner", launch.owner.as_ref());
        f.some("backup", launch.backup.as_ref());
        if !launch.goals.is_empty() {
            let goals = launch.goals.iter().enumerate().map(|(i, g)| (Tree::Map(self.goal(i, g)), Remark::new()));
            f.fields.push(field("goals", Tree::List(goals.collect()), ""));
        }
        let milestones = launch.milestones.iter().map(|m| field(m.id.as_str(), Tree::Map(self.milestone(m)), ""));
        f.below("milestones", milestones.collect());
        if !launch.metrics.is_empty() {
            f.put("metrics", json!(launch.metrics), "default");
        }
        if !launch.risks.is_empty() {
            let risks = launch.risks.iter().enumerate().map(|(i, r)| (Tree::Map(self.risk(i, r)), Remark::new()));
            f.fields.push(field("risks", Tree::List(risks.collect()), ""));
        }
        let freezes = launch.freezes.iter().map(|freeze| {
            let mut f = Fields::at(self, Vec::new());
            f.put("name", &freeze.name, "calendar");
            f.date("from", "from", Some(freeze.from), "calendar");
            f.date("until", "until", Some(freeze.until), "calendar");
            (Tree::Map(f.fields), Remark::new())
        });
        let freezes: Vec<_> = freezes.collect();
        if !freezes.is_empty() {
            f.fields.push(field("freezes", Tree::List(freezes), ""));
        }
        if !launch.moved.is_empty() {
            f.put("moved", json!(launch.moved), "default");
        }
        for (area, plan) in &launch.areas {
            f.put_tree(area, area, plan.clone(), "default");
        }
        f.fields
    }

    fn goal(&self, index: usize, goal: &Goal) -> Vec<Field> {
        let base = |last: String| vec!["goals".to_owned(), last];
        let mut f = Fields::at(self, vec![base(goal.name.to_string()), base(index.to_string())]);
        let sentence = self.find(["goals", &index.to_string()].into_iter()).unwrap_or_else(|| "default".to_owned());
        f.put("name", &goal.name, &sentence);
        f.put("title", &goal.title, &sentence);
        f.some("metric", goal.metric.as_ref());
        f.some("target", goal.target.as_ref());
        if let Some(direction) = goal.direction {
            f.put("direction", direction, "made from the target");
        }
        f.some("baseline", goal.baseline.map(number));
        f.some("unit", goal.unit.as_ref());
        f.date("start", "start", goal.start, "default");
        f.date("by", "by", goal.by, "default");
        if goal.metric.is_some() {
            f.seconds("every", goal.every_seconds, "default");
        }
        f.some("owner", goal.owner.as_ref());
        f.fields
    }

    fn risk(&self, index: usize, risk: &Risk) -> Vec<Field> {
        let base = |last: String| vec!["risks".to_owned(), last];
        let mut f = Fields::at(self, vec![base(risk.name.to_string()), base(index.to_string())]);
        f.put("name", &risk.name, "default");
        f.put("title", &risk.title, "made from the name");
        f.put("likelihood", risk.likelihood, "default");
        f.put("impact", risk.impact, "default");
        f.some("owner", risk.owner.as_ref());
        f.some("mitigation", risk.mitigation.as_ref());
        f.some("trigger", risk.trigger.as_ref().map(Trigger::text));
        f.fields
    }

    fn milestone(&self, milestone: &Milestone) -> Vec<Field> {
        let path = self.home(milestone.id.as_str());
        let is_window = path.first().is_some_and(|first| first != "milestones");
        let mut f = Fields::at(self, vec![path.clone()]);
        f.put("title", &milestone.title, "made from the name");
        f.some("description", milestone.description.as_ref());
        f.put("phase", milestone.phase, "made from the due date");
        f.date("start", "start", milestone.start, "default");
        f.date("due", if is_window { "end" } else { "due" }, Some(milestone.due), "default");
        f.some("duration", milestone.duration.map(format_work));
        let around = [path[..1].to_vec(), Vec::new()];
        self.people(&mut f, &around, milestone.owner.as_ref(), milestone.backup.as_ref());
        if !milestone.needs.is_empty() {
            f.put("needs", names(&milestone.needs), "default");
        }
        let checks = milestone.checks.iter().map(|c| field(c.name.as_str(), Tree::Map(self.check(&path, c)), ""));
        f.below("checks", checks.collect());
        let approvals = milestone.approvals.iter();
        let approvals = approvals.map(|a| field(a.name.as_str(), Tree::Map(self.approval(&path, a)), ""));
        f.below("approvals", approvals.collect());
        let activities = self.launch.activities_of(&milestone.id);
        f.below("activities", activities.map(|a| field(a.id.as_str(), Tree::Map(self.activity(a)), "")).collect());
        f.fields
    }

    /// Of the thing itself, else of the nearest thing around it that says this person.
    fn people(&self, f: &mut Fields<'_, '_>, around: &[Vec<String>], owner: Option<&String>, backup: Option<&String>) {
        for (name, person) in [("owner", owner), ("backup", backup)] {
            let Some(person) = person else { continue };
            let says = |base: &Vec<String>| {
                let tree = self.sources?.tree;
                let node = base.iter().try_fold(tree, |node, step| node.get(step))?.get(name)?;
                (node.as_str() == Some(person)).then(|| self.find(base.iter().map(String::as_str).chain([name])))?
            };
            let inherited = around.iter().find_map(says).unwrap_or_else(|| "default".to_owned());
            f.put(name, person, &inherited);
        }
    }

    fn check(&self, milestone: &[String], check: &Check) -> Vec<Field> {
        let mut f = Fields::at(self, vec![join(milestone, &["checks", check.name.as_str()])]);
        let made = f.from("name", "default");
        match &check.question {
            Question::Probe { uses, with } => {
                f.put("uses", uses.to_string(), &made);
                self.inputs(&mut f, with, &made);
            }
            Question::Expression => f.put("asks", "the launch itself", &made),
            Question::Person { prompt, from } => {
                f.put("ask", prompt, &made);
                f.some("from", from.as_ref());
            }
        }
        f.some("pass", check.pass.as_ref());
        f.some("fail", check.fail.as_ref());
        if check.for_seconds > 0 {
            f.seconds("for", check.for_seconds, "default");
        }
        f.seconds("every", check.every_seconds, "default");
        f.seconds("timeout", check.timeout_seconds, "default");
        f.fields
    }

    fn approval(&self, milestone: &[String], approval: &Approval) -> Vec<Field> {
        let mut f = Fields::at(self, vec![join(milestone, &["approvals", approval.name.as_str()])]);
        f.put("from", &approval.from, "default");
        f.put("count", approval.count, "default");
        f.put("gate", approval.gate, "made from the phase");
        if let Some(seconds) = approval.expires_seconds {
            f.seconds("expires", seconds, "default");
        }
        f.fields
    }

    fn activity(&self, activity: &Activity) -> Vec<Field> {
        let (places, window) = self.places(activity);
        let home = places.first().and_then(|p| self.find(p.iter().map(String::as_str)));
        let home = home.unwrap_or_else(|| "default".to_owned());
        let of_window = |name: &str, otherwise: &str| {
            let found = window.as_ref().and_then(|w| self.find(w.iter().map(String::as_str).chain([name])));
            found.unwrap_or_else(|| otherwise.to_owned())
        };
        let mut f = Fields::at(self, places);
        let connector = format!("connector {}", activity.uses.connector);
        if let Some(title) = &activity.title {
            f.put("title", title, &home);
        }
        f.put("area", activity.area, &of_window("area", if window.is_some() { &home } else { "default" }));
        f.put("uses", activity.uses.to_string(), "default");
        f.put("effect", activity.effect, &connector);
        self.inputs(&mut f, &activity.with, "default");
        if !activity.needs.is_empty() {
            f.put("needs", names(&activity.needs), "made from what `with` uses");
        }
        let start = if activity.embargo.is_some() && activity.embargo == activity.not_before {
            "the embargo"
        } else {
            "default"
        };
        f.date("start", "start", activity.not_before, &of_window("start", start));
        f.date("embargo", "embargo", activity.embargo, "T");
        f.date("due", "due", Some(activity.due), "of the milestone");
        f.some("duration", activity.duration.map(format_work));
        let area = vec![activity.area.to_string()];
        let milestone = self.home(activity.milestone.as_str());
        let around = match window {
            Some(_) => [area, milestone, Vec::new()],
            None => [milestone, area, Vec::new()],
        };
        self.people(&mut f, &around, activity.owner.as_ref(), activity.backup.as_ref());
        f.put("complete_when", activity.complete_when, &connector);
        if activity.manage != Manage::default() {
            f.put("manage", activity.manage, "default");
        }
        f.some("adopt", activity.adopt.as_ref());
        if !activity.ignore_drift.is_empty() {
            f.put("ignore_drift", &activity.ignore_drift, "default");
        }
        if activity.on_remove != Removal::default() {
            f.put("on_remove", activity.on_remove, "default");
        }
        match &activity.on_cancel {
            Compensation::Keep => {}
            Compensation::Close => f.put("on_cancel", "close", "default"),
            Compensation::Delete => f.put("on_cancel", "delete", "default"),
            Compensation::Run(run) => {
                f.put("on_cancel", json!({ "uses": run.uses.to_string(), "with": run.with.value }), "default");
            }
        }
        let Retry { attempts, base_seconds, max_seconds } = activity.retry;
        if activity.retry != Retry::default() {
            let (base, max) = (format_duration(base_seconds), format_duration(max_seconds));
            f.put("retry", json!({ "attempts": attempts, "base": base, "max": max }), "default");
        }
        f.seconds("timeout", activity.timeout_seconds, "default");
        f.fields
    }

    fn inputs(&self, f: &mut Fields<'_, '_>, with: &Inputs, otherwise: &str) {
        if with.value.is_null() || with.value.as_object().is_some_and(serde_json::Map::is_empty) {
            return;
        }
        f.put("with", &with.value, otherwise);
        let Some(Field { value: tree, .. }) = f.fields.last_mut() else { return };
        for pointer in with.deferred.keys() {
            mark(tree, &pointer_steps(pointer), "known after apply");
        }
    }
}

/// Puts a remark before the one that the leaf at a path has.
fn mark(tree: &mut Tree, path: &[String], text: &str) {
    let Some((step, rest)) = path.split_first() else { return };
    let (below, remark) = match tree {
        Tree::Map(fields) => match fields.iter_mut().find(|f| f.key == *step) {
            Some(f) => (&mut f.value, &mut f.remark),
            None => return,
        },
        Tree::List(items) => match step.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
            Some((item, remark)) => (item, remark),
            None => return,
        },
        Tree::Scalar(_) => return,
    };
    match rest {
        [] if remark.is_empty() => text.clone_into(remark),
        [] => *remark = format!("{text}  {remark}"),
        _ => mark(below, rest, text),
    }
}

fn names(needs: &[impl ToString]) -> Vec<String> {
    needs.iter().map(ToString::to_string).collect()
}
