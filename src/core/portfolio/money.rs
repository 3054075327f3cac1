//! What it costs: planned against committed against spent, by channel and over launches. Amounts of two currencies are
//! never added together.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use crate::core::model::{
    launch::Launch,
    name::{Id, Name},
    resources::Budget,
};

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
    pub total: Decimal,
    pub committed: Decimal,
    pub spent: Decimal,
    /// What each launch has left, added up: one launch's rest is not another's to spend. Negative: exceeded on the whole.
    pub left: Decimal,
    /// The largest plan first; what no launch allocates to a channel is in none of them.
    pub channels: Vec<Share>,
    /// The largest plan first.
    pub launches: Vec<Part>,
}

/// One channel over several launches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    pub channel: Id,
    pub planned: Decimal,
    pub committed: Decimal,
    pub spent: Decimal,
    pub left: Decimal,
}

/// One launch's part of a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub launch: Name,
    pub title: String,
    pub total: Decimal,
    pub committed: Decimal,
    pub spent: Decimal,
    pub left: Decimal,
}

impl Sum {
    fn new(money: &Money) -> Self {
        let (total, committed, spent, left) = Default::default();
        let (channels, launches) = Default::default();
        let currency = money.currency.clone();
        Self { currency, digits: money.digits, total, committed, spent, left, channels, launches }
    }

    /// What is planned and not allocated to any channel.
    pub fn unallocated(&self) -> Decimal {
        self.total - self.channels.iter().map(|c| c.planned).sum::<Decimal>()
    }

    /// The launches in which more is promised or spent than there is.
    pub fn exceeded(&self) -> impl Iterator<Item = &Part> {
        self.launches.iter().filter(|p| p.left < Decimal::ZERO)
    }

    fn add(&mut self, launch: &Launch, money: &Money, channels: &mut BTreeMap<Id, Share>) {
        self.total += money.total;
        self.committed += money.committed;
        self.spent += money.spent;
        self.left += money.left();
        for one in &money.channels {
            let share = channels.entry(one.channel.clone()).or_insert_with(|| Share {
                channel: one.channel.clone(),
                planned: Decimal::ZERO,
                committed: Decimal::ZERO,
                spent: Decimal::ZERO,
                left: Decimal::ZERO,
            });
            share.planned += one.planned;
            share.committed += one.committed;
            share.spent += one.spent;
            share.left += one.left();
        }
        self.launches.push(Part {
            launch: launch.name.clone(),
            title: launch.title.clone(),
            total: money.total,
            committed: money.committed,
            spent: money.spent,
            left: money.left(),
        });
    }
}

/// One sum for each currency, by its code. Launches without a budget are not counted.
pub fn totals<'l>(launches: impl IntoIterator<Item = &'l Launch>) -> Vec<Sum> {
    let mut sums: BTreeMap<String, (Sum, BTreeMap<Id, Share>)> = BTreeMap::new();
    for launch in launches {
        let Some(money) = launch.budget.as_ref().map(Money::of) else { continue };
        let entry = sums.entry(money.currency.clone());
        let (sum, channels) = entry.or_insert_with(|| (Sum::new(&money), BTreeMap::new()));
        sum.add(launch, &money, channels);
    }
    let sorted = |(mut sum, channels): (Sum, BTreeMap<Id, Share>)| {
        sum.channels = channels.into_values().collect();
        sum.channels.sort_by(|a, b| b.planned.cmp(&a.planned).then_with(|| a.channel.cmp(&b.channel)));
        sum.launches.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.launch.cmp(&b.launch)));
        sum
    };
    sums.into_values().map(sorted).collect()
}
