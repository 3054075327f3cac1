//! Every code of every diagnostic: what it means, why it matters, and how right looks beside wrong.
//!
//! `launchd explain CODE` and the help of SARIF rules come from here. A test reads the sources and finds codes that are missing.

mod dates;
mod files;
mod goals;
mod names;
mod parts;
mod people;
mod schedule;
mod settings;

use std::fmt::Write;

/// One code with what people need to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `area/fault`, e.g. `schema/unknown-field`. Stable.
    pub code: &'static str,
    /// One line.
    pub meaning: &'static str,
    /// Why it is a problem, and what to do.
    pub explanation: &'static str,
    /// A piece of a file that has it; empty where the fault cannot be shown.
    pub wrong: &'static str,
    /// The same piece without it.
    pub right: &'static str,
}

impl Code {
    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.explanation);
        for (title, sample) in [("Wrong", self.wrong), ("Right", self.right)] {
            if !sample.is_empty() {
                _ = write!(text, "\n{title}:\n\n");
                sample.lines().for_each(|line| _ = writeln!(text, "    {line}"));
            }
        }
        text
    }

    /// For pages.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n", self.explanation);
        for (title, sample) in [("Wrong", self.wrong), ("Right", self.right)] {
            if !sample.is_empty() {
                _ = write!(text, "\n**{title}**\n\n```yaml\n{sample}\n```\n");
            }
        }
        text
    }
}

/// All codes, sorted within their tables.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        dates::CODES,
        files::CODES,
        goals::CODES,
        names::CODES,
        parts::CODES,
        people::CODES,
        schedule::CODES,
        settings::CODES,
    ]
    .into_iter()
    .flatten()
}

/// What is known of a code.
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|known| known.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_once_and_says_something() {
        let mut seen = std::collections::BTreeSet::new();
        for code in all() {
            assert!(seen.insert(code.code), "{} is there twice", code.code);
            assert!(!code.meaning.is_empty() && !code.meaning.ends_with('.'), "{}", code.code);
            assert!(code.explanation.len() > code.meaning.len() && code.explanation.ends_with('.'), "{}", code.code);
        }
    }
}
