//! Sections that several reports have.

use rust_decimal::Decimal;

use super::{
    block::{Block, Inline, Item, Table, Tone, dim, plain, strong},
    phrases,
};
use crate::{
    core::{
        model::{
            Timestamp,
            risk::{Level, Risk},
        },
        portfolio::Outlook,
        review::{
            asks::Ask,
            decisions::{Counts, Decision},
            report::{Facts, Summary},
        },
        schedule::cause,
    },
    ui::render::{
        View,
        blocker::{self, Scope},
        text::list,
        words,
    },
};

/// In reports, distances in time count from when it was made.
pub fn view(now: Timestamp) -> View {
    View { width: 100, colour: false, all: true, brief: false, now }
}

pub fn heading(text: &str) -> Block {
    Block::Heading(2, text.to_owned())
}

/// A list; the sentence where it would be empty.
pub fn list_or(items: Vec<Item>, nothing: &str) -> Block {
    if items.is_empty() { Block::Paragraph(vec![dim(nothing)]) } else { Block::List(items) }
}

/// Status, day, milestones, forecast and owner at one glance.
pub fn tiles(facts: &Facts, now: Timestamp) -> Vec<(&'static str, Vec<Inline>)> {
    let Summary { status, target, timezone, milestones_done, milestones_total, owner, backup, .. } = &facts.summary;
    let percent = (milestones_done * 100).checked_div(*milestones_total).unwrap_or(0);
    let mut owners = vec![plain(owner.as_deref().unwrap_or("nobody"))];
    if let Some(backup) = backup {
        owners.push(dim(format!(", backup {backup}")));
    }
    let mut tiles = vec![
        ("Status", vec![Inline::Badge(phrases::status_tone(*status), words::status(*status).to_owned())]),
        (
            "Launch day",
            vec![plain(phrases::day(*target, *timezone)), dim(format!(", {}", phrases::away(*target, now, *timezone)))],
        ),
        (
            "Milestones",
            vec![
                Inline::Bar(u32::try_from(percent).unwrap_or(0)),
                dim(format!(", {milestones_done} of {milestones_total}")),
            ],
        ),
        ("Owner", owners),
    ];
    if let Some(outlook) = facts.forecast.as_ref().and_then(Outlook::of).filter(|_| *target > now) {
        let (tone, text) = match outlook.late_days {
            0 => (Tone::Good, "on time".to_owned()),
            late => (Tone::Bad, format!("{} late", phrases::days(late))),
        };
        tiles.insert(3, ("Forecast", vec![Inline::Badge(tone, text)]));
    }
    tiles
}

/// The chart of the report's launches.
pub fn picture(gantt: Option<String>) -> impl Iterator<Item = Block> {
    let text = "The schedule is a picture; the HTML form of this report shows it, and so does launchd graph.";
    gantt.into_iter().flat_map(move |svg| [heading("Schedule"), Block::Picture { svg, text: text.to_owned() }])
}

/// Milestones that are expected late or that something stops, each with the chain of causes.
pub fn at_risk(facts: &Facts) -> Vec<Item> {
    let zone = facts.summary.timezone;
    let Some(forecast) = &facts.forecast else { return Vec::new() };
    let title = |id: &crate::core::model::name::Id| facts.milestones.iter().find(|m| m.milestone == *id);
    forecast
        .at_risk()
        .map(|m| {
            let known = title(&m.id);
            let name = known.map_or_else(|| m.id.to_string(), |k| k.title.clone());
            let owner = known.and_then(|k| k.owner.as_deref()).unwrap_or("nobody");
            let mut text = vec![strong(name)];
            text.push(plain(match m.at_risk_days {
                0 => format!(" is stopped. It is due {}", phrases::day(m.due, zone)),
                late => format!(
                    ", due {}, is expected on {}, {} late",
                    phrases::short_day(m.due, zone),
                    phrases::day(m.expected_finish, zone),
                    phrases::days(late)
                ),
            }));
            text.push(plain(format!("; {owner} answers for it.")));
            let item = Item::new(text).tone(Tone::Bad);
            let item = m.stuck.iter().fold(item, |item, stuck| item.below(vec![plain(phrases::stuck(stuck))]));
            if m.why.is_empty() { item } else { item.below(vec![dim(format!("{}.", cause::sentence(&m.why, zone)))]) }
        })
        .collect()
}

/// What waits for people: the question, what it holds back, and the command.
pub fn asks(facts: &Facts, asks: &[Ask], now: Timestamp) -> Vec<Item> {
    let zone = facts.summary.timezone;
    let view = view(now);
    asks.iter()
        .map(|ask| {
            let scope = Scope { launch: &ask.launch, subject: &ask.subject, zone, view: &view };
            let explained = blocker::explain(&ask.blocker, scope);
            let mut text = vec![strong(list(&ask.titles, 3)), plain(format!(": {}", explained.text))];
            if let Some(who) = ask.who.as_ref().filter(|w| !explained.text.contains(w.as_str())) {
                text.push(plain(format!("; {who} is asked")));
            }
            text.push(plain("."));
            let item = Item::new(text).tone(if ask.repair { Tone::Bad } else { Tone::Warn });
            explained.remedies.iter().fold(item, |item, remedy| match remedy.command.as_str() {
                "" => item.below(vec![plain(remedy.lead.clone())]),
                command => item.below(vec![plain(format!("{}: ", remedy.lead)), Inline::Code(command.to_owned())]),
            })
        })
        .collect()
}

