//! When: written dates become instants, and instants are moved over weekends, holidays and freezes.
//!
//! In: texts, dates, calendars, instants. Out: instants, or a typed reason why there is none. Imports `core::model`.
//! Deliberately absent: the present time (it is a value like any other), diagnostics (callers know the place), and
//! any decision what to do at an instant (see `plan`).

mod backoff;
mod date;
mod duration;
mod window;
pub mod zone;

pub use backoff::{retry_at, retry_delay};
pub use date::{Anchor, Base, DateError, Shift, Written, WrittenDate};
pub use duration::{DurationError, format_duration, format_work, parse_duration, parse_work};
pub use window::{covering, next_free};

pub use crate::core::model::calendar::{CalendarError, WorkCalendar};
