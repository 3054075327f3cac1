//! People and money over launches, as documents.

use rust_decimal::Decimal;

use super::{
    block::{Block, Document, Inline, Item, Table, Tone, dim, plain, strong},
    parts::{self, amount},
};
use crate::{
    core::portfolio::{
        capacity::{Capacity, Over},
        money::{Part, Share, Sum},
    },
    ui::render::{View, capacity as words, text::count},
};

/// What is asked of each team; the weeks as a picture in text, what is too much as sentences.
pub fn capacity(asked: &Capacity, over: &[Over], view: &View) -> Document {
    let view = View { colour: false, width: 120, ..*view };
    let mut blocks = vec![over_allocated(over)];
    let weeks = words::render(asked, &view);
    if !weeks.is_empty() {
        blocks.push(parts::heading("People asked for, by the Monday of the week"));
        blocks.push(Block::Lines(weeks));
    }
    Document { title: "Capacity".to_owned(), subtitle: Vec::new(), blocks }
}

/// Where more is asked of a team than it has, with who could give way.
pub fn over_allocated(over: &[Over]) -> Block {
    let item = |one: &Over| {
        let item = Item::new(vec![strong(one.title.clone()), plain(words::sentence(one))]).tone(Tone::Bad);
        match words::way_out(one) {
            Some(text) => item.below(vec![plain(text)]),
            None => item,
        }
    };
    parts::list_or(over.iter().map(item).collect(), "No team is asked for more than it has.")
}

/// Each currency by channel and by launch; so many launches are listed, the others counted.
pub fn money(sums: &[Sum], limit: usize) -> Document {
    let mut blocks = Vec::new();
    if sums.is_empty() {
        blocks.push(Block::Paragraph(vec![dim("No launch that fits has a budget.")]));
    }
    for sum in sums {
        let launches = count(sum.launches.len(), "launch", "launches");
        blocks.push(parts::heading(&format!("{}, {launches}", sum.currency)));
        if sum.exceeded().next().is_some() {
            blocks.push(Block::List(sum.exceeded().map(|p| exceeded(p, sum)).collect()));
        }
        blocks.push(by_channel(sum));
        blocks.push(by_launch(sum, limit));
    }
    Document { title: "Money".to_owned(), subtitle: Vec::new(), blocks }
}

/// One row for each currency.
pub fn sums(sums: &[Sum]) -> Vec<Block> {
    let row = |sum: &Sum| {
        let name = vec![strong(sum.currency.clone())];
        figures(name, [sum.total, sum.committed, sum.spent, sum.left], sum.digits, false)
    };
    let exceeded: Vec<Item> = sums.iter().flat_map(|s| s.exceeded().map(|p| self::exceeded(p, s))).collect();
    let mut blocks = vec![table("Currency", sums.iter().map(row).collect())];
    if !exceeded.is_empty() {
        blocks.push(Block::List(exceeded));
    }
    blocks
}

fn exceeded(part: &Part, sum: &Sum) -> Item {
    let over = amount(-part.left, sum.digits);
    let text = format!(": {over} {} more promised or spent than planned", sum.currency);
    Item::new(vec![strong(part.title.clone()), plain(text)]).tone(Tone::Bad)
}

fn by_channel(sum: &Sum) -> Block {
    let row = |share: &Share| {
        let name = vec![plain(share.channel.as_str().replace('_', " "))];
        figures(name, [share.planned, share.committed, share.spent, share.left], sum.digits, false)
    };
    let mut rows: Vec<_> = sum.channels.iter().map(row).collect();
    let rest = sum.unallocated();
    if !rest.is_zero() {
        let none = Decimal::ZERO;
        rows.push(figures(vec![dim("not allocated")], [rest, none, none, rest], sum.digits, false));
    }
    rows.push(figures(vec![strong("Total")], [sum.total, sum.committed, sum.spent, sum.left], sum.digits, true));
    table("Channel", rows)
}

fn by_launch(sum: &Sum, limit: usize) -> Block {
    let row = |part: &Part| {
        let name = vec![plain(part.title.clone())];
        figures(name, [part.total, part.committed, part.spent, part.left], sum.digits, false)
    };
    let mut rows: Vec<_> = sum.launches.iter().take(limit).map(row).collect();
    if let Some(rest) = sum.launches.get(limit..).filter(|rest| !rest.is_empty()) {
        let add = |of: fn(&Part) -> Decimal| rest.iter().map(of).sum::<Decimal>();
        let name = vec![dim(format!("{} more", rest.len()))];
        let values = [add(|p| p.total), add(|p| p.committed), add(|p| p.spent), add(|p| p.left)];
        rows.push(figures(name, values, sum.digits, false));
    }
    table("Launch", rows)
}

fn table(first: &'static str, rows: Vec<Vec<Vec<Inline>>>) -> Block {
    let head = vec![first, "Planned", "Committed", "Spent", "Left"];
    Block::Table(Table { head, rows, right: &[1, 2, 3, 4] })
}

fn figures(name: Vec<Inline>, values: [Decimal; 4], digits: u32, is_total: bool) -> Vec<Vec<Inline>> {
    let cell = |(at, value): (usize, Decimal)| {
        let text = amount(value, digits);
        match (at, value < Decimal::ZERO, is_total) {
            (3, true, _) => vec![Inline::Badge(Tone::Bad, text)],
            (_, _, true) => vec![strong(text)],
            _ => vec![plain(text)],
        }
    };
    std::iter::once(name).chain(values.into_iter().enumerate().map(cell)).collect()
}
