//! What the launch is for: goals with a metric and a target, or a sentence that a person judges.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Timestamp, name::Id};

/// A goal. Judged at `by` against samples of its metric, or by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    pub name: Id,
    /// The sentence as written, or made from metric and target.
    pub title: String,
    /// Asked for samples; without one a person judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What is better, as written or as the target implies; `None` for a sentence and for an exact figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The figure before the launch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Behind figures, for people: `customers`, `%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The first sample is taken then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// It is judged then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Timestamp>,
    /// Between two samples.
    #[serde(default = "a_day", skip_serializing_if = "is_a_day")]
    pub every_seconds: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Between two samples where nothing is written.
pub const EVERY_SECONDS: u64 = 24 * 3600;

fn a_day() -> u64 {
    EVERY_SECONDS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_a_day(seconds: &u64) -> bool {
    *seconds == EVERY_SECONDS
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// What is to be reached: a comparison with one figure, or a range. Stored and shown as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    written: Box<str>,
    pub comparison: Comparison,
    /// The word behind the figure, where one is written.
    pub unit: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    AtLeast(f64),
    Above(f64),
    AtMost(f64),
    Below(f64),
    Exactly(f64),
    /// Both ends belong to it.
    Between(f64, f64),
}

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("it has no number")]
    NoNumber,
    #[error("`{0}` is not a number")]
    NotANumber(String),
    #[error("the lower end of the range, {0}, is above the upper one, {1}")]
    Backwards(String, String),
}

impl Target {
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether a figure reaches it.
    pub fn is_met(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast(figure) => value >= figure,
            Comparison::Above(figure) => value > figure,
            Comparison::AtMost(figure) => value <= figure,
            Comparison::Below(figure) => value < figure,
            Comparison::Exactly(figure) => (value - figure).abs() <= f64::EPSILON * figure.abs().max(1.0),
            Comparison::Between(low, high) => value >= low && value <= high,
        }
    }

    /// The way that a comparison asks for; an exact figure and a range have none.
    pub fn direction(&self) -> Option<Direction> {
        match self.comparison {
            Comparison::AtLeast(_) | Comparison::Above(_) => Some(Direction::Up),
            Comparison::AtMost(_) | Comparison::Below(_) => Some(Direction::Down),
            Comparison::Exactly(_) | Comparison::Between(..) => None,
        }
    }

    /// The figure that is the least to reach, coming from `value`.
    pub fn figure(&self, value: f64) -> f64 {
        match self.comparison {
            Comparison::AtLeast(figure)
            | Comparison::Above(figure)
            | Comparison::AtMost(figure)
            | Comparison::Below(figure)
            | Comparison::Exactly(figure) => figure,
            Comparison::Between(low, high) => value.clamp(low, high),
        }
    }

    /// In words, without the unit: `at least 100`.
    pub fn words(&self) -> String {
        match self.comparison {
            Comparison::AtLeast(figure) => format!("at least {figure}"),
            Comparison::Above(figure) => format!("more than {figure}"),
            Comparison::AtMost(figure) => format!("at most {figure}"),
            Comparison::Below(figure) => format!("less than {figure}"),
            Comparison::Exactly(figure) => format!("exactly {figure}"),
            Comparison::Between(low, high) => format!("between {low} and {high}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

impl From<Target> for String {
    fn from(target: Target) -> String {
        target.written.into()
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;
    fn try_from(text: String) -> Result<Self, TargetError> {
        text.parse()
    }
}

type MakeComparison = fn(f64) -> Comparison;

/// How a comparison may be written, each with what it makes of a figure. Longer ones first.
const FORMS: [(&str, MakeComparison); 14] = [
    (">=", Comparison::AtLeast),
    ("≥", Comparison::AtLeast),
    ("at least", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("≤", Comparison::AtMost),
    ("at most", Comparison::AtMost),
    ("==", Comparison::Exactly),
    (">", Comparison::Above),
    ("more than", Comparison::Above),
    ("above", Comparison::Above),
    ("<", Comparison::Below),
    ("less than", Comparison::Below),
    ("below", Comparison::Below),
    ("=", Comparison::Exactly),
];

impl FromStr for Target {
    type Err = TargetError;

    /// `>= 100`, `< 0.01`, `at least 80 %`, `between 90 and 110`, `90..110`; a bare number is to be reached at least.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let trimmed = text.trim();
        let done = |comparison, unit: &str| Self {
            written: trimmed.into(),
            comparison,
            unit: (!unit.is_empty()).then(|| unit.into()),
        };
        let range = match trimmed.strip_prefix("between ") {
            Some(rest) => rest.split_once(" and "),
            None => trimmed.split_once(".."),
        };
        if let Some((low, high)) = range {
            let ((low, _), (high, unit)) = (figure(low)?, figure(high)?);
            if low > high {
                return Err(TargetError::Backwards(low.to_string(), high.to_string()));
            }
            return Ok(done(Comparison::Between(low, high), unit));
        }
        let form = FORMS.iter().find_map(|(form, make)| Some((trimmed.strip_prefix(form)?, make)));
        let (rest, make) = form.unwrap_or((trimmed, &FORMS[0].1));
        let (number, unit) = figure(rest)?;
        Ok(done(make(number), unit))
    }
}

/// A number and the unit behind it.
fn figure(text: &str) -> Result<(f64, &str), TargetError> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-._,".contains(c))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.is_empty() {
        return Err(TargetError::NoNumber);
    }
    let parsed = number.replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite());
    parsed.map(|n| (n, unit.trim())).ok_or_else(|| TargetError::NotANumber(number.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    #[test]
    fn a_target_is_read_as_people_write_it() {
        for (text, comparison, unit) in [
            (">= 100", Comparison::AtLeast(100.0), None),
            ("100", Comparison::AtLeast(100.0), None),
            ("at least 80 %", Comparison::AtLeast(80.0), Some("%")),
            ("> 99.5%", Comparison::Above(99.5), Some("%")),
            ("< 0.01", Comparison::Below(0.01), None),
            ("<= 1_000 tickets", Comparison::AtMost(1000.0), Some("tickets")),
            ("== 3", Comparison::Exactly(3.0), None),
            ("between 90 and 110", Comparison::Between(90.0, 110.0), None),
            ("-5..5 °C", Comparison::Between(-5.0, 5.0), Some("°C")),
        ] {
            let read = target(text);
            assert_eq!((read.comparison, read.unit.as_deref()), (comparison, unit), "{text}");
            assert_eq!(read.as_str(), text);
        }
    }

    #[test]
    fn what_is_no_target_says_why() {
        for (text, error) in [
            ("many", TargetError::NoNumber),
            (">= ", TargetError::NoNumber),
            (">= 1,000", TargetError::NotANumber("1,000".into())),
            (">= 1.2.3", TargetError::NotANumber("1.2.3".into())),
            ("between 9 and 1", TargetError::Backwards("9".into(), "1".into())),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
        }
    }

    #[test]
    fn the_ends_of_a_target_are_as_it_says() {
        assert!(target(">= 100").is_met(100.0) && !target("> 100").is_met(100.0));
        assert!(target("<= 1").is_met(1.0) && !target("< 1").is_met(1.0));
        assert!(target("1..2").is_met(1.0) && target("1..2").is_met(2.0) && !target("1..2").is_met(2.1));
        assert!(target("== 0.3").is_met(0.1 + 0.2) && !target("== 0.3").is_met(0.31));
    }
}
