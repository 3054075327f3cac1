//! Lines of text with roles, as renderers build them. They are wrapped and coloured once at the end (see `wrap`).

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::View;

/// What a piece of text is for. Only [`Role::style`] knows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    #[default]
    Plain,
    /// Headings, and the words that a reader looks for.
    Strong,
    /// Beside the point.
    Dim,
    /// Added, done, passing.
    Good,
    /// Changed, waiting.
    Change,
    /// Removed, failed.
    Bad,
    /// Must be seen: the point of no return, a stop.
    Alert,
    /// To be typed: commands. Never broken over lines.
    Command,
    /// Names of launches, milestones, activities, and web addresses. Never broken over lines.
    Name,
}

impl Role {
    pub(super) fn style(self) -> Style {
        let colour = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
        match self {
            Self::Plain | Self::Name => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => colour(AnsiColor::Green),
            Self::Change => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red),
            Self::Alert => colour(AnsiColor::Magenta).bold(),
            Self::Command => colour(AnsiColor::Cyan),
        }
    }

    pub(super) fn breaks(self) -> bool {
        !matches!(self, Self::Command | Self::Name)
    }
}

/// One line, possibly wrapped.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub(super) spans: Vec<(Role, String)>,
    pub(super) indent: usize,
    /// Where continuation lines start.
    pub(super) hang: usize,
    /// The piece that starts the last cell of a table's row.
    pub(super) last: Option<usize>,
    pub(super) verbatim: bool,
}

impl Line {
    pub fn new() -> Self {
        Self::default()
    }

    /// A line that starts at column `indent` and continues there.
    pub fn at(indent: usize) -> Self {
        Self { indent, hang: indent, ..Self::default() }
    }

    /// The column of the first character.
    pub fn indent(&self) -> usize {
        self.indent
    }

    /// Continuation lines start at `column`.
    #[must_use]
    pub fn hang(mut self, column: usize) -> Self {
        self.hang = column;
        self
    }

    /// What is added now is the last cell of a row. Where too little room is left for it, it gets the next line.
    #[must_use]
    pub fn last_cell(mut self) -> Self {
        self.last = Some(self.spans.len());
        self
    }

    /// Never wrapped: a line of a file or of a diff.
    #[must_use]
    pub fn verbatim(mut self) -> Self {
        self.verbatim = true;
        self
    }

    /// Adds text; control characters in it are made visible.
    #[must_use]
    pub fn add(mut self, role: Role, text: impl AsRef<str>) -> Self {
        self.push(role, text);
        self
    }

    pub fn push(&mut self, role: Role, text: impl AsRef<str>) {
        let text = clean(text.as_ref());
        if !text.is_empty() {
            self.spans.push((role, text));
        }
    }

    #[must_use]
    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.add(Role::Plain, text)
    }

    /// Adds another line's text behind this one's.
    #[must_use]
    pub fn join(mut self, other: Line) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// Fills with blanks up to `column`; at least two blanks when it is past it already.
    #[must_use]
    pub fn to_column(mut self, column: usize) -> Self {
        let fill = column.saturating_sub(self.end()).max(2);
        self.spans.push((Role::Plain, " ".repeat(fill)));
        self
    }

    /// Fills with blanks up to `column`, if it is not past it.
    #[must_use]
    pub fn fill(mut self, column: usize) -> Self {
        let fill = column.saturating_sub(self.end());
        if fill > 0 {
            self.spans.push((Role::Plain, " ".repeat(fill)));
        }
        self
    }

    /// The column after the last character.
    pub fn end(&self) -> usize {
        self.indent + self.spans.iter().map(|(_, t)| t.width()).sum::<usize>()
    }

    pub fn is_blank(&self) -> bool {
        self.spans.is_empty()
    }

    /// The text without roles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|(_, t)| t.as_str()).collect()
    }
}

/// Several lines.
#[derive(Debug, Clone, Default)]
pub struct Page {
    lines: Vec<Line>,
}

