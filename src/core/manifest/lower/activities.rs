//! Activities of milestones and of the areas' windows, as one list: expanded, dated, and with their needs.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use serde_json::Value;

use super::{
    Edge, Lowering, dates, humanize, inside,
    milestones::{Draft, Drafts, has_template},
    sentence, template_problem,
};
use crate::core::{
    manifest::{
        document::{self, Condition, ForEach, ListOr, OnCancel, Table, Window},
        library::did_you_mean,
        place::Step,
        problem::Problem,
    },
    model::{
        Timestamp,
        activity::{Activity, Compensation, CompleteWhen, EffectClass, KeySupport, Need, Removal, Retry, Uses},
        area::{Area, Phase},
        connector::ExecutorKind,
        name::{Id, Name},
    },
    template::{self, Context},
};

/// More items than this is a slip, not a list of regions.
const MOST_ITEMS: usize = 1000;

/// Where an activity is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::core::manifest) enum Origin<'a> {
    Milestone {
        milestone: &'a str,
        id: &'a str,
    },
    Window {
        area: &'a str,
        window: &'a str,
        id: &'a str,
    },
    /// What runs when the activity of another origin is cancelled.
    Compensation {
        milestone: &'a str,
        id: &'a str,
    },
}

impl<'a> Origin<'a> {
    pub(in crate::core::manifest) fn path(self) -> Vec<Step<'a>> {
        match self {
            Self::Milestone { milestone, id } => {
                vec![Step::Key("milestones"), Step::Key(milestone), Step::Key("activities"), Step::Key(id)]
            }
            Self::Window { area, window, id } => {
                vec![Step::Key(area), Step::Key("timeline"), Step::Key(window), Step::Key("activities"), Step::Key(id)]
            }
            Self::Compensation { milestone, id } => {
                let mut path = Self::Milestone { milestone, id }.path();
                path.extend([Step::Key("on_cancel"), Step::Key("run")]);
                path
            }
        }
    }

    fn field(self, name: &'a str) -> Vec<Step<'a>> {
        let mut path = self.path();
        path.push(Step::Key(name));
        path
    }
}

/// One activity to be, of one item.
pub(super) struct Raw<'a> {
    pub id: Id,
    /// The id as written, which names all instances of a `for_each` together.
    pub written: Cow<'a, str>,
    pub doc: &'a document::Activity,
    pub milestone: usize,
    pub area: Area,
    pub not_before: Option<Timestamp>,
    pub due: Timestamp,
    pub owner: Option<String>,
    pub origin: Origin<'a>,
    pub item: Option<Value>,
}

/// Every activity of the launch, with the ways to find one.
pub(super) struct RawList<'a> {
    pub list: Vec<Raw<'a>>,
    by_id: HashMap<String, Vec<usize>>,
}

impl RawList<'_> {
    pub(super) fn empty() -> Self {
        Self { list: Vec::new(), by_id: HashMap::new() }
    }

    /// The activities that an id names: one, or all instances of a `for_each`.
    fn find(&self, id: &str) -> Option<impl Iterator<Item = &Id>> {
        self.by_id.get(id).map(|found| found.iter().map(|i| &self.list[*i].id))
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    fn known(&self) -> impl Iterator<Item = &str> + Clone {
        self.by_id.keys().map(String::as_str)
    }
}

static PLAIN: LazyLock<document::Activity> = LazyLock::new(document::Activity::default);

