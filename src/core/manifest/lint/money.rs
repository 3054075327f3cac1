//! A budget of which nobody knows where it goes, or of which more is gone than was planned.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::core::{
    manifest::{
        lower::Input,
        place::{Step, place},
        problem::Problem,
    },
    model::{launch::Launch, name::Id},
};

const BUDGET: [Step<'static>; 2] = [Step::Key("marketing"), Step::Key("budget")];

pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let Some(budget) = &launch.budget else {
        // What is there and wrong was told where it is read.
        if input.spec.marketing.is_some() && input.spec.marketing.as_ref().is_some_and(|m| m.budget.is_none()) {
            problems.push(unallocated(
                place(input.tree, &BUDGET[..1]),
                "Nothing says what marketing may cost.".to_owned(),
                "Add `budget: { total: 5000, currency: USD, allocation: { content_marketing: 100% } }`.",
            ));
        }
        return;
    };
    if budget.allocation.is_empty() && !budget.total.is_zero() {
        problems.push(unallocated(
            place(input.tree, &BUDGET),
            format!("{} {} are there, and nothing says what for.", budget.total, budget.currency),
            "Add `allocation`, for example `{ paid_advertising: 60%, content_marketing: 40% }`.",
        ));
        let over = |amounts: &BTreeMap<Id, Decimal>| amounts.values().sum::<Decimal>() - budget.total;
        for (field, amounts) in [("committed", &budget.committed), ("spent", &budget.spent)] {
            if over(amounts) > Decimal::ZERO {
                let span = place(input.tree, &[BUDGET[0], BUDGET[1], Step::Key(field)]);
                let what = format!("{} {} more than the total are {field}.", over(amounts), budget.currency);
                problems.push(exceeded(span, what));
            }
        }
        return;
    }
    let planned = budget.planned();
    for (field, amounts) in [("committed", &budget.committed), ("spent", &budget.spent)] {
        for (channel, amount) in amounts {
            // A channel without a share was told of where the budget is read.
            let Some(plan) = planned.get(channel).filter(|plan| amount > plan) else { continue };
            let span = place(input.tree, &[BUDGET[0], BUDGET[1], Step::Key(field), Step::Key(channel.as_str())]);
            let currency = &budget.currency;
            let over = amount - plan;
            let what = format!("`{channel}` has {plan} {currency}, and {amount} are {field}: {over} too many.");
            problems.push(exceeded(span, what));
        }
    }
}

fn unallocated(span: crate::core::manifest::node::Span, detail: String, hint: &str) -> Problem {
    Problem::warning("lint/no-allocation", span, "a plan without a budget by channel", detail).hint(hint)
}

fn exceeded(span: crate::core::manifest::node::Span, detail: String) -> Problem {
    Problem::warning("lint/over-budget", span, "more money than planned", detail)
        .hint("Raise `total`, or give the channel a larger share of it.")
}
