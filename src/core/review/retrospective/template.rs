//! A profile's milestones as they are written: dates that count from T or from each other, lengths, needs.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::core::{
    manifest::node::Node,
    model::{area::Phase, calendar::WorkCalendar, name::Id, work::Work},
    schedule::{Anchor, Base, Shift, Written, WrittenDate, format_work, parse_work},
    template,
};

/// The milestones of one profile, merged with what it extends, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub milestones: Vec<Planned>,
}

/// One milestone of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub id: Id,
    pub title: String,
    pub phase: Phase,
    /// The phase is written, and does not follow from the date.
    pub phase_is_written: bool,
    pub due: String,
    pub start: Option<String>,
    pub duration: Option<String>,
    /// Milestones of the same profile.
    pub needs: Vec<Id>,
}

impl Template {
    /// Of a profile's merged `spec`. A milestone without an id or a date says nothing and is left out.
    pub fn of(spec: &Node<'_>) -> Self {
        let entries = spec.get("milestones").map(Node::entries).unwrap_or_default();
        let written = entries.iter().filter(|e| e.value.get("cancelled").map(Node::to_json) != Some(true.into()));
        let mut milestones: Vec<Planned> = written.filter_map(|e| planned(&e.key, &e.value)).collect();
        let known: Vec<Id> = milestones.iter().map(|m| m.id.clone()).collect();
        milestones.iter_mut().for_each(|m| m.needs.retain(|need| known.contains(need)));
        let mut template = Self { milestones };
        template.phases();
        template
    }

    /// Phases that are not written follow from the dates, as a launch's do: before T, at T, after T.
    fn phases(&mut self) {
        let days: BTreeMap<Id, i64> = self.distances().into_iter().map(|(id, day)| (id.clone(), day)).collect();
        for milestone in self.milestones.iter_mut().filter(|m| !m.phase_is_written) {
            milestone.phase = match days.get(&milestone.id).copied().unwrap_or(-1) {
                0 => Phase::Launch,
                n if n < 0 => Phase::PreLaunch,
                _ => Phase::PostLaunch,
            };
        }
    }

    pub fn milestone(&self, id: &Id) -> Option<&Planned> {
        self.milestones.iter().find(|m| m.id == *id)
    }

    /// The day of each milestone in a launch with this T; those whose date cannot be told are left out.
    pub fn days(&self, target: Anchor, zone: Tz, calendar: &WorkCalendar) -> BTreeMap<&Id, NaiveDate> {
        let mut found: BTreeMap<&Id, Anchor> = BTreeMap::new();
        loop {
            let before = found.len();
            for milestone in &self.milestones {
                let Ok(date) = milestone.due.parse::<WrittenDate>() else { continue };
                let anchor = match &date {
                    WrittenDate::Absolute(written) => Some(Anchor::of(*written, zone)),
                    WrittenDate::Relative { base, shifts } => {
                        let from = match base {
                            Base::Target => Some(target),
                            Base::Milestone(id) => found.get(id).copied(),
                        };
                        from.and_then(|from| from.shifted(shifts, zone, calendar).ok())
                    }
                };
                if let Some(anchor) = anchor {
                    found.insert(&milestone.id, anchor);
                }
            }
            if found.len() == before {
                return found.into_iter().map(|(id, anchor)| (id, anchor.day())).collect();
            }
        }
    }

    /// Days from T, negative before it, in a launch without holidays whose T is a Wednesday.
    pub fn distances(&self) -> BTreeMap<&Id, i64> {
        let wednesday = NaiveDate::from_ymd_opt(2027, 6, 2).expect("a day of the calendar");
        let target = Anchor::of(Written::Day(wednesday), Tz::UTC);
        let days = self.days(target, Tz::UTC, &WorkCalendar::default());
        days.into_iter().map(|(id, day)| (id, (day - wednesday).num_days())).collect()
    }

    /// What a date counts from: another milestone, or T (`None`).
    pub fn base(&self, milestone: &Planned) -> Option<&Id> {
        match milestone.due.parse() {
            Ok(WrittenDate::Relative { base: Base::Milestone(id), .. }) => self.milestone(&id).map(|m| &m.id),
            _ => None,
        }
    }
}

