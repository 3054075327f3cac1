//! A calendar's `import`: which file of the source is meant, read once for all calendars.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::{holidays, is_calendar_file};
use crate::core::{
    diagnostic::Severity,
    manifest::{
        library::did_you_mean,
        node::{FileId, Span},
        problem::Problem,
        read::FileDocuments,
    },
};

/// The iCalendar files of the source, and what was read of them.
pub struct Imports<'a> {
    files: &'a [FileDocuments<'a>],
    /// `None`: it has errors, which were told.
    read: HashMap<FileId, Option<BTreeMap<NaiveDate, String>>>,
}

impl<'a> Imports<'a> {
    pub fn new(files: &'a [FileDocuments<'a>]) -> Self {
        Self { files, read: HashMap::new() }
    }

    /// The holidays of the file that a calendar names. Problems of the file are told once.
    ///
    /// # Errors
    /// There is no such file, it lies outside of the plan files, or it has errors.
    pub fn holidays(
        &mut self,
        written: &str,
        span: Span,
        problems: &mut Vec<Problem>,
    ) -> Result<BTreeMap<NaiveDate, String>, Box<Problem>> {
        let file = self.find(written, span)?;
        let (id, text) = (file.id, file.text);
        let read = self.read.entry(id).or_insert_with(|| {
            let (days, found) = holidays(text, id);
            let is_broken = found.iter().any(|p| p.severity == Severity::Error);
            problems.extend(found);
            (!is_broken).then_some(days)
        });
        if read.as_ref().is_some_and(BTreeMap::is_empty) {
            let detail = format!("`{written}` holds no day, so every holiday would count as worked.");
            return Err(Box::new(problem(span, detail).hint("Export it again, with whole days as events.")));
        }
        read.clone().ok_or_else(|| {
            Box::new(
                problem(
                    span,
                    format!("`{written}` has errors, and without its days business days would be counted wrong."),
                )
                .hint("Mend the file first."),
            )
        })
    }

    /// The file below the folder of plan files. Paths are shown with the folder in front of them or without it, so the
    /// folders that hold the calendar are tried from the outermost on.
    fn find(&self, written: &str, span: Span) -> Result<&'a FileDocuments<'a>, Box<Problem>> {
        let path = written.strip_prefix("./").unwrap_or(written);
        let outside = path.starts_with('/') || path.contains('\\') || path.split('/').any(|part| part == "..");
        if outside {
            let detail = format!("`{written}` leads out of the folder of plan files.");
            return Err(Box::new(
                problem(span, detail).hint("Put the file into that folder, for example as `calendars/us.ics`."),
            ));
        }
        if !is_calendar_file(path) {
            let detail = format!("`{written}` is no iCalendar file: its name does not end in `.ics`.");
            return Err(Box::new(problem(span, detail).hint("Export the holidays as iCalendar.")));
        }
        let own = self.files.iter().find(|f| f.id == span.file).map_or("", |f| &*f.path);
        let folders = own.match_indices('/').map(|(at, _)| &own[..=at]);
        for folder in std::iter::once("").chain(folders) {
            let full = format!("{folder}{path}");
            if let Some(file) = self.files.iter().find(|f| *f.path == *full) {
                return Ok(file);
            }
        }
        let known = self.files.iter().map(|f| &*f.path).filter(|p| is_calendar_file(p));
        let detail = format!("There is no file `{written}` in the folder of plan files, or it cannot be read.");
        let hint = match known.clone().next() {
            Some(_) => did_you_mean(path, known),
            None => "Put it there, or list the days under `holidays`.".to_owned(),
        };
        Err(Box::new(problem(span, detail).hint(hint)))
    }
}

fn problem(span: Span, detail: String) -> Problem {
    Problem::error("calendar/import", span, "an iCalendar file cannot be imported", detail)
}
