//! What documents are made of: blocks of text with roles, the same for every form.

use crate::{core::model::link::Link, ui::render::text::shorten};

/// A longer address is cut where people read it; the link leads there all the same.
const LONGEST_LINK: usize = 60;

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub title: String,
    /// Below the title: for which time, by whom.
    pub subtitle: Vec<Inline>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Level 2 or 3; level 1 is the title.
    Heading(u8, String),
    Paragraph(Vec<Inline>),
    /// The sentence that must be read.
    Callout(Tone, Vec<Inline>),
    /// Figures under their names.
    Facts(Vec<(&'static str, Vec<Inline>)>),
    List(Vec<Item>),
    Table(Table),
    /// Lines as they are: of a file or of a patch.
    Lines(String),
    /// A picture as SVG, made by launchd, with what a reader who cannot see it is told.
    Picture {
        svg: String,
        text: String,
    },
}

/// One point of a list, with points below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub tone: Tone,
    pub text: Vec<Inline>,
    pub below: Vec<Vec<Inline>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<Vec<Inline>>>,
    /// Columns of figures, which stand to the right.
    pub right: &'static [usize],
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    Plain(String),
    Strong(String),
    /// Beside the point.
    Dim(String),
    /// To be typed.
    Code(String),
    Link(Link, String),
    /// A word in a colour; the word says it all.
    Badge(Tone, String),
    /// A share of one hundred, with its number.
    Bar(u32),
}

/// How something stands. Never the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Neutral,
    Good,
    Warn,
    Bad,
}

impl Item {
    pub fn new(text: Vec<Inline>) -> Self {
        Self { tone: Tone::Neutral, text, below: Vec::new() }
    }

    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    #[must_use]
    pub fn below(mut self, text: Vec<Inline>) -> Self {
        self.below.push(text);
        self
    }
}

pub fn plain(text: impl Into<String>) -> Inline {
    Inline::Plain(text.into())
}

pub fn strong(text: impl Into<String>) -> Inline {
    Inline::Strong(text.into())
}

pub fn dim(text: impl Into<String>) -> Inline {
    Inline::Dim(text.into())
}

/// What somebody gave as evidence: a link where it is a safe address, otherwise its text in quotes.
pub fn evidence(text: &str) -> Inline {
    match Link::parse(text) {
        Some(link) => {
            let shown = shorten(link.shown(), LONGEST_LINK);
            Inline::Link(link, shown)
        }
        None => Inline::Plain(format!("“{}”", text.trim())),
    }
}

/// Where an object is: a link where it has an address, otherwise its name.
pub fn object(text: &str) -> Inline {
    match Link::parse(text) {
        Some(link) => {
            let shown = shorten(link.shown(), LONGEST_LINK);
            Inline::Link(link, shown)
        }
        None => Inline::Plain(text.to_owned()),
    }
}