impl<'a> Lowering<'a> {
    /// Gathers what is written under milestones and in windows; windows may add milestones of their own.
    pub(super) fn collect(&mut self, drafts: &mut Drafts<'a>) -> RawList<'a> {
        let mut list = Vec::new();
        for i in 0..drafts.list.len() {
            let Some(doc) = drafts.list[i].doc else { continue };
            let Cow::Borrowed(milestone) = drafts.list[i].id else { continue };
            for (id, activity) in doc.activities.iter().flat_map(Table::iter) {
                let origin = Origin::Milestone { milestone: milestone.as_str(), id: id.as_str() };
                let draft = &drafts.list[i];
                let base = Raw {
                    id: id.clone(),
                    written: Cow::Borrowed(id.as_str()),
                    doc: activity,
                    milestone: i,
                    area: activity.area.unwrap_or_default(),
                    not_before: None,
                    due: draft.due,
                    owner: draft.owner.clone(),
                    origin,
                    item: None,
                };
                self.expand(base, draft, &mut list);
            }
        }
        let spec = self.input.spec;
        let areas = [
            (Area::Marketing, "marketing", spec.marketing.as_ref().map(|a| (&a.owner, &a.timeline))),
            (Area::Sales, "sales", spec.sales.as_ref().map(|a| (&a.owner, &a.timeline))),
            (Area::Support, "support", spec.support.as_ref().map(|a| (&a.owner, &a.timeline))),
            (Area::Monitoring, "monitoring", spec.monitoring.as_ref().map(|a| (&a.owner, &a.timeline))),
        ];
        for (area, key, part) in areas {
            let Some((owner, Some(timeline))) = part else { continue };
            for (id, window) in timeline.iter() {
                self.window(area, key, id.as_str(), window, owner.as_deref(), drafts, &mut list);
            }
        }
        self.index(list)
    }

    #[expect(clippy::too_many_arguments, reason = "one window with the lists it adds to")]
    fn window(
        &mut self,
        area: Area,
        key: &'a str,
        name: &'a str,
        window: &'a Window,
        owner: Option<&'a str>,
        drafts: &mut Drafts<'a>,
        list: &mut Vec<Raw<'a>>,
    ) {
        let path = [Step::Key(key), Step::Key("timeline"), Step::Key(name)];
        let field = |field| [path[0], path[1], path[2], Step::Key(field)];
        let start =
            window.start.as_ref().and_then(|s| self.date(s.as_str(), Edge::Start, &field("start"), &drafts.dues));
        let end = window.end.as_ref().and_then(|e| self.date(e.as_str(), Edge::Due, &field("end"), &drafts.dues));
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            let problem = Problem::error(
                "date/window-ends-before-start",
                self.span(&field("end")),
                "a window that ends before it starts",
                format!("It starts {} and ends {}.", self.show(start), self.show(end)),
            )
            .hint("Move `start` or `end`.");
            self.problem(problem);
        }
        let count = match &window.activities {
            None => 0,
            Some(ListOr::List(names)) => names.len(),
            Some(ListOr::Full(table)) => table.len(),
        };
        if count == 0 {
            return;
        }
        let owner = window.owner.as_deref().or(owner);
        let Some(milestone) = self.window_milestone(key, name, window, owner, (start, end), drafts) else { return };
        let draft = &drafts.list[milestone];
        let due = end.map_or(draft.due, |e| if Some(draft.due) < start { e } else { e.min(draft.due) });
        let mut add = |lowering: &mut Self, id: &'a str, doc: &'a document::Activity| {
            let origin = Origin::Window { area: key, window: name, id };
            let full = format!("{key}_{name}_{id}");
            let Some(full_id) = lowering.id(&full, &origin.path()) else { return };
            let base = Raw {
                id: full_id,
                written: Cow::Owned(full),
                doc,
                milestone,
                area: doc.area.unwrap_or(area),
                not_before: start,
                due,
                owner: owner.map(str::to_owned).or_else(|| draft.owner.clone()),
                origin,
                item: None,
            };
            lowering.expand(base, draft, list);
        };
        match &window.activities {
            Some(ListOr::List(names)) => names.iter().for_each(|n| add(self, n, &PLAIN)),
            Some(ListOr::Full(table)) => table.iter().for_each(|(id, doc)| add(self, id.as_str(), doc)),
            None => {}
        }
    }

