//! Planned against actual in finished launches, milestone by milestone.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    Figures, Finding, Finished, Reason, Verdict,
    template::{Planned, Template},
};
use crate::core::{
    model::{Timestamp, activity::Need, area::Phase, indexed::Indexed, launch::Launch, milestone::Milestone, name::Id},
    review::slips::{Cause, last_before},
    schedule::{
        Anchor, Written,
        learned::{FEWEST, percentile},
        zone,
    },
};

/// From so much on, something was late; less is in time, as in every report.
const LATE: i64 = 43_200;
/// From so much on at the median, the profile's plan is wrong and not the day.
const MATTERS: i64 = 86_400;

/// One milestone of one launch.
struct Sample {
    late: i64,
    own: i64,
    /// It was promised what the profile promises now, and so was what it needs.
    same: bool,
    /// `None`: nothing waits for it.
    passed_on: Option<bool>,
    reason: Option<Reason>,
}

/// A finding for each milestone of the template.
pub fn findings(template: &Template, finished: &[Finished]) -> Vec<Finding> {
    let pasts: Vec<Past<'_>> = finished.iter().filter_map(Past::new).collect();
    template.milestones.iter().map(|planned| finding(planned, template, &pasts)).collect()
}

fn finding(planned: &Planned, template: &Template, pasts: &[Past<'_>]) -> Finding {
    let all: Vec<Sample> = pasts.iter().filter_map(|past| past.sample(planned, template)).collect();
    let (counted, other): (Vec<&Sample>, Vec<&Sample>) = all.iter().partition(|s| s.same);
    let figures = |of: fn(&Sample) -> i64| {
        let mut values: Vec<i64> = counted.iter().map(|s| of(s)).collect();
        values.sort_unstable();
        Some(Figures { p50_seconds: percentile(&values, 50)?, p90_seconds: percentile(&values, 90)? })
    };
    let (late, own) = (figures(|s| s.late), figures(|s| s.own));
    let mut causes = BTreeMap::new();
    for reason in counted.iter().filter_map(|s| s.reason) {
        *causes.entry(reason).or_insert(0) += 1;
    }
    let passed_on = counted.iter().filter(|s| s.passed_on == Some(true)).count();
    let harmless = counted.iter().filter(|s| s.passed_on == Some(false)).count();
    let verdict = match (late, own) {
        (Some(late), Some(own)) if counted.len() >= FEWEST => {
            if late.p50_seconds < MATTERS {
                Verdict::InTime
            } else if own.p50_seconds < MATTERS {
                Verdict::Inherited
            } else if 2 * harmless > counted.len() {
                Verdict::Harmless
            } else {
                Verdict::Overruns { days: (own.p50_seconds + LATE) / 86_400 }
            }
        }
        _ => Verdict::TooFew { have: counted.len(), need: FEWEST },
    };
    Finding {
        milestone: planned.id.clone(),
        title: planned.title.clone(),
        due: planned.due.clone(),
        samples: counted.len(),
        other_promises: other.len(),
        late,
        own,
        passed_on,
        causes,
        verdict,
    }
}

/// A finished launch with the promise of each milestone that counts.
struct Past<'f> {
    finished: &'f Finished,
    /// As it completed: what depends on what.
    launch: Indexed<'f>,
    promises: BTreeMap<&'f Id, (Timestamp, &'f Launch)>,
}

impl<'f> Past<'f> {
    fn new(finished: &'f Finished) -> Option<Self> {
        let launch = finished.completed_with()?;
        let promises = launch.milestones.iter().filter_map(|m| Some((&m.id, promised(finished, &m.id)?)));
        Some(Self { finished, launch: Indexed::new(launch), promises: promises.collect() })
    }

    fn promised(&self, id: &Id) -> Option<Timestamp> {
        self.promises.get(id).map(|(at, _)| *at)
    }

    fn actual(&self, id: &Id) -> Option<Timestamp> {
        self.finished.state.milestones.get(id)?.completed.as_ref().map(|mark| mark.at)
    }

