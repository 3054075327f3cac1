//! Results to standard output, everything else to standard error; questions only on a terminal.

use std::{
    io::{self, BufRead, ErrorKind, IsTerminal, Write},
    sync::{Arc, OnceLock},
};

use clap::ValueEnum;

use crate::{
    core::model::Timestamp,
    settings::{COLUMNS, Environment},
    ui::{cli::problem::Problem, render::View},
};

/// The forms of `-o`. Each command knows some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For people.
    #[default]
    #[value(alias = "text")]
    Human,
    /// For people who read YAML.
    Yaml,
    /// For programs: versioned and stable.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// For a mail or a browser: one file.
    Html,
    /// For code scanning.
    Sarif,
    /// For GitHub's workflow annotations.
    Github,
    /// A picture in a Markdown page.
    Mermaid,
    /// A picture for Graphviz.
    Dot,
    /// A picture in one file.
    Svg,
    /// A change of files, for `git apply`.
    Patch,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// Where a command writes, and how.
#[derive(Debug, Clone)]
pub struct Output {
    pub format: Format,
    pub quiet: bool,
    /// Of standard output.
    width: usize,
    colour_out: bool,
    colour_err: bool,
    /// Both standard input and standard error are terminals, so a person can be asked.
    interactive: bool,
    /// Why a result could not be written, the first time.
    lost: Arc<OnceLock<String>>,
}

/// Off a terminal where nobody says otherwise, so that what is written does not depend on where it was written.
const WIDTH: usize = 80;

impl Output {
    /// Looks at the standard streams. `COLUMNS` says how wide results are, also off a terminal.
    pub fn new(format: Format, colour: Colour, quiet: bool, environment: &Environment) -> Self {
        let global = match colour {
            Colour::Auto => anstream::ColorChoice::Auto,
            Colour::Always => anstream::ColorChoice::AlwaysAnsi,
            Colour::Never => anstream::ColorChoice::Never,
        };
        global.write_global();
        let coloured = |choice| choice != anstream::ColorChoice::Never;
        let wide = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let wide = wide.filter(|_| io::stdout().is_terminal());
        Self {
            format,
            quiet,
            width: environment.number(COLUMNS).or(wide).unwrap_or(WIDTH).clamp(40, 160),
            colour_out: coloured(anstream::AutoStream::choice(&io::stdout())),
            colour_err: coloured(anstream::AutoStream::choice(&io::stderr())),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            lost: Arc::default(),
        }
    }

    /// How results are shown.
    pub fn view(&self, now: Timestamp) -> View {
        View { width: self.width, colour: self.colour_out, all: false, brief: false, now }
    }

    /// How problems and progress are shown.
    pub fn error_view(&self, now: Timestamp) -> View {
        View { colour: self.colour_err, ..self.view(now) }
    }

    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Refuses a form that the command does not have.
    ///
    /// # Errors
    /// With the forms that it has.
    pub fn only(&self, forms: &[Format]) -> Result<(), Problem> {
        if forms.contains(&self.format) {
            return Ok(());
        }
        let name = |f: &Format| f.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default();
        let known: Vec<String> = forms.iter().map(name).collect();
        Err(Problem::new(format!("this command has no form `{}`", name(&self.format)))
            .hint(format!("-o {}", known.join(", -o "))))
    }

    /// Writes a result. A reader that went away (`| head`) is no problem; any other failure is told by [`Output::whole`].
    pub fn print(&self, text: &str) {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => _ = self.lost.set(error.to_string()),
            _ => {}
        }
    }

    /// Whether all that was printed arrived.
    ///
    /// # Errors
    /// With the system's reason: a command whose result is lost did not do its work.
    pub fn whole(&self) -> Result<(), Problem> {
        match self.lost.get() {
            None => Ok(()),
            Some(why) => Err(Problem::new("the output could not be written").why(why)),
        }
    }

    /// Writes something beside the result, unless `-q`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Writes a problem, always.
    pub fn complain(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Writes the problems of files that a failure brings in the form that was asked for, where programs read it.
    pub fn report(&self, problem: &Problem) {
        let Some(report) = problem.report() else { return };
        match self.format {
            Format::Json => self.print(&report.json()),
            Format::Sarif => self.print(&report.sarif()),
            Format::Github => self.print(&report.github()),
            Format::Human
            | Format::Yaml
            | Format::Markdown
            | Format::Html
            | Format::Mermaid
            | Format::Dot
            | Format::Svg
            | Format::Patch => {}
        }
    }

    /// Asks for a yes. Off a terminal nobody can answer, and the answer is `None`.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        let answer = self.ask(&format!("{question} [y/N] "))?;
        Some(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line. `None` off a terminal, and at the end of the input.
    pub fn ask(&self, question: &str) -> Option<String> {
        if !self.interactive {
            return None;
        }
        self.complain(question);
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim().to_owned()),
        }
    }
}
