//! What it costs: planned against committed against spent, by channel and over launches. Amounts of two currencies are
//! never added together.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use crate::core::model::{launch::Launch, name::Id, resources::Budget};

/// A launch's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    pub currency: String,
    /// Digits after the point of the currency's smallest unit.
    pub digits: u32,
    pub total: Decimal,
    pub committed: Decimal,
    pub spent: Decimal,
    /// The largest plan first. Empty: the plan does not say what goes where.
    pub channels: Vec<Channel>,
}

/// The money of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    pub channel: Id,
    /// Its fraction of the total; none for a channel that is only committed to or paid.
    pub share: Option<Decimal>,
    pub planned: Decimal,
    pub committed: Decimal,
    pub spent: Decimal,
}

impl Channel {
    /// What is left to promise or to spend; negative when the plan is exceeded.
    pub fn left(&self) -> Decimal {
        self.planned - self.committed.max(self.spent)
    }
}

impl Money {
    pub fn of(budget: &Budget) -> Self {
        let planned = budget.planned();
        let channels: BTreeSet<&Id> =
            planned.keys().chain(budget.committed.keys()).chain(budget.spent.keys()).collect();
        let amount = |of: &BTreeMap<Id, Decimal>, channel: &Id| of.get(channel).copied().unwrap_or_default();
        let channel = |id: &Id| Channel {
            channel: id.clone(),
            share: budget.allocation.get(id).copied(),
            planned: amount(&planned, id),
            committed: amount(&budget.committed, id),
            spent: amount(&budget.spent, id),
        };
        let mut channels: Vec<_> = channels.into_iter().map(channel).collect();
        channels.sort_by(|a, b| b.planned.cmp(&a.planned).then_with(|| a.channel.cmp(&b.channel)));
        Self {
            currency: budget.currency.clone(),
            digits: budget.digits,
            total: budget.total,
            committed: budget.committed.values().sum(),
            spent: budget.spent.values().sum(),
            channels,
        }
    }

    /// What is left of the whole: what its channels leave, and what no channel was planned for. Negative when more is
    /// promised or spent than there is. What is left of one channel pays no other, so it is no difference of the sums.
    pub fn left(&self) -> Decimal {
        self.total - self.channels.iter().map(|c| c.committed.max(c.spent)).sum::<Decimal>()
    }
}

/// The money of several launches in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    pub currency: String,
    pub digits: u32,
    pub launches: usize,
    pub total: Decimal,
    pub committed: Decimal,
    pub spent: Decimal,
}

/// One sum for each currency, by its code. Launches without a budget are not counted.
pub fn totals<'l>(launches: impl IntoIterator<Item = &'l Launch>) -> Vec<Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for budget in launches.into_iter().filter_map(|l| l.budget.as_ref()) {
        let money = Money::of(budget);
        let sum = sums.entry(&budget.currency).or_insert_with(|| Sum {
            currency: budget.currency.clone(),
            digits: budget.digits,
            launches: 0,
            total: Decimal::ZERO,
            committed: Decimal::ZERO,
            spent: Decimal::ZERO,
        });
        sum.launches += 1;
        sum.total += money.total;
        sum.committed += money.committed;
        sum.spent += money.spent;
    }
    sums.into_values().collect()
}
