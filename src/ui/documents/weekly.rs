//! The weekly status: what was done, what comes, what is in the way.

use std::collections::BTreeMap;

use super::{
    block::{Block, Document, Inline, Item, Table, Tone, dim, plain, strong},
    parts, phrases, resources,
};
use crate::{
    core::{
        model::area::Status,
        review::{
            history::{Deed, What},
            report::{Facts, Report},
        },
    },
    ui::render::{
        portfolio as collisions,
        text::{count, list},
        words,
    },
};

/// Of objects that were made or changed, so many are named.
const NAMED: usize = 4;
/// Of many launches, so many are told of one by one in each section, and so many are in the table.
const MOST_TOLD: usize = 25;
const MOST_LISTED: usize = 100;

/// The status of one launch.
pub fn one(report: &Report, facts: &Facts, gantt: Option<String>) -> Document {
    let now = report.at;
    let zone = facts.summary.timezone;
    let mut blocks = Vec::new();
    let (tone, text) = phrases::standing(&facts.summary, now);
    blocks.push(Block::Callout(tone, vec![plain(text)]));
    blocks.push(Block::Facts(parts::tiles(facts, now)));
    blocks.push(parts::heading(&format!("Done since {}", phrases::short_day(report.since, zone))));
    blocks.push(parts::list_or(done(facts), "Nothing was finished in this week."));
    blocks.push(parts::heading("Next seven days"));
    let next = facts.next.iter().map(|n| phrases::upcoming(n, zone)).collect();
    blocks.push(parts::list_or(next, "Nothing is due."));
    blocks.push(parts::heading("At risk"));
    blocks.push(parts::list_or(parts::at_risk(facts), "Nothing is late, and nothing is expected to be."));
    blocks.push(parts::heading("Waiting for people"));
    blocks.push(parts::list_or(parts::asks(facts, &facts.asks, now), "Nobody is asked for anything."));
    blocks.extend(parts::picture(gantt));
    blocks.push(parts::heading("Risks"));
    blocks.push(parts::risks(&facts.risks));
    blocks.push(parts::heading("Goals"));
    blocks.push(parts::goals(facts, now));
    if let Some(budget) = parts::budget(facts) {
        blocks.push(parts::heading("Budget"));
        blocks.push(budget);
    }
    let subtitle = vec![dim(format!(
        "{} to {}. Made by launchd on {}.",
        phrases::short_day(report.since, zone),
        phrases::day(now, zone),
        phrases::clock(now, zone)
    ))];
    Document { title: format!("{}: weekly status", facts.summary.title), subtitle, blocks }
}

/// The status of all launches: one table, then what each has to tell.
pub fn all(report: &Report, gantt: Option<String>) -> Document {
    let zone = chrono_tz::UTC;
    let mut blocks = Vec::new();
    blocks.push(Block::Callout(tone_of_all(report), vec![plain(opening(report))]));
    if !report.launches.is_empty() {
        blocks.push(Block::Table(table(report)));
    }
    if report.launches.len() > MOST_LISTED {
        let more = format!("… and {} more; launchd portfolio lists them.", report.launches.len() - MOST_LISTED);
        blocks.push(Block::Paragraph(vec![dim(more)]));
    }
    blocks.extend(parts::picture(gantt));
    for (title, items) in [
        (format!("Done since {}", phrases::short_day(report.since, zone)), each(report, done_briefly)),
        ("Next seven days".to_owned(), each(report, |f, _| next_briefly(f))),
        ("At risk".to_owned(), each(report, |f, _| parts::at_risk(f))),
        (
            "Waiting for people".to_owned(),
            each(report, |f, r| parts::asks(f, &f.asks, r.at).into_iter().take(3).collect()),
        ),
    ] {
        if items.is_empty() {
            continue;
        }
        blocks.push(parts::heading(&title));
        blocks.extend(items);
    }
    if !report.collisions.is_empty() {
        blocks.push(parts::heading("Collisions"));
        blocks.push(Block::List(report.collisions.iter().take(20).map(|c| collision(c, report)).collect()));
        if report.collisions.len() > 20 {
            let more = format!("… and {} more; launchd portfolio shows them.", report.collisions.len() - 20);
            blocks.push(Block::Paragraph(vec![dim(more)]));
        }
    }
    if !report.over_allocated.is_empty() {
        blocks.push(parts::heading("People"));
        blocks.push(resources::over_allocated(&report.over_allocated));
    }
    if !report.money.is_empty() {
        blocks.push(parts::heading("Budget"));
        blocks.extend(resources::sums(&report.money));
    }
    let subtitle = vec![dim(format!(
        "{} to {}. Made by launchd on {}.",
        phrases::short_day(report.since, zone),
        phrases::day(report.at, zone),
        phrases::clock(report.at, zone)
    ))];
    Document { title: "Launches: weekly status".to_owned(), subtitle, blocks }
}

fn tone_of_all(report: &Report) -> Tone {
    if report.launches.iter().any(|f| f.summary.status == Status::Delayed) { Tone::Bad } else { Tone::Good }
}

