//! Help texts that fit the terminal: clap wraps what it knows, and cuts examples and tables wherever the line ends.

use clap::{Command, CommandFactory, FromArgMatches};

use super::Cli;
use crate::settings::{COLUMNS, Environment};

/// As wide as clap makes a help text at most.
pub(super) const WIDEST: usize = 100;
/// A second column narrower than this goes on a line of its own.
const NARROW: usize = 24;
/// A line of the source that is so long goes on in the next one.
const FULL: usize = 90;

/// Reads the arguments of this process; shows help, or what is wrong with them, and ends it, where that was asked for.
pub fn parse(environment: &Environment) -> Cli {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let columns = environment.number(COLUMNS);
    let width = terminal.or(columns).unwrap_or(WIDEST).clamp(40, WIDEST);
    let matches = fitted(Cli::command(), width).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn fitted(command: Command, width: usize) -> Command {
    let after = command.get_after_help().map(|text| wrap(&text.to_string(), width));
    let long = command.get_after_long_help().map(|text| wrap(&text.to_string(), width));
    let mut command = command;
    if let Some(text) = after {
        command = command.after_help(text);
    }
    if let Some(text) = long {
        command = command.after_long_help(text);
    }
    command.mut_subcommands(|sub| fitted(sub, width))
}

/// Wraps at `width` columns. Lines of two columns go on under their second one, sentences flow.
fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in joined(text) {
        if line.chars().count() <= width {
            out += &line;
        } else {
            fold(&line, width, &mut out);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// Lines of a paragraph that were only cut in the source become one.
fn joined(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        match lines.last_mut() {
            Some(last) if goes_on && is_prose => *last = format!("{last} {line}"),
            _ => lines.push(line.to_owned()),
        }
        goes_on = is_prose && line.chars().count() > FULL;
    }
    lines
}

fn fold(line: &str, width: usize, out: &mut String) {
    let indent = line.len() - line.trim_start().len();
    let (first, second) = columns(line, indent);
    let start = first.chars().count();
    let (mut column, hang) = match second {
        Some(_) if start + NARROW <= width => (start, start),
        Some(_) => (width, indent + 4),
        None => (indent, indent + if indent > 0 { 4 } else { 0 }),
    };
    let words = match second {
        Some(text) => {
            out.push_str(if column == width { first.trim_end() } else { first });
            text
        }
        None => {
            out.push_str(&line[..indent]);
            line.trim_start()
        }
    };
    let mut fresh = column != width;
    for word in words.split(' ').filter(|w| !w.is_empty()) {
        let length = word.chars().count();
        if column + usize::from(!fresh) + length > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            (column, fresh) = (hang, true);
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        fresh = false;
    }
}

/// What stands before two or more blanks, with them, and what stands behind.
fn columns(line: &str, indent: usize) -> (&str, Option<&str>) {
    let Some(gap) = line[indent..].find("  ").map(|at| indent + at) else { return (line, None) };
    let second = gap + line[gap..].len() - line[gap..].trim_start().len();
    (&line[..second], Some(&line[second..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Examples:
  launchd diff                                every launch of all the files
  launchd diff --out plan.json                then: launchd apply plan.json

Exit code: 0 nothing is to be done now, 1 something is (or cannot be), 2 it could not tell; the flag has
other ones.
It asks nobody.";

    #[test]
    fn a_second_column_goes_on_below_itself_or_below_the_first() {
        assert_eq!(
            wrap(TEXT, 70),
            "\
Examples:
  launchd diff                                every launch of all the
                                              files
  launchd diff --out plan.json                then: launchd apply
                                              plan.json

Exit code: 0 nothing is to be done now, 1 something is (or cannot be),
2 it could not tell; the flag has other ones.
It asks nobody."
        );
        assert_eq!(
            wrap(TEXT, 50).lines().take(3).collect::<Vec<_>>().join("\n"),
            "\
Examples:
  launchd diff
      every launch of all the files"
        );
    }

    #[test]
    fn what_fits_stays_as_it_was_written() {
        let short = "Examples:\n  launchd diff   every launch\n\nNothing else.";
        assert_eq!(wrap(short, 60), short);
    }

    #[test]
    fn no_example_is_wider_than_the_terminal_but_for_what_cannot_be_broken() {
        let command = fitted(Cli::command(), 60);
        for sub in command.get_subcommands() {
            let text = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in text.lines().filter(|l| l.chars().count() > 60) {
                assert!(line.trim().split(' ').count() < 3, "{}: {line}", sub.get_name());
            }
        }
    }
}
