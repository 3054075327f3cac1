//! The post-launch review: goals against results, promises against what came, what went wrong, what it cost.

use std::collections::BTreeMap;

use super::{
    block::{Block, Document, Inline, Item, Table, Tone, dim, plain, strong},
    parts, phrases,
};
use crate::{
    core::review::{
        history::{Deed, What},
        report::{Facts, Report},
        slips::Slip,
    },
    ui::render::text::{count, list},
};

/// Of the time line and of incidents, so many are told.
const MOST: usize = 60;

/// What came of a launch.
pub fn one(report: &Report, facts: &Facts, gantt: Option<String>) -> Document {
    let now = report.at;
    let summary = &facts.summary;
    let (tone, text) = phrases::standing(summary, now);
    let mut blocks = vec![
        Block::Callout(tone, vec![plain(format!("{text} {}", in_short(facts)))]),
        Block::Facts(parts::tiles(facts, now)),
    ];
    if let Some(description) = &summary.description {
        blocks.push(Block::Paragraph(vec![plain(description.clone())]));
    }
    blocks.push(parts::heading("Goals and results"));
    blocks.push(parts::goals(facts, now));
    blocks.push(parts::heading("Promised and kept"));
    blocks.push(slips(facts));
    let causes = by_cause(facts);
    if !causes.is_empty() {
        blocks.push(Block::Heading(3, "Where the time went".to_owned()));
        blocks.push(Block::List(causes));
    }
    blocks.extend(parts::picture(gantt));
    blocks.push(parts::heading("What went out"));
    blocks.push(went_out(facts));
    blocks.push(parts::heading("Incidents"));
    blocks.extend(incidents(facts));
    if let Some(budget) = parts::budget(facts) {
        blocks.push(parts::heading("Budget"));
        blocks.push(budget);
    }
    blocks.push(parts::heading("Risks that were written down"));
    blocks.push(parts::risks(&facts.risks));
    blocks.push(parts::heading("Time line"));
    blocks.push(time_line(facts));
    let subtitle = vec![dim(format!("Made by launchd on {}.", phrases::clock(now, summary.timezone)))];
    Document { title: format!("{}: post-launch review", summary.title), subtitle, blocks }
}

fn in_short(facts: &Facts) -> String {
    let done: Vec<&Slip> = facts.milestones.iter().filter(|m| m.actual.is_some()).collect();
    let late = done.iter().filter(|m| phrases::lateness(m.late_seconds).0 == Tone::Bad).count();
    let incidents = facts.deeds.iter().filter(|d| d.what.is_incident()).count();
    let kept = match (done.len(), late) {
        (0, _) => "No milestone came yet".to_owned(),
        (1, 0) => "The one that came was on time".to_owned(),
        (1, _) => "The one that came was late".to_owned(),
        (all, 0) => format!("All {all} that came were on time"),
        (all, late) => format!("{late} of the {all} that came {} late", if late == 1 { "was" } else { "were" }),
    };
    let wrong = match incidents {
        0 => "nothing went wrong on the way".to_owned(),
        n => count(n, "thing went wrong on the way", "things went wrong on the way"),
    };
    format!("{kept}; {wrong}.")
}

fn slips(facts: &Facts) -> Block {
    let zone = facts.summary.timezone;
    let short = |at: Option<crate::core::model::Timestamp>| match at {
        Some(at) => vec![plain(phrases::table_day(at, zone))],
        None => vec![dim("–")],
    };
    let row = |m: &Slip| {
        let (tone, late) = phrases::lateness(m.late_seconds);
        let (tone, late) = match m.actual {
            Some(_) => (tone, late),
            None if m.late_seconds > 0 && tone == Tone::Bad => (tone, format!("{late} so far")),
            None => (Tone::Neutral, "to come".to_owned()),
        };
        let cause = if tone == Tone::Bad { phrases::cause(m) } else { String::new() };
        vec![
            vec![strong(m.title.clone())],
            short(m.baseline.or(Some(m.due))),
            short(Some(m.due)),
            short(m.actual),
            vec![Inline::Badge(tone, late)],
            vec![plain(cause)],
        ]
    };
    if facts.milestones.is_empty() {
        return Block::Paragraph(vec![dim("This launch has no milestones.")]);
    }
    Block::Table(Table {
        head: vec!["Milestone", "First promised", "Promised last", "Came", "", "Why"],
        rows: facts.milestones.iter().map(row).collect(),
        right: &[],
    })
}