fn opening(report: &Report) -> String {
    let number = |status| report.launches.iter().filter(|f| f.summary.status == status).count();
    let total = report.launches.len();
    if total == 0 {
        return "There is no launch to tell of.".to_owned();
    }
    let parts: Vec<String> = [
        (Status::Delayed, "behind its plan", "behind their plans"),
        (Status::InProgress, "under way", "under way"),
        (Status::Planned, "not begun", "not begun"),
        (Status::Completed, "complete", "complete"),
        (Status::Cancelled, "cancelled", "cancelled"),
    ]
    .into_iter()
    .filter(|(status, ..)| number(*status) > 0)
    .map(|(status, one, many)| format!("{} {}", number(status), if number(status) == 1 { one } else { many }))
    .collect();
    let asked: usize = report.launches.iter().map(|f| f.asks.len()).sum();
    let asks = match asked {
        0 => "Nobody is asked for anything.".to_owned(),
        1 => "One answer is awaited.".to_owned(),
        n => format!("{n} answers are awaited."),
    };
    let next = report.launches.iter().filter(|f| f.summary.target > report.at).min_by_key(|f| f.summary.target);
    let next = next.map(|f| {
        let s = &f.summary;
        format!(" Next is {}, {}.", s.title, phrases::away(s.target, report.at, s.timezone))
    });
    format!("{}: {}.{} {asks}", count(total, "launch", "launches"), list(&parts, 5), next.unwrap_or_default())
}

fn table(report: &Report) -> Table {
    let row = |facts: &Facts| {
        let s = &facts.summary;
        let late = facts.forecast.as_ref().map_or(0, |f| f.at_risk().count());
        let troubles = match (late, facts.asks.iter().filter(|a| a.repair).count()) {
            (0, 0) => vec![dim("none")],
            (late, repairs) => {
                let mut parts = Vec::new();
                if late > 0 {
                    parts.push(format!("{late} at risk"));
                }
                if repairs > 0 {
                    parts.push(count(repairs, "repair", "repairs"));
                }
                vec![Inline::Badge(Tone::Bad, parts.join(", "))]
            }
        };
        vec![
            vec![strong(s.title.clone())],
            vec![plain(phrases::table_day(s.target, s.timezone))],
            vec![Inline::Badge(phrases::status_tone(s.status), words::status(s.status).to_owned())],
            vec![plain(format!("{} of {}", s.milestones_done, s.milestones_total))],
            troubles,
            vec![plain(s.owner.as_deref().unwrap_or("nobody"))],
        ]
    };
    Table {
        head: vec!["Launch", "Launch day", "Status", "Milestones", "In the way", "Owner"],
        rows: report.launches.iter().take(MOST_LISTED).map(row).collect(),
        right: &[],
    }
}

/// A heading and a list for each launch that has something to tell.
fn each(report: &Report, items: impl Fn(&Facts, &Report) -> Vec<Item>) -> Vec<Block> {
    let told = report.launches.iter().map(|f| (f, items(f, report))).filter(|(_, items)| !items.is_empty());
    let mut blocks = Vec::new();
    let mut more = 0;
    for (i, (facts, items)) in told.enumerate() {
        if i >= MOST_TOLD {
            more += 1;
            continue;
        }
        blocks.extend([Block::Heading(3, facts.summary.title.clone()), Block::List(items)]);
    }
    if more > 0 {
        blocks.push(Block::Paragraph(vec![dim(format!("… and {}.", count(more, "more launch", "more launches")))]));
    }
    blocks
}

fn done_briefly(facts: &Facts, _: &Report) -> Vec<Item> {
    let mut items = done(facts);
    let more = items.len().saturating_sub(6);
    items.truncate(6);
    if more > 0 {
        items.push(Item::new(vec![dim(format!("and {more} more"))]));
    }
    items
}

fn next_briefly(facts: &Facts) -> Vec<Item> {
    facts.next.iter().take(6).map(|n| phrases::upcoming(n, facts.summary.timezone)).collect()
}

/// What people did one by one; what launchd made and changed, counted and partly named.
pub fn done(facts: &Facts) -> Vec<Item> {
    let zone = facts.summary.timezone;
    let is_routine = |d: &&Deed| matches!(d.what, What::Created | What::Updated | What::Closed | What::Deleted);
    let progress = facts.deeds.iter().filter(|d| d.what.is_progress());
    let mut items: Vec<Item> =
        progress.clone().filter(|d| !is_routine(d)).rev().map(|d| phrases::deed(d, zone)).collect();
    let mut routine: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for deed in progress.filter(is_routine) {
        let word = match deed.what {
            What::Created => "created",
            What::Updated => "updated",
            What::Closed => "closed",
            _ => "deleted",
        };
        let titles = routine.entry(word).or_default();
        if !titles.contains(&deed.title) {
            titles.push(deed.title.clone());
        }
    }
    for (word, titles) in routine {
        let were = if titles.len() == 1 { "was" } else { "were" };
        items.push(
            Item::new(vec![strong(list(&titles, NAMED)), plain(format!(" {were} {word} by launchd"))]).tone(Tone::Good),
        );
    }
    items
}

fn collision(collision: &crate::core::portfolio::Collision, report: &Report) -> Item {
    let names: Vec<String> = collision
        .launches
        .iter()
        .map(|name| {
            let known = report.launches.iter().find(|f| f.summary.launch == *name);
            known.map_or_else(|| name.to_string(), |f| f.summary.title.clone())
        })
        .collect();
    let text = vec![strong(list(&names, 4)), plain(format!(": {}.", collisions::sentence(collision)))];
    let item = Item::new(text).tone(Tone::Warn);
    collision.moves.iter().take(3).fold(item, |item, one| {
        let zone = report
            .launches
            .iter()
            .find(|f| f.summary.launch == one.launch)
            .map_or(chrono_tz::UTC, |f| f.summary.timezone);
        let (what, breaks) = collisions::proposal(one, zone);
        let what = if breaks.is_empty() { what } else { format!("{what} {}", list(&breaks, 3)) };
        item.below(vec![plain(what)])
    })
}
