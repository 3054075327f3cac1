//! A plan as JSON.

use serde::Serialize;
use serde_json::{Value, json};

use super::Document;
use crate::{
    core::{
        model::{
            Timestamp,
            activity::EffectClass,
            area::{Phase, Status},
        },
        plan::{self as model, Action, Reason, Side, Stop, Target},
        review::dates::Dates,
    },
    ui::render::{
        View, blocker,
        plan::{Shown, Tally},
        words,
    },
};

/// `kind: Plan`.
#[derive(Debug, Serialize)]
pub struct Plans {
    /// Whether the world differs from the files in anything.
    pub has_changes: bool,
    pub summary: Summary,
    pub launches: Vec<LaunchPlan>,
}

#[derive(Debug, Serialize)]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub end: usize,
    pub adopt: usize,
    pub look_for: usize,
    pub forget: usize,
    pub rename: usize,
    pub waiting: usize,
    pub waiting_for_a_person: usize,
    pub waiting_for_a_repair: usize,
    pub unchanged: usize,
    /// With `--base`: changes of dates, people and conditions.
    pub other: usize,
}

#[derive(Debug, Serialize)]
pub struct LaunchPlan {
    pub launch: String,
    pub title: String,
    pub status: Status,
    /// Null when the launch's file is gone.
    pub revision: Option<String>,
    pub observed_version: u64,
    pub at: Timestamp,
    pub timezone: String,
    pub stop: Option<Halt>,
    pub next: Option<Next>,
    pub changes: Vec<Change>,
    pub milestones: Vec<Milestone>,
    /// In `status` only: readiness, goals, risks and checklists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<super::review::Review>,
}

#[derive(Debug, Serialize)]
pub struct Halt {
    pub because: &'static str,
    pub by: Option<String>,
    pub since: Option<Timestamp>,
    pub text: Option<String>,
    pub affected: Option<u32>,
    pub existing: Option<u32>,
    pub percent: Option<u32>,
    pub limit_percent: Option<u32>,
    pub command: String,
}

#[derive(Debug, Serialize)]
pub struct Next {
    pub at: Timestamp,
    pub subject: String,
    pub text: String,
}

#[derive(Debug, Serialize)]
pub struct Change {
    pub subject: &'static str,
    pub address: String,
    pub title: String,
    pub milestone: Option<String>,
    pub uses: Option<String>,
    pub effect: Option<EffectClass>,
    pub action: Action,
    pub reason: Reason,
    pub reason_text: &'static str,
    pub fields: Vec<Field>,
    pub drift: Vec<Field>,
    /// Addresses that come first. Of what a whole phase comes after, the first 20 only.
    pub after: Vec<String>,
    /// How many of those are not named.
    #[serde(skip_serializing_if = "is_none")]
    pub after_more: usize,
    pub blocked: Vec<Blocker>,
    pub point_of_no_return: bool,
}

#[derive(Debug, Serialize)]
pub struct Field {
    pub path: String,
    pub before: Value,
    pub after: Value,
}

#[derive(Debug, Serialize)]
pub struct Blocker {
    /// Which kind, in snake_case.
    pub because: Value,
    /// `time`, `progress`, `person` or `repair`.
    pub waits_for: &'static str,
    pub text: String,
    pub remedies: Vec<Remedy>,
}

