//! What a change of the files changes, whatever the world is like: for a pull request.
//!
//! Not what would be done: nothing is observed, so nothing waits, is due, or is too late.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    compare, inputs,
    value::{Action, Change, FieldChange, MilestoneOutlook, Plan, Reason, Side, Target},
};
use crate::core::{
    model::{
        Timestamp,
        activity::{Activity, Removal},
        approval::Approval,
        area::Status,
        check::{Check, Question},
        indexed::Indexed,
        launch::Launch,
        milestone::Milestone,
        name::{Id, Name},
    },
    schedule::format_duration,
    template::Context,
};

/// One launch in two states of the files, as a plan whose changes are differences: first the launch itself, then each
/// milestone with its activities, then what left. Activities that are the same are kept. `None`: there is no difference.
pub fn difference(name: &Name, old: Option<&Launch>, new: Option<&Launch>, now: Timestamp) -> Option<Plan> {
    if old.zip(new).is_some_and(|(old, new)| old.revision() == new.revision()) {
        return None;
    }
    let (old, new) = (old.map(Indexed::new), new.map(Indexed::new));
    let (old, new) = (old.as_ref(), new.as_ref());
    let shown = new.or(old)?;
    let two = Two { old, new, zone: shown.timezone };
    let mut changes: Vec<Change> = two.launch().into_iter().collect();
    for milestone in new.map(|l| l.milestones.as_slice()).unwrap_or_default() {
        changes.extend(two.milestone(&milestone.id));
        changes.extend(shown.activities_of(&milestone.id).filter_map(|a| two.activity(&a.id)));
    }
    let gone = |id: &Id| new.is_none_or(|l| l.milestone(id).is_none());
    let gone_activity = |id: &Id| new.is_none_or(|l| l.activity(id).is_none());
    let before =
        |l: &&Indexed<'_>| l.milestones.iter().filter(|m| gone(&m.id)).map(|m| m.id.clone()).collect::<Vec<_>>();
    let left = old.as_ref().map(before).unwrap_or_default();
    changes.extend(left.iter().filter_map(|id| two.milestone(id)));
    let left = old.into_iter().flat_map(|l| &l.activities).filter(|a| gone_activity(&a.id));
    changes.extend(left.filter_map(|a| two.activity(&a.id)));
    Some(Plan {
        launch: name.clone(),
        title: shown.title.clone(),
        revision: new.map(|l| l.revision()),
        observed: 0,
        now,
        changes,
        gate: Vec::new(),
        milestones: shown.milestones.iter().map(|m| outlook(m, shown)).collect(),
        status: Status::Planned,
        stop: None,
        next: None,
    })
}

/// Nothing is known of how far it is.
fn outlook(milestone: &Milestone, launch: &Indexed<'_>) -> MilestoneOutlook {
    let total = launch.activities_of(&milestone.id).count() + milestone.checks.len() + milestone.approvals.len();
    MilestoneOutlook {
        id: milestone.id.clone(),
        title: milestone.title.clone(),
        phase: milestone.phase,
        status: Status::Planned,
        due: milestone.due,
        owner: milestone.owner.clone(),
        done: 0,
        total: u32::try_from(total).unwrap_or(u32::MAX),
        completed_at: None,
    }
}

struct Two<'a> {
    old: Option<&'a Indexed<'a>>,
    new: Option<&'a Indexed<'a>>,
    zone: Tz,
}

