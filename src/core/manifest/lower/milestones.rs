//! Milestones: titles, phases, owners, and due dates that may count from each other.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};
use serde_json::json;

use super::{
    Edge, Lowering,
    dates::{Dues, start_of},
    humanize,
};
use crate::core::{
    manifest::{document, place::Step, problem::Problem},
    model::{
        Timestamp, activity::Need, approval::Approval, area::Phase, check::Check, milestone::Milestone, name::Id,
        work::Work,
    },
    schedule::{Anchor, Base, WrittenDate},
    template::{self, Context},
};

/// A milestone before its needs are known.
pub(in crate::core::manifest) struct Draft<'a> {
    pub id: Cow<'a, Id>,
    /// As written; `None` for one that an area's window stands for.
    pub doc: Option<&'a document::Milestone>,
    pub title: String,
    pub description: Option<String>,
    pub phase: Phase,
    pub start: Option<Timestamp>,
    pub due: Timestamp,
    pub duration: Option<Work>,
    pub fixed: bool,
    pub owner: Option<String>,
    pub backup: Option<String>,
    /// Needs that were not written.
    pub implied: Vec<Need>,
}

/// Every milestone that is written, and the due dates by id.
pub(super) struct Drafts<'a> {
    pub list: Vec<Draft<'a>>,
    pub dues: Dues<'a>,
    pub index: HashMap<String, usize>,
}