    /// The milestone of a window: the one it names; else `AREA_WINDOW`, which is made when the plan has none.
    ///
    /// Work that goes on after launch day must not hold launch day back, nor be cut short by the review: the figures
    /// of the built-in profiles let it end after either. So it gets a milestone that ends when the window does.
    fn window_milestone(
        &mut self,
        area: &'a str,
        name: &'a str,
        window: &'a Window,
        owner: Option<&'a str>,
        (start, end): (Option<Timestamp>, Option<Timestamp>),
        drafts: &mut Drafts<'a>,
    ) -> Option<usize> {
        if let Some(written) = &window.milestone {
            let found = drafts.index.get(written.as_str()).copied();
            if found.is_none() {
                let path = [Step::Key(area), Step::Key("timeline"), Step::Key(name), Step::Key("milestone")];
                self.unknown_milestone(written.as_str(), &path, drafts);
            }
            return found;
        }
        let id = format!("{area}_{name}");
        if let Some(found) = drafts.index.get(&id) {
            return Some(*found);
        }
        let target = dates::start_of(self.target, self.zone);
        let phase = window.phase.unwrap_or(match name {
            "pre_launch" => Phase::PreLaunch,
            "launch" | "launch_week" | "launch_day" => Phase::Launch,
            "post_launch" => Phase::PostLaunch,
            _ => match start.or(end) {
                Some(at) if at < target => Phase::PreLaunch,
                Some(at) if at > target => Phase::PostLaunch,
                _ => Phase::Launch,
            },
        });
        let launch_day = drafts.list.iter().filter(|d| d.doc.is_some() && d.phase == Phase::Launch);
        let implied = if phase == Phase::PostLaunch {
            launch_day.map(|d| Need::Milestone(d.id.clone().into_owned())).collect()
        } else {
            Vec::new()
        };
        let path = [Step::Key(area), Step::Key("timeline"), Step::Key(name)];
        let id = self.id(&id, &path)?;
        drafts.index.insert(id.to_string(), drafts.list.len());
        drafts.list.push(Draft {
            title: format!("{}: {}", humanize(area), humanize(name)),
            id: Cow::Owned(id),
            doc: None,
            description: None,
            phase,
            start,
            due: end.unwrap_or(target),
            fixed: false,
            owner: owner.map(str::to_owned).or_else(|| self.input.spec.owner.clone()),
            backup: self.input.spec.backup.clone(),
            implied,
        });
        Some(drafts.list.len() - 1)
    }

    /// Decides `when`, and makes one activity per item.
    fn expand(&mut self, base: Raw<'a>, draft: &Draft<'_>, list: &mut Vec<Raw<'a>>) {
        let doc = base.doc;
        let Some(each) = &doc.for_each else {
            if self.wanted(doc, &base, || self.milestone_context(draft)) {
                list.push(base);
            }
            return;
        };
        let context = self.milestone_context(draft);
        let path = base.origin.field("for_each");
        let items = match each {
            ForEach::Items(items) => template::render_tree(&Value::Array(items.clone()), &context).map_err(|(_, e)| e),
            ForEach::Expression(text) if template::is_template(text) => template::render(text, &context),
            ForEach::Expression(text) => template::evaluate(text, &context),
        };
        let items = match items {
            Ok(Value::Array(items)) if items.len() <= MOST_ITEMS => items,
            Ok(other) => {
                let what = other.as_array().map_or_else(
                    || format!("`for_each` needs a list, and this is `{other}`."),
                    |l| format!("It has {} items, and {MOST_ITEMS} are allowed.", l.len()),
                );
                let problem = Problem::error("activity/for-each", self.span(&path), "not a list of items", what);
                self.problem(problem);
                return;
            }
            Err(error) => {
                let text = if let ForEach::Expression(text) = each { text.as_str() } else { "" };
                let problem = template_problem(&error, text, self.span(&path), &context);
                self.problem(problem);
                return;
            }
        };
        for item in items {
            let name = match &item {
                Value::String(text) => text.clone(),
                Value::Object(map) => map.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                other => other.to_string(),
            };
            let id = match base.id.instance(&name) {
                Ok(id) => id,
                Err(error) => {
                    let problem = Problem::error(
                        "activity/for-each",
                        self.span(&path),
                        "an item that cannot be part of an id",
                        format!("The item `{item}` is to name an activity `{}[{name}]`: {error}.", base.id),
                    )
                    .hint("Use short lower-case names, or mappings with such a `name`.");
                    self.problem(problem);
                    continue;
                }
            };
            let raw = Raw { id, written: base.written.clone(), owner: base.owner.clone(), item: Some(item), ..base };
            if self.wanted(doc, &raw, || context.with("item", &raw.item)) {
                list.push(raw);
            }
        }
    }