#[derive(Debug, Serialize)]
pub struct Remedy {
    pub text: String,
    pub command: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Milestone {
    pub id: String,
    pub title: String,
    pub phase: Phase,
    pub status: Status,
    pub due: Timestamp,
    pub owner: Option<String>,
    pub done: u32,
    pub total: u32,
    pub completed_at: Option<Timestamp>,
    /// In `status` only: due, as it was promised first, as it is expected, and as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<MilestoneDates>,
}

/// Null: it is not known. Late days are those of the launch's zone, negative is early.
#[derive(Debug, Serialize)]
pub struct MilestoneDates {
    pub baseline: Option<Timestamp>,
    pub due: Timestamp,
    pub forecast: Option<Timestamp>,
    pub actual: Option<Timestamp>,
    pub late_days: i64,
    /// Whole days of slack; null once it is complete.
    pub slack_days: Option<i64>,
    /// As late as one time in ten (P90), from so many finished launches; null where too few say so.
    pub p90: Option<Timestamp>,
    pub samples: Option<u32>,
}

impl From<&Dates> for MilestoneDates {
    fn from(dates: &Dates) -> Self {
        let Dates { milestone: _, baseline, due, forecast, actual, late_days, slack_days, p90, samples } = dates;
        Self {
            baseline: *baseline,
            due: *due,
            forecast: *forecast,
            actual: *actual,
            late_days: *late_days,
            slack_days: *slack_days,
            p90: *p90,
            samples: *samples,
        }
    }
}

/// The document that `status -o json` prints: each plan with the dates of its milestones, and with its review where there
/// is a launch to review.
pub fn standing(
    plans: Vec<(Shown<'_>, Option<super::review::Review>)>,
    dates: &[Vec<Dates>],
    view: &View,
) -> Document<Plans> {
    let (shown, reviews): (Vec<_>, Vec<_>) = plans.into_iter().unzip();
    let mut document = document(&shown, view);
    for ((launch, review), dates) in document.body.launches.iter_mut().zip(reviews).zip(dates) {
        launch.review = review;
        for (milestone, dates) in launch.milestones.iter_mut().zip(dates) {
            milestone.dates = Some(dates.into());
        }
    }
    document
}

/// The document that `diff -o json` prints.
pub fn document(plans: &[Shown<'_>], view: &View) -> Document<Plans> {
    Document::new(
        "Plan",
        Plans {
            has_changes: plans.iter().any(|s| s.plan.has_changes()),
            summary: Tally::of(plans.iter().map(|s| s.plan)).into(),
            launches: plans.iter().map(|s| launch(s, view)).collect(),
        },
    )
}

impl From<Tally> for Summary {
    fn from(tally: Tally) -> Self {
        let Tally { create, update, end, adopt, look_for, forget, rename, waiting, asking, broken, unchanged, terms } =
            tally;
        Self {
            create,
            update,
            end,
            adopt,
            look_for,
            forget,
            rename,
            waiting,
            waiting_for_a_person: asking,
            waiting_for_a_repair: broken,
            unchanged,
            other: terms,
        }
    }
}

/// One launch's plan.
pub fn launch(shown: &Shown<'_>, view: &View) -> LaunchPlan {
    let model::Plan { launch, title, revision, observed, now, changes, gate: _, milestones, status, stop, next } =
        shown.plan;
    LaunchPlan {
        launch: launch.to_string(),
        title: title.clone(),
        status: *status,
        revision: revision.as_ref().map(|r| r.as_str().to_owned()),
        observed_version: *observed,
        at: *now,
        timezone: shown.zone.name().to_owned(),
        stop: stop.as_ref().map(|s| halt(s, launch.as_str())),
        next: next.as_ref().map(|n| Next {
            at: n.at,
            subject: words::address(&n.subject),
            text: words::moment(&n.why, &words::address(&n.subject)),
        }),
        changes: changes.iter().map(|c| change(c, shown, view)).collect(),
        milestones: milestones.iter().map(milestone).collect(),
        review: None,
    }
}

fn change(change: &model::Change, shown: &Shown<'_>, view: &View) -> Change {
    let model::Change {
        subject,
        title,
        milestone,
        uses,
        effect,
        action,
        reason,
        fields,
        drift,
        after,
        after_gate,
        blocked,
        point_of_no_return,
    } = change;
    let scope = blocker::Scope { launch: &shown.plan.launch, subject, zone: shown.zone, view };
    let before_it = |i: usize| shown.plan.changes.get(i).map(|c| words::address(&c.subject));
    let named = after.len() + if *after_gate { model::TOLD } else { 0 };
    Change {
        subject: kind(subject),
        address: words::address(subject),
        title: title.clone(),
        milestone: milestone.as_ref().map(ToString::to_string),
        uses: uses.as_ref().map(ToString::to_string),
        effect: *effect,
        action: *action,
        reason: *reason,
        reason_text: words::reason(*reason),
        fields: fields.iter().map(field).collect(),
        drift: drift.iter().map(field).collect(),
        after: shown.plan.before(change).take(named).filter_map(before_it).collect(),
        after_more: shown.plan.count_before(change).saturating_sub(named),
        blocked: blocked.iter().map(|b| self::blocker(b, scope)).collect(),
        point_of_no_return: *point_of_no_return,
    }
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

fn kind(subject: &Target) -> &'static str {
    words::kind(subject)
}

/// One blocker with its words.
pub fn blocker(blocker: &model::Blocker, scope: blocker::Scope<'_>) -> Blocker {
    let explained = blocker::explain(blocker, scope);
    let tagged = serde_json::to_value(blocker).unwrap_or_default();
    Blocker {
        because: tagged.get("because").cloned().unwrap_or_default(),
        waits_for: explained.waits_for.as_str(),
        text: explained.text,
        remedies: explained
            .remedies
            .into_iter()
            .map(|r| Remedy { text: r.lead, command: Some(r.command).filter(|c| !c.is_empty()) })
            .collect(),
    }
}

fn field(field: &model::FieldChange) -> Field {
    Field { path: field.path.clone(), before: side(&field.before), after: side(&field.after) }
}

/// `{ "value": … }`, `{ "known_after_apply": TEMPLATE }`, `{ "secret": NAME }`, or null where the field is absent.
fn side(side: &Side) -> Value {
    match side {
        Side::Absent => Value::Null,
        Side::Known(value) => json!({ "value": value }),
        Side::Later(template) => json!({ "known_after_apply": template }),
        Side::Secret(name) => json!({ "secret": name }),
    }
}

fn halt(stop: &Stop, launch: &str) -> Halt {
    let none = Halt {
        because: "",
        by: None,
        since: None,
        text: None,
        affected: None,
        existing: None,
        percent: None,
        limit_percent: None,
        command: String::new(),
    };
    match stop {
        Stop::Paused { mark } => Halt {
            because: "paused",
            by: Some(mark.by.to_string()),
            since: Some(mark.at),
            text: mark.text.clone(),
            command: format!("launchd resume {launch}"),
            ..none
        },
        Stop::MassChange { affected, existing, percent, limit_percent, changes: _ } => Halt {
            because: "mass_change",
            affected: Some(*affected),
            existing: Some(*existing),
            percent: Some(*percent),
            limit_percent: Some(*limit_percent),
            command: format!("launchd apply {launch} --allow-mass-change"),
            ..none
        },
        Stop::Unresolved { reason } => {
            Halt { because: "unresolved", text: Some(reason.clone()), command: "launchd validate".to_owned(), ..none }
        }
    }
}

/// One milestone's outlook.
pub fn milestone(outlook: &model::MilestoneOutlook) -> Milestone {
    let model::MilestoneOutlook { id, title, phase, status, due, owner, done, total, completed_at } = outlook;
    Milestone {
        id: id.to_string(),
        title: title.clone(),
        phase: *phase,
        status: *status,
        due: *due,
        owner: owner.clone(),
        done: *done,
        total: *total,
        completed_at: *completed_at,
        dates: None,
    }
}