impl Two<'_> {
    /// The launch's own fields. Of one that comes or goes they say nothing more than its parts.
    fn launch(&self) -> Option<Change> {
        let (old, new) = self.old.zip(self.new)?;
        let fields = compare::values(Some(&self.terms_of(old)), Some(&self.terms_of(new)));
        changed(Target::Launch, &new.title, fields)
    }

    fn milestone(&self, id: &Id) -> Option<Change> {
        let of = |launch: Option<&Indexed<'_>>| launch.and_then(|l| l.milestone(id).cloned());
        let (old, new) = (of(self.old), of(self.new));
        let title = new.as_ref().or(old.as_ref())?.title.clone();
        let subject = Target::Milestone(id.clone());
        let conditions = |milestone: &Option<Milestone>| milestone.as_ref().map(|m| self.conditions(m));
        let mut fields = compare::values(conditions(&old).as_ref(), conditions(&new).as_ref());
        match (&old, &new) {
            (Some(before), Some(after)) => {
                if fields.is_empty() && (&before.checks, &before.approvals) != (&after.checks, &after.approvals) {
                    fields.push(details("checks and approvals"));
                }
                fields.extend(self.void(before, after));
                changed(subject, &title, fields)
            }
            (None, _) => Some(Change { fields, ..Change::new(subject, title, Action::Create, Reason::Added) }),
            (_, None) => Some(Change::new(subject, title, Action::Delete, Reason::Left)),
        }
        .map(|change| Change { milestone: Some(id.clone()), ..change })
    }

    fn activity(&self, id: &Id) -> Option<Change> {
        let of = |launch: Option<&Indexed<'_>>| launch.and_then(|l| l.activity(id).cloned());
        let (old, new) = (of(self.old), of(self.new));
        let shown = new.as_ref().or(old.as_ref())?.clone();
        let (action, reason, fields) = match (&old, &new) {
            (Some(old), None) => (ending(old), Reason::Left, Vec::new()),
            (None, _) => {
                let mut fields = self.inputs(None, &shown);
                fields.extend(compare::values(None, Some(&self.terms(&shown, &shown))));
                (Action::Create, Reason::Added, fields)
            }
            (Some(old), Some(new)) => {
                let inputs = self.inputs(Some(old), new);
                let terms = compare::values(Some(&self.terms(old, new)), Some(&self.terms(new, new)));
                let action = if inputs.is_empty() { Action::Keep } else { Action::Update };
                let same = inputs.is_empty() && terms.is_empty();
                (action, if same { Reason::AsWritten } else { Reason::Edited }, [inputs, terms].concat())
            }
        };
        let title = shown.title.clone().unwrap_or_else(|| id.to_string());
        Some(Change {
            milestone: Some(shown.milestone.clone()),
            uses: Some(shown.uses.clone()),
            effect: Some(shown.effect),
            fields,
            ..Change::new(Target::Activity(id.clone()), title, action, reason)
        })
    }

    /// What is sent to the vendor.
    fn inputs(&self, old: Option<&Activity>, new: &Activity) -> Vec<FieldChange> {
        let rendered = |activity: &Activity| inputs::render(&activity.with, &Context::new(), false);
        let fields = compare::intent(old.map(|a| rendered(a).value).as_ref(), &rendered(new));
        // A later value whose template is the same is the same.
        let same = |f: &FieldChange| matches!((&f.before, &f.after), (Side::Known(Value::String(b)), Side::Later(a)) if b == a);
        fields.into_iter().filter(|f| !same(f)).collect()
    }

    /// What is said of an activity beside its inputs. A date that moves just as its milestone does is not told again.
    fn terms(&self, activity: &Activity, new: &Activity) -> Value {
        let mut terms = object(activity);
        for derived in ["id", "with", "milestone", "area", "key", "effect", "updatable", "complete_when", "title"] {
            terms.remove(derived);
        }
        let is_new = self.old.is_none_or(|l| l.activity(&new.id).is_none());
        if is_new {
            let told = ["due", "owner", "needs"];
            terms.retain(|name, _| told.contains(&name.as_str()));
        }
        terms.insert("uses".into(), if is_new { Value::Null } else { json!(activity.uses.to_string()) });
        terms.insert("needs".into(), names(&activity.needs));
        for (name, at) in
            [("due", Some(activity.due)), ("not_before", activity.not_before), ("embargo", activity.embargo)]
        {
            let told = at.filter(|_| is_new && name == "due" || !is_new && !self.follows(&new.id, name));
            terms.insert(name.into(), told.map_or(Value::Null, |at| self.time(at)));
        }
        terms.retain(|_, value| !value.is_null());
        Value::Object(terms)
    }

    /// Whether an activity's date moved as far as its milestone's, or as the launch's.
    fn follows(&self, id: &Id, name: &str) -> bool {
        let moved = || {
            let ((old, new), (before, after)) = (self.both(id)?, self.old.zip(self.new)?);
            let at = |a: &Activity| match name {
                "due" => Some(a.due),
                "embargo" => a.embargo,
                _ => a.not_before,
            };
            let due = |l: &Indexed<'_>, a: &Activity| l.milestone(&a.milestone).map(|m| m.due);
            let by = at(new)? - at(old)?;
            Some(by == after.target - before.target || Some(by) == Some(due(after, new)? - due(before, old)?))
        };
        moved().unwrap_or(false)
    }

    fn both(&self, id: &Id) -> Option<(&Activity, &Activity)> {
        self.old.and_then(|l| l.activity(id)).zip(self.new.and_then(|l| l.activity(id)))
    }

    /// What a milestone promises and asks for.
    fn conditions(&self, milestone: &Milestone) -> Value {
        let mut value = object(milestone);
        for told_elsewhere in ["id", "title", "fixed"] {
            value.remove(told_elsewhere);
        }
        value.insert("due".into(), self.time(milestone.due));
        if let Some(start) = milestone.start {
            value.insert("start".into(), self.time(start));
        }
        value.insert("needs".into(), names(&milestone.needs));
        let approvals = milestone.approvals.iter().map(|a| (a.name.to_string(), approval(a).into()));
        value.insert("approvals".into(), Value::Object(approvals.collect()));
        let checks = milestone.checks.iter().map(|c| (c.name.to_string(), check(c).into()));
        value.insert("checks".into(), Value::Object(checks.collect()));
        value.retain(|_, v| !v.is_null());
        Value::Object(value)
    }

    /// Approvals that were asked for before and after, of something that is another by now.
    fn void(&self, before: &Milestone, after: &Milestone) -> Vec<FieldChange> {
        let print = |launch: Option<&Indexed<'_>>, milestone: &Milestone| {
            let activities: Vec<&Activity> = launch.iter().flat_map(|l| l.activities_of(&milestone.id)).collect();
            milestone.fingerprint(&activities)
        };
        if print(self.old, before) == print(self.new, after) {
            return Vec::new();
        }
        let stays = after.approvals.iter().filter(|a| before.approvals.contains(a));
        let text = |text: &str| Side::Known(text.into());
        stays
            .map(|a| FieldChange {
                path: format!("approvals.{}", a.name),
                before: text("if given before this change"),
                after: text("void, because what it was given to changes"),
            })
            .collect()
    }

    /// The launch without its parts.
    fn terms_of(&self, launch: &Launch) -> Value {
        let mut value = object(launch);
        // Told with the milestones and activities, made of them, or no part of the file.
        for elsewhere in ["name", "milestones", "activities", "demands", "policy", "source"] {
            value.remove(elsewhere);
        }
        if let Some(target) = value.remove("target") {
            drop(target);
            value.insert("target_date".into(), self.time(launch.target));
        }
        let goals: BTreeMap<_, _> = launch.goals.iter().map(|g| (&g.name, &g.title)).collect();
        value.insert("goals".into(), json!(goals));
        let freezes: Map<String, Value> = launch
            .freezes
            .iter()
            .map(|f| (f.name.clone(), format!("{} to {}", self.clock(f.from), self.clock(f.until)).into()))
            .collect();
        value.insert("freezes".into(), freezes.into());
        if let Some(Value::Object(areas)) = value.remove("areas") {
            value.extend(areas);
        }
        Value::Object(value)
    }

    fn clock(&self, at: Timestamp) -> String {
        at.with_timezone(&self.zone).format("%a %Y-%m-%d %H:%M %Z").to_string()
    }

    fn time(&self, at: Timestamp) -> Value {
        self.clock(at).into()
    }
}

