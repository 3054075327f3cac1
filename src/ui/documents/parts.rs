//! Sections that several reports have.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{
    block::{Block, Inline, Item, Table, Tone, dim, evidence, plain, strong},
    phrases,
};
use crate::{
    core::{
        model::{Timestamp, risk::Level},
        plan::Blocker,
        portfolio::{Outlook, money::Channel},
        review::{
            asks::Ask,
            decisions::{Counts, Decision},
            goals::{GoalOutlook, GoalVerdict},
            readiness::{List, Readiness, Standing},
            report::{Facts, Summary},
            risks::{RiskOutlook, Severity, Watch},
        },
        schedule::cause::{self, Why},
    },
    ui::render::{
        View,
        blocker::{self, Scope},
        text::{count, list},
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
        let mut forecast = vec![Inline::Badge(tone, text)];
        if let Some((late, n)) = outlook.late.zip(outlook.samples) {
            let (likely, late) = (phrases::short_day(outlook.expected, *timezone), phrases::short_day(late, *timezone));
            let from = count(n as usize, "launch", "launches");
            forecast.push(dim(format!(", likely {likely}, at worst (P90) {late}, from {from}")));
        }
        tiles.insert(3, ("Forecast", forecast));
    }
    if let Some(readiness) = &facts.readiness {
        tiles.insert(3, ("Ready", vec![Inline::Bar(readiness.percent.into())]));
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
    let told: HashMap<_, _> = facts.milestones.iter().map(|m| (&m.milestone, m)).collect();
    let mut asked: HashMap<_, Vec<&Ask>> = HashMap::new();
    for ask in &facts.asks {
        asked.entry(ask.milestone.as_ref()).or_default().push(ask);
    }
    forecast
        .at_risk()
        .map(|m| {
            let known = told.get(&m.id);
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
            let asks = asked.get(&Some(&m.id)).into_iter().flatten().map(|ask| waits(ask));
            let item = asks.fold(item, |item, text| item.below(vec![plain(text)]));
            // That it was due and is not done is said already.
            let says_more = m.why.iter().any(|link| !matches!(link.why, Why::Overdue { .. }));
            if says_more { item.below(vec![dim(format!("{}.", cause::sentence(&m.why, zone)))]) } else { item }
        })
        .collect()
}

/// `It waits for Sales team is trained; ana is asked.`
fn waits(ask: &Ask) -> String {
    let what = match &ask.blocker {
        Blocker::Approval { approval, .. } => format!("the approval {approval}"),
        Blocker::Check { check, .. } => format!("the check {check}"),
        _ => ask.titles.first().cloned().unwrap_or_default(),
    };
    let verb = if ask.repair { "needs a repair of" } else { "waits for" };
    format!("It {verb} {what}; {} is asked.", ask.who.as_deref().unwrap_or("nobody"))
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
            if !explained.text.ends_with(['.', '?', '!']) {
                text.push(plain("."));
            }
            let item = Item::new(text).tone(if ask.repair { Tone::Bad } else { Tone::Warn });
            explained.remedies.iter().fold(item, |item, remedy| match remedy.command.as_str() {
                "" => item.below(vec![plain(remedy.lead.clone())]),
                command => item.below(vec![plain(format!("{}: ", remedy.lead)), Inline::Code(command.to_owned())]),
            })
        })
        .collect()
}

/// The risk log as a table: what happens already first, then the gravest.
pub fn risks(risks: &[RiskOutlook]) -> Block {
    if risks.is_empty() {
        return Block::Paragraph(vec![dim("No risk is written down.")]);
    }
    let level = |level: Level| match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    };
    let row = |risk: &RiskOutlook| {
        let tone = match risk.severity {
            Severity::Critical => Tone::Bad,
            Severity::High => Tone::Warn,
            Severity::Medium | Severity::Low => Tone::Neutral,
        };
        let weight = format!("{} × {}", level(risk.likelihood), level(risk.impact));
        let mut what = vec![strong(risk.title.clone())];
        match (&risk.watch, &risk.trigger) {
            (Watch::Triggered, _) => what.push(Inline::Badge(Tone::Bad, " – happens now".to_owned())),
            (_, Some(trigger)) => what.push(dim(format!(" (seen by: {trigger})"))),
            (_, None) => {}
        }
        let mitigation = risk.mitigation.as_deref().unwrap_or("nothing is written down");
        let owner = risk.owner.as_deref().unwrap_or("nobody");
        vec![what, vec![Inline::Badge(tone, weight)], vec![plain(mitigation)], vec![plain(owner)]]
    };
    let head = vec!["Risk", "Likelihood × impact", "What is done about it", "Owner"];
    Block::Table(Table { head, rows: risks.iter().map(row).collect(), right: &[] })
}

