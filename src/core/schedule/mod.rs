//! When: written dates become instants, and instants are moved over weekends, holidays and freezes.
//!
//! In: texts, dates, calendars, instants. Out: instants, or a typed reason why there is none. Imports `core::model`.
//! Deliberately absent: the present time (it is a value like any other), diagnostics (callers know the place), and
//! any decision what to do at an instant (see `plan`).

mod backoff;
pub mod between;
pub mod cause;
pub mod clock;
pub mod critical;
mod date;
mod duration;
pub mod forecast;
pub mod impossible;
pub mod learned;
pub mod look;
pub mod network;
pub mod nodes;
pub mod shift;
pub mod stuck;
pub mod target;
mod window;
pub mod zone;

pub use backoff::{Lookups, lookups, retry_at, retry_delay};
pub use date::{Anchor, Base, DateError, Shift, Written, WrittenDate};
pub use duration::{DurationError, format_duration, format_work, parse_duration, parse_work};
pub use window::{covering, next_free};

pub use crate::core::model::calendar::{CalendarError, WorkCalendar};
