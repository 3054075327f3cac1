//! `kind: Calendar`: working days, holidays and freezes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Metadata,
    text::{Day, Moment},
};

/// Which days are worked, and when nothing may start.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The version of this format: `launchd/v1`.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "launchd/v1"))]
    pub api_version: String,
    /// What this document is: `Calendar`.
    #[schemars(extend("const" = "Calendar"))]
    pub kind: String,
    /// Its name and labels.
    pub metadata: Metadata,
    /// The days.
    pub spec: CalendarSpec,
}

/// The days of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarSpec {
    /// The IANA time zone in which its days begin and end. Default: the launch's. Example: `Europe/Berlin`.
    pub timezone: Option<String>,
    /// The days of the week that are worked. Default: `[mon, tue, wed, thu, fri]`.
    #[schemars(length(min = 1))]
    pub working_days: Option<Vec<Weekday>>,
    /// Days that are not worked.
    pub holidays: Option<Vec<Holiday>>,
    /// Times in which no activity with an outside effect starts.
    pub freezes: Option<Vec<Freeze>>,
    /// An iCalendar file of holidays to add: its whole days, those that come again each year included. Its path is relative
    /// to the folder of plan files, and does not leave it. Example: `calendars/us.ics`.
    pub import: Option<String>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A day that is not worked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day. Example: `2027-12-25`.
    pub date: Day,
    /// What it is called. Example: `Christmas Day`.
    pub name: Option<String>,
}

/// A time in which nothing starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// What people read. Example: `Black Friday`.
    pub name: String,
    /// When it begins; a bare date is its start. Example: `2027-11-22`.
    pub from: Moment,
    /// When it ends; a bare date is its end. Example: `2027-11-30`.
    pub until: Moment,
    /// What goes on nevertheless: names of launches, or `launch/activity`.
    pub except: Option<Vec<String>>,
}
