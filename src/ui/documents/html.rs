//! Documents as one HTML file without anything from outside: it opens from a mail, and prints on A4.

use super::block::{Block, Document, Inline, Item, Table, Tone};
use crate::ui::render::text::{self, clean};

const STYLE: &str = include_str!("report.css");

/// The whole file. The policy in its head forbids scripts and every request, should an escape ever be missing.
pub fn render(document: &Document) -> String {
    let mut body = String::new();
    for block in &document.blocks {
        body += &block_of(block);
    }
    let subtitle = match document.subtitle.as_slice() {
        [] => String::new(),
        text => format!("<p class=\"subtitle\">{}</p>\n", inlines(text)),
    };
    let title = escape(&document.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{title}</h1>\n{subtitle}</header>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Text of anybody within HTML, in text and in attributes with double quotes.
pub fn escape(text: &str) -> String {
    text::markup(&clean(text))
}

fn block_of(block: &Block) -> String {
    match block {
        Block::Heading(level, text) => format!("<h{level}>{}</h{level}>\n", escape(text)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", inlines(text)),
        Block::Callout(tone, text) => {
            let word = super::markdown::word(*tone);
            format!("<p class=\"callout {}\"><strong>{word}.</strong> {}</p>\n", class(*tone), inlines(text))
        }
        Block::Facts(facts) => {
            let fact = |(name, value): &(&str, Vec<Inline>)| {
                format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), inlines(value))
            };
            format!("<dl class=\"facts\">\n{}</dl>\n", facts.iter().map(fact).collect::<String>())
        }
        Block::List(items) => format!("<ul>\n{}</ul>\n", items.iter().map(item).collect::<String>()),
        Block::Table(table) => table_of(table),
        Block::Lines(text) => {
            let lines: Vec<String> = text.lines().map(escape).collect();
            format!("<pre>{}</pre>\n", lines.join("\n"))
        }
        Block::Picture { svg, text } => {
            format!("<figure role=\"img\" aria-label=\"{}\">{svg}</figure>\n", escape(text))
        }
    }
}

fn item(item: &Item) -> String {
    let below: String = item.below.iter().map(|text| format!("<li>{}</li>\n", inlines(text))).collect();
    let below = if below.is_empty() { below } else { format!("\n<ul>\n{below}</ul>\n") };
    format!("<li class=\"{}\">{}{below}</li>\n", class(item.tone), inlines(&item.text))
}

fn table_of(table: &Table) -> String {
    let side = |column: usize| if table.right.contains(&column) { " class=\"right\"" } else { "" };
    let head: String = table
        .head
        .iter()
        .enumerate()
        .map(|(i, h)| format!("<th scope=\"col\"{}>{}</th>", side(i), escape(h)))
        .collect();
    let row = |cells: &Vec<Vec<Inline>>| {
        let cell = |(i, text): (usize, &Vec<Inline>)| {
            format!("<td{}>{}</td>", side(i), text.iter().map(|t| inline(t, &breakable)).collect::<String>())
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<div class=\"table\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn inlines(text: &[Inline]) -> String {
    text.iter().map(|t| inline(t, &escape)).collect()
}

/// Names of many words may go on in the next line of a narrow cell.
fn breakable(text: &str) -> String {
    escape(text).replace('_', "_<wbr>")
}

fn inline(text: &Inline, words: &dyn Fn(&str) -> String) -> String {
    match text {
        Inline::Plain(text) => words(text),
        Inline::Strong(text) => format!("<strong>{}</strong>", words(text)),
        Inline::Dim(text) => format!("<span class=\"dim\">{}</span>", words(text)),
        Inline::Code(text) => format!("<code>{}</code>", escape(text)),
        Inline::Link(link, text) => {
            format!("<a href=\"{}\" rel=\"noreferrer noopener\">{}</a>", escape(link.as_str()), words(text))
        }
        Inline::Badge(tone, text) => format!("<span class=\"badge {}\">{}</span>", class(*tone), escape(text)),
        Inline::Bar(percent) => {
            let percent = (*percent).min(100);
            format!("<span class=\"meter\"><span style=\"width:{percent}%\"></span></span> {percent}&nbsp;%")
        }
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}
