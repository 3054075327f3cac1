//! What a launch claims of the company's attention: its week, its owner's, its audiences', and channels on single days.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use serde_json::Value;

use super::collisions::Reason;
use crate::core::{
    model::{
        Timestamp,
        activity::EffectClass,
        launch::{Freeze, Launch},
    },
    schedule::{covering, zone},
};

/// One thing that only one launch at a time should have. Texts are numbered by [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Claim {
    Audience(NaiveDate, usize),
    Owner(NaiveDate, usize),
    Channel(NaiveDate, usize),
    Week(NaiveDate),
}

/// Every audience, owner and channel once.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    numbers: HashMap<&'a str, usize>,
    texts: Vec<&'a str>,
}

impl<'a> Texts<'a> {
    fn number(&mut self, text: &'a str) -> usize {
        *self.numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }

    pub(super) fn get(&self, number: usize) -> &'a str {
        self.texts.get(number).copied().unwrap_or_default()
    }
}

/// What one launch claims, on whatever day it launches.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    pub(super) launch: &'a Launch,
    /// T's day as written.
    pub(super) day: NaiveDate,
    owner: Option<usize>,
    audiences: Vec<usize>,
    /// Channels with the number of days after T on which they speak.
    channels: BTreeSet<(i64, usize)>,
    /// When something becomes public: T, and the start of each `once` activity.
    loud: Vec<(Timestamp, Option<&'a crate::core::model::name::Id>)>,
}

/// The Monday of a day's week.
pub(super) fn monday(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day)
}

/// A day and a number of days; the day itself beyond the end of the calendar.
pub(super) fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    TimeDelta::try_days(days).and_then(|d| day.checked_add_signed(d)).unwrap_or(day)
}

/// The same time on the wall, days later.
pub(super) fn moved(at: Timestamp, days: i64, launch: &Launch) -> Timestamp {
    let local = zone::wall_clock(at, launch.timezone);
    let later = TimeDelta::try_days(days).and_then(|d| local.checked_add_signed(d));
    later.and_then(|local| zone::resolve(local, launch.timezone)).map_or(at, |r| r.at)
}

impl<'a> Claims<'a> {
    /// An audience is what `marketing.audiences` names. A channel is what `marketing.channels` names, on T's day, and
    /// the connector's resource of each `once` activity, on the day on which that may start.
    pub(super) fn of(launch: &'a Launch, texts: &mut Texts<'a>) -> Self {
        let marketing = launch.areas.get("marketing");
        let names = |field| marketing.and_then(|m| m.get(field)).and_then(Value::as_array).into_iter().flatten();
        let audiences = names("audiences").filter_map(Value::as_str).map(|a| texts.number(a.trim())).collect();
        let day = launch.target.with_timezone(&launch.timezone).date_naive();
        let mut channels: BTreeSet<(i64, usize)> =
            names("channels").filter_map(Value::as_str).map(|c| (0, texts.number(c))).collect();
        let mut loud = vec![(launch.target, None)];
        for activity in launch.activities.iter().filter(|a| a.effect == EffectClass::Once) {
            let at = activity.not_before.unwrap_or(launch.target);
            let distance = (at.with_timezone(&launch.timezone).date_naive() - day).num_days();
            channels.insert((distance, texts.number(activity.uses.connector.as_str())));
            loud.push((at, Some(&activity.id)));
        }
        let owner = launch.owner.as_deref().map(|o| texts.number(o));
        Self { launch, day, owner, audiences, channels, loud }
    }

    /// Everything claimed when T falls on `day`.
    pub(super) fn on(&self, day: NaiveDate) -> impl Iterator<Item = Claim> {
        let week = monday(day);
        let audiences = self.audiences.iter().map(move |a| Claim::Audience(week, *a));
        let channels = self.channels.iter().map(move |(after, c)| Claim::Channel(plus(day, *after), *c));
        audiences.chain(self.owner.map(|o| Claim::Owner(week, o))).chain(channels).chain([Claim::Week(week)])
    }

    /// The freeze that it falls into, as a reason to move.
    pub(super) fn freeze(&self) -> Option<Reason> {
        let freeze = self.frozen(0)?;
        let Freeze { from, until, .. } = *freeze;
        let day = |at: Timestamp| at.with_timezone(&self.launch.timezone).date_naive();
        // `until` itself is free.
        let (first, last) = (day(from), day(until - TimeDelta::seconds(1)));
        Some(Reason::Freeze { name: freeze.name.clone(), from, until, first, last })
    }

    /// The freezes that T, or a `once` activity that does not go on in them, falls into, all moved by `days`.
    pub(super) fn frozen(&self, days: i64) -> Option<&'a Freeze> {
        let launch = self.launch;
        if launch.freezes.is_empty() {
            return None;
        }
        self.loud.iter().find_map(|(at, activity)| {
            let at = if days == 0 { *at } else { moved(*at, days, launch) };
            let holds = |f: &&Freeze| activity.is_none_or(|id| !f.except.contains(id));
            covering(at, launch.freezes.iter().filter(holds))
        })
    }
}
