//! The money of a launch: `marketing.budget`, in exact amounts of one known currency.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::Lowering;
use crate::core::{
    manifest::{
        document::{self, Amount, Share, Table},
        library::nearest,
        place::Step,
        problem::Problem,
    },
    model::{name::Id, resources::Budget},
};

const PATH: [Step<'static>; 2] = [Step::Key("marketing"), Step::Key("budget")];

impl Lowering<'_> {
    /// The budget; `None` when the plan says nothing of a total.
    pub(super) fn budget(&mut self) -> Option<Budget> {
        let written = self.input.spec.marketing.as_ref()?.budget.as_ref()?;
        let (currency, digits) = self.currency(written)?;
        let allocation = self.allocation(written);
        let committed = self.amounts("committed", written.committed.as_ref(), &currency, digits);
        let spent = self.amounts("spent", written.spent.as_ref(), &currency, digits);
        let Some(total) = written.total else {
            // A total that cannot be read is no part of the tree, and was told where it is read.
            let own =
                ["spec", "marketing", "budget", "total"].iter().try_fold(self.input.own, |node, key| node.get(key));
            let is_written = own.is_some_and(|total| !total.is_null());
            let is_used = !(allocation.is_empty() && committed.is_empty() && spent.is_empty());
            if is_used && !is_written {
                let problem = Problem::warning(
                    "budget/no-total",
                    self.span(&PATH),
                    "a budget without a total",
                    "Nothing says how much money there is, so nothing can be compared with it.",
                )
                .hint("Add `total: 120000`.");
                self.problem(problem);
            }
            return None;
        };
        let total = self.amount(total.0, &currency, digits, &[PATH[0], PATH[1], Step::Key("total")])?;
        for (field, table) in [("committed", &committed), ("spent", &spent)] {
            for channel in table.keys().filter(|c| !allocation.contains_key(*c)) {
                self.unallocated(field, channel, &allocation);
            }
        }
        Some(Budget { total, currency, digits, allocation, committed, spent })
    }

    fn currency(&mut self, written: &document::Budget) -> Option<(String, u32)> {
        let code = written.currency.as_ref().map_or("USD", |c| c.as_str());
        if let Some(known) = iso_currency::Currency::from_code(code) {
            return Some((code.to_owned(), known.exponent().unwrap_or(2).into()));
        }
        let usual = ["USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "CNY", "INR", "SEK", "NOK", "DKK", "PLN", "BRL"];
        let problem = Problem::error(
            "budget/unknown-currency",
            self.span(&[PATH[0], PATH[1], Step::Key("currency")]),
            "unknown currency",
            format!("`{code}` is no currency code of ISO 4217."),
        )
        .hint(nearest(code, usual.into_iter()).map_or_else(
            || "Write three letters, for example `USD`, `EUR` or `JPY`.".to_owned(),
            |near| format!("Did you mean `{near}`?"),
        ));
        self.problem(problem);
        None
    }

    fn allocation(&mut self, written: &document::Budget) -> BTreeMap<Id, Decimal> {
        let Some(allocation) = written.allocation.as_ref().filter(|a| !a.is_empty()) else { return BTreeMap::new() };
        let total = allocation.iter().try_fold(Decimal::ZERO, |sum, (_, share)| sum.checked_add(share.0));
        if total != Some(Decimal::ONE) {
            let percent = total.and_then(|t| t.checked_mul(Decimal::ONE_HUNDRED));
            let percent = percent.map_or_else(|| "far more than 100".to_owned(), |p| p.normalize().to_string());
            let problem = Problem::error(
                "budget/allocation",
                self.span(&[PATH[0], PATH[1], Step::Key("allocation")]),
                "an allocation that does not add up",
                format!("The shares add up to {percent} %, and must be 100 %."),
            )
            .hint(share_hint(allocation));
            self.problem(problem);
        }
        allocation.iter().map(|(channel, share)| (channel.clone(), share.0.normalize())).collect()
    }

    fn amounts(
        &mut self,
        field: &'static str,
        written: Option<&Table<Amount>>,
        currency: &str,
        digits: u32,
    ) -> BTreeMap<Id, Decimal> {
        let mut amounts = BTreeMap::new();
        for (channel, amount) in written.into_iter().flat_map(|t| t.iter()) {
            let path = [PATH[0], PATH[1], Step::Key(field), Step::Key(channel.as_str())];
            if let Some(amount) = self.amount(amount.0, currency, digits, &path) {
                amounts.insert(channel.clone(), amount);
            }
        }
        amounts
    }

    /// An amount that can be paid: not negative, and whole in the currency's smallest unit.
    fn amount(&mut self, amount: Decimal, currency: &str, digits: u32, path: &[Step<'_>]) -> Option<Decimal> {
        let amount = amount.normalize();
        let (code, detail, hint) = if amount < Decimal::ZERO {
            let detail = format!("{amount} {currency} is less than nothing.");
            ("budget/invalid-amount", detail, "Write what is to be spent as a positive amount.".to_owned())
        } else if amount > Decimal::from(1_000_000_000_000_000_i64) {
            let detail = format!("{amount} {currency} is more money than there is.");
            ("budget/invalid-amount", detail, "Check the number of digits.".to_owned())
        } else if amount.scale() > digits {
            let finest = if digits == 0 { "no".to_owned() } else { digits.to_string() };
            let detail = format!("{amount} {currency} cannot be paid: {currency} has {finest} digits after the point.");
            (
                "budget/invalid-amount",
                detail,
                format!("Write {}.", amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)),
            )
        } else {
            return Some(amount);
        };
        let problem = Problem::error(code, self.span(path), "an impossible amount", detail).hint(hint);
        self.problem(problem);
        None
    }

    fn unallocated(&mut self, field: &str, channel: &Id, allocation: &BTreeMap<Id, Decimal>) {
        let near = nearest(channel.as_str(), allocation.keys().map(Id::as_str));
        let problem = Problem::warning(
            "budget/unallocated-channel",
            self.span(&[PATH[0], PATH[1], Step::Key(field), Step::Key(channel.as_str())]),
            "money for a channel that has none",
            format!("`{field}` names `{channel}`, and the allocation gives it no share."),
        )
        .hint(near.map_or_else(
            || format!("Give `{channel}` a share in `allocation`, or book the money on a channel that has one."),
            |near| format!("Did you mean `{near}`?"),
        ));
        self.problem(problem);
    }
}

/// What to do about shares that are not the whole: most often they are percentages without their sign.
fn share_hint(allocation: &Table<Share>) -> String {
    match allocation.iter().find(|(_, share)| share.0 > Decimal::ONE) {
        Some((channel, Share(share))) => {
            let part = (*share / Decimal::ONE_HUNDRED).normalize();
            format!("Write `{channel}: {}%` or `{channel}: {part}`: a share is a part of the whole.", share.normalize())
        }
        None => {
            "A share that the profile has counts until it is written anew, for example `content_marketing: 0`.".into()
        }
    }
}
