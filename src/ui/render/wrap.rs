//! Writes lines: breaks them at words, and gives their pieces their colours.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::{
    View,
    text::{Line, Role},
};

/// Columns that a text needs to be read below itself.
const ROOM: usize = 12;

impl Line {
    /// Writes it with a line end, wrapped at the width of `view`.
    pub(super) fn write(&self, out: &mut String, view: &View) {
        let mut row = Row { out, view, column: 0, blank: true };
        row.blanks(self.indent);
        if self.verbatim || self.end() <= view.width {
            for (role, text) in &self.spans {
                row.put(*role, text);
            }
        } else {
            let cramped = self.hang + ROOM > view.width;
            let (first, last) = match self.last.filter(|_| cramped) {
                Some(at) => self.spans.split_at(at),
                None => (&self.spans[..], &[][..]),
            };
            let hang = match cramped {
                false => self.hang,
                true if self.indent + 4 + ROOM <= view.width => self.indent + 4,
                true => self.indent.min(4),
            };
            row.wrap(first, hang);
            if !last.is_empty() {
                row.end();
                row.start(hang);
                row.wrap(last, hang);
            }
        }
        row.end();
    }
}

/// What is being written of one line.
struct Row<'a> {
    out: &'a mut String,
    view: &'a View,
    column: usize,
    blank: bool,
}

impl Row<'_> {
    fn start(&mut self, indent: usize) {
        (self.column, self.blank) = (0, true);
        self.blanks(indent);
    }

    /// Writes words, each line but the first from column `hang` on.
    fn wrap(&mut self, spans: &[(Role, String)], hang: usize) {
        // Blanks that found no room still stand between what was written and what is.
        let mut owed = false;
        for word in words(spans) {
            let blanks = word.iter().map(|(_, t)| t.len() - t.trim_start_matches(' ').len()).next().unwrap_or(0);
            let width: usize = word.iter().map(|(_, t)| t.width()).sum();
            let gap = usize::from(owed && !self.blank);
            let fits = self.column + gap + width <= self.view.width || self.blank;
            if !fits && word.iter().all(|(_, t)| t.trim_start_matches(' ').is_empty()) {
                owed = true;
                continue;
            }
            owed = false;
            if fits {
                self.blanks(gap);
            } else {
                self.end();
                self.start(hang);
            }
            for (i, (role, text)) in word.iter().enumerate() {
                self.put(*role, if i == 0 && !fits { &text[blanks..] } else { text });
            }
        }
    }

    fn end(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }

    fn blanks(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
        self.column += count;
    }

    fn put(&mut self, role: Role, text: &str) {
        self.column += text.width();
        self.blank &= text.chars().all(|c| c == ' ');
        let style = role.style();
        if self.view.colour && style != Style::new() && !text.trim().is_empty() {
            let _ = write!(self.out, "{style}{text}{style:#}");
        } else {
            self.out.push_str(text);
        }
    }
}

/// Cuts spans into pieces that stay together: a word with the blanks before it, possibly of several roles.
fn words(spans: &[(Role, String)]) -> Vec<Vec<(Role, &str)>> {
    let mut words: Vec<Vec<(Role, &str)>> = Vec::new();
    let mut open = false;
    for (role, text) in spans {
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let start = rest.len() - rest.trim_start_matches(' ').len();
            let end =
                if role.breaks() { rest[start..].find(' ').map_or(rest.len(), |i| start + i) } else { rest.len() };
            let (piece, tail) = rest.split_at(end);
            match words.last_mut() {
                Some(last) if open && start == 0 => last.push((*role, piece)),
                _ => words.push(vec![(*role, piece)]),
            }
            open = !piece.ends_with(' ') || !role.breaks();
            rest = tail;
        }
    }
    words
}
