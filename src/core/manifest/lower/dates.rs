//! Written dates become instants, and what is odd about one is said where it stands.

use foldhash::HashMap;

use chrono_tz::Tz;

use super::{Input, Lowering};
use crate::core::{
    manifest::{
        library::did_you_mean,
        place::{Step, place},
        problem::Problem,
    },
    model::Timestamp,
    schedule::{Anchor, Base, DateError, Written, WrittenDate, zone::Oddity},
    template::{self, Context},
};

/// What a bare date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core::manifest) enum Edge {
    /// The first moment of its day.
    Start,
    /// The last second of its day.
    Due,
}

/// The due dates of milestones that others count from.
pub(super) type Dues<'a> = HashMap<&'a str, Anchor>;

/// T; `None`, and reported, when the launch does not say it or it cannot be read.
pub(super) fn target(input: &Input<'_>, zone: Tz, context: &Context, problems: &mut Vec<Problem>) -> Option<Anchor> {
    let span = place(input.tree, &[Step::Key("target_date")]);
    let Some(written) = &input.spec.target_date else {
        problems.push(
            Problem::error(
                "launch/no-target-date",
                place(input.own, &[Step::Key("spec")]),
                "no target date",
                "A launch must say when it happens; every other date counts from it.",
            )
            .hint("Add `target_date: 2027-04-01T09:00` under `spec`."),
        );
        return None;
    };
    let text = match template::is_template(written.as_str()) {
        false => written.as_str().to_owned(),
        true => match template::render(written.as_str(), context) {
            Ok(value) => value.as_str().unwrap_or_default().to_owned(),
            Err(error) => {
                problems.push(super::template_problem(&error, written.as_str(), span, context));
                return None;
            }
        },
    };
    let anchor = match text.parse() {
        Ok(WrittenDate::Absolute(written)) => Anchor::of(written, zone),
        Ok(WrittenDate::Relative { .. }) => {
            problems.push(
                Problem::error(
                    "date/relative-target",
                    span,
                    "a target date that is not absolute",
                    format!("`{text}` counts from another date, and all other dates count from the target date."),
                )
                .hint("Write it as `2027-04-01T09:00`."),
            );
            return None;
        }
        Err(error) => {
            problems.push(
                invalid(&text, &error, span).hint("Write a day of the calendar: `2027-03-18`, or `2027-03-18T09:00`."),
            );
            return None;
        }
    };
    match anchor.start(zone) {
        Ok((_, oddity)) => {
            problems.extend(oddity.map(|o| odd(&o, span)));
            Some(anchor)
        }
        Err(error) => {
            problems.push(
                invalid(&text, &error, span).hint("Write a day of the calendar: `2027-03-18`, or `2027-03-18T09:00`."),
            );
            None
        }
    }
}

/// The first moment of an anchor that was checked already.
pub(super) fn start_of(anchor: Anchor, zone: Tz) -> Timestamp {
    anchor.start(zone).map_or(Timestamp::UNIX_EPOCH, |(at, _)| at)
}

/// An absolute date of a calendar.
pub(in crate::core::manifest) fn absolute(text: &str, zone: Tz, edge: Edge) -> Option<Timestamp> {
    let Ok(WrittenDate::Absolute(written)) = text.parse() else { return None };
    let anchor = Anchor::of(written, zone);
    match (edge, written) {
        (Edge::Start, _) => anchor.start(zone).ok().map(|(at, _)| at),
        // A freeze until a day includes all of that day.
        (Edge::Due, Written::Day(_)) => anchor.due(zone).ok().map(|(at, _)| at + chrono::TimeDelta::seconds(1)),
        (Edge::Due, _) => anchor.due(zone).ok().map(|(at, _)| at),
    }
}

