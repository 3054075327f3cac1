//! Documents as Markdown: CommonMark with GitHub's tables.

use super::block::{Block, Document, Inline, Item, Table, Tone};
use crate::ui::render::{markdown::escape, status::bar, text::clean};

/// The whole document. Text of users is only text; pictures are left out, with the sentence that stands for them.
pub fn render(document: &Document) -> String {
    let mut out = format!("# {}\n\n", prose(&document.title));
    if !document.subtitle.is_empty() {
        out += &format!("{}\n\n", inlines(&document.subtitle));
    }
    for block in &document.blocks {
        out += &block_of(block);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn block_of(block: &Block) -> String {
    match block {
        Block::Heading(level, text) => format!("{} {}\n", "#".repeat((*level).into()), prose(text)),
        Block::Paragraph(text) => format!("{}\n", inlines(text)),
        Block::Callout(tone, text) => format!("> **{}.** {}\n", word(*tone), inlines(text)),
        Block::Facts(facts) => {
            let row = |(name, value): &(&str, Vec<Inline>)| format!("- {}: {}\n", prose(name), inlines(value));
            facts.iter().map(row).collect()
        }
        Block::List(items) => items.iter().map(item).collect(),
        Block::Table(table) => table_of(table),
        Block::Lines(text) => lines(text),
        Block::Picture { text, .. } => format!("_{}_\n", prose(text)),
    }
}

/// In a fence that is longer than any run of backticks inside.
fn lines(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let kind = if text.starts_with("--- ") { "diff" } else { "" };
    let lines: Vec<String> = text.lines().map(clean).collect();
    format!("{fence}{kind}\n{}\n{fence}\n", lines.join("\n"))
}

/// What a callout is, in a word.
pub fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "Note",
        Tone::Good => "Good",
        Tone::Warn => "Attention",
        Tone::Bad => "Problem",
    }
}

fn item(item: &Item) -> String {
    let mut out = format!("- {}\n", inlines(&item.text));
    for below in &item.below {
        out += &format!("  - {}\n", inlines(below));
    }
    out
}

fn table_of(table: &Table) -> String {
    let mut out = format!("| {} |\n|", table.head.iter().map(|h| prose(h)).collect::<Vec<_>>().join(" | "));
    for column in 0..table.head.len() {
        out += if table.right.contains(&column) { "---:|" } else { "---|" };
    }
    out.push('\n');
    for row in &table.rows {
        out += &format!("| {} |\n", row.iter().map(|cell| inlines(cell)).collect::<Vec<_>>().join(" | "));
    }
    out
}

fn inlines(text: &[Inline]) -> String {
    text.iter().map(inline).collect()
}

fn inline(text: &Inline) -> String {
    match text {
        Inline::Plain(text) | Inline::Dim(text) => prose(text),
        Inline::Strong(text) | Inline::Badge(_, text) => match text.trim() {
            "" => String::new(),
            text => format!("**{}**", prose(text)),
        },
        Inline::Code(text) => code(text),
        Inline::Link(link, text) => format!("[{}](<{}>)", prose(text), link.as_str()),
        Inline::Bar(percent) => format!("{} {percent} %", bar(*percent as usize, 100, 10)),
    }
}

/// Text in a sentence: whatever could be markup, a mention or a link of its own becomes a character reference; the rest
/// stays as readable as it was.
fn prose(text: &str) -> String {
    let text = clean(text);
    let letters: Vec<char> = text.chars().collect();
    let at = |i: Option<usize>| i.and_then(|i| letters.get(i)).copied().unwrap_or(' ');
    // `1.`, `-` and `+` make lists where a line begins.
    let opening = text.chars().take_while(char::is_ascii_digit).count();
    let mut out = String::with_capacity(text.len());
    for (i, c) in letters.iter().enumerate() {
        let (before, after) = (at(i.checked_sub(1)), at(i.checked_add(1)));
        let markup = match c {
            '&' | '<' | '>' | '"' | '`' | '*' | '[' | ']' | '\\' | '|' | '~' | '#' | '@' | '!' => true,
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            ':' => after == '/',
            '.' => before.eq_ignore_ascii_case(&'w') || (opening > 0 && i == opening),
            ')' => opening > 0 && i == opening,
            '-' | '+' | '=' => i == 0,
            _ => false,
        };
        if markup { out.push_str(&escape(&c.to_string())) } else { out.push(*c) }
    }
    out
}

/// Within backticks; one more than any run inside.
fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}
