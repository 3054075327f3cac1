//! A currency written over another, without the amounts that were meant in it.

use super::{node::Node, problem::Problem};

/// The currency of a budget that names none.
const USUAL: &str = "USD";

/// A spec that changes the currency of what it is written over and keeps its total: 5,000 USD are not 5,000 EUR.
pub(super) fn changed(base: &Node<'_>, own: &Node<'_>) -> Option<Problem> {
    let budget = |spec: &'_ Node<'_>, field: &str| {
        spec.get("marketing")
            .and_then(|m| m.get("budget")?.get(field))
            .filter(|n| !n.is_null())
            .map(|n| (n.as_str().map_or_else(|| n.to_json().to_string(), str::to_owned), n.span))
    };
    let (currency, span) = budget(own, "currency")?;
    let (total, total_span) = budget(base, "total").filter(|_| !says_total(own))?;
    let before = budget(base, "currency");
    let was = before.as_ref().map_or(USUAL, |(text, _)| text);
    if was == currency {
        return None;
    }
    let problem = Problem::error(
        "budget/currency-without-total",
        span,
        "another currency for the same amount",
        format!("The profile's total is {total} {was}; with `{currency}` alone it would become {total} {currency}."),
    )
    .hint(format!("Write `total` in {currency} beside it, or leave `currency` out."))
    .related(total_span, format!("the total of {total} {was}"));
    Some(match before {
        Some((_, before)) => problem.related(before, format!("the currency `{was}`")),
        None => problem,
    })
}

/// Its own total, or none at all.
fn says_total(own: &Node<'_>) -> bool {
    own.get("marketing").and_then(|m| m.get("budget")?.get("total")).is_some()
}
