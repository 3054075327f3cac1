//! How long something takes.

use serde::{Deserialize, Serialize};

/// A length of work: what lies between its beginning and its end, not how many people do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// So many seconds, nights and weekends included.
    Elapsed(u64),
    /// So many working days of the launch's calendar.
    BusinessDays(u32),
}
