//! The packet for a go/no-go: is it ready, who decides, what goes out and cannot be taken back.

use super::{
    block::{Block, Document, Inline, Item, Table, Tone, dim, plain, strong},
    parts, phrases,
};
use crate::{
    core::{
        model::{Timestamp, area::Phase},
        review::{
            outgoing::{Outgoing, Rollback},
            report::{Facts, Report},
        },
    },
    ui::render::text::{count, list},
};

/// Everything that the decision rests on.
pub fn one(report: &Report, facts: &Facts, gantt: Option<String>) -> Document {
    let now = report.at;
    let summary = &facts.summary;
    let mut blocks = vec![verdict(facts, now), Block::Facts(parts::tiles(facts, now))];
    if let Some(description) = &summary.description {
        blocks.push(Block::Paragraph(vec![plain(description.clone())]));
    }
    blocks.push(parts::heading("Decisions"));
    blocks.push(parts::list_or(parts::decisions(facts), "This launch asks for no approval."));
    blocks.push(parts::heading("Before the launch"));
    blocks.push(milestones(facts, now));
    if let Some(readiness) = &facts.readiness {
        blocks.push(parts::heading(&format!("Readiness: {} %", readiness.percent)));
        blocks.extend(parts::readiness(readiness));
    }
    blocks.push(parts::heading("In the way"));
    blocks.push(parts::list_or(
        in_the_way(facts, now),
        "Nothing is late, and nothing waits for people beside the decisions.",
    ));
    blocks.extend(parts::picture(gantt));
    blocks.push(parts::heading("Point of no return"));
    blocks.extend(outgoing(facts));
    blocks.push(parts::heading("Risks"));
    blocks.push(parts::risks(&facts.risks));
    if let Some(budget) = parts::budget(facts) {
        blocks.push(parts::heading("Budget"));
        blocks.push(budget);
    }
    let subtitle = vec![dim(format!(
        "Launch day {}. Made by launchd on {}.",
        phrases::moment(summary.target, summary.timezone),
        phrases::clock(now, summary.timezone)
    ))];
    Document { title: format!("{}: go or no-go", summary.title), subtitle, blocks }
}

/// What stands against a go, in one sentence. People decide; this only counts.
fn verdict(facts: &Facts, now: Timestamp) -> Block {
    let refused = facts
        .decisions
        .iter()
        .filter(|d| !d.settled && d.answers.iter().any(|a| a.standing == crate::core::review::decisions::Counts::NoGo));
    let refused: Vec<&str> = refused.map(|d| d.approval.as_str()).collect();
    let open = facts.decisions.iter().filter(|d| !d.stands && !d.settled).count();
    let pre = || facts.milestones.iter().filter(|m| m.phase == Phase::PreLaunch);
    let missing = pre().filter(|m| m.actual.is_none()).count();
    let repairs = facts.asks.iter().filter(|a| a.repair).count();
    let mut against = Vec::new();
    if missing > 0 {
        against.push(format!(
            "{missing} of {} before the launch {} not complete",
            count(pre().count(), "milestone", "milestones"),
            if missing == 1 { "is" } else { "are" }
        ));
    }
    if repairs > 0 {
        against.push(format!("{} needed", count(repairs, "repair is", "repairs are")));
    }
    if open > 0 {
        against.push(format!("{} open", count(open, "decision is", "decisions are")));
    }
    let (tone, text) = if !refused.is_empty() {
        (
            Tone::Bad,
            format!(
                "There is a no-go: {}. Nothing goes out before it is withdrawn or what it was about changes.",
                list(&refused, 3)
            ),
        )
    } else if against.is_empty() {
        (Tone::Good, "Everything before the launch is complete, and every decision stands.".to_owned())
    } else {
        (Tone::Warn, format!("Not ready yet: {}.", list(&against, 4)))
    };
    let day = format!(" Launch day is {}.", phrases::away(facts.summary.target, now, facts.summary.timezone));
    Block::Callout(tone, vec![plain(text), plain(day)])
}