/// How much each cause took, the largest first.
fn by_cause(facts: &Facts) -> Vec<Item> {
    let mut sums: BTreeMap<String, (i64, Vec<String>)> = BTreeMap::new();
    for slip in
        facts.milestones.iter().filter(|m| phrases::lateness(m.late_seconds).0 == Tone::Bad && m.cause.is_some())
    {
        let (sum, titles) = sums.entry(phrases::cause(slip)).or_default();
        *sum += slip.late_seconds;
        titles.push(slip.title.clone());
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, (sum, _))| std::cmp::Reverse(*sum));
    let item = |(cause, (sum, titles)): (String, (i64, Vec<String>))| {
        let (_, late) = phrases::lateness(sum);
        Item::new(vec![strong(late), plain(format!(": {} {cause}", list(&titles, 4)))]).tone(Tone::Bad)
    };
    sums.into_iter().map(item).collect()
}

fn went_out(facts: &Facts) -> Block {
    let zone = facts.summary.timezone;
    let row = |out: &crate::core::review::outgoing::Outgoing| {
        let when = match (out.went_out, out.in_doubt) {
            (Some(at), _) => vec![plain(phrases::moment(at, zone))],
            (None, true) => vec![Inline::Badge(Tone::Bad, "in doubt".to_owned())],
            (None, false) => vec![Inline::Badge(Tone::Warn, "not sent".to_owned())],
        };
        let to: Vec<String> = out.to.iter().map(|(name, value)| format!("{name} {value}")).collect();
        vec![vec![strong(out.title.clone())], when, vec![plain(list(&to, 3))], vec![dim(out.uses.to_string())]]
    };
    if facts.outgoing.is_empty() {
        return Block::Paragraph(vec![dim("Nothing in this launch was public, costly or irreversible.")]);
    }
    Block::Table(Table {
        head: vec!["What", "When", "To", "Through"],
        rows: facts.outgoing.iter().map(row).collect(),
        right: &[],
    })
}

/// What went wrong, counted by kind, then one by one; tries that failed and were repeated only counted.
fn incidents(facts: &Facts) -> Vec<Block> {
    let number = |what| facts.deeds.iter().filter(|d| d.what == what).count();
    let kinds = [
        (What::InDoubt, "effect in doubt", "effects in doubt"),
        (What::Rejected, "rejection", "rejections"),
        (What::Retried, "try that failed and was repeated", "tries that failed and were repeated"),
        (What::Blocked, "block by a person", "blocks by people"),
        (What::Refused, "no-go", "no-gos"),
        (What::MilestoneReopened, "milestone reopened", "milestones reopened"),
        (What::Held, "time that the files could not be followed", "times that the files could not be followed"),
    ];
    let counted: Vec<String> =
        kinds.iter().filter(|(w, ..)| number(*w) > 0).map(|(w, one, many)| count(number(*w), one, many)).collect();
    if counted.is_empty() {
        return vec![Block::Paragraph(vec![dim("None: nothing was rejected, repeated, blocked or in doubt.")])];
    }
    let told = facts.deeds.iter().filter(|d| d.what.is_incident() && d.what != What::Retried);
    let mut blocks = vec![Block::Paragraph(vec![plain(format!("{}.", list(&counted, 8)))])];
    let items = some(told, facts);
    if !items.is_empty() {
        blocks.push(Block::List(items));
    }
    blocks
}

fn time_line(facts: &Facts) -> Block {
    let told = facts.deeds.iter().filter(|d| {
        matches!(
            d.what,
            What::MilestoneCompleted
                | What::LaunchCompleted
                | What::Cancelled
                | What::Paused
                | What::Resumed
                | What::Approved
                | What::Refused
                | What::WentOut
                | What::Done
        )
    });
    parts::list_or(some(told, facts), "Nothing happened yet.")
}

fn some<'a>(deeds: impl Iterator<Item = &'a Deed>, facts: &Facts) -> Vec<Item> {
    let mut items: Vec<Item> = deeds.map(|d| phrases::deed(d, facts.summary.timezone)).collect();
    let more = items.len().saturating_sub(MOST);
    if more > 0 {
        items.truncate(MOST);
        items.push(Item::new(vec![dim(format!(
            "… and {more} more; launchd events {} shows all",
            facts.summary.launch
        ))]));
    }
    items
}
