//! What a warning weighs, by what settings say of its code. Errors are errors, whatever settings say.

use std::collections::BTreeMap;

use super::{document::LintLevel, resolve::Loaded};
use crate::core::diagnostic::{Diagnostic, Severity};

/// Gives each warning and note the weight of its code. One that becomes an error holds its launch.
pub fn weigh(loaded: &mut Loaded, levels: &BTreeMap<String, LintLevel>) {
    if levels.is_empty() {
        return;
    }
    weigh_all(&mut loaded.diagnostics, levels);
    for launch in &mut loaded.launches {
        weigh_all(&mut launch.diagnostics, levels);
        if launch.diagnostics.iter().any(Diagnostic::is_error) {
            launch.launch = None;
        }
    }
}

fn weigh_all(diagnostics: &mut Vec<Diagnostic>, levels: &BTreeMap<String, LintLevel>) {
    let level = |d: &Diagnostic| levels.get(d.code).filter(|_| !d.is_error()).copied();
    diagnostics.retain(|d| level(d) != Some(LintLevel::Off));
    for diagnostic in diagnostics {
        diagnostic.severity = match level(diagnostic) {
            Some(LintLevel::Error) => Severity::Error,
            Some(LintLevel::Warning) => Severity::Warning,
            Some(LintLevel::Note) => Severity::Note,
            Some(LintLevel::Off) | None => diagnostic.severity,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        manifest::resolve::load,
        model::{launch::Policy, source::SourceFile},
    };

    /// A plan that validates, with a milestone that nobody owns.
    fn loaded(levels: &[(&str, LintLevel)]) -> Loaded {
        let text = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: a }\nspec:\n  title: A\n  launch_type: beta_launch\n  target_date: 2027-04-01T09:00\n  milestones:\n    extra: { due: T-1d }\n";
        let file = SourceFile { path: "a.yaml".into(), bytes: text.as_bytes().into() };
        let mut loaded = load(&[file], &Policy::default());
        assert!(loaded.launches[0].diagnostics.iter().any(|d| d.code == "lint/no-owner"));
        weigh(&mut loaded, &levels.iter().map(|(code, level)| ((*code).to_owned(), *level)).collect());
        loaded
    }

    #[test]
    fn a_warning_that_settings_call_an_error_holds_its_launch() {
        assert!(loaded(&[]).launches[0].launch.is_some());
        let held = loaded(&[("lint/no-owner", LintLevel::Error)]);
        assert!(held.launches[0].launch.is_none() && held.has_errors());
    }

    #[test]
    fn a_warning_that_is_off_is_not_told() {
        let loaded = loaded(&[("lint/no-owner", LintLevel::Off)]);
        assert!(loaded.all_diagnostics().all(|d| d.code != "lint/no-owner"));
        assert!(loaded.launches[0].launch.is_some());
    }
}