    /// `None`: the launch does not have the milestone, or it never was complete.
    fn sample(&self, planned: &Planned, template: &Template) -> Option<Sample> {
        let milestone = self.launch.milestone(&planned.id)?;
        let (promised, actual) = (self.promised(&planned.id)?, self.actual(&planned.id)?);
        let late = (actual - promised).num_seconds();
        let (promise, real) = self.begin(milestone);
        let waited = promise.zip(real).map_or(0, |(promise, real)| (real - promise).num_seconds().max(0));
        let is_late = late >= LATE;
        Some(Sample {
            late,
            own: late - waited,
            same: self.is_same(planned, template),
            passed_on: self.passed_on(milestone),
            reason: is_late.then(|| self.reason(milestone, actual)),
        })
    }

    /// When its work could begin: as promised and as it was. Open where it waits for nothing.
    fn begin(&self, milestone: &Milestone) -> (Option<Timestamp>, Option<Timestamp>) {
        let is_launch = milestone.phase == Phase::Launch;
        let gate = self.launch.milestones.iter().filter(|m| is_launch && m.phase == Phase::PreLaunch).map(|m| &m.id);
        let written = milestone.needs.iter().filter_map(|need| match need {
            Need::Milestone(id) => Some(id),
            _ => None,
        });
        let needs: Vec<&Id> = written.chain(gate).collect();
        let target = is_launch.then_some(self.launch.target);
        let promise = needs.iter().filter_map(|id| self.promised(id)).max();
        let real = needs.iter().filter_map(|id| self.actual(id)).max();
        (promise.max(target), real.max(target))
    }

    /// Whether something that waits for it was late.
    fn passed_on(&self, milestone: &Milestone) -> Option<bool> {
        let waits = |m: &&Milestone| {
            let needs = m.needs.iter().any(|need| matches!(need, Need::Milestone(id) if *id == milestone.id));
            needs || (m.phase == Phase::Launch && milestone.phase == Phase::PreLaunch)
        };
        let late = |m: &Milestone| {
            self.actual(&m.id).zip(self.promised(&m.id)).is_some_and(|(at, due)| (at - due).num_seconds() >= LATE)
        };
        let waiting: Vec<bool> = self.launch.milestones.iter().filter(waits).map(late).collect();
        (!waiting.is_empty()).then(|| waiting.contains(&true))
    }

    fn reason(&self, milestone: &Milestone, actual: Timestamp) -> Reason {
        match last_before(milestone, &self.launch, &self.finished.events, actual) {
            Some(Cause::Activity { .. }) => Reason::Work,
            Some(Cause::Milestone { .. }) => Reason::Milestone,
            Some(Cause::Approval { .. }) => Reason::Approval,
            Some(Cause::Check { .. }) => Reason::Check,
            Some(Cause::Blocked { .. }) => Reason::Block,
            Some(Cause::Moved { .. }) | None => Reason::Unknown,
        }
    }

    /// What was promised is what the profile promises now: to the day, for the milestone and for all that it needs.
    fn is_same(&self, planned: &Planned, template: &Template) -> bool {
        let Some((_, launch)) = self.promises.get(&planned.id) else { return false };
        let target = Anchor::of(Written::Time(zone::wall_clock(launch.target, launch.timezone)), launch.timezone);
        let days = template.days(target, launch.timezone, &launch.calendar);
        let day = |at: Timestamp| -> NaiveDate { at.with_timezone(&launch.timezone).date_naive() };
        let is_same = |id: &Id| match (days.get(id), launch.milestone(id)) {
            (Some(wanted), Some(milestone)) => *wanted == day(milestone.due),
            _ => false,
        };
        std::iter::once(&planned.id).chain(&planned.needs).all(is_same)
    }
}

/// The promise that counts: the first, and each later one that was made before the one in force ran out. Once a date is
/// missed, a new date is a report of the slip and no promise; a date that was moved in time is what people worked to.
fn promised<'f>(finished: &'f Finished, id: &Id) -> Option<(Timestamp, &'f Launch)> {
    let with = |launch: &'f Launch| launch.milestone(id).map(|m| (m.due, launch));
    let ended = finished.state.header.completed_at;
    let before = finished.revisions.iter().filter(|(at, _)| ended.is_none_or(|ended| *at <= ended));
    let mut revisions = before.filter_map(|(at, launch)| Some((*at, with(launch)?)));
    let (_, mut promise) = revisions.next()?;
    for (accepted, next) in revisions {
        if accepted > promise.0 {
            break;
        }
        promise = next;
    }
    Some(promise)
}