/// The risk log as a table, the gravest first.
pub fn risks(risks: &[Risk]) -> Block {
    if risks.is_empty() {
        return Block::Paragraph(vec![dim("No risk is written down.")]);
    }
    let level = |level: Level| match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    };
    let row = |risk: &Risk| {
        let tone = match (risk.likelihood, risk.impact) {
            (Level::High, Level::High) => Tone::Bad,
            (Level::High, Level::Medium) | (Level::Medium, Level::High | Level::Medium) => Tone::Warn,
            _ => Tone::Neutral,
        };
        let weight = format!("{} × {}", level(risk.likelihood), level(risk.impact));
        let mut what = vec![plain(risk.title.clone())];
        if let Some(trigger) = &risk.trigger {
            what.push(dim(format!(" (seen by: {})", trigger.text())));
        }
        let mitigation = risk.mitigation.as_deref().unwrap_or("nothing is written down");
        let owner = risk.owner.as_deref().unwrap_or("nobody");
        vec![what, vec![Inline::Badge(tone, weight)], vec![plain(mitigation)], vec![plain(owner)]]
    };
    Block::Table(Table {
        head: vec!["Risk", "Likelihood × impact", "What is done about it", "Owner"],
        rows: risks.iter().map(row).collect(),
        right: &[],
    })
}

/// Planned, committed and spent by channel, with what is left; `None` where the launch has no budget.
pub fn budget(facts: &Facts) -> Option<Block> {
    let budget = facts.budget.as_ref()?;
    let amount = |value: Decimal| vec![plain(amount(value, budget.digits))];
    let channels: std::collections::BTreeSet<_> =
        budget.allocation.keys().chain(budget.committed.keys()).chain(budget.spent.keys()).collect();
    let mut rows = Vec::new();
    for channel in channels {
        let planned = budget.allocation.get(channel).map(|share| *share * budget.total);
        let of = |table: &std::collections::BTreeMap<_, Decimal>| table.get(channel).copied().unwrap_or_default();
        let (committed, spent) = (of(&budget.committed), of(&budget.spent));
        let left = planned.unwrap_or_default() - committed.max(spent);
        rows.push(vec![
            vec![plain(channel.as_str().replace('_', " "))],
            planned.map_or_else(|| vec![dim("–")], amount),
            amount(committed),
            amount(spent),
            amount(left),
        ]);
    }
    let sum = |table: &std::collections::BTreeMap<_, Decimal>| table.values().copied().sum::<Decimal>();
    let (committed, spent) = (sum(&budget.committed), sum(&budget.spent));
    let bold = |value: Decimal| vec![strong(self::amount(value, budget.digits))];
    rows.push(vec![
        vec![strong(format!("Total, {}", budget.currency))],
        bold(budget.total),
        bold(committed),
        bold(spent),
        bold(budget.total - committed.max(spent)),
    ]);
    Some(Block::Table(Table {
        head: vec!["Channel", "Planned", "Committed", "Spent", "Left"],
        rows,
        right: &[1, 2, 3, 4],
    }))
}

/// `120,000.00`, with the currency's digits.
pub fn amount(value: Decimal, digits: u32) -> String {
    let text = format!("{:.*}", digits as usize, value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(w, f)| (w, f));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value.is_sign_negative() && !value.is_zero() { "−" } else { "" };
    if fraction.chars().all(|c| c == '0') { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// Each approval with who said what.
pub fn decisions(facts: &Facts) -> Vec<Item> {
    facts.decisions.iter().map(|d| decision(d, facts)).collect()
}

fn decision(decision: &Decision, facts: &Facts) -> Item {
    let zone = facts.summary.timezone;
    let Decision { milestone_title, approval, from, want, have, stands, expires_at, answers, awaited, settled, .. } =
        decision;
    let (tone, state) = match (settled, stands) {
        (true, _) => (Tone::Good, "settled, the milestone is complete".to_owned()),
        (_, true) => (Tone::Good, format!("stands, {have} of {want}")),
        _ => (Tone::Warn, format!("open, {have} of {want}")),
    };
    let refused = answers.iter().any(|a| a.standing == Counts::NoGo);
    let tone = if refused && !settled { Tone::Bad } else { tone };
    let mut text = vec![
        strong(approval.as_str()),
        plain(format!(" of {milestone_title}, decided by {from}: ")),
        Inline::Badge(tone, if refused && !settled { "no-go".to_owned() } else { state }),
    ];
    if let (Some(at), true, false) = (expires_at, *stands, *settled) {
        text.push(dim(format!(", expires {}", phrases::moment(*at, zone))));
    }
    let mut item = Item::new(text).tone(tone);
    for answer in answers {
        let (tone, word) = match answer.standing {
            Counts::Go => (Tone::Good, "go"),
            Counts::NoGo => (Tone::Bad, "no-go"),
            Counts::Void => (Tone::Warn, "void, because the milestone changed afterwards"),
            Counts::Expired => (Tone::Warn, "expired"),
        };
        let mut line = vec![strong(answer.by.to_string()), plain(": "), Inline::Badge(tone, word.to_owned())];
        if let Some(comment) = &answer.comment {
            line.push(plain(format!(", “{comment}”")));
        }
        line.push(dim(format!(", {}", phrases::moment(answer.at, zone))));
        item = item.below(line);
    }
    if !stands && !settled {
        item = match awaited.as_slice() {
            [] => item.below(vec![dim(format!("Nobody is listed for {from}, so anybody can answer."))]),
            people => item.below(vec![plain("still to answer: "), strong(list(people, 8))]),
        };
        let command = format!("launchd approve {} {} {approval}", facts.summary.launch, decision.milestone);
        item = item.below(vec![plain("to answer: "), Inline::Code(command)]);
    }
    item
}