impl Page {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// One empty line, unless there is one or the page is empty.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|l| !l.is_blank()) {
            self.lines.push(Line::new());
        }
    }

    pub fn append(&mut self, other: Page) {
        self.lines.extend(other.lines);
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn render(&self, view: &View) -> String {
        let mut out = String::new();
        for line in &self.lines {
            line.write(&mut out, view);
        }
        out
    }
}

/// Makes control characters, and those that turn the writing direction, visible, so that no user's text can
/// move the cursor, recolour or disguise what is shown. Tabs and line ends become blanks.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            '\u{1b}' => '␛',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A text in HTML or XML, in an element or between quotes.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// At most `width` columns of a text, with `…` where it was cut.
pub fn shorten(text: &str, width: usize) -> String {
    let text = clean(text);
    if text.width() <= width {
        return text;
    }
    let mut used = 1;
    let mut short: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// `1 activity`, `2 activities`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// So many names stand for all of them where a reason is told once.
pub const FEW: usize = 3;

/// `a, b and c`; of more than `most`, the first ones and how many more.
pub fn list<S: AsRef<str>>(items: &[S], most: usize) -> String {
    list_of(items, most, items.len())
}

/// The same of so many in all, of which `items` are the first.
pub fn list_of<S: AsRef<str>>(items: &[S], most: usize, all: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    if all > shown.len() {
        return format!("{} and {} more", shown.join(", "), all - shown.len());
    }
    match shown.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(width: usize, colour: bool) -> View {
        View { width, colour, all: false, brief: false, now: "2027-03-01T00:00:00Z".parse().unwrap() }
    }

    fn show(line: Line, width: usize) -> String {
        let mut page = Page::new();
        page.push(line);
        page.render(&view(width, false))
    }

    #[test]
    fn a_long_line_wraps_at_words_and_hangs() {
        let line = Line::at(2).hang(4).plain("the quick brown fox jumps over the lazy dog again");
        assert_eq!(show(line, 30), "  the quick brown fox jumps\n    over the lazy dog again\n");
    }

    #[test]
    fn cells_whose_blanks_find_no_room_do_not_run_together() {
        let line = Line::at(2).hang(4).plain("build_notes").to_column(34).plain("exec/command");
        assert_eq!(show(line, 30), "  build_notes exec/command\n");
    }

    #[test]
    fn a_command_is_never_broken() {
        let line = Line::new().plain("type ").add(Role::Command, "launchd approve atlas-2 launch_day go_no_go");
        assert_eq!(show(line, 30), "type\nlaunchd approve atlas-2 launch_day go_no_go\n");
    }

    #[test]
    fn a_name_keeps_the_punctuation_that_follows_it() {
        let line = Line::new().plain("needs ").add(Role::Name, "product_readiness_x").plain(", then more");
        assert_eq!(show(line, 26), "needs product_readiness_x,\nthen more\n");
    }

    #[test]
    fn text_of_a_user_cannot_steer_the_terminal() {
        let line = Line::new().plain("a\u{1b}[31mred\u{7}\u{202e}x\ny");
        assert_eq!(show(line, 80), "a␛[31mred\u{fffd}\u{fffd}x y\n");
    }

    #[test]
    fn colour_adds_escapes_and_no_text() {
        let line = Line::new().add(Role::Good, "+ create").plain(" epic");
        let mut page = Page::new();
        page.push(line);
        let coloured = page.render(&view(80, true));
        assert!(coloured.contains("\u{1b}[32m+ create\u{1b}[0m"));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), page.render(&view(80, false)));
    }

    #[test]
    fn wide_characters_count_two_columns() {
        assert_eq!(shorten("日本語のタイトル", 7), "日本語…");
        assert_eq!(Line::new().plain("日本").to_column(6).plain("|").end(), 7);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(list(&["a"], 3), "a");
        assert_eq!(list(&["a", "b", "c"], 3), "a, b and c");
        assert_eq!(list(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }
}
