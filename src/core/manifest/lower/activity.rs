//! One activity: what does it, with which fields, after what and not before when.

use std::collections::BTreeSet;

use super::{
    Edge, Lowering,
    activities::{Home, Origin, Raw, RawList, decide},
    dates, humanize,
    milestones::{Drafts, has_template},
    template_problem,
};
use crate::core::{
    manifest::{
        document::{self, Condition},
        place::Step,
        problem::Problem,
    },
    model::{
        Timestamp,
        activity::{Activity, CompleteWhen, EffectClass, KeySupport, Need, Retry, Uses},
        connector::ExecutorKind,
    },
    template::{self, Context},
};

impl<'a> Lowering<'a> {
    pub(super) fn activity(&mut self, raw: &Raw<'a>, drafts: &Drafts<'a>, all: &RawList<'a>) -> Option<Activity> {
        let doc = raw.doc;
        let draft = &drafts.list[raw.milestone];
        let origin = raw.origin;
        let templated = doc.when.is_some()
            || [&doc.title, &doc.owner, &doc.backup, &doc.adopt]
                .iter()
                .any(|t| t.as_deref().is_some_and(template::is_template))
            || doc.with.as_ref().is_some_and(|w| w.values().any(has_template))
            || doc.uses.as_ref().is_some_and(|u| template::is_template(u.as_str()));
        let context = match (templated, &raw.item) {
            (false, _) => Context::new(),
            (true, None) => self.milestone_context(draft),
            (true, Some(item)) => self.milestone_context(draft).with("item", item),
        };
        if let Some(Condition::Expression(text)) = &doc.when
            && let Err(error) = decide(text, &context)
        {
            let problem = template_problem(&error, text, self.span(&origin.field("when")), &context);
            self.problem(problem);
        }
        let uses = match &doc.uses {
            None => Uses {
                connector: "human".parse().expect("`human` is a name"),
                resource: "task".parse().expect("`task` is an id"),
            },
            Some(text) => {
                let text = self.text(text.as_str(), &origin.field("uses"), &context);
                self.uses(&text, &origin.field("uses"))?
            }
        };
        let known = self.known_resource(&uses, &origin.field("uses"));
        let resource = known.map(|(_, resource)| resource);
        let effect = resource.map_or(EffectClass::Converge, |r| r.effect);
        let mut members = BTreeSet::new();
        let with_path = origin.field("with");
        let mut with = self.inputs(doc.with.as_ref(), &with_path, &context, all, &mut members);
        if let Some((entry, _)) = known {
            self.check_inputs(&mut with, entry, &uses, &with_path);
        }
        let mut needs = BTreeSet::new();
        for (i, need) in doc.needs.iter().flatten().enumerate() {
            let mut path = origin.field("needs");
            path.push(Step::Index(i));
            needs.extend(self.need(need.as_str(), &path, drafts, all));
        }
        needs.extend(members.into_iter().map(Need::Activity));
        let not_before = self.starts(raw, doc, drafts);
        let written_due =
            doc.due.as_ref().and_then(|d| self.date(d.as_str(), Edge::Due, &origin.field("due"), &drafts.dues));
        let due = written_due.unwrap_or(raw.due);
        let duration = self.work(doc.duration.as_ref(), &origin.field("duration"));
        let embargo = self.embargo(raw, effect, not_before, due, drafts);
        if let Some(start) = not_before
            && start > due
        {
            let problem = Problem::error(
                "date/due-before-start",
                self.span(&origin.field(if written_due.is_some() { "due" } else { "start" })),
                "due before it may start",
                format!("`{}` is due {}, and may not start before {}.", raw.id, self.show(due), self.show(start)),
            )
            .hint("Move its `start` or its `due`; left out, they are those of its milestone or window.");
            self.problem(problem);
        }
        let text = |lowering: &mut Self, text: &'a Option<String>, name| {
            text.as_ref().map(|t| lowering.text(t, &origin.field(name), &context).into_owned())
        };
        let title = text(self, &doc.title, "title");
        let owner = text(self, &doc.owner, "owner");
        let backup = text(self, &doc.backup, "backup");
        let adopt = text(self, &doc.adopt, "adopt");
        for (name, person) in [("owner", &owner), ("backup", &backup)] {
            if person.is_some() {
                self.person(person.as_deref(), &origin.field(name));
            }
        }
        let default_title = || {
            let Home::Window { .. } = origin.home else { return None };
            Some(humanize(origin.id))
        };
        let on_remove = doc.on_remove.unwrap_or_default();
        if let Some(resource) = resource {
            self.can_end(on_remove, resource, &uses, &origin.field("on_remove"));
        }
        let on_cancel = self.on_cancel(doc, raw, drafts, all, resource.map(|r| (r, &uses)));
        let retry = self.retry(doc, origin);
        let executor = known.map(|(entry, _)| entry.connector.executor);
        let timeout = self.some_seconds(doc.timeout.as_ref(), &origin.field("timeout"));
        Some(Activity {
            id: raw.id.clone(),
            milestone: draft.id.clone().into_owned(),
            area: raw.area,
            title: title.or_else(default_title),
            effect,
            key: resource.map_or(KeySupport::Opaque, |r| r.key),
            with,
            needs: needs.into_iter().collect(),
            not_before: not_before.max(embargo),
            embargo,
            due,
            duration,
            owner: owner.or_else(|| raw.owner.clone()),
            backup: backup.or_else(|| draft.backup.clone()),
            manage: doc.manage.unwrap_or_default(),
            complete_when: doc
                .complete_when
                .unwrap_or_else(|| resource.map_or(CompleteWhen::Exists, |r| r.complete_when)),
            updatable: resource.is_none_or(|r| r.can_update),
            ignore_drift: doc.ignore_drift.clone().unwrap_or_default(),
            on_remove,
            on_cancel,
            adopt,
            retry,
            timeout_seconds: timeout.unwrap_or(if executor == Some(ExecutorKind::Exec) { 300 } else { 30 }),
            uses,
        })
    }

    fn retry(&mut self, doc: &document::Activity, origin: Origin<'_>) -> Retry {
        let default = Retry::default();
        let Some(written) = &doc.retry else { return default };
        let path = |name| [origin.field("retry"), vec![Step::Key(name)]].concat();
        let base = self.seconds(written.base.as_ref(), &path("base"));
        let max = self.seconds(written.max.as_ref(), &path("max"));
        Retry {
            attempts: written.attempts.unwrap_or(default.attempts),
            base_seconds: base.unwrap_or(default.base_seconds),
            max_seconds: max.unwrap_or(default.max_seconds.max(base.unwrap_or(0))),
        }
    }

    fn starts(&mut self, raw: &Raw<'a>, doc: &document::Activity, drafts: &Drafts<'a>) -> Option<Timestamp> {
        let path = raw.origin.field("start");
        match &doc.start {
            Some(start) => self.date(start.as_str(), Edge::Start, &path, &drafts.dues),
            None if raw.origin.undo => None,
            None => raw.not_before,
        }
    }

    /// The embargo of a `once` activity, and what contradicts it.
    fn embargo(
        &mut self,
        raw: &Raw<'a>,
        effect: EffectClass,
        start: Option<Timestamp>,
        due: Timestamp,
        drafts: &Drafts<'a>,
    ) -> Option<Timestamp> {
        let path = raw.origin.field("embargo");
        let written = raw.doc.embargo.as_ref().and_then(|e| self.date(e.as_str(), Edge::Start, &path, &drafts.dues));
        if effect != EffectClass::Once {
            if written.is_some() {
                let problem = Problem::warning(
                    "activity/embargo-unused",
                    self.span(&path),
                    "an embargo that holds nothing back",
                    format!("`{}` can be changed and taken back, so no embargo applies to it.", raw.id),
                )
                .hint("Use `start` to say when it may begin.");
                self.problem(problem);
            }
            return None;
        }
        if raw.origin.undo && written.is_none() {
            // What takes an announcement back must not wait for the day of the announcement.
            return None;
        }
        let embargo = written.unwrap_or_else(|| dates::start_of(self.target, self.zone));
        let early = match (&raw.doc.start, start) {
            (Some(_), Some(start)) if start < embargo => {
                Some(("start", format!("it is to start {}", self.show(start))))
            }
            _ if due < embargo => Some(("due", format!("it is due {}", self.show(due)))),
            _ => None,
        };
        if let Some((field, why)) = early {
            let target = if written.is_some() { "its embargo" } else { "the target date, its embargo" };
            let problem = Problem::error(
                "activity/before-embargo",
                self.span(&raw.origin.field(field)),
                "public before its embargo",
                format!(
                    "The effect of `{}` is public and cannot be taken back: {why}, before {target}, {}.",
                    raw.id,
                    self.show(embargo)
                ),
            )
            .hint("Move it to a milestone at or after the embargo, or write `embargo` with the moment from which it may be public.");
            self.problem(problem);
        }
        Some(embargo)
    }
}
