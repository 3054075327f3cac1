//! Activities of milestones and of the areas' windows, as one list: expanded, dated, and with their needs.

use std::{borrow::Cow, collections::BTreeSet};

use foldhash::{HashMap, HashMapExt};
use serde_json::Value;

use super::{
    Lowering,
    milestones::{Draft, Drafts},
    template_problem,
};
use crate::core::{
    manifest::{
        document::{self, Condition, ForEach, Table},
        place::Step,
        problem::Problem,
    },
    model::{Timestamp, activity::Activity, area::Area, name::Id},
    template::{self, Context},
};

/// More items than this is a slip, not a list of regions.
const MOST_ITEMS: usize = 1000;

const NOT_WANTED: &str = "its `when` is false";
const NO_ITEMS: &str = "its `for_each` is empty";

/// Where an activity is written, or what undoes it.
#[derive(Debug, Clone, Copy)]
pub(in crate::core::manifest) struct Origin<'a> {
    pub home: Home<'a>,
    pub id: &'a str,
    /// It is what runs when the activity that is written there is cancelled.
    pub undo: bool,
}

/// The part of a plan that an activity is written in.
#[derive(Debug, Clone, Copy)]
pub(in crate::core::manifest) enum Home<'a> {
    Milestone(&'a str),
    Window { area: &'a str, window: &'a str },
}

impl<'a> Origin<'a> {
    pub(in crate::core::manifest) fn path(self) -> Vec<Step<'a>> {
        let mut path = match self.home {
            Home::Milestone(milestone) => vec![Step::Key("milestones"), Step::Key(milestone)],
            Home::Window { area, window } => vec![Step::Key(area), Step::Key("timeline"), Step::Key(window)],
        };
        path.extend([Step::Key("activities"), Step::Key(self.id)]);
        if self.undo {
            path.extend([Step::Key("on_cancel"), Step::Key("run")]);
        }
        path
    }

    pub(super) fn field(self, name: &'a str) -> Vec<Step<'a>> {
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
    pub(super) fn find(&self, id: &str) -> Option<impl Iterator<Item = &Id>> {
        self.by_id.get(id).map(|found| found.iter().map(|i| &self.list[*i].id))
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn known(&self) -> impl Iterator<Item = &str> + Clone {
        self.by_id.keys().map(String::as_str)
    }
}

impl<'a> Lowering<'a> {
    /// Gathers what is written under milestones and in windows; windows may add milestones of their own.
    pub(super) fn collect(&mut self, drafts: &mut Drafts<'a>) -> RawList<'a> {
        let mut list = Vec::new();
        for i in 0..drafts.list.len() {
            let Some(doc) = drafts.list[i].doc else { continue };
            let Cow::Borrowed(milestone) = drafts.list[i].id else { continue };
            for (id, activity) in doc.activities.iter().flat_map(Table::iter) {
                let origin = Origin { home: Home::Milestone(milestone.as_str()), id: id.as_str(), undo: false };
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
        self.told_apart(&list, drafts);
        self.index(list)
    }

    /// Refuses an activity with a milestone's id: `needs` would wait for the one, and `done` speak of the other.
    fn told_apart(&mut self, list: &[Raw<'a>], drafts: &Drafts<'a>) {
        let mut told = BTreeSet::new();
        for raw in list {
            let Some(at) = drafts.index.get(&*raw.written).filter(|_| told.insert(&*raw.written)) else { continue };
            let problem = Problem::error(
                "name/activity-like-milestone",
                self.span(&raw.origin.path()),
                "an activity with the id of a milestone",
                format!(
                    "`{}` is a milestone of this launch, too, so a need or a command could mean either.",
                    raw.written
                ),
            )
            .hint("Rename the activity; if it ran already, say so under `moved`.")
            .related(self.span(&place_of(&drafts.list[*at])), "the milestone");
            self.problem(problem);
        }
    }

    /// Decides `when`, and makes one activity per item.
    pub(super) fn expand(&mut self, base: Raw<'a>, draft: &Draft<'_>, list: &mut Vec<Raw<'a>>) {
        let doc = base.doc;
        let Some(each) = &doc.for_each else {
            if wanted(doc, || self.milestone_context(draft)) {
                list.push(base);
            } else {
                self.left_out.insert(base.id.to_string(), NOT_WANTED);
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
        let none = if items.is_empty() { NO_ITEMS } else { NOT_WANTED };
        let before = list.len();
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
            if wanted(doc, || context.with("item", &raw.item)) {
                list.push(raw);
            } else {
                self.left_out.insert(raw.id.to_string(), NOT_WANTED);
            }
        }
        if list.len() == before {
            self.left_out.insert(base.written.into_owned(), none);
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
}

/// Where a milestone is written, or the window that it was made of.
fn place_of<'d>(draft: &'d Draft<'_>) -> Vec<Step<'d>> {
    let id = draft.id.as_str();
    let window = |area: &'static str| Some((area, id.strip_prefix(area)?.strip_prefix('_')?));
    match ["marketing", "sales", "support", "monitoring"].into_iter().find_map(window) {
        Some((area, window)) if draft.doc.is_none() => {
            vec![Step::Key(area), Step::Key("timeline"), Step::Key(window)]
        }
        _ => vec![Step::Key("milestones"), Step::Key(id)],
    }
}

/// What `when` says. An expression that fails is reported where the activity is lowered, so it counts as true here.
fn wanted(doc: &document::Activity, context: impl Fn() -> Context) -> bool {
    match &doc.when {
        None => true,
        Some(Condition::Always(wanted)) => *wanted,
        Some(Condition::Expression(text)) => decide(text, &context()).unwrap_or(true),
    }
}

pub(super) fn decide(text: &str, context: &Context) -> Result<bool, template::TemplateError> {
    if template::is_template(text) {
        return template::render(text, context).map(|v| v == Value::Bool(true));
    }
    template::test(text, context)
}