/// Goals against what was measured or judged.
pub fn goals(facts: &Facts, now: Timestamp) -> Block {
    let zone = facts.summary.timezone;
    if facts.goals.is_empty() {
        return Block::Paragraph(vec![dim("This launch has no goals.")]);
    }
    let row = |goal: &GoalOutlook| {
        let figure = |value: f64| match &goal.unit {
            Some(unit) => format!("{value} {unit}"),
            None => value.to_string(),
        };
        let (tone, word) = match goal.verdict {
            GoalVerdict::Reached => (Tone::Good, "reached"),
            GoalVerdict::OnTrack => (Tone::Good, "on track"),
            GoalVerdict::Missed => (Tone::Bad, "missed"),
            GoalVerdict::Behind => (Tone::Warn, "behind"),
            GoalVerdict::Inconclusive => (Tone::Warn, "a person must judge"),
            GoalVerdict::NotYet => (Tone::Neutral, "not judged yet"),
        };
        let decided = goal.judged.as_ref().and_then(|j| j.value);
        let result = match decided.or_else(|| goal.last.map(|s| s.value)) {
            Some(value) => vec![plain(figure(value))],
            None => vec![dim("–")],
        };
        let mut verdict = vec![Inline::Badge(tone, word.to_owned())];
        if let Some(said) = goal.judged.as_ref().and_then(|j| j.evidence.as_ref()) {
            verdict.extend([plain(": "), evidence(said)]);
        }
        let or_dash = |text: Option<String>| text.map_or_else(|| vec![dim("–")], |t| vec![plain(t)]);
        let by = match &goal.judged {
            Some(judged) => phrases::short_day(judged.at, zone),
            None => format!("{}, {}", phrases::short_day(goal.by, zone), phrases::away(goal.by, now, zone)),
        };
        vec![
            vec![strong(goal.title.clone())],
            or_dash(goal.baseline.map(figure)),
            or_dash(goal.target.clone()),
            result,
            verdict,
            vec![plain(by)],
        ]
    };
    let head = vec!["Goal", "Before", "Target", "Now", "Verdict", "Judged"];
    Block::Table(Table { head, rows: facts.goals.iter().map(row).collect(), right: &[] })
}

/// The score list by list, and what would bring the most points.
pub fn readiness(readiness: &Readiness) -> Vec<Block> {
    let lists = [
        (List::Milestones, "Milestones"),
        (List::Approvals, "Approvals"),
        (List::Checks, "Checks"),
        (List::Checklist, "Checklist"),
        (List::Goals, "Goals"),
        (List::Risks, "Risks"),
        (List::Way, "Nothing in the way"),
    ];
    let row = |(list, name): (List, &str)| {
        let items: Vec<_> = readiness.items.iter().filter(|i| i.list == list).collect();
        let (points, of) = readiness.of_list(list);
        let percent = if of > 0.0 { (points / of * 100.0).floor() } else { 0.0 };
        let yes = items.iter().filter(|i| i.points >= i.of).count();
        (!items.is_empty()).then(|| {
            vec![
                vec![strong(name)],
                vec![Inline::Bar(percent as u32)],
                vec![plain(format!("{yes} of {}", items.len()))],
                vec![plain(format!("{points:.1} of {of:.1}"))],
            ]
        })
    };
    let rows = lists.into_iter().filter_map(row).collect();
    let table = Table { head: vec!["", "Reached", "Items", "Points of 100"], rows, right: &[2, 3] };
    let open = readiness.next();
    let items: Vec<Item> = open
        .iter()
        .take(8)
        .map(|item| {
            let text = vec![
                strong(item.title.clone()),
                plain(format!(": {}", item.why)),
                dim(format!(", {:.1} points", item.of - item.points)),
            ];
            Item::new(text).tone(if item.standing == Standing::No { Tone::Bad } else { Tone::Warn })
        })
        .collect();
    let done: Vec<Item> = readiness
        .items
        .iter()
        .filter(|i| i.points >= i.of)
        .map(|i| Item::new(vec![strong(i.title.clone()), plain(format!(": {}", i.why))]).tone(Tone::Good))
        .collect();
    let mut blocks = vec![Block::Table(table)];
    if !items.is_empty() {
        blocks.push(Block::Heading(3, "What is missing most".to_owned()));
        blocks.push(Block::List(items));
    }
    if !done.is_empty() {
        blocks.push(Block::Heading(3, "What is there, and how it is known".to_owned()));
        blocks.push(Block::List(done));
    }
    blocks
}

/// Planned, committed and spent by channel, with what is left; `None` where the launch has no budget.
pub fn budget(facts: &Facts) -> Option<Block> {
    let money = facts.budget.as_ref()?;
    let amount = |value: Decimal| vec![plain(amount(value, money.digits))];
    let bold = |value: Decimal| vec![strong(self::amount(value, money.digits))];
    let row = |channel: &Channel| {
        let name = vec![plain(channel.channel.as_str().replace('_', " "))];
        let Channel { planned, committed, spent, .. } = channel;
        vec![name, amount(*planned), amount(*committed), amount(*spent), amount(channel.left())]
    };
    let mut rows: Vec<_> = money.channels.iter().map(row).collect();
    rows.push(vec![
        vec![strong(format!("Total, {}", money.currency))],
        bold(money.total),
        bold(money.committed),
        bold(money.spent),
        bold(money.left()),
    ]);
    let head = vec!["Channel", "Planned", "Committed", "Spent", "Left"];
    Some(Block::Table(Table { head, rows, right: &[1, 2, 3, 4] }))
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