    fn wanted(&self, doc: &document::Activity, raw: &Raw<'_>, context: impl Fn() -> Context) -> bool {
        // Problems of the expression are reported by `conditions`, which may write to the list.
        match &doc.when {
            None => true,
            Some(Condition::Always(wanted)) => *wanted,
            Some(Condition::Expression(text)) => {
                let _ = raw;
                decide(text, &context()).unwrap_or(true)
            }
        }
    }

    fn index(&mut self, list: Vec<Raw<'a>>) -> RawList<'a> {
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::with_capacity(list.len());
        for (i, raw) in list.iter().enumerate() {
            if raw.item.is_some() {
                by_id.entry(raw.written.clone().into_owned()).or_default().push(i);
            }
            let same = by_id.entry(raw.id.to_string()).or_default();
            if let Some(first) = same.first() {
                let first = &list[*first];
                let problem = Problem::error(
                    "name/duplicate-activity",
                    self.span(&raw.origin.path()),
                    "two activities with one id",
                    format!("`{}` is used twice in this launch, and an id names one object for ever.", raw.id),
                )
                .hint("Rename one of them; if it ran already, say so under `moved`.")
                .related(self.span(&first.origin.path()), "the first one");
                self.problem(problem);
            } else {
                same.push(i);
            }
        }
        RawList { list, by_id }
    }

    pub(super) fn activities(&mut self, drafts: &Drafts<'a>, raw: &RawList<'a>) -> Vec<(Activity, Origin<'a>)> {
        let mut activities = Vec::with_capacity(raw.list.len());
        for one in &raw.list {
            if let Some(activity) = self.activity(one, drafts, raw) {
                activities.push((activity, one.origin));
            }
        }
        activities
    }

    fn activity(&mut self, raw: &Raw<'a>, drafts: &Drafts<'a>, all: &RawList<'a>) -> Option<Activity> {
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
        let library = self.input.library;
        let known = match library.resource(&uses) {
            Ok((entry, resource)) => Some((entry, resource)),
            Err(unknown) => {
                let code = if unknown.what == "connector" {
                    "reference/unknown-connector"
                } else {
                    "reference/unknown-resource"
                };
                let problem = Problem::error(
                    code,
                    self.span(&origin.field("uses")),
                    format!("unknown {}", unknown.what),
                    format!("`{uses}`: there is no {} `{}`.", unknown.what, unknown.name),
                )
                .hint(unknown.hint());
                self.problem(problem);
                None
            }
        };
        let resource = known.map(|(_, resource)| resource);
        let effect = resource.map_or(EffectClass::Converge, |r| r.effect);
        let mut members = BTreeSet::new();
        let with_path = origin.field("with");
        let with = self.inputs(doc.with.as_ref(), &with_path, &context, all, &mut members);
        if let Some((entry, _)) = known {
            self.check_inputs(&with, entry, &uses, &with_path);
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
            let Origin::Window { id, .. } = origin else { return None };
            Some(humanize(id))
        };
        let on_remove = doc.on_remove.unwrap_or_default();
        if let Some(resource) = resource {
            self.can_end(on_remove, resource, &uses, &origin.field("on_remove"));
        }
        let on_cancel = match &doc.on_cancel {
            None => Compensation::Keep,
            Some(OnCancel::Remove(removal)) => {
                if let Some(resource) = resource {
                    self.can_end(*removal, resource, &uses, &origin.field("on_cancel"));
                }
                match removal {
                    Removal::Keep => Compensation::Keep,
                    Removal::Close => Compensation::Close,
                    Removal::Delete => Compensation::Delete,
                }
            }
            Some(OnCancel::Run(run)) => match self.compensation(run, raw, drafts, all) {
                Some(activity) => Compensation::Run(Box::new(activity)),
                None => Compensation::Keep,
            },
        };
        let retry = doc.retry.as_ref().map_or_else(Retry::default, |r| {
            let default = Retry::default();
            let path = |name| {
                let mut path = origin.field("retry");
                path.push(Step::Key(name));
                path
            };
            Retry {
                attempts: r.attempts.unwrap_or(default.attempts),
                base_seconds: self.seconds(r.base.as_ref(), &path("base")).unwrap_or(default.base_seconds),
                max_seconds: self.seconds(r.max.as_ref(), &path("max")).unwrap_or(default.max_seconds),
            }
        });
        let executor = known.map(|(entry, _)| entry.connector.executor);
        let timeout = self.seconds(doc.timeout.as_ref(), &origin.field("timeout"));
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

    fn starts(&mut self, raw: &Raw<'a>, doc: &document::Activity, drafts: &Drafts<'a>) -> Option<Timestamp> {
        let path = raw.origin.field("start");
        match &doc.start {
            Some(start) => self.date(start.as_str(), Edge::Start, &path, &drafts.dues),
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

    fn compensation(
        &mut self,
        doc: &'a document::Activity,
        raw: &Raw<'a>,
        drafts: &Drafts<'a>,
        all: &RawList<'a>,
    ) -> Option<Activity> {
        let Origin::Milestone { milestone, id } = raw.origin else { return None };
        let origin = Origin::Compensation { milestone, id };
        let written = format!("{}-on_cancel", raw.written);
        let name = raw.id.as_str().replacen(&*raw.written, &written, 1);
        let base = Raw {
            id: self.id(&name, &origin.path())?,
            written: Cow::Owned(written),
            doc,
            owner: raw.owner.clone(),
            origin,
            item: raw.item.clone(),
            ..*raw
        };
        self.activity(&base, drafts, all)
    }

    fn can_end(
        &mut self,
        removal: Removal,
        resource: &crate::core::model::connector::Resource,
        uses: &Uses,
        path: &[Step<'_>],
    ) {
        let word = match removal {
            Removal::Close if !resource.can_close => "close",
            Removal::Delete if !resource.can_delete => "delete",
            _ => return,
        };
        let able: Vec<_> = [("keep", true), ("close", resource.can_close), ("delete", resource.can_delete)]
            .iter()
            .filter_map(|(w, able)| able.then_some(format!("`{w}`")))
            .collect();
        let problem = Problem::error(
            "activity/cannot-end",
            self.span(path),
            format!("cannot {word} such an object"),
            format!("The connector of `{uses}` has no way to {word} it."),
        )
        .hint(format!("Possible: {}.", able.join(", ")));
        self.problem(problem);
    }

    pub(super) fn uses(&mut self, text: &str, path: &[Step<'_>]) -> Option<Uses> {
        let parsed = text.split_once('/').and_then(|(connector, resource)| {
            Some(Uses { connector: connector.parse().ok()?, resource: resource.parse().ok()? })
        });
        if parsed.is_none() {
            let problem = Problem::error(
                "activity/invalid-uses",
                self.span(path),
                "not a resource of a connector",
                format!("`{text}` is not of the form `connector/resource`."),
            )
            .hint("For example `jira/issue`, `exec/command` or `human/task`.");
            self.problem(problem);
        }
        parsed
    }

    /// The needs of every milestone, in the drafts' order.
    pub(super) fn milestone_needs(&mut self, drafts: &Drafts<'a>, all: &RawList<'a>) -> Vec<Vec<Need>> {
        let mut needs = Vec::with_capacity(drafts.list.len());
        for draft in &drafts.list {
            let mut own: BTreeSet<_> = draft.implied.iter().cloned().collect();
            for (i, need) in draft.doc.iter().flat_map(|d| d.needs.iter().flatten()).enumerate() {
                let path = [Step::Key("milestones"), Step::Key(draft.id.as_str()), Step::Key("needs"), Step::Index(i)];
                own.extend(self.need(need.as_str(), &path, drafts, all));
            }
            needs.push(own.into_iter().collect());
        }
        needs
    }

    /// What a written need names.
    fn need(&mut self, text: &str, path: &[Step<'_>], drafts: &Drafts<'a>, all: &RawList<'a>) -> Vec<Need> {
        let context = self.context.clone();
        let text = self.text(text, path, &context);
        if let Some((launch, milestone)) = text.split_once('/') {
            return self.foreign(launch, milestone, path).into_iter().collect();
        }
        if drafts.index.contains_key(&*text) {
            return text.parse().map(Need::Milestone).into_iter().collect();
        }
        if let Some(found) = all.find(&text) {
            return found.cloned().map(Need::Activity).collect();
        }
        let known = drafts.index.keys().map(String::as_str).chain(all.known());
        let problem = Problem::error(
            "reference/unknown-need",
            self.span(path),
            "unknown milestone or activity",
            format!("This launch has neither a milestone nor an activity `{text}`."),
        )
        .hint(did_you_mean(&text, known));
        self.problem(problem);
        Vec::new()
    }

    fn foreign(&mut self, launch: &str, milestone: &str, path: &[Step<'_>]) -> Option<Need> {
        let launches = &self.input.library.launches;
        let (Ok(name), Ok(id)) = (launch.parse::<Name>(), milestone.parse::<Id>()) else {
            let problem = Problem::error(
                "reference/invalid-need",
                self.span(path),
                "not a milestone of a launch",
                format!("`{launch}/{milestone}` is not of the form `launch/milestone`."),
            );
            self.problem(problem);
            return None;
        };
        let (what, hint) = match launches.get(&name) {
            None => ("launch", did_you_mean(launch, launches.keys().map(Name::as_str))),
            Some(_) => match self.input.library.milestones_of(&name) {
                Some(known) if !known.contains(milestone) => {
                    ("milestone", did_you_mean(milestone, known.iter().copied()))
                }
                _ => return Some(Need::Foreign { launch: name, milestone: id }),
            },
        };
        let detail = if what == "launch" {
            format!("There is no launch `{launch}`.")
        } else {
            format!("The launch `{launch}` has no milestone `{milestone}`.")
        };
        let code = if what == "launch" { "reference/unknown-launch" } else { "reference/unknown-milestone" };
        let problem = Problem::error(code, self.span(path), format!("unknown {what}"), detail).hint(hint);
        self.problem(problem);
        None
    }

    pub(super) fn unknown_milestone(&mut self, id: &str, path: &[Step<'_>], drafts: &Drafts<'a>) {
        let problem = Problem::error(
            "reference/unknown-milestone",
            self.span(path),
            "unknown milestone",
            format!("This launch has no milestone `{id}`."),
        )
        .hint(did_you_mean(id, drafts.index.keys().map(String::as_str)));
        self.problem(problem);
    }

    /// The activities that an expression or template speaks of.
    pub(super) fn used(
        &mut self,
        members: Vec<template::Member>,
        text: &str,
        path: &[Step<'_>],
        all: &RawList<'a>,
    ) -> Vec<Id> {
        let mut used = Vec::new();
        for member in members {
            let span = inside(self.span(path), text, Some(member.at));
            let Some(name) = member.name else {
                let problem = Problem::error(
                    "template/computed-activity",
                    span,
                    "an activity that is only known later",
                    sentence("the activity must be written out, so that launchd knows what to wait for"),
                )
                .hint("Write `activities.epic.url` or `activities['post[emea]'].url`.");
                self.problem(problem);
                continue;
            };
            let exact = all.list.iter().find(|r| r.id == *name.as_str());
            match exact {
                Some(raw) => used.push(raw.id.clone()),
                None => {
                    let known = all.list.iter().map(|r| r.id.as_str());
                    let problem = Problem::error(
                        "reference/unknown-activity",
                        span,
                        "unknown activity",
                        format!("This launch has no activity `{name}`."),
                    )
                    .hint(did_you_mean(&name, known));
                    self.problem(problem);
                }
            }
        }
        used
    }
}

fn decide(text: &str, context: &Context) -> Result<bool, template::TemplateError> {
    if template::is_template(text) {
        return template::render(text, context).map(|v| v == Value::Bool(true));
    }
    template::test(text, context)
}