fn milestones(facts: &Facts, now: Timestamp) -> Block {
    let zone = facts.summary.timezone;
    let row = |m: &crate::core::review::slips::Slip| {
        let state = match m.actual {
            Some(at) => Inline::Badge(Tone::Good, format!("complete since {}", phrases::short_day(at, zone))),
            None if m.due < now => {
                Inline::Badge(Tone::Bad, format!("overdue, was due {}", phrases::away(m.due, now, zone)))
            }
            None => Inline::Badge(Tone::Neutral, format!("open, due {}", phrases::away(m.due, now, zone))),
        };
        vec![
            vec![strong(m.title.clone())],
            vec![plain(phrases::table_day(m.due, zone))],
            vec![state],
            vec![plain(m.owner.as_deref().unwrap_or("nobody"))],
        ]
    };
    let rows: Vec<_> = facts.milestones.iter().filter(|m| m.phase == Phase::PreLaunch).map(row).collect();
    if rows.is_empty() {
        return Block::Paragraph(vec![dim("This launch has no milestone before its day.")]);
    }
    Block::Table(Table { head: vec!["Milestone", "Due", "State", "Owner"], rows, right: &[] })
}

/// What is late, and what waits for people, the decisions apart.
fn in_the_way(facts: &Facts, now: Timestamp) -> Vec<Item> {
    let mut items = parts::at_risk(facts);
    let others: Vec<_> = facts
        .asks
        .iter()
        .filter(|a| !matches!(a.blocker, crate::core::plan::Blocker::Approval { .. }))
        .cloned()
        .collect();
    items.extend(parts::asks(facts, &others, now));
    items
}

fn outgoing(facts: &Facts) -> Vec<Block> {
    let zone = facts.summary.timezone;
    let Some(first) = facts.outgoing.iter().find(|o| o.went_out.is_none()) else {
        let text = if facts.outgoing.is_empty() {
            "Nothing in this launch is public, costly or irreversible."
        } else {
            "Everything that cannot be taken back has gone out."
        };
        return vec![Block::Paragraph(vec![dim(text)])];
    };
    let lead = vec![
        plain("After "),
        strong(phrases::moment(first.at, zone)),
        plain(", when "),
        strong(first.title.clone()),
        plain(" may go out, this launch cannot be taken back completely. This is what goes out, in order:"),
    ];
    vec![Block::Paragraph(lead), Block::List(facts.outgoing.iter().map(|o| one_outgoing(o, facts)).collect())]
}

fn one_outgoing(out: &Outgoing, facts: &Facts) -> Item {
    let zone = facts.summary.timezone;
    let when = match (out.went_out, out.in_doubt) {
        (Some(at), _) => format!(": went out {}", phrases::moment(at, zone)),
        (None, true) => ": was sent, and nobody knows whether it arrived".to_owned(),
        (None, false) => format!(": not before {}", phrases::moment(out.at, zone)),
    };
    let tone = if out.in_doubt {
        Tone::Bad
    } else if out.went_out.is_some() {
        Tone::Good
    } else {
        Tone::Warn
    };
    let mut item = Item::new(vec![strong(out.title.clone()), plain(when), dim(format!(" ({})", out.uses))]).tone(tone);
    if !out.to.is_empty() {
        let to: Vec<String> = out.to.iter().map(|(name, value)| format!("{name} {value}")).collect();
        item = item.below(vec![plain(format!("to: {}", list(&to, 4)))]);
    }
    if let Some(says) = &out.says {
        item = item.below(vec![plain(format!("it says: “{says}”"))]);
    }
    item.below(vec![plain(match &out.rollback {
        Rollback::Nothing => "rollback: none; a cancelled launch leaves it as it is".to_owned(),
        Rollback::Close => "rollback: launchd closes it when the launch is cancelled".to_owned(),
        Rollback::Delete => "rollback: launchd deletes it when the launch is cancelled".to_owned(),
        Rollback::Run { uses, title } => format!("rollback: {title} ({uses}) when the launch is cancelled"),
    })])
}