fn changed(subject: Target, title: &str, fields: Vec<FieldChange>) -> Option<Change> {
    if fields.is_empty() {
        return None;
    }
    Some(Change { fields, ..Change::new(subject, title, Action::Update, Reason::Edited) })
}

/// Something that its text does not show.
fn details(path: &str) -> FieldChange {
    let text = |text: &str| Side::Known(text.into());
    FieldChange { path: path.to_owned(), before: text("as before"), after: text("with other details") }
}

fn ending(activity: &Activity) -> Action {
    match activity.on_remove {
        Removal::Keep => Action::Forget,
        Removal::Close => Action::Close,
        Removal::Delete => Action::Delete,
    }
}

fn object(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn names(list: &[impl ToString]) -> Value {
    match list {
        [] => Value::Null,
        list => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into(),
    }
}

fn approval(approval: &Approval) -> String {
    let expires = approval.expires_seconds.map(|s| format!(", for {}", format_duration(s))).unwrap_or_default();
    format!("{} from {}{expires}", approval.count, approval.from)
}

fn check(check: &Check) -> String {
    let mut text = match &check.question {
        Question::Probe { uses, with } => format!("{uses} {}", with.value),
        Question::Expression => String::new(),
        Question::Person { prompt, from: Some(from) } => format!("{prompt} ({from})"),
        Question::Person { prompt, from: None } => prompt.clone(),
    };
    for (word, expression) in [("passes if", &check.pass), ("fails if", &check.fail)] {
        if let Some(expression) = expression {
            text += &format!(" {word} {expression}");
        }
    }
    if check.for_seconds > 0 {
        text += &format!(" for {}", format_duration(check.for_seconds));
    }
    text.trim_start().to_owned()
}
