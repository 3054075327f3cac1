//! Launches become a chart.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};

use super::{Arrow, Gantt, GanttRow, Group, Moment, Span};
use crate::{
    core::{
        model::{
            Timestamp,
            activity::{Activity, Need},
            area::{Phase, Status},
            milestone::Milestone,
            name::{Id, Name},
        },
        schedule::{WorkCalendar, zone},
    },
    ui::pictures::{
        subject::{Subject, Times, activities as members, critical_steps, named, title_of},
        text::clean,
    },
};

/// Past this many days, single days cannot be told apart on a page.
const DAYS: i64 = 500;

impl Gantt {
    /// The chart of these launches, with their activities on request. Times are shown in the zone of the first.
    pub fn of(subjects: &[Subject<'_>], activities: bool) -> Self {
        let mut gantt = Self::empty(subjects);
        let mut numbers: BTreeMap<(Name, Id), usize> = BTreeMap::new();
        let mut count = 0;
        for subject in subjects {
            let times = subject.times();
            let members = if activities { members(subject) } else { HashMap::new() };
            let agreed = agreed(subject);
            for phase in [Phase::PreLaunch, Phase::Launch, Phase::PostLaunch] {
                let mut own: Vec<&Milestone> = subject.launch.milestones.iter().filter(|m| m.phase == phase).collect();
                own.sort_by_key(|m| times.get(&m.id).map(|t| (t.due, t.start)));
                let mut rows = Vec::new();
                for milestone in own {
                    let Some(times) = times.get(&milestone.id) else { continue };
                    numbers.insert((subject.launch.name.clone(), milestone.id.clone()), count + rows.len());
                    let first = agreed.get(&milestone.id).copied();
                    rows.push(row(subject, milestone, times, first, subjects.len() > 1));
                    let parts = members.get(&milestone.id).into_iter().flatten();
                    rows.extend(parts.map(|(a, status)| part(subject, a, *status, times, subjects.len() > 1)));
                }
                count += rows.len();
                if !rows.is_empty() {
                    gantt.groups.push(Group { title: heading(subject, phase, subjects.len() > 1), rows });
                }
            }
        }
        gantt.arrows = arrows(subjects, &numbers);
        if let Some(first) = subjects.first() {
            gantt.days_off = days_off(&gantt, &first.launch.calendar);
        }
        gantt
    }

    fn empty(subjects: &[Subject<'_>]) -> Self {
        let titles: Vec<String> = subjects.iter().map(|s| clean(&s.launch.title)).collect();
        let targets = subjects.iter().map(|s| Moment {
            at: s.launch.target,
            label: if subjects.len() > 1 { s.launch.name.to_string() } else { "T".to_owned() },
        });
        let mut freezes: Vec<Span> = Vec::new();
        for freeze in subjects.iter().flat_map(|s| &s.launch.freezes) {
            let span = Span { from: freeze.from, until: freeze.until, title: clean(&freeze.name) };
            if !freezes.contains(&span) {
                freezes.push(span);
            }
        }
        Self {
            key: subjects.first().map_or_else(|| "launches".to_owned(), |s| s.launch.name.to_string()),
            title: titles.join(", "),
            zone: subjects.first().map_or(chrono_tz::UTC, |s| s.launch.timezone),
            now: subjects.first().map_or_else(Timestamp::default, |s| s.plan.now),
            targets: targets.collect(),
            groups: Vec::new(),
            arrows: Vec::new(),
            freezes,
            days_off: Vec::new(),
        }
    }
}

fn heading(subject: &Subject<'_>, phase: Phase, several: bool) -> String {
    let phase = match phase {
        Phase::PreLaunch => "Before the launch",
        Phase::Launch => "Launch",
        Phase::PostLaunch => "After the launch",
    };
    if several { format!("{}: {}", clean(&subject.launch.title), phase.to_lowercase()) } else { phase.to_owned() }
}

/// The milestones as they were agreed upon first.
fn agreed<'a>(subject: &Subject<'a>) -> HashMap<&'a Id, &'a Milestone> {
    subject.baseline.into_iter().flat_map(|b| &b.milestones).map(|m| (&m.id, m)).collect()
}

fn row(
    subject: &Subject<'_>,
    milestone: &Milestone,
    times: &Times,
    agreed: Option<&Milestone>,
    several: bool,
) -> GanttRow {
    let baseline = agreed.map(|m| {
        let length = times.due - times.start;
        (m.start.unwrap_or(m.due - length).min(m.due), m.due)
    });
    GanttRow {
        id: key(subject, &milestone.id, several),
        title: named(&milestone.title, &milestone.id),
        owner: milestone.owner.as_deref().map(clean).filter(|o| !o.is_empty()),
        status: times.status,
        start: times.start,
        due: times.due,
        baseline,
        expected: times.expected,
        critical: times.critical,
        fixed: milestone.fixed,
        done: times.done,
        total: times.total,
        late_days: times.late_days,
        slack_days: times.slack_days,
        why: times.why.as_deref().map(clean),
        limits: times.limits,
        is_part: false,
    }
}

fn part(subject: &Subject<'_>, activity: &Activity, status: Status, times: &Times, several: bool) -> GanttRow {
    GanttRow {
        id: key(subject, &activity.id, several),
        title: title_of(activity),
        owner: activity.owner.as_deref().map(clean).filter(|o| !o.is_empty()),
        status,
        start: activity.not_before.unwrap_or(times.start).min(activity.due),
        due: activity.due,
        baseline: None,
        expected: activity.due,
        critical: false,
        fixed: false,
        done: u32::from(status == Status::Completed),
        total: 1,
        late_days: 0,
        slack_days: None,
        why: None,
        limits: None,
        is_part: true,
    }
}

fn key(subject: &Subject<'_>, id: &Id, several: bool) -> String {
    if several { format!("{}/{id}", subject.launch.name) } else { id.to_string() }
}

fn arrows(subjects: &[Subject<'_>], numbers: &BTreeMap<(Name, Id), usize>) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for subject in subjects {
        let own = &subject.launch.name;
        let steps = critical_steps(subject);
        for milestone in &subject.launch.milestones {
            let Some(to) = numbers.get(&(own.clone(), milestone.id.clone())) else { continue };
            for need in &milestone.needs {
                let key = match need {
                    Need::Milestone(id) => (own.clone(), id.clone()),
                    Need::Foreign { launch, milestone } => (launch.clone(), milestone.clone()),
                    Need::Activity(_) => continue,
                };
                if let Some(from) = numbers.get(&key) {
                    let critical = is_critical(subject, &steps, &key, &milestone.id);
                    arrows.push(Arrow { from: *from, to: *to, critical });
                }
            }
        }
    }
    for subject in subjects {
        gates(subject, numbers, &mut arrows);
    }
    arrows
}

/// Steps of the critical path that no need says: the launch phase opens when everything before it is complete.
fn gates(subject: &Subject<'_>, numbers: &BTreeMap<(Name, Id), usize>, arrows: &mut Vec<Arrow>) {
    let path = subject.forecast.map(|f| f.critical_path.as_slice()).unwrap_or_default();
    let number = |id: &Id| numbers.get(&(subject.launch.name.clone(), id.clone())).copied();
    let known: HashSet<(usize, usize)> = arrows.iter().map(|a| (a.from, a.to)).collect();
    for (from, to) in path.windows(2).filter_map(|pair| Some((number(&pair[0])?, number(&pair[1])?))) {
        if !known.contains(&(from, to)) {
            arrows.push(Arrow { from, to, critical: true });
        }
    }
}

/// Whether the critical path of a launch goes from there to this milestone.
fn is_critical(subject: &Subject<'_>, steps: &HashSet<(&Id, &Id)>, from: &(Name, Id), to: &Id) -> bool {
    let Some(forecast) = subject.forecast else { return false };
    let path = &forecast.critical_path;
    match from.0 == subject.launch.name {
        true => steps.contains(&(&from.1, to)),
        false => forecast.critical_from.as_ref() == Some(from) && path.first() == Some(to),
    }
}

/// The days between the first and the last date that are not worked, unless there are too many to be seen.
fn days_off(gantt: &Gantt, calendar: &WorkCalendar) -> Vec<Span> {
    let (Some(first), Some(last)) =
        (gantt.rows().map(|r| r.start).min(), gantt.rows().map(|r| r.expected.max(r.due)).max())
    else {
        return Vec::new();
    };
    if (last - first).num_days() > DAYS {
        return Vec::new();
    }
    let day = |at: Timestamp| zone::wall_clock(at, gantt.zone).date();
    let margin = Days::new(u64::try_from((last - first).num_days() / 2).unwrap_or(0) + 14);
    let (Some(from), Some(to)) = (day(first).checked_sub_days(margin), day(last).checked_add_days(margin)) else {
        return Vec::new();
    };
    let mut spans: Vec<Span> = Vec::new();
    for day in from.iter_days().take_while(|d| *d <= to).filter(|d| !calendar.is_working_day(*d)) {
        spans.extend(day_off(calendar, day, gantt));
    }
    spans
}

fn day_off(calendar: &WorkCalendar, day: NaiveDate, gantt: &Gantt) -> Option<Span> {
    Some(Span {
        from: zone::start_of_day(day, gantt.zone)?,
        until: zone::start_of_day(day.succ_opt()?, gantt.zone)?,
        title: calendar.holiday(day).map(clean).unwrap_or_default(),
    })
}
