//! Scalars that people write in more than one form: kept as written, checked by a pattern, read by `schedule` and `template`.

use std::fmt;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::core::model::name::{Id, Name};

/// An RFC 1123 label, as [`Name`] parses it.
pub const NAME_PATTERN: &str = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$";
/// As [`Id`] parses it, less the item in brackets, which only `for_each` makes.
pub const ID_PATTERN: &str = "^[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?$";
/// A number and a unit, repeated: `90s`, `10m`, `1h30m`, `2d`, `1w`. Or a template that yields one.
const DURATION: &str = r"^([0-9]+(s|m|h|d|w))+$|\{\{";
/// A duration, or a number of business days. Or a template that yields one.
const WORK: &str = r"^([0-9]+(s|m|h|d|w))+$|^[0-9]+bd$|\{\{";
/// Absolute, relative to T, or relative to a milestone. Or a template that yields one.
const DATE: &str = concat!(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$",
    r"|^(T|[a-z0-9][-_a-z0-9]*?)([+-]([0-9]+(bd|w|d|h|m|s))+)*$",
    r"|\{\{"
);
/// Text that is not blank.
pub const FILLED_PATTERN: &str = r"\S";
/// A date of a calendar, without time and without T.
const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// `connector/resource`.
const USES: &str = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?$|\{\{";
/// `id`, or `launch/id` for another launch.
const NEED: &str = r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?(\[[^\]]+\])?$|\{\{";
const CURRENCY: &str = "^[A-Z]{3}$";

macro_rules! written {
    ($(#[$doc:meta])* $type:ident, $pattern:expr, [$($example:literal),+]) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(transparent)]
        pub struct $type(pub String);

        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$($example),+] })
            }
        }
        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

written! {
    /// A length of time: seconds, minutes, hours, days of 24 hours, weeks.
    Duration, DURATION, ["10m", "1h30m", "7d", "2w"]
}
written! {
    /// How long work takes: a length of time, or a number of business days of the launch's calendar (`5bd`).
    WorkText, WORK, ["5d", "2w", "5bd"]
}
written! {
    /// A moment: `2027-03-18`, `2027-03-18T09:00`, `T-2w`, `T-10bd` (business days), `product_readiness+3d`.
    /// Units are `w`, `d`, `bd`, `h`, `m` (minutes) and `s`.
    When, DATE, ["T-2w", "T-10bd", "2027-03-18", "2027-03-18T09:00", "product_readiness+3d"]
}
written! {
    /// A day of a calendar.
    Day, DAY, ["2027-12-25"]
}
written! {
    /// A moment that counts from nothing: `2027-03-18`, `2027-03-18T09:00`, `2027-03-18T09:00:00+01:00`.
    Moment, DATE, ["2027-03-18", "2027-03-18T09:00"]
}
written! {
    /// Which resource of which connector: `jira/issue`.
    UsesText, USES, ["jira/issue", "exec/command", "human/task"]
}
written! {
    /// Something that must be reached first: an activity or milestone of this launch, or `launch/milestone` of another.
    NeedText, NEED, ["product_readiness", "epic", "atlas-1/launch_day"]
}
written! {
    /// An ISO 4217 currency code.
    Currency, CURRENCY, ["USD", "EUR"]
}

/// An expression of the template language, or plainly `true` or `false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Always(bool),
    Expression(String),
}

/// An exact decimal: money, a share, a target. Written as a number, or as text where a form needs it (`40%`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub Decimal);

/// How many people, or which part of one: from 0 to [`MOST_PEOPLE`], whole or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capacity(pub Decimal);

/// More people than this is a slip: a figure with a few digits too many.
pub const MOST_PEOPLE: u32 = 1_000_000;

/// A share of a whole: `0.4` or `40%`. Held as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub Decimal);

/// A plain value: text, number, or true/false.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Bool(bool),
    Number(Decimal),
    Text(String),
}

struct ScalarVisitor;

impl de::Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, or true or false")
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.into()))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.into()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
        // The shortest text that reads back as the same float is what the person wrote.
        decimal(&value.to_string())
            .map(Scalar::Number)
            .ok_or_else(|| E::custom(format_args!("{value} is out of range")))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(deserializer)? {
            Scalar::Bool(value) => Ok(Self::Always(value)),
            Scalar::Text(text) => Ok(Self::Expression(text)),
            Scalar::Number(_) => Err(de::Error::custom("expected an expression such as `launch.labels.tier == \"1\"`")),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match Scalar::deserialize(deserializer)? {
            Scalar::Number(number) => Some(number),
            Scalar::Text(text) => decimal(&text),
            Scalar::Bool(_) => None,
        };
        number.map(Self).ok_or_else(|| de::Error::custom("expected an amount such as `120000` or `99.50`"))
    }
}

impl<'de> Deserialize<'de> for Capacity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Amount(people) = Amount::deserialize(deserializer)?;
        let is_some = (Decimal::ZERO..=Decimal::from(MOST_PEOPLE)).contains(&people);
        is_some
            .then_some(Self(people))
            .ok_or_else(|| de::Error::custom("expected a number of people such as `5` or `0.5`"))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match Scalar::deserialize(deserializer)? {
            Scalar::Number(number) => Some(number),
            Scalar::Text(text) => match text.strip_suffix('%') {
                Some(percent) => decimal(percent.trim_end()).map(|n| n / Decimal::ONE_HUNDRED),
                None => decimal(&text),
            },
            Scalar::Bool(_) => None,
        };
        number.map(Self).ok_or_else(|| de::Error::custom("expected a share such as `0.4` or `40%`"))
    }
}

macro_rules! schema_of {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

schema_of!(Scalar, "Scalar", { "type": ["string", "number", "boolean"] });
schema_of!(Condition, "Condition", { "type": ["string", "boolean"] });
schema_of!(Amount, "Amount", { "type": ["number", "string"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": [120_000] });
schema_of!(Capacity, "Capacity", { "type": ["number", "string"], "pattern": r"^(1000000|[0-9]{1,6}(\.[0-9]+)?)$", "minimum": 0, "maximum": MOST_PEOPLE, "examples": [0.5, 5] });
schema_of!(Share, "Share", { "type": ["number", "string"], "pattern": r"^[0-9]+(\.[0-9]+)? ?%?$", "minimum": 0, "examples": [0.4, "40%"] });
schema_of!(Name, "Name", { "type": "string", "pattern": NAME_PATTERN, "examples": ["atlas-2"] });
schema_of!(Id, "Id", { "type": "string", "pattern": ID_PATTERN, "examples": ["product_readiness"] });
