//! Documents for a terminal: the same blocks, aligned and wrapped.

use super::block::{Block, Document, Inline, Table, Tone};
use crate::ui::render::{
    View,
    status::bar,
    table::Table as Columns,
    text::{Line, Page, Role},
};

/// The whole document. Pictures become the sentence that stands for them.
pub fn render(document: &Document, view: &View) -> String {
    let mut page = Page::new();
    page.push(Line::new().add(Role::Strong, &document.title));
    if !document.subtitle.is_empty() {
        page.push(inlines(Line::new(), &document.subtitle));
    }
    page.gap();
    for block in &document.blocks {
        block_of(&mut page, block, view);
    }
    page.render(view)
}

fn block_of(page: &mut Page, block: &Block, view: &View) {
    match block {
        Block::Heading(level, text) => {
            page.gap();
            let text = if *level == 2 { text.to_uppercase() } else { text.clone() };
            page.push(Line::new().add(Role::Strong, text));
            return;
        }
        Block::Paragraph(text) => page.push(inlines(Line::at(2).hang(2), text)),
        Block::Callout(tone, text) => {
            let word = super::markdown::word(*tone);
            page.push(inlines(Line::at(2).hang(4).add(role(*tone), format!("{} {word}: ", sign(*tone))), text));
        }
        Block::Facts(facts) => {
            let mut columns = Columns::at(2);
            for (name, value) in facts {
                columns.row([Line::new().add(Role::Dim, name), inlines(Line::new(), value)]);
            }
            columns.write(page);
        }
        Block::List(items) => {
            for item in items {
                page.push(inlines(
                    Line::at(2).hang(4).add(role(item.tone), format!("{} ", sign(item.tone))),
                    &item.text,
                ));
                for below in &item.below {
                    page.push(inlines(Line::at(4).hang(6).add(Role::Dim, "- "), below));
                }
            }
        }
        Block::Table(table) => table_of(page, table, view),
        Block::Lines(text) => {
            for line in text.lines() {
                let role = match line.as_bytes().first() {
                    Some(b'+') => Role::Good,
                    Some(b'-') => Role::Bad,
                    Some(b'@') => Role::Dim,
                    _ => Role::Plain,
                };
                page.push(Line::at(4).verbatim().add(role, line));
            }
        }
        Block::Picture { text, .. } => page.push(Line::at(2).hang(2).add(Role::Dim, text)),
    }
    page.gap();
}

/// Columns where they fit; otherwise a paragraph a row, so that nothing is cut.
fn table_of(page: &mut Page, table: &Table, view: &View) {
    let cell = |text: &Vec<Inline>| inlines(Line::new(), text);
    let width = |column: usize| {
        let cells = table.rows.iter().filter_map(|r| r.get(column)).map(|c| cell(c).end());
        cells.max().unwrap_or(0).max(table.head.get(column).map_or(0, |h| h.chars().count()))
    };
    let last = table.head.len().saturating_sub(1);
    let widths: Vec<usize> = (0..=last).map(width).collect();
    let before: usize = widths[..last].iter().map(|w| w + 2).sum();
    if before + widths[last].clamp(1, 24) + 2 <= view.width {
        let row = |cells: Vec<Line>| {
            let mut line = Line::at(2);
            let mut start = 2;
            for (column, cell) in cells.into_iter().enumerate() {
                let width = widths.get(column).copied().unwrap_or_default();
                let blanks = if table.right.contains(&column) { width.saturating_sub(cell.end()) } else { 0 };
                line = line.fill(start + blanks).hang(start).join(cell);
                start += width + 2;
            }
            line
        };
        page.push(row(table.head.iter().map(|h| Line::new().add(Role::Dim, h)).collect()));
        for cells in &table.rows {
            page.push(row(cells.iter().map(cell).collect()));
        }
        return;
    }
    for cells in &table.rows {
        let mut line = Line::at(2).hang(4);
        for (head, text) in table.head.iter().zip(cells) {
            let text = cell(text);
            if text.is_blank() {
                continue;
            }
            let lead = match (line.is_blank(), *head) {
                (true, _) => String::new(),
                (false, "") => "; ".to_owned(),
                (false, head) => format!("; {}: ", head.to_lowercase()),
            };
            line = line.add(Role::Dim, lead).join(text);
        }
        page.push(line);
    }
}

fn inlines(line: Line, text: &[Inline]) -> Line {
    text.iter().fold(line, |line, inline| match inline {
        Inline::Plain(text) => line.plain(text),
        Inline::Strong(text) => line.add(Role::Strong, text),
        Inline::Dim(text) => line.add(Role::Dim, text),
        Inline::Code(text) => line.add(Role::Command, text),
        Inline::Link(link, _) => line.add(Role::Name, link.as_str().trim_start_matches("mailto:")),
        Inline::Badge(tone, text) => line.add(role(*tone), text),
        Inline::Bar(percent) => line.add(Role::Good, bar(*percent as usize, 100, 10)).plain(format!(" {percent} %")),
    })
}

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Neutral => Role::Dim,
        Tone::Good => Role::Good,
        Tone::Warn => Role::Change,
        Tone::Bad => Role::Bad,
    }
}

fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "-",
        Tone::Good => "*",
        Tone::Warn => "~",
        Tone::Bad => "!",
    }
}