fn planned(id: &str, node: &Node<'_>) -> Option<Planned> {
    let text = |field: &str| node.get(field).and_then(Node::as_str).map(str::to_owned);
    let due = text("due")?;
    let written = text("phase").and_then(|phase| serde_json::from_value(phase.into()).ok());
    let title = text("title").filter(|t| !template::is_template(t));
    let needs = node.get("needs").map(Node::items).unwrap_or_default();
    Some(Planned {
        id: id.parse().ok()?,
        title: title.unwrap_or_else(|| id.replace(['_', '-'], " ")),
        phase: written.unwrap_or(Phase::PreLaunch),
        phase_is_written: written.is_some(),
        due,
        start: text("start"),
        duration: text("duration"),
        needs: needs.iter().filter_map(|n| n.as_str()?.parse().ok()).collect(),
    })
}

fn amount(shift: Shift) -> i64 {
    match shift {
        Shift::Days(n) | Shift::BusinessDays(n) | Shift::Seconds(n) => n,
        Shift::Clock(_) => 0,
    }
}

/// A date as written, so many days later (earlier where negative), in the unit that it is written in; `None` of a date
/// that does not count from anything.
pub fn moved(text: &str, days: i64) -> Option<String> {
    let Ok(WrittenDate::Relative { base, mut shifts }) = text.parse() else { return None };
    let is_business = |s: &Shift| matches!(s, Shift::BusinessDays(_));
    match shifts.iter_mut().find(|s| is_business(s)) {
        Some(shift) => *shift = Shift::BusinessDays(amount(*shift) + business(days)),
        None => match shifts.iter_mut().find(|s| matches!(s, Shift::Days(_))) {
            Some(shift) => *shift = Shift::Days(amount(*shift) + days),
            None => shifts.insert(0, Shift::Days(days)),
        },
    }
    let mut text = base.to_string();
    for shift in shifts {
        let sign = if amount(shift) < 0 { '-' } else { '+' };
        let size = amount(shift).unsigned_abs();
        match shift {
            Shift::Days(0) | Shift::BusinessDays(0) | Shift::Seconds(0) => {}
            Shift::Days(_) if size.is_multiple_of(7) => text += &format!("{sign}{}w", size / 7),
            Shift::Days(_) => text += &format!("{sign}{size}d"),
            Shift::BusinessDays(_) => text += &format!("{sign}{size}bd"),
            Shift::Seconds(_) if size.is_multiple_of(3600) => text += &format!("{sign}{}h", size / 3600),
            Shift::Seconds(_) if size.is_multiple_of(60) => text += &format!("{sign}{}m", size / 60),
            Shift::Seconds(_) => text += &format!("{sign}{size}s"),
            Shift::Clock(time) => text += &time.format(" %H:%M").to_string(),
        }
    }
    Some(text)
}

/// A length of work, so many days longer, in the unit that it is written in.
pub fn lengthened(text: &str, days: i64) -> Option<String> {
    let longer = match parse_work(text).ok()? {
        Work::Elapsed(seconds) => Work::Elapsed(seconds.checked_add(u64::try_from(days).ok()? * 86_400)?),
        Work::BusinessDays(n) => Work::BusinessDays(n.checked_add(u32::try_from(business(days)).ok()?)?),
    };
    let text = format_work(longer);
    let days = text.strip_suffix('d').and_then(|n| n.parse::<u64>().ok());
    Some(match days.filter(|n| *n > 0 && n.is_multiple_of(7)) {
        Some(days) => format!("{}w", days / 7),
        None => text,
    })
}

/// Five working days a week, and rather one too many than too few.
fn business(days: i64) -> i64 {
    (days.abs() * 5 + 6) / 7 * days.signum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_moves_in_the_unit_that_it_is_written_in() {
        for (text, days, expected) in [
            ("T-2w", -5, "T-19d"),
            ("T-2w", -7, "T-3w"),
            ("T-10bd", -7, "T-15bd"),
            ("T-10bd", -1, "T-11bd"),
            ("T", -3, "T-3d"),
            ("T+2w", 6, "T+20d"),
            ("T-3d", 3, "T"),
            ("T-1d 17:00", -2, "T-3d 17:00"),
            ("T-36h", -1, "T-1d-36h"),
            ("launch_day+3d", 4, "launch_day+1w"),
        ] {
            assert_eq!(moved(text, days).as_deref(), Some(expected), "{text} {days}");
        }
        assert_eq!(moved("2027-03-18", -5), None);
        assert_eq!(moved("{{ parameters.ready }}", -5), None);
    }

    #[test]
    fn work_grows_in_the_unit_that_it_is_written_in() {
        for (text, days, expected) in [("5bd", 3, "8bd"), ("10d", 4, "2w"), ("1w", 3, "10d"), ("12h", 1, "1d12h")] {
            assert_eq!(lengthened(text, days).as_deref(), Some(expected), "{text} {days}");
        }
    }
}