impl<'a> Lowering<'a> {
    pub(super) fn milestones(&mut self) -> Drafts<'a> {
        let spec = self.input.spec;
        let written: Vec<_> = spec
            .milestones
            .iter()
            .flat_map(document::Table::iter)
            .filter(|(_, doc)| doc.cancelled != Some(true))
            .collect();
        let dues = self.dues(&written);
        let target = start_of(self.target, self.zone);
        let mut list = Vec::with_capacity(written.len() + 2);
        for (id, doc) in written {
            let path = [Step::Key("milestones"), Step::Key(id.as_str())];
            let field = |name| [path[0], path[1], Step::Key(name)];
            let Some(anchor) = dues.get(id.as_str()) else { continue };
            let Some(due) = self.instant(*anchor, Edge::Due, &field("due")) else { continue };
            let start = doc.start.as_ref().and_then(|s| self.date(s.as_str(), Edge::Start, &field("start"), &dues));
            let context = self.context.clone();
            let text = |lowering: &mut Self, text: &'a Option<String>, name| {
                text.as_ref().map(|t| lowering.text(t, &field(name), &context).into_owned())
            };
            let title = text(self, &doc.title, "title").unwrap_or_else(|| humanize(id.as_str()));
            let description = text(self, &doc.description, "description");
            let owner = text(self, &doc.owner, "owner").or_else(|| spec.owner.clone());
            let backup = text(self, &doc.backup, "backup").or_else(|| spec.backup.clone());
            if doc.owner.is_some() {
                self.person(owner.as_deref(), &field("owner"));
            }
            if doc.backup.is_some() {
                self.person(backup.as_deref(), &field("backup"));
            }
            let phase = doc.phase.unwrap_or_else(|| phase_of(due, anchor, self.target, target));
            let fixed = doc.due.as_ref().is_some_and(|d| matches!(d.as_str().parse(), Ok(WrittenDate::Absolute(_))));
            if let Some(start) = start
                && start > due
            {
                let problem = Problem::error(
                    "date/due-before-start",
                    self.span(&field("due")),
                    "due before it may start",
                    format!("{title} is due {}, and may not start before {}.", self.show(due), self.show(start)),
                )
                .hint("Move `start` or `due`.");
                self.problem(problem);
            }
            let duration = self.work(doc.duration.as_ref(), &field("duration"));
            list.push(Draft {
                id: Cow::Borrowed(id),
                doc: Some(doc),
                title,
                description,
                phase,
                start,
                due,
                duration,
                fixed,
                owner,
                backup,
                implied: Vec::new(),
            });
        }
        let index = list.iter().enumerate().map(|(i, d)| (d.id.to_string(), i)).collect();
        Drafts { list, dues, index }
    }

    /// The due dates, each after the one that it counts from.
    fn dues(&mut self, written: &[(&'a Id, &'a document::Milestone)]) -> Dues<'a> {
        let mut dues = Dues::with_capacity(written.len());
        let mut waiting: Vec<(&'a Id, &'a str, Id)> = Vec::new();
        // What counts from nowhere is judged last, when all that it could have meant is there.
        let mut lost = Vec::new();
        let by_id: HashMap<&str, ()> = written.iter().map(|(id, _)| (id.as_str(), ())).collect();
        for &(id, doc) in written {
            let path = [Step::Key("milestones"), Step::Key(id.as_str()), Step::Key("due")];
            let Some(due) = &doc.due else {
                let problem = Problem::error(
                    "milestone/no-due-date",
                    self.span(&path),
                    "a milestone without a due date",
                    format!("`{id}` does not say when it should be complete."),
                )
                .hint("Add `due`, for example `due: T-1w`.");
                self.problem(problem);
                dues.insert(id.as_str(), self.or_unsure(id, None));
                continue;
            };
            match due.as_str().parse() {
                Ok(WrittenDate::Relative { base: Base::Milestone(base), .. }) if by_id.contains_key(base.as_str()) => {
                    waiting.push((id, due.as_str(), base));
                }
                Ok(WrittenDate::Relative { base: Base::Milestone(_), .. }) => lost.push((id, due.as_str())),
                _ => self.insert_due(id, due.as_str(), &mut dues),
            }
        }
        while !waiting.is_empty() {
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(_, _, base)| dues.contains_key(base.as_str()));
            if ready.is_empty() {
                self.date_cycle(&rest);
                dues.extend(rest.iter().map(|(id, ..)| (id.as_str(), self.or_unsure(id, None))));
                break;
            }
            for (id, text, _) in ready {
                self.insert_due(id, text, &mut dues);
            }
            waiting = rest;
        }
        for (id, text) in lost {
            self.insert_due(id, text, &mut dues);
        }
        dues
    }

    fn insert_due(&mut self, id: &'a Id, text: &str, dues: &mut Dues<'a>) {
        let path = [Step::Key("milestones"), Step::Key(id.as_str()), Step::Key("due")];
        let anchor = self.anchor(text, &path, dues);
        dues.insert(id.as_str(), self.or_unsure(id, anchor));
    }

    fn or_unsure(&mut self, id: &'a Id, anchor: Option<Anchor>) -> Anchor {
        anchor.unwrap_or_else(|| {
            self.unsure.insert(id.as_str());
            self.target
        })
    }

    fn date_cycle(&mut self, waiting: &[(&'a Id, &'a str, Id)]) {
        let base_of = |id: &str| waiting.iter().find(|(i, ..)| i.as_str() == id);
        // Whoever waits leads into a cycle after as many steps as there are members.
        let mut at = waiting[0].0.as_str();
        for _ in waiting {
            at = base_of(at).map_or(at, |(_, _, base)| base.as_str());
        }
        let first = at;
        let mut members = Vec::new();
        while let Some((id, _, base)) = base_of(at) {
            members.push(*id);
            at = base.as_str();
            if at == first {
                break;
            }
        }
        let path = |id: &'a Id| [Step::Key("milestones"), Step::Key(id.as_str()), Step::Key("due")];
        let names: Vec<_> = members.iter().map(|m| format!("`{m}`")).collect();
        let mut problem = Problem::error(
            "date/cycle",
            self.span(&path(members[0])),
            "dates that count from each other",
            format!("{} → `{}`: none of them can be told.", names.join(" → "), members[0]),
        )
        .hint("Let one of them count from `T`, or give it an absolute date.");
        for member in &members[1..] {
            problem = problem.related(self.span(&path(member)), format!("`{member}` is one of them"));
        }
        self.problem(problem);
    }

    /// The context of what belongs to a milestone.
    pub(super) fn milestone_context(&self, draft: &Draft<'_>) -> Context {
        let facts = json!({
            "id": draft.id.as_str(),
            "title": draft.title,
            "due": draft.due,
            "due_date": draft.due.with_timezone(&self.zone).format("%Y-%m-%d").to_string(),
            "owner": draft.owner,
            "phase": draft.phase,
        });
        self.context.with("milestone", &facts)
    }
}

/// Before T, at T, after T.
pub(super) fn phase_of(due: Timestamp, anchor: &Anchor, target: Anchor, target_at: Timestamp) -> Phase {
    if *anchor == target || due == target_at {
        Phase::Launch
    } else if due < target_at {
        Phase::PreLaunch
    } else {
        Phase::PostLaunch
    }
}

/// The milestones with all that was found out about them, in the order in which they are written.
pub(super) fn finish(
    drafts: Drafts<'_>,
    needs: Vec<Vec<Need>>,
    checks: Vec<(Vec<Check>, Vec<Approval>)>,
) -> Vec<Milestone> {
    let parts = needs.into_iter().zip(checks);
    drafts
        .list
        .into_iter()
        .zip(parts)
        .map(|(draft, (needs, (checks, approvals)))| Milestone {
            id: draft.id.into_owned(),
            title: draft.title,
            description: draft.description,
            phase: draft.phase,
            start: draft.start,
            due: draft.due,
            duration: draft.duration,
            fixed: draft.fixed,
            owner: draft.owner,
            backup: draft.backup,
            needs,
            checks,
            approvals,
        })
        .collect()
}

/// Whether any text below a value is a template.
pub(super) fn has_template(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => template::is_template(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(map) => map.values().any(has_template),
        _ => false,
    }
}
