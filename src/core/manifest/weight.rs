//! What a warning weighs, by what settings say of its code. Errors are errors, whatever settings say.

use std::collections::BTreeMap;

use super::{
    document::LintLevel,
    resolve::{Loaded, LoadedLaunch},
};
use crate::core::diagnostic::{Diagnostic, Severity};

/// Gives each warning and note the weight of its code. One that becomes an error holds its launch.
pub fn weigh(loaded: &mut Loaded, levels: &BTreeMap<String, LintLevel>) {
    if levels.is_empty() {
        return;
    }
    weigh_all(&mut loaded.diagnostics, levels);
    for launch in &mut loaded.launches {
        weigh_launch(launch, levels);
    }
}

/// [`weigh`] for one launch.
pub fn weigh_launch(launch: &mut LoadedLaunch, levels: &BTreeMap<String, LintLevel>) {
    if levels.is_empty() {
        return;
    }
    weigh_all(&mut launch.diagnostics, levels);
    if launch.diagnostics.iter().any(Diagnostic::is_error) {
        launch.launch = None;
    }
}

/// [`weigh`], of some diagnostics.
pub fn weigh_all(diagnostics: &mut Vec<Diagnostic>, levels: &BTreeMap<String, LintLevel>) {
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

    /// A plan that validates, with something public that nobody has to agree to.
    fn loaded(levels: &[(&str, LintLevel)]) -> Loaded {
        let text = "\
apiVersion: launchd/v1
kind: Launch
metadata: { name: a }
spec:
  title: A
  launch_type: beta_launch
  target_date: 2027-04-01T09:00
  milestones: { launch_day: { activities: { tell: { uses: slack/message, with: { channel: C0LAUNCH, text: now } } } } }
";
        let file = SourceFile { path: "a.yaml".into(), bytes: text.as_bytes().into() };
        let mut loaded = load(&[file], &Policy::default());
        assert!(loaded.launches[0].diagnostics.iter().any(|d| d.code == "lint/once-without-approval"));
        weigh(&mut loaded, &levels.iter().map(|(code, level)| ((*code).to_owned(), *level)).collect());
        loaded
    }

    #[test]
    fn a_warning_that_settings_call_an_error_holds_its_launch() {
        assert!(loaded(&[]).launches[0].launch.is_some());
        let held = loaded(&[("lint/once-without-approval", LintLevel::Error)]);
        assert!(held.launches[0].launch.is_none() && held.has_errors());
    }

    #[test]
    fn a_warning_that_is_off_is_not_told() {
        let loaded = loaded(&[("lint/once-without-approval", LintLevel::Off)]);
        assert!(loaded.all_diagnostics().all(|d| d.code != "lint/once-without-approval"));
        assert!(loaded.launches[0].launch.is_some());
    }
}