impl Lowering<'_> {
    /// A date as an anchor; `None`, and reported, when it cannot be read.
    pub(super) fn anchor(&mut self, text: &str, path: &[Step<'_>], dues: &Dues<'_>) -> Option<Anchor> {
        // Most dates of most plans are one of a handful of texts; parsing them is cheap enough to repeat.
        let context = self.context.clone();
        let text = self.text(text, path, &context);
        if template::is_template(&text) {
            return None;
        }
        let anchor = match text.parse() {
            Ok(WrittenDate::Absolute(written)) => Ok(Anchor::of(written, self.zone)),
            Ok(WrittenDate::Relative { base: Base::Target, shifts }) => {
                self.target.shifted(&shifts, self.zone, &self.work)
            }
            Ok(WrittenDate::Relative { base: Base::Milestone(id), shifts }) => match dues.get(id.as_str()) {
                Some(due) => due.shifted(&shifts, self.zone, &self.work),
                None => {
                    let problem = Problem::error(
                        "reference/unknown-milestone",
                        self.span(path),
                        "unknown milestone",
                        format!("`{text}` counts from `{id}`, and this launch has no such milestone."),
                    )
                    .hint(did_you_mean(id.as_str(), dues.keys().copied().chain(["T"])));
                    self.problem(problem);
                    return None;
                }
            },
            Err(error) => Err(error),
        };
        if let Some(months) = minutes_like_months(&text) {
            self.problem(few_minutes(&text, months, self.span(path)));
        }
        anchor.map_err(|error| self.problem(invalid(&text, &error, self.span(path)))).ok()
    }

    /// An anchor as an instant, with a warning when its wall-clock time is an odd one.
    pub(super) fn instant(&mut self, anchor: Anchor, edge: Edge, path: &[Step<'_>]) -> Option<Timestamp> {
        let resolved = match edge {
            Edge::Start => anchor.start(self.zone),
            Edge::Due => anchor.due(self.zone),
        };
        match resolved {
            Ok((at, oddity)) => {
                // What falls on T itself was said of T.
                if let Some(oddity) = oddity.filter(|_| anchor != self.target) {
                    let problem = odd(&oddity, self.span(path));
                    self.problem(problem);
                }
                Some(at)
            }
            Err(error) => {
                let problem = invalid("the date", &error, self.span(path));
                self.problem(problem);
                None
            }
        }
    }

    /// A date as an instant.
    pub(super) fn date(&mut self, text: &str, edge: Edge, path: &[Step<'_>], dues: &Dues<'_>) -> Option<Timestamp> {
        let anchor = self.anchor(text, path, dues)?;
        self.instant(anchor, edge, path)
    }

    /// An instant as people of this launch read it.
    pub(super) fn show(&self, at: Timestamp) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M %Z").to_string()
    }
}

/// How many minutes a date counts, where they are all it counts and as few as months are.
fn minutes_like_months(text: &str) -> Option<u64> {
    let (_, amount) = text.rsplit_once(['+', '-'])?;
    let count: u64 = amount.trim().strip_suffix('m')?.parse().ok()?;
    (1..=12).contains(&count).then_some(count)
}

fn few_minutes(text: &str, count: u64, span: crate::core::manifest::node::Span) -> Problem {
    let minutes = if count == 1 { "one minute".to_owned() } else { format!("{count} minutes") };
    Problem::warning(
        "date/minutes",
        span,
        "a date a few minutes away",
        format!("`m` are minutes, so `{text}` is {minutes} away. Months are no unit: they are not of one length."),
    )
    .hint(format!(
        "For months write weeks or days, for example `{}w`; for minutes write `{}s`.",
        count * 4,
        count * 60
    ))
}

fn invalid(text: &str, error: &DateError, span: crate::core::manifest::node::Span) -> Problem {
    let (code, summary) = match error {
        DateError::TooFar | DateError::Calendar(_) => ("date/out-of-range", "a date out of range"),
        _ => ("date/invalid", "not a date"),
    };
    let hint = match error {
        DateError::TooFar | DateError::Calendar(_) => "Check the number and its unit.",
        _ => "Write `2027-03-18`, `2027-03-18T09:00`, `T-2w`, `T-10bd` (business days) or `launch_day+3d`.",
    };
    Problem::error(code, span, summary, format!("`{text}`: {error}.")).hint(hint)
}

fn odd(oddity: &Oddity, span: crate::core::manifest::node::Span) -> Problem {
    let (code, summary) = match oddity {
        Oddity::Skipped { .. } => ("date/skipped-hour", "a time that does not exist"),
        Oddity::Repeated { .. } => ("date/repeated-hour", "a time that happens twice"),
    };
    Problem::warning(code, span, summary, oddity.detail()).hint(oddity.advice())
}
