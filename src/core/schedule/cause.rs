//! Why a date is as it is: a chain of causes, each leading to the next.

use std::fmt::Write;

use chrono::Timelike;
use chrono_tz::Tz;
use serde::Serialize;

use super::duration::format_work;
use crate::core::model::{
    Timestamp,
    name::{Id, Name},
    work::Work,
};

/// One link: something, an instant that it cannot escape, and what does that to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// `None`: of the launch that is spoken of.
    pub launch: Option<Name>,
    /// A milestone or an activity.
    pub item: Id,
    pub bound: Bound,
    pub at: Timestamp,
    /// How long it takes itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    pub why: Why,
}

/// Which side an instant limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    MustEndBy,
    CannotEndBefore,
    ExpectedToEnd,
}

/// What limits it. The next link of the chain speaks of the other thing that is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is due then.
    Due,
    /// Something that must end in time needs it.
    NeededBy { launch: Option<Name>, item: Id },
    /// It needs something that ends later.
    Needs { launch: Option<Name>, item: Id },
    /// It may not begin before.
    Starts { at: Timestamp },
    /// Nothing else says when it began, so it is taken to begin then: as planned, or now.
    Begins { at: Timestamp },
    /// The launch phase is complete at T and not before.
    Target,
    /// It is not done yet, and was due then.
    Overdue { due: Timestamp },
    /// It would be done in a freeze, which ends then.
    Frozen { freeze: String },
    /// It ended then.
    Done,
    /// Finished launches were late here by so much in half of all cases.
    Learned { seconds: i64, samples: u32 },
    /// So many links are left out.
    Between { links: u32 },
}

/// The chain in words for people: one sentence, without its full stop. Dates are those of `zone`.
pub fn sentence(chain: &[Cause], zone: Tz) -> String {
    let mut text = String::new();
    let mut side = None;
    for cause in chain {
        let joint = match (side, cause.bound) {
            (None, _) => "",
            (Some(Bound::MustEndBy), Bound::CannotEndBefore) => "; but ",
            (Some(_), _) => "; ",
        };
        side = Some(cause.bound);
        text.push_str(joint);
        link(&mut text, cause, zone);
    }
    text
}

fn link(text: &mut String, cause: &Cause, zone: Tz) {
    if let Why::Between { links } = cause.why {
        _ = write!(text, "and so on over {links} more");
        return;
    }
    let what = named(cause.launch.as_ref(), &cause.item);
    let end = end(cause.at, zone);
    let takes = cause.work.filter(|w| !matches!(w, Work::Elapsed(0) | Work::BusinessDays(0))).map(takes);
    let with = |reason: String| match &takes {
        Some(takes) => format!("{reason} and takes {takes}"),
        None => reason,
    };
    _ = match &cause.why {
        Why::Due => write!(text, "{what} {}", with(format!("is due {end}"))),
        Why::NeededBy { launch, item } => {
            write!(text, "{what} must end by {end}, because {} needs it", named(launch.as_ref(), item))
        }
        Why::Done => write!(text, "{what} was done {end}"),
        Why::Overdue { due } => write!(text, "{what} was due {} and is not done yet", super::cause::end(*due, zone)),
        why => {
            let because = match why {
                Why::Needs { launch, item } => with(format!("it needs {}", named(launch.as_ref(), item))),
                Why::Starts { at } => with(format!("it may not start before {}", start(*at, zone))),
                Why::Begins { at } => with(format!("it begins {}", start(*at, zone))),
                Why::Target => "the launch phase is complete at the target date and not before".to_owned(),
                Why::Frozen { freeze } => format!("nothing is changed before the freeze \"{freeze}\" ends"),
                Why::Learned { seconds, samples } => {
                    format!("half of {samples} finished launches were {} late or more here", days_late(*seconds))
                }
                _ => String::new(),
            };
            let verb = if cause.bound == Bound::ExpectedToEnd { "is expected" } else { "cannot end before" };
            write!(text, "{what} {verb} {end}, because {because}")
        }
    };
}

/// `guide`, or `atlas-1/guide` of another launch.
fn named(launch: Option<&Name>, item: &Id) -> String {
    launch.map_or_else(|| format!("`{item}`"), |launch| format!("`{launch}/{item}`"))
}

/// `5 business days`, `36 hours`: how long it takes.
pub fn takes(work: Work) -> String {
    let count = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    match work {
        Work::BusinessDays(n) => count(n.into(), "business day"),
        Work::Elapsed(n) if n % 604_800 == 0 && n > 0 => count(n / 604_800, "week"),
        Work::Elapsed(n) if n % 86_400 == 0 => count(n / 86_400, "day"),
        Work::Elapsed(n) if n % 3600 == 0 => count(n / 3600, "hour"),
        work => format_work(work),
    }
}

fn days_late(seconds: i64) -> String {
    let days = (seconds + 43_200).div_euclid(86_400);
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// An end, as people read one: the day when it is a day's end, otherwise with the time.
pub fn end(at: Timestamp, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let format = if (local.hour(), local.minute(), local.second()) == (23, 59, 59) { "%a %Y-%m-%d" } else { TIME };
    local.format(format).to_string()
}

/// A beginning, as people read one: the day when it is a day's first moment, otherwise with the time.
pub fn start(at: Timestamp, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let format = if local.num_seconds_from_midnight() == 0 { "%a %Y-%m-%d" } else { TIME };
    local.format(format).to_string()
}

const TIME: &str = "%a %Y-%m-%d %H:%M";
