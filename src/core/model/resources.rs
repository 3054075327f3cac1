//! What a launch takes: people for some weeks, and money.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Timestamp, name::Id};

/// People that a launch takes from one discipline, from `start` until `end`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// `engineering`, `marketing`, `sales`, `support`, or one of the plan's own.
    pub discipline: Id,
    /// How many people at the same time.
    pub people: Decimal,
    /// Weeks of seven days.
    pub weeks: Decimal,
    /// A name that means the team they come from, as written or by default; whether there is such a team is
    /// [`super::team::team_of`]'s to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The money of a launch, in one currency. Amounts are exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub total: Decimal,
    /// ISO 4217, e.g. `USD`.
    pub currency: String,
    /// Digits after the point of the currency's smallest unit: 2 for `USD`, 0 for `JPY`.
    pub digits: u32,
    /// Which fraction of the total goes to which channel; they add up to 1, or there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub allocation: BTreeMap<Id, Decimal>,
    /// What is promised, paid or not, by channel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub committed: BTreeMap<Id, Decimal>,
    /// What is paid, by channel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spent: BTreeMap<Id, Decimal>,
}

impl Budget {
    /// What is planned for each channel: the total by its allocation, whole in the currency's smallest unit, and adding
    /// up to the total exactly. What rounding down leaves over goes, a unit each, to the channels that lost most by it.
    pub fn planned(&self) -> BTreeMap<Id, Decimal> {
        let unit = Decimal::new(1, self.digits);
        let mut planned: BTreeMap<Id, Decimal> = BTreeMap::new();
        let mut lost: Vec<(Decimal, &Id)> = Vec::new();
        for (channel, share) in &self.allocation {
            let exact = self.total * share;
            let whole = exact.trunc_with_scale(self.digits);
            planned.insert(channel.clone(), whole.normalize());
            lost.push((exact - whole, channel));
        }
        lost.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let mut rest = self.total - planned.values().sum::<Decimal>();
        for (_, channel) in lost {
            if rest < unit {
                break;
            }
            planned.entry(channel.clone()).and_modify(|amount| *amount = (*amount + unit).normalize());
            rest -= unit;
        }
        planned
    }
}
