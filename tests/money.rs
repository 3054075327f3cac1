//! Money: exact amounts, shares that add up to the last cent, and currencies that are kept apart.

use launchd::{
    core::{
        model::{launch::Launch, resources::Budget},
        portfolio::money::{Money, totals},
    },
    ui::{
        documents::{markdown, resources, terminal},
        render::View,
    },
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::fixtures::{at, empty_launch, id};

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn budget(total: &str, currency: &str, digits: u32, shares: &[(&str, &str)]) -> Budget {
    let allocation = shares.iter().map(|(channel, share)| (id(channel), amount(share))).collect();
    let (committed, spent) = Default::default();
    Budget { total: amount(total), currency: currency.to_owned(), digits, allocation, committed, spent }
}

fn planned(budget: &Budget) -> Vec<String> {
    budget.planned().iter().map(|(channel, amount)| format!("{channel} {amount}")).collect()
}

#[test]
fn shares_that_divide_evenly_are_just_that() {
    let budget = budget("100000", "USD", 2, &[("ads", "0.4"), ("content", "0.3"), ("pr", "0.2"), ("social", "0.1")]);
    assert_eq!(planned(&budget), ["ads 40000", "content 30000", "pr 20000", "social 10000"]);
}

#[test]
fn the_cent_that_is_left_over_goes_where_rounding_took_most() {
    // Thirds of 100.00: 33.333, 33.333 and 33.334 — the last lost 0.004, the others 0.003.
    let thirds = budget("100", "USD", 2, &[("a", "0.33333"), ("b", "0.33333"), ("c", "0.33334")]);
    assert_eq!(planned(&thirds), ["a 33.33", "b 33.33", "c 33.34"]);
    // 0.05 in halves: 0.025 each; the first by name has the odd cent.
    assert_eq!(planned(&budget("0.05", "USD", 2, &[("b", "0.5"), ("a", "0.5")])), ["a 0.03", "b 0.02"]);
    // Yen have no smaller unit, dinars have three digits.
    assert_eq!(planned(&budget("101", "JPY", 0, &[("a", "0.5"), ("b", "0.5")])), ["a 51", "b 50"]);
    assert_eq!(planned(&budget("0.101", "KWD", 3, &[("a", "0.5"), ("b", "0.5")])), ["a 0.051", "b 0.05"]);
}

#[test]
fn what_is_left_is_the_plan_less_the_larger_of_promised_and_paid() {
    let mut budget = budget("1000", "EUR", 2, &[("ads", "0.6"), ("pr", "0.4")]);
    budget.committed = [(id("ads"), amount("500")), (id("events"), amount("20"))].into();
    budget.spent = [(id("ads"), amount("650.50")), (id("pr"), amount("100"))].into();
    let money = Money::of(&budget);
    let channels: Vec<_> =
        money.channels.iter().map(|c| format!("{} {} left {}", c.channel, c.planned, c.left())).collect();
    assert_eq!(channels, ["ads 600 left -50.50", "pr 400 left 300", "events 0 left -20"]);
    assert_eq!((money.committed, money.spent), (amount("520"), amount("750.50")));
    // -50.50 + 300 - 20: the rows above add up to it.
    assert_eq!(money.left(), amount("229.50"));
    assert_eq!(money.left(), money.channels.iter().map(|c| c.left()).sum());
}

#[test]
fn two_currencies_are_two_sums() {
    let launches = [
        launch("a", budget("1000.10", "USD", 2, &[])),
        launch("b", budget("500", "EUR", 2, &[])),
        launch("c", budget("0.2", "USD", 2, &[])),
        empty_launch("d"),
    ];
    let sums: Vec<_> =
        totals(&launches).iter().map(|s| format!("{} {} {}", s.currency, s.total, s.launches.len())).collect();
    assert_eq!(sums, ["EUR 500 1", "USD 1000.30 2"]);
}

fn launch(name: &str, budget: Budget) -> Launch {
    Launch { budget: Some(budget), title: format!("Launch {name}"), ..empty_launch(name) }
}

/// Two currencies; one launch has spent more than there is, and one allocates nothing.
fn three() -> [Launch; 3] {
    let mut over = budget("10000", "USD", 2, &[("paid_advertising", "0.6"), ("pr_relations", "0.4")]);
    over.committed = [(id("paid_advertising"), amount("9000"))].into();
    over.spent = [(id("paid_advertising"), amount("8000.50")), (id("pr_relations"), amount("3500"))].into();
    let mut fine = budget("120000", "USD", 2, &[("paid_advertising", "1")]);
    fine.committed = [(id("paid_advertising"), amount("40000"))].into();
    [launch("over", over), launch("fine", fine), launch("plain", budget("5000", "EUR", 2, &[]))]
}

#[test]
fn what_one_launch_has_left_does_not_pay_for_another() {
    let sums = totals(&three());
    let dollars = &sums[1];
    // 10,000 less 9,000 promised and 3,500 spent elsewhere, and 120,000 less 40,000 promised.
    assert_eq!((dollars.currency.as_str(), dollars.left), ("USD", amount("77500")));
    let exceeded: Vec<_> = dollars.exceeded().map(|p| (p.launch.as_str(), p.left)).collect();
    assert_eq!(exceeded, [("over", amount("-2500"))]);
    let channels: Vec<_> = dollars.channels.iter().map(|c| (c.channel.as_str(), c.planned, c.left)).collect();
    assert_eq!(
        channels,
        [("paid_advertising", amount("126000"), amount("77000")), ("pr_relations", amount("4000"), amount("500"))]
    );
    assert_eq!(sums[0].unallocated(), amount("5000"));
}

#[test]
fn money_over_launches_is_told_by_channel_and_by_launch() {
    let document = resources::money(&totals(&three()), 1);
    let view = |width| View { width, colour: false, all: false, brief: false, now: at("2027-03-01") };
    for width in [60, 80] {
        insta::assert_snapshot!(format!("money_{width}"), terminal::render(&document, &view(width)));
    }
    insta::assert_snapshot!("money_markdown", markdown::render(&document));
}

#[test]
fn the_portfolio_tells_programs_its_money_and_checks_it() {
    let plan = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas }\nspec:\n  launch_type: beta_launch\n  \
                target_date: 2028-04-05T09:00\n  owner: ana\n  marketing:\n    budget: { spent: { content_marketing: 9000 } }\n";
    let home = crate::cli::repository(&[("launches/atlas.yaml", plan)]);
    let (code, out, err) = crate::cli::launchd(home.path(), &["portfolio", "--money", "-o", "json"]);
    assert_eq!(code, 0, "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&document["version"], &document["kind"]), (&1.into(), &"Money".into()));
    let sum = &document["sums"][0];
    // 10,000 of the profile, of which 9,000 are spent.
    assert_eq!((&sum["currency"], &sum["total"], &sum["left"]), (&"USD".into(), &"10000".into(), &"1000".into()));
    assert_eq!(crate::cli::launchd(home.path(), &["portfolio", "--money", "--check"]).0, 0);
    std::fs::write(home.path().join("launches/atlas.yaml"), plan.replace("9000", "10001")).unwrap();
    assert_eq!(crate::cli::launchd(home.path(), &["portfolio", "--money", "--check"]).0, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_parts_of_any_total_add_up_to_it_and_none_is_a_unit_off(
        cents in 0i64..10_000_000_000,
        weights in proptest::collection::vec(0u32..1000, 1..12),
        digits in 0u32..4,
    ) {
        // Shares of ten digits that add up to 1.
        let sum: u64 = weights.iter().map(|w| u64::from(*w)).sum::<u64>().max(1);
        let mut shares: Vec<_> = weights.iter().map(|w| Decimal::new((u64::from(*w) * 10_000_000_000 / sum) as i64, 10)).collect();
        let rest = Decimal::ONE - shares.iter().sum::<Decimal>();
        shares[0] += rest;
        let mut budget = budget("0", "USD", digits, &[]);
        budget.total = Decimal::new(cents, digits);
        budget.allocation = shares.iter().enumerate().map(|(i, s)| (id(&format!("c{i}")), *s)).collect();
        let planned = budget.planned();
        prop_assert_eq!(planned.values().sum::<Decimal>(), budget.total);
        for (channel, amount) in &planned {
            let exact = budget.total * budget.allocation[channel];
            prop_assert!((*amount - exact).abs() < Decimal::new(1, digits), "{} {} {}", channel, amount, exact);
            prop_assert!(amount.scale() <= digits && *amount >= Decimal::ZERO);
        }
    }
}
